//! Prose cut into what can be judged one by one: sentences, and clauses that begin with a word like `verify`.
//! Apart from lists, whose lines are cut already.

use std::ops::Range;

use super::unit::{Shape, Unit, plain};
use super::words::{EXPLAINS, LEADS, MATERIAL, PREPARES, SUITE, VERIFIES};

/// Ends of words that look like the end of a sentence and are none.
const SHORT: [&str; 12] = [
    "e.g.", "i.e.", "etc.", "vs.", "approx.", "incl.", "resp.", "cf.", "no.", "fig.", "min.",
    "max.",
];

/// The pieces of a paragraph.
pub(super) fn units(text: &str, at: Range<usize>, headings: &[String]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut headings = headings.to_vec();
    let own = headings.len();
    for sentence in sentences(text, at) {
        let (label, sentence) = labelled(text, sentence);
        if let Some(label) = label {
            headings.truncate(own);
            headings.push(label);
        }
        for clause in clauses(text, sentence) {
            let said =
                plain(text[clause.clone()].trim_end_matches(['.', ';', ',', '。', '；', '，']));
            if said.chars().any(char::is_alphanumeric) {
                let mut unit = Unit::new(clause, said, Shape::Sentence).below(&headings);
                unit.doubt = doubt(&unit.text, &headings);
                units.push(unit);
            }
        }
    }
    units
}

/// Why a sentence is probably no criterion.
fn doubt(said: &str, headings: &[String]) -> Option<&'static str> {
    if EXPLAINS.is_in(said) {
        return Some("it explains what stands before it");
    }
    if PREPARES.is_in(said) && !SUITE.is_in(said) && !said.contains(" to verify") {
        return Some("it reads like preparation");
    }
    let method = said.split_whitespace().count() <= 5 && said.to_lowercase().starts_with("use ");
    match () {
        () if method => Some("it does not say what must hold"),
        () if headings
            .last()
            .is_some_and(|heading| MATERIAL.is_in(heading)) =>
        {
            Some("it reads like preparation")
        }
        () => None,
    }
}

/// Trims a range to what is not blank.
fn trimmed(text: &str, at: Range<usize>) -> Range<usize> {
    let said = &text[at.clone()];
    let from = at.start + (said.len() - said.trim_start().len());
    from..(at.start + said.trim_end().len()).max(from)
}

/// Cuts a range behind each of these bytes.
fn cut(text: &str, at: Range<usize>, ends: &[usize]) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut from = at.start;
    for end in ends.iter().copied().chain([at.end]) {
        let piece = trimmed(text, from..end);
        if !piece.is_empty() {
            pieces.push(piece);
        }
        from = end;
    }
    pieces
}

/// The sentences of a range. Nothing in backticks, quotes or brackets ends one.
fn sentences(text: &str, at: Range<usize>) -> Vec<Range<usize>> {
    let said = &text[at.clone()];
    let mut ends = Vec::new();
    let mut shut = Shut::default();
    for (n, c) in said.char_indices() {
        if !shut.is_open_after(c, &said[n + c.len_utf8()..]) {
            continue;
        }
        let end = n + c.len_utf8();
        let next = said[end..].trim_start().chars().next();
        let ended = match c {
            '。' | '！' | '？' | '；' | ';' | '\n' => true,
            '.' | '!' | '?' => {
                let gap = said[end..].starts_with(char::is_whitespace);
                let begins = next.is_some_and(|c| !c.is_lowercase());
                let word = said[..end]
                    .rsplit(char::is_whitespace)
                    .next()
                    .unwrap_or_default();
                let short =
                    SHORT.contains(&&*word.to_lowercase().trim_start_matches('(').to_owned());
                let step = word.len() <= 3
                    && word
                        .trim_end_matches('.')
                        .bytes()
                        .all(|b| b.is_ascii_digit());
                gap && begins && !short && !step
            }
            _ => false,
        };
        if ended {
            ends.push(at.start + end);
        }
    }
    cut(text, at, &ends)
}

/// What is between backticks, quotes or brackets, while a text is walked through.
#[derive(Default)]
struct Shut {
    tick: bool,
    quote: bool,
    brackets: usize,
}

impl Shut {
    /// Takes a character; whether nothing is shut behind it. A bracket that is never closed shuts nothing.
    fn is_open_after(&mut self, c: char, rest: &str) -> bool {
        match c {
            '`' if self.tick || rest.contains('`') => self.tick = !self.tick,
            _ if self.tick => {}
            '"' if self.quote || rest.contains('"') => self.quote = !self.quote,
            '(' | '[' | '{' if rest.contains([')', ']', '}']) => self.brackets += 1,
            ')' | ']' | '}' => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        !self.tick && !self.quote && self.brackets == 0
    }
}

/// `Unit tests: Verify …`: the label, and the rest.
fn labelled(text: &str, at: Range<usize>) -> (Option<String>, Range<usize>) {
    let said = &text[at.clone()];
    let Some((label, rest)) = said.split_once([':', '：']) else {
        return (None, at);
    };
    let words = label.split_whitespace().count();
    let spaced = rest.starts_with(char::is_whitespace) || !rest.is_ascii();
    if words > 5 || !spaced || rest.trim().is_empty() || label.contains(['`', '"', '(']) {
        return (None, at);
    }
    let from = at.end - rest.len();
    (Some(plain(label)), trimmed(text, from..at.end))
}

/// The clauses of a sentence that can be judged apart.
fn clauses(text: &str, at: Range<usize>) -> Vec<Range<usize>> {
    let said = &text[at.clone()];
    let mut commas = Vec::new();
    let mut shut = Shut::default();
    for (n, c) in said.char_indices() {
        let rest = &said[n + c.len_utf8()..];
        let open = shut.is_open_after(c, rest);
        if open && (c == '，' || (c == ',' && rest.starts_with(' '))) {
            commas.push(at.start + n + c.len_utf8());
        }
        if open && c == '+' && said[..n].ends_with(' ') && rest.starts_with(' ') {
            commas.push(at.start + n + 1);
        }
    }
    let parts = cut(text, at.clone(), &commas);
    let word =
        |part: &Range<usize>| text[part.clone()].trim_end_matches([',', '+', ' ', '，', '.', '。']);
    if parts.len() > 1 && parts.iter().all(|part| stands_alone(word(part))) {
        return parts;
    }
    if parts.len() > 1
        && ["확인", "검증", "확인합니다", "검증합니다"]
            .iter()
            .any(|end| word(&at).ends_with(end))
    {
        return parts;
    }
    // A comma ends a clause where the next one begins with what is to be found out, but not where the first only leads up to it.
    let ends: Vec<usize> = (parts.windows(2).enumerate())
        .filter(|(n, pair)| {
            let leads = *n == 0 && LEADS.is_in(word(&pair[0])) && !VERIFIES.is_in(word(&pair[0]));
            VERIFIES.is_in(word(&pair[1])) && !leads
        })
        .map(|(_, pair)| pair[1].start)
        .collect();
    cut(text, at, &ends)
}

/// One of several tests in a row: `unit tests for …`, `smoke tests`, `deployment validation`.
fn stands_alone(part: &str) -> bool {
    let nouns = [
        "test",
        "tests",
        "testing",
        "validation",
        "verification",
        "checks",
    ];
    let word = |word: &str| nouns.contains(&&*word.to_lowercase());
    part.split_whitespace().any(word)
        || ["测试", "验证", "确保", "检查", "테스트"]
            .iter()
            .any(|word| part.contains(word))
}
