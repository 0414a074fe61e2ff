//! A task as a bridge sees it: what is to be verified of it, its digest, and what it was told.
//! Apart from the task itself, of which most is for people.

use super::report::Entry;
use super::rules::Rules;
use super::ticks::CheckBox;
use crate::model::qarun::Spec;
use crate::model::task::{Task, content};
use crate::wire::taskmaster::edit::Target;

/// A task or subtask.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Which.
    pub target: Target,
    /// What it says, as it was read.
    pub task: Task,
    /// Digest of what is to be verified; the same as long as that is.
    pub hash: String,
    /// The QARun it would get; else why it gets none, a sentence.
    pub spec: Result<Spec, String>,
    /// What it was told.
    pub entry: Option<Entry>,
    /// Checkboxes of its document, where verdicts tick them.
    pub boxes: Vec<CheckBox>,
}

/// Where tasks come from.
pub trait Source: Send + Sync {
    /// All of them, as they are now, under these rules; and what is wrong beside them, a sentence each with its place.
    ///
    /// # Errors
    /// A sentence where they cannot be read, with the place.
    fn subjects(&self, rules: &Rules) -> Result<(Vec<Subject>, Vec<String>), String>;

    /// The rules as they are now; nothing where they cannot change.
    ///
    /// # Errors
    /// A sentence where they have a mistake, with the place.
    fn rules(&self) -> Result<Option<Rules>, String> {
        Ok(None)
    }
}

impl Subject {
    /// What it says of itself is the same, whatever its status and whatever others noted.
    pub(super) fn says_the_same(&self, task: &Task) -> bool {
        content(&self.task, None) == content(task, None)
    }
}
