//! All runs that are known, and how fresh each source of them is.
//! Apart from the screens, because every screen asks the same fleet.

mod earlier;
mod link;
mod run;
mod sources;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::turns::Turns;
use crate::model::delta::{Delta, FeedEvent, Freshness, SourceId};
use crate::model::facts::Facts;
use crate::model::failure::CauseId;
use crate::model::key::{Key, Uid};
use crate::model::past::Past;
use crate::model::phase::Phase;
use crate::model::row::Row;
use crate::model::trouble::Trouble;
use crate::model::usual::Usual;
use earlier::Earlier;
pub use earlier::{Gone, Outcome};
use link::Links;
pub use run::Run;
pub use sources::Source;
use sources::covers;

/// Removed uids remembered.
const REMOVED: usize = 1_000;

/// What is waiting to be read, in order: failed before others, newest first.
type ReadOrder = (bool, std::cmp::Reverse<Option<Timestamp>>, Uid);

/// All runs, by uid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fleet {
    /// One beside the other in memory: the list looks at all of them at every key.
    runs: IndexMap<Uid, Run>,
    /// Sources by name.
    pub sources: BTreeMap<SourceId, Source>,
    queue: BTreeSet<ReadOrder>,
    reading: BTreeSet<Uid>,
    /// Readings that failed for the moment: asked again when nothing else waits.
    again: BTreeSet<Uid>,
    /// Facts of runs whose row has not come yet. Only a row says that a run exists: the two feeds are not in step,
    /// and facts that arrive after the row has gone must not bring it back.
    early: HashMap<Uid, Facts>,
    /// Runs that ended: of those that are here, and of those that were kept.
    earlier: Earlier,
    /// Runs whose end nobody has kept yet.
    #[serde(skip)]
    pub ended: Vec<Past>,
    kept: Option<Uid>,
    /// Uids that went last: a slower feed or read may still speak of them, and must not bring them back.
    removed: VecDeque<Uid>,
    /// Ends of runs that nobody has taken note of yet.
    #[serde(default)]
    pub turns: Turns,
    /// QARuns, and whose each workflow is.
    #[serde(default)]
    links: Links,
}

impl Fleet {
    /// A fleet that knows no run yet, of the session after this one: what ends between the two is news.
    #[must_use]
    pub fn anew(&self) -> Self {
        let open = self.runs.values().filter(|run| !run.row.phase.is_done());
        Self {
            turns: Turns::after(open.map(|run| run.row.key.uid.clone())),
            ..Self::default()
        }
    }

    /// The run of this uid.
    pub fn get(&self, uid: &Uid) -> Option<&Run> {
        self.runs.get(uid)
    }

