//! Kubernetes events as the controller, the scheduler and the kubelet tell them.
//! Apart, because they are told on the side and forgotten after an hour.

use serde_json::{Value, json};

use super::node::Node;
use super::run::Run;
use super::world::{Job, World};
use crate::sim::clock::{rfc3339, rfc3339_micro};
use crate::sim::resource::EVENTS;
use crate::sim::store::Origin;

/// How long events are kept, milliseconds (the API server's default is an hour).
pub const KEPT: i64 = 3_600_000;
/// How often old ones are looked for.
pub const SWEEP: i64 = 300_000;

/// Removes events that are too old.
pub fn sweep(world: &mut World) {
    let oldest = world.now - KEPT;
    world.events.retain(|(at, _)| *at >= oldest);
    if !world.quiet
        && let Ok((all, _)) = world.store.snapshot(EVENTS, None, None, None)
    {
        for event in all.iter().filter(|event| event.created < oldest) {
            world
                .store
                .remove(EVENTS, &event.namespace, &event.name, Origin::Controller);
        }
    }
    let at = world.now + SWEEP;
    world.at(at, Job::Sweep);
}

/// Whether an event of now is still there when somebody can ask for it. One that is not takes its number all the same:
/// what happens must not depend on who can hear of it.
fn heard(world: &mut World) -> bool {
    let heard = world.now >= world.heard_from;
    if !heard {
        world.serial();
    }
    heard
}

/// Tells an event.
fn tell(world: &mut World, mut event: Value, about: &str, namespace: &str) {
    let serial = world.serial();
    let hash = (world.now as u64).wrapping_mul(1_000_000) ^ serial;
    event["metadata"]["name"] = format!("{about}.{hash:016x}").into();
    event["metadata"]["namespace"] = namespace.into();
    event["metadata"]["creationTimestamp"] = rfc3339(world.now).into();
    if world.quiet {
        world.events.push((world.now, event));
    } else {
        world.store.put(EVENTS, event, Origin::Controller);
    }
}

fn warning(bad: bool) -> &'static str {
    if bad { "Warning" } else { "Normal" }
}

/// An event about a workflow.
pub fn workflow(world: &mut World, run: &Run, reason: &str, message: &str, bad: bool) {
    if !heard(world) {
        return;
    }
    let time = rfc3339(world.now);
    let event = json!({
        "metadata": {},
        "involvedObject": involved(run),
        "reason": reason,
        "message": message,
        "source": {"component": "workflow-controller"},
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
        "type": warning(bad),
        "eventTime": null,
        "reportingComponent": "workflow-controller",
        "reportingInstance": "",
    });
    tell(
        world,
        event,
        &run.key.name.clone(),
        &run.key.namespace.clone(),
    );
}

/// An event about a node of a workflow.
pub fn node(world: &mut World, run: &Run, node: &Node) {
    if !heard(world) {
        return;
    }
    let word = node.phase.word();
    let mut message = format!("{word} node {}", node.name);
    if let Some(text) = node.message.as_deref().filter(|_| node.phase.bad()) {
        message.push_str(": ");
        message.push_str(text);
    }
    let time = rfc3339(world.now);
    let event = json!({
        "metadata": {"annotations": {
            "workflows.argoproj.io/node-id": node.id,
            "workflows.argoproj.io/node-name": node.name,
            "workflows.argoproj.io/node-type": node.kind.word(),
        }},
        "involvedObject": involved(run),
        "reason": format!("WorkflowNode{word}"),
        "message": message,
        "source": {"component": "workflow-controller"},
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
        "type": warning(node.phase.bad()),
        "eventTime": null,
        "reportingComponent": "workflow-controller",
        "reportingInstance": "",
    });
    tell(
        world,
        event,
        &run.key.name.clone(),
        &run.key.namespace.clone(),
    );
}

fn involved(run: &Run) -> Value {
    json!({
        "kind": "Workflow",
        "namespace": &*run.key.namespace,
        "name": &*run.key.name,
        "uid": run.uid,
        "apiVersion": "argoproj.io/v1alpha1",
        "resourceVersion": run.version.to_string(),
    })
}

/// An event about a pod: by the scheduler (`eventTime`), or by the kubelet (`count`, first and last time).
pub fn pod(
    world: &mut World,
    pod: (&str, &str, &str),
    reason: &str,
    message: &str,
    field: Option<&str>,
) {
    if !heard(world) {
        return;
    }
    let (namespace, name, uid) = pod;
    let mut involved = json!({"kind": "Pod", "namespace": namespace, "name": name, "uid": uid, "apiVersion": "v1"});
    if let Some(field) = field {
        involved["fieldPath"] = field.into();
    }
    let bad = reason.starts_with("Failed");
    let time = rfc3339(world.now);
    let event = if matches!(reason, "Scheduled" | "FailedScheduling") {
        json!({
            "metadata": {},
            "involvedObject": involved,
            "reason": reason,
            "message": message,
            "source": {},
            "firstTimestamp": null,
            "lastTimestamp": null,
            "type": warning(bad),
            "eventTime": rfc3339_micro(world.now),
            "action": if bad { "Scheduling" } else { "Binding" },
            "reportingComponent": "default-scheduler",
            "reportingInstance": "default-scheduler",
        })
    } else {
        json!({
            "metadata": {},
            "involvedObject": involved,
            "reason": reason,
            "message": message,
            "source": {"component": "kubelet", "host": super::pods::HOST},
            "firstTimestamp": time,
            "lastTimestamp": time,
            "count": 1,
            "type": warning(bad),
            "eventTime": null,
            "reportingComponent": "kubelet",
            "reportingInstance": super::pods::HOST,
        })
    };
    tell(world, event, name, namespace);
}
