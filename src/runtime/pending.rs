//! What a feed or a log said since the last frame, folded to what still matters.
//! Apart from the mailbox that queues it, because the folding rules are pure and tested alone.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::model::delta::{Delta, FeedEvent, Freshness};
use crate::model::event::KubeEvent;
use crate::model::facts::Facts;
use crate::model::key::Key;
use crate::model::log::{LogEvent, LogLine, LogSource};
use crate::model::pod::Pod;
use crate::model::qarun::{Brief, Sheet};
use crate::model::row::Row;
use crate::model::workflow::Workflow;

/// Text of log lines that waits for the screen, in bytes; beyond it the oldest lines are dropped and counted.
pub const LOG_BYTES: usize = 16 << 20;

/// What a line costs besides its text.
const LINE_OVERHEAD: usize = 64;

/// Events that can wait as less than all of them.
pub trait Fold: Default {
    /// What is said.
    type Event;

    /// Folds one more event in.
    fn add(&mut self, event: Self::Event);

    /// What is left of them, in the order it must be applied.
    fn take(self) -> Vec<Self::Event>;
}

/// An object that knows which one it is.
pub trait Keyed {
    /// Namespace, name, uid.
    fn key(&self) -> &Key;
}

impl Keyed for Row {
    fn key(&self) -> &Key {
        &self.key
    }
}

impl Keyed for Facts {
    fn key(&self) -> &Key {
        &self.row.key
    }
}

impl Keyed for Brief {
    fn key(&self) -> &Key {
        self.key()
    }
}

impl Keyed for Arc<Sheet> {
    fn key(&self) -> &Key {
        &self.key
    }
}

impl Keyed for Arc<Workflow> {
    fn key(&self) -> &Key {
        &self.facts.row.key
    }
}

impl Keyed for Pod {
    fn key(&self) -> &Key {
        &self.key
    }
}

impl Keyed for KubeEvent {
    fn key(&self) -> &Key {
        &self.key
    }
}

/// The folded events of one source: at most one whole collection, then one change per object, then one freshness.
///
/// Rules: a `Reset` replaces every earlier change; a later change of an object replaces the earlier one in its place;
/// changes of different objects and the freshness commute, so only the last freshness is kept and told after the changes.
#[derive(Debug)]
pub struct PendingFeed<T> {
    base: Option<Vec<T>>,
    changes: Vec<Delta<Key, T>>,
    place: HashMap<Key, usize>,
    freshness: Option<Freshness>,
}

impl<T> Default for PendingFeed<T> {
    fn default() -> Self {
        Self {
            base: None,
            changes: Vec::new(),
            place: HashMap::new(),
            freshness: None,
        }
    }
}

impl<T: Keyed> Fold for PendingFeed<T> {
    type Event = FeedEvent<Key, T>;

    fn add(&mut self, event: FeedEvent<Key, T>) {
        match event {
            FeedEvent::Freshness(freshness) => self.freshness = Some(freshness),
            FeedEvent::Deltas(deltas) => deltas.into_iter().for_each(|delta| self.change(delta)),
        }
    }

    fn take(self) -> Vec<FeedEvent<Key, T>> {
        let mut deltas = self.changes;
        if let Some(base) = self.base {
            deltas.insert(0, Delta::Reset(base));
        }
        let deltas = (!deltas.is_empty()).then_some(FeedEvent::Deltas(deltas));
        let freshness = self.freshness.map(FeedEvent::Freshness);
        deltas.into_iter().chain(freshness).collect()
    }
}

impl<T: Keyed> PendingFeed<T> {
    fn change(&mut self, delta: Delta<Key, T>) {
        let key = match &delta {
            Delta::Reset(_) => None,
            Delta::Put(object) => Some(object.key().clone()),
            Delta::Gone(key) => Some(key.clone()),
        };
        match (key, delta) {
            (None, Delta::Reset(objects)) => {
                self.base = Some(objects);
                self.changes.clear();
                self.place.clear();
            }
            (Some(key), delta) => match self.place.get(&key) {
                Some(&place) => self.changes[place] = delta,
                None => {
                    self.place.insert(key, self.changes.len());
                    self.changes.push(delta);
                }
            },
            (None, _) => {}
        }
    }
}

