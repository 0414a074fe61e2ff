//! What runs failed of, as columns for people and as records for programs.
//! Apart from runs, which have a line each.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::runs::Style;
use super::{Format, csv, json, table, yaml};
use crate::app::failures::Group;
use crate::cli::fail::Failure;
use crate::model::clock;
use crate::model::mask::mask;
use crate::model::row::label;

/// One cause as JSON, YAML and CSV have it. The names and meanings of these fields stay as they are; new ones may be added.
#[derive(Debug, Serialize)]
struct Record<'a> {
    /// What `cause:` in a filter takes.
    id: String,
    /// Runs that failed of it.
    count: usize,
    /// Null where no step is to blame.
    step: Option<&'a str>,
    /// `exit 1`, `OOMKilled` …
    reason: String,
    /// What the message says beyond that, with `*` for what differs from run to run.
    message: Option<String>,
    /// All of it in a line.
    cause: String,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    namespaces: BTreeMap<&'a str, usize>,
    origins: BTreeMap<&'a str, usize>,
    services: BTreeMap<&'a str, usize>,
    teams: BTreeMap<&'a str, usize>,
    tasks: BTreeMap<&'a str, usize>,
    /// The newest first.
    runs: Vec<Run<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
    failed_at: Option<Timestamp>,
}

/// Columns of the CSV form, in order.
const CSV: [&str; 13] = [
    "id",
    "count",
    "step",
    "reason",
    "message",
    "first",
    "last",
    "namespaces",
    "origins",
    "services",
    "teams",
    "tasks",
    "runs",
];

/// The list as text.
///
/// # Errors
/// Where it cannot be written in this format.
pub(in crate::cli) fn list(
    groups: &[Group<'_>],
    now: Timestamp,
    style: Style,
) -> Result<String, Failure> {
    let records = || groups.iter().filter_map(record);
    Ok(match style.format {
        Format::Json => json(&records().collect::<Vec<_>>())?,
        Format::Yaml => yaml(&records().collect::<Vec<_>>())?,
        Format::Csv => {
            let cells: Vec<_> = records().map(cells).collect();
            csv(style.header.then_some(&CSV), &cells)
        }
        Format::Name => (groups.iter())
            .map(|group| format!("cause:{}\n", group.cause))
            .collect(),
        Format::Table => columns(groups, now, style, false),
        Format::Wide => columns(groups, now, style, true),
    })
}

fn record<'a>(group: &Group<'a>) -> Option<Record<'a>> {
    let failure = group.failure()?;
    let filled = |text: &str| (!text.is_empty()).then(|| mask(text).into_owned());
    let counts = |values: Vec<(&'a str, usize)>| values.into_iter().collect();
    let run = |run: &'a crate::app::fleet::Run| Run {
        namespace: &run.row.key.namespace,
        name: &run.row.key.name,
        uid: run.row.key.uid.as_str(),
        failed_at: run.since(),
    };
    Some(Record {
        id: group.cause.to_string(),
        count: group.runs.len(),
        step: Some(failure.step).filter(|step| !step.is_empty()),
        cause: failure.text(),
        message: filled(&failure.message),
        reason: failure.reason,
        first: group.first,
        last: group.last(),
        namespaces: counts(group.namespaces()),
        origins: counts(group.origins()),
        services: counts(group.label(label::SERVICE)),
        teams: counts(group.label(label::TEAM)),
        tasks: counts(group.label(label::TASK)),
        runs: group.sorted().into_iter().map(run).collect(),
    })
}

fn cells(record: Record<'_>) -> Vec<String> {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let counts = |values: &BTreeMap<&str, usize>| {
        let values = values.iter().map(|(name, count)| format!("{name}={count}"));
        values.collect::<Vec<_>>().join(";")
    };
    let names = record.runs.iter();
    let names = names.map(|run| format!("{}/{}", run.namespace, run.name));
    vec![
        record.id,
        record.count.to_string(),
        record.step.unwrap_or_default().to_string(),
        record.reason,
        record.message.unwrap_or_default(),
        time(record.first),
        time(record.last),
        counts(&record.namespaces),
        counts(&record.origins),
        counts(&record.services),
        counts(&record.teams),
        counts(&record.tasks),
        names.collect::<Vec<_>>().join(";"),
    ]
}

/// The console's columns; wide adds whom it affects and what identifies it.
fn columns(groups: &[Group<'_>], now: Timestamp, style: Style, wide: bool) -> String {
    let mut header = vec!["RUNS", "LAST", "FIRST", "NAMESPACES", "FROM"];
    if wide {
        header.extend(["SERVICES", "TASKS", "ID"]);
    }
    header.push("CAUSE");
    let age = |at: Option<Timestamp>| match at {
        Some(at) => clock::age(clock::seconds_between(at, now)),
        None => style.none().to_string(),
    };
    let names = |values: Vec<(&str, usize)>| match values.is_empty() {
        true => style.none().to_string(),
        false => values
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(","),
    };
    let rows: Vec<Vec<String>> = (groups.iter())
        .map(|group| {
            let mut cells = vec![
                group.runs.len().to_string(),
                age(group.last()),
                age(group.first),
                names(group.namespaces()),
                names(group.origins()),
            ];
            if wide {
                cells.push(names(group.label(label::SERVICE)));
                cells.push(names(group.label(label::TASK)));
                cells.push(group.cause.to_string());
            }
            let words = group.failure().map(|failure| failure.text());
            cells.push(words.unwrap_or_default());
            cells
        })
        .collect();
    table(style.header.then_some(&header), &rows)
}
