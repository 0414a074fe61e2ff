//! What an artifact holds, as lines for a person; and how much of it may be read for that.
//! Apart from making them, so that a screen and a command line show the same.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::picture::Picture;

/// Bytes of a text that are shown.
pub const TEXT: usize = 1 << 20;
/// Bytes of an archive that are read to list it.
pub const ARCHIVE: usize = 8 << 20;
/// Bytes of a picture that are read to show it.
pub const PICTURE: usize = 8 << 20;
/// Bytes that an archive may become while it is listed: more is a bomb, or too large to look into.
pub const UNPACKED: u64 = 64 << 20;
/// Entries of an archive that are listed.
pub const ENTRIES: usize = 10_000;
/// Lines that are shown.
pub const LINES: usize = 20_000;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// About what follows.
    Note,
    /// Something to beware of.
    Warning,
    /// A heading.
    Head,
    /// As it is.
    Text,
    /// Less important.
    Dim,
    /// It went well.
    Good,
    /// It did not.
    Bad,
    /// Of a difference: added.
    Added,
    /// Of a difference: removed.
    Removed,
}

/// One line, clean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: Arc<str>,
}

/// An artifact as lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The lines, notes about them first.
    pub lines: Vec<Line>,
    /// What it looks like, where it is a picture; the lines say it in words.
    #[serde(default)]
    pub picture: Option<Arc<Picture>>,
}

impl Preview {
    /// Adds a line; the text is clean.
    pub fn push(&mut self, kind: Kind, text: impl Into<Arc<str>>) {
        let text = text.into();
        self.lines.push(Line { kind, text });
    }
}
