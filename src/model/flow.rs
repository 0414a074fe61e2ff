//! What comes after what among the steps that are shown: the edges of the drawn graph.
//! Apart from [`super::graph`], which knows only siblings; here an open group stands before what is inside it, and what
//! comes after the group comes after the ends of its inside.

use std::collections::HashMap;

use super::tree::{BranchKind, Tree, TreeRow};

/// Most edges that are drawn, against fan-outs of thousands after one another.
const EDGES: usize = 200_000;

/// Edges between rows of the folded tree; every number is a place in the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// From what comes first to what comes after it, sorted, each once.
    pub edges: Vec<(usize, usize)>,
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

/// Which steps the one under the cursor has to do with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kin {
    ancestor: Vec<bool>,
    descendant: Vec<bool>,
}

impl Kin {
    /// It is the step, or comes before or after it.
    pub fn has(&self, row: usize) -> bool {
        let is = |side: &[bool]| side.get(row).copied().unwrap_or(false);
        is(&self.ancestor) || is(&self.descendant)
    }

    /// The edge lies on a way to the step or from it.
    pub fn joins(&self, from: usize, to: usize) -> bool {
        let both = |side: &[bool]| [from, to].iter().all(|&at| side.get(at) == Some(&true));
        both(&self.ancestor) || both(&self.descendant)
    }
}

impl Flow {
    /// The edges among these rows of the tree. Linear in rows and edges.
    pub fn of(tree: &Tree, rows: &[TreeRow]) -> Self {
        let shown: HashMap<usize, usize> = rows
            .iter()
            .enumerate()
            .map(|(at, row)| (row.branch, at))
            .collect();
        let visible = Visible { tree, rows, shown };
        let ends = visible.ends();
        let mut edges = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let branch = &tree.branches[row.branch];
            let known = edges.len();
            for before in branch.follows.iter().filter_map(|on| visible.shown.get(on)) {
                let room = EDGES.saturating_sub(edges.len());
                edges.extend(ends[*before].iter().take(room).map(|&end| (end, at)));
            }
            if edges.len() > known {
                continue;
            }
            match branch.owner.and_then(|up| visible.shown.get(&up)) {
                Some(&up) => edges.push((up, at)),
                None => edges.extend(visible.before_root(at, &ends)),
            }
        }
        edges.sort_unstable();
        edges.dedup();
        let (mut before, mut after) = (vec![Vec::new(); rows.len()], vec![Vec::new(); rows.len()]);
        for &(from, to) in &edges {
            after[from].push(to);
            before[to].push(from);
        }
        Self {
            edges,
            before,
            after,
        }
    }

    /// What a row comes after, directly.
    pub fn before(&self, row: usize) -> &[usize] {
        self.before.get(row).map_or(&[], Vec::as_slice)
    }

    /// What comes after a row, directly.
    pub fn after(&self, row: usize) -> &[usize] {
        self.after.get(row).map_or(&[], Vec::as_slice)
    }

    /// Everything before and after a row. Linear in edges.
    pub fn kin(&self, row: usize) -> Kin {
        Kin {
            ancestor: reach(&self.before, row),
            descendant: reach(&self.after, row),
        }
    }
}

fn reach(ways: &[Vec<usize>], from: usize) -> Vec<bool> {
    let mut reached = vec![false; ways.len()];
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at < reached.len() && !std::mem::replace(&mut reached[at], true) {
            open.extend(&ways[at]);
        }
    }
    reached
}

struct Visible<'a> {
    tree: &'a Tree,
    rows: &'a [TreeRow],
    /// Places of branches in the rows.
    shown: HashMap<usize, usize>,
}

impl Visible<'_> {
    fn is_hook(&self, at: usize) -> bool {
        self.tree.branches[self.rows[at].branch].kind == BranchKind::Hook
    }

    /// For each row where it ends: itself, or of an open group the ends of its inside.
    fn ends(&self) -> Vec<Vec<usize>> {
        let mut goes_on = vec![false; self.rows.len()];
        for (at, row) in self.rows.iter().enumerate() {
            if !self.is_hook(at) {
                let follows = &self.tree.branches[row.branch].follows;
                for before in follows.iter().filter_map(|on| self.shown.get(on)) {
                    goes_on[*before] = true;
                }
            }
        }
        let mut ends: Vec<Vec<usize>> = vec![Vec::new(); self.rows.len()];
        // What is inside stands below, so one pass upwards has the ends of the inside first.
        for (at, row) in self.rows.iter().enumerate().rev() {
            let branch = &self.tree.branches[row.branch];
            let mut inner: Vec<usize> = Vec::new();
            if row.open {
                for child in branch.children.iter().filter_map(|on| self.shown.get(on)) {
                    if !goes_on[*child] && !self.is_hook(*child) {
                        inner.extend(&ends[*child]);
                    }
                }
            }
            // What is hidden of a group leads on as well.
            if row.folded || inner.is_empty() {
                inner.push(at);
            }
            ends[at] = inner;
        }
        ends
    }

    /// The exit handler comes after all of the main tree, another hook of the run after its beginning.
    fn before_root(&self, at: usize, ends: &[Vec<usize>]) -> Vec<(usize, usize)> {
        let branch = &self.tree.branches[self.rows[at].branch];
        let main = self
            .tree
            .roots
            .first()
            .filter(|&&root| root != self.rows[at].branch);
        let Some(&main) = main.and_then(|root| self.shown.get(root)) else {
            return Vec::new();
        };
        match (&*branch.label, branch.kind) {
            ("onExit", _) => ends[main].iter().map(|&end| (end, at)).collect(),
            (_, BranchKind::Hook) => vec![(main, at)],
            _ => Vec::new(),
        }
    }
}
