//! Two small runs compared: what is told of them, and what holds of any two.
//! Apart from `model::compare`, because a workflow is most shortly written as its JSON, and the model does not know JSON.

#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::sample::{node, workflow as sample};
use super::{recipe, workflow};
use crate::model::compare::{self, Change, Comparison, Differs, Failing, Image, Log, Raw, Whole};
use crate::model::difference::pieces;
use crate::model::log::{LogLine, LogSource};
use crate::model::manifest::{Piece, Side};
use crate::model::phase::State;
use crate::model::workflow::Workflow;

/// A run of a DAG, as little of it as a comparison looks at.
#[derive(Clone, Debug, Default)]
struct Sketch {
    /// Name, phase, and how many seconds it took.
    steps: Vec<(&'static str, &'static str, u8)>,
    parameters: Vec<(&'static str, u8)>,
    images: Vec<(&'static str, u8)>,
    spec: Vec<u8>,
    offloaded: bool,
}

fn now() -> Timestamp {
    "2026-11-22T21:00:00Z".parse().unwrap()
}

fn object(sketch: &Sketch) -> Value {
    let failed = sketch.steps.iter().any(|(_, phase, _)| *phase == "Failed");
    let phase = if failed { "Failed" } else { "Succeeded" };
    let ends = |seconds: u8| format!("2026-11-22T20:{:02}:{:02}Z", seconds / 60, seconds % 60);
    let ids: Vec<String> = sketch
        .steps
        .iter()
        .map(|(name, ..)| format!("w.{name}"))
        .collect();
    let mut nodes = vec![node(
        "w",
        "DAG",
        phase,
        json!({"templateName": "main", "children": ids, "finishedAt": "2026-11-22T20:30:00Z"}),
    )];
    for ((name, phase, seconds), id) in sketch.steps.iter().zip(&ids) {
        let mut more =
            json!({"boundaryID": "w", "templateName": name, "finishedAt": ends(*seconds)});
        if *phase == "Failed" {
            more["message"] = "main: Error (exit code 3)".into();
            more["outputs"] = json!({"exitCode": "3"});
        }
        nodes.push(node(id, "Pod", phase, more));
    }
    let parameters: Vec<Value> = (sketch.parameters.iter())
        .map(|(name, value)| json!({"name": name, "value": value.to_string()}))
        .collect();
    let tasks: Vec<Value> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| json!({"name": name, "template": name}))
        .collect();
    let mut templates = vec![json!({"name": "main", "dag": {"tasks": tasks}})];
    templates.extend((sketch.images.iter()).map(
        |(name, tag)| json!({"name": name, "container": {"image": format!("acme/{name}:{tag}")}}),
    ));
    let mut more =
        json!({"spec": {"arguments": {"parameters": parameters}, "templates": templates}});
    if sketch.offloaded {
        more["status"] = json!({"offloadNodeStatusVersion": "fnv:1", "nodes": null});
    }
    serde_json::from_slice(&sample(phase, &nodes, more)).unwrap()
}

fn compared(here: &Sketch, there: &Sketch) -> Comparison {
    let read = |sketch: &Sketch| {
        let object = object(sketch);
        let whole = workflow(object.to_string().as_bytes()).unwrap();
        let images = recipe::images(&recipe::recipe(&object).unwrap());
        (whole, images)
    };
    let lines = |sketch: &Sketch| -> Vec<String> {
        sketch
            .spec
            .iter()
            .map(|line| format!("line {line}"))
            .collect()
    };
    let (mine, theirs) = (read(here), read(there));
    let raw = Raw {
        spec: pieces(&lines(there), &lines(here)),
        hidden: Vec::new(),
    };
    fn whole((workflow, images): &(Workflow, Vec<Image>)) -> Whole<'_> {
        Whole {
            workflow,
            images: Some(images),
        }
    }
    compare::compare(whole(&mine), whole(&theirs), raw, now())
}

fn green() -> Sketch {
    Sketch {
        steps: vec![
            ("a", "Succeeded", 10),
            ("b", "Succeeded", 20),
            ("c", "Succeeded", 30),
        ],
        parameters: vec![("env", 1), ("rev", 7)],
        images: vec![("a", 1), ("b", 1), ("c", 1)],
        spec: vec![1, 2, 3, 4],
        offloaded: false,
    }
}

