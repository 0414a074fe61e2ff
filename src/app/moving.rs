//! Movement: keys, wheel and clicks, in whatever list or text has the focus.
//! Apart from what commands do, because all of them move in the same way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::act;
use crate::app::artifacts;
use crate::app::choosing;
use crate::app::command::Command;
use crate::app::criteria;
use crate::app::cursor::Move;
use crate::app::draft;
use crate::app::drawn::{Hit, Target};
use crate::app::effect::Effect;
use crate::app::failures;
use crate::app::layout::Layout;
use crate::app::log::LogView;
use crate::app::manners;
use crate::app::origins;
use crate::app::overlay::Item;
use crate::app::screens::run::RunPage;
use crate::app::select;
use crate::app::state::{Pane, Screen, State, Tab};
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
        None if state.screen == Screen::Origins => match &state.origins.yaml {
            Some(yaml) => yaml.room.0,
            None => state.origins.height,
        },
        None if state.screen == Screen::Failures => state.failures.height,
        None => state.runs.height,
        Some(page) if page.pane == Pane::Steps => page.steps_height,
        Some(page) => page.detail_height,
    };
    if let Some(how) = movement(command, height) {
        move_focus(state, now, how);
    }
}

/// Scrolls what stands beside the list, or beside the steps, without leaving them.
pub(super) fn beside(state: &mut State, lines: isize) {
    if let Some(page) = &mut state.open {
        return scroll_detail(page, &mut state.log, Move::By(lines));
    }
    let uid = match state.screen {
        Screen::Runs => state.runs.cursor.on().cloned(),
        Screen::Origins => state.origins.cursor.on().cloned(),
        Screen::Failures => state.failures.on.map(failures::beside),
    };
    if let Some(uid) = uid {
        state.beside.scroll(uid, lines);
    }
}

/// The wheel: so many lines down, negative is up, over the cell where the pointer is.
pub(super) fn scroll(state: &mut State, now: Timestamp, lines: isize, at: (u16, u16)) {
    if let Some(overlay) = &mut state.overlay.take() {
        let choices = overlay.choices(state, now).into_iter();
        let items: Vec<Item> = choices.map(|choice| choice.item).collect();
        overlay.go(&items, Move::By(lines));
        state.overlay = Some(overlay.clone());
        return;
    }
    if state.drafts.is_open() && state.orders.dialog.is_none() {
        return draft::keys::scroll(state, lines);
    }
    if state.open.is_none() && state.beside.holds(at) {
        return beside(state, lines);
    }
    move_focus(state, now, Move::By(lines));
}

fn move_focus(state: &mut State, now: Timestamp, how: Move) {
    let Some(page) = &mut state.open else {
        if state.screen == Screen::Origins {
            return move_origins(state, now, how);
        }
        if state.screen == Screen::Failures {
            return failures::go(state, now, how);
        }
        if let Some(uid) = select::moved(state, now, how) {
            state.runs.cursor.put(uid);
        }
        return;
    };
    match page.pane {
        Pane::Steps => {
            if let Some(row) = page.steps.moved(how) {
                page.cursor.put(row.id.clone());
            }
        }
        Pane::Detail if page.tab == Tab::Artifacts && page.shelf.open.is_none() => {
            let focus = state.focus.as_ref().filter(|focus| focus.key == page.key);
            let listed = focus.map(|focus| artifacts::listed(page, focus));
            let ids: Vec<_> = listed
                .into_iter()
                .flatten()
                .map(|one| one.id.clone())
                .collect();
            page.shelf.cursor.go(&ids, how);
        }
        Pane::Detail if page.tab == Tab::Criteria => {
            if let Some(focus) = state.focus.as_ref().filter(|focus| focus.key == page.key) {
                criteria::go(page, focus, how);
            }
        }
        Pane::Detail => scroll_detail(page, &mut state.log, how),
    }
}

/// Moves in the tab of a Run page.
fn scroll_detail(page: &mut RunPage, log: &mut LogView, how: Move) {
    let last = page.lines.saturating_sub(page.detail_height);
    if page.tab == Tab::Log {
        return scroll_log(log, last, how);
    }
    page.top = match how {
        Move::By(lines) => page.top.saturating_add_signed(lines).min(last),
        Move::First => 0,
        Move::Last => last,
    };
}

fn move_origins(state: &mut State, now: Timestamp, how: Move) {
    if let Some(yaml) = &mut state.origins.yaml {
        let last = yaml.room.1.saturating_sub(yaml.room.0);
        yaml.top = match how {
            Move::By(lines) => yaml.top.saturating_add_signed(lines).min(last),
            Move::First => 0,
            Move::Last => last,
        };
        return;
    }
    let rows = origins::selection(state, now).rows;
    let uids: Vec<_> = (rows.iter())
        .map(|shown| shown.origin.key.uid.clone())
        .collect();
    state.origins.cursor.go(&uids, how);
}

/// Going up stops following; going to the end follows again. `last` is the top line with which the end is in view.
fn scroll_log(log: &mut LogView, last: usize, how: Move) {
    log.aims = false;
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
/// While a list lies over the screen only its lines are there.
pub(super) fn click(
    state: &mut State,
    now: Timestamp,
    (column, row): (u16, u16),
    effects: &mut Vec<Effect>,
) {
    state.shares.held = false;
    let over = state.overlay.is_some();
    let is_of_top = |hit: &&Hit| over == matches!(hit.target, Target::Choice(_));
    let mut hits = state.hits.iter().filter(is_of_top);
    let hit = hits.find(|hit| hit.contains(column, row)).cloned();
    let Some(hit) = hit else {
        return;
    };
    if state.prompt.is_some() || state.line.is_some() || state.orders.dialog.is_some() {
        return;
    }
    match hit.target {
        Target::Choice(item) => choosing::click(state, now, item, effects),
        Target::Run(uid) => {
            // A click on the line of the cursor opens it, as enter does.
            if state.lists_runs() && state.runs.cursor.on() == Some(&uid) {
                return act::act(state, now, Command::Open, effects);
            }
            let uids = select::runs(state, now).uids();
            if uids.contains(&uid) {
                state.runs.cursor.put(uid);
            }
        }
        Target::Origin(uid) => state.origins.cursor.put(uid),
        // A click on the line of the cursor shows its runs, as enter does.
        Target::Cause(cause) if state.failures.on == Some(cause) => {
            act::act(state, now, Command::SeeFailed, effects);
        }
        Target::Cause(cause) => state.failures.cursor.put(cause),
        Target::Branch(id) => {
            if let Some(page) = &mut state.open {
                page.pane = Pane::Steps;
                page.cursor.put(id);
            }
        }
        Target::Tab(tab) => act::open(state, tab),
        Target::Border => state.shares.held = true,
        // On the screen that is here already a click asks for nothing.
        Target::Screen(command) if command.applies(state) => act::act(state, now, command, effects),
        Target::Screen(_) => {}
        Target::View(place) => views::take(state, place),
        Target::Field(place) => draft::keys::click(state, &place),
        Target::Message(number) => manners::open_message(state, now, number),
    }
}
