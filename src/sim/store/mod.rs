//! The objects of the embedded cluster: compact JSON, one monotonic version, a bounded history for watches.
//! Apart from the API in front of it, so that the pretended controller and the requests share one truth.

mod history;
pub mod logs;
pub mod object;
pub mod objects;
pub mod reported;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

use super::clock::{Clock, rfc3339};
use super::resource::{EVENTS, REPORTS, RESOURCES, Res};
use super::rng::Rng;
use history::History;
pub use history::{Change, ChangeKind, TooOld};
use logs::Logs;
pub use object::{Key, Object};
use objects::Objects;

/// Who changed an object: the pretended controller does not react to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A request.
    Client,
    /// The pretended controller, kubelet or scheduler.
    Controller,
}

/// All objects. Shared by `Arc`; no lock is held while anybody waits.
#[derive(Debug)]
pub struct Store {
    clock: Clock,
    inner: Mutex<Inner>,
    news: Vec<watch::Sender<u64>>,
    /// Wakes whoever follows what clients did.
    edits: watch::Sender<u64>,
    /// Pod logs.
    pub logs: Logs,
    /// The bucket of artifacts.
    pub objects: Objects,
}

#[derive(Clone, Debug)]
struct Inner {
    version: u64,
    rng: Rng,
    tables: Vec<Table>,
}

#[derive(Clone, Debug, Default)]
struct Table {
    objects: BTreeMap<Key, Arc<Object>>,
    history: History,
}

/// What an edit of an object should do.
#[derive(Debug)]
pub enum Edit {
    /// Store this instead.
    Replace(Value),
    /// Change nothing.
    Keep,
    /// Remove it.
    Remove,
}

impl Store {
    /// An empty store whose uids follow from `seed`.
    pub fn new(clock: Clock, seed: u64) -> Self {
        Self {
            clock,
            inner: Mutex::new(Inner {
                version: 1000,
                rng: Rng::named(seed, "uids"),
                tables: RESOURCES.iter().map(|_| Table::default()).collect(),
            }),
            news: RESOURCES.iter().map(|_| watch::Sender::new(0)).collect(),
            edits: watch::Sender::new(0),
            logs: Logs::default(),
            objects: Objects::default(),
        }
    }

    /// The same objects, logs and versions under another clock. Nobody watches the copy yet.
    pub fn copy(&self, clock: Clock) -> Self {
        Self {
            clock,
            inner: Mutex::new(self.lock().clone()),
            news: RESOURCES.iter().map(|_| watch::Sender::new(0)).collect(),
            edits: watch::Sender::new(0),
            logs: self.logs.copy(),
            objects: self.objects.copy(),
        }
    }

    /// The clock objects are stamped by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest version of anything.
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    /// A fresh uid.
    pub fn uid(&self) -> String {
        self.lock().rng.uuid()
    }

    /// A name from `generateName` that is not taken.
    pub fn generate(&self, res: Res, namespace: &str, prefix: &str) -> String {
        let mut inner = self.lock();
        loop {
            let name = format!("{prefix}{}", inner.rng.suffix());
            let key: Key = (namespace.into(), name.as_str().into());
            if !inner.tables[res.slot].objects.contains_key(&key) {
                return name;
            }
        }
    }

    /// One object.
    pub fn get(&self, res: Res, namespace: &str, name: &str) -> Option<Arc<Object>> {
        let key: Key = (namespace.into(), name.into());
        self.lock().tables[res.slot].objects.get(&key).cloned()
    }

    /// How many objects of a kind there are.
    pub fn count(&self, res: Res) -> usize {
        self.lock().tables[res.slot].objects.len()
    }

    /// The objects of a kind as they were at version `at` (now, if none), beginning at `from`, and the version they are of.
    ///
    /// # Errors
    /// [`TooOld`] where the history does not reach back to `at`.
    pub fn snapshot(
        &self,
        res: Res,
        namespace: Option<&str>,
        at: Option<u64>,
        from: Option<&Key>,
    ) -> Result<(Vec<Arc<Object>>, u64), TooOld> {
        let inner = self.lock();
        let table = &inner.tables[res.slot];
        let start: Key = match (from, namespace) {
            (Some(from), _) => from.clone(),
            (None, Some(namespace)) => (namespace.into(), "".into()),
            (None, None) => ("".into(), "".into()),
        };
        let inside = |key: &Key| namespace.is_none_or(|namespace| &*key.0 == namespace);
        let mut now: BTreeMap<&Key, &Arc<Object>> = table
            .objects
            .range(start.clone()..)
            .take_while(|(key, _)| inside(key))
            .collect();
        let Some(at) = at.filter(|at| *at < inner.version) else {
            return Ok((now.into_values().cloned().collect(), inner.version));
        };
        let undo = table.history.undo(at)?;
        for (key, was) in &undo {
            if *key < start || !inside(key) {
                continue;
            }
            match was {
                Some(was) => now.insert(key, was),
                None => now.remove(key),
            };
        }
        Ok((now.into_values().cloned().collect(), at))
    }

    /// What happened to a kind after version `after`, oldest first, at most `limit` changes.
    ///
    /// # Errors
    /// [`TooOld`] where the history does not reach back that far.
    pub fn changes(&self, res: Res, after: u64, limit: usize) -> Result<Vec<Change>, TooOld> {
        self.lock().tables[res.slot].history.after(after, limit)
    }

    /// Tells when something of a kind changes.
    pub fn subscribe(&self, res: Res) -> watch::Receiver<u64> {
        self.news[res.slot].subscribe()
    }

