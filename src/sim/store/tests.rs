//! What a store keeps, forgets and remembers.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::json;

use super::super::clock::at;
use super::super::resource::{PODS, WORKFLOWS};
use super::*;

fn store() -> Store {
    Store::new(Clock::by_hand(at(0)), 1)
}

fn workflow(name: &str, step: u64) -> Value {
    json!({"metadata": {"name": name, "namespace": "a", "labels": {"step": step.to_string()}}, "spec": {"step": step}})
}

#[test]
fn versions_grow_over_all_kinds() {
    let store = store();
    let a = store.put(WORKFLOWS, workflow("x", 1), Origin::Client);
    let b = store.put(PODS, workflow("x", 1), Origin::Client);
    let c = store.put(WORKFLOWS, workflow("x", 2), Origin::Client);
    assert!(a.version < b.version && b.version < c.version);
    assert_eq!(store.version(), c.version);
    assert_eq!(
        c.value()["metadata"]["resourceVersion"],
        c.version.to_string()
    );
}

#[test]
fn an_older_version_can_be_listed_until_it_is_compacted() {
    let store = store();
    store.put(WORKFLOWS, workflow("x", 1), Origin::Client);
    let at = store
        .put(WORKFLOWS, workflow("y", 1), Origin::Client)
        .version;
    store.remove(WORKFLOWS, "a", "x", Origin::Client);
    store.put(WORKFLOWS, workflow("y", 2), Origin::Client);
    store.put(WORKFLOWS, workflow("z", 1), Origin::Client);
    let (then, version) = store
        .snapshot(WORKFLOWS, Some("a"), Some(at), None)
        .unwrap();
    assert_eq!(version, at);
    let seen: Vec<_> = then
        .iter()
        .map(|o| (o.name.to_string(), o.value()["spec"]["step"].as_u64()))
        .collect();
    assert_eq!(seen, [("x".to_owned(), Some(1)), ("y".to_owned(), Some(1))]);
    store.compact();
    assert!(
        store
            .snapshot(WORKFLOWS, Some("a"), Some(at), None)
            .is_err()
    );
    assert!(store.changes(WORKFLOWS, at, 10).is_err());
}

#[test]
fn a_deletion_is_a_change_with_a_version_of_its_own() {
    let store = store();
    let made = store.put(WORKFLOWS, workflow("x", 1), Origin::Client);
    store.remove(WORKFLOWS, "a", "x", Origin::Client);
    let changes = store.changes(WORKFLOWS, made.version, 10).unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].kind, ChangeKind::Deleted);
    assert_eq!(
        changes[0].object.value()["metadata"]["resourceVersion"],
        changes[0].version.to_string()
    );
    assert!(store.get(WORKFLOWS, "a", "x").is_none());
}
