//! A key that was pressed: where it is looked up, the command it asks for, or the character it is.
//! Apart from what commands do, and from the other messages, which no person sends.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::act;
use crate::app::choosing;
use crate::app::command::{Command, Info, Scope as KeyScope};
use crate::app::draft::{self, Typed};
use crate::app::effect::Effect;
use crate::app::key::{KeyCode, KeyPress};
use crate::app::keymap::Found;
use crate::app::line;
use crate::app::orders;
use crate::app::prompt;
use crate::app::screens::run::Pane;
use crate::app::state::{Screen, State, Tab, later};
use crate::app::steps::Form;

/// Milliseconds an unfinished sequence of keys stands before what may follow is listed.
const WHICH: i64 = 500;

/// Whether what may follow an unfinished sequence of keys is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whisper {
    /// No sequence is begun.
    #[default]
    None,
    /// It will be at this moment.
    Due(Timestamp),
    /// It is.
    Shown,
}

impl Whisper {
    /// When what may follow is listed, where that is still to come.
    pub(super) fn due(self) -> Option<Timestamp> {
        match self {
            Self::Due(at) => Some(at),
            Self::None | Self::Shown => None,
        }
    }
}

impl State {
    /// Scopes that keys are looked up in now, innermost first.
    pub fn key_scopes(&self) -> Vec<KeyScope> {
        if self.prompt.is_some() || self.line.is_some() {
            return vec![KeyScope::Prompt];
        }
        if let Some(dialog) = &self.orders.dialog {
            return match dialog.scope() {
                KeyScope::Dialog => vec![KeyScope::Dialog, KeyScope::List],
                scope => vec![scope],
            };
        }
        if self.overlay.is_some() {
            return vec![KeyScope::Picker];
        }
        if let Some(draft) = self.drafts.shown() {
            return match &draft.typed {
                Some(Typed::Line(_)) => vec![KeyScope::Prompt],
                Some(Typed::Page(_)) => vec![KeyScope::Text],
                None => vec![KeyScope::Draft, KeyScope::List, KeyScope::Global],
            };
        }
        let mut scopes = Vec::with_capacity(5);
        match &self.open {
            None if self.screen == Screen::Origins => scopes.push(KeyScope::Origins),
            None if self.screen == Screen::Failures => scopes.push(KeyScope::Failures),
            None if self.screen == Screen::Tasks => scopes.push(KeyScope::Tasks),
            None => scopes.push(KeyScope::Runs),
            Some(page) => {
                match (page.pane, page.tab) {
                    (Pane::Steps, _) => {
                        if self.form == Form::Graph {
                            scopes.push(KeyScope::Graph);
                        }
                        scopes.push(KeyScope::Steps);
                    }
                    (Pane::Detail, Tab::Log) => scopes.push(KeyScope::Log),
                    (Pane::Detail, Tab::Artifacts) => scopes.push(KeyScope::Artifacts),
                    (Pane::Detail, Tab::Criteria) => scopes.push(KeyScope::Criteria),
                    (Pane::Detail, _) => {}
                }
                scopes.push(KeyScope::Run);
            }
        }
        scopes.extend([KeyScope::List, KeyScope::Global]);
        scopes
    }

    /// A command belongs to these scopes, or is one of the Runs screen that the Failures screen has a key for too.
    pub fn offers(&self, scopes: &[KeyScope], info: &Info) -> bool {
        let shared = || self.keymap.keys_of(&[KeyScope::Failures], info.command);
        let is_shared = || scopes.contains(&KeyScope::Failures) && shared().is_some();
        scopes.contains(&info.scope) || is_shared()
    }
}

/// A key is a command in the innermost scope that knows it, else text for whatever is being typed.
pub(super) fn take(state: &mut State, now: Timestamp, key: KeyPress, effects: &mut Vec<Effect>) {
    state.messages.answered();
    // The one key no keymap can take away: a program that cannot be left is a trap.
    if key
        == (KeyPress {
            ctrl: true,
            ..KeyPress::plain(KeyCode::Char('c'))
        })
    {
        return orders::leave(state, now, effects);
    }
    let leaving = std::mem::take(&mut state.orders.leaving);
    state.pending.push(key);
    state.whisper = Whisper::None;
    let scopes = state.key_scopes();
    match state.keymap.find(&scopes, &state.pending) {
        Found::Prefix => state.whisper = Whisper::Due(later(now, WHICH)),
        Found::Command(command) => {
            state.pending.clear();
            // Whoever was asked whether to leave all the same says so by the same key.
            state.orders.leaving = leaving && command == Command::Quit;
            act::act(state, now, command, effects);
        }
        Found::Line(line) => {
            let line = line.to_string();
            state.pending.clear();
            line::keyed(state, now, &line, effects);
        }
        Found::Nothing => {
            let sequence = std::mem::take(&mut state.pending);
            if state.line.is_some() {
                line::typed(state, key, effects);
            } else if state.orders.dialog.is_some() && state.prompt.is_none() {
                orders::dialog::typed(state, now, key);
            } else if state.prompt.is_some() {
                prompt::typed(state, now, key);
            } else if state.overlay.is_some() {
                choosing::typed(state, now, key, effects);
            } else if state.drafts.typed().is_some() {
                draft::keys::typed(state, key);
            } else if key.code != KeyCode::Esc && (sequence.len() > 1 || asks(key)) {
                let keys: Vec<String> = sequence.iter().map(ToString::to_string).collect();
                let help = state.keymap.way_to(Command::Help);
                let text = format!("`{}` means nothing here · {help} help", keys.join(" "));
                state.say(now, text, false);
            }
        }
    }
}

/// Somebody who presses this wants something. Keys that only move ask for nothing where nothing moves.
fn asks(key: KeyPress) -> bool {
    key.ctrl || key.alt || key.typed().is_some() || matches!(key.code, KeyCode::F(_))
}
