//! Runs that ended, as far as they were seen: how each origin's went, what their steps took, what they failed of.
//! Apart from the runs that are here, because most of these are gone from the cluster.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::failure::CauseId;
use crate::model::key::Uid;
use crate::model::past::Past;
use crate::model::row::Row;
use crate::model::usual::{Took, Usual};

/// Ended runs remembered per origin, for estimates and for how it usually goes.
const HISTORY: usize = 30;
/// Runs of each origin whose steps' lengths are remembered.
const PACES: usize = 12;
/// Runs remembered of one cause.
const FAILED: usize = 200;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Well.
    pub passed: bool,
    /// Seconds it took, where that is known.
    pub seconds: Option<u64>,
}

/// Runs that failed of one cause and are gone from the cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// How many are remembered.
    pub count: usize,
    /// When the first of them ended.
    pub first: Option<Timestamp>,
    /// When the last of them ended.
    pub last: Option<Timestamp>,
}

/// Namespace and name of what runs are launched from.
type Origin = (Arc<str>, Arc<str>);
/// A run by its end, so that the oldest is the first.
type End = (Timestamp, Uid);

/// What the steps of a run took that ended then.
type Pace = (End, Box<[Took]>);

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Earlier {
    outcomes: HashMap<Origin, BTreeMap<End, Outcome>>,
    paces: HashMap<Origin, VecDeque<Pace>>,
    failed: HashMap<CauseId, BTreeSet<End>>,
}

impl Earlier {
    /// Takes note of a run that ended. One that was retried has ended twice: its last end counts.
    pub(super) fn remember(&mut self, past: &Past) {
        let end = (past.finished, past.key.uid.clone());
        if let Some(cause) = past.cause {
            let failed = self.failed.entry(cause).or_default();
            failed.retain(|(_, uid)| *uid != end.1);
            failed.insert(end.clone());
            if failed.len() > FAILED {
                failed.pop_first();
            }
        }
        let Some(origin) = &past.origin else {
            return;
        };
        let origin = (past.key.namespace.clone(), origin.clone());
        let outcomes = self.outcomes.entry(origin.clone()).or_default();
        let newer = |(at, uid): &End| *uid == end.1 && *at > end.0;
        if outcomes.keys().any(newer) {
            return;
        }
        outcomes.retain(|(_, uid), _| *uid != end.1);
        let outcome = Outcome {
            passed: past.passed(),
            seconds: past.seconds(),
        };
        outcomes.insert(end.clone(), outcome);
        if outcomes.len() > HISTORY {
            outcomes.pop_first();
        }
        if !past.took.is_empty() {
            self.pace(origin, end, past.took.clone().into());
        }
    }

    /// What a step takes is known best from the newest runs.
    fn pace(&mut self, origin: Origin, end: End, took: Box<[Took]>) {
        let paces = self.paces.entry(origin).or_default();
        paces.retain(|((_, uid), _)| *uid != end.1);
        let at = paces.partition_point(|(other, _)| *other < end);
        paces.insert(at, (end, took));
        if paces.len() > PACES {
            paces.pop_front();
        }
    }

    /// How the last runs of an origin ended, oldest first; no namespace: in all of them.
    pub(super) fn outcomes(&self, namespace: &Arc<str>, origin: &Arc<str>) -> Vec<Outcome> {
        if namespace.is_empty() {
            let same = self.outcomes.iter().filter(|((_, name), _)| name == origin);
            let all: BTreeMap<_, _> = same.flat_map(|(_, of_origin)| of_origin).collect();
            return all.into_values().copied().collect();
        }
        let of_origin = self.outcomes.get(&(namespace.clone(), origin.clone()));
        let all = of_origin.into_iter().flat_map(BTreeMap::values);
        all.copied().collect()
    }

    /// What the steps of a run took in earlier ones of its origin; what it took itself is none of these.
    pub(super) fn usual(&self, row: &Row) -> Usual {
        let origin = row.origin();
        let paces = origin.and_then(|origin| {
            let origin = (row.key.namespace.clone(), origin.clone());
            self.paces.get(&origin)
        });
        let others = paces.into_iter().flatten();
        let others = others.filter(|((_, uid), _)| *uid != row.key.uid);
        Usual::of(others.map(|(_, took)| &**took))
    }

    /// Runs that failed of this and are not here any more.
    pub(super) fn gone_of(&self, cause: CauseId, is_here: impl Fn(&Uid) -> bool) -> Gone {
        let failed = self.failed.get(&cause);
        let mut gone = Gone::default();
        for (at, _) in failed
            .into_iter()
            .flatten()
            .filter(|(_, uid)| !is_here(uid))
        {
            gone.count += 1;
            gone.first = gone.first.or(Some(*at));
            gone.last = Some(*at);
        }
        gone
    }
}
