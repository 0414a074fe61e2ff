//! The tree folded into lines: what went well closed, the way to what matters open.
//! Apart from [`super::tree`], which is the same for every reader; folds are one reader's.

use super::phase::State;
use super::tree::{Branch, BranchKind, Folds, Tree, TreeRow};

/// A fan-out with more items than this shows only those that failed.
const SMALL_FAN_OUT: usize = 5;
/// Most failed items shown of such a fan-out.
const FAILED_SHOWN: usize = 5;
/// Levels shown; Argo itself stops at 100 nested templates.
const DEPTH_SHOWN: usize = 200;

/// What of a branch's inside is shown.
struct Inside {
    children: Vec<usize>,
    hides_some: bool,
}

impl Folds {
    /// The reader folded the same.
    pub fn same_by_hand(&self, other: &Self) -> bool {
        self.only_failures == other.only_failures
            && self.opened == other.opened
            && self.closed == other.closed
    }
}

impl Tree {
    /// The visible lines, top to bottom. Work grows with the lines shown and their children, not with the tree.
    pub fn rows(&self, folds: &Folds) -> Vec<TreeRow> {
        let mut rows = Vec::new();
        let roots = self.kept(&self.roots, folds);
        let mut open = Vec::new();
        self.push_level(&roots, &[], folds, &mut open);
        while let Some(row) = open.pop() {
            let inside = if row.gathered > 1 || row.guides.len() >= DEPTH_SHOWN {
                Inside {
                    children: Vec::new(),
                    hides_some: false,
                }
            } else {
                self.inside(row.branch, row.guides.is_empty(), folds)
            };
            let mut guides = row.guides.clone();
            guides.push(!row.last);
            self.push_level(&inside.children, &guides, folds, &mut open);
            rows.push(TreeRow {
                id: self.branches[row.branch].id.clone(),
                branch: row.branch,
                gathered: row.gathered,
                guides: row.guides,
                last: row.last,
                folded: inside.hides_some,
                open: !inside.children.is_empty(),
            });
        }
        rows
    }

    /// Puts the lines of one level on the stack, the first on top.
    fn push_level(
        &self,
        members: &[usize],
        guides: &[bool],
        folds: &Folds,
        open: &mut Vec<Pending>,
    ) {
        let groups = self.gather(members, folds);
        let count = groups.len();
        let lines = groups.into_iter().enumerate().rev();
        open.extend(lines.map(|(index, (branch, gathered))| Pending {
            branch,
            gathered,
            guides: guides.to_vec(),
            last: index + 1 == count,
        }));
    }

    /// Neighbours that ended well become one, where the reader wants that: the first of them, and how many.
    fn gather(&self, members: &[usize], folds: &Folds) -> Vec<(usize, usize)> {
        let mut groups: Vec<(usize, usize)> = Vec::with_capacity(members.len());
        let mut gathering = false;
        for &at in members {
            let quiet = folds.gather_done
                && self.branches[at].state == State::Succeeded
                && self.inside(at, false, folds).children.is_empty();
            match groups.last_mut() {
                Some((_, count)) if quiet && gathering => *count += 1,
                _ => groups.push((at, 1)),
            }
            gathering = quiet;
        }
        groups
    }

    fn kept(&self, members: &[usize], folds: &Folds) -> Vec<usize> {
        let wanted = |at: &usize| {
            let branch = &self.branches[*at];
            !folds.only_failures || branch.state.is_bad() || branch.leaves.bad > 0
        };
        members.iter().copied().filter(wanted).collect()
    }

    fn inside(&self, at: usize, top: bool, folds: &Folds) -> Inside {
        let branch = &self.branches[at];
        if folds.whole_retries && self.has_plain_attempts(branch) {
            return Inside {
                children: Vec::new(),
                hides_some: false,
            };
        }
        let children = if folds.closed.contains(&branch.id) {
            Vec::new()
        } else if folds.opened.contains(&branch.id) {
            self.kept(&branch.children, folds)
        } else if !(self.opens(at, top) || folds.only_failures) {
            Vec::new()
        } else if branch.kind == BranchKind::FanOut && branch.children.len() > SMALL_FAN_OUT {
            let failed = branch
                .children
                .iter()
                .copied()
                .filter(|&child| self.branches[child].state.is_bad());
            failed.take(FAILED_SHOWN).collect()
        } else {
            self.kept(&branch.children, folds)
        };
        let hides_some = children.len() < branch.children.len();
        Inside {
            children,
            hides_some,
        }
    }

