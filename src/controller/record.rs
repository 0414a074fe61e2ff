//! The statuses an attempt passes through: fenced, at work, ended, and again or not. Pure.
//! Apart from deciding which one is next; here is what it says.

use jiff::{SignedDuration, Timestamp};

use super::decide::Known;
use super::facts::{scheduled, set};
use super::status::{self, Found};
use super::workflow_name;
use crate::library::Problem;
use crate::model::phase::Phase as Argo;
use crate::model::qarun::{
    Attempt, ConditionStatus, Phase, ResourceSeconds, Status, Verdict, condition,
};
use crate::wire::qarun::Work;

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// Its workflow did.
    Ended(&'a Work),
    /// Somebody deletes its workflow before it has ended.
    Deleted(&'a Work),
    /// Its workflow is gone, and nobody read what it found.
    Lost,
    /// Something else has the name of its workflow.
    Conflict,
    /// It was cancelled before there was a workflow.
    NeverBegun,
}

/// The status as it is, of the present spec.
pub fn seen(known: &Known) -> Status {
    let run = known.run;
    let environments = run.spec.environment_names();
    Status {
        observed_generation: run.metadata.generation,
        environment: (!environments.is_empty()).then(|| status::cut(&environments, 500)),
        ..run.status()
    }
}

/// No workflow can be made of the spec.
pub fn refused(known: &Known, problems: &[Problem]) -> Status {
    let mut next = seen(known);
    let all: Vec<String> = problems.iter().map(Problem::to_string).collect();
    let message = status::cut(&all.join("; "), 4000);
    next.phase = Some(Phase::Pending);
    next.message = Some(message.clone());
    let fact = (
        condition::ACCEPTED,
        ConditionStatus::False,
        "Invalid",
        &*message,
    );
    set(known, &mut next, fact);
    next
}

/// Nothing goes on for this reason.
pub fn waiting(known: &Known, phase: Phase, message: &str) -> Status {
    let mut next = seen(known);
    next.phase = Some(phase);
    next.message = Some(message.to_owned());
    next
}

/// Somebody cancelled it while nothing was at work.
pub fn never_begun(known: &Known) -> Status {
    let mut next = seen(known);
    let message = "it was cancelled before anything was begun";
    let attempt = next.attempts.last();
    // Between two attempts the last one has said something.
    let verdict = attempt
        .and_then(|last| last.verdict)
        .unwrap_or(Verdict::Inconclusive);
    over(
        known,
        &mut next,
        Phase::Cancelled,
        verdict,
        message,
        known.now,
    );
    // An attempt that is not even begun is had all the same: it is not to begin when the shutdown is taken away.
    next.attempt = Some(next.attempt.unwrap_or(0).max(known.run.spec.attempt()));
    next
}

/// The next attempt, before its workflow is created: what is written here only one can write.
pub fn fenced(known: &Known) -> Status {
    let run = known.run;
    let mut next = seen(known);
    let number = (next.attempt.unwrap_or(0) + 1).max(run.spec.attempt());
    let criteria = status::unknown(&run.spec);
    next.attempt = Some(number);
    next.attempts.push(Attempt {
        number,
        workflow: workflow_name(run, number),
        phase: Some(Phase::Pending),
        started_at: Some(known.now),
        ..Attempt::default()
    });
    next.phase = Some(Phase::Pending);
    next.verdict = None;
    next.progress = status::progress(&criteria);
    next.criteria = criteria;
    next.failing_step = None;
    next.artifacts.clear();
    next.message = Some(format!("attempt {number} is begun"));
    next.started_at = next.started_at.or(Some(known.now));
    next.finished_at = None;
    next.next_attempt_at = None;
    let facts = [
        (
            condition::ACCEPTED,
            ConditionStatus::True,
            "Valid",
            "a workflow can be made of it",
        ),
        (
            condition::SCHEDULED,
            ConditionStatus::False,
            "Pending",
            "its workflow is to be created",
        ),
        (
            condition::COMPLETE,
            ConditionStatus::False,
            "Running",
            "it is not over",
        ),
        (
            condition::RECORDED,
            ConditionStatus::False,
            "Running",
            "it is not over",
        ),
        (
            condition::ARTIFACTS_LOST,
            ConditionStatus::False,
            "Kept",
            "nothing is lost",
        ),
    ];
    for fact in facts {
        set(known, &mut next, fact);
    }
    next
}

/// What a workflow says while it runs.
pub fn at_work(known: &Known, attempt: &Attempt, work: &Work) -> Status {
    let mut next = seen(known);
    let found = status::found(&known.run.spec, attempt.number, work, false);
    let suspended = known.run.spec.is_suspended() || work.suspended;
    let phase = match () {
        () if suspended || found.waits => Phase::Suspended,
        () if work.flow.facts.row.phase == Argo::Running => Phase::Running,
        () => Phase::Pending,
    };
    if let Some(last) = next.attempts.last_mut() {
        last.workflow_uid = Some(work.meta.uid.clone());
        last.phase = Some(phase.clone());
    }
    next.phase = Some(phase);
    next.message = Some(if suspended {
        "it is paused: spec.suspend is set".to_owned()
    } else {
        found.message.clone()
    });
    take(&mut next, found);
    let fact = (
        condition::SCHEDULED,
        ConditionStatus::True,
        "Created",
        "its workflow exists",
    );
    set(known, &mut next, fact);
    next
}

/// An attempt has ended: it is the last one, or another follows.
pub fn finished(known: &Known, attempt: &Attempt, ending: Ending) -> Status {
    let mut next = seen(known);
    let (found, work) = what(known, attempt, ending);
    let verdict = found.verdict.unwrap_or(Verdict::Inconclusive);
    let cancelled = verdict != Verdict::Pass && is_cancelled(known, ending);
    let at = work
        .and_then(|work| work.flow.facts.finished)
        .unwrap_or(known.now);
    let phase = match (cancelled, verdict) {
        (true, _) => Phase::Cancelled,
        (_, Verdict::Pass) => Phase::Succeeded,
        (_, Verdict::Fail) => Phase::Failed,
        (_, Verdict::Inconclusive) => Phase::Error,
    };
    let infrastructure = verdict == Verdict::Inconclusive && !cancelled;
    let message = found.message.clone();
    if let Some(last) = next.attempts.last_mut() {
        last.workflow_uid = work
            .map(|work| work.meta.uid.clone())
            .or(last.workflow_uid.take());
        last.phase = Some(phase.clone());
        last.verdict = Some(verdict);
        last.finished_at = Some(at);
        last.infrastructure = infrastructure.then_some(true);
        last.message = Some(message.clone());
    }
    next.resource_seconds = used(next.resource_seconds, work);
    take(&mut next, found);
    scheduled(known, &mut next, ending);
    // Nothing follows what somebody ended, or a run that is deleted; and what has the name keeps it.
    let last = cancelled || known.run.metadata.is_leaving();
    let due = if last || matches!(ending, Ending::Conflict) {
        None
    } else {
        again(known, attempt.number, verdict, at)
    };
    match due {
        Some(due) => {
            next.phase = Some(Phase::Pending);
            next.next_attempt_at = Some(due);
            let follows = format!(
                "attempt {} ended: {message}; another one follows",
                attempt.number
            );
            next.message = Some(status::cut(&follows, 4000));
        }
        None => over(known, &mut next, phase, verdict, &message, at),
    }
    next
}

/// What was found in the end.
fn what<'a>(known: &Known, attempt: &Attempt, ending: Ending<'a>) -> (Found, Option<&'a Work>) {
    let spec = &known.run.spec;
    let nothing = |message: String| {
        let mut criteria = known.run.status().criteria;
        for one in criteria.iter_mut().filter(|one| one.verdict.is_none()) {
            one.verdict = Some(Verdict::Inconclusive);
        }
        let status = known.run.status();
        Found {
            criteria,
            artifacts: status.artifacts,
            failing_step: status.failing_step,
            verdict: Some(Verdict::Inconclusive),
            message,
            waits: false,
        }
    };
    let name = &attempt.workflow;
    match ending {
        Ending::Ended(work) => (status::found(spec, attempt.number, work, true), Some(work)),
        Ending::Deleted(work) => {
            let mut found = status::found(spec, attempt.number, work, true);
            found.message = format!("somebody deleted its workflow {name} while it ran");
            (found, Some(work))
        }
        Ending::Lost => (
            nothing(format!(
                "its workflow {name} was gone before what it found was read"
            )),
            None,
        ),
        Ending::Conflict => {
            let message = format!(
                "another workflow has the name {name}: it is not of this run, or not of this spec"
            );
            (nothing(message), None)
        }
        Ending::NeverBegun => (
            nothing("it was cancelled before its workflow was created".to_owned()),
            None,
        ),
    }
}

