//! A search: what was typed, as the regular expression it means.
//! Apart from what is searched, because the log, the other tabs and the steps of a run share one.

use std::ops::Range;

use regex_syntax::hir::{Hir, HirKind};
use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr;

/// What is searched for. Empty, it finds nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Search {
    text: String,
    #[serde(skip)]
    pattern: Option<Pattern>,
    /// Words without which it is nowhere, or one of several of them; none where that cannot be told.
    #[serde(skip)]
    words: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern(regex::Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Search {
    /// Reads a regular expression, case-insensitive unless it has a capital.
    ///
    /// # Errors
    /// What is wrong with the expression, in one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let same = !text.chars().any(char::is_uppercase);
        let words = needed(text).into_iter();
        let words = words.filter_map(|words| compiled(&words.join("|"), same).ok());
        Ok(Self {
            text: text.to_string(),
            pattern: Some(compiled(text, same)?),
            words: words.collect(),
        })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Nothing is searched for.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether it can be about more than one word.
    pub fn spans_words(&self) -> bool {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        !self.text.chars().all(part)
    }

    /// Whether every word that it needs is in this text, so that it can be in another form of it too.
    pub fn may_be_in(&self, text: &str) -> bool {
        self.words.iter().all(|Pattern(word)| word.is_match(text))
    }

    /// Whether it is in this text.
    pub fn is_in(&self, text: &str) -> bool {
        self.pattern
            .as_ref()
            .is_some_and(|Pattern(pattern)| pattern.is_match(text))
    }

    /// The cells of the first match in a text.
    pub fn first_in(&self, text: &str) -> Option<(usize, usize)> {
        let (from, to) = self.matches(text).next()?;
        let start = text[..from].width();
        Some((start, start + text[from..to].width()))
    }

    /// Byte ranges of it in a text.
    pub fn matches<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
        self.pattern
            .iter()
            .flat_map(|Pattern(pattern)| pattern.find_iter(text))
            .filter(|found| !found.is_empty())
            .map(|found| (found.start(), found.end()))
    }
}

fn compiled(text: &str, case_insensitive: bool) -> Result<Pattern, String> {
    let pattern = regex::RegexBuilder::new(text)
        .case_insensitive(case_insensitive)
        .size_limit(1 << 20)
        .build();
    pattern.map(Pattern).map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or("not an expression");
        reason.trim_start_matches("error: ").to_string()
    })
}

/// Words that an expression cannot do without: of each list one must be there. They are letters and digits only, which no
/// other form of a line separates or escapes.
fn needed(text: &str) -> Vec<Vec<String>> {
    match regex_syntax::parse(text) {
        Ok(expression) => needed_by(&expression),
        Err(_) => Vec::new(),
    }
}

fn needed_by(part: &Hir) -> Vec<Vec<String>> {
    match part.kind() {
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0);
            let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            let words = words.filter(|word| !word.is_empty());
            words.map(|word| vec![word.to_string()]).collect()
        }
        HirKind::Concat(parts) => parts.iter().flat_map(needed_by).collect(),
        HirKind::Capture(capture) => needed_by(&capture.sub),
        HirKind::Repetition(again) if again.min > 0 => needed_by(&again.sub),
        HirKind::Alternation(ways) => {
            // Of each way what is longest tells most; one that needs nothing is always open.
            let longest = |way: &Hir| {
                let needed = needed_by(way).into_iter();
                needed.max_by_key(|words| words.iter().map(String::len).min())
            };
            let all: Option<Vec<Vec<String>>> = ways.iter().map(longest).collect();
            all.map(|all| all.concat()).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// A line that has it, and the cells of its first match there: from, and up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// First cell of the match.
    pub from: usize,
    /// The cell after its last one.
    pub to: usize,
}

/// `2 of 5`, or how many there are where one stands on none of them.
pub fn told(nth: Option<usize>, count: usize) -> String {
    match (nth, count) {
        (_, 0) => "no match".to_string(),
        (Some(nth), count) => format!("{nth} of {count}"),
        (None, 1) => "1 match".to_string(),
        (None, count) => format!("{count} matches"),
    }
}

