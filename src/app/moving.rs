//! Movement: keys, wheel and clicks, in whatever list or text has the focus.
//! Apart from what commands do, because all of them move in the same way.

use jiff::Timestamp;

use crate::app::act;
use crate::app::command::Command;
use crate::app::cursor::Move;
use crate::app::drawn::Target;
use crate::app::log::LogView;
use crate::app::overlay::Item;
use crate::app::select;
use crate::app::state::{Pane, State, Tab};

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
    }
}
