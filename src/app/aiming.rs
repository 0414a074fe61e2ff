//! What is looked at closely: the run under the cursor once that rests, and the last lines of its step that tells.
//! Apart from what is known of it ([`crate::app::focus`]): here it is only decided that it is watched and read.

use jiff::Timestamp;

use crate::app::effect::Effect;
use crate::app::fleet::Run;
use crate::app::focus::{Focus, TAIL_LINES, Tail};
use crate::app::state::{State, later};

/// Milliseconds the cursor rests on a run before it is watched.
const AIM: i64 = 80;

/// The focus follows the page, else the cursor.
pub(super) fn settle(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let wanted = state.shown_run();
    let Some(wanted) = wanted else {
        state.aim = None;
        if state.focus.take().is_some() {
            effects.push(Effect::Unwatch);
        }
        return;
    };
    if state
        .focus
        .as_ref()
        .is_some_and(|focus| focus.key == wanted)
    {
        state.aim = None;
        return;
    }
    let due = match &state.aim {
        Some((key, at)) if *key == wanted => *at,
        _ => later(now, AIM),
    };
    if state.open.is_some() || state.focus.is_none() || due <= now {
        state.aim = None;
        let alone = state.fleet.get(&wanted.uid).is_some_and(Run::is_qarun);
        state.focus = Some(Focus::new(wanted.clone()));
        effects.push(match alone {
            // There is no workflow to watch.
            true => Effect::Unwatch,
            false => Effect::Watch(state.session, wanted),
        });
    } else {
        state.aim = Some((wanted, due));
    }
}

/// Reads the last lines of the step that tells what is the matter: once where it is over, again and again while it goes on.
pub(super) fn settle_tail(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let session = state.session;
    let Some(focus) = state.focus.as_mut() else {
        return;
    };
    let Some((step, pod)) = focus.telling_step() else {
        // Where nothing tells any more (a retry took the step away) nothing is due either.
        focus.tail = None;
        return;
    };
    let (node, label, ended) = (step.id.clone(), step.display.clone(), step.phase.is_done());
    let container = step.telling_container();
    let same = focus.tail.take_if(|tail| tail.node == node);
    if let Some(tail) = &same {
        let wait = tail.due().is_none_or(|due| now < due);
        if wait && (tail.ended || !ended) {
            focus.tail = same;
            return;
        }
    }
    focus.tail = Some(Tail {
        node,
        ended,
        asked: now,
        pod: pod.clone(),
        container: container.clone(),
        // What was read before stays until the answer comes.
        lines: same.and_then(|tail| tail.lines),
    });
    effects.push(Effect::ReadTail {
        session,
        run: focus.key.clone(),
        pod,
        container,
        step: label,
        lines: TAIL_LINES,
    });
}
