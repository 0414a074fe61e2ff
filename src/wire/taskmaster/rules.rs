//! `.tiphys/criteria.toml`: what a project says about criteria, read from its text.
//! Apart from what the rules do (`model::task::rules`). Each mistake has a place and a help, and everything else is in force.
//!
//! The format is TOML (<https://toml.io>):
//!
//! ```toml
//! [defaults]                    # what QARuns are made with
//! service = "shop"
//! image = "ghcr.io/acme/qa:1"
//! [[defaults.complexity]]       # by the score of Task Master's report, the highest that is reached
//! from = 7
//! criterion-timeout = 1200
//! run-timeout = 7200
//! retries = 2
//! [environments]
//! staging = "https://staging.example"
//!
//! [[map]]                       # which criteria: match, heading, source, kind, tasks; and how they are found out
//! kind = "tests"
//! command = "cargo test"
//! [[map]]
//! match = "/p95|respon/"
//! url = "http://prometheus:9090"
//! query = "histogram_quantile(0.95, …)"
//! [[drop]]
//! heading = "Sign-off"
//! [[force]]
//! match = "docs"
//! required = false
//! [[add]]
//! text = "The changelog says what is new"
//! tasks = ["15", "16.*"]
//! ```

mod make;
mod table;
mod write;

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::model::qarun::{Builtin, Environment};
use crate::model::task::rules::{Add, Defaults, Demand, Does, Rule, Rules, When, compiled};
use crate::model::task::{Place, Problem};

use table::{Table, nearest};

pub use write::{appended, map};

/// What is wrong: bytes, what, help.
type Wrong = Vec<(Range<usize>, String, String)>;

const TABLES: [&str; 6] = ["defaults", "environments", "map", "drop", "force", "add"];

/// Reads the rules of a project; `file`: how people call the file, for the places of its rules.
pub fn read(file: &str, text: &str) -> (Rules, Vec<Problem>) {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut wrong: Wrong = (errors.iter())
        .map(|error| {
            let what = error.message().lines().collect::<Vec<_>>().join(", ");
            (
                error.span().unwrap_or_default(),
                what,
                "this is no TOML; the rest counts".to_owned(),
            )
        })
        .collect();
    let mut rules = Rules::default();
    let place = |at: usize| format!("{file}:{}", Place::of(text, at).line);
    let mut found: Vec<(usize, Entry)> = Vec::new();
    for (key, value) in root.get_ref() {
        let (name, at) = (&**key.get_ref(), value.span());
        match (name, value.get_ref()) {
            ("defaults", DeValue::Table(table)) => {
                rules.defaults = Defaults {
                    environments: std::mem::take(&mut rules.defaults.environments),
                    ..defaults(&mut Table::new(table, at, &mut wrong))
                }
            }
            ("environments", DeValue::Table(table)) => {
                rules.defaults.environments = environments(&mut Table::new(table, at, &mut wrong));
            }
            ("map" | "drop" | "force" | "add", DeValue::Array(tables)) => {
                for one in tables.iter() {
                    let DeValue::Table(table) = one.get_ref() else {
                        wrong.push((
                            one.span(),
                            format!("`{name}` is a list of tables"),
                            format!("[[{name}]]"),
                        ));
                        continue;
                    };
                    let at = one.span();
                    let mut table = Table::new(table, at.clone(), &mut wrong);
                    let entry = entry(name, &mut table, place(at.start));
                    found.extend(entry.map(|entry| (at.start, entry)));
                }
            }
            ("map" | "drop" | "force" | "add", _) => {
                wrong.push((
                    at,
                    format!("`{name}` is a list of tables"),
                    format!("[[{name}]]"),
                ));
            }
            ("defaults" | "environments", _) => {
                wrong.push((at, format!("`{name}` is a table"), format!("[{name}]")));
            }
            _ => {
                let help = match nearest(name, &TABLES) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", TABLES.join(", ")),
                };
                wrong.push((key.span(), format!("there is no table `{name}`"), help));
            }
        }
    }
    // Tables of different names are kept apart by TOML; rules are done in the order they are written in.
    found.sort_by_key(|(at, _)| *at);
    for (_, entry) in found {
        match entry {
            Entry::Rule(rule) => rules.rules.push(rule),
            Entry::Add(add) => rules.adds.push(add),
        }
    }
    let mut problems: Vec<Problem> = (wrong.into_iter())
        .map(|(at, what, help)| Problem {
            place: Place::of(text, at.start),
            what,
            help,
        })
        .collect();
    problems.sort();
    (rules, problems)
}

enum Entry {
    Rule(Rule),
    Add(Add),
}

