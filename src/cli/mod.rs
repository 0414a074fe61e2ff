//! The command line: what can be asked, and what is done with it, one file per verb.
//! Apart from the program it starts; the only room that prints and that speaks in exit statuses.

mod act;
mod agents;
mod artifacts;
mod ask;
mod bridge;
mod compare;
mod completions;
mod config;
mod console;
mod controller;
mod crd;
mod demo;
mod fail;
mod failures;
mod frame;
mod get;
mod habits;
mod history;
mod install;
mod lines;
mod logs;
mod matching;
mod merge;
mod naming;
mod output;
mod project;
mod qaruns;
mod report;
mod staged;
mod tasks;
mod template;
mod watch;
mod why;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::model::text::clean_message;

/// A live terminal console for QA on Kubernetes: Argo workflows of every namespace, and why they fail or wait
#[derive(Debug, Parser)]
#[command(name = "tiphys", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// Which cluster, and how to look at it.
    #[command(flatten)]
    pub common: Common,
    /// How the console looks and listens.
    #[command(flatten)]
    pub look: console::Look,
    /// What to do instead of the console.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

const EXAMPLES: &str = "\
Examples:
  tiphys demo                        a living cluster in the process, to look around in
  tiphys                             every namespace of the current context
  tiphys -n payments -n checkout     two namespaces
  tiphys --context staging --readonly
  tiphys get runs status:failed -o json
  tiphys failures 'age<1d'           what runs failed of, most runs first
  tiphys template show payments/smoke
  tiphys template check qarun.yaml   what is wrong with a QARun; `render` prints the workflow made of it
  tiphys qarun payments/qa-15-10     its verdict, its criteria, its attempts
  tiphys tasks list                  tasks of Task Master, ready ones first
  tiphys tasks launch 15 -n payments --dry-run    the QARun that verifies task 15
  tiphys crd | kubectl apply --server-side -f -
  tiphys install --image registry.example/tiphys:0.1.0 --scope namespace -n payments
  tiphys controller -n payments      run the QARuns of a namespace from here
  tiphys bridge -n payments          verify Task Master's tasks in review, and note the verdict in tasks.json
  tiphys logs payments/nightly -f
  tiphys why payments/nightly        why it failed or waits, and what that is known from
  tiphys history payments/nightly    how its last runs ended, also those the cluster has forgotten
  tiphys compare payments/nightly    against the last green run of its template: what is different
  tiphys artifacts payments/nightly junit --step unit    a table of tests, the failing ones first
  tiphys watch nightly && echo passed
  tiphys watch --fleet               every run, a sentence a line: screen readers, dumb terminals
  tiphys retry status:failed ns:payments --dry-run
  tiphys approve payments/canary --set version=1.4.2
  tiphys launch payments/smoke -p env=qa --yes && tiphys journal --last 1
  tiphys shell payments/e2e-7 integration    a shell in the container of a step that runs
  tiphys frame --demo --keys 'enter l'
  tiphys config check                the files below, with what is wrong and where
  source <(tiphys completions bash)

Files:
  $KUBECONFIG, ~/.kube/config            clusters and credentials
  $XDG_CONFIG_HOME/tiphys/               config.toml, keymap.toml, keymaps/, themes/ (default ~/.config/tiphys;
                                         `tiphys config --help` says what they say)
  $XDG_STATE_HOME/tiphys/session.json    where you left off in each context (--no-restore begins anew)
  $XDG_STATE_HOME/tiphys/journal.jsonl   what was done from here (`tiphys journal`), and beside it trash/ with what was deleted
  $XDG_STATE_HOME/tiphys/proposals.json  what `tiphys tasks propose` was answered, and how often it asked today
  $XDG_STATE_HOME/tiphys/history.db      how runs ended (`tiphys history`)
  $XDG_STATE_HOME/tiphys/tiphys.log      the log (default ~/.local/state/tiphys/tiphys.log)

