//! The Run page: the steps on the left, one tab about them on the right.
//! Apart from [`crate::app::focus`], which holds what is known of the run.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::app::artifacts::Shelf;
use crate::app::criteria::Stand;
use crate::app::cursor::Cursor;
use crate::app::search::{Place, Search};
use crate::app::steps::{Steps, Walk};
use crate::model::key::Key;
use crate::model::tree::Folds;

/// The two panes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pane {
    /// The steps.
    #[default]
    Steps,
    /// The tab beside it.
    Detail,
}

/// What the right pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tab {
    /// Where the run and the step are, and why.
    #[default]
    Summary,
    /// Lines of all containers.
    Log,
    /// What is found of each criterion; only of a run that was made of some.
    Criteria,
    /// Inputs and outputs.
    Parameters,
    /// Files that steps were given and left.
    Artifacts,
    /// Kubernetes events.
    Events,
    /// The object.
    Yaml,
}

impl Tab {
    /// All tabs in order.
    pub const ALL: [Self; 7] = [
        Self::Summary,
        Self::Log,
        Self::Criteria,
        Self::Parameters,
        Self::Artifacts,
        Self::Events,
        Self::Yaml,
    ];

    /// Its title.
    pub fn word(self) -> &'static str {
        match self {
            Self::Summary => "Summary",
            Self::Log => "Log",
            Self::Criteria => "Criteria",
            Self::Parameters => "Parameters",
            Self::Artifacts => "Artifacts",
            Self::Events => "Events",
            Self::Yaml => "YAML",
        }
    }
}

/// The Run page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunPage {
    /// Which run.
    pub key: Key,
    /// The runs whose lines stand in its log beside its own.
    #[serde(default)]
    pub beside: Vec<Key>,
    /// The focused pane.
    pub pane: Pane,
    /// The tab on the right.
    pub tab: Tab,
    /// The cursor among the steps, on a branch id, whatever form they have.
    pub cursor: Cursor<Arc<str>>,
    /// The leftmost visible column of the graph, as drawn last.
    #[serde(default)]
    pub left: usize,
    /// What is folded.
    pub folds: Folds,
    /// First visible line of the tab (the log keeps its own).
    pub top: usize,
    /// Lines of the tab, as drawn last.
    pub lines: usize,
    /// What is searched for, in every pane and tab.
    #[serde(default)]
    pub search: Search,
    /// Where in the lines of the tab it is, as drawn last; `None`: it has not been drawn yet.
    #[serde(default)]
    pub found: Option<Vec<Place>>,
    /// The line of the match one stands on.
    #[serde(default)]
    pub hit: Option<usize>,
    /// First visible cell of lines that are cut.
    #[serde(default)]
    pub aside: usize,
    /// Cells of a line that fit, as drawn last.
    #[serde(default)]
    pub detail_width: usize,
    /// Some visible line goes on beyond the right edge, as drawn last.
    #[serde(default)]
    pub beyond: bool,
    /// How one came here along the lines of the graph, so that the way back leads back.
    #[serde(skip)]
    pub walked: Vec<Walk>,
    /// The next match (or the previous one) is gone to as soon as it is known where they are.
    #[serde(default)]
    pub seek: Option<bool>,
    /// What hides the cursor is opened as soon as the steps are read.
    #[serde(default)]
    pub reveals: bool,
    /// The Artifacts tab.
    #[serde(default)]
    pub shelf: Shelf,
    /// What the Criteria tab stands on; the cursor of the steps goes along.
    #[serde(default)]
    pub criterion: Cursor<Stand>,
    /// The focused pane has the whole screen.
    pub zoom: bool,
    /// Lines of the tree that fit, as drawn last.
    pub steps_height: usize,
    /// Lines of the tab that fit, as drawn last.
    pub detail_height: usize,
    /// The visible steps; they follow from the run, the form, the folds and the cursor.
    #[serde(skip)]
    pub steps: Steps,
}

impl RunPage {
    /// Of this run, with the steps focused.
    pub fn new(key: Key, tab: Tab) -> Self {
        Self {
            key,
            beside: Vec::new(),
            pane: if tab == Tab::Summary {
                Pane::Steps
            } else {
                Pane::Detail
            },
            tab,
            cursor: Cursor::default(),
            left: 0,
            folds: Folds::default(),
            top: 0,
            lines: 0,
            search: Search::default(),
            found: None,
            hit: None,
            aside: 0,
            detail_width: 0,
            beyond: false,
            walked: Vec::new(),
            seek: None,
            reveals: false,
            shelf: Shelf::default(),
            criterion: Cursor::default(),
            zoom: false,
            steps_height: 0,
            detail_height: 0,
            steps: Steps::default(),
        }
    }

    /// What is worth remembering of it: everything but what follows from the run.
    pub fn remembered(&self) -> Self {
        Self {
            key: self.key.clone(),
            beside: self.beside.clone(),
            cursor: self.cursor.clone(),
            folds: self.folds.clone(),
            search: self.search.clone(),
            found: self.found.clone(),
            shelf: self.shelf.clone(),
            criterion: self.criterion.clone(),
            walked: Vec::new(),
            steps: Steps::default(),
            ..*self
        }
    }

    /// Other lines stand in the tab: they are looked at from their beginning.
    pub fn turn_over(&mut self) {
        self.top = 0;
        self.found = None;
        self.hit = None;
        self.aside = 0;
        self.seek = None;
    }

    /// Turns to a tab and its pane; the scroll starts at the top.
    pub fn show(&mut self, tab: Tab) {
        if self.tab != tab {
            self.turn_over();
            self.criterion.release();
        }
        self.tab = tab;
        self.pane = Pane::Detail;
    }
}
