//! JUnit XML as a table of tests, the failing ones first.
//! Apart from text: a report is read, not shown as it stands.
//!
//! Source: the format as Jenkins and Ant write it: `testsuites`, `testsuite`, `testcase` with `failure`, `error`, `skipped`.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::text::tidy;
use crate::model::mask::mask;
use crate::model::preview::{Kind, Preview};

/// Tests that are listed.
const TESTS: usize = 5_000;
/// Lines told of what a failing test says.
const SAID: usize = 12;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Error,
    Failed,
    Skipped,
    Passed,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Passed => "passed",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Error | Self::Failed => Kind::Bad,
            Self::Skipped => Kind::Dim,
            Self::Passed => Kind::Good,
        }
    }
}

struct Test {
    outcome: Outcome,
    name: String,
    seconds: Option<f64>,
    message: String,
    said: String,
}

/// Whether a text looks like such a report.
pub(super) fn is_report(text: &str) -> bool {
    let head: String = text.chars().take(4_096).collect();
    head.trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('<')
        && head.contains("<testsuite")
}

/// Adds the table; `false`, and nothing, where it cannot be read as one.
pub(super) fn table(preview: &mut Preview, text: &str) -> bool {
    let Some(mut tests) = read(text) else {
        return false;
    };
    let count = |outcome| tests.iter().filter(|test| test.outcome == outcome).count();
    let counts = [
        Outcome::Failed,
        Outcome::Error,
        Outcome::Skipped,
        Outcome::Passed,
    ]
    .map(|outcome| (outcome, count(outcome)));
    let told: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(outcome, count)| format!("{count} {}", outcome.word()))
        .collect();
    let seconds: f64 = tests.iter().filter_map(|test| test.seconds).sum();
    let mut head = format!("{} tests: {}", tests.len(), told.join(", "));
    if seconds > 0.0 {
        head += &format!(" · {seconds:.1} s");
    }
    preview.push(Kind::Head, head);
    // Stable: tests of one outcome stay in the order of the report.
    tests.sort_by_key(|test| test.outcome);
    for test in tests.iter().take(TESTS) {
        let time = match test.seconds {
            Some(seconds) => format!("{seconds:>8.2} s"),
            None => String::new(),
        };
        let line = format!("{:<8}{time:<10}  {}", test.outcome.word(), tidy(&test.name));
        preview.push(test.outcome.kind(), line);
        if test.outcome <= Outcome::Failed {
            tell(preview, test);
        }
    }
    if tests.len() > TESTS {
        preview.push(
            Kind::Note,
            format!("and {} more tests", tests.len() - TESTS),
        );
    }
    true
}

/// What a failing test says, indented.
fn tell(preview: &mut Preview, test: &Test) {
    let message = test.message.lines().chain(test.said.lines());
    let mut lines: Vec<&str> = message
        .map(str::trim_end)
        .filter(|line| !line.trim().is_empty())
        .collect();
    // Many tools repeat the message as the first line of what follows.
    lines.dedup();
    for line in lines.iter().take(SAID) {
        preview.push(Kind::Text, format!("          {}", tidy(&mask(line))));
    }
    if lines.len() > SAID {
        preview.push(
            Kind::Dim,
            format!("          … {} more lines", lines.len() - SAID),
        );
    }
}

