//! How well typed words fit a text: as it stands, at the beginning of a word, or as letters in this order.
//! Apart from any list, because help, the finder and the command line must find alike.

use std::borrow::Cow;

/// What a word is worth that stands somewhere in a text as it was typed.
const STANDS: i32 = 100;
/// What letters are worth that only stand in this order.
const ORDER: i32 = 50;

/// What somebody typed, as words of small letters. All of them must be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needle {
    words: Vec<String>,
}

impl Needle {
    /// The words of a text; a slash parts words too, so that `payments/t42` finds both halves.
    pub fn new(text: &str) -> Self {
        let parts = text.split(|c: char| c.is_whitespace() || c == '/');
        let words = parts.filter(|part| !part.is_empty());
        Self {
            words: words.map(str::to_lowercase).collect(),
        }
    }

    /// Nothing was typed: everything fits alike.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How well it fits; more is better, `None` is not at all. In `names` letters may stand apart, as people shorten
    /// names; in `prose`, where almost any letters stand in almost any order, a word must stand as it was typed.
    pub fn score(&self, names: &[&str], prose: &[&str]) -> Option<i32> {
        let mut sum = 0;
        for word in &self.words {
            let named = names.iter().filter_map(|name| in_name(name, word)).max();
            // How long a sentence is says nothing about what is meant.
            let told = || {
                let mut texts = prose.iter();
                texts
                    .find_map(|text| stands(text, word))
                    .map(|_| STANDS / 2)
            };
            sum += named.or_else(told)?;
        }
        Some(sum)
    }
}

fn in_name(name: &str, word: &str) -> Option<i32> {
    stands(name, word).or_else(|| in_order(name, word))
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) || !text.is_ascii() {
        return Cow::Owned(text.to_lowercase());
    }
    Cow::Borrowed(text)
}

/// A word that stands in the text: best as the whole of it, then at its beginning, then at the beginning of a part.
fn stands(text: &str, word: &str) -> Option<i32> {
    let text = lower(text);
    let mut best = None;
    for (at, _) in text.match_indices(word) {
        let place = match at {
            0 if text.len() == word.len() => 60,
            0 => 40,
            _ if begins_part(&text, at) => 20,
            _ => 0,
        };
        best = best.max(Some(place));
    }
    // Of two that fit alike the shorter one is meant.
    best.map(|place| STANDS + place - shortness(&text))
}

/// Letters in this order, not too far apart: `nightly-reindex` for `nrx`.
fn in_order(text: &str, word: &str) -> Option<i32> {
    let text = lower(text);
    let mut letters = word.chars();
    let mut next = letters.next()?;
    let mut worth = 0;
    let mut first = None;
    for (at, c) in text.char_indices() {
        if c != next {
            continue;
        }
        let first = *first.get_or_insert(at);
        worth += if begins_part(&text, at) { 6 } else { 0 };
        match letters.next() {
            Some(letter) => next = letter,
            None => {
                let spread = at + c.len_utf8() - first;
                let near = spread <= 4 * word.len() + 4;
                let worth = ORDER + worth - i32::try_from(spread - word.len().min(spread)).ok()?;
                return near.then_some(worth - shortness(&text));
            }
        }
    }
    None
}

fn begins_part(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    before.is_none_or(|c| !c.is_alphanumeric())
}

fn shortness(text: &str) -> i32 {
    i32::try_from(text.len() / 8).unwrap_or(i32::MAX).min(19)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn best<'a>(typed: &str, names: &[&'a str]) -> Option<&'a str> {
        let needle = Needle::new(typed);
        let scored = names
            .iter()
            .filter_map(|name| Some((needle.score(&[name], &[])?, *name)));
        scored.max_by_key(|(score, _)| *score).map(|(_, name)| name)
    }

    #[test]
    fn what_is_meant_fits_best() {
        let names = ["previous-tab", "next-tab", "parameters", "page-down", "up"];
        for (typed, meant) in [
            ("next-tab", Some("next-tab")),
            ("pd", Some("page-down")),
            ("tab prev", Some("previous-tab")),
            ("par", Some("parameters")),
            ("UP", Some("up")),
            ("xyz", None),
            ("tab up", None),
        ] {
            assert_eq!(best(typed, &names), meant, "{typed}");
        }
    }

    #[test]
    fn prose_must_say_the_word_and_is_worth_less_than_a_name() {
        let needle = Needle::new("oom");
        assert!(needle.score(&["x"], &["OOMKilled"]) < needle.score(&["boom"], &[]));
        assert_eq!(needle.score(&["x"], &["only one more"]), None);
        assert!(Needle::new("pay/t42").score(&["payments", "t42-refund"], &[]) > Some(0));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(typed in ".{0,12}", text in ".{0,40}") {
            let _ = Needle::new(&typed).score(&[&text], &[&text]);
        }

        #[test]
        fn a_piece_of_a_name_finds_it(name in "[a-zäé日-]{1,20}", from in 0..20usize, len in 1..20usize) {
            let piece: String = name.chars().skip(from).take(len).collect();
            prop_assert!(Needle::new(&piece).score(&[&name], &[]).is_some());
        }
    }
}
