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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::model::phase;
    use crate::model::qarun::Phase;

    const PHASES: [Phase; 5] = [
        Phase::Pending,
        Phase::Running,
        Phase::Suspended,
        Phase::Succeeded,
        Phase::Failed,
    ];

    fn row(
        name: &str,
        uid: &str,
        version: u64,
        phase: phase::Phase,
        labels: &[(&str, String)],
    ) -> Row {
        let labels = labels
            .iter()
            .map(|(name, value)| ((*name).into(), value.as_str().into()));
        Row {
            key: Key::new("qa", name, uid),
            version,
            created: None,
            phase,
            completed: phase.is_done(),
            message: None,
            labels: labels.collect(),
            malformed: None,
            series: None,
        }
    }

    fn qarun(n: usize, version: u64, phase: usize, attempt: u32) -> Brief {
        let phase = PHASES[phase].clone();
        let name = format!("q{n}");
        Brief {
            row: row(&name, &name, version, Brief::as_workflow(Some(&phase)), &[]),
            phase: Some(phase),
            verdict: None,
            progress: None,
            environment: None,
            attempt: (attempt > 0).then_some(attempt),
            asked: 1,
            retries: 2,
            suspended: false,
            shutdown: None,
            started: None,
            finished: None,
            next: None,
        }
    }

    fn work(n: usize, attempt: u32, version: u64, phase: phase::Phase) -> Row {
        let name = format!("q{n}-a{attempt}");
        let labels = [
            (label::UID, format!("q{n}")),
            (label::ATTEMPT, attempt.to_string()),
        ];
        row(&name, &name, version, phase, &labels)
    }

    #[derive(Clone, Debug)]
    enum Said {
        QaRun(usize, usize, u32),
        NoQaRun(usize),
        Work(usize, u32, phase::Phase),
        NoWork(usize, u32),
        Stand(usize, u32),
    }

    fn said() -> impl Strategy<Value = Said> {
        let phases = [
            phase::Phase::Pending,
            phase::Phase::Running,
            phase::Phase::Failed,
            phase::Phase::Succeeded,
        ];
        let phase = prop::sample::select(phases.to_vec());
        prop_oneof![
            (0..3_usize, 0..PHASES.len(), 0..4_u32)
                .prop_map(|(n, phase, attempt)| Said::QaRun(n, phase, attempt)),
            (0..3_usize).prop_map(Said::NoQaRun),
            (0..3_usize, 1..4_u32, phase)
                .prop_map(|(n, attempt, phase)| Said::Work(n, attempt, phase)),
            (0..3_usize, 1..4_u32).prop_map(|(n, attempt)| Said::NoWork(n, attempt)),
            (0..3_usize, 0..4_u32).prop_map(|(n, attempt)| Said::Stand(n, attempt)),
        ]
    }

    proptest! {
        /// Whatever the two feeds say in whatever order: each QARun has one line, and nobody is left on a run without one.
        #[test]
        fn each_qarun_has_one_line_and_an_heir_is_in_the_list(words in prop::collection::vec(said(), 0..60)) {
            let mut fleet = Fleet::default();
            let put = |fleet: &mut Fleet, delta| fleet.rows(&None, FeedEvent::Deltas(vec![delta]));
            let tell = |fleet: &mut Fleet, delta| fleet.qaruns(&None, FeedEvent::Deltas(vec![delta]));
            let mut known: BTreeSet<usize> = BTreeSet::new();
            for (at, word) in words.into_iter().enumerate() {
                let version = at as u64 + 1;
                match word {
                    Said::QaRun(n, phase, attempt) => {
                        known.insert(n);
                        tell(&mut fleet, Delta::Put(qarun(n, version, phase, attempt)));
                    }
                    Said::NoQaRun(n) => {
                        known.remove(&n);
                        let name = format!("q{n}");
                        tell(&mut fleet, Delta::Gone(Key::new("qa", name.as_str(), name.as_str())));
                    }
                    Said::Work(n, attempt, phase) => put(&mut fleet, Delta::Put(work(n, attempt, version, phase))),
                    Said::NoWork(n, attempt) => {
                        let key = work(n, attempt, version, phase::Phase::Failed).key;
                        put(&mut fleet, Delta::Gone(key));
                    }
                    Said::Stand(n, attempt) => {
                        let name = if attempt == 0 { format!("q{n}") } else { format!("q{n}-a{attempt}") };
                        let uid = Uid::new(name);
                        if fleet.get(&uid).is_some_and(|run| !run.behind) {
                            fleet.keep(Some(&uid));
                        }
                    }
                }
                for n in &known {
                    let of = |run: &&Run| run.qarun.as_ref().is_some_and(|brief| *brief.key().name == *format!("q{n}"));
                    let lines: Vec<&Run> = fleet.listed().filter(|run| !run.gone).filter(of).collect();
                    prop_assert_eq!(lines.len(), 1, "q{} after {}: {:?}", n, at, lines);
                }
                let uids: Vec<Uid> = fleet.iter().filter(|run| run.behind).map(|run| run.row.key.uid.clone()).collect();
                for uid in uids {
                    let heir = fleet.heir(&uid).and_then(|heir| fleet.get(heir));
                    prop_assert!(heir.is_some_and(|heir| !heir.behind), "{:?} has no heir", uid);
                }
            }
        }
    }
}
