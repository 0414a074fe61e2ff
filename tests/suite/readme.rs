//! The tables of the README are what the program says of itself.
//! Apart from help, which shows the same on screen.

use tiphys::app::command::{Scope, TABLE};
use tiphys::app::keymap::{self, DEFAULT, Keymap};
use tiphys::app::query::FIELDS;

use tiphys::app::config::claude::Claude;
use tiphys::app::config::document::{Document, Source};
use tiphys::app::config::links;
use tiphys::app::config::rules;
use tiphys::app::config::settings::{KEYS, Kind, Settings, Shelves};
use tiphys::app::config::views;
use tiphys::ui::theme::read::{Sheet, shelf};

use crate::blessed;

/// Where keys of a scope work.
fn place(scope: Scope) -> &'static str {
    match scope {
        Scope::Global => "everywhere",
        Scope::List => "in lists and texts",
        Scope::Runs => "Runs",
        Scope::Origins => "Templates",
        Scope::Failures => "Failures",
        Scope::Run => "Run page",
        Scope::Steps => "Run page, steps",
        Scope::Graph => "Run page, steps as a graph",
        Scope::Log => "Run page, log",
        Scope::Artifacts => "Run page, artifacts",
        Scope::Criteria => "Run page, criteria",
        Scope::Picker => "in a list to choose from",
        Scope::Prompt => "while typing",
        Scope::Dialog => "before something is changed",
        Scope::Tasks => "Tasks",
        Scope::Draft => "in a draft of a QARun",
        Scope::Text => "in a text of a draft",
    }
}

/// Code in a cell of a Markdown table.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

#[test]
fn the_key_table() {
    let (keymap, problems) = Keymap::parse(DEFAULT);
    assert_eq!(problems, []);
    let mut table = "| keys | where | what |\n|---|---|---|\n".to_string();
    for info in TABLE {
        let keys: Vec<String> = keymap
            .all_keys_of(info.command)
            .split(", ")
            .map(code)
            .collect();
        table.push_str(&format!(
            "| {} | {} | {} |\n",
            keys.join(" "),
            place(info.scope),
            info.doc
        ));
    }
    blessed::section(
        "README.md",
        "keys",
        &format!("{table}| `ctrl-c` | everywhere | Quit at once; no keymap can take it away |\n"),
    );
}

#[test]
fn the_filter_table() {
    let mut table = "| word | meaning |\n|---|---|\n".to_string();
    for (word, meaning) in FIELDS {
        table.push_str(&format!(
            "| {} | {} |\n",
            code(word),
            meaning.replace('|', "\\|")
        ));
    }
    blessed::section("README.md", "filter", &table);
}

#[test]
fn the_settings_table() {
    let mut table =
        "| in `config.toml` | what it can say | unless said | what for |\n|---|---|---|---|\n"
            .to_string();
    let settings = Settings::default();
    for (key, (line, _)) in KEYS.iter().zip(settings.lines()) {
        let usual = line.split(" = ").nth(1).unwrap_or_default();
        let usual = usual.trim_matches('"');
        let says = match key.kind {
            Kind::Theme(true) => "a theme, `auto`".to_string(),
            Kind::Theme(false) => "a theme".to_string(),
            Kind::Keymap => "a keymap".to_string(),
            Kind::Word(words) => words.iter().map(|w| code(w)).collect::<Vec<_>>().join(" "),
            Kind::Names => "names, `*` for any text".to_string(),
            Kind::Seconds => "0 to 60".to_string(),
            Kind::Flag => "`true` `false`".to_string(),
            Kind::Claude(Claude::Number(from, to)) => format!("{from} to {to}"),
            Kind::Claude(Claude::Model) => "a model".to_string(),
            Kind::Claude(Claude::Base) => "https://…; http of this machine alone".to_string(),
            Kind::Claude(Claude::Secret) => "namespace/name/key of a Secret".to_string(),
            Kind::Path => "a folder or file, `~/` is home".to_string(),
            Kind::Link => {
                let words: Vec<_> = links::WORDS.iter().map(|w| code(w)).collect();
                format!("an address with {}", words.join(" "))
            }
        };
        let usual = match usual {
            "" => "nothing".to_string(),
            usual => code(usual),
        };
        let line = format!("| `{}` | {says} | {usual} | {} |\n", key.name, key.doc);
        table.push_str(&line);
    }
    blessed::section("README.md", "settings", &table);
}

#[test]
fn the_tables_of_rules_and_views() {
    for (section, fields) in [("notify", rules::FIELDS), ("view", views::FIELDS)] {
        let mut table = format!("| in `[[{section}]]` | says | what for |\n|---|---|---|\n");
        for (name, says, doc) in fields {
            table.push_str(&format!("| `{name}` | {says} | {doc} |\n"));
        }
        blessed::section("README.md", section, &table);
    }
}

#[test]
fn the_examples_are_right() {
    let text = include_str!("../../README.md");
    let mut checked = 0;
    for block in text.split("```toml\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let name = block.lines().next().unwrap();
        let mut problems = Vec::new();
        let source = Source::new("README.md", block);
        match name {
            "# config.toml" => {
                let document = Document::read(&source, &mut problems);
                let own = [("mine".to_string(), Source::new("mine", ""))].into();
                let shelves = Shelves {
                    themes: shelf(&own),
                    keymaps: keymap::shelf(&own, "default"),
                };
                Settings::read(&document, &shelves, &Settings::default(), &mut problems);
            }
            "# keymap.toml" => problems = Keymap::parse(block).1,
            "# themes/mine.toml" => {
                let none = std::collections::BTreeMap::new();
                let line = shelf(&none).lineage(&source, &mut problems);
                Sheet::of(&line, &mut problems);
            }
            "# .tiphys/criteria.toml" => {
                let (_, wrong) = tiphys::wire::taskmaster::rules::read("criteria.toml", block);
                assert_eq!(wrong, []);
            }
            other => panic!("which file is this? {other}"),
        }
        assert_eq!(problems, [], "{name}");
        checked += 1;
    }
    assert_eq!(checked, 5);
}
