//! Scopes that a keymap leaves no key to get out of. `ctrl-c` ends the program even there; nothing else would lead on.
//! Apart from conflicts, because here every line that is left is right: one is missing.

use std::ops::Range;

use super::Keymap;
use crate::app::command::{Command, Scope};
use crate::app::config::document::{Document, Entry, Value};
use crate::app::config::problem::Problem;

/// What leads out of what lies over a screen, and out of a page.
const WAYS: [(Scope, &[Command]); 5] = [
    (Scope::Picker, &[Command::Clear]),
    (Scope::Prompt, &[Command::Clear]),
    (Scope::Dialog, &[Command::Clear]),
    (Scope::Text, &[Command::Done]),
    (Scope::Global, &[Command::Back, Command::Quit]),
];

/// Adds what is missing in this keymap, at the line that took it away, else at what was inherited.
pub(super) fn report(map: &Keymap, line: &[Document], problems: &mut Vec<Problem>) {
    let Some(own) = line.last() else {
        return;
    };
    for (scope, ways) in WAYS {
        let mut bindings = map.bindings.iter().filter(|one| one.scope == scope);
        let leads = |deed: &super::Deed| deed.command().is_some_and(|one| ways.contains(&one));
        if bindings.any(|one| leads(&one.deed)) {
            continue;
        }
        let names: Vec<&str> = ways.iter().map(|way| way.info().name).collect();
        let what = format!("no key leads out of [{}]", scope.name());
        let help = format!("give one to {}: \"esc\" = \"{}\"", or(&names), names[0]);
        problems.push(match place(own, scope) {
            Some(at) => own.source.problem(&at, what, help),
            None => Problem::whole(own.source.file.clone(), what, help),
        });
    }
}

fn or(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}

/// The last line that takes a key away there, else the head of the table, else what is inherited.
fn place(own: &Document, scope: Scope) -> Option<Range<usize>> {
    let table = own.get(scope.name());
    let taken = table.and_then(|table| match &table.value {
        Value::Table(entries) => entries
            .iter()
            .rfind(|entry| entry.value.text() == Some("none")),
        _ => None,
    });
    let at = |entry: &Entry| entry.key_at.clone();
    taken.or(table).or_else(|| own.get("inherits")).map(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let (_, problems) = Keymap::parse(text);
        let told = |p: &Problem| format!("{}:{} {}", p.place.line, p.place.column, p.what);
        problems.iter().map(told).collect()
    }

    #[test]
    fn a_scope_that_cannot_be_left_is_told_where_its_last_way_out_was_taken() {
        assert_eq!(
            problems("[picker]\n\"enter\" = \"none\"\n\"esc\" = \"none\"\n"),
            ["3:1 no key leads out of [picker]"]
        );
        assert_eq!(
            problems("[picker]\n\"esc\" = \"none\"\n\"alt-q\" = \"cancel\"\n"),
            [""; 0]
        );
        assert_eq!(
            problems("[text]\n\"esc\" = \"up\"\n"),
            ["1:2 no key leads out of [text]"]
        );
        // One of two ways is enough.
        assert_eq!(problems("[global]\n\"esc\" = \"none\"\n"), [""; 0]);
        assert_eq!(
            problems("[global]\n\"esc\" = \"none\"\n\"q\" = \"none\"\n"),
            ["3:1 no key leads out of [global]"]
        );
    }
}
