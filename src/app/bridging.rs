//! The bridge between tasks and QARuns that works inside the console: whether one does, what it did, what waits for what.
//! Apart from the bridge itself, which is the one of `tiphys bridge`: here nothing is decided but whether it may work.
//!
//! It is off until somebody types `bridge on`, and belongs to the context it was begun in: whoever goes to another one, whose
//! protection comes back, or who ends the program, ends it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::effect::Effect;
use crate::app::orders::guard;
use crate::app::said::Level;
use crate::app::state::{Screen, State};
use crate::model::delta::Scope;
use crate::model::key::Key;

/// How it works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Not at all.
    #[default]
    Off,
    /// It says what it would do, and does nothing.
    Dry,
    /// It creates QARuns, and tells tasks what they found.
    On,
}

impl Mode {
    /// All, as they are offered.
    pub const ALL: [Self; 3] = [Self::Dry, Self::On, Self::Off];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Dry => "dry-run",
            Self::On => "on",
        }
    }

    /// What it means.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Off => "no bridge works in this console",
            Self::Dry => "say what a bridge would do for each task, and do nothing",
            Self::On => "verify tasks that come to review, and note in tasks.json what was found",
        }
    }

    /// The mode of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.word() == word)
    }
}

/// A task: its tag and its id.
pub type Of = (String, String);

/// What came of a look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// What was done, a sentence each.
    pub done: Vec<String>,
    /// What would be done.
    pub would: Vec<(Of, String)>,
    /// What waits, and for what.
    pub held: Vec<(Of, String)>,
    /// What could not be done, with what to do next.
    pub failed: Vec<String>,
}

/// A word from the bridge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// It works in this namespace.
    Begun(Arc<str>),
    /// It has looked at everything.
    Looked(Box<Looked>),
    /// It has ended by itself, or could not begin; why.
    Ended(String),
}

/// The bridge of this console.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bridging {
    /// How it works.
    pub mode: Mode,
    /// The namespace of its QARuns, once it is known.
    pub namespace: Option<Arc<str>>,
    /// What it would do or has done last of a task, or what that waits for.
    pub of: BTreeMap<Of, Vec<String>>,
    /// What could not be done at the last look.
    pub failed: Vec<String>,
    /// How many tasks wait.
    pub held: usize,
    /// Its number: words of one before it are not heard.
    number: u64,
    /// The context it works in.
    context: Option<Arc<str>>,
}

impl Bridging {
    /// What it says of a task.
    pub fn about(&self, tag: &str, id: &str) -> &[String] {
        let of = self.of.get(&(tag.to_owned(), id.to_owned()));
        of.map_or(&[], Vec::as_slice)
    }
}

/// `bridge on`, `bridge dry-run`, `bridge off`.
pub(in crate::app) fn turn(
    state: &mut State,
    now: Timestamp,
    mode: Mode,
    effects: &mut Vec<Effect>,
) {
    if state.bridging.mode == mode {
        return state.say(now, format!("the bridge is {} already", mode.word()), false);
    }
    if mode == Mode::On
        && let Err(why) = may(state, now)
    {
        let text = format!("no bridge: {why} · `bridge dry-run` says what it would do");
        return state.say(now, text, true);
    }
    end(state, effects);
    if mode == Mode::Off {
        return state.say(now, "the bridge is off", false);
    }
    let scope = match &state.scope {
        Scope::Namespaces(names) if names.len() == 1 => Some(names[0].clone()),
        _ => None,
    };
    let bridging = &mut state.bridging;
    bridging.mode = mode;
    bridging.context = state.reaching.clone();
    effects.push(Effect::Bridge {
        number: bridging.number,
        dry: mode == Mode::Dry,
        namespace: scope,
    });
}

/// Whether one may write here: what is asked of every order, about no object.
fn may(state: &State, now: Timestamp) -> Result<(), String> {
    guard::may_write(state, &Key::new("", "", ""), now)
}

/// Nothing of it is heard any more.
fn end(state: &mut State, effects: &mut Vec<Effect>) {
    if state.bridging.mode != Mode::Off {
        effects.push(Effect::EndBridge);
    }
    state.bridging = Bridging {
        number: state.bridging.number + 1,
        ..Bridging::default()
    };
}

/// Takes in what it says.
pub(in crate::app) fn take(state: &mut State, now: Timestamp, number: u64, told: Told) {
    if number != state.bridging.number || state.bridging.mode == Mode::Off {
        return;
    }
    match told {
        Told::Begun(namespace) => {
            let text = match state.bridging.mode {
                Mode::Dry => {
                    format!("what a bridge to {namespace} would do stands on each task's page")
                }
                _ => format!(
                    "a bridge works between the tasks and {namespace} until `bridge off` or the end"
                ),
            };
            state.bridging.namespace = Some(namespace);
            state.tell(now, Level::Info, text);
        }
        Told::Ended(why) => {
            state.bridging = Bridging {
                number,
                ..Bridging::default()
            };
            state.tell(now, Level::Bad, format!("the bridge has ended: {why}"));
        }
        Told::Looked(looked) => looked_at(state, now, *looked),
    }
}

