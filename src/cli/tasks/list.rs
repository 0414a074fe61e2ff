//! `tiphys tasks list`: the tasks of a tag, or of all, in the order in which they can be gone on with.
//! Apart from one task, which has room for its texts.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::place::Place;
use crate::cli::fail::{self, Failure};
use crate::cli::get::Form;
use crate::cli::output::runs::Style;
use crate::cli::output::{Format, csv, json, print, table, yaml};
use crate::model::task::{Candidate, Project, Standing, Status, Tag, Task, ordered, standing};

const HELP: &str = "\
JSON and YAML are a list of {tag, id, parent, title, status, priority, standing, waitsFor,
dependencies, complexity, labels, subtasks, criteria {chosen, executable}, content, line}, ready ones
first; standing is ready, waiting or over. CHECKS counts criteria that a machine finds out, of all.
content is a number of what is to be verified: as long as it is the same, nothing has to be verified anew.

Exit status:
  0  the tasks were read; what is odd in them is on standard error
  1  there are none, or they cannot be read
  2  the command line is wrong";

/// Print tasks: ready ones first, then those that wait for others, then what is over
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct List {
    #[command(flatten)]
    place: Place,
    /// Every tag of the file
    #[arg(long, conflicts_with = "tag")]
    all_tags: bool,
    /// Only tasks of these statuses, by commas
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    status: Vec<String>,
    /// Only tasks that can be gone on with
    #[arg(long)]
    ready: bool,
    /// Subtasks too, below their tasks
    #[arg(long)]
    subtasks: bool,
    #[command(flatten)]
    form: Form,
}

/// A task as programs read it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record<'a> {
    tag: &'a str,
    id: &'a str,
    parent: Option<&'a str>,
    title: &'a str,
    status: &'a str,
    priority: &'a str,
    standing: &'static str,
    waits_for: Vec<&'a str>,
    dependencies: Vec<&'a str>,
    complexity: Option<&'a str>,
    labels: Vec<&'a str>,
    subtasks: Vec<&'a str>,
    criteria: Counted,
    content: String,
    line: usize,
}

/// How many criteria a task has.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Counted {
    chosen: usize,
    executable: usize,
}

impl Counted {
    pub(super) fn of(criteria: &[Candidate]) -> Self {
        let chosen = || criteria.iter().filter(|one| one.chosen);
        Self {
            chosen: chosen().count(),
            executable: chosen().filter(|one| one.is_executable()).count(),
        }
    }

    pub(super) fn text(self) -> String {
        format!("{}/{}", self.executable, self.chosen)
    }
}

/// Columns, in order; the first only of all tags, the last three only of the wide form and of CSV.
const COLUMNS: [&str; 11] = [
    "TAG",
    "ID",
    "STATUS",
    "READY",
    "PRIORITY",
    "CX",
    "CHECKS",
    "TITLE",
    "DEPENDS-ON",
    "LABELS",
    "LINE",
];

