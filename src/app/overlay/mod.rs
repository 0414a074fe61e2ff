//! What can lie over a screen: a list to choose from, and help.
//! Apart from the screens, which know nothing of what lies over them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::app::command::{Command, Scope, TABLE};
use crate::app::cursor::Cursor;
use crate::app::editor::Editor;
use crate::app::query::FIELDS;
use crate::app::select::SortKey;
use crate::app::state::State;

/// A list over the screen: type to narrow it, enter takes the line under the cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overlay {
    /// What is chosen.
    pub kind: OverlayKind,
    /// The words that narrow it.
    pub editor: Editor,
    /// The cursor, on an item.
    pub cursor: Cursor<Item>,
    /// Marked items, where several may be chosen.
    pub marked: BTreeSet<Arc<str>>,
    /// Lines that fit, as drawn last.
    pub height: usize,
}

/// What an overlay is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum OverlayKind {
    /// Every command that applies, with its keys.
    Help {
        /// The scopes of the screen below.
        scopes: Vec<Scope>,
    },
    /// Namespaces; several can be marked.
    Namespaces,
    /// Contexts of the kubeconfig.
    Contexts,
    /// Orders of the list.
    Sort,
    /// What is wrong in the configuration files.
    Problems,
}

/// What a line of an overlay stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Item {
    /// A command.
    Command(Command),
    /// A word of the filter language, by its place in [`FIELDS`].
    Field(usize),
    /// All namespaces.
    AllNamespaces,
    /// One namespace.
    Namespace(Arc<str>),
    /// One context.
    Context(Arc<str>),
    /// One order.
    Sort(SortKey),
    /// One problem of the configuration, by its place among them.
    Problem(usize),
}

/// A line of an overlay.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What it stands for.
    pub item: Item,
    /// Before the text: keys of a command.
    pub left: String,
    /// The text.
    pub text: String,
    /// After it, dim.
    pub right: String,
    /// It is what is in force now.
    pub current: bool,
}

impl Overlay {
    /// Freshly opened.
    pub fn new(kind: OverlayKind) -> Self {
        Self {
            kind,
            editor: Editor::default(),
            cursor: Cursor::default(),
            marked: BTreeSet::new(),
            height: 0,
        }
    }

    /// Its title.
    pub fn title(&self) -> &'static str {
        match self.kind {
            OverlayKind::Help { .. } => "Help",
            OverlayKind::Namespaces => "Namespaces",
            OverlayKind::Contexts => "Contexts",
            OverlayKind::Sort => "Order",
            OverlayKind::Problems => "Problems of the configuration",
        }
    }

    /// Its lines, narrowed by every word that is typed.
    pub fn choices(&self, state: &State) -> Vec<Choice> {
        let mut choices = match &self.kind {
            OverlayKind::Help { scopes } => commands(state, scopes),
            OverlayKind::Namespaces => namespaces(state),
            OverlayKind::Contexts => contexts(state),
            OverlayKind::Sort => orders(state),
            OverlayKind::Problems => problems(state),
        };
        let words: Vec<String> = self
            .editor
            .text()
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        choices.retain(|choice| {
            let text = format!("{} {} {}", choice.left, choice.text, choice.right).to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        });
        choices
    }
}

fn commands(state: &State, scopes: &[Scope]) -> Vec<Choice> {
    TABLE
        .iter()
        .filter(|info| info.scope != Scope::Picker && info.command.applies(state))
        .filter(|info| scopes.contains(&info.scope))
        .map(|info| Choice {
            item: Item::Command(info.command),
            left: state.keymap.all_keys_of(info.command),
            text: info.doc.to_string(),
            right: info.name.to_string(),
            current: false,
        })
        .chain(filter_words(state))
        .collect()
}

/// The filter language, where the filter can be asked for: enter starts one with that word.
fn filter_words(state: &State) -> impl Iterator<Item = Choice> {
    let shown = if state.page().is_none() {
        FIELDS.len()
    } else {
        0
    };
    FIELDS[..shown]
        .iter()
        .enumerate()
        .map(|(at, (word, doc))| Choice {
            item: Item::Field(at),
            left: format!("/ {word}"),
            text: (*doc).to_string(),
            right: "filter".to_string(),
            current: false,
        })
}

fn namespaces(state: &State) -> Vec<Choice> {
    use crate::model::delta::Scope as Namespaces;
    let chosen = |name: &str| match &state.scope {
        Namespaces::All => false,
        Namespaces::Namespaces(names) => names.iter().any(|chosen| **chosen == *name),
    };
    // Namespaces nobody may list are still known from the runs in them.
    let mut names: BTreeSet<Arc<str>> = match &state.namespaces {
        Some(Ok(names)) => names.iter().cloned().collect(),
        _ => BTreeSet::new(),
    };
    let mut runs: std::collections::BTreeMap<Arc<str>, usize> = std::collections::BTreeMap::new();
    for run in state.fleet.iter() {
        *runs.entry(run.row.key.namespace.clone()).or_default() += 1;
    }
    names.extend(runs.keys().cloned());
    if let Namespaces::Namespaces(chosen) = &state.scope {
        names.extend(chosen.iter().cloned());
    }
    let all = Choice {
        item: Item::AllNamespaces,
        left: String::new(),
        text: "all namespaces".to_string(),
        right: String::new(),
        current: state.scope == Namespaces::All,
    };
    std::iter::once(all)
        .chain(names.into_iter().map(|name| {
            Choice {
                left: String::new(),
                text: name.to_string(),
                right: runs
                    .get(&name)
                    .map(|count| format!("{count} runs"))
                    .unwrap_or_default(),
                current: chosen(&name),
                item: Item::Namespace(name),
            }
        }))
        .collect()
}

fn contexts(state: &State) -> Vec<Choice> {
    let Some(Ok(contexts)) = &state.contexts else {
        return Vec::new();
    };
    contexts
        .iter()
        .map(|context| Choice {
            item: Item::Context(context.name.clone()),
            left: String::new(),
            text: context.name.to_string(),
            right: match &context.namespace {
                Some(namespace) => format!("{} · {namespace}", context.cluster),
                None => context.cluster.to_string(),
            },
            current: context.current,
        })
        .collect()
}

fn problems(state: &State) -> Vec<Choice> {
    state
        .problems
        .iter()
        .enumerate()
        .map(|(at, problem)| Choice {
            item: Item::Problem(at),
            left: problem.place.short(),
            text: problem.what.clone(),
            right: String::new(),
            current: false,
        })
        .collect()
}

fn orders(state: &State) -> Vec<Choice> {
    SortKey::ALL
        .into_iter()
        .map(|key| {
            let current = key == state.runs.sort;
            Choice {
                item: Item::Sort(key),
                left: key.word().to_string(),
                text: key.doc().to_string(),
                right: if current { "again: turned round" } else { "" }.to_string(),
                current,
            }
        })
        .collect()
}
