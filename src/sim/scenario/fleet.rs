//! Many workflows, for measuring: a fleet that has mostly ended, and a churn of changes on what still runs.
//! Apart from the story: nothing here is executed, only written.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Actor;
use crate::sim::argo::Engine;
use crate::sim::argo::names::node_id;
use crate::sim::clock::rfc3339;
use crate::sim::resource::WORKFLOWS;
use crate::sim::rng::Rng;
use crate::sim::store::{Edit, Origin, Store};

/// A fleet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fleet {
    /// Workflows.
    pub runs: usize,
    /// Namespaces they are spread over.
    pub namespaces: usize,
    /// Changes a second on running ones.
    pub events_per_second: f64,
    /// Mean size of a workflow, bytes of JSON.
    pub bytes: usize,
}

impl Default for Fleet {
    fn default() -> Self {
        Self {
            runs: 10_000,
            namespaces: 50,
            events_per_second: 0.0,
            bytes: 25_000,
        }
    }
}

/// The churn on a fleet.
#[derive(Debug)]
pub struct Churn {
    store: Arc<Store>,
    rng: Rng,
    running: Vec<(String, String)>,
    every: f64,
    begun: i64,
    done: u64,
}

impl Churn {
    /// Stores a fleet and returns its churn. One workflow in 25 has failed, one in 40 runs; at least one of each.
    pub fn furnish(fleet: Fleet, store: &Arc<Store>, seed: u64, now: i64) -> Self {
        let mut rng = Rng::named(seed, "fleet");
        let namespaces = fleet.namespaces.max(1);
        for n in 0..namespaces {
            super::story::namespace(store, &format!("qa-{n:02}"));
        }
        let mut running = Vec::new();
        for n in 0..fleet.runs {
            let namespace = format!("qa-{:02}", n % namespaces);
            let name = format!(
                "t{}-{}-{n:05}",
                n % 97,
                ["acceptance", "regression", "smoke", "load"][n % 4]
            );
            let kind = match n % 200 {
                3 | 33 | 63 | 93 | 123 | 143 | 163 | 183 => "Failed",
                10 | 50 | 90 | 130 | 170 => "Running",
                _ => "Succeeded",
            };
            if kind == "Running" {
                running.push((namespace.clone(), name.clone()));
            }
            let object = workflow(&namespace, &name, kind, fleet.bytes, now, &mut rng);
            store.put(WORKFLOWS, object, Origin::Controller);
        }
        Self {
            store: Arc::clone(store),
            rng,
            running,
            every: if fleet.events_per_second > 0.0 {
                1000.0 / fleet.events_per_second
            } else {
                0.0
            },
            begun: now,
            done: 0,
        }
    }
}

impl Actor for Churn {
    fn next(&self) -> Option<i64> {
        let silent = self.every <= 0.0 || self.running.is_empty();
        (!silent).then(|| self.begun + (self.every * (self.done + 1) as f64) as i64)
    }

    fn act(&mut self, engine: &mut Engine) {
        while self.next().is_some_and(|next| next <= engine.now()) {
            self.done += 1;
            let done = self.done;
            let Some((namespace, name)) = self.rng.pick(&self.running).cloned() else {
                return;
            };
            let changed = self.store.edit(
                WORKFLOWS,
                &namespace,
                &name,
                Origin::Controller,
                |current| {
                    let mut value = current.value();
                    let status = &mut value["status"];
                    let all = status["nodes"].as_object().map_or(1, Map::len) as u64;
                    status["progress"] = format!("{}/{all}", done % (all + 1)).into();
                    status["message"] = format!("change {done}").into();
                    let generation = value["metadata"]["generation"].as_u64().unwrap_or(0) + 1;
                    value["metadata"]["generation"] = generation.into();
                    Ok::<_, ()>(Edit::Replace(value))
                },
            );
            // The fleet's workflows are never refused: nobody else decides here.
            drop(changed);
        }
    }
}

