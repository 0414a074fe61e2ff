//! What each command does.
//! Apart from the keys that ask for it and from the messages that arrive by themselves.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::choosing::{in_overlay, switch};
use crate::app::command::Command;
use crate::app::cursor::Cursor;
use crate::app::effect::Effect;
use crate::app::line;
use crate::app::log::LogView;
use crate::app::manners;
use crate::app::moving::{Shares, go};
use crate::app::overlay::OverlayKind;
use crate::app::prompt;
use crate::app::query::Query;
use crate::app::screens::run::RunPage;
use crate::app::seeking;
use crate::app::state::{Connection, Pane, PromptKind, State, Tab};
use crate::app::steps::Way;
use crate::app::trail;
use crate::app::update::open_overlay;
use crate::app::views;
use crate::model::delta::Scope;
use crate::model::tree::BranchKind;

/// How often a border can be pushed in one direction.
const LEAN: i8 = 8;

/// Does it, if it applies.
pub(super) fn act(state: &mut State, now: Timestamp, command: Command, effects: &mut Vec<Effect>) {
    if state.line.is_some() {
        return line::command(state, now, command, effects);
    }
    if state.prompt.is_some() {
        return in_prompt(state, now, command);
    }
    if state.overlay.is_some() {
        return in_overlay(state, now, command, effects);
    }
    if !command.applies(state) {
        return state.say(now, nothing_to_do(command), false);
    }
    match command {
        Command::Down
        | Command::Up
        | Command::First
        | Command::Last
        | Command::HalfDown
        | Command::HalfUp
        | Command::PageDown
        | Command::PageUp => go(state, now, command),
        Command::Open => open(state, Tab::Summary),
        Command::ShowSummary => open(state, Tab::Summary),
        Command::ShowLog => open(state, Tab::Log),
        Command::ShowParameters => open(state, Tab::Parameters),
        Command::ShowEvents => open(state, Tab::Events),
        Command::ShowYaml => open(state, Tab::Yaml),
        Command::NextTab => turn_tab(state, 1),
        Command::PrevTab => turn_tab(state, -1),
        Command::NextPane => next_pane(state),
        Command::FullScreen => {
            if let Some(page) = &mut state.open {
                page.zoom = !page.zoom;
            }
        }
        Command::OpenStep => open_step(state),
        Command::Fold => fold(state),
        Command::TurnSteps => turn_steps(state),
        Command::StepBefore => along(state, Way::Before),
        Command::StepAfter => along(state, Way::After),
        Command::NextFailure => to_failure(state, true),
        Command::PrevFailure => to_failure(state, false),
        Command::OnlyFailures => {
            if let Some(page) = &mut state.open {
                page.folds.only_failures = !page.folds.only_failures;
                page.cursor.top = 0;
            }
        }
        Command::Follow
        | Command::Wrap
        | Command::Timestamps
        | Command::OneStep
        | Command::Executor => in_log(state, command),
        Command::NextMatch => seeking::go(state, now, true),
        Command::PrevMatch => seeking::go(state, now, false),
        Command::Filter => filter(state),
        Command::Back => back(state),
        Command::Quit => {
            if state.open.is_some() {
                state.open = None;
            } else {
                effects.push(Effect::Quit);
            }
        }
        Command::NextView | Command::PrevView => {
            views::turn(state, command == Command::NextView);
        }
        Command::Runs => state.open = None,
        Command::Help => {
            let scopes = state.key_scopes();
            open_overlay(state, OverlayKind::Help { scopes }, effects);
        }
        Command::Sort => open_overlay(state, OverlayKind::Sort, effects),
        Command::Namespaces => open_overlay(state, OverlayKind::Namespaces, effects),
        Command::Contexts => open_overlay(state, OverlayKind::Contexts, effects),
        Command::AllNamespaces => switch(state, state.context.clone(), Scope::All, effects),
        Command::Reread => reread(state, effects),
        Command::Repaint => state.repaint = true,
        Command::Problems => open_overlay(state, OverlayKind::Problems, effects),
        Command::Messages => open_overlay(state, OverlayKind::Messages, effects),
        Command::Mouse => manners::turn_mouse(state, now, effects),
        Command::Utc => manners::turn_clock(state, now),
        Command::ReloadConfig => effects.push(Effect::ReadConfig),
        Command::SuspendProgram => effects.push(Effect::Suspend),
        Command::Line => line::open(state, effects),
        Command::Find => open_overlay(state, OverlayKind::Find, effects),
        Command::Copy => copy_menu(state, effects),
        Command::Columns => open_overlay(state, OverlayKind::Columns, effects),
        // A border that was dragged goes back to where the layout has it first.
        Command::Widen | Command::Narrow => {
            state.shares = Shares::default();
            let by = if command == Command::Widen { 1 } else { -1 };
            state.lean = (state.lean + by).clamp(-LEAN, LEAN);
        }
        Command::Browse => browse(state, now, effects),
        Command::HistoryBack => trail::walk(state, false, effects),
        Command::HistoryForward => trail::walk(state, true, effects),
        Command::SetMark => open_overlay(state, OverlayKind::Marks { set: true }, effects),
        Command::ToMark => open_overlay(state, OverlayKind::Marks { set: false }, effects),
        Command::Accept | Command::Mark | Command::Clear | Command::Complete => {}
    }
}

