//! The conditions of a QARun: each a fact with a reason, and since when it holds. Pure.
//! Apart from the statuses they are part of, because a fact that has not changed is not to be touched.

use super::decide::Known;
use super::record::Ending;
use crate::model::qarun::{Condition, ConditionStatus, Status, condition};

/// Whether its workflow exists, and whether what it found is kept.
pub fn scheduled(known: &Known, next: &mut Status, ending: Ending) {
    use ConditionStatus::{False, True};
    let recorded = (
        condition::RECORDED,
        True,
        "Recorded",
        "verdicts and artifacts are in the status",
    );
    let lost = |message| (condition::ARTIFACTS_LOST, True, "Gone", message);
    match ending {
        Ending::Ended(_) => {
            set(
                known,
                next,
                (condition::SCHEDULED, True, "Created", "its workflow exists"),
            );
            set(known, next, recorded);
        }
        Ending::Deleted(_) => {
            set(known, next, recorded);
            set(known, next, lost("its workflow was deleted while it ran"));
        }
        Ending::Lost => set(
            known,
            next,
            lost("its workflow was gone before what it found was read"),
        ),
        Ending::Conflict => {
            let message = "another workflow has its name";
            set(
                known,
                next,
                (condition::SCHEDULED, False, "Conflict", message),
            );
        }
        Ending::NeverBegun => {
            set(
                known,
                next,
                (
                    condition::SCHEDULED,
                    False,
                    "Cancelled",
                    "it was cancelled before",
                ),
            );
        }
    }
}

/// Says a fact. Since when it holds only changes when it does.
pub fn set(known: &Known, next: &mut Status, fact: (&str, ConditionStatus, &str, &str)) {
    let (kind, status, reason, message) = fact;
    let before = next.condition(kind).filter(|one| one.status == status);
    let fresh = Condition {
        kind: kind.to_owned(),
        status,
        observed_generation: known.run.metadata.generation,
        last_transition_time: before.map_or(known.now, |one| one.last_transition_time),
        reason: reason.to_owned(),
        message: message.to_owned(),
    };
    match next.conditions.iter_mut().find(|one| one.kind == kind) {
        Some(there)
            if there.status == status && there.reason == reason && there.message == message => {}
        Some(there) => *there = fresh,
        None => next.conditions.push(fresh),
    }
}
