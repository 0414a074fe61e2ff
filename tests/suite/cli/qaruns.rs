//! `tiphys qaruns` and `tiphys qarun`: what a controller said of QARuns, and those of which none has said anything.
//! Apart from the verbs on runs, which are workflows.

use serde_json::{Value, json};
use tiphys::sim::api::access::Rights;
use tiphys::sim::resource::QARUNS;
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
