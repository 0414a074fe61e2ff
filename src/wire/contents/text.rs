//! Text, by its language: JSON in lines, a difference in its colours, the rest as it stands.
//! Apart from reports and archives, which are not shown as they stand.

use crate::model::mask::Masker;
use crate::model::preview::{Kind, LINES, Preview};
use crate::model::text::clean;

/// Cells to the next place where a tab may end.
const TAB: usize = 8;
/// Characters of a line that are kept: one without any break in it is data, which nobody reads.
const LONGEST: usize = 4_000;

#[derive(Clone, Copy, PartialEq)]
enum Language {
    Difference,
    Markdown,
    Plain,
}

pub(super) fn lines(preview: &mut Preview, text: &str, name: &str, whole: bool) {
    let end = name.rsplit('.').next().unwrap_or_default();
    let end = end.to_ascii_lowercase();
    let json = matches!(end.as_str(), "json" | "sarif" | "har") || text.starts_with(['{', '[']);
    let spread = (json && whole).then(|| spread(text)).flatten();
    let text = spread.as_deref().unwrap_or(text);
    let language = match end.as_str() {
        "diff" | "patch" => Language::Difference,
        "md" | "markdown" => Language::Markdown,
        _ if text.starts_with("diff --git ")
            || text.starts_with("--- ") && text.contains("\n@@ ") =>
        {
            Language::Difference
        }
        _ => Language::Plain,
    };
    let mut masker = Masker::default();
    let mut hidden = 0;
    let mut all = text.lines();
    for line in all.by_ref().take(LINES) {
        let masked = masker.line(line);
        hidden += usize::from(*masked != *line);
        preview.push(kind(language, line), tidy(&masked));
    }
    let left = all.count();
    if left > 0 {
        preview.push(Kind::Note, format!("and {left} more lines"));
    }
    if hidden > 0 {
        let note =
            format!("what looks like a credential is masked in {hidden} lines; a download has it");
        preview.lines.insert(
            0,
            crate::model::preview::Line {
                kind: Kind::Note,
                text: note.into(),
            },
        );
    }
}

fn kind(language: Language, line: &str) -> Kind {
    match language {
        Language::Difference => match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] | [b'@', b'@', ..] => Kind::Head,
            _ if line.starts_with("diff ") => Kind::Head,
            [b'+', ..] => Kind::Added,
            [b'-', ..] => Kind::Removed,
            _ => Kind::Text,
        },
        Language::Markdown if line.starts_with('#') => Kind::Head,
        Language::Markdown if line.starts_with('>') => Kind::Dim,
        _ => Kind::Text,
    }
}

/// A line for a terminal: escape sequences of colours gone, tabs as spaces, everything else visible, and an end to it.
pub(super) fn tidy(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut cells = 0;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // A control sequence (ECMA-48 5.4): parameters, then one final byte.
            '\u{1b}' if chars.peek() == Some(&'[') => {
                chars.next();
                while let Some(c) = chars.next()
                    && !('\u{40}'..='\u{7e}').contains(&c)
                {}
            }
            '\t' => {
                let room = TAB - cells % TAB;
                out.extend(std::iter::repeat_n(' ', room));
                cells += room;
            }
            '\r' if chars.peek().is_none() => {}
            c => {
                out.push(c);
                cells += 1;
            }
        }
        if cells >= LONGEST {
            out.push('…');
            break;
        }
    }
    clean(&out).into_owned()
}

/// JSON with a line for each value, its texts and numbers as they stand; `None` where it is none.
fn spread(text: &str) -> Option<String> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let (mut quoted, mut escaped) = (false, false);
    let mut chars = text
        .chars()
        .filter(|c| !c.is_ascii_control() || *c == ' ')
        .peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = chars.next() {
        if quoted {
            out.push(c);
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            ' ' => {}
            '"' => {
                quoted = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if_eq(&' ').is_some() {}
                match chars.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => out.push(end),
                    None => {
                        depth += 1;
                        line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, name: &str) -> Vec<(Kind, String)> {
        let mut preview = Preview::default();
        lines(&mut preview, text, name, true);
        let line = |line: &crate::model::preview::Line| (line.kind, line.text.to_string());
        preview.lines.iter().map(line).collect()
    }

    #[test]
    fn json_is_spread_and_none_of_its_values_is_touched() {
        let json = r#"{"a":[1e400,{"b":"x, {y}: \"z\\"}],"c":{},"d":12345678901234567890123}"#;
        let lines = spread(json).unwrap_or_default();
        assert_eq!(
            lines,
            "{\n  \"a\": [\n    1e400,\n    {\n      \"b\": \"x, {y}: \\\"z\\\\\"\n    }\n  ],\n  \"c\": {},\n  \"d\": 12345678901234567890123\n}"
        );
        assert_eq!(spread("{no"), None);
    }

    #[test]
    fn a_difference_has_its_colours_and_markdown_its_headings() {
        let kinds: Vec<Kind> = shown("--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n z\n", "x.patch")
            .into_iter()
            .map(|(kind, _)| kind)
            .collect();
        use Kind::{Added, Head, Removed, Text};
        assert_eq!(kinds, [Head, Head, Head, Removed, Added, Text]);
        assert_eq!(shown("# t\nx", "r.md")[0].0, Head);
    }

    #[test]
    fn what_moves_a_cursor_is_taken_away_or_made_visible() {
        assert_eq!(tidy("\u{1b}[31mred\u{1b}[0m\tx\u{7}\r"), "red     x␇");
        assert_eq!(tidy("\u{1b}]0;title\u{7}"), "␛]0;title␇");
        assert_eq!(tidy("\u{1b}["), "");
        assert!(tidy(&"x".repeat(1 << 20)).chars().count() <= LONGEST + 1);
    }

    #[test]
    fn credentials_are_masked_and_that_is_said() {
        let lines = shown("a\npassword=hunter2\n", "x.txt");
        assert_eq!(lines[0].0, Kind::Note);
        assert!(
            lines.iter().all(|(_, text)| !text.contains("hunter2")),
            "{lines:?}"
        );
    }
}
