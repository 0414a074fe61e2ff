//! Saved views: filters with names, between which one key turns. The first is always all runs by attention.
//! Apart from the filter that is typed, which may be none of them.

use std::borrow::Cow;

use crate::app::config::views::View;
use crate::app::query::Query;
use crate::app::select::SortKey;
use crate::app::state::State;

/// The name of the first view.
const ALL: &str = "All";

/// All views, as the tabs show them; none where nobody has configured one.
pub fn all(state: &State) -> Vec<Cow<'_, View>> {
    let views = &state.habits.views;
    if views.is_empty() {
        return Vec::new();
    }
    let all = View {
        name: ALL.to_string(),
        query: Query::default(),
        sort: SortKey::default(),
        reversed: false,
    };
    std::iter::once(Cow::Owned(all))
        .chain(views.iter().map(Cow::Borrowed))
        .collect()
}

/// The one that is in force, if what is in force is one.
pub fn current(state: &State) -> Option<usize> {
    let runs = &state.runs;
    all(state)
        .iter()
        .position(|v| v.query == runs.query && v.sort == runs.sort && v.reversed == runs.reversed)
}

/// Takes the view at this place.
pub(super) fn take(state: &mut State, place: usize) {
    let Some(view) = all(state).into_iter().nth(place).map(Cow::into_owned) else {
        return;
    };
    if view.query != state.runs.query {
        state.runs.cursor.release();
    }
    state.runs.query = view.query;
    state.runs.order(view.sort, view.reversed);
}

/// Takes the next or previous one, around; from something that is no view the first.
pub(super) fn turn(state: &mut State, forward: bool) {
    let count = all(state).len();
    let place = match (current(state), forward) {
        (None, _) => 0,
        (Some(at), true) => (at + 1) % count.max(1),
        (Some(at), false) => at.checked_sub(1).unwrap_or(count.saturating_sub(1)),
    };
    take(state, place);
}
