//! How a command line can go on: words that fit what is typed, best first, each with what it means.
//! Apart from reading the line, because a line is completed long before it means anything.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::read::pieces;
use super::words::{self, Does};
use crate::app::artifacts;
use crate::app::bridging::Mode;
use crate::app::command::Command;
use crate::app::fuzzy::Needle;
use crate::app::orders::verbs;
use crate::app::overlay::known_namespaces;
use crate::app::query::{FIELDS, KINDS};
use crate::app::reading;
use crate::app::select::SortKey;
use crate::app::state::State;
use crate::model::phase::State as RunState;

/// Completions that are worked out at most.
const MANY: usize = 100;

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The whole line with it.
    pub line: String,
    /// What is shown of it.
    pub word: String,
    /// What it means.
    pub doc: String,
    /// Something can follow: a space is put after it.
    pub more: bool,
}

/// How the line can go on, best first. An empty line: what was done last, then every command.
pub(super) fn completions(state: &State, typed: &str) -> Vec<Completion> {
    let text = typed.trim_start_matches([':', ' ']);
    let ends_open = text.ends_with(char::is_whitespace);
    let mut all = pieces(text);
    let last = match ends_open || all.is_empty() {
        true => "",
        false => all.pop().unwrap_or_default(),
    };
    let mut found = Found {
        base: text[..text.len() - last.len()].to_string(),
        last,
        list: Vec::new(),
    };
    let Some((word, before)) = all.split_first() else {
        found.commands(state);
        return found.ordered(state, text);
    };
    match words::find(word) {
        Some(Does::Runs) => found.runs(state),
        Some(Does::Namespaces) => found.namespaces(state, "", last),
        Some(Does::Context) if before.is_empty() => found.contexts(state, ""),
        Some(Does::Filter) => found.filter(state),
        Some(Does::Sort) => found.orders(before),
        Some(Does::Bridge) if before.is_empty() => {
            for mode in Mode::ALL {
                found.add("", mode.word(), mode.doc(), false);
            }
        }
        Some(Does::Theme) if before.is_empty() => found.themes(state),
        Some(Does::Open(_)) if before.is_empty() => found.runs_by_name(state),
        Some(Does::Plain(command)) if before.is_empty() && verbs::is_action(command) => {
            found.runs_by_name(state);
        }
        _ => {}
    }
    found.ordered(state, text)
}

/// Completions being found: the line up to the last piece, and that piece.
struct Found<'a> {
    base: String,
    last: &'a str,
    list: Vec<(i32, Completion)>,
}

