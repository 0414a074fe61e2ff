//! Where we are, in the first line: context, namespaces, the screens by their keys, what is filtered.
//! Apart from what is wrong and from what can be done, which stand in the other lines around a screen.

use crate::app::command::{Command, Scope as KeyScope};
use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::failures;
use crate::app::layout::Layout;
use crate::app::orders::guard;
use crate::app::screens::runs::List;
use crate::app::state::{Screen, State};
use crate::model::delta::Scope;
use crate::ui::paint::{Line, Painter};
use crate::ui::theme::Role;
use crate::ui::{Scene, chrome};

/// The screens, in the order of their keys.
const SCREENS: [(Command, &str); 5] = [
    (Command::Runs, "Runs"),
    (Command::Failures, "Failures"),
    (Command::Tasks, "Tasks"),
    (Command::Templates, "Templates"),
    (Command::Queue, "Queue"),
];

/// Draws it from here on, in so many cells; returns how many it took. The other screens are named where there is room
/// besides what is in force here, and a click goes to one.
pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    (x, y, room): (u16, u16, u16),
    drawn: &mut Drawn,
) -> u16 {
    let mut line = before(scene);
    let after = after(p, scene);
    let taken = line.width() + after.width() + 1;
    let fitting = |screens: &Vec<(Command, Line)>| {
        let named: usize = screens.iter().map(|(_, tab)| tab.width()).sum();
        taken + named <= usize::from(room)
    };
    // By their names where there is room, else by their keys.
    let mut screens = [true, false]
        .into_iter()
        .map(|named| screens(scene.state, named));
    let screens = screens.find(fitting);
    let written = scene.state.drafts.is_open();
    let elsewhere = scene.state.page().is_some() || written || scene.layout == Layout::Tiny;
    match screens.filter(|_| !elsewhere) {
        None => {
            let role = match scene.state.page() {
                None => Role::Accent,
                Some(_) => Role::Dim,
            };
            line.push(format!("  {}", title(scene.state)), role);
        }
        Some(screens) => {
            line.push(" ", Role::Text);
            for (command, tab) in screens {
                drawn.hits.push(Hit {
                    x: x + line.width() as u16,
                    y,
                    width: tab.width() as u16,
                    target: Target::Screen(command),
                });
                line.0.extend(tab.0);
            }
        }
    }
    line.0.extend(after.0);
    p.put_line(x, y, room, &line)
}

/// What the list here is called.
fn title(state: &State) -> &'static str {
    match state.screen {
        _ if state.drafts.is_open() => "New QARun",
        Screen::Origins => "Templates",
        Screen::Failures => "Failures",
        Screen::Tasks => "Tasks",
        Screen::Runs => state.runs.list.title(),
    }
}

/// The command that leads to where we are.
fn here(state: &State) -> Command {
    match (state.screen, state.runs.list) {
        (Screen::Origins, _) => Command::Templates,
        (Screen::Failures, _) => Command::Failures,
        (Screen::Tasks, _) => Command::Tasks,
        (Screen::Runs, List::Runs) => Command::Runs,
        (Screen::Runs, List::Queue) => Command::Queue,
    }
}

/// `[1 Runs] 4 Templates  5 Queue `, or `[1 Runs] 4  5 `, with the keys that are in force.
fn screens(state: &State, named: bool) -> Vec<(Command, Line)> {
    let named = SCREENS.into_iter().map(|(command, name)| {
        let mut tab = Line::default();
        let key = state.keymap.keys_of(&[KeyScope::Global], command);
        let is_here = command == here(state);
        match key.as_deref().filter(|_| !named && !is_here) {
            Some(key) => tab.tab(None, key, false),
            None => tab.tab(key.as_deref(), name, is_here),
        }
        (command, tab)
    });
    named.collect()
}

/// Context and namespaces, and what may not be changed there.
fn before(scene: &Scene<'_>) -> Line {
    let state = scene.state;
    let mut line = Line::of(" ", Role::Text).and(chrome::context(state), Role::Title);
    if state.readonly {
        line.push("  read-only", Role::Wait);
    }
    if guard::is_protected(state) {
        let (word, role) = match state.orders.unlocked {
            Some(_) => ("  PROTECTED, unlocked", Role::Bad),
            None => ("  PROTECTED", Role::Bad),
        };
        line.push(word, role);
    }
    let scope = match &state.scope {
        Scope::All if scene.layout == Layout::Wide => "all namespaces".to_string(),
        Scope::All => "all ns".to_string(),
        Scope::Namespaces(names) => names.join(","),
    };
    line.and(format!("  {scope}"), Role::Dim)
}

/// The run whose page this is, marks and filter.
fn after(p: &Painter<'_>, scene: &Scene<'_>) -> Line {
    let state = scene.state;
    let mut line = Line::default();
    if state.drafts.is_open() {
        return line;
    }
    if let Some(page) = state.page() {
        line.push(format!(" {} ", p.theme.glyphs.folded), Role::Dim);
        line.push(page.key.to_string(), Role::Accent);
    }
    if !state.mouse {
        line.push("  mouse: terminal", Role::Wait);
    }
    if state.screen == Screen::Origins && !state.origins.filter.is_empty() {
        line.push("  /", Role::Key);
        line.push(state.origins.filter.clone(), Role::Accent);
    }
    if state.screen == Screen::Tasks && !state.tasks.filter.is_empty() {
        line.push("  /", Role::Key);
        line.push(state.tasks.filter.clone(), Role::Accent);
    }
    if state.screen == Screen::Tasks && !state.tasks.marks.is_empty() {
        line.push(format!("  {} marked", state.tasks.marks.len()), Role::Focus);
    }
    if failures::are_shown(state) {
        let screen = &state.failures;
        if !screen.marks.is_empty() {
            line.push(format!("  {} marked", screen.marks.len()), Role::Focus);
        }
        if !screen.query.is_empty() {
            line.push("  /", Role::Key);
            line.push(screen.query.text().to_string(), Role::Accent);
        }
    }
    if !state.runs.marks.is_empty() && state.lists_runs() {
        line.push(format!("  {} marked", state.runs.marks.len()), Role::Focus);
    }
    if let Some(range) = scene.selection.range(state).filter(|_| state.lists_runs()) {
        line.push(format!("  range of {}", range.count()), Role::Focus);
    }
    if !state.runs.query.is_empty() && state.lists_runs() {
        line.push("  /", Role::Key);
        line.push(state.runs.query.text().to_string(), Role::Accent);
    }
    line
}
