//! The log follower against containers that start late, restart, break off and go away.
//! Apart from the reader, because here a whole run is played.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::unfold;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tower::Service;

use super::connect::Cluster;
use super::testing::{Answer, Server, full, seconds, status};
use crate::model::key::Key;
use crate::model::log::{LogEvent, Reach};
use crate::model::trouble::Trouble;

type Chunk = Result<Bytes, ()>;

#[derive(Default)]
struct Log {
    text: Vec<u8>,
    readers: Vec<mpsc::UnboundedSender<Chunk>>,
    over: bool,
}

#[derive(Default)]
struct State {
    pods: BTreeMap<String, Value>,
    version: u64,
    watchers: Vec<mpsc::UnboundedSender<Chunk>>,
    logs: BTreeMap<String, Log>,
    requests: Vec<String>,
    /// How the next lists of pods are refused.
    refusals: Vec<(u16, &'static str)>,
}

/// Pods and logs beside the runs of [`Server`].
#[derive(Clone)]
struct Pods {
    runs: Server,
    state: Arc<Mutex<State>>,
}

impl Pods {
    fn new() -> Self {
        let runs = Server::new();
        runs.put("n", "run", "Running");
        Self {
            runs,
            state: Arc::default(),
        }
    }

    /// States: `waiting`, `running`, `terminated`.
    fn pod(&self, name: &str, containers: &[(&str, &str, u32)]) {
        let mut state = self.state.lock().unwrap();
        state.version += 1;
        let statuses: Vec<Value> = containers
            .iter()
            .map(|(name, at, restarts)| json!({"name": name, "restartCount": restarts, "state": {*at: {"exitCode": 0}}}))
            .collect();
        let names: Vec<Value> = containers
            .iter()
            .map(|(name, ..)| json!({"name": name}))
            .collect();
        let pod = json!({"metadata": {"name": name, "namespace": "n", "uid": format!("uid-{name}"), "resourceVersion": state.version.to_string(),
            "annotations": {"workflows.argoproj.io/node-name": format!("run.{name}")}},
            "spec": {"containers": names}, "status": {"phase": "Running", "containerStatuses": statuses}});
        let kind = if state.pods.insert(name.to_string(), pod.clone()).is_some() {
            "MODIFIED"
        } else {
            "ADDED"
        };
        state.tell(kind, &pod);
    }

    fn delete(&self, name: &str) {
        let mut state = self.state.lock().unwrap();
        state.version += 1;
        let mut pod = state.pods.remove(name).unwrap();
        pod["metadata"]["resourceVersion"] = json!(state.version.to_string());
        state
            .logs
            .retain(|id, _| !id.starts_with(&format!("{name}/")));
        state.tell("DELETED", &pod);
    }

    fn write(&self, id: &str, text: &str) {
        let mut state = self.state.lock().unwrap();
        let log = state.logs.entry(id.to_string()).or_default();
        log.text.extend_from_slice(text.as_bytes());
        log.readers.retain(|reader| {
            reader
                .send(Ok(Bytes::copy_from_slice(text.as_bytes())))
                .is_ok()
        });
    }

    fn end(&self, id: &str) {
        let mut state = self.state.lock().unwrap();
        let log = state.logs.entry(id.to_string()).or_default();
        log.over = true;
        log.readers.clear();
    }

    /// Ends all streams of a log as if it were over, as a restarting API server does.
    fn close(&self, id: &str) {
        self.state
            .lock()
            .unwrap()
            .logs
            .get_mut(id)
            .unwrap()
            .readers
            .clear();
    }

    /// Breaks all streams of a log after half a line.
    fn tear(&self, id: &str, half: &str) {
        let mut state = self.state.lock().unwrap();
        for reader in state.logs.get_mut(id).unwrap().readers.drain(..) {
            let _ = reader.send(Ok(Bytes::copy_from_slice(half.as_bytes())));
            let _ = reader.send(Err(()));
        }
    }

