//! Runs that failed, grouped by what they failed of: which groups there are, in which order, and what is done with one.
//! Apart from what a cause is ([`crate::model::failure`]): that is noted at each run when it is read, so that this is cheap
//! enough for every frame.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::command::Command;
use crate::app::cursor::Move;
use crate::app::fleet::Run;
use crate::app::query::Query;
use crate::app::screens::failures::{FailuresScreen, Order};
use crate::app::state::{Screen, State};
use crate::app::visit;
use crate::model::failure::{CauseId, Failure};
use crate::model::key::{Key, Uid};
use crate::model::phase::Phase;
use crate::model::row::label;

/// Bars of a trend.
pub const BARS: usize = 8;
/// Seconds of one bar, of which the shortest is taken that shows everything.
const BAR: [i64; 8] = [
    900, 1_800, 3_600, 10_800, 43_200, 86_400, 345_600, 1_296_000,
];

/// Runs that failed of the same.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// What of.
    pub cause: CauseId,
    /// All of them, in no order.
    pub runs: Vec<&'a Run>,
    /// The one that failed last.
    pub newest: &'a Run,
    /// When one failed first.
    pub first: Option<Timestamp>,
}

/// The list.
#[derive(Debug, Default)]
pub struct Selection<'a> {
    /// Groups in order.
    pub groups: Vec<Group<'a>>,
    /// Runs that failed, whatever the filter says.
    pub failed: usize,
    /// How many of those have no known cause yet, because their object was not read.
    pub unread: usize,
}

/// The time that trends are about: bars of so many seconds up to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    from: i64,
    /// Seconds of one bar.
    bar: i64,
}

impl Span {
    /// The whole of it, in seconds.
    pub fn seconds(self) -> i64 {
        self.bar * BARS as i64
    }

    /// How many runs failed in each of its parts, the last one now.
    pub fn of(self, group: &Group<'_>) -> [usize; BARS] {
        let mut bars = [0; BARS];
        for since in group.runs.iter().filter_map(|run| run.since()) {
            let at = (since.as_second() - self.from).div_euclid(self.bar);
            if let Ok(at) = usize::try_from(at) {
                // Clocks differ: what failed after now failed now.
                bars[at.min(BARS - 1)] += 1;
            }
        }
        bars
    }
}

impl<'a> Group<'a> {
    /// When one failed last.
    pub fn last(&self) -> Option<Timestamp> {
        self.newest.since()
    }

    /// What they failed of, in the words of the newest.
    pub fn failure(&self) -> Option<Failure<'a>> {
        Failure::of(&self.newest.row, self.newest.facts.as_deref())
    }

    /// Namespaces they ran in, with how many in each, most first.
    pub fn namespaces(&self) -> Vec<(&'a str, usize)> {
        self.tally(|run| Some(&run.row.key.namespace))
    }

    /// Crons and templates they were launched from.
    pub fn origins(&self) -> Vec<(&'a str, usize)> {
        self.tally(|run| run.row.origin())
    }

    /// Values of a label.
    pub fn label(&self, name: &str) -> Vec<(&'a str, usize)> {
        self.tally(|run| run.row.label(name))
    }

    /// Who was affected: services, else teams, else tasks.
    pub fn affected(&self) -> Vec<(&'a str, usize)> {
        let labels = [label::SERVICE, label::TEAM, label::TASK];
        let found = labels.into_iter().map(|name| self.label(name));
        found
            .into_iter()
            .find(|of| !of.is_empty())
            .unwrap_or_default()
    }

    /// Its runs, the newest first.
    pub fn sorted(&self) -> Vec<&'a Run> {
        let mut runs = self.runs.clone();
        runs.sort_by(|a, b| {
            let newest = b.since().cmp(&a.since());
            newest.then_with(|| a.row.key.cmp(&b.row.key))
        });
        runs
    }

    fn tally(&self, of: impl Fn(&'a Run) -> Option<&'a Arc<str>>) -> Vec<(&'a str, usize)> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for value in self.runs.iter().filter_map(|run| of(run)) {
            *counts.entry(value).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        counts
    }
}

