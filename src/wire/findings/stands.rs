//! Runs that stand still, are slow or have not come so far, and what holds for all findings.
//! Apart from those that say themselves what they wait for.

use super::*;

#[test]
fn nobody_took_it_up() {
    let fresh = json!({"metadata": {"labels": null}, "status": null});
    let w = whole("", &[], fresh);
    assert_eq!(
        said(&w, &Beside::default(), 10),
        "It was just made, and a controller is to take it up"
    );
    let lost = found(&w, &Beside::default(), 300).remove(0);
    assert_eq!(
        (lost.state, lost.sentence.as_str()),
        (State::Lost, "No controller has taken it up for 5m")
    );
    assert!(texts(&lost).contains(&"run: no run that can be seen was ever begun".to_string()));
    let late = json!({"status": {"startedAt": "2026-11-22T20:02:00Z"}});
    let beside = Beside {
        others: vec![other("x", "Running", &[], late)],
        ..Beside::default()
    };
    let lost = found(&w, &beside, 300).remove(0);
    assert_eq!(
        lost.sentence,
        "No controller has taken it up for 5m, although runs made later were begun"
    );
    assert!(texts(&lost).contains(&"run: x was begun 3m ago, the last one that was".to_string()));
}

#[test]
fn a_pod_that_ended_long_ago_under_a_running_step_means_nobody_follows() {
    let nodes = [node("w", "Pod", "Running", json!({}))];
    let w = whole("Running", &nodes, json!({}));
    let over = |at| ContainerState::Ended {
        code: 0,
        reason: None,
        since: None,
        at: Some(at),
    };
    let beside = Beside {
        pods: vec![pod("w", "Succeeded", over(at(60)))],
        ..Beside::default()
    };
    let all = found(&w, &beside, 460);
    assert_eq!(
        all[0].sentence,
        "The controller does not follow it: the pod of step w ended 6m ago, and the workflow still calls the step running"
    );
    assert_eq!(all[0].state, State::Stuck);
    assert!(all[1].sentence.starts_with("It works"));
    assert!(
        said(&w, &beside, 100).starts_with("It works"),
        "it may notice yet"
    );
    let idle = whole(
        "Running",
        &[node("w", "DAG", "Running", json!({}))],
        json!({}),
    );
    assert!(
        said(&idle, &Beside::default(), 600)
            .starts_with("No step runs, waits or is about to start for 10m")
    );
}

#[test]
fn slow_is_against_its_own_history() {
    let nodes = [node("w", "Pod", "Running", json!({}))];
    let from =
        json!({"metadata": {"labels": {"workflows.argoproj.io/workflow-template": "nightly"}}});
    let w = whole("Running", &nodes, from);
    let beside = Beside {
        history: vec![290, 300, 310],
        ..Beside::default()
    };
    let all = found(&w, &beside, 600);
    assert_eq!(
        all[1].sentence,
        "It is slow: it takes 5m longer than the 5m that were to be expected"
    );
    assert_eq!(
        texts(&all[1]),
        ["history: 3 runs of nightly that succeeded took 5m10s, 5m00s, 4m50s (the newest first)"]
    );
    assert_eq!(found(&w, &beside, 200).len(), 1);
}

#[test]
fn a_step_that_has_not_begun_names_what_it_comes_after() {
    let w = crate::wire::sample::diamond("Running");
    let beside = Beside {
        branch: Some("d"),
        ..Beside::default()
    };
    let all = found(&w, &beside, 300);
    assert_eq!(
        all[0].sentence,
        "Step d has not begun: it comes after b (failed)"
    );
    let over = crate::wire::sample::diamond("Failed");
    assert_eq!(
        said(&over, &beside, 300),
        "Step d was never reached: it comes after b (failed)"
    );
}

#[test]
fn a_limit_of_the_workflow_is_counted_because_nothing_says_it() {
    let nodes = [
        node(
            "w",
            "DAG",
            "Running",
            json!({"templateName": "main", "children": ["w.a"]}),
        ),
        node("w.a", "Pod", "Running", json!({"boundaryID": "w"})),
    ];
    let spec = json!({"spec": {"parallelism": 1, "templates": [{"name": "main", "dag": {"tasks": [{"name": "a"}, {"name": "b"}, {"name": "c", "depends": "a"}]}}]}});
    let all = found(&whole("Running", &nodes, spec), &Beside::default(), 60);
    assert_eq!(
        all[1].sentence,
        "Step b could begin, and waits for a place: one step runs, and the workflow lets 1 run at once"
    );
    assert_eq!(
        texts(&all[1]),
        ["field: spec.parallelism is 1", "step: b: Not started"]
    );
}

#[test]
fn ids_of_evidence_are_unique_and_stay() {
    let w = failed("main: Error (exit code 1)");
    let beside = Beside {
        lines: ["ERROR x", "ERROR x"].map(line).into(),
        ..Beside::default()
    };
    let ids = |seconds| -> Vec<String> {
        let all = found(&w, &beside, seconds)
            .into_iter()
            .flat_map(|one| one.evidence);
        all.map(|one| one.id.to_string()).collect()
    };
    let one: std::collections::BTreeSet<String> = ids(90).into_iter().collect();
    assert_eq!(one.len(), ids(90).len());
    assert_eq!(ids(90), ids(9000));
}

#[test]
fn a_step_is_slow_against_its_own_history_and_not_against_another_step() {
    let nodes = [
        node("w", "DAG", "Running", json!({"children": ["w.a", "w.b"]})),
        node(
            "w.a",
            "Pod",
            "Running",
            json!({"boundaryID": "w", "displayName": "load(1)"}),
        ),
        node(
            "w.b",
            "Pod",
            "Running",
            json!({"boundaryID": "w", "displayName": "fresh"}),
        ),
    ];
    let w = whole("Running", &nodes, json!({}));
    let run = |seconds| {
        [Took {
            step: "load".into(),
            seconds,
        }]
    };
    let runs = [run(100), run(140), run(110)];
    let beside = Beside {
        usual: Usual::of(runs.iter().map(|run| &run[..])),
        ..Beside::default()
    };
    let slow = |seconds| {
        let all = found(&w, &beside, seconds);
        all.into_iter().find(|one| one.sentence.contains("is slow"))
    };
    assert_eq!(slow(200), None);
    let slow = slow(600).unwrap();
    assert_eq!(
        slow.sentence,
        "Step load(1) is slow: it has run for 10m, and usually takes 1m50s"
    );
    let texts = texts(&slow);
    assert_eq!(texts[0], "step: load(1) Running");
    assert!(
        texts[1].contains("in 3 earlier runs of")
            && texts[1].ends_with("it took 1m50s, 2m20s, 1m40s (the newest first)"),
        "{texts:?}"
    );
}
