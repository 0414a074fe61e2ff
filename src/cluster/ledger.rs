//! Which version of each object was seen last: what tells a new word from a repeated or a late one.
//! Apart from the machine, because it is all a source remembers of its objects.

use std::collections::{HashMap, VecDeque};

use crate::model::key::Uid;

/// Deleted objects remembered, so that a late word about them does not bring them back.
const GRAVES: usize = 4096;

/// Versions by uid. Objects without a uid cannot be told apart and pass unseen; version 0 is unknown and always new.
/// Versions are compared as numbers, which Kubernetes promises for objects of one resource (KEP-5504).
#[derive(Debug)]
pub struct Ledger {
    known: HashMap<Uid, u64>,
    graves: HashMap<Uid, u64>,
    in_order: VecDeque<Uid>,
    cap: usize,
}

impl Ledger {
    /// Follows at most `cap` objects.
    pub fn new(cap: usize) -> Self {
        Self {
            known: HashMap::new(),
            graves: HashMap::new(),
            in_order: VecDeque::new(),
            cap,
        }
    }

    /// An object was added or changed. False: this was known, or there is no room for another object.
    pub fn put(&mut self, uid: &Uid, version: u64) -> bool {
        if uid.as_str().is_empty() {
            return true;
        }
        if let Some(seen) = self.known.get_mut(uid) {
            let new = version == 0 || version > *seen;
            if new {
                *seen = version;
            }
            return new;
        }
        let buried = self.graves.get(uid);
        if version != 0 && buried.is_some_and(|last| version <= *last) {
            return false;
        }
        if self.known.len() >= self.cap {
            return false;
        }
        self.known.insert(uid.clone(), version);
        true
    }

    /// An object was deleted. False: it was not known, or has been seen alive since.
    pub fn gone(&mut self, uid: &Uid, version: u64) -> bool {
        if uid.as_str().is_empty() {
            return true;
        }
        let seen = self.known.get(uid).copied();
        if version != 0 && seen.is_some_and(|seen| version < seen) {
            return false;
        }
        self.known.remove(uid);
        let last = version.max(seen.unwrap_or(0));
        if self.graves.insert(uid.clone(), last).is_none() {
            self.in_order.push_back(uid.clone());
        }
        if self.in_order.len() > GRAVES
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.graves.remove(&oldest);
        }
        seen.is_some()
    }

    /// An object is not there any more, as a complete list shows.
    pub fn forget(&mut self, uid: &Uid) {
        self.known.remove(uid);
    }

    /// A complete list follows: whatever was known before does not count.
    pub fn clear(&mut self) {
        self.known.clear();
        self.graves.clear();
        self.in_order.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_and_late_words_are_told_from_new_ones() {
        let mut ledger = Ledger::new(10);
        let uid = Uid::new("a");
        assert!(ledger.put(&uid, 5));
        assert!(!ledger.put(&uid, 5), "repeated");
        assert!(!ledger.put(&uid, 4), "late");
        assert!(!ledger.gone(&uid, 4), "deleted before it was seen again");
        assert!(ledger.put(&uid, 6));
        assert!(ledger.gone(&uid, 7));
        assert!(!ledger.gone(&uid, 7), "deleted twice");
        assert!(!ledger.put(&uid, 6), "the dead stay dead");
        assert!(ledger.put(&uid, 8), "a selector can hold it again");
        assert!(ledger.put(&uid, 0), "an unknown version is new");
    }

    #[test]
    fn memory_is_bounded() {
        let mut ledger = Ledger::new(10);
        for number in 0..10_000 {
            let uid = Uid::new(format!("{number}"));
            assert_eq!(ledger.put(&uid, 1), number < 10);
            ledger.gone(&Uid::new(format!("dead {number}")), 1);
        }
        assert_eq!((ledger.known.len(), ledger.graves.len()), (10, GRAVES));
        assert!(ledger.put(&Uid::new("3"), 2), "what is known still changes");
        ledger.clear();
        assert!(ledger.known.is_empty() && ledger.graves.is_empty());
    }
}
