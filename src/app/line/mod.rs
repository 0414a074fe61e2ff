//! The command line: a command by its name and what it is to be about, with completions and a word on what enter will do.
//! Apart from the filter and the search, which are in force while they are typed; this is done at once, and only by enter.

mod complete;
mod read;
mod words;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use complete::Completion;
pub(super) use words::also;
pub use words::elsewhere;

use crate::app::act;
use crate::app::artifacts;
use crate::app::bridging;
use crate::app::choosing::{open_run, switch};
use crate::app::command::Command;
use crate::app::editor::Editor;
use crate::app::effect::Effect;
use crate::app::inside;
use crate::app::key::{KeyCode, KeyPress};
use crate::app::orders;
use crate::app::origins;
use crate::app::prompt;
use crate::app::query::Query;
use crate::app::reading;
use crate::app::report;
use crate::app::state::{Connection, Screen, State, later};
use crate::model::clock;
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::log::Reach;
use read::{Runs, Wish};

/// Lines remembered.
const SAID: usize = 50;

/// A command line being typed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The line.
    pub editor: Editor,
    /// What was typed by hand: completions go on from here.
    typed: String,
    /// The completion that stands in the line instead, by its place.
    pub chosen: Option<usize>,
}

impl Line {
    /// How what was typed can go on, best first.
    pub fn completions(&self, state: &State) -> Vec<Completion> {
        complete::completions(state, &self.typed)
    }

    fn put(&mut self, text: &str) {
        self.editor = Editor::with(text);
    }

    fn changed(&mut self) {
        self.typed = self.editor.text().to_string();
        self.chosen = None;
    }
}

/// How a filter can go on, best first, each with the whole filter.
pub(super) fn filter_words(state: &State, typed: &str) -> Vec<Completion> {
    const WORD: &str = "filter ";
    let list = complete::completions(state, &format!("{WORD}{typed}"));
    let words = list.into_iter().filter_map(|word| {
        let line = word.line.strip_prefix(WORD)?.to_string();
        Some(Completion { line, ..word })
    });
    words.collect()
}

/// Opens an empty line, and asks for the names that complete it where they are not known.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    if state.namespaces.is_none() {
        effects.push(Effect::ListNamespaces(state.session));
    }
    if state.contexts.is_none() {
        effects.push(Effect::ListContexts(state.session));
    }
    state.line = Some(Line::default());
}

/// Opens a line with its beginning typed.
pub(super) fn open_with(state: &mut State, text: &str, effects: &mut Vec<Effect>) {
    open(state, effects);
    if let Some(line) = &mut state.line {
        line.put(text);
        line.changed();
    }
}

/// A key that no command wants. Backspace in an empty line closes it.
pub(super) fn typed(state: &mut State, key: KeyPress) {
    let Some(line) = &mut state.line else {
        return;
    };
    if key.code == KeyCode::Backspace && line.editor.text().is_empty() {
        state.line = None;
    } else if line.editor.key(key) {
        line.changed();
    }
}

/// Pasted text is typed text.
pub(super) fn paste(line: &mut Line, text: &str) {
    line.editor.paste(text);
    line.changed();
}

/// A command while the line is open.
pub(super) fn command(
    state: &mut State,
    now: Timestamp,
    command: Command,
    effects: &mut Vec<Effect>,
) {
    match command {
        Command::Accept => accept(state, now, effects),
        Command::Clear => state.line = None,
        Command::Complete => complete(state),
        Command::Up => choose(state, true),
        Command::Down => choose(state, false),
        _ => {}
    }
}

/// Puts the next completion into the line, or the one before it; before the first stands what was typed.
fn choose(state: &mut State, up: bool) {
    let Some(mut line) = state.line.take() else {
        return;
    };
    let list = line.completions(state);
    line.chosen = match (line.chosen, up) {
        (None, true) => Some(0),
        (Some(at), true) => Some(at + 1),
        (Some(at), false) => at.checked_sub(1),
        (None, false) => None,
    };
    line.chosen = line.chosen.map(|at| at.min(list.len().saturating_sub(1)));
    match line.chosen.and_then(|at| list.get(at)) {
        Some(completion) => line.put(&completion.line),
        None => {
            line.chosen = None;
            let typed = line.typed.clone();
            line.put(&typed);
        }
    }
    state.line = Some(line);
}

/// Takes the completion that stands in the line, else the best one, and goes on from there.
fn complete(state: &mut State) {
    let Some(mut line) = state.line.take() else {
        return;
    };
    let list = line.completions(state);
    if let Some(completion) = list.get(line.chosen.unwrap_or(0)) {
        let space = if completion.more { " " } else { "" };
        line.put(&format!("{}{space}", completion.line));
        line.changed();
    }
    state.line = Some(line);
}

