//! Why a workflow is where it is, from what its object says: one cause, the one that matters most.
//! Apart from [`super::why`], which adds the time that passed and finds the words.
//!
//! Source of the rules: Argo Workflows v4.1.2, watched live in every one of these situations.

use std::sync::Arc;

use super::count::Tally;
use super::facts::Cause;
use super::fault::root_fault;
use super::glance::Glance;
use super::phase::{Phase, State, StepPhase};
use super::shape::Shape;
use super::words;
use super::workflow::StepKind;

/// Everything a cause is derived from.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// `namespace/name`, as it stands in the names of lock holders.
    pub run: &'a str,
    /// Phase of the workflow.
    pub phase: Phase,
    /// Its message.
    pub message: Option<&'a str>,
    /// `spec.suspend`.
    pub suspended: bool,
    /// The nodes exist but are out of reach.
    pub hidden: bool,
    /// The nodes.
    pub glances: &'a [Glance<'a>],
    /// Who belongs to whom.
    pub shape: &'a Shape,
    /// What counts.
    pub tally: &'a Tally,
    /// `status.synchronization.*.waiting`: each lock once.
    pub locks: &'a [Wait<'a>],
}

/// A lock somebody waits for.
#[derive(Clone, Debug, Default)]
pub struct Wait<'a> {
    /// Its name.
    pub lock: &'a str,
    /// Who has it.
    pub holders: Vec<&'a str>,
}

