//! Every situation a run can be in, on small objects: its cause, its state as time passes, its line.
//! Apart from the recorded ones, so that the rules hold where no recording is at hand.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::sample::{exit, node, read, with, workflow};
use super::{facts_with, intern::Interner};
use crate::model::eta::Eta;
use crate::model::facts::{Cause, Facts};
use crate::model::phase::State;
use crate::model::why::{Span, reason, state};

/// State and line so many seconds after 20:00:00.
fn told(facts: &Facts, seconds: i64) -> (State, String) {
    let start: jiff::Timestamp = "2026-11-22T20:00:00Z".parse().unwrap();
    let now = start + jiff::SignedDuration::from_secs(seconds);
    let line = reason(&facts.row, Some(facts), now, None);
    (
        state(&facts.row, Some(facts), now),
        line.map(|line| line.plain()).unwrap_or_default(),
    )
}

#[test]
fn waiting_for_a_person_is_never_plain_running() {
    let nodes = [
        node("w", "DAG", "Running", json!({"children": ["w.ask", "w.a"]})),
        node(
            "w.ask",
            "Suspend",
            "Running",
            json!({"boundaryID": "w", "templateName": "ask"}),
        ),
        node("w.a", "Pod", "Running", json!({"boundaryID": "w"})),
    ];
    let question = json!({"name": "ask", "suspend": {}, "inputs": {"parameters": [{"name": "go", "description": "ship it?"}]}});
    let facts = read(
        "Running",
        &nodes,
        json!({"spec": {"templates": [question]}}),
    );
    assert_eq!(
        told(&facts, 30),
        (State::Approve, "wants you: ask · ship it?".into())
    );
    let timed = json!({"spec": {"templates": [{"name": "ask", "suspend": {"duration": "20m"}}]}});
    let facts = read("Running", &nodes[..2], timed.clone());
    assert_eq!(
        told(&facts, 300),
        (State::Suspended, "paused · ask in 15m".into())
    );
    assert_eq!(told(&read("Running", &nodes, timed), 300).0, State::Running);
}

#[test]
fn locks_and_queues_say_who_is_in_front() {
    let lock = json!({"status": {"message": "Waiting for team/Mutex/release lock. Lock status: 0/1",
        "synchronization": {"mutex": {"waiting": [{"holder": "team/other", "mutex": "team/Mutex/release"}]}}}});
    let facts = read("Pending", &[], lock);
    assert_eq!(
        told(&facts, 9000),
        (State::Waiting, "lock release held by other".into())
    );
    let queued = json!({"status": {"message": "Workflow processing has been postponed because too many workflows are already running"}});
    assert_eq!(told(&read("Pending", &[], queued), 9000).0, State::Waiting);
    let mut step = json!({"status": {"synchronization": {"semaphore": {"waiting": [
        {"holders": ["far/x/n1", "far/y/n2"], "semaphore": "team/ConfigMap/sizes/db"}]}}}});
    let nodes = [
        node("w", "DAG", "Running", json!({"children": ["w.a", "w.b"]})),
        node("w.a", "Pod", "Running", json!({"boundaryID": "w"})),
        node(
            "w.b",
            "Pod",
            "Pending",
            json!({"boundaryID": "w", "synchronizationStatus": {"waiting": "team/ConfigMap/sizes/db"},
            "message": "Waiting for team/ConfigMap/sizes/db lock. Lock status: 0/2"}),
        ),
    ];
    let facts = read("Running", &nodes, step.clone());
    assert_eq!(
        told(&facts, 60),
        (
            State::Waiting,
            "lock sizes/db held by far/x and 1 more · b".into()
        )
    );
    // Held by its own step that works: its own queue, and it gets on.
    step["status"]["synchronization"]["semaphore"]["waiting"][0]["holders"] = json!(["team/w/n1"]);
    assert_eq!(
        told(&read("Running", &nodes, step), 60),
        (State::Running, "a".into())
    );
}

