//! The steps pane of the Run page: one set of visible steps, shown as a tree, as a graph or as bars on a time axis.
//! Apart from the page, because all of it follows from the run, the folds and the cursor: it is worked out once after each
//! message that changes one of them, never while drawing, and is no part of a written state.

mod chart;
mod drawing;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::cursor::{Cursor, Move};
use crate::app::focus::Focus;
use crate::model::tree::{Folds, TreeRow};

pub use chart::Chart;
pub use drawing::{Drawing, Piece, Stretch, Way, pieces};

/// What the steps are drawn as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Groups with what is inside them.
    #[default]
    Tree,
    /// What comes after what, left to right.
    Graph,
    /// What happened when.
    Gantt,
}

impl Form {
    /// Its word in the title.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Graph => "graph",
            Self::Gantt => "gantt",
        }
    }

    /// The one after it, around.
    pub fn next(self) -> Self {
        match self {
            Self::Tree => Self::Graph,
            Self::Graph => Self::Gantt,
            Self::Gantt => Self::Tree,
        }
    }
}

/// A move along a line of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Where it began.
    pub from: Arc<str>,
    /// Where it led.
    pub to: Arc<str>,
    /// Its direction.
    pub way: Way,
}

/// The visible steps and what a form needs of them.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    made: Option<Made>,
    rows: Vec<TreeRow>,
    /// Places of branches in the rows.
    places: HashMap<usize, usize>,
    under: usize,
    drawing: Option<Drawing>,
    chart: Option<Chart>,
}

/// What they were worked out from.
#[derive(Clone, Debug, PartialEq)]
struct Made {
    version: u64,
    form: Form,
    folds: Folds,
    on: Option<Arc<str>>,
}

/// What follows from equal things is equal.
impl PartialEq for Steps {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Steps {
    /// Brings them into line with the run, the form, the folds and the cursor; does nothing where none of these changed.
    pub(super) fn settle(
        &mut self,
        focus: &Focus,
        form: Form,
        folds: &Folds,
        cursor: &Cursor<Arc<str>>,
        now: Timestamp,
    ) {
        let whole_retries = form != Form::Tree;
        let same = self.made.as_ref().is_some_and(|made| {
            made.version == focus.version()
                && made.form == form
                && made.folds.whole_retries == whole_retries
                && made.folds.same_by_hand(folds)
        });
        let stays = self
            .made
            .as_ref()
            .is_some_and(|made| made.on.as_ref() == cursor.on());
        if same && stays {
            return;
        }
        if !same {
            let folds = Folds {
                whole_retries,
                ..folds.clone()
            };
            let tree = focus.tree();
            self.rows = tree.rows(&folds);
            let numbered = self.rows.iter().enumerate();
            self.places = numbered.map(|(at, row)| (row.branch, at)).collect();
            self.drawing = (form == Form::Graph).then(|| Drawing::of(tree, &self.rows));
            self.chart = (form == Form::Gantt).then(|| Chart::of(tree, &self.rows, now));
            self.made = Some(Made {
                version: focus.version(),
                form,
                folds,
                on: None,
            });
        }
        self.under = self.place_of(focus, cursor);
        if let Some(made) = &mut self.made {
            made.on = cursor.on().cloned();
        }
        if let Some(drawing) = &mut self.drawing {
            drawing.light(self.under);
        }
    }

    /// Where the cursor is: on its step, else on what is folded over it, else on what is the matter.
    fn place_of(&self, focus: &Focus, cursor: &Cursor<Arc<str>>) -> usize {
        let stands = cursor.on().and_then(|id| focus.branch(id));
        [stands, focus.tree().first_trouble()]
            .into_iter()
            .flatten()
            .find_map(|branch| self.visible(focus, branch))
            .unwrap_or(0)
    }

    /// The line of a branch, or of the innermost visible one that it is inside of.
    fn visible(&self, focus: &Focus, branch: usize) -> Option<usize> {
        let mut at = Some(branch);
        while let Some(branch) = at {
            if let Some(&place) = self.places.get(&branch) {
                return Some(place);
            }
            at = focus.tree().branches[branch].owner;
        }
        None
    }

    /// The visible steps in reading order.
    pub fn rows(&self) -> &[TreeRow] {
        &self.rows
    }

    /// The place of the one under the cursor among them.
    pub fn under(&self) -> usize {
        self.under
    }

    /// The one under the cursor.
    pub fn row(&self) -> Option<&TreeRow> {
        self.rows.get(self.under)
    }

    /// As a graph, while that is the form.
    pub fn drawing(&self) -> Option<&Drawing> {
        self.drawing.as_ref()
    }

    /// As bars, while that is the form.
    pub fn chart(&self) -> Option<&Chart> {
        self.chart.as_ref()
    }

    /// Where a movement leads from the cursor: up and down the lines, in a graph up and down the column.
    pub(super) fn moved(&self, how: Move) -> Option<&TreeRow> {
        if let Some(drawing) = &self.drawing {
            return self.rows.get(drawing.moved(self.under, how)?);
        }
        let last = self.rows.len().checked_sub(1)?;
        self.rows.get(match how {
            Move::By(lines) => self.under.saturating_add_signed(lines).min(last),
            Move::First => 0,
            Move::Last => last,
        })
    }

    /// What stands next to the cursor's step on a way in the graph.
    pub(super) fn beside(&self, way: Way) -> Option<&TreeRow> {
        let drawing = self.drawing.as_ref()?;
        self.rows.get(drawing.beside(self.under, way)?)
    }
}
