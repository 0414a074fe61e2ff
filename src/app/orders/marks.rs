//! Marked runs: what a bulk action will be about. Named by uid, so that a mark stays on its run whatever moves.
//! Apart from the cursor, which is one and moves.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::command::Command;
use crate::app::cursor::Move;
use crate::app::select;
use crate::app::state::State;
use crate::model::key::{Key, Uid};

/// Marked runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    marked: BTreeMap<Uid, Key>,
    /// Where a range begins.
    pub anchor: Option<Uid>,
}

impl Marks {
    /// None is.
    pub fn is_empty(&self) -> bool {
        self.marked.is_empty()
    }

    /// How many are.
    pub fn len(&self) -> usize {
        self.marked.len()
    }

    /// Whether this one is.
    pub fn has(&self, uid: &Uid) -> bool {
        self.marked.contains_key(uid)
    }

    /// All of them, by namespace and name.
    pub fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.marked.values().cloned().collect();
        keys.sort();
        keys
    }

    /// None is any more.
    pub fn clear(&mut self) {
        self.marked.clear();
        self.anchor = None;
    }
}

/// `space`, `v` and `V` on the Runs screen.
pub(in crate::app) fn command(state: &mut State, now: Timestamp, command: Command) {
    let selection = select::runs(state, now);
    let rows = selection.rows.iter().map(|row| row.run);
    // A run that is deleted under the cursor still stands there; nothing can be done to it.
    let there: BTreeSet<Uid> = rows
        .clone()
        .filter(|run| !run.gone)
        .map(|run| run.row.key.uid.clone())
        .collect();
    let shown: Vec<Key> = rows.map(|run| run.row.key.clone()).collect();
    let on = state.runs.cursor.on().cloned();
    let at = |uid: &Uid| shown.iter().position(|key| key.uid == *uid);
    let marks = &mut state.runs.marks;
    match command {
        Command::MarkRun => {
            let Some(key) = on.as_ref().and_then(at).map(|at| &shown[at]) else {
                return;
            };
            if marks.marked.remove(&key.uid).is_none() && there.contains(&key.uid) {
                marks.marked.insert(key.uid.clone(), key.clone());
            }
            let uids: Vec<Uid> = shown.iter().map(|key| key.uid.clone()).collect();
            state.runs.cursor.go(&uids, Move::By(1));
        }
        Command::MarkRange => match marks.anchor.take() {
            None => {
                marks.anchor = on;
                state.say(
                    now,
                    "a range begins here and goes up to the cursor; v again marks it, an action takes it",
                    false,
                );
            }
            Some(from) => {
                let ends = (at(&from), on.as_ref().and_then(at));
                let (Some(from), Some(to)) = ends else {
                    return state.say(
                        now,
                        "the run where the range began is not shown any more",
                        true,
                    );
                };
                let range = shown[from.min(to)..=from.max(to)].iter();
                for key in range.filter(|key| there.contains(&key.uid)) {
                    marks.marked.insert(key.uid.clone(), key.clone());
                }
            }
        },
        _ => {
            let all = there.iter().all(|uid| marks.has(uid));
            let those = shown.into_iter().filter(|key| there.contains(&key.uid));
            match all {
                true => marks.clear(),
                false => marks.marked.extend(those.map(|key| (key.uid.clone(), key))),
            }
        }
    }
}

/// A range that was begun ends under the cursor: what is done next is about all of it.
pub(in crate::app) fn close(state: &mut State, now: Timestamp) {
    if state.runs.marks.anchor.is_some() {
        command(state, now, Command::MarkRange);
    }
}

/// What is gone is not marked, nor what is not in the list any more because a later attempt is.
pub(super) fn settle(state: &mut State) {
    if state.runs.marks.is_empty() {
        return;
    }
    let fleet = &state.fleet;
    let stays = |uid: &Uid| fleet.get(uid).is_some_and(|run| !run.gone && !run.behind);
    state.runs.marks.marked.retain(|uid, _| stays(uid));
}
