//! Pieces of evidence, and where each can be seen.
//! Apart from the findings, which only name them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Evidence, Finding, Known, KubeEvent, Other, Target};
use crate::model::clock;
use crate::model::eta::rough;
use crate::model::level::Level;
use crate::model::log::LogLine;
use crate::model::pod::{ContainerState, Pod};
use crate::model::reason;
use crate::model::stamp;
use crate::model::tree::Branch;
use crate::model::why;
use crate::model::workflow::Step;

/// Events told at most for one finding.
const EVENTS: usize = 4;
/// Lines of a log told at most.
const LINES: usize = 4;

fn piece(
    what: &str,
    id: impl std::fmt::Display,
    text: impl Into<String>,
    target: Target,
) -> Evidence {
    Evidence {
        id: format!("{what}:{id}").into(),
        what: what.into(),
        text: text.into(),
        target: Some(target),
    }
}

/// What the object says at a place. `words`: an expression for where it stands in the YAML.
pub(super) fn field(what: &str, words: &str, text: impl Into<String>) -> Option<Evidence> {
    Some(piece(what, words, text, Target::Yaml(words.to_string())))
}

/// Since when, in words.
pub(super) fn lasts(since: Option<Timestamp>, now: Timestamp) -> String {
    match since {
        Some(since) => format!(" for {}", rough(why::age(Some(since), now).unsigned_abs())),
        None => String::new(),
    }
}

/// `It has waited 10m for`, or `It waits for` where nobody knows since when.
pub(super) fn waits(who: &str, since: Option<Timestamp>, now: Timestamp) -> String {
    match since {
        Some(since) => {
            let waited = rough(why::age(Some(since), now).unsigned_abs());
            format!("{who} has waited {waited} for")
        }
        None => format!("{who} waits for"),
    }
}

/// The step of this node.
pub(super) fn node<'k>(known: &Known<'k>, id: &str) -> Option<&'k Step> {
    known.workflow?.steps.iter().find(|step| *step.id == *id)
}

/// The step that a cause calls by its display name: the one that started last, if several are called so.
pub(super) fn named<'k>(known: &Known<'k>, name: &str) -> Option<&'k Step> {
    let steps = known.workflow?.steps.iter();
    let called = steps.filter(|step| *step.display == *name);
    called.max_by_key(|step| (!step.phase.is_done(), step.started))
}

/// A step: its phase, how long, where.
pub(super) fn step(step: &Step) -> Evidence {
    let mut text = format!("{} {:?}", step.display, step.phase);
    if let (Some(from), Some(to)) = (step.started, step.finished) {
        text += &format!(" after {}", clock::exact(clock::seconds_between(from, to)));
    }
    if let Some(host) = &step.host {
        text += &format!(", on node {host}");
    }
    piece("step", &step.id, text, Target::Step(step.id.clone()))
}

/// A branch of the tree, with where it is.
pub(super) fn branch(branch: &Branch) -> Evidence {
    let mut text = format!("{}: {}", branch.label, branch.state.word());
    if let Some(note) = &branch.note {
        text += &format!(", {note}");
    }
    piece("step", &branch.id, text, Target::Step(branch.id.clone()))
}

/// What the controller wrote about a step, as it wrote it.
pub(super) fn message(step: &Step) -> Option<Evidence> {
    let text = step.message.as_deref()?;
    let place = Target::Yaml(format!("^ *\"?{}\"?:", regex(&step.id)));
    Some(piece("message", &step.id, text, place))
}

/// Words as they stand in an expression that is searched for.
fn regex(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        if !(c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '/' | ':' | ',' | '"')) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The pod that runs a step, where it still exists.
pub(super) fn pod_of<'k>(known: &Known<'k>, step: &Step) -> Option<&'k Pod> {
    let of = |pod: &&&Pod| pod.node_id.as_ref() == Some(&step.id);
    known.pods.iter().find(of).copied()
}

/// What the containers of a step's pod say: ends that are no success, and why the pod waits.
pub(super) fn pod(known: &Known<'_>, step: &Step) -> Vec<Evidence> {
    let Some(pod) = pod_of(known, step) else {
        return Vec::new();
    };
    let seen = |id: &str, text: String| {
        let place = Target::Step(step.id.clone());
        piece("pod", format!("{}/{id}", pod.key.uid), text, place)
    };
    let mut all = Vec::new();
    if let Some(reason) = &pod.reason {
        all.push(seen("reason", reason.to_string()));
    }
    for container in &pod.containers {
        let text = match &container.state {
            ContainerState::Ended { code: 0, .. } | ContainerState::Running(_) => continue,
            ContainerState::Ended { code, reason, .. } => {
                let reason = reason.as_deref().map(|text| format!(", {text}"));
                format!(
                    "container {} ended with {code}{}",
                    container.name,
                    reason.unwrap_or_default()
                )
            }
            ContainerState::Waiting(Some(reason)) if pod.reason.is_none() => {
                format!("container {} waits: {reason}", container.name)
            }
            ContainerState::Waiting(_) => continue,
        };
        all.push(seen(&container.name, text));
    }
    all
}

