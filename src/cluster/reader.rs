//! Reads the log of one container to its end: reopened where it broke, nothing twice.
//! Apart from the follower, which knows which containers there are; this one knows how a log stream fails.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use kube::client::Body;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::sleep;

use super::connect::Cluster;
use super::error;
use super::lines::{Line, Lines, Over};
use super::logs::not_scheduled;
use super::plain::plain;
use super::request::{Ask, query};
use super::run::CORE;
use crate::model::log::{LogEvent, LogLine, LogSource, Reach};
use crate::model::trouble::Trouble;

/// Longest line kept, in bytes.
const LONGEST: usize = 64 << 10;
/// A server sends the head of a followed log with its first line; a container can be silent for long.
const HEAD: Duration = Duration::from_secs(600);
/// First and longest pause before a stream is opened again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// Lines remembered around the place where a stream may break.
const REMEMBERED: usize = 200_000;

/// What a container does, with its restarts so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Not now; it did before.
    Waits(u32),
    /// Writes.
    Runs(u32),
    /// Writes no more.
    Ended(u32),
    /// Its pod is gone, and its log with it.
    Gone,
}

/// The lines of the last second read: where a stream goes on without saying anything twice.
/// `sinceTime` has seconds, so the server repeats the second it broke in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Boundary {
    second: Option<i64>,
    lines: VecDeque<(Timestamp, u64)>,
    passed: u64,
}

impl Boundary {
    fn since(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.second?).ok()
    }

    fn pass(&mut self, at: Timestamp, text: u64) {
        let second = at.as_second();
        self.passed += 1;
        if self.second.is_none_or(|last| second > last) {
            self.second = Some(second);
            self.lines.retain(|(at, _)| at.as_second() >= second);
        }
        if self.lines.len() >= REMEMBERED {
            self.lines.pop_front();
        }
        self.lines.push_back((at, text));
    }

    /// What a reopened stream may repeat, counted.
    fn repeats(&self) -> HashMap<(Timestamp, u64), u32> {
        let mut repeats = HashMap::new();
        for line in &self.lines {
            *repeats.entry(*line).or_insert(0) += 1;
        }
        repeats
    }
}

pub(crate) struct Reader {
    pub(crate) cluster: Cluster,
    pub(crate) namespace: Arc<str>,
    pub(crate) source: Arc<LogSource>,
    pub(crate) told: watch::Receiver<Told>,
    pub(crate) gate: Arc<Semaphore>,
    pub(crate) sender: mpsc::Sender<LogEvent>,
    pub(crate) boundary: Boundary,
    pub(crate) reach: Reach,
}

/// How one stream ended.
enum Stop {
    /// Read to its end.
    End,
    /// Nothing came for so long that it is better asked again.
    Silent,
    /// Broken, or never opened.
    Failed(Trouble),
    /// The pod is gone.
    Gone,
    /// Nobody listens.
    Unread,
}

impl Reader {
    /// Reads until the container's log is complete; gives its restarts then, and where it stopped.
    pub(crate) async fn run(mut self) -> (u32, Boundary) {
        let mut failures: u32 = 0;
        let mut said: Option<Trouble> = None;
        let mut opened = false;
        let restarts = restarts(*self.told.borrow());
        if restarts > 0 {
            self.life_before(restarts).await;
        }
        loop {
            let before = *self.told.borrow_and_update();
            let lines = self.boundary.passed;
            let stop = self.stream(&mut opened).await;
            if self.boundary.passed != lines {
                failures = 0;
            }
            match stop {
                Stop::Unread => break,
                Stop::Gone => return self.ended(before).await,
                // Complete only if the container was over before the stream began: else its last words may be missing.
                Stop::End if matches!(before, Told::Ended(_) | Told::Gone) => {
                    return self.ended(before).await;
                }
                Stop::End | Stop::Silent => said = None,
                Stop::Failed(_) if before == Told::Gone => return self.ended(before).await,
                Stop::Failed(why) => {
                    if said.as_ref() != Some(&why) {
                        let event = LogEvent::Failed(self.source.clone(), why.clone());
                        if self.sender.send(event).await.is_err() {
                            break;
                        }
                        said = Some(why);
                    }
                }
            }
            failures += 1;
            let pause = (PAUSES.0 * (1 << failures.saturating_sub(1).min(8))).min(PAUSES.1);
            tokio::select! {
                () = sleep(pause) => {}
                changed = self.told.changed() => if changed.is_err() { break },
                () = self.sender.closed() => break,
            }
        }
        (0, self.boundary)
    }

