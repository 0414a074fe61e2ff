//! What goes wrong between a yes and the answer: each fault of a network, a server or a right, and what is said then.
//! Apart from the stories of the console, because here only three things count: how often it was asked, whether it happened,
//! and whether what is said is what happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tiphys::cluster::Cluster;
use tiphys::model::act::{Kind, Operation, Order, Outcome, Shown};
use tiphys::model::key::Key;
use tiphys::sim::api::Api;
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::store::{Origin, Store};
use tiphys::sim::{clock, clock::Clock};

use crate::bench::EPOCH;
use crate::tap::{Fate, Tap};

/// What must be said.
#[derive(Debug, PartialEq)]
enum Said {
    Applied,
    NotApplied,
    Unknown,
}

/// Something goes wrong with a write.
struct Fault {
    name: &'static str,
    /// What happens to the write.
    fate: Fate,
    /// What happens to reads after it.
    reads: Fate,
    said: Said,
    /// A part of the sentence.
    words: &'static str,
}

const fn fault(name: &'static str, fate: Fate, said: Said, words: &'static str) -> Fault {
    Fault {
        name,
        fate,
        reads: Fate::Answered,
        said,
        words,
    }
}

const FAULTS: &[Fault] = &[
    fault(
        "the answer is cut by a reset",
        Fate::Cut(0, true),
        Said::Applied,
        "",
    ),
    fault(
        "the answer ends before it began",
        Fate::Cut(0, false),
        Said::Applied,
        "",
    ),
    fault(
        "the connection is half open, the request arrived",
        Fate::Silent,
        Said::Applied,
        "",
    ),
    fault(
        "the connection is half open, the request did not arrive",
        Fate::Slow(Duration::from_secs(600)),
        Said::NotApplied,
        "no answer within 10 s: patch workflows.argoproj.io qa/run; read back: it has not happened",
    ),
    fault(
        "the answer is not JSON",
        Fate::Garbled("identity", b"<html>"),
        Said::Applied,
        "",
    ),
    fault(
        "the answer is not the gzip it says",
        Fate::Garbled("gzip", b"{}"),
        Said::Applied,
        "",
    ),
    fault(
        "504 after it was done",
        Fate::Denied(504, "Timeout"),
        Said::Applied,
        "",
    ),
    fault(
        "503 after it was done",
        Fate::Denied(503, "ServiceUnavailable"),
        Said::Applied,
        "",
    ),
    fault(
        "504 before",
        Fate::Refused(504, "Timeout"),
        Said::NotApplied,
        "it has not happened",
    ),
    fault(
        "500, a webhook that converts is down",
        Fate::Refused(500, "conversion webhook for argoproj.io/v1alpha1 failed"),
        Said::NotApplied,
        "conversion webhook",
    ),
    fault(
        "500, etcd is full",
        Fate::Refused(500, "etcdserver: mvcc: database space exceeded"),
        Said::NotApplied,
        "space exceeded",
    ),
    fault(
        "503, the server goes",
        Fate::Refused(503, "apiserver is shutting down"),
        Said::NotApplied,
        "shutting down",
    ),
    fault(
        "429 with a wait",
        Fate::Refused(429, "TooManyRequests"),
        Said::NotApplied,
        "busy",
    ),
    fault(
        "401, a token that was taken back",
        Fate::Refused(401, "Unauthorized"),
        Said::NotApplied,
        "does not accept the credentials",
    ),
    fault(
        "403, a right that was taken back",
        Fate::Refused(403, "Forbidden"),
        Said::NotApplied,
        "not allowed to patch workflows.argoproj.io in namespace qa",
    ),
    fault(
        "422, admission says no",
        Fate::Refused(422, "admission webhook denied: frozen"),
        Said::NotApplied,
        "frozen",
    ),
    fault(
        "404, the definition of the kind is gone",
        Fate::NoSuchKind,
        Said::NotApplied,
        "the CRD is not installed",
    ),
    Fault {
        reads: Fate::Refused(503, "apiserver is shutting down"),
        ..fault(
            "no answer, and none to any question after it",
            Fate::Silent,
            Said::Unknown,
            "no answer within 10 s",
        )
    },
];

