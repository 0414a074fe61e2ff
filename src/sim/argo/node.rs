//! One entry of `status.nodes`, read and written as the controller writes it.
//! Apart from what changes it; this is only the shape.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::super::clock::{parse, rfc3339};

/// All nodes of a workflow, by id.
pub type Nodes = BTreeMap<String, Node>;

/// A moment, milliseconds since the epoch, written in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub i64);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(self.0))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self(parse(&text).unwrap_or_default()))
    }
}

/// `phase` of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Works.
    Running,
    /// Ended well.
    Succeeded,
    /// Left out by `when`.
    Skipped,
    /// Ended badly.
    Failed,
    /// Ended by the platform.
    Error,
    /// Left out by what it depends on.
    Omitted,
    /// Waits; what an unknown word is read as.
    #[default]
    #[serde(other)]
    Pending,
}

impl Phase {
    /// Nothing more happens.
    pub fn fulfilled(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }

    /// Failed or Error.
    pub fn bad(self) -> bool {
        matches!(self, Self::Failed | Self::Error)
    }

    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Skipped => "Skipped",
            Self::Failed => "Failed",
            Self::Error => "Error",
            Self::Omitted => "Omitted",
        }
    }
}

/// `type` of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A member of a containerSet.
    Container,
    /// A `steps` template.
    Steps,
    /// One row of steps.
    StepGroup,
    /// A `dag` template.
    #[serde(rename = "DAG")]
    Dag,
    /// Items of a fan-out in a DAG.
    TaskGroup,
    /// Attempts.
    Retry,
    /// Left out.
    Skipped,
    /// A pause.
    Suspend,
    /// A call by the agent.
    #[serde(rename = "HTTP")]
    Http,
    /// A pod; what an unknown word is read as.
    #[default]
    #[serde(other)]
    Pod,
}

impl Kind {
    /// Counts for progress. Source: Argo's `executable`.
    pub fn counts(self) -> bool {
        matches!(
            self,
            Self::Pod | Self::Container | Self::Suspend | Self::Http
        )
    }

    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pod => "Pod",
            Self::Container => "Container",
            Self::Steps => "Steps",
            Self::StepGroup => "StepGroup",
            Self::Dag => "DAG",
            Self::TaskGroup => "TaskGroup",
            Self::Retry => "Retry",
            Self::Skipped => "Skipped",
            Self::Suspend => "Suspend",
            Self::Http => "HTTP",
        }
    }
}

/// `nodeFlag`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flag {
    /// Made by a hook.
    #[serde(skip_serializing_if = "is_false")]
    pub hooked: bool,
    /// An attempt.
    #[serde(skip_serializing_if = "is_false")]
    pub retried: bool,
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// Null and absent are the same to the controller.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A node. Field names: Argo Workflows v4.1.2 `NodeStatus`, in the order of its JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Node {
    #[serde(
        rename = "boundaryID",
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub boundary: String,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daemoned: Option<bool>,
    #[serde(rename = "displayName", deserialize_with = "or_default")]
    pub display: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_duration: Option<i64>,
    #[serde(rename = "finishedAt", skip_serializing_if = "Option::is_none")]
    pub finished: Option<Time>,
    #[serde(rename = "hostNodeName", skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub inputs: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub memoization_status: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(rename = "nodeFlag", skip_serializing_if = "Option::is_none")]
    pub flag: Option<Flag>,
    #[serde(
        rename = "outboundNodes",
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub outbound: Vec<String>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub outputs: Value,
    #[serde(deserialize_with = "or_default")]
    pub phase: Phase,
    #[serde(rename = "podIP", skip_serializing_if = "Option::is_none")]
    pub pod_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    #[serde(rename = "resourcesDuration", skip_serializing_if = "Value::is_null")]
    pub resources: Value,
    #[serde(rename = "startedAt", skip_serializing_if = "Option::is_none")]
    pub started: Option<Time>,
    #[serde(
        rename = "synchronizationStatus",
        skip_serializing_if = "Value::is_null"
    )]
    pub lock: Value,
    #[serde(rename = "taskResultSynced", skip_serializing_if = "Option::is_none")]
    pub synced: Option<bool>,
    #[serde(
        rename = "templateName",
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub template: String,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub template_ref: Value,
    #[serde(
        rename = "templateScope",
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub scope: String,
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: Kind,
}

impl Node {
    /// Waits for a lock.
    pub fn waits_for_lock(&self) -> bool {
        self.phase == Phase::Pending && self.lock["waiting"].is_string()
    }

    /// Name of the template its pod is called after.
    pub fn pod_template(&self) -> &str {
        self.template_ref["template"]
            .as_str()
            .unwrap_or(&self.template)
    }
}
