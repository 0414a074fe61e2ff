//! The states a run and a step can be in: Argo's own phases, and what a person needs to know instead.
//! Apart from the objects, because every layer above speaks in these words.

use serde::{Deserialize, Serialize};

/// `status.phase` of a Workflow. Source: Argo Workflows v4.1.2, `WorkflowPhase`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// No phase: the controller has not seen it, or a retry was just asked for.
    #[default]
    New,
    /// `Pending`.
    Pending,
    /// `Running`.
    Running,
    /// `Succeeded`.
    Succeeded,
    /// `Failed`.
    Failed,
    /// `Error`.
    Error,
    /// A word this program does not know.
    Unknown,
}

impl Phase {
    /// From the API's word; empty is [`Phase::New`].
    pub fn parse(word: &str) -> Self {
        match word {
            "" => Self::New,
            "Pending" => Self::Pending,
            "Running" => Self::Running,
            "Succeeded" => Self::Succeeded,
            "Failed" => Self::Failed,
            "Error" => Self::Error,
            _ => Self::Unknown,
        }
    }

    /// Succeeded, Failed or Error.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Error)
    }

    /// The API's word; empty where there is none yet.
    pub fn api_word(self) -> &'static str {
        match self {
            Self::New | Self::Unknown => "",
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Error => "Error",
        }
    }
}

/// `phase` of a node in `status.nodes`. Source: Argo Workflows v4.1.2, `NodePhase`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StepPhase {
    /// No phase, or a word this program does not know.
    #[default]
    Unknown,
    /// `Pending`.
    Pending,
    /// `Running`.
    Running,
    /// `Succeeded`.
    Succeeded,
    /// `Skipped`.
    Skipped,
    /// `Omitted`.
    Omitted,
    /// `Failed`.
    Failed,
    /// `Error`.
    Error,
}

impl StepPhase {
    /// From the API's word.
    pub fn parse(word: &str) -> Self {
        match word {
            "Pending" => Self::Pending,
            "Running" => Self::Running,
            "Succeeded" => Self::Succeeded,
            "Skipped" => Self::Skipped,
            "Omitted" => Self::Omitted,
            "Failed" => Self::Failed,
            "Error" => Self::Error,
            _ => Self::Unknown,
        }
    }

    /// The API's word; empty where there is none. Source: Argo Workflows v4.1.2, `NodePhase`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Skipped => "Skipped",
            Self::Omitted => "Omitted",
            Self::Failed => "Failed",
            Self::Error => "Error",
        }
    }

    /// Nothing more will happen to the step.
    pub fn is_done(self) -> bool {
        !matches!(self, Self::Unknown | Self::Pending | Self::Running)
    }

    /// Failed or Error.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Error)
    }
}

/// What a person needs to know of a run or a step: a glyph, a word and a colour role each.
/// The order is the order of attention: what needs a human comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    /// Ended because a step failed.
    Failed,
    /// Ended because the platform failed: controller, node, image, storage.
    Error,
    /// Waits for a person to approve.
    Approve,
    /// Cannot go on by itself and does not say so: image, scheduling, configuration.
    Stuck,
    /// Nobody works on it: no controller took it up, or its pod vanished.
    Lost,
    /// Waits for a lock or in a queue.
    Waiting,
    /// Suspended by a person or by a timed pause.
    Suspended,
    /// Works.
    Running,
    /// Will start by itself.
    Pending,
    /// Promised by the spec, not created yet (steps only).
    NotStarted,
    /// Left out by a condition or by a failure before it (steps only).
    Skipped,
    /// Ended well.
    Succeeded,
    /// An object that could not be read.
    Malformed,
}

impl State {
    /// All states, in attention order.
    pub const ALL: [Self; 13] = [
        Self::Failed,
        Self::Error,
        Self::Approve,
        Self::Stuck,
        Self::Lost,
        Self::Waiting,
        Self::Suspended,
        Self::Running,
        Self::Pending,
        Self::NotStarted,
        Self::Skipped,
        Self::Succeeded,
        Self::Malformed,
    ];

    /// The word on screen and in `status:` filters, at most 9 cells.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "Failed",
            Self::Error => "Error",
            Self::Approve => "Approve",
            Self::Stuck => "Stuck",
            Self::Lost => "Lost",
            Self::Waiting => "Waiting",
            Self::Suspended => "Suspended",
            Self::Running => "Running",
            Self::Pending => "Pending",
            Self::NotStarted => "Not started",
            Self::Skipped => "Skipped",
            Self::Succeeded => "Succeeded",
            Self::Malformed => "Malformed",
        }
    }

    /// Failed, Error: ended badly.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Error)
    }

    /// Wants a person: ended badly, waits for one, or cannot go on.
    pub fn needs_human(self) -> bool {
        matches!(
            self,
            Self::Failed | Self::Error | Self::Approve | Self::Stuck | Self::Lost | Self::Malformed
        )
    }

    /// Not ended yet.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Approve
                | Self::Stuck
                | Self::Lost
                | Self::Waiting
                | Self::Suspended
                | Self::Running
                | Self::Pending
                | Self::NotStarted
        )
    }
}
