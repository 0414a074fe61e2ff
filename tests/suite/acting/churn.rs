//! Retries while the cluster changes under the hand: objects vanish, come back under the same name, change their phase, at any
//! moment between the key and the answer. What is sent is only ever for the object that was shown.
//! Apart from single stories, because no person would think of all the moments.
//!
//! `TIPHYS_CHURN` is how many retries are asked for (300 unless said, 10,000 for the record), `TIPHYS_SEED` which ones.

use std::collections::BTreeMap;

use serde_json::Value;
use tiphys::app::orders::dialog::Face;
use tiphys::app::state::State;
use tiphys::cluster::Cluster;
use tiphys::runtime::effects::Source;
use tiphys::sim::api::Api;
use tiphys::sim::clock::{self, Clock};
use tiphys::sim::resource::{QARUNS, WORKFLOWS};
use tiphys::sim::store::{Origin, Store};

use crate::bench::{self, Bench, EPOCH};

/// Runs there are.
const RUNS: usize = 12;
/// QARuns there are.
const QARUNS_THERE: usize = 8;

/// Numbers that only depend on the seed. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }
}

fn failed(name: &str) -> Value {
    let time = "2026-11-22T02:10:00Z";
    serde_json::json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
        "metadata": {"name": name, "namespace": "qa",
            "labels": {"workflows.argoproj.io/phase": "Failed", "workflows.argoproj.io/completed": "true"}},
        "spec": {"entrypoint": "main", "templates": [{"name": "main", "container": {"image": "busybox"}}]},
        "status": {"phase": "Failed", "startedAt": time, "finishedAt": time, "progress": "0/1", "nodes": {
            name: {"id": name, "name": name, "displayName": name, "type": "Pod", "phase": "Failed",
                "templateName": "main", "startedAt": time, "finishedAt": time, "message": "Error (exit code 9)"}}},
    })
}

/// A QARun that failed, without its workflow.
fn failed_qarun(name: &str) -> Value {
    serde_json::json!({
        "apiVersion": "agents.platform/v1", "kind": "QARun",
        "metadata": {"name": name, "namespace": "qa"},
        "spec": {"service": "shop", "image": "qa:1", "criteria": [
            {"id": "works", "text": "It works", "kind": "command", "command": {"argv": ["true"]}}]},
        "status": {"phase": "Failed", "verdict": "fail", "attempt": 1},
    })
}

/// The same for a QARun; a workflow of it can come and go, too.
fn disturb_qarun(store: &Store, chance: &mut Chance) {
    let name = format!("of-{}", chance.below(QARUNS_THERE as u64));
    let Some(object) = store.get(QARUNS, "qa", &name) else {
        store.put(QARUNS, failed_qarun(&name), Origin::Client);
        return;
    };
    let mut object = object.value();
    match chance.below(5) {
        0 => store.remove(QARUNS, "qa", &name, Origin::Client),
        1 => {
            store.remove(QARUNS, "qa", &name, Origin::Client);
            store.put(QARUNS, failed_qarun(&name), Origin::Client);
        }
        2 => {
            let phases = ["Running", "Pending", "Failed", "Failed", "Error"];
            object["status"]["phase"] = phases[chance.below(5) as usize].into();
            let had = object["spec"]["attempt"].as_u64().unwrap_or(1);
            object["status"]["attempt"] = had.into();
            store.put(QARUNS, object, Origin::Controller);
        }
        3 => {
            let attempt = chance.below(3) + 1;
            let mut work = failed(&format!("{name}-a{attempt}"));
            let labels = &mut work["metadata"]["labels"];
            labels["agents.platform/qarun-uid"] = object["metadata"]["uid"].clone();
            labels["agents.platform/attempt"] = attempt.to_string().into();
            store.put(WORKFLOWS, work, Origin::Controller);
        }
        _ => {
            object["metadata"]["labels"]["touched"] = chance.below(1_000).to_string().into();
            store.put(QARUNS, object, Origin::Client);
        }
    }
}

