//! `tiphys tasks`: tasks of Task Master, their criteria, and the QARuns that verify them.
//! Apart from the verbs about runs: all but `launch` and `tick` ask no cluster.

mod check;
mod criteria;
mod launch;
mod list;
mod make;
mod place;
mod propose;
mod show;
mod tick;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::cli::Common;
use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED};

const HELP: &str = "\
Tasks are read from .taskmaster/tasks/tasks.json (or tasks/tasks.json) of this folder or the nearest
one above it; nothing but `tick` writes there. Criteria come from docs/task-N/acceptance-criteria.md, from a
block \"Acceptance criteria\" of the details, from the field acceptanceCriteria, else from testStrategy.
What names a command, or a URL with its status, is checked by a machine; all else is for a person.

.tiphys/criteria.toml of the project says it better:
  [defaults]                    what QARuns are made with: service, image, repository, revision,
  service = \"shop\"              template, service-account
  [[defaults.complexity]]       what complex tasks need, by Task Master's score: of those reached the highest; unless said from
  from = 7                      7 on 20 minutes for a criterion and 2 hours for a run, from 9 on 30 and 3; complexity = []: nothing
  criterion-timeout = 1200      seconds; run-timeout holds where no person is asked; retries of a step
  [environments]
  staging = \"https://staging.example\"
  [[map]]                       which criteria (match = a part of the text or \"/expression/\", heading,
  kind = \"tests\"                source, kind, tasks), and how they are found out: command (with report
  command = \"cargo nextest run\" a JUnit report), url (with query a metric), instructions
  [[drop]]                      not taken
  heading = \"Sign-off\"
  [[force]]                     required, take, manual, timeout
  match = \"docs\"
  required = false
  [[add]]                       one more, of some tasks or of all
  text = \"The changelog says what is new\"

Examples:
  tiphys tasks list                          ready ones first
  tiphys tasks list --status review -o json
  tiphys tasks criteria 15                   what must hold, how it would be found out, and why
  tiphys tasks plan 15 --env staging=https://staging.example --image ghcr.io/acme/qa:1
  tiphys tasks launch 15 16 -n payments --dry-run
  tiphys tasks propose 15 --dry-run          what Claude would be asked about criteria that no rule covers
  tiphys tasks tick 15                       what its last QARun found to pass, in acceptance-criteria.md
  tiphys tasks check                         what is odd or wrong in the files, with places";

/// Read tasks of Task Master, and verify them
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Tasks {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print tasks: ready ones first, then those that wait for others, then what is over
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Print one task: what it says, what it waits for, its criteria
    Show(show::Show),
    /// Print the criteria of a task, how each would be found out, how sure that is, and why
    Criteria(criteria::Criteria),
    /// Print the QARun that verifies a task, as YAML; no cluster is asked
    Plan(launch::Plan),
    /// Create the QARuns that verify tasks, after the server has tried them
    Launch(launch::Launch),
    /// Ask Claude how criteria could be found out by a machine; what it proposes becomes a rule only where you take it
    Propose(Box<propose::Propose>),
    /// Print what is odd or wrong in the files of a project, each with its place
    Check(check::Check),
    /// Tick the checkboxes of acceptance-criteria.md whose criteria passed
    Tick(tick::Tick),
}

impl Tasks {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let ascii = look.ascii_on_paper();
        let done = match &self.verb {
            Verb::List(verb) => verb.run(ascii),
            Verb::Show(verb) => verb.run(ascii),
            Verb::Criteria(verb) => verb.run(ascii),
            Verb::Plan(verb) => verb.run(common),
            Verb::Check(verb) => verb.run(),
            Verb::Launch(verb) => return verb.run(common, look),
            Verb::Propose(verb) => return verb.run(common, look),
            Verb::Tick(verb) => return verb.run(common),
        };
        fail::end(done, FAILED, 0)
    }
}
