//! What waits in the mailbox and in which order it comes out.
//! Apart from the mailbox's locks and waiting, so that the order is a matter of plain data.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;

use super::pending::{Fold, PendingFeed, PendingLog};
use crate::app::msg::{ClusterMsg, Msg, Session};
use crate::model::delta::SourceId;
use crate::model::event::KubeEvent;
use crate::model::facts::Facts;
use crate::model::key::Key;
use crate::model::pod::Pod;
use crate::model::qarun::{Brief, Sheet};
use crate::model::row::Row;
use crate::model::workflow::Workflow;

/// The queue itself. Entries name what waits in the maps below them, in the order in which each first spoke.
#[derive(Debug, Default)]
pub struct Queue {
    /// What a person did.
    person: VecDeque<Msg>,
    person_went_first: bool,
    /// Everything else.
    rest: VecDeque<Entry>,
    /// The newest session heard.
    session: Session,
    rows: HashMap<SourceId, PendingFeed<Row>>,
    active: HashMap<SourceId, PendingFeed<Facts>>,
    qaruns: HashMap<SourceId, PendingFeed<Brief>>,
    qarun: HashMap<Key, PendingFeed<Arc<Sheet>>>,
    workflows: HashMap<Key, PendingFeed<Arc<Workflow>>>,
    pods: HashMap<Key, PendingFeed<Pod>>,
    events: HashMap<Key, PendingFeed<KubeEvent>>,
    logs: HashMap<Key, PendingLog>,
}

#[derive(Debug)]
enum Entry {
    Tick,
    Small(Box<ClusterMsg>),
    Rows(SourceId),
    Active(SourceId),
    QaRuns(SourceId),
    QaRun(Key),
    Workflow(Key),
    Pods(Key),
    Events(Key),
    Log(Key),
}

impl Queue {
    /// Puts a message in.
    pub fn push(&mut self, msg: Msg) {
        match msg {
            Msg::Cluster(session, word) => self.hear(session, word),
            Msg::Resize(..) => {
                self.person.retain(|old| !matches!(old, Msg::Resize(..)));
                self.person.push_back(msg);
            }
            Msg::Wheel(lines, x, y) => match self.person.back_mut() {
                Some(Msg::Wheel(sum, column, row)) if (*column, *row) == (x, y) => {
                    *sum = sum.saturating_add(lines);
                }
                _ => self.person.push_back(msg),
            },
            Msg::Drag(..) => {
                // Only where the pointer is counts, not how it came there.
                if let Some(Msg::Drag(..)) = self.person.back() {
                    self.person.pop_back();
                }
                self.person.push_back(msg);
            }
            Msg::Tick => {
                if !self.rest.iter().any(|entry| matches!(entry, Entry::Tick)) {
                    self.rest.push_back(Entry::Tick);
                }
            }
            Msg::Key(_)
            | Msg::Paste(_)
            | Msg::Click(..)
            | Msg::Resumed
            | Msg::Focus(_)
            | Msg::Report(..)
            | Msg::Config(_)
            | Msg::Background(_)
            | Msg::Terminal(_)
            | Msg::Made(_)
            | Msg::TasksChanged
            | Msg::Bridge(..)
            | Msg::Acted(..)
            | Msg::Edited(..)
            | Msg::Aside(..)
            | Msg::Journal(_)
            | Msg::Tasks(_)
            | Msg::Recalled(..)
            | Msg::Fetching(..)
            | Msg::NotShown(..) => {
                self.person.push_back(msg);
            }
        }
    }

