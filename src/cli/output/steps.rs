//! The steps of a run as a drawn tree and as records.
//! Apart from runs, because a step has other facts and its place in a tree.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::runs::Style;
use super::{Format, csv, json, table, yaml};
use crate::cli::fail::Failure;
use crate::model::clock;
use crate::model::phase::State;
use crate::model::tree::{BranchKind, Folds, Tree, TreeRow};
use crate::model::workflow::Workflow;
use crate::ui::glyphs::{ASCII, UNICODE};

/// One step as JSON, YAML and CSV have it, in the order of the tree. The names and meanings of these fields stay as they are; new ones may be added.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    /// Node id; of a step that is only promised `parent/name`.
    id: Arc<str>,
    /// Id of what it is inside of.
    parent: Option<Arc<str>>,
    /// 0 for the tops.
    depth: usize,
    name: Arc<str>,
    kind: &'static str,
    state: &'static str,
    /// Argo's own word, empty for what has no node.
    phase: &'static str,
    template: Option<Arc<str>>,
    pod: Option<Arc<str>>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    elapsed_seconds: Option<i64>,
    /// Argo keeps it as text; it is a number.
    exit_code: Option<i32>,
    /// Why it failed or waits, in one line.
    reason: Option<Arc<str>>,
    /// The controller's own message.
    message: Option<Arc<str>>,
}

/// Columns of the CSV form, in order.
const CSV: [&str; 15] = [
    "id",
    "parent",
    "depth",
    "name",
    "kind",
    "state",
    "phase",
    "template",
    "pod",
    "startedAt",
    "finishedAt",
    "elapsedSeconds",
    "exitCode",
    "reason",
    "message",
];

/// The steps as text.
///
/// # Errors
/// Where they cannot be written in this format.
pub(in crate::cli) fn list(
    workflow: &Workflow,
    now: Timestamp,
    style: Style,
) -> Result<String, Failure> {
    let tree = Tree::of(workflow, now);
    let folds = Folds {
        opened: tree
            .branches
            .iter()
            .map(|branch| branch.id.clone())
            .collect(),
        ..Folds::default()
    };
    let rows = tree.rows(&folds);
    let records = records(workflow, &tree, &rows, now);
    Ok(match style.format {
        Format::Json => json(&records)?,
        Format::Yaml => yaml(&records)?,
        Format::Csv => {
            let cells: Vec<_> = records.iter().map(csv_cells).collect();
            csv(style.header.then_some(&CSV), &cells)
        }
        Format::Name => records
            .iter()
            .map(|step| format!("{}\n", step.name))
            .collect(),
        Format::Table | Format::Wide => drawn(&tree, &rows, &records, style),
    })
}

fn records(workflow: &Workflow, tree: &Tree, rows: &[TreeRow], now: Timestamp) -> Vec<Record> {
    // The rows above a row, by depth: the last one seen of each level is the parent of what follows deeper.
    let mut above: Vec<Arc<str>> = Vec::new();
    rows.iter()
        .map(|row| {
            let branch = &tree.branches[row.branch];
            let step = branch.step.and_then(|at| workflow.steps.get(at));
            let depth = row.guides.len();
            above.truncate(depth);
            let parent = above.last().cloned();
            above.push(branch.id.clone());
            let end = branch.finished.or(branch.state.is_open().then_some(now));
            Record {
                id: branch.id.clone(),
                parent,
                depth,
                name: branch.label.clone(),
                kind: kind(branch.kind),
                state: branch.state.word(),
                phase: step.map_or("", |step| step.phase.word()),
                template: step.and_then(|step| step.template.clone()),
                pod: step.and_then(|step| step.pod.clone()),
                started_at: branch.started,
                finished_at: branch.finished,
                elapsed_seconds: branch
                    .started
                    .zip(end)
                    .map(|(start, end)| clock::seconds_between(start, end).max(0)),
                exit_code: step.and_then(|step| step.exit_code.as_deref()?.parse().ok()),
                reason: branch.note.clone(),
                message: step.and_then(|step| step.message.clone()),
            }
        })
        .collect()
}

fn kind(kind: BranchKind) -> &'static str {
    match kind {
        BranchKind::Leaf => "step",
        BranchKind::Group => "group",
        BranchKind::FanOut => "fan-out",
        BranchKind::Retry => "retry",
        BranchKind::Attempt => "attempt",
        BranchKind::Hook => "hook",
        BranchKind::Promise => "promise",
    }
}

fn csv_cells(step: &Record) -> Vec<String> {
    let text = |value: &Option<Arc<str>>| value.as_deref().unwrap_or_default().to_string();
    let time = |value: Option<Timestamp>| value.map(|at| at.to_string()).unwrap_or_default();
    vec![
        step.id.to_string(),
        text(&step.parent),
        step.depth.to_string(),
        step.name.to_string(),
        step.kind.to_string(),
        step.state.to_string(),
        step.phase.to_string(),
        text(&step.template),
        text(&step.pod),
        time(step.started_at),
        time(step.finished_at),
        step.elapsed_seconds
            .map(|seconds| seconds.to_string())
            .unwrap_or_default(),
        step.exit_code
            .map(|code| code.to_string())
            .unwrap_or_default(),
        text(&step.reason),
        text(&step.message),
    ]
}

fn drawn(tree: &Tree, rows: &[TreeRow], records: &[Record], style: Style) -> String {
    let glyphs = if style.ascii { ASCII } else { UNICODE };
    let [more, last, through, blank] = glyphs.tree;
    let wide = style.format == Format::Wide;
    let mut header = vec!["STEP", "STATE", "TOOK"];
    if wide {
        header.extend(["TEMPLATE", "POD"]);
    }
    header.push("WHY");
    let cells: Vec<Vec<String>> = rows
        .iter()
        .zip(records)
        .map(|(row, step)| {
            let mut name = String::new();
            for follows in row.guides.iter().skip(1) {
                name.push_str(if *follows { through } else { blank });
            }
            if !row.guides.is_empty() {
                name.push_str(if row.last { last } else { more });
                name.push_str(if glyphs.ascii { " " } else { "" });
            }
            let state = tree.branches[row.branch].state;
            name.push_str(&format!("{} {}", glyphs.state(state), step.name));
            let took = step.elapsed_seconds.map_or(String::new(), |seconds| {
                if state.is_open() {
                    clock::growing(seconds)
                } else {
                    clock::exact(seconds)
                }
            });
            let mut cells = vec![name, step.state.to_string(), took];
            if wide {
                cells.extend(
                    [&step.template, &step.pod]
                        .map(|text| text.as_deref().unwrap_or(glyphs.none).to_string()),
                );
            }
            cells.push(told(step, state));
            cells
        })
        .collect();
    table(style.header.then_some(&header), &cells)
}

/// The note; what succeeded has nothing to tell.
fn told(step: &Record, state: State) -> String {
    match &step.reason {
        Some(reason) => reason.to_string(),
        None if state.is_bad() => step.message.as_deref().unwrap_or_default().to_string(),
        None => String::new(),
    }
}
