//! A criterion that was found in a task and is proposed: how it would be checked, how sure that is, and why.
//! Apart from [`Criterion`], which is what a person agreed to.

use serde::{Deserialize, Serialize};

use crate::model::qarun::{Check, Comparison, Criterion};

/// A criterion that is proposed. Its text is clean; [`Criterion::provenance`] says where it was read: bytes of the file, or of the
/// field's text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// What would become of it.
    pub criterion: Criterion,
    /// The headings it stands below, joined by ` › `; clean.
    pub heading: String,
    /// How sure it is that this is a criterion, and that the check finds out what it says.
    pub confidence: Confidence,
    /// Why it is checked so, a sentence without a full stop.
    pub because: String,
    /// What a rule could make of it; nothing of that is invented here.
    pub leans: Option<Lean>,
    /// Of a checkbox, whether it is ticked.
    pub ticked: Option<bool>,
    /// It is taken unless somebody says otherwise.
    pub chosen: bool,
    /// Of the text it was read from, and of nothing else: what a person decided about it holds as long as this is the same.
    pub fingerprint: String,
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A sentence that may be one, or a check that may find out something else.
    Low,
    /// A line of a list, or a check that assumes something, which [`Candidate::because`] names.
    Medium,
    /// Somebody wrote it as a criterion, and the check is what they wrote.
    High,
}

impl Confidence {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What a text asks for without saying how: a rule of the project can complete it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Lean {
    /// A test suite that has no command.
    Tests,
    /// A threshold that has no query.
    #[serde(rename_all = "camelCase")]
    Metric {
        /// How a value is compared.
        comparison: Comparison,
        /// With what, a decimal number as it was written.
        threshold: String,
        /// Its unit, as it was written.
        unit: String,
    },
    /// A status that has no URL, or a URL whose answer is not said.
    Http,
    /// A command whose exit status does not say whether it holds.
    Command,
}

impl Lean {
    /// The word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Tests => "tests",
            Self::Metric { .. } => "metric",
            Self::Http => "http",
            Self::Command => "command",
        }
    }
}

impl Candidate {
    /// A machine finds it out.
    pub fn is_executable(&self) -> bool {
        !matches!(self.criterion.check, Check::Manual { .. } | Check::Unknown)
    }
}
