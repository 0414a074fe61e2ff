//! A workflow of which some nodes go and some groups run again: what that comes to, and the requests that do it.
//! Apart from the operations, which only choose the nodes.
//!
//! Source: Argo v4.1.2 `FormulateRetryWorkflow`; one merge patch was seen to do the same as its whole object.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::failing::{called, is_exit, some};
use super::graph::{Graph, is_leaf};
use super::nodes::Nodes;
use super::object::{Object, is_name};
use super::parameters::replaced;
use super::write::Write;
use super::{Draft, refuse};
use crate::model::act::{self, Refusal};

/// A workflow of which some nodes go, others run again.
pub(super) struct Redo {
    pub nodes: Nodes,
    pub graph: Graph,
    /// Nodes that go.
    pub gone: BTreeSet<String>,
    /// Groups that run again.
    pub reset: BTreeSet<String>,
    /// `status.outputs.parameters` as they shall be; `None`: as they are.
    pub outputs: Option<Value>,
    pods: Vec<String>,
}

impl Redo {
    /// These steps run again: they go with everything after them, and every group around them runs.
    pub(super) fn new(nodes: Nodes, graph: Graph, chosen: &BTreeSet<String>) -> Self {
        let mut whole = chosen.clone();
        for id in chosen {
            let pod = nodes.text(id, "boundaryID");
            // A container runs again with the whole of its pod.
            if nodes.text(id, "type") == "Container" && nodes.has(pod) {
                whole.insert(pod.to_string());
            }
        }
        for id in whole.clone() {
            // All attempts are forgotten, and counting begins anew.
            if let Some(retry) = graph.retry_of(&nodes, &id) {
                whole.extend(graph.attempts(&nodes, &retry).cloned());
            }
        }
        let members = nodes.ids().filter(|id| {
            nodes.text(id, "type") == "Container" && whole.contains(nodes.text(id, "boundaryID"))
        });
        let members: Vec<String> = members.map(str::to_string).collect();
        whole.extend(members);
        let gone = graph.after(whole.iter().map(String::as_str));
        let reset = graph.around(&nodes, &gone);
        let mut redo = Self {
            nodes,
            graph,
            gone,
            reset: BTreeSet::new(),
            outputs: None,
            pods: Vec::new(),
        };
        redo.begin_again(reset);
        redo
    }

    /// These groups run again, with every group around them; what was left out after them is decided anew.
    pub(super) fn begin_again(&mut self, groups: BTreeSet<String>) {
        let mut all = self.graph.around(&self.nodes, &groups);
        all.extend(groups);
        all.retain(|id| !matches!(self.nodes.text(id, "phase"), "Skipped" | "Omitted"));
        for id in &all {
            if !self.nodes.is_over(id) {
                continue;
            }
            // What comes after a group hangs on the nodes it ended with.
            let ends = self.nodes.node(id).get("outboundNodes");
            let ends = ends.and_then(Value::as_array).into_iter().flatten();
            let ends = ends.filter_map(Value::as_str).chain([id.as_str()]);
            let after = ends.flat_map(|end| self.graph.children(end));
            let omitted = after.filter(|id| self.nodes.text(id, "phase") == "Omitted");
            let omitted = self.graph.after(omitted.map(String::as_str));
            self.gone.extend(omitted);
            // Its exit hook runs when it ends again.
            if let Some(hook) = self.graph.exit_hook(&self.nodes, id) {
                let name = self.nodes.text(&hook, "name");
                let inside = self.graph.after([hook.as_str()]);
                let inside = inside
                    .into_iter()
                    .filter(|id| self.nodes.text(id, "name").starts_with(name));
                self.gone.extend(inside);
            }
        }
        self.reset.extend(all);
        self.reset.retain(|id| !self.gone.contains(id));
    }

    /// The exit handler of the workflow runs again whenever the workflow does.
    fn drop_exit(&mut self, object: &Object<'_>) {
        let inside = self.nodes.ids();
        let inside = inside.filter(|id| is_exit(object, &self.nodes, id));
        let inside: Vec<String> = inside.map(str::to_string).collect();
        self.gone.extend(inside);
        self.reset.retain(|id| !self.gone.contains(id));
    }

