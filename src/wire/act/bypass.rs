//! A failed step that counts as passed, so that what depends on it runs.
//! Apart from retrying: the step itself is left as it ended.
//!
//! Source: no client of Argo has this; a live controller (v4.1.2) was seen to go on with every result of it. A value of the step
//! that a later one uses and that is missing hangs the workflow without a word, so that every such value is asked for.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::failing::{self, is_exit, will_fail};
use super::graph::{Graph, is_group};
use super::nodes::Nodes;
use super::object::Object;
use super::parameters;
use super::redo::Redo;
use super::uses::{self, Uses};
use super::{Draft, refuse};
use crate::model::act::{self, Field, Refusal};
use crate::model::workflow::Step;

pub(super) fn bypass(
    object: &Object<'_>,
    step: &str,
    given: &[act::Value],
    reason: &str,
) -> Result<Draft, Refusal> {
    let nodes = Nodes::of(object)?;
    let graph = Graph::of(&nodes);
    let step = step_of(object, &nodes, &graph, step)?;
    let name = nodes.display(&step);
    let template = uses::template(object, &nodes, &graph, &step);
    let uses = Uses::of(object, &nodes, &step);
    let mut draft = Draft::default();
    for (artifact, kept) in uses::artifacts(&uses, nodes.node(&step), template) {
        if !kept {
            return Err(refuse(
                format!(
                    "a later step uses the artifact {artifact} of {name}, which nobody can give"
                ),
                "retry the step, or resubmit the run",
            ));
        }
        draft.warns.push(format!(
            "a later step uses the artifact {artifact} as {name} left it"
        ));
    }
    draft.fields = fields(&uses, &nodes, &step, template, given)?;
    draft.says.push(format!(
        "{name} counts as passed without having run; what depends on it runs"
    ));
    let lacks = |field: &Field| field.required && field.default.is_none();
    if draft.fields.iter().any(lacks) {
        draft
            .warns
            .push("a later step would wait for these values for ever".to_string());
        return Ok(draft);
    }
    let given = parameters::values(&draft.fields);
    let marked = marked(&nodes, &graph, &step);
    let others = failing::others(
        object,
        &nodes,
        &graph,
        &all_of(&nodes, &graph, &step, &marked),
    );
    if !others.is_empty() {
        draft.warns.push(will_fail(&others));
    }
    let mut redo = Redo::new(nodes, graph, &BTreeSet::new());
    let omitted = |id: &String| redo.nodes.text(id, "phase") == "Omitted";
    redo.gone = redo
        .graph
        .after([step.as_str()])
        .into_iter()
        .filter(omitted)
        .collect();
    let mut around = marked.clone();
    around.extend(redo.gone.iter().cloned());
    let mut around = redo.graph.around(&redo.nodes, &around);
    around.retain(|id| !marked.contains(id));
    redo.begin_again(around);
    redo.reset.retain(|id| !marked.contains(id));
    let said = match reason {
        "" => format!("{}{}", Step::BYPASSED, object.actor.name),
        reason => format!("{}{}: {reason}", Step::BYPASSED, object.actor.name),
    };
    let outputs = outputs(redo.nodes.node(&step), template, &given);
    redo.outputs = parameters::global(
        object.raw.get("status"),
        outputs.as_ref().and_then(|all| all.get("parameters")),
    );
    for id in &marked {
        let container = redo.nodes.text(id, "type") == "Container";
        if let Some(node) = redo.nodes.edit(id) {
            node.insert("phase".to_string(), "Succeeded".into());
            node.insert("message".to_string(), said.as_str().into());
            if let Some(outputs) = outputs.clone().filter(|_| !container) {
                node.insert("outputs".to_string(), outputs);
            }
        }
    }
    draft.marks.extend(marked);
    draft.marks.extend(
        given
            .iter()
            .map(|one| format!("{}={}", one.name, one.value)),
    );
    redo.send(object, &mut draft, "bypass")?;
    Ok(draft)
}

