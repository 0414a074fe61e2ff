//! Ends of runs as they happen: which run has just failed or finished, noted once for each attempt.
//! Apart from the fleet, which knows how every run is and not what is new about it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::delta::SourceId;
use crate::model::key::{Key, Uid};
use crate::model::phase::Phase;
use crate::model::row::Row;

/// A run that ended while somebody could have looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Which run.
    pub key: Key,
    /// It ended badly.
    pub bad: bool,
}

/// Ends that nobody has taken note of yet, and what is needed to tell them from old ones.
///
/// What a first list holds is how things are; a run that is new in any later word of the same source is news, also in a
/// list that was read again after an outage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Turns {
    listed: BTreeSet<SourceId>,
    /// Runs that were not over when the session before this one ended.
    open: BTreeSet<Uid>,
    fresh: Vec<Turn>,
}

impl Turns {
    /// Of a session after one in which these runs were not over.
    pub fn after(open: impl IntoIterator<Item = Uid>) -> Self {
        Self {
            open: open.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The source has told everything: what appears from now on is new.
    pub fn listed(&mut self, source: &SourceId) {
        if !self.listed.contains(source) {
            self.listed.insert(source.clone());
        }
    }

    /// A run that was not known is there.
    pub fn appeared(&mut self, source: &SourceId, row: &Row) {
        let was_open = self.open.remove(&row.key.uid);
        if row.phase.is_done() && (was_open || self.listed.contains(source)) {
            self.note(row);
        }
    }

    /// A known run has another phase.
    pub fn stepped(&mut self, before: Phase, row: &Row) {
        let same = before.is_done() && is_bad(before) == is_bad(row.phase);
        if row.phase.is_done() && !same {
            self.note(row);
        }
    }

    /// A run that had failed has failed again: its next attempt was over before anybody saw it begin.
    pub fn ended_again(&mut self, before: Option<Timestamp>, after: Option<Timestamp>, row: &Row) {
        let later = before
            .zip(after)
            .is_some_and(|(before, after)| before < after);
        if later && is_bad(row.phase) && self.fresh.iter().all(|turn| turn.key != row.key) {
            self.note(row);
        }
    }

    fn note(&mut self, row: &Row) {
        self.fresh.push(Turn {
            key: row.key.clone(),
            bad: is_bad(row.phase),
        });
    }

    /// What has happened since the last time.
    pub fn take(&mut self) -> Vec<Turn> {
        std::mem::take(&mut self.fresh)
    }
}

fn is_bad(phase: Phase) -> bool {
    matches!(phase, Phase::Failed | Phase::Error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fleet::Fleet;
    use crate::model::delta::{Delta, FeedEvent, Freshness};
    use crate::model::trouble::Trouble;

    fn row(name: &str, phase: Phase, version: u64) -> Row {
        Row {
            key: Key::new("team", name, name),
            version,
            created: None,
            phase,
            completed: phase.is_done(),
            message: None,
            labels: Vec::new().into(),
            malformed: None,
            series: None,
        }
    }

    fn say(fleet: &mut Fleet, delta: Delta<Key, Row>) -> String {
        fleet.rows(&None, FeedEvent::Deltas(vec![delta]));
        told(fleet)
    }

    fn told(fleet: &mut Fleet) -> String {
        let told = fleet.turns.take().into_iter();
        let words: Vec<String> = told
            .map(|turn| {
                format!(
                    "{} {}",
                    turn.key.name,
                    if turn.bad { "bad" } else { "good" }
                )
            })
            .collect();
        words.join(", ")
    }

    fn live(fleet: &mut Fleet) {
        fleet.rows(&None, FeedEvent::Freshness(Freshness::Live));
    }

    /// What a list of the story's runs says.
    fn list(version: u64, late: Phase) -> Delta<Key, Row> {
        Delta::Reset(vec![
            row("old", Phase::Failed, 1),
            row("busy", Phase::Running, 2),
            row("late", late, version),
        ])
    }

    #[test]
    fn a_first_list_is_no_news_and_what_happens_after_it_is_told_once() {
        let mut fleet = Fleet::default();
        assert_eq!(
            say(&mut fleet, Delta::Put(row("page", Phase::Failed, 1))),
            ""
        );
        assert_eq!(say(&mut fleet, list(3, Phase::Running)), "");
        live(&mut fleet);
        assert_eq!(told(&mut fleet), "");
        let failed = || Delta::Put(row("busy", Phase::Failed, 9));
        assert_eq!(say(&mut fleet, failed()), "busy bad");
        assert_eq!(say(&mut fleet, failed()), "");
        assert_eq!(
            say(&mut fleet, Delta::Put(row("new", Phase::Error, 10))),
            "new bad"
        );
        assert_eq!(
            say(&mut fleet, Delta::Put(row("fine", Phase::Succeeded, 11))),
            "fine good"
        );
        // The next attempt is another failure.
        assert_eq!(
            say(&mut fleet, Delta::Put(row("busy", Phase::Running, 12))),
            ""
        );
        assert_eq!(
            say(&mut fleet, Delta::Put(row("busy", Phase::Failed, 13))),
            "busy bad"
        );
        assert_eq!(
            say(&mut fleet, Delta::Put(row("busy", Phase::Error, 14))),
            "",
            "the same end"
        );
    }

    #[test]
    fn a_list_read_again_tells_what_ended_meanwhile_and_nothing_twice() {
        let mut fleet = Fleet::default();
        say(&mut fleet, list(3, Phase::Running));
        live(&mut fleet);
        let since = Timestamp::UNIX_EPOCH;
        let stale = Freshness::Stale {
            since,
            why: Trouble::Expired,
        };
        fleet.rows(&None, FeedEvent::Freshness(stale));
        assert_eq!(say(&mut fleet, list(8, Phase::Failed)), "late bad");
        live(&mut fleet);
        assert_eq!(say(&mut fleet, list(8, Phase::Failed)), "");
        // Gone and back again is not new.
        assert_eq!(
            say(&mut fleet, Delta::Gone(Key::new("team", "old", "old"))),
            ""
        );
        assert_eq!(
            say(&mut fleet, Delta::Put(row("old", Phase::Failed, 20))),
            ""
        );
    }

    #[test]
    fn a_new_session_knows_what_was_not_over_in_the_one_before() {
        let mut fleet = Fleet::default();
        say(&mut fleet, list(3, Phase::Running));
        live(&mut fleet);
        let mut fleet = fleet.anew();
        assert_eq!(say(&mut fleet, list(8, Phase::Failed)), "late bad");
        live(&mut fleet);
        let mut fleet = fleet.anew();
        assert_eq!(say(&mut fleet, list(8, Phase::Failed)), "");
    }
}
