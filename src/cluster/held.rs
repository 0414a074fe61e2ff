//! Changes of whole objects that nobody looks at: of each object one is read at once, and of those that follow within a second the
//! last. What is near, because it is on screen, is read as it comes.
//! Apart from the feed, because what may wait for what is a matter of plain data. A workflow of 25 KB costs ten times what its
//! row does, and its row, which says of every run how it stands, never waits.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::model::key::Uid;
use crate::wire::managed;
use crate::wire::watch::about;

/// An object is read again after so long at the earliest.
const PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked whose time has come.
const LOOK: Duration = Duration::from_millis(50);
/// Bytes of lines that wait; beyond it lines are read as they come.
const MOST: usize = 4 << 20;

/// The objects that somebody looks at. Clones share it. Until somebody says which, all of them.
#[derive(Clone, Debug, Default)]
pub struct Near(Arc<Mutex<Looked>>);

#[derive(Debug, Default)]
struct Looked {
    uids: Option<HashSet<Uid>>,
    changes: u64,
}

impl Near {
    /// These, and no others.
    pub fn set(&self, uids: impl Iterator<Item = Uid>) {
        let uids = uids.collect();
        let mut looked = self.lock();
        if looked.uids.as_ref() != Some(&uids) {
            looked.uids = Some(uids);
            looked.changes += 1;
        }
    }

    fn has(&self, uid: &Uid) -> bool {
        self.lock()
            .uids
            .as_ref()
            .is_none_or(|uids| uids.contains(uid))
    }

    fn changes(&self) -> u64 {
        self.lock().changes
    }

    fn lock(&self) -> MutexGuard<'_, Looked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lines of one watch that wait, at most one for each object.
#[derive(Debug)]
pub(crate) struct Held {
    near: Near,
    /// When what was read last, as far as that is less than a pause ago.
    read: HashMap<Uid, Instant>,
    lines: HashMap<Uid, Bytes>,
    bytes: usize,
    looked: Option<(Instant, u64)>,
}

impl Held {
    /// None waits.
    pub(crate) fn of(near: Near) -> Self {
        Self {
            near,
            read: HashMap::new(),
            lines: HashMap::new(),
            bytes: 0,
            looked: None,
        }
    }

    /// Takes a line in; gives it back where it is to be read now. An object's older line waits no longer either way: the newer
    /// one says all of it.
    pub(crate) fn take(&mut self, line: Bytes, now: Instant) -> Option<Bytes> {
        let Some((gone, uid)) = about(&line) else {
            return Some(line);
        };
        self.forget(&uid);
        if gone {
            self.read.remove(&uid);
            return Some(line);
        }
        let may_wait = self.bytes < MOST && !self.is_due(&uid, now) && !self.near.has(&uid);
        if may_wait {
            // A part of the buffer would keep all of it.
            let line = Bytes::from(managed::cut(&line).into_owned());
            self.bytes += line.len();
            self.lines.insert(uid, line);
            return None;
        }
        self.read.insert(uid, now);
        Some(line)
    }

    /// Lines whose time has come.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<Bytes> {
        let changes = self.near.changes();
        let is_early =
            |(at, seen): (Instant, u64)| seen == changes && now.duration_since(at) < LOOK;
        if self.looked.is_some_and(is_early) {
            return Vec::new();
        }
        self.looked = Some((now, changes));
        let waiting = self.lines.keys();
        let due: Vec<Uid> = waiting
            .filter(|uid| self.is_due(uid, now) || self.near.has(uid))
            .cloned()
            .collect();
        self.read.retain(|_, at| now.duration_since(*at) < PAUSE);
        due.into_iter()
            .filter_map(|uid| {
                let line = self.forget(&uid);
                self.read.insert(uid, now);
                line
            })
            .collect()
    }

    /// All lines that wait.
    pub(crate) fn all(&mut self) -> Vec<Bytes> {
        self.bytes = 0;
        self.lines.drain().map(|(_, line)| line).collect()
    }

    /// When to ask again whose time has come, where any waits.
    pub(crate) fn patience(&self) -> Option<Duration> {
        (!self.lines.is_empty()).then_some(LOOK)
    }

    fn is_due(&self, uid: &Uid, now: Instant) -> bool {
        let read = self.read.get(uid);
        read.is_none_or(|at| now.duration_since(*at) >= PAUSE)
    }

