//! What `{{…}}` means inside a template: items, inputs, the workflow, and the results of its siblings.
//! Apart, because DAGs and steps name their siblings differently.

use std::collections::BTreeMap;

use serde_json::Value;

use super::node::{Kind, Node};
use super::run::Run;
use super::spec::plain;
use crate::sim::clock::rfc3339;

/// Where a variable is looked up.
#[derive(Debug)]
pub struct Scope<'a> {
    /// `tasks` or `steps`.
    pub kind: &'static str,
    /// Sibling → name of its node.
    pub siblings: &'a BTreeMap<String, String>,
    /// Inputs of the template.
    pub inputs: &'a [(String, String)],
    /// The item of a fan-out.
    pub item: Option<&'a Value>,
}

impl Scope<'_> {
    /// The value of a variable, if it has one yet.
    pub fn look(&self, run: &Run, name: &str) -> Option<String> {
        if name == "item" {
            return self.item.map(plain);
        }
        if let Some(key) = name.strip_prefix("item.") {
            return self.item.and_then(|item| item.get(key)).map(plain);
        }
        if let Some(key) = name.strip_prefix("inputs.parameters.") {
            let found = self.inputs.iter().find(|(known, _)| known == key);
            return found.map(|(_, value)| value.clone());
        }
        if let Some(rest) = name.strip_prefix("workflow.") {
            return workflow(run, rest);
        }
        let rest = name.strip_prefix(self.kind)?.strip_prefix('.')?;
        let (sibling, path) = rest.split_once('.')?;
        let full = self.siblings.get(sibling)?;
        result(run, full, path)
    }
}

/// `workflow.…`
pub fn workflow(run: &Run, path: &str) -> Option<String> {
    let meta = &run.object["metadata"];
    if let Some(key) = path.strip_prefix("parameters.") {
        let own = super::spec::arguments(&run.object["spec"]["arguments"]);
        let found = own
            .iter()
            .chain(&run.spec.arguments)
            .find(|(name, _)| name == key);
        return found.map(|(_, value)| value.clone());
    }
    if let Some(key) = path.strip_prefix("labels.") {
        return meta["labels"][key].as_str().map(str::to_owned);
    }
    if let Some(key) = path.strip_prefix("annotations.") {
        return meta["annotations"][key].as_str().map(str::to_owned);
    }
    if let Some(key) = path.strip_prefix("outputs.parameters.") {
        let all = run.object["status"]["outputs"]["parameters"].as_array()?;
        return all
            .iter()
            .find(|p| p["name"] == key)
            .map(|p| plain(&p["value"]));
    }
    match path {
        "name" => Some(run.name().to_owned()),
        "namespace" => Some(run.key.namespace.to_string()),
        "uid" => Some(run.uid.clone()),
        "creationTimestamp" => meta["creationTimestamp"].as_str().map(str::to_owned),
        "status" => Some(match run.nodes.get(run.name()) {
            Some(root) => root.phase.word().to_owned(),
            None => run.phase().to_owned(),
        }),
        "serviceAccountName" => Some("default".to_owned()),
        "duration" => Some("0".to_owned()),
        "failures" => Some("[]".to_owned()),
        "parameters" => Some("[]".to_owned()),
        _ => None,
    }
}

fn result(run: &Run, name: &str, path: &str) -> Option<String> {
    if let Some(node) = run.nodes.get(&run.id(name)) {
        if node.kind == Kind::TaskGroup && path.starts_with("outputs.") {
            return Some(gather(
                node.children.iter().filter_map(|id| run.nodes.get(id)),
                path,
            ));
        }
        return of_node(node, path);
    }
    // Items of a step's fan-out have no node above them.
    let prefix = format!("{name}(");
    let items: Vec<&Node> = run
        .nodes
        .values()
        .filter(|node| node.name.starts_with(&prefix))
        .collect();
    (!items.is_empty()).then(|| gather(items.into_iter(), path))
}

fn gather<'a>(nodes: impl Iterator<Item = &'a Node>, path: &str) -> String {
    let all: Vec<Value> = nodes
        .filter_map(|node| of_node(node, path))
        .map(Value::from)
        .collect();
    Value::from(all).to_string()
}

fn of_node(node: &Node, path: &str) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(key) = path.strip_prefix("outputs.parameters.") {
        let all = node.outputs["parameters"].as_array()?;
        let found = all.iter().find(|p| p["name"] == key)?;
        return found.get("value").map(plain);
    }
    match path {
        "status" => node.phase.fulfilled().then(|| node.phase.word().to_owned()),
        "id" => Some(node.id.clone()),
        "name" => Some(node.name.clone()),
        "exitCode" | "outputs.exitCode" => text(&node.outputs["exitCode"]),
        "outputs.result" => text(&node.outputs["result"]),
        "ip" => node.pod_ip.clone(),
        "startedAt" => node.started.map(|at| rfc3339(at.0)),
        "finishedAt" => node.finished.map(|at| rfc3339(at.0)),
        "message" => node.message.clone(),
        _ => None,
    }
}
