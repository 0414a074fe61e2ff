//! Recorded answers of a real API server played to the decoders, the machine and the error mapping.
//! Apart from the tests on small fixtures, because these need the recording at hand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::decode;
use super::error::refusal;
use super::reader::split;
use super::request::Ask;
use super::watch::{Machine, Next};
use crate::model::delta::{Delta, FeedEvent};
use crate::model::key::Key;
use crate::model::log::LogSource;
use crate::model::phase::Phase;
use crate::model::trouble::Trouble;
use crate::wire::listing::Page;
use crate::wire::table::Rows;
use crate::wire::watch::{Decode, Frame};

fn folder(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("TIPHYS_CORPUS").map(PathBuf::from);
    if root.is_none() {
        println!("skipped: TIPHYS_CORPUS is not set");
    }
    root.map(|root| root.join("api").join(name))
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn recorded_tables_give_the_rows_the_server_printed() {
    let Some(lists) = folder("lists") else { return };
    for name in [
        "table-sem-lim",
        "table-page-1",
        "table-page-2",
        "table-page-3",
        "table-label-pending",
        "empty-table",
    ] {
        let bytes = std::fs::read(lists.join(format!("{name}.json"))).unwrap();
        let (page, raw) = (Rows::default().page(&bytes).unwrap(), json(&bytes));
        assert_eq!(page.malformed, 0, "{name}");
        assert_eq!(
            page.version,
            raw["metadata"]["resourceVersion"].as_str().unwrap()
        );
        assert_eq!(page.next.as_deref(), raw["metadata"]["continue"].as_str());
        assert_eq!(
            page.remaining,
            raw["metadata"]["remainingItemCount"].as_u64()
        );
        let rows = raw["rows"].as_array().unwrap();
        assert_eq!(page.items.len(), rows.len(), "{name}");
        for (read, raw) in page.items.iter().zip(rows) {
            let row = &read.item;
            assert_eq!(&*row.key.name, raw["cells"][0].as_str().unwrap());
            assert_eq!(
                row.phase,
                Phase::parse(raw["cells"][1].as_str().unwrap_or(""))
            );
            assert_eq!(row.message.as_deref(), raw["cells"][3].as_str());
            let meta = &raw["object"]["metadata"];
            assert_eq!(row.key.uid.as_str(), meta["uid"].as_str().unwrap());
            assert_eq!(
                row.version.to_string(),
                meta["resourceVersion"].as_str().unwrap()
            );
            assert_eq!(
                row.labels.len(),
                meta["labels"].as_object().map_or(0, serde_json::Map::len)
            );
            assert_eq!(row.malformed, None);
        }
    }
}

fn replay<D: Decode>(mut decode: D, bytes: &[u8]) -> (BTreeMap<Key, D::Item>, Vec<D::Item>, Next)
where
    D::Item: Clone,
{
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut machine = Machine::new(now, 7, 1_000_000);
    machine.listed(Ok(Page::default()), now);
    machine.opened(now);
    let (mut store, mut every) = (BTreeMap::new(), Vec::new());
    for line in bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        let frame = decode.line(line);
        assert!(
            !matches!(frame, Frame::Malformed(_)),
            "{frame:?}",
            frame = String::from_utf8_lossy(line)
        );
        let key = match &frame {
            Frame::Put(object) => Some(object.key.clone()),
            _ => None,
        };
        machine.frame(frame, |status| Trouble::Server {
            detail: status.message.clone(),
        });
        for event in machine.take() {
            let FeedEvent::Deltas(deltas) = event else {
                continue;
            };
            for delta in deltas {
                match delta {
                    Delta::Put(item) => {
                        every.push(item.clone());
                        store.insert(key.clone().unwrap(), item);
                    }
                    Delta::Gone(key) => {
                        store.remove(&key);
                    }
                    Delta::Reset(_) => panic!("a watch resets nothing"),
                }
            }
        }
    }
    (store, every, machine.next())
}

