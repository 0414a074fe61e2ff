//! Pods that cannot start, and what their events say.
//! Apart from what holds a run up on purpose.

use super::*;

fn pending(message: &str) -> Workflow {
    let nodes = [
        node("w", "DAG", "Running", json!({"children": ["w.a"]})),
        node(
            "w.a",
            "Pod",
            "Pending",
            json!({"boundaryID": "w", "message": message}),
        ),
    ];
    whole("Running", &nodes, json!({}))
}

#[test]
fn pods_that_cannot_start_say_why() {
    for (message, sentence) in [
        (
            "Unschedulable: 0/6 nodes are available: 6 Insufficient cpu.",
            "Step a finds no node that takes it for 5m: 0/6 nodes are available: 6 Insufficient cpu.",
        ),
        (
            "Unschedulable: persistentvolumeclaim \"x\" not found. not found",
            "Step a cannot be scheduled, because its volume claim is not there or not bound, for 5m: persistentvolumeclaim \"x\" not found. not found",
        ),
        (
            "ImagePullBackOff: Back-off pulling image \"r.io/qa/scanner:9.4\": ErrImagePull: not found",
            "Step a cannot pull image scanner:9.4 (ImagePullBackOff) for 5m: not found",
        ),
        (
            "CreateContainerConfigError: secret \"x\" not found",
            "Step a cannot start, because its configuration is not there, for 5m: secret \"x\" not found",
        ),
        (
            "pods \"w-a\" is forbidden: exceeded quota: q, limited: pods=2",
            "Step a has no pod, because the namespace's quota is used up, for 5m",
        ),
    ] {
        assert_eq!(said(&pending(message), &Beside::default(), 300), sentence);
    }
}

#[test]
fn a_pod_that_only_lasts_is_explained_by_its_events() {
    let w = pending("PodInitializing");
    let name = w.steps[1].pod.clone().unwrap();
    let event = KubeEvent {
        key: Key::new("team", "e", "e"),
        kind: "Pod".into(),
        object: name,
        warning: true,
        reason: "FailedMount".into(),
        message: "MountVolume.SetUp failed for volume \"c\" : configmap \"x\" not found".into(),
        count: 7,
        last: Some(at(290)),
    };
    let told = |events| {
        said(
            &w,
            &Beside {
                events,
                ..Beside::default()
            },
            400,
        )
    };
    assert_eq!(
        told(vec![event]),
        "Step a has waited 6m for its pod to start (PodInitializing): FailedMount: MountVolume.SetUp failed for volume \"c\" : configmap \"x\" not found (seen 7 times)"
    );
    assert!(
        told(Vec::new()).ends_with("longer than usual, and nothing that could be read says why")
    );
}
