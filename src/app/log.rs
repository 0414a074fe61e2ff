//! The log that is looked at: lines of every container merged by time, what is searched, and what was lost.
//! Apart from the pane that shows it, because `tiphys logs` merges in the same way.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::search::{self, Search};
use crate::model::log::{LogEvent, LogLine, LogSource};
use crate::model::trouble::Trouble;

/// Lines kept at most; older ones are dropped and counted.
pub const MAX_LINES: usize = 200_000;
/// Bytes of text kept at most.
pub const MAX_BYTES: usize = 64 << 20;

/// What a container's stream does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum StreamState {
    /// Being read.
    Open,
    /// Over.
    Ended,
    /// Cannot be read now.
    Failed(Trouble),
}

/// A line, and whether Argo's own executor wrote it and not the step's program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    line: LogLine,
    at: Timestamp,
    executor: bool,
}

/// Whether Argo's executor wrote a line: everything of its own containers, and what it leaves between the lines of the
/// others (seen live with v4.1.2: such a line carries `argo=true`, and the last one of a step that failed is
/// `Error: exit status 1`).
pub fn is_executor(line: &LogLine) -> bool {
    let status = || line.text.strip_prefix("Error: exit status ");
    matches!(&*line.source.container, "init" | "wait" | "supervisor")
        || line.text.contains(" argo=true")
        || status().is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a line is of a step: of itself, of an item of its fan-out `step(0:x)` or of an attempt of it `step(1)`.
pub fn is_of(source: &LogSource, step: &str) -> bool {
    source
        .step
        .strip_prefix(step)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
}

/// One followed log and how it is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogView {
    lines: VecDeque<Kept>,
    bytes: usize,
    executor_lines: usize,
    latest: BTreeMap<Arc<LogSource>, Timestamp>,
    hits: usize,
    /// Lines dropped at the old end because of the bounds.
    pub forgotten: u64,
    /// Lines that were lost before they arrived here.
    pub dropped: u64,
    /// Streams by source.
    pub streams: BTreeMap<Arc<LogSource>, StreamState>,
    /// Why the pods cannot be listed, and with them no log be found.
    pub refused: Option<Trouble>,
    /// Nothing more will come.
    pub complete: bool,
    /// The end is followed.
    pub follow: bool,
    /// Long lines are wrapped.
    pub wrap: bool,
    /// Times are shown.
    pub timestamps: bool,
    /// Lines of Argo's executor are shown too.
    pub executor: bool,
    /// Only this step's lines.
    pub only: Option<Arc<str>>,
    /// First visible line among the shown ones.
    pub top: usize,
    search: Search,
}

impl Default for LogView {
    fn default() -> Self {
        Self {
            lines: VecDeque::new(),
            bytes: 0,
            executor_lines: 0,
            latest: BTreeMap::new(),
            hits: 0,
            forgotten: 0,
            dropped: 0,
            streams: BTreeMap::new(),
            refused: None,
            complete: false,
            follow: true,
            wrap: false,
            timestamps: true,
            executor: false,
            only: None,
            top: 0,
            search: Search::default(),
        }
    }
}

impl LogView {
    /// Empty again, looked at as before.
    pub fn restart(&mut self) {
        *self = Self {
            wrap: self.wrap,
            timestamps: self.timestamps,
            executor: self.executor,
            ..Self::default()
        };
    }

    /// Takes in what the stream reports.
    pub fn take(&mut self, event: LogEvent) {
        match event {
            LogEvent::Lines(lines) => self.insert(lines),
            LogEvent::Opened(source) => {
                self.refused = None;
                self.streams.insert(source, StreamState::Open);
            }
            LogEvent::Ended(source) => {
                self.streams.insert(source, StreamState::Ended);
            }
            LogEvent::Failed(source, why) => {
                self.streams.insert(source, StreamState::Failed(why));
            }
            // The page tells of its pods itself.
            LogEvent::Refused(why) => self.refused = Some(why),
            LogEvent::Dropped(_, lines) => self.dropped += lines,
            LogEvent::Complete => self.complete = true,
        }
    }

