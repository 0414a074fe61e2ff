//! A workflow as a whole: suspended, resumed, ended, deleted.
//! Apart from its steps, which none of these touches.
//!
//! Source: Argo v4.1.2 `SuspendWorkflow`, `StopWorkflow`, `TerminateWorkflow`; seen live: `spec.suspend` blocks a stop for ever, and a
//! queued workflow ignores one.

use serde_json::{Value, json};

use super::failing::some;
use super::object::Object;
use super::write::{Method, Write};
use super::{Draft, refuse};
use crate::model::act::{Kind, Refusal};

const OVER: &str = "it is over";

pub(super) fn suspend(object: &Object<'_>) -> Result<Draft, Refusal> {
    if object.is_done() {
        return Err(refuse(OVER, "there is nothing to suspend"));
    }
    if object.is_suspended() {
        return Err(refuse("it is suspended already", "resume goes on"));
    }
    let mut draft = Draft::default();
    draft
        .says
        .push("what runs goes on to its end; no new step starts".to_string());
    draft
        .warns
        .push("a timed pause does not end while it is suspended".to_string());
    draft.equivalent = Some(command(object, "argo suspend"));
    turned(object, &mut draft, "suspend", Some(true), None);
    Ok(draft)
}

pub(super) fn resume(object: &Object<'_>) -> Result<Draft, Refusal> {
    if object.is_done() {
        return Err(refuse(OVER, "retry or resubmit runs it again"));
    }
    if !object.is_suspended() {
        return Err(refuse(
            "it is not suspended",
            "a step that waits is approved",
        ));
    }
    let mut draft = Draft::default();
    draft.says.push(
        "it goes on in about 10 s; steps that wait for an approval go on waiting".to_string(),
    );
    draft.equivalent = Some(patched(object, "{\"spec\":{\"suspend\":null}}"));
    turned(object, &mut draft, "resume", None, None);
    Ok(draft)
}

/// `Stop` or `Terminate`.
pub(super) fn end(object: &Object<'_>, how: &str) -> Result<Draft, Refusal> {
    if object.is_done() {
        return Err(refuse(OVER, "there is nothing to end"));
    }
    let stops = how == "Stop";
    match (object.shutdown(), stops) {
        ("Terminate", _) => {
            return Err(refuse("it is being terminated", "wait for the controller"));
        }
        ("Stop", true) => {
            return Err(refuse(
                "it is being stopped already",
                "wait for the controller, or terminate it",
            ));
        }
        _ => {}
    }
    let mut draft = Draft::default();
    draft.says.push(
        "steps that run are told to end (SIGTERM), those that wait fail; it ends Failed"
            .to_string(),
    );
    if object.has_exit() {
        draft.says.push(match stops {
            true => "its exit handler runs".to_string(),
            false => "its exit handler does not run".to_string(),
        });
    }
    draft
        .says
        .push("the controller answers in about 10 s".to_string());
    if stops && is_queued(object) {
        draft.warns.push("it waits in a queue or for a lock: a stop is ignored until it starts; terminate ends it".to_string());
    }
    let verb = if stops { "stop" } else { "terminate" };
    // A suspended workflow is not looked at, not even to end it.
    draft.equivalent = Some(match object.is_suspended() {
        true => patched(
            object,
            &format!("{{\"spec\":{{\"shutdown\":\"{how}\",\"suspend\":null}}}}"),
        ),
        false => command(object, &format!("argo {verb}")),
    });
    turned(object, &mut draft, verb, None, Some(how));
    Ok(draft)
}

/// It has not been admitted: a queue, or a lock of the whole workflow.
fn is_queued(object: &Object<'_>) -> bool {
    object.phase() == "Pending"
        || object.phase().is_empty()
            && ["mutex", "semaphore"].iter().any(|lock| {
                let path = format!("/status/synchronization/{lock}/waiting");
                let waiting = object.raw.pointer(&path).and_then(Value::as_array);
                waiting.is_some_and(|waiting| !waiting.is_empty())
            })
}

/// The request that turns `spec.suspend` and `spec.shutdown`. Somebody who turns the first in between is met by its test:
/// a stop that leaves a workflow suspended would never be carried out.
fn turned(
    object: &Object<'_>,
    draft: &mut Draft,
    verb: &str,
    suspend: Option<bool>,
    shutdown: Option<&str>,
) {
    let was = object.raw.pointer("/spec/suspend").cloned();
    let tests =
        [json!({"op": "test", "path": "/spec/suspend", "value": was.clone().unwrap_or_default()})];
    let mut ops = Vec::new();
    if let Some(how) = shutdown {
        ops.push(json!({"op": "add", "path": "/spec/shutdown", "value": how}));
    }
    match suspend {
        Some(value) => ops.push(json!({"op": "add", "path": "/spec/suspend", "value": value})),
        None if was.is_some() => ops.push(json!({"op": "remove", "path": "/spec/suspend"})),
        None => {}
    }
    draft.writes.push(Write::tested(object, verb, &tests, ops));
}

