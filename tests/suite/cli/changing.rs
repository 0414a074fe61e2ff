//! The verbs that change runs: the built binary against an embedded API; the requests it sends, what it says, its exit status.
//! Apart from what a controller makes of the requests, which the operations' own cases hold.

use std::io::{BufRead as _, BufReader, Read as _};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tiphys::sim::api::access::Rights;
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::store::Origin;

use super::server::{Answer, Server, workflow};
use crate::pty::{Pty, tiphys};

const REFUND: &str = "/apis/argoproj.io/v1alpha1/namespaces/payments/workflows/refund";

fn object(server: &Server, namespace: &str, name: &str) -> Value {
    server
        .store
        .get(WORKFLOWS, namespace, name)
        .unwrap()
        .value()
}

fn records(answer: &Answer) -> Value {
    serde_json::from_str(&answer.out).unwrap_or_else(|why| panic!("{why}: {answer:?}"))
}

/// A run whose step `ask` waits for a version, which is one of two, and a reason.
fn waiting() -> Value {
    let mut run = workflow("search", "gate", "Running", "1/2", json!({}));
    run["status"]["nodes"]["gate-ask"] = json!({
        "id": "gate-ask", "name": "gate.ask", "displayName": "ask", "type": "Suspend", "phase": "Running",
        "boundaryID": "gate", "startedAt": "2026-11-22T20:00:22Z",
        "inputs": {"parameters": [{"name": "version", "enum": ["1.4", "1.5"], "description": "what to ship"}]},
        "outputs": {"parameters": [{"name": "version", "valueFrom": {"supplied": {}}}]},
    });
    run
}

