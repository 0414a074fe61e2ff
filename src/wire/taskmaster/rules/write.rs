//! A rule as the file says it, and the file with more rules at its end.
//! Apart from reading: what is written here is read again before anybody sees it, by the same reader as everything else.

use crate::model::qarun::Check;
use crate::model::task::rules::{Make, When};

/// A `[[map]]` with a comment above it. Nothing of a check is written that a rule cannot say.
pub fn map(note: &str, when: &When, make: &Make) -> String {
    let mut rule = Rule(format!("# {}\n[[map]]\n", crate::model::text::clean(note)));
    rule.said("match", when.text.as_deref());
    rule.said("heading", when.heading.as_deref());
    rule.said("source", when.source.as_deref());
    rule.said("kind", when.kind.as_deref());
    if !when.tasks.is_empty() {
        let tasks: Vec<toml::Value> = when.tasks.iter().map(|one| one.clone().into()).collect();
        rule.value("tasks", toml::Value::from(tasks));
    }
    rule.check(&make.check, make.threshold_of_text);
    if let Some(seconds) = make.timeout {
        rule.value("timeout", i64::from(seconds).into());
    }
    rule.0
}

struct Rule(String);

impl Rule {
    fn value(&mut self, key: &str, value: toml::Value) {
        self.0.push_str(&format!("{key} = {value}\n"));
    }

    fn text(&mut self, key: &str, text: &str) {
        self.value(key, text.into());
    }

    fn said(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    fn check(&mut self, check: &Check, threshold_of_text: bool) {
        match check {
            Check::Command { command } => {
                self.said("command", command.script.as_deref());
                let expect = command.expect.clone().unwrap_or_default();
                if let Some(code) = expect.exit_code {
                    self.value("exit-code", i64::from(code).into());
                }
                self.said("output-contains", expect.stdout_contains.as_deref());
                self.said("output-matches", expect.stdout_matches.as_deref());
            }
            Check::Junit { junit } => {
                self.said("command", junit.script.as_deref());
                self.text("report", &junit.report);
            }
            Check::Http { http } => {
                self.text("url", &http.url);
                self.said("method", http.method.map(|method| method.word()));
                self.said("body", http.body.as_deref());
                let expect = http.expect.clone().unwrap_or_default();
                if !expect.status.is_empty() {
                    let all: Vec<toml::Value> = (expect.status.iter())
                        .map(|code| i64::from(*code).into())
                        .collect();
                    self.value("status", toml::Value::from(all));
                }
                self.said("body-contains", expect.body_contains.as_deref());
            }
            Check::Metric { metric } => {
                self.text("url", &metric.url);
                self.text("query", &metric.query);
                if !threshold_of_text {
                    self.text("comparison", metric.comparison.sign());
                    self.text("threshold", &metric.threshold);
                }
            }
            Check::Manual { manual } => self.text("instructions", &manual.instructions),
            Check::Unknown => {}
        }
    }
}

/// The text of a file with more rules at its end; what stood there stands there, byte for byte.
pub fn appended(text: &str, rules: &[String]) -> String {
    let mut whole = text.to_owned();
    for rule in rules {
        if !whole.is_empty() {
            let gap = if whole.ends_with('\n') { "\n" } else { "\n\n" };
            whole.push_str(gap);
        }
        whole.push_str(rule);
    }
    whole
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::model::qarun::{
        CommandCheck, CommandExpect, Comparison, HttpCheck, HttpExpect, JunitCheck, Method,
        MetricCheck,
    };
    use crate::model::task::rules::Does;

    fn check() -> impl Strategy<Value = Check> {
        let said = || "[ -~\n\"'\\\\é]{0,30}x";
        let maybe = || prop::option::of("[ -~]{1,9}");
        let command = (said(), prop::option::of(any::<u8>()), maybe()).prop_map(
            |(script, exit_code, stdout_contains)| {
                let expect = CommandExpect {
                    exit_code,
                    stdout_contains,
                    stdout_matches: None,
                };
                let command = CommandCheck {
                    script: Some(script),
                    expect: (expect != CommandExpect::default()).then_some(expect),
                    ..CommandCheck::default()
                };
                Check::Command { command }
            },
        );
        let junit = (said(), "[!-~]{1,9}").prop_map(|(script, report)| Check::Junit {
            junit: JunitCheck {
                script: Some(script),
                report,
                ..JunitCheck::default()
            },
        });
        let http = (
            "/[!-~]{0,9}",
            maybe(),
            prop::collection::vec(100u16..600, 0..3),
        )
            .prop_map(|(url, body, status)| {
                let expect = HttpExpect {
                    status,
                    ..HttpExpect::default()
                };
                let http = HttpCheck {
                    url,
                    method: Some(Method::Post),
                    body,
                    expect: (expect != HttpExpect::default()).then_some(expect),
                    ..HttpCheck::default()
                };
                Check::Http { http }
            });
        let metric = (said(), "[0-9]{1,3}").prop_map(|(query, threshold)| Check::Metric {
            metric: MetricCheck {
                url: "http://p:9090".to_owned(),
                query,
                comparison: Comparison::AtLeast,
                threshold,
                headers: Vec::new(),
            },
        });
        prop_oneof![command, junit, http, metric]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was_and_what_stood_there_stays(
            check in check(), text in "[ -~é]{1,40}", note in "\\PC{0,20}", timeout in prop::option::of(1u32..9999),
            before in prop::sample::select(vec!["", "# mine", "[defaults]\r\nservice = \"x\"\r\n", "[[drop]]\nmatch = \"y\"\n"]),
        ) {
            let when = When { text: Some(format!("/^{}$/", regex::escape(&text))), tasks: vec!["15".to_owned()], ..When::default() };
            let make = Make { check, threshold_of_text: false, timeout };
            let rule = map(&note, &when, &make);
            let whole = appended(before, &[rule.clone(), rule]);
            prop_assert!(whole.starts_with(before));
            let (rules, problems) = super::super::read("f", &whole);
            prop_assert_eq!(problems, vec![], "{}", whole);
            let last = rules.rules.last().unwrap();
            prop_assert_eq!(&last.when, &when);
            prop_assert_eq!(&last.does, &Does::Map(make));
        }
    }
}
