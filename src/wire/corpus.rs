//! Tests against objects recorded from a live controller, where the recording is at hand.
//! Apart from the other tests, which hold the same rules on small objects of their own.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{facts, workflow};
use crate::model::facts::{Cause, Compression, NodesSource};
use crate::model::phase::State;
use crate::model::tree::{Folds, Tree};
use crate::model::why::{reason, state};

fn root() -> Option<PathBuf> {
    let root = std::env::var_os("TIPHYS_CORPUS").map(PathBuf::from);
    if root.is_none() {
        println!("skipped: TIPHYS_CORPUS is not set");
    }
    root.map(|root| root.join("api"))
}

/// Every JSON file below a folder, by its path from the root.
fn files(root: &Path, folder: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "json") {
                let name = path.strip_prefix(root).unwrap().to_string_lossy();
                found.push((name.into_owned(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn workflows(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = files(root, "wf");
    all.extend(files(root, "artifacts/wf"));
    all.retain(|(name, _)| !name.ends_with(".nodes.json"));
    all
}

#[test]
fn every_recorded_workflow_is_read_without_a_problem() {
    let Some(root) = root() else { return };
    let all = workflows(&root);
    assert!(all.len() > 150, "{} workflows", all.len());
    for (name, bytes) in all {
        let whole = workflow(&bytes).expect(&name);
        assert!(whole.problems.is_empty(), "{name}: {:?}", whole.problems);
        assert_eq!(facts(&bytes).expect(&name), whole.facts, "{name}");
        let object: Value = serde_json::from_slice(&bytes).unwrap();
        let inline = object["status"]["nodes"].as_object().map_or(0, |n| n.len());
        if whole.facts.nodes == NodesSource::Inline {
            assert_eq!(whole.steps.len(), inline, "{name}");
        }
    }
}

#[test]
fn steps_are_of_the_kinds_and_phases_the_recording_lists() {
    let Some(root) = root() else { return };
    let index = std::fs::read_to_string(root.join("index.tsv")).unwrap();
    let mut checked = 0;
    for line in index.lines() {
        let mut columns = line.split('\t');
        let (file, what) = (columns.next().unwrap(), columns.next().unwrap_or_default());
        let Some((_, nodes)) = what.split_once("nodes: ") else {
            continue;
        };
        let Ok(bytes) = std::fs::read(root.join(file)) else {
            continue;
        };
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for step in workflow(&bytes).expect(file).steps {
            *counts
                .entry(
                    format!("{:?}/{:?}", step.kind, step.phase)
                        .replace("Dag/", "DAG/")
                        .replace("Http/", "HTTP/"),
                )
                .or_default() += 1;
        }
        let told: Vec<String> = counts
            .iter()
            .map(|(what, n)| format!("{what} {n}"))
            .collect();
        let told = if told.is_empty() {
            "none".to_string()
        } else {
            told.join(", ")
        };
        assert_eq!(told, nodes.trim(), "{file}");
        checked += 1;
    }
    assert!(checked > 100, "{checked} files");
}

/// What each recorded situation must be called, an hour after it was recorded: state, and what the line begins with.
const SITUATIONS: &[(&str, State, &str)] = &[
    (
        "sem-lim/mtx-waiter",
        State::Waiting,
        "lock release held by mtx-holder",
    ),
    (
        "sem-lim/sem-waiter",
        State::Waiting,
        "lock sizes/wf held by sem-holder",
    ),
    (
        "sem-lim/two-locks",
        State::Waiting,
        "lock release held by mtx-holder",
    ),
    ("sem-lim/mtx-holder", State::Running, "mtx-holder"),
    ("sem-lim/tmpl-mtx", State::Running, "a"),
    ("sem-lim/tmpl-sem", State::Running, "a"),
    ("sem-lim/par-spec", State::Running, "a"),
    ("sem-par/par-3", State::Waiting, "queued"),
    ("sem-lim/susp-spec", State::Suspended, "suspended"),
    (
        "sem-a/approval-waiting",
        State::Approve,
        "wants you: ask · ship it?",
    ),
    ("sem-a/p-appr", State::Approve, "wants you: ask2"),
    (
        "sem-ex/suspend-outputs",
        State::Approve,
        "wants you: approve",
    ),
    ("sem-ex/daemon-custom", State::Approve, "wants you: hold"),
    ("sem-a/ss3", State::Stuck, "cannot stop"),
    (
        "sem-lim/unsched",
        State::Stuck,
        "Unschedulable · 0/2 nodes are available: 1 node(s) didn't match",
    ),
    (
        "sem-lim/unsched-cpu",
        State::Stuck,
        "Unschedulable · 0/2 nodes are available: 1 Insufficient cpu",
    ),
    (
        "sem-lim/badimage",
        State::Stuck,
        "ImagePullBackOff · none:9",
    ),
    (
        "sem-lim/badimage2",
        State::Stuck,
        "ImagePullBackOff · busybox:does-not-exist",
    ),
    (
        "sem-lim/badsecret",
        State::Stuck,
        "CreateContainerConfigError · secret \"no-such-secret\"",
    ),
    ("sem-lim/badvolume", State::Stuck, "PodInitializing for "),
    (
        "sem-lim/badpvc",
        State::Stuck,
        "Unschedulable · 0/2 nodes are available: persistentvolumeclaim",
    ),
    (
        "sem-lim/badsa",
        State::Error,
        "forbidden · pods \"badsa\" is forbidden",
    ),
    (
        "sem-lim/backoff",
        State::Running,
        "backoff · attempt 2 after exit 3",
    ),
    ("sem-lim/pend-timeout", State::Error, "timeout"),
    ("sem-ex/spec-error", State::Failed, "invalid spec: "),
    (
        "sem-ex/spec-error-ref",
        State::Error,
        "workflowtemplates.argoproj.io",
    ),
    ("sem-a/pod-del", State::Error, "pod deleted"),
    ("sem-a/pod-stop", State::Failed, "terminated"),
    ("sem-a/st-stop", State::Failed, "stopped · g"),
    (
        "sem-a/before-retry-dag",
        State::Failed,
        "exit 4 · b1 · and 1 more",
    ),
    (
        "sem-a/before-retry-nest",
        State::Failed,
        "exit 4 · p1 · and 1 more",
    ),
    (
        "sem-a/before-retry-retry",
        State::Failed,
        "exit 4 · x · and 1 more · 2 attempts",
    ),
    ("sem-a/before-retry-cset", State::Failed, "exit 4 · cs"),
    (
        "sem-a/memoized-resubmit-created",
        State::Pending,
        "retry asked",
    ),
    ("ex/dag-contiue-on-fail-h89kd", State::Failed, "exit 1 · E"),
    ("ex/continue-on-fail-r8h9b", State::Succeeded, ""),
    (
        "sem-ex/template-defaults-798f4",
        State::Failed,
        "deadline · retry-backoff · Pod was active on the node longer than the specified deadline · 3 attempts",
    ),
    (
        "sem-ex/oom-and-deadline",
        State::Failed,
        "deadline · late · Pod was active on the node longer than the specified deadline · and 2 more",
    ),
    (
        "sem-ex/param-fanout",
        State::Failed,
        "exit 1 · each(1:host:b.example,port:443)",
    ),
];

#[test]
fn every_situation_has_its_state_and_its_reason() {
    let Some(root) = root() else { return };
    let now = "2026-11-22T22:00:00Z".parse().unwrap();
    for (name, expected, line) in SITUATIONS {
        let bytes = std::fs::read(root.join(format!("wf/{name}.json"))).expect(name);
        let facts = facts(&bytes).expect(name);
        assert_eq!(state(&facts.row, Some(&facts), now), *expected, "{name}");
        let told = reason(&facts.row, Some(&facts), now, None).map(|reason| reason.plain());
        let told = told.unwrap_or_default();
        assert!(told.starts_with(line), "{name}: {told}");
        assert!(!line.is_empty() || told.is_empty(), "{name}: {told}");
    }
}

#[test]
fn pods_are_named_as_the_controller_named_them() {
    let Some(root) = root() else { return };
    let mut names: HashMap<(String, String), String> = HashMap::new();
    for (file, bytes) in files(&root, "pods") {
        let object: Value = serde_json::from_slice(&bytes).expect(&file);
        let alone = [object.clone()];
        for pod in object["items"].as_array().map_or(&alone[..], Vec::as_slice) {
            let meta = &pod["metadata"];
            let id = meta["annotations"]["workflows.argoproj.io/node-id"].as_str();
            if let (Some(id), Some(space), Some(name)) =
                (id, meta["namespace"].as_str(), meta["name"].as_str())
            {
                names.insert((space.into(), id.into()), name.into());
            }
        }
    }
    let mut checked = 0;
    for (file, bytes) in workflows(&root) {
        let run = workflow(&bytes).expect(&file);
        for step in &run.steps {
            let key = (run.facts.row.key.namespace.to_string(), step.id.to_string());
            if let Some(name) = names.get(&key) {
                assert_eq!(
                    step.pod.as_deref(),
                    Some(name.as_str()),
                    "{file} {}",
                    step.name
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "{checked} pods");
}

#[test]
fn all_three_compressions_give_the_nodes_that_were_packed() {
    let Some(root) = root() else { return };
    for (file, how) in [("zstd", Compression::Zstd), ("brotli", Compression::Brotli)] {
        let stem = format!("artifacts/wf/compressed-{file}");
        let packed = std::fs::read(root.join(format!("{stem}.json"))).unwrap();
        let plain = std::fs::read(root.join(format!("{stem}.nodes.json"))).unwrap();
        let nodes: BTreeMap<String, Value> = serde_json::from_slice(&plain).unwrap();
        let run = workflow(&packed).unwrap();
        assert_eq!(run.facts.nodes, NodesSource::Compressed(how));
        let mut ids: Vec<&str> = run.steps.iter().map(|step| &*step.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, nodes.keys().map(String::as_str).collect::<Vec<_>>());
    }
    let big = std::fs::read(root.join("wf/sem-big/seq-3000-running.json")).unwrap();
    let facts = facts(&big).unwrap();
    assert_eq!(facts.nodes, NodesSource::Compressed(Compression::Gzip));
    assert_eq!(facts.leaves.ok, 3000);
    assert!(matches!(facts.cause, Cause::Approval { .. }));
}

#[test]
fn every_step_is_in_the_tree_once_and_the_cause_is_in_sight() {
    let Some(root) = root() else { return };
    let now = "2026-11-22T22:00:00Z".parse().unwrap();
    for (file, bytes) in workflows(&root) {
        let run = workflow(&bytes).expect(&file);
        let tree = Tree::of(&run, now);
        let mut seen = vec![0; tree.branches.len()];
        let mut open = tree.roots.clone();
        while let Some(at) = open.pop() {
            seen[at] += 1;
            open.extend(&tree.branches[at].children);
        }
        assert!(seen.iter().all(|&count| count == 1), "{file}");
        let shown = tree
            .branches
            .iter()
            .filter_map(|branch| branch.step)
            .count();
        let rows_of_steps = run
            .steps
            .iter()
            .filter(|step| step.kind == crate::model::workflow::StepKind::StepGroup)
            .count();
        assert!(shown + rows_of_steps >= run.steps.len(), "{file}");
        let rows = tree.rows(&Folds::default());
        if let Some(trouble) = tree.first_trouble() {
            assert!(rows.iter().any(|row| row.branch == trouble), "{file}");
        }
        if run.facts.row.phase.is_done() {
            let failed = matches!(run.facts.cause, Cause::Failed(_));
            assert_eq!(failed, tree.fault.is_some(), "{file}");
        }
    }
}
