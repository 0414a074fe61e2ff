//! What can lie over a screen: a list to choose from, and help.
//! Apart from the screens, which know nothing of what lies over them.

mod lists;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::command::{Command, Scope};
use crate::app::compare;
use crate::app::copy::{self, What};
use crate::app::cursor::{Cursor, Move};
use crate::app::editor::Editor;
use crate::app::finder;
use crate::app::fuzzy::Needle;
use crate::app::inside;
use crate::app::report;
use crate::app::screens::failures::Order;
use crate::app::screens::runs::Column;
use crate::app::select::SortKey;
use crate::app::state::State;
use crate::app::why;
use crate::model::inside::Inside;
use crate::model::key::Key;
use crate::model::phase::State as RunState;

pub(super) use lists::known_namespaces;

/// A list over the screen: every letter narrows it, keys that are no letters move in it, enter takes the line under the
/// cursor. Where a letter takes a line ([`Overlay::takes_letters`]) nothing is narrowed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overlay {
    /// What is chosen.
    pub kind: OverlayKind,
    /// The words that narrow it.
    pub editor: Editor,
    /// The cursor, on an item.
    pub cursor: Cursor<Item>,
    /// What the last drawing showed under the cursor: this is what enter takes, whatever came or went since.
    pub shown: Option<Item>,
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
    /// Columns of the list of runs.
    Columns,
    /// Everything that can be gone to.
    Find,
    /// What can be copied about a run.
    Copy {
        /// The run, as it was when the menu was opened.
        key: Key,
        /// The step under the cursor then, by its branch.
        step: Option<Arc<str>>,
    },
    /// Marked places.
    Marks {
        /// The next letter marks this place; else it goes to the marked one.
        set: bool,
    },
    /// Namespaces, for the run of a template of the cluster.
    LaunchIn {
        /// The template.
        key: Key,
    },
    /// Containers that run, for a shell in one of them.
    Containers {
        /// Those that were meant when it was asked.
        places: Vec<Inside>,
    },
    /// What was said so far.
    Messages,
    /// How an action on many runs goes, one by one.
    Bulk,
    /// What was done from here.
    Journal,
    /// Runs of the platform's agents.
    CodeRuns,
    /// Why a run is where it is.
    Why {
        /// The run.
        key: Key,
        /// The step that is asked about, by its branch.
        branch: Option<Arc<str>>,
    },
    /// In what two runs differ: the comparison that the state holds.
    Compare,
    /// What is known of a run, to be given to somebody else.
    Report {
        /// The run.
        key: Key,
    },
}

/// What a line of an overlay stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Item {
    /// A command.
    Command(Command),
    /// A word of the filter language, by its place in [`crate::app::query::FIELDS`].
    Field(usize),
    /// All namespaces.
    AllNamespaces,
    /// One namespace.
    Namespace(Arc<str>),
    /// One context.
    Context(Arc<str>),
    /// One order.
    Sort(SortKey),
    /// One order of the causes.
    Order(Order),
    /// One problem of the configuration, by its place among them.
    Problem(usize),
    /// One run: this object, not what is called so later.
    Run(Key),
    /// A template or cron.
    Origin(Key),
    /// A step of the Run page, by its branch.
    Step(Arc<str>),
    /// One column.
    Column(Column),
    /// Something to copy.
    Copy(What),
    /// A marked place.
    Mark(char),
    /// A container.
    Container(Inside),
    /// One message, by its number.
    Message(u64),
    /// One entry of the journal, by its place.
    Done(usize),
    /// A run of an agent.
    Agent(Key),
    /// A piece of evidence, by its id.
    Evidence(Arc<str>),
    /// A line of a comparison.
    Difference(compare::Line),
    /// A line of a text, by its place.
    Line(usize),
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
    /// Words it is found by that are not shown.
    pub also: String,
    /// It is what is in force now.
    pub current: bool,
    /// The state of the run or step it stands for.
    pub state: Option<RunState>,
}

impl Choice {
    /// A line without anything before its text.
    pub(in crate::app) fn of(
        item: Item,
        text: impl Into<String>,
        right: impl Into<String>,
    ) -> Self {
        Self {
            item,
            left: String::new(),
            text: text.into(),
            right: right.into(),
            also: String::new(),
            current: false,
            state: None,
        }
    }

    /// How well it fits what was typed. A command is found by its name; its keys and its sentence must stand as typed.
    fn score(&self, needle: &Needle) -> Option<i32> {
        match self.item {
            Item::Command(_) | Item::Field(_) => {
                needle.score(&[&self.right], &[&self.text, &self.left, &self.also])
            }
            _ => needle.score(&[&self.text], &[&self.left, &self.right]),
        }
    }
}

