//! The shapes of a workflow's spec: step templates, tasks, parameters.
//! Apart from [`super::argo`], which has the object around it and its status.
//!
//! Source: Argo Workflows v4.1.2, `pkg/apis/workflow/v1alpha1`.

use serde::Deserialize;

use super::argo::Named;
use super::artifact::Located;
use super::lax::{Flag, Number, Present, Text};
use super::nest::{List, Obj};
use super::row::Meta;

/// `spec`, and `status.storedWorkflowTemplateSpec`.
#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "camelCase", bound = "T: Deserialize<'de>")]
pub struct Spec<'a, T> {
    /// `suspend`.
    pub suspend: Flag,
    /// `shutdown`.
    #[serde(borrow)]
    pub shutdown: Text<'a>,
    /// `entrypoint`.
    #[serde(borrow)]
    pub entrypoint: Text<'a>,
    /// `onExit`.
    #[serde(borrow)]
    pub on_exit: Text<'a>,
    /// `workflowTemplateRef`.
    #[serde(borrow)]
    pub workflow_template_ref: Obj<TemplateRef<'a>>,
    /// `arguments`.
    #[serde(borrow)]
    pub arguments: Obj<Inputs<'a>>,
    /// `serviceAccountName`.
    #[serde(borrow)]
    pub service_account_name: Text<'a>,
    /// `parallelism`.
    pub parallelism: Number,
    /// `activeDeadlineSeconds`.
    pub active_deadline_seconds: Number,
    /// `podGC`.
    #[serde(borrow, rename = "podGC")]
    pub pod_gc: Obj<PodGc<'a>>,
    /// `archiveLogs`.
    pub archive_logs: Flag,
    /// `templates`.
    pub templates: List<Obj<T>>,
}

impl<T> Default for Spec<'_, T> {
    fn default() -> Self {
        Self {
            suspend: Flag::default(),
            shutdown: Text::default(),
            entrypoint: Text::default(),
            on_exit: Text::default(),
            workflow_template_ref: Obj::default(),
            arguments: Obj::default(),
            service_account_name: Text::default(),
            parallelism: Number::default(),
            active_deadline_seconds: Number::default(),
            pod_gc: Obj::default(),
            archive_logs: Flag::default(),
            templates: List::default(),
        }
    }
}

/// `podGC`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodGc<'a> {
    /// `strategy`.
    #[serde(borrow)]
    pub strategy: Text<'a>,
    /// `deleteDelayDuration`.
    #[serde(borrow)]
    pub delete_delay_duration: Text<'a>,
}

/// `templateRef` and `workflowTemplateRef`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TemplateRef<'a> {
    /// `name` of the object.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// `template` inside it.
    #[serde(borrow)]
    pub template: Text<'a>,
    /// `clusterScope`.
    pub cluster_scope: Flag,
}

/// `inputs`, `arguments`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Inputs<'a> {
    /// `parameters`.
    #[serde(borrow)]
    pub parameters: List<Obj<Parameter<'a>>>,
    /// `artifacts`.
    #[serde(borrow)]
    pub artifacts: List<Obj<Located<'a>>>,
}

/// A parameter.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Parameter<'a> {
    /// `name`.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// `value`.
    #[serde(borrow)]
    pub value: Text<'a>,
    /// `default`.
    #[serde(borrow)]
    pub default: Text<'a>,
    /// `enum`.
    #[serde(borrow, rename = "enum")]
    pub choices: List<Text<'a>>,
    /// `description`.
    #[serde(borrow)]
    pub description: Text<'a>,
    /// `valueFrom`.
    #[serde(borrow)]
    pub value_from: Obj<ValueFrom<'a>>,
}

/// `valueFrom`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ValueFrom<'a> {
    /// `supplied`: a person gives it.
    pub supplied: Present,
    /// `default`.
    #[serde(borrow)]
    pub default: Text<'a>,
}

/// A step template, as far as a glance needs it: whether it pauses, and what it tells the person who decides.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pause<'a> {
    /// `name`.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// `suspend`.
    #[serde(borrow)]
    pub suspend: Obj<Suspend<'a>>,
    /// `inputs`.
    #[serde(borrow)]
    pub inputs: Obj<Inputs<'a>>,
}

/// `suspend`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Suspend<'a> {
    /// `duration`: seconds, or a Go duration.
    #[serde(borrow)]
    pub duration: Text<'a>,
}

/// A step template.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Template<'a> {
    /// `name`.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// `dag`.
    #[serde(borrow)]
    pub dag: Obj<Dag<'a>>,
    /// `steps`: groups one after the other.
    #[serde(borrow)]
    pub steps: List<List<Obj<Task<'a>>>>,
    /// `suspend`.
    #[serde(borrow)]
    pub suspend: Obj<Suspend<'a>>,
    /// `containerSet`.
    #[serde(borrow)]
    pub container_set: Obj<ContainerSet<'a>>,
    /// `inputs`.
    #[serde(borrow)]
    pub inputs: Obj<Inputs<'a>>,
    /// `retryStrategy`.
    pub retry_strategy: Present,
    /// `metadata` of what runs it: labels and annotations.
    #[serde(borrow)]
    pub metadata: Obj<Meta<'a>>,
    /// `archiveLocation`.
    #[serde(borrow)]
    pub archive_location: Obj<Located<'a>>,
}

/// `dag`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Dag<'a> {
    /// `tasks`.
    #[serde(borrow)]
    pub tasks: List<Obj<Task<'a>>>,
    /// `target`: names of the tasks to reach, space-separated; what they do not need never runs.
    #[serde(borrow)]
    pub target: Text<'a>,
}

/// `containerSet`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContainerSet<'a> {
    /// `containers`.
    #[serde(borrow)]
    pub containers: List<Obj<Named<'a>>>,
}

/// A DAG task or a step.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Task<'a> {
    /// `name`.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// `template`.
    #[serde(borrow)]
    pub template: Text<'a>,
    /// `templateRef`.
    #[serde(borrow)]
    pub template_ref: Obj<TemplateRef<'a>>,
    /// `dependencies`.
    #[serde(borrow)]
    pub dependencies: List<Text<'a>>,
    /// `depends`.
    #[serde(borrow)]
    pub depends: Text<'a>,
    /// `when`.
    #[serde(borrow)]
    pub when: Text<'a>,
    /// `withItems`.
    pub with_items: Present,
    /// `withParam`.
    pub with_param: Present,
    /// `withSequence`.
    pub with_sequence: Present,
}

/// What both sorts of step templates tell about a pause.
pub trait Pauses {
    /// Name of the template.
    fn name(&self) -> &str;
    /// The `suspend` part, where it has one.
    fn suspend(&self) -> Option<&Suspend<'_>>;
    /// Its input parameters.
    fn inputs(&self) -> Option<&Inputs<'_>>;
}

impl Pauses for Pause<'_> {
    fn name(&self) -> &str {
        self.name.or_empty()
    }
    fn suspend(&self) -> Option<&Suspend<'_>> {
        self.suspend.get()
    }
    fn inputs(&self) -> Option<&Inputs<'_>> {
        self.inputs.get()
    }
}

impl Pauses for Template<'_> {
    fn name(&self) -> &str {
        self.name.or_empty()
    }
    fn suspend(&self) -> Option<&Suspend<'_>> {
        self.suspend.get()
    }
    fn inputs(&self) -> Option<&Inputs<'_>> {
        self.inputs.get()
    }
}