    fn answer(&self, path: &str, query: &str) -> Answer {
        let mut state = self.state.lock().unwrap();
        state.requests.push(format!("{path}?{query}"));
        let (sender, receiver) = mpsc::unbounded_channel();
        if let Some(rest) = path.strip_prefix("/api/v1/namespaces/n/pods/") {
            let pod = rest.strip_suffix("/log").unwrap();
            let container = query
                .split('&')
                .find_map(|p| p.strip_prefix("container="))
                .unwrap();
            if !state.pods.contains_key(pod) {
                return status(404, "NotFound", None);
            }
            let previous = query.contains("previous=true");
            let life = if previous { "/previous" } else { "" };
            let log = state.logs.get_mut(&format!("{pod}/{container}{life}"));
            if previous && log.is_none() {
                return status(400, "BadRequest", None);
            }
            let Some(log) = log else {
                return Response::builder()
                    .status(204)
                    .body(full(Vec::new()))
                    .unwrap();
            };
            let since = query
                .split('&')
                .find_map(|p| p.strip_prefix("sinceTime="))
                .map(|t| t.replace("%3A", ":"));
            let text: Vec<u8> = log
                .text
                .split_inclusive(|b| *b == b'\n')
                // Both start with RFC 3339 seconds, so text order is time order.
                .filter(|line| {
                    since
                        .as_ref()
                        .is_none_or(|since| line[..19] >= since.as_bytes()[..19])
                })
                .flatten()
                .copied()
                .collect();
            let _ = sender.send(Ok(text.into()));
            if !log.over {
                log.readers.push(sender);
            }
            return body(receiver);
        }
        if query.contains("watch=1") {
            state.watchers.push(sender);
            return body(receiver);
        }
        if let Some((code, reason)) = state.refusals.pop() {
            return status(code, reason, None);
        }
        let items: Vec<&Value> = state.pods.values().collect();
        let list = json!({"kind": "PodList", "metadata": {"resourceVersion": state.version.to_string()}, "items": items});
        Response::new(full(list.to_string().into_bytes()))
    }
}

impl State {
    fn tell(&mut self, kind: &str, pod: &Value) {
        let line = format!("{}\n", json!({"type": kind, "object": pod}));
        self.watchers
            .retain(|watcher| watcher.send(Ok(line.clone().into())).is_ok());
    }
}

fn body(receiver: mpsc::UnboundedReceiver<Chunk>) -> Answer {
    let stream = unfold(receiver, |mut receiver| async {
        let chunk = receiver.recv().await?;
        Some((
            chunk
                .map(Frame::data)
                .map_err(|()| std::io::Error::other("torn")),
            receiver,
        ))
    });
    Response::new(StreamBody::new(stream.boxed()).boxed_unsync())
}

impl Service<Request<Body>> for Pods {
    type Response = Answer;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Answer, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if !request
            .uri()
            .path()
            .starts_with("/api/v1/namespaces/n/pods")
        {
            return self.runs.call(request);
        }
        let answer = self.answer(request.uri().path(), request.uri().query().unwrap_or(""));
        Box::pin(async move { Ok(answer) })
    }
}

struct Heard {
    lines: Vec<(String, String)>,
    others: Vec<LogEvent>,
    ended: bool,
}

fn start(pods: &Pods) -> (impl futures::Stream<Item = LogEvent> + Unpin + use<>, Heard) {
    let cluster = Cluster::from_service(pods.clone(), "test");
    let key = Key::new("n", "run", "uid-1");
    let heard = Heard {
        lines: Vec::new(),
        others: Vec::new(),
        ended: false,
    };
    (cluster.follow(&[key], Reach::default()), heard)
}

async fn listen(
    stream: &mut (impl futures::Stream<Item = LogEvent> + Unpin),
    heard: &mut Heard,
    time: u64,
) {
    let until = Instant::now() + seconds(time);
    while let Ok(event) = timeout_at(until, stream.next()).await {
        match event {
            Some(LogEvent::Lines(lines)) => heard.lines.extend(lines.iter().map(|line| {
                (
                    format!("{}/{}", line.source.step, line.source.container),
                    line.text.to_string(),
                )
            })),
            Some(other) => heard.others.push(other),
            None => {
                heard.ended = true;
                return;
            }
        }
    }
}

