//! A pretended pod as its Kubernetes object, and what the executor's own containers print.
//! Apart from what happens to it; this is only how it looks.

use serde_json::{Value, json};

use super::{HOST, Pod};
use crate::sim::clock::rfc3339;
use crate::sim::store::Store;

const EXECUTOR: &str = "quay.io/argoproj/argoexec:v4.1.2";

/// The object.
pub fn render(pod: &Pod) -> Value {
    let mut containers = vec![json!({
        "name": "wait",
        "image": EXECUTOR,
        "command": ["argoexec", "wait", "--loglevel", "info", "--log-format", "text"],
    })];
    for name in &pod.mains {
        containers.push(json!({
            "name": name,
            "image": pod.image,
            "command": ["/var/run/argo/argoexec", "emissary", "--loglevel", "info", "--log-format", "text", "--"],
            "resources": {},
        }));
    }
    let mut spec = json!({
        "initContainers": [{"name": "init", "image": EXECUTOR, "command": ["argoexec", "init", "--loglevel", "info", "--log-format", "text"]}],
        "containers": containers,
        "restartPolicy": "Never",
        "serviceAccountName": "default",
        "schedulerName": "default-scheduler",
    });
    if pod.scheduled.is_some() {
        spec["nodeName"] = HOST.into();
    }
    if let Some(seconds) = pod.deadline {
        spec["activeDeadlineSeconds"] = seconds.into();
    }
    let default = pod.mains.last().map_or("main", String::as_str);
    let mut object = json!({
        "metadata": {
            "name": pod.name,
            "namespace": &*pod.run.namespace,
            "uid": pod.uid,
            "generation": 1,
            "creationTimestamp": rfc3339(pod.created),
            "labels": {
                "workflows.argoproj.io/completed": if pod.completed { "true" } else { "false" },
                "workflows.argoproj.io/workflow": &*pod.run.name,
            },
            "annotations": {
                "kubectl.kubernetes.io/default-container": default,
                "workflows.argoproj.io/node-id": pod.node.0,
                "workflows.argoproj.io/node-name": pod.node.1,
            },
            "ownerReferences": [{
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Workflow",
                "name": &*pod.run.name,
                "uid": pod.owner,
                "controller": true,
                "blockOwnerDeletion": true,
            }],
        },
        "spec": spec,
        "status": status(pod),
    });
    let handler = pod.node.1.strip_prefix(&*pod.run.name);
    if handler.is_some_and(|rest| rest.starts_with(".onExit")) {
        object["metadata"]["labels"]["workflows.argoproj.io/on-exit"] = "true".into();
    }
    object
}

fn phase(pod: &Pod) -> &'static str {
    match (pod.started, pod.ended) {
        (_, Some((_, 0))) => "Succeeded",
        (_, Some(_)) => "Failed",
        (Some(_), None) => "Running",
        (None, None) => "Pending",
    }
}

fn condition(kind: &str, holds: bool, at: i64) -> Value {
    json!({
        "type": kind,
        "observedGeneration": 1,
        "status": if holds { "True" } else { "False" },
        "lastProbeTime": null,
        "lastTransitionTime": rfc3339(at),
    })
}

