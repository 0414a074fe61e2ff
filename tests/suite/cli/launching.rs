//! `tiphys launch`, `resubmit` and `cron`: new runs, and what makes them by itself.
//! Apart from verbs on runs that are there.

use serde_json::{Value, json};
use tiphys::sim::api::access::Rights;
use tiphys::sim::resource::{CLUSTER_TEMPLATES, CRONS, TEMPLATES, WORKFLOWS};
use tiphys::sim::store::Origin;

use super::server::Server;

fn spec() -> Value {
    json!({"entrypoint": "main", "templates": [{"name": "main", "container": {"image": "x"}}],
        "arguments": {"parameters": [
            {"name": "env", "enum": ["qa", "live"], "description": "where"},
            {"name": "tries", "value": "3"}]}})
}

/// Two templates of one name, one of the cluster, two crons.
fn furnished(server: &Server) {
    server.furnish();
    for namespace in ["payments", "search"] {
        let object = json!({"metadata": {"namespace": namespace, "name": "smoke"}, "spec": spec()});
        server.store.put(TEMPLATES, object, Origin::Client);
    }
    let object = json!({"metadata": {"namespace": "search", "name": "load"}, "spec": spec()});
    server.store.put(TEMPLATES, object, Origin::Client);
    let object = json!({"metadata": {"name": "everywhere"}, "spec": spec()});
    server.store.put(CLUSTER_TEMPLATES, object, Origin::Client);
    for (name, suspended) in [("hourly", false), ("weekly", true)] {
        let object = json!({"metadata": {"namespace": "payments", "name": name},
            "spec": {"schedules": ["20 * * * *"], "timezone": "Europe/Berlin", "suspend": suspended,
                "workflowSpec": spec()},
            "status": {"lastScheduledTime": "2026-11-22T19:20:00Z", "active": []}});
        server.store.put(CRONS, object, Origin::Client);
    }
}

fn made(server: &Server, key: &str) -> Value {
    let (namespace, name) = key.trim().split_once('/').unwrap();
    server
        .store
        .get(WORKFLOWS, namespace, name)
        .unwrap()
        .value()
}

#[test]
fn a_template_is_launched_with_its_values() {
    let server = Server::new();
    furnished(&server);
    let answer = server.run(&["launch", "load", "-y"]);
    assert_eq!(answer.code, 1);
    let why = "launch WorkflowTemplate search/load: not applied: a value is missing: env (where; one of qa, live): -p env=qa";
    assert!(answer.out.starts_with(why), "{answer:?}");
    let out = server
        .run(&["launch", "load", "-p", "env=qa", "--dry-run"])
        .good();
    assert!(
        out.contains("same as: argo submit -n search --from workflowtemplate/load -p env=qa"),
        "{out}"
    );
    let answer = server.run(&["launch", "load", "-y", "-p", "env=dev"]);
    assert!(
        answer.code == 1 && answer.out.contains("give one of qa, live"),
        "{answer:?}"
    );
    assert_eq!(server.writes(), [""; 0]);

    let out = server.run(&["launch", "load", "-y", "-p", "env=qa"]).good();
    let start = "launch WorkflowTemplate search/load: applied: made search/load-";
    assert!(out.starts_with(start), "{out}");
    let name = server
        .run(&[
            "launch",
            "search/smoke",
            "-y",
            "-p",
            "env=live",
            "-o",
            "name",
        ])
        .good();
    let run = made(&server, &name);
    assert_eq!(run["spec"]["workflowTemplateRef"], json!({"name": "smoke"}));
    assert_eq!(
        run["spec"]["arguments"]["parameters"],
        json!([{"name": "env", "value": "live"}])
    );
    assert_eq!(server.writes().len(), 2);
}

