//! QARuns and the workflows of their attempts: which one of them stands for all in a list.
//! Apart from the rows, of which each knows only itself.
//!
//! A QARun and its latest workflow are one run. It is the workflow as long as that tells more ([`Brief::is_told_by`]), else the
//! QARun itself; workflows of earlier attempts are behind it. Whoever stands on one that steps back is led to its heir.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::sources::covers;
use super::{Fleet, Run};
use crate::model::act::{Kind, Order};
use crate::model::delta::{Delta, FeedEvent, Freshness, SourceId};
use crate::model::key::{Key, Uid};
use crate::model::qarun::{Brief, label};
use crate::model::row::Row;
use crate::model::trouble::Trouble;

/// What is known of QARuns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Links {
    qaruns: HashMap<Uid, Arc<Brief>>,
    /// Workflows by the attempt they are of, below the uid of their QARun.
    works: HashMap<Uid, BTreeMap<u32, Uid>>,
    /// Which run stands for a QARun.
    stands: HashMap<Uid, Uid>,
}

/// The uid of the QARun a workflow says it is of, and the attempt.
pub(super) fn owner(row: &Row) -> Option<(Uid, u32)> {
    let uid = row.label(label::UID)?;
    let attempt = row.label(label::ATTEMPT)?.parse().ok()?;
    Some((Uid::new(uid.clone()), attempt))
}

impl Fleet {
    /// Applies a word of the feed of QARuns of one source. A cluster that does not know them says so here and is not troubled.
    pub fn qaruns(&mut self, source: &SourceId, event: FeedEvent<Key, Brief>) {
        let deltas = match event {
            FeedEvent::Freshness(freshness) => {
                if let Some(known) = self.sources.get_mut(source) {
                    known.qaruns = freshness;
                }
                return;
            }
            FeedEvent::Deltas(deltas) => deltas,
        };
        for delta in deltas {
            match delta {
                Delta::Put(brief) => self.put_qarun(source, brief),
                Delta::Gone(key) => self.drop_qarun(&key.uid),
                Delta::Reset(all) => {
                    let alive: BTreeSet<&Uid> = all.iter().map(|brief| &brief.key().uid).collect();
                    let known = self.links.qaruns.values();
                    let gone: Vec<Uid> = known
                        .map(|brief| brief.key())
                        .filter(|key| covers(source, key) && !alive.contains(&key.uid))
                        .map(|key| key.uid.clone())
                        .collect();
                    gone.iter().for_each(|uid| self.drop_qarun(uid));
                    all.into_iter()
                        .for_each(|brief| self.put_qarun(source, brief));
                }
            }
        }
    }

    fn put_qarun(&mut self, source: &SourceId, brief: Brief) {
        let uid = brief.key().uid.clone();
        let known = self.links.qaruns.get(&uid);
        if known.is_some_and(|known| known.row.version > brief.row.version) {
            return;
        }
        self.removed.retain(|gone| *gone != uid);
        let is_new = known.is_none();
        self.links.qaruns.insert(uid.clone(), Arc::new(brief));
        self.relink(&uid, is_new.then_some(source));
    }

    fn drop_qarun(&mut self, uid: &Uid) {
        self.links.qaruns.remove(uid);
        if self.runs.contains_key(uid) {
            self.remove(uid);
        }
        self.relink(uid, None);
    }

    /// A workflow is there, or is another one now.
    pub(super) fn link(&mut self, owner: Option<(Uid, u32)>, uid: &Uid) {
        if let Some((qarun, attempt)) = owner {
            let works = self.links.works.entry(qarun.clone()).or_default();
            works.insert(attempt, uid.clone());
            self.relink(&qarun, None);
        }
    }

    /// A workflow is not there any more.
    pub(super) fn unlink(&mut self, uid: &Uid) {
        let Some((qarun, attempt)) = self.runs.get(uid).and_then(|run| owner(&run.row)) else {
            return;
        };
        if let Some(works) = self.links.works.get_mut(&qarun)
            && works.get(&attempt) == Some(uid)
        {
            works.remove(&attempt);
            if works.is_empty() {
                self.links.works.remove(&qarun);
            }
        }
        self.relink(&qarun, None);
    }

