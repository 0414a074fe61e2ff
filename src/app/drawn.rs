//! What a drawing learned that the next key needs: how many lines fit, where things are, when the picture changes by itself.
//! Apart from the drawing, which may not change the state.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::beside::Seen;
use crate::app::command::Command;
use crate::app::graphics::Placed;
use crate::app::overlay::Item;
use crate::app::screens::runs::Column;
use crate::app::search::Place;
use crate::app::seeking;
use crate::app::state::{State, Tab, later};
use crate::model::clock;
use crate::model::failure::CauseId;
use crate::model::key::Uid;

/// Seconds: lengths of time above a minute turn together, at most this late.
const TOGETHER: i64 = 10;

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
    /// A template or cron in its list.
    Origin(Uid),
    /// What runs failed of.
    Cause(CauseId),
    /// A step.
    Branch(Arc<str>),
    /// A tab of the Run page.
    Tab(Tab),
    /// A line of the form of a QARun, by its place.
    Field(String),
    /// A message, by its number.
    Message(u64),
    /// A screen, by the command that leads to it.
    Screen(Command),
    /// A saved view, by its place.
    View(usize),
    /// The border between two panes.
    Border,
    /// A line of what lies over the screen.
    Choice(Item),
}

/// What one drawing learned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// Lines of the list of runs, and the first one shown.
    pub runs: Option<(usize, usize)>,
    /// Lines of the list of templates and crons, and the first one shown.
    pub origins: Option<(usize, usize)>,
    /// Lines of the list of causes, and the first one shown.
    pub failures: Option<(usize, usize)>,
    /// The preview beside a list.
    pub beside: Option<Seen>,
    /// Columns of the list of runs that are wanted and have no room.
    pub cramped: Option<BTreeSet<Column>>,
    /// Lines of the YAML of one of them that fit, and how many there are.
    pub yaml: Option<(usize, usize)>,
    /// Lines of the steps, and the first one shown.
    pub steps: Option<(usize, usize)>,
    /// The leftmost column shown of the graph.
    pub left: Option<usize>,
    /// Lines of the tab on the right, how many there are in all, and the first one shown.
    pub detail: Option<(usize, usize, usize)>,
    /// Where in the lines of the tab the search is.
    pub found: Vec<Place>,
    /// Cells of a line of the tab that fit, and whether some visible line goes on beyond them.
    pub cells: (usize, bool),
    /// Lines of the overlay, and the first one shown.
    pub overlay: Option<(usize, usize)>,
    /// What is under the cursor of the overlay.
    pub under: Option<Item>,
    /// Lines of the form, and the first one shown.
    pub form: Option<(usize, usize)>,
    /// Lines of the document beside it that fit, and how many there are.
    pub document: Option<(usize, usize)>,
    /// Lines of the dialog that fit, and how many there are.
    pub dialog: Option<(usize, usize)>,
    /// What can be clicked.
    pub hits: Vec<Hit>,
    /// A picture that the terminal is to show itself.
    pub picture: Option<Placed>,
    /// A picture was drawn that the terminal could perhaps show itself.
    pub pictured: bool,
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

    /// Remembers that a length of so many seconds that grows, as [`clock::age`] and [`clock::growing`] tell it, reads
    /// differently later. Fifty lines each turn once a minute: above a minute they turn together, at most
    /// [`TOGETHER`] seconds late, because each time is a frame and a wake-up.
    pub fn turns(&mut self, now: Timestamp, seconds: i64) {
        let wait = clock::until_change(seconds);
        let at = later(now, wait * 1_000);
        if seconds < clock::MINUTE {
            return self.changes_at(at);
        }
        let rest = at.as_second().rem_euclid(TOGETHER);
        self.changes_at(later(at, (TOGETHER - rest) % TOGETHER * 1_000));
    }
}

/// Takes in what the drawing learned.
pub fn learn(state: &mut State, drawn: Drawn) {
    let mut next_change = drawn.next_change;
    state.beside.seen = drawn.beside;
    if let Some(cramped) = drawn.cramped {
        state.runs.cramped = cramped;
    }
    if let Some((height, top)) = drawn.runs {
        state.runs.height = height;
        state.runs.cursor.top = top;
    }
    if let Some(draft) = state.drafts.shown_mut() {
        if let Some((height, top)) = drawn.form {
            draft.room.0 = height;
            draft.cursor.top = top;
        }
        if let Some((fit, lines)) = drawn.document {
            (draft.room.1, draft.room.2) = (fit, lines);
        }
    }
    if let Some((height, top)) = drawn.origins {
        state.origins.height = height;
        state.origins.cursor.top = top;
    }
    if let Some((height, top)) = drawn.failures {
        state.failures.height = height;
        state.failures.cursor.top = top;
    }
    if let (Some(yaml), Some(room)) = (&mut state.origins.yaml, drawn.yaml) {
        yaml.room = room;
    }
    let read = seeking::is_read(state);
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
            (page.detail_width, page.beyond) = drawn.cells;
            if page.tab == Tab::Log {
                state.log.top = top;
            } else {
                page.top = top;
                page.found = read.then_some(drawn.found);
            }
        }
        if page.seek.is_some() && page.found.is_some() {
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
    if let Some(dialog) = &mut state.orders.dialog {
        dialog.room = drawn.dialog.unwrap_or_default();
    }
    state.hits = drawn.hits;
    state.next_change = next_change;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_turn_at_once_and_minutes_together() {
        let at = |second: i64| later(Timestamp::UNIX_EPOCH, second * 1_000);
        let next = |now, lengths: &[i64]| {
            let mut drawn = Drawn::default();
            for seconds in lengths {
                drawn.turns(at(now), *seconds);
            }
            drawn.next_change
        };
        assert_eq!(next(1_003, &[12]), Some(at(1_004)));
        // 3m55s reads 4m five seconds later; 2m31s reads 3m in 29.
        assert_eq!(next(1_003, &[235]), Some(at(1_010)));
        assert_eq!(next(1_003, &[151]), Some(at(1_040)));
        assert_eq!(next(1_003, &[235, 234, 231]), Some(at(1_010)));
        // Never before it is true.
        assert_eq!(next(1_005, &[235]), Some(at(1_010)));
        assert_eq!(next(1_003, &[]), None);
    }
}
