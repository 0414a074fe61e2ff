//! Reading the log of a run: what the keys of its pane do.
//! Apart from the log itself, which knows nothing of pages and steps under a cursor.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::aside::{Aside, Program};
use crate::app::choosing::open_run;
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::line;
use crate::app::log::{Aim, Filter};
use crate::app::prompt;
use crate::app::state::{PromptKind, State, Tab};
use crate::model::key::Key;
use crate::model::log::{LogSource, Reach};
use crate::model::phase::Phase;

/// The log of a run that ended badly opens where the trouble is, unless it was looked at already.
pub(super) fn aim(state: &mut State) {
    let Some(run) = state.shown() else {
        return;
    };
    let ended_badly = matches!(run.row.phase, Phase::Failed | Phase::Error);
    if ended_badly && state.log_of.as_ref() != Some(&run.row.key) {
        state.log.aims = true;
        state.log.follow = false;
    }
}

/// The runs whose lines stand in the log beside those of the one whose page it is.
pub fn beside(state: &State) -> &[Key] {
    state.open.as_ref().map_or(&[], |page| &page.beside)
}

/// Opens the log of all marked runs as one, on the page of the one under the cursor, or of the first where that is not marked.
pub(super) fn of_marked(state: &mut State, now: Timestamp) {
    let mut keys = state.runs.marks.keys();
    // Of a QARun without a workflow there is no log.
    keys.retain(|key| state.fleet.get(&key.uid).is_some_and(|run| !run.is_qarun()));
    if keys.is_empty() {
        return state.say(
            now,
            "the marked runs are gone, or have no workflow; nothing was opened",
            true,
        );
    }
    let under = |key: &Key| state.runs.cursor.on() == Some(&key.uid);
    let first = keys.remove(keys.iter().position(under).unwrap_or(0));
    open_run(state, now, first, Tab::Log);
    if let Some(page) = &mut state.open {
        page.beside = keys;
    }
}

/// Where it opens, and at which step, while nobody has moved.
pub fn aimed(state: &State) -> Option<(&str, Aim)> {
    let page = state.page().filter(|_| state.log.aims)?;
    let (step, _) = state.focus_on(&page.key)?.telling_step()?;
    Some((&step.display, state.log.aim(&step.display)?))
}

/// Does what a key of the log asks for.
pub(super) fn command(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let log = &mut state.log;
    match command {
        Command::Follow => {
            log.aims = false;
            log.follow = !log.follow;
        }
        Command::Executor => log.toggle_executor(),
        Command::RawLines => log.toggle_raw(),
        Command::Timestamps => log.times = log.times.next(),
        Command::Wrap => wrap(state),
        Command::SaveLog => {
            let line = format!("save {}", file_name(state));
            line::open_with(state, &line, effects);
        }
        Command::PageLog => elsewhere(state, Program::Pager, effects),
        Command::EditLog => elsewhere(state, Program::Editor, effects),
        Command::FilterLines => prompt::open(state, PromptKind::Lines),
        Command::NextError => to_trouble(state, true),
        Command::PrevError => to_trouble(state, false),
        _ if log.only.is_some() => log.show_only(None),
        _ => {
            let step = step_under_cursor(state);
            state.log.show_only(step);
            state.log.follow = true;
        }
    }
}

/// Long lines go on in the next one, or beyond the edge.
fn wrap(state: &mut State) {
    state.log.wrap = !state.log.wrap;
    if let Some(page) = &mut state.open {
        page.aside = 0;
        page.hit = None;
    }
}

fn to_trouble(state: &mut State, forward: bool) {
    let aim = aimed(state).map(|(_, aim)| aim.line);
    if let Some(page) = &mut state.open
        && state.log.to_trouble(forward, page.detail_height, aim)
    {
        page.aside = 0;
    }
}

/// Whether a log is on the screen.
///
/// # Errors
/// What to do where none is.
pub(super) fn is_read(state: &State) -> Result<(), String> {
    let shown = state.page().is_some_and(|page| page.tab == Tab::Log);
    shown
        .then_some(())
        .ok_or_else(|| "no log is shown: `l` opens the log of a run".to_string())
}

/// Reads the log on the screen anew, so far back.
pub(super) fn reach(state: &mut State, reach: Reach, effects: &mut Vec<Effect>) {
    if let Some(key) = state.log_of.clone() {
        state.log.reach = reach;
        let beside = beside(state).to_vec();
        effects.push(Effect::FollowLog(state.session, key, beside, reach));
    }
}

/// Gives what is shown to another program, in a file that goes when that program ends.
fn elsewhere(state: &mut State, program: Program, effects: &mut Vec<Effect>) {
    let ticket = state.orders.ticket();
    let saved = state.log.saved(&file_name(state), true);
    effects.push(Effect::Aside(ticket, Aside::Read { program, saved }));
}

/// A name for the file of what is shown: the run, and the step where it is one.
pub(super) fn file_name(state: &State) -> String {
    let run = state.shown_run().map(|key| key.name.to_string());
    let mut name = run.unwrap_or_else(|| "run".to_string());
    if let more @ 1.. = beside(state).len() {
        name += &format!("-and-{more}-more");
    }
    if let Some(step) = &state.log.only {
        name += &format!("-{step}");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name
        .chars()
        .map(|c| if plain(c) { c } else { '-' })
        .collect();
    format!("{}.log", name.trim_matches(['-', '.']))
}

/// Shows only lines that pass.
///
/// # Errors
/// What is wrong with the filter; the one before stays.
pub(super) fn filter(state: &mut State, text: &str) -> Result<(), String> {
    let filter = Filter::parse(text)?;
    state.log.set_filter(filter);
    Ok(())
}

/// Shows all lines again; says whether some were filtered out.
pub(super) fn stop(state: &mut State) -> bool {
    let shown = state.page().is_some_and(|page| page.tab == Tab::Log);
    let filtered = shown && !state.log.filter().is_empty();
    if filtered {
        state.log.set_filter(Filter::default());
    }
    filtered
}

fn step_under_cursor(state: &State) -> Option<Arc<str>> {
    let (page, focus) = (state.open.as_ref()?, state.focus.as_ref()?);
    let row = page.steps.row()?;
    let step = focus.step(row.branch)?;
    match page.beside.is_empty() {
        true => Some(step.display.clone()),
        false => Some(LogSource::step_of(&page.key.name, &step.display)),
    }
}
