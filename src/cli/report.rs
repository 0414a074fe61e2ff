//! `tiphys report RUN`: what is known of a run as Markdown, for a ticket or whoever was not there.
//! Apart from `why`, which answers one question: here what came before, what is different and what was done stand beside it.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;

use crate::app::compare::{Against, Compare};
use crate::app::report;
use crate::app::state::{Connection, State};
use crate::cli::Common;
use crate::cli::ask;
use crate::cli::compare;
use crate::cli::fail::{FAILED, Failure};
use crate::cli::naming;
use crate::cli::output::print;
use crate::cli::why;
use crate::cluster::Cluster;
use crate::model::key::Key;
use crate::runtime::journal::Journal;

/// Entries of the journal that are looked through.
const JOURNAL: usize = 500;

const HELP: &str = "\
In this order: what and where it is, why it failed or waits and what that is known from, each
step that failed with its end and its last lines, a timeline, the difference to the last green run
of its template, how earlier runs went, what was done to it from this machine, commands.

Times are UTC. What looks like a credential is masked; text of the cluster cannot make Markdown.

Exit status:
  0  it was told, whatever the run's state
  1  there is no such run, or it could not be read; standard error says why
  2  the command line is wrong

Examples:
  tiphys report payments/t42-refund-acceptance > incident.md
  tiphys report payments/t42-refund-acceptance | gh issue create -F - -t 'refund acceptance fails'";

/// Write down what is known of a run as Markdown: why, what failed, when, what is different, what was done
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Report {
    /// NAME, or NAMESPACE/NAME where several have it
    run: String,
}

impl Report {
    /// Does it.
    pub fn run(&self, common: &Common) -> ExitCode {
        ask::run(common, (FAILED, 0), async {
            let cluster = common.connect().await?;
            let key = naming::find(&cluster, common, &self.run).await?;
            let mut state = why::look(&cluster, common, &key).await?;
            let now = Timestamp::now();
            state.kubeconfig = common.kubeconfig_elsewhere();
            state.connection = Connection::Up {
                context: cluster.context().clone(),
                server: cluster.server().clone(),
                version: "".into(),
                user: None,
            };
            compared(&cluster, &mut state, &key, now).await;
            state.orders.journal = Some(match Journal::usual() {
                Some(journal) => journal.read(JOURNAL),
                None => Err("there is no home directory".to_string()),
            });
            let text = report::report(&state, &key, now).ok_or_else(|| ask::gone(&key))?;
            print(&text)?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// The comparison with the last green run. Where there is none, or it cannot be read, the report says so.
async fn compared(cluster: &Cluster, state: &mut State, key: &Key, now: Timestamp) {
    let against = match compare::green(cluster, key.clone()).await {
        Ok((pair, why)) => Against::Run(pair, why),
        Err(why) => Against::Nothing {
            here: key.clone(),
            why: match why {
                Failure::Said { what, .. } | Failure::Usage(what) => what,
                Failure::Closed => String::new(),
            },
            others: Vec::new(),
        },
    };
    let mut compare = Compare::new(against);
    if let Against::Run(pair, _) = &compare.against {
        compare.answer = Some(cluster.compare(pair, now).await.map(Arc::new));
    }
    state.compare = Some(compare);
}