    /// Whether the tree opens a branch by itself; tops are open but for exit handlers that went well.
    fn opens(&self, at: usize, top: bool) -> bool {
        let branch = &self.branches[at];
        match branch.kind {
            _ if branch.children.is_empty() => false,
            BranchKind::Retry => !is_over_well(branch) && self.has_much(branch),
            BranchKind::Attempt => !is_over_well(branch) && !self.is_superseded(branch),
            BranchKind::Hook => !is_over_well(branch),
            _ if top => true,
            _ => !is_over_well(branch),
        }
    }

    /// Its attempts hold nothing: they are all there is inside it.
    fn has_plain_attempts(&self, branch: &Branch) -> bool {
        branch.kind == BranchKind::Retry
            && branch
                .children
                .iter()
                .all(|&attempt| self.branches[attempt].children.is_empty())
    }

    /// Opens what a branch is inside of, as far as it hides it.
    pub fn reveal(&self, folds: &mut Folds, branch: usize) {
        let mut way = vec![branch];
        while let Some(up) = way.last().and_then(|&at| self.branches[at].owner) {
            way.push(up);
        }
        while let Some(up) = way.pop() {
            let Some(&inner) = way.last() else {
                return;
            };
            let top = self.branches[up].owner.is_none();
            if !self.inside(up, top, folds).children.contains(&inner) {
                let id = &self.branches[up].id;
                folds.closed.remove(id);
                if !self.inside(up, top, folds).children.contains(&inner) {
                    folds.opened.insert(id.clone());
                }
            }
        }
    }

    /// Some step failed.
    pub fn has_failures(&self) -> bool {
        self.roots.iter().any(|&root| is_bad(&self.branches[root]))
    }

    /// Branches in reading order, whatever is folded.
    fn in_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.branches.len());
        let mut open: Vec<usize> = self.roots.iter().rev().copied().collect();
        while let Some(at) = open.pop() {
            order.push(at);
            open.extend(self.branches[at].children.iter().rev());
        }
        order
    }

    /// All branches like this, in reading order.
    pub fn all(&self, like: impl Fn(&Branch) -> bool) -> Vec<usize> {
        let mut order = self.in_order();
        order.retain(|&at| like(&self.branches[at]));
        order
    }

    /// The failure after a branch in reading order, or before it, around.
    pub fn failure_beside(&self, here: Option<usize>, forward: bool) -> Option<usize> {
        self.beside(&self.failures(), here, forward)
    }

    /// Of these branches, which are in reading order, the one after a branch, or before it, around.
    pub fn beside(&self, those: &[usize], here: Option<usize>, forward: bool) -> Option<usize> {
        let mut place = vec![0usize; self.branches.len()];
        for (count, at) in self.in_order().into_iter().enumerate() {
            place[at] = count + 1;
        }
        let here = here.and_then(|at| place.get(at).copied()).unwrap_or(0);
        match forward {
            true => those.iter().find(|&&at| place[at] > here).or(those.first()),
            false => those.iter().rfind(|&&at| place[at] < here).or(those.last()),
        }
        .copied()
    }

    /// Steps that failed by themselves, in reading order: of a step with attempts the step, of a group only what failed in it.
    pub fn failures(&self) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open: Vec<usize> = self.roots.iter().rev().copied().collect();
        while let Some(at) = open.pop() {
            let branch = &self.branches[at];
            let inside: &[usize] = match branch.kind {
                BranchKind::Retry if self.has_plain_attempts(branch) => &[],
                // Earlier attempts were made good, or failed for the same reason.
                BranchKind::Retry => branch.children.last().map_or(&[], std::slice::from_ref),
                _ => &branch.children,
            };
            let is_bad = |&at: &usize| is_bad(&self.branches[at]);
            if branch.state.is_bad() && !inside.iter().any(is_bad) {
                found.push(at);
            }
            open.extend(inside.iter().rev().copied().filter(is_bad));
        }
        found
    }

    /// More than one attempt, or an attempt with an inside.
    fn has_much(&self, retry: &Branch) -> bool {
        let attempts = &retry.children;
        attempts.len() > 1
            || attempts
                .iter()
                .any(|&attempt| !self.branches[attempt].children.is_empty())
    }

    /// An attempt that failed before the step was tried again: its inside counts for nothing.
    fn is_superseded(&self, branch: &Branch) -> bool {
        branch.leaves.total() == 0
    }
}

fn is_bad(branch: &Branch) -> bool {
    branch.state.is_bad() || branch.leaves.bad > 0
}

fn is_over_well(branch: &Branch) -> bool {
    matches!(branch.state, State::Succeeded | State::Skipped)
}

/// A line that is going to be shown.
struct Pending {
    branch: usize,
    gathered: usize,
    guides: Vec<bool>,
    last: bool,
}