fn command(object: &Object<'_>, words: &str) -> String {
    format!("{words} {} -n {}", object.name(), object.namespace())
}

fn patched(object: &Object<'_>, patch: &str) -> String {
    format!(
        "{} --type merge -p '{patch}'",
        command(object, "kubectl patch workflow")
    )
}

/// Deletes an object; with `force` its finalizers go first.
pub(super) fn delete(object: &Object<'_>, force: bool) -> Result<Draft, Refusal> {
    if matches!(
        object.kind(),
        Kind::WorkflowTemplate | Kind::ClusterWorkflowTemplate
    ) {
        return Err(refuse(
            "templates belong to whoever deploys them",
            "kubectl deletes one",
        ));
    }
    let finalizers = object.texts("/metadata/finalizers");
    let freed = force && !finalizers.is_empty();
    if object.is_going() && !freed {
        return Err(refuse(
            format!("it is being deleted, and waits for {}", list(&finalizers)),
            "force removes its finalizers",
        ));
    }
    let mut draft = Draft::default();
    match object.kind() {
        Kind::CronWorkflow => cron_goes(object, &mut draft),
        Kind::QaRun => draft
            .says
            .push("the workflows of its attempts go with it, with their pods and logs".to_string()),
        _ => draft
            .says
            .push("its pods and their logs go with it; an archived copy stays".to_string()),
    }
    if object.kind() == Kind::Workflow && !object.is_done() {
        draft
            .warns
            .push("it still runs: its pods are killed, and no exit handler runs".to_string());
    }
    let waits = finalizers.iter().any(|name| name.ends_with("/artifact-gc"));
    match (waits, force) {
        (true, false) => draft.says.push(
            "it goes when its artifacts are cleaned up (finalizer artifact-gc); where that cannot succeed it stays, and --force deletes it".to_string(),
        ),
        (_, true) if !finalizers.is_empty() => draft.warns.push(format!(
            "finalizers are removed first: {}; what they guard is left behind",
            finalizers.join(", ")
        )),
        _ => {}
    }
    let mut conditions = json!({"uid": object.uid()});
    if freed {
        let patch = json!({"metadata": {"finalizers": null}});
        draft.writes.push(Write::merge(object, "delete", patch));
    } else {
        conditions["resourceVersion"] = object.version().into();
    }
    let words = match object.kind() {
        Kind::CronWorkflow => "argo cron delete",
        Kind::QaRun => "kubectl delete qaruns.agents.platform",
        _ => "argo delete",
    };
    draft.equivalent = Some(match freed {
        true if object.kind() != Kind::Workflow => patched_away(object),
        true => format!("{} --force", command(object, words)),
        false => command(object, words),
    });
    draft.writes.push(Write {
        method: Method::Delete,
        path: object.path(),
        content: Some("application/json"),
        body: Some(json!({
            "apiVersion": "v1", "kind": "DeleteOptions",
            "propagationPolicy": "Background", "preconditions": conditions,
        })),
        verb: "delete",
        resource: object.resource(),
        namespace: object.namespace().into(),
        name: Some(object.name().into()),
        // One that was being deleted goes with its last finalizer.
        missing_is_fine: freed && object.is_going(),
        places_only: false,
    });
    Ok(draft)
}

fn patched_away(object: &Object<'_>) -> String {
    format!(
        "{} --type merge -p '{{\"metadata\":{{\"finalizers\":null}}}}' && {}",
        command(object, &format!("kubectl patch {}", object.resource())),
        command(object, &format!("kubectl delete {}", object.resource()))
    )
}

/// The workflows of a cron belong to it: the garbage collector deletes them with it.
fn cron_goes(object: &Object<'_>, draft: &mut Draft) {
    draft
        .says
        .push("its runs go with it, with their pods and logs; archived copies stay".to_string());
    let active = super::create::active(object);
    if !active.is_empty() {
        draft
            .warns
            .push(format!("runs that are not over go too: {}", some(&active)));
    }
}

fn list(names: &[&str]) -> String {
    match names.is_empty() {
        true => "the server".to_string(),
        false => names.join(", "),
    }
}
