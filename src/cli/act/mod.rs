//! The verbs that change something: the same orders, the same way out and the same journal as the console's.
//! Apart from the verbs that read; here nothing goes out that was not agreed to.

mod agree;
mod apply;
mod carry;
mod create;
mod cron;
mod edit;
mod journal;
mod launch;
mod qarun;
mod report;
mod runs;
mod shell;
mod step;
mod target;
mod values;
mod wait;

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use crate::app::config::problem::Problem;
use crate::app::orders::guard;
use crate::cli::Common;
use crate::cli::ask;
use crate::cli::console::Look;
use crate::cli::fail::{FAILED, Failure};
use crate::cluster::Cluster;
use crate::model::act::Operation;
use crate::runtime::journal::Journal;

pub(super) use agree::answered;
pub(super) use apply::apply;
pub(super) use create::create;
pub(super) use qarun::QaRunVerb;

/// What is said of names and filters below the help of verbs on runs.
const TARGETS: &str = "\
A run is NAME or NAMESPACE/NAME; or filter words choose all that match (`tiphys get runs --help`).
";
/// What is said of verbs that make nothing new.
const AGAIN: &str = "\
Asking again is safe: what was done already is not done twice.
";
/// What is said below the help of every verb that changes something.
pub(super) const STATUS: &str = "\
Without --yes it is shown what would be done, and asked; where nobody can be asked, it is refused.
Several are done one after the other. It ends when the first does not go well, or the same goes
wrong twice in a row, or at ctrl-c; each that is not done is named.
Everything sent is in the journal: `tiphys journal`.

-o json is one list of {namespace, name, uid, kind, operation, step, outcome, why, expect, made,
requests, says, warns, again, pods, equivalent, trash, diff}; outcome is applied, not applied, changed,
unknown, skipped, not sent, or dry run.

Exit status:
  0  all done; what a filter chose and is not in a state for it is skipped
  1  something was not done, or there is no such object; each result says why
  2  the command line is wrong, or does not allow it: --readonly, a protected context that is not
     named, nobody to ask and no --yes
  3  of at least one nobody knows whether it was done: look before asking again";

/// Exit status where the fate of something is not known.
const UNKNOWN: u8 = 3;

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// One line each
    #[default]
    Text,
    /// JSON, once all are over
    Json,
    /// Only NAMESPACE/NAME of what was changed or made
    Name,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run what failed again, and what depends on it
    Retry(runs::Retry),
    /// Count a failed step as passed: what depends on it runs
    Bypass(runs::Bypass),
    /// End runs; their exit handlers run
    Stop(runs::Stop),
    /// End runs at once, without their exit handlers
    Terminate(runs::Whole),
    /// Let runs start no new step; what runs goes on
    Suspend(runs::Whole),
    /// Let suspended runs go on
    Resume(runs::Whole),
    /// Let runs go on that were stopped, where nothing of them failed
    Continue(runs::Whole),
    /// Let a step pass that waits for a person
    Approve(runs::Approve),
    /// Fail a step that waits for a person
    Reject(runs::Reject),
    /// Make a new run of the same specification
    Resubmit(runs::Resubmit),
    /// Delete runs, with their pods and logs
    Delete(runs::Delete),
    /// Make a new run from a template, or like another run
    Launch(launch::Launch),
    /// Edit the manifest of a run, a template or a cron
    Edit(edit::Edit),
    /// List cron workflows, suspend and resume them, run one now
    Cron(cron::Cron),
    /// Open a shell in the container of a step that runs, or run a program there
    Shell(shell::Shell),
    /// Wait until runs are over; the exit status is the outcome
    Wait(wait::Wait),
    /// Print what was done from here, and how it ended
    Journal(journal::JournalVerb),
}

impl Verb {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        match self {
            Self::Retry(verb) => verb.run(common, look),
            Self::Bypass(verb) => verb.run(common, look),
            Self::Stop(verb) => verb.run(common, look),
            Self::Terminate(verb) => verb.run(common, look, Operation::Terminate),
            Self::Suspend(verb) => verb.run(common, look, Operation::Suspend),
            Self::Resume(verb) => verb.run(common, look, Operation::Resume),
            Self::Continue(verb) => verb.run(common, look, Operation::Continue),
            Self::Approve(verb) => verb.run(common, look),
            Self::Reject(verb) => verb.run(common, look),
            Self::Resubmit(verb) => verb.run(common, look),
            Self::Delete(verb) => verb.run(common, look),
            Self::Launch(verb) => verb.run(common, look),
            Self::Edit(verb) => verb.run(common, look),
            Self::Cron(verb) => verb.run(common, look),
            Self::Shell(verb) => verb.run(common, look),
            Self::Wait(verb) => verb.run(common),
            Self::Journal(verb) => verb.run(common),
        }
    }
}

