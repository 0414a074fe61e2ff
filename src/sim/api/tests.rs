//! The API against what a real API server was seen to answer.
//! Apart from Argo: the objects here are only stored, not executed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod failures;
mod lists;
mod rights;
mod watches;

use futures::StreamExt;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::Body;
use crate::sim::Embedded;
use crate::sim::testing::*;

pub(super) fn suspended(name: &str, labels: &Value) -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": name, "labels": labels}, "spec": {"suspend": true, "entrypoint": "m", "templates": [leaf("m")]}})
}

pub(super) async fn make(cluster: &Embedded, name: &str, labels: Value) -> Value {
    let answer = post(&cluster.api, WFS, &suspended(name, &labels)).await;
    assert_eq!(answer.code, 201);
    answer.json()
}

/// Lines of a watch until it ends or says nothing for a while of paused time.
pub(super) async fn lines(body: Body) -> Vec<Value> {
    let mut stream = body.into_data_stream();
    let mut text = Vec::new();
    while let Some(Ok(chunk)) = stream.next().await {
        text.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(text).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(super) fn said(lines: &[Value]) -> Vec<(String, String)> {
    let name = |line: &Value| {
        let object = &line["object"];
        let meta = if object["kind"] == "Table" {
            &object["rows"][0]["object"]["metadata"]
        } else {
            &object["metadata"]
        };
        meta["name"].as_str().unwrap_or_default().to_owned()
    };
    lines
        .iter()
        .map(|line| (line["type"].as_str().unwrap().to_owned(), name(line)))
        .collect()
}

/// A recorded failure with the names of its own cluster replaced by ours.
pub(super) fn same_failure(path: &str, got: &Value, names: &[(&str, &str)]) {
    let Some(real) = recorded(&format!("errors/{path}")) else {
        return;
    };
    let mut text = real.to_string();
    for (theirs, ours) in names {
        text = text.replace(theirs, ours);
    }
    assert_eq!(got.to_string(), text, "{path}");
}
