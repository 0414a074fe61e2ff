//! From keys to commands: what keys mean in a scope, and which keys ask for a command.
//! Apart from the commands, so that every key is data and help can say what it is.

mod conflict;
mod read;
pub mod terminal;
mod trap;

pub use read::shelf;
use serde::{Deserialize, Serialize};

use crate::app::command::{Command, Scope};
use crate::app::config::problem::Place;
use crate::app::key::KeyPress;

/// The keymap that is built in.
pub const DEFAULT: &str = include_str!("../../../keymaps/default.toml");

/// Keymaps that are built in, by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("default", DEFAULT),
    ("k9s", include_str!("../../../keymaps/k9s.toml")),
    ("emacs", include_str!("../../../keymaps/emacs.toml")),
];

/// Keys of all scopes. No keys of one scope ask for two things.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

/// What keys ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// A command.
    Command(Command),
    /// A command line, as it is typed after `:`.
    Line(String),
}

impl Deed {
    /// The command, where it is one.
    pub fn command(&self) -> Option<Command> {
        match self {
            Self::Command(command) => Some(*command),
            Self::Line(_) => None,
        }
    }

    /// As a keymap file has it: `help`, `:since 10m`.
    pub fn text(&self) -> String {
        match self {
            Self::Command(command) => command.info().name.to_string(),
            Self::Line(line) => format!(":{line}"),
        }
    }
}

/// Keys that ask for something in a scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// The scope.
    pub scope: Scope,
    /// The keys, one after the other.
    pub keys: Vec<KeyPress>,
    /// What they ask for.
    pub deed: Deed,
    /// Where that was said.
    pub place: Place,
}

impl Binding {
    /// The keys as text: `ctrl-d`, `g g`.
    pub fn keys_text(&self) -> String {
        keys_text(&self.keys)
    }

    fn asks_for(&self, command: Command) -> bool {
        self.deed.command() == Some(command)
    }
}

/// What keys pressed so far mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// A command.
    Command(Command),
    /// A command line.
    Line(&'a str),
    /// The beginning of one.
    Prefix,
    /// Nothing.
    Nothing,
}

