//! What a task is told of its QARun: `metadata.qaRun`, and what follows for its status.
//! Apart from deciding when: made of the QARun alone, so that whoever writes it writes the same.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rules::Rules;
use crate::model::mask;
use crate::model::qarun::Verdict;
use crate::model::task::NOTE;
use crate::model::text::clean_message;
use crate::wire::qarun::QaRun;
use crate::wire::taskmaster::edit::Change;

/// The key below `metadata`, which Task Master leaves to others. (`metadata.qa` is what people say there about how it is verified.)
pub const KEY: &str = "qaRun";
/// Longest message, in characters: the rest is in the QARun.
const MOST: usize = 200;
/// Most criteria named in a note.
const NAMED: usize = 20;

/// `metadata.qaRun` of a task: how its QARun stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Entry {
    /// What was found; nothing while it is not over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Namespace and name of the QARun.
    pub run: String,
    /// Digest of what is verified.
    pub hash: String,
    /// The attempt that found it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// How many criteria are met, of how many: `5/7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criteria: Option<String>,
    /// When it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Why it is as it is, a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Where people look at it, by the rules' `report.link`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Entry {
    /// What a task says; nothing where it says something else than a bridge would.
    pub fn read(metadata: &serde_json::Map<String, Value>) -> Option<Self> {
        let entry: Self = serde_json::from_value(metadata.get(KEY)?.clone()).ok()?;
        (!entry.run.is_empty()).then_some(entry)
    }

    /// What is to be said of a run; nothing between two of its attempts.
    pub(super) fn of(run: &QaRun, hash: &str, rules: &Rules) -> Option<Self> {
        let (namespace, name) = (&run.metadata.namespace, &run.metadata.name);
        let link = rules.report.link.as_ref();
        let begun = Self {
            run: format!("{namespace}/{name}"),
            hash: hash.to_owned(),
            link: link.map(|link| {
                link.replace("{namespace}", namespace)
                    .replace("{name}", name)
            }),
            ..Self::default()
        };
        let Some(status) = run.status.as_ref() else {
            return Some(begun);
        };
        if !status.is_over(run.spec.attempt()) {
            return Some(begun);
        }
        let met = status.criteria.iter();
        let met = met.filter(|one| one.verdict == Some(Verdict::Pass)).count();
        let all = status.criteria.len();
        Some(Self {
            verdict: Some(status.verdict?),
            attempt: status.attempt,
            criteria: (all > 0).then(|| format!("{met}/{all}")),
            finished_at: status.finished_at,
            message: status.message.as_deref().map(said),
            ..begun
        })
    }

    /// The name of the run, if it is in this namespace.
    pub(super) fn name_in(&self, namespace: &str) -> Option<&str> {
        let (place, name) = self.run.split_once('/')?;
        (place == namespace).then_some(name)
    }

    /// As it is written.
    pub(super) fn value(&self) -> Value {
        // An entry is made of texts and numbers: there is nothing that could not be written.
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// A sentence of a status, as it may stand in a file that is shared: in one line, without what looks like a credential.
fn said(text: &str) -> String {
    let text = mask::mask(&clean_message(text)).into_owned();
    let short: String = text.chars().take(MOST).collect();
    match short.len() < text.len() {
        true => format!("{}…", short.trim_end()),
        false => short,
    }
}

/// What follows of a verdict for the task's status, and the note that says why, as the rules want it.
pub(super) fn consequences(run: &QaRun, entry: &Entry, now: &str, rules: &Rules) -> Vec<Change> {
    let to = match entry.verdict {
        Some(Verdict::Pass) => rules.report.pass.as_ref(),
        Some(Verdict::Fail) => rules.report.fail.as_ref(),
        Some(Verdict::Inconclusive) | None => None,
    };
    let Some(to) = to else { return Vec::new() };
    let status = Change::Status {
        from: now.to_owned(),
        to: to.clone(),
    };
    match entry.verdict {
        Some(Verdict::Fail) => vec![
            status,
            Change::Note {
                text: note(run, entry),
            },
        ],
        _ => vec![status],
    }
}

/// A paragraph for `details`. It begins as those do that are no part of what is to be verified ([`NOTE`]).
fn note(run: &QaRun, entry: &Entry) -> String {
    let at = entry
        .finished_at
        .map_or_else(String::new, |at| format!(" at {at}"));
    let verdict = entry.verdict.map_or("", Verdict::word);
    let met = entry.criteria.as_deref().unwrap_or("0/0");
    let mut text = format!(
        "{NOTE}QA verdict{at}: {verdict}, {met} criteria are met ({}, attempt {})",
        entry.run,
        entry.attempt.unwrap_or(1)
    );
    let status = run.status();
    let open = status.criteria.iter();
    let open: Vec<_> = open
        .filter(|one| one.verdict != Some(Verdict::Pass))
        .collect();
    for one in open.iter().take(NAMED) {
        let words = run
            .spec
            .criterion(&one.id)
            .map(|criterion| said(&criterion.text));
        let place = one.environment.as_deref().map(|name| format!(" in {name}"));
        let why = one.message.as_deref().map(|why| format!(": {}", said(why)));
        let verdict = one.verdict.unwrap_or(Verdict::Inconclusive).word();
        let (words, place) = (
            words.unwrap_or_else(|| one.id.clone()),
            place.unwrap_or_default(),
        );
        text += &format!("\n* {verdict}{place}: {words}{}", why.unwrap_or_default());
    }
    if open.len() > NAMED {
        text += &format!("\n* and {} more", open.len() - NAMED);
    }
    text
}

#[cfg(test)]
mod tests;
