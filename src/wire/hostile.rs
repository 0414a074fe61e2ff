//! Objects no controller writes: cycles, chains, crowds, bombs and noise. Nothing of it may panic, hang or overflow.
//! Apart from the rules, which are tested on objects that could exist.

#![allow(clippy::unwrap_used)]

use std::fmt::Write;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::sample::{node, workflow as sample};
use super::{WireError, facts, workflow};
use crate::model::graph::Graph;
use crate::model::tree::{Folds, Tree};

fn now() -> jiff::Timestamp {
    "2026-11-22T22:00:00Z".parse().unwrap()
}

/// Everything that is ever done with an object.
fn live_through(bytes: &[u8]) {
    if let Ok(run) = workflow(bytes) {
        let _ = Graph::of(&run);
        let tree = Tree::of(&run, now());
        let _ = tree.first_trouble();
        let mut folds = Folds::default();
        let _ = tree.rows(&folds);
        folds.only_failures = true;
        folds.gather_done = true;
        folds.opened = tree
            .branches
            .iter()
            .map(|branch| branch.id.clone())
            .collect();
        let rows = tree.rows(&folds);
        assert!(rows.len() <= tree.branches.len());
    }
    let _ = facts(bytes);
}

#[test]
fn cycles_of_every_sort_end() {
    let around = |kind: &str| {
        [
            node(
                "a",
                kind,
                "Failed",
                json!({"boundaryID": "b", "children": ["b", "a", "none"], "nodeFlag": {"retried": true}}),
            ),
            node(
                "b",
                kind,
                "Running",
                json!({"boundaryID": "a", "children": ["a", "b"], "nodeFlag": {"hooked": true}}),
            ),
            node(
                "c",
                kind,
                "Failed",
                json!({"boundaryID": "c", "children": ["c"]}),
            ),
        ]
    };
    for kind in [
        "Retry",
        "StepGroup",
        "TaskGroup",
        "DAG",
        "Steps",
        "Pod",
        "Container",
        "?",
    ] {
        for phase in ["Running", "Failed", "Succeeded", ""] {
            live_through(&sample(phase, &around(kind), json!({})));
        }
    }
}

/// A workflow of many nodes, written as text: building it as values would take longer than reading it.
fn crowd(count: usize, line: impl Fn(usize) -> String) -> String {
    let mut nodes = String::new();
    for at in 0..count {
        let comma = if at == 0 { "" } else { "," };
        write!(nodes, "{comma}\"n{at}\":{{\"id\":\"n{at}\",{}}}", line(at)).unwrap();
    }
    format!(
        r#"{{"metadata":{{"name":"w","namespace":"t","uid":"u"}},"status":{{"phase":"Running","nodes":{{{nodes}}}}}}}"#
    )
}

#[test]
fn chains_ten_thousand_deep_do_not_overflow() {
    let deep = crowd(10_000, |at| {
        let up = at
            .checked_sub(1)
            .map(|up| format!(r#","boundaryID":"n{up}""#));
        format!(
            r#""name":"n{at}","type":"DAG","phase":"Failed","children":["n{}"]{}"#,
            at + 1,
            up.unwrap_or_default()
        )
    });
    live_through(deep.as_bytes());
    let long = crowd(10_000, |at| {
        format!(
            r#""name":"n0{}","type":"Retry","phase":"Failed","children":["n{}"]"#,
            "(0)".repeat(at % 7),
            at + 1
        )
    });
    live_through(long.as_bytes());
}

#[test]
fn two_hundred_thousand_nodes_are_folded() {
    let wide = crowd(200_000, |at| match at {
        0 => r#""name":"w","type":"DAG","phase":"Running""#.to_string(),
        _ => format!(r#""name":"w.n{at}","type":"Pod","phase":"Succeeded","boundaryID":"n0""#),
    });
    let facts = facts(wide.as_bytes()).unwrap();
    assert_eq!(facts.leaves.ok, 199_999);
}

#[test]
fn ids_that_stand_twice_count_once_and_are_told() {
    let twice = r#"{"metadata":{"name":"w","uid":"u"},"status":{"nodes":{"a":{"id":"x","type":"Pod"},"b":{"id":"x","type":"Pod"},"c":7}}}"#;
    let run = workflow(twice.as_bytes()).unwrap();
    assert_eq!(run.steps.len(), 1);
    assert_eq!(run.problems.len(), 2, "{:?}", run.problems);
}

#[test]
fn what_is_no_object_is_an_error_without_the_input_in_it() {
    for bytes in [&b"[]"[..], b"7", b"null", b"\"token-secret\""] {
        assert_eq!(workflow(bytes), Err(WireError::NotAnObject));
    }
    let error = facts(b"{\"token-secret").unwrap_err().to_string();
    assert!(
        error.starts_with("not readable as JSON") && !error.contains("secret"),
        "{error}"
    );
    let deep = "[".repeat(100_000);
    assert!(workflow(deep.as_bytes()).is_err());
    assert!(workflow(b"{\"metadata\":{\"name\":\"\xff\xfe\"}}").is_ok());
}

#[test]
fn wrong_types_become_problems() {
    let run = workflow(br#"{"metadata":[],"spec":"x","status":7}"#).unwrap();
    assert_eq!(run.problems.len(), 4, "{:?}", run.problems);
    assert!(run.facts.row.malformed.is_some());
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c\\[\\]().:0-9]{0,8}".prop_map(Value::from),
        Just(json!("Running")),
        Just(json!("a")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-d]", inner), 0..4)
                .prop_map(|pairs| pairs.into_iter().collect::<Value>()),
        ]
    })
}

