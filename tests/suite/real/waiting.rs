//! States of a run that are not its own program's doing, each provoked for real and explained: no place, no node, no image,
//! no volume, no memory, no right, no time.
//! Apart from locks and approvals, which are where they are acted on. Everything runs at once: the slowest decides how long.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};

use super::cluster::{PATIENCE, Place, Real};
use super::script;

const ALL: &str = include_str!("waiting.yaml");

/// A workflow of one step that goes on.
pub(super) fn one(name: &str) -> String {
    let object = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
        "metadata": {"name": name},
        "spec": {"entrypoint": "main", "templates": [
            {"name": "main", "container": {"image": "busybox", "command": ["sleep", "300"]}}]}});
    object.to_string()
}

/// Marks the place for a rule of Kubernetes or Argo.
fn label(place: &Place<'_>, name: &str, value: &str) {
    let path = format!("/api/v1/namespaces/{}", place.name);
    let labels = json!({"metadata": {"labels": {name: value}}});
    let (status, answer) = place.real.ask(Method::PATCH, &path, Some(&labels));
    assert_eq!(status, 200, "{answer}");
}

/// Waits until a sentence about a run says all of this, and gives the finding.
#[track_caller]
pub(super) fn told(place: &Place<'_>, run: &[&str], words: &[&str]) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = script::json(place, &[&["why"], run].concat());
        let found = answer["findings"].as_array().unwrap();
        let says = |finding: &&Value| {
            let sentence = finding["sentence"].as_str().unwrap();
            words.iter().all(|word| sentence.contains(word))
        };
        if let Some(finding) = found.iter().find(says) {
            return finding.clone();
        }
        assert!(
            Instant::now() < deadline,
            "{run:?} is never told by {words:?}: {found:#?}"
        );
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// What the evidence says, one piece a line.
fn evidence(finding: &Value) -> String {
    let all = finding["evidence"].as_array().unwrap().iter();
    let texts = all.map(|one| format!("{}: {}\n", one["what"], one["text"]));
    texts.collect::<String>().replace('"', "")
}

/// Runs of `waiting.yaml`, and what a sentence about each says.
const SAID: &[(&[&str], &[&str])] = &[
    (
        &["depends", "--step", "test"],
        &["Step test has not begun: it comes after build ("],
    ),
    (
        // Which of the two begins is Argo's to choose.
        &["parallel"],
        &[" could begin, and waits for a place: one step runs"],
    ),
    (
        &["backoff"],
        &[
            "Step backoff failed once (exit 7) and is tried again at ",
            " in ",
        ],
    ),
    (
        &["nowhere"],
        &["finds no node that takes it", "node affinity/selector"],
    ),
    (
        &["greedy"],
        &["finds no node that takes it", "Insufficient cpu"],
    ),
    (&["no-image"], &["cannot pull image such:image"]),
    (
        &["no-claim"],
        &[
            "its volume claim is not there or not bound",
            "\"none-such\" not found",
        ],
    ),
    (
        &["no-secret"],
        &["for its pod to start", "secret \"none-such\" not found"],
    ),
    (
        &["too-large"],
        &["was killed, because it used more memory than its limit (OOMKilled"],
    ),
    (&["step-late"], &["ran longer than its deadline"]),
    (
        &["run-late"],
        &["was ended by the deadline of the whole run (10s)"],
    ),
    (
        &["evicted"],
        &["was evicted from its node: Pod ephemeral local storage usage exceeds"],
    ),
];

/// A place whose namespace lets one workflow run, with one that does.
fn limited(real: &Real) -> Place<'_> {
    let place = Place::new(real);
    label(&place, "workflows.argoproj.io/parallelism-limit", "1");
    place.submit(&one("one"));
    place
}

/// A place whose quota lets no pod be.
fn poor(real: &Real) -> Place<'_> {
    let place = Place::new(real);
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"},
        "spec": {"hard": {"pods": "0"}}});
    let quotas = format!("/api/v1/namespaces/{}/resourcequotas", place.name);
    real.create(&quotas, &quota);
    // Nothing is refused before it is known how much is used.
    real.until("the quota is counted", |real| {
        real.get(&format!("{quotas}/none"))["status"]["hard"]["pods"] == "0"
    });
    place.submit(&one("one"));
    place
}

#[test]
fn every_state_that_a_cluster_can_bring_about_is_explained() {
    let Some(real) = Real::given() else {
        return;
    };
    let place = Place::new(&real);
    place.submit(ALL);
    let (limited, poor) = (limited(&real), poor(&real));
    let strict = Place::new(&real);
    label(&strict, "pod-security.kubernetes.io/enforce", "restricted");
    strict.submit(&one("one"));
    limited.until("one", "begun", |one| one["status"]["phase"] == "Running");
    limited.submit(&one("two"));

    for (run, words) in SAID {
        told(&place, run, words);
    }
    let init = "ended with exit code 3 in its container fetch";
    let init = told(&place, &["init-fails"], &[init]);
    assert!(evidence(&init).contains("log: cannot fetch"), "{init}");
    let queued = ["It is queued", "too many workflows run: 1 in"];
    let queued = told(&limited, &["two"], &queued);
    assert!(
        evidence(&queued).contains("running: one Running"),
        "{queued}"
    );
    let quota = "has no pod, because the namespace's quota is used up";
    told(&poor, &["one"], &[quota]);
    let refused = ["was not allowed to start", "violates PodSecurity"];
    let refused = told(&strict, &["one"], &refused);
    // It never had a log.
    assert!(!evidence(&refused).contains("gone"), "{refused}");
}
