//! The drawn graph and the readings of its times, on small workflows: open groups, hooks, failures, the critical path.
//! Apart from the joins of the model's graph, because here it matters what is folded.

#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use serde_json::{Value, json};

use super::sample::{diamond, node, run, with};
use crate::model::bars;
use crate::model::critical;
use crate::model::flow::Flow;
use crate::model::tree::{Folds, Tree, TreeRow};
use crate::model::workflow::Workflow;

fn at(minute: i64) -> Timestamp {
    let hour: Timestamp = "2026-11-22T20:00:00Z".parse().unwrap();
    hour + jiff::SignedDuration::from_mins(minute)
}

fn tree(run: &Workflow) -> Tree {
    Tree::of(run, at(60))
}

fn label<'t>(tree: &'t Tree, row: &TreeRow) -> &'t str {
    &tree.branches[row.branch].label
}

fn branch(tree: &Tree, name: &str) -> usize {
    tree.branches
        .iter()
        .position(|branch| &*branch.label == name)
        .unwrap()
}

/// `from>to` for every edge, in reading order.
fn edges(tree: &Tree, folds: &Folds) -> String {
    let rows = tree.rows(folds);
    let flow = Flow::of(tree, &rows);
    let name = |at: usize| label(tree, &rows[at]);
    let told = flow
        .edges
        .iter()
        .map(|&(from, to)| format!("{}>{}", name(from), name(to)));
    told.collect::<Vec<_>>().join(" ")
}

fn opened(tree: &Tree, names: &[&str]) -> Folds {
    let ids = names
        .iter()
        .map(|name| tree.branches[branch(tree, name)].id.clone());
    Folds {
        opened: ids.collect(),
        whole_retries: true,
        ..Folds::default()
    }
}

/// Two groups after one another, the second with a step that was tried twice, then an exit handler. Minutes are times.
fn groups() -> Workflow {
    let time = |more: Value, from: i64, to: i64| {
        with(
            more,
            json!({"boundaryID": "w", "startedAt": at(from).to_string(), "finishedAt": at(to).to_string()}),
        )
    };
    let inside = |group: &str, more: Value, from, to| {
        with(time(more, from, to), json!({"boundaryID": group}))
    };
    run(
        "Failed",
        &[
            node(
                "w",
                "DAG",
                "Failed",
                json!({"startedAt": at(0).to_string(), "finishedAt": at(9).to_string(), "children": ["w.g"]}),
            ),
            node(
                "w.g",
                "DAG",
                "Succeeded",
                time(json!({"children": ["w.g.x", "w.g.y"]}), 0, 3),
            ),
            node("w.g.x", "Pod", "Succeeded", inside("w.g", json!({}), 0, 1)),
            node(
                "w.g.y",
                "Pod",
                "Succeeded",
                inside("w.g", json!({"children": ["w.h"]}), 0, 3),
            ),
            node(
                "w.h",
                "DAG",
                "Failed",
                time(json!({"children": ["w.h.r", "w.h.q"]}), 3, 9),
            ),
            node(
                "w.h.r",
                "Retry",
                "Failed",
                inside("w.h", json!({"children": ["w.h.r(0)", "w.h.r(1)"]}), 3, 9),
            ),
            node(
                "w.h.r(0)",
                "Pod",
                "Failed",
                inside(
                    "w.h",
                    json!({"nodeFlag": {"retried": true}, "message": "main: Error (exit code 1)"}),
                    3,
                    5,
                ),
            ),
            node(
                "w.h.r(1)",
                "Pod",
                "Failed",
                inside(
                    "w.h",
                    json!({"nodeFlag": {"retried": true}, "message": "main: Error (exit code 1)"}),
                    6,
                    9,
                ),
            ),
            node(
                "w.h.q",
                "Pod",
                "Failed",
                inside("w.h", json!({"message": "main: Error (exit code 2)"}), 3, 4),
            ),
            node(
                "w.onExit",
                "Pod",
                "Succeeded",
                json!({"nodeFlag": {"hooked": true}, "startedAt": at(9).to_string(), "finishedAt": at(10).to_string()}),
            ),
        ],
        json!([]),
    )
}

#[test]
fn a_join_and_a_promise_are_edges() {
    let tree = tree(&diamond("Running"));
    assert_eq!(edges(&tree, &Folds::default()), "w>a a>b a>c b>d c>d");
}

#[test]
fn what_comes_after_an_open_group_comes_after_its_ends() {
    let tree = tree(&groups());
    let closed = Folds {
        whole_retries: true,
        ..Folds::default()
    };
    assert_eq!(edges(&tree, &closed), "w>g g>h h>q h>r q>onExit r>onExit");
    assert_eq!(
        edges(&tree, &opened(&tree, &["g"])),
        "w>g g>x g>y x>h y>h h>q h>r q>onExit r>onExit"
    );
}

