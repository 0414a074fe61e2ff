//! How long a run will still take, by what runs of the same origin took.
//! Apart from progress, which counts steps: Argo's total grows while a workflow runs, so a share of it foretells nothing.

use serde::{Deserialize, Serialize};

/// An estimate; shown with a `~`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Eta {
    /// So many seconds are left.
    Left(u64),
    /// It takes so many seconds longer than expected already.
    Over(u64),
}

/// What is left after `elapsed` seconds: of the median of what earlier successful runs of the same origin took (seconds,
/// in any order), else of the controller's own estimate; `None` where there is neither.
pub fn remaining(elapsed: u64, history: &[u64], estimated: Option<u64>) -> Option<Eta> {
    let expected = median(history).or(estimated.filter(|&seconds| seconds > 0))?;
    Some(if elapsed <= expected {
        Eta::Left(expected - elapsed)
    } else {
        Eta::Over(elapsed - expected)
    })
}

/// The middle one; of an even number the mean of both middle ones.
pub(super) fn median(values: &[u64]) -> Option<u64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let upper = sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(*upper);
    }
    let lower = sorted[sorted.len() / 2 - 1];
    Some(lower + (upper - lower) / 2)
}

/// Seconds in one or two units: `40s`, `6m`, `1h20m`, `2d3h`.
pub fn rough(seconds: u64) -> String {
    let two = |big: u64, unit: &str, small: u64, sub: &str| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit}{small}{sub}"),
    };
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86400 => two(seconds / 3600, "h", seconds % 3600 / 60, "m"),
        _ => two(seconds / 86400, "d", seconds % 86400 / 3600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_earlier_runs_wins_over_the_controllers_guess() {
        assert_eq!(
            remaining(60, &[900, 100, 300], Some(10)),
            Some(Eta::Left(240))
        );
        assert_eq!(remaining(60, &[100, 300], None), Some(Eta::Left(140)));
        assert_eq!(remaining(60, &[], Some(70)), Some(Eta::Left(10)));
        assert_eq!(remaining(400, &[300], None), Some(Eta::Over(100)));
        assert_eq!(remaining(60, &[], None), None);
        assert_eq!(remaining(60, &[], Some(0)), None);
    }

    #[test]
    fn spans_are_rough() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (360, "6m"),
            (4800, "1h20m"),
            (7200, "2h"),
            (183_600, "2d3h"),
        ] {
            assert_eq!(rough(seconds), text);
        }
    }
}
