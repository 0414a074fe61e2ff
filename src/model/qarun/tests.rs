//! What the nouns of a QARun promise: defaults, the words on the wire, and what is tolerated.
//! Apart from the types, which are long enough.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

#[test]
fn a_check_is_its_kind_and_the_field_of_that_name() {
    let written = json!({"id": "total", "text": "the total is right", "required": true, "kind": "command",
        "command": {"argv": ["make", "test"], "expect": {"exitCode": 3}}, "timeoutSeconds": 5});
    let read: Criterion = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(read.check.kind(), "command");
    let Check::Command { command } = &read.check else {
        panic!("{read:?}");
    };
    assert_eq!(command.expect.as_ref().unwrap().exit_code, Some(3));
    assert_eq!(serde_json::to_value(&read).unwrap(), written);
}

#[test]
fn what_is_not_said_is_not_written_and_a_criterion_is_required() {
    let spec: Spec = serde_json::from_value(json!({"service": "refunds", "criteria": [
        {"id": "a", "text": "x", "kind": "manual", "manual": {"instructions": "look"}}]}))
    .unwrap();
    assert!(spec.criteria[0].required);
    assert_eq!(
        serde_json::to_value(&spec).unwrap(),
        json!({"service": "refunds", "criteria": [
            {"id": "a", "text": "x", "required": true, "kind": "manual", "manual": {"instructions": "look"}}]})
    );
    assert_eq!((spec.parallelism(), spec.attempt()), (4, 1));
    assert_eq!(
        spec.timeouts().run(true),
        3 * 24 * 3600,
        "people take their time"
    );
}

#[test]
fn a_kind_and_a_phase_of_tomorrow_are_read() {
    let read: Criterion = serde_json::from_value(
        json!({"id": "a", "text": "x", "kind": "lighthouse", "lighthouse": {}}),
    )
    .unwrap();
    assert_eq!(read.check, Check::Unknown);
    let status: Status =
        serde_json::from_value(json!({"phase": "Paused", "verdict": "maybe"})).unwrap();
    assert_eq!(status.phase, Some(Phase::Other("Paused".to_owned())));
    assert!(!status.phase.clone().unwrap().is_over());
    assert_eq!(status.verdict, Some(Verdict::Inconclusive));
    assert_eq!(serde_json::to_value(&status).unwrap()["phase"], "Paused");
}

#[test]
fn the_worst_verdict_is_that_of_all() {
    use Verdict::{Fail, Inconclusive, Pass};
    for (all, whole) in [
        (vec![Pass, Pass], Pass),
        (vec![Pass, Inconclusive], Inconclusive),
        (vec![Inconclusive, Fail, Pass], Fail),
        (vec![], Inconclusive),
    ] {
        assert_eq!(Verdict::of_all(all.clone()), whole, "{all:?}");
    }
}

#[test]
fn waits_grow_and_have_an_end() {
    let waits: Vec<u32> = (1..=7).map(|n| Backoff::default().before(n)).collect();
    assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300]);
    let huge = Backoff {
        seconds: u32::MAX,
        factor: u32::MAX,
        max_seconds: 7,
    };
    assert_eq!(huge.before(u32::MAX), 7);
}

#[test]
fn several_environments_ask_for_the_template_of_several() {
    let mut spec = Spec::default();
    assert_eq!(spec.template().builtin(), Some(Builtin::Acceptance));
    spec.environments = vec![Environment::default(), Environment::default()];
    assert_eq!(spec.template().builtin(), Some(Builtin::MultiEnvironment));
    let foreign = Template {
        kind: TemplateKind::WorkflowTemplate,
        name: "smoke".to_owned(),
        ..Template::default()
    };
    assert_eq!(foreign.builtin(), None);
}
