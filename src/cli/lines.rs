//! `tiphys watch --fleet`: one sentence a line for each change of any run, for screen readers, dumb terminals and log files.
//! Apart from the watch of one run, which ends with it and has an outcome.

use std::collections::{HashMap, HashSet};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use crate::app::fleet::{Fleet, Run};
use crate::app::query::Query;
use crate::cli::Common;
use crate::cli::ask::{self, Depth};
use crate::cli::fail::{self, Failure};
use crate::cli::output::print;
use crate::cluster::FleetEvent;
use crate::model::clock;
use crate::model::key::{Key, Uid};
use crate::model::phase::State;
use crate::model::text::clean_message;

/// What happens is told so often: what is said in one breath is read in one breath.
const BREATH: Duration = Duration::from_millis(400);
/// What only time changes (stuck, lost) is looked at so often.
const LOOK: Duration = Duration::from_secs(5);
/// Objects read at the same time for the cause of a failure.
const AT_ONCE: usize = 4;

/// Watches all runs that pass the filter, until the time is over or somebody ends it.
pub(super) async fn follow(
    common: &Common,
    query: Query,
    times: bool,
    limit: Option<Duration>,
) -> Result<ExitCode, Failure> {
    let end = limit.map(|limit| Instant::now() + limit);
    let cluster = common.connect().await?;
    let mut events = cluster.fleet(common.scope());
    let (mut fleet, missing) =
        ask::fill(&cluster, &common.scope(), Depth::Objects, &mut events).await?;
    missing
        .iter()
        .for_each(|text| fail::warn(&format!("partial: {text}")));
    for text in ask::unknown_namespaces(&cluster, &common.scope(), &fleet).await {
        fail::warn(&format!("partial: {text}"));
    }
    let mut story = Story::new(query, times);
    print(&story.begin(&fleet, Timestamp::now()))?;
    let mut reads = FuturesUnordered::new();
    let mut stale = false;
    let mut tell = Instant::now() + LOOK;
    loop {
        while reads.len() < AT_ONCE
            && let Some(key) = story.to_read.pop()
        {
            let cluster = cluster.clone();
            reads.push(async move { (key.clone(), cluster.facts(&key).await) });
        }
        tokio::select! {
            event = events.next() => match event {
                Some(FleetEvent::Rows(id, event)) => fleet.rows(&id, event),
                Some(FleetEvent::Active(id, event)) => fleet.active(&id, event),
                Some(FleetEvent::QaRuns(id, event)) => fleet.qaruns(&id, event),
                None => return Ok(ExitCode::SUCCESS),
            },
            Some((key, answer)) = reads.next() => match answer {
                Ok(Some(facts)) => fleet.learn(facts),
                Ok(None) => fleet.vanished(&key),
                // It is told without its cause.
                Err(_) => story.unreadable(&key),
            },
            () = sleep_until(end.map_or(tell, |end| end.min(tell))) => {
                if end.is_some_and(|end| end <= Instant::now()) {
                    return Ok(ExitCode::SUCCESS);
                }
                print(&story.tell(&fleet, Timestamp::now()))?;
                tell = Instant::now() + LOOK;
                continue;
            }
        }
        if fleet.stalest().is_some() != stale {
            stale = !stale;
            match fleet.stalest() {
                Some((_, why)) => fail::warn(&format!("{why}; trying again")),
                None => fail::warn("the connection stands again"),
            }
        }
        tell = tell.min(Instant::now() + BREATH);
    }
}

/// What was told already.
struct Story {
    query: Query,
    times: bool,
    told: HashMap<Uid, (State, Arc<str>)>,
    /// Failures whose cause is to be read.
    to_read: Vec<Key>,
    /// Those that were asked for, whatever came of it.
    asked: HashSet<Uid>,
    /// Those that could not be read.
    unreadable: HashSet<Uid>,
}

impl Story {
    fn new(query: Query, times: bool) -> Self {
        Self {
            query,
            times,
            told: HashMap::new(),
            to_read: Vec::new(),
            asked: HashSet::new(),
            unreadable: HashSet::new(),
        }
    }

    fn unreadable(&mut self, key: &Key) {
        self.unreadable.insert(key.uid.clone());
    }

    /// How things are at first: one line.
    fn begin(&mut self, fleet: &Fleet, now: Timestamp) -> String {
        let mut counts = [0_usize; State::ALL.len()];
        for run in fleet.iter() {
            let state = run.state(now);
            self.told
                .insert(run.row.key.uid.clone(), (state, name(run)));
            if self.query.matches(run, state, now) {
                counts[state as usize] += 1;
            }
        }
        let total: usize = counts.iter().sum();
        let parts: Vec<String> = State::ALL
            .into_iter()
            .filter(|state| counts[*state as usize] > 0)
            .map(|state| format!("{} {}", counts[state as usize], state.word().to_lowercase()))
            .collect();
        let text = match (total, parts.is_empty()) {
            (1, _) => format!("1 run: {}", parts.join(", ")),
            (_, true) => "0 runs".to_string(),
            _ => format!("{total} runs: {}", parts.join(", ")),
        };
        self.line(now, &text)
    }