Environment:
  TIPHYS_LOG   level of the log: error, warn, info (default), debug, trace, or a filter
  ANTHROPIC_API_KEY   key of `tiphys tasks propose`, which asks nobody without one
  NO_COLOR     any value: the mono theme, unless a theme is named
  TERM, COLORTERM   how many colours the terminal has";

/// Options of every verb that looks at a cluster.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Cluster")]
pub struct Common {
    /// Context of the kubeconfig, instead of its current one
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Kubeconfig file, instead of $KUBECONFIG or ~/.kube/config
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub kubeconfig: Option<PathBuf>,
    /// Namespace to look at; can be given several times
    #[arg(short, long = "namespace", global = true, value_name = "NS", value_parser = namespaces)]
    pub namespaces: Vec<String>,
    /// All namespaces, as far as you are allowed to see them (the default)
    #[arg(short = 'A', long, global = true, conflicts_with = "namespaces")]
    pub all_namespaces: bool,
    /// Let nothing that changes the cluster leave this program
    #[arg(long, global = true)]
    pub readonly: bool,
    /// Write the log to this file
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub log: Option<PathBuf>,
}

/// What can be done instead of the console.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run the console on a living cluster embedded in the process
    Demo(demo::Demo),
    /// Print runs, one run or its steps, once
    Get(get::Get),
    /// Print what runs failed of, once: runs that failed of the same together
    Failures(failures::Failures),
    /// Print what runs are launched from, and make workflows of QARuns
    #[command(visible_alias = "templates")]
    Template(template::Template),
    /// Print the log of a run: every container of every step, in order of time
    #[command(alias = "log")]
    Logs(logs::Logs),
    /// Say why a run failed, waits, is slow or stands still, and what that is known from
    Why(why::Why),
    /// Print how runs ended that may be gone from the cluster
    History(history::History),
    /// Say in what a run differs from the last green one of its template, or from another run
    Compare(compare::Compare),
    /// Write down what is known of a run as Markdown, for a ticket or whoever was not there
    Report(report::Report),
    /// List the artifacts of a run, look into one, or download it
    Artifacts(artifacts::Artifacts),
    /// Print what changes: of one run until it ends, or of all of them, a line for each change
    Watch(watch::Watch),
    /// Change something, or see what was changed
    #[command(flatten)]
    Act(act::Verb),
    /// Print one frame of the console as text, after some keys
    Frame(frame::Frame),
    /// Check, show and explain the configuration: settings, keys, themes
    Config(config::Config),
    /// Print QARuns, the newest first
    #[command(name = "qaruns")]
    QaRuns(qaruns::QaRuns),
    /// Print one QARun, or retry, stop, suspend it: its verdict, its criteria, its attempts
    #[command(name = "qarun")]
    QaRun(qaruns::One),
    /// Read tasks of Task Master, and verify them
    Tasks(tasks::Tasks),
    /// Print CodeRuns and DocsRuns of the platform, the newest first
    #[command(name = "coderuns")]
    CodeRuns(agents::CodeRuns),
    /// Print the definition of QARuns, to be applied to a cluster
    Crd(crd::Crd),
    /// Print or apply what a cluster needs to run QARuns: definition, rights, controller
    Install(Box<install::Install>),
    /// Run QARuns: make workflows of them, and write into their status what came of it
    Controller(controller::Controller),
    /// Verify Task Master's tasks as they reach a status, and note in tasks.json what was found
    Bridge(bridge::Bridge),
    /// Print the completion script of a shell
    Completions(completions::Completions),
}

