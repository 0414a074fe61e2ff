//! Among the steps of a run: opened and folded, along the lines of the graph, from failure to failure.
//! Apart from the other commands: these mean the step under the cursor.

use std::sync::Arc;

use crate::app::screens::run::Pane;
use crate::app::state::{State, Tab};
use crate::app::steps::{Walk, Way};
use crate::model::tree::BranchKind;

/// Shows the log of the step under the cursor; what only holds steps opens or closes.
pub(super) fn open_step(state: &mut State) {
    let (Some(page), Some(focus)) = (&mut state.open, &state.focus) else {
        return;
    };
    let Some(row) = page.steps.row() else {
        return;
    };
    let kind = focus.tree().branches[row.branch].kind;
    let holds = (row.folded || row.open) && kind != BranchKind::Retry;
    match focus.step(row.branch) {
        Some(step) if !holds => {
            page.cursor.put(row.id.clone());
            state.log.show_only(Some(step.display.clone()));
            page.show(Tab::Log);
        }
        _ => fold(state),
    }
}

/// Opens or closes the branch under the cursor.
pub(super) fn fold(state: &mut State) {
    let Some(page) = &mut state.open else {
        return;
    };
    let Some(row) = page.steps.row() else {
        return;
    };
    page.cursor.put(row.id.clone());
    if row.folded {
        page.folds.closed.remove(&row.id);
        page.folds.opened.insert(row.id.clone());
    } else if row.open {
        page.folds.opened.remove(&row.id);
        page.folds.closed.insert(row.id.clone());
    }
}

/// The steps in their next form, with the cursor on the same one.
pub(super) fn turn_steps(state: &mut State) {
    state.form = state.form.next();
    if let Some(page) = &mut state.open {
        page.pane = Pane::Steps;
        if let Some(row) = page.steps.row().filter(|_| page.cursor.on().is_none()) {
            page.cursor.put(row.id.clone());
        }
    }
}

/// To a neighbour along an edge of the graph: back to where one came from, else to the nearest.
pub(super) fn along(state: &mut State, way: Way) {
    let Some(page) = &mut state.open else {
        return;
    };
    let Some(here) = page.steps.row().map(|row| row.id.clone()) else {
        return;
    };
    // Who went elsewhere meanwhile did not come here along a line.
    if page.walked.last().is_some_and(|walk| walk.to != here) {
        page.walked.clear();
    }
    let back = page.walked.pop_if(|walk| walk.way != way);
    let shown = |id: &Arc<str>| page.steps.rows().iter().any(|row| row.id == *id);
    if let Some(walk) = back.filter(|walk| shown(&walk.from)) {
        return page.cursor.put(walk.from);
    }
    if let Some(row) = page.steps.beside(way) {
        let to = row.id.clone();
        page.cursor.put(to.clone());
        page.walked.push(Walk {
            from: here,
            to,
            way,
        });
    }
}

/// To the next or previous step that failed, in reading order and around.
pub(super) fn to_failure(state: &mut State, forward: bool) {
    let (Some(page), Some(focus)) = (&mut state.open, &state.focus) else {
        return;
    };
    let tree = focus.tree();
    let stands = page.cursor.on().and_then(|id| focus.branch(id));
    let here = stands.or(page.steps.row().map(|row| row.branch));
    if let Some(target) = tree.failure_beside(here, forward) {
        tree.reveal(&mut page.folds, target);
        page.cursor.put(tree.branches[target].id.clone());
    }
}
