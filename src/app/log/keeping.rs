//! Keeping lines in order of time, within bounds, with the places of those that are shown, grave or searched.
//! Apart from how they are looked at.

use jiff::Timestamp;

use super::{Kept, LogView, MAX_BYTES, MAX_LINES, Sight, is_executor, is_of};
use crate::model::level::Level;
use crate::model::log::LogLine;

impl LogView {
    /// Puts lines of one container at their times. They come in order, so the tail they belong into is merged with them
    /// in one go; of equal times, what is there stands first. A line without a time stands with the one before it.
    pub(super) fn insert(&mut self, lines: Vec<LogLine>) {
        let mut batch: Vec<Kept> = lines.into_iter().map(|line| self.keep(line)).collect();
        batch.sort_by_key(|kept| kept.at);
        let Some(first) = batch.first().map(|kept| kept.at) else {
            return;
        };
        // Who reads further up keeps the place although lines come in above it, and one stands where one stood.
        let top = (!self.follow).then(|| self.shown.get(self.top)).flatten();
        let (mut new_top, mut new_here) = (top, self.here);
        let start = self.lines.partition_point(|kept| kept.at <= first);
        let from = self.cut(start);
        let tail: Vec<Kept> = self.lines.drain(start..).collect();
        let mut batch = batch.into_iter().peekable();
        for (was, kept) in (from..).zip(tail) {
            while let Some(new) = batch.next_if(|new| new.at < kept.at) {
                self.append(new);
            }
            let place = self.end();
            if top == Some(was) {
                new_top = Some(place);
            }
            if self.here == Some(was) {
                new_here = Some(place);
            }
            self.append(kept);
        }
        batch.for_each(|new| self.append(new));
        self.here = new_here;
        if let Some(top) = new_top {
            self.top = self.shown.rank(top);
        }
        self.forget();
    }

    /// Leaves out of the places the lines from the `start`th one on; gives its place.
    fn cut(&mut self, start: usize) -> usize {
        let from = self.forgotten + start;
        for places in [
            &mut self.shown,
            &mut self.errors,
            &mut self.warnings,
            &mut self.hits,
        ] {
            places.cut(from);
        }
        for kept in self.lines.range(start..) {
            self.hidden -= usize::from(kept.sight == Sight::Executor);
            self.filtered -= usize::from(kept.sight == Sight::Filtered);
        }
        from
    }

    /// The place of the line that comes next.
    pub(super) fn end(&self) -> usize {
        self.forgotten + self.lines.len()
    }

    fn append(&mut self, kept: Kept) {
        let place = self.end();
        match kept.sight {
            Sight::Shown => {
                self.shown.push(place);
                match kept.level {
                    Some(Level::Error) => self.errors.push(place),
                    Some(Level::Warn) => self.warnings.push(place),
                    _ => {}
                }
                if kept.matches {
                    self.hits.push(place);
                }
            }
            Sight::Executor => self.hidden += 1,
            Sight::Filtered => self.filtered += 1,
            Sight::Elsewhere => {}
        }
        self.lines.push_back(kept);
    }

    fn keep(&mut self, line: LogLine) -> Kept {
        let before = self.latest.get(&line.source).copied();
        let at = line.at.or(before).unwrap_or(Timestamp::UNIX_EPOCH);
        self.latest.insert(line.source.clone(), at);
        let executor = is_executor(&line);
        self.bytes += line.text.len();
        let level = Level::of(&line.text);
        Kept {
            level,
            sight: self.sight(&line, level, executor),
            matches: self.matches(&line),
            line,
            at,
            executor,
        }
    }

    fn sight(&self, line: &LogLine, level: Option<Level>, executor: bool) -> Sight {
        let only = self.only.as_ref();
        if only.is_some_and(|step| !is_of(&line.source.step, step)) {
            Sight::Elsewhere
        } else if executor && !self.executor {
            Sight::Executor
        } else if !self.filter.passes(&line.text, level) {
            Sight::Filtered
        } else {
            Sight::Shown
        }
    }

    /// Drops the oldest lines beyond the bounds, and counts them.
    fn forget(&mut self) {
        let (mut shown, before) = (0, self.forgotten);
        while self.lines.len() > MAX_LINES || self.bytes > MAX_BYTES {
            let Some(old) = self.lines.pop_front() else {
                break;
            };
            self.bytes -= old.line.text.len();
            self.forgotten += 1;
            shown += usize::from(old.sight == Sight::Shown);
            self.hidden -= usize::from(old.sight == Sight::Executor);
            self.filtered -= usize::from(old.sight == Sight::Filtered);
        }
        if self.forgotten == before {
            return;
        }
        for places in [
            &mut self.shown,
            &mut self.errors,
            &mut self.warnings,
            &mut self.hits,
        ] {
            places.forget(self.forgotten);
        }
        self.top = self.top.saturating_sub(shown);
        self.here = self.here.filter(|here| *here >= self.forgotten);
    }

    /// Asks of every line anew whether it is shown.
    pub(super) fn sift(&mut self) {
        self.go_over(|view, kept| {
            kept.sight = view.sight(&kept.line, kept.level, kept.executor);
        });
    }

    /// Asks of every line anew whether what is searched for is in it.
    pub(super) fn seek(&mut self) {
        self.go_over(|view, kept| kept.matches = view.matches(&kept.line));
    }

    /// Puts every line back with another answer. Who reads keeps the place.
    fn go_over(&mut self, ask: impl Fn(&Self, &mut Kept)) {
        let top = self.shown.get(self.top);
        self.cut(0);
        for mut kept in std::mem::take(&mut self.lines) {
            ask(self, &mut kept);
            self.append(kept);
        }
        self.here = self.here.filter(|here| self.shown.index(*here).is_some());
        self.top = top.map_or(self.top, |top| self.shown.rank(top));
    }
}
