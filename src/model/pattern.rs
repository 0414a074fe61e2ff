//! What of a message is the same whenever the same thing goes wrong: words and exit codes stay, what differs from run to
//! run becomes `*`.
//! Apart from [`super::failure`], which makes a cause of it together with the step and the reason.
//!
//! A word is never taken away, so that two messages that differ in words stay two; what has no digit is a word. Rather are
//! two messages of one cause told apart than two causes taken for one.

use std::net::Ipv6Addr;

/// Stands for what differs.
const MASK: char = '*';
/// Numbers after these words say what went wrong.
const TELLING: [&str; 9] = [
    "exit",
    "code",
    "status",
    "errno",
    "signal",
    "http",
    "rc",
    "exitcode",
    "statuscode",
];
/// Between two masks these are part of one value: of a time, an address, a number, a name.
const INSIDE: [char; 7] = ['.', ',', ':', '-', '+', '/', '_'];
/// Letters and digits of the suffixes that the API server makes. Source: Kubernetes `apimachinery/pkg/util/rand`.
const SUFFIX: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The pattern of a message. Names in `own` (of the run, which begins those of its pods) are masked where they stand as a
/// whole or begin a longer one.
pub fn pattern(text: &str, own: &str) -> String {
    let mut made = Pattern::default();
    // What could be a word of a sentence is none.
    let own = Some(own).filter(|own| own.contains(|c: char| c == '-' || c.is_ascii_digit()));
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            c if c.is_whitespace() => {
                made.space();
                c.len_utf8()
            }
            c if !c.is_alphanumeric() => {
                made.sign(c);
                c.len_utf8()
            }
            _ => piece(&mut made, rest, before, own),
        };
        before = rest[..taken].chars().next_back().unwrap_or(' ');
        rest = &rest[taken..];
    }
    made.text.truncate(made.text.trim_end().len());
    made.text
}

/// Takes what begins with a letter or a digit; returns its bytes.
fn piece(made: &mut Pattern, rest: &str, before: char, own: Option<&str>) -> usize {
    let named = own.filter(|own| rest.starts_with(own) && ends(&rest[own.len()..]));
    let whole = named
        .map(str::len)
        .or_else(|| uuid(rest))
        .or_else(|| time(rest))
        .or_else(|| ipv6(rest));
    if let Some(taken) = whole {
        made.mask();
        return taken;
    }
    let end = rest.find(|c: char| !c.is_alphanumeric());
    let segment = &rest[..end.unwrap_or(rest.len())];
    made.segment(segment, before);
    segment.len()
}

/// What was made so far.
#[derive(Default)]
struct Pattern {
    text: String,
}

impl Pattern {
    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    fn sign(&mut self, sign: char) {
        match sign {
            MASK => self.mask(),
            sign => self.text.push(sign),
        }
    }

    fn mask(&mut self) {
        let inside = self.text.trim_end_matches(INSIDE);
        if inside.ends_with(MASK) {
            self.text.truncate(inside.len());
        } else {
            self.text.push(MASK);
        }
    }

    /// Letters and digits that stand together.
    fn segment(&mut self, text: &str, before: char) {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if digits == 0 || !text.is_ascii() {
            return self.text.push_str(text);
        }
        if digits == text.len() {
            return match text.len() <= 3 && self.tells() {
                true => self.text.push_str(text),
                false => self.mask(),
            };
        }
        if is_id(text, digits, before) || is_duration(text) {
            return self.mask();
        }
        let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let name = text.trim_end_matches(|c: char| c.is_ascii_digit());
        let letters = |text: &str| !text.bytes().any(|byte| byte.is_ascii_digit());
        match () {
            // `512Mi`: the unit stays.
            () if number.len() < text.len() && letters(number) => {
                self.mask();
                self.text.push_str(number);
            }
            // `order1234567`; `E0432` and `utf8` are words.
            () if letters(name) && text.len() - name.len() > 5 => {
                self.text.push_str(name);
                self.mask();
            }
            () => self.text.push_str(text),
        }
    }

    /// What stands before says that a number is a code.
    fn tells(&self) -> bool {
        let between = |c: char| matches!(c, ' ' | ':' | '=' | '(' | '"' | '\'');
        let before = self.text.trim_end_matches(between);
        if self.text.len() - before.len() > 3 || before.len() == self.text.len() {
            return false;
        }
        // `HTTP/1.1 503`
        let before = before.strip_suffix("/*").unwrap_or(before);
        let letters = before.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let word = &before[letters.len()..];
        TELLING.iter().any(|known| word.eq_ignore_ascii_case(known))
            && !letters.ends_with(char::is_alphanumeric)
    }
}

