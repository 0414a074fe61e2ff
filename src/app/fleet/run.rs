//! One run of the fleet: what its row says, and what its object said when it was read.
//! Apart from the fleet, which keeps them; here is what can be asked of one.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::eta::Eta;
use crate::model::facts::Facts;
use crate::model::failure::CauseId;
use crate::model::phase::State;
use crate::model::progress::Progress;
use crate::model::qarun::Brief;
use crate::model::reason::{self, Reason};
use crate::model::row::Row;
use crate::model::why;

/// One run: its row, and its facts where they were read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What the row feed says.
    pub row: Row,
    /// What the whole object said when it was read last.
    pub facts: Option<Arc<Facts>>,
    /// Its object is gone; the row stays while the cursor stands on it.
    pub gone: bool,
    /// What it failed of, as far as that is known.
    #[serde(default)]
    pub cause: Option<CauseId>,
    /// The QARun it is of, or is.
    #[serde(default)]
    pub qarun: Option<Arc<Brief>>,
    /// It is of an earlier attempt: another run stands for its QARun.
    #[serde(default)]
    pub behind: bool,
}

impl Run {
    /// A run of which only its row is known.
    pub fn of(row: Row) -> Self {
        Self {
            cause: CauseId::of(&row, None),
            row,
            facts: None,
            gone: false,
            qarun: None,
            behind: false,
        }
    }

    /// Its row or its facts are other ones now. It is noted here what it failed of, because lists ask that at every frame.
    pub(super) fn note_cause(&mut self) {
        self.cause = CauseId::of(&self.row, self.facts.as_deref());
    }

    /// It is a QARun of which no workflow tells more.
    pub fn is_qarun(&self) -> bool {
        self.qarun
            .as_ref()
            .is_some_and(|brief| brief.key().uid == self.row.key.uid)
    }

    /// Its derived state. What a QARun came to counts more than how its last workflow ended.
    pub fn state(&self, now: Timestamp) -> State {
        match &self.qarun {
            Some(brief) if self.is_qarun() => return brief.state(now),
            Some(brief) if self.row.phase.is_done() && !self.behind => {
                if let Some(end) = brief.end() {
                    return end;
                }
            }
            _ => {}
        }
        why::state(&self.row, self.facts.as_deref(), now)
    }

    /// When it ended, if it did and that was read.
    pub fn ended(&self) -> Option<Timestamp> {
        match &self.qarun {
            Some(brief) if self.is_qarun() => brief.finished,
            _ => self.facts.as_ref().and_then(|facts| facts.finished),
        }
    }

    /// When the controller took it up; its creation where that was not read or has not happened.
    pub fn began(&self) -> Option<Timestamp> {
        self.facts
            .as_ref()
            .and_then(|facts| facts.started)
            .or(self.row.created)
    }

    /// Seconds it ran or has run; `None` while that cannot be told.
    pub fn elapsed(&self, now: Timestamp) -> Option<i64> {
        if let Some(brief) = self.qarun.as_ref().filter(|_| self.is_qarun()) {
            let (from, to) = brief.started.zip(brief.finished)?;
            return Some((to.as_second() - from.as_second()).max(0));
        }
        let facts = self.facts.as_ref()?;
        let started = facts.started?;
        let end = match facts.finished {
            Some(end) => end,
            None if self.row.phase.is_done() => return None,
            None => now,
        };
        Some((end.as_second() - started.as_second()).max(0))
    }

    /// How much of it is done: steps, of a QARun without a workflow criteria.
    pub fn progress(&self) -> Option<Progress> {
        match &self.qarun {
            Some(brief) if self.is_qarun() => brief.progress,
            _ => self.facts.as_ref()?.steps(),
        }
    }

    /// Its object was not read yet, so some of it is not known.
    pub fn is_unread(&self) -> bool {
        self.facts.is_none() && !self.is_qarun()
    }

    /// The one line on why it is where it is; an `eta` is told while it runs.
    pub fn reason(&self, now: Timestamp, eta: Option<Eta>) -> Option<Reason> {
        let of_qarun = || reason::of_qarun(self.qarun.as_deref()?, now);
        if self.is_qarun() {
            return of_qarun();
        }
        let told = reason::reason(&self.row, self.facts.as_deref(), now, eta);
        // A workflow that ended well can have found that something does not hold.
        told.or_else(|| of_qarun().filter(|_| self.state(now).is_bad()))
    }

    /// The moment its age counts from: its end, else its creation.
    pub fn since(&self) -> Option<Timestamp> {
        self.ended().or(self.row.created)
    }

    /// The facts are missing or older than the row.
    pub(super) fn wants_reading(&self) -> bool {
        self.row.phase.is_done()
            && !self.is_qarun()
            && self
                .facts
                .as_ref()
                .is_none_or(|facts| facts.row.version < self.row.version)
    }
}