#[test]
fn the_recorded_life_of_a_run_ends_with_nothing_left() {
    let Some(watch) = folder("watch") else { return };
    let read = |name: &str| std::fs::read(watch.join(name)).unwrap();
    let (left, rows, next) = replay(Rows::default(), &read("life-table.ndjson"));
    assert!(left.is_empty());
    let phases: Vec<Phase> = rows.iter().map(|row| row.phase).collect();
    assert_eq!(phases.first(), Some(&Phase::New));
    assert!(
        phases.contains(&Phase::Running) && phases.last().unwrap().is_done(),
        "{phases:?}"
    );
    let last = String::from_utf8(read("life-table.ndjson")).unwrap();
    let mark = json(last.lines().last().unwrap().as_bytes());
    let version = mark["object"]["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .to_string();
    assert_eq!(
        next,
        Next::Watch { version },
        "a bookmark moves the place to resume from"
    );

    let (left, facts, _) = replay(decode::facts(), &read("life-full.ndjson"));
    assert!(left.is_empty());
    let of_facts: Vec<Phase> = facts.iter().map(|facts| facts.row.phase).collect();
    assert_eq!(of_facts, phases, "both feeds tell the same story");

    let run = Key::new("sem-w", "life", rows[0].key.uid.as_str());
    let (left, pods, _) = replay(decode::pods(run.clone()), &read("life-pods.ndjson"));
    assert!(left.is_empty());
    assert!(pods.iter().all(|pod| {
        pod.node_name
            .as_deref()
            .is_some_and(|name| name.starts_with("life"))
    }));
    let raw = String::from_utf8(read("life-events.ndjson")).unwrap();
    let about = raw
        .lines()
        .map(|line| json(line.as_bytes()))
        .filter(|event| {
            event["object"]["involvedObject"]["name"]
                .as_str()
                .is_some_and(|name| name.starts_with("life"))
        });
    let count = about.count();
    let (events, ..) = replay(decode::events(run), raw.as_bytes());
    assert_eq!(events.len(), count);
    assert!(count > 10 && events.values().all(|event| event.last.is_some()));
}

#[test]
fn a_recorded_410_starts_a_list() {
    let Some(watch) = folder("watch") else { return };
    let bytes = std::fs::read(watch.join("error-410.ndjson")).unwrap();
    let (_, _, next) = replay(Rows::default(), &bytes);
    assert_eq!(next, Next::List { token: None });
}

#[test]
fn recorded_refusals_become_the_trouble_their_status_says() {
    let Some(errors) = folder("errors") else {
        return;
    };
    let mut seen = 0;
    for entry in std::fs::read_dir(errors).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(code) = name.get(..3).and_then(|code| code.parse::<u16>().ok()) else {
            continue;
        };
        if code < 400 {
            continue;
        }
        seen += 1;
        let ask = Ask::get("list", "workflows.argoproj.io", "/x".to_string());
        let body = std::fs::read(&path).unwrap();
        let trouble = refusal(StatusCode::from_u16(code).unwrap(), None, &body, &ask);
        let expected = match (code, name.ends_with(".txt")) {
            (401, _) => "unauthorized",
            (403, _) => "forbidden",
            (404, true) => "not installed",
            (404, false) => "not found",
            (409, _) => "conflict",
            (410, _) => "expired",
            (400 | 406 | 415 | 422, _) => "invalid",
            _ => "server error",
        };
        assert_eq!(trouble.word(), expected, "{name}: {trouble}");
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn recorded_pods_are_read_with_their_reasons() {
    let Some(pods) = folder("pods") else { return };
    let read = |name: &str| std::fs::read(pods.join(name)).unwrap();
    for name in [
        "logs-sample",
        "param-fanout",
        "retry-backoff-27r9k",
        "graph-4kms4",
        "waiting-and-broken",
    ] {
        let bytes = read(&format!("{name}.json"));
        // Without a uid of its own, a pod with an owner is another run's: take the first owner's.
        let raw = json(&bytes);
        let mut names = crate::wire::intern::Interner::new();
        let page =
            crate::wire::listing::list(&bytes, |pod| crate::wire::pod::pod(pod, None, &mut names))
                .unwrap();
        assert_eq!(page.malformed, 0);
        assert_eq!(
            page.items.len(),
            raw["items"].as_array().unwrap().len(),
            "{name}"
        );
        for (pod, raw) in page.items.iter().zip(raw["items"].as_array().unwrap()) {
            let containers = raw["spec"]["containers"].as_array().unwrap().len();
            assert_eq!(
                pod.item.containers.iter().filter(|c| !c.init).count(),
                containers
            );
        }
        if name == "waiting-and-broken" {
            let reason = |name: &str| {
                let pod = page
                    .items
                    .iter()
                    .find(|pod| &*pod.key.name == name)
                    .unwrap();
                pod.item.reason.as_deref().unwrap_or("").to_string()
            };
            assert!(reason("badimage").starts_with("ImagePullBackOff: Back-off pulling image"));
            assert!(reason("badsecret").starts_with("CreateContainerConfigError: secret"));
            assert!(reason("unsched").starts_with("Unschedulable: 0/2 nodes are available"));
            assert_eq!(reason("badvolume"), "");
        }
    }
}

#[test]
fn recorded_logs_read_as_a_terminal_would_show_them() {
    let Some(logs) = folder("logs") else { return };
    let source = std::sync::Arc::new(LogSource {
        step: "s".into(),
        pod: "p".into(),
        container: "main".into(),
    });
    for entry in std::fs::read_dir(&logs).unwrap() {
        let path = entry.unwrap().path();
        let stamped = !path.to_string_lossy().contains(".nots.");
        let bytes = std::fs::read(&path).unwrap();
        let lines = split(&bytes, &source);
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(lines.len(), text.split_terminator('\n').count());
        assert!(
            lines.iter().all(|line| line.at.is_some() == stamped),
            "{}",
            path.display()
        );
        assert!(
            lines
                .iter()
                .all(|line| line.text.chars().all(crate::model::text::is_safe))
        );
    }
    let ansi = split(&std::fs::read(logs.join("ansi.main.log")).unwrap(), &source);
    let texts: Vec<&str> = ansi.iter().map(|line| &*line.text).collect();
    assert_eq!(
        texts[..5],
        [
            "ERROR cannot open file",
            "ok 12 passed, 1 skipped",
            "256 colours truecolour",
            "progress 100%",
            "after an OSC title"
        ]
    );
    assert!(
        texts.iter().any(|text| text.contains(" argo=true")),
        "lines of the executor stay"
    );
}
