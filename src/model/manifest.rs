//! A manifest while a person edits it: the text of the editor, what stands above it, what is wrong with it, what it changes.
//! Apart from orders, because its text holds what is masked everywhere else: it goes to the editor and the server only.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::act::Kind;
use super::key::Key;

/// Text that is neither logged nor written down: of it nothing is left in a recording, a journal or a debug line.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Hidden(Arc<str>);

impl Hidden {
    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for Hidden {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer)?;
        Ok(Self::default())
    }
}

/// An object as it was read to be edited, and as it was edited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Manifest {
    /// As it was read, YAML, without what is not edited here. Empty: it is still to be read.
    pub read: Hidden,
    /// As it was written, YAML; lines before the first that does not begin with `#` are not part of it.
    pub text: Hidden,
}

/// What is wrong with a text, or what a person should know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mistake {
    /// Line below what stands above the text, and column, both from 1.
    pub at: Option<(usize, usize)>,
    /// One clause, clean, without credentials.
    pub what: Arc<str>,
}

impl Mistake {
    /// One that has no place.
    pub fn of(what: impl Into<Arc<str>>) -> Self {
        Self {
            at: None,
            what: what.into(),
        }
    }

    /// One line, with its place where so many lines stand above the text.
    pub fn sentence(&self, above: usize) -> String {
        match self.at {
            Some((line, column)) => format!("line {}:{column}: {}", above + line, self.what),
            None => self.what.to_string(),
        }
    }
}

/// An object to be edited, and what a person should know that edits it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// As it was read, and the text, with nothing above it.
    pub manifest: Manifest,
    /// What was changed by others where it was edited.
    pub notes: Vec<Mistake>,
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// What it is.
    pub side: Side,
    /// The line, clean, credentials masked.
    pub text: Arc<str>,
}

/// What a line of a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// Where in the object the next lines are.
    Place,
    /// It stays.
    Same,
    /// It goes.
    Old,
    /// It comes.
    New,
    /// Of a log: both have it, with other numbers.
    Near,
}

impl Side {
    /// What stands before the line, as in a unified diff.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Place => "@ ",
            Self::Same => "  ",
            Self::Old => "- ",
            Self::New => "+ ",
            Self::Near => "~ ",
        }
    }
}

/// How many lines stand above a text, and the text.
pub fn parted(text: &str) -> (usize, &str) {
    let mut rest = text;
    let mut above = 0;
    while rest.starts_with('#') {
        above += 1;
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    (above, rest)
}

/// Nothing is in it but comments.
pub fn is_blank(text: &str) -> bool {
    let says = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    !text.lines().any(says)
}

/// A text with what a person should know above it: what happens on saving, and what is wrong with it so far.
/// With the number of lines above it.
pub fn headed(kind: Kind, key: &Key, text: &str, notes: &[Mistake]) -> (usize, String) {
    let text = parted(text).1;
    let mut lines = vec![format!("{} {key}", kind.name())];
    lines.extend(
        [
            "Lines that begin with # are ignored. A file that is empty or was not changed changes nothing.",
            "After saving, the server tries what was changed, and the difference is shown before it is applied.",
            "The status is the controller's and not edited here: retry, bypass and approve change it.",
            "What is masked on the screen stands here as it is.",
        ]
        .map(str::to_string),
    );
    if !notes.is_empty() {
        lines.push(String::new());
    }
    // A note with a place has two more lines: the line it is about, and where in it.
    let placed = notes.iter().filter(|note| excerpt(text, note).is_some());
    let above = lines.len() + notes.len() + 2 * placed.count() + 1;
    for note in notes {
        lines.push(note.sentence(above));
        lines.extend(excerpt(text, note).into_iter().flatten());
    }
    lines.push(String::new());
    let mut all: String = lines
        .iter()
        .flat_map(|line| ["# ", line.as_str()].into_iter().chain(["\n"]))
        .collect();
    all = all.replace("# \n", "#\n");
    all.push_str(text);
    (above, all)
}

/// The line a note is about, and a caret below where.
fn excerpt(text: &str, note: &Mistake) -> Option<[String; 2]> {
    let (line, column) = note.at?;
    let line = text.lines().nth(line.checked_sub(1)?)?;
    let before = line.chars().take(column.saturating_sub(1));
    // A tab is as wide as the tab above it.
    let space: String = before.map(|c| if c == '\t' { c } else { ' ' }).collect();
    Some([format!("  {line}"), format!("  {space}^")])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXT: &str = "kind: Workflow\nspec:\n  a: b: c\n";

    fn key() -> Key {
        Key::new("payments", "e2e-7", "u-1")
    }

    #[test]
    fn what_stands_above_is_taken_off_again() {
        let (above, text) = headed(Kind::Workflow, &key(), TEXT, &[]);
        assert!(text.starts_with("# Workflow payments/e2e-7\n# Lines that"));
        assert_eq!(parted(&text), (above, TEXT));
        // Again, and a comment of the person's own inside stays.
        let own = TEXT.replace("spec:", "# mine\nspec:");
        let (above, text) = headed(Kind::Workflow, &key(), &own, &[Mistake::of("no")]);
        assert_eq!(parted(&text), (above, own.as_str()));
        assert_eq!(parted("# only"), (1, ""));
    }

    #[test]
    fn a_mistake_names_the_line_the_editor_shows() {
        let note = Mistake {
            at: Some((3, 7)),
            what: "a colon too many".into(),
        };
        let (above, text) = headed(
            Kind::Workflow,
            &key(),
            TEXT,
            &[note, Mistake::of("and this")],
        );
        let at = text.lines().position(|line| line == "  a: b: c").unwrap() + 1;
        assert_eq!(at, above + 3);
        let told =
            format!("# line {at}:7: a colon too many\n#     a: b: c\n#         ^\n# and this\n#\n");
        assert!(text.contains(&told), "{text}");
    }

    #[test]
    fn a_file_of_comments_is_empty() {
        assert!(is_blank("") && is_blank("# a\n\n   # b\n"));
        assert!(!is_blank("# a\nkind: Workflow\n"));
    }

    #[test]
    fn of_hidden_text_nothing_is_written_down() {
        let manifest = Manifest {
            read: "token: hunter1".into(),
            text: "token: hunter2".into(),
        };
        let json = serde_json::to_string(&manifest).unwrap();
        assert!(!json.contains("hunter") && !format!("{manifest:?}").contains("hunter"));
        let back: Manifest = serde_json::from_str(&json).unwrap();
        assert_eq!(back, Manifest::default());
    }
}
