//! Searching on a Run page: `/`, then from match to match in whatever is focused.
//! Apart from the search itself, which knows texts and no panes.

use jiff::Timestamp;

use crate::app::screens::run::{Pane, RunPage};
use crate::app::search::{self, Search};
use crate::app::state::{State, Tab};

/// What `/` and the keys for the next match are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sought {
    Steps,
    Log,
    /// A tab whose lines are known only when they are drawn.
    Lines,
}

fn sought(page: &RunPage) -> Sought {
    match (page.pane, page.tab) {
        (Pane::Steps, _) => Sought::Steps,
        (Pane::Detail, Tab::Log) => Sought::Log,
        (Pane::Detail, _) => Sought::Lines,
    }
}

/// What is searched for now.
pub(super) fn text(state: &State) -> &str {
    state.open.as_ref().map_or("", |page| page.search.text())
}

/// Searches for something else, in every pane.
///
/// # Errors
/// What is wrong with the expression; the search before stays.
pub(super) fn set(state: &mut State, text: &str) -> Result<(), String> {
    let search = Search::parse(text)?;
    state.log.set_search(search.clone());
    if let Some(page) = &mut state.open {
        // What the old one found says nothing of the new one.
        page.found = None;
        page.search = search;
    }
    Ok(())
}

/// Searches for nothing any more; says whether anything was.
pub(super) fn stop(state: &mut State) -> bool {
    let searched = !text(state).is_empty();
    // An empty search is never refused.
    searched && set(state, "").is_ok()
}

/// To the next match, or the previous one, in what is focused.
pub(super) fn go(state: &mut State, now: Timestamp, forward: bool) {
    let Some(page) = &mut state.open else {
        return;
    };
    let place = sought(page);
    if place == Sought::Lines && page.found.is_none() {
        page.seek = Some(forward);
        return;
    }
    let found = match place {
        Sought::Log => state.log.to_match(forward),
        Sought::Lines => to_line(state, forward),
        Sought::Steps => to_step(state, forward),
    };
    if !found {
        let what = if place == Sought::Steps {
            "step"
        } else {
            "line"
        };
        let text = format!("no {what} matches `{}`", text(state));
        state.say(now, text, true);
    }
}

/// Goes where it could not be gone before the lines were drawn.
pub(super) fn settle(state: &mut State, now: Timestamp) {
    let Some(page) = &mut state.open else {
        return;
    };
    if page.found.is_some()
        && let Some(forward) = page.seek.take()
    {
        go(state, now, forward);
    }
}

fn to_line(state: &mut State, forward: bool) -> bool {
    let Some(page) = &mut state.open else {
        return false;
    };
    // The line at the top was just read, unless it is the first of all.
    let here = page.top.checked_sub(usize::from(page.top == 0));
    let found = page.found.as_deref().unwrap_or_default();
    let target = search::beside(found, here, forward);
    page.top = target.unwrap_or(page.top);
    target.is_some()
}

fn to_step(state: &mut State, forward: bool) -> bool {
    let (Some(page), Some(focus)) = (&mut state.open, &state.focus) else {
        return false;
    };
    let tree = focus.tree();
    let stands = page.cursor.on().and_then(|id| focus.branch(id));
    let here = stands.or(page.steps.row().map(|row| row.branch));
    let matching = tree.all(|branch| page.search.is_in(&branch.label));
    let Some(target) = tree.beside(&matching, here, forward) else {
        return false;
    };
    page.folds.only_failures &= tree.branches[target].state.is_bad();
    tree.reveal(&mut page.folds, target);
    page.cursor.put(tree.branches[target].id.clone());
    true
}
