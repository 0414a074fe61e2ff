//! How grave a log line says it is, whatever wrote it.
//! Apart from lines and screens, because it is asked once for each line that arrives and must be cheap and total.
//!
//! Sources of the forms: klog's header `Lmmdd hh:mm:ss` (k8s.io/klog/v2); logfmt's `level=`; levels of pino and bunyan in
//! steps of ten, of syslog (RFC 5424) from 0 to 7; words as log4j, Python's logging, glog, zerolog, rustc, go test,
//! pytest and Jest print them.

use serde::{Deserialize, Serialize};

use super::fields;

/// How grave a line is, the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Finer than for finding faults.
    Trace,
    /// For finding faults.
    Debug,
    /// What happens.
    Info,
    /// Something may be wrong.
    Warn,
    /// Something is.
    Error,
}

/// Bytes of a line in which a bare word counts: behind them it is part of what is said.
const WORDS: usize = 80;
/// Bytes of a line in which a field counts.
const FIELDS: usize = 240;

impl Level {
    /// What somebody calls it: `WARN`, `warning`, `err`, `Critical`.
    pub fn named(word: &str) -> Option<Self> {
        const NAMES: [(&str, Level); 28] = [
            ("error", Level::Error),
            ("err", Level::Error),
            ("eror", Level::Error),
            ("fatal", Level::Error),
            ("ftl", Level::Error),
            ("critical", Level::Error),
            ("crit", Level::Error),
            ("panic", Level::Error),
            ("dpanic", Level::Error),
            ("severe", Level::Error),
            ("alert", Level::Error),
            ("emerg", Level::Error),
            ("emergency", Level::Error),
            ("fail", Level::Error),
            ("failed", Level::Error),
            ("warning", Level::Warn),
            ("warn", Level::Warn),
            ("wrn", Level::Warn),
            ("info", Level::Info),
            ("inf", Level::Info),
            ("information", Level::Info),
            ("notice", Level::Info),
            ("debug", Level::Debug),
            ("dbg", Level::Debug),
            ("verbose", Level::Debug),
            ("trace", Level::Trace),
            ("trc", Level::Trace),
            ("silly", Level::Trace),
        ];
        let is_it = |(name, _): &&(&str, Self)| name.eq_ignore_ascii_case(word);
        NAMES.iter().find(is_it).map(|(_, level)| *level)
    }

    /// From a number: of syslog below 10, of pino and bunyan from there on.
    pub fn numbered(number: i64) -> Option<Self> {
        Some(match number {
            0..=3 | 50.. => Self::Error,
            4 | 40..=49 => Self::Warn,
            5..=6 | 30..=39 => Self::Info,
            7 | 20..=29 => Self::Debug,
            10..=19 => Self::Trace,
            _ => return None,
        })
    }

    /// Its usual word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// How grave a line says it is; `None` where it does not say.
    pub fn of(line: &str) -> Option<Self> {
        let line = line.trim_start();
        if line.starts_with('{')
            && let Some(level) = fields::level(line)
        {
            return Some(level);
        }
        klog(line)
            .or_else(|| in_words(line))
            .or_else(|| as_thrown(line))
    }
}

/// `E1122 02:14:00.123456`.
fn klog(line: &str) -> Option<Level> {
    let head = line.as_bytes().get(..8)?;
    let date = head[1..5].iter().all(u8::is_ascii_digit);
    let time = head[5] == b' ' && head[6..8].iter().all(u8::is_ascii_digit);
    match head[0] {
        _ if !(date && time) => None,
        b'I' => Some(Level::Info),
        b'W' => Some(Level::Warn),
        b'E' | b'F' => Some(Level::Error),
        _ => None,
    }
}

/// The first word that names a level: in capitals, or marked as one by what stands around it (`error:`, `[warn]`), or the
/// value of a field (`level=warn`).
fn in_words(line: &str) -> Option<Level> {
    let bytes = line.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut at = 0;
    while at < bytes.len().min(FIELDS) {
        if !is_word(bytes[at]) {
            at += 1;
            continue;
        }
        let from = at;
        while at < bytes.len() && is_word(bytes[at]) {
            at += 1;
        }
        // Words are ASCII, so that these are ends of characters.
        let word = &line[from..at];
        let before = from.checked_sub(1).map(|before| bytes[before]);
        let after = bytes.get(at).copied();
        if after == Some(b'=') && names_level(word) {
            let value = line[at + 1..].trim_start_matches('"');
            let end = value.find(|c: char| !c.is_ascii_alphabetic());
            if let Some(level) = Level::named(&value[..end.unwrap_or(value.len())]) {
                return Some(level);
            }
        } else if from < WORDS
            && stands_out(word, before, after)
            && let Some(level) = Level::named(word)
        {
            return Some(level);
        }
    }
    None
}

