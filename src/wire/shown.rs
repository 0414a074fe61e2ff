//! Trees and graphs of small workflows, drawn as lines: what is shown, folded and joined.
//! Apart from `model::tree`, because a workflow is most shortly written as its JSON, and the model does not know JSON.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::sample::{diamond, node, run, workflow as sample};
use super::workflow;
use crate::model::tree::{Folds, Tree};
use crate::model::workflow::Workflow;

/// One line per row: indent, state, label, `▸` where something is hidden, `×n` where gathered, note, joins.
fn drawn(tree: &Tree, folds: &Folds) -> Vec<String> {
    let rows = tree.rows(folds);
    rows.iter()
        .map(|row| {
            let branch = &tree.branches[row.branch];
            let mut line = format!(
                "{}{} {}",
                "  ".repeat(row.guides.len()),
                branch.state.word(),
                branch.label
            );
            if row.folded {
                line.push_str(" ▸");
            }
            if row.gathered > 1 {
                line.push_str(&format!(" ×{}", row.gathered));
            }
            if let Some(note) = &branch.note {
                line.push_str(&format!(" ({note})"));
            }
            if !branch.after.is_empty() {
                line.push_str(&format!(" after {}", branch.after.join(", ")));
            }
            line
        })
        .collect()
}

fn tree(run: &Workflow) -> Tree {
    Tree::of(run, "2026-11-22T20:10:00Z".parse().unwrap())
}

#[test]
fn a_join_names_what_it_waits_for_and_what_was_never_created_is_drawn() {
    assert_eq!(
        drawn(&tree(&diamond("Failed")), &Folds::default()),
        [
            "Failed w",
            "  Succeeded a",
            "  Failed b (OOMKilled)",
            "  Succeeded c after a",
            "  Not started d (not reached) after b, c",
        ]
    );
    let open = tree(&diamond("Running"));
    let promise = open
        .branches
        .iter()
        .find(|branch| &*branch.label == "d")
        .unwrap();
    assert_eq!(promise.note.as_deref(), Some("if x == y"));
    assert_eq!(&*promise.id, "w/d");
    assert_eq!(open.branches[open.roots[0]].leaves.pending, 1);
}

/// Steps of two rows; the second fans out over this many items, of which the first `bad` fail.
fn fan(items: usize, bad: usize) -> Workflow {
    let names: Vec<String> = (0..items)
        .map(|at| format!("w[1].shard({at}:v{at})"))
        .collect();
    let mut nodes = vec![
        node(
            "w",
            "Steps",
            "Running",
            json!({"templateName": "main", "children": ["w[0]"]}),
        ),
        node(
            "w[0]",
            "StepGroup",
            "Succeeded",
            json!({"boundaryID": "w", "children": ["w[0].prepare"]}),
        ),
        node(
            "w[0].prepare",
            "Pod",
            "Succeeded",
            json!({"boundaryID": "w", "children": ["w[1]"]}),
        ),
        node(
            "w[1]",
            "StepGroup",
            "Running",
            json!({"boundaryID": "w", "children": names}),
        ),
    ];
    for (at, name) in names.iter().enumerate() {
        let phase = if at < bad { "Failed" } else { "Running" };
        nodes.push(node(name, "Pod", phase, json!({"boundaryID": "w", "displayName": format!("shard({at}:v{at})"), "message": "main: Error (exit code 1)"})));
    }
    run(
        "Running",
        &nodes,
        json!([{"name": "main", "steps": [[{"name": "prepare"}], [{"name": "shard", "withItems": [1]}], [{"name": "verdict"}]]}]),
    )
}

#[test]
fn rows_of_steps_dissolve_and_a_small_fan_out_is_shown_whole() {
    assert_eq!(
        drawn(&tree(&fan(2, 1)), &Folds::default()),
        [
            "Running w",
            "  Succeeded prepare",
            "  Running shard",
            "    Failed shard(0:v0) (exit 1)",
            "    Running shard(1:v1)",
            "  Not started verdict",
        ]
    );
}

#[test]
fn a_wide_fan_out_folds_to_counts_and_shows_at_most_five_that_failed() {
    let wide = tree(&fan(20, 7));
    let lines = drawn(&wide, &Folds::default());
    assert_eq!(lines.len(), 9, "{lines:#?}");
    assert_eq!(lines[2], "  Running shard ▸");
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.contains("Failed shard("))
            .count(),
        5
    );
    let group = wide
        .branches
        .iter()
        .find(|branch| &*branch.label == "shard")
        .unwrap();
    assert_eq!((group.leaves.bad, group.leaves.running), (7, 13));
    let mut folds = Folds::default();
    folds.opened.insert(group.id.clone());
    assert_eq!(drawn(&wide, &folds).len(), 24);
    folds.opened.clear();
    folds.closed.insert(group.id.clone());
    assert_eq!(drawn(&wide, &folds).len(), 4);
    assert_eq!(
        drawn(&tree(&fan(20, 0)), &Folds::default())[2],
        "  Running shard ▸"
    );
}