    /// Groups whose items may be others with other parameters lose all they hold.
    pub(super) fn expand_again(&mut self) {
        let fans: Vec<String> = (self.reset.iter())
            .filter(|id| matches!(self.nodes.text(id, "type"), "TaskGroup" | "StepGroup"))
            .flat_map(|id| self.graph.children(id).iter().cloned())
            .collect();
        let fans = self.graph.after(fans.iter().map(String::as_str));
        self.gone.extend(fans);
        self.reset.retain(|id| !self.gone.contains(id));
    }

    /// Names of the pods of what goes, as the controller computes them.
    fn find_pods(&mut self, object: &Object<'_>) {
        let names = object.pod_names();
        let pods = self
            .gone
            .iter()
            .filter(|id| self.nodes.text(id, "type") == "Pod");
        self.pods = pods
            .map(|id| {
                let node = self.nodes.node(id);
                let by_reference = node.pointer("/templateRef/template");
                let template = by_reference.or(node.get("templateName"));
                let template = template.and_then(Value::as_str);
                names.of(id, self.nodes.text(id, "name"), template)
            })
            .filter(|name| is_name(name))
            .collect();
        self.pods.sort();
        self.pods.dedup();
    }

    /// Applies it to the nodes.
    fn apply(&mut self, now: &str, running: bool) {
        for id in &self.reset {
            // What still runs is not begun again.
            if running && !self.nodes.is_over(id) {
                continue;
            }
            if let Some(node) = self.nodes.edit(id) {
                node.insert("phase".to_string(), "Running".into());
                node.insert("startedAt".to_string(), now.into());
                node.shift_remove("message");
                node.shift_remove("finishedAt");
            }
        }
        self.nodes.remove(&self.gone);
    }

    /// What runs again, and what is told of it.
    fn tell(&self, object: &Object<'_>, draft: &mut Draft) {
        let of = |wanted: &dyn Fn(&String) -> bool| -> Vec<String> {
            let names = self.gone.iter().filter(|id| wanted(id));
            let names: BTreeSet<String> = names
                .map(|id| called(&self.nodes, &self.graph, id))
                .collect();
            names.into_iter().collect()
        };
        // What is said of the exit handler is said once.
        let again =
            of(&|id| is_leaf(self.nodes.text(id, "type")) && !is_exit(object, &self.nodes, id));
        let left_out = of(&|id| self.nodes.text(id, "type") == "Skipped");
        if !left_out.is_empty() {
            draft.says.push(format!(
                "what was left out is decided anew: {}",
                some(&left_out)
            ));
        }
        draft.again.extend(again);
        draft.pods.extend(self.pods.iter().cloned());
        draft.marks.extend(self.reset.iter().cloned());
        draft.marks.extend(self.gone.iter().cloned());
        if object.is_suspended() {
            draft
                .warns
                .push("it is suspended: it goes on only when it is resumed".to_string());
        }
    }

    /// The requests, for a workflow that is over or one that still runs.
    ///
    /// # Errors
    /// Where a workflow that still runs cannot be changed like this.
    pub(super) fn send(
        self,
        object: &Object<'_>,
        draft: &mut Draft,
        action: &str,
    ) -> Result<(), Refusal> {
        match object.is_done() {
            true => self.finish(object, draft, action, &[]),
            false => self.live(object, draft, action),
        }
    }