    fn hear(&mut self, session: Session, word: ClusterMsg) {
        if session < self.session {
            return;
        }
        if session > self.session {
            self.renew(session);
        }
        let rest = &mut self.rest;
        match word {
            ClusterMsg::Rows(source, event) => {
                fold(&mut self.rows, rest, source, event, Entry::Rows);
            }
            ClusterMsg::Active(source, event) => {
                fold(&mut self.active, rest, source, event, Entry::Active);
            }
            ClusterMsg::QaRuns(source, event) => {
                fold(&mut self.qaruns, rest, source, event, Entry::QaRuns);
            }
            ClusterMsg::QaRun(key, event) => {
                fold(&mut self.qarun, rest, key, event, Entry::QaRun);
            }
            ClusterMsg::Workflow(key, event) => {
                fold(&mut self.workflows, rest, key, event, Entry::Workflow);
            }
            ClusterMsg::Pods(key, event) => fold(&mut self.pods, rest, key, event, Entry::Pods),
            ClusterMsg::Events(key, event) => {
                fold(&mut self.events, rest, key, event, Entry::Events);
            }
            ClusterMsg::Log(key, event) => fold(&mut self.logs, rest, key, event, Entry::Log),
            small => rest.push_back(Entry::Small(Box::new(small))),
        }
    }

    /// Forgets what the sessions before this one said.
    fn renew(&mut self, session: Session) {
        let ticks = self.rest.iter().any(|entry| matches!(entry, Entry::Tick));
        *self = Self {
            person: std::mem::take(&mut self.person),
            person_went_first: self.person_went_first,
            rest: ticks.then_some(Entry::Tick).into_iter().collect(),
            session,
            ..Self::default()
        };
    }

    /// What waits: what a person did alone first, unless it went first the last time.
    pub fn batch(&mut self) -> Vec<Msg> {
        let mut batch: Vec<Msg> = self.person.drain(..).collect();
        if !batch.is_empty() && !self.person_went_first {
            self.person_went_first = true;
            return batch;
        }
        self.person_went_first = false;
        for entry in std::mem::take(&mut self.rest) {
            if let Entry::Tick = entry {
                batch.push(Msg::Tick);
                continue;
            }
            let session = self.session;
            let words = self.words(entry);
            batch.extend(words.into_iter().map(|word| Msg::Cluster(session, word)));
        }
        batch
    }

    fn words(&mut self, entry: Entry) -> Vec<ClusterMsg> {
        match entry {
            Entry::Tick => Vec::new(),
            Entry::Small(word) => vec![*word],
            Entry::Rows(source) => unfold(&mut self.rows, source, ClusterMsg::Rows),
            Entry::Active(source) => unfold(&mut self.active, source, ClusterMsg::Active),
            Entry::QaRuns(source) => unfold(&mut self.qaruns, source, ClusterMsg::QaRuns),
            Entry::QaRun(key) => unfold(&mut self.qarun, key, ClusterMsg::QaRun),
            Entry::Workflow(key) => unfold(&mut self.workflows, key, ClusterMsg::Workflow),
            Entry::Pods(key) => unfold(&mut self.pods, key, ClusterMsg::Pods),
            Entry::Events(key) => unfold(&mut self.events, key, ClusterMsg::Events),
            Entry::Log(key) => unfold(&mut self.logs, key, ClusterMsg::Log),
        }
    }

    /// A person did something that nobody has looked at yet.
    pub fn has_person(&self) -> bool {
        !self.person.is_empty()
    }

    /// Bytes of log lines that wait.
    pub fn log_bytes(&self) -> usize {
        self.logs.values().map(PendingLog::bytes).sum()
    }

    /// Throws away the log lines that wait.
    pub fn forget_logs(&mut self) {
        self.logs.clear();
        self.rest.retain(|entry| !matches!(entry, Entry::Log(_)));
    }
}

fn fold<N: Clone + Eq + Hash, F: Fold>(
    feeds: &mut HashMap<N, F>,
    rest: &mut VecDeque<Entry>,
    name: N,
    event: F::Event,
    entry: impl Fn(N) -> Entry,
) {
    let feed = feeds.entry(name.clone()).or_insert_with(|| {
        rest.push_back(entry(name));
        F::default()
    });
    feed.add(event);
}

fn unfold<N: Clone + Eq + Hash, F: Fold>(
    feeds: &mut HashMap<N, F>,
    name: N,
    word: impl Fn(N, F::Event) -> ClusterMsg,
) -> Vec<ClusterMsg> {
    let events = feeds.remove(&name).map(F::take).unwrap_or_default();
    events
        .into_iter()
        .map(|event| word(name.clone(), event))
        .collect()
}
