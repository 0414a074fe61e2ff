//! Searching on a Run page or in a manifest: `/`, then from match to match in whatever is focused.
//! Apart from the search itself, which knows texts and no panes.

use jiff::Timestamp;

use crate::app::focus::Focus;
use crate::app::log::LogView;
use crate::app::screens::origins::Yaml;
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

/// The manifest that lies where else the list of templates is, if that is what is looked at.
fn manifest(state: &mut State) -> Option<&mut Yaml> {
    let shown = state.shows_manifest();
    state.origins.yaml.as_mut().filter(|_| shown)
}

/// What is searched for now.
pub(super) fn text(state: &State) -> &str {
    let manifest = state.origins.yaml.as_ref();
    match manifest.filter(|_| state.shows_manifest()) {
        Some(yaml) => yaml.search.text(),
        None => state.open.as_ref().map_or("", |page| page.search.text()),
    }
}

/// Searches for something else, in every pane.
///
/// # Errors
/// What is wrong with the expression; the search before stays.
pub(super) fn set(state: &mut State, text: &str) -> Result<(), String> {
    let search = Search::parse(text)?;
    if let Some(yaml) = manifest(state) {
        yaml.hit = None;
        yaml.search = search;
        return Ok(());
    }
    state.log.set_search(search.clone());
    if let Some(page) = &mut state.open {
        // What the old one found says nothing of the new one.
        page.found = None;
        page.hit = None;
        page.search = search;
    }
    Ok(())
}

/// Searches for nothing any more; says whether anything was.
pub(super) fn stop(state: &mut State) -> bool {
    let searched = !text(state).is_empty();
    // What was brought aside to show a match stands as it did.
    if let Some(page) = state.open.as_mut().filter(|_| searched) {
        page.aside = 0;
    }
    // An empty search is never refused.
    searched && set(state, "").is_ok()
}

/// To the next match, or the previous one, in what is focused.
pub(super) fn go(state: &mut State, now: Timestamp, forward: bool) {
    if let Some(yaml) = manifest(state) {
        if !yaml.go(forward) {
            let text = format!("no line matches `{}`", yaml.search.text());
            state.say(now, text, true);
        }
        return;
    }
    let Some(page) = &mut state.open else {
        return;
    };
    let place = sought(page);
    if place == Sought::Lines && page.found.is_none() {
        page.seek = Some(forward);
        return;
    }
    let found = match place {
        Sought::Log => to_log_line(state, forward),
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

/// What the tab shows is there and not still being read.
pub(super) fn is_read(state: &State) -> bool {
    let Some(page) = state.page().filter(|page| page.tab == Tab::Yaml) else {
        return true;
    };
    let yaml = state
        .focus_on(&page.key)
        .and_then(|focus| focus.yaml.as_ref());
    match yaml {
        Some(Ok(text)) => !text.is_empty(),
        Some(Err(_)) => true,
        None => false,
    }
}

/// Looks for what was typed where that had to wait, and goes where it could not be gone before the lines were drawn.
pub(super) fn settle(state: &mut State, now: Timestamp) {
    state.log.settle(now);
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
    let found = page.found.as_deref().unwrap_or_default();
    let lines: Vec<usize> = found.iter().map(|place| place.line).collect();
    let view = page.top..page.top + page.detail_height.max(1);
    let beside = |here, forward| search::beside(&lines, here, forward);
    let target = search::next(page.hit, view.clone(), forward, beside);
    let place = target.and_then(|line| found.iter().find(|place| place.line == line));
    let Some(&place) = place else {
        return false;
    };
    page.hit = Some(place.line);
    page.top = search::bring(place.line, view);
    page.aside = search::bring_aside(place, page.aside, page.detail_width);
    true
}

fn to_log_line(state: &mut State, forward: bool) -> bool {
    let Some(page) = &mut state.open else {
        return false;
    };
    let Some(place) = state.log.to_match(forward, page.detail_height) else {
        return false;
    };
    if !state.log.wrap {
        page.aside = search::bring_aside(place, page.aside, page.detail_width);
    }
    true
}

/// `2 of 5` in the pane with the focus; `None` where nothing is searched for.
pub fn told(page: &RunPage, log: &LogView, focus: &Focus) -> Option<String> {
    if page.search.is_empty() {
        return None;
    }
    let (nth, count) = match sought(page) {
        // What was typed just now is looked for when the typing stops.
        Sought::Log if log.owes() => return Some(format!("/{} …", page.search.text())),
        Sought::Log => (log.nth_match(), log.match_count()),
        Sought::Lines => {
            let found = page.found.as_deref().unwrap_or_default();
            let at = |line| found.iter().position(|place| place.line == line);
            (page.hit.and_then(at).map(|at| at + 1), found.len())
        }
        Sought::Steps => {
            let matching = focus.tree().all(|branch| page.search.is_in(&branch.label));
            let on = page.cursor.on().and_then(|id| focus.branch(id));
            let at = matching.iter().position(|&at| Some(at) == on);
            (at.map(|at| at + 1), matching.len())
        }
    };
    Some(format!(
        "/{} {}",
        page.search.text(),
        search::told(nth, count)
    ))
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
