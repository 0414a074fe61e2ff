//! Workflows nobody would write: whatever their nodes are, no operation panics, and what is sent keeps its promises.
//! Apart from the workflows that could exist.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const KINDS: [&str; 12] = [
    "Pod",
    "Pod",
    "Pod",
    "DAG",
    "Steps",
    "StepGroup",
    "TaskGroup",
    "Retry",
    "Suspend",
    "Skipped",
    "Container",
    "?",
];
const PHASES: [&str; 8] = [
    "Succeeded",
    "Failed",
    "Error",
    "Running",
    "Pending",
    "Omitted",
    "Skipped",
    "",
];

/// Nodes `w`, `w.n1`, …: kind, phase, children, boundary, flags.
type Raw = (usize, usize, Vec<usize>, usize, u8);

fn raw() -> impl Strategy<Value = Vec<Raw>> {
    let node = (
        0..KINDS.len(),
        0..PHASES.len(),
        prop::collection::vec(0..14usize, 0..4),
        0..14usize,
        0..16u8,
    );
    prop::collection::vec(node, 0..12)
}

fn name(at: usize) -> String {
    match at {
        0 => "w".to_string(),
        // Some look like attempts, rows, hooks and exit handlers.
        5 => "w.n1(0)".to_string(),
        6 => "w.n1(1)".to_string(),
        7 => "w[0].n7".to_string(),
        8 => "w.onExit".to_string(),
        9 => "w.n2.onExit".to_string(),
        at => format!("w.n{at}"),
    }
}

fn strange(phase: &str, nodes: &[Raw]) -> Value {
    let nodes: Vec<Value> = (nodes.iter().enumerate())
        .map(|(at, (kind, phase, children, boundary, flags))| {
            let children: Vec<String> = children.iter().map(|at| name(*at)).collect();
            let mut more = json!({"children": children, "boundaryID": name(*boundary), "templateName": "t",
                "nodeFlag": {"retried": flags & 1 == 1, "hooked": flags & 2 == 2}});
            if flags & 4 == 4 {
                more["outboundNodes"] = json!(children);
            }
            if flags & 8 == 8 {
                more["outputs"] = json!({"parameters": [{"name": "p"}, 7, {"name": 7}], "artifacts": "none"});
            }
            node(&name(at), KINDS[*kind], PHASES[*phase], more)
        })
        .collect();
    workflow(phase, &nodes, json!({}))
}

fn all(step: &str) -> Vec<Operation> {
    vec![
        RETRY,
        Operation::Retry {
            parameters: given(&[("p", "v")]),
        },
        one(step),
        bypass(step, &[]),
        bypass(step, &[("p", "v")]),
        approve(step, &[]),
        approve(step, &[("p", "v")]),
        Operation::Reject {
            step: step.into(),
            message: "".into(),
        },
        Operation::Continue,
        Operation::Suspend,
        Operation::Resume,
        Operation::Stop,
        Operation::Terminate,
        Operation::Delete { force: true },
        Operation::Resubmit {
            memoized: true,
            parameters: given(&[("p", "v")]),
        },
        Operation::Launch {
            namespace: "team".into(),
            parameters: given(&[("p", "v")]),
        },
    ]
}

/// Everything after these, along `children`.
fn closure(object: &Value, from: impl Iterator<Item = String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut next: Vec<String> = from.collect();
    while let Some(id) = next.pop() {
        let children = object["status"]["nodes"][&id]["children"].as_array();
        let children = children.into_iter().flatten().filter_map(Value::as_str);
        let children: Vec<String> = children.map(str::to_string).collect();
        if found.insert(id) {
            next.extend(children);
        }
    }
    found
}