#[test]
fn pods_that_cannot_start_are_stuck_at_once_or_when_they_had_their_time() {
    let pod = |message: &str| {
        read(
            "Running",
            &[node("w", "Pod", "Pending", json!({"message": message}))],
            json!({}),
        )
    };
    let image = pod("ImagePullBackOff: Back-off pulling image \"r.io/qa/scanner:9.4\": not found");
    assert_eq!(
        told(&image, 1),
        (State::Stuck, "ImagePullBackOff · scanner:9.4".into())
    );
    let room = pod("Unschedulable: 0/2 nodes are available");
    assert_eq!(told(&room, 30).0, State::Running);
    assert_eq!(
        told(&room, 90),
        (
            State::Stuck,
            "Unschedulable · 0/2 nodes are available".into()
        )
    );
    let starts = pod("PodInitializing");
    assert_eq!(told(&starts, 200).0, State::Running);
    assert_eq!(
        told(&starts, 360),
        (State::Stuck, "PodInitializing for 6m".into())
    );
    assert_eq!(told(&pod(""), 360), (State::Stuck, "Pending for 6m".into()));
}

#[test]
fn time_turns_silence_into_trouble() {
    let idle = read(
        "Running",
        &[node("w", "Steps", "Running", json!({}))],
        json!({}),
    );
    assert_eq!(told(&idle, 60), (State::Running, String::new()));
    assert_eq!(
        told(&idle, 180),
        (
            State::Stuck,
            "nothing runs for 3m, and nothing says why".into()
        )
    );
    let pending = read("Pending", &[], json!({}));
    assert_eq!(told(&pending, 60).0, State::Pending);
    assert_eq!(
        told(&pending, 360),
        (
            State::Stuck,
            "not started for 6m, and nothing says why".into()
        )
    );
    let new = read("", &[], json!({"metadata": {"labels": null}}));
    assert_eq!(told(&new, 30).0, State::Pending);
    assert_eq!(
        told(&new, 90),
        (
            State::Lost,
            "no controller · nobody took it up for 1m".into()
        )
    );
    let label = json!({"metadata": {"labels": {"workflows.argoproj.io/phase": "Failed"}}});
    assert_eq!(told(&read("", &[], label), 9000).0, State::Pending);
}

#[test]
fn a_backoff_says_when_it_ends() {
    let attempt = with(exit(3, "01:00"), json!({"nodeFlag": {"retried": true}}));
    let facts = read(
        "Running",
        &[
            node(
                "w",
                "Retry",
                "Running",
                json!({"children": ["w(0)"], "message": "Backoff for 20 minutes 0 seconds"}),
            ),
            node("w(0)", "Pod", "Failed", attempt),
        ],
        json!({}),
    );
    assert_eq!(
        told(&facts, 360),
        (
            State::Running,
            "backoff · attempt 2 in 15m after exit 3".into()
        )
    );
    assert_eq!((facts.leaves.pending, facts.leaves.bad), (1, 0));
}

#[test]
fn a_doomed_run_is_running_and_says_what_failed() {
    let facts = read(
        "Running",
        &[
            node("w", "DAG", "Running", json!({"children": ["w.a", "w.b"]})),
            node(
                "w.a",
                "Pod",
                "Failed",
                with(exit(1, "01:00"), json!({"boundaryID": "w"})),
            ),
            node("w.b", "Pod", "Running", json!({"boundaryID": "w"})),
        ],
        json!({}),
    );
    assert_eq!(
        told(&facts, 90),
        (State::Running, "exit 1 · a · 1 still running".into())
    );
}

#[test]
fn that_a_person_ended_it_comes_before_what_its_steps_made_of_that() {
    let ended = |strategy: &str, step: serde_json::Value| {
        let nodes = [
            node("w", "DAG", "Failed", json!({"children": ["w.a"]})),
            node(
                "w.a",
                "Pod",
                "Failed",
                with(step, json!({"boundaryID": "w"})),
            ),
        ];
        told(
            &read("Failed", &nodes, json!({"spec": {"shutdown": strategy}})),
            90,
        )
        .1
    };
    assert_eq!(
        ended("Terminate", exit(143, "01:00")),
        "terminated · exit 143 · a"
    );
    let same = json!({"message": "workflow shutdown with strategy:  Stop", "finishedAt": "2026-11-22T20:01:00Z"});
    assert_eq!(ended("Stop", same), "stopped · a");
}

