//! Pod logs as the kubelet serves them: whole, the tail, since a time, or followed.
//! Apart from objects: the answer is text, and its refusals have their own words.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use http::{Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use serde_json::Value;
use tokio::sync::watch::Receiver;

use super::super::clock::{parse, rfc3339_nano};
use super::super::resource::PODS;
use super::super::store::Store;
use super::super::store::logs::Line;
use super::status::{Failure, bad_request, internal, not_found};
use super::{Body, BoxError, Call, full};

/// Lines sent at once: the first ones are not to wait for the last.
const CHUNK: usize = 1_000;

/// A log.
pub async fn answer(call: &Call, namespace: &str, name: &str) -> Result<Response<Body>, Failure> {
    let found = call.store.get(PODS, namespace, name);
    let pod = found.ok_or_else(|| not_found(PODS, name))?.value();
    let container = container(call, &pod, name)?;
    if pod["spec"]["nodeName"].as_str().is_none() {
        let mut response = Response::new(full(Bytes::new()));
        *response.status_mut() = StatusCode::NO_CONTENT;
        return Ok(response);
    }
    if call.query.flag("previous") {
        return Err(bad_request(format!(
            "previous terminated container \"{container}\" in pod \"{name}\" not found"
        )));
    }
    if let Some(why) = waiting(&pod, &container) {
        return Err(bad_request(format!(
            "container \"{container}\" in pod \"{name}\" is waiting to start: {why}"
        )));
    }
    let follower = Follower::open(call, namespace, name, &container)?;
    let body = stream::unfold(follower, |mut follower| async move {
        let bytes = follower.next().await?;
        Some((Ok::<_, BoxError>(Frame::data(bytes)), follower))
    });
    let mut response = Response::new(StreamBody::new(body).boxed_unsync());
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/plain"),
    );
    Ok(response)
}

/// Why nobody can be connected into a pod: nothing runs here.
pub fn connect(call: &Call, namespace: &str, name: &str) -> Failure {
    let Some(found) = call.store.get(PODS, namespace, name) else {
        return not_found(PODS, name);
    };
    if found.value()["spec"]["nodeName"].as_str().is_none() {
        return bad_request(format!("pod {name} does not have a host assigned"));
    }
    internal(
        "error dialing backend: the containers of the embedded cluster are pretended; there is nothing to connect to",
    )
}

fn names(pod: &Value, list: &str) -> Vec<String> {
    pod["spec"][list]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|c| c["name"].as_str().map(str::to_owned))
        .collect()
}

fn container(call: &Call, pod: &Value, name: &str) -> Result<String, Failure> {
    let mut all = names(pod, "initContainers");
    let inits = all.len();
    all.extend(names(pod, "containers"));
    match call.query.get("container") {
        Some(asked) if all.iter().any(|known| known == asked) => Ok(asked.to_owned()),
        Some(asked) => Err(bad_request(format!(
            "container {asked} is not valid for pod {name}"
        ))),
        None => match all.get(inits..) {
            Some([only]) if inits == 0 => Ok(only.clone()),
            _ => Err(bad_request(format!(
                "a container name must be specified for pod {name}, choose one of: [{}]",
                all.join(" ")
            ))),
        },
    }
}

/// Why a container has no log yet.
fn waiting(pod: &Value, container: &str) -> Option<String> {
    let all = ["initContainerStatuses", "containerStatuses"];
    let state = all
        .iter()
        .filter_map(|list| pod["status"][list].as_array())
        .flatten()
        .find(|status| status["name"] == container)
        .map(|status| &status["state"]);
    let state = match state {
        Some(state) => state,
        None => return Some("PodInitializing".to_owned()),
    };
    let waiting = state.get("waiting")?;
    Some(match waiting["reason"].as_str().unwrap_or_default() {
        "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image".to_owned(),
        reason => reason.to_owned(),
    })
}

struct Follower {
    store: Arc<Store>,
    namespace: String,
    pod: String,
    container: String,
    news: Receiver<u64>,
    from: usize,
    stamps: bool,
    follow: bool,
    left: Option<u64>,
    ready: VecDeque<Line>,
    ended: bool,
}

impl Follower {
    fn open(call: &Call, namespace: &str, pod: &str, container: &str) -> Result<Self, Failure> {
        let query = &call.query;
        let since = match (query.get("sinceTime"), query.number("sinceSeconds")) {
            (Some(text), _) => {
                let whole = parse(text)
                    .ok_or_else(|| bad_request(format!("invalid sinceTime \"{text}\"")))?;
                let exact = text
                    .parse::<jiff::Timestamp>()
                    .map(jiff::Timestamp::as_nanosecond);
                Some(exact.unwrap_or(i128::from(whole) * 1_000_000))
            }
            (None, Some(seconds)) => {
                let now = i128::from(call.store.clock().millis()) * 1_000_000;
                Some(now - i128::from(seconds) * 1_000_000_000)
            }
            (None, None) => None,
        };
        let news = call.store.logs.subscribe();
        let (lines, ended) = call.store.logs.read(namespace, pod, container, 0);
        let from = lines.len();
        let mut ready: VecDeque<Line> = lines
            .into_iter()
            .filter(|(at, _)| since.is_none_or(|since| *at >= since))
            .collect();
        if let Some(tail) = query.get("tailLines") {
            let tail: usize = tail
                .parse()
                .map_err(|_| bad_request(format!("invalid tailLines \"{tail}\"")))?;
            let cut = ready.len().saturating_sub(tail);
            ready.drain(..cut);
        }
        Ok(Self {
            store: Arc::clone(&call.store),
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            container: container.to_owned(),
            news,
            from,
            stamps: query.flag("timestamps"),
            follow: query.flag("follow"),
            left: query.number("limitBytes"),
            ready,
            ended,
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if !self.ready.is_empty() {
                return self.chunk();
            }
            if !self.follow || self.ended {
                return None;
            }
            self.news.borrow_and_update();
            let (lines, ended) =
                self.store
                    .logs
                    .read(&self.namespace, &self.pod, &self.container, self.from);
            self.from += lines.len();
            self.ready.extend(lines);
            self.ended = ended;
            if self.ready.is_empty() && !ended && self.news.changed().await.is_err() {
                return None;
            }
        }
    }

    fn chunk(&mut self) -> Option<Bytes> {
        let mut out = String::new();
        let most = self.ready.len().min(CHUNK);
        for (at, text) in self.ready.drain(..most) {
            if self.stamps {
                out.push_str(&rfc3339_nano(at));
                out.push(' ');
            }
            out.push_str(&text);
            out.push('\n');
        }
        let mut bytes = Bytes::from(out);
        if let Some(left) = &mut self.left {
            let most = usize::try_from(*left).unwrap_or(usize::MAX);
            bytes.truncate(most);
            *left -= bytes.len() as u64;
            self.follow = self.follow && *left > 0;
        }
        (!bytes.is_empty()).then_some(bytes)
    }
}