fn read(text: &str) -> Option<Vec<Test>> {
    let mut reader = Reader::from_str(text);
    let mut suites: Vec<String> = Vec::new();
    let mut tests: Vec<Test> = Vec::new();
    let (mut test, mut saying): (Option<Test>, bool) = (None, false);
    let mut is_report = false;
    loop {
        // Entities are not followed; a document type is read past.
        let (event, closed) = match reader.read_event().ok()? {
            Event::Start(start) => (start, false),
            Event::Empty(start) => (start, true),
            Event::Text(text) => {
                if let Some(test) = test.as_mut().filter(|_| saying) {
                    test.said.push_str(&text.decode().unwrap_or_default());
                }
                continue;
            }
            Event::CData(text) => {
                if let Some(test) = test.as_mut().filter(|_| saying) {
                    test.said.push_str(&text.decode().unwrap_or_default());
                }
                continue;
            }
            Event::GeneralRef(entity) => {
                if let Some(test) = test.as_mut().filter(|_| saying) {
                    test.said.push(character(&entity));
                }
                continue;
            }
            Event::End(end) => {
                match end.local_name().as_ref() {
                    b"testcase" => tests.extend(test.take()),
                    b"testsuite" => drop(suites.pop()),
                    b"failure" | b"error" => saying = false,
                    _ => {}
                }
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        match event.local_name().as_ref() {
            b"testsuites" => is_report = true,
            b"testsuite" => {
                is_report = true;
                if !closed {
                    suites.push(attribute(&event, "name").unwrap_or_default());
                }
            }
            b"testcase" => {
                let begun = begin(&event, suites.last());
                match closed {
                    true => tests.push(begun),
                    false => test = Some(begun),
                }
            }
            name @ (b"failure" | b"error" | b"skipped") => {
                if let Some(test) = &mut test {
                    let outcome = match name {
                        b"failure" => Outcome::Failed,
                        b"error" => Outcome::Error,
                        _ => Outcome::Skipped,
                    };
                    test.outcome = test.outcome.min(outcome);
                    if let Some(message) = attribute(&event, "message") {
                        test.message = message;
                    }
                    saying = !closed && name != b"skipped";
                }
            }
            _ => {}
        }
    }
    is_report.then_some(tests)
}

fn begin(event: &BytesStart<'_>, suite: Option<&String>) -> Test {
    let name = attribute(event, "name").unwrap_or_default();
    let class = attribute(event, "classname").filter(|class| !class.is_empty());
    let within = class.or(suite.cloned()).filter(|within| !within.is_empty());
    Test {
        outcome: Outcome::Passed,
        name: match within {
            Some(within) => format!("{within} › {name}"),
            None => name,
        },
        seconds: attribute(event, "time")
            .and_then(|time| time.replace(',', "").parse().ok())
            .filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0),
        message: String::new(),
        said: String::new(),
    }
}

/// A character that is written as a reference; what is none of the five of XML or a number is `?`.
fn character(entity: &quick_xml::events::BytesRef<'_>) -> char {
    if let Ok(Some(c)) = entity.resolve_char_ref() {
        return c;
    }
    match entity.decode().as_deref() {
        Ok("lt") => '<',
        Ok("gt") => '>',
        Ok("amp") => '&',
        Ok("apos") => '\'',
        Ok("quot") => '"',
        _ => '?',
    }
}

fn attribute(event: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = event.try_get_attribute(name).ok()??;
    let raw = String::from_utf8_lossy(&found.value).into_owned();
    match quick_xml::escape::unescape(&raw) {
        Ok(text) => Some(text.into_owned()),
        Err(_) => Some(raw),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let mut preview = Preview::default();
        assert!(is_report(text) && table(&mut preview, text), "{text}");
        preview
            .lines
            .iter()
            .map(|line| line.text.to_string())
            .collect()
    }

    #[test]
    fn failing_tests_come_first_with_what_they_say() {
        let report = r#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "boom">]>
<testsuites><testsuite name="shop">
  <testcase classname="cart" name="adds" time="0.5"/>
  <testcase name="pays &amp; ships" time="1,200.25"><failure message="expected 20.00"><![CDATA[expected 20.00
  at pay.rs:7 password=hunter2]]></failure></testcase>
  <testcase name="later"><skipped/></testcase>
  <testcase name="dies"><error>boom &lt;here&gt; &a;</error></testcase>
</testsuite></testsuites>"#;
        let lines = shown(report);
        assert_eq!(
            lines[0],
            "4 tests: 1 failed, 1 error, 1 skipped, 1 passed · 1200.8 s"
        );
        assert_eq!(
            lines[1..],
            [
                "error               shop › dies",
                "          boom <here> ?",
                "failed   1200.25 s  shop › pays & ships",
                "          expected 20.00",
                "            at pay.rs:7 password=••••••",
                "skipped             shop › later",
                "passed      0.50 s  cart › adds",
            ]
        );
    }

    #[test]
    fn what_is_broken_or_something_else_is_no_report() {
        let mut preview = Preview::default();
        assert!(!table(&mut preview, "<testsuite><testcase></testsuite>"));
        assert!(!is_report("<html><body/></html>"));
        assert!(!is_report("a <testsuite> in a text"));
        assert_eq!(preview, Preview::default());
    }
}