impl List {
    /// Does it.
    ///
    /// # Errors
    /// Where there are no tasks, or no such tag or status.
    pub fn run(&self, ascii: bool) -> Result<ExitCode, Failure> {
        let statuses = self.statuses()?;
        let project = self.place.open()?;
        let tags: Vec<&Tag> = match self.all_tags {
            true => project.book.tags.iter().collect(),
            false => vec![self.place.tag(&project)?],
        };
        let mut rows: Vec<(&Tag, &Task, Standing)> = Vec::new();
        for tag in tags {
            for (task, stands) in ordered(tag) {
                rows.push((tag, task, stands));
                let below = task.subtasks.iter().filter(|_| self.subtasks);
                rows.extend(below.map(|subtask| (tag, subtask, standing(tag, subtask))));
            }
        }
        rows.retain(|(_, task, stands)| {
            (statuses.is_empty() || statuses.contains(&task.status))
                && (!self.ready || *stands == Standing::Ready)
        });
        let style = self.form.style(ascii);
        print(&written(&project, &rows, self.all_tags, style)?)?;
        if rows.is_empty() && matches!(style.format, Format::Table | Format::Wide) {
            fail::warn("there is no such task");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn statuses(&self) -> Result<Vec<Status>, Failure> {
        let read = |word: &String| match Status::from(word.clone()) {
            Status::Other(word) if !word.is_empty() => {
                let known: Vec<&str> = Status::ALL.iter().map(Status::word).collect();
                let help = crate::app::config::problem::did_you_mean(
                    &word,
                    known.iter().copied(),
                    &format!("there are {}", known.join(", ")),
                );
                Err(Failure::Usage(format!("there is no status {word}; {help}")))
            }
            status => Ok(status),
        };
        self.status.iter().map(read).collect()
    }
}

fn written(
    project: &Project,
    rows: &[(&Tag, &Task, Standing)],
    tags: bool,
    style: Style,
) -> Result<String, Failure> {
    let records = || -> Vec<Record<'_>> {
        (rows.iter())
            .map(|(tag, task, stands)| Record::of(project, tag, task, stands))
            .collect()
    };
    let cells = |columns: std::ops::Range<usize>| -> Vec<Vec<String>> {
        let row = |(tag, task, stands): &(&Tag, &Task, Standing)| {
            let all = cells(project, tag, task, stands, style);
            all[columns.clone()].to_vec()
        };
        rows.iter().map(row).collect()
    };
    let first = usize::from(!tags);
    let header = |columns: std::ops::Range<usize>| style.header.then(|| &COLUMNS[columns]);
    Ok(match style.format {
        Format::Json => json(&records())?,
        Format::Yaml => yaml(&records())?,
        Format::Csv => csv(header(0..11), &cells(0..11)),
        Format::Name => rows
            .iter()
            .map(|(_, task, _)| format!("{}\n", task.id))
            .collect(),
        Format::Table => table(header(first..8), &cells(first..8)),
        Format::Wide => table(header(first..11), &cells(first..11)),
    })
}

impl<'a> Record<'a> {
    pub(super) fn of(
        project: &'a Project,
        tag: &'a Tag,
        task: &'a Task,
        stands: &'a Standing,
    ) -> Self {
        let waits = match stands {
            Standing::Waiting(missing) => &missing[..],
            _ => &[],
        };
        Self {
            tag: &tag.name,
            id: task.id.as_str(),
            parent: task.parent.as_ref().map(|id| id.as_str()),
            title: &task.title,
            status: task.status.word(),
            priority: task.priority.word(),
            standing: word(stands),
            waits_for: waits.iter().map(|id| id.as_str()).collect(),
            dependencies: task.dependencies.iter().map(|id| id.as_str()).collect(),
            complexity: task
                .complexity
                .as_ref()
                .map(|complexity| &*complexity.score),
            labels: task.labels.iter().map(|label| &**label).collect(),
            subtasks: task
                .subtasks
                .iter()
                .map(|subtask| subtask.id.as_str())
                .collect(),
            criteria: Counted::of(&project.criteria(task)),
            content: project.content(task),
            line: task.place.line,
        }
    }
}

fn word(stands: &Standing) -> &'static str {
    match stands {
        Standing::Ready => "ready",
        Standing::Waiting(_) => "waiting",
        Standing::Over => "over",
    }
}

fn cells(
    project: &Project,
    tag: &Tag,
    task: &Task,
    stands: &Standing,
    style: Style,
) -> Vec<String> {
    let none = if style.ascii { "-" } else { "—" };
    let ready = match stands {
        Standing::Ready => "ready".to_owned(),
        Standing::Waiting(missing) => format!("waits for {}", some(missing)),
        Standing::Over => none.to_owned(),
    };
    let indent = if task.parent.is_some() { "  " } else { "" };
    let or_none = |text: String| {
        if text.is_empty() {
            none.to_owned()
        } else {
            text
        }
    };
    let complexity = task
        .complexity
        .as_ref()
        .map_or("", |complexity| &*complexity.score);
    let all = |ids: &[crate::model::task::TaskId]| {
        ids.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(",")
    };
    vec![
        tag.name.to_string(),
        format!("{indent}{}", task.id),
        task.status.word().to_owned(),
        ready,
        task.priority.word().to_owned(),
        or_none(complexity.to_owned()),
        Counted::of(&project.criteria(task)).text(),
        task.title.to_string(),
        or_none(all(&task.dependencies)),
        or_none(task.labels.join(",")),
        task.place.line.to_string(),
    ]
}

/// The first three of them.
fn some(ids: &[crate::model::task::TaskId]) -> String {
    let first: Vec<String> = ids.iter().take(3).map(ToString::to_string).collect();
    match ids.len().saturating_sub(3) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
