//! Leaves of a workflow counted by state, and its widest open fan-out.
//! Apart from causes: a count takes every leaf, a cause looks for one.

use std::collections::HashMap;
use std::sync::Arc;

use super::facts::{FanOut, Leaves};
use super::glance::Glance;
use super::phase::State;
use super::shape::{Shape, attempt_number, fan_item};
use super::workflow::StepKind;

/// What of each node counts. A leaf is a step that does work of its own; attempts of one step count once, as their step,
/// and members of a containerSet with their pod.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// For each node, whether it is inside of an attempt that was not the last.
    pub shadowed: Vec<bool>,
    /// For each node, whether it counts as a leaf.
    pub leaf: Vec<bool>,
    /// For each Retry node, its last attempt.
    pub last_attempt: Vec<Option<usize>>,
    /// For each Retry node, how many attempts it has.
    pub attempts: Vec<usize>,
}

impl Tally {
    /// The tally of these nodes.
    pub fn of(glances: &[Glance<'_>], shape: &Shape) -> Self {
        let size = glances.len();
        let mut tally = Self {
            shadowed: vec![false; size],
            leaf: vec![false; size],
            last_attempt: vec![None; size],
            attempts: vec![0; size],
        };
        for (at, glance) in glances.iter().enumerate() {
            let Some(retry) = shape.owner[at].filter(|&up| is_retry(&glances[up])) else {
                continue;
            };
            tally.attempts[retry] += 1;
            let number = attempt_number(glance.display);
            let later = tally.last_attempt[retry]
                .is_none_or(|last| number >= attempt_number(glances[last].display));
            if later {
                tally.last_attempt[retry] = Some(at);
            }
        }
        for &at in &shape.order {
            let owner = shape.owner[at];
            let retry = owner.filter(|&up| is_retry(&glances[up]));
            let superseded = retry.is_some_and(|retry| tally.last_attempt[retry] != Some(at));
            tally.shadowed[at] = superseded || owner.is_some_and(|up| tally.shadowed[up]);
            let works = match glances[at].link.kind {
                StepKind::Container => false,
                StepKind::Retry => {
                    tally.last_attempt[at].is_none_or(|last| glances[last].link.kind.is_leaf())
                }
                kind => kind.is_leaf() && retry.is_none(),
            };
            tally.leaf[at] = works && !tally.shadowed[at];
        }
        tally
    }

    /// The state of a node that counts: of a Retry that goes on, the state of its last attempt.
    pub fn state(&self, glances: &[Glance<'_>], at: usize) -> State {
        let own = glances[at].state();
        if !is_retry(&glances[at]) || own != State::Running {
            return own;
        }
        match self.last_attempt[at].map(|last| glances[last].state()) {
            Some(state) if state.is_open() => state,
            _ => State::Pending,
        }
    }

    /// Leaves by state.
    pub fn leaves(&self, glances: &[Glance<'_>]) -> Leaves {
        let mut leaves = Leaves::default();
        for at in (0..glances.len()).filter(|&at| self.leaf[at]) {
            leaves.add(self.state(glances, at));
        }
        leaves
    }

    /// Display names of the steps that passed only when they were tried again.
    pub fn made_good<'g>(&self, glances: &[Glance<'g>]) -> Vec<&'g str> {
        let tried_again = |at: &usize| self.leaf[*at] && self.attempts[*at] > 1;
        (0..glances.len())
            .filter(tried_again)
            .map(|at| &glances[at])
            .filter(|glance| glance.state() == State::Succeeded)
            .map(|glance| glance.display)
            .collect()
    }

    /// The fan-out with the most items among those that are not over; of equal ones the first.
    pub fn fan_out(&self, glances: &[Glance<'_>], shape: &Shape) -> Option<FanOut> {
        let mut groups: HashMap<(usize, &str), (usize, Leaves)> = HashMap::new();
        for (at, glance) in glances.iter().enumerate() {
            let Some(owner) = shape.owner[at].filter(|_| !self.shadowed[at]) else {
                continue;
            };
            let Some((base, _)) = fan_item(&glances[owner].link, &glance.link) else {
                continue;
            };
            let group = groups
                .entry((owner, base))
                .or_insert((at, Leaves::default()));
            group.1.add(self.state(glances, at));
        }
        groups
            .into_iter()
            .filter(|(_, (_, leaves))| leaves.total() > 1 && leaves.open() > 0)
            .max_by_key(|(_, (first, leaves))| (leaves.total(), std::cmp::Reverse(*first)))
            .map(|((owner, base), (_, leaves))| FanOut {
                step: Arc::from(if base.is_empty() {
                    glances[owner].display
                } else {
                    base
                }),
                leaves,
            })
    }
}

fn is_retry(glance: &Glance<'_>) -> bool {
    glance.link.kind == StepKind::Retry
}
