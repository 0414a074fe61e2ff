//! One stored object: its JSON as bytes, with the few facts that selecting and printing it need.
//! Apart, because ten thousand of them must fit in memory: nothing here keeps a parsed tree.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::super::clock::parse;
use super::super::resource::Res;
use super::super::selector::Labels;

/// Namespace (empty where there is none) and name.
pub type Key = (Arc<str>, Arc<str>);

/// An object as it is stored. `body` is `{"apiVersion":…,"kind":…,"metadata":{…,"resourceVersion":"…"},…}`.
#[derive(Debug)]
pub struct Object {
    /// Namespace, empty where there is none.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Uid.
    pub uid: Arc<str>,
    /// Resource version.
    pub version: u64,
    /// Labels, sorted.
    pub labels: Labels,
    /// Creation, milliseconds since the epoch.
    pub created: i64,
    /// `status.phase` of a workflow.
    pub phase: Option<Box<str>>,
    /// `status.startedAt` of a workflow, milliseconds since the epoch.
    pub started: Option<i64>,
    /// `status.message` of a workflow.
    pub message: Option<Box<str>>,
    /// The whole object as JSON.
    pub body: Bytes,
    /// Where `"metadata":` begins.
    head: usize,
    /// Where the value of metadata ends.
    meta_end: usize,
}

const METADATA: &str = "\"metadata\":";

/// Namespace and name of an object.
pub fn key_of(value: &Value) -> Key {
    let meta = &value["metadata"];
    let text = |name: &str| Arc::from(meta[name].as_str().unwrap_or_default());
    (text("namespace"), text("name"))
}

impl Object {
    /// Writes an object down.
    pub fn encode(res: Res, value: Value, version: u64) -> Self {
        let (namespace, name) = key_of(&value);
        let mut map = match value {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        let mut meta = match map.shift_remove("metadata") {
            Some(Value::Object(meta)) => meta,
            _ => Map::new(),
        };
        meta.shift_remove("resourceVersion");
        meta.insert("resourceVersion".to_owned(), version.to_string().into());
        let status = &map.get("status");
        let text = |name: &str| {
            status
                .and_then(|status| status[name].as_str())
                .filter(|text| !text.is_empty())
        };
        let mut body = format!(
            "{{\"apiVersion\":\"{}\",\"kind\":\"{}\",",
            res.api_version(),
            res.kind
        )
        .into_bytes();
        let head = body.len();
        body.extend_from_slice(METADATA.as_bytes());
        let meta = Value::Object(meta);
        write(&mut body, &meta);
        let meta_end = body.len();
        let (phase, started, message) = (
            text("phase").map(Box::from),
            text("startedAt").and_then(parse),
            text("message").map(Box::from),
        );
        for (key, value) in &map {
            if key != "apiVersion" && key != "kind" {
                body.push(b',');
                write(&mut body, &Value::String(key.clone()));
                body.push(b':');
                write(&mut body, value);
            }
        }
        body.push(b'}');
        body.shrink_to_fit();
        Self {
            namespace,
            name,
            uid: Arc::from(meta["uid"].as_str().unwrap_or_default()),
            version,
            labels: labels(&meta),
            created: meta["creationTimestamp"]
                .as_str()
                .and_then(parse)
                .unwrap_or_default(),
            phase,
            started,
            message,
            body: Bytes::from(body),
            head,
            meta_end,
        }
    }

    /// Where it is.
    pub fn key(&self) -> Key {
        (Arc::clone(&self.namespace), Arc::clone(&self.name))
    }

    /// The object, parsed.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The JSON of `metadata`.
    pub fn metadata(&self) -> &[u8] {
        &self.body[self.head + METADATA.len()..self.meta_end]
    }

    /// The JSON without its first brace, `apiVersion` and `kind`, as items of built-in lists are written.
    pub fn tail(&self) -> &[u8] {
        &self.body[self.head..]
    }

    /// The same object under another version.
    pub fn with_version(&self, version: u64) -> Self {
        let old = self.version.to_string().len() + 3;
        let mut body = Vec::with_capacity(self.body.len() + 8);
        body.extend_from_slice(&self.body[..self.meta_end - old]);
        body.extend_from_slice(format!("\"{version}\"}}").as_bytes());
        let meta_end = body.len();
        body.extend_from_slice(&self.body[self.meta_end..]);
        Self {
            namespace: Arc::clone(&self.namespace),
            name: Arc::clone(&self.name),
            uid: Arc::clone(&self.uid),
            version,
            labels: Arc::clone(&self.labels),
            created: self.created,
            phase: self.phase.clone(),
            started: self.started,
            message: self.message.clone(),
            body: Bytes::from(body),
            head: self.head,
            meta_end,
        }
    }
}

fn write(body: &mut Vec<u8>, value: &Value) {
    // Writing a JSON tree into memory has no error to report.
    let _ = serde_json::to_writer(body, value);
}

fn labels(meta: &Value) -> Labels {
    let mut labels: Vec<(Arc<str>, Arc<str>)> = meta["labels"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| {
            (
                key.as_str().into(),
                value.as_str().unwrap_or_default().into(),
            )
        })
        .collect();
    labels.sort();
    labels.into()
}
