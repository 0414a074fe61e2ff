//! New workflows: the same again, one like this, from a template, from a cron now.
//! Apart from retrying, which makes nothing new.
//!
//! Source: Argo v4.1.2 `FormulateResubmitWorkflow`, `SubmitWorkflow`, `CreateCronWorkflow` (trigger). Names are made here and not by
//! the server (`generateName`): an answer that is lost can be looked for.

use serde_json::{Map, Value, json};

use super::failing::some;
use super::object::{Object, is_name};
use super::write::{self, Write};
use super::{Draft, command, memo, parameters, refuse, stamp};
use crate::model::act::{self, Field, Kind, Refusal};

/// What the labels of Argo begin with.
const ARGO: &str = "workflows.argoproj.io/";
/// Those of them that say what became of a run, or who made it: one that is made again has its own.
const OWN: [&str; 4] = ["phase", "completed", "workflow-archiving-status", "action"];
/// Those of them that a run has in common with one that is only like it.
const SHARED: [&str; 3] = [
    "workflow-template",
    "cluster-workflow-template",
    "controller-instanceid",
];
/// Longest value of a label, in bytes (Kubernetes).
const LABEL: usize = 63;

/// The same workflow again.
pub(super) fn resubmit(
    object: &Object<'_>,
    memoized: bool,
    given: &[act::Value],
) -> Result<Draft, Refusal> {
    if memoized && !object.is_bad() {
        return Err(refuse(
            match object.is_done() {
                true => "nothing of it failed",
                false => "it is not over",
            },
            "resubmit runs all of it again",
        ));
    }
    let mut draft = Draft::default();
    let name = object.new_name(prefix(object), "resubmit");
    let mut workflow = again(object, &name, given);
    let labels = &mut workflow["metadata"]["labels"];
    labels[format!("{ARGO}resubmitted-from-workflow")] = object.name().into();
    if let Some(owners) = object.raw.pointer("/metadata/ownerReferences") {
        workflow["metadata"]["ownerReferences"] = owners.clone();
    }
    workflow["metadata"]["annotations"] = notes(object, "resubmit");
    draft.says.push(format!(
        "a new run {name} of the same specification starts; this one stays as it is"
    ));
    if !object.is_done() {
        draft
            .warns
            .push("this one is not over: both run at the same time".to_string());
    }
    if memoized {
        let asked = memo::put(object, &name, &mut workflow)?;
        draft.says.push("steps that succeeded are not run again; their logs and artifacts are those of this run".to_string());
        if !asked.is_empty() {
            draft
                .says
                .push(format!("asks for an approval again: {}", some(&asked)));
        }
        draft.warns.push("steps that are not run again count as skipped: what asks for their success may decide differently".to_string());
        if !given.is_empty() {
            draft.warns.push(
                "steps that are not run again keep the results they had with the old parameters"
                    .to_string(),
            );
        }
    }
    draft.fields = parameters::fields(object.spec(), given)?;
    draft
        .warns
        .extend(parameters::unknown(&draft.fields, given));
    let mut words = format!("argo resubmit {} -n {}", object.name(), object.namespace());
    if memoized {
        words += " --memoized";
    }
    draft.equivalent = Some(command(words, given));
    mark(&mut draft, object.namespace(), given);
    draft
        .writes
        .push(Write::create(object.namespace(), workflow));
    Ok(draft)
}

/// A new workflow from a template, from a cron now, or like another workflow.
pub(super) fn launch(
    object: &Object<'_>,
    namespace: &str,
    given: &[act::Value],
) -> Result<Draft, Refusal> {
    let mut draft = Draft::default();
    let home = match object.kind() {
        Kind::ClusterWorkflowTemplate => namespace,
        _ => object.namespace(),
    };
    if !is_name(home) {
        return Err(refuse(
            match home {
                "" => "it needs a namespace".to_string(),
                home => format!("{home} is no name of a namespace"),
            },
            "name one",
        ));
    }
    let spec = match object.kind() {
        Kind::CronWorkflow => object
            .raw
            .pointer("/spec/workflowSpec")
            .unwrap_or(&Value::Null),
        _ => object.spec(),
    };
    draft.fields = parameters::fields(spec, given)?;
    draft
        .warns
        .extend(parameters::unknown(&draft.fields, given));
    let name = object.new_name(prefix(object), "launch");
    draft
        .says
        .push(format!("a new run {name} starts in {home}"));
    for value in given {
        draft
            .says
            .push(format!("{} is `{}`", value.name, value.value));
    }
    let (workflow, from) = match object.kind() {
        Kind::QaRun => {
            return Err(refuse(
                "its controller makes its workflows",
                "retry begins another attempt",
            ));
        }
        Kind::Workflow => (like(object, &name, given), None),
        Kind::CronWorkflow => (from_cron(object, &name, given, &mut draft)?, Some("cronwf")),
        Kind::WorkflowTemplate => (
            from_template(object, &name, given)?,
            Some("workflowtemplate"),
        ),
        Kind::ClusterWorkflowTemplate => (
            from_template(object, &name, given)?,
            Some("clusterworkflowtemplate"),
        ),
    };
    draft.equivalent = from.map(|from| {
        let words = format!("argo submit -n {home} --from {from}/{}", object.name());
        command(words, given)
    });
    mark(&mut draft, home, given);
    let lacks = |field: &Field| field.required && field.default.is_none();
    if !draft.fields.iter().any(lacks) {
        draft.writes.push(Write::create(home, workflow));
    }
    Ok(draft)
}

