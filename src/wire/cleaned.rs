//! What is said of logs that went with their pods: which clean-up took them, and whether they lie elsewhere.
//! Apart from drawing it: the object alone tells it.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::sample::{exit, node, with};
use crate::model::gone;

/// What is said of the one step of a run that failed at 20:01.
fn told(more: Value) -> String {
    let pod = with(exit(1, "01:00"), json!({"displayName": "check"}));
    let bytes = super::sample::workflow("Failed", &[node("w", "Pod", "Failed", pod)], more);
    let workflow = super::workflow::workflow(&bytes).unwrap();
    gone::of(&workflow, &workflow.steps[0]).told(|at| at.strftime("%H:%M:%S").to_string())
}

#[test]
fn the_clean_up_is_named_with_when_it_was_due() {
    let gc = |strategy: &str| {
        told(json!({"spec": {"podGC": {"strategy": strategy, "deleteDelayDuration": "30s"}}}))
    };
    assert_eq!(
        gc("OnPodCompletion"),
        "gone: podGC OnPodCompletion ~20:01:30, no archive configured"
    );
    // That one leaves what failed.
    let other = "gone: its pod was deleted, and not by a podGC of the run, no archive configured";
    assert_eq!(gc("OnPodSuccess"), other);
    assert_eq!(told(json!({})), other);
}

#[test]
fn logs_are_archived_as_the_store_says_unless_the_run_or_a_template_does() {
    let store =
        |on: bool| json!({"artifactRepositoryRef": {"artifactRepository": {"archiveLogs": on}}});
    let archived = |spec: Value, status: Value| {
        !told(json!({"spec": spec, "status": status})).ends_with("no archive configured")
    };
    assert!(archived(json!({}), store(true)));
    assert!(!archived(json!({}), store(false)));
    assert!(!archived(json!({"archiveLogs": false}), store(true)));
    assert!(archived(json!({"archiveLogs": true}), json!({})));
    let template = json!({"templates": [{"name": "t", "archiveLocation": {"archiveLogs": true}}]});
    assert!(archived(template, store(false)));
}
