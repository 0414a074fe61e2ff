//! QARuns as columns and sheets for people and as records for programs.
//! Apart from runs, which are workflows.

use jiff::Timestamp;
use serde::Serialize;

use super::runs::Style;
use super::{Format, csv, json, table, yaml};
use crate::cli::fail::Failure;
use crate::model::clock;
use crate::model::mask::mask;
use crate::model::qarun::{Attempt, CriterionStatus, Verdict};
use crate::wire::qarun::QaRun;

/// One QARun as JSON and YAML have it. The names and meanings of these fields stay as they are; new ones may be added.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
    task: Option<&'a str>,
    service: &'a str,
    environments: Vec<&'a str>,
    /// Null where no controller has seen it.
    phase: Option<&'a str>,
    verdict: Option<Verdict>,
    progress: Option<&'a str>,
    attempt: Option<u32>,
    created_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    next_attempt_at: Option<Timestamp>,
    suspended: bool,
    message: Option<String>,
    criteria: Vec<CriterionStatus>,
    attempts: Vec<Attempt>,
}

/// Columns, in order; the last two only of the wide form and of CSV.
const COLUMNS: [&str; 13] = [
    "NAMESPACE",
    "NAME",
    "TASK",
    "SERVICE",
    "ENVIRONMENT",
    "PHASE",
    "VERDICT",
    "MET",
    "ATTEMPT",
    "AGE",
    "MESSAGE",
    "WORKFLOW",
    "UID",
];
const NARROW: usize = 11;

/// The list as text.
///
/// # Errors
/// Where it cannot be written in this format.
pub(in crate::cli) fn list(
    runs: &[&QaRun],
    now: Timestamp,
    style: Style,
) -> Result<String, Failure> {
    let records = || runs.iter().map(|run| record(run)).collect::<Vec<_>>();
    let rows = |most: usize| -> Vec<Vec<String>> {
        let cells = runs.iter().map(|run| cells(run, now, style));
        cells
            .map(|row| row.into_iter().take(most).collect())
            .collect()
    };
    let header = |most: usize| style.header.then_some(&COLUMNS[..most]);
    Ok(match style.format {
        Format::Json => json(&records())?,
        Format::Yaml => yaml(&records())?,
        Format::Csv => csv(header(COLUMNS.len()), &rows(COLUMNS.len())),
        Format::Name => runs.iter().map(|run| name(run)).collect(),
        Format::Table => table(header(NARROW), &rows(NARROW)),
        Format::Wide => table(header(COLUMNS.len()), &rows(COLUMNS.len())),
    })
}

/// One of them as text: for people with its criteria and attempts.
///
/// # Errors
/// Where it cannot be written in this format.
pub(in crate::cli) fn one(run: &QaRun, now: Timestamp, style: Style) -> Result<String, Failure> {
    Ok(match style.format {
        Format::Json => json(&record(run))?,
        Format::Yaml => yaml(&record(run))?,
        Format::Csv | Format::Name => list(&[run], now, style)?,
        Format::Table | Format::Wide => sheet(run, now, style),
    })
}

fn name(run: &QaRun) -> String {
    format!("{}/{}\n", run.metadata.namespace, run.metadata.name)
}

fn record(run: &QaRun) -> Record<'_> {
    let meta = &run.metadata;
    let status = run.status.as_ref();
    let masked = |text: &String| mask(text).into_owned();
    let criterion = |one: &CriterionStatus| CriterionStatus {
        evidence: one.evidence.as_ref().map(masked),
        message: one.message.as_ref().map(masked),
        ..one.clone()
    };
    let attempt = |one: &Attempt| Attempt {
        message: one.message.as_ref().map(masked),
        ..one.clone()
    };
    Record {
        namespace: &meta.namespace,
        name: &meta.name,
        uid: &meta.uid,
        task: run.spec.task_id.as_deref(),
        service: &run.spec.service,
        environments: (run.spec.environments.iter())
            .map(|one| &*one.name)
            .collect(),
        phase: status.and_then(|status| Some(status.phase.as_ref()?.word())),
        verdict: status.and_then(|status| status.verdict),
        progress: status.and_then(|status| status.progress.as_deref()),
        attempt: status.and_then(|status| status.attempt),
        created_at: meta.creation_timestamp,
        started_at: status.and_then(|status| status.started_at),
        finished_at: status.and_then(|status| status.finished_at),
        next_attempt_at: status.and_then(|status| status.next_attempt_at),
        suspended: run.spec.is_suspended(),
        message: status.and_then(|status| status.message.as_ref().map(masked)),
        criteria: status.map_or_else(Vec::new, |status| {
            status.criteria.iter().map(criterion).collect()
        }),
        attempts: status.map_or_else(Vec::new, |status| {
            status.attempts.iter().map(attempt).collect()
        }),
    }
}

