//! `status` of a QARun: what a controller found, whole enough to be read when workflow, pods and logs are gone.
//! Apart from the spec, which only people write.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Phase, Verdict};

/// What became of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// `metadata.generation` this is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// How far it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// What was found; nothing while it is not over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The attempt all but `attempts` is about, from 1; nothing before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Every attempt, the first first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// How many criteria have a verdict, of how many: `3/7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// Names of the environments, by commas, for the column of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// What was found of each criterion, in each environment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<CriterionStatus>,
    /// Name of the first step that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_step: Option<String>,
    /// Why it is as it is, a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Facts, by type ([`condition`]).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// When the first attempt started. From here on the spec is fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When the last attempt ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// When the next attempt starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Timestamp>,
    /// What it used, all attempts together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_seconds: Option<ResourceSeconds>,
    /// Where its artifacts are; never what is in them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Artifact>,
}

impl Status {
    /// The condition of this type.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|one| one.kind == kind)
    }

    /// It ended, and the attempt that is wanted was had.
    pub fn is_over(&self, wanted: u32) -> bool {
        self.phase.as_ref().is_some_and(Phase::is_over) && self.attempt.unwrap_or(0) >= wanted
    }
}

/// One try: one workflow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attempt {
    /// Which, from 1.
    pub number: u32,
    /// Name of its workflow.
    pub workflow: String,
    /// Uid of its workflow; nothing until that exists for certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_uid: Option<String>,
    /// How far it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// When it was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Its end was not the service's fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure: Option<bool>,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What was found of a criterion, in one environment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CriterionStatus {
    /// Id of the criterion.
    pub id: String,
    /// Name of the environment; nothing where the spec names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// What was found; nothing while it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The attempt that found it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Id of the workflow's node that proved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What it is known from: the last lines of an output, an answer's status, somebody's note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Name of the artifact that holds the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact: Option<String>,
    /// Why it is as it is, a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When its step began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When its step ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

/// Types of conditions.
pub mod condition {
    /// A workflow can be made of the spec. `False`: the message says what is wrong with it.
    pub const ACCEPTED: &str = "Accepted";
    /// The workflow of the attempt exists. `False` with the reason `Conflict`: another object has its name.
    pub const SCHEDULED: &str = "Scheduled";
    /// The run is over.
    pub const COMPLETE: &str = "Complete";
    /// Verdicts and references of artifacts are in the status.
    pub const RECORDED: &str = "Recorded";
    /// The workflow was gone before they were.
    pub const ARTIFACTS_LOST: &str = "ArtifactsLost";
}

/// A fact of the status. Source: `metav1.Condition`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether.
    pub status: ConditionStatus,
    /// `metadata.generation` it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Since when it is as it is.
    pub last_transition_time: Timestamp,
    /// Why, a word.
    pub reason: String,
    /// Why, a sentence.
    #[serde(default)]
    pub message: String,
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConditionStatus {
    /// It does.
    True,
    /// It does not.
    False,
    /// Nobody knows; also what this program cannot read.
    #[serde(other)]
    Unknown,
}

/// What a run used: Argo's estimate, the amount asked for times its duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceSeconds {
    /// Seconds of one processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<u64>,
    /// Seconds of 100 MiB of memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
}

/// Where an artifact is: what is needed to fetch it with the workflow's own repository, never its bytes and no key of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Artifact {
    /// Its name.
    pub name: String,
    /// Id of the criterion it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criterion: Option<String>,
    /// Name of the environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Id of the workflow's node that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The attempt that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Key in the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Bucket, where the workflow names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// Address of the store, where the workflow names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}
