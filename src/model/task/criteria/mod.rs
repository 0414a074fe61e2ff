//! Acceptance criteria out of what people wrote: a document with checkboxes, a block in the details, a field, or else the test strategy.
//! Apart from the rules of a project, which change what was found here.
//!
//! Where criteria are was counted in public projects: one task in two hundred has a heading for them, nineteen in twenty have a
//! `testStrategy`, three quarters of which are a paragraph. So text is split where a list, a sentence or a clause begins, and every
//! piece keeps the bytes it was read from. A check is made only of what the text names: a command, a URL with its answer.
//! All else is for a person, with a note of what a rule could make of it ([`super::Lean`]).

mod block;
mod command;
mod curl;
mod document;
mod judge;
mod lines;
pub(super) mod name;
mod prose;
mod strategy;
mod unit;
mod words;

use super::{Acceptance, Candidate, Task};
use unit::{Origin, Unit};

/// A document of acceptance criteria: where it is, and what it says.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// Its path, as it is shown.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// The criteria of a task, in the order they were read. What is said twice is one; the test strategy is read only where nothing
/// else says what must hold.
pub fn found(task: &Task, document: Option<Document<'_>>) -> Vec<Candidate> {
    let mut all = Vec::new();
    if let Some(document) = document {
        let units = document::units(document.text);
        all.extend(judge::all(
            units,
            Origin::Document,
            "file",
            Some(document.path),
        ));
    }
    for (field, text) in [
        ("details", &task.details),
        ("testStrategy", &task.test_strategy),
        ("description", &task.description),
    ] {
        let units = block::units(text);
        all.extend(judge::all(units, Origin::Block, field, None));
    }
    all.extend(acceptance(&task.acceptance));
    if all.is_empty() {
        let units = strategy::units(&task.test_strategy);
        all.extend(judge::all(units, Origin::Strategy, "testStrategy", None));
    }
    name::unique(all)
}

/// `acceptanceCriteria`: lines of a text, or a text each.
fn acceptance(field: &Acceptance) -> Vec<Candidate> {
    let read = |units: Vec<Unit>| judge::all(units, Origin::Field, "acceptanceCriteria", None);
    match field {
        Acceptance::Unsaid => Vec::new(),
        Acceptance::Text(text) => read(strategy::units(text)),
        Acceptance::List(texts) => {
            let whole = |text: &String| Unit::whole(text);
            read(texts.iter().filter_map(whole).collect())
        }
    }
}

#[cfg(test)]
mod tests;
