//! A report of a run over the screen: what it needs is asked for, and it is saved, copied and given to a pager or an editor.
//! Apart from its text, which knows nothing of keys.

mod steps;
mod text;
mod timeline;

use jiff::Timestamp;

use crate::app::aside::{Aside, Program};
use crate::app::command::Command;
use crate::app::compare;
use crate::app::copy::LIMIT;
use crate::app::effect::Effect;
use crate::app::line;
use crate::app::log::Saved;
use crate::app::overlay::{Choice, Item, OverlayKind};
use crate::app::state::State;
use crate::app::update::open_overlay;
use crate::model::key::Key;

pub use text::report;

/// Opens the report of the run one stands on, and asks for what it tells of other places.
pub(super) fn open(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let Some(key) = state.shown_run() else {
        return;
    };
    compare::beside_green(state, &key, now, effects);
    open_overlay(state, OverlayKind::Report { key }, effects);
}

/// The run whose report lies over the screen.
pub(super) fn shown(state: &State) -> Option<&Key> {
    match &state.overlay.as_ref()?.kind {
        OverlayKind::Report { key } => Some(key),
        _ => None,
    }
}

/// Its lines, as a list to move in.
pub(super) fn choices(state: &State, key: &Key, now: Timestamp) -> Vec<Choice> {
    let text = report(state, key, now);
    let text = text.unwrap_or_else(|| format!("{key} is gone, and nothing is known of it"));
    let lines = text.lines().enumerate();
    lines
        .map(|(at, line)| Choice::of(Item::Line(at), line, ""))
        .collect()
}

/// A key of the screens that means something here.
pub(super) fn key(
    state: &mut State,
    now: Timestamp,
    (key, command): (&Key, Command),
    effects: &mut Vec<Effect>,
) {
    match command {
        Command::Copy => copy(state, now, key, effects),
        Command::SaveLog => line::open_with(state, &format!("save {}", file_name(key)), effects),
        Command::PageLog => elsewhere(state, now, (key, Program::Pager), effects),
        Command::EditLog => elsewhere(state, now, (key, Program::Editor), effects),
        _ => {}
    }
}

fn copy(state: &mut State, now: Timestamp, key: &Key, effects: &mut Vec<Effect>) {
    let Some(text) = report(state, key, now) else {
        return state.say(now, format!("{key} is gone; nothing was copied"), true);
    };
    if text.len() > LIMIT {
        let said = "nothing copied: it is more than many terminals take; S saves it";
        return state.say(now, said, true);
    }
    state.say(
        now,
        format!("copied the report of {key} as Markdown"),
        false,
    );
    effects.push(Effect::Copy(text.into()));
}

fn elsewhere(
    state: &mut State,
    now: Timestamp,
    (key, program): (&Key, Program),
    effects: &mut Vec<Effect>,
) {
    let ticket = state.orders.ticket();
    if let Some(saved) = saved(state, key, &file_name(key), now) {
        effects.push(Effect::Aside(ticket, Aside::Read { program, saved }));
    }
}

/// The report on its way into a file.
pub(super) fn saved(state: &State, key: &Key, path: &str, now: Timestamp) -> Option<Saved> {
    Some(Saved::text(path, &report(state, key, now)?))
}

/// A name for the file of a report.
pub(super) fn file_name(key: &Key) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = (key.name.chars())
        .map(|c| if plain(c) { c } else { '-' })
        .collect();
    format!("{}.report.md", name.trim_matches(['-', '.']))
}
