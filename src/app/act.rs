//! What each command does.
//! Apart from the keys that ask for it and from the messages that arrive by themselves.

use jiff::Timestamp;

use crate::app::artifacts::{self, Sizes};
use crate::app::beside;
use crate::app::choosing::{in_overlay, switch};
use crate::app::command::{Command, Scope as KeyScope};
use crate::app::compare;
use crate::app::criteria;
use crate::app::cursor::Cursor;
use crate::app::draft;
use crate::app::effect::Effect;
use crate::app::failures;
use crate::app::fleet::Run;
use crate::app::inside;
use crate::app::line;
use crate::app::log::LogView;
use crate::app::manners;
use crate::app::moving::{self, Shares, go};
use crate::app::orders;
use crate::app::origins;
use crate::app::overlay::OverlayKind;
use crate::app::prompt;
use crate::app::qaruns::{self, Agents};
use crate::app::query::Query;
use crate::app::reading;
use crate::app::report;
use crate::app::screens::runs::List;
use crate::app::seeking;
use crate::app::state::{Connection, Pane, PromptKind, Screen, State, Tab};
use crate::app::steps::Way;
use crate::app::tasks;
use crate::app::trail;
use crate::app::update::open_overlay;
use crate::app::views;
use crate::app::visit;
use crate::app::walking;
use crate::app::why;
use crate::model::delta::Scope;

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
    if state.orders.dialog.is_some() {
        return orders::dialog::command(state, now, command, effects);
    }
    if state.overlay.is_some() {
        return in_overlay(state, now, command, effects);
    }
    if !command.applies(state) {
        return state.say(now, nothing_to_do(command), false);
    }
    if let Some(why) = lacks_workflow(state, command) {
        return state.say(now, why, false);
    }
    if draft::keys::command(state, now, command, effects) {
        return;
    }
    if let Some(kind) = list(state, command) {
        return open_overlay(state, kind, effects);
    }
    if command == Command::ShowLog && state.lists_runs() && !state.runs.marks.is_empty() {
        return reading::of_marked(state, now);
    }
    if let Some(tab) = tab(state, command) {
        return open(state, tab);
    }
    match (command, command.info().scope) {
        (Command::Wrap, _) | (_, KeyScope::Log) => {
            return reading::command(state, command, effects);
        }
        (_, KeyScope::Artifacts) => return artifacts::command(state, command, effects),
        (_, KeyScope::Criteria) => return criteria::open(state, now),
        _ if on_page(state, command) => return,
        _ => {}
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
        Command::BesideDown => moving::beside(state, beside::STEP),
        Command::BesideUp => moving::beside(state, -beside::STEP),
        Command::ShowYaml => origins::show_yaml(state, effects),
        Command::NextMatch => seeking::go(state, now, true),
        Command::PrevMatch => seeking::go(state, now, false),
        Command::Filter => filter(state),
        Command::Back => back(state),
        Command::Quit => quit(state, now, effects),
        Command::NextView | Command::PrevView => {
            views::turn(state, command == Command::NextView);
        }
        Command::Runs => to_list(state, List::Runs),
        Command::Queue => to_list(state, List::Queue),
        Command::Templates => origins::open(state, None),
        Command::Failures => failures::open(state),
        Command::Tasks => tasks::open(state, now),
        Command::OpenTask | Command::NextTag | Command::MarkTask | Command::Bridge => {
            tasks::command(state, now, command, effects);
        }
        Command::QaRuns => qaruns::list(state, now),
        Command::SeeFailed => failures::see_runs(state, now),
        Command::SeeRuns => origins::see_runs(state, now),
        Command::AllNamespaces => switch(state, state.context.clone(), Scope::All, effects),
        Command::Reread => reread(state, now, effects),
        Command::Repaint => state.repaint = true,
        Command::Mouse => manners::turn_mouse(state, now, effects),
        Command::Utc => manners::turn_clock(state, now),
        Command::ReloadConfig => effects.push(Effect::ReadConfig),
        Command::SuspendProgram => effects.push(Effect::Suspend),
        Command::Line => line::open(state, effects),
        Command::Copy => copy_menu(state, effects),
        // A border that was dragged goes back to where the layout has it first.
        Command::Widen | Command::Narrow => {
            state.shares = Shares::default();
            let by = if command == Command::Widen { 1 } else { -1 };
            state.lean = (state.lean + by).clamp(-LEAN, LEAN);
        }
        Command::Compare => compare::open(state, now, effects),
        Command::Report => report::open(state, now, effects),
        Command::Draft => draft::keys::open(state, now, effects),
        Command::Shell => inside::open(state, now, None, effects),
        Command::Browse => browse(state, now, effects),
        Command::HistoryBack => trail::walk(state, false, effects),
        Command::HistoryForward => trail::walk(state, true, effects),
        Command::Accept
        | Command::Mark
        | Command::Clear
        | Command::Complete
        | Command::Confirm
        | Command::TurnAnswer
        | Command::ChangeValues => {}
        action => orders::command(state, now, action, effects),
    }
}