    /// A line for each run that is not what it was.
    fn tell(&mut self, fleet: &Fleet, now: Timestamp) -> String {
        let mut lines: Vec<(String, String)> = Vec::new();
        let mut gone = self.told.clone();
        for run in fleet.iter().filter(|run| !run.gone) {
            let uid = &run.row.key.uid;
            gone.remove(uid);
            let state = run.state(now);
            if self.told.get(uid).is_some_and(|(told, _)| *told == state) {
                continue;
            }
            let read = run
                .facts
                .as_ref()
                .is_some_and(|f| f.row.version >= run.row.version);
            if run.row.phase.is_done() && !read && !self.unreadable.contains(uid) {
                // Its cause, and how long it took, are known in a moment.
                if self.asked.insert(uid.clone()) {
                    self.to_read.push(run.row.key.clone());
                }
                continue;
            }
            self.asked.remove(uid);
            self.unreadable.remove(uid);
            self.told.insert(uid.clone(), (state, name(run)));
            if self.query.matches(run, state, now) {
                lines.push((run.row.key.to_string(), sentence(run, state, now)));
            }
        }
        for (uid, (_, name)) in gone {
            self.told.remove(&uid);
            if self.query.is_empty() {
                lines.push((name.to_string(), format!("{name} was deleted")));
            }
        }
        lines.sort();
        lines.iter().map(|(_, text)| self.line(now, text)).collect()
    }

    fn line(&self, now: Timestamp, text: &str) -> String {
        // A screen reader has no use for dots between the parts.
        let text = clean_message(&text.replace(" · ", ", ")).into_owned();
        match self.times {
            true => format!("{now:.0} {text}\n"),
            false => format!("{text}\n"),
        }
    }
}

fn name(run: &Run) -> Arc<str> {
    run.row.key.to_string().into()
}

/// What became of a run, as people say it.
fn sentence(run: &Run, state: State, now: Timestamp) -> String {
    let verb = match state {
        State::Failed => "failed",
        State::Error => "ended in error",
        State::Approve => "waits for an approval",
        State::Stuck => "is stuck",
        State::Lost => "is lost",
        State::Waiting => "waits",
        State::Suspended => "is suspended",
        State::Running => "is running",
        State::Pending | State::NotStarted => "is pending",
        State::Skipped => "was skipped",
        State::Succeeded => "succeeded",
        State::Malformed => "cannot be read",
    };
    let took = run.elapsed(now).filter(|_| !state.is_open());
    let took = took.map_or(String::new(), |took| {
        format!(" after {}", clock::exact(took))
    });
    let why = run.reason(now, None);
    let why = why.map_or(String::new(), |why| format!(": {}", why.plain()));
    format!("{} {verb}{took}{why}", run.row.key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::delta::{Delta, FeedEvent};
    use crate::model::phase::Phase;
    use crate::model::row::Row;

    fn put(fleet: &mut Fleet, name: &str, phase: Phase, version: u64) {
        let row = Row {
            key: Key::new("team", name, name),
            version,
            created: Some(Timestamp::UNIX_EPOCH),
            phase,
            completed: phase.is_done(),
            message: phase
                .is_done()
                .then(|| "child 'x' failed · twice\u{1b}".into()),
            labels: Vec::new().into(),
            malformed: None,
            series: None,
        };
        fleet.rows(&None, FeedEvent::Deltas(vec![Delta::Put(row)]));
    }

    #[test]
    fn each_change_is_one_sentence_and_failures_wait_for_their_cause() {
        let now = Timestamp::from_second(30).unwrap();
        let mut fleet = Fleet::default();
        put(&mut fleet, "a", Phase::Running, 1);
        put(&mut fleet, "b", Phase::Failed, 2);
        let mut story = Story::new(Query::default(), false);
        assert_eq!(story.begin(&fleet, now), "2 runs: 1 failed, 1 running\n");
        assert_eq!(story.tell(&fleet, now), "");
        put(&mut fleet, "a", Phase::Failed, 3);
        put(&mut fleet, "c", Phase::Pending, 4);
        assert_eq!(story.tell(&fleet, now), "team/c is pending\n");
        assert_eq!(story.tell(&fleet, now), "");
        assert_eq!(story.to_read.len(), 1, "asked for once");
        // It cannot be read: then it is told as it is.
        let key = story.to_read.pop().unwrap();
        story.unreadable(&key);
        let told = story.tell(&fleet, now);
        assert!(told.starts_with("team/a failed: "), "{told}");
        assert!(!told.contains('·') && !told.contains('\u{1b}'), "{told}");
        fleet.rows(&None, FeedEvent::Deltas(vec![Delta::Gone(key)]));
        assert_eq!(story.tell(&fleet, now), "team/a was deleted\n");
        let mut filtered = Story::new(Query::parse("status:failed").unwrap(), true);
        assert_eq!(
            filtered.begin(&fleet, now),
            "1970-01-01T00:00:30Z 1 run: 1 failed\n"
        );
    }
}
