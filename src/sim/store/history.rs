//! What happened lately to one kind of object, bounded in number and bytes.
//! Apart, because watches, old pages and the pretended controller all read it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::Origin;
use super::object::{Key, Object};

/// Most changes kept of one kind.
const MOST: usize = 20_000;
/// Most bytes of objects kept of one kind.
const MOST_BYTES: usize = 48 << 20;

/// The version asked for is older than the history; `oldest` is the oldest that can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOld {
    /// Oldest version that can be continued from.
    pub oldest: u64,
}

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// A new object.
    Added,
    /// Another state of an object.
    Modified,
    /// The object went.
    Deleted,
}

/// One change.
#[derive(Clone, Debug)]
pub struct Change {
    /// The version it made.
    pub version: u64,
    /// What it did.
    pub kind: ChangeKind,
    /// Who did it.
    pub origin: Origin,
    /// The object before.
    pub was: Option<Arc<Object>>,
    /// The object after; of a deletion the last state, with the deletion's version.
    pub object: Arc<Object>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct History {
    changes: VecDeque<Change>,
    bytes: usize,
    floor: u64,
}

impl History {
    pub(super) fn push(&mut self, change: Change) {
        self.bytes += change.object.body.len();
        self.changes.push_back(change);
        while self.changes.len() > MOST || (self.bytes > MOST_BYTES && self.changes.len() > 64) {
            let Some(old) = self.changes.pop_front() else {
                break;
            };
            self.bytes -= old.object.body.len();
            self.floor = old.version;
        }
    }

    pub(super) fn compact(&mut self, version: u64) {
        self.changes.clear();
        self.bytes = 0;
        self.floor = version;
    }

    pub(super) fn after(&self, version: u64, limit: usize) -> Result<Vec<Change>, TooOld> {
        if version < self.floor {
            return Err(TooOld { oldest: self.floor });
        }
        let start = self.changes.partition_point(|c| c.version <= version);
        Ok(self
            .changes
            .iter()
            .skip(start)
            .take(limit)
            .cloned()
            .collect())
    }

    /// For every object that changed after `version`: what it was then.
    pub(super) fn undo(&self, version: u64) -> Result<BTreeMap<Key, Option<Arc<Object>>>, TooOld> {
        if version < self.floor {
            return Err(TooOld { oldest: self.floor });
        }
        let mut was = BTreeMap::new();
        for change in self.changes.iter().rev() {
            if change.version <= version {
                break;
            }
            was.insert(change.object.key(), change.was.clone());
        }
        Ok(was)
    }
}