#[test]
fn only_what_lies_on_a_way_is_kin() {
    let tree = tree(&diamond("Running"));
    let rows = tree.rows(&Folds::default());
    let place = |name: &str| {
        rows.iter()
            .position(|row| label(&tree, row) == name)
            .unwrap()
    };
    let kin = Flow::of(&tree, &rows).kin(place("b"));
    let near: Vec<&str> = (0..rows.len())
        .filter(|&at| kin.has(at))
        .map(|at| label(&tree, &rows[at]))
        .collect();
    assert_eq!(near, ["w", "a", "b", "d"]);
    assert!(kin.joins(place("a"), place("b")) && kin.joins(place("b"), place("d")));
    assert!(!kin.joins(place("a"), place("c")) && !kin.joins(place("c"), place("d")));
}

#[test]
fn failures_are_the_steps_that_failed_by_themselves_and_can_be_gone_through() {
    let tree = tree(&groups());
    let names: Vec<&str> = tree
        .failures()
        .iter()
        .map(|&at| &*tree.branches[at].label)
        .collect();
    assert_eq!(names, ["q", "r"]);
    let (q, r) = (branch(&tree, "q"), branch(&tree, "r"));
    assert_eq!(tree.failure_beside(None, true), Some(q));
    assert_eq!(tree.failure_beside(Some(q), true), Some(r));
    assert_eq!(tree.failure_beside(Some(r), true), Some(q), "around");
    assert_eq!(tree.failure_beside(Some(r), false), Some(q));
    assert_eq!(tree.failure_beside(Some(q), false), Some(r), "around");
    let mut folds = Folds::default();
    folds.closed.insert("w".into());
    folds.closed.insert("w.h".into());
    tree.reveal(&mut folds, r);
    assert!(tree.rows(&folds).iter().any(|row| row.branch == r));
}

#[test]
fn no_failure_is_none() {
    let tree = tree(&run(
        "Running",
        &[node("w", "Pod", "Running", json!({}))],
        json!([]),
    ));
    assert!(!tree.has_failures());
    assert_eq!(tree.failure_beside(None, true), None);
}

#[test]
fn the_critical_path_goes_back_over_what_ended_last() {
    let tree = tree(&groups());
    let path = critical::path(&tree);
    let on: Vec<&str> = (0..path.len())
        .filter(|&at| path[at])
        .map(|at| &*tree.branches[at].label)
        .collect();
    for name in ["w", "g", "y", "h", "r", "onExit"] {
        assert!(on.contains(&name), "{name} of {on:?}");
    }
    for name in ["x", "q"] {
        assert!(!on.contains(&name), "{name} of {on:?}");
    }
}

#[test]
fn attempts_are_bars_of_one_line_and_waiting_is_apart_from_work() {
    let tree = tree(&groups());
    let r = branch(&tree, "r");
    // The second attempt's container began a minute after its pod was made.
    let since = |branch: &crate::model::tree::Branch| (&*branch.label == "r(1)").then(|| at(7));
    let told: Vec<(Timestamp, Option<Timestamp>, bool, bool)> = bars::of(&tree, r, since)
        .into_iter()
        .map(|bar| (bar.from, bar.to, bar.waits, bar.again))
        .collect();
    assert_eq!(
        told,
        [
            (at(3), Some(at(5)), false, true),
            (at(6), Some(at(7)), true, false),
            (at(7), Some(at(9)), false, false),
        ]
    );
    let promised = self::tree(&diamond("Running"));
    assert_eq!(bars::of(&promised, branch(&promised, "d"), |_| None), []);
}

#[test]
fn the_slowest_item_of_a_fan_out_is_known() {
    let item = |n: usize, from: i64, more: Value| {
        let name = format!("w.shard({n}:x{n})");
        node(
            &name,
            "Pod",
            "Succeeded",
            with(
                json!({"boundaryID": "w", "startedAt": at(from).to_string()}),
                more,
            ),
        )
    };
    let ended = |minute: i64| json!({"finishedAt": at(minute).to_string()});
    let run = run(
        "Running",
        &[
            node("w", "DAG", "Running", json!({"children": ["w.shard"]})),
            node(
                "w.shard",
                "TaskGroup",
                "Running",
                json!({"boundaryID": "w", "startedAt": at(0).to_string(), "children": ["w.shard(0:x0)", "w.shard(1:x1)", "w.shard(2:x2)"]}),
            ),
            item(0, 0, ended(5)),
            item(1, 0, ended(9)),
            item(2, 50, json!({})),
        ],
        json!([]),
    );
    let tree = tree(&run);
    let slowest =
        |now| critical::slowest(&tree, &tree.branches[branch(&tree, "shard")], now).unwrap();
    assert_eq!(&*tree.branches[slowest(at(55))].label, "shard(1:x1)");
    assert_eq!(
        &*tree.branches[slowest(at(60))].label,
        "shard(2:x2)",
        "it goes on"
    );
}
