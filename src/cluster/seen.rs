//! What a console would know after listening to a fleet, beside what the test server knows.
//! Apart from the tests that compare the two.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use futures::{Stream, StreamExt as _};
use tokio::time::{Instant, timeout_at};

use super::connect::Cluster;
use super::fleet::FleetEvent;
use super::testing::{Server, seconds};
use crate::model::delta::{Delta, FeedEvent, Freshness, Scope, SourceId};
use crate::model::key::Key;

/// What a console would know.
#[derive(Default)]
pub struct Seen {
    pub rows: BTreeMap<SourceId, BTreeMap<Key, String>>,
    pub active: BTreeMap<SourceId, BTreeMap<Key, String>>,
    pub freshness: BTreeMap<SourceId, Vec<Freshness>>,
    pub resets: usize,
    pub row_events: Vec<Delta<Key, String>>,
}

impl Seen {
    pub fn take(&mut self, event: FleetEvent) {
        match event {
            FleetEvent::Rows(id, FeedEvent::Freshness(now)) => {
                self.freshness.entry(id).or_default().push(now)
            }
            FleetEvent::Rows(id, FeedEvent::Deltas(deltas)) => {
                for delta in deltas {
                    let delta = map(delta, |row| (row.key.clone(), format!("{:?}", row.phase)));
                    self.resets += usize::from(matches!(delta, Delta::Reset(_)));
                    apply(self.rows.entry(id.clone()).or_default(), &delta);
                    self.row_events.push(map(delta, |(_, phase)| phase));
                }
            }
            FleetEvent::QaRuns(..) | FleetEvent::Active(_, FeedEvent::Freshness(_)) => {}
            FleetEvent::Active(id, FeedEvent::Deltas(deltas)) => {
                for delta in deltas {
                    let delta = map(delta, |facts| {
                        (facts.row.key.clone(), format!("{:?}", facts.row.phase))
                    });
                    apply(self.active.entry(id.clone()).or_default(), &delta);
                }
            }
        }
    }

    pub fn all(&self) -> Vec<(String, String, String)> {
        let mut all: Vec<_> = self
            .rows
            .values()
            .flatten()
            .map(|(key, phase)| (key.to_string(), key.uid.to_string(), phase.clone()))
            .collect();
        all.sort();
        all
    }

    pub fn last(&self) -> &Freshness {
        self.freshness[&None].last().unwrap()
    }
}

fn map<T, U>(delta: Delta<Key, T>, mut turn: impl FnMut(T) -> U) -> Delta<Key, U> {
    match delta {
        Delta::Reset(all) => Delta::Reset(all.into_iter().map(turn).collect()),
        Delta::Put(one) => Delta::Put(turn(one)),
        Delta::Gone(key) => Delta::Gone(key),
    }
}

fn apply(store: &mut BTreeMap<Key, String>, delta: &Delta<Key, (Key, String)>) {
    match delta {
        Delta::Reset(all) => *store = all.iter().cloned().collect(),
        Delta::Put((key, phase)) => {
            store.insert(key.clone(), phase.clone());
        }
        Delta::Gone(key) => {
            store.remove(key);
        }
    }
}

pub fn truth(server: &Server) -> Vec<(String, String, String)> {
    let mut all: Vec<_> = server
        .runs()
        .into_iter()
        .map(|run| {
            (
                format!("{}/{}", run.namespace, run.name),
                run.uid,
                run.phase,
            )
        })
        .collect();
    all.sort();
    all
}

pub async fn watch_for(
    stream: &mut (impl Stream<Item = FleetEvent> + Unpin),
    seen: &mut Seen,
    count: u64,
) {
    let until = Instant::now() + seconds(count);
    while let Ok(Some(event)) = timeout_at(until, stream.next()).await {
        seen.take(event);
    }
}

pub fn fleet(server: &Server) -> (impl Stream<Item = FleetEvent> + Unpin + use<>, Seen) {
    let cluster = Cluster::from_service(server.clone(), "test");
    (cluster.fleet(Scope::All), Seen::default())
}

pub fn three() -> Server {
    let server = Server::new();
    server.put("a", "one", "Running");
    server.put("a", "two", "Failed");
    server.put("b", "three", "Succeeded");
    server
}
