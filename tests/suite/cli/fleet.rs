//! `tiphys watch --fleet` as a screen reader hears it: the built binary, line by line.
//! Apart from the watch of one run, whose exit status is its outcome.

use std::io::{BufRead as _, BufReader};

use serde_json::json;
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::store::Origin;

use super::server::{Server, workflow};

#[test]
fn every_change_of_the_fleet_is_a_sentence() {
    let server = Server::story();
    let mut child = server.spawn(&["watch", "--fleet", "--no-time", "!ns:secret"]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = || {
        let mut line = String::new();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended");
        line.trim_end().to_string()
    };
    assert_eq!(line(), "4 runs: 1 failed, 1 running, 2 succeeded");
    let more = json!({"status": {"nodes": {"reindex-check": {"message": "Error (exit code 4)"}}}});
    server.put(workflow("search", "reindex", "Failed", "1/2", more));
    let told = line();
    assert!(
        told.starts_with("search/reindex failed after 1m05s: exit 4, check"),
        "{told}"
    );
    server.put(workflow("secret", "other", "Running", "1/2", json!({})));
    server.put(workflow("search", "fresh", "Running", "1/2", json!({})));
    assert!(line().starts_with("search/fresh is running"));
    server
        .store
        .remove(WORKFLOWS, "search", "fresh", Origin::Client);
    server.put(workflow("payments", "last", "Succeeded", "2/2", json!({})));
    assert_eq!(line(), "payments/last succeeded after 1m05s");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_fleet_and_a_run_are_told_apart_on_the_command_line() {
    let server = Server::story();
    let answer = server.run(&["watch", "--fleet", "--timeout", "0"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(answer.out.contains(" 5 runs: 1 failed"), "{}", answer.out);
    for line in [
        &["watch"][..],
        &["watch", "a", "b"],
        &["watch", "--fleet", "status:happy"],
        &["watch", "--no-time", "refund"],
    ] {
        assert_eq!(server.run(line).code, 2, "{line:?}");
    }
}

#[test]
fn a_cluster_that_is_named_and_is_not_there_is_not_waited_for() {
    let server = Server::new();
    let answer = server.run(&["--context", "tset"]);
    assert_eq!((answer.code, &*answer.out), (2, ""));
    assert!(
        answer
            .err
            .contains("there is no context `tset`; did you mean `test`?"),
        "{}",
        answer.err
    );
}
