//! What to do next about a QARun, from what is known of it and of its workflows. Pure, and total: every state has an answer.
//! Apart from doing it, so that each answer can be tested without a cluster, and a new controller decides as the old one did.

use std::sync::Arc;

use jiff::Timestamp;

use super::record::{self, Ending};
use super::{digest, leaving, workflow_name};
use crate::library::{self, Problem};
use crate::model::qarun::{Attempt, FINALIZER, Phase, Shutdown, Status, annotation};
use crate::wire::qarun::{QaRun, Work};

/// What a look at the name of the attempt's workflow said, where the cache has none of that name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Nobody has looked.
    #[default]
    Not,
    /// There is none.
    Absent,
    /// Something else has the name.
    Other,
}

/// What is known.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The QARun.
    pub run: &'a QaRun,
    /// The workflows that say they are of it.
    pub works: &'a [Arc<Work>],
    /// What a look said.
    pub look: Look,
    /// What time it is.
    pub now: Timestamp,
}

/// What is done to a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing new is begun in it.
    Pause,
    /// What was paused goes on.
    Resume,
    /// Argo may begin it: the status has its uid.
    Begin,
    /// It ends.
    End(Shutdown),
    /// What it found is written down: it may be deleted.
    Release,
}

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Puts the finalizer on.
    Hold,
    /// Writes a status.
    Write(Box<Status>),
    /// Creates the workflow of an attempt.
    Create(u32),
    /// Looks whether there is a workflow of this name.
    Look(String),
    /// Changes a workflow.
    Change(Arc<Work>, Change),
    /// Takes the finalizer off.
    LetGo,
    /// Deletes the QARun.
    Delete,
}

/// What comes next: a request, or a time to decide again, or neither until something changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// The request.
    pub action: Option<Action>,
    /// When to decide again although nothing has changed.
    pub again: Option<Timestamp>,
}

impl Step {
    /// Nothing, until something changes.
    pub fn rest() -> Self {
        Self::default()
    }

    /// A request.
    pub fn of(action: Action) -> Self {
        let (action, again) = (Some(action), None);
        Self { action, again }
    }

    /// Nothing, until then.
    pub fn until(again: Timestamp) -> Self {
        let (action, again) = (None, Some(again));
        Self { action, again }
    }
}

impl Known<'_> {
    /// The attempt that is at work, if one is.
    pub(super) fn current(&self) -> Option<Attempt> {
        let status = self.run.status.as_ref()?;
        let last = status.attempts.last()?;
        let over = last.phase.as_ref().is_some_and(Phase::is_over);
        (!over).then(|| last.clone())
    }

    /// The status if it is another one than there is.
    pub(super) fn write(&self, status: Status) -> Option<Step> {
        let same = self.run.status.as_ref() == Some(&status);
        (!same).then(|| Step::of(Action::Write(Box::new(status))))
    }

    /// The workflow an attempt has its name from.
    pub(super) fn work(&self, attempt: &Attempt) -> Option<&Arc<Work>> {
        self.works
            .iter()
            .find(|work| work.meta.name == attempt.workflow)
    }

    /// It is the workflow that this attempt was given.
    fn is_its(&self, work: &Work, attempt: &Attempt) -> bool {
        match &attempt.workflow_uid {
            Some(uid) => *uid == work.meta.uid,
            None => work.is_of(&self.run.metadata.uid, &digest(&self.run.spec)),
        }
    }
}

/// What to do next.
pub fn decide(known: &Known) -> Step {
    let run = known.run;
    if run.metadata.is_leaving() {
        return leaving::leave(known);
    }
    if !run.metadata.finalizers.iter().any(|one| one == FINALIZER) {
        return Step::of(Action::Hold);
    }
    let current = known.current();
    if let Some(step) = stray(known, current.as_ref()) {
        return step;
    }
    match current {
        Some(attempt) => go_on(known, &attempt),
        None if run.status().is_over(run.spec.attempt()) => rest(known),
        None => begin(known),
    }
}

/// Workflows of ours that no attempt at work has: those whose end is written down may go, others that still run must not.
pub(super) fn stray(known: &Known, current: Option<&Attempt>) -> Option<Step> {
    let ours = |work: &&Arc<Work>| work.owner.as_deref() == Some(&*known.run.metadata.uid);
    let idle = |work: &&Arc<Work>| {
        !current.is_some_and(|one| known.is_its(work, one) && one.workflow == work.meta.name)
    };
    let change = |work: &Arc<Work>| {
        let change = match work.is_over() || work.meta.is_leaving() {
            true if work.is_held() => Change::Release,
            false if work.shutdown().is_none() || work.is_kept_back() => {
                Change::End(Shutdown::Terminate)
            }
            _ => return None,
        };
        Some(Step::of(Action::Change(work.clone(), change)))
    };
    known
        .works
        .iter()
        .filter(ours)
        .filter(idle)
        .find_map(change)
}