    /// All runs, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Run> {
        self.runs.values()
    }

    /// How many runs are known.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// None is known.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Completed runs whose object was not read yet.
    pub fn unread(&self) -> usize {
        self.queue.len() + self.reading.len() + self.again.len()
    }

    /// Names the run the cursor stands on: should it go, it stays as a ghost until another is named.
    pub fn keep(&mut self, uid: Option<&Uid>) {
        if self.kept.as_ref() == uid {
            return;
        }
        if let Some(old) = self.kept.take()
            && self.runs.get(&old).is_some_and(|run| run.gone)
        {
            self.runs.swap_remove(&old);
        }
        self.kept = uid.cloned();
    }

    /// Applies a word of the row feed of one source.
    pub fn rows(&mut self, source: &SourceId, event: FeedEvent<Key, Row>) {
        match event {
            // A namespace that was deleted is no source any more.
            FeedEvent::Freshness(Freshness::Denied {
                why: Trouble::NotFound { .. },
            }) if source.is_some() => {
                self.sources.remove(source);
            }
            FeedEvent::Freshness(freshness) => {
                if freshness == Freshness::Live {
                    self.turns.listed(source);
                }
                self.sources.entry(source.clone()).or_default().rows = freshness;
            }
            FeedEvent::Deltas(deltas) => {
                self.sources.entry(source.clone()).or_default();
                for delta in deltas {
                    self.row_delta(source, delta);
                }
            }
        }
    }

    fn row_delta(&mut self, source: &SourceId, delta: Delta<Key, Row>) {
        match delta {
            Delta::Put(row) => self.put_row(source, row),
            Delta::Gone(key) => self.remove(&key.uid),
            Delta::Reset(rows) => {
                let alive: BTreeSet<Uid> = rows.iter().map(|row| row.key.uid.clone()).collect();
                let gone: Vec<Uid> = self
                    .runs
                    .values()
                    .filter(|run| !run.is_qarun() && covers(source, &run.row.key))
                    .map(|run| run.row.key.uid.clone())
                    .filter(|uid| !alive.contains(uid))
                    .collect();
                for uid in gone {
                    self.remove(&uid);
                }
                for row in rows {
                    self.put_row(source, row);
                }
            }
        }
    }

    fn put_row(&mut self, source: &SourceId, row: Row) {
        let uid = row.key.uid.clone();
        let owner = link::owner(&row);
        let was_removed = self.removed.contains(&uid);
        self.removed.retain(|gone| *gone != uid);
        match self.runs.get_mut(&uid) {
            Some(run) if run.row.version > row.version && row.version != 0 => return,
            Some(run) => {
                run.gone = false;
                self.turns.stepped(run.row.phase, &row);
                run.row = row;
                run.note_cause();
            }
            None => {
                if !was_removed {
                    self.turns.appeared(source, &row);
                }
                self.runs.insert(uid.clone(), Run::of(row));
                if let Some(facts) = self.early.remove(&uid) {
                    self.learn(facts);
                }
            }
        }
        self.link(owner, &uid);
        self.enqueue(&uid);
    }

    fn remove(&mut self, uid: &Uid) {
        self.dequeue(uid);
        self.reading.remove(uid);
        if self.runs.contains_key(uid) {
            self.removed.push_back(uid.clone());
            if self.removed.len() > REMOVED {
                self.removed.pop_front();
            }
            self.unlink(uid);
        }
        // A run behind another is no line: nobody stands on it for long.
        if self.kept.as_ref() == Some(uid)
            && let Some(run) = self.runs.get_mut(uid)
            && !run.behind
        {
            run.gone = true;
            return;
        }
        self.runs.swap_remove(uid);
    }

    /// Applies a word of the feed of whole objects of one source. An object that leaves it is not gone: it is completed.
    pub fn active(&mut self, source: &SourceId, event: FeedEvent<Key, Facts>) {
        let deltas = match event {
            FeedEvent::Freshness(freshness) => {
                self.sources.entry(source.clone()).or_default().active = freshness;
                return;
            }
            FeedEvent::Deltas(deltas) => deltas,
        };
        for delta in deltas {
            match delta {
                Delta::Put(facts) => self.learn_or_keep(facts),
                Delta::Reset(all) => {
                    self.early
                        .retain(|_, facts| !covers(source, &facts.row.key));
                    all.into_iter().for_each(|facts| self.learn_or_keep(facts));
                }
                Delta::Gone(key) => {
                    self.early.remove(&key.uid);
                }
            }
        }
    }

    fn learn_or_keep(&mut self, facts: Facts) {
        let uid = &facts.row.key.uid;
        if self.runs.contains_key(uid) {
            self.learn(facts);
        } else {
            self.early.insert(uid.clone(), facts);
        }
    }

    /// Takes in the facts of one run, unless newer ones are known. A run without a row is known from then on: only for
    /// what was just read and nothing else could have taken away.
    pub fn learn(&mut self, mut facts: Facts) {
        let uid = facts.row.key.uid.clone();
        self.reading.remove(&uid);
        if self.removed.contains(&uid) {
            return;
        }
        self.dequeue(&uid);
        let is_new = !self.runs.contains_key(&uid);
        let row = facts.row.clone();
        let ended = facts.finished;
        let run = self.runs.entry(uid.clone());
        let run = run.or_insert_with(|| Run::of(row.clone()));
        let mut news = None;
        let newest = run.facts.as_ref().map_or(0, |old| old.row.version);
        if facts.row.version >= newest {
            if let Some(old) = &run.facts {
                self.turns.ended_again(old.finished, ended, &row);
            }
            let same = |old: &Facts| (old.finished, old.row.phase) == (ended, row.phase);
            if !run.facts.as_deref().is_some_and(same) {
                news = Past::of(&facts);
            }
            // That is part of the past now.
            facts.took = Box::default();
            run.facts = Some(Arc::new(facts));
        }
        let is_newer = row.version > run.row.version;
        if is_newer {
            self.turns.stepped(run.row.phase, &row);
            run.row = row.clone();
        }
        run.note_cause();
        if is_newer || is_new {
            self.link(link::owner(&row), &uid);
        }
        if let Some(past) = news {
            self.earlier.remember(&past);
            self.ended.push(past);
        }
        self.enqueue(&uid);
    }

    /// Takes in what was kept of earlier runs.
    pub fn recall(&mut self, runs: &[Past]) {
        for past in runs {
            self.earlier.remember(past);
        }
    }

    /// How the last runs of this origin in this namespace ended, oldest first; no namespace: in all of them.
    pub fn outcomes(&self, namespace: &Arc<str>, origin: &Arc<str>) -> Vec<Outcome> {
        self.earlier.outcomes(namespace, origin)
    }

    /// Seconds that earlier successful runs of the same origin in the same namespace took, oldest first.
    pub fn history(&self, row: &Row) -> Vec<u64> {
        let outcomes = (row.origin()).map(|origin| self.outcomes(&row.key.namespace, origin));
        let passed = outcomes.into_iter().flatten().filter(|one| one.passed);
        passed.filter_map(|one| one.seconds).collect()
    }

    /// What the steps of a run took in earlier runs of the same origin in the same namespace.
    pub fn usual(&self, row: &Row) -> Usual {
        self.earlier.usual(row)
    }

    /// Runs that failed of this, were seen, and are gone.
    pub fn gone_of(&self, cause: CauseId) -> Gone {
        self.earlier
            .gone_of(cause, |uid| self.runs.contains_key(uid))
    }

    fn enqueue(&mut self, uid: &Uid) {
        let Some(run) = self.runs.get(uid) else {
            return;
        };
        if run.wants_reading() && !self.reading.contains(uid) {
            self.queue.insert(read_order(run));
            self.again.remove(uid);
        }
    }

    fn dequeue(&mut self, uid: &Uid) {
        self.again.remove(uid);
        if let Some(run) = self.runs.get(uid) {
            for bad in [false, true] {
                let (_, created, uid) = read_order(run);
                self.queue.remove(&(bad, created, uid));
            }
        }
    }

    /// The next run whose object should be read, taken off the queue. At most `limit` are read at a time.
    pub fn next_to_read(&mut self, limit: usize) -> Option<Key> {
        while self.reading.len() < limit {
            let next = self.queue.pop_first().map(|(_, _, uid)| uid);
            let uid = next.or_else(|| self.again.pop_first())?;
            if let Some(run) = self.runs.get(&uid)
                && run.wants_reading()
            {
                let key = run.row.key.clone();
                self.reading.insert(uid);
                return Some(key);
            }
        }
        None
    }

    /// Something waits to be read and may be.
    pub fn can_read(&self, limit: usize) -> bool {
        !(self.queue.is_empty() && self.again.is_empty()) && self.reading.len() < limit
    }

    /// A reading failed. One that may succeed later is asked again when nothing else waits, the others when they change.
    pub fn reading_failed(&mut self, key: &Key, may_succeed: bool) {
        self.reading.remove(&key.uid);
        if may_succeed && self.runs.get(&key.uid).is_some_and(Run::wants_reading) {
            self.again.insert(key.uid.clone());
        }
    }

    /// A reading found nothing: the object is gone.
    pub fn vanished(&mut self, key: &Key) {
        self.remove(&key.uid);
    }
}

fn read_order(run: &Run) -> ReadOrder {
    (
        run.row.phase == Phase::Succeeded,
        std::cmp::Reverse(run.row.created),
        run.row.key.uid.clone(),
    )
}
