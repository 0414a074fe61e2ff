//! How the times of lines are told: by the clock, since the run began, or not at all.
//! Apart from the lines, which keep the moment.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::clock;

/// How the times of lines are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Times {
    /// By the clock.
    #[default]
    Clock,
    /// Since the run began.
    Since,
    /// Not at all.
    Off,
}

impl Times {
    /// The next way.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Clock => Self::Since,
            Self::Since => Self::Off,
            Self::Off => Self::Clock,
        }
    }
}

/// A moment since another one, in eight cells at most: `+0:41`, `+1:02:03`, `+12h34m`; before it with a minus.
pub fn since(began: Timestamp, at: Timestamp) -> String {
    let seconds = clock::seconds_between(began, at);
    let sign = if seconds < 0 { '-' } else { '+' };
    let s = seconds.abs();
    match s {
        0..3_600 => format!("{sign}{}:{:02}", s / 60, s % 60),
        3_600..36_000 => format!("{sign}{}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60),
        _ => format!("{sign}{}", clock::exact(s)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_from_the_beginning() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        for (seconds, told) in [
            (0, "+0:00"),
            (41, "+0:41"),
            (125, "+2:05"),
            (3_723, "+1:02:03"),
            (45_240, "+12h34m"),
            (-3, "-0:03"),
        ] {
            assert_eq!(since(at(1_000), at(1_000 + seconds)), told);
        }
    }
}