fn looked_at(state: &mut State, now: Timestamp, looked: Looked) {
    for text in &looked.done {
        state.tell(now, Level::Good, format!("bridge: {text}"));
    }
    for text in &looked.failed {
        // What goes on failing was said; it stands in the title of the tasks.
        if !state.bridging.failed.contains(text) {
            state.tell(now, Level::Warn, format!("bridge: {text}"));
        }
    }
    if !looked.done.is_empty() && state.screen == Screen::Tasks {
        state.tasks.read_again(now);
    }
    let bridging = &mut state.bridging;
    bridging.failed = looked.failed;
    bridging.held = looked.held.len();
    bridging.of.clear();
    for (of, text) in looked.would.into_iter().chain(looked.held) {
        bridging.of.entry(of).or_default().push(text);
    }
}

/// Ends it where it may not work any more.
pub(in crate::app) fn settle(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let bridging = &state.bridging;
    if bridging.mode == Mode::Off {
        return;
    }
    let left = bridging.context.is_some() && bridging.context != state.reaching;
    // A connection that is made anew is no reason to end; the bridge makes its own.
    let protected = bridging.mode == Mode::On
        && guard::is_protected(state)
        && state.orders.unlocked.is_none_or(|until| until <= now);
    let why = match (left, protected) {
        (true, _) => "this is another context",
        (_, true) => "the context is protected again",
        _ => return,
    };
    end(state, effects);
    state.tell(now, Level::Warn, format!("the bridge is off: {why}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::state::{Connection, Options};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn state() -> State {
        let mut state = State::new(Options::default());
        state.reaching = Some("here".into());
        state.connection = Connection::Up {
            context: "here".into(),
            server: "s".into(),
            version: "v".into(),
            user: None,
        };
        state
    }

    fn said(state: &State) -> String {
        let last = state.messages.all().next();
        last.map(|message| message.text.clone()).unwrap_or_default()
    }

    fn turned(state: &mut State, mode: Mode) -> Vec<Effect> {
        let mut effects = Vec::new();
        turn(state, NOW, mode, &mut effects);
        effects
    }

    #[test]
    fn it_begins_where_one_may_write_and_is_heard_until_it_is_ended() {
        let mut state = state();
        state.scope = Scope::Namespaces(vec!["qa".into()]);
        let effects = turned(&mut state, Mode::On);
        let begun = Effect::Bridge {
            number: 1,
            dry: false,
            namespace: Some("qa".into()),
        };
        assert_eq!(effects, std::slice::from_ref(&begun));
        assert!(begun.writes());
        let of = ("master".to_owned(), "3".to_owned());
        let looked = Looked {
            done: vec!["task 3: pass".to_owned()],
            held: vec![(of, "it waits for 1".to_owned())],
            failed: vec!["tasks.json is busy".to_owned()],
            ..Looked::default()
        };
        take(&mut state, NOW, 1, Told::Looked(Box::new(looked.clone())));
        take(&mut state, NOW, 1, Told::Looked(Box::new(looked)));
        assert_eq!(state.bridging.about("master", "3"), ["it waits for 1"]);
        let busy = state.messages.all().filter(|one| one.text.contains("busy"));
        assert_eq!(busy.map(|one| one.times).sum::<u32>(), 1);
        assert_eq!(turned(&mut state, Mode::Off), [Effect::EndBridge]);
        take(&mut state, NOW, 1, Told::Begun("late".into()));
        assert_eq!(
            (state.bridging.mode, &state.bridging.namespace),
            (Mode::Off, &None)
        );
    }

    #[test]
    fn read_only_and_protection_refuse_it_and_a_dry_run_is_always_allowed() {
        let mut state = state();
        state.readonly = true;
        assert_eq!(turned(&mut state, Mode::On), []);
        assert!(said(&state).contains("--readonly"), "{}", said(&state));
        let dry = turned(&mut state, Mode::Dry);
        assert!(matches!(dry[..], [Effect::Bridge { dry: true, .. }]));
        assert!(!dry[0].writes());
        state.readonly = false;
        state.habits.protected = vec!["he*".to_owned()];
        assert_eq!(turned(&mut state, Mode::On), []);
        assert!(said(&state).contains("protected"), "{}", said(&state));
        state.orders.unlocked = Some(crate::app::state::later(NOW, 1_000));
        let on = turned(&mut state, Mode::On);
        assert!(matches!(
            on[..],
            [Effect::EndBridge, Effect::Bridge { dry: false, .. }]
        ));
        let mut effects = Vec::new();
        settle(&mut state, NOW, &mut effects);
        assert_eq!(effects, []);
        settle(
            &mut state,
            crate::app::state::later(NOW, 1_000),
            &mut effects,
        );
        assert_eq!(effects, [Effect::EndBridge]);
        assert_eq!(state.bridging.mode, Mode::Off);
    }

    #[test]
    fn another_context_ends_it() {
        let mut state = state();
        turned(&mut state, Mode::Dry);
        state.reaching = Some("elsewhere".into());
        let mut effects = Vec::new();
        settle(&mut state, NOW, &mut effects);
        assert_eq!(effects, [Effect::EndBridge]);
        assert!(said(&state).contains("another context"), "{}", said(&state));
    }
}
