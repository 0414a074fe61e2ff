//! The same operation on many runs: one first, the rest at a rate, with a result for each.
//! Apart from single orders, which each of them is in the end.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::dialog::{Dialog, Many};
use super::{Ticket, guard, prepare, sending, verbs};
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::fleet::Run;
use crate::app::overlay::OverlayKind;
use crate::app::said::Level;
use crate::app::select;
use crate::app::state::{State, later};
use crate::app::update::open_overlay;
use crate::model::act::{Kind, Order, Outcome, Shown};
use crate::model::key::{Key, Uid};
use crate::model::phase::Phase;
use crate::model::qarun;

/// Milliseconds between two of them, after the first went well.
const EVERY: i64 = 250;
/// Why a run is left out.
const BUSY: &str = "something is under way for it";
/// So many in a row that fail for the same reason end it.
const SAME: usize = 2;

/// One of many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// What is done, to which run.
    pub order: Order,
    /// The run's phase when it was agreed to.
    pub phase: Arc<str>,
    /// How far it is.
    pub fate: Fate,
}

/// How far one of many is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fate {
    /// Its turn has not come.
    Waiting,
    /// It is under way.
    Sent(Ticket),
    /// It is over.
    Over(Outcome),
    /// It was not sent, and why.
    Dropped(Arc<str>),
}

/// Many at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bulk {
    /// What is done, as a verb.
    pub verb: Arc<str>,
    /// To which.
    pub items: Vec<Item>,
    /// Runs it is not done to, and why.
    pub skipped: Vec<(Key, Arc<str>)>,
    /// A person has stopped it for now.
    pub paused: bool,
    /// Why it ended before its end.
    pub halted: Option<Arc<str>>,
    /// Not before this moment does the next one go out.
    pub next: Timestamp,
}

impl Item {
    /// It was not over when it was agreed to, in the words of either kind.
    pub fn is_at_work(&self) -> bool {
        let cancelled = *self.phase == *qarun::Phase::Cancelled.word();
        !Phase::parse(&self.phase).is_done() && !cancelled
    }
}

impl Bulk {
    /// Nothing more will be sent, and everything sent is answered.
    pub fn is_over(&self) -> bool {
        !self
            .items
            .iter()
            .any(|item| matches!(item.fate, Fate::Waiting | Fate::Sent(_)))
    }

    /// How many were applied, were not, and wait.
    pub fn counts(&self) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        for item in &self.items {
            match &item.fate {
                Fate::Over(Outcome::Applied { .. }) => counts.0 += 1,
                Fate::Over(_) | Fate::Dropped(_) => counts.1 += 1,
                Fate::Waiting | Fate::Sent(_) => counts.2 += 1,
            }
        }
        counts
    }

    /// Seconds in which all of it can be taken back still; `None`: the first one has gone out, or nothing will.
    pub fn held(&self, now: Timestamp) -> Option<i64> {
        let none = self.items.iter().all(|item| item.fate == Fate::Waiting);
        let left = self.next.as_millisecond() - now.as_millisecond();
        (none && left > 0).then_some((left + 999) / 1_000)
    }

    /// One line on how far it is.
    pub fn sentence(&self) -> String {
        let (done, not, waits) = self.counts();
        let mut text = format!("{} {} runs: {done} done", self.verb, self.items.len());
        if not > 0 {
            text += &format!(", {not} not");
        }
        if waits > 0 {
            text += &format!(", {waits} to go");
        }
        if !self.skipped.is_empty() {
            text += &format!(", {} skipped", self.skipped.len());
        }
        if let Some(why) = &self.halted {
            text += &format!(" · ended: {why}");
        } else if self.paused {
            text += " · paused";
        }
        text
    }

    /// Ends it: what was not sent is not.
    pub(in crate::app) fn halt(&mut self, why: &str) {
        self.halted.get_or_insert_with(|| why.into());
        for item in &mut self.items {
            if item.fate == Fate::Waiting {
                item.fate = Fate::Dropped(why.into());
            }
        }
    }

    /// Ends of those that are over, in their order.
    fn over(&self) -> Vec<&Outcome> {
        let over = self.items.iter().filter_map(|item| match &item.fate {
            Fate::Over(outcome) => Some(outcome),
            _ => None,
        });
        over.collect()
    }
}

