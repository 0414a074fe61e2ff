//! What takes much longer than it usually does: a step against its own history, the run against earlier ones.
//! Apart from what else stands beside the answer, because here the past is asked.

use std::sync::Arc;

use jiff::Timestamp;

use super::proof;
use super::{Finding, Known};
use crate::model::clock;
use crate::model::eta::{self, Eta, rough};
use crate::model::facts::{Cause, Facts};
use crate::model::phase::{Phase, State, StepPhase};
use crate::model::why::age;
use crate::model::workflow::{Step, StepKind};

/// Lengths of earlier runs that are told, the newest.
const TOLD: usize = 6;

/// A step runs much longer than it did in earlier runs: of several the one that is most beyond its usual length.
pub(super) fn step(known: &Known<'_>, now: Timestamp) -> Option<Finding> {
    let workflow = known.workflow.filter(|_| !known.row.phase.is_done())?;
    let works = |step: &&Step| {
        let kind = matches!(step.kind, StepKind::Pod | StepKind::Http | StepKind::Plugin);
        kind && step.phase == StepPhase::Running && !step.daemoned
    };
    let slow = workflow.steps.iter().filter(works).filter_map(|step| {
        let lasts = age(Some(step.started?), now).unsigned_abs();
        let usual = known.usual.exceeded(&step.display, lasts)?;
        Some((step, lasts, usual))
    });
    let mut slow: Vec<(&Step, u64, u64)> = slow.collect();
    // The larger share first; whole seconds are enough to tell.
    slow.sort_by_key(|(_, lasts, usual)| std::cmp::Reverse(lasts * 100 / usual.max(&1)));
    let (step, lasts, usual) = *slow.first()?;
    let more = match slow.len() - 1 {
        0 => String::new(),
        1 => "; one more step is slow too".to_string(),
        many => format!("; {many} more steps are slow too"),
    };
    let said = format!(
        "Step {} is slow: it has run for {}, and usually takes {}{more}",
        step.display,
        rough(lasts),
        clock::exact(usual.cast_signed())
    );
    let times = known.usual.times(&step.display);
    let from: &str = known.row.origin().map_or("this template", Arc::as_ref);
    let text = format!(
        "in {} earlier runs of {from} it took {} (the newest first)",
        times.len(),
        told(times)
    );
    let history = proof::note("history", text);
    let evidence = [proof::step(step), history];
    let others = slow.iter().skip(1).map(|(step, ..)| proof::step(step));
    Some(Finding::new(State::Running, said).with(evidence.into_iter().chain(others.take(TOLD))))
}

fn told(times: &[u64]) -> String {
    let newest = times.iter().rev().take(TOLD);
    let each: Vec<String> = newest
        .map(|&took| clock::exact(took.cast_signed()))
        .collect();
    each.join(", ")
}

/// It takes longer than runs of the same origin did.
pub(super) fn run(known: &Known<'_>, now: Timestamp) -> Option<Finding> {
    let works = |facts: &&Facts| matches!(facts.cause, Cause::Running { .. });
    let facts = known.facts.filter(|_| known.row.phase == Phase::Running);
    let facts = facts.filter(works)?;
    let elapsed = age(facts.started, now).unsigned_abs();
    let over = match eta::remaining(elapsed + facts.kept, known.history, facts.estimated)? {
        Eta::Over(seconds) if seconds * 10 > elapsed => seconds,
        _ => return None,
    };
    let usual = rough(elapsed - over);
    let from = known.row.origin().map_or("", |origin| origin);
    let text = match known.history.len() {
        0 => {
            format!("the controller expected {usual}, by the run before (status.estimatedDuration)")
        }
        1 => format!("the one run of {from} that succeeded and was read took {usual}"),
        many => format!(
            "{many} runs of {from} that succeeded took {} (the newest first)",
            told(known.history)
        ),
    };
    let said = format!(
        "It is slow: it takes {} longer than the {usual} that were to be expected",
        rough(over)
    );
    Some(Finding::new(State::Running, said).with([proof::note("history", text)]))
}
