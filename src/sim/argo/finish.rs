//! The end of a workflow, and writing it: progress, durations, labels, conditions, compression.
//! Apart from going on; every pass ends here.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use super::events;
use super::names::pod_name;
use super::node::{Kind, Node, Nodes, Phase};
use super::run::{Run, RunKey, pack};
use super::world::{Job, World};
use crate::sim::clock::{parse, rfc3339};
use crate::sim::resource::WORKFLOWS;
use crate::sim::store::{Edit, Origin};

/// Label of workflows and pods that are over.
pub const COMPLETED: &str = "workflows.argoproj.io/completed";
const PHASE: &str = "workflows.argoproj.io/phase";
/// A workflow whose JSON is larger has its nodes compressed (the controller's MAX_WORKFLOW_SIZE).
const MOST: usize = 1 << 20;

/// Sets the two labels the controller keeps.
pub fn label(run: &mut Run, phase: &str, completed: bool) {
    let labels = &mut run.object["metadata"]["labels"];
    labels[COMPLETED] = if completed { "true" } else { "false" }.into();
    labels[PHASE] = phase.into();
}

/// What a workflow was launched from: the key of its estimate.
pub fn origin(run: &Run) -> Option<String> {
    let labels = &run.object["metadata"]["labels"];
    [
        "cron-workflow",
        "workflow-template",
        "cluster-workflow-template",
    ]
    .iter()
    .find_map(|kind| {
        let name = labels[format!("workflows.argoproj.io/{kind}")].as_str()?;
        Some(format!("{}/{kind}/{name}", run.key.namespace))
    })
}

/// Ends a workflow.
pub fn complete(world: &mut World, run: &mut Run, phase: Phase, message: Option<String>) {
    let now = rfc3339(world.now);
    // An omitted or skipped root is a success to the workflow.
    let phase = if phase.bad() { phase } else { Phase::Succeeded };
    let status = &mut run.object["status"];
    status["phase"] = phase.word().into();
    status["finishedAt"] = now.into();
    status["message"] = message.clone().into();
    status["conditions"] =
        json!([{"status": "False", "type": "PodRunning"}, {"status": "True", "type": "Completed"}]);
    label(run, phase.word(), true);
    let word = format!(
        "Workflow{}",
        if phase == Phase::Error {
            "Failed"
        } else {
            phase.word()
        }
    );
    let text = message.unwrap_or_else(|| "Workflow completed".to_owned());
    events::workflow(world, run, &word, &text, phase.bad());
    if phase == Phase::Succeeded
        && let Some(origin) = origin(run)
        && let Some(start) = run.object["status"]["startedAt"].as_str().and_then(parse)
    {
        world.took.insert(origin, (world.now - start) / 1000);
    }
    for holder in world.locks.holders_of(&run.key.holder()) {
        for next in world.locks.release(&holder) {
            let at = world.now + 1_000;
            world.reconcile(&next, at);
        }
    }
    world.leave(&run.key.clone());
    collect_pods(world, run, phase);
    let [any, well, badly] = run.spec.ttl;
    let ttl = if phase == Phase::Succeeded {
        well.or(any)
    } else {
        badly.or(any)
    };
    if let Some(seconds) = ttl {
        let at = world.now + seconds * 1000;
        world.at(at, Job::Expire(run.key.clone(), run.uid.clone()));
    }
}

fn collect_pods(world: &mut World, run: &Run, phase: Phase) {
    let Some((strategy, delay)) = &run.spec.pod_gc else {
        return;
    };
    let wanted = strategy == "OnWorkflowCompletion"
        || (strategy == "OnWorkflowSuccess" && phase == Phase::Succeeded);
    if !wanted {
        return;
    }
    let at = world.now + delay;
    for node in run.nodes.values().filter(|node| node.kind == Kind::Pod) {
        let name = pod_name(run.name(), &node.name, node.pod_template());
        let key = RunKey::new(&run.key.namespace, &name);
        if let Some(serial) = world.pods.get(&key).map(|pod| pod.serial) {
            world.at(at, Job::DeletePod(key, serial));
        }
    }
}

