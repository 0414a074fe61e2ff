//! A small API server in the process that keeps runs, lists and watches them, and misbehaves on demand.
//! Apart from the embedded cluster, because this one exists to break every rule the client must survive.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::{StreamExt as _, unfold};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tower::Service;

use super::testing_runs::{Run, View, line, transition};
use crate::wire::table;

pub type Answer = Response<UnsyncBoxBody<Bytes, std::io::Error>>;

/// What goes wrong with the next request whose path and query contain a text.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An HTTP status with a Status body.
    Status(u16, &'static str, Option<u64>),
    /// The head never comes.
    Hang,
    /// This body instead, byte for byte.
    Raw(u16, Vec<u8>, Vec<(&'static str, &'static str)>),
}

enum Chunk {
    Data(Bytes),
    Break,
}

struct Watcher {
    sender: mpsc::UnboundedSender<Chunk>,
    view: View,
}

#[derive(Default)]
struct State {
    version: u64,
    uids: u64,
    runs: BTreeMap<(String, String), Run>,
    log: Vec<(u64, Option<Run>, Option<Run>)>,
    compacted: u64,
    tokens: HashMap<String, (u64, Vec<Run>)>,
    watchers: Vec<Watcher>,
    faults: VecDeque<(String, Fault)>,
    forbidden: Vec<String>,
    namespaces_forbidden: bool,
    absent: bool,
    deaf: bool,
    requests: Vec<String>,
}

/// The server. Clones share it.
#[derive(Clone, Default)]
pub struct Server {
    state: Arc<Mutex<State>>,
}

