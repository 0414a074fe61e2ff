//! Which leaf is blamed for a failure, on small objects: retries, tolerated failures, hooks, stops.
//! Apart from the other situations, because a tree of failures has the most rules.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::json;

use super::sample::{exit, node, read, with};
use crate::model::facts::{Cause, Facts};

fn failed(facts: &Facts) -> (String, String, usize, usize) {
    match &facts.cause {
        Cause::Failed(fault) => (
            fault.step.to_string(),
            fault.short.to_string(),
            fault.attempts,
            fault.others,
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_leaf_that_failed_first_is_the_cause_not_what_reports_it() {
    let facts = read(
        "Failed",
        &[
            node(
                "w",
                "DAG",
                "Failed",
                json!({"children": ["w.a", "w.b"], "message": "child 'w.a' failed"}),
            ),
            node(
                "w.a",
                "Pod",
                "Failed",
                with(exit(2, "09:00"), json!({"boundaryID": "w"})),
            ),
            node(
                "w.b",
                "Pod",
                "Failed",
                with(exit(1, "05:00"), json!({"boundaryID": "w"})),
            ),
        ],
        json!({}),
    );
    assert_eq!(failed(&facts), ("b".into(), "exit 1".into(), 1, 1));
    assert_eq!(facts.leaves.bad, 2);
}

#[test]
fn a_failure_that_a_retry_made_good_is_no_cause() {
    let attempt = json!({"boundaryID": "w", "nodeFlag": {"retried": true}});
    let nodes = |retry: &str, last: &str| {
        [
            node("w", "DAG", "Failed", json!({"children": ["w.x", "w.z"]})),
            node(
                "w.x",
                "Retry",
                retry,
                json!({"boundaryID": "w", "children": ["w.x(0)", "w.x(1)"]}),
            ),
            node(
                "w.x(0)",
                "Pod",
                "Failed",
                with(exit(3, "01:00"), attempt.clone()),
            ),
            node(
                "w.x(1)",
                "Pod",
                last,
                with(exit(4, "02:00"), attempt.clone()),
            ),
            node(
                "w.z",
                "Pod",
                "Failed",
                with(exit(9, "30:00"), json!({"boundaryID": "w"})),
            ),
        ]
    };
    let facts = read("Failed", &nodes("Succeeded", "Succeeded"), json!({}));
    assert_eq!(failed(&facts), ("z".into(), "exit 9".into(), 1, 0));
    assert_eq!((facts.leaves.bad, facts.leaves.ok), (1, 1));
    let lost = read("Failed", &nodes("Failed", "Failed"), json!({}));
    assert_eq!(failed(&lost), ("x".into(), "exit 4".into(), 2, 1));
}

#[test]
fn a_failure_the_workflow_went_on_after_is_no_cause() {
    let facts = read(
        "Failed",
        &[
            node("w", "Steps", "Failed", json!({"children": ["w[0]"]})),
            node(
                "w[0]",
                "StepGroup",
                "Succeeded",
                json!({"boundaryID": "w", "children": ["w[0].soft"]}),
            ),
            node(
                "w[0].soft",
                "Pod",
                "Failed",
                with(
                    exit(1, "01:00"),
                    json!({"boundaryID": "w", "children": ["w[1]"]}),
                ),
            ),
            node(
                "w[1]",
                "StepGroup",
                "Failed",
                json!({"boundaryID": "w", "children": ["w[1].hard"]}),
            ),
            node(
                "w[1].hard",
                "Pod",
                "Failed",
                with(
                    exit(2, "03:00"),
                    json!({"boundaryID": "w", "children": ["w[1].hard.onExit"]}),
                ),
            ),
            node(
                "w[1].hard.onExit",
                "Pod",
                "Succeeded",
                json!({"boundaryID": "w", "nodeFlag": {"hooked": true}}),
            ),
        ],
        json!({}),
    );
    // The hook of `hard` ran, but a hook is not what comes after it.
    assert_eq!(failed(&facts), ("hard".into(), "exit 2".into(), 1, 0));
}

#[test]
fn an_omitted_follower_excuses_nothing_and_an_exit_handler_comes_last() {
    let facts = read(
        "Failed",
        &[
            node("w", "DAG", "Failed", json!({"children": ["w.a"]})),
            node(
                "w.a",
                "Pod",
                "Error",
                json!({"boundaryID": "w", "children": ["w.z"], "message": "pod deleted", "finishedAt": "2026-11-22T20:20:00Z"}),
            ),
            node("w.z", "Skipped", "Omitted", json!({"boundaryID": "w"})),
            node(
                "w.onExit",
                "Pod",
                "Failed",
                with(exit(7, "01:00"), json!({"nodeFlag": {"hooked": true}})),
            ),
        ],
        json!({}),
    );
    assert_eq!(failed(&facts), ("a".into(), "pod deleted".into(), 1, 1));
}

#[test]
fn a_stop_is_the_cause_only_where_nothing_failed_before_it() {
    let stopped = json!({"boundaryID": "w", "message": "workflow shutdown with strategy:  Stop", "finishedAt": "2026-11-22T20:01:00Z"});
    let nodes = [
        node("w", "DAG", "Failed", json!({"children": ["w.a", "w.b"]})),
        node("w.a", "Pod", "Failed", stopped.clone()),
        node(
            "w.b",
            "Pod",
            "Failed",
            with(exit(1, "02:00"), json!({"boundaryID": "w"})),
        ),
    ];
    assert_eq!(failed(&read("Failed", &nodes, json!({}))).1, "exit 1");
    assert_eq!(failed(&read("Failed", &nodes[..2], json!({}))).1, "stopped");
}
