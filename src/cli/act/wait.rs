//! `tiphys wait`: until runs are over, however many; a line for each end, and the worst of them as exit status.
//! Apart from `watch`, which tells every step of one run on its way there.

use std::collections::{BTreeSet, HashMap};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use futures::StreamExt as _;
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use super::target::Targets;
use crate::app::fleet::Fleet;
use crate::cli::Common;
use crate::cli::ask::{self, Depth};
use crate::cli::fail::{self, Failure, is_final};
use crate::cli::output::print;
use crate::cli::watch::{CLOSED, Outcome, UNWATCHED, line, outcome, summary, time};
use crate::cluster::{Cluster, FleetEvent};
use crate::model::delta::Scope;
use crate::model::facts::Facts;
use crate::model::key::{Key, Uid};
use crate::model::why;

/// An object that could not be read is asked for again so often.
const LOOK: Duration = Duration::from_secs(5);

const HELP: &str = "\
It waits for the runs that match when it begins. A line is TIME STATE NAMESPACE/NAME WHY, printed
when the run ends.

Exit status, the outcome of the run; of several the first of these that one of them had:
  5    did not end within --timeout
  4    was deleted before it ended
  6    ended in Error: the platform failed, not a test
  1    failed: a step failed
  3    was stopped or terminated
  0    succeeded
and
  2    the command line is wrong
  7    could not be waited for: no connection, no right, no such run
  141  standard output was closed before all were over

Examples:
  tiphys wait payments/e2e-7 --timeout 30m && echo passed
  tiphys retry e2e-7 --yes && tiphys wait e2e-7
  tiphys wait status:running ns:payments";

/// Wait until runs are over; the exit status is the outcome
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Wait {
    #[command(flatten)]
    targets: Targets,
    /// Give up after so long: 90s, 10m, 1h30m
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
}

impl Wait {
    /// Does it.
    pub fn run(&self, common: &Common) -> ExitCode {
        ask::run(common, (UNWATCHED, CLOSED), async {
            let end = self.timeout.map(|limit| Instant::now() + limit);
            let wanted = self.targets.read()?;
            let cluster = common.connect().await?;
            let found = wanted.find(&cluster, common).await?;
            for text in &found.missing {
                fail::warn(&format!("partial: {text}"));
            }
            let outcome = follow(&cluster, found.keys, end).await?;
            Ok(ExitCode::from(outcome as u8))
        })
    }
}

/// Outcomes, the worst first.
const WORST: [Outcome; 6] = [
    Outcome::TimedOut,
    Outcome::Gone,
    Outcome::Error,
    Outcome::Failed,
    Outcome::Stopped,
    Outcome::Succeeded,
];

/// The worst of these.
fn worst(outcomes: &[Outcome]) -> Outcome {
    let worst = WORST.into_iter().find(|one| outcomes.contains(one));
    worst.unwrap_or(Outcome::Succeeded)
}

async fn follow(
    cluster: &Cluster,
    open: Vec<Key>,
    end: Option<Instant>,
) -> Result<Outcome, Failure> {
    let names: BTreeSet<_> = open.iter().map(|key| key.namespace.clone()).collect();
    let scope = Scope::Namespaces(names.into_iter().collect());
    let mut events = cluster.fleet(scope.clone());
    let (mut fleet, missing) = ask::fill(cluster, &scope, Depth::Rows, &mut events).await?;
    if let Some(what) = missing.into_iter().next() {
        return Err(Failure::Said { what, next: None });
    }
    let mut waiting = Waiting {
        open,
        read: HashMap::new(),
        ended: Vec::new(),
    };
    let mut stale = false;
    loop {
        let unread = waiting.settle(cluster, &fleet).await?;
        if waiting.open.is_empty() {
            return Ok(worst(&waiting.ended));
        }
        if end.is_some_and(|end| end <= Instant::now()) {
            for key in &waiting.open {
                fail::warn(&format!("{key} did not end within the time given"));
            }
            return Ok(Outcome::TimedOut);
        }
        // Without something to read again only the watch and the end of the time are waited for.
        let look = match unread {
            true => Instant::now() + LOOK,
            false => Instant::now() + Duration::from_secs(24 * 3_600),
        };
        tokio::select! {
            event = events.next() => match event {
                Some(FleetEvent::Rows(id, event)) => fleet.rows(&id, event),
                Some(FleetEvent::Active(id, event)) => fleet.active(&id, event),
                Some(FleetEvent::QaRuns(id, event)) => fleet.qaruns(&id, event),
                None => return Err(Failure::Said {
                    what: "the watch has ended".to_string(),
                    next: None,
                }),
            },
            () = sleep_until(end.map_or(look, |end| end.min(look))) => {}
        }
        if let Some(why) = ask::hopeless(&fleet) {
            return Err(Failure::of(cluster, &why));
        }
        if fleet.stalest().is_some() != stale {
            stale = !stale;
            match fleet.stalest() {
                Some((_, why)) => fail::warn(&format!("{why}; trying again")),
                None => fail::warn("the connection stands again"),
            }
        }
    }
}

