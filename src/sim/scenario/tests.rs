//! The demo tells what it promises, tells the same for a seed, and goes on for hours.
//! Apart from the engine's tests: these hold the data in `demo/`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::fleet::Fleet;
use super::story::{Story, catalogue};
use crate::sim::resource::{CRONS, NAMESPACES, WORKFLOWS};
use crate::sim::store::Object;
use crate::sim::testing::*;
use crate::sim::{Embedded, Options, Scenario};

fn story(seed: u64) -> Embedded {
    Embedded::paused(Options {
        seed,
        ..Options::default()
    })
    .unwrap()
}

fn all(cluster: &Embedded) -> Vec<Arc<Object>> {
    cluster
        .api
        .store()
        .snapshot(WORKFLOWS, None, None, None)
        .unwrap()
        .0
}

fn run(cluster: &Embedded, namespace: &str, name: &str) -> Value {
    let found = cluster.api.store().get(WORKFLOWS, namespace, name);
    found
        .unwrap_or_else(|| panic!("{namespace}/{name} is missing"))
        .value()
}

fn phases(cluster: &Embedded) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for object in all(cluster) {
        *counts
            .entry(object.phase.clone().unwrap_or_default().into_string())
            .or_insert(0) += 1;
    }
    counts
}

#[test]
fn the_embedded_data_can_be_read() {
    catalogue().unwrap();
    Story::new(1, 0).unwrap();
}

async fn refund_failed_just_now(cluster: &Embedded) {
    let now = cluster.clock.millis();
    let refund = run(cluster, "payments", "t42-refund-acceptance");
    assert_eq!(refund["status"]["phase"], "Failed");
    assert_eq!(
        node(&refund, "criterion-5(1)")["message"],
        "main: Error (exit code 1): assertion failed: refund total left: 19.90 right: 19.99"
    );
    assert_eq!(refund["metadata"]["labels"]["task-id"], "42");
    let ended = crate::sim::clock::parse(refund["status"]["finishedAt"].as_str().unwrap()).unwrap();
    assert!(
        (60_000..240_000).contains(&(now - ended)),
        "failed {} s ago",
        (now - ended) / 1000
    );
    let pods = "/api/v1/namespaces/payments/pods?labelSelector=workflows.argoproj.io/workflow=t42-refund-acceptance";
    let pods = get(&cluster.api, pods).await;
    let failed = pods["items"].as_array().unwrap().iter();
    let pod = failed
        .filter(|pod| {
            pod["metadata"]["annotations"]["workflows.argoproj.io/node-name"]
                .as_str()
                .unwrap()
                .ends_with("criterion-5(1)")
        })
        .map(|pod| pod["metadata"]["name"].as_str().unwrap())
        .next()
        .unwrap();
    let log = ask(
        &cluster.api,
        "GET",
        &format!("/api/v1/namespaces/payments/pods/{pod}/log?container=main"),
        &[],
        "",
    )
    .await;
    let log = String::from_utf8(log.bytes.to_vec()).unwrap();
    assert!(
        log.contains(
            "ERROR assertion failed: refund total\n        left: 19.90\n       right: 19.99\n"
        ),
        "{log}"
    );
}

fn everything_is_on_the_stage(cluster: &Embedded) {
    let reindex = run(cluster, "search", "nightly-reindex-x7k2p");
    assert_eq!(
        node(&reindex, "shard(17:17)")["message"],
        "main: OOMKilled (exit code 137)"
    );
    assert_eq!(
        node(&run(cluster, "checkout", "t17-cart-smoke"), "start-shop")["message"],
        "pod deleted"
    );
    let flaky = run(cluster, "mobile", "t51-login-ui");
    assert_eq!(node(&flaky, "e2e-login(0)")["phase"], "Failed");
    assert_eq!(node(&flaky, "e2e-login")["phase"], "Succeeded");
    let waiter = run(cluster, "checkout", "t44-load-500rps");
    assert_eq!(
        waiter["status"]["synchronization"]["mutex"]["waiting"][0]["holder"],
        "checkout/t41-regression"
    );
    let approval = run(cluster, "payments", "t39-payout-canary");
    let promote = node(&approval, "promote");
    assert_eq!(
        (&promote["type"], &promote["phase"]),
        (&"Suspend".into(), &"Running".into())
    );
    assert_eq!(
        promote["inputs"]["parameters"][0]["value"],
        "promote to production?"
    );
    assert_eq!(
        promote["inputs"]["parameters"][1]["enum"],
        serde_json::json!(["yes", "no"])
    );
    let scan = run(cluster, "catalog", "image-scan-8s2lp");
    assert!(
        node(&scan, "deep-scan")["message"]
            .as_str()
            .unwrap()
            .contains("scanner:9.4")
    );
    let farm = run(cluster, "mobile", "t58-device-farm");
    assert!(
        node(&farm, "matrix(2:device:iphone-16,os:18.4)")["message"]
            .as_str()
            .unwrap()
            .starts_with("Unschedulable: 0/6")
    );
    let fan = run(cluster, "search", "t36-relevance");
    assert_eq!(fan["status"]["phase"], "Running");
    assert!(fan["status"]["nodes"].as_object().unwrap().len() > 60);
    let upgrade = run(cluster, "infra", "t60-platform-upgrade");
    assert_eq!(upgrade["status"]["phase"], "Running");
    assert!(node(&upgrade, "accept-dns").is_object() || node(&upgrade, "upgrade-dns").is_object());
    let cron = cluster
        .api
        .store()
        .get(CRONS, "infra", "cron-e2e")
        .unwrap()
        .value();
    assert!(
        cron["status"]["lastScheduledTime"].is_null()
            || cron["status"]["lastScheduledTime"].is_string()
    );
    assert!(
        all(cluster)
            .iter()
            .filter(|o| o.name.starts_with("cron-e2e-"))
            .count()
            > 10
    );
}