/// What a command would need of a QARun that has no workflow; `None`: nothing.
fn lacks_workflow(state: &State, command: Command) -> Option<String> {
    if !state.shown().is_some_and(Run::is_qarun) {
        return None;
    }
    match (command, tab(state, command)) {
        // There is nothing to compare and nothing to go into.
        (Command::Compare | Command::Shell | Command::Browse, _) => {
            let name = command.info().name;
            Some(format!("`{name}` is about a workflow: it has none now"))
        }
        (_, Some(tab)) if !qaruns::has_tab(tab) => {
            let what = tab.word().to_lowercase();
            Some(format!("there is no {what} of it: it has no workflow now"))
        }
        _ => None,
    }
}

/// Does what is about the page of a run and nothing else; `false` where a command is not.
fn on_page(state: &mut State, command: Command) -> bool {
    match command {
        Command::NextTab => turn_tab(state, 1),
        Command::PrevTab => turn_tab(state, -1),
        Command::NextPane => next_pane(state),
        Command::FullScreen => {
            if let Some(page) = &mut state.open {
                page.zoom = !page.zoom;
            }
        }
        Command::OpenStep => walking::open_step(state),
        Command::Fold => walking::fold(state),
        Command::TurnSteps => walking::turn_steps(state),
        Command::StepBefore => walking::along(state, Way::Before),
        Command::StepAfter => walking::along(state, Way::After),
        Command::NextFailure => walking::to_failure(state, true),
        Command::PrevFailure => walking::to_failure(state, false),
        Command::OnlyFailures => {
            if let Some(page) = &mut state.open {
                page.folds.only_failures = !page.folds.only_failures;
                page.cursor.top = 0;
            }
        }
        Command::ScrollLeft | Command::ScrollRight => aside(state, command),
        _ => return false,
    }
    true
}

/// The tab a command shows, if that is all it does.
fn tab(state: &State, command: Command) -> Option<Tab> {
    Some(match command {
        Command::Open | Command::ShowSummary => Tab::Summary,
        Command::ShowLog => Tab::Log,
        Command::ShowCriteria => Tab::Criteria,
        Command::ShowParameters => Tab::Parameters,
        Command::ShowArtifacts => Tab::Artifacts,
        Command::ShowEvents => Tab::Events,
        Command::ShowYaml if state.screen != Screen::Origins => Tab::Yaml,
        _ => return None,
    })
}

/// Out of what is open; at the root the end.
fn quit(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    if state.open.is_some() {
        state.open = None;
    } else if state.shows_manifest() {
        state.origins.yaml = None;
    } else {
        orders::leave(state, now, effects);
    }
}

/// The list a command opens, if that is all it does.
fn list(state: &State, command: Command) -> Option<OverlayKind> {
    Some(match command {
        Command::Help => OverlayKind::Help {
            scopes: state.key_scopes(),
        },
        Command::Sort => OverlayKind::Sort,
        Command::Namespaces => OverlayKind::Namespaces,
        Command::Contexts => OverlayKind::Contexts,
        Command::Problems => OverlayKind::Problems,
        Command::Messages => OverlayKind::Messages,
        Command::Journal => OverlayKind::Journal,
        Command::CodeRuns => OverlayKind::CodeRuns,
        Command::Find => OverlayKind::Find,
        Command::Why => return why::asked(state),
        Command::Columns => OverlayKind::Columns,
        Command::SetMark => OverlayKind::Marks { set: true },
        Command::ToMark => OverlayKind::Marks { set: false },
        _ => return None,
    })
}

/// The screen of all runs, or of those that wait.
pub(super) fn to_list(state: &mut State, list: List) {
    state.open = None;
    state.screen = Screen::Runs;
    if state.runs.list != list {
        state.runs.list = list;
        state.runs.cursor.release();
        state.runs.held = false;
    }
}

