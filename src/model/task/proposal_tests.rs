//! What a proposal may be.
//! Apart from the rules, because each is shown by what breaks it.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::model::qarun::{CommandCheck, Comparison, HttpCheck, JunitCheck, MetricCheck};

fn asked() -> Vec<Asked> {
    let one = |id: &str, leans| Asked {
        id: id.to_owned(),
        text: "p95 is below 300 ms".to_owned(),
        heading: String::new(),
        leans,
    };
    let lean = Lean::Metric {
        comparison: Comparison::Less,
        threshold: "300".to_owned(),
        unit: "ms".to_owned(),
    };
    vec![one("one", None), one("two", Some(lean))]
}

fn proposal(criterion: &str, check: Check) -> Proposal {
    Proposal {
        criterion: criterion.to_owned(),
        check,
        timeout_seconds: None,
        reason: "it says so".to_owned(),
    }
}

fn command(script: &str) -> Check {
    let command = CommandCheck {
        script: Some(script.to_owned()),
        ..CommandCheck::default()
    };
    Check::Command { command }
}

fn http(url: &str) -> Check {
    let http = HttpCheck {
        url: url.to_owned(),
        ..HttpCheck::default()
    };
    Check::Http { http }
}

fn metric(url: &str, comparison: Comparison, threshold: &str) -> Check {
    let metric = MetricCheck {
        url: url.to_owned(),
        query: "up".to_owned(),
        comparison,
        threshold: threshold.to_owned(),
        headers: Vec::new(),
    };
    Check::Metric { metric }
}

fn said(proposal: &Proposal) -> Option<String> {
    let servers = servers(["see http://Prometheus:9090/graph, and https://shop.example."]);
    wrong(
        proposal,
        &Limits {
            asked: &asked(),
            servers: &servers,
        },
    )
}

#[test]
fn what_keeps_to_the_rules_is_shown() {
    let junit = JunitCheck {
        script: Some("make unit".to_owned()),
        report: "out/junit.xml".to_owned(),
        ..JunitCheck::default()
    };
    for check in [
        command("set -e\nmake test"),
        Check::Junit { junit },
        http("/health"),
        http("https://shop.example/health"),
        metric("http://prometheus:9090", Comparison::Less, "1"),
    ] {
        assert_eq!(said(&proposal("one", check.clone())), None, "{check:?}");
    }
    let kept = metric("http://prometheus:9090", Comparison::Less, "300");
    assert_eq!(said(&proposal("two", kept)), None);
}

#[test]
fn what_breaks_them_is_not() {
    let long = "x".repeat(SCRIPT + 1);
    for (check, wanted) in [
        (command(""), "`command` is empty"),
        (command(&long), "longer than 4096"),
        (command("make\u{1b}[2K test"), "control"),
        (command("make\rrm -rf /"), "control"),
        (command("echo \u{202e}tset ekam"), "hide or turn"),
        (command("echo \u{200b}x"), "hide or turn"),
        (
            command("curl -H 'Authorization: Bearer abcdefgh12345'"),
            "credential",
        ),
        (
            http("https://evil.example/x"),
            "neither the task nor the project",
        ),
        (http("//evil.example/x"), "neither the task nor the project"),
        (http("https://shop.example@evil.example/"), "credential"),
        (http("https://shop.example\\@evil.example/"), "credential"),
        (
            http("https://shop.example\\.evil.example/"),
            "neither the task nor the project",
        ),
        (
            http("https://shop.example.evil.example/"),
            "neither the task nor the project",
        ),
        (
            http("https://shop.example|.evil.example/"),
            "neither the task nor the project",
        ),
        (
            http("https://shop.example,.evil.example/"),
            "neither the task nor the project",
        ),
        (
            http("https://shop.example'.evil.example/"),
            "neither the task nor the project",
        ),
        // What a client would take for a user of another host.
        (http("https://shop.example;@evil.example/"), "credential"),
        (http("https://shop.example:443@evil.example/"), "credential"),
        (
            metric("http://evil:9090", Comparison::Less, "1"),
            "neither the task nor the project",
        ),
        (
            Check::Manual {
                manual: crate::model::qarun::ManualCheck::default(),
            },
            "its kind is not",
        ),
        (Check::Unknown, "its kind is not"),
    ] {
        let why = said(&proposal("one", check)).unwrap();
        assert!(why.contains(wanted), "{why}");
    }
    let bent = metric("http://prometheus:9090", Comparison::Less, "3000");
    let why = said(&proposal("two", bent)).unwrap();
    assert_eq!(why, "the text says < 300, not < 3000");
    let why = said(&proposal("three", command("make"))).unwrap();
    assert_eq!(why, "nobody asked about it");
    for (reason, seconds) in [
        ("", None),
        ("a\nb", None),
        ("\u{202e}", None),
        ("ok", Some(0)),
    ] {
        let mut one = proposal("one", command("make"));
        one.reason = reason.to_owned();
        one.timeout_seconds = seconds;
        assert!(said(&one).is_some(), "{reason:?}");
    }
}

#[test]
fn only_the_check_of_a_criterion_changes() {
    let before = Criterion {
        id: "one".to_owned(),
        text: "It works".to_owned(),
        required: true,
        check: Check::Unknown,
        timeout_seconds: Some(7),
        provenance: None,
    };
    let after = proposal("other", command("make")).made_of(&before);
    let expected = Criterion {
        check: command("make"),
        ..before
    };
    assert_eq!(after, expected);
}