/// A workflow of 11 to 26 nodes whose JSON is about `bytes` long (from half to one and a half of it).
fn workflow(
    namespace: &str,
    name: &str,
    phase: &str,
    bytes: usize,
    now: i64,
    rng: &mut Rng,
) -> Value {
    let count = rng.range(10, 26) as usize;
    let ended = now - rng.range(60_000, 6 * 3_600_000);
    let begun = ended - rng.range(60_000, 1_200_000);
    let failing = (phase == "Failed").then(|| rng.range(1, count as i64) as usize);
    let (nodes, fields) = nodes(name, count, failing, phase, (begun, ended));
    let completed = phase != "Running";
    let mut status = json!({
        "phase": phase,
        "startedAt": rfc3339(begun),
        "progress": format!("{}/{count}", if completed && failing.is_none() { count } else { count / 2 }),
        "conditions": [{"status": "False", "type": "PodRunning"}, {"status": if completed { "True" } else { "False" }, "type": "Completed"}],
        "resourcesDuration": {"cpu": 12, "memory": 340},
        "nodes": nodes,
    });
    if completed {
        status["finishedAt"] = rfc3339(ended).into();
    }
    if let Some(failing) = failing {
        let id = node_id(name, &format!("{name}.{}", task(failing)));
        status["message"] = format!("child '{id}' failed").into();
    }
    let mut object = json!({
        "metadata": {
            "name": name,
            "namespace": namespace,
            "generation": 12,
            "creationTimestamp": rfc3339(begun),
            "labels": {
                "service": format!("service-{}", rng.range(0, 40)),
                "task-id": rng.range(1, 400).to_string(),
                "workflows.argoproj.io/completed": if completed { "true" } else { "false" },
                "workflows.argoproj.io/phase": phase,
                "workflows.argoproj.io/workflow-template": "acceptance",
            },
            "annotations": {"workflows.argoproj.io/pod-name-format": "v2"},
            "managedFields": [
                {"manager": "argo", "operation": "Update", "apiVersion": "argoproj.io/v1alpha1", "time": rfc3339(begun), "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {".": {}, "f:entrypoint": {}}}},
                {"manager": "workflow-controller", "operation": "Update", "apiVersion": "argoproj.io/v1alpha1", "time": rfc3339(ended), "fieldsType": "FieldsV1", "fieldsV1": {"f:status": {".": {}, "f:nodes": fields, "f:phase": {}, "f:progress": {}}}},
            ],
        },
        "spec": {"entrypoint": "main", "arguments": {}, "templates": []},
        "status": status,
    });
    // The rest is what specs are long of: scripts.
    let target = rng.range(bytes as i64 * 11 / 20, bytes as i64 * 29 / 20) as usize;
    let missing = target.saturating_sub(object.to_string().len() + 600);
    let script = "set -euo pipefail; qa run --suite acceptance --report junit.xml; "
        .repeat(missing / 65 + 1);
    let tasks: Vec<Value> = (0..count)
        .map(|n| json!({"name": task(n), "template": "work"}))
        .collect();
    object["spec"]["templates"] = json!([
        {"name": "main", "dag": {"tasks": tasks}},
        {"name": "work", "script": {"image": "ghcr.io/acme/qa-runner:2.8", "command": ["bash"], "source": &script[..missing.min(script.len())]}},
    ]);
    object
}

fn task(n: usize) -> String {
    format!("step-{n:02}")
}

/// Nodes, and what managedFields names of them.
fn nodes(
    name: &str,
    count: usize,
    failing: Option<usize>,
    phase: &str,
    span: (i64, i64),
) -> (Value, Value) {
    let (begun, ended) = span;
    let mut nodes = Map::new();
    let mut fields = Map::new();
    let field = json!({
        ".": {}, "f:boundaryID": {}, "f:displayName": {}, "f:finishedAt": {}, "f:hostNodeName": {}, "f:id": {},
        "f:name": {}, "f:outputs": {".": {}, "f:exitCode": {}}, "f:phase": {}, "f:progress": {},
        "f:resourcesDuration": {".": {}, "f:cpu": {}, "f:memory": {}}, "f:startedAt": {}, "f:taskResultSynced": {},
        "f:templateName": {}, "f:templateScope": {}, "f:type": {},
    });
    let children: Vec<String> = (0..count)
        .map(|n| node_id(name, &format!("{name}.{}", task(n))))
        .collect();
    fields.insert(format!("f:{name}"), field.clone());
    let mut root = json!({"children": children, "displayName": name, "id": name, "name": name, "phase": phase, "progress": format!("{count}/{count}"), "startedAt": rfc3339(begun), "templateName": "main", "templateScope": format!("local/{name}"), "type": "DAG"});
    if phase != "Running" {
        root["finishedAt"] = rfc3339(ended).into();
    }
    nodes.insert(name.to_owned(), root);
    for (n, id) in children.iter().enumerate() {
        let open = phase == "Running" && n * 2 > count;
        let bad = failing == Some(n);
        let own = if bad {
            "Failed"
        } else if open {
            "Running"
        } else {
            "Succeeded"
        };
        let mut node = json!({
            "boundaryID": name,
            "displayName": task(n),
            "hostNodeName": "demo-node-1",
            "id": id,
            "name": format!("{name}.{}", task(n)),
            "phase": own,
            "progress": if own == "Succeeded" { "1/1" } else { "0/1" },
            "startedAt": rfc3339(begun),
            "taskResultSynced": !open,
            "templateName": "work",
            "templateScope": format!("local/{name}"),
            "type": "Pod",
        });
        if !open {
            node["finishedAt"] = rfc3339(ended).into();
            node["outputs"] = json!({"exitCode": if bad { "1" } else { "0" }});
            node["resourcesDuration"] = json!({"cpu": 1, "memory": 20});
        }
        if bad {
            node["message"] =
                "main: Error (exit code 1): assertion failed: expected 200, got 503".into();
        }
        nodes.insert(id.clone(), node);
        fields.insert(format!("f:{id}"), field.clone());
    }
    (Value::Object(nodes), Value::Object(fields))
}
