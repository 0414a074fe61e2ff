//! How a text that a person wrote is put into a workflow without anything in it coming to life.
//! Apart from the shapes, because four readers stand between a spec and a program, each with its own magic:
//!
//! * Argo replaces `{{…}}` in a template's JSON, in several rounds, and takes a stray `{{` for the begin of one that ends at the next
//!   `}}` of the JSON itself. Source: Argo v4.1 `util/template`.
//! * Kubernetes replaces `$(NAME)` in arguments and values of variables, and reads `$$` as `$`. Source: `third_party/forked/golang/expansion`.
//! * A shell reads everything.
//! * expr, the language of Argo's conditions, has texts of its own. Source: expr-lang v1.17 `parser/lexer`.

use std::fmt::Write as _;

/// What Argo would take for the begin of something to replace.
pub const BRACES: &str = "{{";

/// A text as `printf %b` of a POSIX shell gives it back: `\` doubled, and where it would come to life `{` and `$` as octal numbers.
/// Readable otherwise.
pub fn shielded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = '\0';
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '{' if before == '{' => out.push_str("\\0173"),
            '(' | '$' if before == '$' => {
                out.pop();
                out.push_str("\\0044");
                out.push(c);
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// A text as a literal of expr, in double quotes.
pub fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '{' | '}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// It is a decimal number as expr writes one, and nothing else: it may stand in a condition as it is.
pub fn decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| {
        (1..=15).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    all(whole) && all(rest) && (whole == "0" || !whole.starts_with('0'))
}

/// A text as a part of a URL's query (RFC 3986, unreserved characters stay).
pub fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A text for people: where Argo would read something into it, a space parts the braces.
pub fn parted(text: &str) -> String {
    let mut out = text.to_owned();
    while out.contains(BRACES) {
        out = out.replace(BRACES, "{ {");
    }
    out
}

/// The first characters of a text, as many as fit.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_come_to_life_is_written_as_a_number_and_the_rest_stays() {
        for (text, wanted) in [
            ("make test", "make test"),
            ("{{workflow.name}}", "{\\0173workflow.name}}"),
            ("{{{", "{\\0173\\0173"),
            ("$(HOME) $HOME $$ ${X}", "\\0044(HOME) $HOME \\0044$ ${X}"),
            ("$$(X)", "\\0044\\0044(X)"),
            ("$$$", "\\0044\\0044$"),
            ("a\\nb", "a\\\\nb"),
        ] {
            assert_eq!(shielded(text), wanted, "{text}");
        }
    }

    #[test]
    fn only_numbers_are_numbers() {
        for text in ["0", "300", "-0.25", "1000000"] {
            assert!(decimal(text), "{text}");
        }
        for text in [
            "",
            "-",
            "1.",
            ".5",
            "007",
            "1e5",
            "nan",
            "inf",
            "0 || true",
            "+1",
            "1234567890123456",
        ] {
            assert!(!decimal(text), "{text}");
        }
    }

    #[test]
    fn other_readers_get_their_own() {
        assert_eq!(literal("a\"b\\{{\n"), "\"a\\\"b\\\\\\u007b\\u007b\\u000a\"");
        assert_eq!(
            percent("rate(x{a=\"b\"}[5m]) é"),
            "rate%28x%7Ba%3D%22b%22%7D%5B5m%5D%29%20%C3%A9"
        );
        assert_eq!(parted("{{{x}}"), "{ { {x}}");
        assert_eq!(cut("abc", 2), "ab…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
