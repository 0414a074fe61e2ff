//! What the controller reads from a pod: phase, message, exit code, outputs of its node.
//! Apart from the pod's own life.

use super::{ADDRESS, HOST, Pod};
use crate::sim::argo::node::{Kind, Node, Phase, Time};
use crate::sim::argo::run::Run;

/// Takes what a pod has come to into its node.
pub fn assess(pod: &Pod, node: &mut Node, shutdown: Option<&str>, now: i64) {
    if pod.removed {
        node.phase = Phase::Error;
        node.message = Some("pod deleted".to_owned());
        node.finished = Some(Time(now));
        return;
    }
    if pod.daemon && node.phase == Phase::Succeeded {
        // It counted as done from the moment it was ready.
        return;
    }
    node.host = pod.scheduled.map(|_| HOST.to_owned());
    if pod.daemon && pod.started.is_some() && pod.ended.is_none() {
        node.phase = Phase::Succeeded;
        node.finished = Some(Time(now));
        node.message = None;
        node.daemoned = Some(true);
        node.pod_ip = Some(ADDRESS.to_owned());
        node.synced = None;
        return;
    }
    let Some((end, exit)) = pod.ended else {
        node.phase = if pod.started.is_some() {
            Phase::Running
        } else {
            Phase::Pending
        };
        node.synced = Some(pod.started.is_none());
        node.message = match (&pod.waiting, pod.scheduled) {
            (Some((reason, message)), _) => Some(format!("{reason}: {message}")),
            (None, Some(_)) if pod.started.is_none() => Some("PodInitializing".to_owned()),
            _ => None,
        };
        return;
    };
    node.finished = Some(Time(end));
    node.synced = Some(true);
    let shut = || {
        format!(
            "workflow shutdown with strategy:  {}",
            shutdown.unwrap_or("Stop")
        )
    };
    if pod.started.is_none() {
        node.phase = Phase::Failed;
        node.message = Some(shut());
        return;
    }
    if !node.outputs.is_object() {
        node.outputs = serde_json::json!({});
    }
    node.outputs["exitCode"] = exit.to_string().into();
    let seconds = (end - pod.started.unwrap_or(end)) / 1000;
    node.resources = serde_json::json!({"cpu": seconds / 10, "memory": seconds});
    if exit == 0 {
        node.phase = Phase::Succeeded;
        node.message = pod.killed.then(shut);
        if let Some(result) = &pod.plan.step.result {
            node.outputs["result"] = result.clone().into();
        }
        give_outputs(pod, node, |name| Some(format!("{name}-1")));
        return;
    }
    // What a container left is reported however it ended.
    give_outputs(pod, node, |_| None);
    node.phase = Phase::Failed;
    node.message = Some(if pod.late && !pod.killed {
        "Pod was active on the node longer than the specified deadline".to_owned()
    } else {
        let name = pod.plan.step.container.as_deref().unwrap_or("main");
        let reason = if pod.killed {
            "Error"
        } else {
            &pod.plan.reason
        };
        match pod.plan.step.message.as_deref().filter(|_| !pod.killed) {
            Some(message) => format!("{name}: {reason} (exit code {exit}): {message}"),
            None => format!("{name}: {reason} (exit code {exit})"),
        }
    });
}

/// Gives output parameters the values of the plan, else those of `usual`.
fn give_outputs(pod: &Pod, node: &mut Node, usual: impl Fn(&str) -> Option<String>) {
    let parameters = node.outputs["parameters"].as_array_mut();
    for parameter in parameters.into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        let planned = pod.plan.step.outputs.get(name).cloned();
        if let Some(value) = planned.or_else(|| usual(name)) {
            parameter["value"] = value.into();
        }
    }
}

/// Takes a containerSet pod into the nodes of its members.
pub fn assess_members(run: &mut Run, pod: &Pod, now: i64) {
    let Some(parent) = run.nodes.get(&pod.node.0).cloned() else {
        return;
    };
    let failing = pod.plan.step.container.as_deref().unwrap_or("main");
    for member in run.nodes.values_mut() {
        if member.kind != Kind::Container || member.boundary != parent.id {
            continue;
        }
        member.phase = match parent.phase {
            Phase::Failed if member.display != failing => Phase::Succeeded,
            phase => phase,
        };
        if member.phase.fulfilled() {
            member.finished = parent.finished.or(Some(Time(now)));
        }
        if member.phase.bad() {
            member.message = parent.message.as_ref().map(|text| format!("{text}: "));
        }
    }
}
