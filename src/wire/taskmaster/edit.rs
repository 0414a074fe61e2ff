//! One thing of one task changed in the text of `tasks.json`, and not a byte more.
//! Apart from reading tasks: a file that is read and written again loses what its reader does not know, and a sixth of the files
//! there are is not what `JSON.stringify` would make of them.
//!
//! Each change is one splice. What it says is there already is not written again, so that it can be made as often as one likes.

use std::ops::Range;

use super::Unread;
use super::json::{Document, Kind, Value};
use super::root;
use super::style::{Style, quoted, says};
use crate::model::task::{Place, TaskId};
use crate::model::text::clean;

/// Which task, whatever form its id has in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// The tag; of a file without tags [`Tag::DEFAULT`](crate::model::task::Tag::DEFAULT).
    pub tag: String,
    /// The task or subtask.
    pub id: TaskId,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "task {} of `{}`", self.id, self.tag)
    }
}

/// What is to be changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// `metadata.<key>` says this.
    Metadata {
        /// The key.
        key: String,
        /// What it says.
        value: serde_json::Value,
    },
    /// The status, if it still is what it was.
    Status {
        /// What it was.
        from: String,
        /// What it becomes.
        to: String,
    },
    /// A paragraph at the end of `details`; not where it stands in them already.
    Note {
        /// The paragraph.
        text: String,
    },
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Made,
    /// It said so already.
    There,
    /// The status is neither what it was nor what it was to become: somebody else decided.
    Left {
        /// What it is.
        status: String,
    },
}

/// What a text becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The new text; nothing where nothing changes.
    pub text: Option<Vec<u8>>,
    /// What became of each change, in their order.
    pub outcomes: Vec<Outcome>,
}

/// Why nothing was changed: a sentence, with the place where there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The text is no file of tasks.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// There is no such task.
    #[error("there is no {target}")]
    Missing {
        /// Which.
        target: Target,
    },
    /// Several have the id.
    #[error(
        "{target} is there {times} times, for the second time at {second}: give each an id of its own"
    )]
    Ambiguous {
        /// Which.
        target: Target,
        /// How often.
        times: usize,
        /// Where it is there again.
        second: Place,
    },
    /// A field has a shape that nothing can be put into.
    #[error("{at}: `{field}` of {target} is {noun}, so nothing can be put into it")]
    Shape {
        /// Which.
        target: Target,
        /// `metadata`, `details`, `status`.
        field: &'static str,
        /// What it is.
        noun: &'static str,
        /// Where.
        at: Place,
    },
}

/// Makes changes, one after the other.
///
/// # Errors
/// [`Refused`]: then none of them is made.
pub fn edit(bytes: &[u8], target: &Target, changes: &[Change]) -> Result<Edited, Refused> {
    for change in changes {
        // What cannot be made is told with its place in the file as it is.
        one(bytes, target, change)?;
    }
    let mut text: Option<Vec<u8>> = None;
    let mut outcomes = Vec::with_capacity(changes.len());
    for change in changes {
        let now = text.as_deref().unwrap_or(bytes);
        let (outcome, splice) = one(now, target, change)?;
        if let Some((at, with)) = splice {
            let mut new = now.to_vec();
            new.splice(at, with.into_bytes());
            text = Some(new);
        }
        outcomes.push(outcome);
    }
    Ok(Edited { text, outcomes })
}

type Splice = (Range<usize>, String);

/// What becomes of one change, and the splice that makes it.
fn one(
    bytes: &[u8],
    target: &Target,
    change: &Change,
) -> Result<(Outcome, Option<Splice>), Refused> {
    let document = Document::read(bytes).map_err(Unread::Broken)?;
    // A document that was read is UTF-8.
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let task = Task {
        text,
        target,
        value: find(text, &document.root, target)?,
    };
    let splice = match change {
        Change::Metadata { key, value } => task.metadata(key, value)?,
        Change::Note { text } => task.note(text)?,
        Change::Status { from, to } => {
            let now = task.value.get("status");
            let now = now.and_then(Value::text).unwrap_or_default();
            if now != from && now != to {
                let status = now.to_owned();
                return Ok((Outcome::Left { status }, None));
            }
            task.set("status", to)
        }
    };
    let outcome = match splice {
        Some(_) => Outcome::Made,
        None => Outcome::There,
    };
    Ok((outcome, splice))
}

