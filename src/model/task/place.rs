//! Where something stands in a text, and what is wrong there.
//! Apart from the readers, because what is wrong is shown, kept and compared beside what was read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in a text, both from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Character of it.
    pub column: usize,
}

impl Default for Place {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

impl Place {
    /// The place of a byte of a text. A byte order mark is no character of the first line.
    pub fn of(text: &str, at: usize) -> Self {
        let mut at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &text[..at];
        let line = before.rfind('\n').map_or(0, |end| end + 1);
        let characters = before[line..].trim_start_matches('\u{feff}').chars();
        Self {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: characters.count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One thing that is wrong in a text; everything else of it counts all the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong, one sentence without a full stop.
    pub what: String,
    /// What to do, or what was made of it; empty: nothing to say.
    pub help: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)?;
        match &*self.help {
            "" => Ok(()),
            help => write!(f, "; {help}"),
        }
    }
}
