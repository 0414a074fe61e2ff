//! The steps that explain when a run ended: from the last one to end back over what it waited for; and the slowest of a fan-out.
//! Apart from the tree, because it is a reading of its times.

use jiff::Timestamp;

use super::tree::{Branch, BranchKind, Tree};

/// For each branch whether it is on the critical path. What goes on counts as ending last; of several that go on, the one
/// that began first. Linear in branches and edges.
pub fn path(tree: &Tree) -> Vec<bool> {
    let mut on = vec![false; tree.branches.len()];
    // The exit handler follows the main tree; other hooks of the run go on beside it.
    let is_main =
        |&(at, &root): &(usize, &usize)| at == 0 || &*tree.branches[root].label == "onExit";
    let roots: Vec<usize> = tree
        .roots
        .iter()
        .enumerate()
        .filter(is_main)
        .map(|(_, &root)| root)
        .collect();
    let mut open: Vec<usize> = started(tree, &roots).collect();
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut on[at], true) {
            continue;
        }
        let branch = &tree.branches[at];
        open.extend(last(tree, &branch.follows));
        match branch.kind {
            // Every attempt took its time.
            BranchKind::Retry => open.extend(started(tree, &branch.children)),
            _ => open.extend(last(tree, &branch.children)),
        }
    }
    on
}

fn started<'t>(tree: &'t Tree, among: &'t [usize]) -> impl Iterator<Item = usize> + 't {
    among
        .iter()
        .copied()
        .filter(|&at| tree.branches[at].started.is_some())
}

/// What ended last among these, of those that began at all.
fn last(tree: &Tree, among: &[usize]) -> Option<usize> {
    started(tree, among).max_by_key(|&at| {
        let branch = &tree.branches[at];
        (
            branch.finished.is_none(),
            branch.finished,
            std::cmp::Reverse(branch.started),
            std::cmp::Reverse(at),
        )
    })
}

/// The item of a fan-out that took longest or has gone on for longest, where there are more than one.
pub fn slowest(tree: &Tree, branch: &Branch, now: Timestamp) -> Option<usize> {
    if branch.kind != BranchKind::FanOut || branch.children.len() < 2 {
        return None;
    }
    let took = |at: usize| {
        let item = &tree.branches[at];
        let started = item.started?;
        let ended = item.finished.unwrap_or(now);
        Some(
            ended
                .as_millisecond()
                .saturating_sub(started.as_millisecond()),
        )
    };
    branch
        .children
        .iter()
        .copied()
        .filter(|&at| took(at).is_some())
        .max_by_key(|&at| (took(at), std::cmp::Reverse(at)))
}
