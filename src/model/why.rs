//! The state of a run and the one line that explains it, with the time that passed taken into account.
//! Apart from [`super::cause`], which is decoded once: these answers change as the clock goes on.

use jiff::Timestamp;

use super::facts::{Cause, Facts};
use super::phase::{Phase, State};
use super::row::{Row, label};
use super::words;

pub use super::glance::step_state;
pub use super::reason::{Reason, Span, reason};

/// Seconds after which a workflow nobody took up counts as lost.
const LOST_AFTER: i64 = 60;
/// Seconds a run or a pod may be about to start before it counts as stuck.
const START_WITHIN: i64 = 300;
/// Seconds a scheduler gets to find room; autoscalers need about that long.
const SCHEDULE_WITHIN: i64 = 60;
/// Seconds a running workflow may have nothing to do before it counts as stuck.
const IDLE_WITHIN: i64 = 120;

/// What a person needs to know of a run, from its row and, where they are known, its facts.
///
/// A run that waits for a person, a lock or a queue is never plain Running. A row whose phase is newer than the facts
/// is judged without them.
pub fn state(row: &Row, facts: Option<&Facts>, now: Timestamp) -> State {
    if row.malformed.is_some() {
        return State::Malformed;
    }
    let facts = current(row, facts);
    match row.phase {
        Phase::Failed => State::Failed,
        Phase::Error => State::Error,
        Phase::Succeeded => State::Succeeded,
        Phase::Unknown => State::Malformed,
        Phase::New => new_state(row, facts, now),
        Phase::Pending => pending_state(row, facts, now),
        Phase::Running => facts.map_or(State::Running, |facts| running_state(facts, now)),
    }
}

/// The facts, if they are of this very object and in the phase its row shows.
pub(super) fn current<'f>(row: &Row, facts: Option<&'f Facts>) -> Option<&'f Facts> {
    facts.filter(|facts| facts.row.key.uid == row.key.uid && facts.row.phase == row.phase)
}

/// No phase, but traces of an earlier one: somebody asked for a retry and the controller has not answered yet.
pub(super) fn is_retried(row: &Row, facts: Option<&Facts>) -> bool {
    row.phase == Phase::New
        && (row.label(label::PHASE).is_some()
            || facts.is_some_and(|facts| facts.leaves.total() > 0))
}

/// Seconds since a moment; 0 where it is unknown or yet to come.
pub(super) fn age(since: Option<Timestamp>, now: Timestamp) -> i64 {
    since.map_or(0, |since| now.duration_since(since).as_secs().max(0))
}

fn new_state(row: &Row, facts: Option<&Facts>, now: Timestamp) -> State {
    if is_retried(row, facts) || age(row.created, now) <= LOST_AFTER {
        State::Pending
    } else {
        State::Lost
    }
}

fn pending_state(row: &Row, facts: Option<&Facts>, now: Timestamp) -> State {
    let message = row.message.as_deref().unwrap_or_default();
    let says_so = words::is_queued(message) || words::lock_waited_for(message).is_some();
    match facts.map(|facts| &facts.cause) {
        Some(Cause::Lock { .. } | Cause::Queue) => State::Waiting,
        Some(Cause::Suspended { .. }) => State::Suspended,
        _ if says_so => State::Waiting,
        _ if age(row.created, now) > START_WITHIN => State::Stuck,
        _ => State::Pending,
    }
}

fn running_state(facts: &Facts, now: Timestamp) -> State {
    match &facts.cause {
        Cause::Approval { .. } => State::Approve,
        // Seen live: the controller does not stop what is suspended, it waits for ever.
        Cause::Suspended { step: None, .. } if facts.shutdown.is_some() => State::Stuck,
        Cause::Suspended { .. } => State::Suspended,
        Cause::Lock { .. } | Cause::Queue => State::Waiting,
        Cause::Blocked { reason, since, .. } if is_stuck(reason, *since, now) => State::Stuck,
        Cause::Idle { since } if age(since.or(facts.started), now) > IDLE_WITHIN => State::Stuck,
        _ => State::Running,
    }
}

/// Whether a pod that cannot start has had its time.
pub(super) fn is_stuck(reason: &str, since: Option<Timestamp>, now: Timestamp) -> bool {
    let waited = age(since, now);
    if words::is_starting(reason) {
        waited > START_WITHIN
    } else if reason == "Unschedulable" {
        waited > SCHEDULE_WITHIN
    } else {
        true
    }
}
