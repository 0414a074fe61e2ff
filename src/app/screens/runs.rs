//! The Runs screen: where the cursor stands, what is filtered, how it is ordered.
//! Apart from the fleet, so that looking never changes what is known.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::app::cursor::Cursor;
use crate::app::orders::marks::Marks;
use crate::app::query::Query;
use crate::app::select::SortKey;
use crate::app::visit::Visit;
use crate::model::key::Uid;
use crate::model::phase::State as RunState;

/// A column that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Column {
    /// The namespace.
    Namespace,
    /// Task Master's task.
    Task,
    /// How much is done, as a bar.
    Bar,
    /// How much is done, in steps.
    Steps,
    /// How long it took.
    Took,
    /// How old it is.
    Age,
    /// Why it is where it is.
    Why,
}

impl Column {
    /// All of them, left to right.
    pub const ALL: [Self; 7] = [
        Self::Namespace,
        Self::Task,
        Self::Bar,
        Self::Steps,
        Self::Took,
        Self::Age,
        Self::Why,
    ];

    /// Its heading, and what it shows.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Namespace => ("NAMESPACE", "where there is more than one"),
            Self::Task => ("TASK", "Task Master's task id"),
            Self::Bar => ("DONE", "how much is done, as a bar"),
            Self::Steps => ("STEPS", "how much is done, in steps"),
            Self::Took => ("TOOK", "how long it ran or has run"),
            Self::Age => ("AGE", "since it ended, else since it was created"),
            Self::Why => ("WHY", "why it failed or waits, or how long it will take"),
        }
    }
}

/// Which runs are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum List {
    /// All of them.
    #[default]
    Runs,
    /// Those that wait: for a person, a lock, a place, a pod that cannot start.
    Queue,
}

impl List {
    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Runs => "Runs",
            Self::Queue => "Queue",
        }
    }

    /// Whether a run in this state is listed.
    pub fn holds(self, state: RunState) -> bool {
        match self {
            Self::Runs => true,
            Self::Queue => matches!(
                state,
                RunState::Approve
                    | RunState::Stuck
                    | RunState::Lost
                    | RunState::Waiting
                    | RunState::Suspended
                    | RunState::Pending
            ),
        }
    }
}

/// The Runs screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunsScreen {
    /// Which runs are listed.
    #[serde(default)]
    pub list: List,
    /// The cursor, on a uid.
    pub cursor: Cursor<Uid>,
    /// The filter.
    pub query: Query,
    /// The order.
    pub sort: SortKey,
    /// The other way round.
    pub reversed: bool,
    /// Columns that are left out; others may have no room.
    #[serde(default)]
    pub hidden: BTreeSet<Column>,
    /// Columns that are wanted and have no room, as drawn last.
    #[serde(default)]
    pub cramped: BTreeSet<Column>,
    /// Marked runs.
    #[serde(default)]
    pub marks: Marks,
    /// A person touched a key: the cursor stays on its run. Until then it follows the first line, the newest trouble.
    pub held: bool,
    /// Runs are looked at here from another screen.
    #[serde(default)]
    pub visit: Option<Visit>,
    /// Lines of the list that fit, as drawn last.
    pub height: usize,
}

impl RunsScreen {
    /// Puts the list in this order. Of another one the top is shown: that is what it was asked for.
    pub fn order(&mut self, sort: SortKey, reversed: bool) {
        if (sort, reversed) != (self.sort, self.reversed) {
            self.cursor.release();
            // A range is of lines as they stood; in another order it would be of other runs.
            self.marks.anchor = None;
        }
        (self.sort, self.reversed) = (sort, reversed);
    }
}