fn texts(heard: &Heard) -> Vec<&str> {
    heard.lines.iter().map(|(_, text)| text.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn every_container_is_read_from_its_start_and_the_end_is_told() {
    let pods = Pods::new();
    pods.pod("a", &[("main", "running", 0), ("wait", "running", 0)]);
    pods.write("a/main", "2026-01-01T00:00:01.5Z \u{1b}[31mred\u{1b}[0m\n");
    pods.write("a/wait", "2026-01-01T00:00:01Z helper argo=true\n");
    let (mut stream, mut heard) = start(&pods);
    listen(&mut stream, &mut heard, 1).await;
    assert_eq!(
        heard.lines[0],
        ("a/main".to_string(), "red".to_string()),
        "what matters comes first"
    );
    pods.pod("b", &[("main", "waiting", 0)]);
    listen(&mut stream, &mut heard, 1).await;
    assert_eq!(
        heard.lines.len(),
        2,
        "a container that has not started has no log"
    );
    pods.write("b/main", "2026-01-01T00:00:02Z late\n");
    pods.pod("b", &[("main", "running", 0)]);
    pods.write("a/main", "2026-01-01T00:00:03Z more\n");
    listen(&mut stream, &mut heard, 1).await;
    // Streams of different containers race; the order inside one does not.
    let mut sorted = texts(&heard);
    sorted.sort_unstable();
    assert_eq!(sorted, ["helper argo=true", "late", "more", "red"]);
    for id in ["a/main", "a/wait", "b/main"] {
        pods.end(id);
    }
    pods.pod("a", &[("main", "terminated", 0), ("wait", "terminated", 0)]);
    pods.pod("b", &[("main", "terminated", 0)]);
    listen(&mut stream, &mut heard, 60).await;
    assert!(!heard.ended, "the run goes on");
    pods.runs.put("n", "run", "Succeeded");
    listen(&mut stream, &mut heard, 60).await;
    assert_eq!(heard.others.last(), Some(&LogEvent::Complete));
    assert!(heard.ended);
    assert_eq!(heard.lines.len(), 4, "nothing twice: {:?}", heard.lines);
}

#[tokio::test(start_paused = true)]
async fn a_torn_stream_goes_on_without_losing_or_repeating_a_line() {
    let pods = Pods::new();
    pods.pod("a", &[("main", "running", 0)]);
    pods.write(
        "a/main",
        "2026-01-01T00:00:01.1Z one\n2026-01-01T00:00:02.1Z two\n2026-01-01T00:00:02.1Z two\n",
    );
    let (mut stream, mut heard) = start(&pods);
    listen(&mut stream, &mut heard, 1).await;
    pods.tear("a/main", "2026-01-01T00:00:02.2Z thr");
    pods.write(
        "a/main",
        "2026-01-01T00:00:02.2Z three\n2026-01-01T00:00:02.1Z two\n",
    );
    listen(&mut stream, &mut heard, 5).await;
    pods.write("a/main", "2026-01-01T00:00:04Z four\n");
    listen(&mut stream, &mut heard, 5).await;
    assert_eq!(texts(&heard), ["one", "two", "two", "three", "two", "four"]);
    let failed = heard
        .others
        .iter()
        .filter(|e| matches!(e, LogEvent::Failed(..)))
        .count();
    assert_eq!(failed, 1);
}

#[tokio::test(start_paused = true)]
async fn last_words_written_while_the_stream_was_torn_are_read() {
    let pods = Pods::new();
    pods.pod("a", &[("main", "running", 0)]);
    pods.write("a/main", "2026-01-01T00:00:01Z one\n");
    let (mut stream, mut heard) = start(&pods);
    listen(&mut stream, &mut heard, 1).await;
    pods.tear("a/main", "");
    pods.write("a/main", "2026-01-01T00:00:01Z last words without an end");
    pods.end("a/main");
    pods.pod("a", &[("main", "terminated", 0)]);
    pods.runs.put("n", "run", "Failed");
    listen(&mut stream, &mut heard, 60).await;
    assert_eq!(texts(&heard), ["one", "last words without an end"]);
    assert!(heard.ended);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_before_its_container_is_opened_again() {
    let pods = Pods::new();
    pods.pod("a", &[("main", "running", 0)]);
    pods.write("a/main", "2026-01-01T00:00:01Z one\n");
    let (mut stream, mut heard) = start(&pods);
    listen(&mut stream, &mut heard, 1).await;
    pods.close("a/main");
    pods.write("a/main", "2026-01-01T00:00:02Z two\n");
    listen(&mut stream, &mut heard, 5).await;
    assert_eq!(texts(&heard), ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn a_restarted_container_is_read_on() {
    let pods = Pods::new();
    pods.pod("a", &[("main", "terminated", 0)]);
    pods.write("a/main", "2026-01-01T00:00:01Z first life\n");
    pods.end("a/main");
    let (mut stream, mut heard) = start(&pods);
    listen(&mut stream, &mut heard, 5).await;
    pods.write("a/main", "2026-01-01T00:00:09Z second life\n");
    pods.pod("a", &[("main", "running", 1)]);
    listen(&mut stream, &mut heard, 5).await;
    assert_eq!(texts(&heard), ["first life", "second life"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_container_wrote_before_it_restarted_is_read_where_it_is_kept() {
    let pods = Pods::new();
    pods.pod("a", &[("main", "running", 1)]);
    pods.write("a/main/previous", "2026-01-01T00:00:01Z first life\n");
    pods.end("a/main/previous");
    pods.write("a/main", "2026-01-01T00:00:09Z second life\n");
    pods.pod("b", &[("main", "running", 3)]);
    pods.write("b/main/previous", "2026-01-01T00:00:02Z third life\n");
    pods.end("b/main/previous");
    pods.pod("c", &[("main", "running", 2)]);
    pods.write("c/main", "2026-01-01T00:00:03Z goes on\n");
    let (mut stream, mut heard) = start(&pods);
    listen(&mut stream, &mut heard, 5).await;
    let mut heard = texts(&heard);
    heard.sort_unstable();
    assert_eq!(
        heard[..4],
        [
            "first life",
            "goes on",
            "restarted 2 times; what it wrote before cannot be read: the server refuses the request: BadRequest",
            "restarted 3 times; of what it wrote before, Kubernetes keeps only its last life"
        ]
    );
    assert_eq!(heard[4..], ["second life", "third life"]);
}

#[tokio::test(start_paused = true)]
async fn last_words_before_a_restart_are_read_and_nothing_twice() {
    let pods = Pods::new();
    pods.pod("a", &[("main", "terminated", 0)]);
    pods.write("a/main", "2026-01-01T00:00:01Z first\n");
    pods.end("a/main");
    let (mut stream, mut heard) = start(&pods);
    listen(&mut stream, &mut heard, 5).await;
    pods.write(
        "a/main/previous",
        "2026-01-01T00:00:01Z first\n2026-01-01T00:00:02Z last words\n",
    );
    pods.end("a/main/previous");
    pods.write("a/main", "2026-01-01T00:00:09Z second life\n");
    pods.pod("a", &[("main", "running", 1)]);
    listen(&mut stream, &mut heard, 5).await;
    assert_eq!(texts(&heard), ["first", "last words", "second life"]);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_goes_takes_its_stream_with_it_and_a_deleted_run_ends_the_log() {
    let pods = Pods::new();
    pods.pod("a", &[("main", "running", 0)]);
    pods.write("a/main", "2026-01-01T00:00:01Z one\n");
    let (mut stream, mut heard) = start(&pods);
    listen(&mut stream, &mut heard, 1).await;
    pods.end("a/main");
    pods.delete("a");
    listen(&mut stream, &mut heard, 30).await;
    assert!(matches!(heard.others.last(), Some(LogEvent::Ended(source)) if &*source.pod == "a"));
    pods.runs.delete("n", "run");
    pods.runs.put("n", "run", "Running");
    listen(&mut stream, &mut heard, 30).await;
    assert_eq!(
        heard.others.last(),
        Some(&LogEvent::Complete),
        "another run of the same name is not this one"
    );
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_not_there_yet_is_told_once_and_asked_again() {
    let pods = Pods::new();
    pods.pod("a", &[("main", "running", 0)]);
    let (mut stream, mut heard) = start(&pods);
    listen(&mut stream, &mut heard, 20).await;
    let failed: Vec<_> = heard
        .others
        .iter()
        .filter(|e| matches!(e, LogEvent::Failed(..)))
        .collect();
    assert_eq!(failed.len(), 1);
    pods.write("a/main", "2026-01-01T00:00:01Z there\n");
    listen(&mut stream, &mut heard, 40).await;
    assert_eq!(texts(&heard), ["there"]);
}

#[tokio::test(start_paused = true)]
async fn a_tail_is_read_once_and_says_when_there_is_none() {
    let pods = Pods::new();
    pods.pod("a", &[("main", "running", 0), ("wait", "running", 0)]);
    let long = "x".repeat(70_000);
    pods.write(
        "a/main",
        &format!("2026-01-01T00:00:01Z one\nno stamp\n2026-01-01T00:00:02Z {long}\n"),
    );
    pods.end("a/main");
    let cluster = Cluster::from_service(pods.clone(), "test");
    let key = Key::new("n", "run", "uid-1");
    let tail = |pod: &str, container: &str| {
        let (pod, container) = (Arc::from(pod), Arc::from(container));
        let (cluster, key) = (cluster.clone(), key.clone());
        async move {
            cluster
                .tail(
                    &key,
                    &pod,
                    &container,
                    &Arc::from("step"),
                    Reach {
                        tail: Some(20),
                        since: None,
                    },
                )
                .await
        }
    };
    let lines = tail("a", "main").await.unwrap();
    assert_eq!(&*lines[0].text, "one");
    assert_eq!(lines[0].at, Some("2026-01-01T00:00:01Z".parse().unwrap()));
    assert_eq!((lines[1].at, &*lines[1].text), (None, "no stamp"));
    assert!(lines[2].text.len() < 66_000 && lines[2].text.ends_with("x…"));
    assert!(
        pods.state
            .lock()
            .unwrap()
            .requests
            .iter()
            .any(|r| r.contains("tailLines=20"))
    );
    let none = tail("a", "wait").await.unwrap_err();
    assert!(none.to_string().contains("not scheduled yet"), "{none}");
    assert!(matches!(
        tail("z", "main").await,
        Err(Trouble::NotFound { .. })
    ));
}

fn refusals(heard: &Heard) -> Vec<&Trouble> {
    heard
        .others
        .iter()
        .filter_map(|event| match event {
            LogEvent::Refused(why) => Some(why),
            _ => None,
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn pods_that_may_not_be_listed_are_told_once_and_asked_again() {
    let pods = Pods::new();
    pods.pod("a", &[("main", "running", 0)]);
    pods.write("a/main", "2026-01-01T00:00:01Z one\n");
    pods.state.lock().unwrap().refusals = vec![(403, "Forbidden"); 2];
    let (mut stream, mut heard) = start(&pods);
    listen(&mut stream, &mut heard, 60).await;
    assert!(
        matches!(refusals(&heard)[..], [Trouble::Forbidden { .. }]),
        "{:?}",
        heard.others
    );
    listen(&mut stream, &mut heard, 120).await;
    assert_eq!(texts(&heard), ["one"]);
    assert_eq!(refusals(&heard).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn pods_that_cannot_be_listed_are_told_after_half_a_minute() {
    let pods = Pods::new();
    pods.state.lock().unwrap().refusals = vec![(500, "InternalError"); 1_000];
    let (mut stream, mut heard) = start(&pods);
    listen(&mut stream, &mut heard, 25).await;
    assert!(refusals(&heard).is_empty());
    listen(&mut stream, &mut heard, 100).await;
    assert!(
        matches!(refusals(&heard)[..], [Trouble::Server { .. }]),
        "{:?}",
        heard.others
    );
}

#[tokio::test(start_paused = true)]
async fn helpers_of_a_wide_fan_out_leave_room_for_its_steps() {
    let pods = Pods::new();
    let open = |pods: &Pods, container: &str| {
        let state = pods.state.lock().unwrap();
        let wanted = format!("container={container}");
        state
            .requests
            .iter()
            .filter(|r| r.contains(&wanted))
            .count()
    };
    for n in 0..80 {
        let name = format!("p{n:02}");
        pods.write(&format!("{name}/wait"), "2026-01-01T00:00:01Z helper\n");
        pods.pod(&name, &[("main", "waiting", 0), ("wait", "running", 0)]);
    }
    let (mut stream, mut heard) = start(&pods);
    listen(&mut stream, &mut heard, 5).await;
    assert_eq!((open(&pods, "main"), open(&pods, "wait")), (0, 16));
    for n in 0..80 {
        let name = format!("p{n:02}");
        pods.write(&format!("{name}/main"), "2026-01-01T00:00:02Z step\n");
        pods.pod(&name, &[("main", "running", 0), ("wait", "running", 0)]);
    }
    listen(&mut stream, &mut heard, 5).await;
    assert_eq!((open(&pods, "main"), open(&pods, "wait")), (64, 16));
}
