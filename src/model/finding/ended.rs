//! Why a run ended badly, or what failed so far in one that goes on.
//! Apart from what holds a run up, because here the trouble is behind it.

use super::proof;
use super::{Evidence, Finding, Known};
use crate::model::facts::{Cause, Facts, LeafFault};
use crate::model::gone;
use crate::model::phase::{State, StepPhase};
use crate::model::tree::BranchKind;
use crate::model::words;
use crate::model::workflow::Step;

/// Other steps that failed, told at most.
const OTHERS: usize = 3;

/// It is over, and its object was read.
pub(super) fn badly(known: &Known<'_>, facts: &Facts, state: State) -> Finding {
    let finding = match &facts.cause {
        Cause::Failed(fault) => {
            Finding::new(state, capital(&said(known, fault))).with(proofs(known, fault))
        }
        Cause::Offloaded => {
            let said = "It failed, and its steps are kept in Argo's database, which cannot be read through the Kubernetes API";
            Finding::new(state, said)
        }
        Cause::Workflow(text) if words::is_shutdown(text) => Finding::new(state, "It was stopped"),
        Cause::Workflow(text) => {
            let said =
                format!("The workflow itself was refused or broke, no step is to blame: {text}");
            Finding::new(state, said).with(proof::field("field", "^ *message:", "status.message"))
        }
        _ => Finding::new(
            state,
            "It failed, and neither a step nor the workflow says why",
        ),
    };
    let finding = stopped(known, facts, finding);
    finding.with(conditions(known))
}

/// That somebody ended it stands in front of what its steps made of that.
fn stopped(known: &Known<'_>, facts: &Facts, mut finding: Finding) -> Finding {
    let Some(how) = &facts.shutdown else {
        return finding;
    };
    let verb = match &**how {
        "Terminate" => "terminated",
        _ => "stopped",
    };
    let who = proof::actor(known, &["Stop", "Terminate"]);
    let by = who.map(|who| format!(" by {who}")).unwrap_or_default();
    let first = format!("It was {verb}{by}");
    finding.sentence = match finding.sentence.as_str() {
        "It was stopped" => first,
        rest => format!("{first}; {}", small(rest)),
    };
    let field = proof::field("field", "^ *shutdown:", format!("spec.shutdown is {how}"));
    finding.evidence.splice(0..0, field);
    finding
}

/// Only its row is known.
pub(super) fn unread(known: &Known<'_>, state: State) -> Finding {
    let own = known.row.message.as_deref();
    let own = own.filter(|text| !words::is_echo(text));
    let said = match own {
        Some(text) => format!("It failed: {text}"),
        None => "It failed; which step did is in its object, which was not read yet".to_string(),
    };
    Finding::new(state, said)
}

/// A step failed and nothing made that good, but others still work.
pub(super) fn so_far(known: &Known<'_>, facts: &Facts, fault: &LeafFault, state: State) -> Finding {
    let rest = match facts.leaves.running {
        0 => String::new(),
        1 => "; one more step still runs".to_string(),
        some => format!("; {some} more steps still run"),
    };
    let said = capital(&said(known, fault));
    Finding::new(state, format!("{said}{rest}")).with(proofs(known, fault))
}

/// `step criterion-5 ended with exit code 1 in both attempts: assertion failed`.
fn said(known: &Known<'_>, fault: &LeafFault) -> String {
    let message = fault.message.as_deref().unwrap_or_default();
    let who = match *fault.step == *known.row.key.name {
        true => "its only step".to_string(),
        false => format!("step {}", fault.step),
    };
    let tried = match fault.attempts {
        0 | 1 => String::new(),
        2 => " in both attempts".to_string(),
        many => format!(" in the last of {many} attempts"),
    };
    let more = words::beyond(message, &fault.short).map(|more| format!(": {more}"));
    let others = match fault.others {
        0 => String::new(),
        1 => "; one more step failed".to_string(),
        some => format!("; {some} more steps failed"),
    };
    let did = did(&fault.short, message, fault.phase);
    format!("{who} {did}{tried}{}{others}", more.unwrap_or_default())
}

