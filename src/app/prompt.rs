//! Text being typed: into a filter or the search; and pastes, wherever text is typed.
//! Apart from commands, because here a key is a character first.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::draft;
use crate::app::editor::Editor;
use crate::app::key::KeyPress;
use crate::app::line::{self, Completion};
use crate::app::orders;
use crate::app::query::{Query, Words};
use crate::app::reading;
use crate::app::seeking;
use crate::app::state::State;

/// A line being typed at the top of the screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// What is typed for.
    pub kind: PromptKind,
    /// The line.
    pub editor: Editor,
    /// What is wrong with it now.
    pub problem: Option<String>,
    /// What was there before, for esc.
    pub before: String,
    /// What was typed by hand before the completion that stands in the line, and the place of that one.
    #[serde(default)]
    pub tab: Option<(String, usize)>,
}

/// What a prompt is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PromptKind {
    /// The filter of the Runs screen.
    Filter,
    /// The search in the log.
    Search,
    /// Words that narrow the list of templates and crons.
    Origins,
    /// Words that narrow the list of tasks.
    Tasks,
    /// The filter of the Failures screen.
    Failures,
    /// The filter of the log.
    Lines,
}

/// Opens the prompt with what is in force now.
pub(super) fn open(state: &mut State, kind: PromptKind) {
    let before = match kind {
        PromptKind::Filter => state.runs.query.text().to_string(),
        PromptKind::Search => seeking::text(state).to_string(),
        PromptKind::Origins => state.origins.filter.clone(),
        PromptKind::Tasks => state.tasks.filter.clone(),
        PromptKind::Failures => state.failures.query.text().to_string(),
        PromptKind::Lines => state.log.filter().text().to_string(),
    };
    state.prompt = Some(Prompt {
        kind,
        // A filter is amended by another word, a search is a new one.
        editor: match kind {
            PromptKind::Search => Editor::default(),
            PromptKind::Filter | PromptKind::Failures if !before.is_empty() => {
                Editor::with(&format!("{before} "))
            }
            _ => Editor::with(&before),
        },
        problem: None,
        before,
        tab: None,
    });
}

/// A key that no command of the prompt wants.
pub(super) fn typed(state: &mut State, now: Timestamp, key: KeyPress) {
    if let Some(prompt) = &mut state.prompt
        && prompt.editor.key(key)
    {
        prompt.tab = None;
        changed(state, now);
    }
}

/// A paste goes where text is typed, and nowhere else: it never runs as keys.
pub(super) fn paste(state: &mut State, now: Timestamp, text: &str) {
    if let Some(line) = &mut state.line {
        line::paste(line, text);
    } else if let Some(prompt) = &mut state.prompt {
        prompt.editor.paste(text);
        prompt.tab = None;
        changed(state, now);
    } else if state.orders.dialog.is_some() {
        orders::dialog::paste(state, text);
    } else if let Some(overlay) = state.overlay.as_mut().filter(|over| !over.takes_letters()) {
        overlay.editor.paste(text);
        overlay.typed();
    } else if state.drafts.typed().is_some() {
        draft::keys::paste(state, text);
    } else {
        state.say(now, "a paste goes only where text is typed: / first", false);
    }
}

/// Puts the best way on into the filter, then the next one, or the one before.
pub(super) fn complete(state: &mut State, now: Timestamp, forward: bool) {
    let Some(prompt) = &state.prompt else {
        return;
    };
    let (typed, at) = match &prompt.tab {
        Some((typed, at)) => (typed.clone(), Some(*at)),
        None => (prompt.editor.text().to_string(), None),
    };
    let list = words(state, prompt.kind, &typed);
    let Some(last) = list.len().checked_sub(1) else {
        return;
    };
    let place = match (at, forward) {
        (None, true) => 0,
        (Some(at), true) => (at + 1) % list.len(),
        (Some(at), false) if at > 0 => (at - 1).min(last),
        (_, false) => last,
    };
    if let Some(prompt) = &mut state.prompt {
        prompt.editor = Editor::with(&list[place].line);
        prompt.tab = Some((typed, place));
    }
    changed(state, now);
}

/// How what is typed can go on, best first; a search can go on in any way.
pub fn words(state: &State, kind: PromptKind, typed: &str) -> Vec<Completion> {
    match kind {
        PromptKind::Filter | PromptKind::Failures => line::filter_words(state, typed),
        PromptKind::Search | PromptKind::Origins | PromptKind::Tasks | PromptKind::Lines => {
            Vec::new()
        }
    }
}

/// What is typed is in force at once; what means nothing is said.
fn changed(state: &mut State, _now: Timestamp) {
    let Some(prompt) = &state.prompt else {
        return;
    };
    let text = prompt.editor.text().to_string();
    let problem = apply(state, prompt.kind, &text).err();
    if let Some(prompt) = &mut state.prompt {
        prompt.problem = problem;
    }
}

fn apply(state: &mut State, kind: PromptKind, text: &str) -> Result<(), String> {
    match kind {
        PromptKind::Filter | PromptKind::Failures => {
            let query = Query::parse(text);
            // Of a word that means nothing yet only the words before it are in force.
            let before = text.trim_end().rsplit_once(char::is_whitespace);
            let before = before.map_or("", |(before, _)| before);
            if let Ok(query) = query.clone().or_else(|_| Query::parse(before)) {
                match kind {
                    PromptKind::Failures => {
                        state.failures.query = query;
                        state.failures.cursor.release();
                    }
                    _ => set_query(state, query),
                }
            }
            query.map(drop).map_err(|bad| bad.to_string())
        }
        PromptKind::Search => seeking::set(state, text),
        PromptKind::Lines => reading::filter(state, text),
        PromptKind::Tasks => {
            state.tasks.filter = text.trim().to_string();
            state.tasks.cursor.release();
            Words::parse(text).map(drop)
        }
        PromptKind::Origins => {
            state.origins.filter = text.trim().to_string();
            state.origins.cursor.release();
            Words::parse(text).map(drop)
        }
    }
}

/// Sets the filter; the cursor follows the first line of the new list. Whole names are what they name: others that only
/// speak of it do not come before it.
pub(super) fn set_query(state: &mut State, query: Query) {
    if state.runs.query == query {
        return;
    }
    state.runs.cursor.release();
    state.runs.marks.anchor = None;
    if let Some(name) = query.word() {
        let runs = state.fleet.iter().filter(|run| !run.gone);
        let named = runs.filter(|run| run.row.key.name.eq_ignore_ascii_case(name));
        if let Some(run) = named.max_by_key(|run| run.row.created) {
            state.runs.cursor.put(run.row.key.uid.clone());
        }
    }
    state.runs.query = query;
}

/// Enter: what is typed stays, unless it means nothing.
pub(super) fn accept(state: &mut State, now: Timestamp) {
    let Some(prompt) = state.prompt.take() else {
        return;
    };
    if let Some(problem) = &prompt.problem {
        state.say(now, problem.clone(), true);
        state.prompt = Some(prompt);
        return;
    }
    state.log.pay();
    if prompt.kind == PromptKind::Search && !seeking::text(state).is_empty() {
        seeking::go(state, now, true);
    }
}

/// Esc: what was there before comes back.
pub(super) fn cancel(state: &mut State) {
    let Some(prompt) = state.prompt.take() else {
        return;
    };
    // What was in force before was accepted then, so it cannot fail now.
    let _ = apply(state, prompt.kind, &prompt.before);
}
