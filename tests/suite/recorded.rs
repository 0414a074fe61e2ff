//! What a real Argo made of the small workflows of `tests/cluster/workflows`, recorded on a real cluster.
//! Apart from the real cluster, which these tests do without: the program must tell the recorded objects as it told the
//! live ones, and the pretended Argo must make of the same workflows what the real one did.
//!
//! `TIPHYS_RECORD=tests/suite/data/recorded cargo test real::runs` on a rig records them anew.

mod pretended;

use std::path::Path;

use serde_json::Value;
use tiphys::sim::resource::{EVENTS, NAMESPACES, PODS};
use tiphys::sim::store::Origin;

use crate::cli::server::Server;
use crate::real::runs::{RUNS, Told};
use crate::telling;

/// One run as it was recorded: its object, its pods, the events about both.
pub struct Recorded {
    pub name: String,
    pub workflow: Value,
    pods: Vec<Value>,
    events: Vec<Value>,
}

/// All that were recorded.
pub fn all() -> Vec<Recorded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/data/recorded");
    let mut all: Vec<Recorded> = std::fs::read_dir(&folder)
        .expect("what was recorded")
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let mut value: Value = serde_json::from_str(&text).expect("JSON");
            let mut list = |name: &str| match value[name].take() {
                Value::Array(items) => items,
                other => panic!("{}: {name} is {other}", path.display()),
            };
            let (pods, events) = (list("pods"), list("events"));
            let workflow = value["workflow"].take();
            Recorded {
                name: workflow["metadata"]["name"].as_str().unwrap().to_string(),
                workflow,
                pods,
                events,
            }
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

#[test]
fn recorded_runs_are_told_as_they_were_live() {
    let recorded = all();
    let server = Server::new();
    for run in &recorded {
        let namespace = run.workflow["metadata"]["namespace"].clone();
        let space = serde_json::json!({"metadata": {"name": namespace}});
        server.store.put(NAMESPACES, space, Origin::Client);
        server.put(run.workflow.clone());
        for (resource, objects) in [(PODS, &run.pods), (EVENTS, &run.events)] {
            for object in objects {
                server.store.put(resource, object.clone(), Origin::Client);
            }
        }
    }
    let json = |line: &[&str]| -> Value {
        let out = server.run(line).good();
        serde_json::from_str(&out).expect("JSON")
    };
    let told = json(&["get", "runs", "-o", "json"]);
    let objects: Vec<Value> = recorded.iter().map(|run| run.workflow.clone()).collect();
    telling::runs(&told, &objects);
    for run in &recorded {
        let steps = json(&["get", "steps", &run.name, "-o", "json"]);
        telling::steps(&steps, &run.workflow);
    }
    let expected: Vec<&Told> = RUNS.iter().flat_map(|(_, runs)| *runs).collect();
    for run in told.as_array().unwrap() {
        let told = expected.iter().find(|told| run["name"] == told.0);
        let (name, _, word, line) = told.expect("only what has a known end is recorded");
        assert_eq!(run["state"], *word, "{run}");
        let reason = run["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(line), "{name}: {reason}");
    }
    assert_eq!(
        recorded.len() + 1,
        expected.len(),
        "all but the one whose status is large"
    );
}
