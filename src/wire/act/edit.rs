//! What a person changed in the manifest of an object, and what will come of it.
//! Apart from the operations that know what they change: here it can be anything, so nothing of it is repaired or completed.
//!
//! Source: Argo v4.1.2, `setStoredWfSpec`: a run from a template runs from the copy in its status, into which only `suspend`, `shutdown`
//! and the entrypoint of its own specification are taken over; seen live: an edit of a live workflow is answered about 10 s later.

use serde_json::Value;

use super::object::Object;
use super::write::Write;
use super::{Draft, refuse};
use crate::model::act::{Kind, Refusal};
use crate::model::manifest::Manifest;
use crate::wire::{change, manifest};

/// Places that are named before the rest is counted.
const NAMED: usize = 6;

pub(super) fn edit(object: &Object<'_>, manifest: &Manifest) -> Result<Draft, Refusal> {
    let (base, edited) = manifest::wish(manifest).map_err(|mistakes| {
        let why: Vec<String> = mistakes.iter().map(|one| one.sentence(0)).collect();
        refuse(why.join("; "), "mend it in the editor")
    })?;
    let change = change::between(&base, &edited);
    if change.ops.is_empty() {
        return Err(refuse("nothing in it is changed", "nothing was sent"));
    }
    let broken = change.broken(object.raw);
    if !broken.is_empty() {
        return Err(refuse(
            format!("somebody changed {} since it was read", broken.join(", ")),
            "editing it again begins with what it is now, and with what you changed",
        ));
    }
    let mut draft = Draft::default();
    let places = change.places();
    let named: Vec<&str> = places.iter().take(NAMED).map(String::as_str).collect();
    draft.says.push(match places.len().saturating_sub(NAMED) {
        0 => format!("changes {}", named.join(", ")),
        more => format!("changes {} and {more} more", named.join(", ")),
    });
    draft.says.extend(comes_of_it(object).map(str::to_string));
    draft.warns.extend(owner(object.raw));
    let spec = places.iter().any(|place| place.starts_with("spec"));
    if spec && stored(object) {
        draft.warns.push(
            "it runs from the copy of its template in status.storedWorkflowTemplateSpec: of its own spec only suspend, shutdown and the entrypoint reach that"
                .to_string(),
        );
    }
    draft.marks.extend(change.ops.iter().map(Value::to_string));
    let write = Write::edited(object, change.tests, change.ops, &edited);
    draft.writes.push(write);
    Ok(draft)
}

/// A copy of a template is in force instead of the object's own specification.
fn stored(object: &Object<'_>) -> bool {
    let copy = object.raw.pointer("/status/storedWorkflowTemplateSpec");
    object.kind() == Kind::Workflow && copy.is_some_and(Value::is_object)
}

/// What the change reaches, by the kind of the object.
fn comes_of_it(object: &Object<'_>) -> Option<&'static str> {
    match object.kind() {
        Kind::Workflow if object.is_done() => Some("it is over: nothing runs because of that"),
        Kind::Workflow if object.phase().is_empty() => None,
        Kind::Workflow => Some(
            "a step that has started keeps what it started with; the controller answers in about 10 s",
        ),
        Kind::QaRun => Some("its controller takes it up in a moment"),
        Kind::CronWorkflow => {
            Some("the next scheduled run is made from it; those that go on stay as they are")
        }
        Kind::WorkflowTemplate | Kind::ClusterWorkflowTemplate => Some(
            "runs that are launched from now on are made from it; those that go on stay as they are",
        ),
    }
}

/// Who else writes this object and may set it back.
/// Sources: Argo CD (resource tracking by annotation), Helm (labels of its charts), `kubectl apply`.
fn owner(object: &Value) -> Option<String> {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str);
    let tracked = text("/metadata/annotations/argocd.argoproj.io~1tracking-id").map(|_| "Argo CD");
    let helm = text("/metadata/labels/app.kubernetes.io~1managed-by");
    let by = tracked.or(helm)?;
    Some(format!(
        "{by} deploys it and may set it back: change it there too"
    ))
}
