//! Runs as rows and records: the console's columns, and the shape that scripts rely on.
//! Apart from reading them, so that `get runs` and `get run` say the same of the same run.

use jiff::Timestamp;

use super::record::{CSV, csv_cells, record, why};
use super::{Format, csv, json, table, yaml};
use crate::app::select::Shown;
use crate::app::state::State;
use crate::cli::fail::Failure;
use crate::model::clock;

/// How a list of runs is written.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Style {
    /// As what.
    pub format: Format,
    /// With the names of the columns.
    pub header: bool,
    /// Without a character beyond ASCII of our own.
    pub ascii: bool,
}

impl Style {
    /// A cell whose object was not read.
    fn unread(self) -> &'static str {
        if self.ascii { "." } else { "·" }
    }

    /// A value that does not exist.
    pub(super) fn none(self) -> &'static str {
        if self.ascii { "-" } else { "—" }
    }
}

/// The list as text.
///
/// # Errors
/// Where it cannot be written in this format.
pub(in crate::cli) fn list(
    state: &State,
    rows: &[Shown<'_>],
    now: Timestamp,
    style: Style,
) -> Result<String, Failure> {
    let records = || rows.iter().map(|shown| record(state, shown, now));
    Ok(match style.format {
        Format::Json => json(&records().collect::<Vec<_>>())?,
        Format::Yaml => yaml(&records().collect::<Vec<_>>())?,
        Format::Csv => {
            let cells: Vec<_> = records().map(|record| csv_cells(&record)).collect();
            csv(style.header.then_some(&CSV), &cells)
        }
        Format::Name => rows
            .iter()
            .map(|shown| format!("{}\n", shown.run.row.key))
            .collect(),
        Format::Table => columns(state, rows, now, style, false),
        Format::Wide => columns(state, rows, now, style, true),
    })
}

/// The console's columns; wide adds where the run came from and what identifies it.
fn columns(state: &State, rows: &[Shown<'_>], now: Timestamp, style: Style, wide: bool) -> String {
    let tasks = rows.iter().any(|shown| shown.run.row.task().is_some());
    let mut header = vec!["STATE", "NAMESPACE", "NAME"];
    if tasks {
        header.push("TASK");
    }
    header.extend(["STEPS", "TOOK", "AGE"]);
    if wide {
        header.extend(["FROM", "CREATED", "UID"]);
    }
    header.push("WHY");
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|shown| {
            let row = &shown.run.row;
            let mut cells = vec![
                shown.state.word().to_string(),
                row.key.namespace.to_string(),
                row.key.name.to_string(),
            ];
            if tasks {
                cells.push(row.task().map_or(style.none(), |task| task).to_string());
            }
            cells.extend(times(shown, now, style));
            if wide {
                cells.push(row.origin().map_or(style.none(), |from| from).to_string());
                cells.push(
                    row.created
                        .map_or(style.none().to_string(), |at| at.to_string()),
                );
                cells.push(row.key.uid.to_string());
            }
            cells.push(why(state, shown, now).unwrap_or_default());
            cells
        })
        .collect();
    table(style.header.then_some(&header), &cells)
}

/// Steps, time taken and age of a run.
fn times(shown: &Shown<'_>, now: Timestamp, style: Style) -> [String; 3] {
    let run = shown.run;
    let lacking = if run.facts.is_none() {
        style.unread()
    } else {
        style.none()
    };
    let progress = run.facts.as_ref().and_then(|facts| facts.steps());
    let took = run.elapsed(now).map(|seconds| {
        if shown.state.is_open() {
            clock::growing(seconds)
        } else {
            clock::exact(seconds)
        }
    });
    let age = run
        .since()
        .map(|since| clock::age(clock::seconds_between(since, now)));
    [
        progress.map_or(lacking.to_string(), |progress| progress.to_string()),
        took.unwrap_or_else(|| lacking.to_string()),
        age.unwrap_or_else(|| style.none().to_string()),
    ]
}

/// One run as lines of a name and a value.
pub(in crate::cli) fn facts(
    state: &State,
    shown: &Shown<'_>,
    now: Timestamp,
    style: Style,
) -> String {
    let record = record(state, shown, now);
    let [steps, took, _] = times(shown, now, style);
    let ago = |at: Timestamp| {
        let seconds = clock::seconds_between(at, now);
        format!("{at}  ({} ago)", clock::age(seconds))
    };
    let shutdown = shown.run.facts.as_ref().and_then(|f| f.shutdown.clone());
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            rows.push(vec![name.to_string(), value]);
        }
    };
    line("Run", Some(shown.run.row.key.to_string()));
    line("State", Some(record.state.to_string()));
    line("Why", record.reason);
    line("Message", record.message.map(str::to_string));
    line("Shutdown", shutdown.map(|word| word.to_string()));
    line("Steps", Some(steps));
    line("Took", Some(took));
    line("Task", record.task.map(str::to_string));
    line("From", record.origin.map(str::to_string));
    line("Created", record.created_at.map(ago));
    line("Started", record.started_at.map(ago));
    line("Finished", record.finished_at.map(ago));
    line("Uid", Some(record.uid.to_string()));
    for (name, value) in &record.labels {
        line("Label", Some(format!("{name}={value}")));
    }
    table(None, &rows)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;
    use crate::app::select;
    use crate::app::state::Options;
    use crate::model::delta::{Delta, FeedEvent};
    use crate::model::facts::{Cause, Facts, LeafFault, Leaves, NodesSource};
    use crate::model::key::Key;
    use crate::model::phase::{Phase, StepPhase};
    use crate::model::progress::Progress;
    use crate::model::row::{Row, label};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn row(name: &str, phase: Phase) -> Row {
        Row {
            key: Key::new("pay", name, format!("uid-{name}")),
            version: 1,
            created: Some(at(1_000)),
            phase,
            completed: phase.is_done(),
            message: None,
            labels: Arc::from([(Arc::from(label::TASK), Arc::from("42"))]),
            malformed: None,
            series: None,
        }
    }

    /// One failed run that was read and one that succeeded and was not.
    fn state() -> State {
        let mut state = State::new(Options::default());
        let rows = vec![row("good", Phase::Succeeded), row("bad", Phase::Failed)];
        state
            .fleet
            .rows(&None, FeedEvent::Deltas(vec![Delta::Reset(rows)]));
        state.fleet.learn(Facts {
            row: row("bad", Phase::Failed),
            started: Some(at(1_010)),
            finished: Some(at(1_262)),
            progress: Some(Progress { done: 3, total: 7 }),
            estimated: None,
            shutdown: None,
            cause: Cause::Failed(LeafFault {
                step: "check".into(),
                node: "bad-1".into(),
                phase: StepPhase::Failed,
                short: "exit 1".into(),
                message: Some("Error (exit code 1): left, right".into()),
                attempts: 1,
                others: 0,
            }),
            leaves: Leaves::default(),
            fan_out: None,
            flaky: Box::default(),
            took: Box::default(),
            nodes: NodesSource::Inline,
        });
        state
    }

    fn text(format: Format, header: bool) -> String {
        let state = state();
        let now = at(1_862);
        let selection = select::runs(&state, now);
        let style = Style {
            format,
            header,
            ascii: false,
        };
        list(&state, &selection.rows, now, style).unwrap()
    }

    #[test]
    fn a_table_shows_what_was_not_read_as_such() {
        let table = text(Format::Table, true);
        let lines: Vec<Vec<&str>> = table
            .lines()
            .map(|l| l.split_whitespace().collect())
            .collect();
        assert_eq!(
            lines[0],
            [
                "STATE",
                "NAMESPACE",
                "NAME",
                "TASK",
                "STEPS",
                "TOOK",
                "AGE",
                "WHY"
            ]
        );
        assert_eq!(
            lines[1][..7],
            ["Failed", "pay", "bad", "42", "3/7", "4m12s", "10m"]
        );
        assert!(table.contains("exit 1"), "{table}");
        assert_eq!(
            lines[2],
            ["Succeeded", "pay", "good", "42", "·", "·", "14m"]
        );
        assert_eq!(text(Format::Table, false).lines().count(), 2);
    }

    #[test]
    fn a_record_has_every_field_in_the_shape_that_is_promised() {
        let json: serde_json::Value = serde_json::from_str(&text(Format::Json, true)).unwrap();
        let bad = &json[0];
        let fields: Vec<&str> = bad
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            fields,
            [
                "namespace",
                "name",
                "uid",
                "state",
                "phase",
                "task",
                "origin",
                "progress",
                "createdAt",
                "startedAt",
                "finishedAt",
                "elapsedSeconds",
                "reason",
                "message",
                "labels"
            ]
        );
        assert_eq!(bad["progress"], serde_json::json!({"done": 3, "total": 7}));
        assert_eq!(bad["elapsedSeconds"], 252);
        assert_eq!(bad["createdAt"], "1970-01-01T00:16:40Z");
        assert_eq!(bad["labels"], serde_json::json!({"task-id": "42"}));
        assert!(json[1]["finishedAt"].is_null() && json[1]["progress"].is_null());
        let yaml: serde_json::Value = serde_saphyr::from_str(&text(Format::Yaml, true)).unwrap();
        assert_eq!(yaml[0]["name"], "bad");
    }

    #[test]
    fn names_are_what_other_verbs_take_and_csv_has_a_cell_for_every_column() {
        assert_eq!(text(Format::Name, true), "pay/bad\npay/good\n");
        let csv = text(Format::Csv, true);
        let mut lines = csv.lines();
        assert_eq!(lines.next().unwrap(), CSV.join(","));
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("pay,bad,uid-bad,Failed,Failed,42,,3,7,")
        );
        assert_eq!(lines.next().unwrap().matches(',').count(), CSV.len() - 1);
    }
}
