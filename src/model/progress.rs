//! Argo's `N/M` progress. M grows while a workflow runs; failed attempts count in M for ever, so an outcome is never derived from it.
//! Apart, because rows, steps and tables all carry one.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `status.progress`: `done/total` as the controller counts leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Progress {
    /// Leaves done.
    pub done: u64,
    /// Leaves known so far.
    pub total: u64,
}

impl Progress {
    /// From `N/M`. `None` unless both are numbers and `N ≤ M` (Argo's own `Progress.IsValid` wants `0 ≤ N ≤ M`, `M > 0`).
    pub fn parse(text: &str) -> Option<Self> {
        let (done, total) = text.split_once('/')?;
        let progress = Self {
            done: done.parse().ok()?,
            total: total.parse().ok()?,
        };
        (progress.done <= progress.total).then_some(progress)
    }

    /// Share done, 0.0 to 1.0; 0.0 while nothing is known.
    pub fn ratio(self) -> f64 {
        if self.total == 0 {
            return 0.0;
        }
        self.done as f64 / self.total as f64
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.done, self.total)
    }
}
