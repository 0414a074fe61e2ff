//! The few words beside a step in the tree: why it failed, what it waits for, why it was left out.
//! Apart from [`super::reason`], which speaks of whole runs.

use std::sync::Arc;

use super::count::Tally;
use super::glance::Glance;
use super::graph::Vertex;
use super::phase::{State, StepPhase};
use super::words;
use super::workflow::{Step, StepKind};

/// What to say of a step, if anything.
pub(super) fn note(
    glances: &[Glance<'_>],
    tally: &Tally,
    step: &Step,
    at: usize,
) -> Option<Arc<str>> {
    let text = match step.kind {
        StepKind::Retry => retry_note(glances, tally, at),
        _ => step_note(&glances[at], step),
    };
    text.map(Arc::from)
}

fn step_note(glance: &Glance<'_>, step: &Step) -> Option<String> {
    let message = glance.message;
    match glance.state() {
        State::Failed | State::Error => fault(glance),
        State::Approve => {
            let question = step
                .inputs
                .iter()
                .find_map(|input| input.description.as_deref());
            let asks = message.or(question).map(|text| format!(": {text}"));
            Some(format!("wants you{}", asks.unwrap_or_default()))
        }
        State::Waiting => {
            let lock = glance.waits_for().unwrap_or_default();
            Some(format!("waits for {lock}"))
        }
        State::Stuck | State::Pending => {
            let (reason, text) = words::pending_reason(message?);
            let about = text
                .and_then(words::image)
                .map(|image| format!(" · {image}"));
            Some(format!("{reason}{}", about.unwrap_or_default()))
        }
        State::Skipped if step.phase == StepPhase::Omitted => Some("not reached".to_string()),
        State::Skipped => message.map(str::to_string),
        State::Running if step.daemoned => Some("daemon".to_string()),
        State::Succeeded if step.cached => Some("from the cache".to_string()),
        State::Succeeded => message.map(str::to_string),
        _ => None,
    }
}

/// Of a leaf its short fault; of a group only a reason of its own.
fn fault(glance: &Glance<'_>) -> Option<String> {
    let echoes = glance.message.is_none_or(words::is_echo);
    (glance.link.kind.is_leaf() || !echoes)
        .then(|| words::short_fault(glance.message, glance.phase, glance.link.kind))
}

fn retry_note(glances: &[Glance<'_>], tally: &Tally, at: usize) -> Option<String> {
    let attempts = tally.attempts[at];
    let retry = &glances[at];
    let last = tally.last_attempt[at].map(|last| &glances[last]);
    let died = last.filter(|last| last.phase.is_bad()).and_then(fault);
    let count = (attempts > 1).then(|| format!("{attempts} attempts"));
    let waits = retry
        .message
        .filter(|text| retry.phase == StepPhase::Running && words::backoff(text).is_some())
        .map(|_| "backoff".to_string());
    let parts: Vec<String> = [waits, died, count].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// What to say of a promise: its condition while it may still come, else that it did not.
pub(super) fn promise_note(vertex: &Vertex, over: bool) -> Option<Arc<str>> {
    if over {
        return Some("not reached".into());
    }
    vertex
        .when
        .as_ref()
        .map(|condition| format!("if {condition}").into())
}