#[test]
fn folds_gather_what_went_well_and_leave_only_failures() {
    let failed = tree(&diamond("Failed"));
    let only = Folds {
        only_failures: true,
        ..Folds::default()
    };
    assert_eq!(
        drawn(&failed, &only),
        ["Failed w ▸", "  Failed b (OOMKilled)"]
    );
    let calm = run(
        "Running",
        &[
            node(
                "w",
                "DAG",
                "Running",
                json!({"children": ["w.a", "w.b", "w.c"]}),
            ),
            node("w.a", "Pod", "Succeeded", json!({"boundaryID": "w"})),
            node("w.b", "Pod", "Succeeded", json!({"boundaryID": "w"})),
            node("w.c", "Pod", "Running", json!({"boundaryID": "w"})),
        ],
        json!([]),
    );
    let gather = Folds {
        gather_done: true,
        ..Folds::default()
    };
    assert_eq!(
        drawn(&tree(&calm), &gather),
        ["Running w", "  Succeeded a ×2", "  Running c"]
    );
}

#[test]
fn attempts_fold_once_the_step_succeeded_and_its_hook_stands_behind_it() {
    let retry = |phase: &str, last: &str| {
        run(
            phase,
            &[
                node("w", "DAG", phase, json!({"children": ["w.x", "w.y"]})),
                node(
                    "w.x",
                    "Retry",
                    phase,
                    json!({"boundaryID": "w", "children": ["w.x(0)", "w.x(1)"]}),
                ),
                node(
                    "w.x(0)",
                    "Pod",
                    "Failed",
                    json!({"boundaryID": "w", "nodeFlag": {"retried": true}, "message": "main: Error (exit code 2)"}),
                ),
                node(
                    "w.x(1)",
                    "Pod",
                    last,
                    json!({"boundaryID": "w", "nodeFlag": {"retried": true}, "children": ["w.x.onExit"]}),
                ),
                node(
                    "w.x.onExit",
                    "Pod",
                    "Succeeded",
                    json!({"boundaryID": "w", "nodeFlag": {"hooked": true}, "startedAt": "2026-11-22T20:09:00Z"}),
                ),
                node(
                    "w.y",
                    "Pod",
                    "Succeeded",
                    json!({"boundaryID": "w", "startedAt": "2026-11-22T20:05:00Z"}),
                ),
            ],
            json!([]),
        )
    };
    let mut good = drawn(&tree(&retry("Succeeded", "Succeeded")), &Folds::default());
    assert_eq!(good.remove(1), "  Succeeded x ▸ (2 attempts)");
    assert_eq!(good.remove(1), "  Succeeded onExit");
    let open = tree(&retry("Running", "Running"));
    assert_eq!(
        drawn(&open, &Folds::default())[1..4],
        [
            "  Running x (2 attempts)",
            "    Failed x(0) (exit 2)",
            "    Running x(1)"
        ]
    );
}

#[test]
fn a_run_without_steps_shows_what_its_spec_promises() {
    let templates = json!([{"name": "main", "steps": [[{"name": "one"}], [{"name": "two"}, {"name": "three"}]]}]);
    let waiting = run("Pending", &[], templates.clone());
    let lines = drawn(&tree(&waiting), &Folds::default());
    assert_eq!(
        lines,
        [
            "Not started w",
            "  Not started one",
            "  Not started two",
            "  Not started three after one",
        ]
    );
    let away =
        json!({"spec": {"templates": templates}, "status": {"offloadNodeStatusVersion": "fnv:1"}});
    let away = workflow(&sample("Running", &[], away)).unwrap();
    assert!(tree(&away).branches.is_empty());
}

#[test]
fn the_first_trouble_is_the_failure_then_what_waits_then_the_latest_start() {
    let label = |tree: &Tree| {
        tree.branches[tree.first_trouble().unwrap()]
            .label
            .to_string()
    };
    assert_eq!(label(&tree(&diamond("Failed"))), "b");
    let nodes = |second: &str, kind: &str| {
        run(
            "Running",
            &[
                node("w", "DAG", "Running", json!({"children": ["w.a", "w.b"]})),
                node(
                    "w.a",
                    "Pod",
                    "Running",
                    json!({"boundaryID": "w", "startedAt": "2026-11-22T20:03:00Z"}),
                ),
                node("w.b", kind, second, json!({"boundaryID": "w"})),
            ],
            json!([]),
        )
    };
    assert_eq!(label(&tree(&nodes("Running", "Suspend"))), "b");
    assert_eq!(label(&tree(&nodes("Running", "Pod"))), "a");
}

#[test]
fn a_template_of_another_object_is_told_from_a_namesake() {
    let templates = json!({
        "spec": {"templates": [{"name": "main", "dag": {"tasks": [{"name": "own"}]}}]},
        "status": {"storedTemplates": {"namespaced/lib/main": {"name": "main", "dag": {"tasks": [{"name": "stored"}]}}}},
    });
    let nodes = [
        node(
            "w",
            "DAG",
            "Running",
            json!({"templateName": "main", "templateScope": "local/w", "children": ["w.own"]}),
        ),
        node(
            "w.own",
            "DAG",
            "Running",
            json!({"boundaryID": "w", "templateRef": {"name": "lib", "template": "main"}}),
        ),
    ];
    let run = workflow(&sample("Running", &nodes, templates)).unwrap();
    assert_eq!(
        drawn(&tree(&run), &Folds::default()),
        ["Running w", "  Running own", "    Not started stored"]
    );
}
