//! Rules as projects write them, and mistakes in them.
//! Apart from the rules.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::model::task::{Priority, Task, TaskId};
use crate::wire::taskmaster::edit::Target;

fn subject(id: &str, priority: Priority, labels: &[&str]) -> Subject {
    Subject {
        target: Target {
            tag: "master".to_owned(),
            id: TaskId::new(id),
        },
        task: Task {
            priority,
            labels: labels.iter().map(|label| (*label).into()).collect(),
            ..Task::default()
        },
        hash: String::new(),
        spec: Ok(Spec::default()),
        entry: None,
        boxes: Vec::new(),
    }
}

#[test]
fn later_rules_that_fit_win_and_what_nobody_says_stays() {
    let text = r#"
project = "Shop Front"
on-status = ["review", "done"]
dependencies = "ignored"
[run]
image = "qa:1"
timeouts = {runSeconds = 600}
[[rule]]
labels = ["slow"]
run = {timeouts = {criterionSeconds = 1200}}
[[rule]]
tasks = ["15.*", "7"]
priorities = ["high"]
run = {template = {name = "smoke"}, environments = [{name = "staging"}]}
[[rule]]
tasks = ["15.3"]
skip = true
"#;
    let rules = Rules::read(text).unwrap().of_folder("x");
    assert_eq!(rules.project, "shop-front");
    let spec = Spec {
        service: "s".to_owned(),
        image: Some("task:1".to_owned()),
        ..Spec::default()
    };
    let both = subject("15.1", Priority::High, &["slow"]);
    let made = rules.over(&spec, &both).unwrap();
    assert_eq!((made.image.as_deref(), &*made.service), (Some("qa:1"), "s"));
    let timeouts = made.timeouts();
    assert_eq!(
        (timeouts.run_seconds, timeouts.criterion_seconds),
        (Some(600), Some(1200))
    );
    assert_eq!(made.template().name, "smoke");
    assert_eq!(made.environment_names(), "staging");
    let none = rules
        .over(&spec, &subject("15.1", Priority::Low, &[]))
        .unwrap();
    assert_eq!(none.environment_names(), "");
    assert!(rules.skips(&subject("15.3", Priority::High, &[])));
    assert!(!rules.skips(&both));
}

#[test]
fn nothing_said_is_a_rule_too() {
    let rules = Rules::read("").unwrap().of_folder("My Shop");
    assert_eq!(rules.on_status, ["review"]);
    assert_eq!(
        (&*rules.project, rules.at_once, rules.per_hour),
        ("my-shop", 4, 30)
    );
    assert_eq!(rules.report, Report::default());
}

#[test]
fn mistakes_are_told_with_their_place_and_what_would_be_right() {
    for (text, place, what) in [
        ("projekt = \"x\"", "1:1", "unknown field `projekt`"),
        ("\nat-once = \"two\"", "2:11", "invalid type"),
        ("at-once = 0", "1:1", "nothing would ever be verified"),
        ("[report]\npass = \"dnoe\"", "2:9", "no status `dnoe`"),
        (
            "[report]\nfail = \"review\"",
            "2:9",
            "in which it is to be verified",
        ),
        (
            "[run]\nimagee = \"x\"",
            "2:1",
            "a QARun's spec has no `imagee`",
        ),
        (
            "[run.timeouts]\nrunSecond = 5",
            "2:1",
            "no `timeouts.runSecond`",
        ),
        (
            "[[rule]]\nrun = {image = 7}",
            "2:8",
            "no part of a QARun's spec",
        ),
        ("[run", "1:", ""),
    ] {
        let why = Rules::read(text).unwrap_err();
        let at = why.place.to_string();
        assert!(
            at.starts_with(place) && why.what.contains(what),
            "{text:?}: {why}"
        );
    }
}
