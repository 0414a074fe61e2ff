//! `tiphys qaruns` and `tiphys qarun`: what a controller said of QARuns, and those of which none has said anything.
//! Apart from the verbs on runs, which are workflows.

use serde_json::{Value, json};
use tiphys::sim::api::access::Rights;
use tiphys::sim::resource::{CODERUNS, QARUNS};
use tiphys::sim::store::Origin;

use super::server::Server;
use super::words;

const EVIDENCE: &str = "left: 19.90 right: 19.99, password=hunter2hunter2";

fn run(namespace: &str, name: &str, status: Value) -> Value {
    json!({
        "apiVersion": "agents.platform/v1", "kind": "QARun",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "taskId": "15.10", "service": "refunds", "environments": [{"name": "staging"}],
            "env": [{"name": "KEY", "value": "not to be printed"}],
            "criteria": [
                {"id": "total", "text": "The refund total is right", "kind": "command", "command": {"argv": ["true"]}},
                {"id": "mail", "text": "The mail reads well", "kind": "manual", "required": false, "manual": {"instructions": "read it"}},
            ],
        },
        "status": status,
    })
}

fn story() -> Server {
    let server = Server::new();
    let failed = json!({
        "phase": "Failed", "verdict": "fail", "attempt": 2, "progress": "1/2", "message": "total is not met",
        "criteria": [{"id": "total", "environment": "staging", "verdict": "fail", "evidence": EVIDENCE}],
        "attempts": [
            {"number": 1, "workflow": "qa-1-a1", "phase": "Error", "verdict": "inconclusive", "infrastructure": true,
             "startedAt": "2026-11-22T02:00:00Z", "finishedAt": "2026-11-22T02:01:05Z", "message": "node drained"},
            {"number": 2, "workflow": "qa-1-a2", "phase": "Failed", "verdict": "fail"},
        ],
    });
    for object in [
        run("payments", "qa-1", failed),
        run("search", "qa-2", json!(null)),
    ] {
        server.store.put(QARUNS, object, Origin::Client);
    }
    server
}

#[test]
fn each_is_a_line_also_without_a_workflow() {
    let server = story();
    let out = server.run(&["qaruns"]).good();
    let line = |name: &str| {
        let found = out.lines().find(|line| words(line).get(1) == Some(&name));
        found.unwrap_or_else(|| panic!("{name} is listed: {out}"))
    };
    let failed = line("qa-1");
    assert_eq!(
        words(failed)[..9],
        [
            "payments", "qa-1", "15.10", "refunds", "staging", "Failed", "fail", "0/2", "2"
        ]
    );
    assert!(failed.ends_with("total is not met"), "{out}");
    assert!(line("qa-2").contains("Pending"), "{out}");
    assert!(
        line("qa-2").ends_with("no controller has seen it yet"),
        "{out}"
    );
    let names = server.run(&["qaruns", "-o", "name", "-n", "search"]).good();
    assert_eq!(names, "search/qa-2\n");
}

#[test]
fn one_is_shown_with_its_criteria_and_attempts_and_nothing_secret() {
    let server = story();
    let out = server.run(&["qarun", "payments/qa-1"]).good();
    for wanted in [
        "The refund total is right",
        "left: 19.90",
        "optional: The mail reads well",
        "qa-1-a2",
        "1m05s",
        "node drained",
    ] {
        assert!(out.contains(wanted), "{wanted}: {out}");
    }
    let json = server.run(&["qarun", "qa-1", "-o", "json"]).good();
    for text in [&out, &json] {
        assert!(
            !text.contains("hunter2") && !text.contains("not to be printed"),
            "{text}"
        );
    }
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["verdict"], "fail");
    assert_eq!(json["criteria"][0]["id"], "total");
    assert_eq!(json["attempts"][0]["infrastructure"], true);
    let all: Value = serde_json::from_str(&server.run(&["qaruns", "-o", "json"]).good()).unwrap();
    assert_eq!(all.as_array().map(Vec::len), Some(2));
}

