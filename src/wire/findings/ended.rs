//! Runs that failed: by which step, with what evidence, and who ended them.
//! Apart from runs that go on.

use super::*;

#[test]
fn a_failure_is_told_by_its_kind() {
    for (message, sentence) in [
        ("main: Error (exit code 1)", "Step a ended with exit code 1"),
        (
            "main: Error (exit code 143)",
            "Step a ended with exit code 143 (SIGTERM)",
        ),
        (
            "fetch: Error (exit code 3)",
            "Step a ended with exit code 3 in its container fetch",
        ),
        (
            "Pod ephemeral local storage usage exceeds the total limit of containers 4Mi. ",
            "Step a was evicted from its node: Pod ephemeral local storage usage exceeds the total limit of containers 4Mi.",
        ),
        (
            "main: OOMKilled (exit code 137)",
            "Step a was killed, because it used more memory than its limit (OOMKilled, exit code 137)",
        ),
        (
            "Pod was active on the node longer than the specified deadline",
            "Step a ran longer than its deadline: Pod was active on the node longer than the specified deadline",
        ),
        (
            "The node was low on resource: ephemeral-storage. Threshold quantity: 10, available: 1.",
            "Step a was evicted from its node: The node was low on resource: ephemeral-storage. Threshold quantity: 10, available: 1.",
        ),
        (
            "pod deleted",
            "Step a lost its pod, which was deleted while it ran",
        ),
        ("timeout", "Step a hit its timeout"),
        (
            "wait: Error (exit code 64): artifact storage is not configured; see the docs",
            "Step a could not load or save its artifacts: artifact storage is not configured; see the docs",
        ),
        (
            "init: Error (exit code 2)",
            "Step a failed in Argo's own container init (exit code 2)",
        ),
        (
            "pods \"w-a\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2",
            "Step a was refused, because the namespace's quota is used up: pods \"w-a\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2",
        ),
        (
            "admission webhook \"policy.acme\" denied the request: no latest tags",
            "Step a was refused by an admission webhook: admission webhook \"policy.acme\" denied the request: no latest tags",
        ),
    ] {
        assert_eq!(said(&failed(message), &Beside::default(), 90), sentence);
    }
}

#[test]
fn a_failure_has_its_step_its_containers_its_log_and_what_is_missing() {
    let beside = Beside {
        pods: vec![pod(
            "w.a",
            "Failed",
            ContainerState::Ended {
                code: 137,
                reason: Some("OOMKilled".into()),
                since: None,
                at: Some(at(60)),
            },
        )],
        lines: ["starting", "ERROR no space left", "  at io.rs:3", "bye"]
            .map(line)
            .into(),
        missing: vec![
            "events could not be read: not allowed to list events in namespace team".into(),
        ],
        ..Beside::default()
    };
    let found = found(&failed("main: OOMKilled (exit code 137)"), &beside, 90);
    assert_eq!(
        texts(&found[0]),
        [
            "step: a Failed after 1m00s",
            "message: main: OOMKilled (exit code 137)",
            "pod: container main ended with 137, OOMKilled",
            "log: ERROR no space left",
            "log:   at io.rs:3",
            "log: bye",
            "missing: events could not be read: not allowed to list events in namespace team",
        ]
    );
    let goes: Vec<_> = found[0]
        .evidence
        .iter()
        .map(|one| one.target.clone())
        .collect();
    assert_eq!(goes[0], Some(Target::Step("w.a".into())));
    assert_eq!(goes[1], Some(Target::Yaml("^ *\"?w\\.a\"?:".into())));
    assert_eq!(goes[3], Some(Target::Log("a".into())));
    assert_eq!(goes[6], None);
}

#[test]
fn a_step_that_was_refused_a_pod_has_no_log_that_could_be_gone() {
    let refused = failed("pods \"w-a\" is forbidden: violates PodSecurity \"restricted:latest\"");
    let found = found(&refused, &Beside::default(), 900);
    let texts = texts(&found[0]);
    assert!(!texts.iter().any(|text| text.contains("gone")), "{texts:?}");
}

#[test]
fn a_log_that_is_gone_says_by_whom() {
    let mut gone = failed("main: Error (exit code 1)");
    gone.pod_gc = Some("OnPodCompletion".into());
    let found = found(&gone, &Beside::default(), 900);
    assert!(
        texts(&found[0]).contains(
            &"log: gone: podGC OnPodCompletion ~20:01:05Z, no archive configured".to_string()
        ),
        "{:?}",
        texts(&found[0])
    );
}

#[test]
fn who_ended_a_run_is_told_where_it_is_written() {
    let nodes = [node(
        "w",
        "Pod",
        "Failed",
        json!({"message": "workflow shutdown with strategy:  Stop"}),
    )];
    let stop = json!({"spec": {"shutdown": "Stop"}});
    let anon = whole("Failed", &nodes, stop.clone());
    assert_eq!(
        said(&anon, &Beside::default(), 90),
        "It was stopped; its only step was stopped with the run"
    );
    let mut by = stop;
    by["metadata"] =
        json!({"annotations": {"tiphys.dev/action": "stop", "tiphys.dev/actor": "jane"}});
    let by = whole("Failed", &nodes, by);
    assert!(said(&by, &Beside::default(), 90).starts_with("It was stopped by jane;"));
}