/// What a followed log said since the last frame: everything in order, up to [`LOG_BYTES`];
/// lines in one batch as long as no word of a stream comes between them.
#[derive(Debug, Default)]
pub struct PendingLog {
    /// Words of the streams older than the oldest line kept: they are never dropped.
    words: Vec<LogEvent>,
    dropped: Vec<(Arc<LogSource>, u64)>,
    kept: VecDeque<Said>,
    bytes: usize,
}

#[derive(Debug)]
enum Said {
    Line(LogLine),
    Word(LogEvent),
}

impl Fold for PendingLog {
    type Event = LogEvent;

    fn add(&mut self, event: LogEvent) {
        match event {
            LogEvent::Lines(lines) => {
                for line in lines {
                    self.bytes += cost(&line);
                    self.kept.push_back(Said::Line(line));
                }
                self.shrink();
            }
            word => self.kept.push_back(Said::Word(word)),
        }
    }

    fn take(self) -> Vec<LogEvent> {
        let mut events = self.words;
        events.extend(
            self.dropped
                .into_iter()
                .map(|(source, count)| LogEvent::Dropped(source, count)),
        );
        let mut batch = Vec::new();
        for said in self.kept {
            match said {
                Said::Line(line) => batch.push(line),
                Said::Word(word) => {
                    if !batch.is_empty() {
                        events.push(LogEvent::Lines(std::mem::take(&mut batch)));
                    }
                    events.push(word);
                }
            }
        }
        if !batch.is_empty() {
            events.push(LogEvent::Lines(batch));
        }
        events
    }
}

impl PendingLog {
    /// Bytes of lines that wait.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn shrink(&mut self) {
        while self.bytes > LOG_BYTES {
            match self.kept.pop_front() {
                Some(Said::Line(line)) => {
                    self.bytes -= cost(&line);
                    self.count(line.source);
                }
                Some(Said::Word(word)) => self.words.push(word),
                None => return,
            }
        }
    }

    fn count(&mut self, source: Arc<LogSource>) {
        match self.dropped.iter_mut().find(|(known, _)| *known == source) {
            Some((_, count)) => *count += 1,
            None => self.dropped.push((source, 1)),
        }
    }
}

