//! One pass over a workflow: take what its pods have come to, go on where it can, end it where it is over.
//! Apart from the parts it calls, so that the order of a pass can be read in one place.

use serde_json::{Value, json};

use super::exec::{self, Call};
use super::finish::{self, commit, complete};
use super::names::pod_name;
use super::node::{Flag, Kind, Node, Phase, Time};
use super::run::{Run, RunKey};
use super::spec::{Spec, Template};
use super::world::World;
use super::{events, pods};
use crate::sim::bucket;
use crate::sim::clock::rfc3339;
use crate::sim::resource::{CLUSTER_TEMPLATES, TEMPLATES};

const POSTPONED: &str =
    "Workflow processing has been postponed because too many workflows are already running";

/// A pass.
pub fn operate(world: &mut World, run: &mut Run) {
    if run.completed() {
        return;
    }
    if run.phase() != "Running" && !start(world, run) {
        return commit(world, run);
    }
    if let Some(deadline) = run.deadline() {
        run.late = world.now >= deadline;
        if !run.late {
            world.reconcile(&run.key.clone(), deadline);
        }
    }
    take_pods(world, run);
    // A suspended workflow is not looked at further: not even to shut it down.
    if run.object["spec"]["suspend"] != true {
        shut_down(world, run);
        run.active = run
            .nodes
            .values()
            .filter(|node| {
                node.kind == Kind::Pod && !node.phase.fulfilled() && !node.waits_for_lock()
            })
            .count();
        go_on(world, run);
        release(world, run);
    }
    commit(world, run);
}

/// Admits a workflow: template, queue, locks. `false` where it does not run (yet).
fn start(world: &mut World, run: &mut Run) -> bool {
    let key = run.key.clone();
    if run.nodes.is_empty() && run.phase().is_empty() {
        let trace = format!("{:016x}{:016x}", world.rng(&run.uid).next(), world.seed);
        run.object["metadata"]["annotations"]["workflows.argoproj.io/trace-id"] = trace.into();
    }
    if let Err((phase, message)) = prepare(world, run) {
        run.object["status"]["startedAt"] = rfc3339(world.now).into();
        complete(world, run, phase, Some(message));
        return false;
    }
    let running = world.running.entry(key.namespace.clone()).or_default();
    let admitted = running.contains(&key);
    let busy = running.len();
    let full = world.limit(&key.namespace).is_some_and(|most| busy >= most);
    if full && !admitted && run.shutdown() != Some("Terminate") {
        world
            .queued
            .entry(key.namespace.clone())
            .or_default()
            .push(key);
        pend(run, POSTPONED.to_owned());
        return false;
    }
    let wanted = exec::wanted(world, &key.namespace, &run.spec.locks.clone());
    if let Err(name) = world.locks.take(&wanted, &key.holder(), &key) {
        if run.shutdown() == Some("Terminate") {
            let message = run.shutdown().map(exec::stopped);
            complete(world, run, Phase::Failed, message);
            return false;
        }
        let capacity = wanted
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(1, |(_, size)| *size);
        pend(run, exec::waiting_for(&name, capacity));
        return false;
    }
    if !admitted {
        world
            .running
            .entry(key.namespace.clone())
            .or_default()
            .push(key);
    }
    let now = rfc3339(world.now);
    let status = &mut run.object["status"];
    status["phase"] = "Running".into();
    status["message"] = serde_json::Value::Null;
    if !status["startedAt"].is_string() {
        status["startedAt"] = now.into();
    }
    status["artifactRepositoryRef"] = match &world.catalogue.keeps {
        Some(endpoint) => bucket::repository(endpoint),
        None => json!({"artifactRepository": {}, "default": true}),
    };
    status["artifactGCStatus"] = json!({"notSpecified": true});
    if let Some(seconds) = finish::origin(run).and_then(|origin| world.took.get(&origin)) {
        run.object["status"]["estimatedDuration"] = (*seconds).into();
    }
    run.object["metadata"]["annotations"]["workflows.argoproj.io/pod-name-format"] = "v2".into();
    finish::label(run, "Running", false);
    events::workflow(world, run, "WorkflowRunning", "Workflow Running", false);
    true
}

fn pend(run: &mut Run, message: String) {
    let status = &mut run.object["status"];
    status["phase"] = "Pending".into();
    status["message"] = message.into();
    status["progress"] = "0/0".into();
    finish::label(run, "Pending", false);
}