impl Found<'_> {
    /// Adds a word, if what stands after `lead` in the last piece fits it.
    fn add(&mut self, lead: &str, word: &str, doc: &str, more: bool) {
        let typed = self.last.strip_prefix(lead).unwrap_or(self.last);
        let needle = Needle::new(typed);
        let score = match needle.is_empty() {
            true => Some(0),
            false => needle.score(&[word], &[]),
        };
        self.list.extend(score.map(|score| {
            let completion = Completion {
                line: format!("{}{lead}{word}", self.base),
                word: word.to_string(),
                doc: doc.to_string(),
                more,
            };
            (score, completion)
        }));
    }

    /// The best first, then lines of before that begin like this one.
    fn ordered(mut self, state: &State, text: &str) -> Vec<Completion> {
        self.list.sort_by_key(|(score, _)| Reverse(*score));
        let mut list: Vec<Completion> = self.list.into_iter().map(|(_, word)| word).collect();
        list.truncate(MANY);
        let begins = |said: &&String| {
            let head = said.get(..text.len());
            *said != text && head.is_some_and(|head| head.eq_ignore_ascii_case(text))
        };
        let said = state.said.iter().rev().filter(begins);
        let said = said.map(|line| Completion {
            line: line.clone(),
            word: line.clone(),
            doc: "as before".to_string(),
            more: false,
        });
        if text.is_empty() {
            return said.chain(list).collect();
        }
        list.extend(said);
        list
    }

    fn commands(&mut self, state: &State) {
        for (name, does, doc) in words::all() {
            let works = match does {
                Does::Plain(command) => command.applies(state),
                Does::Save(_) => {
                    Command::SaveLog.applies(state) || artifacts::file_name(state).is_some()
                }
                Does::Since | Does::Tail => reading::is_read(state).is_ok(),
                _ => true,
            };
            // Movement is for keys, and this line is open; whoever types the name can have it.
            let is_for_keys = matches!(
                does,
                Does::Plain(
                    Command::Line
                        | Command::Down
                        | Command::Up
                        | Command::First
                        | Command::Last
                        | Command::HalfDown
                        | Command::HalfUp
                        | Command::PageDown
                        | Command::PageUp
                )
            );
            if works && !(is_for_keys && self.last.is_empty()) {
                self.add("", name, doc, does.takes_more());
            }
        }
    }

    fn runs(&mut self, state: &State) {
        if self.last.starts_with("ns=") {
            let names = &self.last["ns=".len()..];
            return self.namespaces(state, "ns=", names);
        }
        if self.last.starts_with('@') {
            return self.contexts(state, "@");
        }
        if !self.last.starts_with('!') {
            self.add("", "ns=", "namespaces to see: ns=a,b or ns=all", false);
            self.add("", "@", "a context of the kubeconfig", false);
        }
        self.filter(state);
    }

    /// Namespaces after a comma or after `lead`; those that are named already are not offered again.
    fn namespaces(&mut self, state: &State, lead: &str, typed: &str) {
        let head = typed.rfind(',').map_or("", |at| &typed[..=at]);
        let named: BTreeSet<&str> = head.split(',').collect();
        let lead = format!("{lead}{head}");
        for name in known_namespaces(state) {
            if !named.contains(&*name) {
                self.add(&lead, &name, "namespace", true);
            }
        }
        if head.is_empty() {
            self.add(&lead, "all", "all namespaces", true);
        }
    }

    fn contexts(&mut self, state: &State, lead: &str) {
        for context in state.contexts.iter().flatten().flatten() {
            self.add(lead, &context.name, &context.cluster, true);
        }
    }

    /// Words of the filter language, and values where they are few.
    fn filter(&mut self, state: &State) {
        let not = if self.last.starts_with('!') { "!" } else { "" };
        let body = &self.last[not.len()..];
        if let Some((field, values)) = body.split_once(':') {
            let head = values.rfind(',').map_or("", |at| &values[..=at]);
            let lead = format!("{not}{field}:{head}");
            match field {
                "status" | "state" | "is" => {
                    for state in RunState::ALL {
                        let word = state.word().to_lowercase().replace(' ', "-");
                        self.add(&lead, &word, "state", true);
                    }
                }
                "ns" | "namespace" => {
                    for name in known_namespaces(state) {
                        self.add(&lead, &name, "namespace", true);
                    }
                }
                "kind" => {
                    for word in KINDS {
                        self.add(&lead, word, "what launched it", true);
                    }
                }
                _ => {}
            }
            return;
        }
        let fields = FIELDS.iter().filter(|(word, _)| word.len() > 1);
        for (word, doc) in fields {
            self.add(not, word, doc, false);
        }
    }

    fn themes(&mut self, state: &State) {
        for name in &state.habits.themes {
            let doc = match *name == state.habits.theme {
                true => "theme, in force",
                false => "theme",
            };
            self.add("", name, doc, false);
        }
    }

    fn orders(&mut self, before: &[&str]) {
        match before {
            [] => {
                for key in SortKey::ALL {
                    self.add("", key.name(), key.doc(), true);
                }
            }
            [_] => self.add("", "reversed", "the other way round", false),
            _ => {}
        }
    }

    fn runs_by_name(&mut self, state: &State) {
        let mut names: Vec<String> = state
            .fleet
            .iter()
            .filter(|run| !run.gone)
            .map(|run| run.row.key.to_string())
            .collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            self.add("", &name, "run", false);
        }
    }
}
