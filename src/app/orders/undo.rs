//! Taking back: what has not gone out yet, and what can be done about what has.
//! Apart from sending, which asks nobody again.

use jiff::Timestamp;

use super::{Stage, bulk};
use crate::app::command::Command;
use crate::app::keymap::Keymap;
use crate::app::state::State;
use crate::model::act::Operation;

/// Takes back what has not gone out yet, the newest first; says so where nothing can be taken back.
pub(in crate::app) fn last(state: &mut State, now: Timestamp) {
    if let Some(count) = bulk::take_back(state) {
        return state.say(
            now,
            format!("taken back: {count} runs are left alone"),
            false,
        );
    }
    let held = state
        .orders
        .jobs
        .iter()
        .rposition(|job| matches!(job.stage, Stage::Held { .. }));
    if let Some(at) = held {
        let job = state.orders.jobs.remove(at);
        let text = format!(
            "taken back: {} {} was not sent",
            job.order.operation.verb(),
            job.order.key
        );
        return state.say(now, text, false);
    }
    let text = match &state.orders.done {
        None => "nothing was done that could be taken back".to_string(),
        Some((order, _)) => format!(
            "{} {} has gone out: {}",
            order.operation.verb(),
            order.key,
            remedy(&state.keymap, &order.operation)
        ),
    };
    state.say(now, text, true);
}

/// What can be done about an operation that is over.
fn remedy(keymap: &Keymap, operation: &Operation) -> String {
    let key = |command| keymap.way_to(command);
    match operation {
        Operation::Suspend => format!("{} goes on", key(Command::Approve)),
        Operation::Resume => format!("{} suspends again", key(Command::SuspendRun)),
        Operation::Approve { .. } => format!(
            "what ran since cannot be unrun; {} stops it",
            key(Command::StopRun)
        ),
        Operation::Reject { .. } => {
            format!("{} on the step asks again", key(Command::RetryStep))
        }
        Operation::Stop => format!(
            "{} goes on where it was stopped, {} retries what failed",
            key(Command::Continue),
            key(Command::Retry)
        ),
        Operation::Terminate => format!("{} retries what failed", key(Command::Retry)),
        Operation::Retry { .. } | Operation::RetryStep { .. } | Operation::Continue => {
            format!("{} stops it", key(Command::StopRun))
        }
        Operation::Bypass { .. } => {
            "it counts as passed; a new run runs the step after all".to_string()
        }
        Operation::Resubmit { .. } | Operation::Launch { .. } => {
            "stop or delete the new run".to_string()
        }
        Operation::Create { .. } => "stop or delete what was made".to_string(),
        Operation::Apply { .. } => "apply it as it was".to_string(),
        Operation::Shell { .. } => "what was done in it stays".to_string(),
        Operation::Edit { .. } => {
            format!("{} changes it back by hand", key(Command::Edit))
        }
        Operation::Delete { .. } => format!(
            "a deleted run does not come back; {} names the file that keeps its manifest",
            key(Command::Journal)
        ),
    }
}
