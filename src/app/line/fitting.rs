//! A theme that a line names is tried on while it is typed, and taken off when the line is left.
//! Apart from other lines, which do nothing before enter: a theme is chosen by looking at it.

use super::Line;
use super::read::{self, Wish};
use crate::app::effect::Effect;
use crate::app::state::State;

/// Puts on the theme that the line names now; where it names none, what was worn before it.
pub(super) fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(line) = &state.line else {
        return;
    };
    let named = match read::read(state, line.editor.text()) {
        Ok(Some(Wish::Theme(name))) => Some(name),
        _ => None,
    };
    if line.fitting != named {
        effects.push(Effect::Wear(named.clone().or_else(|| state.worn.clone())));
        if let Some(line) = &mut state.line {
            line.fitting = named;
        }
    }
}

/// The line is closed and nothing was taken.
pub(super) fn leave(state: &mut State, line: &Line, effects: &mut Vec<Effect>) {
    if line.is_fitting() {
        // What it looks like again is seen.
        state.undressing = true;
        effects.push(Effect::Wear(state.worn.clone()));
    }
}