#[test]
fn what_changed_is_told_and_what_is_the_same_is_counted() {
    let red = Sketch {
        steps: vec![
            ("a", "Succeeded", 48),
            ("b", "Failed", 21),
            ("d", "Succeeded", 3),
        ],
        parameters: vec![("env", 1), ("rev", 8), ("new", 1)],
        images: vec![("a", 2), ("b", 1), ("c", 1)],
        spec: vec![1, 2, 9, 4],
        offloaded: false,
    };
    let told = compared(&red, &green());
    let change = |one: &Change| {
        let side = |value: &Option<_>| value.as_deref().unwrap_or("-").to_string();
        format!(
            "{} {} {}",
            one.of.join(","),
            side(&one.there),
            side(&one.here)
        )
    };
    let parameters: Vec<String> = told.parameters.iter().map(change).collect();
    assert_eq!(parameters, ["new - 1", "rev 7 8"]);
    let images: Vec<String> = told.images.iter().map(change).collect();
    assert_eq!(images, ["a acme/a:1 acme/a:2"]);
    let spec: Vec<String> = (told.spec.iter())
        .map(|piece| format!("{}{}", piece.side.mark(), piece.text))
        .collect();
    assert_eq!(
        spec,
        [
            "@ ", "  line 1", "  line 2", "- line 3", "+ line 9", "  line 4"
        ]
    );
    // The task that the failure kept from being begun is not "gone": it was not reached.
    let steps: Vec<_> = (told.steps.iter())
        .map(|one| {
            let state = |at: &Option<compare::At>| at.as_ref().map(|at| at.state);
            (&*one.label, state(&one.there), state(&one.here))
        })
        .collect();
    let fine = Some(State::Succeeded);
    assert_eq!(
        steps,
        [
            ("d", Some(State::NotStarted), fine),
            ("c", fine, Some(State::NotStarted)),
        ]
    );
    let took: Vec<_> = (told.durations.iter())
        .map(|one| (&*one.label, one.there.seconds, one.here.seconds, one.grew()))
        .collect();
    assert_eq!(took, [("a", 10, 48, true)]);
    let failing = &told.failing[0];
    assert_eq!((&*failing.label, told.failing.len()), ("b", 1));
    let (here, there) = (
        failing.here.as_ref().unwrap(),
        failing.there.as_ref().unwrap(),
    );
    assert_eq!(here.exit_code.as_deref(), Some("3"));
    assert_eq!(
        (here.at.state, there.at.state),
        (State::Failed, State::Succeeded)
    );
    assert_eq!(
        (told.same.parameters, told.same.images, told.same.steps),
        (1, 2, 1)
    );
    assert_eq!((told.same.spec, told.same.durations), (Some(false), 1));
}

#[test]
fn of_steps_out_of_reach_it_is_said_and_nothing_is_made_up() {
    let hidden = Sketch {
        offloaded: true,
        ..green()
    };
    let told = compared(&hidden, &green());
    assert!(
        told.missing[0].contains("Argo's database"),
        "{:?}",
        told.missing
    );
    assert!(told.steps.is_empty() && told.durations.is_empty() && told.failing.is_empty());
    assert_eq!(told.same.parameters, 2);
}

fn line(text: &str) -> LogLine {
    let source = LogSource {
        step: "b".into(),
        pod: "p".into(),
        container: "main".into(),
    };
    LogLine::new(None, source.into(), text)
}