    /// Puts lines of one container at their times. They come in order, so the tail they belong into is merged with them
    /// in one go; of equal times, what is there stands first. A line without a time stands with the one before it.
    fn insert(&mut self, lines: Vec<LogLine>) {
        let mut batch: Vec<Kept> = lines.into_iter().map(|line| self.keep(line)).collect();
        batch.sort_by_key(|kept| kept.at);
        let Some(first) = batch.first().map(|kept| kept.at) else {
            return;
        };
        // Who reads further up keeps the place although lines come in above it.
        if !self.follow {
            let reading = self.shown_kept().nth(self.top).map(|kept| kept.at);
            let above = |kept: &&Kept| Some(kept.at) < reading && self.shows(kept);
            self.top += batch.iter().filter(above).count();
        }
        self.hits += batch.iter().filter(|kept| self.is_hit(kept)).count();
        let start = self.lines.partition_point(|kept| kept.at <= first);
        let tail: Vec<Kept> = self.lines.drain(start..).collect();
        let mut batch = batch.into_iter().peekable();
        for kept in tail {
            while let Some(new) = batch.next_if(|new| new.at < kept.at) {
                self.lines.push_back(new);
            }
            self.lines.push_back(kept);
        }
        self.lines.extend(batch);
        self.forget();
    }

    fn keep(&mut self, line: LogLine) -> Kept {
        let before = self.latest.get(&line.source).copied();
        let at = line.at.or(before).unwrap_or(Timestamp::UNIX_EPOCH);
        self.latest.insert(line.source.clone(), at);
        let executor = is_executor(&line);
        self.bytes += line.text.len();
        self.executor_lines += usize::from(executor);
        Kept { line, at, executor }
    }

    /// Drops the oldest lines beyond the bounds, and counts them.
    fn forget(&mut self) {
        while self.lines.len() > MAX_LINES || self.bytes > MAX_BYTES {
            let Some(old) = self.lines.pop_front() else {
                break;
            };
            self.bytes -= old.line.text.len();
            self.executor_lines -= usize::from(old.executor);
            self.hits -= usize::from(self.is_hit(&old));
            self.forgotten += 1;
            self.top = self.top.saturating_sub(usize::from(self.shows(&old)));
        }
    }

    fn is_hit(&self, kept: &Kept) -> bool {
        self.shows(kept) && self.search.is_in(&kept.line.text)
    }

    fn recount(&mut self) {
        self.hits = self.lines.iter().filter(|kept| self.is_hit(kept)).count();
    }

    /// Shows only one step, with its items and attempts; or all again.
    pub fn show_only(&mut self, step: Option<Arc<str>>) {
        self.only = step;
        self.recount();
    }

    /// Shows or hides the lines of Argo's executor.
    pub fn toggle_executor(&mut self) {
        self.executor = !self.executor;
        self.recount();
    }

    fn shown_kept(&self) -> impl DoubleEndedIterator<Item = &Kept> {
        self.lines.iter().filter(|kept| self.shows(kept))
    }