/// Does what the line asks for. A line that asks for nothing that is stays, with what is wrong below it.
fn accept(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let text = match &state.line {
        Some(line) => line.editor.text().trim().to_string(),
        None => return,
    };
    let wish = match read::read(state, &text) {
        Ok(wish) => wish,
        Err(_) => return,
    };
    state.line = None;
    let Some(wish) = wish else {
        return;
    };
    state.said.retain(|said| *said != text);
    state.said.push(text);
    if state.said.len() > SAID {
        state.said.remove(0);
    }
    grant(state, now, wish, effects);
}

/// A line that a key stands for. What it cannot do here is said; nothing of it is remembered as typed.
pub(super) fn keyed(state: &mut State, now: Timestamp, text: &str, effects: &mut Vec<Effect>) {
    match read::read(state, text) {
        Ok(Some(wish)) => grant(state, now, wish, effects),
        Ok(None) => {}
        Err(why) => state.say(now, format!(":{text}: {why}"), true),
    }
}

/// The first word of a line is one that means something.
///
/// # Errors
/// What is wrong with it, and what was probably meant.
pub fn known(text: &str) -> Result<(), (String, String)> {
    match read::pieces(text).first() {
        Some(word) => read::word(word).map(|_| ()),
        None => Err((
            "nothing stands after the colon".to_string(),
            "as it is typed: `:since 10m`".to_string(),
        )),
    }
}

fn grant(state: &mut State, now: Timestamp, wish: Wish, effects: &mut Vec<Effect>) {
    match wish {
        Wish::Command(command) => act::act(state, now, command, effects),
        Wish::Runs(runs) => see(state, runs, effects),
        Wish::Templates(text) => origins::narrow(state, &text),
        Wish::Sort(key, reversed) => state.runs.order(key, reversed),
        Wish::Theme(name) => effects.push(Effect::Wear(name)),
        Wish::Open(key, tab) => open_run(state, now, key, tab),
        Wish::On(key, command) => {
            stand_on(state, &key);
            act::act(state, now, command, effects);
        }
        Wish::Shell(name) => inside::open(state, now, Some(&name), effects),
        Wish::Exit => orders::leave(state, now, effects),
        Wish::Bridge(mode) => bridging::turn(state, now, mode, effects),
        Wish::Unlock(millis) => orders::unlock(state, now, millis),
        Wish::Since(seconds) => {
            let since = seconds.map(|seconds| later(now, -seconds.saturating_mul(1_000)));
            let reach = Reach {
                since,
                ..state.log.reach
            };
            reading::reach(state, reach, effects);
        }
        Wish::Tail(tail) => {
            let reach = Reach {
                tail,
                ..state.log.reach
            };
            reading::reach(state, reach, effects);
        }
        // A report never has a credential in it.
        Wish::Save(name, _) if report::shown(state).is_some() => {
            let saved = report::shown(state).and_then(|key| report::saved(state, key, &name, now));
            effects.extend(saved.map(Effect::SaveLog));
        }
        // An artifact is saved as it is: its checksum is that of the store.
        Wish::Save(name, _) if artifacts::shown(state).is_some() => {
            artifacts::download(state, &name, effects);
        }
        Wish::Save(name, masked) => {
            effects.push(Effect::SaveLog(state.log.saved(&name, masked)));
        }
    }
}

/// Looks at a run, as what acts is about what is looked at.
fn stand_on(state: &mut State, key: &Key) {
    if state.page().is_none_or(|page| page.key.uid != key.uid) {
        state.open = None;
        state.screen = Screen::Runs;
        state.runs.cursor.put(key.uid.clone());
    }
}

fn see(state: &mut State, runs: Runs, effects: &mut Vec<Effect>) {
    if is_elsewhere(state, &runs) {
        let context = runs.context.or_else(|| state.context.clone());
        let scope = runs.scope.unwrap_or_else(|| state.scope.clone());
        switch(state, context, scope, effects);
    }
    state.open = None;
    state.screen = Screen::Runs;
    if let Some(query) = runs.query {
        prompt::set_query(state, query);
    }
}

/// Another context or other namespaces than those on screen: everything is read anew.
fn is_elsewhere(state: &State, runs: &Runs) -> bool {
    let scope = runs
        .scope
        .as_ref()
        .is_some_and(|scope| *scope != state.scope);
    scope || is_other_context(state, runs)
}

fn is_other_context(state: &State, runs: &Runs) -> bool {
    let present = match &state.connection {
        Connection::Up { context, .. } => Some(context),
        _ => state.context.as_ref(),
    };
    runs.context.is_some() && runs.context.as_ref() != present
}

