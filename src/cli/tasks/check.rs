//! `tiphys tasks check`: what is odd or wrong in the files of a project.
//! Apart from the other verbs, which only say that there is something.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::place::Place;
use crate::cli::fail::{FAILED, Failure};
use crate::cli::output::{json, print};
use crate::model::text::clean;

/// Print what is odd or wrong in the files of a project, each with its place
#[derive(Debug, Args)]
#[command(after_help = "\
JSON is a list of {file, line, column, what, help}.

Exit status:
  0  nothing is odd
  1  something is, or the tasks cannot be read")]
pub struct Check {
    #[command(flatten)]
    place: Place,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Said,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Said {
    /// A line for each
    #[default]
    Text,
    /// For programs
    Json,
}

#[derive(Serialize)]
struct Record<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    what: &'a str,
    help: &'a str,
}

impl Check {
    /// Does it.
    ///
    /// # Errors
    /// Where the tasks cannot be read.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let project = self.place.read()?;
        let records = || -> Vec<Record<'_>> {
            let record = |wrong: &'_ crate::model::task::Wrong| {
                (wrong.problem.place.line, wrong.problem.place.column)
            };
            (project.wrong.iter())
                .map(|wrong| {
                    let (line, column) = record(wrong);
                    Record {
                        file: &wrong.file,
                        line,
                        column,
                        what: &wrong.problem.what,
                        help: &wrong.problem.help,
                    }
                })
                .collect()
        };
        print(&match self.output {
            Said::Json => json(&records())?,
            Said::Text if project.wrong.is_empty() => {
                let (tasks, subtasks) = project.book.counts();
                format!(
                    "{}: nothing is odd in {tasks} tasks and {subtasks} subtasks\n",
                    clean(&project.file)
                )
            }
            Said::Text => (project.wrong.iter())
                .map(|wrong| format!("{}\n", clean(&wrong.to_string())))
                .collect(),
        })?;
        Ok(match project.wrong.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(FAILED),
        })
    }
}