/// Every place in a value, by its JSON pointer.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    found.push(at.clone());
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(inner, format!("{at}/{key}"), found);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                places(inner, format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn rich() -> Value {
    let nodes = [
        node(
            "w",
            "Steps",
            "Running",
            json!({"children": ["w[0]"], "templateName": "main"}),
        ),
        node(
            "w[0]",
            "StepGroup",
            "Running",
            json!({"boundaryID": "w", "children": ["w[0].x(0:a)", "w[0].x(1:b)", "w[0].r"]}),
        ),
        node(
            "w[0].x(0:a)",
            "Pod",
            "Failed",
            json!({"boundaryID": "w", "message": "main: Error (exit code 1)"}),
        ),
        node(
            "w[0].x(1:b)",
            "Pod",
            "Pending",
            json!({"boundaryID": "w", "message": "Waiting for t/Mutex/m lock. Lock status: 0/1"}),
        ),
        node(
            "w[0].r",
            "Retry",
            "Running",
            json!({"boundaryID": "w", "children": ["w[0].r(0)"], "message": "Backoff for 2 minutes 0 seconds"}),
        ),
        node(
            "w[0].r(0)",
            "Pod",
            "Failed",
            json!({"boundaryID": "w", "nodeFlag": {"retried": true}, "outputs": {"exitCode": "1"}}),
        ),
        node(
            "w.onExit",
            "Suspend",
            "Running",
            json!({"nodeFlag": {"hooked": true}, "templateName": "ask"}),
        ),
    ];
    let more = json!({
        "spec": {"suspend": false, "shutdown": "Stop", "onExit": "ask", "arguments": {"parameters": [{"name": "p", "value": 1}]},
            "templates": [{"name": "main", "steps": [[{"name": "x", "withItems": [1]}, {"name": "r"}], [{"name": "z", "when": "a"}]]},
                {"name": "d", "dag": {"target": "b", "tasks": [{"name": "a"}, {"name": "b", "depends": "a.Failed"}]}},
                {"name": "ask", "suspend": {"duration": "5m"}}]},
        "status": {"message": "m", "progress": "1/2", "estimatedDuration": 10, "conditions": [{"type": "Completed", "status": "True"}],
            "synchronization": {"mutex": {"waiting": [{"holder": "t/o", "mutex": "t/Mutex/m"}]}},
            "storedTemplates": {"namespaced/t/d": {"name": "d", "dag": {"tasks": [{"name": "a"}]}}}},
    });
    serde_json::from_slice(&sample("Running", &nodes, more)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_mutation_of_an_object_is_lived_through(changes in prop::collection::vec((any::<prop::sample::Index>(), any_value()), 1..6)) {
        let mut object = rich();
        for (place, value) in changes {
            let mut all = Vec::new();
            places(&object, String::new(), &mut all);
            if let Some(spot) = object.pointer_mut(&all[place.index(all.len())]) {
                *spot = value;
            }
        }
        live_through(&serde_json::to_vec(&object).unwrap());
    }

    #[test]
    fn any_bytes_are_lived_through(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        live_through(&bytes);
    }
}
