//! How far a task is, and how much it matters, in Task Master's words.
//! Apart from the task: what these words mean for others is a rule of its own.

use serde::{Deserialize, Serialize};

/// `status` of a task. Words that Task Master does not take are kept as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Status {
    /// Somebody is to look at it.
    Review,
    /// Somebody works on it.
    InProgress,
    /// Nobody works on it yet; also where nothing is said.
    #[default]
    Pending,
    /// Something outside keeps it.
    Blocked,
    /// Later.
    Deferred,
    /// It is done.
    Done,
    /// It is done, in a word that files have and Task Master's own commands refuse.
    Completed,
    /// It will not be done.
    Cancelled,
    /// Another word.
    Other(String),
}

impl Status {
    /// All that are known, those first that want somebody.
    pub const ALL: [Self; 8] = [
        Self::Review,
        Self::InProgress,
        Self::Pending,
        Self::Blocked,
        Self::Deferred,
        Self::Done,
        Self::Completed,
        Self::Cancelled,
    ];

    /// The word.
    pub fn word(&self) -> &str {
        match self {
            Self::Review => "review",
            Self::InProgress => "in-progress",
            Self::Pending => "pending",
            Self::Blocked => "blocked",
            Self::Deferred => "deferred",
            Self::Done => "done",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Other(word) => word,
        }
    }

    /// What depends on it may begin.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done | Self::Completed)
    }

    /// Nobody will go on with it.
    pub fn is_over(&self) -> bool {
        self.is_done() || *self == Self::Cancelled
    }
}

impl From<String> for Status {
    fn from(word: String) -> Self {
        let known = Self::ALL.into_iter().find(|status| status.word() == word);
        known.unwrap_or(Self::Other(word))
    }
}

impl From<Status> for String {
    fn from(status: Status) -> Self {
        status.word().to_owned()
    }
}

/// `priority` of a task. Words that Task Master does not take are kept as they were written, and count as medium.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Priority {
    /// Before high; some files have it.
    Critical,
    /// First.
    High,
    /// Also where nothing is said.
    #[default]
    Medium,
    /// Last.
    Low,
    /// Another word.
    Other(String),
}

impl Priority {
    /// All that are known, the most pressing first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word.
    pub fn word(&self) -> &str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Other(word) => word,
        }
    }

    /// How pressing it is; 0 the most.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Critical => 0,
            Self::High => 1,
            Self::Medium | Self::Other(_) => 2,
            Self::Low => 3,
        }
    }
}

impl From<String> for Priority {
    fn from(word: String) -> Self {
        let known = Self::ALL.into_iter().find(|one| one.word() == word);
        known.unwrap_or(Self::Other(word))
    }
}

impl From<Priority> for String {
    fn from(priority: Priority) -> Self {
        priority.word().to_owned()
    }
}
