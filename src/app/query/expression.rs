//! A word of a filter that is a regular expression: `^pay.*smoke$`, `/shard-\d+/`, `name:/^t\d+/`.
//! Apart from the search in texts, where everything typed is one: in a filter most words are plain.

use serde::{Deserialize, Serialize};

/// An expression, compiled. It ignores case, as every word of a filter does; `(?-i)` in it does not.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Expression(regex::Regex);

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Expression {}

impl From<Expression> for String {
    fn from(expression: Expression) -> Self {
        expression.0.as_str().to_string()
    }
}

impl TryFrom<String> for Expression {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

/// Signs that a word has for no other reason. Brackets and a single `.`, `*`, `+` or `?` stand in names and messages too:
/// `shard(17)`, `v1.2`, `rc=[1]`.
const SIGNS: [&str; 8] = [".*", ".+", ".?", "|", "\\", "]*", "]+", ")?"];

impl Expression {
    /// Compiles it.
    ///
    /// # Errors
    /// What is wrong with it, in one clause.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let built = regex::RegexBuilder::new(text)
            .case_insensitive(true)
            // What is told of a line of a list is told part by part.
            .multi_line(true)
            .size_limit(1 << 20)
            .build();
        built.map(Self).map_err(|error| {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or("not an expression");
            reason.trim_start_matches("error: ").to_string()
        })
    }

    /// The expression a word is: after a `/`, which may end it too, or told by its signs. `None`: it is plain text.
    pub(super) fn written(word: &str) -> Option<&str> {
        match word.strip_prefix('/') {
            Some(rest) => {
                Some(rest.strip_suffix('/').unwrap_or(rest)).filter(|text| !text.is_empty())
            }
            None => has_signs(word).then_some(word),
        }
    }

    /// Whether it is in a text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

fn has_signs(word: &str) -> bool {
    let anchored = word.len() > 1 && (word.starts_with('^') || word.ends_with('$'));
    anchored || SIGNS.iter().any(|sign| word.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_an_expression_by_its_signs_or_between_slashes() {
        for (word, meant) in [
            ("pay.*", Some("pay.*")),
            ("^t42", Some("^t42")),
            ("a|b", Some("a|b")),
            ("/shard(1|2)/", Some("shard(1|2)")),
            ("/x/", Some("x")),
            ("shard(17)", None),
            ("v1.2", None),
            ("rc=[1]", None),
            // While it is typed it has no end yet.
            ("/healthz", Some("healthz")),
            ("$HOME", None),
            ("//", None),
            ("/", None),
        ] {
            assert_eq!(Expression::written(word), meant, "{word}");
        }
    }
}
