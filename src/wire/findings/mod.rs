//! Why a run is where it is, in every situation, on small objects with messages as they were recorded.
//! Apart from [`super::situations`], which is about the one line of a list.

#![allow(clippy::unwrap_used)]

mod ended;
mod held;
mod pods;
mod stands;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::sample::{exit, node, run, with, workflow};
use crate::model::event::KubeEvent;
use crate::model::facts::Facts;
use crate::model::finding::{Finding, Known, Other, Target, findings};
use crate::model::key::Key;
use crate::model::log::{LogLine, LogSource};
use crate::model::phase::State;
use crate::model::pod::{Container, ContainerState, Pod};
use crate::model::tree::Tree;
use crate::model::usual::{Took, Usual};
use crate::model::workflow::Workflow;

fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-11-22T20:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

/// What else is known.
#[derive(Default)]
struct Beside {
    pods: Vec<Pod>,
    events: Vec<KubeEvent>,
    lines: Vec<LogLine>,
    others: Vec<Facts>,
    history: Vec<u64>,
    usual: Usual,
    missing: Vec<String>,
    branch: Option<&'static str>,
    incomplete: bool,
}

fn found(workflow: &Workflow, beside: &Beside, seconds: i64) -> Vec<Finding> {
    let now = at(seconds);
    let tree = Tree::of(workflow, now);
    let others: Vec<Other<'_>> = beside
        .others
        .iter()
        .map(|facts| Other {
            row: &facts.row,
            facts: Some(facts),
        })
        .collect();
    let label = |name: &str| tree.branches.iter().position(|one| *one.label == *name);
    let known = Known {
        row: &workflow.facts.row,
        facts: Some(&workflow.facts),
        workflow: Some(workflow),
        tree: &tree,
        branch: beside.branch.and_then(label),
        pods: &beside.pods.iter().collect::<Vec<_>>(),
        events: &beside.events.iter().collect::<Vec<_>>(),
        tail: &beside.lines.iter().collect::<Vec<_>>(),
        missing: &beside.missing,
        others: &others,
        complete: !beside.incomplete,
        history: &beside.history,
        usual: &beside.usual,
    };
    findings(&known, now)
}

fn whole(phase: &str, nodes: &[Value], more: Value) -> Workflow {
    super::workflow(&workflow(phase, nodes, more)).unwrap()
}

/// The first sentence.
fn said(workflow: &Workflow, beside: &Beside, seconds: i64) -> String {
    found(workflow, beside, seconds)[0].sentence.clone()
}

fn texts(finding: &Finding) -> Vec<String> {
    let told = finding.evidence.iter();
    told.map(|piece| format!("{}: {}", piece.what, piece.text))
        .collect()
}

/// Another run of the namespace.
fn other(name: &str, phase: &str, nodes: &[Value], more: Value) -> Facts {
    let named = json!({"metadata": {"name": name, "uid": name}});
    let mut object: Value = serde_json::from_slice(&workflow(phase, nodes, more)).unwrap();
    object["metadata"]["name"] = named["metadata"]["name"].clone();
    object["metadata"]["uid"] = named["metadata"]["uid"].clone();
    super::facts(&serde_json::to_vec(&object).unwrap()).unwrap()
}

fn failed(message: &str) -> Workflow {
    let nodes = [
        node("w", "DAG", "Failed", json!({"children": ["w.a"]})),
        node(
            "w.a",
            "Pod",
            "Failed",
            json!({"boundaryID": "w", "message": message, "finishedAt": "2026-11-22T20:01:00Z"}),
        ),
    ];
    whole("Failed", &nodes, json!({}))
}

fn line(text: &str) -> LogLine {
    let source = LogSource {
        step: "a".into(),
        pod: "w-a".into(),
        container: "main".into(),
    };
    LogLine::new(None, source.into(), text)
}

fn pod(node: &str, phase: &str, state: ContainerState) -> Pod {
    let container = Container {
        name: "main".into(),
        init: false,
        state,
        restarts: 0,
    };
    Pod {
        key: Key::new("team", "w-a", "p"),
        node_id: Some(node.into()),
        node_name: None,
        phase: phase.into(),
        host: None,
        reason: None,
        containers: vec![container],
        deleting: false,
    }
}
