//! The pretended Argo against what the real one did with the same workflows: the same nodes under the same ids, of the same
//! kinds, hung together in the same way, ended in the same phases.
//! Apart from the unit tests of the engine, whose expectations are read from documents; these were seen.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tiphys::sim::resource::{CONFIGMAPS, Res, TEMPLATES, WORKFLOWS};
use tiphys::sim::store::Origin;
use tiphys::sim::{Embedded, Scenario};

use super::Recorded;
use crate::bench;
use crate::real::runs::RUNS;

/// What the containers of these runs did, which is all that a pretended pod cannot know.
fn plans(name: &str) -> Value {
    match name {
        "dag-failed" => json!({"bad": {"exit": 3}}),
        "retry" => json!({"retry": {"fails": 2, "exit": 1}}),
        "retry-failed" => json!({"hopeless": {"exit": 5}}),
        "bad-image" => json!({"bad-image": {"pull-fails": true}}),
        "on-exit" => json!({"on-exit": {"exit": 7}}),
        "fan-out" => json!({"list": {"result": r#"[{"name":"x"},{"name":"y"}]"#}}),
        "steps" => json!({"make": {"result": "hello world", "outputs": {"number": "42"}}}),
        _ => json!({}),
    }
}

/// What is not pretended, each with the reason: run, field.
const APART: &[(&str, &str)] = &[
    // No file is handed on: the pretended pods write none.
    ("artifacts", "inputs"),
    // What the container runtime of that node said, and what the other one would.
    ("bad-image", "message"),
    // The address of a pod.
    ("daemon", "inputs"),
];

fn resource(kind: &str) -> Res {
    match kind {
        "Workflow" => WORKFLOWS,
        "WorkflowTemplate" => TEMPLATES,
        "ConfigMap" => CONFIGMAPS,
        other => panic!("{other} is not among them"),
    }
}

/// What a node is, apart from times and places.
fn shape(node: &Value) -> Value {
    let mut children: Vec<&str> = node["children"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    children.sort_unstable();
    let mut shape = json!({"children": children});
    for field in [
        "name",
        "displayName",
        "type",
        "phase",
        "templateName",
        "templateRef",
        "templateScope",
        "boundaryID",
        "outboundNodes",
        "nodeFlag",
        "message",
        "daemoned",
        "progress",
        "inputs",
    ] {
        if !node[field].is_null() {
            shape[field] = node[field].clone();
        }
    }
    shape["exitCode"] = node["outputs"]["exitCode"].clone();
    shape
}

fn shapes(workflow: &Value) -> BTreeMap<String, Value> {
    let nodes = workflow["status"]["nodes"].as_object();
    nodes
        .into_iter()
        .flatten()
        .map(|(id, node)| (id.clone(), shape(node)))
        .collect()
}

/// Lines that differ, for people.
fn differences(name: &str, real: &Value, ours: &Value) -> Vec<String> {
    let (theirs, mine) = (shapes(real), shapes(ours));
    let mut found = Vec::new();
    for (id, shape) in &theirs {
        let Some(own) = mine.get(id) else {
            found.push(format!("no node {id}: {shape}"));
            continue;
        };
        for (field, value) in shape.as_object().unwrap() {
            if own[field] != *value && !APART.contains(&(name, field)) {
                found.push(format!(
                    "{}: {field}: real {value}, ours {}",
                    shape["name"], own[field]
                ));
            }
        }
    }
    for (id, shape) in &mine {
        if !theirs.contains_key(id) {
            found.push(format!("one too many, {id}: {shape}"));
        }
    }
    for field in ["phase", "message", "progress"] {
        if real["status"][field] != ours["status"][field] {
            found.push(format!(
                "status.{field}: real {}, ours {}",
                real["status"][field], ours["status"][field]
            ));
        }
    }
    found
}

#[test]
fn the_pretended_controller_does_what_the_real_one_did() {
    let recorded = super::all();
    let mut wrong = Vec::new();
    for (yaml, runs) in RUNS {
        let cluster = bench::still(Scenario::Empty);
        let wanted: Vec<&Recorded> = recorded
            .iter()
            .filter(|run| runs.iter().any(|(name, ..)| run.name == *name))
            .collect();
        submit(&cluster, yaml);
        for _ in 0..40 {
            cluster.advance(Duration::from_secs(15));
        }
        for run in wanted {
            let object = cluster.api.store().get(WORKFLOWS, "default", &run.name);
            let ours = object.expect("it was submitted").value();
            let lines = differences(&run.name, &run.workflow, &ours);
            wrong.extend(
                lines
                    .into_iter()
                    .map(|line| format!("{}: {line}", run.name)),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn submit(cluster: &Embedded, yaml: &str) {
    let objects: Vec<Value> = serde_saphyr::from_multiple(yaml).expect("YAML");
    for mut object in objects.into_iter().filter(|object| !object.is_null()) {
        let kind = object["kind"].as_str().unwrap().to_string();
        let plan = plans(object["metadata"]["name"].as_str().unwrap());
        object["metadata"]["namespace"] = "default".into();
        object["metadata"]["annotations"]["tiphys.dev/plan"] = plan.to_string().into();
        cluster
            .api
            .store()
            .put(resource(&kind), object, Origin::Client);
    }
    cluster.advance(Duration::from_millis(1));
}