/// A name does not go on here, unless by a part of its own.
fn ends(rest: &str) -> bool {
    !rest.chars().next().is_some_and(char::is_alphanumeric)
}

/// Hexadecimal ids, generated suffixes, and what mixes letters and digits at random.
fn is_id(text: &str, digits: usize, before: char) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let generated = text.bytes().all(|byte| SUFFIX.contains(&byte));
    let runs = text
        .as_bytes()
        .split(|byte| !byte.is_ascii_digit())
        .filter(|run| !run.is_empty())
        .count();
    match text.len() {
        _ if text.len() > 2 && text.starts_with("0x") && hex(&text[2..]) => true,
        5 if before == '-' && generated => true,
        7.. if hex(text) => true,
        8..=10 if generated && runs > 1 => true,
        6.. => runs > 2 || runs > 1 && digits > 2,
        _ => false,
    }
}

/// `90s`, `1h30m`, `120ms`.
fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 8] = ["ns", "us", "ms", "min", "s", "m", "h", "d"];
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let unit = number.find(|c: char| c.is_ascii_digit());
        let unit = &number[..unit.unwrap_or(number.len())];
        if number.len() == rest.len() || !UNITS.contains(&unit) {
            return false;
        }
        rest = &number[unit.len()..];
    }
    true
}

/// Bytes of a UUID in front.
fn uuid(text: &str) -> Option<usize> {
    const LEN: usize = 36;
    let bytes = text.as_bytes().get(..LEN)?;
    let fits = bytes.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    (fits && ends(&text[LEN..])).then_some(LEN)
}

/// Bytes of a date in front, with its time where one follows (RFC 3339, and the same with a space).
fn time(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let like = |shape: &[u8], from: usize| -> Option<usize> {
        let found = bytes.get(from..from + shape.len())?;
        let fits = |(byte, shape): (&u8, &u8)| match shape {
            b'0' => byte.is_ascii_digit(),
            sign => byte == sign,
        };
        found.iter().zip(shape).all(fits).then_some(shape.len())
    };
    let mut end = like(b"0000-00-00", 0)?;
    let clock = like(b"T00:00", end).or_else(|| like(b" 00:00", end));
    if let Some(clock) = clock {
        end += clock;
        end += like(b":00", end).unwrap_or(0);
        if let Some(part) = like(b".0", end).or_else(|| like(b",0", end)) {
            end += part;
            while like(b"0", end).is_some() {
                end += 1;
            }
        }
        let zone = [&b"Z"[..], b"+00:00", b"-00:00", b"+0000", b"-0000"];
        end += zone
            .into_iter()
            .find_map(|zone| like(zone, end))
            .unwrap_or(0);
    }
    ends(text.get(end..)?).then_some(end)
}

