//! What else is the matter: the step somebody asks about, a controller that does not look, no place for what is ready.
//! Apart from the answer, beside which these stand.

use jiff::Timestamp;

use super::proof::{self, lasts};
use super::{Finding, Known};
use crate::model::phase::{Phase, State, StepPhase};
use crate::model::pod::{ContainerState, Pod};
use crate::model::tree::{Branch, BranchKind};
use crate::model::why::age;
use crate::model::workflow::StepKind;

/// Seconds a controller has to notice that a pod has ended; it looks at least every ten.
const NOTICED_WITHIN: i64 = 90;

/// The step under the cursor has not begun: what it comes after.
pub(super) fn asked_about(known: &Known<'_>) -> Option<Finding> {
    let branch = known.tree.branches.get(known.branch?)?;
    if branch.kind != BranchKind::Promise {
        return None;
    }
    let open: Vec<&Branch> = before(known, branch)
        .into_iter()
        .filter(|one| !matches!(one.state, State::Succeeded | State::Skipped))
        .collect();
    let names: Vec<String> = open
        .iter()
        .map(|one| format!("{} ({})", one.label, one.state.word().to_lowercase()))
        .collect();
    let name = &branch.label;
    let over = known.row.phase.is_done();
    let said = match (names.is_empty(), over) {
        (true, true) => format!("Step {name} was never reached"),
        (true, false) => format!("Step {name} has not begun, although what it comes after is done"),
        (false, true) => format!(
            "Step {name} was never reached: it comes after {}",
            names.join(", ")
        ),
        (false, false) => format!(
            "Step {name} has not begun: it comes after {}",
            names.join(", ")
        ),
    };
    let finding = Finding::new(State::NotStarted, said);
    Some(finding.with(open.into_iter().map(proof::branch)))
}

/// What a branch comes after: its siblings, else what the one it is inside of does.
fn before<'k>(known: &Known<'k>, branch: &Branch) -> Vec<&'k Branch> {
    let of = |at: &usize| known.tree.branches.get(*at);
    let mut follows: Vec<&Branch> = branch.follows.iter().filter_map(of).collect();
    let mut inside = branch.owner;
    while let Some(owner) = inside
        .and_then(|at| known.tree.branches.get(at))
        .filter(|_| follows.is_empty())
    {
        follows = owner.follows.iter().filter_map(of).collect();
        inside = owner.owner;
    }
    follows
}

/// A pod is over and the run does not know it: nobody follows it.
pub(super) fn unfollowed(known: &Known<'_>, now: Timestamp) -> Option<Finding> {
    if known.row.phase != Phase::Running {
        return None;
    }
    let workflow = known.workflow?;
    let (step, pod, at) = workflow
        .steps
        .iter()
        .filter(|step| step.kind == StepKind::Pod && step.phase == StepPhase::Running)
        .filter_map(|step| Some((step, proof::pod_of(known, step)?)))
        .filter_map(|(step, pod)| Some((step, pod, ended(pod)?)))
        .find(|(.., at)| age(Some(*at), now) > NOTICED_WITHIN)?;
    let said = format!(
        "The controller does not follow it: the pod of step {} ended{} ago, and the workflow still calls the step running",
        step.display,
        lasts(Some(at), now).replacen(" for", "", 1),
    );
    let mut shown = proof::step(step);
    shown.text = format!(
        "{}: {} by the workflow, {} by its pod",
        step.display, "Running", pod.phase
    );
    Some(
        Finding::new(State::Stuck, said)
            .with([shown])
            .with(proof::pod(known, step)),
    )
}

/// When the last container of a pod that is over ended.
fn ended(pod: &Pod) -> Option<Timestamp> {
    if !matches!(&*pod.phase, "Succeeded" | "Failed") {
        return None;
    }
    let ends = pod.containers.iter().map(|one| match &one.state {
        ContainerState::Ended { at, .. } => *at,
        _ => None,
    });
    ends.max().flatten()
}

/// Steps are ready, and `spec.parallelism` lets no more run. Nothing on the object says so, so that it is counted.
pub(super) fn no_place(known: &Known<'_>) -> Option<Finding> {
    let limit = known.workflow?.parallelism?;
    let facts = known.facts.filter(|_| known.row.phase == Phase::Running)?;
    let running = u64::from(facts.leaves.running + facts.leaves.pending);
    let good = |branch: &&Branch| matches!(branch.state, State::Succeeded | State::Skipped);
    let ready: Vec<&Branch> = known
        .tree
        .branches
        .iter()
        .filter(|one| one.kind == BranchKind::Promise)
        .filter(|one| {
            let before = before(known, one);
            before.iter().all(good)
        })
        .collect();
    let first = ready.first().filter(|_| running >= limit)?;
    let rest = match ready.len() - 1 {
        0 => String::new(),
        some => format!(" and {some} more"),
    };
    let said = format!(
        "Step {}{rest} could begin, and waits for a place: {} and the workflow lets {limit} run at once",
        first.label,
        match running {
            1 => "one step runs,".to_string(),
            many => format!("{many} steps run,"),
        }
    );
    let field = proof::field(
        "field",
        "^ *parallelism:",
        format!("spec.parallelism is {limit}"),
    );
    let finding = Finding::new(State::Waiting, said).with(field);
    Some(finding.with(ready.into_iter().take(4).map(proof::branch)))
}
