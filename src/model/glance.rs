//! A node as the rules about causes see it: borrowed, so that thousands cost no allocation.
//! Apart from [`super::workflow::Step`], which is kept; a glance lives as long as the bytes it was decoded from.

use jiff::Timestamp;

use super::phase::{State, StepPhase};
use super::shape::Link;
use super::words;
use super::workflow::{Step, StepKind};

/// One node at a glance.
#[derive(Clone, Copy, Debug)]
pub struct Glance<'a> {
    /// Where it belongs.
    pub link: Link<'a>,
    /// Node id.
    pub id: &'a str,
    /// Display name.
    pub display: &'a str,
    /// Where it is.
    pub phase: StepPhase,
    /// The controller's message.
    pub message: Option<&'a str>,
    /// Start.
    pub started: Option<Timestamp>,
    /// End.
    pub finished: Option<Timestamp>,
    /// A daemon.
    pub daemoned: bool,
    /// The lock it waits for.
    pub lock: Option<&'a str>,
    /// Of a Suspend node: how long it pauses, and what it asks.
    pub pause: Pause<'a>,
}

/// What a Suspend node does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pause<'a> {
    /// Its template has a duration.
    pub timed: bool,
    /// The duration in seconds, where it can be read.
    pub seconds: Option<i64>,
    /// What its template tells the one who decides.
    pub text: Option<&'a str>,
}

impl Glance<'_> {
    /// The state a person needs to know.
    pub fn state(&self) -> State {
        state_of(
            self.link.kind,
            self.phase,
            self.message,
            self.lock,
            self.pause.timed,
        )
    }

    /// The lock it waits for, from its own field or its message.
    pub fn waits_for(&self) -> Option<&str> {
        if self.phase != StepPhase::Pending {
            return None;
        }
        self.lock
            .or_else(|| self.message.and_then(words::lock_waited_for))
    }
}

/// The state of a step; `timed` where it is a Suspend step whose template has a duration.
pub fn step_state(step: &Step, timed: bool) -> State {
    state_of(
        step.kind,
        step.phase,
        step.message.as_deref(),
        step.lock.as_deref(),
        timed,
    )
}

fn state_of(
    kind: StepKind,
    phase: StepPhase,
    message: Option<&str>,
    lock: Option<&str>,
    timed: bool,
) -> State {
    match phase {
        StepPhase::Failed => State::Failed,
        StepPhase::Error => State::Error,
        StepPhase::Succeeded => State::Succeeded,
        StepPhase::Skipped | StepPhase::Omitted => State::Skipped,
        StepPhase::Running if kind == StepKind::Suspend && timed => State::Suspended,
        StepPhase::Running if kind == StepKind::Suspend => State::Approve,
        StepPhase::Running
            if kind == StepKind::Retry && message.and_then(words::backoff).is_some() =>
        {
            State::Pending
        }
        StepPhase::Running => State::Running,
        StepPhase::Pending | StepPhase::Unknown => pending_state(message, lock),
    }
}

fn pending_state(message: Option<&str>, lock: Option<&str>) -> State {
    let Some(message) = message else {
        return if lock.is_some() {
            State::Waiting
        } else {
            State::Pending
        };
    };
    if lock.is_some() || words::lock_waited_for(message).is_some() {
        return State::Waiting;
    }
    let (reason, _) = words::pending_reason(message);
    if words::is_starting(reason) {
        State::Pending
    } else {
        State::Stuck
    }
}