fn entry(name: &str, table: &mut Table<'_>, place: String) -> Option<Entry> {
    if name == "add" {
        return add(table, place).map(Entry::Add);
    }
    let before = table.mistakes();
    let when = when(table);
    let does = match name {
        "map" => make::read(table).map(Does::Map),
        "drop" => Some(Does::Drop),
        _ => force(table),
    };
    table.end();
    // A condition that cannot be read would make the rule be about others than it says.
    if table.mistakes() > before {
        table.note("this rule is left out", "mend it above");
        return None;
    }
    if !when.is_said() {
        table.note(
            "this rule does not say which criteria it is about",
            "match = \"a part of the text\"; or heading, source, kind, tasks",
        );
        return None;
    }
    Some(Entry::Rule(Rule {
        when,
        does: does?,
        place,
    }))
}

fn when(table: &mut Table<'_>) -> When {
    let mut expression = |key: &str| {
        let (text, at) = table.text(key)?;
        if let Err(why) = compiled(&text) {
            table.wrong(
                at,
                format!("`{key}` is no expression: {why}"),
                "text without slashes is searched as it is".to_owned(),
            );
            return None;
        }
        Some(text)
    };
    let text = expression("match");
    let heading = expression("heading");
    When {
        text,
        heading,
        source: table.one_of(
            "source",
            &[
                "file",
                "details",
                "testStrategy",
                "acceptanceCriteria",
                "description",
            ],
        ),
        kind: table.one_of(
            "kind",
            &["command", "http", "metric", "junit", "manual", "tests"],
        ),
        tasks: table.texts("tasks"),
    }
}

fn force(table: &mut Table<'_>) -> Option<Does> {
    let required = table.flag("required");
    let take = table.flag("take");
    let manual = table.flag("manual").unwrap_or_default();
    let timeout = table.number("timeout");
    if required.is_none() && take.is_none() && !manual && timeout.is_none() {
        table.note(
            "this rule forces nothing",
            "required = false, take = true, manual = true or timeout = 60",
        );
        return None;
    }
    Some(Does::Force {
        required,
        take,
        manual,
        timeout,
    })
}

fn add(table: &mut Table<'_>, place: String) -> Option<Add> {
    let before = table.mistakes();
    let text = table
        .text("text")
        .map(|(text, _)| crate::model::text::clean(text.trim()).into_owned());
    let id = table.text("id").and_then(|(id, at)| {
        let label = !id.is_empty()
            && id.len() <= 40
            && id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !label || id.starts_with('-') || id.ends_with('-') {
            table.wrong(
                at,
                format!("`{id}` is no id"),
                "small letters, digits and `-`, 40 of them at most".to_owned(),
            );
            return None;
        }
        Some(id)
    });
    let tasks = table.texts("tasks");
    let required = table.flag("required").unwrap_or(true);
    let make = match make::is_said(table) {
        true => make::read(table),
        false => None,
    };
    table.end();
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        table.note(
            "this criterion does not say what must hold",
            "text = \"The changelog says what is new\"",
        );
        return None;
    };
    if table.mistakes() > before {
        table.note("this criterion is left out", "mend it above");
        return None;
    }
    Some(Add {
        tasks,
        text,
        id,
        required,
        make,
        place,
    })
}

fn defaults(table: &mut Table<'_>) -> Defaults {
    let mut said = |key: &str| table.text(key).map(|(text, _)| text);
    let mut defaults = Defaults {
        service: said("service"),
        image: said("image"),
        repository: said("repository"),
        revision: said("revision"),
        service_account: said("service-account"),
        template: None,
        environments: Vec::new(),
        complexity: None,
    };
    defaults.complexity = demands(table);
    defaults.template = table.one_of("template", &Builtin::ALL.map(Builtin::name));
    table.end();
    defaults
}

/// What tasks of which complexity need; an empty list says that none needs more than another.
fn demands(table: &mut Table<'_>) -> Option<Vec<Demand>> {
    let mut all = Vec::new();
    let said = table.each("complexity", "[[defaults.complexity]]", &mut |one| {
        let from = one.number("from");
        let demand = Demand {
            from: from.unwrap_or_default(),
            criterion_timeout: one.number("criterion-timeout"),
            run_timeout: one.number("run-timeout"),
            retries: one.number("retries"),
        };
        if from.is_none() {
            one.note("from which score on?", "from = 7");
        } else {
            all.push(demand);
        }
    });
    said.then_some(all)
}

fn environments(table: &mut Table<'_>) -> Vec<Environment> {
    let mut all = Vec::new();
    for name in table.names() {
        if let Some((url, at)) = table.text(&name) {
            if !url.starts_with("http://") && !url.starts_with("https://") {
                table.wrong(
                    at,
                    format!("`{url}` is no URL"),
                    "https://staging.example".to_owned(),
                );
                continue;
            }
            all.push(Environment {
                name,
                url: Some(url),
                env: Vec::new(),
            });
        }
    }
    all
}

#[cfg(test)]
mod tests;
