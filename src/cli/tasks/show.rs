//! `tiphys tasks show`: one task with its texts and its criteria.
//! Apart from the list, whose rows have no room for them.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use super::criteria::{self, Written};
use super::list;
use super::place::Place;
use crate::cli::fail::Failure;
use crate::cli::get::Form;
use crate::cli::output::runs::Style;
use crate::cli::output::{Format, json, print, yaml};
use crate::model::mask::mask;
use crate::model::task::{Acceptance, Candidate, Project, Standing, Tag, Task, standing};
use crate::model::text::clean;

/// Print one task: what it says, what it waits for, its criteria
#[derive(Debug, Args)]
#[command(after_help = "\
JSON and YAML have the fields of `tiphys tasks list`, and {description, details, testStrategy,
acceptanceCriteria, metadata, found}; found is a list as `tiphys tasks criteria` prints it.")]
pub struct Show {
    /// Id of a task, or of a subtask as 15.10
    task: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    form: Form,
}

/// A task with its texts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    #[serde(flatten)]
    row: list::Record<'a>,
    description: String,
    details: String,
    test_strategy: String,
    acceptance_criteria: Vec<String>,
    metadata: &'a Map<String, Value>,
    found: Vec<Written<'a>>,
}

impl Show {
    /// Does it.
    ///
    /// # Errors
    /// Where there is no such task.
    pub fn run(&self, ascii: bool) -> Result<ExitCode, Failure> {
        let project = self.place.open()?;
        let (tag, task) = self.place.task(&project, &self.task)?;
        let found = project.criteria(task);
        let stands = standing(tag, task);
        let style = self.form.style(ascii);
        let record = || Record {
            row: list::Record::of(&project, tag, task, &stands),
            description: mask(&task.description).into_owned(),
            details: mask(&task.details).into_owned(),
            test_strategy: mask(&task.test_strategy).into_owned(),
            acceptance_criteria: match &task.acceptance {
                Acceptance::Unsaid => Vec::new(),
                Acceptance::Text(text) => vec![mask(text).into_owned()],
                Acceptance::List(all) => all.iter().map(|one| mask(one).into_owned()).collect(),
            },
            metadata: &task.metadata,
            found: found
                .iter()
                .map(|one| Written::of(&project, task, one))
                .collect(),
        };
        print(&match style.format {
            Format::Json => json(&record())?,
            Format::Yaml => yaml(&record())?,
            Format::Name => format!("{}\n", task.id),
            _ => sheet(&project, tag, task, &stands, &found, style),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn sheet(
    project: &Project,
    tag: &Tag,
    task: &Task,
    stands: &Standing,
    found: &[Candidate],
    style: Style,
) -> String {
    let mut text = format!("{} {}\n", task.id, task.title);
    let mut line = |name: &str, said: &str| {
        if !said.is_empty() {
            text.push_str(&format!("{name:<13}{}\n", clean(said)));
        }
    };
    line("tag", &tag.name);
    let standing = match stands {
        Standing::Ready => format!("{}, ready", task.status.word()),
        Standing::Waiting(missing) => {
            let names: Vec<String> = missing.iter().map(|id| named(tag, id.as_str())).collect();
            format!("{}, waits for {}", task.status.word(), names.join("; "))
        }
        Standing::Over => task.status.word().to_owned(),
    };
    line("status", &standing);
    line("priority", task.priority.word());
    if let Some(complexity) = &task.complexity {
        line("complexity", &complexity.score);
    }
    line("labels", &task.labels.join(", "));
    line("place", &format!("{}:{}", project.file, task.place));
    if let Some(paper) = project.paper(task) {
        line("criteria of", &paper.path);
    }
    for (name, said) in [
        ("description", &task.description),
        ("details", &task.details),
        ("test strategy", &task.test_strategy),
    ] {
        text.push_str(&paragraph(name, said));
    }
    if !task.subtasks.is_empty() {
        text.push_str("\nsubtasks\n");
        for subtask in &task.subtasks {
            let said = format!(
                "{:<8}{:<12}{}",
                subtask.id,
                subtask.status.word(),
                subtask.title
            );
            text.push_str(&format!("  {}\n", clean(&said)));
        }
    }
    text.push_str("\ncriteria\n");
    if found.is_empty() {
        text.push_str("  none: no document, no block \"Acceptance criteria\", no testStrategy\n");
    }
    for row in criteria::table(
        project,
        task,
        found,
        false,
        Style {
            header: false,
            ..style
        },
    )
    .lines()
    {
        text.push_str(&format!("  {row}\n"));
    }
    text
}

/// A text of several lines below its name, each clean; credentials masked.
fn paragraph(name: &str, said: &str) -> String {
    if said.trim().is_empty() {
        return String::new();
    }
    let mut text = format!("\n{name}\n");
    for line in mask(said.trim_end()).lines() {
        text.push_str(format!("  {}", clean(line)).trim_end());
        text.push('\n');
    }
    text
}

/// `12 Set up the database (pending)`
fn named(tag: &Tag, id: &str) -> String {
    match tag.task(id) {
        Some(task) => format!("{id} {} ({})", task.title, task.status.word()),
        None => format!("{id}, which does not exist"),
    }
}
