//! `tiphys get runs|run|steps`: what the console shows, once, for scripts and for people who type.
//! Apart from the console, which follows; here everything is read until it is complete, or the exit status says that it is not.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::app::fleet::Run;
use crate::app::select::{self, Selection, SortKey};
use crate::app::state::{Options, State};
use crate::cli::Common;
use crate::cli::ask::{self, Depth};
use crate::cli::fail::{self, FAILED, Failure, PARTIAL};
use crate::cli::matching;
use crate::cli::naming;
use crate::cli::output::runs::Style;
use crate::cli::output::{Format, print, record, runs, steps};
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::phase::Phase;

/// Completed runs whose object is read for a table.
const TABLE_READS: usize = 200;

const STATUS: &str = "\
Exit status:
  0  everything that the form shows was read
  1  nothing could be read, or there is no such run; standard error says why
  2  the command line or the filter is wrong
  3  part of it could not be read: what is missing is on standard error";

const FILTER: &str = "\
Filter words, all of which must hold:
  status:failed,error   ns:pay   name:nightly   task:15.10   kind:cron
  from:nightly   msg:timeout   label:team=qa   'dur>10m'   'age<2h'
  cause:0d3a51c2b9e4 (of `tiphys failures`)
  any text, \"with spaces\" in quotes; ! before a word turns it round

What a run that is over does not say in lists (times, steps, why) is read
object by object. A table reads the failed ones first and at most 200, others
show `·`; -o wide, json, yaml and csv read all that match.

JSON and YAML are a list of {namespace, name, uid, state, phase, task, origin,
progress {done, total}, createdAt, startedAt, finishedAt, elapsedSeconds,
reason, message, labels}; what does not exist is null.

";

/// Print runs or steps, once
#[derive(Debug, Args)]
pub struct Get {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Runs of all namespaces, or of those named with -n, what needs a human first
    #[command(visible_alias = "r", after_help = format!("{FILTER}{STATUS}"))]
    Runs(Runs),
    /// One run: what is known of it in every form; with --object the object itself, credentials masked
    #[command(after_help = STATUS)]
    Run(OneRun),
    /// The steps of one run, as a tree or as a list
    #[command(after_help = STATUS)]
    Steps(One),
}

#[derive(Debug, Args)]
struct Runs {
    /// Words that must hold, as in the console's filter
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,
    /// Order
    #[arg(long, value_enum, default_value_t, value_name = "ORDER")]
    sort: Order,
    /// The other way round
    #[arg(long)]
    reverse: bool,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, Args)]
struct One {
    /// NAME, or NAMESPACE/NAME where several have it
    run: String,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, Args)]
struct OneRun {
    #[command(flatten)]
    one: One,
    /// The object as the cluster has it, credentials masked: as YAML, or as JSON with -o json
    #[arg(long)]
    object: bool,
}

#[derive(Debug, Args)]
pub(super) struct Form {
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Format,
    /// Leave out the names of the columns
    #[arg(long)]
    no_headers: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Order {
    /// What needs a human first
    #[default]
    Attention,
    /// Newest created first
    #[value(alias = "created")]
    Newest,
    /// Ended last first
    Ended,
    /// Longest running first
    #[value(alias = "elapsed")]
    Longest,
    /// Namespace, then name
    Name,
    /// Least done first
    Progress,
}

impl Order {
    fn key(self) -> SortKey {
        match self {
            Self::Attention => SortKey::Attention,
            Self::Newest => SortKey::Created,
            Self::Ended => SortKey::Ended,
            Self::Longest => SortKey::Elapsed,
            Self::Name => SortKey::Name,
            Self::Progress => SortKey::Progress,
        }
    }

    /// Only the object tells what this orders by.
    fn asks_objects(self) -> bool {
        matches!(self, Self::Ended | Self::Longest | Self::Progress)
    }
}

impl Get {
    /// Does it.
    pub fn run(&self, common: &Common, ascii: bool) -> ExitCode {
        ask::run(common, (FAILED, 0), async {
            match &self.what {
                What::Runs(verb) => verb.run(common, ascii).await,
                What::Run(verb) => verb.run(common, ascii).await,
                What::Steps(verb) => verb.steps(common, ascii).await,
            }
        })
    }
}

impl Form {
    /// As what.
    pub(super) fn output(&self) -> Format {
        self.output
    }

