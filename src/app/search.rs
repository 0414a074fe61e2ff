//! A search: what was typed, as the regular expression it means.
//! Apart from what is searched, because the log, the other tabs and the steps of a run share one.

use serde::{Deserialize, Serialize};

/// What is searched for. Empty, it finds nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Search {
    text: String,
    #[serde(skip)]
    pattern: Option<Pattern>,
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
        let pattern = regex::RegexBuilder::new(text)
            .case_insensitive(!text.chars().any(char::is_uppercase))
            .size_limit(1 << 20)
            .build()
            .map_err(|error| {
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or("not an expression");
                reason.trim_start_matches("error: ").to_string()
            })?;
        Ok(Self {
            text: text.to_string(),
            pattern: Some(Pattern(pattern)),
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

    /// Whether it is in this text.
    pub fn is_in(&self, text: &str) -> bool {
        self.pattern
            .as_ref()
            .is_some_and(|Pattern(pattern)| pattern.is_match(text))
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
