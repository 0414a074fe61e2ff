//! Schedules of crons: when they fire next, and what they are in words where a few words say it all.
//! Apart from crons, whose controller and whose screen must reckon alike.
//!
//! Source: robfig/cron v3 `ParseStandard` and `SpecSchedule.Next`, which Argo uses.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

/// Years looked ahead before a schedule counts as one that never fires.
const YEARS: i16 = 5;
/// Names of months and days; their place is their number.
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY_NAMES: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
/// What stands for five fields.
const SHORT: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// One field: the values it allows as bits, and whether it says "any".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    bits: u64,
    any: bool,
}

impl Field {
    fn allows(self, value: i8) -> bool {
        u32::try_from(value).is_ok_and(|value| self.bits.checked_shr(value).unwrap_or(0) & 1 == 1)
    }

    fn values(self) -> Vec<u8> {
        (0..60)
            .filter(|value| self.bits >> value & 1 == 1)
            .collect()
    }

    /// The one value it allows.
    fn one(self) -> Option<u8> {
        match self.values().as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// It allows every n-th value from 0 on, all around.
    fn every(self, of: u8) -> Option<u8> {
        let values = self.values();
        let step = match values.as_slice() {
            [0, second, ..] => *second,
            _ => return None,
        };
        let all = (0..of)
            .step_by(usize::from(step))
            .eq(values.iter().copied());
        (all && of.is_multiple_of(step)).then_some(step)
    }
}

/// Five fields: minute, hour, day of the month, month, day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule([Field; 5]);

impl Schedule {
    /// Reads `minute hour day month weekday` with `*`, `?`, `a-b`, `/n`, lists and names, or `@daily` and its like.
    /// `None`: it cannot be read, or has no fixed times (`@every 90m` counts from when the controller started).
    pub fn parse(text: &str) -> Option<Self> {
        const RANGES: [(u8, u8); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
        let text = text.trim();
        let text = SHORT
            .iter()
            .find(|(name, _)| text.eq_ignore_ascii_case(name))
            .map_or(text, |(_, fields)| *fields);
        let mut words = text.split_whitespace();
        let mut fields = [Field {
            bits: 0,
            any: false,
        }; 5];
        for (at, field) in fields.iter_mut().enumerate() {
            let names: &[&str] = match at {
                3 => &MONTHS,
                4 => &DAYS,
                _ => &[],
            };
            *field = read(words.next()?, RANGES[at], names)?;
        }
        words.next().is_none().then_some(Self(fields))
    }

    /// The next full minute after a moment that it allows by the clock of a place, within five years.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let whole = after.as_second().div_euclid(60).checked_add(1)?;
        let mut at = Timestamp::from_second(whole.checked_mul(60)?).ok()?;
        let last = at.to_zoned(zone.clone()).year().saturating_add(YEARS);
        loop {
            let local = at.to_zoned(zone.clone());
            if local.year() > last {
                return None;
            }
            let later = match self.first_that_differs(&local) {
                None => return Some(at),
                Some(3) => local
                    .last_of_month()
                    .ok()?
                    .tomorrow()
                    .ok()?
                    .start_of_day()
                    .ok()?,
                Some(2 | 4) => local.tomorrow().ok()?.start_of_day().ok()?,
                Some(1) => {
                    let minutes = 60 - i64::from(local.minute());
                    local.checked_add(SignedDuration::from_mins(minutes)).ok()?
                }
                Some(_) => local.checked_add(SignedDuration::from_mins(1)).ok()?,
            };
            at = later.timestamp();
        }
    }

    /// It fires at this moment, to the minute.
    pub fn allows(&self, at: Timestamp, zone: &TimeZone) -> bool {
        self.first_that_differs(&at.to_zoned(zone.clone()))
            .is_none()
    }

    fn first_that_differs(&self, time: &Zoned) -> Option<usize> {
        let [minute, hour, day, month, weekday] = self.0;
        let by_date = day.allows(time.day());
        let by_weekday = weekday.allows(time.weekday().to_sunday_zero_offset());
        // Where both are restricted, either will do.
        let that_day = match day.any || weekday.any {
            true => by_date && by_weekday,
            false => by_date || by_weekday,
        };
        match () {
            () if !month.allows(time.month()) => Some(3),
            () if !that_day => Some(2),
            () if !hour.allows(time.hour()) => Some(1),
            () if !minute.allows(time.minute()) => Some(0),
            () => None,
        }
    }

    /// What it is in words, where few words say exactly what it does: `every 5 minutes`, `every Monday at 04:00`.
    pub fn words(&self) -> Option<String> {
        let [minute, hour, day, month, weekday] = self.0;
        if !month.any {
            return None;
        }
        let each_day = day.any && weekday.any;
        if each_day && hour.any {
            return match (minute.any, minute.every(60), minute.one()) {
                (true, ..) => Some("every minute".to_string()),
                (_, Some(step), _) => Some(format!("every {step} minutes")),
                (_, _, Some(at)) => Some(format!("every hour at :{at:02}")),
                _ => None,
            };
        }
        let at = minute.one()?;
        if each_day && let Some(step) = hour.every(24) {
            return Some(format!("every {step} hours at :{at:02}"));
        }
        let time = format!("{:02}:{at:02}", hour.one()?);
        let days = weekday.values();
        match (day.any, weekday.any) {
            (true, true) => Some(format!("every day at {time}")),
            (true, false) => match days.as_slice() {
                [one] => Some(format!("every {} at {time}", DAY_NAMES[usize::from(*one)])),
                [1, 2, 3, 4, 5] => Some(format!("on weekdays at {time}")),
                [0, 6] => Some(format!("on weekends at {time}")),
                _ => None,
            },
            (false, true) => Some(format!("on day {} of every month at {time}", day.one()?)),
            (false, false) => None,
        }
    }
}

fn digits(word: &str) -> Option<u8> {
    let all = word.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| word.parse().ok()).flatten()
}

