//! What a person wants changed in the cluster: asked for, agreed to, under way, and what became of it.
//! Apart from commands that only look: everything here is bound to an object's uid from the key press to the answer.

pub mod bulk;
pub mod dialog;
pub mod edit;
pub mod form;
pub mod guard;
pub mod marks;
mod onward;
mod sending;
pub mod undo;
pub mod verbs;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::choosing::open_run;
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::failures;
use crate::app::fleet::Run;
use crate::app::keymap::{Deed, Keymap};
use crate::app::msg::Session;
use crate::app::origins;
use crate::app::overlay::OverlayKind;
use crate::app::said::Level;
use crate::app::screens::runs::List;
use crate::app::state::{State, Tab, later};
use crate::app::trail;
use crate::app::update::open_overlay;
use crate::model::act::{Cannot, Order, Outcome, Prepared, Shown};
use crate::model::clock;
use crate::model::inside::Inside;
use crate::model::journal::Entry;
use crate::model::key::{Key, Uid};
use crate::model::qarun::label;
use crate::model::trouble::Trouble;

use bulk::Bulk;
use dialog::Dialog;

/// Number of a question or a write; its answer has the same.
pub type Ticket = u64;

/// Milliseconds keys are not heard after a dialog shows what it is about: they were meant for something else.
pub const TYPED_AHEAD: i64 = 300;
/// Milliseconds a new run is waited for before it is said that nobody has seen it.
const SEEN: i64 = 15_000;
/// Milliseconds an answer about rights is believed.
const RIGHTS: i64 = 60_000;
/// Milliseconds after which a row no longer says that the controller was asked: it has not answered.
const PATIENCE: i64 = 60_000;

/// Everything that is asked for and not over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Orders {
    last: Ticket,
    /// The question on the screen.
    pub dialog: Option<Dialog>,
    /// What was agreed to.
    pub jobs: Vec<Job>,
    /// Why we may not change workflows of a namespace, or nothing; by the namespaces that were asked about.
    #[serde(default)]
    pub rights: BTreeMap<Arc<str>, Result<Option<Arc<str>>, Trouble>>,
    /// Namespaces that are being asked about.
    #[serde(default)]
    asked: BTreeMap<Arc<str>, Timestamp>,
    /// The last action on many runs.
    pub bulk: Option<Bulk>,
    /// The end of the journal, once read.
    pub journal: Option<Result<Vec<Entry>, String>>,
    /// Until when a protected context may be written to.
    pub unlocked: Option<Timestamp>,
    /// The run that was made last.
    #[serde(default)]
    pub made: Option<Key>,
    /// It is opened when the watch shows it, until this moment.
    #[serde(default)]
    going: Option<(Key, Timestamp)>,
    /// The last thing that ran its course, for `undo`.
    pub done: Option<(Order, Outcome)>,
    /// The connection that all of this is about.
    session: Session,
    /// Containers somebody is on their way into, or in.
    #[serde(default)]
    pub visits: BTreeMap<Ticket, Inside>,
    /// Leaving was asked for once while something was under way.
    pub leaving: bool,
}

/// Something agreed to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its number.
    pub ticket: Ticket,
    /// What is done, to which object.
    pub order: Order,
    /// What was on the screen when it was agreed to.
    pub shown: Shown,
    /// `resourceVersion` of its row when it was sent: what the watch says later is news.
    pub version: u64,
    /// How far it is.
    pub stage: Stage,
}

/// How far something is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// It can still be taken back; it goes out at this moment.
    Held {
        /// When.
        until: Timestamp,
    },
    /// The request is under way.
    Sent,
    /// The server took it; the object has not shown it yet.
    Taken {
        /// Since when.
        since: Timestamp,
    },
}

impl Orders {
    /// The next number.
    pub(super) fn ticket(&mut self) -> Ticket {
        self.last += 1;
        self.last
    }

    /// What is under way for an object, the newest.
    pub fn on(&self, uid: &Uid) -> Option<&Job> {
        self.jobs.iter().rev().find(|job| job.order.key.uid == *uid)
    }

    /// What is under way for a run, or for the QARun it is of.
    pub fn about(&self, run: &Run) -> Option<&Job> {
        let qarun = run
            .qarun
            .as_ref()
            .and_then(|brief| self.on(&brief.key().uid));
        self.on(&run.row.key.uid).or(qarun)
    }

