//! A workflow in execution: its object, its nodes, its compiled spec.
//! Apart from the passes over it, which only borrow it.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::clock::parse;
use super::finish::COMPLETED;
use super::names::node_id;
use super::node::{Nodes, Phase};
use super::spec::{Spec, Template};

/// Most bytes compressed nodes may inflate to.
const MOST_NODES: u64 = 256 << 20;

/// Namespace and name of a workflow (or a pod, or a cron).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunKey {
    /// Namespace.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
}

impl RunKey {
    /// A key from its parts.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// `namespace/name`, as lock holders are called.
    pub fn holder(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// A workflow in execution.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where it is.
    pub key: RunKey,
    /// Uid.
    pub uid: String,
    /// The version of the store's object this was read from or written as; 0 before it is stored.
    pub version: u64,
    /// The object without its nodes.
    pub object: Value,
    /// The nodes.
    pub nodes: Nodes,
    /// The effective spec.
    pub spec: Arc<Spec>,
    /// Templates of other objects, by `namespaced/<object>/<template>`.
    pub refs: BTreeMap<String, Arc<Template>>,
    /// Pods that take a place of `parallelism`, counted at the start of a pass.
    pub active: usize,
    /// Fingerprint of what was written last.
    pub written: u64,
    /// Its own time is over (`activeDeadlineSeconds`).
    pub late: bool,
}

impl Run {
    /// Takes a workflow object up.
    pub fn adopt(object: &Value) -> Self {
        let mut object = object.clone();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut nodes = Nodes::new();
        if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
            if let Some(found) = status.shift_remove("nodes") {
                nodes = serde_json::from_value(found).unwrap_or_default();
            }
            if let Some(Value::String(packed)) = status.shift_remove("compressedNodes") {
                nodes = unpack(&packed).unwrap_or_default();
            }
        }
        if !object["status"].is_object() {
            object["status"] = json!({});
        }
        let meta = &object["metadata"];
        let key = RunKey::new(
            meta["namespace"].as_str().unwrap_or_default(),
            meta["name"].as_str().unwrap_or_default(),
        );
        let version = text(&meta["resourceVersion"]).parse().unwrap_or(0);
        let mut run = Self {
            uid: text(&meta["uid"]),
            key,
            version,
            object,
            nodes,
            spec: Arc::default(),
            refs: BTreeMap::new(),
            active: 0,
            written: 0,
            late: false,
        };
        run.compile();
        run
    }

    /// Compiles the effective spec again.
    pub fn compile(&mut self) {
        let stored = &self.object["status"]["storedWorkflowTemplateSpec"];
        let spec = if stored.is_object() {
            stored
        } else {
            &self.object["spec"]
        };
        self.spec = Arc::new(Spec::compile(spec));
    }

    /// Name of the workflow.
    pub fn name(&self) -> &str {
        &self.key.name
    }

    /// Id of a node by its name.
    pub fn id(&self, name: &str) -> String {
        node_id(&self.key.name, name)
    }

    /// `status.phase`.
    pub fn phase(&self) -> &str {
        self.object["status"]["phase"].as_str().unwrap_or_default()
    }

    /// Over and labelled so.
    pub fn completed(&self) -> bool {
        self.object["metadata"]["labels"][COMPLETED] == "true"
    }

    /// `spec.shutdown`, if it is one of the two that mean something.
    pub fn shutdown(&self) -> Option<&'static str> {
        match self.object["spec"]["shutdown"].as_str() {
            Some("Stop") => Some("Stop"),
            Some("Terminate") => Some("Terminate"),
            _ => None,
        }
    }

    /// When its own time is over, milliseconds.
    pub fn deadline(&self) -> Option<i64> {
        let status = &self.object["status"];
        let spec = &self.object["spec"];
        let most = spec["activeDeadlineSeconds"].as_i64();
        let stored = status["storedWorkflowTemplateSpec"]["activeDeadlineSeconds"].as_i64();
        let started = status["startedAt"].as_str().and_then(parse)?;
        Some(started + most.or(stored)? * 1000)
    }

    /// Why what is open is ended, in Argo's words.
    pub fn ended_by(&self) -> Option<String> {
        let late = self.late.then(|| "Step exceeded its deadline".to_owned());
        self.shutdown().map(super::exec::stopped).or(late)
    }

    /// Whether a node name belongs to the exit handler.
    pub fn on_exit(&self, name: &str) -> bool {
        name.strip_prefix(&*self.key.name)
            .is_some_and(|rest| rest.starts_with(".onExit"))
    }

    /// Nothing new is started for this node name any more.
    pub fn shut_for(&self, name: &str) -> bool {
        match self.shutdown() {
            Some("Stop") => !self.on_exit(name),
            Some(_) => true,
            None => self.late && !self.on_exit(name),
        }
    }

    /// The cron workflow that made it.
    pub fn cron(&self) -> Option<String> {
        let label = &self.object["metadata"]["labels"]["workflows.argoproj.io/cron-workflow"];
        label.as_str().map(str::to_owned)
    }

    /// Adds an edge.
    pub fn link(&mut self, parent: &str, child: &str) {
        if let Some(parent) = self.nodes.get_mut(parent)
            && !parent.children.iter().any(|id| id == child)
        {
            parent.children.push(child.to_owned());
        }
    }

    /// Phase of a node by id; `None` where there is no node.
    pub fn phase_of(&self, id: &str) -> Option<Phase> {
        self.nodes.get(id).map(|node| node.phase)
    }
}

/// Reads `status.compressedNodes`: base64 of gzip of the nodes' JSON.
pub fn unpack(packed: &str) -> Option<Nodes> {
    let bytes = STANDARD.decode(packed).ok()?;
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice())
        .take(MOST_NODES)
        .read_to_end(&mut json)
        .ok()?;
    serde_json::from_slice(&json).ok()
}

/// The opposite of [`unpack`], from the nodes' JSON.
pub fn pack(json: &[u8]) -> Option<String> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(json).ok()?;
    Some(STANDARD.encode(encoder.finish().ok()?))
}