#[test]
fn a_name_that_means_two_templates_or_none_is_no_launch() {
    let server = Server::new();
    furnished(&server);
    for (line, why) in [
        (
            &["launch", "smoke", "-y"][..],
            "2 templates are called smoke",
        ),
        (
            &["launch", "smok", "-y"],
            "Near it: payments/smoke, search/smoke",
        ),
        (
            &["launch", "payments/load", "-y"],
            "no template called load",
        ),
        (
            &["launch", "--cluster-template", "smoke", "-y"],
            "no template of the cluster called smoke",
        ),
        (
            &["launch", "--like", "nightly", "-y"],
            "2 runs are called nightly",
        ),
        (&["cron", "run", "hourl", "-y"], "Near it: payments/hourly"),
    ] {
        let answer = server.run(line);
        assert_eq!((answer.code, answer.out.as_str()), (1, ""), "{line:?}");
        assert!(answer.err.contains(why), "{line:?}: {}", answer.err);
    }
    let name = server.run(&[
        "-n", "search", "launch", "smoke", "-y", "-p", "env=qa", "-o", "name",
    ]);
    assert!(name.good().starts_with("search/smoke-"));
    assert_eq!(server.writes().len(), 1);
}

#[test]
fn a_template_of_the_cluster_runs_where_it_is_told() {
    let server = Server::new();
    furnished(&server);
    let line = [
        "launch",
        "--cluster-template",
        "everywhere",
        "-y",
        "-p",
        "env=qa",
        "-o",
        "name",
    ];
    let name = server.run(&line).good();
    assert!(
        name.starts_with("payments/everywhere-"),
        "the context's own namespace: {name}"
    );
    let run = made(&server, &name);
    assert_eq!(
        run["spec"]["workflowTemplateRef"],
        json!({"name": "everywhere", "clusterScope": true})
    );
    let with = |namespaces: &[&'static str]| {
        let mut all: Vec<&str> = namespaces.iter().flat_map(|name| ["-n", *name]).collect();
        all.extend(line);
        server.run(&all)
    };
    assert!(with(&["search"]).good().starts_with("search/everywhere-"));
    let answer = with(&["search", "payments"]);
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("name one with -n"), "{}", answer.err);
}

#[test]
fn a_run_is_made_again_or_like_another() {
    let server = Server::new();
    furnished(&server);
    let name = server
        .run(&["resubmit", "refund", "-y", "-o", "name"])
        .good();
    let run = made(&server, &name);
    let labels = &run["metadata"]["labels"];
    assert_eq!(
        labels["workflows.argoproj.io/resubmitted-from-workflow"],
        "refund"
    );
    let out = server
        .run(&["resubmit", "refund", "--memoized", "--dry-run"])
        .good();
    assert!(
        out.contains("argo resubmit refund -n payments --memoized"),
        "{out}"
    );
    let out = server
        .run(&["launch", "--like", "payments/refund", "-y", "-o", "json"])
        .good();
    let records: Value = serde_json::from_str(&out).unwrap();
    let made_now = &records[0]["made"];
    let key = format!("payments/{}", made_now["name"].as_str().unwrap());
    let run = made(&server, &key);
    assert_eq!(made_now["uid"], run["metadata"]["uid"]);
    assert_eq!(run["spec"]["entrypoint"], "main");
    assert!(
        run["metadata"]["labels"]
            .get("workflows.argoproj.io/resubmitted-from-workflow")
            .is_none()
    );
}

#[test]
fn crons_are_listed_turned_and_run_now() {
    let server = Server::new();
    furnished(&server);
    let out = server.run(&["cron", "list"]).good();
    let lines: Vec<Vec<&str>> = out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        lines[0],
        ["NAMESPACE", "NAME", "SCHEDULE", "STATE", "LAST", "ACTIVE"]
    );
    assert_eq!(
        lines[1][..9],
        [
            "payments",
            "hourly",
            "20",
            "*",
            "*",
            "*",
            "*",
            "(Europe/Berlin)",
            "on"
        ]
    );
    assert_eq!(lines[2][8], "suspended");
    let out = server.run(&["cron", "ls", "-o", "json"]).good();
    let list: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(list[0]["schedules"], json!(["20 * * * *"]));
    assert_eq!(list[0]["lastScheduledAt"], "2026-11-22T19:20:00Z");
    assert_eq!(list[1]["suspended"], true);
    assert_eq!(
        server
            .run(&["-n", "search", "cron", "list", "-o", "name"])
            .good(),
        ""
    );

    let suspended = |name: &str| {
        server.store.get(CRONS, "payments", name).unwrap().value()["spec"]["suspend"].clone()
    };
    let answer = server.run(&["cron", "suspend", "hourly", "weekly", "--yes"]);
    assert_eq!(answer.code, 1, "one of them is suspended already");
    assert!(
        answer
            .out
            .contains("suspend CronWorkflow payments/hourly: applied"),
        "{answer:?}"
    );
    assert!(
        answer
            .out
            .contains("payments/weekly: not applied: it is suspended already"),
        "{answer:?}"
    );
    assert_eq!(suspended("hourly"), true);
    server
        .run(&["cron", "resume", "payments/hourly", "-y"])
        .good();
    assert_eq!(suspended("hourly"), false);
    let name = server
        .run(&["cron", "run", "hourly", "-p", "env=qa", "-y", "-o", "name"])
        .good();
    let run = made(&server, &name);
    assert_eq!(
        run["metadata"]["labels"]["workflows.argoproj.io/cron-workflow"],
        "hourly"
    );
}