/// Writes a workflow, if it changed. While quiet only ended ones are written.
pub fn commit(world: &mut World, run: &mut Run) {
    if world.quiet && !run.completed() {
        return;
    }
    sum_up(world, run);
    let mut object = run.object.clone();
    tidy(&mut object);
    let mut nodes = serde_json::to_vec(&run.nodes).unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    nodes.hash(&mut hasher);
    object["status"].to_string().hash(&mut hasher);
    object["metadata"]["labels"].to_string().hash(&mut hasher);
    let print = hasher.finish();
    if print == run.written && run.version > 0 {
        return;
    }
    run.written = print;
    let rest = object.to_string().len();
    if rest + nodes.len() > MOST
        && let Some(packed) = pack(&nodes)
    {
        object["status"]["compressedNodes"] = packed.into();
        nodes.clear();
    } else if !run.nodes.is_empty() {
        object["status"]["nodes"] = serde_json::from_slice(&nodes).unwrap_or(Value::Null);
    }
    let generation = run.object["metadata"]["generation"].as_u64().unwrap_or(0) + 1;
    object["metadata"]["generation"] = generation.into();
    run.object["metadata"]["generation"] = generation.into();
    if run.version == 0 {
        run.version = world
            .store
            .put(WORKFLOWS, object, Origin::Controller)
            .version;
        return;
    }
    let (namespace, name) = (run.key.namespace.clone(), run.key.name.clone());
    let version = run.version;
    let written = world.store.edit(
        WORKFLOWS,
        &namespace,
        &name,
        Origin::Controller,
        |current| {
            // Somebody wrote in between: what they wrote is taken up by the next pass instead.
            Ok::<_, ()>(if current.version == version {
                Edit::Replace(object)
            } else {
                Edit::Keep
            })
        },
    );
    match written {
        Ok(Some(now)) if now.version > version => run.version = now.version,
        _ => {
            let key = run.key.clone();
            let at = world.now + 1_000;
            world.reconcile(&key, at);
        }
    }
}

/// Null means absent to the API server.
fn tidy(object: &mut Value) {
    if let Some(status) = object["status"].as_object_mut() {
        status.retain(|_, value| !value.is_null());
    }
    if let Some(meta) = object["metadata"].as_object_mut() {
        meta.retain(|_, value| !value.is_null());
    }
}

/// Progress, resources and locks.
fn sum_up(world: &World, run: &mut Run) {
    let mut whole = (0, 0);
    let ids: Vec<String> = run.nodes.keys().cloned().collect();
    for node in run.nodes.values_mut().filter(|node| node.kind.counts()) {
        let done = i64::from(node.phase == Phase::Succeeded);
        node.progress = Some(format!("{done}/1"));
        whole = (whole.0 + done, whole.1 + 1);
    }
    for id in &ids {
        let group = run
            .nodes
            .get(id)
            .is_some_and(|node| !node.kind.counts() && node.kind != Kind::Skipped);
        if !group {
            continue;
        }
        let (done, all, resources) = below(&run.nodes, id);
        if let Some(node) = run.nodes.get_mut(id) {
            node.progress = Some(format!("{done}/{all}"));
            if node.phase.fulfilled() {
                node.resources = resources;
            }
        }
    }
    if run.phase() == "Pending" {
        synchronization(world, run);
        return;
    }
    run.object["status"]["progress"] = format!("{}/{}", whole.0, whole.1).into();
    let leaves = run
        .nodes
        .values()
        .filter(|node| node.kind == Kind::Pod && node.resources.is_object());
    let total = total(leaves);
    if total.is_object() {
        run.object["status"]["resourcesDuration"] = total;
    }
    let estimate = run.object["status"]["estimatedDuration"].as_i64();
    if let (Some(estimate), Some(root)) = (estimate, run.nodes.get_mut(&*run.key.name)) {
        root.estimated_duration = Some(estimate);
    }
    synchronization(world, run);
}

fn total<'a>(nodes: impl Iterator<Item = &'a Node>) -> Value {
    let mut sum = None;
    for node in nodes {
        let (cpu, memory) = sum.unwrap_or((0, 0));
        let of = |key: &str| node.resources[key].as_i64().unwrap_or(0);
        sum = Some((cpu + of("cpu"), memory + of("memory")));
    }
    sum.map_or(
        Value::Null,
        |(cpu, memory)| json!({"cpu": cpu, "memory": memory}),
    )
}

/// What lies below a node: done and all that counts, and their resources.
fn below(nodes: &Nodes, id: &str) -> (i64, i64, Value) {
    let mut seen = BTreeSet::new();
    let mut open = vec![id];
    let (mut done, mut all) = (0, 0);
    let mut found = Vec::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let Some(node) = nodes.get(id) else {
            continue;
        };
        if node.kind.counts() {
            all += 1;
            done += i64::from(node.phase == Phase::Succeeded);
            if node.kind == Kind::Pod && node.resources.is_object() {
                found.push(node);
            }
        }
        open.extend(node.children.iter().map(String::as_str));
    }
    (done, all, total(found.into_iter()))
}

fn synchronization(world: &World, run: &mut Run) {
    let (holding, waiting) = world.locks.of(&run.key.holder());
    let mut status = json!({});
    for (list, field) in [(&holding, "holding"), (&waiting, "waiting")] {
        for (name, holders) in list {
            let mutex = name.contains("/Mutex/");
            let (kind, entry) = if mutex {
                ("mutex", json!({"holder": holders.first(), "mutex": name}))
            } else {
                ("semaphore", json!({"holders": holders, "semaphore": name}))
            };
            if !status[kind][field].is_array() {
                status[kind][field] = json!([]);
            }
            if let Some(entries) = status[kind][field].as_array_mut() {
                entries.push(entry);
            }
        }
    }
    let some = status.as_object().is_some_and(|map| !map.is_empty());
    run.object["status"]["synchronization"] = if some { status } else { Value::Null };
}