    async fn ended(self, last: Told) -> (u32, Boundary) {
        // That nobody listens is no reason to do anything else.
        let _ = self.sender.send(LogEvent::Ended(self.source.clone())).await;
        match last {
            Told::Gone => (u32::MAX, self.boundary),
            last => (restarts(last), self.boundary),
        }
    }

    /// What the container wrote before it was started again, as far as that was not read then: Kubernetes keeps the log of
    /// one life before (`previous` of `pods/log`), and answers 400 where it does not.
    async fn life_before(&mut self, restarts: u32) {
        let Ok(_permit) = self.gate.clone().acquire_owned().await else {
            return;
        };
        let unread = self.boundary.second.is_none();
        let mut path = log_path(&self.namespace, &self.source) + "&previous=true";
        match self.boundary.since() {
            Some(since) => path.push_str(&since_time(since)),
            None => path.push_str(&reaching(self.reach)),
        }
        let ask = Ask::get("get", "pods/log", path)
            .within(Some(&self.namespace))
            .named(&self.source.pod)
            .stream();
        let times = match restarts {
            1 => "once".to_string(),
            many => format!("{many} times"),
        };
        let answer = self.cluster.open(&ask).await;
        let said = match &answer {
            Ok(_) if restarts == 1 => None,
            Ok(_) => Some(format!(
                "restarted {times}; of what it wrote before, Kubernetes keeps only its last life"
            )),
            Err(Trouble::NotFound { .. }) => return,
            Err(why) => Some(format!(
                "restarted {times}; what it wrote before cannot be read: {why}"
            )),
        };
        // Who read an earlier life knows that it ended.
        if let Some(said) = said.filter(|_| unread) {
            let line = LogLine::new(None, self.source.clone(), said);
            // Whether anybody listens is found out with the next line.
            let _ = self.sender.send(LogEvent::Lines(vec![line])).await;
        }
        if let Ok(answer) = answer {
            self.lines(answer).await;
        }
        if unread {
            // The life that goes on has a log of its own, which is read as far back as was asked for.
            self.boundary = Boundary::default();
        }
    }

    async fn stream(&mut self, opened: &mut bool) -> Stop {
        let Ok(_permit) = self.gate.clone().acquire_owned().await else {
            return Stop::Unread;
        };
        if !*opened {
            *opened = true;
            let event = LogEvent::Opened(self.source.clone());
            if self.sender.send(event).await.is_err() {
                return Stop::Unread;
            }
        }
        let mut path = log_path(&self.namespace, &self.source);
        path.push_str("&follow=true");
        // Where it broke is known once something was read; before that it reaches back as far as was asked for.
        match self.boundary.since() {
            Some(since) => path.push_str(&since_time(since)),
            None => path.push_str(&reaching(self.reach)),
        }
        let mut ask = Ask::get("get", "pods/log", path)
            .within(Some(&self.namespace))
            .named(&self.source.pod)
            .stream();
        ask.limit = HEAD;
        match self.cluster.open(&ask).await {
            Ok(answer) if answer.status() == StatusCode::NO_CONTENT => {
                Stop::Failed(not_scheduled(&self.source))
            }
            Ok(answer) => self.lines(answer).await,
            Err(Trouble::NotFound { .. }) => Stop::Gone,
            // A container that said nothing for ten minutes is nothing to talk about.
            Err(Trouble::Timeout { .. }) => Stop::Silent,
            Err(why) => Stop::Failed(why),
        }
    }

