//! Hides what looks like a credential in text: errors, YAML, whatever leaves the program.
//! Apart from those who print, so that one rule decides everywhere what a credential looks like.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::secret::MASKED;

/// A name that promises a credential, as [`super::secret::names_a_secret`] knows it.
const NAME: &str = r"[A-Za-z0-9_.-]*(?:token|secret|passw(?:or)?d|api[-_]?key|access[-_]?key|private[-_]?key|credential)[A-Za-z0-9_.-]*";

/// What looks like a credential whatever stands before it.
const ALONE: [(&str, &str); 7] = [
    // user:password@ of a URL (RFC 3986 userinfo).
    (r"(?P<a>[A-Za-z][A-Za-z0-9+.-]*://)[^/\s@]+@", "${a}••••••@"),
    // HTTP authorization (RFC 6750, RFC 7617).
    (
        r"(?i)\b(?P<a>bearer|basic)\s+[A-Za-z0-9+/._~=-]{8,}",
        "${a} ••••••",
    ),
    // JSON web tokens (RFC 7519): three base64url parts, the first starts with {".
    (
        r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(\.[A-Za-z0-9_-]*)?",
        "••••••",
    ),
    // AWS access key ids; GitHub, GitLab and Slack tokens, by their documented prefixes.
    (r"\b(AKIA|ASIA)[A-Z0-9]{16}\b", "••••••"),
    (
        r"\b(gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{16,}|xox[abpros]-[A-Za-z0-9-]{10,})",
        "••••••",
    ),
    // Keys of Claude's API, by their documented prefix.
    (r"\bsk-ant-[A-Za-z0-9_-]{8,}", "••••••"),
    // PEM blocks (RFC 7468) that hold private keys.
    (
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|\z)",
        "••••••",
    ),
];

/// What stands before a value that is one because of its name; `NAME` is that name.
const BEFORE: [&str; 3] = [
    // name=value and name: value, in arguments, query strings and printed headers.
    r#"NAME\\*["']?\s*[=:]\s*"#,
    // --name value, and "--name", "value".
    r#"(?:^|[^A-Za-z0-9_-])--?NAME(?:["']\s*,\s*|\s+)"#,
    // - name: NAME, on the next line value: value.
    r#"\bname\\*["']?\s*:\s*\\*["']?NAME\\*["']?\s*[,\n]\s*\\*["']?(?:value|default)\\*["']?\s*:\s*"#,
];

/// A value: quoted in a quoted text, quoted (to the closing quote, whatever it holds), or bare. A bare one that begins
/// with two dashes is the next option.
const VALUES: [&str; 4] = [
    r#"\\+")[^"]*"#,
    r#"")(?:[^"\\]|\\[\s\S])*"#,
    r"')[^']*",
    r#")(?:-?[^\s"'&,;\\-]|--$)[^\s"'&,;]*"#,
];

/// Patterns and what replaces what they find.
fn patterns() -> impl Iterator<Item = (String, &'static str)> {
    let alone = ALONE.map(|(pattern, with)| (pattern.to_string(), with));
    let named = BEFORE.iter().flat_map(|before| {
        VALUES.iter().map(move |value| {
            let before = before.replace("NAME", NAME);
            (format!("(?im)(?P<a>{before}{value}"), "${a}••••••")
        })
    });
    alone.into_iter().chain(named)
}

/// Compiled; a broken pattern would be a fault of this file, found by its tests. Credentials and their names are ASCII:
/// the letters of all scripts would make it a hundred milliseconds and megabytes. Every match begins and ends beside an
/// ASCII character, so that no other one is ever cut.
static RULES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let compiled = patterns().filter_map(|(pattern, with)| {
        let pattern = RegexBuilder::new(&pattern).unicode(false).build().ok()?;
        Some((pattern, with))
    });
    compiled.collect()
});

/// All of them at once: text in which none of them finds anything, which is nearly all, is not gone over for each.
static ANY: LazyLock<RegexSet> = LazyLock::new(|| {
    let patterns = patterns().map(|(pattern, _)| pattern);
    let all = RegexSetBuilder::new(patterns).unicode(false).build();
    all.unwrap_or_else(|_| RegexSet::empty())
});

/// Text with everything that looks like a credential replaced.
pub fn mask(text: &str) -> Cow<'_, str> {
    if !ANY.is_match(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut masked = Cow::Borrowed(text.as_bytes());
    for (pattern, with) in RULES.iter() {
        if pattern.is_match(&masked) {
            masked = Cow::Owned(pattern.replace_all(&masked, with.as_bytes()).into_owned());
        }
    }
    Cow::Owned(String::from_utf8_lossy(&masked).into_owned())
}

