//! Steps that wait for a person: let pass, with the values they ask for, or failed.
//! Apart from suspending a whole workflow, which no step decides.
//!
//! Source: Argo v4.1.2 `resumeWorkflow`, `updateSuspendedNode`; seen live: without `finishedAt` the node never gets one, and a
//! supplied value that is missing hangs the workflow without a word.

use serde_json::{Map, Value, json};

use super::nodes::Nodes;
use super::object::Object;
use super::write::{self, Write};
use super::{Draft, parameters, refuse, shell};
use crate::model::act::{self, Field, Refusal};

/// Lets a waiting step pass.
pub(super) fn approve(
    object: &Object<'_>,
    step: &str,
    values: &[act::Value],
    message: &str,
) -> Result<Draft, Refusal> {
    let nodes = Nodes::of(object)?;
    waits(object, &nodes, step)?;
    let mut draft = Draft::default();
    let name = nodes.display(step);
    draft.fields = asked(&nodes, step, values)?;
    draft.says.push(format!("{name} passes"));
    if draft.fields.iter().any(|field| field.default.is_none()) {
        draft
            .warns
            .push("what comes after it would wait for these values for ever".to_string());
        return Ok(draft);
    }
    let said = words("approved", object, message);
    let mut changes = vec![
        ("phase", json!("Succeeded")),
        ("message", json!(said)),
        ("finishedAt", json!(object.now())),
    ];
    let list = given(&nodes, step, &draft.fields);
    if let Some(list) = &list {
        let outputs = nodes.node(step).get("outputs").and_then(Value::as_object);
        let mut outputs = outputs.cloned().unwrap_or_default();
        outputs.insert("parameters".to_string(), list.clone());
        changes.push(("outputs", Value::Object(outputs)));
    }
    for field in &draft.fields {
        let value = field.default.as_deref().unwrap_or_default();
        draft
            .says
            .push(format!("{} is set to `{value}`", field.name));
    }
    draft.equivalent = Some(equivalent(object, step, &draft.fields, message));
    if object.is_suspended() {
        draft
            .warns
            .push("the whole run is suspended too: it goes on only when it is resumed".to_string());
    }
    let global = parameters::global(object.raw.get("status"), list.as_ref());
    send(object, nodes, step, "approve", changes, global, &mut draft)?;
    Ok(draft)
}

/// What does the same from a shell: values are set first.
fn equivalent(object: &Object<'_>, step: &str, fields: &[Field], message: &str) -> String {
    let (name, namespace) = (object.name(), object.namespace());
    let selector = format!("--node-field-selector {}", shell(&format!("id={step}")));
    let resume = format!("argo resume {name} -n {namespace} {selector}");
    if fields.is_empty() && message.is_empty() {
        return resume;
    }
    let mut set = format!("argo node set {name} -n {namespace} {selector}");
    for field in fields {
        let value = field.default.as_deref().unwrap_or_default();
        let pair = format!("{}={value}", field.name);
        set += &format!(" --output-parameter {}", shell(&pair));
    }
    if !message.is_empty() {
        set += &format!(" --message {}", shell(message));
    }
    format!("{set} && {resume}")
}

/// Fails a waiting step.
pub(super) fn reject(object: &Object<'_>, step: &str, message: &str) -> Result<Draft, Refusal> {
    let nodes = Nodes::of(object)?;
    waits(object, &nodes, step)?;
    let mut draft = Draft::default();
    draft.says.push(format!(
        "{} fails, and with it what depends on it",
        nodes.display(step)
    ));
    let said = words("rejected", object, message);
    draft.equivalent = Some(format!(
        "argo stop {} -n {} --node-field-selector {} --message {}",
        object.name(),
        object.namespace(),
        shell(&format!("id={step}")),
        shell(&said)
    ));
    let changes = vec![
        ("phase", json!("Failed")),
        ("message", json!(said)),
        ("finishedAt", json!(object.now())),
    ];
    send(object, nodes, step, "reject", changes, None, &mut draft)?;
    Ok(draft)
}

/// It is a step, and it waits.
fn waits(object: &Object<'_>, nodes: &Nodes, step: &str) -> Result<(), Refusal> {
    if object.is_done() {
        return Err(refuse(
            "it is over",
            "a rejected approval can be asked again: retry that step",
        ));
    }
    if !object.shutdown().is_empty() {
        return Err(refuse(
            "it is being stopped",
            "wait until it is over; retrying that step asks again",
        ));
    }
    if !nodes.has(step) {
        return Err(refuse(
            "the step is not there any more",
            "look at the run again",
        ));
    }
    let name = nodes.display(step);
    if nodes.text(step, "type") != "Suspend" {
        return Err(refuse(
            format!("step {name} does not wait for anybody"),
            "a step that runs cannot be skipped: the controller sets it back; one that failed can be bypassed",
        ));
    }
    match nodes.text(step, "phase") {
        "Running" => Ok(()),
        phase => Err(refuse(
            format!("step {name} is {phase}: somebody has answered"),
            "look at the run again",
        )),
    }
}