impl Overlay {
    /// Freshly opened.
    pub fn new(kind: OverlayKind) -> Self {
        Self {
            kind,
            editor: Editor::default(),
            cursor: Cursor::default(),
            shown: None,
            marked: BTreeSet::new(),
            height: 0,
        }
    }

    /// Its title.
    pub fn title(&self) -> String {
        match &self.kind {
            OverlayKind::Help { .. } => "Help".to_string(),
            OverlayKind::Namespaces => "Namespaces".to_string(),
            OverlayKind::Contexts => "Contexts".to_string(),
            OverlayKind::Sort => "Order".to_string(),
            OverlayKind::Problems => "Problems of the configuration".to_string(),
            OverlayKind::Messages => "Messages".to_string(),
            OverlayKind::Bulk => "Many runs".to_string(),
            OverlayKind::Journal => "Journal: what was done from here".to_string(),
            OverlayKind::CodeRuns => "CodeRuns and DocsRuns".to_string(),
            OverlayKind::Why { key, .. } => format!("Why · {key}"),
            OverlayKind::Compare => "Compare".to_string(),
            OverlayKind::Report { key } => format!("Report · {key}"),
            OverlayKind::Columns => "Columns".to_string(),
            OverlayKind::LaunchIn { key } => format!("Launch {key} in which namespace?"),
            OverlayKind::Containers { .. } => "Shell in which container?".to_string(),
            OverlayKind::Find => "Go to".to_string(),
            OverlayKind::Copy { key, .. } => format!("Copy · {key}"),
            OverlayKind::Marks { set: true } => "Mark this place".to_string(),
            OverlayKind::Marks { set: false } => "Marked places".to_string(),
        }
    }

    /// A letter takes a line at once; nothing is typed to narrow the list.
    pub fn takes_letters(&self) -> bool {
        matches!(
            self.kind,
            OverlayKind::Copy { .. } | OverlayKind::Marks { .. } | OverlayKind::Bulk
        )
    }

    /// It is read and moved in; nothing is typed, and letters are the keys of the screens.
    pub fn is_read(&self) -> bool {
        matches!(
            self.kind,
            OverlayKind::Why { .. } | OverlayKind::Compare | OverlayKind::Report { .. }
        )
    }

    /// What enter takes of these: what was seen under the cursor, else what is there now.
    pub(super) fn under(&self, items: &[Item]) -> Option<Item> {
        let now = || self.cursor.index(items).map(|at| items[at].clone());
        self.shown.clone().or_else(now)
    }

    /// Moves the cursor from what was seen under it.
    pub(super) fn go(&mut self, items: &[Item], how: Move) {
        self.cursor.go(items, how);
        self.shown = None;
    }

    /// Something was typed: the best line is under the cursor.
    pub(super) fn typed(&mut self) {
        self.cursor.release();
        self.shown = None;
    }

    /// Its lines, narrowed by every word that is typed, the best first.
    pub fn choices(&self, state: &State, now: Timestamp) -> Vec<Choice> {
        let choices = match &self.kind {
            OverlayKind::Help { scopes } => lists::commands(state, scopes),
            OverlayKind::Namespaces => lists::namespaces(state),
            OverlayKind::Contexts => lists::contexts(state),
            OverlayKind::Sort => lists::orders(state),
            OverlayKind::Problems => lists::problems(state),
            OverlayKind::Messages => lists::messages(state),
            OverlayKind::LaunchIn { .. } => lists::places(state),
            OverlayKind::Containers { places } => inside::choices(places),
            OverlayKind::Bulk => return lists::bulk(state, now),
            OverlayKind::Journal => lists::journal(state),
            OverlayKind::CodeRuns => lists::agents(state, now),
            OverlayKind::Columns => lists::columns(state),
            OverlayKind::Find => return finder::choices(state, now, self.editor.text()),
            OverlayKind::Copy { key, step } => return copy::choices(state, key, step.as_ref()),
            OverlayKind::Marks { .. } => return lists::marks(state),
            OverlayKind::Compare => return compare::choices(state, now),
            OverlayKind::Report { key } => return report::choices(state, key, now),
            OverlayKind::Why { key, branch } => {
                return why::choices(state, key, branch.as_deref(), now);
            }
        };
        let needle = Needle::new(self.editor.text());
        if needle.is_empty() {
            return choices;
        }
        let mut fitting: Vec<(i32, Choice)> = choices
            .into_iter()
            .filter_map(|choice| Some((choice.score(&needle)?, choice)))
            .collect();
        fitting.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        fitting.into_iter().map(|(_, choice)| choice).collect()
    }
}
