//! `tiphys shell RUN`: a shell, or another program, in a container of a step that runs.
//! Apart from the verbs that change an object: nothing is shown before, and what is done inside nobody writes down.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use tokio::sync::watch;

use super::protected;
use crate::app::aside::Ended;
use crate::cli::Common;
use crate::cli::ask;
use crate::cli::console::Look;
use crate::cli::fail::Failure;
use crate::cli::logs::pods;
use crate::cli::naming;
use crate::cluster::Cluster;
use crate::model::inside::{self, Inside};
use crate::model::key::Key;
use crate::runtime::journal::Journal;
use crate::runtime::session::{self, Visit};
use crate::runtime::signals::{self, Order, Orders};
use crate::runtime::terminal::Tty;

/// Exit status where nothing was run, or its own is not known; as of ssh.
const LOST: u8 = 255;

const HELP: &str = "\
Without COMMAND it is a shell: bash where the image has it, else sh. Where standard input and output
are a terminal, so it is there; otherwise they are passed on as they are. `exit` or ctrl-d leaves;
ctrl-] three times within a second leaves where nothing answers any more. It needs the right to
`create` `pods/exec`. The journal says that it began and how it ended, and nothing of what was done.

Examples:
  tiphys shell payments/e2e-7                 the one step that runs
  tiphys shell e2e-7 integration -c main
  tiphys shell e2e-7 -- cat /tmp/report.xml > report.xml

Exit status:
  that of what was run, 128 and the signal's number where one ended this program
  2    the command line is wrong, or does not allow it: --readonly, a protected context that is not named
  255  nothing was run, or how it ended is not known";

/// Open a shell in the container of a step that runs, or run a program there
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Shell {
    /// NAME, or NAMESPACE/NAME where several have it
    run: String,
    /// The step, where several run
    step: Option<String>,
    /// The container; usually `main`
    #[arg(short, long, value_name = "NAME")]
    container: Option<String>,
    /// In a protected context too, which has to be named with --context
    #[arg(short, long)]
    yes: bool,
    /// What is run instead of a shell
    #[arg(last = true)]
    command: Vec<String>,
}

impl Shell {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        ask::run(common, (LOST, LOST), async {
            if common.readonly {
                let what = "--readonly lets nothing be changed, and a shell can change anything";
                return Err(Failure::Usage(what.to_string()));
            }
            let cluster = common.connect().await?;
            protected(common, look, self.yes, cluster.context())?;
            let key = naming::find(&cluster, common, &self.run).await?;
            let mut inside = self.place(&cluster, &key).await?;
            inside.command.clone_from(&self.command);
            let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
            let now = Timestamp::now();
            let visit = session::begin(&cluster, inside, terminal, now, Journal::usual()).await;
            let visit = visit.map_err(|why| Failure::Said {
                what: format!("{why} (context {})", cluster.context()),
                next: None,
            })?;
            match terminal {
                true => on_terminal(visit).await,
                false => code(visit.pipe().await),
            }
        })
    }

    /// The container that is meant.
    async fn place(&self, cluster: &Cluster, key: &Key) -> Result<Inside, Failure> {
        let pods = pods(cluster, key).await?;
        let sources = Cluster::log_sources(key, &pods);
        let container = self.container.as_deref();
        let mut places = inside::places(key, &pods, container, |pod| {
            let source = sources.iter().find(|source| source.pod == pod.key.name);
            source.map(|source| source.step.clone())
        });
        if let Some(step) = self.step.as_deref() {
            places.retain(|place| *place.step == *step || *place.pod.name == *step);
        }
        // Of one pod the usual container is meant, which stands first.
        let one = places.windows(2).all(|two| two[0].pod == two[1].pod);
        match places.first() {
            Some(place) if one => Ok(place.clone()),
            Some(_) => {
                let mut steps: Vec<&str> = places.iter().map(|place| &*place.step).collect();
                steps.dedup();
                Err(Failure::new(
                    format!("{} steps of {key} run", steps.len()),
                    format!("Say which: {}", steps.join(", ")),
                ))
            }
            None => {
                let of = self.step.as_deref().unwrap_or("any step");
                let what = match container {
                    Some(name) => format!("no container {name} of {of} of {key} runs now"),
                    None => format!("no container of {of} of {key} runs now"),
                };
                let next = format!(
                    "`tiphys get steps {key}` shows what does, `tiphys logs {key}` what is left of the rest."
                );
                Err(Failure::new(what, next))
            }
        }
    }
}

/// Joins it to this terminal, which is as it was afterwards.
async fn on_terminal(visit: Visit) -> Result<ExitCode, Failure> {
    let lost = |why: io::Error| Failure::Said {
        what: format!("the terminal cannot be used: {why}"),
        next: None,
    };
    let (orders, mut ordered) = Orders::new();
    signals::listen(orders).map_err(lost)?;
    let tty = Tty::open().map_err(lost)?;
    let (size, sizes) = watch::channel(tty.size());
    let (loan, ends) = tty.lend().map_err(lost)?;
    let mut joined = std::pin::pin!(visit.hold(ends, sizes));
    let told = loop {
        tokio::select! {
            told = &mut joined => break told,
            order = ordered.recv() => match order {
                Some(Order::End(ending)) => {
                    drop(loan);
                    return Ok(ExitCode::from(ending.exit_code()));
                }
                Some(Order::Resize | Order::Continue) => drop(size.send_replace(loan.size())),
                // Its keys go to the container, so that nobody here can have meant it.
                Some(Order::Stop) | None => {}
            },
        }
    };
    drop(loan);
    code(told)
}

fn code(told: Result<Ended, String>) -> Result<ExitCode, Failure> {
    match told {
        Ok(Ended::Code(code)) => Ok(ExitCode::from(u8::try_from(code).unwrap_or(LOST))),
        Ok(ended @ Ended::Signal(_)) => Err(Failure::Said {
            what: format!("it {ended}"),
            next: None,
        }),
        Err(what) => Err(Failure::Said { what, next: None }),
    }
}
