//! Pods of a workflow, as far as logs and reasons need them.
//! Apart from workflows, because pods are objects of the core API with shapes of their own.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::intern::Interner;
use super::lax::{Number, Text};
use super::listing::Read;
use super::nest::{List, Obj};
use super::row::{Meta, time};
use super::watch::Versioned;
use crate::model::pod::{Container, ContainerState, Pod};
use crate::model::text::{clean, clean_message};

/// Annotation with the id of the step a pod runs. Source: Argo v4.1.2 `workflow/common/common.go`.
const NODE_ID: &str = "workflows.argoproj.io/node-id";
/// Annotation with the name of the step a pod runs.
const NODE_NAME: &str = "workflows.argoproj.io/node-name";

#[derive(Deserialize)]
struct PodWire<'a> {
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    spec: Obj<Spec<'a>>,
    #[serde(borrow, default)]
    status: Obj<PodStatus<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Owners<'a> {
    #[serde(borrow)]
    owner_references: List<Owner<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Owner<'a> {
    #[serde(borrow)]
    uid: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec<'a> {
    #[serde(borrow)]
    node_name: Text<'a>,
    #[serde(borrow)]
    init_containers: List<Named<'a>>,
    #[serde(borrow)]
    containers: List<Named<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PodStatus<'a> {
    #[serde(borrow)]
    phase: Text<'a>,
    #[serde(borrow)]
    reason: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    conditions: List<Condition<'a>>,
    #[serde(borrow)]
    init_container_statuses: List<StatusWire<'a>>,
    #[serde(borrow)]
    container_statuses: List<StatusWire<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Condition<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    reason: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct StatusWire<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    restart_count: Number,
    #[serde(borrow)]
    state: Obj<StateWire<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StateWire<'a> {
    #[serde(borrow)]
    waiting: Obj<Detail<'a>>,
    #[serde(borrow)]
    running: Obj<Detail<'a>>,
    #[serde(borrow)]
    terminated: Obj<Detail<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Detail<'a> {
    #[serde(borrow)]
    reason: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    exit_code: Text<'a>,
    #[serde(borrow)]
    started_at: Text<'a>,
    #[serde(borrow)]
    finished_at: Text<'a>,
}

/// Reads one pod. With `owner`, a pod owned by other objects only is skipped: a re-created workflow of the same name
/// has pods of the same label.
pub fn pod(json: &[u8], owner: Option<&str>, names: &mut Interner) -> Read<Versioned<Pod>> {
    let wire: PodWire<'_> = match serde_json::from_slice(json) {
        Ok(wire) => wire,
        Err(error) => return Read::Malformed(error.to_string()),
    };
    let Some(raw) = wire.metadata.map(RawValue::get) else {
        return Read::Malformed("the pod has no metadata".to_string());
    };
    let (meta, owners): (Meta<'_>, Owners<'_>) =
        match (serde_json::from_str(raw), serde_json::from_str(raw)) {
            (Ok(meta), Ok(owners)) => (meta, owners),
            _ => return Read::Malformed("the pod's metadata cannot be read".to_string()),
        };
    let owned_by = owners.owner_references.get();
    if let Some(owner) = owner
        && !owned_by.is_empty()
        && !owned_by.iter().any(|o| o.uid.get() == Some(owner))
    {
        return Read::Skip;
    }
    let key = meta.key(names);
    let (no_spec, no_status) = (Spec::default(), PodStatus::default());
    let spec = wire.spec.get().unwrap_or(&no_spec);
    let status = wire.status.get().unwrap_or(&no_status);
    let annotation = |name: &str| {
        let text = meta.annotations.find(name)?.filled()?;
        Some(names_of(text))
    };
    let mut containers = containers(&spec.init_containers, &status.init_container_statuses, true);
    containers.extend(self::containers(
        &spec.containers,
        &status.container_statuses,
        false,
    ));
    Read::Item(Versioned {
        version: meta.resource_version.or_empty().parse().unwrap_or(0),
        item: Pod {
            key: key.clone(),
            node_id: annotation(NODE_ID),
            node_name: annotation(NODE_NAME),
            phase: names.get(&clean(status.phase.or_empty())),
            host: spec.node_name.filled().map(|host| names.get(&clean(host))),
            reason: reason(status),
            containers,
            deleting: meta.deletion_timestamp.filled().is_some(),
        },
        key,
    })
}

fn names_of(text: &str) -> Arc<str> {
    Arc::from(clean(text))
}