/// The line that comes next: after the one one stands on while that is in view, else from the first visible line on.
/// `beside` gives the one after a line, or before it, around.
pub fn next(
    here: Option<usize>,
    view: Range<usize>,
    forward: bool,
    beside: impl FnOnce(Option<usize>, bool) -> Option<usize>,
) -> Option<usize> {
    let here = here.filter(|here| view.contains(here));
    let from = match forward {
        true => view.start.checked_sub(1),
        false => Some(view.start),
    };
    beside(here.or(from), forward)
}

/// The top line with which `line` is in a view: the same where it is already, else some lines above it are seen too.
pub fn bring(line: usize, view: Range<usize>) -> usize {
    match view.contains(&line) {
        true => view.start,
        false => line.saturating_sub(view.len() / 3),
    }
}

/// The first visible cell with which a match is in a view of so many cells.
pub fn bring_aside(place: Place, aside: usize, width: usize) -> usize {
    if place.from >= aside && place.to <= aside + width {
        aside
    } else if place.to <= width {
        0
    } else {
        place.from.saturating_sub(width / 3)
    }
}

/// The one of these places, which are sorted, that comes after `here`, or before it, around.
pub fn beside(places: &[usize], here: Option<usize>, forward: bool) -> Option<usize> {
    let after = |at: &&usize| here.is_none_or(|here| **at > here);
    let before = |at: &&usize| here.is_some_and(|here| **at < here);
    let found = match forward {
        true => places.iter().find(after).or(places.first()),
        false => places.iter().rfind(before).or(places.last()),
    };
    found.copied()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_that_must_be_there_are_told_from_those_that_may() {
        for (search, text, may) in [
            ("error refund", r#"{"level":"ERROR","msg":"refund"}"#, true),
            ("error refund", r#"{"level":"error","msg":"other"}"#, false),
            ("order=7.5", r#"{"order":"7x5"}"#, true),
            ("order=7", r#"{"orders":8}"#, false),
            ("Error refund", r#"{"level":"error","msg":"refund"}"#, false),
            ("(error|warn) x", r#"{"level":"warn","msg":"x"}"#, true),
            ("(error|warn) x", r#"{"level":"info","msg":"x"}"#, false),
            ("(error|) x", r#"{"level":"info","msg":"x"}"#, true),
            (
                r"order=\d+ .*refused",
                r#"{"order":7,"msg":"refused"}"#,
                true,
            ),
            (
                r"order=\d+ .*refused",
                r#"{"order":7,"msg":"placed"}"#,
                false,
            ),
            ("colou?r", r#"{"msg":"the color"}"#, true),
            ("colou?r", r#"{"msg":"the colt"}"#, false),
            ("(ab)+ (cd)*", r#"{"msg":"ab"}"#, true),
            (r"\d+|[xy]", "{}", true),
            ("(?i)ERROR x", r#"{"level":"error","msg":"x"}"#, true),
            // What an escape of JSON may stand for is no word.
            ("é x", r#"{"a":"\u00e9","b":"x"}"#, true),
        ] {
            let search = Search::parse(search).unwrap();
            assert_eq!(search.may_be_in(text), may, "{search:?} in {text}");
        }
    }

    proptest! {
        /// Where an expression matches, its words are: what is left out by them was never a match.
        #[test]
        fn what_matches_has_the_words(
            expression in prop::sample::select(vec![
                "ab+c", "(ab|cd)+e", "a?b{2,3}", "ab|cd|", "x(y|zz)*ab", r"\w+ab", "^ab$|cd", "(a|b)(c|d)", "ab.cd?",
            ]),
            text in "[abcdexyz ]{0,14}",
        ) {
            let search = Search::parse(expression).unwrap();
            prop_assert!(!search.is_in(&text) || search.may_be_in(&text), "{expression} in {text}");
        }
    }
}
