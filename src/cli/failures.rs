//! `tiphys failures`: what runs failed of, once: the groups of the console's Failures screen.
//! Apart from `get`, which has a line for each run.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::app::failures::selection;
use crate::app::query::Query;
use crate::app::screens::failures;
use crate::app::state::{Options, State};
use crate::cli::Common;
use crate::cli::ask::{self, Depth};
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::get::{self, Form};
use crate::cli::matching;
use crate::cli::output::{Format, causes, print};
use crate::model::delta::Scope;
use crate::model::phase::Phase;

const HELP: &str = "\
Runs that failed of the same are one line: the same step, exit code or reason,
and message but for what differs from run to run (names, ids, times, numbers).
Where the message says no more than `exit 1` the template counts too.

Filter words are those of `tiphys get runs`: ns:pay  from:nightly  task:15.10
label:team=qa  msg:timeout  age<1d ...

  tiphys failures 'age<1d'
  tiphys get runs cause:0d3a51c2b9e4       the runs of one, by its id (-o wide)
  tiphys retry cause:0d3a51c2b9e4          retry them; it asks before it does

JSON and YAML are a list of {id, count, step, reason, message, cause, first,
last, namespaces, origins, services, teams, tasks, runs}; namespaces and what
follows are {name: count}, runs are [{namespace, name, uid, failedAt}], the
newest first.

Exit status:
  0  all runs that failed were read
  1  nothing could be read; standard error says why
  2  the command line or the filter is wrong
  3  part of it could not be read: what is missing is on standard error";

/// Print what runs failed of, once: runs that failed of the same together
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Failures {
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

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Order {
    /// Most runs first
    #[default]
    Most,
    /// Failed last first
    Newest,
    /// Known for the longest time first
    Oldest,
    /// By the words of the cause
    Cause,
}

impl Order {
    fn key(self) -> failures::Order {
        match self {
            Self::Most => failures::Order::Most,
            Self::Newest => failures::Order::Newest,
            Self::Oldest => failures::Order::Oldest,
            Self::Cause => failures::Order::Cause,
        }
    }
}

impl Failures {
    /// Does it.
    pub fn run(&self, common: &Common, ascii: bool) -> ExitCode {
        ask::run(common, (FAILED, 0), self.ask(common, ascii))
    }

    async fn ask(&self, common: &Common, ascii: bool) -> Result<ExitCode, Failure> {
        let query = Query::parse(&self.filter.join(" "))?;
        let cluster = common.connect().await?;
        let scope = common.scope();
        let (fleet, mut missing) = ask::fleet(&cluster, &scope, Depth::Objects).await?;
        let mut state = State::new(Options::default());
        state.fleet = fleet;
        state.failures.query = query;
        (state.failures.sort, state.failures.reversed) = (self.sort.key(), self.reverse);
        // Only their objects tell what they failed of; those that the filter leaves out are left alone.
        let now = Timestamp::now();
        let keys = state.fleet.iter().filter(|run| {
            let bad = matches!(run.row.phase, Phase::Failed | Phase::Error);
            let judged = || state.failures.query.judge(run, run.state(now), now);
            bad && matching::lacks_facts(run) && judged() != Some(false)
        });
        let keys = keys.map(|run| run.row.key.clone()).collect();
        missing.extend(matching::read(&cluster, &mut state.fleet, keys).await);
        let unknown = ask::unknown_namespaces(&cluster, &scope, &state.fleet).await;
        if matches!(&scope, Scope::Namespaces(names) if names.len() == unknown.len()) {
            return Err(Failure::new(
                unknown.join("; "),
                "`kubectl get namespaces` lists those there are.",
            ));
        }
        missing.extend(unknown);
        let now = Timestamp::now();
        let groups = selection(&state, now).groups;
        print(&causes::list(&groups, now, self.form.style(ascii))?)?;
        if groups.is_empty() && matches!(self.form.output(), Format::Table | Format::Wide) {
            fail::warn("no run that failed matches");
        }
        Ok(get::status(&missing))
    }
}
