//! The shapes of an Argo Workflow object as far as they are read, borrowed from the input.
//! Apart from what they mean: the meaning is in [`super::facts()`] and [`super::workflow()`].
//!
//! Source: Argo Workflows v4.1.2, `pkg/apis/workflow/v1alpha1`. Every field is optional; unknown fields are skipped unread.
//! The type parameters are what differs between a glance and a full read: a glance reads past inputs, outputs and task lists.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::artifact::Located;
use super::lax::{Flag, Number, Text};
use super::nest::{List, Obj, Pairs};
use super::row::Meta;
use super::spec::{Inputs, Parameter, Pause, Spec, Template, TemplateRef};

/// A whole Workflow, read in full.
pub type FullObject<'a> = Object<'a, Obj<Inputs<'a>>, Obj<Outputs<'a>>, Template<'a>>;
/// A whole Workflow, only glanced at.
pub type LightObject<'a> = Object<'a, IgnoredAny, IgnoredAny, Pause<'a>>;

/// The object.
#[derive(Debug, Deserialize)]
#[serde(
    default,
    bound = "I: Deserialize<'de> + Default, O: Deserialize<'de> + Default, T: Deserialize<'de>"
)]
pub struct Object<'a, I, O, T> {
    /// `metadata`.
    #[serde(borrow)]
    pub metadata: Obj<Meta<'a>>,
    /// `spec`.
    #[serde(borrow)]
    pub spec: Obj<Spec<'a, T>>,
    /// `status`.
    #[serde(borrow)]
    pub status: Obj<Status<'a, I, O, T>>,
}

impl<I, O, T> Default for Object<'_, I, O, T> {
    fn default() -> Self {
        Self {
            metadata: Obj::default(),
            spec: Obj::default(),
            status: Obj::default(),
        }
    }
}

/// `status`.
#[derive(Debug, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    bound = "I: Deserialize<'de> + Default, O: Deserialize<'de> + Default, T: Deserialize<'de>"
)]
pub struct Status<'a, I, O, T> {
    /// `phase`.
    #[serde(borrow)]
    pub phase: Text<'a>,
    /// `message`.
    #[serde(borrow)]
    pub message: Text<'a>,
    /// `startedAt`.
    #[serde(borrow)]
    pub started_at: Text<'a>,
    /// `finishedAt`.
    #[serde(borrow)]
    pub finished_at: Text<'a>,
    /// `progress`.
    #[serde(borrow)]
    pub progress: Text<'a>,
    /// `estimatedDuration`, seconds.
    pub estimated_duration: Number,
    /// `nodes`, by id.
    #[serde(borrow)]
    pub nodes: Pairs<'a, Obj<Node<'a, I, O>>>,
    /// `compressedNodes`.
    #[serde(borrow)]
    pub compressed_nodes: Text<'a>,
    /// `offloadNodeStatusVersion`.
    #[serde(borrow)]
    pub offload_node_status_version: Text<'a>,
    /// `storedWorkflowTemplateSpec`.
    #[serde(borrow)]
    pub stored_workflow_template_spec: Obj<Spec<'a, T>>,
    /// `storedTemplates`, by `scope/object/template`.
    #[serde(borrow)]
    pub stored_templates: Pairs<'a, Obj<T>>,
    /// `synchronization`.
    #[serde(borrow)]
    pub synchronization: Obj<Synchronization<'a>>,
    /// `conditions`.
    #[serde(borrow)]
    pub conditions: List<Obj<Condition<'a>>>,
    /// `outputs`.
    #[serde(borrow)]
    pub outputs: Obj<Inputs<'a>>,
    /// `resourcesDuration`.
    pub resources_duration: Obj<Resources>,
    /// `artifactRepositoryRef`: the store that was chosen when it began.
    #[serde(borrow)]
    pub artifact_repository_ref: Obj<RepositoryRef<'a>>,
}

/// `artifactRepositoryRef`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RepositoryRef<'a> {
    /// `artifactRepository`, a copy of the store's own settings.
    #[serde(borrow)]
    pub artifact_repository: Obj<Located<'a>>,
}

impl<I, O, T> Default for Status<'_, I, O, T> {
    fn default() -> Self {
        Self {
            phase: Text::default(),
            message: Text::default(),
            started_at: Text::default(),
            finished_at: Text::default(),
            progress: Text::default(),
            estimated_duration: Number::default(),
            nodes: Pairs::default(),
            compressed_nodes: Text::default(),
            offload_node_status_version: Text::default(),
            stored_workflow_template_spec: Obj::default(),
            stored_templates: Pairs::default(),
            synchronization: Obj::default(),
            conditions: List::default(),
            outputs: Obj::default(),
            resources_duration: Obj::default(),
            artifact_repository_ref: Obj::default(),
        }
    }
}

