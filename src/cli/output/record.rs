//! One run as programs read it: the record of JSON and YAML, the cells of CSV.
//! Apart from the columns people read, because these names and meanings stay as they are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::app::select::{self, Shown};
use crate::app::state::State;
use crate::model::phase::{Phase, State as RunState};

/// One run as JSON, YAML and CSV have it. The names and meanings of these fields stay as they are; new ones may be added.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Record<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) uid: &'a str,
    /// What the console shows: `Failed`, `Approve`, `Waiting` …
    pub(super) state: &'static str,
    /// Argo's own word, empty where the controller has not taken the run up.
    pub(super) phase: &'static str,
    /// The label `task-id`.
    pub(super) task: Option<&'a str>,
    /// Name of the cron, the template or the run it was launched from.
    pub(super) origin: Option<&'a str>,
    pub(super) progress: Option<Done>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) started_at: Option<Timestamp>,
    pub(super) finished_at: Option<Timestamp>,
    pub(super) elapsed_seconds: Option<i64>,
    /// Why it failed or waits, as the console says it.
    pub(super) reason: Option<String>,
    /// The controller's own message.
    pub(super) message: Option<&'a str>,
    pub(super) labels: BTreeMap<&'a str, &'a str>,
}

#[derive(Debug, Serialize)]
pub(super) struct Done {
    done: u64,
    total: u64,
}

/// Columns of the CSV form, in order.
pub(super) const CSV: [&str; 16] = [
    "namespace",
    "name",
    "uid",
    "state",
    "phase",
    "task",
    "origin",
    "done",
    "total",
    "createdAt",
    "startedAt",
    "finishedAt",
    "elapsedSeconds",
    "reason",
    "message",
    "labels",
];

/// The record of one run.
pub(in crate::cli) fn record<'a>(state: &State, shown: &Shown<'a>, now: Timestamp) -> Record<'a> {
    let run = shown.run;
    let row = &run.row;
    let facts = run.facts.as_deref();
    Record {
        namespace: &row.key.namespace,
        name: &row.key.name,
        uid: row.key.uid.as_str(),
        state: shown.state.word(),
        phase: phase(row.phase),
        task: row.task().map(|task| &**task),
        origin: row.origin().map(|origin| &**origin),
        progress: facts.and_then(|facts| facts.progress).map(|progress| Done {
            done: progress.done,
            total: progress.total,
        }),
        created_at: row.created,
        started_at: facts.and_then(|facts| facts.started),
        finished_at: facts.and_then(|facts| facts.finished),
        elapsed_seconds: run.elapsed(now),
        reason: why(state, shown, now),
        message: row.message.as_deref(),
        labels: row
            .labels
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect(),
    }
}

/// Argo's word. Source: Argo Workflows v4.1.2, `WorkflowPhase`.
fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::New => "",
        Phase::Pending => "Pending",
        Phase::Running => "Running",
        Phase::Succeeded => "Succeeded",
        Phase::Failed => "Failed",
        Phase::Error => "Error",
        Phase::Unknown => "Unknown",
    }
}

/// Why a run is where it is, in one line, with the estimate while it runs.
pub(super) fn why(state: &State, shown: &Shown<'_>, now: Timestamp) -> Option<String> {
    let eta = match shown.state {
        RunState::Running => select::remaining(state, shown.run, now),
        _ => None,
    };
    shown.run.reason(now, eta).map(|line| line.plain())
}

/// The cells of the columns of [`CSV`].
pub(super) fn csv_cells(record: &Record<'_>) -> Vec<String> {
    let text = |value: Option<&str>| value.unwrap_or_default().to_string();
    let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
    let time = |value: Option<Timestamp>| value.map(|at| at.to_string()).unwrap_or_default();
    let labels: Vec<String> = record
        .labels
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    vec![
        record.namespace.to_string(),
        record.name.to_string(),
        record.uid.to_string(),
        record.state.to_string(),
        record.phase.to_string(),
        text(record.task),
        text(record.origin),
        number(record.progress.as_ref().map(|progress| progress.done)),
        number(record.progress.as_ref().map(|progress| progress.total)),
        time(record.created_at),
        time(record.started_at),
        time(record.finished_at),
        record
            .elapsed_seconds
            .map(|seconds| seconds.to_string())
            .unwrap_or_default(),
        text(record.reason.as_deref()),
        text(record.message),
        labels.join(";"),
    ]
}
