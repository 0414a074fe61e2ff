//! `tiphys wait` and `tiphys journal`: what comes after a verb that changed something.
//! Apart from those verbs; neither of these changes anything.

use std::io::{BufRead as _, BufReader, Read as _};

use serde_json::{Value, json};
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::store::Origin;

use super::server::{Server, workflow};

#[test]
fn the_worst_end_of_all_is_the_exit_status() {
    let server = Server::story();
    let stopped = json!({"spec": {"shutdown": "Stop"}});
    server.put(workflow("search", "stopped", "Failed", "1/2", stopped));
    server.put(workflow("search", "broken", "Error", "1/2", json!({})));
    for (runs, code) in [
        (&["payments/nightly"][..], 0),
        (&["search/nightly", "stopped"], 3),
        (&["stopped", "refund", "payments/nightly"], 1),
        (&["refund", "broken"], 6),
        (&["status:succeeded"], 0),
        (&["refund", "reindex", "--timeout", "0"], 5),
        (&["nothing"], 7),
        (&["ns:nowhere"], 7),
    ] {
        let mut line = vec!["wait"];
        line.extend(runs);
        let answer = server.run(&line);
        assert_eq!(answer.code, code, "{runs:?}: {answer:?}");
    }
    let out = server.run(&["wait", "refund", "payments/nightly"]).out;
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].starts_with("2026-11-22T20:01:05Z  Failed       payments/refund  1/2 steps"),
        "{out}"
    );
    assert!(lines[1].contains("Succeeded    payments/nightly"), "{out}");
}

#[test]
fn it_waits_until_the_last_one_is_over() {
    let server = Server::story();
    server.put(workflow("payments", "second", "Running", "1/2", json!({})));
    let mut child = server.spawn(&["wait", "reindex", "second", "refund", "--timeout", "60s"]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = || {
        let mut line = String::new();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended");
        line
    };
    assert!(line().contains("payments/refund"), "over already");
    server.put(workflow("search", "reindex", "Succeeded", "2/2", json!({})));
    assert!(line().contains("Succeeded    search/reindex"));
    server
        .store
        .remove(WORKFLOWS, "payments", "second", Origin::Client);
    assert!(line().contains("Gone         payments/second  deleted"));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!((rest.as_str(), child.wait().unwrap().code()), ("", Some(4)));
}

#[test]
fn a_run_that_was_just_retried_is_not_over() {
    let server = Server::story();
    server.run(&["retry", "refund", "-y"]).good();
    // Until its controller looks, its label says what it was; what counts is its status.
    let object = server
        .store
        .get(WORKFLOWS, "payments", "refund")
        .unwrap()
        .value();
    assert_eq!(
        object["metadata"]["labels"]["workflows.argoproj.io/phase"],
        "Failed"
    );
    let watches = || {
        let seen = server.api.seen();
        let of_it = |uri: &str| uri.contains("/namespaces/payments/") && uri.contains("watch=1");
        seen.iter().filter(|seen| of_it(&seen.uri)).count()
    };
    let mut child = server.spawn(&["wait", "refund", "--timeout", "60s"]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    // It has seen all there is when it waits for changes of it: of rows, and of what is not over.
    server.until("it watches", || watches() == 2);
    server.put(workflow(
        "payments",
        "refund",
        "Succeeded",
        "2/2",
        json!({}),
    ));
    let mut told = String::new();
    out.read_to_string(&mut told).unwrap();
    assert!(told.contains("Succeeded    payments/refund"), "{told}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_journal_tells_what_was_done_and_can_be_narrowed() {
    let server = Server::story();
    let answer = server.run(&["journal"]);
    assert_eq!((answer.code, answer.out.as_str()), (0, ""));
    assert!(answer.err.contains("journal.jsonl"), "{}", answer.err);
    server.run(&["retry", "refund", "-y"]).good();
    server.run(&["stop", "reindex", "-y"]).good();
    server.run(&["delete", "secret/hidden", "-y"]).good();
    let out = server.run(&["journal"]).good();
    let verbs: Vec<&str> = out
        .lines()
        .map(|line| line.split("  ").nth(3).unwrap())
        .collect();
    assert_eq!(
        verbs,
        [
            "retry payments/refund: applied",
            "stop search/reindex: applied",
            "delete secret/hidden: applied"
        ]
    );
    let lines = |options: &[&str]| {
        let mut line = vec!["journal"];
        line.extend(options);
        server.run(&line).out.lines().count()
    };
    assert_eq!(lines(&["--last", "2"]), 2);
    assert_eq!(lines(&["-l", "9"]), 3);
    assert_eq!(lines(&["-n", "search,secret"]), 2);
    assert_eq!(lines(&["--context", "test"]), 3);
    assert_eq!(lines(&["--context", "other"]), 0);
    assert_eq!(lines(&["--since", "1h"]), 3);
    assert_eq!(lines(&["--since", "2999-01-01T00:00:00Z"]), 0);
    let json = server
        .run(&["journal", "-o", "json", "-n", "secret"])
        .good();
    let json: Value = serde_json::from_str(&json).unwrap();
    let one = &json[0];
    for (field, value) in [
        ("who", "demo"),
        ("context", "test"),
        ("namespace", "secret"),
        ("name", "hidden"),
        ("uid", "uid-secret-hidden"),
        ("kind", "Workflow"),
        ("operation", "delete"),
        ("outcome", "applied"),
    ] {
        assert_eq!(one[field], value, "{field}");
    }
    assert_eq!(one["requests"][0]["method"], "DELETE");
    assert_eq!(one["requests"][0]["answer"], "ok");
    assert!(one["trash"].as_str().unwrap().contains("secret-hidden"));
}
