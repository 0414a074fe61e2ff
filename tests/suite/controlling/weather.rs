//! Bad weather between controllers and a cluster: refusals, answers that are lost, watches that lag, break off and are too old,
//! controllers that end in the middle of a request. All of it follows from a seed.
//! Apart from the stories that are told in it; here is also what was seen of each request, and whether it broke a promise.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use serde_json::{Value, json};
use tiphys::model::qarun::{NOBODY, Phase, Status};
use tiphys::sim::api::{Api, Body, BoxError};
use tiphys::sim::rng::Rng;
use tokio::time::{Instant, sleep, sleep_until};
use tower::Service;

const INSTANCE: &str = "workflows.argoproj.io/controller-instanceid";

/// What there is between controllers and the cluster. Clones share it.
#[derive(Clone)]
pub struct Sky {
    api: Api,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    rng: Rng,
    calm: bool,
    terminating: bool,
    /// Controllers that have ended.
    ended: BTreeSet<u64>,
    /// What pods of an attempt do, by the name of the QARun and the number of the attempt.
    plans: BTreeMap<(String, u32), Value>,
    seen: Seen,
}

/// What was seen.
#[derive(Clone, Default)]
pub struct Seen {
    /// Every request that was carried out, and what it was answered.
    pub trace: Vec<String>,
    /// Promises that were broken.
    pub wrong: Vec<String>,
    /// Requests of controllers that changed something.
    pub writes: usize,
    /// Uids of workflows that Argo was let at, by name.
    pub begun: BTreeMap<String, BTreeSet<String>>,
    /// Uids of workflows that were created, by name.
    pub made: BTreeMap<String, BTreeSet<String>>,
    statuses: BTreeMap<String, Status>,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Fine,
    Refused(u16),
    /// It is carried out, and the answer is another one.
    Lost,
    /// It takes this long, before and after it is carried out.
    Slow(u64, u64),
    /// Whoever sent it ends: before, after it was carried out, after the answer.
    Ends(u8),
}

impl Sky {
    /// The weather of a seed.
    pub fn over(api: Api, seed: u64) -> Self {
        let inner = Inner {
            rng: Rng::named(seed, "weather"),
            calm: false,
            terminating: false,
            ended: BTreeSet::new(),
            plans: BTreeMap::new(),
            seen: Seen::default(),
        };
        let inner = Arc::new(Mutex::new(inner));
        Self { api, inner }
    }

    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// A way through it for a controller of this number.
    pub fn gate(&self, client: u64) -> Gate {
        let sky = self.clone();
        Gate { sky, client }
    }

    /// Nothing goes wrong from now on.
    pub fn clear(&self) {
        self.locked().calm = true;
    }

    /// The namespace is being deleted: nothing new is taken.
    pub fn terminate(&self) {
        self.locked().terminating = true;
    }

    /// What the pods of an attempt do.
    pub fn plan(&self, run: &str, attempt: u32, plan: Value) {
        self.locked().plans.insert((run.to_owned(), attempt), plan);
    }

    /// Whether a controller has ended in the middle of a request.
    pub fn has_ended(&self, client: u64) -> bool {
        self.locked().ended.contains(&client)
    }

    /// What was seen so far.
    pub fn seen(&self) -> Seen {
        self.locked().seen.clone()
    }

    /// A promise was broken.
    pub fn wrong(&self, what: String) {
        self.locked().seen.wrong.push(what);
    }
}

/// The way of one controller.
#[derive(Clone)]
pub struct Gate {
    sky: Sky,
    client: u64,
}

impl Service<Request<kube::client::Body>> for Gate {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<kube::client::Body>) -> Self::Future {
        let gate = self.clone();
        Box::pin(async move { Ok(gate.pass(request).await) })
    }
}

impl Gate {
    async fn pass(self, request: Request<kube::client::Body>) -> Response<Body> {
        let what = format!("{} {}", request.method(), request.uri());
        let watches = request.uri().query().is_some_and(|q| q.contains("watch=1"));
        let write = request.method() != Method::GET;
        let fate = self.fate(watches, request.method() == Method::POST);
        match fate {
            Fate::Refused(code) => {
                self.note(&what, fate, code);
                return refusal(code, self.sky.locked().rng.range(1, 15));
            }
            Fate::Ends(0) => {
                self.note(&what, fate, 0);
                return std::future::pending().await;
            }
            Fate::Slow(before, _) => sleep(Duration::from_secs(before)).await,
            _ => {}
        }
        let request = self.planned(request).await;
        let mut api = self.sky.api.clone();
        let Ok(answer) = api.call(request).await;
        let code = answer.status().as_u16();
        self.note(&what, fate, code);
        if watches && code == 200 {
            return self.lagging(answer);
        }
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        if write && code < 300 {
            let value = serde_json::from_slice(&bytes).unwrap_or_default();
            self.sky.locked().seen.written(&what, &value);
        }
        match fate {
            Fate::Ends(1) => std::future::pending().await,
            Fate::Lost => return refusal(504, 0),
            Fate::Slow(_, after) => sleep(Duration::from_secs(after)).await,
            _ => {}
        }
        Response::from_parts(head, whole(bytes))
    }

    /// What becomes of a request.
    fn fate(&self, watches: bool, creates: bool) -> Fate {
        let mut inner = self.sky.locked();
        if inner.ended.contains(&self.client) {
            return Fate::Ends(0);
        }
        let fate = inner.fate(watches);
        if matches!(fate, Fate::Ends(_)) {
            inner.ended.insert(self.client);
        }
        if inner.terminating && creates {
            return Fate::Refused(403);
        }
        fate
    }

    fn note(&self, what: &str, fate: Fate, code: u16) {
        let mut inner = self.sky.locked();
        let line = format!("c{} {what} {fate:?} {code}", self.client);
        inner.seen.trace.push(line);
    }