/// Nothing is at work, and something is wanted.
fn begin(known: &Known) -> Step {
    let run = known.run;
    let status = run.status();
    if run.spec.shutdown.is_some() {
        return known.write(record::never_begun(known)).unwrap_or_default();
    }
    let problems = problems(run);
    if !problems.is_empty() {
        return known
            .write(record::refused(known, &problems))
            .unwrap_or_default();
    }
    if run.spec.is_suspended() {
        let waits = record::waiting(
            known,
            Phase::Suspended,
            "nothing is begun: spec.suspend is set",
        );
        return known.write(waits).unwrap_or_default();
    }
    if let Some(due) = status.next_attempt_at.filter(|due| *due > known.now) {
        let message = status.message.clone().unwrap_or_default();
        let waits = record::waiting(known, Phase::Pending, &message);
        return known.write(waits).unwrap_or_else(|| Step::until(due));
    }
    known.write(record::fenced(known)).unwrap_or_default()
}

/// Everything that keeps a workflow from being made.
fn problems(run: &QaRun) -> Vec<Problem> {
    let made = library::Made {
        workflow: &workflow_name(run, run.spec.attempt()),
        namespace: &run.metadata.namespace,
        run: &run.metadata.name,
        uid: &run.metadata.uid,
        attempt: run.spec.attempt(),
        digest: &digest(&run.spec),
    };
    library::render(&run.spec, &made).err().unwrap_or_default()
}

/// An attempt is at work.
fn go_on(known: &Known, attempt: &Attempt) -> Step {
    let end = |ending: Ending| {
        known
            .write(record::finished(known, attempt, ending))
            .unwrap_or_default()
    };
    match known.work(attempt) {
        Some(work) if known.is_its(work, attempt) => with_work(known, attempt, work),
        Some(_) if attempt.workflow_uid.is_none() => end(Ending::Conflict),
        _ => match (known.look, &attempt.workflow_uid) {
            (Look::Other, None) => end(Ending::Conflict),
            (Look::Absent | Look::Other, Some(_)) => end(Ending::Lost),
            (Look::Not, Some(_)) => Step::of(Action::Look(attempt.workflow.clone())),
            (look, None) => without_work(known, attempt, look),
        },
    }
}

/// An attempt whose workflow nobody has seen yet. Creating it looks by itself whether the name is taken.
fn without_work(known: &Known, attempt: &Attempt, look: Look) -> Step {
    let spec = &known.run.spec;
    if spec.shutdown.is_none() && !spec.is_suspended() {
        return Step::of(Action::Create(attempt.number));
    }
    if look == Look::Not {
        return Step::of(Action::Look(attempt.workflow.clone()));
    }
    let next = if spec.shutdown.is_some() {
        record::finished(known, attempt, Ending::NeverBegun)
    } else {
        record::waiting(
            known,
            Phase::Suspended,
            "nothing is begun: spec.suspend is set",
        )
    };
    known.write(next).unwrap_or_default()
}

fn with_work(known: &Known, attempt: &Attempt, work: &Arc<Work>) -> Step {
    if work.is_over() {
        let status = record::finished(known, attempt, Ending::Ended(work));
        return known.write(status).unwrap_or_default();
    }
    if work.meta.is_leaving() {
        let status = record::finished(known, attempt, Ending::Deleted(work));
        return known.write(status).unwrap_or_default();
    }
    let write = || known.write(record::at_work(known, attempt, work));
    // Nothing of a workflow runs before the status has its uid: whoever comes late with another one of the same name has made
    // something that never begins.
    if attempt.workflow_uid.is_none()
        && let Some(step) = write()
    {
        return step;
    }
    match steer(known, work) {
        Some(change) => Step::of(Action::Change(work.clone(), change)),
        None => write().unwrap_or_default(),
    }
}

/// What the spec wants of a workflow that it is not told yet. A stop can become a termination, never the other way.
fn steer(known: &Known, work: &Work) -> Option<Change> {
    let spec = &known.run.spec;
    let paused_by_us = work.meta.annotations.contains_key(annotation::PAUSED);
    match (spec.shutdown, work.shutdown()) {
        (Some(how), None) => return Some(Change::End(how)),
        (Some(Shutdown::Terminate), Some("Stop")) => return Some(Change::End(Shutdown::Terminate)),
        _ => {}
    }
    match (spec.is_suspended(), work.suspended) {
        (true, false) => Some(Change::Pause),
        (false, true) if paused_by_us => Some(Change::Resume),
        _ if work.is_kept_back() => Some(Change::Begin),
        _ => None,
    }
}

/// All is over: until its time has come.
fn rest(known: &Known) -> Step {
    let (run, status) = (known.run, known.run.status());
    let seen = record::seen(known);
    if let Some(step) = known.write(seen) {
        return step;
    }
    let kept = run.spec.ttl().run(status.phase == Some(Phase::Succeeded));
    let due = kept.zip(status.finished_at).and_then(|(seconds, at)| {
        let kept = jiff::SignedDuration::from_secs(i64::from(seconds));
        at.checked_add(kept).ok()
    });
    match due {
        Some(due) if due <= known.now => Step::of(Action::Delete),
        Some(due) => Step::until(due),
        None => Step::rest(),
    }
}