/// The beginning of the new name: what the old one was generated from, else its name.
fn prefix<'a>(object: &Object<'a>) -> &'a str {
    let generated = object.text("/metadata/generateName");
    let generated = generated.trim_end_matches(['-', '.']);
    match is_name(generated) {
        true => generated,
        false => object.name(),
    }
}

/// A workflow with the specification of another one.
fn again(object: &Object<'_>, name: &str, given: &[act::Value]) -> Value {
    let spec = object.raw.get("spec").and_then(Value::as_object);
    let mut spec = spec.cloned().unwrap_or_default();
    spec.shift_remove("shutdown");
    spec.shift_remove("suspend");
    if spec.get("activeDeadlineSeconds") == Some(&json!(0)) {
        spec.shift_remove("activeDeadlineSeconds");
    }
    parameters::put(&mut spec, given);
    let labels = object.raw.pointer("/metadata/labels");
    let labels = labels.and_then(Value::as_object).into_iter().flatten();
    let kept = |name: &str| {
        let own = |rest: &str| {
            OWN.contains(&rest) || rest.starts_with("creator") || rest.starts_with("actor")
        };
        !name.strip_prefix(ARGO).is_some_and(own)
    };
    let labels: Map<String, Value> = labels
        .filter(|(name, _)| kept(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut workflow = new(object, name);
    workflow["metadata"]["labels"] = Value::Object(labels);
    workflow["spec"] = Value::Object(spec);
    workflow
}

/// One like another one, that is not its successor.
fn like(object: &Object<'_>, name: &str, given: &[act::Value]) -> Value {
    let mut workflow = again(object, name, given);
    if let Some(labels) = workflow["metadata"]["labels"].as_object_mut() {
        let shared = |name: &str| {
            name.strip_prefix(ARGO)
                .is_none_or(|rest| SHARED.contains(&rest))
        };
        labels.retain(|name, _| shared(name));
    }
    workflow["metadata"]["annotations"] = notes(object, "launch");
    workflow
}

/// The beginning of what is made. The name is given; what it was made from is noted as the server would (`generateName`), so
/// that names of what is made of it in turn do not grow.
fn new(object: &Object<'_>, name: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "generateName": format!("{}-", prefix(object))},
    })
}

fn from_template(object: &Object<'_>, name: &str, given: &[act::Value]) -> Result<Value, Refusal> {
    if object.text("/spec/entrypoint").is_empty() {
        return Err(refuse(
            "it has no entrypoint: it only holds step templates for others",
            "launch one that refers to it",
        ));
    }
    let cluster = object.kind() == Kind::ClusterWorkflowTemplate;
    let mut reference = json!({"name": object.name()});
    let mut label = "workflow-template";
    if cluster {
        reference["clusterScope"] = true.into();
        label = "cluster-workflow-template";
    }
    let mut labels = Map::new();
    if object.name().len() <= LABEL {
        labels.insert(format!("{ARGO}{label}"), object.name().into());
    }
    instance(object, &mut labels);
    let mut spec = Map::new();
    spec.insert("workflowTemplateRef".to_string(), reference);
    parameters::put(&mut spec, given);
    let mut workflow = new(object, name);
    workflow["metadata"]["labels"] = Value::Object(labels);
    workflow["metadata"]["annotations"] = notes(object, "launch");
    workflow["spec"] = Value::Object(spec);
    Ok(workflow)
}

/// The controller that takes care of an object takes care of what is made of it.
fn instance(object: &Object<'_>, labels: &mut Map<String, Value>) {
    let name = format!("{ARGO}controller-instanceid");
    let own = format!("/metadata/labels/{}", write::escaped(&name));
    if let Some(own) = object.raw.pointer(&own) {
        labels.insert(name, own.clone());
    }
}

