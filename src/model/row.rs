//! The little that is known of every run: what the fleet's row feed carries.
//! Apart from [`super::facts`], because ten thousand of these must fit in a few megabytes.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::Key;
use super::phase::Phase;

/// Labels Argo and the platform put on a Workflow. Source: Argo v4.1.2 `workflow/common/common.go`; `task-id`, `service` and `team` are the platform's.
pub mod label {
    /// Phase as the controller last wrote it.
    pub const PHASE: &str = "workflows.argoproj.io/phase";
    /// `true` once the workflow is over.
    pub const COMPLETED: &str = "workflows.argoproj.io/completed";
    /// Name of the WorkflowTemplate.
    pub const TEMPLATE: &str = "workflows.argoproj.io/workflow-template";
    /// Name of the ClusterWorkflowTemplate.
    pub const CLUSTER_TEMPLATE: &str = "workflows.argoproj.io/cluster-workflow-template";
    /// Name of the CronWorkflow.
    pub const CRON: &str = "workflows.argoproj.io/cron-workflow";
    /// Name of the workflow this one repeats.
    pub const RESUBMITTED_FROM: &str = "workflows.argoproj.io/resubmitted-from-workflow";
    /// Workflow of a pod.
    pub const WORKFLOW: &str = "workflows.argoproj.io/workflow";
    /// Which controller of Argo it is for; one without it is for the one that has no name.
    /// Source: Argo v4.1, `common.LabelKeyControllerInstanceID`.
    pub const INSTANCE: &str = "workflows.argoproj.io/controller-instanceid";
    /// The team it belongs to.
    pub const TEAM: &str = "team";
    /// Task Master's task id: text, `15.10` is not `15.1`.
    pub const TASK: &str = "task-id";
    /// The service under test.
    pub const SERVICE: &str = "service";
}

/// One run as the row feed shows it. All text is clean (see [`super::text::clean`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Namespace, name, uid.
    pub key: Key,
    /// `metadata.resourceVersion` as a number, 0 where it is not one. Only compared, never computed with.
    pub version: u64,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// Phase: the Status cell, else the phase label.
    pub phase: Phase,
    /// The `completed` label.
    pub completed: bool,
    /// `status.message`.
    pub message: Option<Arc<str>>,
    /// All labels, sorted by name; names and values are shared between rows.
    pub labels: Arc<[(Arc<str>, Arc<str>)]>,
    /// Why the object could not be read, if so; the other fields then hold what could.
    pub malformed: Option<Arc<str>>,
    /// Which runs it is one of, where it was made for a QARun: each of those has a name of its own ([`series`]).
    #[serde(default)]
    pub series: Option<Arc<str>>,
}

/// What QARuns have in common that verify the same: `42/refunds/acceptance`, task, service and template as far as they are known.
pub fn series(task: Option<&str>, service: Option<&str>, template: Option<&str>) -> Option<String> {
    let parts: Vec<&str> = [task, service, template].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

impl Row {
    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&Arc<str>> {
        self.labels
            .iter()
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| value)
    }

    /// What the run was launched from: cron, else template, else cluster template, else the run it repeats, else what it is
    /// verified for.
    pub fn origin(&self) -> Option<&Arc<str>> {
        [
            label::CRON,
            label::TEMPLATE,
            label::CLUSTER_TEMPLATE,
            label::RESUBMITTED_FROM,
        ]
        .iter()
        .find_map(|name| self.label(name))
        .or(self.series.as_ref())
    }

    /// Task Master's task id.
    pub fn task(&self) -> Option<&Arc<str>> {
        self.label(label::TASK)
    }
}