/// The step that is marked: the pod of a container, the Retry node of an attempt.
fn step_of(object: &Object<'_>, nodes: &Nodes, graph: &Graph, id: &str) -> Result<String, Refusal> {
    let pod = nodes.text(id, "boundaryID");
    let id = match nodes.text(id, "type") {
        "Container" if nodes.has(pod) => pod,
        _ => id,
    };
    let step = failing::step(nodes, graph, id)?;
    let name = nodes.display(&step);
    let kind = nodes.text(&step, "type");
    if is_exit(object, nodes, &step) {
        return Err(refuse(
            format!("step {name} is part of the exit handler, which runs again as a whole"),
            "retry it",
        ));
    }
    if is_group(kind) && kind != "Retry" {
        return Err(refuse(
            format!("step {name} holds other steps"),
            "choose the step in it that failed",
        ));
    }
    Ok(step)
}

/// The nodes that are marked: the step, of a Retry node its last attempt too, of a containerSet its failed containers.
fn marked(nodes: &Nodes, graph: &Graph, step: &str) -> BTreeSet<String> {
    let mut marked = BTreeSet::from([step.to_string()]);
    if nodes.text(step, "type") == "Retry" {
        marked.extend(graph.attempts(nodes, step).next_back().cloned());
    }
    let members = nodes.ids().filter(|id| {
        nodes.text(id, "type") == "Container"
            && marked.contains(nodes.text(id, "boundaryID"))
            && nodes.is_bad(id)
    });
    let members: Vec<String> = members.map(str::to_string).collect();
    marked.extend(members);
    marked
}

/// All nodes that are no failure of their own any more: what is marked, the other attempts, and what these hold.
fn all_of(nodes: &Nodes, graph: &Graph, step: &str, marked: &BTreeSet<String>) -> BTreeSet<String> {
    let mut all = marked.clone();
    all.extend(graph.inside(nodes, vec![step.to_string()]));
    let members = nodes.ids().filter(|id| {
        nodes.text(id, "type") == "Container" && all.contains(nodes.text(id, "boundaryID"))
    });
    let members: Vec<String> = members.map(str::to_string).collect();
    all.extend(members);
    all
}

/// Outputs that have no value; what was given stands in them. Needed is what a later step uses.
fn fields(
    uses: &Uses,
    nodes: &Nodes,
    step: &str,
    template: &Value,
    given: &[act::Value],
) -> Result<Vec<Field>, Refusal> {
    let node = nodes.node(step);
    let mut fields: Vec<Field> = Vec::new();
    for one in uses::outputs(node, template) {
        if one.get("value").is_some_and(|value| !value.is_null()) {
            continue;
        }
        let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default();
        let global = text("globalName");
        let used = uses.output(&format!("parameters.{}", text("name")))
            || (!global.is_empty() && uses.global(global));
        if let Some(mut field) = parameters::field(one, given) {
            field.required = used;
            fields.push(field);
        }
    }
    let has = node.pointer("/outputs/result").is_some();
    let asked = fields.iter().any(|field| *field.name == *"result");
    if !has && !asked && uses.output("result") {
        let result = json!({"name": "result", "description": "what it would have printed"});
        fields.extend(parameters::field(&result, given));
    }
    let strange = given
        .iter()
        .find(|value| fields.iter().all(|field| field.name != value.name));
    match strange {
        Some(value) => Err(refuse(
            format!("it has no output {} without a value", value.name),
            "leave it out",
        )),
        None => parameters::checked(fields),
    }
}

/// The outputs of a node with the values that are given; `None` where nothing changes.
fn outputs(node: &Value, template: &Value, given: &[act::Value]) -> Option<Value> {
    if given.is_empty() {
        return None;
    }
    let was = node.get("outputs").and_then(Value::as_object);
    let mut outputs = was.cloned().unwrap_or_default();
    let value_of = |name: &str| given.iter().find(|value| *value.name == *name);
    let mut list = Vec::new();
    let mut result = value_of("result");
    for one in uses::outputs(node, template) {
        let name = one.get("name").and_then(Value::as_str).unwrap_or_default();
        let mut one = one.as_object().cloned().unwrap_or_else(Map::new);
        let has = one.get("value").is_some_and(|value| !value.is_null());
        if let Some(value) = value_of(name).filter(|_| !has) {
            one.insert("value".to_string(), (&*value.value).into());
            one.shift_remove("valueFrom");
        }
        if name == "result" {
            result = None;
        }
        list.push(Value::Object(one));
    }
    if !list.is_empty() {
        outputs.insert("parameters".to_string(), Value::Array(list));
    }
    if let Some(value) = result {
        outputs.insert("result".to_string(), (&*value.value).into());
    }
    Some(Value::Object(outputs))
}
