//! Places of some lines of a log, in order: those that are shown, that call themselves errors, that match.
//! Apart from the lines, so that a screen finds its window and a key the next place without going over all of them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Numbers of lines, ascending. A line's number counts those that were dropped before it too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Places(VecDeque<usize>);

impl Places {
    /// One more, behind all others.
    pub(super) fn push(&mut self, at: usize) {
        self.0.push_back(at);
    }

    /// Without those from here on.
    pub(super) fn cut(&mut self, from: usize) {
        let keep = self.rank(from);
        self.0.truncate(keep);
    }

    /// Without those before this one.
    pub(super) fn forget(&mut self, before: usize) {
        while self.0.front().is_some_and(|at| *at < before) {
            self.0.pop_front();
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The `index`th of them.
    pub(super) fn get(&self, index: usize) -> Option<usize> {
        self.0.get(index).copied()
    }

    /// How many stand before this place.
    pub(super) fn rank(&self, at: usize) -> usize {
        self.0.partition_point(|known| *known < at)
    }

    /// Which of them this is, from 0.
    pub(super) fn index(&self, at: usize) -> Option<usize> {
        self.0.binary_search(&at).ok()
    }

    /// Whether any stands in this range.
    pub(super) fn any_in(&self, from: usize, to: usize) -> bool {
        self.get(self.rank(from)).is_some_and(|at| at < to)
    }

    /// The one after `here`, or before it, around.
    pub(super) fn beside(&self, here: Option<usize>, forward: bool) -> Option<usize> {
        let found = match (here, forward) {
            (Some(here), true) => self.get(self.rank(here + 1)),
            (None, true) => None,
            (Some(here), false) => self.rank(here).checked_sub(1).and_then(|at| self.get(at)),
            (None, false) => None,
        };
        let around = if forward {
            self.0.front()
        } else {
            self.0.back()
        };
        found.or(around.copied())
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator {
        self.0.iter().copied()
    }
}
