//! Which runs are shown, in which order, and how many there are of each state.
//! Apart from drawing and from keys, because both must see the same list.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::cursor::Move;
use crate::app::fleet::Run;
use crate::app::screens::runs::RunsScreen;
use crate::app::state::State;
use crate::model::eta::{self, Eta};
use crate::model::key::Uid;
use crate::model::phase::State as RunState;

/// What the list is ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortKey {
    /// What needs a human first.
    #[default]
    Attention,
    /// Newest created first.
    Created,
    /// Ended last first.
    Ended,
    /// Longest first.
    Elapsed,
    /// Namespace, then name.
    Name,
    /// Least done first.
    Progress,
}

impl SortKey {
    /// All orders, as the menu shows them.
    pub const ALL: [Self; 6] = [
        Self::Attention,
        Self::Created,
        Self::Ended,
        Self::Elapsed,
        Self::Name,
        Self::Progress,
    ];

    /// Its name, the same on screen, in a command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Created => "newest",
            Self::Ended => "ended",
            Self::Elapsed => "longest",
            Self::Name => "name",
            Self::Progress => "progress",
        }
    }

    /// The order of this name, or of one it had before.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "created" => Some(Self::Created),
            "elapsed" => Some(Self::Elapsed),
            _ => Self::ALL.into_iter().find(|key| key.name() == name),
        }
    }

    /// What it means.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Attention => "what needs a human first, then what runs, then what is done",
            Self::Created => "newest created first",
            Self::Ended => "what ended last first; what still runs after it",
            Self::Elapsed => "longest running first",
            Self::Name => "namespace, then name",
            Self::Progress => "least done first",
        }
    }
}

/// One shown run with what costs too much to derive twice: its state, and what it is ordered by.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its state now.
    pub state: RunState,
    /// Its place in the chosen order, smaller first.
    rank: (u8, i64),
}

/// The list and its counts.
#[derive(Debug, Default)]
pub struct Selection<'a> {
    /// Shown runs in order.
    pub rows: Vec<Shown<'a>>,
    /// Runs of each state, filtered or not, in the order of [`RunState::ALL`].
    pub counts: [usize; RunState::ALL.len()],
    /// Runs that exist.
    pub total: usize,
    /// Runs left out although they might belong, because their object was not read yet and the filter or order asks for what only it tells.
    pub unread: usize,
    /// What the columns of the shown runs need.
    pub widest: Widest,
}

/// The longest texts of the shown runs, in bytes. Gathered while they are chosen: the list is long, and to come back to
/// each run for its length costs as much as the choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Widest {
    /// Of a name.
    pub name: u16,
    /// Of a namespace.
    pub namespace: u16,
    /// Of a task's id.
    pub task: u16,
    /// They are of more than one namespace.
    pub several_namespaces: bool,
}

impl Widest {
    fn take(&mut self, run: &Run, first: &Run) {
        let (key, other) = (&run.row.key, &first.row.key);
        let task = run.row.task().map_or(0, |task| task.len());
        self.name = self.name.max(key.name.len() as u16);
        self.namespace = self.namespace.max(key.namespace.len() as u16);
        self.task = self.task.max(task as u16);
        self.several_namespaces = self.several_namespaces
            || !Arc::ptr_eq(&key.namespace, &other.namespace) && key.namespace != other.namespace;
    }
}

impl Selection<'_> {
    /// Its line of the run under the cursor.
    pub fn under_cursor(&self, state: &State) -> Option<usize> {
        let held = under_cursor(state)?;
        let rows = self.rows.iter();
        rows.enumerate()
            .find(|(_, shown)| std::ptr::eq(shown.run, held))
            .map(|(at, _)| at)
    }

    /// The lines of a range that was begun and is not closed: from where it began up to the cursor.
    pub fn range(&self, state: &State) -> Option<std::ops::RangeInclusive<usize>> {
        let from = state.runs.marks.anchor.as_ref()?;
        let from = (self.rows.iter()).position(|shown| shown.run.row.key.uid == *from)?;
        let to = self.under_cursor(state)?;
        Some(from.min(to)..=from.max(to))
    }

    /// Uids of the shown runs.
    pub fn uids(&self) -> Vec<Uid> {
        self.rows
            .iter()
            .map(|shown| shown.run.row.key.uid.clone())
            .collect()
    }

    /// How many runs have this state.
    pub fn count(&self, state: RunState) -> usize {
        RunState::ALL
            .iter()
            .position(|other| *other == state)
            .map_or(0, |index| self.counts[index])
    }
}