impl Keymap {
    /// What these keys mean in these scopes, innermost first. An inner prefix hides an outer command.
    pub fn find(&self, scopes: &[Scope], keys: &[KeyPress]) -> Found<'_> {
        for scope in scopes {
            let mut prefix = false;
            for binding in self.bindings.iter().filter(|b| b.scope == *scope) {
                if binding.keys == keys {
                    return match &binding.deed {
                        Deed::Command(command) => Found::Command(*command),
                        Deed::Line(line) => Found::Line(line),
                    };
                }
                prefix |= binding.keys.starts_with(keys);
            }
            if prefix {
                return Found::Prefix;
            }
        }
        Found::Nothing
    }

    /// What may follow keys pressed so far: the next key, and what it asks for or, where more must follow, `None`.
    pub fn following(&self, scopes: &[Scope], keys: &[KeyPress]) -> Vec<(String, Option<&Deed>)> {
        let mut list: Vec<(String, Option<&Deed>)> = Vec::new();
        for scope in scopes {
            let own = self.bindings.iter().filter(|b| b.scope == *scope);
            for binding in own.filter(|b| b.keys.len() > keys.len() && b.keys.starts_with(keys)) {
                let next = keys_text(&binding.keys[keys.len()..=keys.len()]);
                // An inner scope has the word.
                if !list.iter().any(|(known, _)| *known == next) {
                    let is_last = binding.keys.len() == keys.len() + 1;
                    list.push((next, is_last.then_some(&binding.deed)));
                }
            }
        }
        list
    }

    /// All bindings, the eldest first.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The first keys of a command as text, in these scopes: `ctrl-d`, `g g`. `None`: no key asks for it.
    pub fn keys_of(&self, scopes: &[Scope], command: Command) -> Option<String> {
        scopes.iter().find_map(|scope| {
            let own = self.bindings.iter().filter(|b| b.scope == *scope);
            // A key that an inner scope has taken does not ask for it.
            own.filter(|b| b.asks_for(command))
                .find(|b| self.find(scopes, &b.keys) == Found::Command(command))
                .map(Binding::keys_text)
        })
    }

    /// All keys that ask for a command in these scopes, innermost first: `j, down`.
    pub fn keys_here(&self, scopes: &[Scope], command: Command) -> String {
        let own = self
            .bindings
            .iter()
            .filter(|b| b.asks_for(command) && scopes.contains(&b.scope));
        let heard = own.filter(|b| self.find(scopes, &b.keys) == Found::Command(command));
        let mut keys: Vec<String> = heard.map(Binding::keys_text).collect();
        keys.dedup();
        keys.join(", ")
    }

    /// How a sentence names a command: by its first key, where it has one, else as it is typed after `:`.
    pub fn way_to(&self, command: Command) -> String {
        let keys = self.all_keys_of(command);
        match keys.split(", ").next() {
            Some(first) if !first.is_empty() => first.to_string(),
            _ => format!(":{}", command.info().name),
        }
    }

    /// All keys of a command in any scope: `j, down`.
    pub fn all_keys_of(&self, command: Command) -> String {
        let mut keys: Vec<String> = Vec::new();
        let own = || self.bindings.iter().filter(|b| b.asks_for(command));
        let mut chosen: Vec<&Binding> = own().filter(|b| !self.is_local(b)).collect();
        if chosen.is_empty() {
            chosen = own().collect();
        }
        for binding in chosen {
            let text = binding.keys_text();
            if !keys.contains(&text) {
                keys.push(text);
            }
        }
        keys.join(", ")
    }

    /// A key of lists to choose from or of typing that means something else on the screens.
    fn is_local(&self, binding: &Binding) -> bool {
        let inner = |scope: Scope| matches!(scope, Scope::Picker | Scope::Prompt);
        let other =
            |b: &&Binding| !inner(b.scope) && b.keys == binding.keys && b.deed != binding.deed;
        inner(binding.scope) && self.bindings.iter().any(|b| other(&b))
    }
}

fn keys_text(keys: &[KeyPress]) -> String {
    keys.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::app::command::TABLE;

    fn keys(text: &str) -> Vec<KeyPress> {
        KeyPress::parse_all(text).unwrap()
    }

    #[test]
    fn every_preset_is_whole_and_every_command_has_a_key_in_it() {
        for (name, _) in BUILT_IN {
            let (map, problems) = Keymap::preset(name).unwrap();
            assert_eq!(problems, [], "{name}");
            for info in TABLE {
                let bound = map.bindings().iter().any(|b| b.asks_for(info.command));
                assert!(bound, "{} has no key in {name}", info.name);
            }
        }
    }

    #[test]
    fn every_key_of_a_preset_reaches_the_program() {
        for (name, _) in BUILT_IN {
            for binding in Keymap::preset(name).unwrap().0.bindings() {
                for key in &binding.keys {
                    assert_eq!(terminal::reaches(*key), Some(*key), "{key} of {name}");
                }
            }
        }
    }

    #[test]
    fn sequences_wait_and_inner_scopes_win() {
        let (map, _) = Keymap::parse(DEFAULT);
        let runs = [Scope::Runs, Scope::List, Scope::Global];
        assert_eq!(map.find(&runs, &keys("g")), Found::Prefix);
        assert_eq!(
            map.find(&runs, &keys("g g")),
            Found::Command(Command::First)
        );
        assert_eq!(map.find(&runs, &keys("g x")), Found::Nothing);
        // A sequence can begin in an inner scope and end in an outer one.
        assert_eq!(
            map.find(&runs, &keys("g c")),
            Found::Command(Command::Problems)
        );
        let log = [Scope::Log, Scope::List, Scope::Run, Scope::Global];
        assert_eq!(map.find(&runs, &keys("s")), Found::Command(Command::Sort));
        assert_eq!(map.find(&log, &keys("s")), Found::Command(Command::OneStep));
    }
}
