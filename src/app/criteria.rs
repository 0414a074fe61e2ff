//! The Criteria tab: what its cursor stands on, and what its keys do.
//! Apart from the steps, whose cursor goes along: what is done to the step under the cursor is done to the criterion's.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::choosing::open_run;
use crate::app::command::Command;
use crate::app::cursor::Move;
use crate::app::focus::Focus;
use crate::app::qaruns;
use crate::app::screens::run::{Pane, RunPage, Tab};
use crate::app::state::State;
use crate::library::environment_node;
use crate::model::qarun::{Finding, Which};
use crate::model::workflow::StepKind;

/// The tabs of a run: without this one where there are no criteria and it is not the one that is shown.
pub fn tabs(shown: Tab, focus: Option<&Focus>) -> impl Iterator<Item = Tab> {
    let criteria = shown == Tab::Criteria || are_known(focus);
    let alone = focus.is_some_and(Focus::is_qarun);
    let all = Tab::ALL.into_iter();
    all.filter(move |tab| criteria || *tab != Tab::Criteria)
        .filter(move |tab| !alone || qaruns::has_tab(*tab))
}

/// A line of the tab that a cursor can stand on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stand {
    /// A criterion.
    Criterion(Which),
    /// An attempt of the QARun, counted from 1.
    Attempt(u32),
}

fn are_known(focus: Option<&Focus>) -> bool {
    focus.is_some_and(|focus| !focus.criteria().is_empty() || !focus.attempts().is_empty())
}

/// The place of the one under the cursor; `None` where there are none.
pub fn under(page: &RunPage, focus: &Focus) -> Option<usize> {
    page.criterion.index(&stands(focus))
}

/// Whether a key has something to do.
pub(super) fn applies(state: &State, command: Command) -> bool {
    let Some(page) = state.page() else {
        return false;
    };
    let there = are_known(state.focus_on(&page.key));
    there && (command == Command::ShowCriteria || on_tab(page))
}

/// Goes to another criterion, and to its step.
pub(super) fn go(page: &mut RunPage, focus: &Focus, how: Move) {
    page.criterion.go(&stands(focus), how);
    lead(page, focus);
}

/// From a criterion to its step, on which the cursor of the steps stands already; from an attempt to its workflow.
pub(super) fn open(state: &mut State, now: Timestamp) {
    let Some(page) = state.page() else {
        return;
    };
    let focus = state.focus_on(&page.key);
    let stand = focus.and_then(|focus| stands(focus).into_iter().nth(under(page, focus)?));
    if let Some(Stand::Attempt(number)) = stand {
        return open_attempt(state, now, number);
    }
    if focus.is_some_and(Focus::is_qarun) {
        return state.say(now, "there is no step of it: it has no workflow now", false);
    }
    if let Some(page) = &mut state.open {
        page.pane = Pane::Steps;
    }
}

fn open_attempt(state: &mut State, now: Timestamp, number: u32) {
    let Some(page) = state.page() else {
        return;
    };
    let (here, qarun) = (page.key.clone(), qaruns::of(state, &page.key));
    let works = qarun.map(|qarun| state.fleet.works_of(&qarun.uid));
    let work = works.and_then(|mut works| works.find(|(attempt, _)| *attempt == number));
    match work.map(|(_, run)| run.row.key.clone()) {
        Some(key) if key == here => state.say(now, "this is that attempt", false),
        Some(key) => open_run(state, now, key, Tab::Summary),
        None => {
            let text = format!("the workflow of attempt {number} is gone from the cluster");
            state.say(now, text, false);
        }
    }
}

/// The log that is opened from a criterion is that of its step, where that has one; whether it is.
pub(super) fn narrow_log(state: &mut State) -> bool {
    let Some(page) = state.page().filter(|page| on_tab(page)) else {
        return false;
    };
    let step = state.focus_on(&page.key).and_then(|focus| {
        let finding = focus.criteria().get(under(page, focus)?)?;
        focus.step(finding.branch?)
    });
    let logs = |kind| !matches!(kind, StepKind::Suspend | StepKind::Http);
    let step = step.filter(|step| logs(step.kind));
    let Some(step) = step.map(|step| step.display.clone()) else {
        return false;
    };
    state.log.show_only(Some(step));
    true
}

/// Brings the two cursors together: that of the steps leads wherever it stands on a criterion.
pub(super) fn settle(state: &mut State) {
    let (Some(page), Some(focus)) = (&mut state.open, &state.focus) else {
        return;
    };
    if page.tab != Tab::Criteria || focus.key != page.key {
        return;
    }
    if let Some(finding) = of_step(page, focus) {
        page.criterion.put(Stand::Criterion(finding.which()));
    } else if page.pane == Pane::Detail {
        let chosen = under(page, focus).and_then(|at| focus.criteria().get(at));
        if let Some(finding) = chosen {
            page.criterion.put(Stand::Criterion(finding.which()));
            lead(page, focus);
        }
    }
}

/// The criteria of the page have the keys.
pub(super) fn on_tab(page: &RunPage) -> bool {
    page.tab == Tab::Criteria && page.pane == Pane::Detail
}

/// Every line a cursor can stand on: the criteria, then the attempts, the newest first.
pub fn stands(focus: &Focus) -> Vec<Stand> {
    let criteria = focus.criteria().iter().map(Finding::which);
    let attempts = focus.attempts().iter().rev().map(|one| one.number);
    let criteria = criteria.map(Stand::Criterion);
    criteria.chain(attempts.map(Stand::Attempt)).collect()
}

/// Puts the cursor of the steps where the criterion is known from, else on its environment; nowhere, where there is neither.
fn lead(page: &mut RunPage, focus: &Focus) {
    let tree = focus.tree();
    let finding = under(page, focus).and_then(|at| focus.criteria().get(at));
    let environment = || {
        let group = environment_node(finding?.environment.as_deref()?);
        tree.branches.iter().position(|one| *one.label == *group)
    };
    let branch = finding.and_then(|finding| finding.branch);
    match branch.or_else(environment) {
        Some(branch) => {
            page.folds.only_failures &= tree.branches[branch].state.is_bad();
            tree.reveal(&mut page.folds, branch);
            page.cursor.put(tree.branches[branch].id.clone());
        }
        None => page.cursor.release(),
    }
}

/// The criterion that the step under the cursor, or what it is inside of, is of.
fn of_step<'f>(page: &RunPage, focus: &'f Focus) -> Option<&'f Finding> {
    let mut at = page.cursor.on().and_then(|id| focus.branch(id));
    while let Some(branch) = at {
        let mut all = focus.criteria().iter();
        if let Some(finding) = all.find(|finding| finding.branch == Some(branch)) {
            return Some(finding);
        }
        at = focus.tree().branches[branch].owner;
    }
    None
}