/// What enter would do with the line as it stands; `None` while there is nothing to say.
///
/// # Errors
/// What is wrong with it.
pub fn says(state: &State, now: Timestamp, line: &Line) -> Result<Option<String>, String> {
    let wish = read::read(state, line.editor.text())?;
    Ok(wish.map(|wish| match wish {
        Wish::Command(command) => command.info().doc.to_string(),
        Wish::Runs(runs) => says_runs(state, now, &runs),
        Wish::Templates(text) => format!("templates and crons with `{text}`"),
        Wish::Sort(key, false) => format!("order: {}", key.doc()),
        Wish::Sort(key, true) => format!("order: the other way round of {}", key.doc()),
        Wish::Theme(name) => {
            format!("the theme {name} until the end; config.toml is left as it is")
        }
        Wish::Open(key, tab) => format!("{} of {key}", tab.word()),
        Wish::On(key, command) => format!("{key}: {}", command.info().doc),
        Wish::Shell(name) => format!("a shell in the container {name}"),
        Wish::Exit => "quit at once".to_string(),
        Wish::Bridge(mode) => mode.doc().to_string(),
        Wish::Since(None) => "reads the log anew, as far back as it goes".to_string(),
        Wish::Since(Some(seconds)) => {
            format!(
                "reads the log anew, not further back than {}",
                clock::exact(seconds)
            )
        }
        Wish::Tail(None) => "reads the log anew, all lines".to_string(),
        Wish::Tail(Some(lines)) => {
            format!("reads the log anew, the last {lines} lines of each container")
        }
        Wish::Save(name, _) if report::shown(state).is_some() => {
            format!("saves the report to {name}, credentials masked; never over a file")
        }
        Wish::Save(name, masked) => {
            let lines = state.log.len();
            let how = if masked {
                "credentials masked"
            } else {
                "credentials and all"
            };
            format!("saves the {lines} lines that are shown to {name}, {how}; never over a file")
        }
        Wish::Unlock(millis) => format!(
            "lets {} be changed for {}",
            orders::guard::context(state),
            clock::exact(millis / 1_000)
        ),
    }))
}

/// `runs of payments, checkout · status:failed · 12 match`. What is not on screen yet cannot be counted.
fn says_runs(state: &State, now: Timestamp, runs: &Runs) -> String {
    let scope = runs.scope.as_ref().unwrap_or(&state.scope);
    let query = runs.query.as_ref().unwrap_or(&state.runs.query);
    let mut text = match scope {
        Scope::All => "runs of all namespaces".to_string(),
        Scope::Namespaces(names) => format!("runs of {}", names.join(", ")),
    };
    if let Some(context) = &runs.context {
        text += &format!(" in {context}");
    }
    if !query.is_empty() {
        text += &format!(" · {query}");
    }
    let is_known = |name: &str| match &state.scope {
        Scope::All => true,
        Scope::Namespaces(known) => known.iter().any(|known| **known == *name),
    };
    let is_here = match scope {
        Scope::All => state.scope == Scope::All,
        Scope::Namespaces(names) => names.iter().all(|name| is_known(name)),
    };
    if is_other_context(state, runs) || !is_here {
        return text + " · not read yet";
    }
    let count = matching(state, now, scope, query);
    match state.fleet.complete() {
        true => text + &format!(" · {count} match"),
        false => text + &format!(" · {count} match so far"),
    }
}

fn matching(state: &State, now: Timestamp, scope: &Scope, query: &Query) -> usize {
    let is_seen = |name: &str| match scope {
        Scope::All => true,
        Scope::Namespaces(names) => names.iter().any(|wanted| **wanted == *name),
    };
    let runs = state.fleet.iter().filter(|run| !run.gone);
    runs.filter(|run| is_seen(&run.row.key.namespace))
        .filter(|run| query.matches(run, run.state(now), now))
        .count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::app::state::Options;

    fn line(text: &str) -> Line {
        let mut line = Line::default();
        paste(&mut line, text);
        line
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_goes_on_with_itself(parts in prop::collection::vec(prop::sample::select(vec![
            "wf", "ns", "ctx", "sort", "get", "filter", " ", " ", "ns=", "@", ",", ":", "!", "/", "\"", "-n", "-A", "status:",
            "longest", "reversed", "é", "日", "pay", "dur>", "10m", "é=", "all",
        ]), 0..12)) {
            let mut state = State::new(Options::default());
            state.said = vec!["wf ns=é status:failed".to_string(), "日".to_string()];
            let line = line(&parts.concat());
            let _ = says(&state, Timestamp::UNIX_EPOCH, &line);
            for completion in line.completions(&state) {
                // A completion can be completed and read in its turn.
                let next = self::line(&completion.line);
                let _ = says(&state, Timestamp::UNIX_EPOCH, &next);
                next.completions(&state);
            }
        }
    }
}
