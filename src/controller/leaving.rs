//! A QARun that is deleted: its workflows end, what they found is written down once more, and nothing is held for long. Pure.
//! Apart from running one: here everything leads to an end, within a time.

use std::sync::Arc;

use jiff::SignedDuration;

use super::decide::{Action, Change, Known, Look, Step};
use super::record::{self, Ending};
use crate::model::qarun::{FINALIZER, Shutdown};
use crate::wire::qarun::Work;

/// How long a workflow of a QARun that is deleted may take to end.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);

/// What to do next about a QARun that is deleted.
pub fn leave(known: &Known) -> Step {
    let run = known.run;
    if !run.metadata.finalizers.iter().any(|one| one == FINALIZER) {
        return Step::rest();
    }
    let ours = |work: &&Arc<Work>| work.owner.as_deref() == Some(&*run.metadata.uid);
    let mut at_work = known
        .works
        .iter()
        .filter(ours)
        .filter(|work| !work.is_over());
    if let Some(work) = at_work.clone().find(|work| !work.is_terminated()) {
        return Step::of(Action::Change(
            work.clone(),
            Change::End(Shutdown::Terminate),
        ));
    }
    let since = run.metadata.deletion_timestamp.unwrap_or(known.now);
    let late = since.checked_add(PATIENCE).unwrap_or(known.now);
    if at_work.next().is_some() && known.now < late {
        return Step::until(late);
    }
    if let Some(step) = write_down(known) {
        return step;
    }
    let held = known.works.iter().filter(ours).find(|work| work.is_held());
    match held {
        Some(work) => Step::of(Action::Change(work.clone(), Change::Release)),
        None => Step::of(Action::LetGo),
    }
}

/// The attempt that was at work, as far as anything is known of it. Its workflow may be there although nobody has seen it.
fn write_down(known: &Known) -> Option<Step> {
    let attempt = known.current()?;
    let ending = match known.work(&attempt) {
        Some(work) if work.is_over() => Ending::Ended(work),
        Some(work) => Ending::Deleted(work),
        None if known.look == Look::Not => {
            return Some(Step::of(Action::Look(attempt.workflow.clone())));
        }
        None if attempt.workflow_uid.is_some() => Ending::Lost,
        None => Ending::NeverBegun,
    };
    known.write(record::finished(known, &attempt, ending))
}

/// A workflow whose QARun is gone for certain: nobody will read it any more.
pub fn orphan(work: &Arc<Work>) -> Step {
    if work.is_held() {
        return Step::of(Action::Change(work.clone(), Change::Release));
    }
    Step::rest()
}
