//! A tap between a console and the embedded API: which answers are still being read, how many at once, and faults on demand.
//! Apart from the API itself, which is correct: everything that goes wrong in a network goes wrong here.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, StreamBody};
use tiphys::sim::api::{Api, Body, BoxError};
use tokio::time::{Instant, sleep};
use tower::Service;

/// What happens to one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// It is answered.
    #[default]
    Answered,
    /// It is answered after a while.
    Slow(Duration),
    /// The server says no: status, reason.
    Refused(u16, &'static str),
    /// The answer is cut after so many frames, with an error or as if it were whole.
    Cut(usize, bool),
    /// The server has no such resource type.
    NoSuchKind,
    /// It is carried out, and no answer ever comes.
    Silent,
    /// It is carried out, and somebody between says that it was not: status, reason.
    Denied(u16, &'static str),
    /// It is carried out, and the answer is success with this content: encoding, bytes.
    Garbled(&'static str, &'static [u8]),
}

/// Decides what happens to a request, by its path and query.
type Decide = dyn FnMut(&str) -> Fate + Send;

#[derive(Default)]
struct Inner {
    decide: Option<Box<Decide>>,
    writes: Option<Box<Decide>>,
    open: BTreeMap<u64, String>,
    most: usize,
    next: u64,
    asked: Vec<(Instant, String)>,
}

/// The tap. Clones share it.
#[derive(Clone)]
pub struct Tap {
    api: Api,
    token: Option<&'static str>,
    inner: Arc<Mutex<Inner>>,
}

/// An answer that is not read to its end yet.
struct Open {
    number: u64,
    inner: Arc<Mutex<Inner>>,
}

impl Drop for Open {
    fn drop(&mut self) {
        lock(&self.inner).open.remove(&self.number);
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tap {
    /// In front of an API; nothing goes wrong yet.
    pub fn on(api: &Api) -> Self {
        Self {
            api: api.clone(),
            token: None,
            inner: Arc::default(),
        }
    }

    /// The same, for somebody who sends this token.
    #[must_use]
    pub fn with_token(mut self, token: &'static str) -> Self {
        self.token = Some(token);
        self
    }

    /// Decides from now on.
    pub fn decide(&self, decide: impl FnMut(&str) -> Fate + Send + 'static) {
        lock(&self.inner).decide = Some(Box::new(decide));
    }

    /// Decides what happens to requests that change something; questions about rights are none.
    pub fn decide_writes(&self, decide: impl FnMut(&str) -> Fate + Send + 'static) {
        lock(&self.inner).writes = Some(Box::new(decide));
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        lock(&self.inner).decide = None;
    }

    /// Paths and queries whose answers are still being read, watches and followed logs, sorted.
    pub fn streams(&self) -> Vec<String> {
        let mut open: Vec<String> = lock(&self.inner)
            .open
            .values()
            .filter(|uri| uri.contains("watch=1") || uri.contains("follow=true"))
            .cloned()
            .collect();
        open.sort();
        open
    }

    /// The largest number of single objects asked for at the same time.
    pub fn most_reads_at_once(&self) -> usize {
        lock(&self.inner).most
    }

    /// When single workflows were asked for.
    pub fn read_times(&self) -> Vec<Instant> {
        lock(&self.inner)
            .asked
            .iter()
            .filter(|(_, uri)| is_read(uri))
            .map(|(at, _)| *at)
            .collect()
    }
}

/// A single workflow is asked for.
fn is_read(uri: &str) -> bool {
    let path = uri.split('?').next().unwrap_or_default();
    path.split_once("/workflows/").is_some()
}

impl Service<Request<kube::client::Body>> for Tap {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<kube::client::Body>) -> Self::Future {
        let uri = request.uri().to_string();
        let writes = request.method() != http::Method::GET && !uri.contains("selfsubject");
        if let Some(token) = self.token {
            let value = format!("Bearer {token}").parse().expect("a header");
            request.headers_mut().insert("authorization", value);
        }
        let (guard, fate) = {
            let mut inner = lock(&self.inner);
            inner.next += 1;
            let number = inner.next;
            inner.open.insert(number, uri.clone());
            inner.asked.push((Instant::now(), uri.clone()));
            inner.most = inner
                .most
                .max(inner.open.values().filter(|uri| is_read(uri)).count());
            let decide = match writes {
                true if inner.writes.is_some() => &mut inner.writes,
                _ => &mut inner.decide,
            };
            let fate = decide
                .as_mut()
                .map_or(Fate::Answered, |decide| decide(&uri));
            let guard = Open {
                number,
                inner: Arc::clone(&self.inner),
            };
            (guard, fate)
        };
        let mut api = self.api.clone();
        Box::pin(async move {
            let mut cut = None;
            match fate {
                Fate::Answered | Fate::Silent | Fate::Denied(..) | Fate::Garbled(..) => {}
                Fate::Slow(wait) => sleep(wait).await,
                Fate::Refused(code, reason) => return Ok(refusal(code, reason)),
                Fate::Cut(frames, loud) => cut = Some((frames, loud)),
                Fate::NoSuchKind => return Ok(no_such_kind()),
            }
            let answer = api.call(request).await?;
            match fate {
                Fate::Silent => std::future::pending().await,
                Fate::Denied(code, reason) => Ok(refusal(code, reason)),
                Fate::Garbled(encoding, bytes) => Ok(garbled(encoding, bytes)),
                _ => Ok(answer.map(|body| watched(body, guard, cut))),
            }
        })
    }
}

/// The same body, which is open until it is dropped or over, and may be cut.
fn watched(body: Body, guard: Open, cut: Option<(usize, bool)>) -> Body {
    let frames = stream::unfold(
        (body, guard, 0),
        move |(mut body, guard, count)| async move {
            if let Some((most, loud)) = cut
                && count >= most
            {
                let broken = || BoxError::from("connection reset by peer");
                // After an error nobody asks again; a quiet end is the end.
                return (loud && count == most).then(|| (Err(broken()), (body, guard, count + 1)));
            }
            let frame = body.frame().await?;
            Some((frame, (body, guard, count + 1)))
        },
    );
    StreamBody::new(frames).boxed_unsync()
}

fn body(text: String) -> Body {
    Full::new(Bytes::from(text))
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn refusal(code: u16, reason: &str) -> Response<Body> {
    let status = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": reason, "reason": reason, "code": code,
    });
    let mut answer = Response::builder()
        .status(code)
        .header("content-type", "application/json");
    if code == 429 {
        answer = answer.header("retry-after", "1");
    }
    answer.body(body(status.to_string())).expect("a response")
}

fn garbled(encoding: &str, bytes: &'static [u8]) -> Response<Body> {
    Response::builder()
        .header("content-type", "application/json")
        .header("content-encoding", encoding)
        .body(
            Full::from(bytes)
                .map_err(|never| match never {})
                .boxed_unsync(),
        )
        .expect("a response")
}

/// As an API server says it: plain text.
fn no_such_kind() -> Response<Body> {
    Response::builder()
        .status(404)
        .header("content-type", "text/plain; charset=utf-8")
        .body(body("404 page not found\n".to_string()))
        .expect("a response")
}