/// Why a command does nothing now.
pub(super) fn nothing_to_do(command: Command) -> String {
    match command {
        Command::NextFailure | Command::PrevFailure => "no step failed".to_string(),
        Command::Browse => "no address is configured: [links] run in config.toml".to_string(),
        Command::NextView | Command::PrevView => {
            "no view is in force: [[view]] in config.toml; `:config-problems` lists what is wrong there"
                .to_string()
        }
        Command::NextMatch | Command::PrevMatch => {
            "nothing is searched for: / on a run searches the focused pane".to_string()
        }
        Command::ToMark => "no place is marked yet".to_string(),
        Command::HistoryBack => "there is no place before this one".to_string(),
        Command::HistoryForward => "there is no place after this one".to_string(),
        _ => format!("nothing to do for `{}` here", command.info().name),
    }
}

/// What can be copied about the run, and about the step under the cursor.
fn copy_menu(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(key) = state.shown_run() {
        let row = state.page().and_then(|page| page.steps.row());
        let step = row.map(|row| row.id.clone());
        open_overlay(state, OverlayKind::Copy { key, step }, effects);
    }
}

fn browse(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let link = state.shown_run().and_then(|key| state.links.run(&key));
    if let Some(link) = link {
        state.say(now, format!("to the browser: {link}"), false);
        effects.push(Effect::Show(link.into()));
    }
}

fn in_prompt(state: &mut State, now: Timestamp, command: Command) {
    match command {
        Command::Accept => prompt::accept(state, now),
        Command::Clear => prompt::cancel(state),
        Command::Down | Command::Up => go(state, now, command),
        _ => {}
    }
}

/// Begins a new session.
pub(super) fn connect(state: &mut State, effects: &mut Vec<Effect>) {
    state.session += 1;
    state.connection = Connection::Connecting;
    state.fleet = state.fleet.anew();
    state.runs.cursor = Cursor::default();
    state.runs.held = false;
    state.open = None;
    state.focus = None;
    state.aim = None;
    state.log = LogView::default();
    state.log_of = None;
    state.namespaces = None;
    effects.push(Effect::Connect {
        session: state.session,
        context: state.context.clone(),
        scope: state.scope.clone(),
    });
}

fn reread(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(page) = &state.open
        && page.tab == Tab::Yaml
        && let Some(focus) = &mut state.focus
    {
        focus.yaml = None;
        return;
    }
    connect(state, effects);
}

pub(super) fn open(state: &mut State, tab: Tab) {
    match &mut state.open {
        Some(page) => page.show(tab),
        None => {
            if let Some(key) = state.shown_run() {
                state.open = Some(RunPage::new(key, tab));
            }
        }
    }
}

fn turn_tab(state: &mut State, by: isize) {
    if let Some(page) = &mut state.open {
        page.show(page.tab.step(by));
    }
}

fn next_pane(state: &mut State) {
    if let Some(page) = &mut state.open {
        page.pane = match page.pane {
            Pane::Steps => Pane::Detail,
            Pane::Detail => Pane::Steps,
        };
    }
}

/// Shows the log of the step under the cursor; what only holds steps opens or closes.
fn open_step(state: &mut State) {
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
fn fold(state: &mut State) {
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
fn turn_steps(state: &mut State) {
    state.form = state.form.next();
    if let Some(page) = &mut state.open {
        page.pane = Pane::Steps;
        if let Some(row) = page.steps.row().filter(|_| page.cursor.on().is_none()) {
            page.cursor.put(row.id.clone());
        }
    }
}

/// To a neighbour along an edge of the graph.
fn along(state: &mut State, way: Way) {
    if let Some(page) = &mut state.open
        && let Some(row) = page.steps.beside(way)
    {
        page.cursor.put(row.id.clone());
    }
}

/// To the next or previous step that failed, in reading order and around.
fn to_failure(state: &mut State, forward: bool) {
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

fn in_log(state: &mut State, command: Command) {
    let log = &mut state.log;
    match command {
        Command::Follow => log.follow = !log.follow,
        Command::Wrap => log.wrap = !log.wrap,
        Command::Executor => log.toggle_executor(),
        Command::Timestamps => log.timestamps = !log.timestamps,
        _ if log.only.is_some() => log.show_only(None),
        _ => {
            let step = step_under_cursor(state);
            state.log.show_only(step);
            state.log.follow = true;
        }
    }
}

fn step_under_cursor(state: &State) -> Option<Arc<str>> {
    let (page, focus) = (state.open.as_ref()?, state.focus.as_ref()?);
    let row = page.steps.row()?;
    focus.step(row.branch).map(|step| step.display.clone())
}

fn filter(state: &mut State) {
    let kind = match state.open {
        Some(_) => PromptKind::Search,
        None => PromptKind::Filter,
    };
    prompt::open(state, kind);
}

/// One step out: zoom, search, page, filter, in this order. Never ends the program.
fn back(state: &mut State) {
    if let Some(page) = &mut state.open {
        if page.zoom {
            page.zoom = false;
        } else if !seeking::stop(state) {
            state.open = None;
        }
    } else if !state.runs.query.is_empty() {
        prompt::set_query(state, Query::default());
    }
}