/// `approved by jane: looks good`.
fn words(what: &str, object: &Object<'_>, message: &str) -> String {
    match message {
        "" => format!("{what} by {}", object.actor.name),
        message => format!("{what} by {}: {message}", object.actor.name),
    }
}

/// The output parameters that a person supplies, with what the inputs of the same name say about them: the value an input has is what
/// a form begins with (as in the UI of Argo), before what the output falls back to.
fn asked(nodes: &Nodes, step: &str, values: &[act::Value]) -> Result<Vec<Field>, Refusal> {
    let list = |path: &str| {
        let list = nodes.node(step).pointer(path).and_then(Value::as_array);
        list.into_iter().flatten()
    };
    let mut fields = Vec::new();
    for one in list("/outputs/parameters") {
        if one.pointer("/valueFrom/supplied").is_none() {
            continue;
        }
        let mut asked = one.as_object().cloned().unwrap_or_default();
        let input = list("/inputs/parameters").find(|input| input.get("name") == one.get("name"));
        for field in ["enum", "description", "value", "default"] {
            if let Some(value) = input.and_then(|input| input.get(field)) {
                asked.entry(field).or_insert(value.clone());
            }
        }
        fields.extend(parameters::field(&Value::Object(asked), values));
    }
    let strange = values
        .iter()
        .find(|value| fields.iter().all(|field| field.name != value.name));
    match strange {
        Some(value) => Err(refuse(
            format!("it does not ask for {}", value.name),
            match fields.is_empty() {
                true => "it asks for no value".to_string(),
                false => {
                    let names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
                    format!("it asks for {}", names.join(", "))
                }
            },
        )),
        None => parameters::checked(fields),
    }
}

/// All output parameters with the values that were given; `None` where there is none.
fn given(nodes: &Nodes, step: &str, fields: &[Field]) -> Option<Value> {
    let list = nodes
        .node(step)
        .pointer("/outputs/parameters")
        .and_then(Value::as_array)?;
    let mut list = list.clone();
    for one in &mut list {
        if one.pointer("/valueFrom/supplied").is_none() {
            continue;
        }
        let name = one.get("name").and_then(Value::as_str).unwrap_or_default();
        let value = fields.iter().find(|field| *field.name == *name);
        let value = value
            .and_then(|field| field.default.clone())
            .unwrap_or_default();
        if let Some(one) = one.as_object_mut() {
            one.insert("value".to_string(), (&*value).into());
            one.shift_remove("valueFrom");
        }
    }
    Some(Value::Array(list))
}

/// The request: a patch with tests where the nodes are plain, else a merge patch of the packed ones.
fn send(
    object: &Object<'_>,
    mut nodes: Nodes,
    step: &str,
    action: &str,
    changes: Vec<(&str, Value)>,
    global: Option<Value>,
    draft: &mut Draft,
) -> Result<(), Refusal> {
    draft
        .says
        .push("the controller answers in about 10 s".to_string());
    draft.marks.push(step.to_string());
    draft.marks.extend(
        changes
            .iter()
            .filter(|(name, _)| *name == "outputs")
            .map(|(_, value)| value.to_string()),
    );
    let plain = object.text("/status/compressedNodes").is_empty();
    if !plain {
        if let Some(node) = nodes.edit(step) {
            node.extend(
                changes
                    .into_iter()
                    .map(|(name, value)| (name.to_string(), value)),
            );
        }
        let mut status = Map::new();
        nodes.patch(&mut status)?;
        if let Some(global) = global {
            status.insert("outputs".to_string(), json!({"parameters": global}));
        }
        draft.writes.push(Write::merge(
            object,
            action,
            json!({"metadata": {}, "status": status}),
        ));
        return Ok(());
    }
    let path = format!("/status/nodes/{}", write::escaped(step));
    let mut tests =
        vec![json!({"op": "test", "path": format!("{path}/phase"), "value": "Running"})];
    let mut ops: Vec<Value> = changes
        .into_iter()
        .map(|(name, value)| json!({"op": "add", "path": format!("{path}/{name}"), "value": value}))
        .collect();
    if let Some(global) = global {
        let was = object.raw.pointer("/status/outputs").cloned();
        let has = was.as_ref().is_some_and(Value::is_object);
        tests.push(
            json!({"op": "test", "path": "/status/outputs", "value": was.unwrap_or_default()}),
        );
        ops.push(match has {
            true => json!({"op": "add", "path": "/status/outputs/parameters", "value": global}),
            false => {
                json!({"op": "add", "path": "/status/outputs", "value": {"parameters": global}})
            }
        });
    }
    draft
        .writes
        .push(Write::tested(object, action, &tests, ops));
    Ok(())
}
