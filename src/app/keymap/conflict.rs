//! Keys that can never do what a file asks of them: hidden by others, or unknown to terminals.
//! Apart from reading the file, because each line by itself is right.

use super::{Binding, Keymap, keys_text, terminal};
use crate::app::command::TABLE;
use crate::app::config::document::{Document, Entry, Value};
use crate::app::config::problem::Problem;
use crate::app::key::{KeyCode, KeyPress};

/// Adds what is wrong with this keymap, at the lines of the files it was made of.
pub fn report(map: &Keymap, line: &[Document], problems: &mut Vec<Problem>) {
    for (at, binding) in map.bindings.iter().enumerate() {
        let wrong = unsendable(binding).or_else(|| homeless(binding));
        let Some((what, help)) = wrong.or_else(|| hidden(map, at)) else {
            continue;
        };
        if let Some((document, entry)) = written(line, binding) {
            problems.push(document.source.problem(&entry.key_at, what, help));
        }
    }
}

/// What is wrong with a line about that key, and why.
pub(super) const ALWAYS_QUITS: (&str, &str) =
    ("`ctrl-c` always quits", "no keymap can take it away");

/// The one key that means the same everywhere is among these.
pub(super) fn quits(keys: &[KeyPress]) -> bool {
    let quit = KeyPress {
        ctrl: true,
        ..KeyPress::plain(KeyCode::Char('c'))
    };
    keys.contains(&quit)
}

/// A key that never arrives.
fn unsendable(binding: &Binding) -> Option<(String, String)> {
    if quits(&binding.keys) {
        let (what, help) = ALWAYS_QUITS;
        return Some((what.to_string(), help.to_string()));
    }
    let key = binding
        .keys
        .iter()
        .find(|key| terminal::reaches(**key) != Some(**key))?;
    Some(match terminal::reaches(*key) {
        Some(other) => (
            format!("terminals send `{key}` as `{other}`"),
            format!("bind `{other}`"),
        ),
        None => (
            format!("terminals do not send `{key}`"),
            "take another key".to_string(),
        ),
    })
}

/// A command of what lies over a screen, bound where that does not lie.
fn homeless(binding: &Binding) -> Option<(String, String)> {
    let command = binding.deed.command()?;
    (command.is_over() && !binding.scope.is_over()).then(|| {
        let info = command.info();
        let meant = TABLE.iter().filter(|other| !other.command.is_over());
        let mut meant = meant.filter(|other| other.name.starts_with(&format!("{}-", info.name)));
        (
            format!(
                "`{}` means nothing in [{}]",
                info.name,
                binding.scope.name()
            ),
            match meant.next() {
                Some(other) => format!("did you mean `{}`?", other.name),
                None => format!("it belongs into [{}]", info.scope.name()),
            },
        )
    })
}

/// Keys that others hide, or that hide others. What was said later is where it is told.
fn hidden(map: &Keymap, at: usize) -> Option<(String, String)> {
    let binding = &map.bindings[at];
    let keys = keys_text(&binding.keys);
    map.bindings[..at].iter().find_map(|other| {
        if other.scope != binding.scope {
            return None;
        }
        let others = keys_text(&other.keys);
        let name = other.deed.text();
        let unbind = format!("\"{others}\" = \"none\" takes that away");
        if binding.keys.starts_with(&other.keys) {
            return Some((
                format!("`{keys}` is never reached: `{others}` is `{name}` already"),
                unbind,
            ));
        }
        other.keys.starts_with(&binding.keys).then(|| {
            (
                format!("`{keys}` hides `{others}`, which is `{name}`"),
                unbind,
            )
        })
    })
}

/// The entry a binding was read from.
fn written<'a>(line: &'a [Document], binding: &Binding) -> Option<(&'a Document, &'a Entry)> {
    line.iter()
        .filter(|document| document.source.file == binding.place.file)
        .find_map(|document| {
            let entries = document
                .entries
                .iter()
                .filter_map(|table| match &table.value {
                    Value::Table(entries) => Some(entries),
                    _ => None,
                });
            let entry = entries
                .flatten()
                .find(|entry| document.place(entry) == binding.place)?;
            Some((document, entry))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wrong: &[&str]) {
        let (_, problems) = Keymap::parse(text);
        let said: Vec<String> = problems
            .iter()
            .map(|p| format!("{}:{} {}", p.place.line, p.place.column, p.sentence()))
            .collect();
        assert_eq!(said, wrong, "{text}");
    }

    #[test]
    fn a_key_and_a_sequence_that_begins_with_it_exclude_each_other() {
        check(
            "[list]\n\"g\" = \"down\"\n",
            &["2:1 `g` hides `g g`, which is `first`; \"g g\" = \"none\" takes that away"],
        );
        check(
            "[global]\n\"q x\" = \"quit\"\n",
            &[
                "2:1 `q x` is never reached: `q` is `quit` already; \"q\" = \"none\" takes that away",
            ],
        );
        check(
            "[list]\n\"g g\" = \"none\"\n\"g e\" = \"none\"\n\"g\" = \"down\"\n\"Z y\" = \"up\"\n[global]\n\"Z\" = \"help\"\n",
            &[],
        );
    }

    #[test]
    fn a_command_of_a_list_to_choose_from_is_none_of_a_screen() {
        check(
            "[runs]\n\"enter\" = \"mark\"\n\"f7\" = \"accept\"\n",
            &[
                "2:1 `mark` means nothing in [runs]; did you mean `mark-run`?",
                "3:1 `accept` means nothing in [runs]; it belongs into [picker]",
            ],
        );
    }

    #[test]
    fn keys_that_never_arrive_are_told() {
        check(
            "[global]\n\"ctrl-i\" = \"help\"\n\"f23\" = \"help\"\n\"ctrl-x ctrl-c\" = \"quit\"\n",
            &[
                "2:1 terminals send `ctrl-i` as `tab`; bind `tab`",
                "3:1 terminals do not send `f23`; take another key",
                "4:1 `ctrl-c` always quits; no keymap can take it away",
            ],
        );
        check(
            "[global]\n\"ctrl-c\" = \"none\"\n",
            &["2:1 `ctrl-c` always quits; no keymap can take it away"],
        );
    }
}