/// Whether a field of this name says how grave a line is.
pub fn names_level(name: &str) -> bool {
    const NAMES: [&str; 7] = [
        "level",
        "lvl",
        "severity",
        "loglevel",
        "log_level",
        "levelname",
        "log.level",
    ];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn stands_out(word: &str, before: Option<u8>, after: Option<u8>) -> bool {
    // Longer and shorter words are none of the names.
    if !(3..=11).contains(&word.len()) {
        return false;
    }
    // Part of a name, a path or a value.
    let joined = |byte: Option<u8>| matches!(byte, Some(b'-' | b'.' | b'/' | b'=' | b'"' | b'\''));
    if joined(before) || matches!(after, Some(b'-' | b'=' | b'/' | b'"' | b'\'')) {
        return false;
    }
    let capitals = word.bytes().all(|byte| byte.is_ascii_uppercase());
    let begins = matches!(before, None | Some(b' ' | b'[' | b'<' | b'(' | b'|' | b':'));
    let ends = match after {
        Some(b':') => true,
        Some(b']') => before == Some(b'['),
        Some(b'>') => before == Some(b'<'),
        // rustc: `error[E0308]: …`.
        Some(b'[') => before.is_none(),
        _ => false,
    };
    capitals || (begins && ends)
}

/// How exceptions begin: `AssertionError: …`, `java.io.IOException: …`, `Traceback (most recent call last):`; and the
/// marks of test runners.
fn as_thrown(line: &str) -> Option<Level> {
    const BEGINNINGS: [&str; 5] = [
        "Traceback (most recent call last)",
        "Exception in thread",
        "\u{2718}",
        "\u{2716}",
        "\u{2717}",
    ];
    if BEGINNINGS.iter().any(|begin| line.starts_with(begin)) {
        return Some(Level::Error);
    }
    if line.starts_with("thread '") && line.contains("' panicked at") {
        return Some(Level::Error);
    }
    // pytest puts an E before what was thrown.
    let line = line.strip_prefix("E ").map_or(line, str::trim_start);
    let line = line.strip_prefix("Caused by: ").unwrap_or(line);
    let name = line.split([':', ' ']).next().unwrap_or_default();
    let thrown = (name.ends_with("Error") || name.ends_with("Exception"))
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$'));
    let told = matches!(line.as_bytes().get(name.len()), None | Some(b':'));
    (thrown && told).then_some(Level::Error)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_that_say_how_grave_they_are() {
        for (line, level) in [
            ("ERROR assertion failed: refund total", Level::Error),
            (
                "2026-11-22 02:14:00,123 [main] WARN  c.e.Pool - slow",
                Level::Warn,
            ),
            (
                "[2026-11-22T02:14:00Z] [error] upstream timed out",
                Level::Error,
            ),
            ("  [warn] deprecated", Level::Warn),
            ("error: could not compile `x`", Level::Error),
            ("error[E0308]: mismatched types", Level::Error),
            ("warning: unused variable", Level::Warn),
            ("panic: runtime error: index out of range", Level::Error),
            ("--- FAIL: TestRefund (0.01s)", Level::Error),
            ("FAILED tests/test_refund.py::test_total", Level::Error),
            (
                "E1122 02:14:00.123456       1 reflector.go:227] x",
                Level::Error,
            ),
            (
                "I1122 02:14:00.123456       1 main.go:1] ERROR is said",
                Level::Info,
            ),
            (
                "time=2026-11-22T02:14:00Z level=warning msg=\"ERROR\"",
                Level::Warn,
            ),
            ("ts=1 lvl=\"eror\" msg=x", Level::Error),
            (r#"{"level":"error","msg":"x"}"#, Level::Error),
            (
                r#"{"a":{"level":"debug"},"severity":"WARNING"}"#,
                Level::Warn,
            ),
            (r#"{"lvl":50,"msg":"x"}"#, Level::Error),
            (r#"{"log.level":"info"}"#, Level::Info),
            ("INFO  1 failed, 37 passed in 1.8s", Level::Info),
            ("02:14 ERR retrying error=EOF", Level::Error),
            ("AssertionError: expected 1", Level::Error),
            ("E       AssertionError: expected 1", Level::Error),
            ("java.lang.NullPointerException: x is null", Level::Error),
            ("Traceback (most recent call last):", Level::Error),
            ("thread 'main' panicked at src/main.rs:1:1:", Level::Error),
            ("\u{2718} refund total", Level::Error),
            ("<warn> disk", Level::Warn),
            ("DEBUG cache", Level::Debug),
        ] {
            assert_eq!(Level::of(line), Some(level), "{line}");
        }
    }

    #[test]
    fn lines_that_do_not() {
        for line in [
            "0 errors, 2 warnings",
            "error_count=0",
            "no error was found",
            "GET /error/ERROR-1 200",
            "uploaded error.log",
            "the ErrorBoundary rendered",
            r#"{"msg":"ok","error":null}"#,
            "EXIT 1",
            "",
            "E1122",
            "level=",
            "name=ERROR",
        ] {
            assert_eq!(Level::of(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_asked_without_harm(line in "\\PC{0,300}") {
            let _ = Level::of(&line);
        }
    }
}