/// Containers in the order of the spec; one the spec does not name (an ephemeral one) follows.
fn containers(
    spec: &List<Named<'_>>,
    statuses: &List<StatusWire<'_>>,
    init: bool,
) -> Vec<Container> {
    let named = spec.get().iter().filter_map(|c| c.name.filled());
    let extra = statuses
        .get()
        .iter()
        .filter_map(|s| s.name.filled())
        .filter(|name| !spec.get().iter().any(|c| c.name.get() == Some(name)));
    named
        .chain(extra)
        .map(|name| {
            let status = statuses.get().iter().find(|s| s.name.get() == Some(name));
            Container {
                name: names_of(name),
                init,
                state: state(status.and_then(|s| s.state.get())),
                restarts: status
                    .and_then(|s| s.restart_count.get())
                    .and_then(|n| n.try_into().ok())
                    .unwrap_or(0),
            }
        })
        .collect()
}

fn state(wire: Option<&StateWire<'_>>) -> ContainerState {
    let reason = |detail: &Detail<'_>| detail.reason.filled().map(names_of);
    let Some(wire) = wire else {
        return ContainerState::Waiting(None);
    };
    if let Some(ended) = wire.terminated.get() {
        return ContainerState::Ended {
            code: ended.exit_code.or_empty().parse().unwrap_or(-1),
            reason: reason(ended),
            since: time(&ended.started_at),
            at: time(&ended.finished_at),
        };
    }
    if let Some(running) = wire.running.get() {
        return ContainerState::Running(time(&running.started_at));
    }
    ContainerState::Waiting(wire.waiting.get().and_then(reason))
}

/// Why a pod waits or died as a whole: its own reason (`Evicted`), else the first container that waits for more than
/// its turn, else what the scheduler says.
fn reason(status: &PodStatus<'_>) -> Option<Arc<str>> {
    if let Some(own) = status.reason.filled() {
        return Some(sentence(own, &status.message));
    }
    let waiting = status
        .init_container_statuses
        .get()
        .iter()
        .chain(status.container_statuses.get())
        .filter_map(|s| s.state.get()?.waiting.get())
        .filter(|w| {
            !matches!(
                w.reason.or_empty(),
                "" | "PodInitializing" | "ContainerCreating"
            )
        })
        .map(|w| sentence(w.reason.or_empty(), &w.message))
        .next();
    waiting.or_else(|| {
        status
            .conditions
            .get()
            .iter()
            .find(|c| c.kind.get() == Some("PodScheduled") && c.status.get() == Some("False"))
            .map(|c| sentence(c.reason.or_empty(), &c.message))
    })
}

fn sentence(reason: &str, message: &Text<'_>) -> Arc<str> {
    match message.filled() {
        Some(message) => Arc::from(clean_message(&format!("{reason}: {message}"))),
        None => names_of(reason),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const POD: &str = r#"{"metadata":{"name":"run-1","namespace":"n","uid":"p1","resourceVersion":"5",
        "annotations":{"workflows.argoproj.io/node-id":"run-1","workflows.argoproj.io/node-name":"run.b"},
        "ownerReferences":[{"kind":"Workflow","uid":"w1"}]},
        "spec":{"nodeName":"host-a","initContainers":[{"name":"init"}],"containers":[{"name":"wait"},{"name":"main"}]},
        "status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"True"}],
        "initContainerStatuses":[{"name":"init","restartCount":1,"state":{"terminated":{"exitCode":0,"reason":"Completed","finishedAt":"2026-01-01T00:00:00Z"}}}],
        "containerStatuses":[{"name":"main","state":{"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling image x"}}},
                             {"name":"wait","state":{"running":{"startedAt":"2026-01-01T00:00:01Z"}}}]}}"#;

    #[test]
    fn a_pod_says_what_each_container_does_and_why_it_waits() {
        let Read::Item(read) = pod(POD.as_bytes(), Some("w1"), &mut Interner::new()) else {
            panic!("a sound pod is read");
        };
        let pod = read.item;
        assert_eq!(read.version, 5);
        assert_eq!(pod.node_name.as_deref(), Some("run.b"));
        assert_eq!(
            pod.reason.as_deref(),
            Some("ImagePullBackOff: Back-off pulling image x")
        );
        let names: Vec<_> = pod.containers.iter().map(|c| (&*c.name, c.init)).collect();
        assert_eq!(names, [("init", true), ("wait", false), ("main", false)]);
        assert!(matches!(
            pod.containers[0].state,
            ContainerState::Ended { code: 0, .. }
        ));
        assert_eq!(pod.containers[0].restarts, 1);
        assert!(matches!(
            pod.containers[1].state,
            ContainerState::Running(Some(_))
        ));
        assert_eq!(
            pod.containers[2].state,
            ContainerState::Waiting(Some("ImagePullBackOff".into()))
        );
    }

    #[test]
    fn a_pod_of_an_earlier_workflow_of_the_same_name_is_skipped() {
        let mut names = Interner::new();
        assert_eq!(pod(POD.as_bytes(), Some("w2"), &mut names), Read::Skip);
        assert!(matches!(
            pod(POD.as_bytes(), None, &mut names),
            Read::Item(_)
        ));
        assert!(matches!(
            pod(br#"{"spec":1}"#, None, &mut names),
            Read::Malformed(_)
        ));
    }
}