/// Why a command does nothing now.
pub(super) fn nothing_to_do(command: Command) -> String {
    match command {
        Command::NextFailure | Command::PrevFailure => "no step failed".to_string(),
        Command::NextError | Command::PrevError => {
            "no line that is shown says it is an error or a warning".to_string()
        }
        Command::SaveLog | Command::PageLog | Command::EditLog => "no line of a log is shown: `l` opens the log of a run".to_string(),
        Command::Browse => "no address is configured: [links] run in config.toml".to_string(),
        Command::NextView | Command::PrevView => {
            "no view is in force: [[view]] in config.toml; `:config-problems` lists what is wrong there"
                .to_string()
        }
        Command::NextMatch | Command::PrevMatch => {
            "nothing is searched for: / searches on a run, in its focused pane, and in a manifest".to_string()
        }
        Command::BesideDown | Command::BesideUp => {
            "nothing stands beside this, or below it, that could be scrolled".to_string()
        }
        Command::ToMark => "no place is marked yet".to_string(),
        Command::HistoryBack => "there is no place before this one".to_string(),
        Command::HistoryForward => "there is no place after this one".to_string(),
        Command::Runs | Command::Queue | Command::Templates | Command::Failures => {
            "this is that screen".to_string()
        }
        Command::ShowCriteria => "there are no criteria of this run: it was not made of a QARun".to_string(),
        Command::ShowEvents => "events are on the page of a run: enter opens it".to_string(),
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
        Command::Complete => prompt::complete(state, now),
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
    state.origins.forget();
    state.failures.forget();
    compare::forget(state);
    state.open = None;
    state.focus = None;
    state.aim = None;
    state.agents = Agents::default();
    state.log = LogView::default();
    state.log_of = None;
    state.namespaces = None;
    effects.push(Effect::Connect {
        session: state.session,
        context: state.context.clone(),
        scope: state.scope.clone(),
    });
}

fn reread(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let up = matches!(state.connection, Connection::Up { .. });
    if state.screen == Screen::Tasks && state.open.is_none() {
        return state.tasks.read_again(now);
    }
    if state.screen == Screen::Origins && up {
        if state.origins.yaml.is_some() {
            return origins::show_yaml(state, effects);
        }
        return state.origins.read_again(now);
    }
    if let Some(page) = &state.open
        && matches!(page.tab, Tab::Yaml | Tab::Artifacts)
        && let Some(focus) = &mut state.focus
    {
        match page.tab {
            Tab::Yaml => focus.yaml = None,
            _ => focus.sizes = Sizes::default(),
        }
        return;
    }
    connect(state, effects);
}

pub(super) fn open(state: &mut State, tab: Tab) {
    if tab == Tab::Log && !criteria::narrow_log(state) {
        reading::aim(state);
    }
    match &mut state.open {
        Some(page) => page.show(tab),
        None => {
            if let Some(key) = state.shown_run() {
                state.open = Some(qaruns::page(state, key, tab));
            }
        }
    }
}

/// Half a pane to the side.
fn aside(state: &mut State, command: Command) {
    if let Some(page) = &mut state.open {
        let step = (page.detail_width / 2).max(1);
        page.aside = match command {
            Command::ScrollLeft => page.aside.saturating_sub(step),
            _ => page.aside + step,
        };
    }
}

fn turn_tab(state: &mut State, by: isize) {
    if let Some(page) = &state.open {
        let focus = state.focus_on(&page.key);
        let tabs: Vec<Tab> = criteria::tabs(page.tab, focus).collect();
        let at = tabs.iter().position(|tab| *tab == page.tab).unwrap_or(0) as isize;
        open(
            state,
            tabs[(at + by).rem_euclid(tabs.len() as isize) as usize],
        );
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

fn filter(state: &mut State) {
    let kind = match state.open {
        Some(_) => PromptKind::Search,
        None if state.shows_manifest() => PromptKind::Search,
        None if state.screen == Screen::Origins => PromptKind::Origins,
        None if state.screen == Screen::Failures => PromptKind::Failures,
        None if state.screen == Screen::Tasks => PromptKind::Tasks,
        None => PromptKind::Filter,
    };
    prompt::open(state, kind);
}

/// One step out: zoom, search, filter of the log, page, filter, in this order. Never ends the program.
fn back(state: &mut State) {
    if let Some(page) = &mut state.open {
        if page.zoom {
            page.zoom = false;
        } else if page.pane == Pane::Detail && page.search.is_empty() && artifacts::close(page) {
            // Back in the list.
        } else if !seeking::stop(state) && !reading::stop(state) {
            state.open = None;
        }
    } else if state.screen == Screen::Origins {
        let searched = state.shows_manifest() && seeking::stop(state);
        if !searched && state.origins.yaml.take().is_none() {
            state.origins.filter.clear();
        }
    } else if state.screen == Screen::Failures {
        failures::clear(state);
    } else if state.screen == Screen::Tasks {
        tasks::back(state);
    } else if !state.runs.marks.is_empty() || state.runs.marks.anchor.is_some() {
        state.runs.marks.clear();
    } else if !state.runs.query.is_empty() && !visit::back(state) {
        prompt::set_query(state, Query::default());
    }
}