    /// A job by its number.
    fn job(&mut self, ticket: Ticket) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.ticket == ticket)
    }

    /// The same, which is over.
    fn take(&mut self, ticket: Ticket) -> Option<Job> {
        let at = self.jobs.iter().position(|job| job.ticket == ticket)?;
        Some(self.jobs.remove(at))
    }

    /// When something is due that no message will announce.
    pub fn due(&self) -> Option<Timestamp> {
        let held = self.jobs.iter().map(|job| match &job.stage {
            Stage::Held { until } => Some(*until),
            Stage::Taken { since } => Some(later(*since, PATIENCE)),
            Stage::Sent => None,
        });
        let ready = self.dialog.as_ref().and_then(|dialog| dialog.ready);
        let bulk = self.bulk.as_ref().and_then(bulk::due);
        let going = self.going.as_ref().map(|(_, until)| *until);
        held.chain([ready, self.unlocked, bulk, going])
            .flatten()
            .min()
    }

    /// Something is on its way that the screen will show by itself in a moment.
    pub fn is_waiting(&self) -> bool {
        let sent = self.jobs.iter().any(|job| job.stage == Stage::Sent);
        let asked = self
            .dialog
            .as_ref()
            .is_some_and(|dialog| dialog.face == dialog::Face::Reading || dialog.ready.is_some());
        sent || asked
    }

    /// Something that would be lost, or left without an answer, if the program ended now.
    pub fn is_busy(&self) -> bool {
        self.jobs
            .iter()
            .any(|job| matches!(job.stage, Stage::Held { .. } | Stage::Sent))
            || self.bulk.as_ref().is_some_and(|bulk| !bulk.is_over())
    }
}

/// A command that changes something, or has to do with what does.
pub(super) fn command(
    state: &mut State,
    now: Timestamp,
    command: Command,
    effects: &mut Vec<Effect>,
) {
    if verbs::is_action(command) && state.lists_runs() {
        marks::close(state, now);
    }
    match command {
        Command::Undo => undo::last(state, now),
        Command::Bulk => match state.orders.bulk {
            Some(_) => open_overlay(state, OverlayKind::Bulk, effects),
            None => state.say(
                now,
                "nothing was done to many runs yet: space marks them",
                false,
            ),
        },
        Command::MarkRun | Command::MarkAll if failures::are_shown(state) => {
            failures::mark(state, now, command);
        }
        Command::MarkRun | Command::MarkRange | Command::MarkAll => {
            marks::command(state, now, command);
        }
        Command::NewRun => to_new(state, now),
        action if verbs::means_many(state) => match verbs::takes_many(action) {
            true => {
                let keys = match state.lists_runs() {
                    true => state.runs.marks.keys(),
                    false => failures::meant(state, now),
                };
                bulk::ask(state, now, action, keys, effects);
            }
            false => {
                let how = match state.lists_runs() {
                    true => "esc unmarks them",
                    false => "enter shows each",
                };
                let name = action.info().name;
                let text = format!("`{name}` is not for many runs at once: {how}");
                state.say(now, text, true);
            }
        },
        action => match verbs::order(state, action) {
            Ok(order) => origins::ask(state, now, order, effects),
            Err(why) => {
                let text = format!("`{}` is not possible: {why}", action.info().name);
                state.say(now, text, true);
            }
        },
    }
}

/// Lifts the protection of this context for some milliseconds.
pub(super) fn unlock(state: &mut State, now: Timestamp, millis: i64) {
    if !guard::is_protected(state) {
        let text = format!("{} is not protected", guard::context(state));
        return state.say(now, text, false);
    }
    state.orders.unlocked = Some(later(now, millis));
    let text = format!(
        "{} can be changed for {}",
        guard::context(state),
        clock::exact(millis / 1_000)
    );
    state.tell(now, Level::Warn, text);
}

/// The program ends, unless something is under way or written that would be lost: then it is asked for twice.
pub(super) fn leave(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let drafts = match state.drafts.unsent() {
        0 => None,
        1 => Some("a QARun that is written and not created is lost then".to_string()),
        n => Some(format!(
            "{n} QARuns that are written and not created are lost then"
        )),
    };
    let lost = match state.orders.is_busy() {
        true => {
            Some("something is under way (g m): what was not sent is not sent then".to_string())
        }
        false => drafts,
    };
    if let Some(lost) = lost.filter(|_| !state.orders.leaving) {
        state.orders.leaving = true;
        return state.say(now, format!("{lost}; once more leaves"), true);
    }
    effects.push(Effect::Quit);
}

/// The end of the journal was read.
pub(super) fn journal_read(state: &mut State, answer: Result<Vec<Entry>, String>) {
    state.orders.journal = Some(answer);
}

/// Another context, other namespaces, or the same ones read anew: what was not sent is not, and what was asked is asked again there.
fn left(state: &mut State, now: Timestamp) {
    state.orders.dialog = None;
    state.orders.made = None;
    state.orders.going = None;
    state.orders.unlocked = None;
    state.orders.rights.clear();
    state.orders.asked.clear();
    let held = |job: &Job| matches!(job.stage, Stage::Held { .. });
    let dropped: Vec<String> = (state.orders.jobs.iter())
        .filter(|job| held(job))
        .map(|job| format!("{} {}", job.order.operation.verb(), job.order.key))
        .collect();
    state
        .orders
        .jobs
        .retain(|job| matches!(job.stage, Stage::Sent));
    if let Some(bulk) = &mut state.orders.bulk {
        bulk.halt("everything was read anew meanwhile");
    }
    for one in dropped {
        state.tell(
            now,
            Level::Bad,
            format!("{one} was not sent: everything was read anew meanwhile"),
        );
    }
}