/// A task in its text.
struct Task<'t> {
    text: &'t str,
    target: &'t Target,
    value: &'t Value,
}

impl Task<'_> {
    fn style(&self) -> Style {
        Style::of(self.text, self.value, None)
    }

    /// A member of a text, replaced or put behind the others.
    fn set(&self, field: &'static str, to: &str) -> Option<Splice> {
        match self.value.get(field) {
            Some(now) if now.text() == Some(to) => None,
            Some(now) => Some((now.at.clone(), quoted(to))),
            None => Some(self.append(field, &to.into())),
        }
    }

    fn append(&self, field: &str, value: &serde_json::Value) -> Splice {
        let (at, with) = self.style().appended(self.value, field, value);
        (at..at, with)
    }

    fn metadata(&self, key: &str, value: &serde_json::Value) -> Result<Option<Splice>, Refused> {
        let style = self.style();
        let alone = || serde_json::json!({ key: value });
        let Some(metadata) = self.value.get("metadata") else {
            return Ok(Some(self.append("metadata", &alone())));
        };
        if metadata.is_null() {
            return Ok(Some((metadata.at.clone(), style.value(&alone()))));
        }
        if metadata.members().is_none() {
            return Err(self.shape("metadata", metadata));
        }
        let inner = Style::of(self.text, metadata, Some(&style));
        Ok(match metadata.get(key) {
            Some(now) if says(now, value) => None,
            Some(now) => Some((now.at.clone(), inner.value(value))),
            None => {
                let (at, with) = inner.appended(metadata, key, value);
                Some((at..at, with))
            }
        })
    }

    fn note(&self, note: &str) -> Result<Option<Splice>, Refused> {
        let Some(details) = self.value.get("details") else {
            return Ok(Some(self.append("details", &note.into())));
        };
        if details.is_null() {
            return Ok(Some((details.at.clone(), quoted(note))));
        }
        let Some(now) = details.text() else {
            return Err(self.shape("details", details));
        };
        if now.contains(note) {
            return Ok(None);
        }
        let gap = if now.trim().is_empty() { "" } else { "\n\n" };
        let more = quoted(&format!("{gap}{note}"));
        let end = details.at.end - 1;
        Ok(Some((end..end, more[1..more.len() - 1].to_owned())))
    }

    fn shape(&self, field: &'static str, value: &Value) -> Refused {
        Refused::Shape {
            target: self.target.clone(),
            field,
            noun: value.noun(),
            at: Place::of(self.text, value.at.start),
        }
    }
}

/// The object of a task, or of a subtask.
fn find<'v>(text: &str, root: &'v Value, target: &Target) -> Result<&'v Value, Refused> {
    let lists = root::of(text, root)?.tags;
    let list = lists.iter().find(|list| clean(list.name) == target.tag);
    let tasks = list.and_then(|list| list.tasks.items()).unwrap_or_default();
    let mut all: Vec<&Value> = tasks
        .iter()
        .filter(|task| id(task).as_ref() == Some(&target.id))
        .collect();
    for task in tasks {
        let subtasks = task.get("subtasks").and_then(Value::items);
        let (Some(parent), Some(subtasks)) = (id(task), subtasks) else {
            continue;
        };
        let is =
            |sub: &&Value| id(sub).is_some_and(|sub| parent.subtask(sub.as_str()) == target.id);
        all.extend(subtasks.iter().filter(is));
    }
    match all[..] {
        [one] => Ok(one),
        [] => Err(Refused::Missing {
            target: target.clone(),
        }),
        [_, second, ..] => Err(Refused::Ambiguous {
            target: target.clone(),
            times: all.len(),
            second: Place::of(text, second.at.start),
        }),
    }
}

/// An id as it is read, whatever form it has.
fn id(task: &Value) -> Option<TaskId> {
    match &task.get("id")?.kind {
        Kind::Number(raw) => Some(TaskId::new(raw.as_str())),
        Kind::Text(text) => Some(TaskId::new(clean(text.trim()))),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
