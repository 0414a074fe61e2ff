//! What each operation sends, held against what a live controller was seen to do with it.
//! Apart from the operations; here stand the workflows they are tried on, and what becomes of them.

#![allow(clippy::unwrap_used)]

mod asked;
mod bypassed;
mod edited;
mod ended;
mod formulated;
mod made;
mod random;
mod told;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Plan, plan};
use crate::model::act::{self, Actor, Kind, Operation, Order, Refusal};
use crate::model::key::Key;
use crate::sim::patch;

pub(super) const NOW: &str = "2026-11-22T21:00:00Z";

pub(super) fn jane() -> Actor {
    let at: Timestamp = NOW.parse().unwrap();
    Actor {
        name: "jane".into(),
        at,
        asked: at,
    }
}

pub(super) fn order(kind: Kind, object: &Value, operation: Operation) -> Order {
    let text = |name: &str| object["metadata"][name].as_str().unwrap_or_default();
    Order {
        kind,
        key: Key::new(text("namespace"), text("name"), text("uid")),
        operation,
    }
}

pub(super) fn ask(object: &Value, operation: Operation) -> Result<Plan, Refusal> {
    plan(&order(Kind::Workflow, object, operation), object, &jane())
}

/// Name and value.
pub(super) fn given(values: &[(&str, &str)]) -> Vec<act::Value> {
    let given = values.iter().map(|(name, value)| act::Value {
        name: (*name).into(),
        value: (*value).into(),
    });
    given.collect()
}

pub(super) const RETRY: Operation = Operation::Retry {
    parameters: Vec::new(),
};

pub(super) fn one(step: &str) -> Operation {
    Operation::RetryStep { step: step.into() }
}

pub(super) fn bypass(step: &str, values: &[(&str, &str)]) -> Operation {
    Operation::Bypass {
        step: step.into(),
        values: given(values),
        message: "".into(),
    }
}

pub(super) fn approve(step: &str, values: &[(&str, &str)]) -> Operation {
    Operation::Approve {
        step: step.into(),
        values: given(values),
        message: "".into(),
    }
}

/// A workflow `team/w` of these nodes, each under its name as id.
pub(super) fn workflow(phase: &str, nodes: &[Value], more: Value) -> Value {
    let nodes: Map<String, Value> = nodes
        .iter()
        .map(|node| (node["name"].as_str().unwrap().to_string(), node.clone()))
        .collect();
    let mut object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
        "metadata": {"name": "w", "namespace": "team", "uid": "u", "resourceVersion": "7",
            "labels": {"workflows.argoproj.io/completed": "true"}, "annotations": {"note": "kept"}},
        "spec": {"entrypoint": "main", "templates": []},
        "status": {"phase": phase, "nodes": nodes, "message": "child failed", "finishedAt": NOW,
            "conditions": [{"type": "PodRunning", "status": "False"}, {"type": "Completed", "status": "True"}]},
    });
    patch::merge(&mut object, &more);
    object
}

/// A node: name, type, phase, and anything else of it.
pub(super) fn node(name: &str, kind: &str, phase: &str, more: Value) -> Value {
    let display = name.rsplit(['.', ']']).next().unwrap();
    let mut node = json!({"id": name, "name": name, "displayName": display, "type": kind, "phase": phase,
        "startedAt": NOW});
    patch::merge(&mut node, &more);
    node
}

/// A workflow as a live controller left it: see `recorded.tsv`, whose columns are name, type, phase, template, boundary, flag,
/// children and outbound nodes.
pub(super) fn recorded(case: &str) -> Value {
    let text = include_str!("tests/recorded.tsv");
    let lines = text
        .lines()
        .skip_while(|line| *line != format!("# {case}"))
        .skip(1)
        .take_while(|line| !line.starts_with('#'));
    let nodes: Vec<Value> = lines
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let column = |at: usize| columns.get(at).copied().unwrap_or_default();
            let names = |at: usize| -> Vec<&str> { column(at).split_whitespace().collect() };
            let mut more = json!({"templateName": column(3), "boundaryID": column(4), "finishedAt": NOW,
                "children": names(6), "outboundNodes": names(7)});
            if !column(5).is_empty() {
                more["nodeFlag"] = json!({column(5): true});
            }
            node(column(0), column(1), column(2), more)
        })
        .collect();
    assert!(!nodes.is_empty(), "{case}");
    workflow("Failed", &nodes, json!({}))
}

/// The object after the writes of a plan, as the server would have it; and the pods that are deleted before.
pub(super) fn after(object: &Value, plan: &Plan) -> (Value, BTreeSet<String>) {
    let mut object = object.clone();
    let mut pods = BTreeSet::new();
    let mut written = false;
    for write in &plan.writes {
        if write.resource == "pods" {
            assert!(!written, "a pod is deleted after the workflow was written");
            assert!(write.missing_is_fine);
            pods.insert(write.name.as_deref().unwrap().to_string());
            continue;
        }
        written = true;
        let body = write.body.as_ref().unwrap();
        match write.content {
            Some("application/merge-patch+json") => {
                assert_eq!(body["metadata"]["uid"], object["metadata"]["uid"]);
                let version = &object["metadata"]["resourceVersion"];
                assert_eq!(&body["metadata"]["resourceVersion"], version);
                patch::merge(&mut object, body);
            }
            Some("application/json-patch+json") => {
                let operations = body.as_array().unwrap();
                patch::json_patch(&mut object, operations).unwrap();
            }
            other => assert_eq!(other, None, "no write of an object: {write:?}"),
        }
    }
    (object, pods)
}

/// Ids of the nodes of an object.
pub(super) fn ids(object: &Value) -> BTreeSet<String> {
    let nodes = object["status"]["nodes"].as_object();
    nodes
        .into_iter()
        .flatten()
        .map(|(id, _)| id.clone())
        .collect()
}

pub(super) fn set(names: &str) -> BTreeSet<String> {
    names.split_whitespace().map(str::to_string).collect()
}

/// What a plan says and warns, in one text.
pub(super) fn words(plan: &Plan) -> String {
    let all = plan.preview.says.iter().chain(&plan.preview.warns);
    all.map(|text| &**text).collect::<Vec<_>>().join(" | ")
}

pub(super) fn refused(answer: Result<Plan, Refusal>) -> String {
    match answer {
        Err(refusal) => refusal.to_string(),
        Ok(plan) => format!("not refused: {:?}", plan.preview),
    }
}
