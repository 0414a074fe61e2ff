//! Virtual time: where the embedded cluster's "now" comes from.
//! Apart, because tests move it by hand and a demo may run faster than the wall.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// A clock that is shared by cloning. Times are milliseconds since the Unix epoch.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Running {
        start: Instant,
        base: i64,
        speed: f64,
    },
    Hand(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that shows `base` now and then runs `speed` times as fast as tokio's time.
    pub fn running(base: Timestamp, speed: f64) -> Self {
        Self(Source::Running {
            start: Instant::now(),
            base: base.as_millisecond(),
            speed: if speed.is_finite() && speed > 0.0 {
                speed
            } else {
                1.0
            },
        })
    }

    /// A clock that stands at `base` until [`Clock::advance`] moves it.
    pub fn by_hand(base: Timestamp) -> Self {
        Self(Source::Hand(Arc::new(AtomicI64::new(
            base.as_millisecond(),
        ))))
    }

    /// Milliseconds since the Unix epoch.
    pub fn millis(&self) -> i64 {
        match &self.0 {
            Source::Running { start, base, speed } => {
                let elapsed = start.elapsed().as_secs_f64() * speed * 1000.0;
                base.saturating_add(elapsed as i64)
            }
            Source::Hand(at) => at.load(Ordering::Acquire),
        }
    }

    /// The same as a timestamp.
    pub fn timestamp(&self) -> Timestamp {
        at(self.millis())
    }

    /// Moves a clock that is moved by hand; a running one is left alone.
    pub fn advance(&self, by: Duration) {
        if let Source::Hand(at) = &self.0 {
            let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            at.fetch_add(by, Ordering::AcqRel);
        }
    }

    /// Puts a clock that is moved by hand to a time; a running one is left alone.
    pub fn set(&self, millis: i64) {
        if let Source::Hand(at) = &self.0 {
            at.fetch_max(millis, Ordering::AcqRel);
        }
    }

    /// How long to wait until the clock shows `millis`; `None` where only a hand moves it.
    pub fn until(&self, millis: i64) -> Option<Duration> {
        match &self.0 {
            Source::Running { speed, .. } => {
                let left = (millis - self.millis()).max(0) as f64;
                Some(Duration::from_secs_f64(left / 1000.0 / speed))
            }
            Source::Hand(_) => None,
        }
    }
}

/// A timestamp from milliseconds since the Unix epoch, the epoch itself where they are out of range.
pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}

/// RFC 3339 in whole seconds, as Kubernetes writes `metav1.Time`.
pub fn rfc3339(millis: i64) -> String {
    // Far faster than a pattern, and hours of history are told before anything is shown.
    at(millis.div_euclid(1_000) * 1_000).to_string()
}

/// RFC 3339 with microseconds, as Kubernetes writes `metav1.MicroTime`.
pub fn rfc3339_micro(millis: i64) -> String {
    at(millis).strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// RFC 3339 with nanoseconds, as the kubelet prefixes log lines.
pub fn rfc3339_nano(nanos: i128) -> String {
    Timestamp::from_nanosecond(nanos)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%S.%9fZ")
        .to_string()
}

/// Milliseconds of a timestamp text, if it is one.
pub fn parse(text: &str) -> Option<i64> {
    text.parse::<Timestamp>()
        .ok()
        .map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_running_clock_is_as_fast_as_told() {
        let clock = Clock::running(at(1_000_000), 10.0);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(clock.millis(), 1_020_000);
        assert_eq!(clock.until(1_030_000), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_clock_by_hand_stands_still() {
        let clock = Clock::by_hand(at(5_000));
        let other = clock.clone();
        assert_eq!(clock.millis(), 5_000);
        clock.advance(Duration::from_millis(250));
        assert_eq!(other.millis(), 5_250);
        assert_eq!(clock.until(9_000), None);
    }

    #[test]
    fn times_are_written_as_kubernetes_writes_them() {
        assert_eq!(rfc3339(1_795_377_651_999), "2026-11-22T20:00:51Z");
        assert_eq!(
            rfc3339_micro(1_795_377_653_526),
            "2026-11-22T20:00:53.526000Z"
        );
        assert_eq!(
            rfc3339_nano(1_795_378_825_132_256_926),
            "2026-11-22T20:20:25.132256926Z"
        );
        assert_eq!(parse("2026-11-22T20:00:51Z"), Some(1_795_377_651_000));
    }
}
