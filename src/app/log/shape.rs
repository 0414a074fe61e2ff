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
        self.by_fields(&line.text, line.tints.is_some())
    }

    fn by_fields(&self, text: &str, tinted: bool) -> Option<Vec<(Part, String)>> {
        if self.raw || tinted {
            return None;
        }
        let pieces = Fields::of(text)?.pieces(self.times == Times::Off);
        // Who searches for what only the object itself has wants to see that.
        let hidden = self.search.is_in(text) && !self.search.is_in(&joined(&pieces));
        (!hidden).then_some(pieces)
    }

    /// Whether what is searched for is in the text of a line, as it came or as it is shown.
    pub(super) fn matches(&self, text: &str, tinted: bool) -> bool {
        if self.search.is_in(text) {
            return true;
        }
        // A word is in both forms; only what goes over a joint is in one of them.
        let may_differ = !self.raw
            && text.starts_with('{')
            && self.search.spans_words()
            && self.search.may_be_in(text);
        may_differ
            && self
                .by_fields(text, tinted)
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
