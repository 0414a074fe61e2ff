//! Whatever goes wrong on the way, what the console knows in the end is what the server has.
//! Apart from the feeds' own tests, which play single faults; here they come in any order to a whole fleet.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tiphys::cluster::Cluster;
use tiphys::model::phase::Phase;
use tiphys::runtime::effects::Source;
use tiphys::sim::Scenario;
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::rng::Rng;
use tiphys::sim::store::{Origin, Store};

use crate::bench::{self, Bench, EPOCH};
use crate::tap::{Fate, Tap};

const PHASES: [&str; 5] = ["Pending", "Running", "Succeeded", "Failed", "Error"];

/// uid → version and phase.
type Known = BTreeMap<String, (u64, String)>;

fn of_the_server(store: &Store) -> Known {
    let (all, _) = store
        .snapshot(WORKFLOWS, None, None, None)
        .expect("now is known");
    all.iter()
        .map(|object| {
            let value = object.value();
            let text = |pointer: &str| {
                value
                    .pointer(pointer)
                    .and_then(|v| v.as_str())
                    .unwrap_or_default()
                    .to_string()
            };
            (
                text("/metadata/uid"),
                (object.version, text("/status/phase")),
            )
        })
        .collect()
}

fn of_the_console(bench: &Bench) -> Known {
    bench
        .state
        .fleet
        .iter()
        .filter(|run| !run.gone)
        .map(|run| {
            let phase = match run.row.phase {
                Phase::Unknown => String::new(),
                phase => format!("{phase:?}"),
            };
            (run.row.key.uid.to_string(), (run.row.version, phase))
        })
        .collect()
}

/// One change on the server: create, change the phase, relabel, delete, replace by another of the same name.
fn change(store: &Store, rng: &mut Rng) {
    let namespace = ["a", "b", "c"][rng.range(0, 2) as usize];
    let name = format!("run-{}", rng.range(0, 11));
    let there = store.get(WORKFLOWS, namespace, &name);
    let phase = PHASES[rng.range(0, 4) as usize];
    let completed = matches!(phase, "Succeeded" | "Failed" | "Error");
    let labels = json!({
        "workflows.argoproj.io/phase": phase,
        "workflows.argoproj.io/completed": completed.to_string(),
        "round": rng.range(0, 99).to_string(),
    });
    let status = json!({"phase": phase, "startedAt": "2026-11-22T02:10:00Z", "progress": "0/1"});
    let fresh = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
        "metadata": {"namespace": namespace, "name": name, "labels": labels},
        "spec": {"entrypoint": "main"}, "status": status,
    });
    match (there, rng.range(0, 9)) {
        (None, _) => {
            store.put(WORKFLOWS, fresh, Origin::Client);
        }
        (Some(_), 0..=1) => store.remove(WORKFLOWS, namespace, &name, Origin::Client),
        (Some(_), 2) => {
            store.remove(WORKFLOWS, namespace, &name, Origin::Client);
            store.put(WORKFLOWS, fresh, Origin::Client);
        }
        (Some(object), 3..=4) => {
            let mut value = object.value();
            value["metadata"]["labels"]["round"] = rng.range(100, 199).to_string().into();
            store.put(WORKFLOWS, value, Origin::Client);
        }
        (Some(object), _) => {
            let mut value = object.value();
            value["metadata"]["labels"] = labels;
            value["status"] = status;
            store.put(WORKFLOWS, value, Origin::Client);
        }
    }
}

/// What may happen to a request.
fn fate(rng: &mut Rng) -> Fate {
    if rng.chance(0.45) {
        return Fate::Answered;
    }
    match rng.range(0, 6) {
        0 => Fate::Refused(410, "Expired"),
        1 => Fate::Refused(429, "TooManyRequests"),
        2 => Fate::Refused(500, "InternalError"),
        3 => Fate::Slow(Duration::from_millis(rng.range(10, 20_000) as u64)),
        4 => Fate::Cut(rng.range(0, 4) as usize, true),
        5 => Fate::Cut(rng.range(0, 4) as usize, false),
        _ => Fate::Answered,
    }
}

async fn story(seed: u64) {
    let cluster = bench::still(Scenario::Empty);
    let store = Arc::clone(cluster.api.store());
    let mut rng = Rng::named(seed, "operations");
    for _ in 0..12 {
        change(&store, &mut rng);
    }
    let tap = Tap::on(&cluster.api);
    let faults = Arc::new(Mutex::new(Rng::named(seed, "faults")));
    tap.decide(move |uri| match faults.lock() {
        // Without a connection there is no fleet to compare.
        _ if uri.starts_with("/version") => Fate::Answered,
        Ok(mut rng) => fate(&mut rng),
        Err(_) => Fate::Answered,
    });
    let service = Cluster::from_service(tap.clone(), "demo");
    let mut bench = Bench::of(Source::Ready(service), bench::options(), EPOCH);
    for _ in 0..40 {
        for _ in 0..rng.range(0, 4) {
            change(&store, &mut rng);
        }
        if rng.chance(0.1) {
            store.compact();
        }
        let millis = if rng.chance(0.1) { 60_000 } else { 3_000 };
        bench.seconds(rng.range(0, millis) as f64 / 1_000.0).await;
    }
    tap.heal();
    // Longest wait of a feed before it asks again, and the longest a dead watch stays unnoticed.
    bench.seconds(240.0).await;
    assert_eq!(of_the_console(&bench), of_the_server(&store), "seed {seed}");
    for run in bench.state.fleet.iter().filter(|run| !run.gone) {
        if let Some(facts) = &run.facts {
            assert_eq!(
                facts.row.version, run.row.version,
                "seed {seed}: what is told of {} {:?} is old",
                run.row.key, run.row.phase
            );
        }
    }
    assert!(bench.state.fleet.complete(), "seed {seed}");
    assert!(bench.state.fleet.stalest().is_none(), "seed {seed}");
}

/// `TIPHYS_SEEDS` tells more stories than the usual ones.
#[tokio::test(start_paused = true)]
async fn the_console_knows_what_the_server_has_after_any_faults() {
    let seeds = std::env::var("TIPHYS_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(24);
    for seed in 0..seeds {
        story(seed).await;
    }
}
