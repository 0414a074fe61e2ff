//! What becomes of the file where a task is told something, and how people hear of it.
//! Apart from the work, which is longer without it: nothing here asks or writes.

use super::subject::Subject;
use crate::model::trouble::Trouble;
use crate::wire::taskmaster::edit::{Change, Outcome, edit};
use crate::wire::taskmaster::tasks;

/// What the file becomes, and the status of the task where somebody else has decided on it.
pub(super) fn told(
    bytes: &[u8],
    subject: &Subject,
    changes: &[Change],
) -> Result<(Option<Vec<u8>>, Option<String>), String> {
    let target = &subject.target;
    let first = changes.get(..1).unwrap_or_default();
    let first = edit(bytes, target, first).map_err(|why| why.to_string())?;
    if first.text.is_none() {
        // Whoever said it has done the rest too, and what a person did since stays.
        return Ok((None, None));
    }
    let book = tasks(bytes).map_err(|why| why.to_string())?;
    let task = book
        .tag(&target.tag)
        .and_then(|tag| tag.task(target.id.as_str()));
    if !task.is_some_and(|task| subject.says_the_same(task)) {
        return Ok((None, None));
    }
    let edited = edit(bytes, target, changes).map_err(|why| why.to_string())?;
    let mut changes = changes.iter().zip(&edited.outcomes);
    let left = changes.find_map(|(_, outcome)| match outcome {
        Outcome::Left { status } => Some(status.clone()),
        _ => None,
    });
    if left.is_none() {
        return Ok((edited.text, None));
    }
    // A status that somebody else set has its own reasons: only the verdict is noted.
    Ok((first.text, left))
}

/// What was told, for people.
pub(super) fn sentence_of(subject: &Subject, changes: &[Change], left: Option<String>) -> String {
    let target = &subject.target;
    let mut text = match changes.first() {
        Some(Change::Metadata { value, .. }) => {
            let run = value["run"].as_str().unwrap_or_default();
            match value["verdict"].as_str() {
                Some(verdict) => format!("{target}: {verdict} ({run})"),
                None => format!("{target}: told of {run}"),
            }
        }
        _ => target.to_string(),
    };
    let moved = changes.iter().find_map(|change| match change {
        Change::Status { to, .. } => Some(to),
        _ => None,
    });
    match (moved, left) {
        (Some(_), Some(status)) => {
            text += &format!("; its status is {status} meanwhile, and was left so");
        }
        (Some(to), None) => text += &format!("; its status is {to} now"),
        (None, _) => {}
    }
    text
}

/// A trouble with what to do about it.
pub(super) fn sentence(why: &Trouble) -> String {
    match why.hint() {
        "" => why.to_string(),
        hint => format!("{why}. {hint}"),
    }
}
