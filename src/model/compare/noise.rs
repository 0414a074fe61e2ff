//! What of a line of a log is never the same twice: times, ids, addresses, names of pods and of the run itself.
//! Apart from the comparison of lines, which sees what is left of them.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What stands for what is never the same.
const ANY: &str = "#";

/// Each alternative is one kind; a word that only may be one is looked at again. Plain numbers stay: `503` instead of `200` is
/// what somebody looks for.
const KINDS: [&str; 8] = [
    // ISO 8601 and what is near it.
    r"\b\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|\s?[+-]\d{2}:?\d{2})?)?\b",
    // A time of the day, or a span in the same form.
    r"\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?\b",
    // UUIDs (RFC 9562).
    r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b",
    // Addresses.
    r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b",
    // Spans: `1.8s`, `230 ms`.
    r"\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|m|h|sec|secs|seconds|min|minutes)\b",
    // Digests, commits, ids.
    r"\b(?:0x)?[0-9a-fA-F]{7,}\b",
    // Process ids, ports, epochs, counters.
    r"\b\d{5,}\b",
    // What generateName puts behind a name.
    r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b",
];

/// All of them at once. A pattern that is broken would be a fault of this file, found by its tests.
static NOISE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&KINDS.join("|")).ok());

/// A number, whole or with fractions.
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\d+(?:\.\d+)*").ok());

/// A line without what is never the same twice. `run` is the name of the run that wrote it.
pub(super) fn without(line: &str, run: &str) -> String {
    let named = match run.is_empty() {
        true => line.to_string(),
        false => line.replace(run, ANY),
    };
    let Some(noise) = NOISE.as_ref() else {
        return named;
    };
    let text = noise.replace_all(&named, |found: &Captures<'_>| {
        let word = &found[0];
        // A word of letters alone is a word: `deadbeef` and `-https` may be.
        match word.bytes().any(|byte| byte.is_ascii_digit()) {
            true if word.starts_with('-') => format!("-{ANY}"),
            true => ANY.to_string(),
            false => word.to_string(),
        }
    });
    text.trim_end().to_string()
}

/// What is left of a line without its numbers: two that are the same so say the same of something else.
pub(super) fn without_numbers(quiet: &str) -> String {
    match NUMBER.as_ref() {
        Some(number) => number.replace_all(quiet, ANY).into_owned(),
        None => quiet.to_string(),
    }
}

/// One line of two that are the same without their numbers: `GET /pay 200→503`.
pub(super) fn numbers(there: &str, here: &str) -> String {
    let Some(number) = NUMBER.as_ref() else {
        return here.to_string();
    };
    let mut were = number.find_iter(there);
    let both = number.replace_all(here, |is: &Captures<'_>| {
        let was = were.next().map_or("", |was| was.as_str());
        match was == &is[0] {
            true => was.to_string(),
            false => format!("{was}→{}", &is[0]),
        }
    });
    both.into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_never_the_same_goes_and_what_is_looked_for_stays() {
        assert!(NOISE.is_some());
        for (line, left) in [
            ("2026-11-22T20:01:02.123Z INFO up", "# INFO up"),
            ("2026-11-22 20:01:02,123 INFO up", "# INFO up"),
            ("[20:01:02] up after 1.8s (230 ms)", "[#] up after # (#)"),
            ("pid 48213 took 4117us", "pid # took #"),
            ("HEAD is now at 9d04e77 refund", "HEAD is now at # refund"),
            (
                "id=5f0c91ab-0000-4000-8000-000000000001 from 10.0.0.7:8080",
                "id=# from #",
            ),
            ("POST /refunds 503", "POST /refunds 503"),
            ("left: 19.90 right: 19.99", "left: 19.90 right: 19.99"),
            ("pod shop-api-x7k2p is up", "pod shop-api-# is up"),
            ("over plain-https, defaced", "over plain-https, defaced"),
            ("1 failed, 37 passed", "1 failed, 37 passed"),
        ] {
            assert_eq!(without(line, ""), left);
        }
        assert_eq!(without("run e2e-7 begins", "e2e-7"), "run # begins");
    }

    #[test]
    fn of_lines_with_other_numbers_both_numbers_are_told() {
        let (was, is) = ("GET /pay 200 in 3 tries", "GET /pay 503 in 3 tries");
        assert_eq!(without_numbers(was), without_numbers(is));
        assert_eq!(numbers(was, is), "GET /pay 200→503 in 3 tries");
        assert_eq!(numbers(is, is), is);
        assert_ne!(without_numbers("1 passed"), without_numbers("1 failed"));
    }

    fn text() -> impl Strategy<Value = String> {
        "[a-z =:(\\[]{0,12}"
    }

    fn noise() -> impl Strategy<Value = (String, String)> {
        let time =
            |t: (u8, u8, u8, u16)| format!("2026-11-2{}T{:02}:{:02}:00.{:03}Z", t.0, t.1, t.2, t.3);
        let times = || (0..9u8, 0..24u8, 0..60u8, 0..1000u16).prop_map(time);
        let uuids = || {
            any::<u128>().prop_map(|id| {
                let hex = format!("{id:032x}");
                format!(
                    "{}-{}-{}-{}-{}",
                    &hex[..8],
                    &hex[8..12],
                    &hex[12..16],
                    &hex[16..20],
                    &hex[20..]
                )
            })
        };
        let spans = || (0..9999u16).prop_map(|ms| format!("{ms}ms"));
        let numbers = || (10_000..u32::MAX).prop_map(|n| n.to_string());
        prop_oneof![
            (times(), times()),
            (uuids(), uuids()),
            (spans(), spans()),
            (numbers(), numbers()),
        ]
    }

    proptest! {
        #[test]
        fn lines_that_differ_in_noise_are_the_same(before in text(), (one, other) in noise(), after in text()) {
            let line = |noise: &str| without(&format!("{before} {noise} {after}"), "");
            prop_assert_eq!(line(&one), line(&other));
        }

        #[test]
        fn any_line_can_be_read_and_what_is_left_is_quiet(line in "\\PC{0,60}") {
            let once = without(&line, "");
            prop_assert!(once.chars().count() <= line.chars().count() + 1);
            prop_assert_eq!(&without(&once, ""), &once);
        }
    }
}
