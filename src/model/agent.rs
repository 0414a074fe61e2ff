//! Runs of the platform's agents, CodeRuns and DocsRuns: what wrote the code that a QARun verifies.
//! Apart from QARuns: these are only looked at.
//!
//! Source: the definitions of `orchestrator.platform/v1` and `agents.platform/v1`: `spec.taskId`, `spec.service`; `status.phase` (a free
//! word: Pending, Running, Succeeded, Failed), `status.message`, `status.pullRequestUrl` (`no-pr` where there is none), `status.qaStatus`.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::Key;
use super::phase::State;

/// Which agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Agent {
    /// Writes code for a task.
    Code,
    /// Writes documents for all tasks of a repository.
    Docs,
}

impl Agent {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Code, Self::Docs];
    /// The groups they have been in, the present one first; both have a version `v1`.
    pub const GROUPS: [&'static str; 2] = ["agents.platform", "orchestrator.platform"];

    /// Kind.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Code => "CodeRun",
            Self::Docs => "DocsRun",
        }
    }

    /// Name in paths.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Code => "coderuns",
            Self::Docs => "docsruns",
        }
    }
}

/// One run of an agent. All text is clean, and what looks like a credential in it is masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRun {
    /// Which agent.
    pub agent: Agent,
    /// One of [`Agent::GROUPS`].
    pub group: Arc<str>,
    /// Namespace, name, uid.
    pub key: Key,
    /// The task it is about.
    pub task: Option<Arc<str>>,
    /// The service it is about.
    pub service: Option<Arc<str>>,
    /// Its phase, as it stands there; `None`: its controller has said nothing.
    pub phase: Option<Arc<str>>,
    /// What its controller says.
    pub message: Option<Arc<str>>,
    /// What came of it.
    pub pull_request: Option<Arc<str>>,
    /// What its reviewer said: `approved`, `changes_requested`, `pending`.
    pub qa: Option<Arc<str>>,
    /// When it was created.
    pub created: Option<Timestamp>,
}

impl AgentRun {
    /// It is about this task, or about the one that this is a part of: agents take whole tasks.
    pub fn is_about(&self, task: &str) -> bool {
        let whole = task.split_once('.').map_or(task, |(whole, _)| whole);
        self.task
            .as_deref()
            .is_some_and(|own| own == task || own == whole)
    }

    /// The state a run in its phase has.
    pub fn state(&self) -> State {
        match self.phase.as_deref() {
            None | Some("Pending") => State::Pending,
            Some("Running") => State::Running,
            Some("Succeeded") => State::Succeeded,
            Some("Failed") => State::Failed,
            Some(_) => State::Malformed,
        }
    }
}
