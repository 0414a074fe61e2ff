//! Watching: changes of a kind as lines of JSON, until the caller or the time is gone.
//! Apart from listing; no lock is held between two lines.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::{Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use serde_json::{Value, json};
use tokio::sync::watch::Receiver;
use tokio::time::Instant;

use super::super::resource::{EVENTS, NAMESPACES, PODS, Res};
use super::super::schema::Cause;
use super::super::store::{Change, ChangeKind, Object, Store};
use super::list::{self, Filter};
use super::render::{self, Shape};
use super::status::{self, Failure};
use super::{Body, BoxError, Call};

/// How often a watch that allows it is told how far it is.
const BOOKMARK: Duration = Duration::from_secs(60);
/// How long a watch lasts that does not say.
const TIMEOUT: Duration = Duration::from_secs(1800);
/// Changes taken from the store at once.
const BATCH: usize = 256;
const INITIAL_END: &str = "k8s.io/initial-events-end";

struct Watcher {
    store: Arc<Store>,
    res: Res,
    namespace: Option<String>,
    filter: Filter,
    shape: Shape,
    bookmarks: bool,
    /// Last version that was told or passed over.
    version: u64,
    news: Receiver<u64>,
    lines: VecDeque<Bytes>,
    /// The next Table line carries the column definitions.
    first: bool,
    ended: bool,
    deadline: Instant,
    bookmark: Instant,
}

/// A watch.
pub async fn answer(
    call: &Call,
    res: Res,
    namespace: Option<&str>,
    name: Option<&str>,
) -> Result<Response<Body>, Failure> {
    let mut watcher = open(call, res, namespace, name)?;
    let version = match call.query.get("resourceVersion") {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| status::internal(status::not_a_version(text)))?,
    };
    let initial = call.query.get("sendInitialEvents");
    let wanted = call.query.flag("sendInitialEvents");
    match (version, initial) {
        (1.., _) if !wanted => watcher.version = version,
        (0, Some(_)) if !wanted => watcher.version = call.store.version(),
        // A watch that says nothing of versions is told how the world is, and that this was all of it.
        _ => watcher.send_initial(wanted || initial.is_none()),
    }
    let body = stream::unfold(watcher, |mut watcher| async move {
        let line = watcher.next().await?;
        Some((Ok::<_, BoxError>(Frame::data(line)), watcher))
    });
    let mut response = Response::new(StreamBody::new(body).boxed_unsync());
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    Ok(response)
}

fn open(
    call: &Call,
    res: Res,
    namespace: Option<&str>,
    name: Option<&str>,
) -> Result<Watcher, Failure> {
    let shape = render::shape(&call.headers, &call.query)?;
    list::numbers(call)?;
    options(call)?;
    let lasting = call.query.number("timeoutSeconds").filter(|s| *s > 0);
    let now = Instant::now();
    Ok(Watcher {
        store: Arc::clone(&call.store),
        res,
        namespace: namespace.map(str::to_owned),
        filter: Filter::of(call, res, name)?,
        shape,
        bookmarks: call.query.flag("allowWatchBookmarks"),
        version: 0,
        news: call.store.subscribe(res),
        lines: VecDeque::new(),
        first: true,
        ended: false,
        deadline: now + lasting.map_or(TIMEOUT, Duration::from_secs),
        bookmark: now + BOOKMARK,
    })
}

