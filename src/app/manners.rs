//! How the program behaves towards its person: messages that lead somewhere, the clock, the mouse.
//! Apart from what is done with runs.

use jiff::Timestamp;

use crate::app::choosing::open_run;
use crate::app::effect::Effect;
use crate::app::state::{State, Tab};

/// Opens the run that a message is about, where it still exists.
pub(super) fn open_message(state: &mut State, now: Timestamp, number: u64) {
    let about = state.messages.get(number).and_then(|m| m.about.clone());
    if let Some(key) = about {
        open_run(state, now, key, Tab::Summary);
    }
}

/// Wheel and clicks go to the terminal, which selects text with them, or come back.
pub(super) fn turn_mouse(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    state.mouse = !state.mouse;
    effects.push(Effect::Mouse(state.mouse));
    let text = match state.mouse {
        true => "wheel and clicks work here again",
        false => "the mouse is the terminal's: it selects text",
    };
    state.say(now, text, false);
}

/// Times are told by the other clock.
pub(super) fn turn_clock(state: &mut State, now: Timestamp) {
    state.zone.utc = !state.zone.utc;
    let name = state.zone.name(now);
    state.say(now, format!("times are told in {name}"), false);
}
