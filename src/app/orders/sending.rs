//! From the agreement to what became of it: held for some seconds, sent once, taken, seen.
//! Apart from the dialog, which is closed by then.

use jiff::Timestamp;

use super::dialog::Dialog;
use super::{Job, PATIENCE, Stage, Ticket, guard, prepare};
use super::{bulk, edit};
use crate::app::command::{Command, Scope};
use crate::app::effect::Effect;
use crate::app::msg::Session;
use crate::app::said::Level;
use crate::app::state::{State, later};
use crate::model::act::{Kind, Operation, Order, Outcome, Shown};
use crate::model::phase::Phase;
use crate::model::qarun::Brief;

/// Agreed: at once, or after the moment in which it can be taken back.
pub(super) fn agreed(
    state: &mut State,
    now: Timestamp,
    order: Order,
    shown: Shown,
    effects: &mut Vec<Effect>,
) {
    let hold = state.habits.undo;
    if !order.operation.is_destructive() || hold == 0 {
        at_once(state, now, order, shown, effects);
        return;
    }
    let text = format!(
        "{} {} waits {} s · {} takes it back",
        order.operation.verb(),
        order.key,
        hold / 1_000,
        state.keymap.way_to(Command::Undo)
    );
    state.say(now, text, false);
    let until = later(now, hold);
    job(state, order, shown, Stage::Held { until });
}

/// Sends it now; its number.
pub(super) fn at_once(
    state: &mut State,
    now: Timestamp,
    order: Order,
    shown: Shown,
    effects: &mut Vec<Effect>,
) -> Ticket {
    let ticket = job(state, order, shown, Stage::Sent);
    send(state, now, ticket, effects);
    ticket
}

fn job(state: &mut State, order: Order, shown: Shown, stage: Stage) -> Ticket {
    let ticket = state.orders.ticket();
    state.orders.jobs.push(Job {
        ticket,
        order,
        shown,
        version: 0,
        stage,
    });
    ticket
}

/// The one place a job goes out from, once.
fn send(state: &mut State, now: Timestamp, ticket: Ticket, effects: &mut Vec<Effect>) {
    let session = state.session;
    let Some(job) = (state.orders.jobs.iter_mut()).find(|job| job.ticket == ticket) else {
        return;
    };
    job.version = state.fleet.version(&job.order);
    job.stage = Stage::Sent;
    effects.push(act(session, now, job));
}

fn act(session: Session, now: Timestamp, job: &Job) -> Effect {
    Effect::Act {
        session,
        ticket: job.ticket,
        order: Box::new(job.order.clone()),
        shown: job.shown.clone(),
        at: now,
    }
}

/// What was held goes out; what was taken is over when the object shows it.
pub(super) fn settle(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let due: Vec<Ticket> = (state.orders.jobs.iter())
        .filter(|job| matches!(job.stage, Stage::Held { until } if until <= now))
        .map(|job| job.ticket)
        .collect();
    for ticket in due {
        let Some(key) = state.orders.job(ticket).map(|job| job.order.key.clone()) else {
            continue;
        };
        match guard::may_write(state, &key, now) {
            Ok(()) => send(state, now, ticket, effects),
            Err(why) => {
                let verb = state
                    .orders
                    .take(ticket)
                    .map_or("", |job| job.order.operation.verb());
                state.tell(now, Level::Bad, format!("{verb} {key} was not sent: {why}"));
            }
        }
    }
    let mut over = Vec::new();
    for job in &state.orders.jobs {
        if let Stage::Taken { since } = job.stage {
            let shows = shows(state, job);
            if shows || later(since, PATIENCE) <= now {
                over.push((job.ticket, shows));
            }
        }
    }
    for (ticket, shows) in over {
        let Some(job) = state.orders.take(ticket) else {
            continue;
        };
        if !shows {
            let text = format!(
                "{} {}: the controller has not answered for {} s; it was asked once and is not asked again",
                job.order.operation.verb(),
                job.order.key,
                PATIENCE / 1_000
            );
            state.tell(now, Level::Warn, text);
        }
    }
}

/// It makes a QARun that was written here.
fn order_creates(order: &Order) -> bool {
    order.operation.is_of_nothing()
}