/// Takes the template in and checks what the controller checks.
fn prepare(world: &World, run: &mut Run) -> Result<(), (Phase, String)> {
    if run.name().len() > 63 {
        return Err((
            Phase::Failed,
            format!(
                "invalid spec: workflow name \"{}\" must not be more than 63 characters long (currently {})",
                run.name(),
                run.name().len()
            ),
        ));
    }
    let reference = run.object["spec"]["workflowTemplateRef"].clone();
    if let Some(name) = reference["name"].as_str()
        && !run.object["status"]["storedWorkflowTemplateSpec"].is_object()
    {
        let cluster = reference["clusterScope"] == true;
        let (res, namespace, label) = if cluster {
            (
                CLUSTER_TEMPLATES,
                "",
                "workflows.argoproj.io/cluster-workflow-template",
            )
        } else {
            (
                TEMPLATES,
                &*run.key.namespace,
                "workflows.argoproj.io/workflow-template",
            )
        };
        let Some(found) = world.store.get(res, namespace, name) else {
            return Err((
                Phase::Error,
                format!("{} \"{name}\" not found", res.qualified()),
            ));
        };
        run.object["metadata"]["labels"][label] = name.into();
        let mut spec = found.value()["spec"].take();
        let mut own = run.object["spec"].clone();
        if let Some(own) = own.as_object_mut() {
            own.shift_remove("workflowTemplateRef");
            own.retain(|_, value| !value.is_null());
        }
        for list in ["parameters", "artifacts"] {
            if let Some(own) = own.pointer_mut(&format!("/arguments/{list}")) {
                merge_by_name(&spec["arguments"][list], own);
            }
        }
        super::super::patch::merge(&mut spec, &own);
        run.object["status"]["storedWorkflowTemplateSpec"] = spec;
        run.compile();
    }
    let spec: &Spec = &run.spec;
    if spec.entrypoint.is_empty() {
        return Err((
            Phase::Failed,
            "invalid spec: spec.entrypoint is required".to_owned(),
        ));
    }
    if !spec.templates.contains_key(&spec.entrypoint) {
        return Err((
            Phase::Failed,
            format!(
                "invalid spec: template name '{}' undefined",
                spec.entrypoint
            ),
        ));
    }
    if let Some(wrong) = spec.undefined() {
        return Err((Phase::Failed, format!("invalid spec: {wrong}")));
    }
    Ok(())
}

/// Arguments of a run are laid over those of its template by name, so that what the template says of one (choices, a
/// description) stays. Source: Argo v4.1.2 `MergeTo`, `Arguments` (`patchMergeKey=name`).
fn merge_by_name(template: &Value, own: &mut Value) {
    let (Some(template), Some(mine)) = (template.as_array(), own.as_array_mut()) else {
        return;
    };
    let mut merged = template.clone();
    for argument in mine.drain(..) {
        match merged
            .iter_mut()
            .find(|one| one["name"] == argument["name"])
        {
            Some(one) => super::super::patch::merge(one, &argument),
            None => merged.push(argument),
        }
    }
    *own = merged.into();
}

fn take_pods(world: &mut World, run: &mut Run) {
    let shutdown = run.shutdown();
    let mut done = Vec::new();
    // Nobody edits the past: there a node that is over stays over, and needs no look at its pod.
    let settled = |node: &Node| world.quiet && node.phase.fulfilled();
    let ids: Vec<String> = run
        .nodes
        .values()
        .filter(|n| n.kind == Kind::Pod && !settled(n))
        .map(|n| n.id.clone())
        .collect();
    for id in ids {
        let Some(node) = run.nodes.get_mut(&id) else {
            continue;
        };
        let name = pod_name(&run.key.name, &node.name, node.pod_template());
        let key = RunKey::new(&run.key.namespace, &name);
        let Some(pod) = world
            .pods
            .get(&key)
            .filter(|pod| pod.owner == run.uid && !pod.completed)
        else {
            continue;
        };
        let before = node.phase;
        let kept = node.message.clone();
        pods::assess(pod, node, shutdown, world.now);
        pods::leave(world, pod, node);
        if before.fulfilled() && !node.phase.fulfilled() {
            // Marked from outside while the pod works: it is put back, the words stay.
            node.message = kept;
            node.finished = None;
        }
        let serves = node.daemoned == Some(true);
        let phase = node.phase;
        let changed = (phase != before && phase != Phase::Pending).then(|| node.clone());
        if pod.mains.len() > 1 || pod.mains[0] != "main" {
            pods::assess_members(run, pod, world.now);
        }
        if let Some(node) = changed {
            events::node(world, run, &node);
        }
        if phase.fulfilled() && !serves {
            done.push(key);
        }
    }
    for key in done {
        if world.pods.get(&key).is_some_and(|pod| pod.removed) {
            world.pods.remove(&key);
        } else {
            pods::complete(world, run, &key);
        }
    }
    for condition in run.object["status"]["conditions"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        if condition["type"] == "PodRunning" {
            condition["status"] = "False".into();
        }
    }
}

