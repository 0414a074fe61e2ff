//! Where the runs of a fleet come from, and what can be said of them: complete, refused, old.
//! Apart from the runs, because no answer about them is worth more than its source.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Fleet;
use crate::model::delta::{Freshness, SourceId};
use crate::model::key::Key;
use crate::model::trouble::Trouble;

/// Freshness of the two feeds of one source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The row feed.
    pub rows: Freshness,
    /// The feed of whole objects that are not completed.
    pub active: Freshness,
    /// The feed of QARuns; denied where the cluster does not know them.
    #[serde(default)]
    pub qaruns: Freshness,
}

impl Fleet {
    /// Everything that can be told was told: all row feeds are live or were denied, and one of them at least is live.
    pub fn complete(&self) -> bool {
        let mut live = false;
        for source in self.sources.values() {
            match source.rows {
                Freshness::Live => live = true,
                Freshness::Denied { .. } => {}
                _ => return false,
            }
        }
        live
    }

    /// No run of this namespace is known.
    pub fn is_without(&self, namespace: &str) -> bool {
        self.iter().all(|run| *run.row.key.namespace != *namespace)
    }

    /// Sources that refuse, with what they say.
    pub fn denied(&self) -> impl Iterator<Item = (&SourceId, &Trouble)> {
        self.sources
            .iter()
            .filter_map(|(id, source)| match &source.rows {
                Freshness::Denied { why } => Some((id, why)),
                _ => None,
            })
    }

    /// The source that has been silent longest, since when and why.
    pub fn stalest(&self) -> Option<(Timestamp, &Trouble)> {
        self.sources
            .values()
            .flat_map(|source| [&source.rows, &source.active, &source.qaruns])
            .filter_map(|freshness| match freshness {
                Freshness::Stale { since, why } => Some((*since, why)),
                _ => None,
            })
            .min_by_key(|(since, _)| *since)
    }

    /// The source this run comes from is broken or refused: what is shown of it may be old.
    pub fn is_stale(&self, key: &Key) -> bool {
        // Where everything at once is refused the namespaces speak for themselves.
        let named = self.sources.contains_key(&Some(key.namespace.clone()));
        self.sources.iter().any(|(id, source)| {
            let counts = id.is_some() || !named;
            let broken = matches!(
                source.rows,
                Freshness::Stale { .. } | Freshness::Denied { .. }
            );
            counts && broken && covers(id, key)
        })
    }
}

/// Whether a run is one of this source's.
pub(super) fn covers(source: &SourceId, key: &Key) -> bool {
    source
        .as_ref()
        .is_none_or(|namespace| *namespace == key.namespace)
}