impl Server {
    pub fn new() -> Self {
        let server = Self::default();
        server.lock().version = 100;
        server
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Creates or changes a run.
    pub fn put(&self, namespace: &str, name: &str, phase: &str) {
        let mut state = self.lock();
        let key = (namespace.to_string(), name.to_string());
        let before = state.runs.get(&key).cloned();
        state.version += 1;
        let uid = before
            .as_ref()
            .map(|run| run.uid.clone())
            .unwrap_or_else(|| {
                state.uids += 1;
                format!("uid-{}", state.uids)
            });
        let after = Run {
            namespace: key.0.clone(),
            name: key.1.clone(),
            uid,
            version: state.version,
            phase: phase.to_string(),
        };
        state.runs.insert(key, after.clone());
        state.tell(before, Some(after));
    }

    pub fn delete(&self, namespace: &str, name: &str) {
        let mut state = self.lock();
        let Some(run) = state
            .runs
            .remove(&(namespace.to_string(), name.to_string()))
        else {
            return;
        };
        state.version += 1;
        state.tell(Some(run), None);
    }

    /// The next request that contains `text` fails.
    pub fn fail(&self, text: &str, fault: Fault) {
        self.lock().faults.push_back((text.to_string(), fault));
    }

    /// Everything older than now is forgotten: resumed watches and tokens get 410.
    pub fn compact(&self) {
        let mut state = self.lock();
        state.compacted = state.version;
        state.tokens.clear();
    }

    /// Ends all open watches.
    pub fn close_watches(&self) {
        self.lock().watchers.clear();
    }

    /// Breaks all open watches in the middle of a line.
    pub fn break_watches(&self) {
        for watcher in self.lock().watchers.drain(..) {
            let _ = watcher
                .sender
                .send(Chunk::Data(Bytes::from_static(b"{\"type\":\"MODI")));
            let _ = watcher.sender.send(Chunk::Break);
        }
    }

    /// Writes these bytes into all open watches.
    pub fn inject(&self, bytes: &[u8]) {
        for watcher in &self.lock().watchers {
            let _ = watcher
                .sender
                .send(Chunk::Data(Bytes::copy_from_slice(bytes)));
        }
    }

    /// Sends the last `count` events again, the newest first: duplicated and reordered.
    pub fn repeat_backwards(&self, count: usize) {
        let state = self.lock();
        for (_, before, after) in state.log.iter().rev().take(count) {
            for watcher in &state.watchers {
                if let Some(event) = transition(&watcher.view, before.as_ref(), after.as_ref()) {
                    let _ = watcher.sender.send(Chunk::Data(event));
                }
            }
        }
    }

    /// Open watches stay open but hear nothing any more; new ones are not affected.
    pub fn cut_watches(&self) {
        let mut state = self.lock();
        // Kept alive, so that the body never ends.
        let silent: Vec<Watcher> = state.watchers.drain(..).collect();
        std::mem::forget(silent);
    }

    /// While set, no request is ever answered.
    pub fn deaf(&self, deaf: bool) {
        self.lock().deaf = deaf;
    }

    pub fn forbid(&self, namespaces: &[&str]) {
        self.lock().forbidden = namespaces.iter().map(ToString::to_string).collect();
    }

    pub fn forbid_namespaces(&self) {
        self.lock().namespaces_forbidden = true;
    }

    /// The CRD is not installed.
    pub fn absent(&self, absent: bool) {
        self.lock().absent = absent;
    }

    pub fn runs(&self) -> Vec<Run> {
        self.lock().runs.values().cloned().collect()
    }

    /// Path and query of every request so far.
    pub fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    fn answer(&self, request: &Request<Body>) -> Option<Answer> {
        let mut state = self.lock();
        let path = request.uri().path().to_string();
        let query: HashMap<String, String> = request
            .uri()
            .query()
            .unwrap_or("")
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_string(), decode(value)))
            .collect();
        let whole = decode(&request.uri().to_string());
        state.requests.push(format!("{} {whole}", request.method()));
        if state.deaf {
            return None;
        }
        if let Some(at) = state
            .faults
            .iter()
            .position(|(text, _)| whole.contains(text.as_str()))
        {
            return match state.faults.remove(at).unwrap().1 {
                Fault::Hang => None,
                Fault::Status(code, reason, retry) => Some(status(code, reason, retry)),
                Fault::Raw(code, body, headers) => {
                    let mut answer = Response::builder().status(code);
                    for (name, value) in headers {
                        answer = answer.header(name, value);
                    }
                    Some(answer.body(full(body)).unwrap())
                }
            };
        }
        if path == "/version" {
            return Some(ok(&json!({"gitVersion": "v1.36.2"})));
        }
        if path.ends_with("/selfsubjectreviews") {
            return Some(ok(
                &json!({"kind": "SelfSubjectReview", "status": {"userInfo": {"username": "jane"}}}),
            ));
        }
        if path == "/api/v1/namespaces" {
            if state.namespaces_forbidden {
                return Some(status(403, "Forbidden", None));
            }
            let mut names: Vec<&String> = state.runs.keys().map(|(ns, _)| ns).collect();
            names.dedup();
            let items: Vec<Value> = names
                .iter()
                .map(|ns| json!({"metadata": {"name": ns}}))
                .collect();
            return Some(ok(
                &json!({"kind": "PartialObjectMetadataList", "metadata": {}, "items": items}),
            ));
        }
        Some(state.workflows(request, &path, &query))
    }
}

impl State {
    fn tell(&mut self, before: Option<Run>, after: Option<Run>) {
        let version = self.version;
        self.watchers.retain(|watcher| {
            let gone = before.as_ref().map(|run| Run {
                version,
                ..run.clone()
            });
            match transition(&watcher.view, gone.as_ref(), after.as_ref()) {
                Some(event) => watcher.sender.send(Chunk::Data(event)).is_ok(),
                None => true,
            }
        });
        let gone = before.map(|run| Run { version, ..run });
        self.log.push((version, gone, after));
    }

    fn workflows(
        &mut self,
        request: &Request<Body>,
        path: &str,
        query: &HashMap<String, String>,
    ) -> Answer {
        if self.absent {
            return Response::builder()
                .status(404)
                .body(full(b"404 page not found\n".to_vec()))
                .unwrap();
        }
        let namespace = path
            .split_once("/namespaces/")
            .and_then(|(_, rest)| rest.split('/').next())
            .map(str::to_string);
        if self
            .forbidden
            .iter()
            .any(|ns| Some(ns) == namespace.as_ref() || (ns.is_empty() && namespace.is_none()))
        {
            return status(403, "Forbidden", None);
        }
        let accept = request
            .headers()
            .get("accept")
            .and_then(|v| v.to_str().ok())
            .unwrap_or("");
        let view = View {
            table: accept == table::ACCEPT,
            namespace,
            name: query
                .get("fieldSelector")
                .and_then(|f| f.strip_prefix("metadata.name="))
                .map(str::to_string),
            labels: query.get("labelSelector").cloned(),
        };
        if query.contains_key("watch") {
            assert_eq!(
                request.headers().get("accept-encoding").unwrap(),
                "identity"
            );
            return self.watch(view, query);
        }
        self.list(&view, query)
    }

