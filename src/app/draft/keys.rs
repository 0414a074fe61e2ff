//! What keys do in the form: moving, typing into a field, adding and dropping, looking at the document, asking for it to be made.
//! Apart from the draft itself, which knows nothing of the rest of the program.

use std::sync::Arc;

use jiff::Timestamp;

use super::changing::item_of;
use super::rows::{CRITERIA, ENVIRONMENTS, Row, What};
use super::{Draft, Source, Stage, Typed, asking};
use crate::app::act;
use crate::app::command::Command;
use crate::app::cursor::Move;
use crate::app::editor::{Editor, Page};
use crate::app::effect::Effect;
use crate::app::key::{KeyCode, KeyPress};
use crate::app::moving::movement;
use crate::app::state::State;
use crate::app::tasks;
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::qarun::{Spec, label};

pub(in crate::app) use super::asking::{lacks, order, user};

/// Commands of other scopes that mean something while the form is on the screen. What acts on a run does not: none is to be seen.
pub fn means_something(command: Command) -> bool {
    matches!(
        command,
        Command::Back
            | Command::Quit
            | Command::Help
            | Command::Line
            | Command::Find
            | Command::Repaint
            | Command::SuspendProgram
            | Command::Messages
            | Command::Journal
            | Command::Problems
            | Command::Mouse
            | Command::Utc
            | Command::ReloadConfig
            | Command::Accept
            | Command::Clear
            | Command::Complete
            | Command::Done
    ) || leads_away(command)
        || movement(command, 0).is_some()
}

/// Leads to another screen; the form is kept.
fn leads_away(command: Command) -> bool {
    matches!(
        command,
        Command::Runs
            | Command::Queue
            | Command::Templates
            | Command::Failures
            | Command::Tasks
            | Command::NewRun
            | Command::Bulk
    )
}

/// The form of a new QARun: of the one that the run here was made of, else an empty one where the cursor is.
pub(in crate::app) fn open(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    if tasks::verify(state, now, effects) {
        return;
    }
    let run = state.shown().map(|run| &run.row);
    let draft = match qarun_of(state) {
        Some(key) => Draft::reading(&key),
        None => {
            let spec = Spec {
                task_id: run.and_then(|row| row.task()).map(ToString::to_string),
                service: run
                    .and_then(|row| row.label("service"))
                    .map_or(String::new(), ToString::to_string),
                ..Spec::default()
            };
            Draft::of(Source::Blank, &namespace(state), &spec)
        }
    };
    show(state, now, draft, effects);
}

/// The QARun that the run here is, or was made of; by its name, as it may have been made anew.
fn qarun_of(state: &State) -> Option<Key> {
    let run = state.shown()?;
    let name = match &run.qarun {
        Some(brief) => brief.key().name.clone(),
        None => run.row.label(label::RUN)?.clone(),
    };
    Some(Key::new(run.row.key.namespace.clone(), name, ""))
}

/// What `launch` means here: a run from what is under the cursor, or the form of a QARun where that is one, or nothing.
pub(in crate::app) fn launches(state: &State) -> Command {
    match Command::LaunchLike.applies(state) && qarun_of(state).is_none() {
        true => Command::LaunchLike,
        false => Command::Draft,
    }
}

/// Shows a draft; one that was begun before as it was left.
pub(in crate::app) fn show(
    state: &mut State,
    now: Timestamp,
    draft: Draft,
    effects: &mut Vec<Effect>,
) {
    let source = draft.source.clone();
    if !state.drafts.show(draft) {
        let keys = state.keymap.way_to(Command::BeginAnew);
        return state.say(now, format!("as you left it; {keys} begins anew"), false);
    }
    if let (Source::Again(key), Some(Stage::Reading)) =
        (source, state.drafts.shown().map(|draft| &draft.stage))
    {
        effects.push(Effect::ReadQaRun(state.session, key));
    }
}

/// The namespace that is meant where none is said: of what is under the cursor, else the one that is looked at.
fn namespace(state: &State) -> Arc<str> {
    if let Some(key) = state.shown_run() {
        return key.namespace;
    }
    match &state.scope {
        Scope::Namespaces(names) if names.len() == 1 => names[0].clone(),
        _ => "".into(),
    }
}

