//! Real workflows of every kind, executed by the real controller: what the program says of them is what their objects say.
//! Apart from what happens while somebody looks on; here they have ended, or wait for good.

use std::path::Path;

use serde_json::Value;

use super::cluster::{Place, Real};
use super::{looking, script};

/// Workflows by file, and what becomes of each: name, Argo's phase, the console's word, what its line must hold.
#[rustfmt::skip]
pub const RUNS: &[(&str, &[Told])] = &[
    (include_str!("../../cluster/workflows/dag.yaml"), &[("dag", "Succeeded", "Succeeded", "")]),
    (include_str!("../../cluster/workflows/dag-failed.yaml"), &[("dag-failed", "Failed", "Failed", "exit 3 · bad")]),
    (include_str!("../../cluster/workflows/steps.yaml"), &[("steps", "Succeeded", "Succeeded", "")]),
    (include_str!("../../cluster/workflows/fan-out.yaml"), &[("fan-out", "Succeeded", "Succeeded", "")]),
    (include_str!("../../cluster/workflows/retry.yaml"), &[("retry", "Succeeded", "Succeeded", "")]),
    (include_str!("../../cluster/workflows/retry-failed.yaml"), &[("retry-failed", "Failed", "Failed", "exit 5 · hopeless")]),
    (include_str!("../../cluster/workflows/on-exit.yaml"), &[("on-exit", "Failed", "Failed", "exit 7")]),
    (include_str!("../../cluster/workflows/container-set.yaml"), &[("container-set", "Succeeded", "Succeeded", "")]),
    (include_str!("../../cluster/workflows/daemon.yaml"), &[("daemon", "Succeeded", "Succeeded", "")]),
    (include_str!("../../cluster/workflows/semaphore.yaml"), &[("semaphore", "Succeeded", "Succeeded", "")]),
    (include_str!("../../cluster/workflows/mutex.yaml"), &[
        ("mutex-1", "Succeeded", "Succeeded", ""),
        ("mutex-2", "Succeeded", "Succeeded", ""),
    ]),
    (include_str!("../../cluster/workflows/template-ref.yaml"), &[
        ("template-whole", "Succeeded", "Succeeded", ""),
        ("template-part", "Succeeded", "Succeeded", ""),
    ]),
    (include_str!("../../cluster/workflows/pause.yaml"), &[("pause", "Succeeded", "Succeeded", "")]),
    (include_str!("../../cluster/workflows/artifacts.yaml"), &[("artifacts", "Succeeded", "Succeeded", "")]),
    (include_str!("../../cluster/workflows/big-status.yaml"), &[("big-status", "Succeeded", "Succeeded", "")]),
    (include_str!("../../cluster/workflows/approval.yaml"), &[("approval", "Running", "Approve", "wants you: ask")]),
    (include_str!("../../cluster/workflows/bad-image.yaml"), &[("bad-image", "Running", "Stuck", "Image")]),
];

/// Name, Argo's phase, the console's word, part of its line.
pub type Told = (&'static str, &'static str, &'static str, &'static str);

