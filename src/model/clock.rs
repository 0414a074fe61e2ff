//! Times as a person reads and writes them: `38s`, `4m12s`, `2h`, `3d`.
//! Apart from every clock: the present is an argument.

use jiff::Timestamp;

/// Seconds of a minute: below it every second is told.
pub const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// A length of time that is over, to the second below an hour: `38s`, `4m12s`, `1h05m`, `2d03h`.
pub fn exact(seconds: i64) -> String {
    let s = seconds.max(0);
    match s {
        0..MINUTE => format!("{s}s"),
        MINUTE..HOUR => format!("{}m{:02}s", s / MINUTE, s % MINUTE),
        HOUR..DAY => format!("{}h{:02}m", s / HOUR, s % HOUR / MINUTE),
        _ => format!("{}d{:02}h", s / DAY, s % DAY / HOUR),
    }
}

/// A length of time that still grows: seconds under a minute, minutes under an hour, so that it changes seldom: `38s`, `4m`, `1h05m`, `2d03h`.
pub fn growing(seconds: i64) -> String {
    let s = seconds.max(0);
    match s {
        0..MINUTE => format!("{s}s"),
        MINUTE..HOUR => format!("{}m", s / MINUTE),
        _ => exact(s),
    }
}

/// How long ago: `12s`, `5m`, `3h`, `2d`.
pub fn age(seconds: i64) -> String {
    let s = seconds.max(0);
    match s {
        0..MINUTE => format!("{s}s"),
        MINUTE..HOUR => format!("{}m", s / MINUTE),
        HOUR..DAY => format!("{}h", s / HOUR),
        _ => format!("{}d", s / DAY),
    }
}

/// Seconds from then to now, negative where a clock is ahead.
pub fn seconds_between(then: Timestamp, now: Timestamp) -> i64 {
    now.as_second().saturating_sub(then.as_second())
}

/// How many seconds pass before [`growing`] or [`age`] of this many seconds reads differently.
pub fn until_change(seconds: i64) -> i64 {
    let s = seconds.max(0);
    match s {
        0..MINUTE => 1,
        _ => MINUTE - s % MINUTE,
    }
}

/// Reads `90s`, `10m`, `1h30m`, `2h`, `3d`, or a bare number of seconds.
pub fn parse_seconds(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut number = String::new();
    let mut any = false;
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => MINUTE,
            'h' => HOUR,
            'd' => DAY,
            _ => return None,
        };
        let value: i64 = number.parse().ok()?;
        total = total.checked_add(value.checked_mul(unit)?)?;
        number.clear();
        any = true;
    }
    if !number.is_empty() {
        total = total.checked_add(number.parse().ok()?)?;
        any = true;
    }
    any.then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(exact(38), "38s");
        assert_eq!(exact(252), "4m12s");
        assert_eq!(exact(3_900), "1h05m");
        assert_eq!(exact(-5), "0s");
        assert_eq!(growing(252), "4m");
        assert_eq!(age(7_300), "2h");
        assert_eq!(age(2 * DAY), "2d");
    }

    #[test]
    fn a_time_reads_the_same_until_it_is_said_to_change() {
        for seconds in [0, 1, 59, 60, 61, 119, 3_599, 3_600, 4_000, 90_000] {
            let wait = until_change(seconds);
            assert!(wait >= 1);
            for later in 0..wait {
                assert_eq!(
                    growing(seconds + later),
                    growing(seconds),
                    "{seconds}+{later}"
                );
                assert_eq!(age(seconds + later), age(seconds), "{seconds}+{later}");
            }
        }
    }

    #[test]
    fn written_times_are_read() {
        assert_eq!(parse_seconds("90s"), Some(90));
        assert_eq!(parse_seconds("1h30m"), Some(5_400));
        assert_eq!(parse_seconds("45"), Some(45));
        assert_eq!(parse_seconds("ten"), None);
        assert_eq!(parse_seconds(""), None);
        assert_eq!(parse_seconds("99999999999999999999d"), None);
    }
}
