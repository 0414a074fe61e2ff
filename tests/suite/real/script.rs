//! What `tiphys get` and `tiphys logs` say of real runs, against the objects themselves.
//! Apart from the screen: a script has all of it at once.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::cluster::Place;
use crate::cli::server::Answer;
use crate::telling;

/// Runs the binary in the namespace; what it printed.
pub fn tiphys(place: &Place<'_>, words: &[&str]) -> String {
    let answer = run(place, words);
    assert_eq!(answer.code, 0, "tiphys {words:?}: {}", answer.err);
    answer.out
}

/// The same, however it ends.
pub fn run(place: &Place<'_>, words: &[&str]) -> Answer {
    within(place, &["-n", &place.name], words)
}

/// The same with an eye on all namespaces.
pub fn everywhere(place: &Place<'_>, words: &[&str]) -> Answer {
    within(place, &["-A"], words)
}

fn within(place: &Place<'_>, scope: &[&str], words: &[&str]) -> Answer {
    let output = Command::new(env!("CARGO_BIN_EXE_tiphys"))
        .arg("--kubeconfig")
        .arg(&place.real.kubeconfig)
        .args(scope)
        .args(words)
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Answer::of(output)
}

/// The same as JSON.
pub fn json(place: &Place<'_>, words: &[&str]) -> Value {
    let out = tiphys(place, &[words, &["-o", "json"]].concat());
    serde_json::from_str(&out).expect("JSON")
}

/// Every run of the namespace is told as its object says.
pub fn runs_are_the_objects(place: &Place<'_>) {
    telling::runs(&json(place, &["get", "runs"]), &place.workflows());
}

/// Every node of a run is told as a step.
pub fn steps_are_the_nodes(place: &Place<'_>, name: &str) {
    let told = json(place, &["get", "steps", name]);
    telling::steps(&told, &place.workflow(name));
}