/// Reads the command line and does what it says.
///
/// # Errors
/// What a person must know; `main` prints it.
pub fn run() -> color_eyre::Result<ExitCode> {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(refused) => match habits::meant(&refused) {
            Some(what) => {
                fail::say(&format!("tiphys: {what}\n"));
                return Ok(ExitCode::from(fail::USAGE));
            }
            None => refused.exit(),
        },
    };
    match cli.verb {
        None => console::on_cluster(&cli.common, &cli.look),
        Some(Verb::Demo(verb)) => verb.run(&cli.common, &cli.look),
        Some(Verb::Get(verb)) => Ok(verb.run(&cli.common, cli.look.ascii_on_paper())),
        Some(Verb::Failures(verb)) => Ok(verb.run(&cli.common, cli.look.ascii_on_paper())),
        Some(Verb::Template(verb)) => Ok(verb.run(&cli.common, &cli.look)),
        Some(Verb::Logs(verb)) => Ok(verb.run(&cli.common)),
        Some(Verb::Why(verb)) => Ok(verb.run(&cli.common)),
        Some(Verb::History(verb)) => Ok(verb.run(&cli.common)),
        Some(Verb::Compare(verb)) => Ok(verb.run(&cli.common)),
        Some(Verb::Report(verb)) => Ok(verb.run(&cli.common)),
        Some(Verb::Artifacts(verb)) => Ok(verb.run(&cli.common)),
        Some(Verb::Watch(verb)) => Ok(verb.run(&cli.common)),
        Some(Verb::Act(verb)) => Ok(verb.run(&cli.common, &cli.look)),
        Some(Verb::Frame(verb)) => Ok(verb.run(&cli.common, &cli.look)),
        Some(Verb::Config(verb)) => Ok(verb.run(&cli.look)),
        Some(Verb::QaRuns(verb)) => Ok(verb.run(&cli.common, cli.look.ascii_on_paper())),
        Some(Verb::Tasks(verb)) => Ok(verb.run(&cli.common, &cli.look)),
        Some(Verb::QaRun(verb)) => Ok(verb.run(&cli.common, &cli.look)),
        Some(Verb::CodeRuns(verb)) => Ok(verb.run(&cli.common, cli.look.ascii_on_paper())),
        Some(Verb::Crd(verb)) => Ok(verb.run()),
        Some(Verb::Install(verb)) => Ok(verb.run(&cli.common, &cli.look)),
        Some(Verb::Controller(verb)) => Ok(verb.run(&cli.common)),
        Some(Verb::Bridge(verb)) => Ok(verb.run(&cli.common)),
        Some(Verb::Completions(verb)) => verb.run(&mut Cli::command()),
    }
}

/// Names of namespaces, by commas: an empty one, or one that cannot exist, would be waited for in vain.
fn namespaces(text: &str) -> Result<String, String> {
    let valid = |name: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        // DNS label, RFC 1123: <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
        (1..=63).contains(&name.len())
            && name.bytes().all(inner)
            && !name.starts_with('-')
            && !name.ends_with('-')
    };
    match text.split(',').find(|name| !valid(name)) {
        None => Ok(text.to_string()),
        Some("") => Err("name a namespace, or leave -n out to see all".to_string()),
        Some(_) => Err("namespaces have small letters, digits and `-` in their names".to_string()),
    }
}

/// Says in plain text why nothing could be begun, in the words of the other verbs; a panic alone is reported with its trace.
pub fn failed(why: &color_eyre::Report) -> ExitCode {
    fail::say(&format!("tiphys: {}\n", clean_message(&format!("{why:#}"))));
    ExitCode::from(fail::FAILED)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_stand_before_and_behind_the_verb_and_namespaces_repeat() {
        let cli = Cli::try_parse_from(["tiphys", "-n", "a", "-n", "b", "--readonly"]).unwrap();
        assert_eq!(cli.common.namespaces, ["a", "b"]);
        assert!(cli.common.readonly && cli.verb.is_none());
        let cli = Cli::try_parse_from(["tiphys", "completions", "bash", "--context", "x"]).unwrap();
        assert_eq!(cli.common.context.as_deref(), Some("x"));
        assert!(Cli::try_parse_from(["tiphys", "-A", "-n", "a"]).is_err());
    }

    #[test]
    fn a_namespace_that_cannot_exist_is_refused_at_once() {
        let parse = |names: &str| Cli::try_parse_from(["tiphys", "-n", names]);
        assert!(parse("payments,team-2").is_ok());
        for wrong in ["", "a,", ",", "Payments", "a b", "a/b", "a=", "x-"] {
            let why = parse(wrong).unwrap_err().to_string();
            assert!(why.contains("namespace"), "{wrong}: {why}");
        }
    }
}