/// Refuses options that contradict each other. Source: `validateWatchOptions` of k8s.io/apimachinery.
fn options(call: &Call) -> Result<(), Failure> {
    let mut causes = Vec::new();
    let mut forbidden = |why: &str| {
        causes.push(Cause::new(
            "FieldValueForbidden",
            "resourceVersionMatch",
            format!("Forbidden: {why}"),
        ));
    };
    let matching = call.query.get("resourceVersionMatch");
    let initial = call.query.get("sendInitialEvents");
    if initial.is_some() && matching != Some("NotOlderThan") {
        forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    if let Some(word) = matching {
        if initial.is_none() {
            forbidden(
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            );
        }
        if word != "NotOlderThan" {
            causes.push(status::unsupported_match(word, "\"NotOlderThan\""));
        }
    }
    if causes.is_empty() {
        return Ok(());
    }
    Err(status::invalid_options("ListOptions", &causes))
}

impl Watcher {
    fn send_initial(&mut self, mark_end: bool) {
        let namespace = self.namespace.as_deref();
        let Ok((items, version)) = self.store.snapshot(self.res, namespace, None, None) else {
            return;
        };
        self.version = version;
        for item in items {
            if self.filter.matches(&item) {
                self.say("ADDED", &item);
            }
        }
        if mark_end && self.bookmarks {
            self.say_bookmark(true);
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Some(line);
            }
            if self.ended {
                return None;
            }
            self.news.borrow_and_update();
            match self.store.changes(self.res, self.version, BATCH) {
                Err(gone) => {
                    let failure = status::watch_gone(self.version, gone.oldest);
                    self.line("ERROR", &failure.status().to_string());
                    self.ended = true;
                }
                Ok(changes) if changes.is_empty() => self.rest().await,
                Ok(changes) => {
                    for change in changes {
                        self.version = self.version.max(change.version);
                        self.tell(&change);
                    }
                }
            }
        }
    }

    /// Waits for news, the next bookmark or the end.
    async fn rest(&mut self) {
        let bookmark = self.bookmarks.then_some(self.bookmark);
        tokio::select! {
            changed = self.news.changed() => {
                if changed.is_err() {
                    self.ended = true;
                }
            }
            () = tokio::time::sleep_until(bookmark.unwrap_or(self.deadline)), if bookmark.is_some_and(|at| at < self.deadline) => {
                self.bookmark = Instant::now() + BOOKMARK;
                self.pass_over();
                self.say_bookmark(false);
            }
            () = tokio::time::sleep_until(self.deadline) => {
                if self.bookmarks {
                    self.pass_over();
                    self.say_bookmark(false);
                }
                self.ended = true;
            }
        }
    }

    /// A bookmark stands at the store's version: nothing of this kind lies between.
    fn pass_over(&mut self) {
        let version = self.store.version();
        if self
            .store
            .changes(self.res, self.version, 1)
            .is_ok_and(|left| left.is_empty())
        {
            self.version = self.version.max(version);
        }
    }

    fn selects(&self, item: &Object) -> bool {
        self.namespace
            .as_ref()
            .is_none_or(|namespace| **namespace == *item.namespace)
            && self.filter.matches(item)
    }

    fn tell(&mut self, change: &Change) {
        let before = change.was.as_ref().is_some_and(|was| self.selects(was));
        let after = self.selects(&change.object);
        match (change.kind, before, after) {
            (ChangeKind::Deleted, true, _) => self.say("DELETED", &change.object),
            (ChangeKind::Deleted, false, _) | (_, false, false) => {}
            (_, false, true) => self.say("ADDED", &change.object),
            (_, true, true) => self.say("MODIFIED", &change.object),
            (_, true, false) => {
                // What left the selection is told as it was last seen, under the new version.
                if let Some(was) = &change.was {
                    self.say("DELETED", &was.with_version(change.version));
                }
            }
        }
    }

    fn say(&mut self, kind: &str, item: &Object) {
        let mut out = Vec::with_capacity(item.body.len() + 64);
        match self.shape {
            Shape::Table(include) => {
                let now = self.store.clock().millis();
                out.extend_from_slice(self.table_head(item.version).as_bytes());
                render::row(&mut out, self.res, include, item, now);
                out.extend_from_slice(b"]}");
            }
            shape => render::object(&mut out, shape, item),
        }
        self.line(kind, &String::from_utf8_lossy(&out));
    }

    fn table_head(&mut self, version: u64) -> String {
        let columns = if std::mem::take(&mut self.first) {
            render::columns(self.res)
        } else {
            Value::Null
        };
        format!(
            r#"{{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{{"resourceVersion":"{version}"}},"columnDefinitions":{columns},"rows":["#
        )
    }

    fn say_bookmark(&mut self, initial_end: bool) {
        let mut meta = json!({"resourceVersion": self.version.to_string()});
        if initial_end {
            meta["annotations"] = json!({INITIAL_END: "true"});
        }
        let object = match self.shape {
            Shape::Table(_) => {
                let head = self.table_head(self.version);
                let cells = render::empty_cells(self.res);
                let object = if initial_end {
                    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": meta})
                } else {
                    Value::Null
                };
                format!(r#"{head}{{"cells":{cells},"object":{object}}}]}}"#)
            }
            Shape::Partial | Shape::Partials => json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": meta}).to_string(),
            Shape::Full => self.empty(meta).to_string(),
        };
        self.line("BOOKMARK", &object);
    }

    /// The empty object a bookmark carries: built-in kinds print their required fields.
    fn empty(&self, meta: Value) -> Value {
        let mut object =
            json!({"kind": self.res.kind, "apiVersion": self.res.api_version(), "metadata": meta});
        if self.res == PODS {
            object["spec"] = json!({"containers": null});
            object["status"] = json!({});
        } else if self.res == NAMESPACES {
            object["spec"] = json!({});
            object["status"] = json!({});
        } else if self.res == EVENTS {
            for (key, value) in [
                ("involvedObject", json!({})),
                ("source", json!({})),
                ("firstTimestamp", Value::Null),
                ("lastTimestamp", Value::Null),
                ("eventTime", Value::Null),
                ("reportingComponent", json!("")),
                ("reportingInstance", json!("")),
            ] {
                object[key] = value;
            }
        }
        object
    }

    fn line(&mut self, kind: &str, object: &str) {
        self.lines.push_back(Bytes::from(format!(
            "{{\"type\":\"{kind}\",\"object\":{object}}}\n"
        )));
    }
}
