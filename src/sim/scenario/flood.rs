//! One run whose only step writes a very long log, for measuring.
//! Apart from the story: nothing here is executed, only written.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Actor;
use crate::sim::argo::Engine;
use crate::sim::argo::node::{Kind, Node, Nodes, Phase, Time};
use crate::sim::clock::rfc3339;
use crate::sim::resource::{PODS, WORKFLOWS};
use crate::sim::store::logs::Line;
use crate::sim::store::{Origin, Store};

/// Name of the namespace, the run, its step and its pod.
pub const NAME: &str = "flood";
/// Bytes of each line without its end.
const WIDTH: usize = 119;
/// How often the writer writes, milliseconds.
const EVERY: i64 = 20;
/// Of so many lines one is an error.
const ERRORS: u64 = 10_000;

/// A log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flood {
    /// Lines in all, of 120 bytes each.
    pub lines: u64,
    /// Lines a second; at 0 all of them are there at the start.
    pub rate: u64,
}

/// Who writes it. When it is written the step succeeds, and the run with it.
#[derive(Debug)]
pub struct Writer {
    store: Arc<Store>,
    flood: Flood,
    begun: i64,
    next: Option<i64>,
    written: u64,
}

impl Writer {
    /// Stores the run and its pod.
    pub fn furnish(flood: Flood, store: &Arc<Store>, now: i64) -> Self {
        super::story::namespace(store, NAME);
        let mut writer = Self {
            store: Arc::clone(store),
            flood,
            begun: now,
            next: Some(now + EVERY),
            written: 0,
        };
        writer.show(None);
        if flood.rate == 0 {
            writer.write(flood.lines, now);
        }
        writer
    }

    /// Writes up to this number.
    fn write(&mut self, to: u64, now: i64) {
        let lines: Vec<Line> = (self.written..to).map(|n| line(n, now)).collect();
        self.written = to;
        self.store.logs.append(NAME, NAME, "main", lines);
        if to == self.flood.lines {
            self.store.logs.end(NAME, NAME, "main");
            self.next = None;
            self.show(Some(now));
        }
    }

    fn show(&self, ended: Option<i64>) {
        let pod = pod(self.begun, ended);
        self.store.put(PODS, pod, Origin::Controller);
        let run = workflow(self.begun, ended);
        self.store.put(WORKFLOWS, run, Origin::Controller);
    }
}

impl Actor for Writer {
    fn next(&self) -> Option<i64> {
        self.next
    }

    fn act(&mut self, engine: &mut Engine) {
        let now = engine.now();
        let passed = u64::try_from(now - self.begun).unwrap_or(0);
        let due = passed.saturating_mul(self.flood.rate) / 1_000;
        self.next = Some(now + EVERY);
        self.write(due.clamp(self.written, self.flood.lines), now);
    }
}

/// The `n`th line: it says its number, so that one can see whether any is missing.
fn line(n: u64, now: i64) -> Line {
    let level = if n % ERRORS == ERRORS - 1 {
        "ERROR"
    } else {
        "INFO "
    };
    let text = format!(
        "{level} line {n:09} GET /orders/{} 200 in {} ms",
        n * 7 % 9_973,
        n % 83
    );
    // Within the millisecond they come one after the other, as a kubelet stamps them.
    let at = i128::from(now) * 1_000_000 + i128::from(n % 1_000_000);
    (at, format!("{text:<WIDTH$}").into())
}

fn state(begun: i64, ended: Option<i64>) -> Value {
    let begun = rfc3339(begun);
    match ended {
        None => json!({"running": {"startedAt": begun}}),
        Some(at) => json!({"terminated": {
            "exitCode": 0, "reason": "Completed", "startedAt": begun, "finishedAt": rfc3339(at),
        }}),
    }
}

fn pod(begun: i64, ended: Option<i64>) -> Value {
    let image = "busybox:1.36";
    json!({
        "metadata": {
            "name": NAME,
            "namespace": NAME,
            "uid": "f100d000-0000-4000-8000-000000000001",
            "creationTimestamp": rfc3339(begun),
            "labels": {
                "workflows.argoproj.io/completed": ended.is_some().to_string(),
                "workflows.argoproj.io/workflow": NAME,
            },
            "annotations": {
                "workflows.argoproj.io/node-id": NAME,
                "workflows.argoproj.io/node-name": NAME,
            },
        },
        "spec": {"nodeName": "demo-node-1", "containers": [{"name": "main", "image": image}]},
        "status": {
            "phase": if ended.is_some() { "Succeeded" } else { "Running" },
            "containerStatuses": [{
                "name": "main", "image": image, "imageID": "", "restartCount": 0, "ready": ended.is_none(),
                "state": state(begun, ended),
            }],
        },
    })
}

fn workflow(begun: i64, ended: Option<i64>) -> Value {
    let phase = match ended {
        None => Phase::Running,
        Some(_) => Phase::Succeeded,
    };
    let node = Node {
        display: NAME.to_owned(),
        id: NAME.to_owned(),
        name: NAME.to_owned(),
        phase,
        started: Some(Time(begun)),
        finished: ended.map(Time),
        host: Some("demo-node-1".to_owned()),
        template: "write".to_owned(),
        scope: format!("local/{NAME}"),
        kind: Kind::Pod,
        ..Node::default()
    };
    let nodes = Nodes::from([(node.id.clone(), node)]);
    let word = if ended.is_some() {
        "Succeeded"
    } else {
        "Running"
    };
    let mut status = json!({
        "phase": word,
        "startedAt": rfc3339(begun),
        "progress": format!("{}/1", u8::from(ended.is_some())),
        "nodes": serde_json::to_value(&nodes).unwrap_or_default(),
    });
    if let Some(at) = ended {
        status["finishedAt"] = rfc3339(at).into();
    }
    json!({
        "metadata": {
            "name": NAME,
            "namespace": NAME,
            "uid": "f100d000-0000-4000-8000-000000000002",
            "creationTimestamp": rfc3339(begun),
            "labels": {
                "workflows.argoproj.io/completed": ended.is_some().to_string(),
                "workflows.argoproj.io/phase": word,
            },
            "annotations": {"workflows.argoproj.io/pod-name-format": "v2"},
        },
        "spec": {
            "entrypoint": "write",
            "templates": [{"name": "write", "container": {"image": "busybox:1.36", "command": ["yes"]}}],
        },
        "status": status,
    })
}
