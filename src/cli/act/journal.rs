//! `tiphys journal`: what was done from this machine, by console and command line, and how it ended.
//! Apart from doing it. No cluster is asked.

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use super::report::{Asked, Head, Made, gains, why};
use crate::cli::Common;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::output;
use crate::model::clock;
use crate::model::delta::Scope;
use crate::model::journal::Entry;
use crate::model::text::clean_message;
use crate::runtime::journal::Journal;

const HELP: &str = "\
The journal is $XDG_STATE_HOME/tiphys/journal.jsonl (default ~/.local/state). The newest is the
last. -n and --context choose by namespace and context.

A line is TIME CONTEXT WHO WHAT. JSON is a list of {at, who, context, server, namespace, name, uid,
kind, operation, step, outcome, why, expect, made, requests, trash}; what looks like a credential is
masked. An outcome of null: its end was not written down.

Exit status:
  0  it was read, whether or not there is something in it
  1  it cannot be read
  2  the command line is wrong

Examples:
  tiphys journal --since 2h
  tiphys journal --last 20 -n payments
  tiphys journal -o json | jq '.[] | select(.outcome != \"applied\")'";

/// Print what was done from here, and how it ended
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct JournalVerb {
    /// Only what is younger than this (90s, 2h, 3d), or than a time (2026-11-22T02:00:00Z)
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Since>,
    /// Only so many, the newest
    #[arg(short, long, value_name = "N")]
    last: Option<usize>,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Shape,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// One line each
    #[default]
    Text,
    /// JSON
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    Ago(i64),
    At(Timestamp),
}

fn since(text: &str) -> Result<Since, String> {
    let ago = clock::parse_seconds(text).map(Since::Ago);
    ago.or_else(|| text.parse().ok().map(Since::At))
        .ok_or_else(|| "write 90s, 2h or 3d, or a time like 2026-11-22T02:00:00Z".to_string())
}

impl Since {
    fn holds(self, at: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::Ago(seconds) => clock::seconds_between(at, now) <= seconds,
            Self::At(moment) => at >= moment,
        }
    }
}

/// One entry as JSON has it. The names and meanings of these fields stay as they are; new ones may be added.
#[derive(Serialize)]
struct Record<'a> {
    at: Timestamp,
    who: &'a str,
    context: &'a str,
    server: &'a str,
    #[serde(flatten)]
    head: Head<'a>,
    step: Option<&'a Arc<str>>,
    outcome: Option<&'static str>,
    why: Option<&'a str>,
    expect: Option<&'a Arc<str>>,
    made: Option<Made<'a>>,
    requests: Vec<Asked<'a>>,
    trash: Option<&'a Arc<str>>,
}

fn record(entry: &Entry) -> Record<'_> {
    let outcome = entry.outcome.as_ref();
    let (expect, made) = gains(outcome);
    Record {
        at: entry.at,
        who: &entry.who,
        context: &entry.context,
        server: &entry.server,
        head: Head::of(&entry.order),
        step: entry.order.operation.step(),
        outcome: outcome.map(|outcome| outcome.word()),
        why: outcome.and_then(why),
        expect,
        made: made.map(Made::of),
        requests: entry.sent.iter().map(Asked::sent).collect(),
        trash: entry.trash.as_ref(),
    }
}

fn line(entry: &Entry) -> String {
    let text = format!(
        "{:.0}  {}  {}  {}",
        entry.at,
        entry.context,
        entry.who,
        entry.sentence()
    );
    format!("{}\n", clean_message(&text))
}

impl JournalVerb {
    /// Does it.
    pub fn run(&self, common: &Common) -> ExitCode {
        fail::end(self.read(common), FAILED, 0)
    }

    fn read(&self, common: &Common) -> Result<ExitCode, Failure> {
        let Some(journal) = Journal::usual() else {
            return Err(Failure::new(
                "there is no home directory, and so no journal",
                "Set HOME or XDG_STATE_HOME.",
            ));
        };
        let entries = journal
            .read(usize::MAX)
            .map_err(|what| Failure::Said { what, next: None })?;
        let shown = self.choose(common, &entries, Timestamp::now());
        output::print(&match self.output {
            Shape::Text => shown.iter().map(|entry| line(entry)).collect(),
            Shape::Json => {
                let records: Vec<_> = shown.iter().map(|entry| record(entry)).collect();
                output::json(&records)?
            }
        })?;
        if shown.is_empty() && self.output == Shape::Text {
            fail::warn(&format!("nothing in {}", journal.path().display()));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn choose<'a>(&self, common: &Common, all: &'a [Entry], now: Timestamp) -> Vec<&'a Entry> {
        let scope = common.scope();
        let wanted = |entry: &&Entry| {
            let context = common.context.as_deref();
            context.is_none_or(|context| *entry.context == *context)
                && self.since.is_none_or(|since| since.holds(entry.at, now))
                && match &scope {
                    Scope::All => true,
                    Scope::Namespaces(names) => names.contains(&entry.order.key.namespace),
                }
        };
        let mut shown: Vec<&Entry> = all.iter().filter(wanted).collect();
        if let Some(last) = self.last {
            shown.drain(..shown.len().saturating_sub(last));
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn since_is_a_length_or_a_moment() {
        let moment = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = moment("2026-11-22T12:00:00Z");
        let ago = since("2h").unwrap();
        assert!(ago.holds(moment("2026-11-22T10:00:00Z"), now));
        assert!(!ago.holds(moment("2026-11-22T09:59:59Z"), now));
        let at = since("2026-11-22T02:00:00Z").unwrap();
        assert!(at.holds(moment("2026-11-22T02:00:00Z"), now));
        assert!(!at.holds(moment("2026-11-22T01:59:59Z"), now));
        assert!(since("soon").unwrap_err().contains("90s"));
    }
}
