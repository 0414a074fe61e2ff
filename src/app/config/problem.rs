//! What is wrong in a file a person wrote: where exactly, why, and what was probably meant.
//! Apart from the files, because the command line, the console and tests all show the same words.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr;

use crate::model::text::clean;

/// Longest line of a file that is shown below a problem, in characters.
const LINE_CAP: usize = 120;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file, as people find it.
    pub file: Arc<str>,
    /// Line, from 1; 0: the file as a whole.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Place {
    /// The file as a whole.
    pub fn whole(file: impl Into<Arc<str>>) -> Self {
        Self {
            file: file.into(),
            line: 0,
            column: 0,
        }
    }

    /// `themes/mine.toml:3:9`: the file within its directory, where there is no room for the way to it.
    pub fn short(&self) -> String {
        let mut parts = self.file.rsplit('/');
        let name = parts.next().unwrap_or_default();
        let folder = parts
            .next()
            .filter(|folder| ["themes", "keymaps"].contains(folder));
        let file = match folder {
            Some(folder) => format!("{folder}/{name}"),
            None => name.to_string(),
        };
        match self.line {
            0 => file,
            line => format!("{file}:{line}:{}", self.column),
        }
    }

    /// `file:line`, for who only wants to find the line.
    pub fn line_text(&self) -> String {
        match self.line {
            0 => self.file.to_string(),
            line => format!("{}:{line}", self.file),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.file),
            line => write!(f, "{}:{line}:{}", self.file, self.column),
        }
    }
}

/// One thing that is wrong; everything else in the file still counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong, one sentence without a full stop.
    pub what: String,
    /// What to do, or what was probably meant; empty: nothing to say.
    pub help: String,
    /// The line of the file; empty for the file as a whole.
    pub line: String,
    /// Characters that are meant.
    pub width: usize,
}

impl Problem {
    /// Something wrong with the file as a whole.
    pub fn whole(
        file: impl Into<Arc<str>>,
        what: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            place: Place::whole(file),
            what: what.into(),
            help: help.into(),
            line: String::new(),
            width: 0,
        }
    }

    /// What and help as one line.
    pub fn sentence(&self) -> String {
        match self.help.as_str() {
            "" => self.what.clone(),
            help => format!("{}; {help}", self.what),
        }
    }

    /// The line of the file, and below it the marks under what is meant; `None` where there is no line or it is too long.
    pub fn picture(&self) -> Option<(String, String)> {
        if self.place.line == 0 || self.line.chars().count() > LINE_CAP {
            return None;
        }
        let before: String = self.line.chars().take(self.place.column - 1).collect();
        let meant: String = self
            .line
            .chars()
            .skip(self.place.column - 1)
            .take(self.width)
            .collect();
        let marks = " ".repeat(clean(&before).width()) + &"^".repeat(clean(&meant).width().max(1));
        Some((clean(&self.line).trim_end().to_string(), marks))
    }
}

/// As compilers write it: place and sentence, the line, a mark under what is meant and what to do.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, clean(&self.what))?;
        match self.picture() {
            Some((line, marks)) => {
                let number = self.place.line.to_string();
                let gap = " ".repeat(number.len());
                write!(f, "\n  {number} | {line}\n  {gap} | {marks}")?;
                if !self.help.is_empty() {
                    write!(f, " {}", clean(&self.help))?;
                }
                Ok(())
            }
            None if self.help.is_empty() => Ok(()),
            None => write!(f, "\n  {}", clean(&self.help)),
        }
    }
}

/// The known word that was probably meant: the shortest one that begins so, else the nearest one, where it is near. One
/// letter or two are near to anything.
pub fn nearest<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str, IntoIter: Clone>,
) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let known = known.into_iter();
    let letters = lower.chars().count();
    let begun = known
        .clone()
        .filter(|name| name.to_lowercase().starts_with(&lower));
    if let Some(name) = begun.min_by_key(|name| name.len()).filter(|_| letters > 1) {
        return Some(name);
    }
    known
        .filter(|_| letters > 2)
        .map(|name| (strsim::osa_distance(&name.to_lowercase(), &lower), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= (name.chars().count().max(3) / 3).min(3))
        .map(|(_, name)| name)
}

/// `did you mean …?`, else the list of what there is.
pub fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str, IntoIter: Clone>,
    otherwise: &str,
) -> String {
    match nearest(word, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None => otherwise.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_meant_only_where_it_is_near() {
        let known = ["quit", "help", "half-page-down", "red"];
        for (word, meant) in [
            ("qiut", Some("quit")),
            ("Quit", Some("quit")),
            ("half-page-dwn", Some("half-page-down")),
            ("reddish", None),
            ("half", Some("half-page-down")),
            ("re", Some("red")),
            ("q", None),
            ("qi", None),
            ("xyz", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
    }

    #[test]
    fn a_problem_points_at_the_cells_that_are_meant() {
        let problem = Problem {
            place: Place {
                file: "/home/jane/themes/日.toml".into(),
                line: 12,
                column: 7,
            },
            what: "`日本` is not a colour".into(),
            help: "did you mean `red`?".into(),
            line: "日 = \t\"日本\"\u{1b}".into(),
            width: 2,
        };
        assert_eq!(
            problem.to_string(),
            "/home/jane/themes/日.toml:12:7: `日本` is not a colour\n  12 | 日 =  \"日本\"␛\n     |        ^^^^ did you mean `red`?"
        );
        assert_eq!(problem.place.short(), "themes/日.toml:12:7");
        let whole = Problem::whole("/x/config.toml", "cannot be read: denied", "");
        assert_eq!(whole.to_string(), "/x/config.toml: cannot be read: denied");
    }
}
