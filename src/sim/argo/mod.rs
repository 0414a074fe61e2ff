//! A pretended Argo: workflows of the store are executed in virtual time by the rules of Argo Workflows 4.1.2.
//! Apart from the API, which it only meets in the store, as the real controller does.

mod agent;
pub mod cron;
mod dag;
pub mod depends;
mod events;
mod exec;
mod finish;
pub mod locks;
pub mod names;
pub mod node;
mod operate;
pub mod plan;
mod pods;
mod retry;
mod run;
mod scope;
pub mod spec;
mod steps;
mod task;
pub mod vars;
mod world;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::resource::{CRONS, PODS, WORKFLOWS};
use super::store::{Change, ChangeKind, Object, Origin, Store};
use crate::model::row::label::INSTANCE;
use plan::Catalogue;
pub use run::{Run, RunKey, pack};
use world::{Job, World};

/// How long the controller takes to notice an outside edit of a live workflow, milliseconds (measured 9.7 to 12.3 s).
const EDIT_NOTICED: i64 = 10_000;
/// How long it takes to notice a new or a retried workflow.
const NEW_NOTICED: i64 = 100;

/// The controller, scheduler and kubelet in one.
pub struct Engine {
    world: World,
    runs: BTreeMap<RunKey, Run>,
    crons: BTreeMap<RunKey, cron::Cron>,
    seen: u64,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("runs", &self.runs.len())
            .finish()
    }
}

impl Engine {
    /// An engine at `now` (milliseconds) on a store.
    pub fn new(store: Arc<Store>, catalogue: Catalogue, seed: u64, now: i64) -> Self {
        let seen = store.version();
        Self {
            world: World::new(store, catalogue, seed, now),
            runs: BTreeMap::new(),
            crons: BTreeMap::new(),
            seen,
        }
    }

    /// The same engine at the same moment on a copy of its store.
    pub fn on(&self, store: Arc<Store>) -> Self {
        let mut world = self.world.clone();
        world.store = store;
        Self {
            world,
            runs: self.runs.clone(),
            crons: self.crons.clone(),
            seen: self.seen,
        }
    }

    /// While quiet nothing but ended workflows reaches the store: for telling hours of history at once, up to `until` (milliseconds).
    pub fn quiet(&mut self, until: i64) {
        self.world.quiet = true;
        self.world.heard_from = until - events::KEPT;
    }

    /// Ends the quiet: everything alive is written to the store, and what is written from now on is watched.
    pub fn loud(&mut self) {
        self.world.quiet = false;
        for run in self.runs.values_mut() {
            finish::commit(&mut self.world, run);
        }
        self.world.flush();
        for cron in self.crons.values() {
            cron.report(&self.world);
        }
        self.seen = self.world.store.version();
    }

    /// Nothing that starts in these milliseconds fails by chance: what a story pins there stands alone.
    pub fn calm(&mut self, times: std::ops::Range<i64>) {
        self.world.calm = times;
    }

    /// The time it has come to.
    pub fn now(&self) -> i64 {
        self.world.now
    }

    /// Workflows that have not ended.
    pub fn live(&self) -> impl Iterator<Item = &Run> {
        self.runs.values()
    }

    /// Creates a workflow the way a controller of another kind would: not through a request.
    pub fn submit(&mut self, mut object: Value) -> RunKey {
        let world = &mut self.world;
        let meta = &mut object["metadata"];
        meta["uid"] = world.store.uid().into();
        meta["creationTimestamp"] = super::clock::rfc3339(world.now).into();
        meta["generation"] = 1.into();
        let mut run = Run::adopt(&object);
        if !world.quiet {
            run.version = world
                .store
                .put(WORKFLOWS, object, Origin::Controller)
                .version;
        }
        let key = run.key.clone();
        self.runs.insert(key.clone(), run);
        let at = self.world.now + NEW_NOTICED;
        self.world.reconcile(&key, at);
        key
    }

    /// Lets an engine-side person or timer edit a live workflow's nodes; the controller sees it as any outside edit.
    pub fn edit(&mut self, key: &RunKey, change: impl FnOnce(&mut node::Nodes)) {
        let Some(run) = self.runs.get_mut(key) else {
            return;
        };
        change(&mut run.nodes);
        finish::commit(&mut self.world, run);
        let at = self.world.now + EDIT_NOTICED;
        self.world.reconcile(key, at);
    }

    /// A cron workflow of the store starts to run on schedule.
    pub fn add_cron(&mut self, object: &Value) {
        if let Some(cron) = cron::Cron::read(object) {
            let key = cron.key.clone();
            let next = cron.next(self.world.now);
            self.crons.insert(key.clone(), cron);
            if let Some(next) = next {
                self.world.at(next, Job::Cron(key));
            }
        }
    }

    /// When something happens next, milliseconds.
    pub fn next(&self) -> Option<i64> {
        self.world.next()
    }

