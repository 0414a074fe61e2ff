//! Words that narrow a short list, of templates or of tasks: plain text, a kind, or regular expressions.
//! Apart from the filter of runs, which knows fields: what these lists say of a line is one text.

use super::expression::Expression;

/// Words, all of which must hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<(bool, Word)>);

#[derive(Debug, PartialEq, Eq)]
enum Word {
    /// It is in the text; in lower case.
    Plain(String),
    /// It is of a kind that begins so.
    Kind(String),
    /// It is in a line of the text.
    Like(Expression),
}

impl Words {
    /// Reads what is typed. A word after `!` is one that must not hold.
    ///
    /// # Errors
    /// What is wrong with a regular expression.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words = text.split_whitespace().map(|word| {
            let (not, word) = match word.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, word),
            };
            let read = match (word.strip_prefix("kind:"), Expression::written(word)) {
                (Some(kind), _) => Word::Kind(kind.to_lowercase()),
                (None, Some(like)) => Word::Like(
                    Expression::parse(like)
                        .map_err(|why| format!("`{word}` is no regular expression: {why}"))?,
                ),
                (None, None) => Word::Plain(word.to_lowercase()),
            };
            Ok((not, read))
        });
        // `!` alone is the beginning of a word.
        let begun = |word: &Result<(bool, Word), String>| matches!(word, Ok((_, Word::Plain(text))) if text.is_empty());
        words
            .filter(|word| !begun(word))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all of them hold of what is said of a line: its kind, and the rest with a line break between its parts.
    pub fn hold(&self, kind: &str, text: &str) -> bool {
        let lower = text.to_lowercase();
        self.0.iter().all(|(not, word)| {
            let holds = match word {
                Word::Plain(word) => lower.contains(word),
                Word::Kind(word) => kind.starts_with(word.as_str()),
                Word::Like(like) => like.is_in(text),
            };
            holds != *not
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_hold_of_a_kind_and_of_the_parts_of_a_text() {
        let text = "payments/nightly-e2e\nnightly-e2e\nEvery night\n0 3 * * *";
        for (words, hold) in [
            ("", true),
            ("!", true),
            ("every NIGHT", true),
            ("every !night", false),
            ("kind:cr", true),
            ("kind:template", false),
            ("!kind:template nightly", true),
            ("^nightly-e2e$", true),
            ("^e2e", false),
            ("/e[0-9]e/", true),
            ("!^every", false),
        ] {
            let read = Words::parse(words).unwrap();
            assert_eq!(read.hold("cron", text), hold, "{words}");
        }
        let why = Words::parse("night /e(/").unwrap_err();
        assert_eq!(why, "`/e(/` is no regular expression: unclosed group");
    }
}