/// Warnings of Kubernetes about a step's pod, the newest first; what says the same is one.
pub(super) fn events(known: &Known<'_>, step: &Step) -> Vec<Evidence> {
    let Some(pod) = &step.pod else {
        return Vec::new();
    };
    let about = |event: &&&KubeEvent| event.warning && event.object == *pod;
    let mut all: Vec<&KubeEvent> = known.events.iter().filter(about).copied().collect();
    all.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.key.cmp(&b.key)));
    let mut told: Vec<(&KubeEvent, u32)> = Vec::new();
    for event in all {
        let count = event.count.max(1);
        let same = |one: &&mut (&KubeEvent, u32)| {
            one.0.reason == event.reason && one.0.message == event.message
        };
        match told.iter_mut().find(same) {
            Some((_, times)) => *times += count,
            None => told.push((event, count)),
        }
    }
    let told = told.into_iter().take(EVENTS).map(|(event, times)| {
        let times = match times {
            1 => String::new(),
            many => format!(" (seen {many} times)"),
        };
        let text = format!("{}: {}{times}", event.reason, event.message);
        let place = Target::Events(regex(&event.reason));
        piece(
            "event",
            format!("{}/{}", event.reason, event.message),
            text,
            place,
        )
    });
    told.collect()
}

/// Its log from the last line on that says it is an error, else the last lines.
pub(super) fn log(known: &Known<'_>) -> Vec<Evidence> {
    let lines = known.tail;
    let bad = |line: &&LogLine| Level::of(&line.text) == Some(Level::Error);
    let last = lines.len().saturating_sub(LINES);
    let from = lines.iter().rposition(bad).unwrap_or(last);
    let told = lines[from..].iter().take(LINES).enumerate();
    told.map(|(at, line)| {
        let place = Target::Log(line.source.step.clone());
        piece("log", at, line.text.trim_end(), place)
    })
    .collect()
}

/// Another run: its state and the line a list has for it.
pub(super) fn run(known: &Known<'_>, what: &str, other: &Other<'_>, now: Timestamp) -> Evidence {
    let state = why::state(other.row, other.facts, now);
    let mut text = format!("{} {}", called(known, other), state.word());
    if let Some(started) = other.facts.and_then(|facts| facts.started) {
        text += &lasts(Some(started), now);
    }
    if let Some(line) = reason::reason(other.row, other.facts, now, None) {
        text += &format!(", {}", line.plain());
    }
    let key = other.row.key.clone();
    piece(what, &key.uid, text, Target::Run(key.clone()))
}

/// A run by its name, to another namespace with its own.
pub(super) fn called(known: &Known<'_>, other: &Other<'_>) -> String {
    let key = &other.row.key;
    match key.namespace == known.row.key.namespace {
        true => key.name.to_string(),
        false => key.to_string(),
    }
}

/// What is true and can be seen nowhere else.
pub(super) fn note(what: &str, text: impl Into<String>) -> Evidence {
    let text = text.into();
    Evidence {
        id: format!("{what}:{text}").into(),
        what: what.into(),
        text,
        target: None,
    }
}

/// Who did it, where that was written down: by this program, or by Argo's server.
/// Source: Argo v4.1, labels `workflows.argoproj.io/action` and `/actor`, `/actor-preferred-username`, `/actor-email`.
pub(super) fn actor(known: &Known<'_>, actions: &[&str]) -> Option<Arc<str>> {
    let notes = known.workflow.iter().flat_map(|one| &one.annotations);
    let notes: BTreeMap<&str, &Arc<str>> = notes.map(|(name, value)| (&**name, value)).collect();
    let is_one = |action: &str| actions.iter().any(|one| one.eq_ignore_ascii_case(action));
    if notes
        .get(stamp::ACTION)
        .is_some_and(|action| is_one(action))
    {
        return notes.get(stamp::ACTOR).copied().cloned();
    }
    let label = |name: &str| known.row.label(&format!("workflows.argoproj.io/{name}"));
    label("action").filter(|action| is_one(action))?;
    let names = ["actor-preferred-username", "actor-email", "actor"];
    names.into_iter().find_map(label).cloned()
}

/// No two pieces have the same id.
pub(super) fn settle(all: &mut [Finding]) {
    let mut seen: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for evidence in all.iter_mut().flat_map(|one| &mut one.evidence) {
        let times = seen.entry(evidence.id.clone()).or_default();
        *times += 1;
        if *times > 1 {
            evidence.id = format!("{}#{times}", evidence.id).into();
        }
    }
}