fn status(pod: &Pod) -> Value {
    let Some(scheduled) = pod.scheduled else {
        let mut unscheduled = condition("PodScheduled", false, pod.created);
        if let Some((reason, message)) = &pod.waiting {
            unscheduled["reason"] = reason.clone().into();
            unscheduled["message"] = message.clone().into();
            return json!({"phase": phase(pod), "conditions": [unscheduled], "qosClass": "Burstable"});
        }
        return json!({"phase": phase(pod), "qosClass": "Burstable"});
    };
    let running = pod.started.is_some() && pod.ended.is_none();
    let since = pod
        .ended
        .map(|(at, _)| at)
        .or(pod.started)
        .unwrap_or(scheduled);
    let initialized = pod.started.is_some() || pod.waiting.is_some();
    let init = if initialized {
        json!({"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": rfc3339(scheduled + 500), "finishedAt": rfc3339(scheduled + 1000)}})
    } else {
        json!({"waiting": {"reason": "PodInitializing"}})
    };
    let mut statuses: Vec<Value> = pod
        .mains
        .iter()
        .map(|name| container(name, &pod.image, main_state(pod, name), running))
        .collect();
    let wait = match (pod.started, pod.ended) {
        (Some(start), Some((end, _))) => ended(0, "Completed", start, end + 500),
        (Some(start), None) => json!({"running": {"startedAt": rfc3339(start)}}),
        _ if initialized => json!({"running": {"startedAt": rfc3339(scheduled + 1000)}}),
        _ => json!({"waiting": {"reason": "PodInitializing"}}),
    };
    statuses.push(container("wait", EXECUTOR, wait, running));
    let mut status = json!({
        "observedGeneration": 1,
        "phase": phase(pod),
        "conditions": [
            condition("Initialized", initialized, scheduled),
            condition("Ready", running, since),
            condition("ContainersReady", running, since),
            condition("PodScheduled", true, scheduled),
        ],
        "hostIP": "10.0.0.7",
        "podIP": "10.42.0.7",
        "startTime": rfc3339(scheduled),
        "initContainerStatuses": [container("init", EXECUTOR, init, initialized)],
        "containerStatuses": statuses,
        "qosClass": "Burstable",
    });
    if pod.late && pod.ended.is_some() {
        status["reason"] = "DeadlineExceeded".into();
        status["message"] = "Pod was active on the node longer than the specified deadline".into();
    }
    status
}

fn main_state(pod: &Pod, name: &str) -> Value {
    match (pod.started, pod.ended) {
        (Some(start), Some((end, exit))) => {
            let failing = pod.plan.step.container.as_deref().unwrap_or("main");
            let exit = if pod.mains.len() > 1 && name != failing {
                0
            } else {
                exit
            };
            let reason = match exit {
                0 => "Completed",
                _ if pod.killed => "Error",
                _ => &pod.plan.reason,
            };
            let mut state = ended(exit, reason, start, end);
            if let Some(message) = pod
                .plan
                .step
                .message
                .as_deref()
                .filter(|_| exit != 0 && !pod.killed)
            {
                state["terminated"]["message"] = message.into();
            }
            state
        }
        (Some(start), None) => json!({"running": {"startedAt": rfc3339(start)}}),
        (None, _) => match &pod.waiting {
            Some((reason, message)) => json!({"waiting": {"reason": reason, "message": message}}),
            None => json!({"waiting": {"reason": "PodInitializing"}}),
        },
    }
}

fn ended(exit: i32, reason: &str, start: i64, end: i64) -> Value {
    json!({"terminated": {"exitCode": exit, "reason": reason, "startedAt": rfc3339(start), "finishedAt": rfc3339(end)}})
}

fn container(name: &str, image: &str, state: Value, ready: bool) -> Value {
    json!({
        "name": name,
        "state": state,
        "lastState": {},
        "ready": ready,
        "restartCount": 0,
        "image": image,
        "imageID": "",
        "started": ready,
    })
}

/// What `init` and `wait` print, told once main has started and once it has ended.
pub fn executor_logs(store: &Store, pod: &Pod) {
    let Some(start) = pod.started else {
        return;
    };
    let (namespace, name) = (&*pod.run.namespace, pod.name.as_str());
    let line = |at: i64, text: &str| {
        let stamp = crate::sim::clock::at(at);
        let text = format!("time={stamp} level=INFO msg=\"{text}\" argo=true");
        (i128::from(at) * 1_000_000, text.into())
    };
    if store.logs.read(namespace, name, "init", 0).0.is_empty() {
        let at = pod.scheduled.unwrap_or(start) + 500;
        store.logs.append(
            namespace,
            name,
            "init",
            vec![
                line(at, "Starting Workflow Executor"),
                line(at + 40, "Start loading input artifacts..."),
            ],
        );
        store.logs.end(namespace, name, "init");
        store.logs.append(
            namespace,
            name,
            "wait",
            vec![
                line(start, "Starting Workflow Executor"),
                line(start + 20, "Starting deadline monitor"),
            ],
        );
    }
    if let Some((end, _)) = pod.ended
        && store.logs.read(namespace, name, "wait", 0).0.len() < 3
    {
        store.logs.append(
            namespace,
            name,
            "wait",
            vec![
                line(end + 30, "Main container completed"),
                line(end + 40, "No output parameters"),
            ],
        );
        store.logs.end(namespace, name, "wait");
    }
}