#[test]
fn a_rehearsal_tells_everything_and_sends_nothing() {
    let server = Server::story();
    let out = server.run(&["retry", "refund", "--dry-run"]).good();
    assert!(out.starts_with("retry payments/refund (Failed)\n"), "{out}");
    assert!(out.contains("runs again: check\n"), "{out}");
    assert!(
        out.contains("> DELETE /api/v1/namespaces/payments/pods/refund-"),
        "{out}"
    );
    assert!(out.contains(&format!("> PATCH {REFUND}")), "{out}");
    assert!(
        out.contains("same as: argo retry refund -n payments"),
        "{out}"
    );
    let answer = server.run(&["retry", "refund", "--dry-run", "-o", "json"]);
    let records = records(&answer);
    assert_eq!(records[0]["outcome"], "dry run");
    assert_eq!(records[0]["again"], json!(["check"]));
    assert_eq!(records[0]["requests"][1]["method"], "PATCH");
    assert_eq!(records[0]["requests"][1]["answer"], Value::Null);
    // In a read-only session too; and the same for what cannot be done.
    let answer = server.run(&["--readonly", "stop", "refund", "--dry-run"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer
            .out
            .contains("stop payments/refund: not applied: it is over"),
        "{answer:?}"
    );
    assert_eq!(server.writes(), [""; 0]);
    assert_eq!(server.run(&["journal", "-o", "json"]).good().trim(), "[]");
}

#[test]
fn a_retry_is_sent_once_told_and_written_down() {
    let server = Server::story();
    let answer = server.run(&["retry", "refund", "--yes", "-o", "json"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let writes = server.writes();
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(writes[0].starts_with("DELETE /api/v1/namespaces/payments/pods/refund-"));
    assert!(writes[1].starts_with(&format!("PATCH {REFUND}")));
    let records = records(&answer);
    let fields: Vec<&String> = records[0].as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        [
            "namespace",
            "name",
            "uid",
            "kind",
            "operation",
            "step",
            "outcome",
            "why",
            "expect",
            "made",
            "requests",
            "says",
            "warns",
            "again",
            "pods",
            "equivalent",
            "trash",
            "diff"
        ]
    );
    let record = &records[0];
    for (field, value) in [
        ("namespace", json!("payments")),
        ("name", json!("refund")),
        ("uid", json!("uid-payments-refund")),
        ("kind", json!("Workflow")),
        ("operation", json!("retry")),
        ("step", Value::Null),
        ("outcome", json!("applied")),
        ("why", Value::Null),
        ("made", Value::Null),
    ] {
        assert_eq!(record[field], value, "{field}");
    }
    assert_eq!(record["requests"][1]["answer"], "ok");
    assert!(
        object(&server, "payments", "refund")["status"]["nodes"]
            .get("refund-check")
            .is_none()
    );

    // Again: it is not over any more, and nothing more is sent.
    let answer = server.run(&["retry", "payments/refund", "-y"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer
            .out
            .starts_with("retry payments/refund: not applied: it is not over; "),
        "{answer:?}"
    );
    assert_eq!(server.writes().len(), 2);

    let journal = server.run(&["journal"]).good();
    assert_eq!(journal.lines().count(), 1, "{journal}");
    assert!(
        journal
            .trim_end()
            .ends_with("test  demo  retry payments/refund: applied"),
        "{journal}"
    );
}

#[test]
fn nothing_happens_that_nobody_agreed_to() {
    let server = Server::story();
    let answer = server.run(&["retry", "refund"]);
    assert_eq!((answer.code, answer.out.as_str()), (2, ""));
    assert!(answer.err.contains("--yes"), "{}", answer.err);
    let answer = server.run(&["--readonly", "retry", "refund", "--yes"]);
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("--readonly"), "{}", answer.err);
    assert!(server.api.seen().is_empty(), "nobody was asked anything");
}

#[test]
fn a_wrong_command_line_is_refused_before_anybody_is_asked() {
    let server = Server::story();
    for (line, why) in [
        (&["retry", "-y"][..], "RUN|FILTER"),
        (&["retry", "Refund", "-y"], "no name of a run"),
        (&["retry", "refund", "status:failed", "-y"], "do not mix"),
        (&["retry", "status:happy", "-y"], "not a state"),
        (&["retry", "refund", "-y", "-p", "env"], "NAME=VALUE"),
        (
            &["retry", "refund", "-y", "-p", "a=1", "-p", "a=2"],
            "a is given twice",
        ),
        (
            &["retry", "refund", "-y", "-p", "a=1", "--step", "check"],
            "cannot be used with",
        ),
        (&["bypass", "refund", "-y", "--step", "check"], "--reason"),
        (
            &["bypass", "refund", "-y", "--step", "check", "--reason", ""],
            "--reason",
        ),
        (&["approve", "gate", "-y", "--set", "=1"], "NAME=VALUE"),
        (&["launch", "-y"], "--like"),
        (&["launch", "a", "--like", "b", "-y"], "cannot be used with"),
        (&["cron", "suspend", "-y"], "CRON"),
        (&["wait", "refund", "--timeout", "soon"], "90s"),
        (&["journal", "--since", "yesterday"], "90s"),
    ] {
        let answer = server.run(line);
        assert_eq!(
            (answer.code, answer.out.as_str()),
            (2, ""),
            "{line:?}: {answer:?}"
        );
        assert!(answer.err.contains(why), "{line:?}: {}", answer.err);
    }
    assert!(server.api.seen().is_empty());
}

#[test]
fn what_a_filter_chose_may_be_skipped_and_what_was_named_may_not() {
    let server = Server::story();
    let answer = server.run(&["stop", "ns:search", "--yes"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let lines: Vec<&str> = answer.out.lines().collect();
    assert_eq!(
        lines[0],
        "stop search/nightly: skipped: it is over; there is nothing to end"
    );
    assert!(
        lines[1].starts_with("stop search/reindex: applied: taken; "),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 2);
    assert_eq!(
        object(&server, "search", "reindex")["spec"]["shutdown"],
        "Stop"
    );
    let answer = server.run(&["stop", "search/nightly", "payments/nightly", "--yes"]);
    assert_eq!(answer.code, 1);
    assert_eq!(answer.out.matches("not applied: it is over").count(), 2);
    assert_eq!(server.writes().len(), 1);

    let answer = server.run(&["stop", "status:failed", "ns:search", "--yes"]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    assert!(answer.err.contains("no run matches"), "{}", answer.err);
    // One that is called so in two namespaces is not guessed, and the others are not begun.
    let answer = server.run(&["delete", "refund", "nightly", "--yes"]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    assert!(
        answer.err.contains("2 runs are called nightly"),
        "{}",
        answer.err
    );
    let answer = server.run(&["delete", "refnud", "--yes"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.err.contains("no run called refnud"),
        "{}",
        answer.err
    );
    assert_eq!(server.writes().len(), 1);
}

#[test]
fn words_about_time_choose_what_only_the_objects_tell() {
    let server = Server::story();
    let chosen = |words: &[&str]| {
        let mut line = vec!["resubmit", "--dry-run", "-o", "json"];
        line.extend(words);
        let records = records(&server.run(&line));
        let names = records
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].to_string());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(chosen(&["dur>1m", "status:failed"]), "\"refund\"");
    assert_eq!(chosen(&["msg:differs"]), "\"refund\"");
    assert_eq!(chosen(&["ns:search", "!status:running"]), "\"nightly\"");
}

#[test]
fn what_the_server_does_not_allow_is_said_and_not_tried() {
    let server = Server::for_user(Rights::ViewerIn(vec!["search".to_string()]));
    server.furnish();
    let answer = server.run(&["-n", "search", "stop", "reindex", "--yes"]);
    assert_eq!(answer.code, 1);
    let line = "stop search/reindex: not applied: qa may not patch workflows.argoproj.io in search";
    assert!(answer.out.starts_with(line), "{answer:?}");
    assert_eq!(server.writes(), [""; 0]);
}

#[test]
fn one_step_runs_again_or_counts_as_passed() {
    let server = Server::story();
    let answer = server.run(&["retry", "refund", "--step", "deploy", "-y"]);
    assert_eq!(answer.code, 1);
    let why = "it has no step called deploy; of it failed: check [refund-check, Failed]";
    assert!(answer.out.contains(why), "{answer:?}");
    let out = server
        .run(&["retry", "refund", "--step", "check", "--dry-run"])
        .good();
    assert!(
        out.starts_with("retry step payments/refund (check) (Failed)\n"),
        "{out}"
    );
    let line = [
        "bypass",
        "refund",
        "--step",
        "refund-check",
        "--reason",
        "known: QA-8",
        "-y",
    ];
    let out = server.run(&line).good();
    assert!(
        out.starts_with("bypass payments/refund (check): applied: "),
        "{out}"
    );
    let node = &object(&server, "payments", "refund")["status"]["nodes"]["refund-check"];
    assert_eq!(node["phase"], "Succeeded");
    assert_eq!(node["message"], "bypassed by demo: known: QA-8");
}

#[test]
fn an_approval_asks_for_its_values_and_is_given_once() {
    let server = Server::story();
    server.put(waiting());
    let answer = server.run(&["approve", "gate", "--yes"]);
    assert_eq!(answer.code, 1);
    let why = "a value is missing: version (what to ship; one of 1.4, 1.5): --set version=1.4";
    assert!(answer.out.contains(why), "{answer:?}");
    let answer = server.run(&["approve", "gate", "--yes", "--set", "version=2"]);
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains("give one of 1.4, 1.5"), "{answer:?}");
    assert_eq!(server.writes(), [""; 0]);

    let line = [
        "approve",
        "gate",
        "-y",
        "--set",
        "version=1.5",
        "--message",
        "looks good",
    ];
    let out = server.run(&line).good();
    assert!(
        out.starts_with("approve search/gate (ask): applied: "),
        "{out}"
    );
    let node = object(&server, "search", "gate")["status"]["nodes"]["gate-ask"].clone();
    assert_eq!(node["phase"], "Succeeded");
    assert_eq!(node["message"], "approved by demo: looks good");
    assert_eq!(
        node["outputs"]["parameters"],
        json!([{"name": "version", "value": "1.5"}])
    );
    let answer = server.run(&line);
    assert_eq!(answer.code, 1);
    assert!(
        answer
            .out
            .contains("approve search/gate: not applied: no step of it waits"),
        "{answer:?}"
    );
    let answer = server.run(&["reject", "status:approve", "-y"]);
    assert_eq!(answer.code, 1, "nobody waits any more: {answer:?}");

    server.put(waiting());
    let out = server
        .run(&["reject", "gate", "-y", "--reason", "no"])
        .good();
    assert!(
        out.starts_with("reject search/gate (ask): applied: "),
        "{out}"
    );
    let node = object(&server, "search", "gate")["status"]["nodes"]["gate-ask"].clone();
    assert_eq!(
        (&node["phase"], &node["message"]),
        (&json!("Failed"), &json!("rejected by demo: no"))
    );
}

#[test]
fn a_run_is_suspended_and_resumed_and_ended() {
    let server = Server::story();
    let spec = || object(&server, "search", "reindex")["spec"].clone();
    server.run(&["suspend", "reindex", "-y"]).good();
    assert_eq!(spec()["suspend"], true);
    let answer = server.run(&["suspend", "reindex", "-y"]);
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains("it is suspended already"), "{answer:?}");
    server.run(&["resume", "reindex", "-y"]).good();
    assert!(spec().get("suspend").is_none_or(|it| it != true));
    server.run(&["suspend", "reindex", "-y"]).good();
    server.run(&["terminate", "reindex", "-y"]).good();
    assert_eq!(spec()["shutdown"], "Terminate");
    assert!(
        spec().get("suspend").is_none_or(|it| it != true),
        "else it would never end"
    );
    let answer = server.run(&["continue", "reindex", "-y"]);
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains("it is not over"), "{answer:?}");
}

#[test]
fn what_is_deleted_is_kept_here() {
    let server = Server::story();
    let answer = server.run(&["delete", "refund", "-y", "-o", "json"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert!(server.store.get(WORKFLOWS, "payments", "refund").is_none());
    let record = &records(&answer)[0];
    let trash = record["trash"].as_str().unwrap();
    assert!(trash.starts_with(server.home.to_str().unwrap()), "{trash}");
    let kept: Value = serde_saphyr::from_str(&std::fs::read_to_string(trash).unwrap()).unwrap();
    assert_eq!(kept["spec"]["entrypoint"], "main");
}

#[test]
fn a_protected_context_is_changed_only_by_who_names_it() {
    let server = Server::story();
    let dir = server.home.join("tiphys");
    std::fs::create_dir_all(&dir).unwrap();
    let write = |text: &str| std::fs::write(dir.join("config.toml"), text).unwrap();
    write("protected = \"*prod*,te*\"\n");
    for line in [
        &["stop", "reindex", "--yes"][..],
        &["--context", "test", "stop", "reindex"],
    ] {
        let answer = server.run(line);
        assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{answer:?}");
    }
    let answer = server.run(&["stop", "reindex", "--yes"]);
    assert!(
        answer.err.contains("--context test") && answer.err.contains("--yes"),
        "{}",
        answer.err
    );
    server.run(&["stop", "reindex", "--dry-run"]).good();
    // A mistake in the line that protects does not take the protection away.
    write("protected = \"*prod*\n");
    let answer = server.run(&["stop", "reindex", "--yes"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.err.contains("cannot be read") && answer.err.contains("config.toml"),
        "{}",
        answer.err
    );
    assert_eq!(server.writes(), [""; 0]);
    write("protected = \"*prod*,te*\"\n");
    server
        .run(&["--context", "test", "stop", "reindex", "--yes"])
        .good();
    assert_eq!(server.writes().len(), 1);
}

/// Runs that go on, in a namespace of their own; those named so take no write.
fn many(server: &Server, count: usize, broken: &[usize]) {
    for n in 0..count {
        let more = match broken.contains(&n) {
            // Its schema refuses every write of it.
            true => json!({"spec": {"parallelism": "many"}}),
            false => json!({}),
        };
        server.put(workflow(
            "payments",
            &format!("run-{n:03}"),
            "Running",
            "1/2",
            more,
        ));
    }
}

#[test]
fn the_same_twice_in_a_row_ends_it() {
    let server = Server::new();
    many(&server, 6, &[1, 3, 4]);
    let answer = server.run(&["suspend", "name:run-", "--yes"]);
    assert_eq!(answer.code, 1);
    let words: Vec<&str> = answer
        .out
        .lines()
        .map(|line| line.split(": ").nth(1).unwrap())
        .collect();
    assert_eq!(
        words,
        [
            "applied",
            "not applied",
            "applied",
            "not applied",
            "not applied",
            "not sent"
        ],
        "{}",
        answer.out
    );
    // Once what was in the way is gone, the rest is done, and nothing twice.
    for n in [1, 3, 4] {
        server.put(workflow(
            "payments",
            &format!("run-{n:03}"),
            "Running",
            "1/2",
            json!({}),
        ));
    }
    let before = server.writes().len();
    let answer = server.run(&["suspend", "name:run-", "--yes"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        answer
            .out
            .matches(": skipped: it is suspended already")
            .count(),
        2
    );
    assert_eq!(server.writes().len() - before, 4);
}

#[test]
fn the_first_one_tells_how_it_goes() {
    let server = Server::new();
    many(&server, 3, &[0]);
    let answer = server.run(&["suspend", "name:run-", "--yes", "-o", "json"]);
    assert_eq!(answer.code, 1);
    let records = records(&answer);
    let words: Vec<&Value> = records
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["outcome"])
        .collect();
    assert_eq!(words, ["not applied", "not sent", "not sent"]);
    assert_eq!(records[1]["why"], "the first one did not go well");
}

#[test]
fn ctrl_c_ends_it_between_two_and_names_what_was_not_done() {
    let server = Server::new();
    many(&server, 400, &[]);
    let mut child = server.spawn(&["suspend", "name:run-", "--yes"]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut told = String::new();
    out.read_line(&mut told).unwrap();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    out.read_to_string(&mut told).unwrap();
    let answer = Answer::of(child.wait_with_output().unwrap());
    assert_eq!(answer.code, 1, "{}", answer.err);
    assert!(answer.err.contains("ctrl-c again"), "{}", answer.err);
    let applied = told.matches(": applied: ").count();
    let unsent = told.matches(": not sent: a person ended it").count();
    assert_eq!(applied + unsent, 400, "{told}");
    assert!(unsent > 0);
    assert_eq!(server.writes().len(), applied);
    let suspended = (0..400)
        .filter(|n| object(&server, "payments", &format!("run-{n:03}"))["spec"]["suspend"] == true);
    assert_eq!(suspended.count(), applied);
}

fn terminal(server: &Server, line: &[&str]) -> Pty {
    let mut command = tiphys(&server.home);
    command.env("KUBECONFIG", &server.config);
    command.args(line);
    Pty::spawn(command)
}

#[test]
fn in_a_terminal_it_is_shown_and_asked() {
    let server = Server::story();
    std::fs::create_dir_all(&server.home).unwrap();
    let mut pty = terminal(&server, &["retry", "refund"]);
    pty.wait_for_output("retry payments/refund? (context test) [y/N] ");
    assert!(pty.written().contains("runs again: check"));
    pty.press("\n");
    assert_eq!(pty.end(), 1);
    pty.wait_for_output("nothing was sent");
    assert_eq!(server.writes(), [""; 0]);

    let mut pty = terminal(&server, &["stop", "ns:search"]);
    pty.wait_for_output("stop search/reindex? ");
    pty.press("y\n");
    assert_eq!(pty.end(), 0);
    pty.wait_for_output("stop search/reindex: applied");
    assert_eq!(server.writes().len(), 1);
}

#[test]
fn another_run_of_the_same_name_is_not_touched() {
    let server = Server::story();
    std::fs::create_dir_all(&server.home).unwrap();
    let mut pty = terminal(&server, &["stop", "reindex"]);
    pty.wait_for_output("[y/N] ");
    server
        .store
        .remove(WORKFLOWS, "search", "reindex", Origin::Client);
    let other = json!({"metadata": {"uid": "uid-of-another"}});
    server.put(workflow("search", "reindex", "Running", "1/2", other));
    pty.press("y\n");
    assert_eq!(pty.end(), 1);
    pty.wait_for_output(
        "stop search/reindex: changed: another object has its name now; nothing was sent",
    );
    assert_eq!(server.writes(), [""; 0]);
    // Nor one that ended meanwhile.
    let mut pty = terminal(&server, &["stop", "reindex"]);
    pty.wait_for_output("[y/N] ");
    server.put(workflow(
        "search",
        "reindex",
        "Succeeded",
        "2/2",
        json!({"metadata": {"uid": "uid-of-another"}}),
    ));
    pty.press("y\n");
    assert_eq!(pty.end(), 1);
    pty.wait_for_output("changed: it was Running, it is Succeeded; nothing was sent");
    assert_eq!(server.writes(), [""; 0]);
}