#[test]
fn logs_are_aligned_by_what_is_left_of_a_line_without_times_and_names() {
    let lines = |texts: &[&str]| -> Vec<LogLine> { texts.iter().map(|text| line(text)).collect() };
    let there = lines(&[
        "20:00:01 begin run-1",
        "a",
        "b",
        "c",
        "d",
        "e",
        "GET /x 200",
        "12 passed",
        "bye",
    ]);
    let here = lines(&[
        "21:07:09 begin run-2",
        "a",
        "b",
        "c",
        "time=\"x\" level=info argo=true",
        "d",
        "e",
        "GET /x 503",
        "assertion failed token=hunter2",
        "bye",
    ]);
    let log = |run, lines| Log { run, lines };
    let told = compare::align(log("run-2", &here), log("run-1", &there));
    assert_eq!((told.same, told.here, told.there, told.near), (7, 1, 1, 1));
    let shown: Vec<String> = (told.pieces.iter())
        .map(|piece| format!("{}{}", piece.side.mark(), piece.text))
        .collect();
    assert_eq!(
        shown,
        [
            "@ 3 lines alike",
            "  c",
            "  d",
            "  e",
            "~ GET /x 200→503",
            "- 12 passed",
            "+ assertion failed token=••••••",
            "  bye",
        ]
    );
    let same = compare::align(log("run-1", &there), log("run-1", &there));
    assert!(same.pieces.is_empty() && same.same == 9);
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let phase = || prop_oneof![Just("Succeeded"), Just("Failed"), Just("Skipped")];
    let step = |name| proptest::option::of((Just(name), phase(), 0..120u8));
    let steps = (step("a"), step("b"), step("c"), step("d"));
    let numbered = |name| proptest::option::of((Just(name), 0..3u8));
    let some = move || (numbered("a"), numbered("b"), numbered("c"));
    let spec = proptest::collection::vec(0..4u8, 0..12);
    (steps, some(), some(), spec, any::<bool>()).prop_map(
        |((a, b, c, d), (p, q, r), (i, j, k), spec, offloaded)| Sketch {
            steps: [a, b, c, d].into_iter().flatten().collect(),
            parameters: [p, q, r].into_iter().flatten().collect(),
            images: [i, j, k].into_iter().flatten().collect(),
            spec,
            offloaded,
        },
    )
}

/// The same, looked at from the other side; lists in an order that does not depend on the side.
fn mirrored(mut told: Comparison) -> Comparison {
    fn turn(changes: &mut [Change]) {
        for one in changes {
            std::mem::swap(&mut one.here, &mut one.there);
        }
    }
    std::mem::swap(&mut told.here, &mut told.there);
    turn(&mut told.parameters);
    turn(&mut told.images);
    told.steps = (told.steps.into_iter())
        .map(|one| Differs {
            here: one.there,
            there: one.here,
            ..one
        })
        .collect();
    for took in &mut told.durations {
        std::mem::swap(&mut took.here, &mut took.there);
    }
    told.failing = (told.failing.into_iter())
        .map(|mut one| {
            turn(&mut one.inputs);
            Failing {
                here: one.there,
                there: one.here,
                ..one
            }
        })
        .collect();
    for piece in &mut told.spec {
        piece.side = match piece.side {
            Side::Old => Side::New,
            Side::New => Side::Old,
            side => side,
        };
    }
    told
}

/// What does not depend on the order lists are told in.
fn sorted(mut told: Comparison) -> Comparison {
    told.parameters.sort();
    told.images.sort();
    told.steps.sort();
    told.durations.sort();
    told.failing.sort();
    told.missing.sort();
    told
}

fn count(pieces: &[Piece], side: Side) -> usize {
    pieces.iter().filter(|piece| piece.side == side).count()
}

proptest! {
    #[test]
    fn a_run_does_not_differ_from_itself(run in sketch()) {
        let told = compared(&run, &run);
        prop_assert!(told.is_empty(), "{:?}", told);
        for one in &told.failing {
            prop_assert_eq!(&one.here, &one.there);
            prop_assert!(one.inputs.is_empty());
        }
    }

    #[test]
    fn from_the_other_side_it_is_mirrored(one in sketch(), other in sketch()) {
        let mut told = sorted(compared(&one, &other));
        let mut turned = sorted(mirrored(compared(&other, &one)));
        // Which of several equal lines stays is free; how many do is not.
        for side in [Side::Old, Side::New] {
            prop_assert_eq!(count(&told.spec, side), count(&turned.spec, side));
        }
        told.spec.clear();
        turned.spec.clear();
        prop_assert_eq!(told, turned);
    }
}
