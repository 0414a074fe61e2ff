//! One run of the fleet: what its row says, and what its object said when it was read.
//! Apart from the fleet, which keeps them; here is what can be asked of one.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::facts::Facts;
use crate::model::failure::CauseId;
use crate::model::phase::State;
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
}

impl Run {
    /// A run of which only its row is known.
    pub fn of(row: Row) -> Self {
        Self {
            cause: CauseId::of(&row, None),
            row,
            facts: None,
            gone: false,
        }
    }

    /// Its row or its facts are other ones now. It is noted here what it failed of, because lists ask that at every frame.
    pub(super) fn note_cause(&mut self) {
        self.cause = CauseId::of(&self.row, self.facts.as_deref());
    }

    /// Its derived state.
    pub fn state(&self, now: Timestamp) -> State {
        why::state(&self.row, self.facts.as_deref(), now)
    }

    /// When it ended, if it did and that was read.
    pub fn ended(&self) -> Option<Timestamp> {
        self.facts.as_ref().and_then(|facts| facts.finished)
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
        let facts = self.facts.as_ref()?;
        let started = facts.started?;
        let end = match facts.finished {
            Some(end) => end,
            None if self.row.phase.is_done() => return None,
            None => now,
        };
        Some((end.as_second() - started.as_second()).max(0))
    }

    /// The moment its age counts from: its end, else its creation.
    pub fn since(&self) -> Option<Timestamp> {
        self.ended().or(self.row.created)
    }

    /// The facts are missing or older than the row.
    pub(super) fn wants_reading(&self) -> bool {
        self.row.phase.is_done()
            && self
                .facts
                .as_ref()
                .is_none_or(|facts| facts.row.version < self.row.version)
    }
}