#[test]
fn crons_that_may_not_be_read_everywhere_are_read_where_they_may() {
    let server = Server::for_user(Rights::ViewerIn(vec!["payments".to_string()]));
    furnished(&server);
    let answer = server.run(&["cron", "list", "-o", "name"]);
    assert_eq!(answer.code, 3, "{answer:?}");
    assert_eq!(answer.out, "payments/hourly\npayments/weekly\n");
    assert!(
        answer.err.contains("only namespace payments"),
        "{}",
        answer.err
    );
    let answer = server.run(&["-n", "secret", "cron", "list"]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
}

#[test]
fn templates_are_listed_and_shown() {
    let server = Server::new();
    furnished(&server);
    let out = server.run(&["template", "list"]).good();
    let lines: Vec<Vec<&str>> = out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines[0][..3], ["KIND", "NAMESPACE", "NAME"]);
    let kinds: Vec<&str> = lines[1..].iter().map(|line| line[0]).collect();
    let wanted = [
        "cron", "cron", "template", "template", "template", "cluster",
    ];
    assert_eq!(kinds, wanted, "{out}");
    assert!(
        out.contains("2 parameters") && out.contains("20 * * * *"),
        "{out}"
    );
    let names = server.run(&["template", "ls", "--kind", "template", "-o", "name"]);
    assert_eq!(names.good(), "payments/smoke\nsearch/load\nsearch/smoke\n");
    let out = server
        .run(&["-n", "search", "template", "list", "-o", "json"])
        .good();
    let list: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(list[0]["name"], "load");
    assert_eq!(list[0]["parameters"][0]["choices"], json!(["qa", "live"]));
    assert_eq!(list[0]["schedules"], Value::Null);
    assert_eq!(list[2]["namespace"], Value::Null, "{out}");

    let two = server.run(&["template", "show", "smoke"]);
    assert_eq!(two.code, 1);
    assert!(
        two.err
            .contains("template payments/smoke, template search/smoke"),
        "{two:?}"
    );
    let none = server.run(&["template", "show", "smok"]);
    assert_eq!(none.code, 1);
    assert!(none.err.contains("tiphys template list"), "{none:?}");
    let out = server.run(&["template", "show", "payments/smoke"]).good();
    assert!(
        out.contains("env (one of qa, live)") && out.contains("tries = 3"),
        "{out}"
    );
    let out = server
        .run(&["template", "show", "hourly", "-o", "json"])
        .good();
    let one: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(one["kind"], "CronWorkflow");
    assert_eq!(one["timezone"], "Europe/Berlin");
    let out = server
        .run(&["template", "show", "everywhere", "-o", "yaml"])
        .good();
    assert!(out.contains("kind: ClusterWorkflowTemplate"), "{out}");
}

#[test]
fn a_stop_with_a_message_is_told_what_that_is_here() {
    let server = Server::new();
    server.furnish();
    for line in [
        &["stop", "refund", "--message", "late", "-y"][..],
        &[
            "stop",
            "refund",
            "--node-field-selector",
            "displayName=gate",
            "-y",
        ],
    ] {
        let answer = server.run(line);
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(
            answer
                .err
                .contains("tiphys reject RUN --step STEP --message"),
            "{answer:?}"
        );
    }
}