/// Somebody asked for the end, of the run or of its workflow.
fn is_cancelled(known: &Known, ending: Ending) -> bool {
    let asked = known.run.spec.shutdown.is_some();
    match ending {
        Ending::Ended(work) | Ending::Deleted(work) => asked || work.shutdown().is_some(),
        Ending::Lost => asked,
        Ending::Conflict => false,
        Ending::NeverBegun => true,
    }
}

/// When the next attempt is due, if one follows by itself: never more than the limit beside the attempt that was asked for.
fn again(known: &Known, number: u32, verdict: Verdict, at: Timestamp) -> Option<Timestamp> {
    let retry = known.run.spec.retry?;
    let wanted = known.run.spec.attempt();
    let counts = match verdict {
        Verdict::Pass => false,
        Verdict::Fail => retry.on.counts(false),
        Verdict::Inconclusive => retry.on.counts(true),
    };
    let left = number >= wanted && number < wanted.saturating_add(retry.limit);
    if !counts || !left {
        return None;
    }
    let tried = number - wanted + 1;
    let wait = retry.backoff.unwrap_or_default().before(tried + 1);
    at.checked_add(SignedDuration::from_secs(i64::from(wait)))
        .ok()
}

fn over(
    known: &Known,
    next: &mut Status,
    phase: Phase,
    verdict: Verdict,
    message: &str,
    at: Timestamp,
) {
    let reason = phase.word().to_owned();
    next.phase = Some(phase);
    next.verdict = Some(verdict);
    next.message = Some(message.to_owned());
    next.finished_at = Some(at);
    next.next_attempt_at = None;
    set(
        known,
        next,
        (condition::COMPLETE, ConditionStatus::True, &reason, message),
    );
}

fn take(next: &mut Status, found: Found) {
    next.progress = status::progress(&found.criteria);
    next.criteria = found.criteria;
    next.artifacts = found.artifacts;
    next.failing_step = found.failing_step;
}

fn used(before: Option<ResourceSeconds>, work: Option<&Work>) -> Option<ResourceSeconds> {
    let Some((cpu, memory)) = work.and_then(|work| work.flow.resources) else {
        return before;
    };
    let sum = before.unwrap_or_default();
    Some(ResourceSeconds {
        cpu: Some(sum.cpu.unwrap_or(0) + cpu),
        memory: Some(sum.memory.unwrap_or(0) + memory),
    })
}
