//! Requests to an embedded cluster, for the tests of this room.
//! Apart, because the API's and Argo's tests ask in the same way.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::api::{Api, Body};
use super::{Embedded, Options, Scenario};

pub const WFS: &str = "/apis/argoproj.io/v1alpha1/namespaces/default/workflows";
pub const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1";
pub const MERGE: &str = "application/merge-patch+json";
pub const JSON_PATCH: &str = "application/json-patch+json";

/// An answer: code, headers, body as text.
pub struct Answer {
    pub code: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }
}

/// A cluster with nothing in it.
pub fn empty() -> Embedded {
    Embedded::paused(Options {
        scenario: Scenario::Empty,
        ..Options::default()
    })
    .unwrap()
}

pub async fn open(
    api: &Api,
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> http::Response<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(uri.replace(' ', "%20"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap();
    api.clone().oneshot(request).await.unwrap()
}

pub async fn ask(
    api: &Api,
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let response = open(api, method, uri, headers, body).await;
    let (parts, body) = response.into_parts();
    Answer {
        code: parts.status.as_u16(),
        headers: parts.headers,
        bytes: body.collect().await.unwrap().to_bytes(),
    }
}

pub async fn get(api: &Api, uri: &str) -> Value {
    ask(api, "GET", uri, &[], "").await.json()
}

pub async fn post(api: &Api, uri: &str, body: &Value) -> Answer {
    ask(
        api,
        "POST",
        uri,
        &[("content-type", "application/json")],
        &body.to_string(),
    )
    .await
}

pub async fn patch(api: &Api, name: &str, kind: &str, body: &Value) -> Answer {
    ask(
        api,
        "PATCH",
        &format!("{WFS}/{name}"),
        &[("content-type", kind)],
        &body.to_string(),
    )
    .await
}

/// Creates a workflow of a spec, with plans.
pub async fn submit(cluster: &Embedded, name: &str, spec: &Value, plan: &Value) {
    let body = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "annotations": {"tiphys.dev/plan": plan.to_string()}},
        "spec": spec,
    });
    let answer = post(&cluster.api, WFS, &body).await;
    assert_eq!(answer.code, 201, "{:?}", answer.bytes);
}

pub async fn workflow(cluster: &Embedded, name: &str) -> Value {
    get(&cluster.api, &format!("{WFS}/{name}")).await
}

/// The node of a display name.
pub fn node<'a>(workflow: &'a Value, display: &str) -> &'a Value {
    let nodes = workflow["status"]["nodes"].as_object();
    nodes
        .into_iter()
        .flatten()
        .map(|(_, node)| node)
        .find(|node| node["displayName"] == display)
        .unwrap_or(&Value::Null)
}

pub fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A container template.
pub fn leaf(name: &str) -> Value {
    json!({"name": name, "container": {"image": "busybox:1.36", "command": ["true"]}})
}

/// A recorded answer, if the folder of recordings is given.
pub fn recorded(path: &str) -> Option<Value> {
    let Ok(folder) = std::env::var("TIPHYS_CORPUS") else {
        println!("skipped: TIPHYS_CORPUS is not set");
        return None;
    };
    let text = std::fs::read_to_string(format!("{folder}/api/{path}")).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}
