//! The log that is looked at: lines of every container merged by time, what is searched, and what was lost.
//! Apart from the pane that shows it, because `tiphys logs` merges in the same way.

mod filter;
mod going;
mod keeping;
mod places;
mod shape;
#[cfg(test)]
mod tests;
mod texts;
mod times;
mod written;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use filter::Filter;
pub use going::Aim;
pub use times::{Times, since};
pub use written::{Before, Saved};

use crate::app::search::Search;
use crate::model::level::Level;
use crate::model::log::{LogEvent, LogLine, LogSource, Reach};
use crate::model::trouble::Trouble;
use places::Places;
use texts::{Reader, Spot, Texts};

/// Bytes kept at most, packed texts and the index of their lines together; older lines are dropped and counted. A log of
/// 100 MB that says much the same in each line is well below it.
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

/// Why a line is on the screen or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Sight {
    Shown,
    /// Of a step that is not looked at.
    Elsewhere,
    /// Of Argo's executor.
    Executor,
    /// The filter does not let it pass.
    Filtered,
}

/// A line with what was found out about it as it came; there are very many of these.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// Nanoseconds since 1970; of a line without a time that of the one before it.
    at: i64,
    /// Where its text is.
    spot: Spot,
    level: Option<Level>,
    sight: Sight,
    /// It has a time of its own.
    timed: bool,
    /// Argo's own executor wrote it and not the step's program.
    executor: bool,
    /// What is searched for is in it.
    matches: bool,
}

/// What is still to be asked of every line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Owed {
    /// Whether what is searched for is in it.
    seek: bool,
    /// Whether it is shown.
    sift: bool,
    /// When that is done.
    due: Option<Timestamp>,
}

/// A line that is shown.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The line.
    pub line: LogLine,
    /// How grave it says it is.
    pub level: Option<Level>,
    /// Argo's own executor wrote it.
    pub executor: bool,
    /// One stands on it, by a search or a jump.
    pub here: bool,
}

/// Whether Argo's executor wrote a line: everything of its own containers, and what it leaves between the lines of the
/// others (seen live with v4.1.2: such a line carries `argo=true`, and the last one of a step that failed is
/// `Error: exit status 1`).
pub fn is_executor(line: &LogLine) -> bool {
    line.is_executor()
}

/// Whether a name is of a step: its own, of an item of its fan-out `step(0:x)` or of an attempt of it `step(1)`.
pub fn is_of(name: &str, step: &str) -> bool {
    let rest = name.strip_prefix(step);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
}

/// One followed log and how it is looked at. A line's place is how many came before it, those that were dropped included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogView {
    lines: VecDeque<Kept>,
    texts: Texts,
    latest: BTreeMap<Arc<LogSource>, Timestamp>,
    /// Places of the lines that are shown, and of those among them that say they are errors or warnings or that match.
    shown: Places,
    errors: Places,
    warnings: Places,
    hits: Places,
    /// Lines of Argo's executor that are not shown only because of that.
    hidden: usize,
    /// Lines that the filter does not let pass.
    filtered: usize,
    /// Lines dropped at the old end because of the bounds.
    pub forgotten: usize,
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
    /// How the times of lines are told.
    pub times: Times,
    /// Lines of Argo's executor are shown too.
    pub executor: bool,
    /// JSON objects are shown as they came.
    #[serde(default)]
    pub raw: bool,
    /// How far back it was read.
    #[serde(default)]
    pub reach: Reach,
    /// Only this step's lines.
    pub only: Option<Arc<str>>,
    /// First visible line among the shown ones.
    pub top: usize,
    /// It stands where the step that tells what is the matter does, until somebody moves.
    #[serde(default)]
    pub aims: bool,
    /// The line one stands on, by a search or a jump.
    #[serde(default)]
    here: Option<usize>,
    search: Search,
    #[serde(default)]
    filter: Filter,
    #[serde(default)]
    owed: Owed,
}

impl Default for LogView {
    fn default() -> Self {
        Self {
            lines: VecDeque::new(),
            texts: Texts::default(),
            latest: BTreeMap::new(),
            shown: Places::default(),
            errors: Places::default(),
            warnings: Places::default(),
            hits: Places::default(),
            hidden: 0,
            filtered: 0,
            forgotten: 0,
            dropped: 0,
            streams: BTreeMap::new(),
            refused: None,
            complete: false,
            follow: true,
            wrap: false,
            times: Times::default(),
            executor: false,
            raw: false,
            reach: Reach::default(),
            only: None,
            top: 0,
            aims: false,
            here: None,
            search: Search::default(),
            filter: Filter::default(),
            owed: Owed::default(),
        }
    }
}