/// The runs that pass the filter, and the one under the cursor, in the chosen order.
pub fn runs(state: &State, now: Timestamp) -> Selection<'_> {
    let screen = &state.runs;
    let needs_facts = screen.query.needs_facts()
        || matches!(
            screen.sort,
            SortKey::Ended | SortKey::Elapsed | SortKey::Progress
        );
    let mut selection = Selection::default();
    let held = under_cursor(state);
    for run in state.fleet.listed() {
        let run_state = run.state(now);
        if !run.gone {
            selection.total += 1;
            selection.counts[run_state as usize] += 1;
            if needs_facts && run.facts.is_none() && !run.is_qarun() {
                selection.unread += 1;
            }
        }
        if is_shown(state, held, run, run_state, now) {
            let first = selection.rows.first().map_or(run, |first| first.run);
            selection.widest.take(run, first);
            selection.rows.push(Shown {
                run,
                state: run_state,
                rank: rank(screen.sort, run, run_state, now),
            });
        }
    }
    selection
        .rows
        .sort_unstable_by(|a, b| compare(a, b, screen));
    selection
}

/// All runs that exist in order of attention, filtered or not.
pub fn all(state: &State, now: Timestamp) -> Vec<Shown<'_>> {
    let runs = state.fleet.listed().filter(|run| !run.gone);
    let mut rows: Vec<Shown<'_>> = runs
        .map(|run| {
            let state = run.state(now);
            let rank = rank(SortKey::Attention, run, state, now);
            Shown { run, state, rank }
        })
        .collect();
    rows.sort_unstable_by(|a, b| a.rank.cmp(&b.rank).then_with(|| names(a).cmp(&names(b))));
    rows
}

/// The first of [`runs`] that still exists, without putting all the others in order. A run that would stand behind the
/// first one so far is not asked whether it passes the filter: that is what costs.
pub fn first(state: &State, now: Timestamp) -> Option<&Run> {
    let held = under_cursor(state);
    let mut first: Option<Shown<'_>> = None;
    for run in state.fleet.listed().filter(|run| !run.gone) {
        let run_state = run.state(now);
        let one = Shown {
            run,
            state: run_state,
            rank: rank(state.runs.sort, run, run_state, now),
        };
        let leads = |first: &Shown<'_>| compare(&one, first, &state.runs).is_lt();
        if first.as_ref().is_none_or(leads) && is_shown(state, held, run, run_state, now) {
            first = Some(one);
        }
    }
    first.map(|shown| shown.run)
}

/// The run that a movement of the cursor leads to.
pub(super) fn moved(state: &State, now: Timestamp, how: Move) -> Option<Uid> {
    let selection = runs(state, now);
    let here = selection.under_cursor(state).unwrap_or(0);
    let there = selection.rows.get(how.from(here, selection.rows.len()))?;
    Some(there.run.row.key.uid.clone())
}

/// The run under the cursor is shown whatever the filter says. It is told by where it lies in memory: comparing uids
/// would be most of the work.
fn under_cursor(state: &State) -> Option<&Run> {
    state.runs.cursor.on().and_then(|uid| state.fleet.get(uid))
}

fn is_shown(
    state: &State,
    held: Option<&Run>,
    run: &Run,
    run_state: RunState,
    now: Timestamp,
) -> bool {
    let screen = &state.runs;
    screen.list.holds(run_state) && screen.query.matches(run, run_state, now)
        || held.is_some_and(|held| std::ptr::eq(held, run))
}