/// `resourcesDuration`: seconds of requested cpu, and of 100Mi memory.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// `cpu`.
    pub cpu: Number,
    /// `memory`.
    pub memory: Number,
}

/// One of `status.conditions`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Condition<'a> {
    /// `type`.
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    /// `status`.
    #[serde(borrow)]
    pub status: Text<'a>,
    /// `message`.
    #[serde(borrow)]
    pub message: Text<'a>,
}

/// `status.synchronization`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Synchronization<'a> {
    /// `mutex`.
    #[serde(borrow)]
    pub mutex: Obj<Locks<'a>>,
    /// `semaphore`.
    #[serde(borrow)]
    pub semaphore: Obj<Locks<'a>>,
}

/// Locks of one sort. What is held says nothing that a person waits for and is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Locks<'a> {
    /// `waiting`.
    #[serde(borrow)]
    pub waiting: List<Obj<Lock<'a>>>,
}

/// One lock: a mutex has one `holder`, a semaphore `holders`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Lock<'a> {
    /// `mutex`.
    #[serde(borrow)]
    pub mutex: Text<'a>,
    /// `semaphore`.
    #[serde(borrow)]
    pub semaphore: Text<'a>,
    /// `holder`.
    #[serde(borrow)]
    pub holder: Text<'a>,
    /// `holders`.
    #[serde(borrow)]
    pub holders: List<Text<'a>>,
}

/// One of `status.nodes`.
#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    bound = "I: Deserialize<'de> + Default, O: Deserialize<'de> + Default"
)]
pub struct Node<'a, I, O> {
    /// `id`.
    #[serde(borrow)]
    pub id: Text<'a>,
    /// `name`.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// `displayName`.
    #[serde(borrow)]
    pub display_name: Text<'a>,
    /// `type`.
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    /// `phase`.
    #[serde(borrow)]
    pub phase: Text<'a>,
    /// `templateName`.
    #[serde(borrow)]
    pub template_name: Text<'a>,
    /// `templateRef`.
    #[serde(borrow)]
    pub template_ref: Obj<TemplateRef<'a>>,
    /// `templateScope`: `local/wf`, `namespaced/template`, `cluster/template`.
    #[serde(borrow)]
    pub template_scope: Text<'a>,
    /// `boundaryID`.
    #[serde(borrow, rename = "boundaryID")]
    pub boundary_id: Text<'a>,
    /// `message`.
    #[serde(borrow)]
    pub message: Text<'a>,
    /// `startedAt`.
    #[serde(borrow)]
    pub started_at: Text<'a>,
    /// `finishedAt`.
    #[serde(borrow)]
    pub finished_at: Text<'a>,
    /// `progress`.
    #[serde(borrow)]
    pub progress: Text<'a>,
    /// `daemoned`.
    pub daemoned: Flag,
    /// `nodeFlag`.
    pub node_flag: Obj<NodeFlag>,
    /// `children`: ids.
    #[serde(borrow)]
    pub children: List<Text<'a>>,
    /// `hostNodeName`.
    #[serde(borrow)]
    pub host_node_name: Text<'a>,
    /// `memoizationStatus`.
    pub memoization_status: Obj<Memoization>,
    /// `synchronizationStatus`.
    #[serde(borrow)]
    pub synchronization_status: Obj<NodeLock<'a>>,
    /// `inputs`.
    pub inputs: I,
    /// `outputs`.
    pub outputs: O,
}

/// `nodeFlag`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeFlag {
    /// `hooked`.
    pub hooked: Flag,
    /// `retried`: an attempt of a Retry node.
    pub retried: Flag,
}

/// `memoizationStatus`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Memoization {
    /// `hit`.
    pub hit: Flag,
}

/// `synchronizationStatus`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeLock<'a> {
    /// `waiting`: name of the lock.
    #[serde(borrow)]
    pub waiting: Text<'a>,
}

/// `outputs` of a node.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Outputs<'a> {
    /// `parameters`.
    #[serde(borrow)]
    pub parameters: List<Obj<Parameter<'a>>>,
    /// `artifacts`.
    #[serde(borrow)]
    pub artifacts: List<Obj<Located<'a>>>,
    /// `result`.
    #[serde(borrow)]
    pub result: Text<'a>,
    /// `exitCode`.
    #[serde(borrow)]
    pub exit_code: Text<'a>,
}

/// Anything of which only the name is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Named<'a> {
    /// `name`.
    #[serde(borrow)]
    pub name: Text<'a>,
}
