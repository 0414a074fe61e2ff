//! How far a QARun is, and what it found.
//! Apart from a workflow's phase: a run can be cancelled or wait for a person, and a green workflow is not yet a verdict.

use serde::{Deserialize, Serialize};

use crate::model::phase::State;

/// `status.phase`. `Pending`, `Running`, `Succeeded` and `Failed` are those of the platform's other runs; a phase this program
/// does not know is kept as it was written, and is not over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Phase {
    /// Nothing runs yet: not looked at, waiting for its turn, or between two attempts.
    #[default]
    Pending,
    /// A workflow is at work.
    Running,
    /// `spec.suspend`, or nothing goes on without a person: a manual criterion is all that is left.
    Suspended,
    /// Over: every required criterion is met. The verdict is `pass`.
    Succeeded,
    /// Over: a required criterion is not met. The verdict is `fail`.
    Failed,
    /// Over: nobody can say, for lack of machines, images, rights or time. The verdict is `inconclusive`.
    Error,
    /// Over: somebody asked for it (`spec.shutdown`). The verdict is `inconclusive`, or `fail` where a required criterion had failed.
    Cancelled,
    /// Another word.
    Other(String),
}

impl Phase {
    /// All that are known, in the order of a life.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Running,
        Self::Suspended,
        Self::Succeeded,
        Self::Failed,
        Self::Error,
        Self::Cancelled,
    ];

    /// The API's word.
    pub fn word(&self) -> &str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Suspended => "Suspended",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Error => "Error",
            Self::Cancelled => "Cancelled",
            Self::Other(word) => word,
        }
    }

    /// The state of a run that is as far.
    pub fn state(&self) -> State {
        match self {
            Self::Pending => State::Pending,
            Self::Running => State::Running,
            Self::Suspended => State::Suspended,
            Self::Succeeded => State::Succeeded,
            Self::Failed | Self::Cancelled => State::Failed,
            Self::Error => State::Error,
            Self::Other(_) => State::Malformed,
        }
    }

    /// It ended; only another attempt changes that.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Error | Self::Cancelled
        )
    }
}

impl From<String> for Phase {
    fn from(word: String) -> Self {
        let known = Self::ALL.into_iter().find(|phase| phase.word() == word);
        known.unwrap_or(Self::Other(word))
    }
}

impl From<Phase> for String {
    fn from(phase: Phase) -> Self {
        phase.word().to_owned()
    }
}

/// What was found, of a criterion or of a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// Nobody can say; also what this program cannot read.
    #[serde(other)]
    Inconclusive,
}

impl Verdict {
    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// The verdict of several together: one fail is a fail, else one that is not known is not known. Of none it is not known.
    pub fn of_all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let worst = verdicts.into_iter().max_by_key(|verdict| match verdict {
            Self::Pass => 0,
            Self::Inconclusive => 1,
            Self::Fail => 2,
        });
        worst.unwrap_or(Self::Inconclusive)
    }
}