    pub(super) fn style(&self, ascii: bool) -> Style {
        Style {
            format: self.output,
            header: !self.no_headers,
            ascii,
        }
    }
}

/// What is missing goes to standard error and into the exit status.
pub(super) fn status(missing: &[String]) -> ExitCode {
    for text in missing {
        fail::warn(&format!("partial: {text}"));
    }
    if missing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(PARTIAL)
    }
}

impl Runs {
    async fn run(&self, common: &Common, ascii: bool) -> Result<ExitCode, Failure> {
        let query = matching::parsed(&self.filter.join(" "))?;
        let cluster = common.connect().await?;
        let (fleet, mut missing) = ask::fleet(&cluster, &common.scope(), Depth::Objects).await?;
        let mut state = State::new(Options {
            query,
            ..Options::default()
        });
        state.fleet = fleet;
        state.runs.sort = self.sort.key();
        state.runs.reversed = self.reverse;
        let keys = self.to_read(&state, Timestamp::now());
        missing.extend(matching::read(&cluster, &mut state.fleet, keys).await);
        let unknown = ask::unknown_namespaces(&cluster, &common.scope(), &state.fleet).await;
        if matches!(common.scope(), Scope::Namespaces(names) if names.len() == unknown.len()) {
            return Err(Failure::new(
                unknown.join("; "),
                "`kubectl get namespaces` lists those there are.",
            ));
        }
        missing.extend(unknown);
        let now = Timestamp::now();
        let Selection { rows, .. } = select::runs(&state, now);
        print(&runs::list(&state, &rows, now, self.form.style(ascii))?)?;
        if rows.is_empty() && matches!(self.form.output, Format::Table | Format::Wide) {
            fail::warn("no run matches");
        }
        Ok(status(&missing))
    }

    /// Runs whose object must be read: where only it tells whether they belong, and of those that do what the form shows.
    fn to_read(&self, state: &State, now: Timestamp) -> Vec<Key> {
        let mut undecided = Vec::new();
        let mut shown: Vec<&Run> = Vec::new();
        for run in state.fleet.iter().filter(|run| matching::lacks_facts(run)) {
            match state.runs.query.judge(run, run.state(now), now) {
                Some(true) => shown.push(run),
                Some(false) => {}
                None => undecided.push(run.row.key.clone()),
            }
        }
        shown.sort_by_key(|run| {
            let good = run.row.phase == Phase::Succeeded;
            (good, std::cmp::Reverse(run.row.created))
        });
        let most = match self.form.output {
            _ if self.sort.asks_objects() => shown.len(),
            Format::Table => TABLE_READS,
            Format::Name => 0,
            Format::Wide | Format::Json | Format::Yaml | Format::Csv => shown.len(),
        };
        let shown = shown.into_iter().take(most);
        undecided.extend(shown.map(|run| run.row.key.clone()));
        undecided
    }
}

impl OneRun {
    async fn run(&self, common: &Common, ascii: bool) -> Result<ExitCode, Failure> {
        let form = &self.one.form;
        let cluster = common.connect().await?;
        let key = naming::find(&cluster, common, &self.one.run).await?;
        let trouble = |why| Failure::of(&cluster, &why);
        if self.object {
            let object = cluster.yaml_value(&key).await.map_err(trouble)?;
            print(&match form.output {
                Format::Json => super::output::json(&object)?,
                _ => super::output::yaml(&object)?,
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        if form.output == Format::Name {
            print(&format!("{key}\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let facts = cluster.facts(&key).await.map_err(trouble)?;
        let facts = facts.ok_or_else(|| ask::gone(&key))?;
        let mut state = State::new(Options::default());
        state.fleet.learn(facts);
        let now = Timestamp::now();
        let selection = select::runs(&state, now);
        let shown = selection.rows.first().ok_or_else(|| ask::gone(&key))?;
        let style = form.style(ascii);
        print(&match form.output {
            Format::Table | Format::Wide => runs::facts(&state, shown, now, style),
            Format::Json => super::output::json(&record::record(&state, shown, now))?,
            Format::Yaml => super::output::yaml(&record::record(&state, shown, now))?,
            _ => runs::list(&state, &selection.rows, now, style)?,
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

impl One {
    async fn steps(&self, common: &Common, ascii: bool) -> Result<ExitCode, Failure> {
        let cluster = common.connect().await?;
        let key = naming::find(&cluster, common, &self.run).await?;
        let workflow = ask::workflow(&cluster, &key).await?;
        let style = self.form.style(ascii);
        print(&steps::list(&workflow, Timestamp::now(), style)?)?;
        let missing: Vec<String> = ask::missing_steps(&workflow).into_iter().collect();
        Ok(status(&missing))
    }
}
