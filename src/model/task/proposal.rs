//! What somebody outside proposes for a criterion that no rule made executable, and what a proposal may be.
//! Apart from who is asked, because whoever it is, the answer is a stranger's: it is data until a person has read it.

use serde::Serialize;

use super::{Candidate, Lean, Task};
use crate::model::mask::mask;
use crate::model::qarun::{Check, Criterion};
use crate::model::text::is_safe;

/// Longest script, in characters: more is not read before it is agreed to.
pub const SCRIPT: usize = 4096;
/// Longest reason, in characters.
pub const REASON: usize = 400;
/// Longest of the other texts, in characters.
const FIELD: usize = 2048;
/// Longest time for a check, in seconds.
const TIMEOUT: u32 = 4 * 3600;

/// A criterion that is asked about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// Its id.
    pub id: String,
    /// What must hold.
    pub text: String,
    /// The headings it stands below.
    pub heading: String,
    /// What its text asks for without saying how.
    pub leans: Option<Lean>,
}

impl Asked {
    /// The criterion as it is asked about; what looks like a credential is hidden.
    pub fn of(one: &Candidate) -> Self {
        Self {
            id: one.criterion.id.clone(),
            text: mask(&one.criterion.text).into_owned(),
            heading: mask(&one.heading).into_owned(),
            leans: one.leans.clone(),
        }
    }
}

/// What is proposed for a criterion. Only the check and its time: everything else of the criterion is what it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    /// Id of the criterion.
    pub criterion: String,
    /// How it would be found out.
    #[serde(flatten)]
    pub check: Check,
    /// How long that may take, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Why so.
    pub reason: String,
}

impl Proposal {
    /// The criterion as it would be.
    pub fn made_of(&self, criterion: &Criterion) -> Criterion {
        Criterion {
            check: self.check.clone(),
            timeout_seconds: self.timeout_seconds.or(criterion.timeout_seconds),
            ..criterion.clone()
        }
    }
}

/// A proposal that is not shown as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// What it says it is about.
    pub criterion: String,
    /// Why.
    pub why: String,
}

/// What the answer has to keep to: who was asked about, and which servers task and project name.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    /// The criteria that were asked about.
    pub asked: &'a [Asked],
    /// Servers, as [`servers`] finds them.
    pub servers: &'a [String],
}

/// The servers that texts name: scheme, host and port, in small letters.
pub fn servers<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut found = Vec::new();
    for text in texts {
        for scheme in ["http://", "https://"] {
            found.extend(
                text.match_indices(scheme)
                    .filter_map(|(at, _)| server(&text[at..])),
            );
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The server of an address. Nothing where a name before an `@` could be taken for it.
fn server(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let stops = |c: char| !c.is_ascii_graphic() || "/?#\\\"'`<>(){}|,;".contains(c);
    let host = rest.split(stops).next()?.trim_end_matches(['.', ':']);
    let fits = !host.is_empty() && !host.contains('@');
    fits.then_some(format!("{scheme}://{host}").to_lowercase())
}

/// Why a proposal is not shown; nothing where it may be.
pub fn wrong(proposal: &Proposal, limits: &Limits<'_>) -> Option<String> {
    let Some(asked) = limits.asked.iter().find(|one| one.id == proposal.criterion) else {
        return Some("nobody asked about it".to_owned());
    };
    text("reason", &proposal.reason, REASON, false)
        .or_else(|| timeout(proposal.timeout_seconds))
        .or_else(|| check(&proposal.check, asked, limits.servers))
}

fn timeout(seconds: Option<u32>) -> Option<String> {
    let wrong = seconds.is_some_and(|seconds| !(1..=TIMEOUT).contains(&seconds));
    wrong.then(|| format!("its time-out is not between 1 and {TIMEOUT} seconds"))
}

fn check(check: &Check, asked: &Asked, servers: &[String]) -> Option<String> {
    match check {
        Check::Command { command } => {
            let expect = command.expect.clone().unwrap_or_default();
            script(command.script.as_deref())
                .or_else(|| some("output_contains", expect.stdout_contains.as_deref()))
                .or_else(|| some("output_matches", expect.stdout_matches.as_deref()))
        }
        Check::Junit { junit } => {
            script(junit.script.as_deref()).or_else(|| text("report", &junit.report, FIELD, false))
        }
        Check::Http { http } => {
            let expect = http.expect.clone().unwrap_or_default();
            text("url", &http.url, FIELD, false)
                .or_else(|| some("body", http.body.as_deref()))
                .or_else(|| some("body_contains", expect.body_contains.as_deref()))
                .or_else(|| elsewhere(&http.url, servers))
        }
        Check::Metric { metric } => text("url", &metric.url, FIELD, false)
            .or_else(|| text("query", &metric.query, FIELD, false))
            .or_else(|| text("threshold", &metric.threshold, 32, false))
            .or_else(|| elsewhere(&metric.url, servers))
            .or_else(|| bent(metric.comparison, &metric.threshold, asked)),
        Check::Manual { .. } | Check::Unknown => {
            Some("its kind is not command, http, junit or metric".to_owned())
        }
    }
}

fn script(said: Option<&str>) -> Option<String> {
    text("command", said.unwrap_or_default(), SCRIPT, true)
}

fn some(field: &str, said: Option<&str>) -> Option<String> {
    said.and_then(|said| text(field, said, FIELD, false))
}

/// Why a text is refused. What would not be shown as it is must not be agreed to: controls, what turns or hides letters, credentials.
fn text(field: &str, said: &str, most: usize, lines: bool) -> Option<String> {
    let shown = |c: char| is_safe(c) || (lines && c == '\n');
    if said.trim().is_empty() {
        return Some(format!("`{field}` is empty"));
    }
    if said.chars().count() > most {
        return Some(format!("`{field}` is longer than {most} characters"));
    }
    if !said.chars().all(shown) {
        return Some(format!(
            "`{field}` has control characters, or ones that hide or turn text"
        ));
    }
    (mask(said) != said).then(|| format!("`{field}` has what looks like a credential"))
}

/// A server that nobody named is not asked, whoever wants it.
fn elsewhere(url: &str, servers: &[String]) -> Option<String> {
    // Some clients read `\` as `/`, and `//` as the begin of a host.
    let odd = url.contains('\\') || url.starts_with("//");
    let named = || server(url).is_some_and(|server| servers.contains(&server));
    (odd || !(url.starts_with('/') || named()))
        .then(|| "its url is of a server that neither the task nor the project names".to_owned())
}

/// A threshold that the text says is not another one.
fn bent(
    comparison: crate::model::qarun::Comparison,
    threshold: &str,
    asked: &Asked,
) -> Option<String> {
    let Some(Lean::Metric {
        comparison: sign,
        threshold: number,
        ..
    }) = &asked.leans
    else {
        return None;
    };
    (*sign != comparison || number != threshold).then(|| {
        format!(
            "the text says {} {number}, not {} {threshold}",
            sign.sign(),
            comparison.sign()
        )
    })
}

/// The texts of a task that a criterion can be understood from.
pub fn texts(task: &Task) -> [&str; 4] {
    [
        &task.title,
        &task.description,
        &task.details,
        &task.test_strategy,
    ]
}

#[cfg(test)]
#[path = "proposal_tests.rs"]
mod tests;