/// A cell of what does not exist.
fn none(style: Style) -> String {
    if style.ascii { "-" } else { "—" }.to_owned()
}

fn cells(run: &QaRun, now: Timestamp, style: Style) -> Vec<String> {
    let record = record(run);
    let or_none = |text: Option<String>| {
        text.filter(|text| !text.is_empty())
            .unwrap_or_else(|| none(style))
    };
    let text = |text: Option<&str>| or_none(text.map(str::to_owned));
    let age = record
        .created_at
        .map(|at| clock::age(clock::seconds_between(at, now)));
    let workflow = record.attempts.last().map(|last| last.workflow.clone());
    vec![
        record.namespace.to_owned(),
        record.name.to_owned(),
        text(record.task),
        text(Some(record.service)),
        or_none(Some(record.environments.join(","))),
        phase(&record).to_owned(),
        text(record.verdict.map(Verdict::word)),
        met(run, &record),
        or_none(record.attempt.map(|number| number.to_string())),
        or_none(age),
        or_none(record.message.clone().or_else(|| waits(run))),
        or_none(workflow),
        record.uid.to_owned(),
    ]
}

/// The phase, for people: what waits for one of them is not what somebody has suspended, though both are `Suspended`.
fn phase<'a>(record: &Record<'a>) -> &'a str {
    match record.phase {
        Some("Suspended") if !record.suspended && record.attempt.is_some() => "Approve",
        phase => phase.unwrap_or("Pending"),
    }
}

/// How many criteria are met, of how many: beside the verdict, which counts the required ones only.
fn met(run: &QaRun, record: &Record<'_>) -> String {
    let all = run.spec.criteria.len() * record.environments.len().max(1);
    let pass = |one: &&CriterionStatus| one.verdict == Some(Verdict::Pass);
    format!("{}/{all}", record.criteria.iter().filter(pass).count())
}

/// Why nothing was said of it yet.
fn waits(run: &QaRun) -> Option<String> {
    if run.spec.is_suspended() {
        return Some("suspended".to_owned());
    }
    run.status
        .is_none()
        .then(|| "no controller has seen it yet".to_owned())
}

/// All that a person wants to know of one.
fn sheet(run: &QaRun, now: Timestamp, style: Style) -> String {
    let names = COLUMNS.iter().map(|name| name.to_lowercase());
    let facts = names.zip(cells(run, now, style));
    let rows: Vec<Vec<String>> = facts.map(|(name, cell)| vec![name, cell]).collect();
    let mut text = table(None, &rows);
    text.push('\n');
    text += &criteria(run, style);
    let record = record(run);
    if !record.attempts.is_empty() {
        let rows: Vec<Vec<String>> = record
            .attempts
            .iter()
            .map(|one| attempt(one, style))
            .collect();
        let header = ["ATTEMPT", "WORKFLOW", "PHASE", "VERDICT", "TOOK", "MESSAGE"];
        text.push('\n');
        text += &table(style.header.then_some(&header), &rows);
    }
    text
}

/// Each criterion of the spec in each environment, with what the status says of it.
fn criteria(run: &QaRun, style: Style) -> String {
    let record = record(run);
    let mut rows = Vec::new();
    let environments: Vec<Option<&str>> = match &record.environments[..] {
        [] => vec![None],
        some => some.iter().map(|name| Some(*name)).collect(),
    };
    for environment in environments {
        for criterion in &run.spec.criteria {
            let of = |one: &&CriterionStatus| {
                one.id == criterion.id && one.environment.as_deref() == environment
            };
            let found = record.criteria.iter().find(of);
            let verdict = found.and_then(|one| one.verdict).map(Verdict::word);
            let known = found.and_then(|one| one.evidence.clone().or(one.message.clone()));
            let optional = if criterion.required { "" } else { "optional: " };
            rows.push(vec![
                verdict.map_or_else(|| none(style), str::to_owned),
                criterion.id.clone(),
                environment.map_or_else(|| none(style), str::to_owned),
                criterion.check.kind().to_owned(),
                format!("{optional}{}", criterion.text),
                known.unwrap_or_else(|| none(style)),
            ]);
        }
    }
    let header = [
        "VERDICT",
        "CRITERION",
        "ENVIRONMENT",
        "KIND",
        "WHAT MUST HOLD",
        "KNOWN FROM",
    ];
    table(style.header.then_some(&header), &rows)
}

fn attempt(one: &Attempt, style: Style) -> Vec<String> {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| none(style));
    let took = one.started_at.zip(one.finished_at);
    let took = took.map(|(from, to)| clock::exact(clock::seconds_between(from, to)));
    vec![
        one.number.to_string(),
        one.workflow.clone(),
        or_none(one.phase.as_ref().map(|phase| phase.word().to_owned())),
        or_none(one.verdict.map(|verdict| verdict.word().to_owned())),
        or_none(took),
        or_none(one.message.clone()),
    ]
}