#[test]
fn one_that_is_not_there_and_a_right_that_is_missing_are_said() {
    let server = story();
    let answer = server.run(&["qarun", "qa-9"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.err.contains("there is no QARun called qa-9"),
        "{}",
        answer.err
    );
    let server = Server::for_user(Rights::ViewerIn(vec!["search".to_string()]));
    let answer = server.run(&["qaruns", "-n", "payments"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.err.contains("qaruns.agents.platform"),
        "{}",
        answer.err
    );
}

#[test]
fn it_is_retried_through_its_spec_and_only_when_that_makes_sense() {
    let server = story();
    let answer = server.run(&["qarun", "retry", "payments/qa-1", "--dry-run"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    let told = answer.out + &answer.err;
    assert!(told.contains("begins attempt 3"), "{told}");
    assert_eq!(server.writes(), [""; 0]);
    let answer = server.run(&["qarun", "retry", "payments/qa-1", "--yes"]);
    assert_eq!(answer.code, 0, "{} {}", answer.out, answer.err);
    let object = server
        .store
        .get(QARUNS, "payments", "qa-1")
        .unwrap()
        .value();
    assert_eq!(object["spec"]["attempt"], 3);
    // Asking again is safe: nobody has taken it up yet.
    let again = server.run(&["qarun", "retry", "qa-1", "--yes"]);
    assert_eq!(again.code, 1, "{}", again.err);
    assert!(
        again.err.contains("attempt 3 is asked for already")
            || again.out.contains("attempt 3 is asked for already"),
        "{} {}",
        again.out,
        again.err
    );
    let begun = run("search", "qa-3", json!({"phase": "Running", "attempt": 1}));
    server.store.put(QARUNS, begun, Origin::Client);
    let answer = server.run(&["qarun", "suspend", "qa-3", "--yes"]);
    assert_eq!(answer.code, 0, "{} {}", answer.out, answer.err);
    let object = server.store.get(QARUNS, "search", "qa-3").unwrap().value();
    assert_eq!(object["spec"]["suspend"], true);
    assert_eq!(server.writes().len(), 2);
}

#[test]
fn a_namespace_that_is_not_there_and_a_name_that_is_almost_right_are_told() {
    let server = story();
    let answer = server.run(&["qaruns", "-n", "paymnets"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.err.contains("there is no namespace paymnets"),
        "{}",
        answer.err
    );
    let answer = server.run(&["qarun", "payments/qa-7"]);
    assert!(
        answer
            .err
            .contains("there is no QARun called qa-7 in payments")
            && answer.err.contains("payments/qa-1"),
        "{}",
        answer.err
    );
    let answer = server.run(&["get", "runs", "verdict:fail"]);
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("tiphys qaruns"), "{}", answer.err);
}

#[test]
fn what_waits_for_a_person_is_told_from_what_somebody_suspended() {
    let server = Server::new();
    let waits =
        json!({"phase": "Suspended", "attempt": 1, "message": "waits for somebody to judge mail"});
    let mut paused = run(
        "payments",
        "paused",
        json!({"phase": "Suspended", "message": "spec.suspend is set"}),
    );
    paused["spec"]["suspend"] = true.into();
    for object in [run("payments", "waits", waits), paused] {
        server.store.put(QARUNS, object, Origin::Client);
    }
    let out = server.run(&["qaruns"]).good();
    let line = |name: &str| out.lines().find(|line| words(line)[1] == name).unwrap();
    assert!(line("waits").contains("Approve"), "{out}");
    assert!(line("paused").contains("Suspended"), "{out}");
}

#[test]
fn coderuns_are_listed_with_what_came_of_them() {
    let server = Server::new();
    let coderun = json!({
        "apiVersion": "agents.platform/v1", "kind": "CodeRun",
        "metadata": {"name": "code-15", "namespace": "payments"},
        "spec": {"taskId": 15, "service": "refunds", "repositoryUrl": "acme/shop"},
        "status": {"phase": "Succeeded", "pullRequestUrl": "https://git.example/pull/7", "message": "password=hunter2hunter2"},
    });
    server.store.put(CODERUNS, coderun, Origin::Client);
    let out = server.run(&["coderuns", "--task", "15.10"]).good();
    assert!(
        out.contains("code-15") && out.contains("https://git.example/pull/7"),
        "{out}"
    );
    let none = server.run(&["coderuns", "--task", "1"]);
    assert_eq!(none.code, 0);
    assert!(!none.out.contains("code-15"), "{}", none.out);
    let json = server.run(&["coderuns", "-o", "json"]).good();
    assert!(!json.contains("hunter2"), "{json}");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["task"], "15");
    assert_eq!(json[0]["apiVersion"], "agents.platform/v1");
}

#[test]
fn a_task_that_is_no_text_is_to_be_quoted() {
    let server = Server::new();
    std::fs::create_dir_all(&server.home).unwrap();
    let file = server.home.join("qarun.yaml");
    let text = "apiVersion: agents.platform/v1\nkind: QARun\nmetadata: {name: qa}\nspec: {taskId: 15.10, service: refunds, image: qa:1, criteria: [{id: a, text: b, kind: command, command: {argv: [x]}}]}\n";
    std::fs::write(&file, text).unwrap();
    let answer = server.run(&["template", "check", file.to_str().unwrap()]);
    assert_eq!(answer.code, 1);
    let told = answer.out + &answer.err;
    assert!(
        told.contains("spec.taskId: it is the number") && told.contains("put quotes around it"),
        "{told}"
    );
}
