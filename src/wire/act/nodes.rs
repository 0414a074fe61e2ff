//! The nodes of a workflow, wherever its status keeps them, and the patch that makes them what they shall be.
//! Apart from what is changed about them: packed or plain, every operation sees a map.

use std::io::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::object::Object;
use super::refuse;
use crate::model::act::Refusal;
use crate::wire::compressed;

/// Nodes by id, as they were read and as they shall be.
#[derive(Debug)]
pub(super) struct Nodes {
    was: Map<String, Value>,
    /// What they shall be.
    pub now: Map<String, Value>,
    packed: bool,
}

impl Nodes {
    /// Those of a workflow.
    pub(super) fn of(object: &Object<'_>) -> Result<Self, Refusal> {
        if !object.text("/status/offloadNodeStatusVersion").is_empty() {
            return Err(refuse(
                "its steps are kept in Argo's database, out of reach of the Kubernetes API",
                "suspend, resume, stop, terminate, resubmit and delete work; argo with ARGO_SERVER does the rest",
            ));
        }
        let packed = object.text("/status/compressedNodes");
        let was = match packed {
            "" => match object.raw.pointer("/status/nodes") {
                Some(Value::Object(nodes)) => nodes.clone(),
                _ => Map::new(),
            },
            text => {
                let unpacked = compressed::inflate(text);
                let read = unpacked.and_then(|(json, _)| {
                    serde_json::from_str(&json).map_err(|why| why.to_string())
                });
                read.map_err(|why| {
                    refuse(
                        format!("its steps cannot be read: {why}"),
                        "resubmit makes a new run of it",
                    )
                })?
            }
        };
        Ok(Self {
            now: was.clone(),
            was,
            packed: !packed.is_empty(),
        })
    }

    /// Text of a field of a node as it was; empty where there is none.
    pub(super) fn text(&self, id: &str, field: &str) -> &str {
        let node = self.was.get(id);
        node.and_then(|node| node.get(field)?.as_str())
            .unwrap_or_default()
    }

    /// Whether there is such a node.
    pub(super) fn has(&self, id: &str) -> bool {
        self.was.get(id).is_some_and(Value::is_object)
    }

    /// All ids, as they were.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.was
            .iter()
            .filter(|(_, node)| node.is_object())
            .map(|(id, _)| id.as_str())
    }

    /// A node as it was.
    pub(super) fn node(&self, id: &str) -> &Value {
        self.was.get(id).unwrap_or(&Value::Null)
    }

    /// A flag of a node: `hooked`, `retried`.
    pub(super) fn flag(&self, id: &str, flag: &str) -> bool {
        let flags = self.node(id).get("nodeFlag");
        flags.and_then(|flags| flags.get(flag)) == Some(&Value::Bool(true))
    }

    /// Nothing more happens to it.
    pub(super) fn is_over(&self, id: &str) -> bool {
        !matches!(self.text(id, "phase"), "" | "Pending" | "Running")
    }

    /// Failed or Error.
    pub(super) fn is_bad(&self, id: &str) -> bool {
        matches!(self.text(id, "phase"), "Failed" | "Error")
    }

    /// How it is shown.
    pub(super) fn display(&self, id: &str) -> String {
        match self.text(id, "displayName") {
            "" => match self.text(id, "name") {
                "" => id.to_string(),
                name => name.to_string(),
            },
            name => name.to_string(),
        }
    }

    /// A node to be changed.
    pub(super) fn edit(&mut self, id: &str) -> Option<&mut Map<String, Value>> {
        self.now.get_mut(id)?.as_object_mut()
    }

    /// Removes nodes, and their names from those that stay.
    pub(super) fn remove(&mut self, ids: &std::collections::BTreeSet<String>) {
        self.now.retain(|id, _| !ids.contains(id));
        let goes = |value: &Value| value.as_str().is_some_and(|id| ids.contains(id));
        for node in self.now.values_mut() {
            for field in ["children", "outboundNodes"] {
                let Some(list) = node.get_mut(field).and_then(Value::as_array_mut) else {
                    continue;
                };
                if !list.iter().any(goes) {
                    continue;
                }
                list.retain(|value| !goes(value));
                if list.is_empty()
                    && let Some(node) = node.as_object_mut()
                {
                    node.shift_remove(field);
                }
            }
        }
    }

    /// The part of a merge patch that makes the status' nodes what they shall be.
    ///
    /// # Errors
    /// Where they cannot be packed.
    pub(super) fn patch(&self, status: &mut Map<String, Value>) -> Result<(), Refusal> {
        if self.packed {
            let packed = pack(&self.now).map_err(|why| {
                refuse(
                    format!("its steps cannot be packed again: {why}"),
                    "resubmit makes a new run of it",
                )
            })?;
            status.insert("compressedNodes".to_string(), packed.into());
            return Ok(());
        }
        let mut patch = Map::new();
        for (id, node) in &self.was {
            match self.now.get(id) {
                None => {
                    patch.insert(id.clone(), Value::Null);
                }
                Some(now) if now != node => {
                    patch.insert(id.clone(), difference(node, now));
                }
                Some(_) => {}
            }
        }
        if !patch.is_empty() {
            status.insert("nodes".to_string(), Value::Object(patch));
        }
        Ok(())
    }
}

/// The merge patch from one value to another (RFC 7396): fields that go are null.
fn difference(was: &Value, now: &Value) -> Value {
    let (Value::Object(was), Value::Object(now)) = (was, now) else {
        return now.clone();
    };
    let mut patch = Map::new();
    for name in was.keys().filter(|name| !now.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    for (name, value) in now {
        match was.get(name) {
            Some(before) if before == value => {}
            Some(before) => {
                patch.insert(name.clone(), difference(before, value));
            }
            None => {
                patch.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(patch)
}

/// Base64 of gzip, which every version of Argo reads. Source: Argo v4.1.2, `util/file/fileutil.go`.
pub(super) fn pack(nodes: &Map<String, Value>) -> std::io::Result<String> {
    let json = serde_json::to_vec(nodes)?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&json)?;
    Ok(STANDARD.encode(gzip.finish()?))
}
