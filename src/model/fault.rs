//! The leaf at the root of a failure: where it began, not what only reports it.
//! Apart from the other causes, because a tree of "child failed" messages needs rules of its own.

use std::cmp::Reverse;
use std::sync::Arc;

use super::count::Tally;
use super::facts::LeafFault;
use super::glance::Glance;
use super::phase::StepPhase;
use super::shape::{Link, Shape};
use super::words;
use super::workflow::StepKind;

/// A failure that explains itself.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// The node that tells: of a retried step its last attempt.
    node: usize,
    /// The node a person calls the step: of a retried step the Retry node.
    step: usize,
    /// It was made good: a retry succeeded, or what comes after it ran all the same.
    excused: bool,
    /// It belongs to a hook or exit handler.
    hook: bool,
}

/// The failure that came first among those that nothing made good. With `any`, one that was made good serves too
/// where there is no other: the run ended badly, and it is the best that can be told.
///
/// A node explains itself when nothing inside it failed. It is excused when a group around it succeeded or is still
/// being retried, or when what comes after it ran (`continueOn`, `depends: x.Failed`).
pub fn root_fault(
    glances: &[Glance<'_>],
    shape: &Shape,
    tally: &Tally,
    any: bool,
) -> Option<LeafFault> {
    let all = candidates(glances, shape, tally);
    let mut culprits: Vec<Candidate> = all.iter().copied().filter(|c| !c.excused).collect();
    if culprits.is_empty() && any {
        culprits = all;
    }
    let first = culprits
        .iter()
        .min_by_key(|candidate| rank(glances, candidate))
        .copied()?;
    Some(describe(glances, shape, tally, first, culprits.len() - 1))
}

fn candidates(glances: &[Glance<'_>], shape: &Shape, tally: &Tally) -> Vec<Candidate> {
    let size = glances.len();
    let fails =
        |at: usize| glances[at].phase.is_bad() && glances[at].link.kind != StepKind::Container;
    if !(0..size).any(fails) {
        return Vec::new();
    }
    let mut explained = vec![false; size];
    for &at in shape.order.iter().rev() {
        if let Some(up) = shape.owner[at].filter(|_| fails(at) || explained[at]) {
            explained[up] = true;
        }
    }
    let went_on = went_on(glances, shape);
    let mut excused = vec![false; size];
    let mut hook = vec![false; size];
    let mut found = Vec::new();
    for &at in &shape.order {
        let owner = shape.owner[at];
        excused[at] =
            went_on[at] || owner.is_some_and(|up| excused[up] || makes_good(&glances[up]));
        hook[at] = glances[at].link.hooked || owner.is_some_and(|up| hook[up]);
        if fails(at) && !explained[at] && !tally.shadowed[at] && tells(&glances[at]) {
            let retry = owner.filter(|&up| glances[up].link.kind == StepKind::Retry);
            found.push(Candidate {
                node: at,
                step: retry.unwrap_or(at),
                excused: excused[at],
                hook: hook[at],
            });
        }
    }
    found
}

/// A leaf, or a group with a reason of its own: one that merely failed with nothing inside to blame was stopped.
fn tells(glance: &Glance<'_>) -> bool {
    glance.link.kind.is_leaf() || glance.message.is_some_and(|text| !words::is_echo(text))
}

/// A group that succeeded in spite of what is inside it, or that tries again.
fn makes_good(group: &Glance<'_>) -> bool {
    match group.phase {
        StepPhase::Succeeded | StepPhase::Skipped | StepPhase::Omitted => true,
        StepPhase::Running | StepPhase::Pending => group.link.kind == StepKind::Retry,
        _ => false,
    }
}

/// For each node whether a step that comes after it was started, or left out by its own condition, for all that.
fn went_on(glances: &[Glance<'_>], shape: &Shape) -> Vec<bool> {
    let links: Vec<Link<'_>> = glances.iter().map(|glance| glance.link).collect();
    let mut went_on = vec![false; glances.len()];
    for (at, glance) in glances.iter().enumerate() {
        for &child in glance.link.children {
            let follows = glances
                .get(child)
                .is_some_and(|next| !next.link.hooked && next.phase != StepPhase::Omitted);
            if let Some(before) = shape.lift(&links, at, child).filter(|_| follows) {
                went_on[before] = true;
            }
        }
    }
    went_on
}

/// Steps before hooks, faults before the stops they caused, early before late.
fn rank<'a>(
    glances: &'a [Glance<'_>],
    candidate: &Candidate,
) -> (bool, bool, Reverse<bool>, Option<jiff::Timestamp>, &'a str) {
    let glance = &glances[candidate.node];
    (
        candidate.hook,
        glance.message.is_some_and(words::is_shutdown),
        Reverse(glance.finished.is_some()),
        glance.finished,
        glance.link.name,
    )
}

fn describe(
    glances: &[Glance<'_>],
    shape: &Shape,
    tally: &Tally,
    candidate: Candidate,
    others: usize,
) -> LeafFault {
    let glance = &glances[candidate.node];
    let message = glance.message.or(glances[candidate.step].message);
    let attempts = if candidate.step == candidate.node {
        tally.attempts[candidate.node].max(1)
    } else {
        tally.attempts[candidate.step]
    };
    LeafFault {
        step: label(glances, shape, candidate.step),
        node: Arc::from(glance.id),
        phase: glance.phase,
        short: Arc::from(words::short_fault(message, glance.phase, glance.link.kind)),
        message: message.map(Arc::from),
        attempts,
        others,
    }
}

/// Display name; of a group of parallel steps, `[1]`, with the name of what it belongs to.
fn label(glances: &[Glance<'_>], shape: &Shape, at: usize) -> Arc<str> {
    let glance = &glances[at];
    match shape.owner[at].filter(|_| glance.link.kind == StepKind::StepGroup) {
        Some(up) => Arc::from(format!("{}{}", glances[up].display, glance.display)),
        None => Arc::from(glance.display),
    }
}
