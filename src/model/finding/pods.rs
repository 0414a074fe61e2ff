//! Pods that cannot start: no place, no image, no volume, no leave.
//! Apart from other waiting, because here Kubernetes knows more than the workflow: its pods and events say it.

use jiff::Timestamp;

use super::proof::{self, lasts};
use super::{Evidence, Finding, Known};
use crate::model::phase::State;
use crate::model::why::is_stuck;
use crate::model::words;
use crate::model::workflow::Step;

/// A step's pod cannot start, or is on its way.
pub(super) fn blocked(
    known: &Known<'_>,
    (name, reason, text, since): (&str, &str, Option<&str>, Option<Timestamp>),
    state: State,
    now: Timestamp,
) -> Finding {
    let step = proof::named(known, name);
    let events = step.map(|step| proof::events(known, step));
    let events = events.unwrap_or_default();
    let waited = lasts(since, now);
    let said = match trouble(reason, text) {
        Some(what) => {
            // Of an image the last words say why; the rest names it again and again.
            let image = text.filter(|text| words::image(text).is_some());
            let why = image.and_then(|text| text.rsplit(": ").next()).or(text);
            format!("Step {name} {what}{waited}{}", colon(why))
        }
        None => {
            let own = step.and_then(|step| proof::pod_of(known, step)?.reason.clone());
            let why = match (events.first(), own) {
                (Some(event), _) => format!(": {}", event.text),
                (None, Some(own)) => format!(": {own}"),
                (None, None) if is_stuck(reason, since, now) => {
                    ", longer than usual, and nothing that could be read says why".to_string()
                }
                (None, None) => String::new(),
            };
            let waits = proof::waits(&format!("Step {name}"), since, now);
            format!("{waits} its pod to start ({reason}){why}")
        }
    };
    Finding::new(state, said).with(proofs(known, step, events))
}

fn proofs(known: &Known<'_>, step: Option<&Step>, events: Vec<Evidence>) -> Vec<Evidence> {
    let mut all: Vec<Evidence> = step.map(proof::step).into_iter().collect();
    all.extend(step.and_then(proof::message));
    all.extend(step.into_iter().flat_map(|step| proof::pod(known, step)));
    all.extend(events);
    all
}

fn colon(text: Option<&str>) -> String {
    text.map(|text| format!(": {text}")).unwrap_or_default()
}

/// What is the matter, by the reason of the kubelet or the scheduler; `None` where every pod passes through it.
/// Source: reasons of Kubernetes 1.36, seen live; quota: Argo keeps the step Pending with the API server's refusal.
fn trouble(reason: &str, text: Option<&str>) -> Option<String> {
    let all = format!("{reason} {}", text.unwrap_or_default());
    if all.contains("exceeded quota") {
        return Some("has no pod, because the namespace's quota is used up,".to_string());
    }
    if all.contains("admission webhook") {
        return Some("has no pod, because an admission webhook refuses it,".to_string());
    }
    if all.contains("is forbidden") {
        return Some("has no pod, because it may not be made,".to_string());
    }
    if words::is_starting(reason) {
        return None;
    }
    let image = text.and_then(words::image);
    let image = image.map_or_else(|| "its image".to_string(), |name| format!("image {name}"));
    Some(match reason {
        "Unschedulable" if all.contains("persistentvolumeclaim") => {
            "cannot be scheduled, because its volume claim is not there or not bound,".to_string()
        }
        "Unschedulable" => "finds no node that takes it".to_string(),
        "ImagePullBackOff" | "ErrImagePull" | "ImageInspectError" | "RegistryUnavailable" => {
            format!("cannot pull {image} ({reason})")
        }
        "InvalidImageName" | "ErrImageNeverPull" => format!("cannot use {image} ({reason})"),
        "CreateContainerConfigError" => {
            "cannot start, because its configuration is not there,".to_string()
        }
        "CrashLoopBackOff" => "ends again and again as soon as it starts (CrashLoopBackOff)".into(),
        other => format!("cannot start ({other})"),
    })
}
