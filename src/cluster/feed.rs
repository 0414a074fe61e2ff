//! Drives a [`Machine`] over a connection: pages, lines, heartbeats, waits.
//! Apart from the machine, which decides; here things only happen.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::Stream;
use futures::stream::poll_fn;
use http::Response;
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use kube::client::Body;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use super::connect::Cluster;
use super::error;
use super::held::{Held, Near};
use super::lines::{Line, Lines, Over};
use super::request::{Ask, HEAVY, offload, query};
use super::watch::{Close, Machine, Next};
use crate::model::delta::FeedEvent;
use crate::model::key::Key;
use crate::model::trouble::Trouble;
use crate::wire::listing::Page;
use crate::wire::watch::{Decode, Frame, Versioned};

/// A watch asks the server to end it after so many seconds; the API server's own default is 5 to 10 minutes.
const WATCH: u64 = 290;
/// A watch that is silent for so long is suspect, and a heartbeat is sent.
const SILENCE: Duration = Duration::from_secs(30);
/// Longest wait for a heartbeat.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Silences after which a watch is opened anew although the server is alive: bookmarks come every minute, so this one is dead.
const DEAF: u32 = 4;
/// A watch that says more than once in this time is read in gulps: waking for every event costs more than reading it.
const GULP: Duration = Duration::from_millis(16);
/// Longest line of a watch: larger than any object etcd takes (1.5 MiB), whatever the server adds.
const LONGEST_LINE: usize = 8 << 20;
/// Events waiting for a slow reader; beyond it the socket waits.
const WAITING: usize = 64;

/// What a feed watches.
#[derive(Clone, Debug)]
pub struct Spec {
    /// `/apis/argoproj.io/v1alpha1`, `/api/v1`.
    pub group: &'static str,
    /// `workflows`.
    pub plural: &'static str,
    /// `workflows.argoproj.io`, for sentences.
    pub resource: &'static str,
    /// The namespace, `None` for all.
    pub namespace: Option<Arc<str>>,
    /// Label selector.
    pub labels: Option<String>,
    /// Field selector.
    pub fields: Option<String>,
    /// `Accept`.
    pub accept: &'static str,
    /// Further query, `includeObject=Metadata`.
    pub extra: &'static str,
    /// Objects a page.
    pub limit: u32,
    /// Most objects followed.
    pub cap: usize,
}

impl Spec {
    fn path(&self) -> String {
        match &self.namespace {
            Some(ns) => format!("{}/namespaces/{}/{}", self.group, query(ns), self.plural),
            None => format!("{}/{}", self.group, self.plural),
        }
    }

    fn ask(&self, verb: &'static str, labels: Option<&str>, tail: &str) -> Ask {
        let mut path = format!("{}?{tail}", self.path());
        if !self.extra.is_empty() {
            path.push('&');
            path.push_str(self.extra);
        }
        for (name, value) in [
            ("labelSelector", labels),
            ("fieldSelector", self.fields.as_deref()),
        ] {
            if let Some(value) = value {
                path.push_str(&format!("&{name}={}", query(value)));
            }
        }
        let mut ask = Ask::get(verb, self.resource, path).within(self.namespace.as_ref());
        ask.accept = self.accept;
        ask
    }

    fn list(&self, token: Option<&str>) -> Ask {
        let tail = match token {
            Some(token) => format!("limit={}&continue={}", self.limit, query(token)),
            None => format!("limit={}", self.limit),
        };
        self.ask("list", self.labels.as_deref(), &tail)
    }

    fn quick(&self, labels: &str, limit: u32) -> Ask {
        self.ask("list", Some(labels), &format!("limit={limit}"))
    }

    fn watch(&self, version: &str) -> Ask {
        let tail = format!(
            "watch=1&allowWatchBookmarks=true&timeoutSeconds={WATCH}&resourceVersion={}",
            query(version)
        );
        self.ask("watch", self.labels.as_deref(), &tail).stream()
    }

    fn heartbeat(&self) -> Ask {
        let mut ask = self.ask("list", self.labels.as_deref(), "limit=1");
        ask.accept = crate::wire::table::ACCEPT;
        ask.limit = HEARTBEAT;
        ask
    }
}