fn compare(a: &Shown<'_>, b: &Shown<'_>, screen: &RunsScreen) -> Ordering {
    let by_name = || names(a).cmp(&names(b));
    let order = match screen.sort {
        SortKey::Name => by_name(),
        _ => a.rank.cmp(&b.rank),
    };
    let order = if screen.reversed {
        order.reverse()
    } else {
        order
    };
    order.then_with(by_name)
}

fn names<'a>(shown: &Shown<'a>) -> (&'a str, &'a str, &'a Uid) {
    let key = &shown.run.row.key;
    (&key.namespace, &key.name, &key.uid)
}

/// What runs are ordered by, as numbers: comparing those is what makes a list of ten thousand cheap enough for every frame.
fn rank(sort: SortKey, run: &Run, state: RunState, now: Timestamp) -> (u8, i64) {
    let earliest = |at: Option<Timestamp>| at.map_or(i64::MIN, Timestamp::as_millisecond);
    // The complement turns the order round without overflow.
    let latest = |at| !earliest(at);
    match sort {
        SortKey::Attention if state.is_open() => (state as u8, earliest(run.row.created)),
        SortKey::Attention => (state as u8, latest(run.since())),
        SortKey::Created => (0, latest(run.row.created)),
        SortKey::Ended => (0, latest(run.ended())),
        SortKey::Elapsed => (0, !run.elapsed(now).unwrap_or(i64::MIN)),
        SortKey::Name => (0, 0),
        SortKey::Progress => (0, (share_done(run) * 1e9) as i64),
    }
}

fn share_done(run: &Run) -> f64 {
    run.facts
        .as_ref()
        .and_then(|facts| facts.steps())
        .map_or(2.0, |progress| progress.ratio())
}

/// How long a run will still take, as far as earlier ones tell.
pub fn remaining(state: &State, run: &Run, now: Timestamp) -> Option<Eta> {
    let facts = run.facts.as_ref()?;
    let elapsed = u64::try_from(run.elapsed(now)?).ok()?;
    eta::remaining(elapsed, &state.fleet.history(&run.row), facts.estimated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::state::Options;
    use crate::model::delta::{Delta, FeedEvent};
    use crate::model::key::Key;
    use crate::model::phase::Phase;
    use crate::model::row::Row;

    fn row(name: &str, phase: Phase, created: Option<i64>) -> Row {
        Row {
            key: Key::new("n", name, name),
            version: 1,
            created: created.and_then(|at| Timestamp::from_second(at).ok()),
            phase,
            completed: phase.is_done(),
            message: None,
            labels: Vec::new().into(),
            malformed: None,
            series: None,
        }
    }

    fn state() -> State {
        let rows = [
            row("running-young", Phase::Running, Some(90)),
            row("failed-old", Phase::Failed, Some(10)),
            row("done", Phase::Succeeded, Some(50)),
            row("failed-timeless", Phase::Failed, None),
            row("failed-young", Phase::Failed, Some(80)),
            row("running-old", Phase::Running, Some(20)),
            row("failed-twin", Phase::Failed, Some(80)),
        ];
        let mut state = State::new(Options::default());
        let deltas = rows.into_iter().map(Delta::Put).collect();
        state.fleet.rows(&None, FeedEvent::Deltas(deltas));
        state
    }

    fn names(state: &State) -> Vec<&str> {
        let selection = runs(state, Timestamp::UNIX_EPOCH);
        let rows = selection.rows.iter();
        rows.map(|shown| &*shown.run.row.key.name).collect()
    }

    #[test]
    fn what_ended_badly_comes_newest_first_and_what_still_runs_oldest_first() {
        assert_eq!(
            names(&state()),
            [
                "failed-twin",
                "failed-young",
                "failed-old",
                "failed-timeless",
                "running-old",
                "running-young",
                "done",
            ]
        );
    }

    #[test]
    fn the_first_is_the_first_in_every_order() {
        let mut state = state();
        for sort in SortKey::ALL {
            for reversed in [false, true] {
                (state.runs.sort, state.runs.reversed) = (sort, reversed);
                let found = first(&state, Timestamp::UNIX_EPOCH);
                let found = found.map(|run| &*run.row.key.name);
                assert_eq!(found, names(&state).first().copied(), "{sort:?}");
            }
        }
    }
}