/// Runs that are waited for.
struct Waiting {
    open: Vec<Key>,
    /// The version that was read last of those that seemed over and were not.
    read: HashMap<Uid, u64>,
    ended: Vec<Outcome>,
}

impl Waiting {
    /// Tells the end of those that are over. Says whether one could not be read and is to be asked for again.
    async fn settle(&mut self, cluster: &Cluster, fleet: &Fleet) -> Result<bool, Failure> {
        let mut unread = false;
        for key in std::mem::take(&mut self.open) {
            let Some(run) = fleet.get(&key.uid).filter(|run| !run.gone) else {
                self.gone(&key)?;
                continue;
            };
            let version = run.row.version;
            let known = self.read.get(&key.uid).is_some_and(|read| *read >= version);
            if !run.row.phase.is_done() || known {
                self.open.push(key);
                continue;
            }
            // A run that was just retried has its old phase in its row for a moment; the object does not.
            match cluster.facts(&key).await {
                Ok(Some(facts)) => {
                    if !self.over(&key, &facts)? {
                        self.read.insert(key.uid.clone(), version);
                        self.open.push(key);
                    }
                }
                Ok(None) => self.gone(&key)?,
                Err(why) if is_final(&why) => return Err(Failure::of(cluster, &why)),
                Err(why) => {
                    fail::warn(&format!("{key}: {why}; trying again"));
                    unread = true;
                    self.open.push(key);
                }
            }
        }
        Ok(unread)
    }

    fn gone(&mut self, key: &Key) -> Result<(), Failure> {
        self.ended.push(Outcome::Gone);
        print(&line(Timestamp::now(), "Gone", &key.to_string(), "deleted"))
    }

    fn over(&mut self, key: &Key, facts: &Facts) -> Result<bool, Failure> {
        let Some(outcome) = outcome(facts) else {
            return Ok(false);
        };
        self.ended.push(outcome);
        let now = Timestamp::now();
        let state = why::state(&facts.row, Some(facts), now);
        let at = facts.finished.unwrap_or(now);
        let text = line(at, state.word(), &key.to_string(), &summary(facts, now));
        print(&text).map(|()| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_end_is_the_outcome_and_the_help_says_which_that_is() {
        use Outcome::{Error, Failed, Gone, Stopped, Succeeded, TimedOut};
        assert_eq!(worst(&[Succeeded, Succeeded]), Succeeded);
        assert_eq!(worst(&[Succeeded, Stopped, Failed]), Failed);
        assert_eq!(worst(&[Failed, Error]), Error);
        assert_eq!(worst(&[Gone, Error]), Gone);
        assert_eq!(worst(&[Gone, TimedOut]), TimedOut);
        let told = HELP.lines().filter_map(|line| {
            let number = line.strip_prefix("  ")?.split_whitespace().next()?;
            number.parse::<u8>().ok()
        });
        let told: Vec<u8> = told.take(WORST.len()).collect();
        assert_eq!(told, WORST.map(|outcome| outcome as u8));
    }
}
