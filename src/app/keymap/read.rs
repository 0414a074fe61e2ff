//! Keymap files into keys: `"keys" = "command"` by scope, laid over what they inherit key by key.
//! Apart from looking keys up, because a file can be wrong in every line and a keymap cannot.

use std::collections::BTreeMap;

use super::{BUILT_IN, Binding, Deed, Keymap, conflict, trap};
use crate::app::command::{Command, Scope, TABLE};
use crate::app::config::document::{Document, Entry, Source, Value};
use crate::app::config::problem::{Place, Problem, did_you_mean};
use crate::app::config::shelf::Shelf;
use crate::app::key::KeyPress;
use crate::app::line;

/// What takes a key away.
const NONE: &str = "none";

/// Keymap files, built in and a person's own. A file inherits the keymap `unless_said` where it does not say which.
pub fn shelf<'a>(own: &'a BTreeMap<String, Source>, unless_said: &'a str) -> Shelf<'a> {
    Shelf {
        kind: "keymap",
        built_in: BUILT_IN,
        own,
        unless_said: Some(unless_said),
        in_need: "default",
    }
}

impl Keymap {
    /// Reads a keymap file that inherits what is built in. A line that means nothing is reported and left out.
    pub fn parse(text: &str) -> (Self, Vec<Problem>) {
        let none = BTreeMap::new();
        let mut problems = Vec::new();
        let source = Source::new("keymap.toml", text);
        let line = shelf(&none, "default").lineage(&source, &mut problems);
        (Self::of(&line, &mut problems), problems)
    }

    /// A keymap that is built in. `None`: there is none of this name.
    pub fn preset(name: &str) -> Option<(Self, Vec<Problem>)> {
        let none = BTreeMap::new();
        let shelf = shelf(&none, "default");
        let mut problems = Vec::new();
        let line = shelf.lineage(&shelf.find(name)?, &mut problems);
        Some((Self::of(&line, &mut problems), problems))
    }

    /// The keymap that these files make, each laid over those before it.
    pub fn of(line: &[Document], problems: &mut Vec<Problem>) -> Self {
        let mut map = Self::default();
        for document in line {
            map.lay(document, problems);
        }
        conflict::report(&map, line, problems);
        trap::report(&map, line, problems);
        map
    }

    fn lay(&mut self, document: &Document, problems: &mut Vec<Problem>) {
        let mut seen: Vec<(Scope, Vec<KeyPress>, Place)> = Vec::new();
        for table in &document.entries {
            if ["inherits", "$schema"].contains(&table.key.as_str()) {
                continue;
            }
            let scope = match scope(table) {
                Ok(scope) => scope,
                Err((what, help)) => {
                    problems.push(document.source.problem(&table.key_at, what, help));
                    continue;
                }
            };
            let Value::Table(entries) = &table.value else {
                let what = format!("`{}` is a table", table.key);
                let help = format!("[{}] on a line of its own", table.key);
                problems.push(document.source.problem(&table.at, what, help));
                continue;
            };
            for entry in entries {
                let place = document.place(entry);
                let keys = match KeyPress::parse_all(&entry.key) {
                    Ok(keys) => keys,
                    Err(what) => {
                        let help = "keys are named as in `ctrl-d`, `alt-x`, `G`, `f5`, `g g`";
                        problems.push(document.source.problem(&entry.key_at, what, help));
                        continue;
                    }
                };
                if let Some((.., first)) = seen.iter().find(|s| s.0 == scope && s.1 == keys) {
                    let what = format!("`{}` stands in [{}] twice", entry.key, table.key);
                    let help = format!("line {} holds", first.line);
                    problems.push(document.source.problem(&entry.key_at, what, help));
                    continue;
                }
                seen.push((scope, keys.clone(), place.clone()));
                match deed(entry) {
                    Ok(None) if conflict::quits(&keys) => {
                        let (what, help) = conflict::ALWAYS_QUITS;
                        problems.push(document.source.problem(&entry.key_at, what, help));
                    }
                    Ok(deed) => self.bind(scope, keys, deed, place),
                    Err((what, help)) => {
                        problems.push(document.source.problem(&entry.at, what, help));
                    }
                }
            }
        }
    }

    fn bind(&mut self, scope: Scope, keys: Vec<KeyPress>, deed: Option<Deed>, place: Place) {
        self.bindings
            .retain(|binding| !(binding.scope == scope && binding.keys == keys));
        if let Some(deed) = deed {
            self.bindings.push(Binding {
                scope,
                keys,
                deed,
                place,
            });
        }
    }
}

fn scope(table: &Entry) -> Result<Scope, (String, String)> {
    let names = Scope::ALL.map(Scope::name);
    let found = Scope::ALL
        .into_iter()
        .find(|scope| scope.name() == table.key);
    found.ok_or_else(|| {
        let what = match table.value {
            Value::Table(_) => format!("[{}] is not a scope", table.key),
            _ => format!("`{}` stands in no scope", table.key),
        };
        let otherwise = format!("scopes are {}", names.join(", "));
        (what, did_you_mean(&table.key, names, &otherwise))
    })
}