/// A feed while it runs. `wrap` turns what it says into what the reader wants.
pub(crate) struct Feed<D: Decode, E, W: FnMut(FeedEvent<Key, D::Item>) -> E> {
    pub(crate) cluster: Cluster,
    pub(crate) spec: Spec,
    pub(crate) decode: Arc<Mutex<D>>,
    pub(crate) quick: Vec<(&'static str, u32)>,
    pub(crate) sender: mpsc::Sender<E>,
    pub(crate) wrap: W,
    /// Refusals that end the feed instead of being asked again.
    pub(crate) ends: fn(&Trouble) -> bool,
    /// Lets so many sources connect at once.
    pub(crate) gate: Option<Arc<Semaphore>>,
    /// What is looked at, where the others may wait for one another's changes.
    pub(crate) near: Option<Near>,
}

/// Why a feed ended.
pub(crate) enum End {
    /// Nobody reads any more.
    Unread,
    /// A refusal the feed was told to end on.
    Refused(Trouble),
}

impl<D, E, W> Feed<D, E, W>
where
    D: Decode,
    E: Send,
    W: FnMut(FeedEvent<Key, D::Item>) -> E,
{
    /// Runs until nobody reads, or until a refusal it was told to end on.
    pub(crate) async fn run(mut self) -> End {
        match self.turn().await {
            Err(end) => end,
            Ok(never) => match never {},
        }
    }

    async fn turn(&mut self) -> Result<std::convert::Infallible, End> {
        let mut machine = Machine::new(Timestamp::now(), self.cluster.seed(), self.spec.cap);
        let mut permit = self.permit().await;
        self.quick(&mut machine).await?;
        loop {
            self.say(&mut machine).await?;
            match machine.next() {
                Next::Wait(time) => {
                    permit = None;
                    sleep(time).await;
                    machine.waited();
                }
                Next::List { token } => {
                    if permit.is_none() {
                        permit = self.permit().await;
                    }
                    let page = self.list(self.spec.list(token.as_deref())).await;
                    self.check(page.as_ref().err())?;
                    machine.listed(page, Timestamp::now());
                }
                Next::Watch { version } => {
                    if permit.is_none() {
                        permit = self.permit().await;
                    }
                    let ask = self.spec.watch(&version);
                    match self.cluster.open(&ask).await {
                        Ok(answer) => {
                            permit = None;
                            machine.opened(Timestamp::now());
                            let at = Instant::now();
                            let close = self.follow(&mut machine, &ask, answer).await?;
                            machine.closed(close, at.elapsed());
                        }
                        Err(why) => {
                            self.check(Some(&why))?;
                            let close = Close::Failed(why);
                            machine.closed(close, Duration::ZERO);
                        }
                    }
                }
            }
        }
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        let gate = self.gate.clone()?;
        gate.acquire_owned().await.ok()
    }

    fn check(&self, why: Option<&Trouble>) -> Result<(), End> {
        match why {
            Some(why) if (self.ends)(why) => Err(End::Refused(why.clone())),
            _ => Ok(()),
        }
    }

    /// Small selective lists before the complete one, so that what matters is on screen first.
    async fn quick(&mut self, machine: &mut Machine<D::Item>) -> Result<(), End> {
        for (labels, limit) in std::mem::take(&mut self.quick) {
            let page = self.list(self.spec.quick(labels, limit)).await;
            self.check(page.as_ref().err())?;
            let Ok(page) = page else {
                // The complete list will meet the same and say so.
                return Ok(());
            };
            machine.early(page, Timestamp::now());
            self.say(machine).await?;
        }
        Ok(())
    }

    async fn list(&mut self, ask: Ask) -> Result<Page<Versioned<D::Item>>, Trouble> {
        let body = self.cluster.read(&ask).await?;
        let decode = self.decode.clone();
        let page = offload(body.len(), move || locked(&decode).page(&body)).await?;
        page.map_err(|why| error::unreadable(&ask.sentence(), &why))
    }

    /// Reads an open watch to its end.
    async fn follow(
        &mut self,
        machine: &mut Machine<D::Item>,
        ask: &Ask,
        answer: Response<Body>,
    ) -> Result<Close, End> {
        let mut held = Held::of(self.near.clone().unwrap_or_default());
        let close = self
            .follow_body(machine, ask, answer.into_body(), &mut held)
            .await?;
        // The next watch goes on behind them.
        self.read(machine, ask, held.all()).await;
        Ok(close)
    }

    async fn follow_body(
        &mut self,
        machine: &mut Machine<D::Item>,
        ask: &Ask,
        mut body: Body,
        held: &mut Held,
    ) -> Result<Close, End> {
        let mut lines = Lines::new(LONGEST_LINE, Over::Drop);
        let mut silences = 0;
        let mut gulp = Instant::now();
        self.say(machine).await?;
        loop {
            let frame = match at_hand(&mut body).await {
                Some(frame) => frame,
                None => {
                    self.say(machine).await?;
                    sleep(GULP.saturating_sub(gulp.elapsed())).await;
                    let patience = held.patience().unwrap_or(SILENCE);
                    let Ok(frame) = timeout(patience, body.frame()).await else {
                        if patience < SILENCE {
                            self.read(machine, ask, held.due(Instant::now())).await;
                            continue;
                        }
                        silences += 1;
                        if silences >= DEAF {
                            return Ok(Close::Ended);
                        }
                        match self.heartbeat().await {
                            Ok(()) => continue,
                            Err(why) => return Ok(Close::Failed(why)),
                        }
                    };
                    gulp = Instant::now();
                    frame
                }
            };
            let data = match frame {
                // A cut line at the end is nothing: the watch goes on from the last version seen.
                None => return Ok(Close::Ended),
                Some(Err(why)) => {
                    return Ok(Close::Broken(Trouble::Server {
                        detail: error::safe(&format!("the watch broke off: {why}")),
                    }));
                }
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            };
            silences = 0;
            machine.word(Timestamp::now());
            lines.push(&data);
            while let Some(Line { bytes: line, .. }) = lines.pop() {
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                let now = match self.near {
                    Some(_) => held.take(line, Instant::now()),
                    None => Some(line),
                };
                if !self.read(machine, ask, now).await {
                    return Ok(Close::Ended);
                }
            }
            machine.count_malformed(lines.take_dropped());
            if gulp.elapsed() >= GULP {
                self.read(machine, ask, held.due(Instant::now())).await;
                self.say(machine).await?;
                gulp = Instant::now();
            }
        }
    }

    /// Reads lines of a watch. False: the stream is of no use any more.
    async fn read(
        &self,
        machine: &mut Machine<D::Item>,
        ask: &Ask,
        lines: impl IntoIterator<Item = Bytes>,
    ) -> bool {
        for line in lines {
            let read = if line.len() < HEAVY {
                locked(&self.decode).line(&line)
            } else {
                let decode = self.decode.clone();
                match offload(line.len(), move || locked(&decode).line(&line)).await {
                    Ok(read) => read,
                    Err(why) => Frame::Malformed(why.to_string()),
                }
            };
            if !machine.frame(read, |status| error::from_status(status, ask)) {
                return false;
            }
        }
        true
    }

    /// Asks for one row on another connection: any answer of the server proves that it is alive.
    async fn heartbeat(&self) -> Result<(), Trouble> {
        let ask = self.spec.heartbeat();
        let question = async {
            match timeout(HEARTBEAT, self.cluster.read(&ask)).await {
                Ok(Err(
                    why @ (Trouble::Unreachable { .. }
                    | Trouble::Untrusted { .. }
                    | Trouble::Timeout { .. }
                    | Trouble::Server { .. }),
                )) => Err(why),
                Ok(_) => Ok(()),
                Err(_) => Err(Trouble::Timeout {
                    what: "a heartbeat".to_string(),
                    seconds: HEARTBEAT.as_secs(),
                }),
            }
        };
        self.cluster.pulse().feel(question).await
    }

    async fn say(&mut self, machine: &mut Machine<D::Item>) -> Result<(), End> {
        let unread = machine.take_malformed();
        if unread > 0 {
            tracing::warn!(
                objects = unread,
                resource = self.spec.resource,
                "could not be read and were skipped"
            );
        }
        for event in machine.take() {
            let event = (self.wrap)(event);
            self.sender.send(event).await.map_err(|_| End::Unread)?;
        }
        Ok(())
    }
}

/// What of a body has arrived already: the connection hands frames over one by one, and only while it is asked.
async fn at_hand(body: &mut Body) -> Option<Option<Result<http_body::Frame<Bytes>, kube::Error>>> {
    if let Some(frame) = body.frame().now_or_never() {
        return Some(frame);
    }
    tokio::task::yield_now().await;
    body.frame().now_or_never()
}

/// A stream fed by a job of its own, which ends with the stream.
pub(crate) fn job<E, F, W>(work: W) -> impl Stream<Item = E> + Send + Unpin + use<E, F, W>
where
    W: FnOnce(mpsc::Sender<E>) -> F,
    E: Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, mut receiver) = mpsc::channel(WAITING);
    let guard = Guard(tokio::spawn(work(sender)).abort_handle());
    poll_fn(move |cx| {
        // The closure owns the guard, and with it the job.
        let _job = &guard;
        receiver.poll_recv(cx)
    })
}

struct Guard(AbortHandle);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The decoder is only ever used by its own feed, one page or line at a time.
fn locked<D>(decode: &Mutex<D>) -> MutexGuard<'_, D> {
    decode.lock().unwrap_or_else(PoisonError::into_inner)
}