/// Carries `spec.shutdown` out, and the end of a workflow's own time: pauses and waits fail, pods are told to stop.
fn shut_down(world: &mut World, run: &mut Run) {
    let Some(message) = run.ended_by() else {
        return;
    };
    let shutdown = run.shutdown();
    if let Some(strategy) = shutdown
        && run.object["status"]["storedWorkflowTemplateSpec"].is_object()
    {
        run.object["status"]["storedWorkflowTemplateSpec"]["shutdown"] = strategy.into();
    }
    let open: Vec<(String, String)> = run
        .nodes
        .values()
        .filter(|node| !node.phase.fulfilled() && run.shut_for(&node.name))
        .map(|node| (node.id.clone(), node.name.clone()))
        .collect();
    let now = world.now;
    for (id, _) in open {
        let Some(node) = run.nodes.get_mut(&id) else {
            continue;
        };
        if node.kind == Kind::Suspend || node.kind == Kind::Http || node.waits_for_lock() {
            node.phase = Phase::Failed;
            node.message = Some(message.clone());
            node.finished = Some(Time(now));
        } else if node.kind == Kind::Pod {
            let name = pod_name(&run.key.name, &node.name, node.pod_template());
            let key = RunKey::new(&run.key.namespace, &name);
            pods::kill(world, &key);
            if let Some(pod) = world.pods.get(&key).filter(|pod| pod.over()).cloned() {
                pods::assess(&pod, node, shutdown, now);
                pods::leave(world, &pod, node);
                pods::complete(world, run, &key);
            }
        }
    }
}

fn entry(run: &Run, template: &std::sync::Arc<Template>, name: String, flag: Option<Flag>) -> Call {
    let own = super::spec::arguments(&run.object["spec"]["arguments"]);
    let mut inputs = own;
    inputs.extend(run.spec.arguments.iter().cloned());
    Call {
        display: name.clone(),
        name,
        boundary: String::new(),
        template: std::sync::Arc::clone(template),
        template_ref: serde_json::Value::Null,
        inputs,
        flag,
    }
}

fn go_on(world: &mut World, run: &mut Run) {
    let Some(template) = run.spec.templates.get(&run.spec.entrypoint).cloned() else {
        return;
    };
    let name = run.name().to_owned();
    let call = entry(run, &template, name.clone(), None);
    exec::run(world, run, &call);
    let Some(root) = run.nodes.get(&name) else {
        if let Some(message) = run.ended_by() {
            let message = Some(message);
            complete(world, run, Phase::Failed, message);
        }
        return;
    };
    let (mut phase, mut message) = (root.phase, root.message.clone());
    let hooked = hooks(world, run, &name);
    if !phase.fulfilled() || !hooked {
        return;
    }
    if let Some(exit) = run.spec.on_exit.clone()
        && run.shutdown() != Some("Terminate")
        && let Some(template) = run.spec.templates.get(&exit).cloned()
    {
        let name = format!("{name}.onExit");
        let flag = Flag {
            hooked: true,
            retried: false,
        };
        let call = entry(run, &template, name.clone(), Some(flag));
        exec::run(world, run, &call);
        let id = run.id(&name);
        let Some(exit) = run.nodes.get(&id).filter(|node| node.phase.fulfilled()) else {
            return;
        };
        // What went well ends as badly as its exit handler.
        if exit.phase.bad() && !phase.bad() {
            (phase, message) = (exit.phase, exit.message.clone());
        }
    }
    match run.shutdown() {
        Some(strategy) if phase.bad() => {
            complete(world, run, Phase::Failed, Some(exec::stopped(strategy)))
        }
        _ => complete(world, run, phase, message.filter(|_| phase.bad())),
    }
}

/// Runs the hooks of the workflow whose condition holds; whether all that were begun have ended.
fn hooks(world: &mut World, run: &mut Run, root: &str) -> bool {
    let mut ended = true;
    for (hook, condition, template) in run.spec.hooks.clone() {
        let name = format!("{root}.hooks.{hook}");
        let id = run.id(&name);
        let begun = run.nodes.contains_key(&id);
        let now = condition.replace("workflow.status", run.phase());
        if !begun && !super::depends::when(&now) {
            continue;
        }
        let Some(template) = run.spec.templates.get(&template).cloned() else {
            continue;
        };
        let flag = Flag {
            hooked: true,
            retried: false,
        };
        let call = entry(run, &template, name, Some(flag));
        exec::run(world, run, &call);
        run.link(root, &id);
        ended &= run.phase_of(&id).is_none_or(Phase::fulfilled);
    }
    ended
}

/// Lets go of the locks of nodes that have ended.
fn release(world: &mut World, run: &Run) {
    let own = run.key.holder();
    for holder in world.locks.holders_of(&own) {
        let Some(id) = holder
            .strip_prefix(&own)
            .and_then(|rest| rest.strip_prefix('/'))
        else {
            continue;
        };
        if run.phase_of(id).is_none_or(Phase::fulfilled) {
            for next in world.locks.release(&holder) {
                let at = world.now + 1_000;
                world.reconcile(&next, at);
            }
        }
    }
}