    fn forget(&mut self, uid: &Uid) -> Option<Bytes> {
        let line = self.lines.remove(uid)?;
        self.bytes -= line.len();
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::cluster::decode;
    use crate::cluster::watch::Machine;
    use crate::model::delta::{Delta, FeedEvent};
    use crate::model::facts::Facts;
    use crate::model::key::Key;
    use crate::model::trouble::Trouble;
    use crate::wire::listing::Page;
    use crate::wire::watch::Decode;

    fn line(kind: &str, uid: u8, version: u64) -> Bytes {
        let progress = version % 50;
        Bytes::from(format!(
            r#"{{"type":"{kind}","object":{{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{{"managedFields":[{{"manager":"x","fieldsV1":{{"f:a":{{}}}}}}],"name":"w{uid}","namespace":"n","ownerReferences":[{{"uid":"other"}}],"resourceVersion":"{version}","uid":"u{uid}"}},"spec":{{}},"status":{{"phase":"Running","progress":"{progress}/50"}}}}}}"#
        ))
    }

    fn uid(number: u8) -> Uid {
        Uid::new(format!("u{number}"))
    }

    /// Reads a line of a watch of facts.
    type Reader =
        Box<dyn FnMut(&[u8]) -> crate::wire::watch::Frame<crate::wire::watch::Versioned<Facts>>>;

    /// What a feed of facts says, applied.
    struct Store {
        machine: Machine<Facts>,
        decode: Reader,
        known: BTreeMap<Key, Facts>,
        puts: usize,
    }

    impl Store {
        fn new() -> Self {
            let mut machine = Machine::new(Timestamp::UNIX_EPOCH, 1, 100);
            let page = Page {
                version: "1".to_string(),
                ..Page::default()
            };
            machine.listed(Ok(page), Timestamp::UNIX_EPOCH);
            machine.opened(Timestamp::UNIX_EPOCH);
            let mut facts = decode::facts();
            Self {
                machine,
                decode: Box::new(move |line| facts.line(line)),
                known: BTreeMap::new(),
                puts: 0,
            }
        }

        fn read(&mut self, lines: impl IntoIterator<Item = Bytes>) {
            for line in lines {
                let frame = (self.decode)(&line);
                assert!(self.machine.frame(frame, |_| Trouble::Expired));
            }
            for event in self.machine.take() {
                let FeedEvent::Deltas(deltas) = event else {
                    continue;
                };
                for delta in deltas {
                    match delta {
                        Delta::Put(facts) => {
                            self.puts += 1;
                            self.known.insert(facts.row.key.clone(), facts);
                        }
                        Delta::Gone(key) => drop(self.known.remove(&key)),
                        Delta::Reset(_) => unreachable!(),
                    }
                }
            }
        }

        fn keys(&self) -> Vec<&Key> {
            self.known.keys().collect()
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Put(u8),
        Gone(u8),
        Mark,
        Pass(u64),
        Look(Vec<u8>),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (0u8..5).prop_map(Step::Put),
            2 => (0u8..5).prop_map(Step::Gone),
            1 => Just(Step::Mark),
            3 => (0u64..1_500).prop_map(Step::Pass),
            1 => prop::collection::vec(0u8..5, 0..3).prop_map(Step::Look),
        ]
    }

    proptest! {
        #[test]
        fn what_waits_changes_when_a_thing_is_known_and_never_what(steps in prop::collection::vec(step(), 1..80)) {
            let (near, mut now) = (Near::default(), Instant::now());
            near.set(std::iter::empty());
            let (mut each, mut few) = (Store::new(), Store::new());
            let mut held = Held::of(near.clone());
            let mut looked = Vec::new();
            for (version, step) in (2..).zip(steps) {
                let line = match step {
                    Step::Put(number) => line("MODIFIED", number, version),
                    Step::Gone(number) => line("DELETED", number, version),
                    Step::Mark => Bytes::from(format!(
                        r#"{{"type":"BOOKMARK","object":{{"metadata":{{"resourceVersion":"{version}"}}}}}}"#
                    )),
                    Step::Pass(millis) => {
                        now += Duration::from_millis(millis);
                        few.read(held.due(now));
                        continue;
                    }
                    Step::Look(numbers) => {
                        near.set(numbers.iter().map(|number| uid(*number)));
                        looked = numbers;
                        few.read(held.due(now));
                        continue;
                    }
                };
                each.read([line.clone()]);
                few.read(held.take(line, now));
                prop_assert_eq!(each.keys(), few.keys(), "what is there never waits");
                for (key, facts) in &each.known {
                    let is_looked_at = looked.iter().any(|number| uid(*number) == key.uid);
                    prop_assert!(!is_looked_at || few.known.get(key) == Some(facts), "what is looked at never waits");
                }
            }
            few.read(held.all());
            prop_assert_eq!(&each.known, &few.known);
            prop_assert_eq!(held.bytes, 0);
            prop_assert!(few.puts <= each.puts);
        }
    }

    #[test]
    fn of_many_changes_of_one_object_two_are_read_in_a_second() {
        let (near, start) = (Near::default(), Instant::now());
        near.set(std::iter::empty());
        let mut held = Held::of(near);
        let mut read = 0;
        for n in 0..400 {
            let now = start + Duration::from_millis(n * 5);
            read += usize::from(held.take(line("MODIFIED", 1, n), now).is_some());
            read += held.due(now).len();
        }
        assert!((2..=3).contains(&read), "{read} in two seconds");
        assert_eq!(held.patience(), Some(LOOK));
    }

    #[test]
    fn what_waits_is_bounded_in_bytes_and_nothing_waits_before_it_is_known_who_looks() {
        let now = Instant::now();
        let mut held = Held::of(Near::default());
        for n in 0..20 {
            assert!(held.take(line("MODIFIED", 1, n), now).is_some());
        }
        held.near.set(std::iter::empty());
        let heavy = |number: u32| {
            let text = "x".repeat(1 << 20);
            Bytes::from(format!(
                r#"{{"type":"MODIFIED","object":{{"metadata":{{"uid":"{number}"}},"spec":"{text}"}}}}"#
            ))
        };
        let mut read = 0;
        for number in (0..20).chain(0..20) {
            read += usize::from(held.take(heavy(number), now).is_some());
            assert!(held.bytes <= MOST + (2 << 20));
        }
        assert!(read >= 35, "{read}");
    }
}