/// Something happens to a run.
fn disturb(store: &Store, chance: &mut Chance) {
    if chance.below(2) == 0 {
        return disturb_qarun(store, chance);
    }
    let name = format!("run-{}", chance.below(RUNS as u64));
    let there = store.get(WORKFLOWS, "qa", &name);
    match (chance.below(4), there) {
        (0, Some(_)) => store.remove(WORKFLOWS, "qa", &name, Origin::Client),
        // Another one under the same name.
        (1, Some(_)) => {
            store.remove(WORKFLOWS, "qa", &name, Origin::Client);
            store.put(WORKFLOWS, failed(&name), Origin::Client);
        }
        (2, Some(object)) => {
            let mut object = object.value();
            let phase = [
                "Running",
                "Succeeded",
                "Failed",
                "Failed",
                "Failed",
                "Failed",
            ][chance.below(6) as usize];
            object["status"]["phase"] = phase.into();
            object["metadata"]["labels"]["workflows.argoproj.io/phase"] = phase.into();
            store.put(WORKFLOWS, object, Origin::Controller);
        }
        (3, Some(object)) => {
            let mut object = object.value();
            object["metadata"]["labels"]["touched"] = chance.below(1_000).to_string().into();
            store.put(WORKFLOWS, object, Origin::Client);
        }
        (_, None) => drop(store.put(WORKFLOWS, failed(&name), Origin::Client)),
        _ => {}
    }
}

fn answered(state: &State) -> bool {
    state
        .orders
        .dialog
        .as_ref()
        .is_none_or(|dialog| dialog.face != Face::Reading && dialog.ready.is_none())
}

#[tokio::test(start_paused = true)]
async fn no_retry_ever_reaches_an_object_that_was_not_shown() {
    let number = |name: &str, usual: u64| {
        let said = std::env::var(name).ok().and_then(|text| text.parse().ok());
        said.unwrap_or(usual)
    };
    let (wanted, seed) = (number("TIPHYS_CHURN", 300), number("TIPHYS_SEED", 1));
    let mut chance = Chance(seed);
    let start = clock::at(clock::parse(EPOCH).unwrap());
    let store = std::sync::Arc::new(Store::new(Clock::running(start, 1.0), 1));
    for run in 0..RUNS {
        store.put(WORKFLOWS, failed(&format!("run-{run}")), Origin::Client);
    }
    for run in 0..QARUNS_THERE {
        store.put(QARUNS, failed_qarun(&format!("of-{run}")), Origin::Client);
    }
    let api = Api::new(store.clone());
    let client = Cluster::from_service(api.clone(), "churn");
    let mut bench = Bench::of(Source::Ready(client), bench::options(), EPOCH);
    bench.seconds(5.0).await;
    let (mut asked, mut agreed) = (0, 0);
    // What was agreed to, by uid, and how often.
    let mut consent: BTreeMap<String, usize> = BTreeMap::new();
    while asked < wanted {
        for _ in 0..chance.below(3) {
            bench.press(["j", "k", "G", "g g"][chance.below(4) as usize]);
        }
        bench.seconds(0.05 * chance.below(4) as f64).await;
        bench.press("x r");
        asked += 1;
        for _ in 0..chance.below(3) {
            disturb(&store, &mut chance);
        }
        bench.until(30, answered).await;
        if chance.below(3) == 0 {
            disturb(&store, &mut chance);
        }
        let shown = bench.state.orders.dialog.clone();
        if let Some(dialog) = &shown
            && let Face::Agree(_) = dialog.face
        {
            agreed += 1;
            *consent.entry(dialog.order.key.uid.to_string()).or_default() += 1;
            bench.press("y");
        } else {
            bench.press("esc");
        }
        if chance.below(2) == 0 {
            disturb(&store, &mut chance);
        }
        bench.seconds(1.0).await;
        bench.press("esc esc");
    }
    bench.seconds(30.0).await;
    let patches: Vec<Value> = api
        .seen()
        .iter()
        .filter(|seen| seen.method == "PATCH")
        .map(|seen| serde_json::from_slice(&seen.body).unwrap())
        .collect();
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for patch in &patches {
        let uid = patch["metadata"]["uid"]
            .as_str()
            .expect("every write names its object");
        assert!(patch["metadata"]["resourceVersion"].is_string(), "{patch}");
        *sent.entry(uid.to_string()).or_default() += 1;
    }
    println!(
        "seed {seed}: {asked} asked for, {agreed} agreed to, {} requests",
        patches.len()
    );
    assert!(agreed > 0 && !patches.is_empty());
    let of_qaruns = patches
        .iter()
        .filter(|patch| patch["spec"]["attempt"].is_number());
    assert!(of_qaruns.count() > 0, "none of a QARun");
    // Which of them the server took, by the stamp of each: one per consent at most, and for no other object.
    for (uid, count) in &sent {
        let consents = consent.get(uid).copied().unwrap_or_default();
        assert!(consents > 0, "{uid} was never agreed to");
        // A write that met another writer may be made anew, four times at most.
        assert!(
            *count <= 4 * consents,
            "{uid}: {count} requests for {consents} consents"
        );
    }
    let stamps: Vec<&str> = patches
        .iter()
        .filter_map(|patch| patch["metadata"]["annotations"]["tiphys.dev/at"].as_str())
        .collect();
    assert_eq!(stamps.len(), patches.len());
}
