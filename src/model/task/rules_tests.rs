//! Rules of a project: what each does to criteria that were found.
//! Apart from reading them, which `wire::taskmaster::rules` tests.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::model::qarun::{CommandCheck, Comparison, MetricCheck};
use crate::model::task::{Task, criteria};

fn found(strategy: &str) -> Vec<Candidate> {
    let task = Task {
        test_strategy: strategy.to_owned(),
        ..Task::default()
    };
    criteria::found(&task, None)
}

fn rule(when: When, does: Does) -> Rule {
    Rule {
        when,
        does,
        place: "criteria.toml:1".to_owned(),
    }
}

fn text(said: &str) -> When {
    When {
        text: Some(said.to_owned()),
        ..When::default()
    }
}

fn command(word: &str) -> Make {
    Make {
        check: Check::Command {
            command: CommandCheck {
                argv: vec![word.to_owned()],
                ..CommandCheck::default()
            },
        },
        threshold_of_text: false,
        timeout: Some(60),
    }
}

#[test]
fn rules_map_drop_force_and_add_in_their_order() {
    let tests = When {
        kind: Some("tests".to_owned()),
        ..When::default()
    };
    let rules = Rules {
        rules: vec![
            rule(tests, Does::Map(command("make"))),
            rule(text("/^verify .*mail/"), Does::Drop),
            rule(
                text("page"),
                Does::Force {
                    required: Some(false),
                    take: None,
                    manual: true,
                    timeout: Some(5),
                },
            ),
        ],
        adds: vec![
            Add {
                tasks: vec!["1*".to_owned()],
                text: "The changelog says it".to_owned(),
                id: None,
                required: true,
                make: None,
                place: "criteria.toml:9".to_owned(),
            },
            Add {
                tasks: vec!["2".to_owned()],
                text: "never".to_owned(),
                id: None,
                required: true,
                make: None,
                place: String::new(),
            },
        ],
        ..Rules::default()
    };
    let found = found("Unit tests for the parser. Verify the mail is sent. Check the page.");
    let all = rules.apply(&TaskId::new("15"), found);
    let [tests, mail, page, added] = &all[..] else {
        panic!("{all:?}")
    };
    assert_eq!(
        (
            tests.criterion.check.kind(),
            tests.criterion.timeout_seconds
        ),
        ("command", Some(60))
    );
    assert_eq!(
        (mail.chosen, &*mail.because),
        (false, "criteria.toml:1 drops it")
    );
    // A person has no time-out of a step.
    assert_eq!(
        (page.criterion.required, page.criterion.timeout_seconds),
        (false, None)
    );
    assert_eq!(
        (&*added.criterion.id, added.confidence),
        ("the-changelog-says-it", Confidence::High)
    );
}

#[test]
fn a_metric_takes_its_threshold_from_the_text() {
    let make = Make {
        check: Check::Metric {
            metric: MetricCheck {
                url: "http://prometheus:9090".to_owned(),
                query: "p95".to_owned(),
                ..MetricCheck::default()
            },
        },
        threshold_of_text: true,
        timeout: None,
    };
    let rules = Rules {
        rules: vec![rule(text("respon"), Does::Map(make))],
        ..Rules::default()
    };
    let all = rules.apply(
        &TaskId::new("1"),
        found("Verify it responds within 250 ms. Verify it responds."),
    );
    let Check::Metric { metric } = &all[0].criterion.check else {
        panic!("{all:?}")
    };
    assert_eq!(
        (metric.comparison, &*metric.threshold),
        (Comparison::AtMost, "250")
    );
    assert_eq!(all[1].criterion.check.kind(), "manual");
    assert!(all[1].because.contains("names none"), "{}", all[1].because);
}

#[test]
fn a_star_stands_for_any_text() {
    for (pattern, text, is) in [
        ("15", "15", true),
        ("15", "15.1", false),
        ("15.*", "15.10", true),
        ("*", "", true),
        ("1*0", "10", true),
        ("1*0", "101", false),
        ("*.*.1", "2.3.1", true),
        ("a*b*a", "aba", true),
        ("a*b*a", "ab", false),
    ] {
        assert_eq!(like(pattern, text), is, "{pattern} {text}");
    }
}

#[test]
fn expressions_are_refused_with_a_reason() {
    assert!(compiled("/a[/").unwrap_err().contains("unclosed"));
    assert!(compiled("a[").unwrap().is_match("xA[y"));
}
