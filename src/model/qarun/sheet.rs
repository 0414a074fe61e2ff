//! A QARun as the one that is looked at shows it: what was asked for, its attempts, and what was found of each criterion.
//! Apart from [`super::Brief`], of which there are thousands.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Attempt, Finding, Phase, Verdict};
use crate::model::key::Key;

/// Everything that is shown of one. All text is clean, and what looks like a credential in it is masked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// Namespace, name, uid.
    pub key: Key,
    /// `metadata.resourceVersion` as a number, 0 where it is not one.
    pub version: u64,
    /// Task Master's task id.
    pub task: Option<Arc<str>>,
    /// The service under test.
    pub service: Arc<str>,
    /// Names of the environments.
    pub environments: Vec<Arc<str>>,
    /// What its workflows are made of.
    pub template: Arc<str>,
    /// Repository and revision, as far as they are named.
    pub project: Option<Arc<str>>,
    /// Who or what asked for it.
    pub trigger: Option<Arc<str>>,
    /// `status.phase`; `None`: no controller has seen it.
    pub phase: Option<Phase>,
    /// What was found of the whole.
    pub verdict: Option<Verdict>,
    /// Why it is as it is.
    pub message: Option<Arc<str>>,
    /// `spec.suspend`.
    pub suspended: bool,
    /// `spec.shutdown`.
    pub shutdown: Option<Arc<str>>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When the first attempt started.
    pub started: Option<Timestamp>,
    /// When the last attempt ended.
    pub finished: Option<Timestamp>,
    /// When the next attempt starts.
    pub next: Option<Timestamp>,
    /// Every attempt, the first first.
    pub attempts: Vec<Attempt>,
    /// What was found of each criterion, in order of attention.
    pub criteria: Vec<Finding>,
}
