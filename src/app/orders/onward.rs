//! Where the cursor of the list goes once an order was agreed to: on to the next run that waits for the same.
//! Apart from sending, because nothing of an order depends on where the cursor is.
//!
//! A run that is retried leaves the failures as soon as the watch says so, and a cursor that stays on it is taken away from
//! them. It goes on at the yes, which is a person's key, and never by itself: what a key acts on is what was drawn under
//! the cursor when it was pressed.

use jiff::Timestamp;

use crate::app::select;
use crate::app::state::State;
use crate::model::act::{Operation, Order};
use crate::model::phase::State as RunState;

/// Whether a run that this is done to will soon not wait for a person any more.
fn settles(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Retry { .. }
            | Operation::RetryStep { .. }
            | Operation::Resume
            | Operation::Bypass { .. }
            | Operation::Continue
            | Operation::Approve { .. }
            | Operation::Reject { .. }
    )
}

/// Two runs that wait for the same.
fn alike(a: RunState, b: RunState) -> bool {
    let failed = |state| matches!(state, RunState::Failed | RunState::Error);
    a == b || failed(a) && failed(b)
}

/// Puts the cursor of the list on the next run below that waits for the same as the one of this order, else on the nearest
/// above. Where there is none, or the order is about something else than what is under the cursor, it stays.
pub(super) fn go(state: &mut State, now: Timestamp, order: &Order) {
    let uid = &order.key.uid;
    if !settles(&order.operation) || !state.lists_runs() || state.runs.cursor.on() != Some(uid) {
        return;
    }
    let rows = select::runs(state, now).rows;
    let Some(at) = rows.iter().position(|row| row.run.row.key.uid == *uid) else {
        return;
    };
    let here = rows[at].state;
    if !here.needs_human() {
        return;
    }
    let (above, below) = (rows[..at].iter().rev(), rows[at + 1..].iter());
    let waits = |row: &&select::Shown<'_>| {
        alike(row.state, here) && state.orders.on(&row.run.row.key.uid).is_none()
    };
    let next = below
        .clone()
        .find(waits)
        .or_else(|| above.clone().find(waits));
    if let Some(next) = next.map(|row| row.run.row.key.uid.clone()) {
        state.runs.cursor.put(next);
    }
}
