//! `tiphys tasks criteria`: what must hold of a task, how it would be found out, and why so.
//! Apart from the QARun that is made of them.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::place::Place;
use crate::cli::fail::{self, Failure};
use crate::cli::get::Form;
use crate::cli::output::runs::Style;
use crate::cli::output::{self, Format, csv, json, print, yaml};
use crate::model::mask::mask;
use crate::model::qarun::{Check, Criterion};
use crate::model::task::{self, Candidate, Project, Task};

const HELP: &str = "\
KIND is how it is found out; of those for a person, what a rule could make of it stands in brackets.
SURE is how sure it is that this is a criterion and that its check finds out what it says.
JSON and YAML are a list of {id, text, kind, the check, required, provenance {source, path, start, end},
confidence, because, leans, heading, ticked, chosen, fingerprint, at}; start and end are bytes of the
file, or of the field's text; at is the same for people.";

/// Print the criteria of a task, how each would be found out, how sure that is, and why
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Criteria {
    /// Id of a task, or of a subtask as 15.10
    task: String,
    #[command(flatten)]
    place: Place,
    /// Those too that are not taken, and why
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    form: Form,
}

/// A criterion as programs read it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written<'a> {
    #[serde(flatten)]
    criterion: &'a Criterion,
    confidence: task::Confidence,
    because: &'a str,
    leans: Option<&'a task::Lean>,
    heading: &'a str,
    ticked: Option<bool>,
    chosen: bool,
    fingerprint: &'a str,
    at: String,
}

impl<'a> Written<'a> {
    pub(super) fn of(project: &Project, task: &Task, one: &'a Candidate) -> Self {
        Self {
            criterion: &one.criterion,
            confidence: one.confidence,
            because: &one.because,
            leans: one.leans.as_ref(),
            heading: &one.heading,
            ticked: one.ticked,
            chosen: one.chosen,
            fingerprint: &one.fingerprint,
            at: at(project, task, one),
        }
    }
}

impl Criteria {
    /// Does it.
    ///
    /// # Errors
    /// Where there is no such task.
    pub fn run(&self, ascii: bool) -> Result<ExitCode, Failure> {
        let project = self.place.open()?;
        let (_, task) = self.place.task(&project, &self.task)?;
        let mut found = project.criteria(task);
        let all = found.len();
        if !self.all {
            found.retain(|one| one.chosen);
        }
        let style = self.form.style(ascii);
        let written = || -> Vec<Written<'_>> {
            found
                .iter()
                .map(|one| Written::of(&project, task, one))
                .collect()
        };
        print(&match style.format {
            Format::Json => json(&written())?,
            Format::Yaml => yaml(&written())?,
            Format::Name => found
                .iter()
                .map(|one| format!("{}\n", one.criterion.id))
                .collect(),
            Format::Csv | Format::Table | Format::Wide => {
                table(&project, task, &found, self.all, style)
            }
        })?;
        if matches!(style.format, Format::Table | Format::Wide) {
            self.told(task, all, found.len());
        }
        Ok(ExitCode::SUCCESS)
    }

    fn told(&self, task: &Task, all: usize, shown: usize) {
        if all == 0 {
            let id = &task.id;
            fail::warn(&format!(
                "nothing says what must hold of {id}: no acceptance-criteria.md, no block \"Acceptance criteria\", no testStrategy"
            ));
        } else if all > shown {
            fail::warn(&format!(
                "{} more are not taken: --all shows them, and why",
                all - shown
            ));
        }
    }
}

/// Columns, in order; the last four only of the wide form and of CSV.
const COLUMNS: [&str; 9] = [
    "ID", "KIND", "SURE", "REQUIRED", "TEXT", "CHECK", "WHY", "AT", "HEADING",
];

/// The criteria as columns.
pub(super) fn table(
    project: &Project,
    task: &Task,
    found: &[Candidate],
    all: bool,
    style: Style,
) -> String {
    let columns = match style.format {
        Format::Wide | Format::Csv => 9,
        // What is not taken is shown with its reason.
        _ if all => 7,
        _ => 5,
    };
    let rows: Vec<Vec<String>> = (found.iter())
        .map(|one| cells(project, task, one, style)[..columns].to_vec())
        .collect();
    let header = style.header.then(|| &COLUMNS[..columns]);
    match style.format {
        Format::Csv => csv(header, &rows),
        _ => output::table(header, &rows),
    }
}

fn cells(project: &Project, task: &Task, one: &Candidate, style: Style) -> Vec<String> {
    let kind = match (&one.leans, one.chosen) {
        (_, false) => "(not taken)".to_owned(),
        (Some(lean), _) => format!("manual ({})", lean.word()),
        (None, _) => one.criterion.check.kind().to_owned(),
    };
    let none = if style.ascii { "-" } else { "—" };
    let required = if one.criterion.required { "yes" } else { "no" };
    let or_none = |text: String| {
        if text.is_empty() {
            none.to_owned()
        } else {
            text
        }
    };
    vec![
        one.criterion.id.clone(),
        kind,
        one.confidence.word().to_owned(),
        required.to_owned(),
        mask(&one.criterion.text).into_owned(),
        or_none(mask(&done(&one.criterion.check)).into_owned()),
        one.because.clone(),
        at(project, task, one),
        or_none(one.heading.clone()),
    ]
}

/// What a machine does, in a line.
fn done(check: &Check) -> String {
    let typed = |argv: &[String], script: &Option<String>| match script {
        Some(script) => script.lines().collect::<Vec<_>>().join("; "),
        None => argv.join(" "),
    };
    match check {
        Check::Command { command } => typed(&command.argv, &command.script),
        Check::Junit { junit } => {
            format!("{} → {}", typed(&junit.argv, &junit.script), junit.report)
        }
        Check::Http { http } => {
            let method = http.method.unwrap_or_default().word();
            let status = http
                .expect
                .as_ref()
                .map(|expect| &expect.status[..])
                .unwrap_or_default();
            let status: Vec<String> = status.iter().map(ToString::to_string).collect();
            format!("{method} {} {}", http.url, status.join("|"))
                .trim_end()
                .to_owned()
        }
        Check::Metric { metric } => format!(
            "{} {} {}",
            metric.query,
            metric.comparison.sign(),
            metric.threshold
        ),
        Check::Manual { .. } | Check::Unknown => String::new(),
    }
}

/// Where it was read: a line of a file, or bytes of a field.
fn at(project: &Project, task: &Task, one: &Candidate) -> String {
    let Some(from) = &one.criterion.provenance else {
        return String::new();
    };
    let start = usize::try_from(from.start.unwrap_or_default()).unwrap_or_default();
    match (&from.path, project.paper(task)) {
        (Some(path), Some(paper)) if *path == paper.path => {
            format!("{path}:{}", task::Place::of(&paper.text, start))
        }
        (Some(path), _) => path.clone(),
        (None, _) => format!("{} {}-{}", from.source, start, from.end.unwrap_or_default()),
    }
}
