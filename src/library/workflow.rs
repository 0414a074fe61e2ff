//! The workflow of an attempt: what stands around its templates.
//! Apart from the flow, because this part is the same whatever is verified.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::container::{self, KEPT, USER, security};
use super::flow::{Flow, MAIN};
use super::step::Place;
use super::{Problem, check, foreign, output, safe};
use crate::model::qarun::{API_VERSION, KIND, Spec, annotation, label};

/// Name of the exit handler.
const EXIT: &str = "verdict";
/// The script of the exit handler.
const SCRIPT: &str = include_str!("verdict.sh");
/// Image of the exit handler where a run names none: anything with a `sh`.
const IMAGE: &str = "busybox:1.37";
/// The one thing Argo replaces in what is rendered here: how the workflow ended, a word of its own.
pub const STATUS: &str = "{{workflow.status}}";
/// Longest name of a workflow, for Argo puts it into labels.
pub const NAME: usize = 63;
/// Most bytes of a rendered workflow: with its status Argo takes a mebibyte (`MAX_WORKFLOW_SIZE`).
const SIZE: usize = 600_000;

/// What a workflow is made for.
#[derive(Clone, Debug, Default)]
pub struct Made<'a> {
    /// Its name, at most 63 characters. The caller makes it: the same attempt has the same name.
    pub workflow: &'a str,
    /// Namespace.
    pub namespace: &'a str,
    /// Name of the QARun; empty where it is only shown.
    pub run: &'a str,
    /// Uid of the QARun, its owner; empty where it is only shown.
    pub uid: &'a str,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Digest of the spec, kept beside it.
    pub digest: &'a str,
}

/// The workflow of an attempt, as it is created.
///
/// # Errors
/// Everything that is wrong with the spec.
pub fn render(spec: &Spec, made: &Made) -> Result<Value, Vec<Problem>> {
    let mut problems = check(spec);
    if made.workflow.is_empty() || made.workflow.len() > NAME {
        let what = format!(
            "the workflow's name has {} characters; 1 to {NAME} are allowed",
            made.workflow.len()
        );
        problems.push(Problem::new("metadata.name", what));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let workflow = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": metadata(spec, made),
        "spec": workflow_spec(spec),
    });
    fits(&workflow).map_err(|problem| vec![problem])?;
    Ok(workflow)
}

/// The same as a WorkflowTemplate of this name, to be launched from: it belongs to no QARun.
///
/// # Errors
/// The same; and there is none of a spec that itself only refers to a template.
pub fn render_template(spec: &Spec, name: &str, namespace: &str) -> Result<Value, Vec<Problem>> {
    if spec.template().builtin().is_none() {
        let what = "only a builtin template can be made into a WorkflowTemplate";
        return Err(vec![Problem::new("spec.template.kind", what)]);
    }
    let made = Made {
        workflow: name,
        namespace,
        attempt: 1,
        ..Made::default()
    };
    let mut template = render(spec, &made)?;
    template["kind"] = "WorkflowTemplate".into();
    let names = spec.template();
    template["metadata"]["annotations"] = json!({
        "workflows.argoproj.io/title": format!("{} of {}", names.name, spec.service),
        "workflows.argoproj.io/description": format!("{} criteria, made by tiphys", spec.criteria.len()),
    });
    // What is launched from it carries what the workflow of a run would.
    template["spec"]["workflowMetadata"] = json!({"labels": template["metadata"]["labels"]});
    Ok(template)
}

fn metadata(spec: &Spec, made: &Made) -> Value {
    let single = match &spec.environments[..] {
        [one] => Some(one),
        _ => None,
    };
    let mut labels = Place {
        spec,
        environment: single,
    }
    .labels();
    let mut notes = BTreeMap::new();
    if !made.uid.is_empty() {
        // A name may be longer than a label; the uid never is.
        if made.run.len() <= NAME {
            labels.insert(label::RUN.to_owned(), made.run.into());
        }
        labels.insert(label::UID.to_owned(), made.uid.into());
        labels.insert(label::ATTEMPT.to_owned(), made.attempt.to_string().into());
        let template = spec.template().name;
        if template.len() <= NAME {
            labels.insert(label::TEMPLATE.to_owned(), template.into());
        }
        notes.insert(label::RUN, made.run);
    }
    if !made.digest.is_empty() {
        notes.insert(annotation::SPEC, made.digest);
    }
    let mut metadata = json!({"name": made.workflow, "labels": labels});
    if !made.namespace.is_empty() {
        metadata["namespace"] = made.namespace.into();
    }
    if !notes.is_empty() {
        metadata["annotations"] = json!(notes);
    }
    if !made.uid.is_empty() {
        metadata["ownerReferences"] = json!([{
            "apiVersion": API_VERSION, "kind": KIND, "name": made.run, "uid": made.uid,
            "controller": true, "blockOwnerDeletion": true,
        }]);
    }
    metadata
}