    /// Tells the pods of a workflow that is created what to do.
    async fn planned(&self, request: Request<kube::client::Body>) -> Request<kube::client::Body> {
        let creates =
            request.method() == Method::POST && request.uri().path().ends_with("/workflows");
        if !creates {
            return request;
        }
        let (head, body) = request.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let mut object: Value = serde_json::from_slice(&bytes).unwrap();
        let labels = &object["metadata"]["labels"];
        let run = labels["agents.platform/qarun"].as_str().unwrap().to_owned();
        let attempt = labels["agents.platform/attempt"].as_str().unwrap();
        let key = (run, attempt.parse().unwrap());
        if let Some(plan) = self.sky.locked().plans.get(&key) {
            object["metadata"]["annotations"]["tiphys.dev/plan"] = plan.to_string().into();
        }
        Request::from_parts(head, object.to_string().into_bytes().into())
    }

    /// A watch that is behind, and breaks off.
    fn lagging(&self, answer: Response<Body>) -> Response<Body> {
        let (lag, lives, cut) = {
            let mut inner = self.sky.locked();
            if inner.calm {
                return answer;
            }
            let most = [0, 0, 1500, 8000, 40_000];
            let most = *inner.rng.pick(&most).unwrap();
            let lag = Duration::from_millis(inner.rng.range(0, most).unsigned_abs());
            let lives = Duration::from_secs(inner.rng.range(3, 200).unsigned_abs());
            (lag, lives, inner.rng.range(0, 4))
        };
        let (head, body) = answer.into_parts();
        let end = Instant::now() + lives;
        let frames = futures::stream::unfold(Some(body), move |body| async move {
            let mut body = body?;
            let line = tokio::select! {
                biased;
                frame = body.frame() => frame?.ok()?.into_data().unwrap_or_default(),
                () = sleep_until(end) => {
                    let last = match cut {
                        0 => json!({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}).to_string() + "\n",
                        1 => "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{".to_owned(),
                        _ => return None,
                    };
                    return Some((Ok::<_, BoxError>(Frame::data(Bytes::from(last))), None));
                }
            };
            sleep(lag).await;
            Some((Ok(Frame::data(line)), Some(body)))
        });
        Response::from_parts(head, StreamBody::new(frames).boxed_unsync())
    }
}

impl Inner {
    fn fate(&mut self, watches: bool) -> Fate {
        if self.calm {
            return Fate::Fine;
        }
        match self.rng.range(0, 1000) {
            0..8 => Fate::Ends(self.rng.range(0, 3).unsigned_abs() as u8),
            8..48 => Fate::Refused(429),
            48..78 => Fate::Refused(500),
            78..98 => Fate::Refused(503),
            98..118 if watches => Fate::Refused(410),
            118..158 if !watches => Fate::Lost,
            158..188 if !watches => Fate::Slow(
                self.rng.range(0, 40).unsigned_abs(),
                self.rng.range(0, 40).unsigned_abs(),
            ),
            _ => Fate::Fine,
        }
    }
}

impl Seen {
    /// A controller changed something.
    fn written(&mut self, what: &str, value: &Value) {
        self.writes += 1;
        let text = |path: &str| {
            value
                .pointer(path)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let (name, uid) = (text("/metadata/name"), text("/metadata/uid"));
        let (Some(name), Some(uid)) = (name, uid) else {
            return;
        };
        if value["kind"] == "Workflow" {
            if what.starts_with("POST") {
                self.made
                    .entry(name.clone())
                    .or_default()
                    .insert(uid.clone());
            }
            let back = value["metadata"]["labels"][INSTANCE] == NOBODY;
            let ended = value["spec"]["shutdown"].is_string();
            if !back && !ended {
                let all = self.begun.entry(name.clone()).or_default();
                if all.insert(uid.clone()) && all.len() > 1 {
                    self.wrong.push(format!("{name} was begun twice"));
                }
            }
        }
        if value["kind"] == "QARun" && what.contains("/status") {
            let after: Status = serde_json::from_value(value["status"].clone()).unwrap();
            if let Some(before) = self.statuses.get(&uid)
                && let Some(why) = goes_back(before, &after)
            {
                self.wrong.push(format!("{name}: {why}"));
            }
            self.statuses.insert(uid, after);
        }
    }
}

/// A status never goes back: not the attempt, not an attempt that has ended, not how often there was one.
pub fn goes_back(before: &Status, after: &Status) -> Option<String> {
    if after.attempt < before.attempt || after.attempts.len() < before.attempts.len() {
        return Some("the attempt went back".to_owned());
    }
    if after.observed_generation < before.observed_generation {
        return Some("an older spec was looked at".to_owned());
    }
    before
        .attempts
        .iter()
        .zip(&after.attempts)
        .find_map(|(was, is)| {
            let over = was.phase.as_ref().is_some_and(Phase::is_over);
            if over && was != is {
                return Some(format!(
                    "an attempt that was over changed: {was:?} became {is:?}"
                ));
            }
            let other = was.workflow_uid.is_some() && was.workflow_uid != is.workflow_uid;
            other.then(|| format!("an attempt got another workflow: {was:?} became {is:?}"))
        })
}

fn whole(bytes: Bytes) -> Body {
    let body = Full::new(bytes);
    body.map_err(|never| match never {}).boxed_unsync()
}

fn refusal(code: u16, wait: i64) -> Response<Body> {
    let status = json!({"kind": "Status", "code": code, "message": "bad weather"});
    let mut answer = Response::builder().status(code);
    if matches!(code, 429 | 503) {
        answer = answer.header("retry-after", wait);
    }
    answer.body(whole(status.to_string().into())).unwrap()
}
