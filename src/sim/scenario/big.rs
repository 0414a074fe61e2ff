//! One run with thousands of nodes, inline and compressed.
//! Apart from the story: it is for measuring, and nothing in it moves.

use serde_json::{Value, json};

use crate::sim::argo::names::node_id;
use crate::sim::argo::node::{Kind, Node, Nodes, Phase, Time};
use crate::sim::clock::rfc3339;
use crate::sim::resource::WORKFLOWS;
use crate::sim::store::{Origin, Store};

/// How many tasks stand side by side in a layer.
const WIDTH: usize = 50;

/// Stores `big-inline` and `big-compressed` in the namespace `big`, running, of `nodes` nodes each: layers of fifty, every
/// tenth layer a join.
pub fn furnish(store: &Store, nodes: usize, now: i64) {
    super::story::namespace(store, "big");
    for (name, compressed) in [("big-inline", false), ("big-compressed", true)] {
        store.put(
            WORKFLOWS,
            workflow(name, nodes, now, compressed),
            Origin::Controller,
        );
    }
}

fn workflow(name: &str, count: usize, now: i64, compressed: bool) -> Value {
    let tasks: Vec<Value> = (0..count.saturating_sub(1))
        .map(|n| json!({"name": task(n), "template": "work", "dependencies": before(n).map(task).collect::<Vec<_>>()}))
        .collect();
    let nodes = nodes(name, count, now);
    let done = nodes
        .values()
        .filter(|node| node.phase == Phase::Succeeded)
        .count();
    let mut status = json!({
        "phase": "Running",
        "startedAt": rfc3339(now - 3_600_000),
        "progress": format!("{done}/{}", count.saturating_sub(1)),
        "conditions": [{"status": "False", "type": "PodRunning"}],
    });
    if compressed {
        let text = serde_json::to_vec(&nodes).unwrap_or_default();
        status["compressedNodes"] = crate::sim::argo::pack(&text).into();
    } else {
        status["nodes"] = serde_json::to_value(&nodes).unwrap_or_default();
    }
    json!({
        "metadata": {
            "name": name,
            "namespace": "big",
            "generation": 9,
            "creationTimestamp": rfc3339(now - 3_600_000),
            "labels": {"workflows.argoproj.io/completed": "false", "workflows.argoproj.io/phase": "Running"},
            "annotations": {"workflows.argoproj.io/pod-name-format": "v2"},
        },
        "spec": {
            "entrypoint": "main",
            "templates": [
                {"name": "main", "dag": {"tasks": tasks}},
                {"name": "work", "container": {"image": "busybox:1.36", "command": ["true"]}},
            ],
        },
        "status": status,
    })
}

fn task(n: usize) -> String {
    format!("step-{n:05}")
}

/// What task `n` waits for: its neighbour above; after every tenth layer all of it.
fn before(n: usize) -> std::ops::Range<usize> {
    let layer = n / WIDTH;
    if layer == 0 {
        0..0
    } else if layer.is_multiple_of(10) {
        (layer - 1) * WIDTH..layer * WIDTH
    } else {
        n - WIDTH..n - WIDTH + 1
    }
}

fn nodes(name: &str, count: usize, now: i64) -> Nodes {
    let mut nodes = Nodes::new();
    let total = count.saturating_sub(1);
    let finished = total * 4 / 5;
    let root = Node {
        display: name.to_owned(),
        id: name.to_owned(),
        name: name.to_owned(),
        phase: Phase::Running,
        started: Some(Time(now - 3_600_000)),
        template: "main".to_owned(),
        scope: format!("local/{name}"),
        kind: Kind::Dag,
        children: (0..total.min(WIDTH)).map(|n| id(name, n)).collect(),
        ..Node::default()
    };
    nodes.insert(root.id.clone(), root);
    for n in 0..total {
        let phase = if n < finished {
            Phase::Succeeded
        } else if n < finished + WIDTH {
            Phase::Running
        } else {
            Phase::Pending
        };
        let begun = now - 3_600_000 + (n as i64) * 600;
        let done = i64::from(phase == Phase::Succeeded);
        let node = Node {
            boundary: name.to_owned(),
            display: task(n),
            id: id(name, n),
            name: format!("{name}.{}", task(n)),
            phase,
            progress: Some(format!("{done}/1")),
            started: Some(Time(begun)),
            finished: phase.fulfilled().then_some(Time(begun + 20_000)),
            host: Some("demo-node-1".to_owned()),
            template: "work".to_owned(),
            scope: format!("local/{name}"),
            kind: Kind::Pod,
            synced: Some(true),
            resources: if phase.fulfilled() {
                json!({"cpu": 2, "memory": 20})
            } else {
                Value::Null
            },
            outputs: if phase.fulfilled() {
                json!({"exitCode": "0"})
            } else {
                Value::Null
            },
            ..Node::default()
        };
        nodes.insert(node.id.clone(), node);
    }
    for n in 0..total {
        let child = id(name, n);
        for before in before(n) {
            if let Some(parent) = nodes.get_mut(&id(name, before)) {
                parent.children.push(child.clone());
            }
        }
    }
    nodes
}

fn id(name: &str, n: usize) -> String {
    node_id(name, &format!("{name}.{}", task(n)))
}
