//! Which clock absolute times are told by: the one of the place where the program runs, or UTC.
//! Apart from lengths of time, which are the same everywhere.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The clock of a place, and whether UTC is wanted instead. It goes by UTC where no place is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    #[serde(skip, default = "utc")]
    local: TimeZone,
    /// Times are told in UTC.
    pub utc: bool,
}

fn utc() -> TimeZone {
    TimeZone::UTC
}

impl Default for Zone {
    fn default() -> Self {
        Self::of(TimeZone::UTC)
    }
}

impl Zone {
    /// The clock of this place.
    pub fn of(local: TimeZone) -> Self {
        Self { local, utc: false }
    }

    /// The same, telling times in UTC or not.
    #[must_use]
    pub fn in_utc(self, utc: bool) -> Self {
        Self { utc, ..self }
    }

    /// A moment in words, by the `strftime` form; `%Z` is the name of the clock.
    pub fn told(&self, at: Timestamp, form: &str) -> String {
        let zone = match self.utc {
            true => TimeZone::UTC,
            false => self.local.clone(),
        };
        at.to_zoned(zone).strftime(form).to_string()
    }

    /// The name of the clock at a moment: `UTC`, `CET`, `+03`.
    pub fn name(&self, at: Timestamp) -> String {
        self.told(at, "%Z")
    }

    /// What the clock on the wall shows, whatever times are told by.
    pub fn wall(&self, at: Timestamp) -> Time {
        at.to_zoned(self.local.clone()).time()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_moment_is_told_by_the_clock_that_is_wanted_and_says_which() {
        let at: Timestamp = "2026-11-22T23:30:05Z".parse().unwrap();
        let mut zone = Zone::of(TimeZone::fixed(jiff::tz::offset(3)));
        assert_eq!(zone.told(at, "%d %H:%M:%S %Z"), "23 02:30:05 +03");
        zone.utc = true;
        assert_eq!(zone.told(at, "%d %H:%M:%S %Z"), "22 23:30:05 UTC");
        assert_eq!(zone.wall(at).hour(), 2, "the wall does not turn with it");
        assert_eq!(Zone::default().name(at), "UTC");
    }
}