/// One test, because telling the history costs seconds without optimisation.
#[tokio::test]
async fn the_story_is_there_and_goes_on() {
    let cluster = story(42);
    let counts = phases(&cluster);
    let live = counts["Running"] + counts["Pending"];
    assert!((25..=60).contains(&live), "{counts:?}");
    assert!((200..=400).contains(&counts["Succeeded"]), "{counts:?}");
    assert!((5..=40).contains(&counts["Failed"]), "{counts:?}");
    refund_failed_just_now(&cluster).await;
    everything_is_on_the_stage(&cluster);

    let before = cluster.api.store().version();
    for _ in 0..4 {
        cluster.advance(seconds(900));
        let counts = phases(&cluster);
        let total: usize = counts.values().sum();
        assert!((230..=480).contains(&total), "{counts:?}");
        assert!(counts["Running"] >= 12, "{counts:?}");
    }
    assert!(cluster.api.store().version() > before + 500, "it moves");
}

#[test]
fn a_seed_tells_the_same_story() {
    let small = |seed: u64| {
        let cluster = Embedded::paused(Options {
            scenario: Scenario::Fleet(Fleet {
                runs: 40,
                namespaces: 4,
                events_per_second: 2.0,
                bytes: 20_000,
            }),
            seed,
            ..Options::default()
        })
        .unwrap();
        cluster.advance(seconds(30));
        all(&cluster)
            .iter()
            .map(|object| object.body.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(small(7), small(7));
    assert_ne!(small(7), small(8));
}

#[test]
fn a_fleet_has_the_size_and_mixture_asked_for() {
    let cluster = Embedded::paused(Options {
        scenario: Scenario::Fleet(Fleet {
            runs: 400,
            namespaces: 8,
            events_per_second: 50.0,
            bytes: 25_000,
        }),
        ..Options::default()
    })
    .unwrap();
    let runs = all(&cluster);
    assert_eq!(runs.len(), 400);
    let mean = runs.iter().map(|run| run.body.len()).sum::<usize>() / runs.len();
    assert!((22_000..28_000).contains(&mean), "{mean} B");
    assert!(
        runs.iter()
            .all(|run| (11_000..40_000).contains(&run.body.len()))
    );
    assert_eq!(phases(&cluster)["Failed"], 16);
    assert_eq!(cluster.api.store().count(NAMESPACES), 8 + 2);
    let before = cluster.api.store().version();
    cluster.advance(seconds(10));
    assert_eq!(cluster.api.store().version() - before, 500);
}

#[test]
fn one_large_run_comes_inline_and_compressed() {
    let cluster = Embedded::paused(Options {
        scenario: Scenario::Big { nodes: 1000 },
        ..Options::default()
    })
    .unwrap();
    let inline = run(&cluster, "big", "big-inline");
    assert_eq!(inline["status"]["nodes"].as_object().unwrap().len(), 1000);
    let packed = run(&cluster, "big", "big-compressed");
    assert!(packed["status"]["nodes"].is_null());
    assert!(packed["status"]["compressedNodes"].as_str().unwrap().len() < 200_000);
}

#[tokio::test(start_paused = true)]
async fn a_started_cluster_runs_by_itself() {
    let cluster = Embedded::start(Options {
        scenario: Scenario::Empty,
        speed: 60.0,
        ..Options::default()
    })
    .unwrap();
    let spec = serde_json::json!({"entrypoint": "m", "templates": [leaf("m")]});
    submit(&cluster, "hello", &spec, &serde_json::json!({})).await;
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(
        workflow(&cluster, "hello").await["status"]["phase"],
        "Succeeded"
    );
}