/// Bytes of an IPv6 address in front, which is told from words by its digits.
fn ipv6(text: &str) -> Option<usize> {
    let end = text.find(|c: char| !(c.is_ascii_hexdigit() || c == ':' || c == '.'));
    let end = end.unwrap_or(text.len());
    if !ends(&text[end..]) {
        return None;
    }
    let text = text[..end].trim_end_matches(['.', ':']);
    let first = text.split(':').next()?;
    let groups = text.bytes().filter(|byte| *byte == b':').count();
    let number = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    let likely = number(first) || groups > 3 && number(text);
    (groups > 1 && likely && text.parse::<Ipv6Addr>().is_ok()).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_masked_and_words_and_codes_stay() {
        for (text, made) in [
            ("main: Error (exit code 137)", "main: Error (exit code 137)"),
            (
                "exited with code 3 after 41 tries",
                "exited with code 3 after * tries",
            ),
            (
                "GET /ledger/77 answered HTTP 503",
                "GET /ledger/* answered HTTP 503",
            ),
            ("HTTP/1.1 404 Not Found", "HTTP/* 404 Not Found"),
            (
                "assertion failed: left: 19.90  right: 19.99",
                "assertion failed: left: * right: *",
            ),
            (
                "at tests/refund_total.rs:61:5",
                "at tests/refund_total.rs:*",
            ),
            (
                "feed has 2 products, 1,204 rows",
                "feed has * products, * rows",
            ),
            (
                "pod t42-refund-x7k2p-criterion-3141592653 deleted",
                "pod t42-refund-*-criterion-* deleted",
            ),
            (
                "image registry:5000/scan/scanner:9.4-rc1",
                "image registry:*/scan/scanner:*-rc1",
            ),
            ("2026-11-22T20:00:52.123Z timeout", "* timeout"),
            ("at 2026-11-22 20:00:52,5 lost", "at * lost"),
            (
                "waited 1m30s, then 120ms, then 1.5s",
                "waited *, then *, then *",
            ),
            ("dial tcp 10.0.0.7:5432: refused", "dial tcp *: refused"),
            (
                "dial [fe80::1ff:fe23:4567:890a]:443: refused",
                "dial [*]:*: refused",
            ),
            (
                "uid 7d3e0003-abcd-4000-8000-00000000abcd is gone",
                "uid * is gone",
            ),
            (
                "HEAD is now at 9d04e77, was 0xdeadbeef",
                "HEAD is now at *, was *",
            ),
            ("heap 1.7Gi of 512Mi", "heap *Gi of *Mi"),
            ("/tmp/pytest-17/tmp8f3k2a1/out.xml", "/tmp/pytest-*/out.xml"),
            (
                "error[E0432] in utf8 of k8s, e2e and sha256",
                "error[E0432] in utf8 of k8s, e2e and sha256",
            ),
            ("SKU-4213 has \"price 12\"", "SKU-* has \"price *\""),
            (
                "over https-proxy and  grpcs\n gateway",
                "over https-proxy and grpcs gateway",
            ),
            ("", ""),
        ] {
            assert_eq!(pattern(text, ""), made, "{text}");
        }
    }

    #[test]
    fn the_name_of_the_run_is_masked_wherever_it_begins() {
        let made = |text: &str| pattern(text, "t47-sepa-cwtml");
        assert_eq!(
            made("child t47-sepa-cwtml-check failed"),
            "child *-check failed"
        );
        assert_eq!(made("t47-sepa-cwtmlx stays"), "t47-sepa-cwtmlx stays");
        assert_eq!(pattern("test failed", "test"), "test failed", "a word");
    }

    /// What has no digit, in order.
    fn words(text: &str) -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty() && !word.bytes().any(|byte| byte.is_ascii_digit()))
            .map(str::to_string)
            .collect()
    }

    /// Values that differ from run to run, none of them with a word in it.
    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            "[0-9]{1,12}",
            "[0-9]{1,4}\\.[0-9]{1,4}",
            "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}:[0-9]{2,5}",
            "[0-9a-f]{7}[0-9][0-9a-f]{4,32}",
            "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?Z",
            "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
            "[0-9]{1,5}(ms|s|m|h)",
            "0x[0-9a-f]{2,16}",
        ]
    }

    proptest! {
        #[test]
        fn it_takes_any_text_and_a_pattern_is_its_own(text in any::<String>(), own in "[a-z0-9-]{0,12}") {
            let once = pattern(&text, &own);
            prop_assert_eq!(pattern(&once, &own), once);
        }

        #[test]
        fn a_pattern_of_signs_and_digits_is_its_own(text in "[a-f0-9x:./_ (*T=Z-]{0,40}|(exit|code|HTTP|status)[ :=(/*]{0,4}[0-9]{1,4}[ .,:/*-]{0,2}[0-9a-z]{0,6}") {
            let once = pattern(&text, "");
            prop_assert_eq!(pattern(&once, ""), once);
        }

        #[test]
        fn no_word_is_lost_so_that_no_two_messages_of_other_words_fall_together(
            parts in prop::collection::vec(("[a-zA-Zäß]{1,12}", "[ ,;()\"'=]{1,2}", value()), 0..8)
        ) {
            let text: String = parts.iter().map(|(word, sign, value)| format!("{word}{sign}{value} ")).collect();
            let said: Vec<String> = parts.iter().map(|(word, ..)| word.clone()).collect();
            let kept = words(&pattern(&text, ""));
            prop_assert_eq!(kept.into_iter().filter(|word| !["ms", "s", "m", "h"].contains(&word.as_str()) || said.contains(word)).collect::<Vec<_>>(), said);
        }

        #[test]
        fn values_do_not_tell_two_messages_apart(
            word in "[a-z]{2,12}", (one, other) in prop_oneof![
                ("[0-9]{1,9}", "[0-9]{1,9}"),
                ("[0-9]{1,3}\\.[0-9]{1,3}", "[0-9]{1,9}"),
                ("[0-9]{1,5}(ms|s|m|h)", "[0-9]{1,3}h[0-9]{1,2}m"),
                ("[0-9a-f]{6}[0-9]", "[0-9a-f]{32}[0-9]"),
                ("2026-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:00Z", "2026-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]"),
            ]
        ) {
            prop_assume!(!TELLING.contains(&word.as_str()));
            prop_assert_eq!(pattern(&format!("{word} {one}"), ""), pattern(&format!("{word} {other}"), ""));
        }
    }
}
