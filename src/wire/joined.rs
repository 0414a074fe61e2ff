//! What comes after what, on small workflows: joins of created and promised tasks.
//! Apart from trees, because the graph also serves drawings that are no trees.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::sample::{diamond, node, run};
use crate::model::graph::Graph;

#[test]
fn the_graph_joins_created_and_promised_tasks() {
    let run = diamond("Running");
    let graph = Graph::of(&run);
    let at = |label: &str| {
        graph
            .vertices
            .iter()
            .position(|vertex| &*vertex.label == label)
            .unwrap()
    };
    let mut before = graph.vertices[at("d")].after.clone();
    before.sort_unstable();
    let mut expected = vec![at("b"), at("c")];
    expected.sort_unstable();
    assert_eq!(before, expected);
    assert_eq!(graph.vertices[at("a")].after, [] as [usize; 0]);
    assert_eq!(graph.vertices[at("a")].before.len(), 2);
}

#[test]
fn without_its_template_a_dag_is_joined_by_its_edges_through_groups_and_attempts() {
    let around = json!({"boundaryID": "w"});
    let run = run(
        "Running",
        &[
            node("w", "DAG", "Running", json!({"children": ["w.g", "w.r"]})),
            node(
                "w.g",
                "DAG",
                "Succeeded",
                json!({"boundaryID": "w", "children": ["w.g.x"]}),
            ),
            node(
                "w.g.x",
                "Pod",
                "Succeeded",
                json!({"boundaryID": "w.g", "children": ["w.z"]}),
            ),
            node(
                "w.r",
                "Retry",
                "Succeeded",
                json!({"boundaryID": "w", "children": ["w.r(0)"]}),
            ),
            node(
                "w.r(0)",
                "Pod",
                "Succeeded",
                json!({"boundaryID": "w", "children": ["w.z"], "nodeFlag": {"retried": true}}),
            ),
            node("w.z", "Pod", "Running", around),
        ],
        json!([]),
    );
    let graph = Graph::of(&run);
    let names = |ids: &[usize]| -> Vec<String> {
        ids.iter()
            .map(|&at| graph.vertices[at].id.to_string())
            .collect()
    };
    let z = graph
        .vertices
        .iter()
        .find(|vertex| &*vertex.id == "w.z")
        .unwrap();
    let mut before = names(&z.after);
    before.sort();
    assert_eq!(before, ["w.g", "w.r"]);
}