/// What holds for whatever is done to the nodes of a workflow.
fn keeps_its_promises(before: &Value, plan: &Plan) {
    let (now, pods) = after(before, plan);
    let nodes = before["status"]["nodes"].as_object().unwrap();
    let gone: BTreeSet<String> = ids(before).difference(&ids(&now)).cloned().collect();
    let of_gone = gone.iter().filter(|id| nodes[*id]["type"] == "Pod");
    assert_eq!(
        of_gone.count(),
        pods.len(),
        "each pod that goes is deleted, and no other"
    );
    let text = now["status"]["nodes"].to_string();
    for id in &gone {
        let quoted = format!("\"{id}\"");
        for (other, node) in now["status"]["nodes"].as_object().unwrap() {
            for list in ["children", "outboundNodes"] {
                assert!(
                    !node[list].to_string().contains(&quoted),
                    "{other} names {id}: {text}"
                );
            }
        }
    }
    for (id, node) in now["status"]["nodes"].as_object().unwrap() {
        if node["phase"] == "Running" && nodes[id]["phase"] != "Running" {
            let kind = node["type"].as_str().unwrap();
            assert!(super::super::graph::is_group(kind), "{id} is a {kind}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_promises_are_kept(nodes in raw(), phase in 0..PHASES.len(), step in 0..14usize) {
        let before = strange(PHASES[phase], &nodes);
        for operation in all(&name(step)) {
            let edits = matches!(
                operation,
                Operation::Retry { .. } | Operation::RetryStep { .. } | Operation::Bypass { .. } | Operation::Continue
            );
            if let Ok(plan) = ask(&before, operation)
                && edits
            {
                keeps_its_promises(&before, &plan);
            }
        }
    }

    /// Without hooks, attempts and exit handlers: what succeeded goes only where something before it runs again.
    #[test]
    fn what_succeeded_stays_unless_it_came_after_what_failed(nodes in raw()) {
        let plain: Vec<Raw> = nodes
            .into_iter()
            .map(|(kind, phase, children, boundary, _)| (kind, phase, children, boundary, 0))
            .collect();
        let mut before = strange("Failed", &plain);
        before["status"]["nodes"].as_object_mut().unwrap().shift_remove("w.onExit");
        if let Ok(plan) = ask(&before, RETRY) {
            let (now, _) = after(&before, &plan);
            let nodes = before["status"]["nodes"].as_object().unwrap();
            let failed = nodes.iter().filter(|(_, node)| {
                ["Failed", "Error"].contains(&node["phase"].as_str().unwrap())
            });
            let failed: BTreeSet<String> = failed.map(|(id, _)| id.clone()).collect();
            // A containerSet goes as a whole.
            let pods = failed.iter().filter_map(|id| {
                let pod = (nodes[id]["type"] == "Container").then(|| nodes[id]["boundaryID"].as_str());
                pod.flatten().map(str::to_string)
            });
            // What was left out is decided anew, and what came of that with it.
            let omitted = nodes.iter().filter(|(_, node)| node["phase"] == "Omitted");
            let omitted = omitted.map(|(id, _)| id.clone());
            let mut roots: BTreeSet<String> =
                pods.chain(omitted).chain(failed.iter().cloned()).collect();
            let members: Vec<String> = nodes
                .iter()
                .filter(|(_, node)| node["type"] == "Container")
                .filter(|(_, node)| roots.contains(node["boundaryID"].as_str().unwrap()))
                .map(|(id, _)| id.clone())
                .collect();
            roots.extend(members);
            let may_go = closure(&before, roots.into_iter());
            for id in ids(&before).difference(&ids(&now)) {
                prop_assert!(may_go.contains(id), "{} went", id);
            }
        }
    }

    /// Any JSON where an object belongs: fields missing, of another type, or something else altogether.
    #[test]
    fn wrong_types_are_no_trouble(path in prop::collection::vec(0..9usize, 1..4), value in 0..6usize, case in 0..7usize) {
        let mut before = recorded(["dag", "steps", "retry", "fan", "nest", "cset", "exit"][case]);
        let values = [Value::Null, json!(7), json!("text"), json!([]), json!([1, {"name": {}}]), json!({"parameters": [null]})];
        let keys: BTreeMap<usize, &str> = ["status", "spec", "metadata", "nodes", "arguments", "labels", "templates", "w.b1", "annotations"]
            .into_iter()
            .enumerate()
            .collect();
        let pointer: String = path.iter().map(|at| format!("/{}", keys[at])).collect();
        if let Some(there) = before.pointer_mut(&pointer) {
            *there = values[value].clone();
        } else if let Some((parent, last)) = pointer.rsplit_once('/')
            && let Some(Value::Object(map)) = before.pointer_mut(parent)
        {
            map.insert(last.to_string(), values[value].clone());
        }
        // It was chosen when it was whole.
        let whole = recorded("dag");
        for kind in Kind::ALL {
            for operation in all("w.b1") {
                let order = order(kind, &whole, operation);
                let _ = plan(&order, &before, &jane());
            }
        }
    }
}

#[test]
fn cycles_and_long_chains_end() {
    for kind in KINDS {
        let nodes = [
            node(
                "w",
                kind,
                "Failed",
                json!({"boundaryID": "w.a", "children": ["w.a", "w"], "nodeFlag": {"hooked": true, "retried": true}}),
            ),
            node(
                "w.a",
                kind,
                "Failed",
                json!({"boundaryID": "w", "children": ["w", "w.a", "none"], "outboundNodes": ["w", "none"]}),
            ),
        ];
        for phase in PHASES {
            for operation in all("w.a") {
                let _ = ask(&workflow(phase, &nodes, json!({})), operation);
            }
        }
    }
    let long: Vec<Value> = (0..2_000)
        .map(|at| {
            let more = json!({"children": [format!("w.n{}", at + 1)], "boundaryID": format!("w.n{}", at - 1)});
            node(&format!("w.n{at}"), ["DAG", "Pod", "Retry"][at as usize % 3], "Failed", more)
        })
        .collect();
    for operation in all("w.n3") {
        let _ = ask(&workflow("Failed", &long, json!({})), operation);
    }
}