/// What an entry asks for: a command by its name, or a line as it is typed, colon and all. `None` takes the key away.
fn deed(entry: &Entry) -> Result<Option<Deed>, (String, String)> {
    let Some(name) = entry.value.text() else {
        let what = "a command is text".to_string();
        return Err((what, format!("{:?} = \"help\"", entry.key)));
    };
    if name == NONE {
        return Ok(None);
    }
    if let Some(line) = name.strip_prefix(':') {
        line::known(line)?;
        return Ok(Some(Deed::Line(line.trim().to_string())));
    }
    let command = Command::named(name).map(Deed::Command);
    command.map(Some).ok_or_else(|| {
        let names = TABLE.iter().map(|info| info.name).chain([NONE]);
        let otherwise = "`tiphys config show` lists them all";
        (
            format!("`{name}` is not a command"),
            did_you_mean(name, names, otherwise),
        )
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::Found;
    use super::*;

    fn says<'a>(map: &'a Keymap, scope: Scope, keys: &str) -> Found<'a> {
        map.find(&[scope], &KeyPress::parse_all(keys).unwrap())
    }

    fn check(text: &str, wrong: &[&str]) -> Keymap {
        let (map, problems) = Keymap::parse(text);
        let said: Vec<String> = problems
            .iter()
            .map(|p| format!("{}:{} {}", p.place.line, p.place.column, p.sentence()))
            .collect();
        assert_eq!(said, wrong, "{text}");
        map
    }

    #[test]
    fn a_file_lays_over_another_key_by_key() {
        let map = check("[global]\n\"q\" = \"none\"\n\"Q\" = \"quit\"\n", &[]);
        assert_eq!(says(&map, Scope::Global, "q"), Found::Nothing);
        assert_eq!(
            says(&map, Scope::Global, "Q"),
            Found::Command(Command::Quit)
        );
        assert_eq!(
            says(&map, Scope::Global, "?"),
            Found::Command(Command::Help)
        );
        // That its lists cannot be left is told, and it is what the file says.
        let (map, problems) = Keymap::parse("inherits = \"none\"\n[global]\nx = \"quit\"\n");
        assert_eq!(problems.len(), 4);
        assert_eq!(map.bindings().len(), 1);
        let map = check("inherits = \"emacs\"\n", &[]);
        assert_eq!(
            says(&map, Scope::List, "ctrl-v"),
            Found::Command(Command::PageDown)
        );
    }

    #[test]
    fn one_bad_line_is_named_and_the_rest_counts() {
        let map = check(
            "inherits = \"k9\"\nb = \"help\"\n[global]\n\"Q\" = \"qiut\"\n\"b\" = \"help\"\n\"hyper-b\" = \"help\"\n\"f1\" = 3\n[gobal]\n[list]\n",
            &[
                "1:12 there is no keymap `k9`; did you mean `k9s`?",
                "2:1 `b` stands in no scope; scopes are global, list, runs, templates, failures, tasks, run, steps, graph, log, artifacts, criteria, picker, prompt, dialog, draft, text",
                "4:7 `qiut` is not a command; did you mean `quit`?",
                "6:1 `hyper` is not a modifier (ctrl, alt, shift); keys are named as in `ctrl-d`, `alt-x`, `G`, `f5`, `g g`",
                "7:8 a command is text; \"f1\" = \"help\"",
                "8:2 [gobal] is not a scope; did you mean `global`?",
            ],
        );
        assert_eq!(
            says(&map, Scope::Global, "b"),
            Found::Command(Command::Help)
        );
    }

    #[test]
    fn one_key_written_in_two_ways_is_one_key() {
        let map = check(
            "[global]\n\"return\" = \"help\"\n\"enter\" = \"quit\"\n\"q\" = \"help\"\n\"q\" = \"quit\"\n",
            &[
                "5:1 `\"q\"` stands here a second time; the first one holds",
                "3:1 `enter` stands in [global] twice; line 2 holds",
            ],
        );
        assert_eq!(
            says(&map, Scope::Global, "enter"),
            Found::Command(Command::Help)
        );
    }

    #[test]
    fn a_key_can_say_a_line() {
        let map = check(
            "[log]\n\"2\" = \":since 1m\"\n\"3\" = \":sinc 5m\"\n\"4\" = \": \"\n",
            &[
                "3:7 `sinc` is not a command; did you mean `since`?",
                "4:7 nothing stands after the colon; as it is typed: `:since 10m`",
            ],
        );
        assert_eq!(says(&map, Scope::Log, "2"), Found::Line("since 1m"));
        assert_eq!(says(&map, Scope::Log, "3"), Found::Nothing);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(?s).{0,200}") {
            let _ = Keymap::parse(&text);
        }

        #[test]
        fn text_like_a_keymap_is_survived(parts in prop::collection::vec(prop::sample::select(vec![
            "[global]", "[", "]", "\n", "\"", "=", "x", "ctrl-", " ", "{", "}", "\"\"\"", "'", "inherits", "#", ".", ",", "é", "\r",
        ]), 0..60)) {
            let _ = Keymap::parse(&parts.concat());
        }

        #[test]
        fn bad_lines_cost_only_themselves(bad in prop::collection::vec((0..12usize, prop::sample::select(vec![
            "\"Q\" = quit", "= 3", "\"a", "'b' = 'open", "? = \"help\"", "x y = \"help\"", "\"f2\" = [", "\"f3\" = { a = ", "}", "\"u\" = \"nonsense\"", "\u{1}",
        ])), 0..8)) {
            let mut lines: Vec<String> = (1..=12).map(|n| format!("\"alt-{}\" = \"help\"", (b'a' + n) as char)).collect();
            for (at, line) in &bad {
                lines.insert(*at, (*line).to_string());
            }
            let (map, problems) = Keymap::parse(&format!("[global]\n{}\n", lines.join("\n")));
            for n in 1..=12 {
                let keys = format!("alt-{}", (b'a' + n) as char);
                prop_assert_eq!(says(&map, Scope::Global, &keys), Found::Command(Command::Help), "{}", keys);
            }
            prop_assert!(problems.len() >= bad.len(), "{:?}", problems);
        }
    }
}
