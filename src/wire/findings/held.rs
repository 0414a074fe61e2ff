//! Runs that are held up: by locks, queues, people and pauses.
//! Apart from pods that cannot start.

use super::*;

fn held(lock: &str, holders: &[&str]) -> Value {
    let kind = if lock.contains("/Mutex/") {
        "mutex"
    } else {
        "semaphore"
    };
    let entry = match kind {
        "mutex" => json!({"holder": holders[0], "mutex": lock}),
        _ => json!({"holders": holders, "semaphore": lock}),
    };
    json!({"status": {"message": format!("Waiting for {lock} lock. Lock status: 0/{}", holders.len()),
        "startedAt": null, "synchronization": {kind: {"waiting": [entry]}}}})
}

#[test]
fn a_lock_names_its_holder_and_what_that_one_waits_for() {
    let w = whole("Pending", &[], held("team/Mutex/release", &["team/x"]));
    let x = |more| other("x", "Pending", &[], more);
    let y = other(
        "y",
        "Running",
        &[node("y", "Pod", "Running", json!({}))],
        json!({}),
    );
    let mut beside = Beside {
        others: vec![x(held("team/ConfigMap/sizes/db", &["team/y", "team/z"])), y],
        ..Beside::default()
    };
    let first = found(&w, &beside, 600).remove(0);
    assert_eq!(first.state, State::Waiting);
    assert_eq!(
        first.sentence,
        "It has waited 10m for mutex release, held by x, which itself waits for sizes/db"
    );
    assert_eq!(
        texts(&first),
        [
            "lock: x Waiting, lock sizes/db held by y and 1 more",
            "lock: team/z holds it and is not among the runs that go on: it is over or gone",
            "lock: y Running for 10m, y",
            "field: status.synchronization names team/Mutex/release",
        ]
    );
    assert_eq!(
        first.evidence[0].target,
        Some(Target::Run(Key::new("team", "x", "x")))
    );
    // Both wait for each other.
    beside.others = vec![x(held("team/Mutex/other", &["team/w"]))];
    let ring = said(&w, &beside, 600);
    assert!(
        ring.ends_with("; that one waits for this one in turn: neither can go on"),
        "{ring}"
    );
    // A holder nobody can see is not called gone.
    beside = Beside {
        incomplete: true,
        ..Beside::default()
    };
    assert_eq!(
        texts(&found(&w, &beside, 600)[0])[0],
        "lock: team/x holds it and is not among the runs that were read"
    );
    let sizes = whole(
        "Pending",
        &[],
        held("team/ConfigMap/sizes/db", &["team/x", "team/z"]),
    );
    assert_eq!(
        said(&sizes, &beside, 600),
        "It has waited 10m for semaphore sizes/db (size 2), held by x and 1 more"
    );
}

#[test]
fn a_queue_tells_who_runs_and_that_the_object_does_not_say_whose_limit_it_is() {
    let text =
        "Workflow processing has been postponed because too many workflows are already running";
    let w = whole(
        "Pending",
        &[],
        json!({"status": {"message": text, "startedAt": null}}),
    );
    let beside = Beside {
        others: vec![other(
            "x",
            "Running",
            &[node("x", "Pod", "Running", json!({}))],
            json!({}),
        )],
        ..Beside::default()
    };
    let first = found(&w, &beside, 300).remove(0);
    assert_eq!(
        first.sentence,
        "It is queued for 5m because too many workflows run: 1 in team, 1 of all that can be seen"
    );
    let told = texts(&first);
    assert_eq!(told[1], "running: x Running for 5m, x");
    assert!(told.contains(&"limit: the limit of the namespace or of the controller: the object does not say which".to_string()));

    let nodes = [node("x", "Pod", "Running", json!({}))];
    let mut away = other("x", "Running", &nodes, json!({}));
    away.row.key.namespace = "elsewhere".into();
    let beside = Beside {
        others: vec![away],
        ..Beside::default()
    };
    let first = found(&w, &beside, 300).remove(0);
    assert_eq!(
        first.sentence,
        "It is queued for 5m because too many workflows run: 0 in team, 1 of all that can be seen"
    );
    let told = texts(&first);
    assert!(
        told[1].starts_with("running: elsewhere/x Running"),
        "{told:?}"
    );
    assert!(told.contains(
        &"limit: nothing runs in team, so that it is the limit of the controller for all namespaces"
            .to_string()
    ));
}

#[test]
fn suspended_runs_pauses_and_approvals() {
    let whole_run = whole("Running", &[], json!({"spec": {"suspend": true}}));
    assert_eq!(
        said(&whole_run, &Beside::default(), 60),
        "It is suspended; who did that is not written on it, and goes on when it is resumed"
    );
    let labels = json!({"spec": {"suspend": true}, "metadata": {"labels": {
        "workflows.argoproj.io/action": "Suspend", "workflows.argoproj.io/actor-email": "jane.at.acme"}}});
    assert_eq!(
        said(&whole("Running", &[], labels), &Beside::default(), 60),
        "It is suspended by jane.at.acme, and goes on when it is resumed"
    );
    let nodes = [
        node("w", "DAG", "Running", json!({"children": ["w.ask"]})),
        node(
            "w.ask",
            "Suspend",
            "Running",
            json!({"boundaryID": "w", "templateName": "ask"}),
        ),
    ];
    let timed = run(
        "Running",
        &nodes,
        json!([{"name": "ask", "suspend": {"duration": "20m"}}]),
    );
    assert_eq!(
        said(&timed, &Beside::default(), 300),
        "Step ask is a pause and goes on by itself at 20:20:00Z, in 15m"
    );
    let open = run("Running", &nodes, json!([{"name": "ask", "suspend": {}}]));
    assert_eq!(
        said(&open, &Beside::default(), 300),
        "It has waited 5m for a person to approve or reject step ask"
    );
}

#[test]
fn a_pause_between_attempts_tells_until_when() {
    let nodes = [
        node(
            "w",
            "Retry",
            "Running",
            json!({"children": ["w(0)"], "message": "Backoff for 20 minutes 0 seconds"}),
        ),
        node(
            "w(0)",
            "Pod",
            "Failed",
            with(json!({"nodeFlag": {"retried": true}}), exit(1, "01:00")),
        ),
    ];
    let w = whole("Running", &nodes, json!({}));
    let first = found(&w, &Beside::default(), 120).remove(0);
    assert_eq!(
        first.sentence,
        "Step w failed once (exit 1) and is tried again at 20:21:00Z, in 19m"
    );
}
