//! Why a run is where it is, in full: ranked sentences, each with the evidence for it and the place where that can be seen.
//! Apart from [`super::reason`], which has one line of a list for it; here what is only known of the one run that is
//! looked at counts too: its pods, its events, its last lines, and the other runs it waits for.
//!
//! Nothing is guessed: what could not be read is said among the evidence.

mod beside;
mod ended;
mod held;
mod pods;
mod proof;
mod slow;
mod stands;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::KubeEvent;
use super::facts::{Cause, Facts};
use super::key::Key;
use super::log::LogLine;
use super::phase::{Phase, State};
use super::pod::Pod;
use super::row::Row;
use super::tree::Tree;
use super::usual::Usual;
use super::why::{current, state};
use super::workflow::Workflow;

use proof::settle;

/// A sentence, and what it is known from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What it makes of the run.
    pub state: State,
    /// One sentence, without a full stop.
    pub sentence: String,
    /// What it is known from, the most telling first.
    pub evidence: Vec<Evidence>,
}

/// A piece of what a sentence is known from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The same piece keeps it while its text changes with the time; unique among all evidence of a run.
    pub id: Arc<str>,
    /// What it is: `step`, `message`, `pod`, `event`, `log`, `lock`, `run`, `field`, `missing`.
    pub what: Arc<str>,
    /// What it says.
    pub text: String,
    /// Where it can be seen.
    pub target: Option<Target>,
}

/// Where a piece of evidence can be seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// A step, by the id of its node.
    Step(Arc<str>),
    /// The log of a step, by its display name.
    Log(Arc<str>),
    /// The object, where these words stand.
    Yaml(String),
    /// The events, where these words stand.
    Events(String),
    /// Another run.
    Run(Key),
}

/// Another run, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Other<'a> {
    /// Its row.
    pub row: &'a Row,
    /// Its facts, where they were read.
    pub facts: Option<&'a Facts>,
}

/// Everything findings are derived from.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The run.
    pub row: &'a Row,
    /// What its object says.
    pub facts: Option<&'a Facts>,
    /// Its whole object, where it was read.
    pub workflow: Option<&'a Workflow>,
    /// Its steps as a tree.
    pub tree: &'a Tree,
    /// The branch somebody asks about.
    pub branch: Option<usize>,
    /// Its pods.
    pub pods: &'a [&'a Pod],
    /// Events about it and its pods.
    pub events: &'a [&'a KubeEvent],
    /// Last lines of the step that tells what is the matter, without those of Argo's executor.
    pub tail: &'a [&'a LogLine],
    /// What could not be read, one sentence each.
    pub missing: &'a [String],
    /// Runs that are not over, itself left out.
    pub others: &'a [Other<'a>],
    /// Every run that there is was told: who is not among them does not exist.
    pub complete: bool,
    /// Seconds that earlier successful runs of the same origin took.
    pub history: &'a [u64],
    /// What its steps took in earlier runs of the same origin.
    pub usual: &'a Usual,
}

/// What is known of why the run is where it is: never empty, the answer first, what else is the matter after it.
pub fn findings(known: &Known<'_>, now: Timestamp) -> Vec<Finding> {
    let mut all: Vec<Finding> = beside::asked_about(known).into_iter().collect();
    all.extend(beside::unfollowed(known, now));
    all.push(answer(known, now));
    all.extend(beside::no_place(known));
    all.extend(slow::step(known, now));
    all.extend(slow::run(known, now));
    let missing = known.missing.iter().map(|text| Evidence {
        id: "missing".into(),
        what: "missing".into(),
        text: text.clone(),
        target: None,
    });
    if let Some(first) = all.first_mut() {
        first.evidence.extend(missing);
    }
    settle(&mut all);
    all
}

/// The one that matters most.
fn answer(known: &Known<'_>, now: Timestamp) -> Finding {
    let row = known.row;
    let state = state(row, known.facts, now);
    if let Some(fault) = &row.malformed {
        let said = format!("The object cannot be read as a workflow: {fault}");
        return Finding::new(state, said).with(proof::field("spec", "spec", "as it was written"));
    }
    let facts = current(row, known.facts);
    match (row.phase, facts) {
        (Phase::Succeeded, facts) => stands::succeeded(facts),
        (Phase::Failed | Phase::Error, Some(facts)) => ended::badly(known, facts, state),
        (Phase::Failed | Phase::Error, None) => ended::unread(known, state),
        (Phase::New, facts) => stands::untouched(known, facts, state, now),
        (Phase::Unknown, _) => {
            let said = "The controller calls its phase by a word this program does not know";
            Finding::new(state, said).with(proof::field("phase", "phase:", "status.phase"))
        }
        (Phase::Pending | Phase::Running, facts) => goes_on(known, facts, state, now),
    }
}

fn goes_on(known: &Known<'_>, facts: Option<&Facts>, state: State, now: Timestamp) -> Finding {
    let Some(facts) = facts else {
        return held::by_message(known, state, now);
    };
    if facts.shutdown.is_some() {
        return stands::stopping(known, facts, state);
    }
    match &facts.cause {
        Cause::Approval { step, text, since } => {
            held::approval(known, (step, text.as_deref(), *since), state, now)
        }
        Cause::Suspended { step, until } => {
            held::suspended(known, step.as_deref(), *until, state, now)
        }
        Cause::Lock {
            lock,
            holders,
            step,
        } => held::lock(known, (lock, holders, step.as_deref()), state, now),
        Cause::Queue => held::queue(known, state, now),
        Cause::Backoff {
            step,
            attempts,
            until,
            last,
        } => held::backoff(
            known,
            (step, *attempts, *until, last.as_deref()),
            state,
            now,
        ),
        Cause::Blocked {
            step,
            reason,
            text,
            since,
        } => pods::blocked(known, (step, reason, text.as_deref(), *since), state, now),
        Cause::Failed(fault) => ended::so_far(known, facts, fault, state),
        Cause::Running { .. } => stands::works(known, facts, state, now),
        Cause::Idle { since } => stands::idle(known, since.or(facts.started), state, now),
        Cause::Workflow(text) => stands::says(text, state),
        Cause::Offloaded => stands::offloaded(state),
        Cause::None => held::by_message(known, state, now),
    }
}

impl Finding {
    fn new(state: State, sentence: impl Into<String>) -> Self {
        Self {
            state,
            sentence: sentence.into(),
            evidence: Vec::new(),
        }
    }

    fn with(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }
}