/// What holds for a workflow whoever wrote its templates.
fn workflow_spec(spec: &Spec) -> Value {
    let template = spec.template();
    let people = spec.criteria.iter().any(|one| one.check.waits_for_people());
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    match template.builtin() {
        Some(builtin) => {
            let mut templates = Flow::of(builtin, &template).templates(spec);
            templates.push(exit_handler(spec));
            put("entrypoint", MAIN.into());
            put("onExit", EXIT.into());
            put("templates", templates.into());
            put("parallelism", spec.parallelism().into());
            put("securityContext", pod_security());
            put("podMetadata", pod_metadata(spec));
            if !spec.artifacts.is_empty() {
                put("archiveLogs", true.into());
            }
        }
        None => {
            put("workflowTemplateRef", foreign::reference(&template));
            put("arguments", foreign::arguments(&template));
            if let Some(parallelism) = spec.parallelism {
                put("parallelism", parallelism.into());
            }
        }
    }
    // Of somebody else's template the usual time is not known: what nobody says stays as it is there.
    let said = spec.timeouts().run_seconds.is_some();
    if said || template.builtin().is_some() {
        put("activeDeadlineSeconds", spec.timeouts().run(people).into());
    }
    // Pods of failed steps stay, for their logs.
    put("podGC", json!({"strategy": "OnPodSuccess"}));
    put(
        "ttlStrategy",
        json!({"secondsAfterCompletion": spec.ttl().workflow()}),
    );
    if let Some(account) = &spec.service_account_name {
        put("serviceAccountName", account.clone().into());
    }
    out.into()
}

/// What every pod carries.
fn pod_metadata(spec: &Spec) -> Value {
    let place = Place {
        spec,
        environment: None,
    };
    json!({"labels": place.labels(), "annotations": container::annotations()})
}

/// What holds for every container of a pod, those of Argo among them.
fn pod_security() -> Value {
    json!({
        "runAsNonRoot": true, "runAsUser": USER, "runAsGroup": USER, "fsGroup": USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    })
}

/// Writes the verdict where every tool that reads workflows finds it. Whoever runs the QARun judges by the steps.
fn exit_handler(spec: &Spec) -> Value {
    let image = spec.image.as_deref().unwrap_or(IMAGE);
    let verdict = output::VERDICT;
    json!({
        "name": EXIT,
        "activeDeadlineSeconds": 300,
        "container": {
            "image": image,
            "command": ["sh", "-c", SCRIPT],
            "env": [{"name": "TIPHYS_STATUS", "value": STATUS}],
            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
            "securityContext": security(),
            "volumeMounts": [{"name": "tiphys", "mountPath": KEPT}],
        },
        "volumes": [{"name": "tiphys", "emptyDir": {"sizeLimit": "16Mi"}}],
        "outputs": {"parameters": [{
            "name": verdict, "globalName": verdict,
            "valueFrom": {"path": format!("{KEPT}/{verdict}"), "default": "inconclusive"},
        }]},
    })
}

/// Nothing in it is replaced by Argo but what is meant to be, and a server takes it.
fn fits(workflow: &Value) -> Result<(), Problem> {
    let text = workflow.to_string();
    if text.len() > SIZE {
        let what = format!(
            "the workflow has {} bytes, {SIZE} are allowed: make fewer criteria or shorter scripts",
            text.len()
        );
        return Err(Problem::new("spec.criteria", what));
    }
    if text.replace(STATUS, "").contains(safe::BRACES) {
        return Err(Problem::new(
            "spec",
            "the workflow has `{{` where nothing should be replaced",
        ));
    }
    Ok(())
}