/// A command while the form is on the screen; `false`: it is not for the form.
pub(in crate::app) fn command(
    state: &mut State,
    now: Timestamp,
    command: Command,
    effects: &mut Vec<Effect>,
) -> bool {
    let Some(draft) = state.drafts.shown_mut() else {
        return false;
    };
    if draft.typed.is_some() {
        in_field(draft, command);
        return true;
    }
    match command {
        Command::Back if draft.yaml => draft.yaml = false,
        Command::Back | Command::Quit => leave(state, now),
        Command::ShowDocument => {
            draft.yaml = !draft.yaml;
            draft.top = 0;
        }
        Command::BeginAnew => begin_anew(state, now, effects),
        Command::Create => asking::create(state, now, effects),
        command if leads_away(command) => {
            leave(state, now);
            act::act(state, now, command, effects);
        }
        command => {
            if draft.stage != Stage::Written {
                return command != Command::Help && movement(command, 0).is_some();
            }
            return in_form(draft, command) || said(state, now, command);
        }
    }
    true
}

/// What a command of the form has to say where it changes nothing.
fn said(state: &mut State, now: Timestamp, command: Command) -> bool {
    let text = match command {
        Command::UndoEdit => "there is nothing to take back",
        Command::NextProblem => {
            "nothing is wrong that is known here; the server is asked before it is created"
        }
        Command::TurnField | Command::TurnBack => {
            "this field has no values to turn through: enter types into it"
        }
        Command::AddItem => "environments and criteria can be added",
        _ => return false,
    };
    state.say(now, text, false);
    true
}

/// Moves and changes; `false`: nothing to do.
fn in_form(draft: &mut Draft, command: Command) -> bool {
    let Some(row) = draft.row() else {
        return false;
    };
    if let Some(how) = movement(command, draft.room.0) {
        go(draft, how);
        return true;
    }
    match command {
        Command::EditField => edit(draft, &row),
        Command::TurnField | Command::TurnBack => {
            return turn(draft, &row, command == Command::TurnField);
        }
        Command::AddItem => {
            let list = [CRITERIA, ENVIRONMENTS]
                .into_iter()
                .find(|list| row.place.starts_with(list));
            draft.add(list.unwrap_or(CRITERIA));
            type_into(draft);
        }
        Command::DropItem => draft.drop_at(&row),
        Command::UndoEdit => return draft.undo(),
        Command::NextProblem => return to_problem(draft),
        _ => return false,
    }
    true
}

fn go(draft: &mut Draft, how: Move) {
    if draft.yaml {
        let last = draft.room.2.saturating_sub(draft.room.1);
        draft.top = match how {
            Move::By(lines) => draft.top.saturating_add_signed(lines).min(last),
            Move::First => 0,
            Move::Last => last,
        };
        return;
    }
    let rows = draft.rows();
    let on = draft.index(&rows).map(|at| rows[at].place.clone());
    let stops: Vec<String> = rows
        .into_iter()
        .filter(Row::is_stop)
        .map(|row| row.place)
        .collect();
    if let Some(on) = on {
        draft.cursor.put(on);
    }
    draft.cursor.go(&stops, how);
}

/// Enter: types into a field, opens an item, adds one.
fn edit(draft: &mut Draft, row: &Row) {
    match row.what {
        What::Title => {}
        What::Item => draft.fold(&row.place),
        What::Add => {
            if let Some((list, _)) = row.place.rsplit_once('[') {
                draft.add(list);
                type_into(draft);
            }
        }
        What::Field(shape) if shape.turns() => draft.turn(row, true),
        What::Field(shape) => {
            let text = draft.text(row);
            draft.cursor.put(row.place.clone());
            draft.typed = Some(match shape.is_long() {
                true => Typed::Page(Page::with(&text)),
                false => Typed::Line(Editor::with(&text)),
            });
        }
    }
}

/// Types into the field of the cursor, where it is one that is typed into.
fn type_into(draft: &mut Draft) {
    if let Some(row) = draft
        .row()
        .filter(|row| row.shape().is_some_and(|shape| !shape.turns()))
    {
        edit(draft, &row);
    }
}

/// Space: the next value, on or off, open or closed.
fn turn(draft: &mut Draft, row: &Row, forward: bool) -> bool {
    match row.what {
        What::Item if row.place.starts_with(CRITERIA) => draft.turn_off(&row.place),
        What::Item => draft.fold(&row.place),
        What::Field(shape) if shape.turns() => draft.turn(row, forward),
        _ => return false,
    }
    true
}

