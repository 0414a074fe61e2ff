//! A look at some runs from another screen: the Runs screen filtered for it, and the way back to where that was asked.
//! Apart from history, which leads everywhere; here `esc` leads back once, as out of an opened thing.

use serde::{Deserialize, Serialize};

use crate::app::prompt;
use crate::app::query::Query;
use crate::app::screens::runs::List;
use crate::app::state::{Screen, State};

/// What is looked at, and what was there before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// The filter that shows the runs.
    shown: Query,
    /// The filter of the Runs screen before.
    before: Query,
    /// Its list before.
    list: List,
    /// The screen it was asked on.
    from: Screen,
}

/// To the runs that pass this filter.
pub(super) fn go(state: &mut State, query: Query) {
    state.runs.visit = Some(Visit {
        shown: query.clone(),
        before: state.runs.query.clone(),
        list: state.runs.list,
        from: state.screen,
    });
    state.screen = Screen::Runs;
    state.runs.list = List::Runs;
    prompt::set_query(state, query);
}

/// Back, if that is where one is: with another filter one has gone on from there.
pub(super) fn back(state: &mut State) -> bool {
    let here = |visit: &mut Visit| visit.shown == state.runs.query;
    let Some(visit) = state.runs.visit.take_if(here) else {
        return false;
    };
    prompt::set_query(state, visit.before);
    state.runs.list = visit.list;
    state.open = None;
    state.screen = visit.from;
    true
}