/// What became of a step, by the short word for its fault.
fn did(short: &str, message: &str, phase: StepPhase) -> String {
    if message.contains("exceeded quota") {
        return "was refused, because the namespace's quota is used up".to_string();
    }
    if message.contains("admission webhook") {
        return "was refused by an admission webhook".to_string();
    }
    let told = match short {
        "OOMKilled" => {
            let code = words::exit_code(message).map(|code| format!(", exit code {code}"));
            return format!(
                "was killed, because it used more memory than its limit (OOMKilled{})",
                code.unwrap_or_default()
            );
        }
        "deadline" => "ran longer than its deadline",
        "timeout" => "hit its timeout",
        "pod deleted" => "lost its pod, which was deleted while it ran",
        "evicted" => "was evicted from its node",
        "preempted" => "lost its place on its node to a pod of a higher priority",
        "image" => "could not get its image",
        "artifact" => "could not load or save its artifacts",
        "unresolved" => "refers to something that does not exist",
        "forbidden" => "was not allowed to start",
        "no command" => "could not begin, because its command is not in the image",
        "rejected" => "was rejected by a person",
        "stopped" => "was stopped with the run",
        "terminated" => "was terminated with the run",
        _ => "",
    };
    if !told.is_empty() {
        return told.to_string();
    }
    if let Some(code) = short.strip_prefix("exit ") {
        let container = words::failed_container(message).filter(|name| *name != "main");
        let inside = container.map(|name| format!(" in its container {name}"));
        let inside = inside.unwrap_or_default();
        return format!("ended with exit code {code}{}{inside}", signal(code));
    }
    if let Some((container, code)) = short.split_once(" exit ") {
        return format!("failed in Argo's own container {container} (exit code {code})");
    }
    match phase {
        StepPhase::Error => "could not be run".to_string(),
        _ => "failed".to_string(),
    }
}

/// A code above 128 is a signal. Source: the convention of POSIX shells and container runtimes, 128 + number.
fn signal(code: &str) -> &'static str {
    match code {
        "134" => " (SIGABRT)",
        "137" => " (SIGKILL)",
        "139" => " (SIGSEGV)",
        "143" => " (SIGTERM)",
        _ => "",
    }
}

fn proofs(known: &Known<'_>, fault: &LeafFault) -> Vec<Evidence> {
    let Some(step) = proof::node(known, &fault.node) else {
        return Vec::new();
    };
    let mut all = vec![proof::step(step)];
    all.extend(proof::message(step));
    all.extend(proof::pod(known, step));
    let log = proof::log(known);
    let lost = log.is_empty() && gone::can_be(step) && proof::pod_of(known, step).is_none();
    all.extend(log);
    if let Some(workflow) = known.workflow.filter(|_| lost) {
        let gone = gone::of(workflow, step);
        all.push(proof::note(
            "log",
            gone.told(|at| at.strftime("%H:%M:%SZ").to_string()),
        ));
    }
    all.extend(proof::events(known, step));
    all.extend(others(known, step));
    all
}

/// The other steps that failed; attempts belong to theirs.
fn others(known: &Known<'_>, told: &Step) -> Vec<Evidence> {
    let branches = known.tree.branches.iter().enumerate();
    let failed = branches.filter(|(at, branch)| {
        let leaf = match branch.kind {
            BranchKind::Retry => true,
            BranchKind::Attempt => false,
            _ => branch.children.is_empty(),
        };
        let step = branch.step.and_then(|at| known.workflow?.steps.get(at));
        let other = Some(*at) != known.tree.fault && step.is_none_or(|step| step.id != told.id);
        leaf && branch.state.is_bad() && other
    });
    failed
        .take(OTHERS)
        .map(|(_, branch)| proof::branch(branch))
        .collect()
}

/// What the controller says of the run as a whole.
fn conditions(known: &Known<'_>) -> Vec<Evidence> {
    let said = known.workflow.iter().flat_map(|one| &one.conditions);
    // The others say where it is, not what is wrong with it.
    let wrong = said.filter(|text| {
        ["SpecError", "SpecWarning", "MetricsError"]
            .iter()
            .any(|one| text.starts_with(one))
    });
    wrong
        .filter_map(|text| proof::field("field", "^ *conditions:", text.to_string()))
        .collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().collect::<String>() + chars.as_str(),
        None => String::new(),
    }
}

fn small(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().collect::<String>() + chars.as_str(),
        None => String::new(),
    }
}
