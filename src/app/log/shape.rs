//! The form in which a line is read: as it came, or a JSON object by its fields.
//! Apart from drawing, because what is seen must be found by a search too.

use super::LogView;
use crate::app::log::Times;
use crate::model::fields::{Fields, Part};
use crate::model::log::LogLine;

impl LogView {
    /// The pieces of a line that is told by its fields; `None` where it is shown as it came. Its own time is left out
    /// where the times of all lines are told.
    pub fn pieces(&self, line: &LogLine) -> Option<Vec<(Part, String)>> {
        if self.raw || line.tints.is_some() {
            return None;
        }
        let pieces = Fields::of(&line.text)?.pieces(self.times == Times::Off);
        // Who searches for what only the object itself has wants to see that.
        let hidden = self.search.is_in(&line.text) && !self.search.is_in(&joined(&pieces));
        (!hidden).then_some(pieces)
    }

    /// Whether what is searched for is in a line, as it came or as it is shown.
    pub(super) fn matches(&self, line: &LogLine) -> bool {
        if self.search.is_in(&line.text) {
            return true;
        }
        // A word is in both forms; only what goes over a joint is in one of them.
        let may_differ = !self.raw && self.search.spans_words() && line.text.starts_with('{');
        may_differ
            && self
                .pieces(line)
                .is_some_and(|pieces| self.search.is_in(&joined(&pieces)))
    }

    /// The cells of the first match in a line as it is shown.
    pub(super) fn first_match(&self, line: &LogLine) -> Option<(usize, usize)> {
        match self.pieces(line) {
            Some(pieces) => self.search.first_in(&joined(&pieces)),
            None => self.search.first_in(&line.text),
        }
    }

    /// JSON objects as they came, or by their fields.
    pub fn toggle_raw(&mut self) {
        self.raw = !self.raw;
        self.seek();
    }
}

fn joined(pieces: &[(Part, String)]) -> String {
    pieces.iter().map(|(_, text)| text.as_str()).collect()
}