    /// Looks at what clients did since it looked last.
    pub fn observe(&mut self) {
        for res in [WORKFLOWS, PODS, CRONS] {
            match self.world.store.changes(res, self.seen, usize::MAX) {
                Ok(changes) => {
                    for change in changes.iter().filter(|c| c.origin == Origin::Client) {
                        self.react(res.plural, change);
                    }
                }
                Err(_) if res == WORKFLOWS => self.look_again(),
                // What happened to pods and crons in such a gap goes unnoticed; only tests and faults make one.
                Err(_) => {}
            }
        }
        self.seen = self.world.store.version();
    }

    /// The history was compacted in between: what is there is compared with what is known.
    fn look_again(&mut self) {
        let Ok((all, _)) = self.world.store.snapshot(WORKFLOWS, None, None, None) else {
            return;
        };
        for object in all {
            let key = RunKey::new(&object.namespace, &object.name);
            let at = match self.runs.get(&key) {
                Some(run) if run.version == object.version => continue,
                Some(_) => self.world.now + EDIT_NOTICED,
                // Written by somebody else than this engine (a fleet), or over, or for another one.
                None if object.phase.is_some() || is_for_another(&object) => continue,
                None => {
                    let run = Run::adopt(&object.value());
                    self.runs.insert(key.clone(), run);
                    self.world.now + NEW_NOTICED
                }
            };
            self.world.reconcile(&key, at);
        }
    }

    fn react(&mut self, plural: &str, change: &Change) {
        let object = &change.object;
        let key = RunKey::new(&object.namespace, &object.name);
        let gone = change.kind == ChangeKind::Deleted;
        let others = is_for_another(object);
        match plural {
            // What is for another controller is none of ours: the watch does not even tell of it.
            "workflows" if gone || others => self.drop_run(&key),
            "workflows" => {
                let value = object.value();
                let completed = value["metadata"]["labels"][finish::COMPLETED] == "true";
                let at = if self.runs.contains_key(&key) {
                    self.world.now + EDIT_NOTICED
                } else if completed {
                    return;
                } else {
                    self.runs.insert(key.clone(), Run::adopt(&value));
                    self.world.now + NEW_NOTICED
                };
                self.world.reconcile(&key, at);
            }
            "pods" if gone => {
                let owner = self.world.pod_removed(&object.namespace, &object.name);
                if let Some(owner) = owner {
                    let at = self.world.now + EDIT_NOTICED;
                    self.world.reconcile(&owner, at);
                }
            }
            "cronworkflows" => {
                self.crons.remove(&key);
                if !gone {
                    self.add_cron(&object.value());
                }
            }
            _ => {}
        }
    }

    fn drop_run(&mut self, key: &RunKey) {
        self.runs.remove(key);
        self.world.forget(key);
    }

    /// Does everything that is due until `to`.
    pub fn run_until(&mut self, to: i64) {
        while let Some(job) = self.world.due(to) {
            match job {
                Job::Reconcile(key) => self.reconcile(&key),
                Job::Pod(key, uid, stage) => pods::step(&mut self.world, &key, uid, stage),
                Job::Log(key, uid) => pods::print(&mut self.world, &key, uid),
                Job::DeletePod(key, uid) => pods::collect(&mut self.world, &key, uid),
                Job::Expire(key, uid) => self.expire(&key, &uid),
                Job::Cron(key) => self.fire(&key),
                Job::Sweep => events::sweep(&mut self.world),
            }
        }
        self.world.now = self.world.now.max(to);
    }

    fn reconcile(&mut self, key: &RunKey) {
        let Some(mut run) = self.runs.remove(key) else {
            return;
        };
        if !self.world.quiet {
            match self.world.store.get(WORKFLOWS, &key.namespace, &key.name) {
                None => return self.world.forget(key),
                Some(object) if object.version != run.version => run = Run::adopt(&object.value()),
                Some(_) => {}
            }
        }
        operate::operate(&mut self.world, &mut run);
        if let Some(cron) = run.cron()
            && run.completed()
            && let Some(cron) = self.crons.get_mut(&RunKey::new(&key.namespace, &cron))
        {
            cron.ended(&mut self.world, &run);
        }
        if !run.completed() {
            self.runs.insert(key.clone(), run);
        }
    }

    fn fire(&mut self, key: &RunKey) {
        let Some(cron) = self.crons.get_mut(key) else {
            return;
        };
        let now = self.world.now;
        if let Some(next) = cron.next(now) {
            self.world.at(next, Job::Cron(key.clone()));
        }
        if let Some(object) = cron.fire(&mut self.world) {
            self.submit(object);
        }
    }

    fn expire(&mut self, key: &RunKey, uid: &str) {
        if self.runs.contains_key(key) {
            return;
        }
        let store = Arc::clone(&self.world.store);
        let Some(object) = store.get(WORKFLOWS, &key.namespace, &key.name) else {
            return;
        };
        if *object.uid != *uid {
            return;
        }
        // What somebody holds stays, marked, until it is let go.
        super::api::delete(&store, WORKFLOWS, &object);
        if store.get(WORKFLOWS, &key.namespace, &key.name).is_none() {
            pods::collect_all(&mut self.world, key, uid);
            self.world.forget(key);
        }
    }
}

/// It names a controller; this one has no name.
fn is_for_another(object: &Object) -> bool {
    object.labels.iter().any(|(name, _)| **name == *INSTANCE)
}
