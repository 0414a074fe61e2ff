//! What happened while nobody looked: counted from the moment the terminal lost the focus until it has it again.
//! Apart from the messages about single runs, which have left the screen by then.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::fleet::Fleet;
use crate::app::said::Level;
use crate::app::state::State;
use crate::app::turns::Turn;
use crate::model::clock;
use crate::model::key::Uid;
use crate::model::phase::State as RunState;

/// Seconds of an absence that is worth a word.
const SHORTEST: i64 = 10;

/// An absence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Away {
    since: Timestamp,
    failed: BTreeSet<Uid>,
    finished: usize,
    /// Runs that wanted a person already.
    waited: BTreeSet<Uid>,
}

impl Away {
    /// Notes how runs ended.
    pub(super) fn note(&mut self, turns: &[Turn]) {
        for turn in turns {
            if turn.bad {
                self.failed.insert(turn.key.uid.clone());
            } else {
                self.finished += 1;
            }
        }
    }
}

/// Runs that cannot go on without a person.
fn waiting(fleet: &Fleet, now: Timestamp) -> BTreeSet<Uid> {
    let waits = |state| matches!(state, RunState::Approve | RunState::Stuck | RunState::Lost);
    fleet
        .iter()
        .filter(|run| !run.gone && waits(run.state(now)))
        .map(|run| run.row.key.uid.clone())
        .collect()
}

/// The terminal lost the focus, or has it again: then what happened meanwhile is said, if anything did.
pub(super) fn focus(state: &mut State, now: Timestamp, here: bool) {
    if !here {
        let waited = waiting(&state.fleet, now);
        state.away.get_or_insert(Away {
            since: now,
            failed: BTreeSet::new(),
            finished: 0,
            waited,
        });
        return;
    }
    let Some(away) = state.away.take() else {
        return;
    };
    let seconds = clock::seconds_between(away.since, now);
    if seconds < SHORTEST {
        return;
    }
    let waiting = waiting(&state.fleet, now);
    let new = waiting.difference(&away.waited).count();
    let counts = [
        (away.failed.len(), "failed"),
        (away.finished, "finished"),
        (
            new,
            if new == 1 {
                "waits for you"
            } else {
                "wait for you"
            },
        ),
    ];
    let parts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if parts.is_empty() {
        return;
    }
    let text = format!(
        "while you were away ({}, since {}): {}",
        clock::growing(seconds),
        state.zone.told(away.since, "%H:%M %Z"),
        parts.join(", ")
    );
    let level = match away.failed.is_empty() {
        true => Level::Info,
        false => Level::Bad,
    };
    state.tell(now, level, text);
}