    /// Lines that are shown, oldest first.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = &LogLine> {
        self.shown_kept().map(|kept| &kept.line)
    }

    /// How many lines are shown.
    pub fn len(&self) -> usize {
        match (&self.only, self.executor) {
            (None, true) => self.lines.len(),
            (None, false) => self.lines.len() - self.executor_lines,
            (Some(_), _) => self.shown().count(),
        }
    }

    /// No line is shown.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lines of Argo's executor that are not shown.
    pub fn hidden(&self) -> usize {
        match (&self.only, self.executor) {
            (_, true) => 0,
            (None, false) => self.executor_lines,
            (Some(step), false) => {
                let hidden = |kept: &&Kept| kept.executor && is_of(&kept.line.source, step);
                self.lines.iter().filter(hidden).count()
            }
        }
    }

    /// Lines from the `from`th shown one on.
    pub fn window(&self, from: usize) -> impl Iterator<Item = &LogLine> {
        self.shown().skip(from)
    }

    fn shows(&self, kept: &Kept) -> bool {
        (self.executor || !kept.executor)
            && self
                .only
                .as_ref()
                .is_none_or(|step| is_of(&kept.line.source, step))
    }

    /// What is searched for.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// Searches for something else.
    pub fn set_search(&mut self, search: Search) {
        self.search = search;
        self.recount();
    }

    /// Shown lines that match.
    pub fn match_count(&self) -> usize {
        self.hits
    }

    /// Goes to the next (or previous) matching line and stops following; says whether there is one.
    pub fn to_match(&mut self, forward: bool) -> bool {
        let hits: Vec<usize> = self
            .shown()
            .enumerate()
            .filter(|(_, line)| self.search.is_in(&line.text))
            .map(|(index, _)| index)
            .collect();
        let Some(target) = search::beside(&hits, Some(self.top), forward) else {
            return false;
        };
        self.follow = false;
        self.top = target;
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn line(step: &str, second: i64, text: &str) -> LogLine {
        LogLine {
            at: Some(Timestamp::from_second(second).unwrap()),
            source: Arc::new(LogSource {
                step: step.into(),
                pod: format!("pod-{step}").into(),
                container: "main".into(),
            }),
            text: text.into(),
        }
    }

    fn texts(view: &LogView) -> Vec<&str> {
        view.shown().map(|line| &*line.text).collect()
    }

    #[test]
    fn lines_of_all_containers_stand_in_order_of_time() {
        let mut view = LogView::default();
        view.take(LogEvent::Lines(vec![
            line("a", 1, "a1"),
            line("a", 3, "a3"),
        ]));
        view.take(LogEvent::Lines(vec![
            line("b", 2, "b2"),
            line("b", 3, "b3"),
        ]));
        assert_eq!(texts(&view), ["a1", "b2", "a3", "b3"]);
        view.show_only(Some("b".into()));
        assert_eq!(texts(&view), ["b2", "b3"]);
    }

    #[test]
    fn lines_of_the_executor_stand_back_until_they_are_asked_for() {
        let mut view = LogView::default();
        view.take(LogEvent::Lines(vec![
            line(
                "a",
                1,
                "time=2026-11-22T20:20:30Z level=INFO msg=\"capturing logs\" argo=true",
            ),
            line("a", 2, "hello"),
        ]));
        assert_eq!(
            (texts(&view), view.len(), view.hidden()),
            (vec!["hello"], 1, 1)
        );
        view.toggle_executor();
        assert_eq!((view.len(), view.hidden()), (2, 0));
    }

    #[test]
    fn who_reads_further_up_keeps_the_place_when_older_lines_come_in() {
        let mut view = LogView {
            follow: false,
            ..LogView::default()
        };
        view.take(LogEvent::Lines(
            (10..20).map(|n| line("a", n, "a")).collect(),
        ));
        view.top = 4;
        view.take(LogEvent::Lines(vec![line("b", 1, "b"), line("b", 30, "b")]));
        assert_eq!(view.top, 5);
        let first = view.window(view.top).next().and_then(|line| line.at);
        assert_eq!(first, Some(Timestamp::from_second(14).unwrap()));
    }

    #[test]
    fn a_step_is_shown_with_its_attempts_and_items() {
        let mut view = LogView::default();
        view.take(LogEvent::Lines(vec![line("test(0)", 1, "first")]));
        view.take(LogEvent::Lines(vec![line("test(1)", 2, "second")]));
        view.take(LogEvent::Lines(vec![line("tester", 3, "another")]));
        view.show_only(Some("test".into()));
        assert_eq!(texts(&view), ["first", "second"]);
    }

    #[test]
    fn what_the_bound_drops_is_counted() {
        let mut view = LogView::default();
        let lines = (0..MAX_LINES + 5).map(|n| line("a", n as i64, "x"));
        view.take(LogEvent::Lines(lines.collect()));
        assert_eq!(view.len(), MAX_LINES);
        assert_eq!(view.forgotten, 5);
    }

    #[test]
    fn the_search_goes_round() {
        let mut view = LogView::default();
        view.take(LogEvent::Lines(vec![
            line("a", 1, "ok"),
            line("a", 2, "Error one"),
            line("a", 3, "ok"),
            line("a", 4, "error two"),
        ]));
        view.set_search(Search::parse("error").unwrap());
        assert_eq!(view.match_count(), 2);
        assert!(view.to_match(true));
        assert_eq!(view.top, 1);
        assert!(view.to_match(true));
        assert_eq!(view.top, 3);
        assert!(view.to_match(true));
        assert_eq!(view.top, 1);
        assert!(!view.follow);
        assert!(Search::parse("(").is_err());
        view.set_search(Search::parse("Error").unwrap());
        assert_eq!(view.match_count(), 1);
    }
}
