//! What all workflows share: time, the queue of what happens next, pods, locks, the store.
//! Apart from the workflows, so that a pass over one can borrow both.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::RunKey;
use super::locks::Locks;
use super::plan::Catalogue;
use super::pods::{self, Pod, Stage};
use crate::sim::resource::{CONFIGMAPS, EVENTS, NAMESPACES};
use crate::sim::rng::Rng;
use crate::sim::store::{Origin, Store};

/// Label of a namespace: how many of its workflows may run at once.
const LIMIT: &str = "workflows.argoproj.io/parallelism-limit";

/// Something that happens at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    /// A pass over a workflow.
    Reconcile(RunKey),
    /// A pod goes on to its next stage.
    Pod(RunKey, u64, Stage),
    /// A pod prints.
    Log(RunKey, u64),
    /// A pod is collected.
    DeletePod(RunKey, u64),
    /// A workflow's time is over.
    Expire(RunKey, String),
    /// A cron fires.
    Cron(RunKey),
    /// Old Kubernetes events go.
    Sweep,
}

/// What all workflows share.
#[derive(Clone)]
pub struct World {
    /// The store.
    pub store: Arc<Store>,
    /// Plans.
    pub catalogue: Catalogue,
    /// Seed of all chance.
    pub seed: u64,
    /// Now, milliseconds.
    pub now: i64,
    /// Only ended workflows reach the store.
    pub quiet: bool,
    /// Kubernetes events before this moment, milliseconds, would be forgotten by the end of the quiet: they are not told.
    pub heard_from: i64,
    /// When nothing fails by chance, milliseconds.
    pub calm: Range<i64>,
    /// Pods that exist.
    pub pods: BTreeMap<RunKey, Pod>,
    /// Locks.
    pub locks: Locks,
    /// Running workflows by namespace.
    pub running: BTreeMap<Arc<str>, Vec<RunKey>>,
    /// Workflows that wait for their namespace's limit.
    pub queued: BTreeMap<Arc<str>, Vec<RunKey>>,
    /// Seconds that workflows of one origin took last: `estimatedDuration`.
    pub took: BTreeMap<String, i64>,
    /// Kubernetes events told while quiet.
    pub events: Vec<(i64, Value)>,
    /// Number of the last thing that was given one.
    pub serial: u64,
    queue: BinaryHeap<Reverse<(i64, u64, Job)>>,
    passes: BTreeMap<RunKey, i64>,
}

impl World {
    /// A world at a time.
    pub fn new(store: Arc<Store>, catalogue: Catalogue, seed: u64, now: i64) -> Self {
        let mut world = Self {
            store,
            catalogue,
            seed,
            now,
            quiet: false,
            heard_from: now,
            calm: 0..0,
            pods: BTreeMap::new(),
            locks: Locks::default(),
            running: BTreeMap::new(),
            queued: BTreeMap::new(),
            took: BTreeMap::new(),
            events: Vec::new(),
            serial: 0,
            queue: BinaryHeap::new(),
            passes: BTreeMap::new(),
        };
        world.at(now + super::events::SWEEP, Job::Sweep);
        world
    }

    /// A number nothing else has.
    pub fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Chance that depends on the seed and a name only.
    pub fn rng(&self, name: &str) -> Rng {
        Rng::named(self.seed, name)
    }

    /// Something will happen at a time.
    pub fn at(&mut self, at: i64, job: Job) {
        let serial = self.serial();
        self.queue.push(Reverse((at, serial, job)));
    }

    /// A pass over a workflow at a time, or earlier if one is planned already.
    pub fn reconcile(&mut self, key: &RunKey, at: i64) {
        let at = at.max(self.now);
        match self.passes.get(key) {
            Some(planned) if *planned <= at => {}
            _ => {
                self.passes.insert(key.clone(), at);
                self.at(at, Job::Reconcile(key.clone()));
            }
        }
    }

    /// The controller hears of a pod's change a while later (1 to 6 s).
    pub fn reconcile_late(&mut self, key: &RunKey, cause: &str) {
        let mut rng = self.rng(cause);
        let at = self.now + rng.range(1_000, 6_000);
        self.reconcile(key, at);
    }

    /// When something happens next.
    pub fn next(&self) -> Option<i64> {
        self.queue.peek().map(|Reverse((at, _, _))| *at)
    }

    /// The next thing that is due until `to`; time moves on to it.
    pub fn due(&mut self, to: i64) -> Option<Job> {
        while self.next()? <= to {
            let Reverse((at, _, job)) = self.queue.pop()?;
            self.now = self.now.max(at);
            if let Job::Reconcile(key) = &job {
                // A pass that was brought forward leaves its old entry behind.
                if self.passes.get(key) != Some(&at) {
                    continue;
                }
                self.passes.remove(key);
            }
            return Some(job);
        }
        None
    }

    /// How many workflows of a namespace may run at once.
    pub fn limit(&self, namespace: &str) -> Option<usize> {
        let object = self.store.get(NAMESPACES, "", namespace)?;
        let (_, value) = object.labels.iter().find(|(key, _)| **key == *LIMIT)?;
        value.parse().ok()
    }

    /// Capacity of a semaphore: the value of a ConfigMap's key, 1 where it cannot be read.
    pub fn capacity(&self, namespace: &str, map: &str, key: &str) -> usize {
        let object = self.store.get(CONFIGMAPS, namespace, map);
        let size = object.and_then(|object| object.value()["data"][key].as_str()?.parse().ok());
        size.unwrap_or(1)
    }

    /// A client removed a pod; the workflow it belongs to.
    pub fn pod_removed(&mut self, namespace: &str, name: &str) -> Option<RunKey> {
        let key = RunKey::new(namespace, name);
        let pod = self.pods.get_mut(&key)?;
        if pod.over() {
            self.pods.remove(&key);
            return None;
        }
        pod.removed = true;
        Some(pod.run.clone())
    }

    /// A workflow is gone: its locks, its place and its pods are free.
    pub fn forget(&mut self, key: &RunKey) {
        for holder in self.locks.holders_of(&key.holder()) {
            for next in self.locks.release(&holder) {
                let at = self.now + 1_000;
                self.reconcile(&next, at);
            }
        }
        self.leave(key);
        self.pods.retain(|_, pod| pod.run != *key);
    }

    /// A workflow runs no more: those queued for its namespace may.
    pub fn leave(&mut self, key: &RunKey) {
        if let Some(running) = self.running.get_mut(&key.namespace) {
            running.retain(|other| other != key);
        }
        let queued = self.queued.remove(&key.namespace).unwrap_or_default();
        for next in queued {
            if next != *key {
                let at = self.now + 1_000;
                self.reconcile(&next, at);
            }
        }
    }

    /// Writes what was held back while quiet.
    pub fn flush(&mut self) {
        let keep_from = self.now - super::events::KEPT;
        for (at, event) in std::mem::take(&mut self.events) {
            if at >= keep_from {
                self.store.put(EVENTS, event, Origin::Controller);
            }
        }
        let keys: Vec<RunKey> = self.pods.keys().cloned().collect();
        for key in keys {
            pods::publish(self, &key);
        }
    }
}