    /// Tells when a client changed something.
    pub fn subscribe_edits(&self) -> watch::Receiver<u64> {
        self.edits.subscribe()
    }

    /// Forgets the history of all kinds, as etcd's compaction does: watches and pages of older versions end with 410.
    pub fn compact(&self) {
        let mut inner = self.lock();
        let version = inner.version;
        for table in &mut inner.tables {
            table.history.compact(version);
        }
    }

    /// Stores an object, whether it is there or not.
    pub fn put(&self, res: Res, value: Value, origin: Origin) -> Arc<Object> {
        let mut inner = self.lock();
        let object = self.write(&mut inner, res, value, origin);
        drop(inner);
        self.tell(res, object.version, origin);
        object
    }

    /// Stores a new object.
    ///
    /// # Errors
    /// The one that has the name already.
    pub fn create(
        &self,
        res: Res,
        value: Value,
        origin: Origin,
    ) -> Result<Arc<Object>, Arc<Object>> {
        let mut inner = self.lock();
        let key = object::key_of(&value);
        if let Some(there) = inner.tables[res.slot].objects.get(&key) {
            return Err(Arc::clone(there));
        }
        let object = self.write(&mut inner, res, value, origin);
        drop(inner);
        self.tell(res, object.version, origin);
        Ok(object)
    }

    /// Reads, decides and writes without anybody in between. `Ok(None)` where there is no such object;
    /// otherwise the object as it is afterwards (as it was, if removed).
    ///
    /// # Errors
    /// Whatever `decide` refuses with.
    pub fn edit<E>(
        &self,
        res: Res,
        namespace: &str,
        name: &str,
        origin: Origin,
        decide: impl FnOnce(&Object) -> Result<Edit, E>,
    ) -> Result<Option<Arc<Object>>, E> {
        let key: Key = (namespace.into(), name.into());
        let mut inner = self.lock();
        let Some(current) = inner.tables[res.slot].objects.get(&key).cloned() else {
            return Ok(None);
        };
        let object = match decide(&current)? {
            Edit::Keep => return Ok(Some(current)),
            Edit::Replace(value) => self.write(&mut inner, res, value, origin),
            Edit::Remove => match erase(&mut inner, res, &key, origin) {
                Some(gone) => gone,
                None => return Ok(None),
            },
        };
        drop(inner);
        self.tell(res, object.version, origin);
        Ok(Some(object))
    }

    /// Removes an object and, in the background's stead, what it owns.
    pub fn remove(&self, res: Res, namespace: &str, name: &str, origin: Origin) {
        let key: Key = (namespace.into(), name.into());
        let mut inner = self.lock();
        let gone = erase(&mut inner, res, &key, origin);
        drop(inner);
        if let Some(gone) = gone {
            self.tell(res, gone.version, origin);
        }
    }

    fn tell(&self, res: Res, version: u64, origin: Origin) {
        self.news[res.slot].send_replace(version);
        if res == EVENTS {
            self.news[REPORTS.slot].send_replace(version);
        }
        if origin == Origin::Client {
            self.edits.send_replace(version);
        }
    }

    fn write(&self, inner: &mut Inner, res: Res, mut value: Value, origin: Origin) -> Arc<Object> {
        inner.version += 1;
        let version = inner.version;
        stamp(&mut value, &mut inner.rng, &self.clock);
        if res == EVENTS {
            let newer = Object::encode(REPORTS, reported::newer(&value), version);
            keep(inner, REPORTS, Arc::new(newer), origin);
        }
        let object = Arc::new(Object::encode(res, value, version));
        keep(inner, res, Arc::clone(&object), origin);
        object
    }
}

/// Puts an object in its place, with its change.
fn keep(inner: &mut Inner, res: Res, object: Arc<Object>, origin: Origin) {
    let table = &mut inner.tables[res.slot];
    let was = table.objects.insert(object.key(), Arc::clone(&object));
    let kind = match was {
        Some(_) => ChangeKind::Modified,
        None => ChangeKind::Added,
    };
    table.history.push(Change {
        version: object.version,
        kind,
        origin,
        was,
        object,
    });
}

fn erase(inner: &mut Inner, res: Res, key: &Key, origin: Origin) -> Option<Arc<Object>> {
    let was = inner.tables[res.slot].objects.remove(key)?;
    inner.version += 1;
    let version = inner.version;
    if res == EVENTS
        && let Some(newer) = inner.tables[REPORTS.slot].objects.remove(key)
    {
        drop_out(inner, REPORTS, newer, version, origin);
    }
    Some(drop_out(inner, res, was, version, origin))
}

/// Tells that an object is gone; the object under the version of its end.
fn drop_out(
    inner: &mut Inner,
    res: Res,
    was: Arc<Object>,
    version: u64,
    origin: Origin,
) -> Arc<Object> {
    let object = Arc::new(was.with_version(version));
    inner.tables[res.slot].history.push(Change {
        version,
        kind: ChangeKind::Deleted,
        origin,
        was: Some(was),
        object: Arc::clone(&object),
    });
    object
}

/// What the server fills in where it is missing: uid, creation time, generation.
fn stamp(value: &mut Value, rng: &mut Rng, clock: &Clock) {
    let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    if !meta.contains_key("uid") {
        meta.insert("uid".to_owned(), rng.uuid().into());
    }
    if !meta.contains_key("creationTimestamp") {
        let now = rfc3339(clock.millis());
        meta.insert("creationTimestamp".to_owned(), now.into());
    }
}

#[cfg(test)]
mod tests;
