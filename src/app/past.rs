//! Takes note of runs that end, and asks what is known of earlier ones.
//! Apart from the fleet, which only knows what happened, and from the file it is kept in, which is the runtime's.

use crate::app::effect::Effect;
use crate::app::state::{Connection, State};

/// What ended since the last message is kept; a new connection asks what was kept before.
pub(super) fn settle(state: &mut State, effects: &mut Vec<Effect>) {
    let ended = std::mem::take(&mut state.fleet.ended);
    let Connection::Up { context, .. } = &state.connection else {
        return;
    };
    if !state.keeps_past {
        return;
    }
    if state.recalled != Some(state.session) {
        state.recalled = Some(state.session);
        effects.push(Effect::Recall(state.session, context.clone()));
    }
    if !ended.is_empty() {
        effects.push(Effect::KeepPast(context.clone(), ended));
    }
}