impl LogView {
    /// Empty again, looked at as before.
    pub fn restart(&mut self) {
        *self = Self {
            wrap: self.wrap,
            times: self.times,
            executor: self.executor,
            raw: self.raw,
            ..Self::default()
        };
    }

    /// Empty again for the same lines, with what is looked for among them.
    fn begin(&mut self) {
        *self = Self {
            follow: self.follow,
            aims: self.aims,
            reach: self.reach,
            only: self.only.take(),
            search: std::mem::take(&mut self.search),
            filter: std::mem::take(&mut self.filter),
            wrap: self.wrap,
            times: self.times,
            executor: self.executor,
            raw: self.raw,
            ..Self::default()
        };
    }

    /// Takes in what the stream reports.
    pub fn take(&mut self, event: LogEvent) {
        match event {
            LogEvent::Begins => self.begin(),
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

    /// Shows only one step, with its items and attempts; or all again.
    pub fn show_only(&mut self, step: Option<Arc<str>>) {
        self.only = step;
        self.sift();
    }

    /// Shows or hides the lines of Argo's executor.
    pub fn toggle_executor(&mut self) {
        self.executor = !self.executor;
        self.sift();
    }

    fn kept(&self, place: usize) -> Option<&Kept> {
        self.lines.get(place.checked_sub(self.forgotten)?)
    }

    /// Lines that are shown, oldest first.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = LogLine> {
        let mut reader = self.texts.reader();
        let places = self.shown.iter();
        places.filter_map(move |place| Some(self.line(self.kept(place)?, &mut reader)))
    }

    /// A line as it came.
    fn line(&self, kept: &Kept, reader: &mut Reader<'_>) -> LogLine {
        let source = self.texts.source(kept.spot).cloned();
        LogLine {
            at: self.time(kept),
            source: source.unwrap_or_else(|| LogSource::nobody().into()),
            tints: reader.tints(kept.spot).cloned(),
            text: reader.text(kept.spot).into(),
        }
    }

    /// The line of a place as it came.
    fn line_at(&self, place: usize) -> Option<LogLine> {
        Some(self.line(self.kept(place)?, &mut self.texts.reader()))
    }

    fn time(&self, kept: &Kept) -> Option<Timestamp> {
        let at = kept.timed.then_some(kept.at)?;
        Timestamp::from_nanosecond(at.into()).ok()
    }

    /// The step a kept line is of.
    fn step(&self, kept: &Kept) -> &str {
        self.texts
            .source(kept.spot)
            .map_or("", |source| &source.step)
    }

    /// How many lines are shown.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// No line is shown.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lines of Argo's executor that are not shown.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Lines that the filter does not let pass.
    pub fn filtered(&self) -> usize {
        self.filtered
    }

    /// How many of the shown lines say they are errors, and how many warnings.
    pub fn troubles(&self) -> (usize, usize) {
        (self.errors.len(), self.warnings.len())
    }

    /// Lines from the `from`th shown one on.
    pub fn window(&self, from: usize) -> impl DoubleEndedIterator<Item = Seen> {
        let mut reader = self.texts.reader();
        (from..self.len()).filter_map(move |index| {
            let place = self.shown.get(index)?;
            let kept = self.kept(place)?;
            Some(Seen {
                line: self.line(kept, &mut reader),
                level: kept.level,
                executor: kept.executor,
                here: self.here == Some(place),
            })
        })
    }

    /// When the first line was written.
    pub fn began(&self) -> Option<Timestamp> {
        self.lines.iter().find_map(|kept| self.time(kept))
    }

    /// What is searched for.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// Searches for something else.
    pub fn set_search(&mut self, search: Search) {
        self.search = search;
        self.here = None;
        self.owe(Owed {
            seek: true,
            ..Owed::default()
        });
    }

    /// Lines are still to be gone over for what was typed last: no match is known.
    pub fn owes(&self) -> bool {
        self.owed.seek || self.owed.sift
    }

    /// When they are.
    pub fn due(&self) -> Option<Timestamp> {
        self.owed.due
    }

    /// What lines must have to be shown.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Shows the lines that have something else.
    pub fn set_filter(&mut self, filter: Filter) {
        if self.filter != filter {
            self.filter = filter;
            self.owe(Owed {
                sift: true,
                ..Owed::default()
            });
        }
    }
}
