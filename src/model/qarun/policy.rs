//! The rules a QARun is run by: again or not, how long, until when it is kept, and why there is one.
//! Apart from what is verified.

use serde::{Deserialize, Serialize};

/// When something that ended is tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Retry {
    /// How often at most, beside the first time.
    pub limit: u32,
    /// What counts.
    pub on: RetryOn,
    /// How long is waited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<Backoff>,
}

/// What is a reason to try again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RetryOn {
    /// What is not the service's fault: nodes, images, evictions, the network of the cluster.
    #[default]
    Infrastructure,
    /// A criterion that is not met.
    TestFailure,
    /// Either.
    Both,
}

impl RetryOn {
    /// Whether something that ended so is tried again.
    pub fn counts(self, infrastructure: bool) -> bool {
        match self {
            Self::Infrastructure => infrastructure,
            Self::TestFailure => !infrastructure,
            Self::Both => true,
        }
    }
}

/// How long is waited before the next try: `seconds`, then `factor` times as long each time, never more than `maxSeconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Backoff {
    /// Before the second try.
    pub seconds: u32,
    /// What it grows by.
    pub factor: u32,
    /// The longest wait.
    pub max_seconds: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            seconds: 10,
            factor: 2,
            max_seconds: 300,
        }
    }
}

impl Backoff {
    /// Seconds before try `n`, counted from 1: before the first there are none.
    pub fn before(self, n: u32) -> u32 {
        let Some(times) = n.checked_sub(2) else {
            return 0;
        };
        let grown = self.factor.max(1).saturating_pow(times);
        self.seconds.saturating_mul(grown).min(self.max_seconds)
    }
}

/// How long things may take, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Timeouts {
    /// An attempt, from its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_seconds: Option<u32>,
    /// A criterion that says nothing itself; one of kind `manual` has as long as the attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criterion_seconds: Option<u32>,
}

impl Timeouts {
    /// An attempt, where nothing is said: an hour.
    pub const RUN: u32 = 3600;
    /// An attempt that waits for people, where nothing is said: three days.
    pub const RUN_WITH_PEOPLE: u32 = 3 * 24 * 3600;
    /// A criterion, where nothing is said: ten minutes.
    pub const CRITERION: u32 = 600;

    /// An attempt; `people`: a criterion waits for somebody.
    pub fn run(self, people: bool) -> u32 {
        let unsaid = if people {
            Self::RUN_WITH_PEOPLE
        } else {
            Self::RUN
        };
        self.run_seconds.unwrap_or(unsaid)
    }

    /// A criterion that says nothing itself.
    pub fn criterion(self) -> u32 {
        self.criterion_seconds.unwrap_or(Self::CRITERION)
    }
}

/// How long things are kept, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ttl {
    /// A QARun that succeeded is deleted so long after its end; never, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_seconds: Option<u32>,
    /// The same of one that ended otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_seconds: Option<u32>,
    /// The workflow of an attempt stays so long after its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_seconds: Option<u32>,
}

impl Ttl {
    /// How long a workflow stays, where nothing is said: a week. Long enough for a controller that was away to read it.
    pub const WORKFLOW: u32 = 7 * 24 * 3600;

    /// How long a workflow stays.
    pub fn workflow(self) -> u32 {
        self.workflow_seconds.unwrap_or(Self::WORKFLOW)
    }

    /// How long after its end a QARun is deleted; nothing: never.
    pub fn run(self, succeeded: bool) -> Option<u32> {
        if succeeded {
            self.success_seconds
        } else {
            self.failure_seconds
        }
    }
}

/// How an attempt is ended, in Argo's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Shutdown {
    /// Exit handlers run.
    Stop,
    /// They do not.
    Terminate,
}

/// Why there is a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Trigger {
    /// What asked for it.
    pub kind: TriggerKind,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Of what: a pull request's URL, a status, a schedule's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// What asked for a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TriggerKind {
    /// A person.
    #[default]
    Manual,
    /// A task reached a status.
    TaskStatus,
    /// A pull request.
    PullRequest,
    /// The time.
    Schedule,
}