/// To the next line that something is wrong with, opening what hides it.
fn to_problem(draft: &mut Draft) -> bool {
    let problems = draft.problems();
    let rows = draft.rows();
    let here = draft.index(&rows).unwrap_or(0);
    let wrong = |row: &&Row| problems.contains_key(&row.place);
    let next = rows[here..]
        .iter()
        .skip(1)
        .find(wrong)
        .or_else(|| rows.iter().find(wrong));
    let Some(row) = next else {
        return false;
    };
    draft.yaml = false;
    draft.cursor.put(row.place.clone());
    if row.what == What::Item {
        draft.fold(&row.place);
        // What is wrong in it stands at a line of its own now, unless it cannot be seen here.
        let problems = draft.problems();
        let inside = draft.rows().into_iter().find(|one| {
            problems.contains_key(&one.place) && item_of(&one.place).as_deref() == Some(&row.place)
        });
        if let Some(one) = inside {
            draft.cursor.put(one.place);
        }
    }
    true
}

/// A command while text is typed into a field.
fn in_field(draft: &mut Draft, command: Command) {
    match command {
        Command::Clear => draft.typed = None,
        Command::Done => draft.keep_typed(),
        Command::Accept | Command::Down => {
            draft.keep_typed();
            go(draft, Move::By(1));
        }
        Command::Up => {
            draft.keep_typed();
            go(draft, Move::By(-1));
        }
        Command::Complete => {
            draft.keep_typed();
            go(draft, Move::By(1));
            type_into(draft);
        }
        _ => {}
    }
}

/// A key that no command wants: text.
pub(in crate::app) fn typed(state: &mut State, key: KeyPress) {
    let Some(draft) = state.drafts.shown_mut() else {
        return;
    };
    match &mut draft.typed {
        Some(Typed::Line(editor)) => drop(editor.key(key)),
        Some(Typed::Page(page)) => page.key(key),
        None => {}
    }
}

/// Pasted text.
pub(in crate::app) fn paste(state: &mut State, text: &str) {
    let Some(draft) = state.drafts.shown_mut() else {
        return;
    };
    match &mut draft.typed {
        Some(Typed::Line(editor)) => editor.paste(text),
        Some(Typed::Page(page)) => page.paste(text),
        None => {}
    }
}

/// A click on a line: the cursor goes there; on the line of the cursor it is enter.
pub(in crate::app) fn click(state: &mut State, place: &str) {
    let Some(draft) = state.drafts.shown_mut() else {
        return;
    };
    draft.keep_typed();
    match draft.row().filter(|row| row.place == place) {
        Some(row) => edit(draft, &row),
        None => draft.cursor.put(place.to_owned()),
    }
}

/// The wheel.
pub(in crate::app) fn scroll(state: &mut State, lines: isize) {
    let Some(draft) = state.drafts.shown_mut() else {
        return;
    };
    match &mut draft.typed {
        Some(Typed::Page(page)) => {
            let code = if lines < 0 {
                KeyCode::Up
            } else {
                KeyCode::Down
            };
            (0..lines.unsigned_abs()).for_each(|_| page.key(KeyPress::plain(code)));
        }
        Some(Typed::Line(_)) => {}
        None => go(draft, Move::By(lines)),
    }
}

impl Draft {
    /// What is being typed goes into its field.
    pub(super) fn keep_typed(&mut self) {
        let (Some(typed), Some(row)) = (self.typed.take(), self.row()) else {
            return;
        };
        let text = match typed {
            Typed::Line(editor) => editor.text().to_owned(),
            Typed::Page(page) => page.text(),
        };
        self.set(&row, &text);
    }
}

/// Out of the form; what was written is kept.
fn leave(state: &mut State, now: Timestamp) {
    if let Some(draft) = state.drafts.shown() {
        tasks::keep(&mut state.tasks, draft);
    }
    if state.drafts.close() {
        let keys = state.keymap.way_to(Command::Draft);
        state.say(
            now,
            format!("the draft is kept: {keys} there, or :draft, shows it again"),
            false,
        );
    }
}

/// The draft as it began.
fn begin_anew(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let Some(draft) = state.drafts.shown_mut() else {
        return;
    };
    match (&draft.source, &draft.stage) {
        (Source::Again(key), Stage::Reading | Stage::Lost(_)) => {
            let key = key.clone();
            draft.stage = Stage::Reading;
            effects.push(Effect::ReadQaRun(state.session, key));
        }
        _ => {
            draft.remember();
            draft.sheet = draft.first.clone();
            draft.cursor.release();
            let keys = state.keymap.way_to(Command::UndoEdit);
            state.say(now, format!("as it began; {keys} takes that back"), false);
        }
    }
}