/// One field: a list of values, ranges and steps.
fn read(text: &str, (low, high): (u8, u8), names: &[&str]) -> Option<Field> {
    let mut field = Field {
        bits: 0,
        any: false,
    };
    let number = |word: &str| -> Option<u8> {
        let named = names
            .iter()
            .position(|name| word.eq_ignore_ascii_case(name));
        match named {
            Some(at) => u8::try_from(at).ok()?.checked_add(low),
            None => digits(word),
        }
    };
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(digits(step).filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let any = matches!(range, "*" | "?");
        let (from, to) = match range.split_once('-') {
            _ if any => (low, high),
            Some((from, to)) => (number(from)?, number(to)?),
            None => {
                let one = number(range)?;
                (one, if step.is_some() { high } else { one })
            }
        };
        if from < low || to > high || from > to {
            return None;
        }
        let step = step.unwrap_or(1);
        field.any |= any && step == 1;
        for value in (from..=to).step_by(usize::from(step)) {
            field.bits |= 1 << value;
        }
    }
    Some(field)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn next(schedule: &str, after: &str, zone: &TimeZone) -> Option<Timestamp> {
        Schedule::parse(schedule)
            .unwrap()
            .next(after.parse().unwrap(), zone)
    }

    #[test]
    fn schedules_fire_when_cron_says() {
        for (schedule, after, then) in [
            (
                "*/5 * * * *",
                "2026-11-22T20:00:00Z",
                "2026-11-22T20:05:00Z",
            ),
            ("0 2 * * *", "2026-11-22T20:00:00Z", "2026-11-23T02:00:00Z"),
            (
                "30 8-10/2 * * 1-5",
                "2026-11-22T20:00:00Z",
                "2026-11-23T08:30:00Z",
            ),
            ("0 0 1 1 *", "2026-11-22T20:00:00Z", "2027-01-01T00:00:00Z"),
            ("@weekly", "2026-11-22T20:00:00Z", "2026-11-29T00:00:00Z"),
            (
                "15 4 ? DEC Mon",
                "2026-11-22T20:00:00Z",
                "2026-12-07T04:15:00Z",
            ),
            // Both days restricted: either will do.
            ("0 0 13 * 5", "2026-11-22T20:00:00Z", "2026-11-27T00:00:00Z"),
            (
                "59 23 31 12 *",
                "2026-12-31T23:59:00Z",
                "2027-12-31T23:59:00Z",
            ),
            ("0 0 29 2 *", "2026-11-22T20:00:00Z", "2028-02-29T00:00:00Z"),
        ] {
            let at = next(schedule, after, &TimeZone::UTC);
            assert_eq!(at, Some(then.parse().unwrap()), "{schedule}");
        }
        assert_eq!(
            next("0 0 30 2 *", "2026-11-22T20:00:00Z", &TimeZone::UTC),
            None
        );
    }

    #[test]
    fn what_is_no_schedule_is_none() {
        for broken in [
            "",
            "* * * *",
            "* * * * * *",
            "61 * * * *",
            "a * * * *",
            "*/0 * * * *",
            "5-1 * * * *",
            "* * * * 7",
            "@every 90m",
            "TZ=UTC 0 0 * * *",
            "+1 * * * *",
            "1-2-3 * * * *",
            "jan * * * *",
            "99999999999 * * * *",
        ] {
            assert_eq!(Schedule::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn an_hour_that_does_not_exist_is_left_out_and_days_have_their_own_length() {
        // Two hours ahead in summer: 2026-03-29 has no 02:30.
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let at = next("30 2 * * *", "2026-03-28T12:00:00Z", &zone);
        assert_eq!(at, Some("2026-03-30T00:30:00Z".parse().unwrap()));
        let at = next("0 4 * * *", "2026-03-28T12:00:00Z", &zone);
        assert_eq!(at, Some("2026-03-29T02:00:00Z".parse().unwrap()));
    }

    #[test]
    fn words_are_said_only_where_they_say_all() {
        for (schedule, words) in [
            ("* * * * *", Some("every minute")),
            ("*/5 * * * *", Some("every 5 minutes")),
            ("0,15,30,45 * * * *", Some("every 15 minutes")),
            ("*/7 * * * *", None),
            ("20 * * * *", Some("every hour at :20")),
            ("0 */6 * * *", Some("every 6 hours at :00")),
            ("5 */5 * * *", None),
            ("0 2 * * *", Some("every day at 02:00")),
            ("0 4 * * 1", Some("every Monday at 04:00")),
            ("30 8 * * mon-fri", Some("on weekdays at 08:30")),
            ("0 9 * * 0,6", Some("on weekends at 09:00")),
            ("0 9 1 * *", Some("on day 1 of every month at 09:00")),
            ("0 9 1 * 1", None),
            ("0 9 * 1 *", None),
            ("0,7 9 * * *", None),
        ] {
            let said = Schedule::parse(schedule).unwrap().words();
            assert_eq!(said.as_deref(), words, "{schedule}");
        }
    }
}
