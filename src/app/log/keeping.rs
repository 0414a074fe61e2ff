//! Keeping lines in order of time, within bounds, with the places of those that are shown, grave or searched.
//! Apart from how they are looked at.

use jiff::Timestamp;

use super::texts::{Reader, Texts};
use super::{Kept, LogView, MAX_BYTES, Owed, Sight, is_executor, is_of};
use crate::app::state::later;
use crate::model::level::Level;
use crate::model::log::LogLine;

/// Lines from which on a search or a filter that is typed waits for a pause: each letter would go over all of them.
const MANY: usize = 20_000;
/// The pause, in milliseconds.
const PAUSE: i64 = 120;
/// Bytes that a line takes beside its text.
const INDEX: usize = size_of::<Kept>() + size_of::<usize>();

impl LogView {
    /// Puts lines of one container at their times. They come in order, so the tail they belong into is merged with them
    /// in one go; of equal times, what is there stands first. A line without a time stands with the one before it.
    pub(super) fn insert(&mut self, lines: Vec<LogLine>) {
        let mut batch: Vec<Kept> = lines.iter().map(|line| self.keep(line)).collect();
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
        self.forget(MAX_BYTES);
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
        self.note(self.end(), &kept);
        self.lines.push_back(kept);
    }

    /// Counts the line of this place, which is behind all others.
    fn note(&mut self, place: usize, kept: &Kept) {
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
    }

    fn keep(&mut self, line: &LogLine) -> Kept {
        let before = self.latest.get(&line.source).copied();
        let at = line.at.or(before).unwrap_or(Timestamp::UNIX_EPOCH);
        self.latest.insert(line.source.clone(), at);
        let executor = is_executor(line);
        let level = Level::of(&line.text);
        Kept {
            at: nanoseconds(at),
            timed: line.at.is_some(),
            level,
            sight: self.sight(&line.source.step, &line.text, level, executor),
            matches: self.matches(&line.text, line.tints.is_some()),
            spot: self.texts.push(line),
            executor,
        }
    }

    fn sight(&self, step: &str, text: &str, level: Option<Level>, executor: bool) -> Sight {
        let only = self.only.as_ref();
        if only.is_some_and(|only| !is_of(step, only)) {
            Sight::Elsewhere
        } else if executor && !self.executor {
            Sight::Executor
        } else if !self.filter.passes(text, level) {
            Sight::Filtered
        } else {
            Sight::Shown
        }
    }

    /// Drops the oldest lines beyond the bound, and counts them.
    pub(super) fn forget(&mut self, most: usize) {
        let (mut shown, before) = (0, self.forgotten);
        while self.texts.bytes() + self.lines.len() * INDEX > most {
            let Some(old) = self.lines.pop_front() else {
                break;
            };
            self.texts.release(old.spot);
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
        self.owed.sift = false;
        let read = !self.filter.is_empty();
        self.go_over(|view, kept, texts, reader| {
            let step = texts.source(kept.spot).map_or("", |source| &source.step);
            let text = if read { reader.text(kept.spot) } else { "" };
            kept.sight = view.sight(step, text, kept.level, kept.executor);
        });
    }

    /// Asks of every line anew whether what is searched for is in it.
    pub(super) fn seek(&mut self) {
        self.owed.seek = false;
        let read = !self.search.is_empty();
        self.go_over(|view, kept, _, reader| {
            kept.matches = read && {
                let tinted = reader.tints(kept.spot).is_some();
                view.matches(reader.text(kept.spot), tinted)
            };
        });
    }

    /// Puts every line back with another answer. Who reads keeps the place.
    fn go_over(&mut self, ask: impl Fn(&Self, &mut Kept, &Texts, &mut Reader<'_>)) {
        let top = self.shown.get(self.top);
        self.cut(0);
        let (mut lines, texts) = (
            std::mem::take(&mut self.lines),
            std::mem::take(&mut self.texts),
        );
        let mut reader = texts.reader();
        for (place, kept) in (self.forgotten..).zip(&mut lines) {
            ask(self, kept, &texts, &mut reader);
            self.note(place, kept);
        }
        (self.lines, self.texts) = (lines, texts);
        self.here = self.here.filter(|here| self.shown.index(*here).is_some());
        self.top = top.map_or(self.top, |top| self.shown.rank(top));
    }

    /// A search or a filter was typed: all lines are gone over at once, or, where there are many, when nothing was typed
    /// for a moment. Until then no match is known.
    pub(super) fn owe(&mut self, owed: Owed) {
        self.owed.seek |= owed.seek;
        self.owed.sift |= owed.sift;
        self.owed.due = None;
        if self.lines.len() <= MANY {
            return self.pay();
        }
        if owed.seek {
            self.hits.cut(0);
        }
    }

    /// Goes over the lines now, where that is owed.
    pub fn pay(&mut self) {
        if self.owed.sift {
            self.sift();
        }
        if self.owed.seek {
            self.seek();
        }
        self.owed = Owed::default();
    }

    /// Goes over the lines where nothing was typed for a moment.
    pub(in crate::app) fn settle(&mut self, now: Timestamp) {
        match self.owed.due {
            _ if !self.owes() => {}
            None => self.owed.due = Some(later(now, PAUSE)),
            Some(due) if due <= now => self.pay(),
            Some(_) => {}
        }
    }
}

/// Nanoseconds since 1970; of a time beyond the year 2262 the last one there is.
pub(super) fn nanoseconds(at: Timestamp) -> i64 {
    let bound = if at < Timestamp::UNIX_EPOCH {
        i64::MIN
    } else {
        i64::MAX
    };
    i64::try_from(at.as_nanosecond()).unwrap_or(bound)
}
