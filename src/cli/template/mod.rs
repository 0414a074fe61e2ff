//! `tiphys template`: what runs are launched from, and the templates of this program that QARuns become workflows with.
//! Apart from runs. Both kinds of template have one verb, because a person who looks for one does not know of which kind it is.

mod builtin;
mod install;
mod origins;
pub(super) mod render;
pub(super) mod source;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::cli::Common;
use crate::cli::ask;
use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED};
use origins::STATUS;

/// Print what runs are launched from, and make workflows of QARuns
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tiphys template list -n payments
  tiphys template list --kind cron -o json
  tiphys template list --kind builtin
  tiphys template show payments/acceptance
  tiphys template show smoke --kind cluster -o yaml
  tiphys template check qarun.yaml
  tiphys template render qarun.yaml | kubectl create --dry-run=server -f -
  tiphys template install qarun.yaml --name refunds-acceptance | kubectl apply --server-side -f -")]
pub struct Template {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print all of them, once
    #[command(visible_alias = "ls", after_help = STATUS)]
    List(origins::List),
    /// Print one: -o table and json say what is known of it, yaml is the object itself without what is secret
    #[command(after_help = STATUS)]
    Show(origins::Show),
    /// Print the workflow that is made of a QARun; no cluster is asked
    Render(render::Render),
    /// Say what is wrong with QARuns, workflows and templates in files, each with its place; no cluster is asked
    Check(render::Check),
    /// Print or apply the WorkflowTemplate that is made of a QARun, to launch from
    Install(install::Install),
}

impl Template {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        match &self.verb {
            Verb::List(verb) => ask::run(common, (FAILED, 0), verb.run(common)),
            Verb::Show(verb) => ask::run(common, (FAILED, 0), verb.run(common)),
            Verb::Render(verb) => fail::end(verb.run(common), FAILED, 0),
            Verb::Check(verb) => fail::end(verb.run(), FAILED, 0),
            Verb::Install(verb) => verb.run(common, look),
        }
    }
}
