//! What `tiphys get` and `tiphys logs` say of real runs, against the objects themselves.
//! Apart from the screen: a script has all of it at once.

use std::process::Command;

use serde_json::Value;

use super::cluster::Place;

/// Runs the binary in the namespace; what it printed.
pub fn tiphys(place: &Place<'_>, words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tiphys"))
        .arg("--kubeconfig")
        .arg(&place.real.kubeconfig)
        .args(["-n", &place.name])
        .args(words)
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "tiphys {words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The same as JSON.
pub fn json(place: &Place<'_>, words: &[&str]) -> Value {
    let out = tiphys(place, &[words, &["-o", "json"]].concat());
    serde_json::from_str(&out).expect("JSON")
}

/// Every run of the namespace is there, with Argo's own phase, uid and progress.
pub fn runs_are_the_objects(place: &Place<'_>) {
    let told = json(place, &["get", "runs"]);
    let told = told.as_array().expect("a list of runs");
    let objects = place.workflows();
    assert_eq!(told.len(), objects.len());
    for object in &objects {
        let (meta, status) = (&object["metadata"], &object["status"]);
        let run = told
            .iter()
            .find(|run| run["uid"] == meta["uid"])
            .unwrap_or_else(|| panic!("{} is not told", meta["name"]));
        assert_eq!(run["name"], meta["name"]);
        let phase = status["phase"].as_str().unwrap_or_default();
        assert_eq!(run["phase"], phase, "{}", meta["name"]);
        let done = run["progress"]["done"].as_u64();
        let total = run["progress"]["total"].as_u64();
        let progress = done
            .zip(total)
            .map(|(done, total)| format!("{done}/{total}"));
        let known = status["progress"].as_str().map(str::to_string);
        assert_eq!(progress, known, "{}", meta["name"]);
    }
}

/// Every node of a run is told as a step of its own phase; what holds others may be told as part of them.
pub fn steps_are_the_nodes(place: &Place<'_>, name: &str) {
    let told = json(place, &["get", "steps", name]);
    let told = told.as_array().expect("a list of steps");
    let object = place.workflow(name);
    let nodes = object["status"]["nodes"].as_object().expect("nodes");
    for (id, node) in nodes {
        let kind = node["type"].as_str().unwrap_or_default();
        // These only hold others together, and a row of its own would say nothing.
        if ["StepGroup", "TaskGroup"].contains(&kind) {
            continue;
        }
        let step = told.iter().find(|step| step["id"] == **id);
        let step =
            step.unwrap_or_else(|| panic!("{name}: {} ({kind}) is not told", node["displayName"]));
        assert_eq!(
            step["phase"], node["phase"],
            "{name}: {}",
            node["displayName"]
        );
    }
}
