//! When a step waited and when it worked, as bars on a time axis.
//! Apart from the tree, which knows begin and end; that a pod's work began later than its step, only the pod knows.

use jiff::Timestamp;

use super::phase::State;
use super::tree::{Branch, BranchKind, Tree};

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Its begin.
    pub from: Timestamp,
    /// Its end; `None` while it goes on.
    pub to: Option<Timestamp>,
    /// Nothing was done in it: the step waited for a pod, a lock, a person or a time.
    pub waits: bool,
    /// Where the step or attempt is.
    pub state: State,
    /// Another attempt follows.
    pub again: bool,
}

/// The bars of a branch, in order of time: of a step with plain attempts those of each attempt. `worked_since` says when the
/// work of a step began where that is known; without it all of its time counts as work.
pub fn of(tree: &Tree, at: usize, worked_since: impl Fn(&Branch) -> Option<Timestamp>) -> Vec<Bar> {
    let branch = &tree.branches[at];
    let attempts: Vec<&Branch> = branch
        .children
        .iter()
        .map(|&child| &tree.branches[child])
        .collect();
    let tells_by_attempts = branch.kind == BranchKind::Retry
        && attempts.iter().any(|attempt| attempt.started.is_some());
    if !tells_by_attempts {
        return pieces(branch, worked_since(branch));
    }
    let mut bars: Vec<Bar> = Vec::new();
    for attempt in attempts {
        if let Some(last) = bars.last_mut() {
            last.again = true;
        }
        bars.extend(pieces(attempt, worked_since(attempt)));
    }
    bars
}

/// First it waits, then it works.
fn pieces(branch: &Branch, worked_since: Option<Timestamp>) -> Vec<Bar> {
    let Some(from) = branch.started.filter(|_| branch.state != State::Skipped) else {
        return Vec::new();
    };
    let to = branch.finished;
    let piece = |from, to, waits| Bar {
        from,
        to,
        waits,
        state: branch.state,
        again: false,
    };
    let still_waits = branch.children.is_empty()
        && branch.state.is_open()
        && !matches!(branch.state, State::Running | State::Lost);
    if still_waits {
        return vec![piece(from, to, true)];
    }
    let Some(since) = worked_since.filter(|since| *since > from) else {
        return vec![piece(from, to, false)];
    };
    let since = to.map_or(since, |to| since.min(to));
    let mut bars = vec![piece(from, Some(since), true)];
    if to != Some(since) {
        bars.push(piece(since, to, false));
    }
    bars
}

/// Between two ticks of an axis, the shortest of the times people count in that makes at most `most` of them in the span.
/// All in seconds.
pub fn tick(span: i64, most: i64) -> i64 {
    const STEPS: [i64; 23] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
        86_400, 172_800, 432_000, 864_000, 2_592_000, 31_536_000,
    ];
    let most = most.max(1);
    STEPS
        .into_iter()
        .find(|step| span / step <= most)
        .unwrap_or_else(|| span / most + 1)
}

/// A tick's time since the begin without what is zero: `0`, `30s`, `2m`, `1m30s`, `1h`, `1d12h`.
pub fn tick_word(seconds: i64) -> String {
    let parts = [
        (seconds / 86_400, 'd'),
        (seconds / 3_600 % 24, 'h'),
        (seconds / 60 % 60, 'm'),
        (seconds % 60, 's'),
    ];
    let text: String = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    match text.is_empty() {
        true => "0".to_string(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_times_people_count_in() {
        for (span, most, step) in [
            (0, 5, 1),
            (10, 5, 2),
            (59, 6, 10),
            (252, 5, 60),
            (1_800, 7, 300),
            (100_000, 4, 21_600),
            (i64::MAX, 2, i64::MAX / 2 + 1),
            (50, 0, 30),
        ] {
            assert_eq!(tick(span, most), step, "{span} in {most}");
        }
        for (seconds, word) in [
            (0, "0"),
            (30, "30s"),
            (90, "1m30s"),
            (120, "2m"),
            (3_600, "1h"),
            (129_600, "1d12h"),
        ] {
            assert_eq!(tick_word(seconds), word);
        }
    }
}
