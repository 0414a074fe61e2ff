//! Runs that work, are over, were not taken up, or stand still without a word.
//! Apart from the rest, because here little but time tells something.

use jiff::Timestamp;

use super::proof::{self, lasts};
use super::{Evidence, Finding, Known, Other};
use crate::model::clock;
use crate::model::eta::{self, Eta, rough};
use crate::model::facts::{Cause, Facts};
use crate::model::phase::State;
use crate::model::row::label::INSTANCE;
use crate::model::why::{age, is_retried};
use crate::model::workflow::Step;

/// Steps that work, told at most.
const WORKERS: usize = 6;

/// It ended well.
pub(super) fn succeeded(facts: Option<&Facts>) -> Finding {
    let took = facts.and_then(|facts| Some((facts.started?, facts.finished?)));
    let took =
        took.map(|(from, to)| format!(" after {}", clock::exact(clock::seconds_between(from, to))));
    let said = format!(
        "It succeeded{}; nothing is the matter",
        took.unwrap_or_default()
    );
    Finding::new(State::Succeeded, said)
}

/// No phase: it is new, nobody took it up, or a retry was asked for.
pub(super) fn untouched(
    known: &Known<'_>,
    facts: Option<&Facts>,
    state: State,
    now: Timestamp,
) -> Finding {
    let waited = lasts(known.row.created, now);
    let field = || {
        proof::field(
            "field",
            "^status:|^  creationTimestamp:",
            "status.phase is not there",
        )
    };
    if is_retried(known.row, facts) {
        let said = "A retry was asked for, and the controller has not begun it yet";
        return Finding::new(state, said).with(field());
    }
    if state != State::Lost {
        return Finding::new(state, "It was just made, and a controller is to take it up")
            .with(field());
    }
    let instance = known.row.label(INSTANCE);
    let newest = newest_started(known);
    let alive = newest.filter(|(at, _)| known.row.created.is_some_and(|made| *at > made));
    let mine = match instance {
        Some(name) => format!(" of instance {name}"),
        None => String::new(),
    };
    let more = match alive {
        Some(_) => ", although runs made later were begun",
        None => "",
    };
    let said = format!("No controller{mine} has taken it up{waited}{more}");
    let mut finding = Finding::new(state, said).with(field());
    if let Some(name) = instance {
        let text = format!("only a controller of instance {name} takes it up");
        finding = finding.with(proof::field("label", INSTANCE, text));
    }
    match newest {
        Some((at, other)) => {
            let ago = rough(age(Some(at), now).unsigned_abs());
            let mut piece = proof::run(known, "run", &other, now);
            piece.text = format!(
                "{} was begun {ago} ago, the last one that was",
                proof::called(known, &other)
            );
            finding.with([piece])
        }
        None => finding.with([proof::note("run", "no run that can be seen was ever begun")]),
    }
}

/// The run that a controller began last, and when.
fn newest_started<'k>(known: &Known<'k>) -> Option<(Timestamp, Other<'k>)> {
    let begun = known.others.iter();
    begun
        .filter_map(|other| Some((other.facts?.started?, *other)))
        .max_by_key(|(at, _)| *at)
}

/// It was told to stop.
pub(super) fn stopping(known: &Known<'_>, facts: &Facts, state: State) -> Finding {
    let how = facts.shutdown.as_deref().unwrap_or_default();
    let who = proof::actor(known, &["Stop", "Terminate"]);
    let by = who.map(|who| format!(" by {who}")).unwrap_or_default();
    let field = proof::field("field", "^ *shutdown:", format!("spec.shutdown is {how}"));
    let suspended = matches!(facts.cause, Cause::Suspended { step: None, .. });
    let said = match (&facts.cause, suspended) {
        (_, true) => format!(
            "It was told to {}{by} while it is suspended: it ends only when it is resumed",
            how.to_lowercase()
        ),
        // Seen live: a Stop is not looked at while the run waits to begin.
        (Cause::Queue | Cause::Lock { step: None, .. }, _) if how == "Stop" => {
            format!(
                "It was told to stop{by} before it began: it ends when its turn comes, or at once when it is terminated"
            )
        }
        _ => format!(
            "It is being {}{by}; steps that run are given time to end",
            match how {
                "Terminate" => "terminated",
                _ => "stopped",
            }
        ),
    };
    let also = proof::field("field", "^ *suspend: true", "spec.suspend is true");
    Finding::new(state, said)
        .with(field)
        .with(also.filter(|_| suspended))
        .with(workers(known))
}

/// Steps run.
pub(super) fn works(known: &Known<'_>, facts: &Facts, state: State, now: Timestamp) -> Finding {
    let Cause::Running { step, others } = &facts.cause else {
        return Finding::new(state, "It works");
    };
    let who = match (&facts.fan_out, others) {
        (Some(group), _) => format!(
            "{} of {} items of {} are done",
            group.leaves.ok,
            group.leaves.total(),
            group.step
        ),
        (None, 0) => format!("step {step} runs"),
        (None, 1) => format!("step {step} and one more run"),
        (None, some) => format!("step {step} and {some} more run"),
    };
    let elapsed = age(facts.started, now).unsigned_abs();
    let left = match eta::remaining(elapsed + facts.kept, known.history, facts.estimated) {
        Some(Eta::Left(seconds)) => format!("; about {} are left", rough(seconds)),
        _ => String::new(),
    };
    let since = lasts(facts.started, now);
    Finding::new(state, format!("It works{since}: {who}{left}")).with(workers(known))
}

/// Steps that run now, those that run longest first.
fn workers(known: &Known<'_>) -> Vec<Evidence> {
    let leaves = known.tree.branches.iter();
    let mut running: Vec<_> = leaves
        .filter(|branch| branch.children.is_empty() && branch.state == State::Running)
        .collect();
    running.sort_by_key(|branch| branch.started);
    let running = running.into_iter().take(WORKERS);
    running.map(proof::branch).collect()
}

/// Nothing runs, waits or is about to start.
pub(super) fn idle(
    known: &Known<'_>,
    since: Option<Timestamp>,
    state: State,
    now: Timestamp,
) -> Finding {
    let waited = lasts(since, now);
    let said = match state {
        State::Stuck => format!(
            "No step runs, waits or is about to start{waited}: the controller does not go on with it, and nothing on it says why"
        ),
        _ => "It is between two steps".to_string(),
    };
    let last = known.workflow.iter().flat_map(|one| &one.steps);
    let last = last.max_by_key(|step: &&Step| (step.finished.or(step.started), &step.id));
    Finding::new(state, said).with(last.map(|step| {
        let mut piece = proof::step(step);
        piece.text = format!("the last that happened: {}", piece.text);
        piece
    }))
}

/// The workflow's own words.
pub(super) fn says(text: &str, state: State) -> Finding {
    let said = format!("The controller says of the workflow: {text}");
    Finding::new(state, said).with(proof::field("message", "^ *message:", text))
}

/// Its steps are out of reach.
pub(super) fn offloaded(state: State) -> Finding {
    let said = "It goes on, and its steps are kept in Argo's database, which cannot be read through the Kubernetes API";
    Finding::new(state, said).with(proof::field(
        "field",
        "offloadNodeStatusVersion",
        "status.offloadNodeStatusVersion is set",
    ))
}