/// Asks what an operation would do to an object; the answer is agreed to, or not, in a dialog.
pub(super) fn ask(state: &mut State, now: Timestamp, order: Order, effects: &mut Vec<Effect>) {
    if let Some(job) = state.orders.on(&order.key.uid) {
        let text = format!("{}: {}", order.key, word(&state.keymap, job));
        return state.say(now, text, true);
    }
    if let Err(why) = guard::may_write(state, &order.key, now) {
        return state.say(
            now,
            format!("{} not possible: {why}", order.operation.verb()),
            true,
        );
    }
    let ticket = state.orders.ticket();
    state.orders.dialog = Some(Dialog::new(ticket, order.clone(), now));
    effects.push(prepare(state, now, ticket, order));
}

/// The question what an order would do; where that is still to be written, what it is written on.
fn prepare(state: &State, now: Timestamp, ticket: Ticket, order: Order) -> Effect {
    let session = state.session;
    let begins = edit::begins(&order);
    let order = Box::new(order);
    match begins {
        true => Effect::ReadManifest(session, ticket, order),
        false => Effect::Prepare {
            session,
            ticket,
            order,
            at: now,
        },
    }
}

/// The answer to it.
pub(super) fn prepared(
    state: &mut State,
    now: Timestamp,
    ticket: Ticket,
    answer: Result<Prepared, Cannot>,
) {
    if let Some(dialog) = &mut state.orders.dialog
        && dialog.ticket == ticket
    {
        dialog.answered(now, answer);
    }
}

/// How a write ended.
pub(super) fn acted(
    state: &mut State,
    now: Timestamp,
    ticket: Ticket,
    outcome: Outcome,
    effects: &mut Vec<Effect>,
) {
    sending::ended(state, now, ticket, outcome, effects);
}

/// What follows from the passing of time and from what the watch says.
pub(super) fn settle(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    if state.orders.session != state.session {
        state.orders.session = state.session;
        left(state, now);
    }
    if state.orders.unlocked.is_some_and(|until| until <= now) {
        state.orders.unlocked = None;
        state.say(now, "locked again: this context is protected", false);
    }
    if let Some(dialog) = &mut state.orders.dialog {
        dialog.ready = dialog.ready.filter(|ready| now < *ready);
    }
    settle_new(state, now);
    settle_rights(state, now, effects);
    marks::settle(state);
    sending::settle(state, now, effects);
    bulk::settle(state, now, effects);
}

/// To the run that was made last: at once where the watch has shown it, else when it does.
fn to_new(state: &mut State, now: Timestamp) {
    let Some(key) = state.orders.made.clone() else {
        return;
    };
    if seen(state, &key).is_none() {
        state.say(now, format!("waiting to see {key} …"), false);
    }
    state.orders.going = Some((key, later(now, SEEN)));
}

/// What was made as the fleet has it: itself, else the workflow that was made of it.
fn seen(state: &State, key: &Key) -> Option<Key> {
    if state.fleet.get(&key.uid).is_some() {
        return Some(key.clone());
    }
    let of = |run: &&Run| {
        !run.gone
            && run
                .row
                .label(label::UID)
                .is_some_and(|uid| **uid == *key.uid.as_str())
    };
    let newest = state
        .fleet
        .iter()
        .filter(of)
        .max_by_key(|run| run.row.created);
    newest.map(|run| run.row.key.clone())
}

fn settle_new(state: &mut State, now: Timestamp) {
    let Some((key, until)) = state.orders.going.take() else {
        return;
    };
    if let Some(key) = seen(state, &key) {
        open_run(state, now, key, Tab::Summary);
        // A person asked for it: the way back leads to where they were.
        trail::settle(state);
    } else if until <= now {
        let text =
            format!("{key} has not been seen: it is in no namespace on the screen, or gone again");
        state.say(now, text, true);
    } else {
        state.orders.going = Some((key, until));
    }
}

/// What we may do is asked before it is tried: where a menu of actions is begun, and for what waits for a person.
fn settle_rights(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let Some(key) = state.shown_run() else {
        return;
    };
    let leads_to_action =
        |deed: Option<&Deed>| deed.and_then(Deed::command).is_some_and(verbs::is_action);
    let menu = || (state.keymap).following(&state.key_scopes(), &state.pending);
    // This is asked at every message, and the menu is seldom open.
    let begun =
        !state.pending.is_empty() && menu().into_iter().any(|(_, next)| leads_to_action(next));
    let wanted = begun || state.runs.list == List::Queue || state.orders.dialog.is_some();
    let asked = state.orders.asked.get(&key.namespace);
    if wanted && asked.is_none_or(|at| later(*at, RIGHTS) <= now) {
        state.orders.asked.insert(key.namespace.clone(), now);
        effects.push(Effect::AskRights(state.session, key.namespace));
    }
}

/// One line on what is under way for an object, for its row.
pub fn word(keymap: &Keymap, job: &Job) -> Arc<str> {
    let verb = job.order.operation.doing();
    match job.stage {
        Stage::Held { .. } => {
            let undo = keymap.way_to(Command::Undo);
            format!("{verb} in a moment · {undo} takes it back").into()
        }
        Stage::Sent => format!("{verb} …").into(),
        Stage::Taken { .. } => format!("{verb} … asked, waits for the controller").into(),
    }
}
