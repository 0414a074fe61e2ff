//! Argo's own examples, as its module ships them, executed by the real controller: what the program says is what came of them.
//! Apart from our own workflows: these were written by people who never thought of this program.

use std::path::PathBuf;

use serde_json::Value;

use super::cluster::{Place, Real};
use super::{looking, script};

/// Those that run without the internet, on the node's own images, and end by themselves.
const EXAMPLES: &[&str] = &[
    "arguments-parameters",
    "artifact-passing",
    "conditionals",
    "container-set-template/parallel-workflow",
    "container-set-template/sequence-workflow",
    "dag-continue-on-fail",
    "dag-diamond",
    "dag-disable-failFast",
    "dag-enhanced-depends",
    "dag-inline-workflow",
    "dag-multiroot",
    "dag-nested",
    "dag-targets",
    "exit-code-output-variable",
    "exit-handlers",
    "global-outputs",
    "hello-world",
    "loops",
    "loops-dag",
    "loops-sequence",
    "nested-workflow",
    "output-parameter",
    "parallelism-template-limit",
    "status-reference",
    "step-level-timeout",
    "steps",
    "template-on-exit",
];

/// Where they are; without it says that the test is skipped.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("TIPHYS_RIG_EXAMPLES").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: TIPHYS_RIG_EXAMPLES does not name the folder of Argo's examples");
    }
    folder
}

#[test]
fn argos_own_examples_are_told_as_their_objects_say() {
    let (Some(real), Some(folder)) = (Real::given(), folder()) else {
        return;
    };
    let place = Place::new(&real);
    let names: Vec<String> = EXAMPLES
        .iter()
        .map(|example| {
            let path = folder.join(format!("{example}.yaml"));
            let yaml = std::fs::read_to_string(&path)
                .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            let object: Value = serde_saphyr::from_str(&yaml).expect("one workflow");
            let made = real.create(&place.argo("workflows"), &object);
            made["metadata"]["name"].as_str().unwrap().to_string()
        })
        .collect();
    for name in &names {
        place.until(name, "over", |workflow| {
            workflow["status"]["finishedAt"].is_string()
        });
    }
    script::runs_are_the_objects(&place);
    for name in &names {
        script::steps_are_the_nodes(&place, name);
    }
    let console = looking::Console::live(&place);
    console.text(&format!("of {}", names.len()));
    console.quit();
}
