//! The visible steps as a graph: which cells each takes, how the cursor moves in it, what has to do with the cursor's step.
//! Apart from [`crate::model::layers`], which knows no text.

use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use crate::app::cursor::Move;
use crate::model::flow::{Flow, Kin};
use crate::model::layers::{Layers, Light};
use crate::model::phase::State;
use crate::model::tree::{Branch, BranchKind, Tree, TreeRow};

/// Most cells of a name; the pane beside the graph has all of it.
const NAME: usize = 24;
/// Cells of a gap besides its lanes: a blank and a dash on either side.
const MARGIN: usize = 4;

/// A graph ready to be drawn.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// What comes after what; numbers are places in the rows.
    pub flow: Flow,
    /// Columns and rows.
    pub layers: Layers,
    /// Cells of each column.
    pub stretches: Vec<Stretch>,
    /// The lines to and from the cursor's step.
    pub light: Light,
    /// The steps before and after the cursor's.
    pub kin: Kin,
}

/// The cells of a column: its steps, then the gap to the next column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// First cell, from the left end of the graph.
    pub x: usize,
    /// Cells of the steps.
    pub width: usize,
    /// Cells of the gap.
    pub gap: usize,
}

/// A direction along the edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To what comes before.
    Before,
    /// To what comes after.
    After,
}

/// A part of what is written of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The mark of its state.
    Mark(State),
    /// Its name, to be cut to so many cells.
    Name(Arc<str>, usize),
    /// It was tried so often.
    Attempts(usize),
    /// So many hidden steps are in this state.
    Count(State, u32),
}

impl Piece {
    /// Cells it takes, with the blank before it.
    pub fn width(&self) -> usize {
        match self {
            Self::Mark(_) => 1,
            Self::Name(_, cells) => 1 + cells,
            Self::Attempts(count) => 2 + digits(*count),
            Self::Count(_, count) => 3 + digits(*count as usize),
        }
    }
}

fn digits(number: usize) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

/// What is written of a step: mark, name, attempts; of one that hides others how many and where they are.
pub fn pieces(branch: &Branch, row: &TreeRow) -> Vec<Piece> {
    let name = branch.label.clone();
    let cells = name.width().clamp(1, NAME);
    let mut pieces = vec![Piece::Mark(branch.state), Piece::Name(name, cells)];
    if branch.kind == BranchKind::Retry && branch.children.len() > 1 {
        pieces.push(Piece::Attempts(branch.children.len()));
    }
    if row.folded {
        let counts = branch.leaves.told().into_iter();
        pieces.extend(
            counts
                .filter(|(_, count)| *count > 0)
                .map(|(state, count)| Piece::Count(state, count)),
        );
    }
    pieces
}

impl Drawing {
    /// The graph of these rows of the tree.
    pub(super) fn of(tree: &Tree, rows: &[TreeRow]) -> Self {
        let flow = Flow::of(tree, rows);
        let layers = Layers::of(rows.len(), &flow.edges);
        let width = |node: usize| -> usize {
            let row = &rows[node];
            pieces(&tree.branches[row.branch], row)
                .iter()
                .map(Piece::width)
                .sum()
        };
        let mut x = 0;
        let stretches = layers
            .columns
            .iter()
            .map(|column| {
                let nodes = column.spots.iter().filter_map(|spot| spot.node);
                let stretch = Stretch {
                    x,
                    width: nodes.map(width).max().unwrap_or(1),
                    gap: match column.gap.lanes {
                        0 => 0,
                        lanes => lanes + MARGIN,
                    },
                };
                x += stretch.width + stretch.gap;
                stretch
            })
            .collect();
        Self {
            flow,
            layers,
            stretches,
            light: Light::default(),
            kin: Kin::default(),
        }
    }

    /// Lights what has to do with this step.
    pub(super) fn light(&mut self, under: usize) {
        self.kin = self.flow.kin(under);
        self.light = self.layers.light(|from, to| self.kin.joins(from, to));
    }

    /// The step that a movement in its column leads to.
    pub(super) fn moved(&self, from: usize, how: Move) -> Option<usize> {
        let place = self.layers.places.get(from)?;
        let spots = &self.layers.columns.get(place.column)?.spots;
        let nodes: Vec<usize> = spots.iter().filter_map(|spot| spot.node).collect();
        let at = nodes.iter().position(|&node| node == from)?;
        match how {
            Move::By(lines) => nodes
                .get(at.saturating_add_signed(lines).min(nodes.len() - 1))
                .copied(),
            Move::First => Some(0),
            Move::Last => {
                let last = self.layers.columns.iter().rev();
                last.flat_map(|column| column.spots.iter().rev())
                    .find_map(|spot| spot.node)
            }
        }
    }

    /// The nearest of the steps that come directly before or after this one.
    pub(super) fn beside(&self, from: usize, way: Way) -> Option<usize> {
        let others = match way {
            Way::Before => self.flow.before(from),
            Way::After => self.flow.after(from),
        };
        let places = &self.layers.places;
        let here = places.get(from)?;
        let far = |&other: &usize| {
            let there = places[other];
            (
                there.row.abs_diff(here.row),
                there.column.abs_diff(here.column),
                there.row,
            )
        };
        others.iter().copied().min_by_key(far)
    }
}