/// Masks a text that comes line by line, so that a private key of many lines (RFC 7468) goes whole.
#[derive(Clone, Copy, Debug, Default)]
pub struct Masker {
    inside: bool,
}

impl Masker {
    /// The next line with everything that looks like a credential replaced.
    pub fn line<'l>(&mut self, line: &'l str) -> Cow<'l, str> {
        let ends = |line: &str| line.contains("-----END ") && line.contains("PRIVATE KEY-----");
        if self.inside {
            self.inside = !ends(line);
            return Cow::Borrowed(MASKED);
        }
        let begins = line.contains("-----BEGIN ") && line.contains("PRIVATE KEY-----");
        self.inside = begins && !ends(line);
        mask(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_many_lines_goes_whole() {
        let mut masker = Masker::default();
        let lines = [
            "before",
            "-----BEGIN RSA PRIVATE KEY-----",
            "MIIEowIBAAKCAQEA",
            "-----END RSA PRIVATE KEY-----",
            "after",
        ];
        let masked: Vec<_> = lines.map(|line| masker.line(line).into_owned()).into();
        assert_eq!(masked, ["before", MASKED, MASKED, MASKED, "after"]);
    }

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(ANY.len(), RULES.len());
        assert_eq!(RULES.len(), ALONE.len() + BEFORE.len() * VALUES.len());
    }

    #[test]
    fn credentials_go_and_the_rest_stays() {
        for (text, masked) in [
            ("https://jane:pw@host/x", "https://••••••@host/x"),
            (
                "Authorization: Bearer abcdef123456",
                "Authorization: Bearer ••••••",
            ),
            ("id eyJhbGciOi.eyJzdWIiOiIx.c2ln end", "id •••••• end"),
            ("key AKIAABCDEFGHIJKLMNOP.", "key ••••••."),
            ("with sk-ant-api03-abc_DEF-123, no", "with ••••••, no"),
            ("ask-ant-hills-everywhere", "ask-ant-hills-everywhere"),
            ("curl -u x --api-key=abc1 y", "curl -u x --api-key=•••••• y"),
            ("DB_PASSWORD: hunter2", "DB_PASSWORD: ••••••"),
            ("exit 1 after 3 tokens", "exit 1 after 3 tokens"),
            (
                "https://host:6443/api?limit=5",
                "https://host:6443/api?limit=5",
            ),
        ] {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn letters_of_every_script_are_kept_or_hidden_whole() {
        for (text, masked) in [
            (
                "пароль: password=пароль日本 ясно",
                "пароль: password=•••••• ясно",
            ),
            ("日本https://я:пароль@host/ü", "日本https://••••••@host/ü"),
            ("«token: \"é\" »", "«token: \"••••••\" »"),
            (r#"{"secret": "é\ü"} ß"#, r#"{"secret": "••••••"} ß"#),
        ] {
            assert_eq!(mask(text), masked);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_letter_is_ever_cut(text in "([a-zé日😀\\\\\"'=: @/-]|token|secret=|https://){0,40}") {
            proptest::prop_assert!(!mask(&text).contains('\u{fffd}'), "{text}");
        }
    }

    #[test]
    fn a_quoted_value_goes_to_its_closing_quote() {
        for (text, masked) in [
            (
                r#"password="correct horse, battery" x"#,
                r#"password="••••••" x"#,
            ),
            (r"TOKEN='a b;c' y", r"TOKEN='••••••' y"),
            (
                r#"{"api_key": "a\"b c", "n": 1}"#,
                r#"{"api_key": "••••••", "n": 1}"#,
            ),
            (
                r#"-d "{\"secret\": \"a b\"}""#,
                r#"-d "{\"secret\": \"••••••"}""#,
            ),
            ("password: \"never closed, all of it", "password: \"••••••"),
        ] {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn the_word_behind_an_option_goes() {
        for (text, masked) in [
            ("login --password hunter2 -v", "login --password •••••• -v"),
            ("login --password 'a b' -v", "login --password '••••••' -v"),
            ("login -token abc", "login -token ••••••"),
            (
                r#"["--token", "abc", "-v"]"#,
                r#"["--token", "••••••", "-v"]"#,
            ),
            ("login --token --verbose", "login --token --verbose"),
            ("- tokens are counted", "- tokens are counted"),
        ] {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn the_value_of_a_named_variable_goes() {
        for (text, masked) in [
            (
                "- name: DB_PASSWORD\n  value: x\n- name: LEVEL\n  value: y",
                "- name: DB_PASSWORD\n  value: ••••••\n- name: LEVEL\n  value: y",
            ),
            (
                r#"{"name":"API_TOKEN","value":"a, b"}"#,
                r#"{"name":"API_TOKEN","value":"••••••"}"#,
            ),
        ] {
            assert_eq!(mask(text), masked);
        }
    }
}