/// Why nothing more is sent after these ends, the first of them that of the first one: it did not go well, or the last ones
/// all failed for one reason.
pub fn halts(over: &[&Outcome]) -> Option<String> {
    if let [first] = over {
        let well = matches!(first, Outcome::Applied { .. });
        return (!well).then(|| "the first one did not go well".to_string());
    }
    let why = |outcome: &Outcome| match outcome {
        Outcome::NotApplied { why } | Outcome::Unknown { why } => Some(why.clone()),
        Outcome::Applied { .. } | Outcome::Changed { .. } => None,
    };
    let mut last = over.iter().rev().take(SAME).map(|outcome| why(outcome));
    let first = last.next().flatten()?;
    (over.len() >= SAME && last.all(|why| why.as_ref() == Some(&first)))
        .then(|| format!("the same went wrong {SAME} times: {first}"))
}

/// Asks whether it shall be done to all of these runs: who is eligible, who is not and why.
pub(super) fn ask(
    state: &mut State,
    now: Timestamp,
    command: Command,
    keys: Vec<Key>,
    effects: &mut Vec<Effect>,
) {
    if is_under_way(state, now) {
        return;
    }
    let mut many = Many {
        unseen: match state.lists_runs() {
            true => {
                let shown: HashSet<Uid> = select::runs(state, now).uids().into_iter().collect();
                keys.iter().filter(|key| !shown.contains(&key.uid)).count()
            }
            false => 0,
        },
        ..Many::default()
    };
    for key in keys {
        let Some(run) = state.fleet.get(&key.uid) else {
            continue;
        };
        let busy = |order: &Order| state.orders.on(&order.key.uid).is_some();
        let order = match state.orders.on(&key.uid) {
            Some(_) => Err(BUSY.to_string()),
            None => guard::may_write(state, &key, now).and_then(|()| verbs::each(run, command)),
        };
        match order {
            Ok(order) if busy(&order) || many.has(&order.key) => {
                many.skipped.push((key, BUSY.into()));
            }
            Ok(order) => many.items.push(Item {
                phase: phase(run, order.kind),
                order,
                fate: Fate::Waiting,
            }),
            Err(why) => many.skipped.push((key, why.into())),
        }
    }
    // What is at work is what a person would miss among many.
    many.items.sort_by_key(|item| !item.is_at_work());
    begin(state, now, many, effects);
}

/// Asks about orders that make something each: one preview, then one after the other.
pub(in crate::app) fn ask_all(
    state: &mut State,
    now: Timestamp,
    orders: Vec<Order>,
    skipped: Vec<(Key, Arc<str>)>,
    effects: &mut Vec<Effect>,
) {
    if is_under_way(state, now) {
        return;
    }
    let mut many = Many {
        skipped,
        ..Many::default()
    };
    for order in orders {
        match guard::may_write(state, &order.key, now) {
            Ok(()) => many.items.push(Item {
                order,
                phase: "".into(),
                fate: Fate::Waiting,
            }),
            Err(why) => many.skipped.push((order.key, why.into())),
        }
    }
    begin(state, now, many, effects);
}

/// One action on many at a time: says so where another one goes on still.
fn is_under_way(state: &mut State, now: Timestamp) -> bool {
    let bulk = state.orders.bulk.as_ref();
    let is = bulk.is_some_and(|bulk| !bulk.is_over());
    if is {
        let bulk = state.keymap.way_to(Command::Bulk);
        let text = format!("another action on many is under way: {bulk} shows it");
        state.say(now, text, true);
    }
    is
}

/// Asks what the first of many would do.
fn begin(state: &mut State, now: Timestamp, many: Many, effects: &mut Vec<Effect>) {
    let Some(first) = many.items.first().map(|item| item.order.clone()) else {
        let why = many.skipped.first().map_or("", |(_, why)| why);
        let count = many.skipped.len();
        return state.say(now, format!("none of the {count} runs: {why}"), true);
    };
    let ticket = state.orders.ticket();
    let mut dialog = Dialog::new(ticket, first.clone(), now);
    dialog.many = Some(many);
    state.orders.dialog = Some(dialog);
    effects.push(prepare(state, now, ticket, first));
}

