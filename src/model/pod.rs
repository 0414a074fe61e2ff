//! Pods of a run: where logs come from, and the truth that reaches the workflow's status late.
//! Apart from steps, because a step can have no pod and a pod can outlive or miss its step.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::Key;

/// One pod of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pod {
    /// Namespace, name, uid.
    pub key: Key,
    /// Annotation `workflows.argoproj.io/node-id`: the step it runs.
    pub node_id: Option<Arc<str>>,
    /// Annotation `workflows.argoproj.io/node-name`.
    pub node_name: Option<Arc<str>>,
    /// `status.phase`: Pending, Running, Succeeded, Failed, Unknown.
    pub phase: Arc<str>,
    /// `spec.nodeName`.
    pub host: Option<Arc<str>>,
    /// Why it waits: of a container (`ImagePullBackOff: …`) or of the scheduler (`Unschedulable: …`).
    pub reason: Option<Arc<str>>,
    /// Its containers in order of start: init containers first.
    pub containers: Vec<Container>,
    /// `metadata.deletionTimestamp` is set.
    pub deleting: bool,
}

impl Pod {
    /// When its work began, as far as a container tells: the first that is neither an init container nor Argo's own (`wait`).
    pub fn began(&self) -> Option<Timestamp> {
        self.containers
            .iter()
            .filter(|container| !container.init && &*container.name != "wait")
            .filter_map(|container| match &container.state {
                ContainerState::Waiting(_) => None,
                ContainerState::Running(since) | ContainerState::Ended { since, .. } => *since,
            })
            .min()
    }
}

/// This container is not the step's own but the executor's, which starts it and collects what it leaves.
/// Source: Argo Workflows, `workflow/common/common.go`, and `supervisor` of 4.1.
pub fn is_executor(container: &str) -> bool {
    matches!(container, "init" | "wait" | "supervisor")
}

/// One container of a pod.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Container {
    /// Name: `main`, `wait`, `init` …
    pub name: Arc<str>,
    /// It is an init container.
    pub init: bool,
    /// What it does now.
    pub state: ContainerState,
    /// Restarts so far.
    pub restarts: u32,
}

/// What a container does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ContainerState {
    /// Not started, with the kubelet's reason.
    Waiting(Option<Arc<str>>),
    /// Runs since.
    Running(Option<Timestamp>),
    /// Over.
    Ended {
        /// Exit code.
        code: i32,
        /// `Completed`, `Error`, `OOMKilled` …
        reason: Option<Arc<str>>,
        /// Since when it ran.
        since: Option<Timestamp>,
        /// When.
        at: Option<Timestamp>,
    },
}
