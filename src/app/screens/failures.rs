//! The Failures screen: where the cursor stands, what is filtered, how it is ordered.
//! Apart from the groups, which [`crate::app::failures`] makes of the runs that failed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::app::cursor::Cursor;
use crate::app::query::Query;
use crate::model::failure::CauseId;
use crate::model::key::Key;

/// What the groups are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Most runs first.
    #[default]
    Most,
    /// Failed last first.
    Newest,
    /// Known for the longest time first.
    Oldest,
    /// By the words of the cause.
    Cause,
}

impl Order {
    /// All orders, as the menu shows them.
    pub const ALL: [Self; 4] = [Self::Most, Self::Newest, Self::Oldest, Self::Cause];

    /// Its name, the same on screen and in a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Most => "most",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Cause => "cause",
        }
    }

    /// What it means.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Most => "most runs first, of as many the newest",
            Self::Newest => "what failed last first",
            Self::Oldest => "what has failed for the longest time first",
            Self::Cause => "by the words of the cause",
        }
    }
}

/// The Failures screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FailuresScreen {
    /// The cursor, on a cause.
    pub cursor: Cursor<CauseId>,
    /// The filter.
    pub query: Query,
    /// The order.
    pub sort: Order,
    /// The other way round.
    pub reversed: bool,
    /// Marked causes.
    pub marks: BTreeSet<CauseId>,
    /// The cause under the cursor: the first one until somebody has put it on another.
    pub on: Option<CauseId>,
    /// The newest run that failed of what the cursor is on: what keys about a run are about.
    pub newest: Option<Key>,
    /// How many runs an action is about: those of the marked causes, else of the one under the cursor.
    pub meant: usize,
    /// Lines of the list that fit, as drawn last.
    pub height: usize,
}

impl FailuresScreen {
    /// Another cluster, or other namespaces: a cause there is not what was marked here.
    pub(in crate::app) fn forget(&mut self) {
        *self = Self {
            query: std::mem::take(&mut self.query),
            sort: self.sort,
            reversed: self.reversed,
            height: self.height,
            ..Self::default()
        };
    }

    /// Puts the list in this order. Of another one the top is shown: that is what it was asked for.
    pub fn order(&mut self, sort: Order, reversed: bool) {
        if (sort, reversed) != (self.sort, self.reversed) {
            self.cursor.release();
        }
        (self.sort, self.reversed) = (sort, reversed);
    }
}
