//! The runs of the test server, as rows and objects, and who gets to see them.
//! Apart from the server, which decides how they arrive.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use bytes::Bytes;
use serde_json::{Value, json};

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub version: u64,
    pub phase: String,
}

impl Run {
    fn completed(&self) -> bool {
        matches!(self.phase.as_str(), "Succeeded" | "Failed" | "Error")
    }

    fn metadata(&self) -> Value {
        json!({"name": self.name, "namespace": self.namespace, "uid": self.uid, "resourceVersion": self.version.to_string(),
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"workflows.argoproj.io/phase": self.phase, "workflows.argoproj.io/completed": self.completed().to_string()}})
    }

    pub fn row(&self) -> Value {
        json!({"cells": [self.name, self.phase, "1m", null], "object": {"kind": "PartialObjectMetadata", "metadata": self.metadata()}})
    }

    pub fn object(&self) -> Value {
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": self.metadata(),
            "spec": {"entrypoint": "main"}, "status": {"phase": self.phase, "progress": "1/2"}})
    }
}

/// What a request asks to see.
#[derive(Clone, Debug)]
pub struct View {
    pub table: bool,
    pub namespace: Option<String>,
    pub name: Option<String>,
    pub labels: Option<String>,
}

impl View {
    pub fn holds(&self, run: &Run) -> bool {
        self.namespace
            .as_ref()
            .is_none_or(|ns| *ns == run.namespace)
            && self.name.as_ref().is_none_or(|name| *name == run.name)
            && match self.labels.as_deref() {
                None => true,
                Some("workflows.argoproj.io/completed!=true") => !run.completed(),
                Some("workflows.argoproj.io/phase in (Failed,Error)") => {
                    matches!(run.phase.as_str(), "Failed" | "Error")
                }
                Some(other) => panic!("the test server does not know the selector {other}"),
            }
    }

    fn event(&self, kind: &str, run: &Run) -> Bytes {
        let object = if self.table {
            json!({"kind": "Table", "metadata": {"resourceVersion": run.version.to_string()}, "columnDefinitions": null, "rows": [run.row()]})
        } else {
            run.object()
        };
        line(&json!({"type": kind, "object": object}))
    }
}

pub fn line(value: &Value) -> Bytes {
    format!("{value}\n").into()
}

pub fn transition(view: &View, before: Option<&Run>, after: Option<&Run>) -> Option<Bytes> {
    let held = before.filter(|run| view.holds(run));
    let holds = after.filter(|run| view.holds(run));
    match (held, holds) {
        (None, None) => None,
        (None, Some(run)) => Some(view.event("ADDED", run)),
        (Some(_), Some(run)) => Some(view.event("MODIFIED", run)),
        (Some(run), None) => Some(view.event("DELETED", run)),
    }
}