    fn list(&mut self, view: &View, query: &HashMap<String, String>) -> Answer {
        let limit: usize = query
            .get("limit")
            .and_then(|l| l.parse().ok())
            .unwrap_or(500);
        let (version, mut rest) = match query.get("continue") {
            Some(token) => match self.tokens.remove(token) {
                Some(rest) => rest,
                None => return status(410, "Expired", None),
            },
            None => (
                self.version,
                self.runs
                    .values()
                    .filter(|run| view.holds(run))
                    .cloned()
                    .collect(),
            ),
        };
        let mut metadata = json!({"resourceVersion": version.to_string()});
        let page: Vec<Run> = rest.drain(..limit.min(rest.len())).collect();
        if !rest.is_empty() {
            let token = format!("token {}+{}", self.tokens.len(), rest[0].uid);
            metadata["continue"] = json!(token);
            metadata["remainingItemCount"] = json!(rest.len());
            self.tokens.insert(token, (version, rest));
        }
        ok(&if view.table {
            json!({"kind": "Table", "metadata": metadata, "columnDefinitions": [{"name": "Name"}, {"name": "Status"}, {"name": "Age"}, {"name": "Message"}],
                "rows": page.iter().map(Run::row).collect::<Vec<_>>()})
        } else {
            json!({"kind": "WorkflowList", "metadata": metadata, "items": page.iter().map(Run::object).collect::<Vec<_>>()})
        })
    }

    fn watch(&mut self, view: View, query: &HashMap<String, String>) -> Answer {
        let from: u64 = query["resourceVersion"].parse().unwrap();
        let (sender, receiver) = mpsc::unbounded_channel();
        if from < self.compacted {
            let gone = json!({"type": "ERROR", "object": {"kind": "Status", "status": "Failure",
                "message": "too old resource version", "reason": "Expired", "code": 410}});
            let _ = sender.send(Chunk::Data(line(&gone)));
        } else {
            for (version, before, after) in &self.log {
                if *version > from
                    && let Some(event) = transition(&view, before.as_ref(), after.as_ref())
                {
                    let _ = sender.send(Chunk::Data(event));
                }
            }
            self.watchers.push(Watcher { sender, view });
        }
        let body = unfold(receiver, |mut receiver| async {
            match receiver.recv().await? {
                Chunk::Data(data) => Some((Ok(Frame::data(data)), receiver)),
                Chunk::Break => Some((Err(std::io::Error::other("reset by peer")), receiver)),
            }
        });
        Response::new(StreamBody::new(body.boxed()).boxed_unsync())
    }
}

impl Service<Request<Body>> for Server {
    type Response = Answer;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Answer, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self.answer(&request) {
            Some(answer) => async move { Ok(answer) }.boxed(),
            None => futures::future::pending().boxed(),
        }
    }
}

pub fn full(body: Vec<u8>) -> UnsyncBoxBody<Bytes, std::io::Error> {
    Full::new(Bytes::from(body))
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn ok(value: &Value) -> Answer {
    Response::new(full(value.to_string().into_bytes()))
}

pub fn status(code: u16, reason: &str, retry: Option<u64>) -> Answer {
    let body = json!({"kind": "Status", "status": "Failure", "message": reason, "reason": reason, "code": code});
    let mut answer = Response::builder().status(code);
    if let Some(seconds) = retry {
        answer = answer.header("retry-after", seconds.to_string());
    }
    answer.body(full(body.to_string().into_bytes())).unwrap()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            out.push(u8::from_str_radix(&text[at + 1..at + 3], 16).unwrap());
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap()
}

/// Virtual seconds.
pub fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
