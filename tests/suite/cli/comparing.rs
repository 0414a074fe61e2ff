//! `tiphys compare`: which two, in what they differ, and the logs of what failed.
//! Apart from the comparison, whose rules have tests beside them.

use serde_json::{Value, json};
use tiphys::sim::clock::parse;
use tiphys::sim::resource::PODS;
use tiphys::sim::store::Origin;

use super::server::{Server, workflow};

/// A green run and a failed one an hour later, of one template whose image was raised between them.
fn two_runs() -> Server {
    let server = Server::new();
    for (name, phase, hour, tag) in [
        ("smoke-b2c4d", "Succeeded", 19, "1.4"),
        ("smoke-x7k2p", "Failed", 20, "1.5"),
    ] {
        let check = format!("{name}-check");
        let mut more = json!({
            "metadata": {"creationTimestamp": format!("2026-11-22T{hour}:00:00Z"),
                "labels": {"workflows.argoproj.io/workflow-template": "smoke"},
                "annotations": {"workflows.argoproj.io/pod-name-format": "v1"}},
            "spec": {
                "arguments": {"parameters": [{"name": "env", "value": "qa"}, {"name": "tag", "value": tag},
                    {"name": "api-token", "value": tag}]},
                "templates": [{"name": "main", "dag": {"tasks": [{"name": "build", "template": "leaf"},
                    {"name": "check", "template": "leaf", "dependencies": ["build"]}]}},
                    {"name": "leaf", "container": {"image": format!("acme/shop:{tag}")}}]},
        });
        if phase == "Failed" {
            more["status"] = json!({"nodes": {&check: {"message": "main: Error (exit code 3)", "outputs": {"exitCode": "3"}}}});
        }
        server.put(workflow("payments", name, phase, "1/2", more));
        let ended = json!({"terminated": {"exitCode": 0, "reason": "Completed"}});
        let pod = json!({"metadata": {"name": check, "namespace": "payments",
                "labels": {"workflows.argoproj.io/workflow": name}},
            "spec": {"nodeName": "node-1", "containers": [{"name": "main"}]},
            "status": {"phase": "Succeeded", "containerStatuses": [
                {"name": "main", "restartCount": 0, "ready": false, "state": ended}]}});
        server.store.put(PODS, pod, Origin::Client);
        let said = match phase {
            "Failed" => &[
                "begin smoke-x7k2p at 20:00:01",
                "GET /cart 200",
                "GET /pay 503",
                "boom",
            ][..],
            _ => &[
                "begin smoke-b2c4d at 19:00:02",
                "GET /cart 200",
                "GET /pay 200",
                "bye",
            ],
        };
        let lines = said.iter().zip(1..).map(|(text, second)| {
            let time = parse(&format!("2026-11-22T{hour}:00:{second:02}Z")).unwrap();
            (i128::from(time) * 1_000_000, (*text).into())
        });
        let logs = &server.store.logs;
        logs.append("payments", &check, "main", lines.collect());
        logs.end("payments", &check, "main");
    }
    server
}

#[test]
fn a_run_is_compared_with_the_last_green_one_of_its_template() {
    let server = two_runs();
    let out = server.run(&["compare", "smoke-x7k2p", "--logs"]).good();
    let first = out.lines().next().unwrap_or_default();
    assert!(
        first.starts_with("payments/smoke-x7k2p (Failed ")
            && first.contains("against smoke-b2c4d (Succeeded "),
        "{out}"
    );
    assert!(
        first.ends_with(
            "the last green run of template smoke in payments under this name, made 1h before it"
        ),
        "{out}"
    );
    for words in [
        "check failed here, succeeded there; different: 2 parameters, 1 image",
        "tag             1.4 → 1.5",
        "api-token       masked on both sides, and not the same",
        "leaf            acme/shop:1.4 → acme/shop:1.5",
        "here            Failed: main: Error (exit code 3)",
        "there           Succeeded",
        "~ GET /pay 200→503",
        "+ boom",
        "the same: 1 parameter, the rest of the template, 1 step, 2 times",
    ] {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain(&out).contains(&plain(words)), "{words} in\n{out}");
    }
    assert!(!out.contains('\u{1b}'), "no colour");
    let out = server
        .run(&["compare", "smoke-x7k2p", "--logs", "-o", "json"])
        .good();
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["there"]["name"], "smoke-b2c4d");
    assert_eq!(
        json["parameters"],
        json!([{"name": "tag", "there": "1.4", "here": "1.5"}])
    );
    assert_eq!(json["masked"], json!(["api-token"]));
    assert_eq!(json["failing"][0]["here"]["exitCode"], "3");
    let log = &json["logs"][0];
    assert_eq!(
        (&log["here"], &log["there"], &log["near"], &log["alike"]),
        (&json!(1), &json!(1), &json!(1), &json!(2))
    );
    assert_eq!(json["missing"], json!([]));
}

#[test]
fn what_cannot_be_compared_is_said_with_what_to_do() {
    let server = two_runs();
    server.put(workflow("payments", "alone", "Failed", "1/2", json!({})));
    let alone = server.run(&["compare", "alone"]);
    assert_eq!((alone.code, alone.out.as_str()), (1, ""));
    for words in [
        "No green run of name alone is known in payments",
        "ttlStrategy",
        "tiphys compare payments/alone OTHER",
    ] {
        assert!(alone.err.contains(words), "{words}: {}", alone.err);
    }
    let named = server
        .run(&["compare", "alone", "smoke-b2c4d", "-o", "yaml"])
        .good();
    assert!(named.contains("why: as it was asked for"), "{named}");
    let same = server.run(&["compare", "alone", "payments/alone"]);
    assert_eq!(same.code, 2, "{}", same.err);
    let nope = server.run(&["compare", "nope"]);
    assert_eq!(nope.code, 1);
    assert!(nope.err.contains("no run called nope"), "{}", nope.err);
}
