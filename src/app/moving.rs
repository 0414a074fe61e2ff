//! Movement: keys, wheel and clicks, in whatever list or text has the focus.
//! Apart from what commands do, because all of them move in the same way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::act;
use crate::app::command::Command;
use crate::app::cursor::Move;
use crate::app::drawn::Target;
use crate::app::layout::Layout;
use crate::app::log::LogView;
use crate::app::manners;
use crate::app::overlay::Item;
use crate::app::select;
use crate::app::state::{Pane, State, Tab};
use crate::app::views;

/// Shares of the first of two panes in thousandths; `None`: as the layout has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    /// Of the list of runs.
    pub runs: Option<u16>,
    /// Of the steps on a Run page.
    pub run: Option<u16>,
    /// The border between the panes is being moved.
    held: bool,
}

impl Shares {
    /// The cells of the first pane of these, which leaves some to each; `usual` where nobody has set it.
    pub fn first(share: Option<u16>, cells: u16, usual: u16) -> u16 {
        let Some(share) = share else {
            return usual;
        };
        let first = u32::from(cells) * u32::from(share) / 1_000;
        let least = cells / 5;
        u16::try_from(first)
            .unwrap_or(usual)
            .clamp(least, cells - least)
    }
}

/// The pointer moves with the border it holds.
pub(super) fn drag(state: &mut State, column: u16, row: u16) {
    if !state.shares.held {
        return;
    }
    let (columns, rows) = state.size;
    let share = |at: u16, of: u16| {
        let share = (u32::from(at) * 1_000).div_ceil(u32::from(of.max(1)));
        u16::try_from(share.min(1_000)).ok()
    };
    let beside = Layout::of(state.size) == Layout::Wide;
    match (&state.open, beside) {
        (Some(_), _) => state.shares.run = share(column, columns),
        (None, true) => state.shares.runs = share(column, columns),
        // Between the header and the footer.
        (None, false) => {
            state.shares.runs = share(row.saturating_sub(1), rows.saturating_sub(2));
        }
    }
}

/// What a command means in a list of so many visible lines; `None`: it is no movement.
pub(super) fn movement(command: Command, height: usize) -> Option<Move> {
    let page = isize::try_from(height.max(2)).unwrap_or(isize::MAX);
    Some(match command {
        Command::Down => Move::By(1),
        Command::Up => Move::By(-1),
        Command::First => Move::First,
        Command::Last => Move::Last,
        Command::HalfDown => Move::By(page / 2),
        Command::HalfUp => Move::By(-(page / 2)),
        Command::PageDown => Move::By(page - 1),
        Command::PageUp => Move::By(1 - page),
        _ => return None,
    })
}

/// Moves in whatever list or text has the focus.
pub(super) fn go(state: &mut State, now: Timestamp, command: Command) {
    let height = match &state.open {
        None => state.runs.height,
        Some(page) if page.pane == Pane::Steps => page.steps_height,
        Some(page) => page.detail_height,
    };
    if let Some(how) = movement(command, height) {
        move_focus(state, now, how);
    }
}

/// The wheel: so many lines down, negative is up.
pub(super) fn scroll(state: &mut State, now: Timestamp, lines: isize) {
    if let Some(overlay) = &mut state.overlay.take() {
        let choices = overlay.choices(state, now).into_iter();
        let items: Vec<Item> = choices.map(|choice| choice.item).collect();
        overlay.go(&items, Move::By(lines));
        state.overlay = Some(overlay.clone());
        return;
    }
    move_focus(state, now, Move::By(lines));
}

fn move_focus(state: &mut State, now: Timestamp, how: Move) {
    let Some(page) = &mut state.open else {
        let uids = select::runs(state, now).uids();
        state.runs.cursor.go(&uids, how);
        return;
    };
    match (page.pane, page.tab) {
        (Pane::Steps, _) => {
            if let Some(row) = page.steps.moved(how) {
                page.cursor.put(row.id.clone());
            }
        }
        (Pane::Detail, Tab::Log) => {
            let last = page.lines.saturating_sub(page.detail_height);
            scroll_log(&mut state.log, last, how);
        }
        (Pane::Detail, _) => {
            let last = page.lines.saturating_sub(page.detail_height);
            page.top = match how {
                Move::By(lines) => page.top.saturating_add_signed(lines).min(last),
                Move::First => 0,
                Move::Last => last,
            };
        }
    }
}

/// Going up stops following; going to the end follows again. `last` is the top line with which the end is in view.
fn scroll_log(log: &mut LogView, last: usize, how: Move) {
    if log.follow {
        log.top = last;
    }
    log.top = match how {
        Move::By(lines) => log.top.saturating_add_signed(lines).min(last),
        Move::First => 0,
        Move::Last => last,
    };
    log.follow = how == Move::Last || (log.follow && log.top >= last);
}

/// A click on a line puts the cursor there; which line that is was noted by the last drawing.
pub(super) fn click(state: &mut State, now: Timestamp, column: u16, row: u16) {
    state.shares.held = false;
    let Some(hit) = state
        .hits
        .iter()
        .find(|hit| hit.contains(column, row))
        .cloned()
    else {
        return;
    };
    if state.overlay.is_some() || state.prompt.is_some() || state.line.is_some() {
        return;
    }
    match hit.target {
        Target::Run(uid) => {
            let uids = select::runs(state, now).uids();
            if uids.contains(&uid) {
                state.runs.cursor.put(uid);
            }
        }
        Target::Branch(id) => {
            if let Some(page) = &mut state.open {
                page.pane = Pane::Steps;
                page.cursor.put(id);
            }
        }
        Target::Tab(tab) => act::open(state, tab),
        Target::Border => state.shares.held = true,
        Target::View(place) => views::take(state, place),
        Target::Message(number) => manners::open_message(state, now, number),
    }
}