/// A server with one run that runs.
fn server() -> (Api, Key) {
    let start = clock::at(clock::parse(EPOCH).unwrap());
    let store = Arc::new(Store::new(Clock::running(start, 1.0), 1));
    let time = "2026-11-22T02:10:00Z";
    store.put(
        WORKFLOWS,
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
            "metadata": {"name": "run", "namespace": "qa",
                "labels": {"workflows.argoproj.io/phase": "Running"}},
            "spec": {"entrypoint": "main", "templates": [{"name": "main", "container": {"image": "busybox"}}]},
            "status": {"phase": "Running", "startedAt": time, "progress": "0/1", "nodes": {
                "run": {"id": "run", "name": "run", "displayName": "run", "type": "Pod", "phase": "Running",
                    "templateName": "main", "startedAt": time}}},
        }),
        Origin::Client,
    );
    let uid = object(&store)["metadata"]["uid"]
        .as_str()
        .unwrap()
        .to_string();
    (Api::new(store), Key::new("qa", "run", uid.as_str()))
}

fn object(store: &Store) -> Value {
    store.get(WORKFLOWS, "qa", "run").unwrap().value()
}

fn order(key: &Key, operation: Operation) -> Order {
    Order {
        kind: Kind::Workflow,
        key: key.clone(),
        operation,
    }
}

