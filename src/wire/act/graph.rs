//! Walks over the nodes of a workflow: what comes after a node, which groups it lies in, which hooks hang on it.
//! Apart from what is decided on the way. Broken graphs (cycles, children that are missing) end the walk, never the program.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::nodes::Nodes;

/// The edges of a workflow's nodes.
pub(super) struct Graph {
    parents: BTreeMap<String, Vec<String>>,
    children: BTreeMap<String, Vec<String>>,
}

/// Holds others and does nothing itself. Source: Argo v4.1.2, `NodeType`.
pub(super) fn is_group(kind: &str) -> bool {
    matches!(kind, "DAG" | "Steps" | "StepGroup" | "TaskGroup" | "Retry")
}

/// Does work: it is what fails.
pub(super) fn is_leaf(kind: &str) -> bool {
    matches!(kind, "Pod" | "Container" | "HTTP" | "Plugin" | "Suspend")
}

impl Graph {
    pub(super) fn of(nodes: &Nodes) -> Self {
        let mut graph = Self {
            parents: BTreeMap::new(),
            children: BTreeMap::new(),
        };
        for id in nodes.ids() {
            let children = nodes.node(id).get("children").and_then(Value::as_array);
            for child in children.into_iter().flatten().filter_map(Value::as_str) {
                if nodes.has(child) {
                    let parents = graph.parents.entry(child.to_string()).or_default();
                    parents.push(id.to_string());
                    let children = graph.children.entry(id.to_string()).or_default();
                    children.push(child.to_string());
                }
            }
        }
        graph
    }

    /// Children of a node, in the order its object has them.
    pub(super) fn children(&self, id: &str) -> &[String] {
        self.children.get(id).map_or(&[], Vec::as_slice)
    }

    /// Parents of a node.
    pub(super) fn parents(&self, id: &str) -> &[String] {
        self.parents.get(id).map_or(&[], Vec::as_slice)
    }

    /// Everything after these, themselves among it.
    pub(super) fn after<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut next: Vec<String> = ids.into_iter().map(str::to_string).collect();
        while let Some(id) = next.pop() {
            if found.insert(id.clone()) {
                next.extend(self.children(&id).iter().cloned());
            }
        }
        found
    }

    /// The Retry node whose attempt this is.
    pub(super) fn retry_of(&self, nodes: &Nodes, id: &str) -> Option<String> {
        let parents = self.parents(id).iter();
        parents
            .filter(|parent| nodes.text(parent, "type") == "Retry")
            .find(|_| nodes.flag(id, "retried"))
            .cloned()
    }

    /// The attempts of a Retry node, in their order.
    pub(super) fn attempts<'a>(
        &'a self,
        nodes: &'a Nodes,
        retry: &str,
    ) -> impl DoubleEndedIterator<Item = &'a String> {
        let children = self.children(retry).iter();
        children.filter(|id| nodes.flag(id, "retried"))
    }

    /// The groups that hold a node directly. What only comes after an empty group hangs on it as its content would: names
    /// tell the two apart (`row[0].step`, `fan(1:b)`, `step(0)`). A hook lies where the node lies that it belongs to.
    fn holders(&self, nodes: &Nodes, id: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut next = vec![id.to_string()];
        while let Some(id) = next.pop() {
            if !seen.insert(id.clone()) {
                continue;
            }
            let boundary = nodes.text(&id, "boundaryID");
            if is_group(nodes.text(boundary, "type")) {
                found.insert(boundary.to_string());
            }
            let holds = |parent: &&String| holds(nodes, parent, &id);
            found.extend(self.parents(&id).iter().filter(holds).cloned());
            next.extend(self.host(nodes, &id));
        }
        found
    }

    /// The groups that hold these nodes, directly or further out, without those among them.
    pub(super) fn around(&self, nodes: &Nodes, ids: &BTreeSet<String>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut next: Vec<String> = ids.iter().cloned().collect();
        while let Some(id) = next.pop() {
            for group in self.holders(nodes, &id) {
                if !ids.contains(&group) && found.insert(group.clone()) {
                    next.push(group);
                }
            }
        }
        found
    }

    /// Attempts that hold steps and after which another one was made, with all they hold: nobody looks at them any more.
    pub(super) fn superseded(&self, nodes: &Nodes) -> BTreeSet<String> {
        let retries = nodes.ids().filter(|id| nodes.text(id, "type") == "Retry");
        let next: Vec<String> = retries
            .flat_map(|retry| self.attempts(nodes, retry).rev().skip(1))
            .filter(|id| is_group(nodes.text(id, "type")))
            .cloned()
            .collect();
        if next.is_empty() {
            return BTreeSet::new();
        }
        self.inside(nodes, next)
    }

    /// These groups and all they hold.
    pub(super) fn inside(&self, nodes: &Nodes, groups: Vec<String>) -> BTreeSet<String> {
        let mut contents: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for id in nodes.ids() {
            for group in self.holders(nodes, id) {
                contents.entry(group).or_default().push(id.to_string());
            }
        }
        let mut next = groups;
        let mut found = BTreeSet::new();
        while let Some(id) = next.pop() {
            if found.insert(id.clone()) {
                next.extend(contents.get(&id).into_iter().flatten().cloned());
            }
        }
        found
    }

    /// Nodes after which something succeeded. With `but_hooks` a hook, and what comes after it, says nothing.
    pub(super) fn before_success(&self, nodes: &Nodes, but_hooks: bool) -> BTreeSet<String> {
        let counts = |id: &str| !but_hooks || !nodes.flag(id, "hooked");
        let succeeded = |id: &&str| nodes.text(id, "phase") == "Succeeded" && counts(id);
        let mut next: Vec<&str> = nodes.ids().filter(succeeded).collect();
        let mut found = BTreeSet::new();
        while let Some(id) = next.pop() {
            for parent in self.parents(id) {
                if found.insert(parent.clone()) && counts(parent) {
                    next.push(parent);
                }
            }
        }
        found
    }

    /// The node a hook belongs to.
    pub(super) fn host(&self, nodes: &Nodes, id: &str) -> Option<String> {
        if !nodes.flag(id, "hooked") {
            return None;
        }
        let name = nodes.text(id, "name");
        let host = name
            .strip_suffix(".onExit")
            .or_else(|| Some(name.rsplit_once(".hooks.")?.0))?;
        let parents = self.parents(id).iter();
        parents
            .filter(|parent| nodes.text(parent, "name") == host)
            .find(|parent| *parent != id)
            .cloned()
    }

    /// The exit hook of a node.
    pub(super) fn exit_hook(&self, nodes: &Nodes, id: &str) -> Option<String> {
        let hook = format!("{}.onExit", nodes.text(id, "name"));
        let children = self.children(id).iter();
        children
            .filter(|child| nodes.flag(child, "hooked") && nodes.text(child, "name") == hook)
            .find(|child| *child != id)
            .cloned()
    }
}

/// Whether a parent has this child inside it, and not after it.
fn holds(nodes: &Nodes, parent: &str, child: &str) -> bool {
    let next = match nodes.text(parent, "type") {
        "StepGroup" => '.',
        "TaskGroup" | "Retry" => '(',
        _ => return false,
    };
    let rest = nodes
        .text(child, "name")
        .strip_prefix(nodes.text(parent, "name"));
    rest.is_some_and(|rest| rest.starts_with(next))
}
