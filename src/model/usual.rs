//! How long each step of a template usually takes, by earlier runs of it; and which step takes much longer than that.
//! Apart from [`super::eta`], which knows only how long whole runs take.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::eta::median;

/// Steps of one run whose lengths are kept: the longest.
pub const MOST: usize = 32;
/// Earlier runs without which nothing is called usual.
const ENOUGH: usize = 3;
/// Seconds that are nothing, however short a step usually is.
const NOTHING: u64 = 30;

/// How long a step of one run took, with its name as [`base`] has it. Of items of a fan-out it is their median.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Took {
    /// The step.
    pub step: Arc<str>,
    /// Seconds.
    pub seconds: u32,
}

/// The name of a step without its item or attempt: `shard` of `shard(17:17)`, `test` of `test(1)`.
pub fn base(display: &str) -> &str {
    match display.find('(') {
        Some(at) if at > 0 && display.ends_with(')') => &display[..at],
        _ => display,
    }
}

/// The lengths of a run's steps, given those of all that did work and passed: one of each name, the longest of them.
pub fn took<'s>(steps: impl Iterator<Item = (&'s str, u64)>) -> Vec<(&'s str, u32)> {
    let mut all: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (display, seconds) in steps {
        all.entry(base(display)).or_default().push(seconds);
    }
    let middle = |times: &Vec<u64>| median(times).and_then(|one| u32::try_from(one).ok());
    let mut took: Vec<_> = all
        .iter()
        .filter_map(|(step, times)| Some((*step, middle(times)?)))
        .collect();
    took.sort_by_key(|(_, seconds)| std::cmp::Reverse(*seconds));
    took.truncate(MOST);
    took
}

/// What steps of one template took in earlier runs, by name, the oldest first; seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usual(BTreeMap<Arc<str>, Vec<u64>>);

impl Usual {
    /// Of these runs, the oldest first.
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a [Took]>) -> Self {
        let mut all: BTreeMap<Arc<str>, Vec<u64>> = BTreeMap::new();
        for one in runs.into_iter().flatten() {
            all.entry(one.step.clone())
                .or_default()
                .push(one.seconds.into());
        }
        Self(all)
    }

    /// What a step took in earlier runs, the oldest first; whatever its item or attempt.
    pub fn times(&self, display: &str) -> &[u64] {
        self.0.get(base(display)).map_or(&[], Vec::as_slice)
    }

    /// What it usually takes; `None` where too few runs are known.
    pub fn seconds(&self, display: &str) -> Option<u64> {
        let times = self.times(display);
        median(times).filter(|_| times.len() >= ENOUGH)
    }

    /// What it usually takes, where that is much less than this.
    pub fn exceeded(&self, display: &str, seconds: u64) -> Option<u64> {
        let usual = self.seconds(display)?;
        (seconds > usual * 2 && seconds - usual > NOTHING).then_some(usual)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn items_and_attempts_of_a_step_are_one() {
        let steps = [
            ("shard(0:a)", 10),
            ("shard(1:b)", 30),
            ("shard(2:c)", 20),
            ("test(1)", 90),
            ("build", 5),
        ];
        let took = took(steps.into_iter());
        assert_eq!(took, [("test", 90), ("shard", 20), ("build", 5)]);
        assert_eq!((base("(odd)"), base("plain")), ("(odd)", "plain"));
    }

    #[test]
    fn only_the_longest_are_kept() {
        let names: Vec<String> = (0..100).map(|at| format!("s{at:02}")).collect();
        let took = took(names.iter().zip(0..).map(|(name, at)| (name.as_str(), at)));
        assert_eq!((took.len(), took[0]), (MOST, ("s99", 99)));
    }

    #[test]
    fn long_is_more_than_twice_the_usual_and_not_only_seconds() {
        let run = |seconds| {
            [Took {
                step: "load".into(),
                seconds,
            }]
        };
        let runs = [run(100), run(120), run(110)];
        let usual = Usual::of(runs.iter().map(|run| &run[..]));
        assert_eq!(usual.times("load(2)"), [100, 120, 110]);
        assert_eq!(usual.seconds("load"), Some(110));
        assert_eq!(
            (usual.exceeded("load", 220), usual.exceeded("load", 221)),
            (None, Some(110))
        );
        let few = Usual::of(runs[..2].iter().map(|run| &run[..]));
        assert_eq!(few.exceeded("load", 9_999), None, "two runs are no habit");
        let quick = [run(1), run(1), run(1)];
        let quick = Usual::of(quick.iter().map(|run| &run[..]));
        assert_eq!(
            (quick.exceeded("load", 31), quick.exceeded("load", 32)),
            (None, Some(1))
        );
    }
}