/// Runs of a cron that are not over.
pub(super) fn active(object: &Object<'_>) -> Vec<String> {
    let active = object.raw.pointer("/status/active");
    let active = active.and_then(Value::as_array).into_iter().flatten();
    let names = active.filter_map(|one| one.get("name")?.as_str());
    names.map(str::to_string).collect()
}

/// What the schedule would make, now. The cron adopts it: it counts among its active runs and in its history.
fn from_cron(
    object: &Object<'_>,
    name: &str,
    given: &[act::Value],
    draft: &mut Draft,
) -> Result<Value, Refusal> {
    let Some(Value::Object(spec)) = object.raw.pointer("/spec/workflowSpec") else {
        return Err(refuse("it has no workflow to run", "look at its YAML"));
    };
    let begins = |field: &str| spec.get(field).is_some_and(|it| !it.is_null());
    if !begins("entrypoint") && !begins("workflowTemplateRef") {
        return Err(refuse("its workflow has no entrypoint", "look at its YAML"));
    }
    let active = active(object);
    if !active.is_empty() {
        let text = format!("it runs already: {}", some(&active));
        match object.text("/spec/concurrencyPolicy") {
            // The server would take it: the policy is kept for scheduled runs only.
            "Forbid" => {
                return Err(refuse(
                    format!("{text}, and its concurrencyPolicy is Forbid"),
                    "wait for that run, or stop it",
                ));
            }
            "Replace" => draft.warns.push(format!(
                "{text}; concurrencyPolicy Replace does not end that run for one that is started by hand: both run"
            )),
            _ => draft.warns.push(text),
        }
    }
    if object.is_suspended() {
        draft
            .says
            .push("it is suspended and stays so: only this one run starts".to_string());
    }
    draft
        .says
        .push("the run counts in the history of the cron, which keeps the last few".to_string());
    let mut spec = spec.clone();
    parameters::put(&mut spec, given);
    let more = |field: &str| {
        let path = format!("/spec/workflowMetadata/{field}");
        let from = object.raw.pointer(&path).and_then(Value::as_object);
        from.cloned().unwrap_or_default()
    };
    let mut labels = more("labels");
    if object.name().len() <= LABEL {
        labels.insert(format!("{ARGO}cron-workflow"), object.name().into());
    }
    instance(object, &mut labels);
    let mut annotations = more("annotations");
    annotations.insert(format!("{ARGO}scheduled-time"), object.now().into());
    if let Value::Object(stamps) = write::stamps(object, "launch") {
        annotations.extend(stamps);
    }
    let mut workflow = new(object, name);
    let metadata = &mut workflow["metadata"];
    metadata["labels"] = Value::Object(labels);
    metadata["annotations"] = Value::Object(annotations);
    metadata["ownerReferences"] = json!([{
        "apiVersion": "argoproj.io/v1alpha1", "kind": "CronWorkflow", "name": object.name(),
        "uid": object.uid(), "controller": true, "blockOwnerDeletion": true,
    }]);
    if let Some(finalizers) = object.raw.pointer("/spec/workflowMetadata/finalizers") {
        metadata["finalizers"] = finalizers.clone();
    }
    workflow["spec"] = Value::Object(spec);
    Ok(workflow)
}

/// What a new workflow takes over of another's notes, and ours. What the controller wrote is its own.
fn notes(object: &Object<'_>, action: &str) -> Value {
    let mut notes = Map::new();
    if object.kind() == Kind::Workflow {
        let was = object
            .raw
            .pointer("/metadata/annotations")
            .and_then(Value::as_object);
        let foreign = |name: &str| {
            !name.starts_with("workflows.argoproj.io/")
                && ![stamp::ACTOR, stamp::ACTION, stamp::AT].contains(&name)
                && !name.starts_with("kubectl.kubernetes.io/")
        };
        notes.extend(
            (was.into_iter().flatten())
                .filter(|(name, _)| foreign(name))
                .map(|(name, value)| (name.clone(), value.clone())),
        );
    }
    if let Value::Object(stamps) = write::stamps(object, action) {
        notes.extend(stamps);
    }
    Value::Object(notes)
}

fn mark(draft: &mut Draft, home: &str, given: &[act::Value]) {
    draft.marks.push(home.to_string());
    draft.marks.extend(
        given
            .iter()
            .map(|one| format!("{}={}", one.name, one.value)),
    );
}
