//! `tiphys tasks plan` and `launch`: the QARuns that verify tasks, printed or created.
//! Apart from making them ([`super::make`]): here it is decided whether one may go out.

use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde_json::Value;

use super::make::{Made, Make};
use super::place::Place;
use crate::cli::Common;
use crate::cli::act::{self, Agreement, STATUS};
use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::output::{json, print, yaml};
use crate::cli::template::render::Written;
use crate::model::task::Project;

/// Print the QARun that verifies a task, as YAML; no cluster is asked
#[derive(Debug, Args)]
#[command(after_help = "\
What keeps a cluster from taking it is on standard error, with what can be said here to mend it.

Exit status:
  0  it could be created
  1  something is wrong with it, or there is no such task
  2  the command line is wrong

Examples:
  tiphys tasks plan 15 --service refunds --image ghcr.io/acme/qa:1 > qarun.yaml
  tiphys tasks plan 15 --only cargo-test-passes --env staging=https://staging.example
  tiphys tasks plan 15 | tiphys template render -")]
pub struct Plan {
    /// Id of a task, or of a subtask as 15.10
    task: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    make: Make,
    /// Form of the QARun
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Written,
}

impl Plan {
    /// Does it.
    ///
    /// # Errors
    /// Where there is no such task.
    pub fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let project = self.place.open()?;
        let (tag, task) = self.place.task(&project, &self.task)?;
        let namespace = common.namespaces.first().map_or("", String::as_str);
        let made = self.make.of(&project, tag, task, namespace, "")?;
        print(&match self.output {
            Written::Yaml => yaml(&made.document)?,
            Written::Json => json(&made.document)?,
        })?;
        for problem in &made.problems {
            fail::warn(&problem.to_string());
        }
        Ok(match made.problems.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(FAILED),
        })
    }
}

/// Create the QARuns that verify tasks, after the server has tried them
#[derive(Debug, Args)]
#[command(after_help = format!("\
They are created in the namespace of -n, else in that of the context; each launch makes new ones.

Examples:
  tiphys tasks launch 15 -n payments --dry-run
  tiphys tasks launch 15 16 -n payments --image ghcr.io/acme/qa:1 --yes

{STATUS}"))]
pub struct Launch {
    /// Ids of tasks, or of subtasks as 15.10
    #[arg(required = true, value_name = "TASK")]
    tasks: Vec<String>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    make: Make,
    #[command(flatten)]
    agreement: Agreement,
}

impl Launch {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        // What is wrong with a task needs no cluster to be told.
        let project = match self
            .place
            .open()
            .and_then(|project| self.tried(&project).map(|()| project))
        {
            Ok(project) => project,
            Err(why) => return fail::end(Err(why), FAILED, FAILED),
        };
        act::create(common, look, &self.agreement, |namespace| {
            self.documents(&project, namespace)
        })
    }

    fn tried(&self, project: &Project) -> Result<(), Failure> {
        self.documents(project, "default").map(|_| ())
    }

    /// The QARuns, each of which a cluster could take.
    fn documents(&self, project: &Project, namespace: &str) -> Result<Vec<Value>, Failure> {
        let now = Timestamp::now().to_string();
        let mut documents = Vec::new();
        for id in &self.tasks {
            let (tag, task) = self.place.task(project, id)?;
            let Made { document, problems } = self.make.of(project, tag, task, namespace, &now)?;
            if !problems.is_empty() {
                for problem in &problems {
                    fail::warn(&format!("task {}: {problem}", task.id));
                }
                return Err(Failure::new(
                    format!(
                        "no QARun is made of task {}: see above; nothing was sent",
                        task.id
                    ),
                    format!("`tiphys tasks plan {}` prints what it would be.", task.id),
                ));
            }
            if !documents.contains(&document) {
                documents.push(document);
            }
        }
        Ok(documents)
    }
}