    /// The requests for a workflow that is over: pods first, because a pod that is still there keeps its step from running.
    pub(super) fn finish(
        mut self,
        object: &Object<'_>,
        draft: &mut Draft,
        action: &str,
        given: &[act::Value],
    ) -> Result<(), Refusal> {
        self.drop_exit(object);
        self.find_pods(object);
        self.apply(&object.now(), false);
        self.tell(object, draft);
        if object.has_exit() {
            draft
                .says
                .push("its exit handler runs again at the end".to_string());
        }
        let mut status = reopened(object);
        self.fill_status(&mut status)?;
        let mut spec = Map::new();
        spec.insert("shutdown".to_string(), Value::Null);
        if object.raw.pointer("/spec/activeDeadlineSeconds") == Some(&json!(0)) {
            spec.insert("activeDeadlineSeconds".to_string(), Value::Null);
        }
        if !given.is_empty() {
            let own = object.raw.pointer("/spec/arguments/parameters");
            spec.insert(
                "arguments".to_string(),
                json!({"parameters": replaced(own, given)}),
            );
            // The stored specification is the one in force: the controller takes nothing over from the other.
            let stored = object.raw.pointer("/status/storedWorkflowTemplateSpec");
            if let Some(stored) = stored.filter(|stored| stored.is_object()) {
                let list = replaced(stored.pointer("/arguments/parameters"), given);
                let spec = status
                    .entry("storedWorkflowTemplateSpec")
                    .or_insert(json!({}));
                spec["arguments"] = json!({"parameters": list});
            }
        }
        let patch = json!({
            "metadata": {"labels": {
                "workflows.argoproj.io/completed": null,
                "workflows.argoproj.io/workflow-archiving-status": null,
            }},
            "spec": spec,
            "status": status,
        });
        self.put(object, draft, action, patch);
        Ok(())
    }

    /// The requests for a workflow that still runs: nothing but its nodes changes.
    fn live(mut self, object: &Object<'_>, draft: &mut Draft, action: &str) -> Result<(), Refusal> {
        if !object.shutdown().is_empty() {
            return Err(refuse(
                "it is being stopped",
                "wait until it is over, then retry",
            ));
        }
        if self.nodes.is_over(object.name()) {
            return Err(refuse(
                "its steps are over and its exit handler runs",
                "wait until it is over, then retry",
            ));
        }
        let busy = self
            .gone
            .iter()
            .find(|id| is_leaf(self.nodes.text(id, "type")) && !self.nodes.is_over(id));
        if let Some(busy) = busy {
            return Err(refuse(
                format!(
                    "step {} came after it and is not over",
                    self.nodes.display(busy)
                ),
                "wait until it is, or stop the run",
            ));
        }
        self.find_pods(object);
        self.apply(&object.now(), true);
        self.tell(object, draft);
        draft
            .says
            .push("the controller answers an edit of a run that goes on in about 10 s".to_string());
        let mut status = Map::new();
        self.fill_status(&mut status)?;
        let patch = json!({"metadata": {}, "status": status});
        self.put(object, draft, action, patch);
        Ok(())
    }

    fn fill_status(&self, status: &mut Map<String, Value>) -> Result<(), Refusal> {
        self.nodes.patch(status)?;
        if let Some(outputs) = &self.outputs {
            status.insert("outputs".to_string(), json!({"parameters": outputs}));
        }
        Ok(())
    }

    fn put(&self, object: &Object<'_>, draft: &mut Draft, action: &str, patch: Value) {
        let pods = self.pods.iter();
        draft
            .writes
            .extend(pods.map(|pod| Write::pod_away(object.namespace(), pod)));
        draft.writes.push(Write::merge(object, action, patch));
    }
}

/// The status of a workflow that is not over any more.
fn reopened(object: &Object<'_>) -> Map<String, Value> {
    let mut status = Map::new();
    status.insert("phase".to_string(), "".into());
    status.insert("message".to_string(), Value::Null);
    status.insert("startedAt".to_string(), object.now().into());
    status.insert("finishedAt".to_string(), Value::Null);
    let has = |path: &str| object.raw.pointer(path).is_some();
    if has("/status/persistentVolumeClaims") {
        status.insert("persistentVolumeClaims".to_string(), Value::Null);
    }
    if has("/status/storedWorkflowTemplateSpec/shutdown") {
        let spec = json!({"shutdown": null});
        status.insert("storedWorkflowTemplateSpec".to_string(), spec);
    }
    if let Some(Value::Array(conditions)) = object.raw.pointer("/status/conditions") {
        let mut conditions = conditions.clone();
        for condition in &mut conditions {
            if condition.get("type") == Some(&"Completed".into())
                && let Some(condition) = condition.as_object_mut()
            {
                condition.insert("status".to_string(), "False".into());
            }
        }
        status.insert("conditions".to_string(), Value::Array(conditions));
    }
    status
}
