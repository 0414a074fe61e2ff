//! Whether what the program tells as JSON is what the objects say.
//! Apart from where both come from: a real cluster, or what was recorded of one.

use serde_json::Value;

/// Every run is there, with Argo's own phase, uid and progress, and no other.
#[track_caller]
pub fn runs(told: &Value, objects: &[Value]) {
    let told = told.as_array().expect("a list of runs");
    assert_eq!(told.len(), objects.len());
    for object in objects {
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

/// Every node of a run is told as a step of its own phase; what only holds others together may be left out.
#[track_caller]
pub fn steps(told: &Value, object: &Value) {
    let told = told.as_array().expect("a list of steps");
    let name = &object["metadata"]["name"];
    let nodes = object["status"]["nodes"].as_object().expect("nodes");
    for (id, node) in nodes {
        let kind = node["type"].as_str().unwrap_or_default();
        // A row of its own would say nothing.
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
