//! Lines of several containers put into one order of time.
//! Apart from where they come from and go to, so that the order is tested without a clock that runs.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::model::log::{LogLine, LogSource};

/// How long a followed line waits for an older one of another container.
const HOLD: Duration = Duration::from_millis(300);

/// Lines of several containers on their way into one order of time. A line without a time stands where its container's last one stood.
#[derive(Default)]
pub(super) struct Merge {
    held: BinaryHeap<Reverse<Held>>,
    /// Time of the last line of each container.
    last: HashMap<Arc<LogSource>, Timestamp>,
    pushed: u64,
}

struct Held {
    at: Option<Timestamp>,
    number: u64,
    arrived: Instant,
    line: LogLine,
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl Merge {
    /// Takes a line in.
    pub(super) fn push(&mut self, line: LogLine, arrived: Instant) {
        let at = match line.at {
            Some(at) => {
                self.last.insert(line.source.clone(), at);
                Some(at)
            }
            None => self.last.get(&line.source).copied(),
        };
        self.pushed += 1;
        self.held.push(Reverse(Held {
            at,
            number: self.pushed,
            arrived,
            line,
        }));
    }

    /// Where lines of a container stand that have no time and none with a time before them.
    pub(super) fn begin(&mut self, source: &Arc<LogSource>, at: Option<Timestamp>) {
        let known = at.filter(|_| !self.last.contains_key(source));
        self.last.extend(known.map(|at| (source.clone(), at)));
    }

    /// When the first line in order has waited long enough.
    pub(super) fn due(&self) -> Option<Instant> {
        self.held.peek().map(|Reverse(held)| held.arrived + HOLD)
    }

    /// Lines that have waited long enough, in order.
    pub(super) fn ripe(&mut self, now: Instant) -> Vec<LogLine> {
        let mut lines = Vec::new();
        while self.due().is_some_and(|due| due <= now) {
            lines.extend(self.held.pop().map(|Reverse(held)| held.line));
        }
        lines
    }

    /// All lines, in order.
    pub(super) fn drain(&mut self) -> Vec<LogLine> {
        let mut lines = Vec::with_capacity(self.held.len());
        while let Some(Reverse(held)) = self.held.pop() {
            lines.push(held.line);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn source(step: &str) -> Arc<LogSource> {
        Arc::new(LogSource {
            step: step.into(),
            pod: format!("pod-{step}").into(),
            container: "main".into(),
        })
    }

    fn line(source: &Arc<LogSource>, second: Option<i64>, text: &str) -> LogLine {
        LogLine {
            at: second.map(|second| Timestamp::from_second(second).unwrap()),
            source: source.clone(),
            text: text.into(),
            tints: None,
        }
    }

    fn texts(lines: &[LogLine]) -> Vec<&str> {
        lines.iter().map(|line| &*line.text).collect()
    }

    #[test]
    fn lines_stand_in_order_of_time_and_a_line_without_one_stays_behind_its_own() {
        let (a, b) = (source("a"), source("b"));
        let mut merge = Merge::default();
        let now = Instant::now();
        for line in [
            line(&a, Some(3), "a3"),
            line(&a, None, "a3 goes on"),
            line(&a, Some(5), "a5"),
            line(&b, Some(1), "b1"),
            line(&b, Some(3), "b3"),
            line(&b, Some(4), "b4"),
        ] {
            merge.push(line, now);
        }
        assert_eq!(
            texts(&merge.drain()),
            ["b1", "a3", "a3 goes on", "b3", "b4", "a5"]
        );
    }

    #[test]
    fn lines_without_times_stand_where_their_container_began() {
        let (a, b) = (source("a"), source("b"));
        let mut merge = Merge::default();
        let now = Instant::now();
        merge.begin(&b, Some(Timestamp::from_second(2).unwrap()));
        for line in [
            line(&a, Some(1), "a1"),
            line(&a, Some(3), "a3"),
            line(&b, None, "b begins"),
            line(&b, None, "b goes on"),
        ] {
            merge.push(line, now);
        }
        assert_eq!(texts(&merge.drain()), ["a1", "b begins", "b goes on", "a3"]);
    }

    #[test]
    fn a_followed_line_waits_for_older_ones_but_not_for_ever() {
        let (a, b) = (source("a"), source("b"));
        let start = Instant::now();
        let mut merge = Merge::default();
        merge.push(line(&a, Some(2), "late"), start);
        assert!(merge.ripe(start).is_empty());
        merge.push(line(&b, Some(1), "early"), start + HOLD / 2);
        // The older line has not waited itself, and what is newer waits behind it.
        assert!(merge.ripe(start + HOLD).is_empty());
        assert_eq!(texts(&merge.ripe(start + HOLD * 2)), ["early", "late"]);
        assert_eq!(merge.due(), None);
    }
}
