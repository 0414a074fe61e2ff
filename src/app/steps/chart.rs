//! The visible steps as bars on a time axis: what of that needs all of them, and not only those in view.
//! Apart from the bars, which are made of the lines in view while drawing.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use crate::model::critical;
use crate::model::facts::Leaves;
use crate::model::tree::{BranchKind, Tree, TreeRow};

/// What all lines of a chart share.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// When the first step began.
    pub begin: Option<Timestamp>,
    /// When the last one ended, where all that began have.
    pub end: Option<Timestamp>,
    /// Visible branches that explain when the run ended, without those that only hold a visible one that does.
    pub explains: HashSet<usize>,
    /// For each visible fan-out its slowest item.
    pub slowest: HashMap<usize, usize>,
    /// Cells of the longest name with its guides, its mark and the counts of a closed fan-out.
    pub names: usize,
}

impl Chart {
    /// The chart of these rows of the tree.
    pub(super) fn of(tree: &Tree, rows: &[TreeRow], now: Timestamp) -> Self {
        let branches = || {
            tree.branches
                .iter()
                .filter(|branch| branch.started.is_some())
        };
        let is_over = branches().all(|branch| branch.finished.is_some() || !branch.state.is_open());
        let slowest = rows.iter().filter_map(|row| {
            let item = critical::slowest(tree, &tree.branches[row.branch], now)?;
            Some((row.branch, item))
        });
        let name = |row: &TreeRow| {
            let branch = &tree.branches[row.branch];
            let counts = match row.folded && branch.kind == BranchKind::FanOut {
                true => 1 + told_width(&branch.leaves),
                false => 0,
            };
            2 * row.guides.len() + 2 + branch.label.width() + counts
        };
        Self {
            begin: branches().filter_map(|branch| branch.started).min(),
            end: branches()
                .filter_map(|branch| branch.finished)
                .max()
                .filter(|_| is_over),
            explains: explains(tree, rows),
            slowest: slowest.collect(),
            names: rows.iter().map(name).max().unwrap_or(0),
        }
    }
}

/// The innermost visible branches of the critical path.
fn explains(tree: &Tree, rows: &[TreeRow]) -> HashSet<usize> {
    let path = critical::path(tree);
    let on: Vec<usize> = rows
        .iter()
        .map(|row| row.branch)
        .filter(|&branch| path[branch])
        .collect();
    let holders: HashSet<usize> = on
        .iter()
        .filter_map(|&branch| tree.branches[branch].owner)
        .collect();
    on.into_iter()
        .filter(|branch| !holders.contains(branch))
        .collect()
}

/// Cells of the counts of leaves, `✔ 812 ● 40 `.
fn told_width(leaves: &Leaves) -> usize {
    let told = leaves.told().into_iter().filter(|(_, count)| *count > 0);
    told.map(|(_, count)| 4 + count.ilog10() as usize).sum()
}