/// What a person sees who is asked about it now.
async fn shown(cluster: &Cluster, order: &Order) -> Shown {
    let asked = EPOCH.parse().unwrap();
    let prepared = cluster.prepare(order, asked).await.unwrap();
    Shown {
        phase: prepared.preview.phase,
        asked,
        digest: Some(prepared.preview.digest),
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_becomes_of_the_answer_it_is_asked_once_and_the_truth_is_told() {
    for fault in FAULTS {
        let (api, key) = server();
        let tap = Tap::on(&api);
        let cluster = Cluster::from_service(tap.clone(), "faults");
        let order = order(&key, Operation::Suspend);
        let at = EPOCH.parse().unwrap();
        let shown = shown(&cluster, &order).await;
        let asked = Arc::new(AtomicUsize::new(0));
        let (fate, reads) = (fault.fate, fault.reads);
        let count = asked.clone();
        tap.decide_writes(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            fate
        });
        let count = asked.clone();
        tap.decide(move |_| match count.load(Ordering::Relaxed) {
            0 => Fate::Answered,
            _ => reads,
        });
        let carried = cluster.carry(&order, &shown, at, |_, _| {}).await;
        let (said, words) = match &carried.outcome {
            Outcome::Applied { .. } => (Said::Applied, String::new()),
            Outcome::NotApplied { why } => (Said::NotApplied, why.to_string()),
            Outcome::Unknown { why } => (Said::Unknown, why.to_string()),
            Outcome::Changed { why } => panic!("{}: changed: {why}", fault.name),
        };
        assert_eq!(said, fault.said, "{}: {words}", fault.name);
        assert!(words.contains(fault.words), "{}: {words}", fault.name);
        assert_eq!(asked.load(Ordering::Relaxed), 1, "{}: asked", fault.name);
        let happened = object(api.store())["spec"]["suspend"] == true;
        match said {
            Said::Applied => assert!(happened, "{}", fault.name),
            Said::NotApplied => assert!(!happened, "{}", fault.name),
            Said::Unknown => {}
        }
    }
}

/// The four ways in which a server says that the object is another one by now.
/// Source: seen on Kubernetes 1.36: 409 for an old version or a precondition of a delete, 422 for another uid or a test of a patch.
#[tokio::test(start_paused = true)]
async fn an_object_that_was_exchanged_between_reading_and_writing_is_left_alone() {
    for operation in [
        Operation::Suspend,
        Operation::Stop,
        Operation::Delete { force: false },
    ] {
        let (api, key) = server();
        let tap = Tap::on(&api);
        let cluster = Cluster::from_service(tap.clone(), "faults");
        let order = order(&key, operation.clone());
        let at = EPOCH.parse().unwrap();
        let shown = shown(&cluster, &order).await;
        // While the write is on its way somebody deletes the run and makes another of its name.
        let (store, mut done) = (api.store().clone(), false);
        tap.decide_writes(move |_| {
            if !std::mem::replace(&mut done, true) {
                let mut other = object(&store);
                store.remove(WORKFLOWS, "qa", "run", Origin::Client);
                other["metadata"]["uid"] = Value::Null;
                store.put(WORKFLOWS, other, Origin::Client);
            }
            Fate::Answered
        });
        let carried = cluster.carry(&order, &shown, at, |_, _| {}).await;
        let Outcome::Changed { why } = &carried.outcome else {
            panic!("{operation:?}: {:?}", carried.outcome);
        };
        assert!(why.contains("another object has its name now"), "{why}");
        let other = object(api.store());
        assert_ne!(other["metadata"]["uid"], key.uid.to_string());
        assert_eq!(other["spec"].get("suspend"), None, "{operation:?}");
        assert_eq!(other["spec"].get("shutdown"), None, "{operation:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn steps_that_cannot_be_read_are_not_guessed_at() {
    for (status, words) in [
        (
            json!({"phase": "Failed", "compressedNodes": "zstd:bm90IHpzdGQ="}),
            "cannot be read",
        ),
        (
            json!({"phase": "Failed", "offloadNodeStatusVersion": "fnv:1"}),
            "database",
        ),
    ] {
        let (api, key) = server();
        let mut run = object(api.store());
        run["status"] = status;
        api.store().put(WORKFLOWS, run, Origin::Controller);
        let tap = Tap::on(&api);
        let cluster = Cluster::from_service(tap.clone(), "faults");
        let order = order(
            &key,
            Operation::Retry {
                parameters: Vec::new(),
            },
        );
        let why = cluster.prepare(&order, EPOCH.parse().unwrap()).await;
        let why = why.expect_err("it is refused").to_string();
        assert!(why.contains(words), "{why}");
        assert!(api.seen().iter().all(|seen| seen.method == "GET"), "{why}");
    }
}

/// A pod that is told to end keeps its name until it has, and the controller cannot make the new one before.
#[tokio::test(start_paused = true)]
async fn the_run_is_written_when_the_pods_it_deleted_are_gone() {
    const ENDING: Fate = Fate::Garbled(
        "identity",
        br#"{"metadata": {"name": "run", "deletionGracePeriodSeconds": 30}}"#,
    );
    for (looks, said) in [(5, Said::Applied), (usize::MAX, Said::NotApplied)] {
        let (api, key) = server();
        let mut run = object(api.store());
        for phase in ["/status/phase", "/status/nodes/run/phase"] {
            *run.pointer_mut(phase).unwrap() = "Failed".into();
        }
        run["status"]["nodes"]["run"]["finishedAt"] = "2026-11-22T02:11:00Z".into();
        api.store().put(WORKFLOWS, run, Origin::Controller);
        let tap = Tap::on(&api);
        let cluster = Cluster::from_service(tap.clone(), "faults");
        let order = order(
            &key,
            Operation::Retry {
                parameters: Vec::new(),
            },
        );
        let shown = shown(&cluster, &order).await;
        tap.decide_writes(|uri| match uri.contains("/pods/") {
            true => ENDING,
            false => Fate::Answered,
        });
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        tap.decide(move |uri| match uri.contains("/pods/") {
            true if count.fetch_add(1, Ordering::Relaxed) < looks => ENDING,
            _ => Fate::Answered,
        });
        let begun = tokio::time::Instant::now();
        let at = EPOCH.parse().unwrap();
        let carried = cluster.carry(&order, &shown, at, |_, _| {}).await;
        let written = carried
            .sent
            .iter()
            .any(|one| &*one.request.method != "DELETE");
        let waited = begun.elapsed();
        match said {
            Said::Applied => {
                assert!(
                    matches!(carried.outcome, Outcome::Applied { .. }),
                    "{carried:?}"
                );
                assert!(written && waited >= Duration::from_secs(2), "{waited:?}");
                assert_eq!(asked.load(Ordering::Relaxed), looks + 1);
            }
            _ => {
                let Outcome::NotApplied { why } = &carried.outcome else {
                    panic!("{carried:?}");
                };
                assert!(why.contains("has not within 60 s"), "{why}");
                assert!(why.contains("asking again is safe"), "{why}");
                assert!(!written && waited < Duration::from_secs(65), "{waited:?}");
            }
        }
    }
}