/// The watch has shown what was done.
fn shows(state: &State, job: &Job) -> bool {
    if job.order.kind == Kind::QaRun {
        let brief = state.fleet.qarun(&job.order.key.uid);
        return brief.is_none_or(|brief| shows_qarun(brief, job));
    }
    let Some(run) = state.fleet.get(&job.order.key.uid) else {
        return true;
    };
    if run.gone {
        return true;
    }
    match &job.order.operation {
        Operation::Delete { .. } => false,
        operation if operation.waits_for_controller() => {
            run.row.version > job.version && run.row.phase != Phase::parse(&job.shown.phase)
        }
        _ => run.row.version > job.version,
    }
}

/// Its QARun has: what was written at once, an end and a new attempt when the controller has taken them up.
fn shows_qarun(brief: &Brief, job: &Job) -> bool {
    let phase = brief.phase.as_ref().map_or("", |phase| phase.word());
    brief.row.version > job.version
        && match &job.order.operation {
            Operation::Delete { .. } => false,
            operation if operation.waits_for_controller() => phase != &*job.shown.phase,
            _ => true,
        }
}

/// How a write ended.
pub(super) fn ended(
    state: &mut State,
    now: Timestamp,
    ticket: Ticket,
    outcome: Outcome,
    effects: &mut Vec<Effect>,
) {
    let Some(job) = state.orders.take(ticket) else {
        return;
    };
    if order_creates(&job.order) {
        match &outcome {
            Outcome::Applied { .. } => state.drafts.done(&job.order.key),
            _ => state.drafts.again(&job.order.key),
        }
    }
    let one_of_many = bulk::ended(state, now, ticket, &outcome);
    let order = job.order.clone();
    let (verb, key) = (order.operation.verb(), order.key.clone());
    match &outcome {
        // Each of many is told in their list.
        _ if one_of_many && !matches!(outcome, Outcome::Applied { .. }) => {}
        Outcome::Applied { expect, made } => {
            let is_run = matches!(order.kind, Kind::Workflow | Kind::QaRun);
            if is_run && !order.operation.creates() {
                let stage = Stage::Taken { since: now };
                state.orders.jobs.push(Job { stage, ..job });
            }
            let text = match made {
                Some(made) => {
                    let named = match made.name == key.name {
                        true => String::new(),
                        false => format!(" made {}", made.name),
                    };
                    state.orders.made = Some(made.clone());
                    let keys = state.keymap.keys_of(&[Scope::Global], Command::NewRun);
                    let way = keys.map_or(String::new(), |keys| format!(" · {keys} opens it"));
                    format!("{verb} {key}{named}: {expect}{way}")
                }
                None => format!("{verb} {key}: {expect}"),
            };
            let about = made.clone().unwrap_or(key);
            let number = state.messages.keep(now, Level::Good, &text, Some(about));
            if !one_of_many {
                state.messages.show(now, number, false);
            }
        }
        Outcome::NotApplied { why } if matches!(order.operation, Operation::Edit { .. }) => {
            edit::failed(state, now, &order, why, effects);
        }
        Outcome::NotApplied { why } => {
            state.tell(now, Level::Bad, format!("{verb} {key} was not done: {why}"));
        }
        Outcome::Unknown { why } => {
            let text = format!(
                "{verb} {key}: nobody knows whether it was done: {why}; look before you ask again"
            );
            state.tell(now, Level::Bad, text);
            edit::keep(&order, now, effects);
        }
        Outcome::Changed { why } => {
            again(state, now, &order, why, effects);
            return;
        }
    }
    if !matches!(order.kind, Kind::Workflow | Kind::QaRun) {
        state.origins.read_again(now);
    }
    state.orders.done = Some((order, outcome));
}

/// The object is not what was shown: nothing was sent, and it is asked again.
fn again(state: &mut State, now: Timestamp, order: &Order, why: &str, effects: &mut Vec<Effect>) {
    let text = format!(
        "{} {} was not sent: it changed since it was shown ({why})",
        order.operation.verb(),
        order.key
    );
    if state.orders.dialog.is_some() {
        edit::keep(order, now, effects);
        return state.tell(now, Level::Bad, text);
    }
    state
        .messages
        .keep(now, Level::Warn, &text, Some(order.key.clone()));
    let ticket = state.orders.ticket();
    let mut dialog = Dialog::new(ticket, order.clone(), now);
    dialog.filled = true;
    dialog.notice = Some(format!(
        "It changed since it was shown: {why}. Nothing was sent."
    ));
    state.orders.dialog = Some(dialog);
    effects.push(prepare(state, now, ticket, order.clone()));
}