#[test]
fn every_kind_of_real_run_is_told_as_its_objects_say() {
    let Some(real) = Real::given() else { return };
    let place = Place::new(&real);
    for (yaml, _) in RUNS {
        place.submit(yaml);
    }
    let runs: Vec<Told> = RUNS.iter().flat_map(|(_, runs)| *runs).copied().collect();
    for (name, phase, word, _) in &runs {
        match *word {
            "Approve" => place.until(name, "waiting for a person", waits_for_a_person),
            "Stuck" => place.until(name, "without its image", has_no_image),
            _ => place.ended(name, phase),
        };
    }
    script::runs_are_the_objects(&place);
    let told = script::json(&place, &["get", "runs"]);
    for (name, _, word, line) in &runs {
        let mut all = told.as_array().unwrap().iter();
        let run = all.find(|run| run["name"] == *name).expect(name);
        assert_eq!(run["state"], *word, "{run}");
        let reason = run["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(line), "{name}: {reason}");
    }
    for (name, ..) in runs.iter().filter(|(name, ..)| *name != "big-status") {
        script::steps_are_the_nodes(&place, name);
    }
    a_compressed_status_is_read(&place);
    a_log_is_what_the_containers_printed(&place);
    looking::the_screen_shows(&place, &runs);
    if let Some(folder) = std::env::var_os("TIPHYS_RECORD") {
        record(&place, Path::new(&folder));
    }
}

/// Keeps what the cluster made of each run, with its pods and events: fixtures for tests without a cluster. Who wrote which
/// field is left out: it is most of the text and no part of what is tested.
fn record(place: &Place<'_>, folder: &Path) {
    let list = |path: String| -> Vec<Value> {
        let mut list = place.real.get(&path);
        let mut items = list["items"]
            .as_array_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        items.iter_mut().for_each(forget_fields);
        items
    };
    let space = format!("/api/v1/namespaces/{}", place.name);
    let (pods, events) = (
        list(format!("{space}/pods")),
        list(format!("{space}/events")),
    );
    for mut workflow in place.workflows() {
        let name = workflow["metadata"]["name"].as_str().unwrap().to_string();
        // The one whose status is large says nothing that the others do not.
        if name == "big-status" {
            continue;
        }
        let label = "/metadata/labels/workflows.argoproj.io~1workflow";
        let own = pods
            .iter()
            .filter(|pod| pod.pointer(label).is_some_and(|of| *of == name));
        let own: Vec<&Value> = own.collect();
        let about = |event: &&Value| {
            let object = &event["involvedObject"]["name"];
            *object == name || own.iter().any(|pod| *object == pod["metadata"]["name"])
        };
        let lines = |objects: &[&Value]| {
            let lines: Vec<String> = objects.iter().map(ToString::to_string).collect();
            lines.join(",\n")
        };
        forget_fields(&mut workflow);
        let events: Vec<&Value> = events.iter().filter(about).collect();
        let text = format!(
            "{{\"workflow\":\n{workflow},\n\"pods\":[\n{}],\n\"events\":[\n{}]}}\n",
            lines(&own),
            lines(&events)
        );
        std::fs::write(folder.join(format!("{name}.json")), text).unwrap();
    }
}

fn forget_fields(object: &mut Value) {
    let meta = object["metadata"].as_object_mut().expect("metadata");
    meta.shift_remove("managedFields");
}

fn waits_for_a_person(workflow: &Value) -> bool {
    nodes(workflow).any(|node| node["type"] == "Suspend" && node["phase"] == "Running")
}

fn has_no_image(workflow: &Value) -> bool {
    nodes(workflow).any(|node| {
        let message = node["message"].as_str().unwrap_or_default();
        message.contains("ImagePullBackOff") || message.contains("ErrImagePull")
    })
}

fn nodes(workflow: &Value) -> impl Iterator<Item = &Value> {
    workflow["status"]["nodes"]
        .as_object()
        .into_iter()
        .flat_map(|nodes| nodes.values())
}

/// Argo compresses a status over 1 MiB; its nodes are told all the same.
fn a_compressed_status_is_read(place: &Place<'_>) {
    let object = place.workflow("big-status");
    let packed = &object["status"]["compressedNodes"];
    assert!(packed.is_string(), "the controller did not compress it");
    let told = script::json(place, &["get", "steps", "big-status"]);
    let told = told.as_array().unwrap();
    let skipped = told.iter().filter(|step| step["phase"] == "Skipped");
    assert_eq!(skipped.count(), 3_000);
    let first = told.iter().find(|step| step["name"] == "first");
    assert_eq!(first.expect("the one pod")["phase"], "Succeeded");
}

fn a_log_is_what_the_containers_printed(place: &Place<'_>) {
    let log = script::tiphys(place, &["logs", "dag-failed"]);
    for line in ["to stderr", "slow", "other"] {
        let lines = log.lines().filter(|printed| printed.ends_with(line));
        assert_eq!(lines.count(), 1, "`{line}` in:\n{log}");
    }
    assert!(!log.contains("never"), "{log}");
}