#[test]
fn a_fan_out_is_counted_and_the_estimate_stands_in_front() {
    let mut nodes = vec![
        node("w", "DAG", "Running", json!({"children": ["w.shard"]})),
        node(
            "w.shard",
            "TaskGroup",
            "Running",
            json!({"boundaryID": "w", "children": ["w.shard(0:a)", "w.shard(1:b)", "w.shard(2:c)"]}),
        ),
    ];
    for (item, phase) in [("0:a", "Succeeded"), ("1:b", "Running"), ("2:c", "Pending")] {
        nodes.push(node(
            &format!("w.shard({item})"),
            "Pod",
            phase,
            json!({"boundaryID": "w"}),
        ));
    }
    let facts = read("Running", &nodes, json!({}));
    let now = "2026-11-22T20:01:00Z".parse().unwrap();
    let line = reason(&facts.row, Some(&facts), now, Some(Eta::Left(840))).unwrap();
    assert_eq!(line.plain(), "~14m left · shard 1 running, 1 pending, 1 ok");
    assert!(
        line.spans
            .iter()
            .any(|span| matches!(span, Span::Counts(leaves) if leaves.total() == 3))
    );
}

#[test]
fn a_refused_workflow_speaks_for_itself_and_offloaded_steps_are_admitted() {
    let refused = json!({"status": {"message": "invalid spec: template name 'x' undefined"}});
    assert_eq!(
        told(&read("Failed", &[], refused), 0).1,
        "invalid spec: template name 'x' undefined"
    );
    let away = json!({"status": {"offloadNodeStatusVersion": "fnv:1"}});
    assert_eq!(read("Running", &[], away.clone()).cause, Cause::Offloaded);
    assert_eq!(read("Failed", &[], away).cause, Cause::Offloaded);
}

#[test]
fn old_facts_do_not_speak_for_a_newer_row() {
    let facts = read(
        "Running",
        &[node("w", "Suspend", "Running", json!({}))],
        json!({}),
    );
    let mut row = facts.row.clone();
    row.phase = crate::model::phase::Phase::Failed;
    row.message = Some("child 'w-1' failed".into());
    let now = "2026-11-22T20:01:00Z".parse().unwrap();
    assert_eq!(state(&row, Some(&facts), now), State::Failed);
    assert_eq!(reason(&row, Some(&facts), now, None), None);
}

#[test]
fn hostile_text_is_cleaned_in_every_cause() {
    let evil = "a\u{1b}[2J\u{202e}b";
    let nodes = [node(
        "w",
        "Pod",
        "Failed",
        json!({"displayName": evil, "message": evil}),
    )];
    let facts = read("Failed", &nodes, json!({"status": {"message": evil}}));
    let debug = format!("{facts:?}");
    assert!(
        !debug.contains("\\u{1b}") && !debug.contains("\\u{202e}"),
        "{debug}"
    );
    let pending = [node(
        "w",
        "Pod",
        "Pending",
        json!({"message": format!("Image: {evil}")}),
    )];
    let debug = format!("{:?}", read("Running", &pending, json!({})));
    assert!(!debug.contains("\\u{1b}"), "{debug}");
}

#[test]
fn two_runs_share_their_label_texts() {
    let bytes = workflow("Running", &[], json!({}));
    let mut names = Interner::new();
    let (one, two) = (
        facts_with(&bytes, &mut names).unwrap(),
        facts_with(&bytes, &mut names).unwrap(),
    );
    assert!(std::sync::Arc::ptr_eq(
        &one.row.labels[0].0,
        &two.row.labels[0].0
    ));
}