fn cost(line: &LogLine) -> usize {
    line.text.len() + LINE_OVERHEAD
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::model::trouble::Trouble;

    #[derive(Clone, Debug, PartialEq)]
    struct Thing(Key, u32);

    impl Keyed for Thing {
        fn key(&self) -> &Key {
            &self.0
        }
    }

    fn key(n: u8) -> Key {
        Key::new("ns", format!("t{n}"), format!("uid{n}"))
    }

    fn thing() -> impl Strategy<Value = Thing> {
        (0u8..8, any::<u32>()).prop_map(|(n, version)| Thing(key(n), version))
    }

    fn event() -> impl Strategy<Value = FeedEvent<Key, Thing>> {
        let delta = prop_oneof![
            6 => thing().prop_map(Delta::Put),
            3 => (0u8..8).prop_map(|n| Delta::Gone(key(n))),
            1 => prop::collection::vec(thing(), 0..6).prop_map(Delta::Reset),
        ];
        let freshness = prop_oneof![
            Just(Freshness::Live),
            Just(Freshness::Connecting),
            Just(Freshness::Denied {
                why: Trouble::Expired
            }),
        ];
        prop_oneof![
            4 => prop::collection::vec(delta, 0..6).prop_map(FeedEvent::Deltas),
            1 => freshness.prop_map(FeedEvent::Freshness),
        ]
    }

    /// The reading of deltas that every consumer must have: the model the folding is held against.
    fn apply(
        store: &mut (BTreeMap<Key, Thing>, Freshness),
        events: impl IntoIterator<Item = FeedEvent<Key, Thing>>,
    ) {
        for event in events {
            match event {
                FeedEvent::Freshness(freshness) => store.1 = freshness,
                FeedEvent::Deltas(deltas) => {
                    for delta in deltas {
                        match delta {
                            Delta::Reset(all) => {
                                store.0 = all.into_iter().map(|t| (t.0.clone(), t)).collect();
                            }
                            Delta::Put(thing) => {
                                store.0.insert(thing.0.clone(), thing);
                            }
                            Delta::Gone(key) => {
                                store.0.remove(&key);
                            }
                        }
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn folded_batches_give_the_same_collection_as_every_event(
            batches in prop::collection::vec(prop::collection::vec(event(), 0..12), 1..6)
        ) {
            let mut direct = Default::default();
            let mut folded = Default::default();
            for batch in batches {
                let mut pending = PendingFeed::default();
                for event in batch {
                    apply(&mut direct, [event.clone()]);
                    pending.add(event);
                }
                apply(&mut folded, pending.take());
                prop_assert_eq!(&direct, &folded);
            }
        }
    }

    #[test]
    fn a_million_changes_of_one_object_wait_as_one() {
        let mut pending = PendingFeed::default();
        for version in 0..1_000_000 {
            pending.add(FeedEvent::Deltas(vec![Delta::Put(Thing(key(1), version))]));
        }
        assert_eq!(
            pending.take(),
            vec![FeedEvent::Deltas(vec![Delta::Put(Thing(key(1), 999_999))])]
        );
    }

    fn source(name: &str) -> Arc<LogSource> {
        Arc::new(LogSource {
            step: name.into(),
            pod: name.into(),
            container: "main".into(),
        })
    }

    fn line(source: &Arc<LogSource>, text: &str) -> LogLine {
        LogLine {
            at: None,
            source: source.clone(),
            text: text.into(),
            tints: None,
        }
    }

    #[test]
    fn lines_are_batched_and_words_of_the_streams_keep_their_place() {
        let a = source("a");
        let mut log = PendingLog::default();
        log.add(LogEvent::Opened(a.clone()));
        log.add(LogEvent::Lines(vec![line(&a, "1")]));
        log.add(LogEvent::Lines(vec![line(&a, "2")]));
        log.add(LogEvent::Ended(a.clone()));
        assert_eq!(
            log.take(),
            vec![
                LogEvent::Opened(a.clone()),
                LogEvent::Lines(vec![line(&a, "1"), line(&a, "2")]),
                LogEvent::Ended(a),
            ]
        );
    }

    #[test]
    fn every_line_that_does_not_fit_is_counted_and_the_newest_stay() {
        let (a, b) = (source("a"), source("b"));
        let text = "x".repeat(64 << 10);
        let mut log = PendingLog::default();
        log.add(LogEvent::Opened(a.clone()));
        let total: u64 = 600;
        for n in 0..total {
            let from = if n % 3 == 0 { &b } else { &a };
            log.add(LogEvent::Lines(vec![line(from, &text)]));
        }
        log.add(LogEvent::Lines(vec![line(&a, "newest")]));
        assert!(log.bytes() <= LOG_BYTES);
        let events = log.take();
        assert_eq!(events[0], LogEvent::Opened(a.clone()));
        let mut dropped = 0;
        let mut kept = 0;
        let mut last = None;
        for event in events {
            match event {
                LogEvent::Dropped(_, n) => dropped += n,
                LogEvent::Lines(lines) => {
                    kept += lines.len() as u64;
                    last = lines.last().map(|l| l.text.clone());
                }
                _ => {}
            }
        }
        assert!(dropped > 0);
        assert_eq!(dropped + kept, total + 1);
        assert_eq!(last.as_deref(), Some("newest"));
    }
}
