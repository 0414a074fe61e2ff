//! Files of Task Master: their text and what it says.
//! Apart from the rooms that open them, so that every oddity is a text in a test.
//!
//! Sources: `tasks.json`, `state.json` and complexity reports as Task Master 0.16 to 0.43 writes them, and as public projects have them.

pub mod boxes;
pub mod edit;
pub mod json;
mod root;
pub mod rules;
mod side;
mod style;
mod task;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::model::task::{Book, Place, Problem, Tag, TaskId};

use json::{Broken, Document, Value};
pub use side::{current_tag, default_tag, report};

/// Why a text is no file of tasks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It is no JSON.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// It is JSON of another shape, or of another tool; why, and what to do.
    #[error("{0}")]
    Foreign(Problem),
}

/// Reads a file of tasks: what it says, and what is odd about it.
///
/// # Errors
/// Where it is no JSON, or there is nothing in it that Task Master would know.
pub fn tasks(bytes: &[u8]) -> Result<Book, Unread> {
    let document = Document::read(bytes)?;
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let root = root::of(text, &document.root)?;
    let mut notes = Notes {
        text,
        problems: Vec::new(),
    };
    whole(&document, &mut notes);
    for (at, what, help) in root.odd {
        notes.add(at, what, help);
    }
    let tags = (root.tags.iter())
        .map(|found| Tag {
            name: crate::model::text::clean(found.name).into(),
            description: found.description(),
            tasks: list(found.tasks, &mut notes),
        })
        .collect();
    let mut problems = notes.problems;
    problems.sort();
    Ok(Book {
        layout: root.layout,
        tags,
        problems,
    })
}

/// What is odd, with its place.
struct Notes<'t> {
    text: &'t str,
    problems: Vec<Problem>,
}

impl Notes<'_> {
    fn add(&mut self, at: usize, what: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem {
            place: Place::of(self.text, at),
            what: what.into(),
            help: help.into(),
        });
    }
}

/// What is odd about the file as a text.
fn whole(document: &Document, notes: &mut Notes<'_>) {
    if document.bom {
        notes.add(
            0,
            "it begins with a byte order mark",
            "Task Master cannot read it so: save it as UTF-8 without",
        );
    }
    for at in &document.twice {
        let key = notes.text.get(at.clone()).unwrap_or_default().to_owned();
        let what = format!("{key} is there twice in the same object");
        notes.add(at.start, what, "the last one counts");
    }
}

/// The tasks of a list, with what they say of each other made sense of.
fn list(value: &Value, notes: &mut Notes<'_>) -> Vec<crate::model::task::Task> {
    let mut tasks = task::all(value, None, notes);
    let known: HashSet<TaskId> = (tasks.iter())
        .flat_map(|task| std::iter::once(&task.task).chain(&task.subtasks))
        .map(|task| task.id.clone())
        .collect();
    for read in &mut tasks {
        read.resolve(&known, notes);
    }
    let tasks: Vec<_> = tasks.into_iter().map(task::Read::whole).collect();
    cycles(&tasks, notes);
    tasks
}

/// Tasks that wait for themselves will never be ready: each circle is named once, where its first task stands.
fn cycles(tasks: &[crate::model::task::Task], notes: &mut Notes<'_>) {
    let by_id: HashMap<&TaskId, &crate::model::task::Task> =
        tasks.iter().map(|task| (&task.id, task)).collect();
    // The state of a depth-first search: on the way, or seen to the end.
    let mut seen: BTreeMap<&TaskId, bool> = BTreeMap::new();
    for start in tasks {
        let mut way: Vec<(&TaskId, usize)> = vec![(&start.id, 0)];
        while let Some((id, next)) = way.last().copied() {
            if next == 0 && seen.insert(id, false).is_some_and(|over| over) {
                seen.insert(id, true);
                way.pop();
                continue;
            }
            let needed = by_id.get(id).and_then(|task| task.dependencies.get(next));
            let Some(needed) = needed else {
                seen.insert(id, true);
                way.pop();
                continue;
            };
            if let Some(last) = way.last_mut() {
                last.1 += 1;
            }
            if let Some(from) = way.iter().position(|(id, _)| *id == needed) {
                let circle: Vec<&str> = way[from..].iter().map(|(id, _)| id.as_str()).collect();
                let place = by_id.get(needed).map_or(0, |task| task.at.start);
                let what = format!("these tasks wait for each other: {}", circle.join(", "));
                notes.add(
                    place,
                    what,
                    "none of them will be ready: take a dependency out",
                );
            } else if by_id.contains_key(needed) && seen.get(needed) != Some(&true) {
                way.push((needed, 0));
            }
        }
    }
}

#[cfg(test)]
mod tests;