impl Selection<'_> {
    /// The line of the cursor.
    pub fn index(&self, state: &State) -> usize {
        let on = state.failures.on;
        let mut causes = self.groups.iter().map(|group| group.cause);
        let at = causes.position(|cause| Some(cause) == on);
        at.unwrap_or(0)
    }

    /// The causes in order.
    pub fn causes(&self) -> Vec<CauseId> {
        self.groups.iter().map(|group| group.cause).collect()
    }

    /// The time that their trends are about.
    pub fn span(&self, now: Timestamp) -> Span {
        let first = self.groups.iter().filter_map(|group| group.first).min();
        let age = first.map_or(0, |first| now.as_second() - first.as_second());
        let fits = |bar: &i64| bar * BARS as i64 > age;
        let bar = BAR.into_iter().find(fits).unwrap_or(BAR[BAR.len() - 1]);
        Span {
            from: now.as_second() - bar * BARS as i64,
            bar,
        }
    }
}

/// The groups of the runs that failed and pass the filter, in the chosen order.
pub fn selection(state: &State, now: Timestamp) -> Selection<'_> {
    let query = &state.failures.query;
    let mut selection = Selection::default();
    let mut places: HashMap<CauseId, usize> = HashMap::new();
    let bad = |run: &&Run| matches!(run.row.phase, Phase::Failed | Phase::Error) && !run.gone;
    for run in state.fleet.iter().filter(bad) {
        selection.failed += 1;
        let Some(cause) = run.cause else {
            selection.unread += usize::from(run.row.malformed.is_none());
            continue;
        };
        if !query.is_empty() && !query.matches(run, run.state(now), now) {
            continue;
        }
        let at = *places.entry(cause).or_insert_with(|| {
            selection.groups.push(Group {
                cause,
                runs: Vec::new(),
                newest: run,
                first: None,
            });
            selection.groups.len() - 1
        });
        selection.groups[at].take(run);
    }
    sort(state, &mut selection.groups);
    selection
}

impl<'a> Group<'a> {
    fn take(&mut self, run: &'a Run) {
        self.runs.push(run);
        let since = run.since();
        if self.first.is_none() || since.is_some_and(|since| Some(since) < self.first) {
            self.first = since;
        }
        let rank = |run: &Run| (run.since(), run.row.created);
        let newer = rank(run).cmp(&rank(self.newest));
        // Of two at the same moment always the same one.
        if newer
            .then_with(|| self.newest.row.key.cmp(&run.row.key))
            .is_gt()
        {
            self.newest = run;
        }
    }
}