/// What every verb that changes something can be told.
#[derive(Clone, Debug, Args)]
pub struct Agreement {
    /// Do it without asking
    #[arg(short, long)]
    yes: bool,
    /// Show what would be done, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Form of the results
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Form,
}

/// A cluster in which something may be changed, as far as that is decided here.
struct Desk<'a> {
    cluster: Cluster,
    common: &'a Common,
    agreement: &'a Agreement,
    journal: Option<Journal>,
}

/// Runs the job of a verb that changes something.
fn run<'a, F>(
    common: &'a Common,
    look: &Look,
    agreement: &'a Agreement,
    job: impl FnOnce(Desk<'a>) -> F,
) -> ExitCode
where
    F: Future<Output = Result<ExitCode, Failure>>,
{
    ask::run(common, (FAILED, FAILED), async {
        job(Desk::open(common, look, agreement).await?).await
    })
}

impl<'a> Desk<'a> {
    /// Connects, where a person can agree or has.
    async fn open(
        common: &'a Common,
        look: &Look,
        agreement: &'a Agreement,
    ) -> Result<Self, Failure> {
        if !agreement.dry_run {
            if common.readonly {
                return Err(Failure::Usage(
                    "--readonly lets nothing be changed; --dry-run shows what would be".to_string(),
                ));
            }
            if !agreement.yes && !is_asked() {
                return Err(Failure::Usage(
                    "there is no terminal to ask in: --yes does it without asking, --dry-run shows what would be done".to_string(),
                ));
            }
        }
        let cluster = common.connect().await?;
        if !agreement.dry_run {
            protected(common, look, agreement.yes, cluster.context())?;
        }
        Ok(Self {
            cluster,
            common,
            agreement,
            journal: Journal::usual()
                .map(|file| file.with_trash(look.home().load(None).config.habits.trash)),
        })
    }
}

/// Somebody can be shown something, and answer.
pub(super) fn is_asked() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// A context that is protected is named, and nobody is asked in passing.
fn protected(common: &Common, look: &Look, yes: bool, context: &str) -> Result<(), Failure> {
    if common.context.is_some() && yes {
        return Ok(());
    }
    let config = look.home().load(None).config;
    if let Some(problem) = config.problems.iter().find(|problem| hides(problem)) {
        return Err(Failure::new(
            format!(
                "whether {context} is protected cannot be read: {}: {}",
                problem.place,
                problem.sentence()
            ),
            format!("Mend it, or say both --context {context} and --yes."),
        ));
    }
    if guard::protects(&config.habits.protected, context) {
        return Err(Failure::Usage(format!(
            "{context} is a protected context (`protected` in config.toml): it is changed only with both --context {context} and --yes"
        )));
    }
    Ok(())
}

/// What is wrong may keep a context from being protected.
fn hides(problem: &Problem) -> bool {
    let file = Path::new(&*problem.place.file).file_name();
    file.is_some_and(|file| file == "config.toml")
        && (problem.place.line == 0 || problem.line.contains("protected"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_hide_a_protection_is_in_the_way() {
        let at = |file: &str, line: &str| Problem {
            line: line.to_string(),
            place: crate::app::config::problem::Place {
                file: file.into(),
                line: 3,
                column: 1,
            },
            ..Problem::whole(file, "x", "y")
        };
        assert!(hides(&at("/c/config.toml", "protected = [\"a\"")));
        assert!(!hides(&at("/c/config.toml", "theme = \"duks\"")));
        assert!(!hides(&at("/c/keymap.toml", "protected = 1")));
        assert!(hides(&Problem::whole(
            "/c/config.toml",
            "cannot be read",
            ""
        )));
        assert!(!hides(&Problem::whole(
            "/c/keymap.toml",
            "cannot be read",
            ""
        )));
    }
}