/// The phase of what an order is about, in the words of its own kind.
fn phase(run: &Run, kind: Kind) -> Arc<str> {
    match (&run.qarun, kind) {
        (Some(brief), Kind::QaRun) => brief.phase.as_ref().map_or("", |phase| phase.word()).into(),
        _ => run.row.phase.api_word().into(),
    }
}

/// Agreed: it begins, after the moment in which it can be taken back.
pub(super) fn agreed(state: &mut State, now: Timestamp, many: Many, effects: &mut Vec<Effect>) {
    let Some(first) = many.items.first() else {
        return;
    };
    let hold = match first.order.operation.is_destructive() {
        true => state.habits.undo,
        false => 0,
    };
    let bulk = Bulk {
        verb: first.order.operation.verb().into(),
        items: many.items,
        skipped: many.skipped,
        paused: false,
        halted: None,
        next: later(now, hold),
    };
    state.orders.bulk = Some(bulk);
    state.runs.marks.clear();
    state.failures.marks.clear();
    open_overlay(state, OverlayKind::Bulk, effects);
    settle(state, now, effects);
}

/// Sends the next one when it is time.
pub(super) fn settle(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let Some(mut bulk) = state.orders.bulk.take() else {
        return;
    };
    if !bulk.paused && bulk.halted.is_none() && bulk.next <= now {
        let under_way = bulk
            .items
            .iter()
            .any(|item| matches!(item.fate, Fate::Sent(_)));
        let first = matches!(bulk.items[0].fate, Fate::Waiting | Fate::Sent(_));
        let next = bulk
            .items
            .iter()
            .position(|item| item.fate == Fate::Waiting);
        // The first one tells how it goes before any other is sent.
        if let Some(at) = next
            && !(first && under_way)
        {
            let item = &mut bulk.items[at];
            match guard::may_write(state, &item.order.key, now) {
                Ok(()) => {
                    let shown = Shown {
                        phase: item.phase.clone(),
                        asked: now,
                        digest: None,
                    };
                    let ticket = sending::at_once(state, now, item.order.clone(), shown, effects);
                    item.fate = Fate::Sent(ticket);
                }
                Err(why) => item.fate = Fate::Dropped(why.into()),
            }
            bulk.next = later(now, EVERY);
        }
    }
    state.orders.bulk = Some(bulk);
}

/// When the next one is due.
pub(super) fn due(bulk: &Bulk) -> Option<Timestamp> {
    let waits = bulk.items.iter().any(|item| item.fate == Fate::Waiting);
    let first = matches!(bulk.items.first()?.fate, Fate::Sent(_));
    (waits && !first && !bulk.paused && bulk.halted.is_none()).then_some(bulk.next)
}

/// One of them is over; says whether the ticket was one of them.
pub(super) fn ended(state: &mut State, now: Timestamp, ticket: Ticket, outcome: &Outcome) -> bool {
    let Some(bulk) = &mut state.orders.bulk else {
        return false;
    };
    let Some(at) = bulk
        .items
        .iter()
        .position(|item| item.fate == Fate::Sent(ticket))
    else {
        return false;
    };
    bulk.items[at].fate = Fate::Over(outcome.clone());
    if let Some(why) = halts(&bulk.over()) {
        bulk.halt(&why);
    }
    if bulk.is_over() {
        let (_, not, _) = bulk.counts();
        let text = format!(
            "{} · {} shows each",
            bulk.sentence(),
            state.keymap.way_to(Command::Bulk)
        );
        let level = if not == 0 { Level::Good } else { Level::Bad };
        state.tell(now, level, text);
    }
    true
}

/// `p` and `a` in the list of results.
pub(in crate::app) fn letter(state: &mut State, letter: char) {
    let Some(bulk) = &mut state.orders.bulk else {
        return;
    };
    match letter {
        'p' if !bulk.is_over() => bulk.paused = !bulk.paused,
        'a' if !bulk.is_over() => bulk.halt("a person ended it"),
        _ => {}
    }
}

/// Takes back what was not sent; says whether there was such a thing.
pub(super) fn take_back(state: &mut State) -> Option<usize> {
    let bulk = state.orders.bulk.as_mut()?;
    let waits = bulk.counts().2;
    if bulk.is_over() || waits == 0 {
        return None;
    }
    bulk.halt("taken back");
    Some(waits)
}
