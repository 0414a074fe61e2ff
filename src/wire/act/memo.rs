//! The status a memoized resubmit begins with: what succeeded stands as skipped, groups as pending, all else is made anew.
//! Apart from the plain one, which begins with none.
//!
//! Source: Argo v4.1.2 `FormulateResubmitWorkflow` with `memoized`. What failed is left out here and not pending, as a retry leaves
//! it out: the controller makes what is missing. Approvals belong to the run they were given for, and are asked for again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::failing::is_exit;
use super::graph::{Graph, is_group};
use super::nodes::{Nodes, pack};
use super::object::Object;
use super::refuse;
use crate::model::act::Refusal;
use crate::wire::podname::fnv1a32;

/// A workflow is written with its nodes compressed above this size, in bytes (the controller's MAX_WORKFLOW_SIZE).
const MOST: usize = 1 << 20;

/// Puts the status into a new workflow of this name. Returns the approvals that are asked for again, by name.
///
/// # Errors
/// Where the nodes cannot be read, or are of another workflow.
pub(super) fn put(
    object: &Object<'_>,
    name: &str,
    workflow: &mut Value,
) -> Result<Vec<String>, Refusal> {
    let nodes = Nodes::of(object)?;
    let graph = Graph::of(&nodes);
    let mut ids = BTreeMap::new();
    for id in nodes.ids() {
        let Some(rest) = nodes.text(id, "name").strip_prefix(object.name()) else {
            return Err(refuse(
                "its steps have names that are not of this run",
                "resubmit all of it",
            ));
        };
        let full = format!("{name}{rest}");
        ids.insert(id.to_string(), (node_id(name, &full), full));
    }
    let (dropped, skipped) = sorted(object, &nodes, &graph);
    let mut new = Map::new();
    for (id, (fresh, full)) in &ids {
        if dropped.contains(id) {
            continue;
        }
        let mut node = copied(&nodes, id, &ids, &dropped);
        node.insert("id".to_string(), fresh.as_str().into());
        node.insert("name".to_string(), full.as_str().into());
        node.insert("startedAt".to_string(), object.now().into());
        if skipped.contains(id) {
            stands(&mut node, id, &object.now());
        } else {
            node.insert("phase".to_string(), "Pending".into());
            node.shift_remove("message");
            node.shift_remove("finishedAt");
        }
        new.insert(fresh.clone(), Value::Object(node));
    }
    let mut status = json!({"conditions": [{"type": "Completed", "status": "False"}]});
    if let Some(stored) = object.raw.pointer("/status/storedTemplates") {
        status["storedTemplates"] = stored.clone();
    }
    let large = serde_json::to_vec(&new).map_or(0, |json| json.len()) > MOST / 2;
    match large {
        true => {
            let packed = pack(&new).map_err(|why| {
                refuse(
                    format!("its steps cannot be packed: {why}"),
                    "resubmit all of it",
                )
            })?;
            status["compressedNodes"] = packed.into();
        }
        false => status["nodes"] = Value::Object(new),
    }
    workflow["status"] = status;
    let asked = nodes
        .ids()
        .filter(|id| nodes.text(id, "type") == "Suspend" && dropped.contains(*id));
    Ok(asked.map(|id| nodes.display(id)).collect())
}

/// Nodes that are left out, and nodes that stand as they are.
fn sorted(
    object: &Object<'_>,
    nodes: &Nodes,
    graph: &Graph,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut dropped = BTreeSet::new();
    let mut skipped = graph.superseded(nodes);
    for id in nodes.ids() {
        let retry = graph.retry_of(nodes, id);
        // All attempts of a step that came to its end stand, the failed ones too: nothing is tried again.
        let phase = match retry.as_deref() {
            Some(retry) if nodes.text(retry, "phase") == "Succeeded" => "Succeeded",
            // Of one that did not, none counts.
            Some(retry) if nodes.is_bad(retry) && !is_group(nodes.text(id, "type")) => "Failed",
            _ => nodes.text(id, "phase"),
        };
        let stands = match (nodes.text(id, "type"), phase) {
            (kind, _) if is_group(kind) || skipped.contains(id) => continue,
            ("Suspend", _) => false,
            (_, "Succeeded" | "Skipped") => true,
            _ => false,
        };
        match stands && !is_exit(object, nodes, id) {
            true => skipped.insert(id.to_string()),
            false => dropped.insert(id.to_string()),
        };
    }
    let exit = nodes.ids().filter(|id| is_exit(object, nodes, id));
    dropped.extend(exit.map(str::to_string));
    // The members of a pod stand and fall with it, hooks with the step they belong to.
    let follow: Vec<String> = nodes
        .ids()
        .filter(|id| {
            let pod = nodes.text(id, "boundaryID");
            (nodes.text(id, "type") == "Container" && dropped.contains(pod))
                || graph
                    .host(nodes, id)
                    .is_some_and(|host| dropped.contains(&host) || nodes.is_bad(&host))
        })
        .map(str::to_string)
        .collect();
    let inside = graph.inside(nodes, follow);
    skipped.retain(|id| !inside.contains(id));
    dropped.extend(inside);
    (dropped, skipped)
}

/// A node with the ids of the new workflow.
fn copied(
    nodes: &Nodes,
    id: &str,
    ids: &BTreeMap<String, (String, String)>,
    dropped: &BTreeSet<String>,
) -> Map<String, Value> {
    let mut node = nodes.node(id).as_object().cloned().unwrap_or_default();
    let renamed = |id: &Value| -> Option<Value> {
        let id = id.as_str().filter(|id| !dropped.contains(*id))?;
        Some(ids.get(id)?.0.as_str().into())
    };
    if let Some(boundary) = node.get("boundaryID").and_then(renamed) {
        node.insert("boundaryID".to_string(), boundary);
    }
    for field in ["children", "outboundNodes"] {
        if let Some(Value::Array(list)) = node.get(field) {
            let list: Vec<Value> = list.iter().filter_map(renamed).collect();
            node.insert(field.to_string(), Value::Array(list));
        }
    }
    node
}

/// It stands as skipped. Who looks for its pod finds the one it had.
fn stands(node: &mut Map<String, Value>, id: &str, now: &str) {
    const ORIGINAL: &str = "original pod: ";
    let was_skipped = node.get("phase") == Some(&"Skipped".into());
    let message = node.get("message").and_then(Value::as_str);
    let message = match message {
        // By `when`, or in the run before: it stays what it was.
        Some(message) if was_skipped => message.to_string(),
        _ => format!("{ORIGINAL}{id}"),
    };
    node.insert("message".to_string(), message.into());
    node.insert("phase".to_string(), "Skipped".into());
    node.insert("type".to_string(), "Skipped".into());
    node.insert("finishedAt".to_string(), now.into());
}

/// Source: Argo v4.1.2, `Workflow.NodeID`.
fn node_id(workflow: &str, name: &str) -> String {
    match name == workflow {
        true => workflow.to_string(),
        false => format!("{workflow}-{}", fnv1a32(name)),
    }
}