    /// Says anew which run stands for a QARun. `appeared`: it was not known before, and came from there.
    fn relink(&mut self, qarun: &Uid, appeared: Option<&SourceId>) {
        let brief = self.links.qaruns.get(qarun).cloned();
        let works: Vec<(u32, Uid)> = match self.links.works.get(qarun) {
            Some(works) => works.iter().map(|(n, uid)| (*n, uid.clone())).collect(),
            None => Vec::new(),
        };
        let told = works.last().and_then(|(attempt, uid)| {
            let run = self.runs.get(uid)?;
            let tells = |brief: &Arc<Brief>| brief.is_told_by(*attempt, &run.row);
            brief.as_ref().is_none_or(tells).then(|| uid.clone())
        });
        for (_, uid) in &works {
            if let Some(run) = self.runs.get_mut(uid) {
                // Of a QARun that nobody may see the attempts are runs like any other.
                run.behind = brief.is_some() && told.as_ref() != Some(uid);
                run.qarun.clone_from(&brief);
            }
        }
        let stands = match (told, brief) {
            (Some(work), _) => {
                // The QARun's own line becomes that of its workflow.
                if self.runs.get(qarun).is_some_and(|run| !run.gone) {
                    self.runs.swap_remove(qarun);
                }
                Some(work)
            }
            (None, Some(brief)) => {
                self.stand_alone(qarun, brief, appeared);
                Some(qarun.clone())
            }
            (None, None) => None,
        };
        match stands {
            Some(run) => drop(self.links.stands.insert(qarun.clone(), run)),
            None => drop(self.links.stands.remove(qarun)),
        }
    }

    fn stand_alone(&mut self, uid: &Uid, brief: Arc<Brief>, appeared: Option<&SourceId>) {
        let row = brief.row.clone();
        match self.runs.get_mut(uid) {
            Some(run) => {
                self.turns.stepped(run.row.phase, &row);
                run.gone = false;
                run.row = row;
                run.qarun = Some(brief);
                run.note_cause();
            }
            None => {
                if let Some(source) = appeared {
                    self.turns.appeared(source, &row);
                }
                let mut run = Run::of(row);
                run.qarun = Some(brief);
                self.runs.insert(uid.clone(), run);
            }
        }
    }

    /// The run that stands in the place of this one now: of a QARun that has a workflow, and of a workflow behind another.
    pub fn heir(&self, uid: &Uid) -> Option<&Uid> {
        let run = self.runs.get(uid);
        let qarun = match run {
            Some(run) if run.behind => owner(&run.row)?.0,
            Some(_) => return None,
            None => uid.clone(),
        };
        let heir = self.links.stands.get(&qarun)?;
        (heir != uid).then_some(heir)
    }

    /// What is known of a QARun.
    pub fn qarun(&self, uid: &Uid) -> Option<&Arc<Brief>> {
        self.links.qaruns.get(uid)
    }

    /// The version of what an order is about, as its list has it; 0 where it has none.
    pub fn version(&self, order: &Order) -> u64 {
        let uid = &order.key.uid;
        match order.kind {
            Kind::QaRun => self.qarun(uid).map_or(0, |brief| brief.row.version),
            _ => self.get(uid).map_or(0, |run| run.row.version),
        }
    }

    /// The workflows of a QARun that are here, by attempt, the first first.
    pub fn works_of(&self, qarun: &Uid) -> impl Iterator<Item = (u32, &Run)> {
        let works = self.links.works.get(qarun).into_iter().flatten();
        works.filter_map(|(attempt, uid)| Some((*attempt, self.runs.get(uid)?)))
    }

    /// Runs that stand for themselves: all but those of earlier attempts.
    pub fn listed(&self) -> impl Iterator<Item = &Run> {
        self.iter().filter(|run| !run.behind)
    }

    /// Why no QARun can be seen anywhere; `None`: some can, or it is not told yet.
    pub fn without_qaruns(&self) -> Option<&Trouble> {
        let mut told = None;
        for source in self.sources.values() {
            match &source.qaruns {
                Freshness::Live | Freshness::Stale { .. } => return None,
                Freshness::Denied { why } => told = Some(why),
                Freshness::Connecting | Freshness::Listing { .. } => {}
            }
        }
        told
    }
}