fn sort(state: &State, groups: &mut [Group<'_>]) {
    let screen = &state.failures;
    let newest = |a: &Group<'_>, b: &Group<'_>| b.last().cmp(&a.last());
    groups.sort_unstable_by(|a, b| {
        let order = match screen.sort {
            Order::Most => b.runs.len().cmp(&a.runs.len()),
            Order::Newest => newest(a, b),
            Order::Oldest => a.first.cmp(&b.first),
            // Put in order below: its words cost too much to make them for each comparison.
            Order::Cause => std::cmp::Ordering::Equal,
        };
        let order = if screen.reversed {
            order.reverse()
        } else {
            order
        };
        order
            .then_with(|| newest(a, b))
            .then_with(|| a.cause.cmp(&b.cause))
    });
    if screen.sort == Order::Cause {
        groups.sort_by_cached_key(|group| group.failure().map(|failure| failure.text()));
        if screen.reversed {
            groups.reverse();
        }
    }
}

/// The list of causes is shown: no Run page lies over it.
pub fn are_shown(state: &State) -> bool {
    state.open.is_none() && state.screen == Screen::Failures
}

/// The object that the preview beside the list is scrolled for.
pub fn beside(cause: CauseId) -> Uid {
    Uid::new(format!("cause:{cause}"))
}

/// Runs that an action here is about: of the marked causes, else of the one under the cursor.
pub fn meant(state: &State, now: Timestamp) -> Vec<Key> {
    if !are_shown(state) {
        return Vec::new();
    }
    let groups = selection(state, now).groups.into_iter();
    let meant = groups.filter(|group| is_meant(&state.failures, group.cause));
    let runs = meant.flat_map(|group| group.sorted());
    runs.map(|run| run.row.key.clone()).collect()
}

fn is_meant(screen: &FailuresScreen, cause: CauseId) -> bool {
    match screen.marks.is_empty() {
        true => screen.on == Some(cause),
        false => screen.marks.contains(&cause),
    }
}

/// An action here is about many runs at once.
pub fn means_many(state: &State) -> bool {
    let screen = &state.failures;
    are_shown(state) && (screen.meant > 1 || !screen.marks.is_empty())
}

/// To the list.
pub(super) fn open(state: &mut State) {
    state.open = None;
    state.screen = Screen::Failures;
}

/// To the Runs screen, filtered to the runs of the marked causes, else of the one under the cursor.
pub(super) fn see_runs(state: &mut State, now: Timestamp) {
    let screen = &mut state.failures;
    // The way back leads to where the cursor stood.
    if let Some(on) = screen.on {
        screen.cursor.put(on);
    }
    let causes: Vec<String> = match screen.marks.is_empty() {
        true => screen.on.iter().map(ToString::to_string).collect(),
        false => screen.marks.iter().map(ToString::to_string).collect(),
    };
    let own = screen.query.text();
    let text = format!("cause:{} {own}", causes.join(","));
    match Query::parse(&text) {
        Ok(query) => visit::go(state, query),
        Err(why) => state.say(now, why.to_string(), true),
    }
}

/// Unmarks what is marked, else clears the filter.
pub(super) fn clear(state: &mut State) {
    let screen = &mut state.failures;
    if !screen.marks.is_empty() {
        screen.marks.clear();
    } else if !screen.query.is_empty() {
        screen.query = Query::default();
        screen.cursor.release();
    }
}

/// Moves the cursor.
pub(super) fn go(state: &mut State, now: Timestamp, how: Move) {
    let causes = selection(state, now).causes();
    state.failures.cursor.go(&causes, how);
}

/// `space` and `V`.
pub(super) fn mark(state: &mut State, now: Timestamp, command: Command) {
    let causes = selection(state, now).causes();
    let screen = &mut state.failures;
    match (command, screen.on) {
        (Command::MarkAll, _) => match causes.iter().all(|one| screen.marks.contains(one)) {
            true => screen.marks.clear(),
            false => screen.marks.extend(causes),
        },
        (_, Some(on)) => {
            if !screen.marks.remove(&on) {
                screen.marks.insert(on);
            }
            screen.cursor.go(&causes, Move::By(1));
        }
        (_, None) => {}
    }
}

/// The cursor stands on a cause that there is: else on the one that took its place. What is gone is not marked.
pub(super) fn settle(state: &mut State, now: Timestamp) {
    if !are_shown(state) {
        return;
    }
    let Selection { groups, .. } = selection(state, now);
    let causes: Vec<CauseId> = groups.iter().map(|group| group.cause).collect();
    let mut screen = state.failures.clone();
    let first = causes.first().copied();
    screen.on = match screen.cursor.on() {
        Some(on) if causes.contains(on) => Some(*on),
        Some(_) => causes.get(screen.cursor.top).copied().or(first),
        None => first,
    };
    match (screen.on, screen.cursor.on()) {
        (Some(on), Some(_)) => screen.cursor.put(on),
        (Some(_), None) => {}
        (None, _) => screen.cursor.release(),
    }
    screen.marks.retain(|cause| causes.contains(cause));
    let group = groups.iter().find(|group| Some(group.cause) == screen.on);
    screen.newest = group.map(|group| group.newest.row.key.clone());
    let meant = groups.iter().filter(|group| is_meant(&screen, group.cause));
    screen.meant = meant.map(|group| group.runs.len()).sum();
    state.failures = screen;
}
