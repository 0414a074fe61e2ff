//! The verbs as a script sees them: the built binary against an embedded API on loopback; its output and its exit status.
//! Apart from the unit tests of the formats, because here nothing of the program is touched but its command line.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod changing;
mod comparing;
mod editing;
mod fleet;
mod installing;
mod launching;
mod proposing;
mod qaruns;
mod reporting;
pub mod server;
mod tasks;
mod waiting;

use std::io::{BufRead as _, BufReader, Read as _};

use serde_json::{Value, json};
use tiphys::sim::api::access::Rights;
use tiphys::sim::resource::{PODS, WORKFLOWS};
use tiphys::sim::store::Origin;

use server::{Answer, Server, workflow};

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn runs_are_listed_with_what_needs_a_human_first() {
    let server = Server::story();
    let out = server.run(&["get", "runs"]).good();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 6, "{out}");
    assert_eq!(words(lines[0])[..4], ["STATE", "NAMESPACE", "NAME", "TASK"]);
    assert_eq!(
        words(lines[1])[..6],
        ["Failed", "payments", "refund", "15.10", "1/2", "1m05s"]
    );
    assert!(lines[1].contains("exit 3"), "{out}");
    assert_eq!(words(lines[2])[..3], ["Running", "search", "reindex"]);
    assert!(!out.contains('\u{1b}'), "no colour");
    let bare = server.run(&["get", "runs", "--no-headers"]).good();
    assert_eq!(bare.lines().count(), 5);
}

#[test]
fn every_format_holds_the_same_runs() {
    let server = Server::story();
    let names = server
        .run(&["get", "runs", "-o", "name", "--sort", "name"])
        .good();
    let expected = [
        "payments/nightly",
        "payments/refund",
        "search/nightly",
        "search/reindex",
        "secret/hidden",
    ];
    assert_eq!(names.lines().collect::<Vec<_>>(), expected);
    let out = server
        .run(&["get", "runs", "-o", "json", "--sort", "name"])
        .good();
    let json: Value = serde_json::from_str(&out).unwrap();
    let refund = &json[1];
    assert_eq!(refund["name"], "refund");
    assert_eq!(refund["state"], "Failed");
    assert_eq!(refund["task"], "15.10");
    assert_eq!(refund["progress"], json!({"done": 1, "total": 2}));
    assert_eq!(refund["finishedAt"], "2026-11-22T20:01:05Z");
    assert_eq!(refund["elapsedSeconds"], 65);
    assert_eq!(json[3]["finishedAt"], Value::Null, "it still runs");
    let out = server
        .run(&["get", "runs", "-o", "yaml", "--sort", "name"])
        .good();
    let yaml: Value = serde_saphyr::from_str(&out).unwrap();
    assert_eq!(yaml[1]["labels"], refund["labels"]);
    let csv = server
        .run(&["get", "runs", "-o", "csv", "--sort", "name"])
        .good();
    let row = csv.lines().nth(2).unwrap();
    assert!(row.starts_with("payments,refund,uid-payments-refund,Failed,Failed,15.10,,1,2,"));
    assert!(row.contains("\"\"total\"\""), "quotes are doubled: {row}");
    let wide = server.run(&["get", "runs", "-o", "wide"]).good();
    assert!(wide.lines().next().unwrap().contains("UID"), "{wide}");
}

#[test]
fn a_filter_asks_objects_that_must_be_read_to_tell() {
    let server = Server::story();
    let names = |filter: &[&str]| {
        let mut line = vec!["get", "runs", "-o", "name"];
        line.extend(filter);
        server.run(&line).good()
    };
    assert_eq!(names(&["status:failed"]), "payments/refund\n");
    assert_eq!(names(&["msg:differs"]), "payments/refund\n");
    assert_eq!(
        names(&["dur>1m", "ns:search", "status:succeeded"]),
        "search/nightly\n"
    );
    assert_eq!(names(&["dur>2m", "!status:running"]), "");
    assert_eq!(names(&["task:15.1"]), "");
    let all = server.run(&[
        "-n",
        "search",
        "get",
        "runs",
        "-o",
        "name",
        "--sort",
        "name",
        "--reverse",
    ]);
    assert_eq!(all.good(), "search/reindex\nsearch/nightly\n");
}