impl Scene<'_> {
    /// The cause.
    pub fn cause(&self) -> Cause {
        match self.phase {
            Phase::Succeeded => Cause::None,
            Phase::Failed | Phase::Error => self.ended_badly(),
            Phase::New if !self.suspended => Cause::None,
            _ => self.goes_on(),
        }
    }

    fn ended_badly(&self) -> Cause {
        // Stopped with every leaf fine, refused, or broken around the steps: then the workflow's own words say it.
        if let Some(fault) = root_fault(self.glances, self.shape, self.tally, false) {
            return Cause::Failed(fault);
        }
        let own_words = self.message.filter(|text| !words::is_echo(text));
        if let Some(message) = own_words {
            return Cause::Workflow(Arc::from(message));
        }
        if let Some(fault) = root_fault(self.glances, self.shape, self.tally, true) {
            return Cause::Failed(fault);
        }
        if self.hidden {
            return Cause::Offloaded;
        }
        self.message
            .map_or(Cause::None, |message| Cause::Workflow(Arc::from(message)))
    }

    fn goes_on(&self) -> Cause {
        self.approval()
            .or_else(|| {
                self.suspended.then_some(Cause::Suspended {
                    step: None,
                    until: None,
                })
            })
            .or_else(|| self.workflow_waits())
            .or_else(|| self.step_lock())
            .or_else(|| self.blocked(false))
            .or_else(|| root_fault(self.glances, self.shape, self.tally, false).map(Cause::Failed))
            .or_else(|| self.running())
            .or_else(|| self.pause())
            .or_else(|| self.backoff())
            .or_else(|| self.blocked(true))
            .or_else(|| self.hidden.then_some(Cause::Offloaded))
            .or_else(|| self.message.map(|text| Cause::Workflow(Arc::from(text))))
            .unwrap_or_else(|| self.idle())
    }

    /// Nodes that can hold up the run: not those of attempts that are over, nor members of a containerSet.
    fn live(&self) -> impl Iterator<Item = (usize, &Glance<'_>)> {
        self.glances.iter().enumerate().filter(|(at, glance)| {
            !self.tally.shadowed[*at] && glance.link.kind != StepKind::Container
        })
    }

    /// What a person calls a node: of an attempt, its step.
    fn step(&self, at: usize) -> Arc<str> {
        let retry =
            self.shape.owner[at].filter(|&up| self.glances[up].link.kind == StepKind::Retry);
        Arc::from(self.glances[retry.unwrap_or(at)].display)
    }

    fn approval(&self) -> Option<Cause> {
        let (at, waiting) = self
            .live()
            .filter(|(_, glance)| glance.state() == State::Approve)
            .min_by_key(|(_, glance)| (glance.started, glance.link.name))?;
        Some(Cause::Approval {
            step: self.step(at),
            text: waiting.message.or(waiting.pause.text).map(Arc::from),
            since: waiting.started,
        })
    }

    fn workflow_waits(&self) -> Option<Cause> {
        let message = self.message.filter(|_| self.phase == Phase::Pending);
        if message.is_some_and(words::is_queued) {
            return Some(Cause::Queue);
        }
        let named = message.and_then(words::lock_waited_for);
        let waits = self.phase == Phase::Pending && !self.locks.is_empty();
        if named.is_none() && !waits {
            return None;
        }
        let lock = named.or_else(|| self.locks.first().map(|wait| wait.lock))?;
        Some(Cause::Lock {
            lock: Arc::from(lock),
            holders: self.holders(lock),
            step: None,
        })
    }

    fn holders(&self, lock: &str) -> Vec<Arc<str>> {
        self.locks
            .iter()
            .find(|wait| wait.lock == lock)
            .map(|wait| {
                wait.holders
                    .iter()
                    .map(|&holder| Arc::from(holder))
                    .collect()
            })
            .unwrap_or_default()
    }

    /// A step waits for a lock. Where the run's own steps hold it and work, it is the run's own queue and holds nothing up.
    fn step_lock(&self) -> Option<Cause> {
        let works = self.is_working();
        self.live()
            .filter_map(|(at, glance)| Some((at, glance, glance.waits_for()?)))
            .map(|(at, glance, lock)| (at, glance, lock, self.holders(lock)))
            .filter(|(.., holders)| !(works && self.holds_itself(holders)))
            .min_by_key(|(_, glance, ..)| (glance.started, glance.link.name))
            .map(|(at, _, lock, holders)| Cause::Lock {
                lock: Arc::from(lock),
                holders,
                step: Some(self.step(at)),
            })
    }

    fn holds_itself(&self, holders: &[Arc<str>]) -> bool {
        let own = |holder: &str| {
            holder
                .strip_prefix(self.run)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !holders.is_empty() && holders.iter().all(|holder| own(holder))
    }

    fn is_working(&self) -> bool {
        self.workers().next().is_some()
    }

    fn workers(&self) -> impl Iterator<Item = (usize, &Glance<'_>)> {
        self.live().filter(|(_, glance)| {
            glance.link.kind.is_leaf() && !glance.daemoned && glance.state() == State::Running
        })
    }

    /// A pod that cannot start; with `starting`, one that is only on its way.
    fn blocked(&self, starting: bool) -> Option<Cause> {
        let wanted = if starting {
            State::Pending
        } else {
            State::Stuck
        };
        let (at, held) = self
            .live()
            .filter(|(_, glance)| glance.link.kind.is_leaf() && glance.state() == wanted)
            .min_by_key(|(_, glance)| (glance.started, glance.link.name))?;
        let (reason, text) = held.message.map_or(("", None), words::pending_reason);
        let reason = if reason.is_empty() { "Pending" } else { reason };
        Some(Cause::Blocked {
            step: self.step(at),
            reason: Arc::from(reason),
            text: text.map(Arc::from),
            since: held.started,
        })
    }

    fn running(&self) -> Option<Cause> {
        let (at, _) = self
            .workers()
            .max_by_key(|(_, glance)| (glance.started, std::cmp::Reverse(glance.link.name)))?;
        Some(Cause::Running {
            step: self.step(at),
            others: self.workers().count() - 1,
        })
    }

    fn pause(&self) -> Option<Cause> {
        let until = |glance: &Glance<'_>| words::later(glance.started?, glance.pause.seconds?);
        let (at, pausing) = self
            .live()
            .filter(|(_, glance)| glance.state() == State::Suspended)
            .min_by_key(|(_, glance)| (until(glance), glance.link.name))?;
        Some(Cause::Suspended {
            step: Some(self.step(at)),
            until: until(pausing),
        })
    }

    fn backoff(&self) -> Option<Cause> {
        (0..self.glances.len())
            .filter(|&at| !self.tally.shadowed[at])
            .find_map(|at| {
                let retry = &self.glances[at];
                if retry.link.kind != StepKind::Retry || retry.phase != StepPhase::Running {
                    return None;
                }
                let wait = words::backoff(retry.message?)?;
                let last = self.tally.last_attempt[at].map(|last| &self.glances[last]);
                Some(Cause::Backoff {
                    step: Arc::from(retry.display),
                    attempts: self.tally.attempts[at],
                    until: last
                        .and_then(|last| last.finished)
                        .and_then(|finished| words::later(finished, wait)),
                    last: last.map(|last| {
                        Arc::from(words::short_fault(last.message, last.phase, last.link.kind))
                    }),
                })
            })
    }

    fn idle(&self) -> Cause {
        if self.phase != Phase::Running {
            return Cause::None;
        }
        Cause::Idle {
            since: self
                .glances
                .iter()
                .flat_map(|glance| [glance.started, glance.finished])
                .flatten()
                .max(),
        }
    }
}