    async fn lines(&mut self, answer: Response<Body>) -> Stop {
        let mut body = answer.into_body();
        let mut lines = Lines::new(LONGEST, Over::Cut);
        let mut repeats = self.boundary.repeats();
        loop {
            let (stop, data) = match body.frame().await {
                None => (Some(Stop::End), None),
                Some(Err(why)) => {
                    let detail = error::safe(&format!("the log broke off: {why}"));
                    (Some(Stop::Failed(Trouble::Server { detail })), None)
                }
                Some(Ok(frame)) => (None, frame.into_data().ok()),
            };
            let mut batch = Vec::new();
            if let Some(data) = data {
                lines.push(&data);
            }
            while let Some(line) = lines.pop() {
                self.take(&line, &mut repeats, &mut batch);
            }
            // A broken stream's last line is cut and comes again; an ended one's is whole.
            if matches!(stop, Some(Stop::End))
                && let Some(line) = lines.rest()
            {
                self.take(&line, &mut repeats, &mut batch);
            }
            if !batch.is_empty() && self.sender.send(LogEvent::Lines(batch)).await.is_err() {
                return Stop::Unread;
            }
            if let Some(stop) = stop {
                return stop;
            }
        }
    }

    fn take(
        &mut self,
        line: &Line,
        repeats: &mut HashMap<(Timestamp, u64), u32>,
        batch: &mut Vec<LogLine>,
    ) {
        let (at, text) = stamp(&line.bytes);
        if let Some(at) = at {
            let mark = (at, mark(text));
            if let Some(left) = repeats.get_mut(&mark).filter(|left| **left > 0) {
                *left -= 1;
                return;
            }
            self.boundary.pass(mark.0, mark.1);
        }
        batch.push(log_line(at, text, line.cut, &self.source));
    }
}

/// How often a container was started again; of one that is gone nobody knows.
fn restarts(told: Told) -> u32 {
    match told {
        Told::Waits(n) | Told::Runs(n) | Told::Ended(n) => n,
        Told::Gone => 0,
    }
}

fn mark(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The kubelet's timestamp before a line, RFC 3339 with nanoseconds and a space. Source: Kubernetes API, `timestamps` of `pods/log`.
fn stamp(line: &[u8]) -> (Option<Timestamp>, &[u8]) {
    let end = line
        .iter()
        .take(40)
        .position(|b| *b == b' ')
        .unwrap_or(line.len().min(40));
    let at = std::str::from_utf8(&line[..end])
        .ok()
        .and_then(|text| text.parse().ok());
    match at {
        Some(at) => (Some(at), line.get(end + 1..).unwrap_or_default()),
        None => (None, line),
    }
}

fn log_line(at: Option<Timestamp>, text: &[u8], cut: bool, source: &Arc<LogSource>) -> LogLine {
    let (mut text, tints) = plain(text);
    if cut {
        text.push('…');
    }
    LogLine {
        at,
        source: source.clone(),
        text: text.into(),
        tints: (!tints.is_empty()).then(|| tints.into()),
    }
}

/// A whole log without times, cut into lines.
pub(crate) fn unstamped(log: &[u8], source: &Arc<LogSource>) -> Vec<LogLine> {
    let mut lines = Lines::new(LONGEST, Over::Cut);
    lines.push(log);
    let mut out = Vec::new();
    while let Some(line) = lines.pop().or_else(|| lines.rest()) {
        out.push(log_line(None, &line.bytes, line.cut, source));
    }
    out
}

/// A whole log, cut into lines.
pub(crate) fn split(log: &[u8], source: &Arc<LogSource>) -> Vec<LogLine> {
    let mut lines = Lines::new(LONGEST, Over::Cut);
    lines.push(log);
    let mut out = Vec::new();
    while let Some(line) = lines.pop().or_else(|| lines.rest()) {
        let (at, text) = stamp(&line.bytes);
        out.push(log_line(at, text, line.cut, source));
    }
    out
}

fn log_path(namespace: &str, source: &LogSource) -> String {
    format!(
        "{CORE}/namespaces/{}/pods/{}/log?container={}&timestamps=true",
        query(namespace),
        query(&source.pod),
        query(&source.container)
    )
}

/// Path of a log that is read once, as far back as it reaches.
pub(crate) fn tail_path(namespace: &str, source: &LogSource, reach: Reach) -> String {
    log_path(namespace, source) + &reaching(reach)
}

fn since_time(since: Timestamp) -> String {
    format!("&sinceTime={}", query(&since.to_string()))
}

/// Source: Kubernetes API, `sinceTime` and `tailLines` of `pods/log`.
fn reaching(reach: Reach) -> String {
    let mut text = reach.since.map(since_time).unwrap_or_default();
    if let Some(lines) = reach.tail {
        text += &format!("&tailLines={lines}");
    }
    text
}
