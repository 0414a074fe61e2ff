//! Text from a cluster as Markdown that says what the text says, whatever is in it: no list, link, table or tag comes of it.
//! Apart from what is written, because a report and whatever else leaves the program as Markdown need the same answer.

use super::mask::{Masker, mask};
use super::text::clean;

/// Characters that mean something in the middle of a line. Source: CommonMark 0.31, GitHub Flavored Markdown 0.29.
const MEANS: &str = "\\`*_{}[]<>#|~&!$";

/// A piece of a line: clean, what looks like a credential masked, and no character of it means anything.
pub fn text(text: &str) -> String {
    let masked = mask(text);
    let cleaned = clean(&masked);
    let mut out = String::with_capacity(cleaned.len());
    let mut before = ' ';
    let first = cleaned.trim_start();
    for (at, c) in first.char_indices() {
        let next = first[at + c.len_utf8()..].chars().next();
        let begins = at == 0 && matches!(c, '-' | '+' | '=' | ':');
        // `1. ` and `1) ` begin a list where only digits stand before.
        let numbers = matches!(c, '.' | ')')
            && !first[..at].is_empty()
            && first[..at].bytes().all(|byte| byte.is_ascii_digit());
        if begins || numbers || MEANS.contains(c) {
            out.push('\\');
        }
        out.push(c);
        // Many sites call somebody by an `@`, escaped or not; a comment in between does not show.
        let calls =
            c == '@' && !before.is_alphanumeric() && next.is_some_and(char::is_alphanumeric);
        if calls {
            out.push_str("<!-- -->");
        }
        before = c;
    }
    out
}

/// A piece of a line as it is, in letters of one width: clean and masked.
pub fn code(text: &str) -> String {
    let masked = mask(text);
    let cleaned = clean(&masked);
    let text = cleaned.trim();
    if text.is_empty() {
        return "(empty)".to_string();
    }
    let fence = "`".repeat(longest(text) + 1);
    let edge = text.starts_with('`') || text.ends_with('`');
    let room = if edge { " " } else { "" };
    format!("{fence}{room}{text}{room}{fence}")
}

/// Lines as they are, clean and masked, between fences that none of them closes.
pub fn block<'l>(word: &str, lines: impl IntoIterator<Item = &'l str>) -> String {
    let mut masker = Masker::default();
    let lines: Vec<String> = lines
        .into_iter()
        .map(|line| clean(&masker.line(line)).into_owned())
        .collect();
    let most = lines.iter().map(|line| longest(line)).max().unwrap_or(0);
    let fence = "`".repeat((most + 1).max(3));
    let mut out = format!("{fence}{word}\n");
    for line in lines {
        out.push_str(&line);
        out.push('\n');
    }
    out + &fence + "\n"
}

/// The longest run of backticks.
fn longest(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_means_nothing_but_itself() {
        for (from, to) in [
            ("exit 1: refund total", "exit 1: refund total"),
            ("# no head", r"\# no head"),
            ("- no list", r"\- no list"),
            ("12. no list", r"12\. no list"),
            ("took 1.5 s (2 tries)", "took 1.5 s (2 tries)"),
            ("[x](http://evil) <b>", r"\[x\](http://evil) \<b\>"),
            ("a | b `c` *d* __e__", r"a \| b \`c\` \*d\* \_\_e\_\_"),
            ("two\nlines\u{1b}[2J", "two lines␛\\[2J"),
            (
                "ask @team now, img@sha256:1",
                "ask @<!-- -->team now, img@sha256:1",
            ),
        ] {
            assert_eq!(text(from), to);
        }
    }

    #[test]
    fn code_is_closed_by_nothing_in_it() {
        for (from, to) in [
            ("a_b", "`a_b`"),
            ("a `b` c", "``a `b` c``"),
            ("`b``", "``` `b`` ```"),
            ("\n", "(empty)"),
            ("password=hunter2", "`password=••••••`"),
        ] {
            assert_eq!(code(from), to);
        }
        let lines = ["ok", "````", "-----BEGIN RSA PRIVATE KEY-----", "MIIEow"];
        let block = block("log", lines);
        assert!(block.starts_with("`````log\nok\n````\n"), "{block}");
        assert!(
            block.ends_with("\n`````\n") && !block.contains("MIIEow"),
            "{block}"
        );
    }

    proptest::proptest! {
        #[test]
        fn one_line_stays_one_and_a_block_ends_where_it_does(from in "[a`#\\n\\r<>|*_ -]{0,30}") {
            proptest::prop_assert_eq!(text(&from).lines().count().max(1), 1);
            proptest::prop_assert_eq!(code(&from).lines().count(), 1);
            let lines: Vec<&str> = from.split('\n').collect();
            let block = block("", lines.iter().copied());
            let fence = block.lines().next().unwrap_or_default();
            let closes = block.lines().skip(1).filter(|line| line.trim().starts_with(fence));
            proptest::prop_assert_eq!(closes.count(), 1);
        }
    }
}