#[test]
fn a_namespace_that_does_not_exist_is_no_empty_one() {
    let server = Server::story();
    let answer = server.run(&["-n", "serach", "get", "runs"]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    assert!(
        answer.err.contains("there is no namespace serach"),
        "{}",
        answer.err
    );
    let answer = server.run(&["-n", "serach,search", "get", "runs", "-o", "name"]);
    assert_eq!(answer.code, 3);
    assert_eq!(answer.out.lines().count(), 2);
    let answer = server.run(&["get", "runs", "ns:serach"]);
    assert_eq!(answer.code, 0);
    assert!(answer.err.contains("no run matches"), "{}", answer.err);
}

#[test]
fn a_filter_that_means_nothing_is_a_wrong_command_line() {
    let server = Server::new();
    let answer = server.run(&["get", "runs", "status:happy"]);
    assert_eq!((answer.code, answer.out.as_str()), (2, ""));
    assert!(
        answer.err.contains("`happy` is not a state"),
        "{}",
        answer.err
    );
}

#[test]
fn one_run_is_found_by_name_and_told_apart_by_namespace() {
    let server = Server::story();
    let out = server.run(&["get", "run", "refund"]).good();
    assert!(
        out.contains("payments/refund") && out.contains("exit 3"),
        "{out}"
    );
    let json = server.run(&["get", "run", "refund", "-o", "json"]).good();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["uid"], "uid-payments-refund");
    let yaml = server.run(&["get", "run", "refund", "-o", "yaml"]).good();
    let mut yaml: Value = serde_saphyr::from_str(&yaml).unwrap();
    // It is the same document; the run goes on meanwhile.
    yaml["elapsedSeconds"] = json["elapsedSeconds"].clone();
    assert_eq!(yaml, json);
    let object = server.run(&["get", "run", "refund", "--object"]).good();
    let object: Value = serde_saphyr::from_str(&object).unwrap();
    assert_eq!(object["spec"]["entrypoint"], "main");

    let answer = server.run(&["get", "run", "nightly"]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    assert!(
        answer.err.contains("2 runs are called nightly")
            && answer.err.contains("payments/nightly, search/nightly"),
        "{}",
        answer.err
    );
    let name = server.run(&["get", "run", "search/nightly", "-o", "name"]);
    assert_eq!(name.good(), "search/nightly\n");
    let name = server.run(&["-n", "search", "get", "run", "nightly", "-o", "name"]);
    assert_eq!(name.good(), "search/nightly\n");

    let answer = server.run(&["get", "run", "refun"]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    assert!(answer.err.contains("no run called refun"), "{}", answer.err);
    assert!(answer.err.contains("payments/refund"), "{}", answer.err);
}

#[test]
fn steps_are_a_tree_for_people_and_a_list_for_programs() {
    let server = Server::story();
    let out = server.run(&["get", "steps", "refund"]).good();
    let lines: Vec<Vec<&str>> = out.lines().map(words).collect();
    assert_eq!(lines[1][..3], ["✖", "refund", "Failed"]);
    assert_eq!(lines[2][..5], ["├", "✔", "build", "Succeeded", "20s"]);
    assert_eq!(lines[3][..5], ["└", "✖", "check", "Failed", "38s"]);
    let ascii = server.run(&["--ascii", "get", "steps", "refund"]).good();
    assert!(
        ascii.lines().nth(3).unwrap().starts_with("`- X check"),
        "{ascii}"
    );
    let json = server.run(&["get", "steps", "refund", "-o", "json"]).good();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[2]["name"], "check");
    assert_eq!(json[2]["parent"], "refund");
    assert_eq!(json[2]["exitCode"], 3);
    assert_eq!(json[2]["elapsedSeconds"], 38);
    let names = server.run(&["get", "steps", "refund", "-o", "name"]).good();
    assert_eq!(names, "refund\nbuild\ncheck\n");
}

#[test]
fn logs_stand_in_order_of_time_and_name_their_step() {
    let server = Server::story();
    let merged =
        "[build] build at 5\n[check] check at 10\n[build] build at 20\n[check] check at 30\n";
    assert_eq!(server.run(&["logs", "refund"]).good(), merged);
    assert_eq!(server.run(&["logs", "refund", "-f"]).good(), merged);
    let last = "[build] build at 20\n[check] check at 30\n";
    assert_eq!(server.run(&["logs", "refund", "--tail", "2"]).good(), last);
    let one = server.run(&["logs", "refund", "--step", "check", "--timestamps"]);
    assert_eq!(
        one.good(),
        "2026-11-22T20:00:10.000Z check at 10\n2026-11-22T20:00:30.000Z check at 30\n"
    );
    let answer = server.run(&["logs", "refund", "--step", "deploy"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.err.contains("the steps build, check"),
        "{}",
        answer.err
    );
    let answer = server.run(&["logs", "refund", "--step", "refund"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer
            .err
            .contains("no log of refund: it has no pod of its own"),
        "{}",
        answer.err
    );
    // A log without one of its pods is not whole, whatever else there is.
    server
        .store
        .remove(PODS, "payments", "refund-build", Origin::Client);
    let answer = server.run(&["logs", "refund"]);
    assert_eq!(answer.code, 1);
    assert_eq!(answer.out, "check at 10\ncheck at 30\n");
    assert!(
        answer.err.contains("build: its log is gone"),
        "{}",
        answer.err
    );
    let answer = server.run(&["logs", "reindex"]);
    assert_eq!(answer.code, 1);
    assert!(answer.err.contains("none of its pods"), "{}", answer.err);
}

#[test]
fn a_reader_that_goes_away_ends_the_log_quietly() {
    let server = Server::story();
    let lines = (0..50_000).map(|n| (n, "x".repeat(100).into())).collect();
    server
        .store
        .logs
        .append("payments", "refund-check", "main", lines);
    let mut child = server.spawn(&["logs", "refund"]);
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let answer = Answer::of(child.wait_with_output().unwrap());
    assert!(!first.is_empty());
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
}

#[test]
fn the_exit_status_of_a_watch_is_the_outcome() {
    let server = Server::story();
    let stopped = json!({"spec": {"shutdown": "Stop"}});
    server.put(workflow("search", "stopped", "Failed", "1/2", stopped));
    server.put(workflow("search", "broken", "Error", "1/2", json!({})));
    for (run, code) in [
        ("payments/nightly", 0),
        ("refund", 1),
        ("stopped", 3),
        ("broken", 6),
    ] {
        let answer = server.run(&["watch", run]);
        assert_eq!((answer.code, answer.err.as_str()), (code, ""), "{run}");
    }
    let answer = server.run(&["watch", "refund"]);
    let lines: Vec<&str> = answer.out.lines().collect();
    assert_eq!(
        words(lines[0])[..3],
        ["2026-11-22T20:01:00Z", "Failed", "check"]
    );
    assert_eq!(
        words(lines[1])[..3],
        ["2026-11-22T20:01:05Z", "Failed", "payments/refund"]
    );
    let answer = server.run(&["watch", "reindex", "--timeout", "0"]);
    assert_eq!(answer.code, 5);
    assert!(answer.err.contains("did not end"), "{}", answer.err);
    assert_eq!(server.run(&["watch", "nothing"]).code, 7);
    assert_eq!(
        server.run(&["watch", "refund", "--timeout", "soon"]).code,
        2
    );
}

#[test]
fn a_watch_follows_until_the_run_ends_or_goes() {
    let server = Server::story();
    let mut child = server.spawn(&["watch", "reindex"]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut told = String::new();
    while !told.contains("search/reindex") {
        assert_ne!(out.read_line(&mut told).unwrap(), 0, "{told}");
    }
    assert!(
        words(&told)[1..].starts_with(&["Running", "check"]),
        "{told}"
    );
    server.put(workflow("search", "reindex", "Succeeded", "2/2", json!({})));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let lines: Vec<&str> = rest.lines().collect();
    assert_eq!(
        words(lines[0]),
        ["2026-11-22T20:01:00Z", "Succeeded", "check"]
    );
    assert_eq!(words(lines[1])[1..3], ["Succeeded", "search/reindex"]);

    server.put(workflow("search", "reindex", "Running", "1/2", json!({})));
    let mut child = server.spawn(&["watch", "reindex"]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut told = String::new();
    while !told.contains("search/reindex") {
        assert_ne!(out.read_line(&mut told).unwrap(), 0, "{told}");
    }
    server
        .store
        .remove(WORKFLOWS, "search", "reindex", Origin::Client);
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4), "{rest}");
}

#[test]
fn what_may_not_be_read_is_said_and_the_rest_is_given() {
    let server = Server::for_user(Rights::ViewerIn(vec!["payments".to_string()]));
    server.furnish();
    let line = [
        "-n", "payments", "-n", "secret", "get", "runs", "-o", "name",
    ];
    let answer = server.run(&line);
    assert_eq!(answer.code, 3, "{}", answer.err);
    assert_eq!(answer.out, "payments/refund\npayments/nightly\n");
    assert!(answer.err.contains("in namespace secret"), "{}", answer.err);
    // Neither all runs nor the namespaces may be listed: the context's own namespace is left.
    let answer = server.run(&["get", "runs", "-o", "name"]);
    assert_eq!(answer.code, 3, "{}", answer.err);
    assert_eq!(answer.out, "payments/refund\npayments/nightly\n");
    assert!(
        answer.err.contains("only namespace payments"),
        "{}",
        answer.err
    );
    let answer = server.run(&["-n", "secret", "get", "runs"]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    assert!(answer.err.contains("not allowed to list"), "{}", answer.err);
    assert!(answer.err.contains("Ask for the right"), "{}", answer.err);
}

#[test]
fn a_cluster_that_is_not_there_is_an_error_with_a_remedy() {
    let server = Server::new();
    let config = std::fs::read_to_string(&server.config).unwrap();
    // Port 9 of loopback: nobody listens there.
    let at = config.find("127.0.0.1:").unwrap();
    let end = at + config[at..].find('\n').unwrap();
    std::fs::write(
        &server.config,
        format!("{}127.0.0.1:9{}", &config[..at], &config[end..]),
    )
    .unwrap();
    let answer = server.run(&["get", "runs"]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    assert!(
        answer.err.contains("127.0.0.1:9") && answer.err.contains("cannot be reached"),
        "{}",
        answer.err
    );
    let answer = server.run(&["--context", "nowhere", "logs", "x"]);
    assert_eq!(answer.code, 1);
    assert!(answer.err.contains("nowhere"), "{}", answer.err);
    let answer = server.run(&["--context", "nowhere", "frame", "--size", "80x24"]);
    assert_eq!(answer.code, 3);
    assert!(
        answer.out.contains("nowhere") && answer.err.contains("no context `nowhere`"),
        "{}{}",
        answer.out,
        answer.err
    );
}

#[test]
fn a_frame_is_the_console_without_a_terminal() {
    let server = Server::story();
    let frame = server.run(&["frame", "--size", "100x30"]).good();
    assert_eq!(frame.lines().count(), 30);
    let first = frame.lines().find(|line| line.contains("Failed")).unwrap();
    assert!(first.contains("refund"), "{frame}");
    let page = server
        .run(&["frame", "--size", "120x30", "--keys", "enter l"])
        .good();
    assert!(page.contains("check at 10"), "{page}");
    let colours = server.run(&["frame", "--size", "100x30", "--ansi"]).good();
    assert!(colours.contains("\u{1b}[0;") && colours.lines().count() == 30);
    assert_eq!(server.run(&["frame", "--keys", "hyper-q"]).code, 2);
    assert_eq!(server.run(&["frame", "--size", "wide"]).code, 2);
}

#[test]
fn a_closed_standard_error_changes_no_exit_status() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_tiphys"))
        .args(["get", "runs", "--kubeconfig", "/nonexistent/config"])
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn why_is_told_with_what_it_is_known_from() {
    let server = Server::story();
    let out = server.run(&["why", "refund"]).good();
    let first = out.lines().next().unwrap_or_default();
    assert!(first.contains("exit code 3"), "{out}");
    assert!(out.lines().count() > 1, "with evidence: {out}");
    assert!(!out.contains('\u{1b}'), "no colour");
    let out = server.run(&["why", "refund", "-o", "json"]).good();
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["namespace"], "payments");
    let finding = &json["findings"][0];
    assert_eq!(finding["state"], "Failed");
    assert_eq!(finding["sentence"], first);
    let evidence = finding["evidence"].as_array().unwrap();
    let step = evidence.iter().find(|piece| piece["what"] == "step");
    assert!(step.unwrap()["target"]["step"].is_string(), "{out}");
    let gone = server.run(&["why", "nope"]);
    assert_eq!((gone.code, gone.out.as_str()), (1, ""));
    assert!(gone.err.contains("no run called nope"), "{}", gone.err);
}
