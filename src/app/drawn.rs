//! What a drawing learned that the next key needs: how many lines fit, where things are, when the picture changes by itself.
//! Apart from the drawing, which may not change the state.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::overlay::Item;
use crate::app::state::{State, Tab};
use crate::model::key::Uid;

/// Something on screen that can be clicked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// Left column.
    pub x: u16,
    /// Row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// What it is.
    pub target: Target,
}

impl Hit {
    /// Whether this cell belongs to it.
    pub fn contains(&self, column: u16, row: u16) -> bool {
        row == self.y && column >= self.x && column < self.x.saturating_add(self.width)
    }
}

/// What can be clicked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Target {
    /// A run in the list.
    Run(Uid),
    /// A step.
    Branch(Arc<str>),
    /// A tab of the Run page.
    Tab(Tab),
    /// A message, by its number.
    Message(u64),
    /// A saved view, by its place.
    View(usize),
    /// The border between two panes.
    Border,
}

/// What one drawing learned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// Lines of the list of runs, and the first one shown.
    pub runs: Option<(usize, usize)>,
    /// Lines of the steps, and the first one shown.
    pub steps: Option<(usize, usize)>,
    /// The leftmost column shown of the graph.
    pub left: Option<usize>,
    /// Lines of the tab on the right, how many there are in all, and the first one shown.
    pub detail: Option<(usize, usize, usize)>,
    /// Lines of the tab that the search is in.
    pub found: Vec<usize>,
    /// Lines of the overlay, and the first one shown.
    pub overlay: Option<(usize, usize)>,
    /// What is under the cursor of the overlay.
    pub under: Option<Item>,
    /// What can be clicked.
    pub hits: Vec<Hit>,
    /// The title of the terminal.
    pub title: String,
    /// When a time on screen reads differently.
    pub next_change: Option<Timestamp>,
}

impl Drawn {
    /// As [`Drawn::changes_at`], for what is not to be seen before; `false`.
    pub fn wait_until(&mut self, at: Timestamp) -> bool {
        self.changes_at(at);
        false
    }

    /// Remembers that something on screen changes at this moment.
    pub fn changes_at(&mut self, at: Timestamp) {
        self.next_change = Some(self.next_change.map_or(at, |other| other.min(at)));
    }
}

/// Takes in what the drawing learned.
pub fn learn(state: &mut State, drawn: Drawn) {
    let mut next_change = drawn.next_change;
    if let Some((height, top)) = drawn.runs {
        state.runs.height = height;
        state.runs.cursor.top = top;
    }
    if let Some(page) = &mut state.open {
        if let Some((height, top)) = drawn.steps {
            page.steps_height = height;
            page.cursor.top = top;
        }
        if let Some(left) = drawn.left {
            page.left = left;
        }
        if let Some((height, lines, top)) = drawn.detail {
            page.detail_height = height;
            page.lines = lines;
            if page.tab == Tab::Log {
                state.log.top = top;
            } else {
                page.top = top;
                page.found = Some(drawn.found);
            }
        }
        if page.seek.is_some() {
            // What was waited for is known now.
            next_change = Some(Timestamp::UNIX_EPOCH);
        }
    }
    if let Some(overlay) = &mut state.overlay
        && let Some((height, top)) = drawn.overlay
    {
        overlay.height = height;
        overlay.cursor.top = top;
        overlay.shown = drawn.under;
    }
    state.hits = drawn.hits;
    state.next_change = next_change;
}
