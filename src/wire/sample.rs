//! Small workflows for tests: only what a rule needs, built from node lines.
//! Apart from the tests, which read as tables because of it.

#![allow(clippy::unwrap_used)]

use serde_json::{Map, Value, json};

use super::facts;
use crate::model::facts::Facts;
use crate::model::workflow::Workflow;

/// One node: `id`, type, phase, and anything else of it.
pub fn node(id: &str, kind: &str, phase: &str, more: Value) -> Value {
    let mut node = json!({"id": id, "name": id, "displayName": id.rsplit(['.', ']']).next().unwrap(),
        "type": kind, "phase": phase, "startedAt": "2026-11-22T20:00:00Z"});
    merge(&mut node, more);
    node
}

/// A workflow `team/w` in this phase; `more` is laid over the whole object.
pub fn workflow(phase: &str, nodes: &[Value], more: Value) -> Vec<u8> {
    let map: Map<String, Value> = nodes
        .iter()
        .map(|node| (node["id"].as_str().unwrap().to_string(), node.clone()))
        .collect();
    let mut object = json!({
        "metadata": {"name": "w", "namespace": "team", "uid": "u", "creationTimestamp": "2026-11-22T20:00:00Z",
                     "labels": {"workflows.argoproj.io/phase": phase}},
        "spec": {"entrypoint": "main", "templates": []},
        "status": {"phase": phase, "startedAt": "2026-11-22T20:00:00Z", "nodes": map},
    });
    merge(&mut object, more);
    serde_json::to_vec(&object).unwrap()
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// The facts of a workflow of these nodes.
pub fn read(phase: &str, nodes: &[Value], more: Value) -> Facts {
    facts(&workflow(phase, nodes, more)).unwrap()
}

/// A main container that ended with this code, so many minutes and seconds after eight.
pub fn exit(code: u8, at: &str) -> Value {
    json!({"message": format!("main: Error (exit code {code})"), "finishedAt": format!("2026-11-22T20:{at}Z")})
}

/// Both objects in one, the second over the first.
pub fn with(mut one: Value, two: Value) -> Value {
    if let (Some(one), Value::Object(two)) = (one.as_object_mut(), two) {
        one.extend(two);
    }
    one
}

/// The whole workflow of these nodes and step templates.
pub fn run(phase: &str, nodes: &[Value], templates: Value) -> Workflow {
    super::workflow(&workflow(
        phase,
        nodes,
        json!({"spec": {"templates": templates}}),
    ))
    .unwrap()
}

/// Tasks a, then b and c beside each other, b failed; d, promised, joins them.
pub fn diamond(phase: &str) -> Workflow {
    let inside = |more: Value| {
        let mut node = json!({"boundaryID": "w"});
        node.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        node
    };
    run(
        phase,
        &[
            node(
                "w",
                "DAG",
                phase,
                json!({"templateName": "main", "children": ["w.a"]}),
            ),
            node(
                "w.a",
                "Pod",
                "Succeeded",
                inside(json!({"children": ["w.b", "w.c"]})),
            ),
            node(
                "w.b",
                "Pod",
                "Failed",
                inside(
                    json!({"startedAt": "2026-11-22T20:01:00Z", "message": "main: OOMKilled (exit code 137)"}),
                ),
            ),
            node(
                "w.c",
                "Pod",
                "Succeeded",
                inside(json!({"startedAt": "2026-11-22T20:02:00Z"})),
            ),
        ],
        json!([{"name": "main", "dag": {"tasks": [{"name": "a"}, {"name": "b", "dependencies": ["a"]},
            {"name": "c", "depends": "a.Succeeded"}, {"name": "d", "depends": "b && c", "when": "x == y"}]}}]),
    )
}
