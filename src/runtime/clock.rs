//! The present, as the console and its pictures are told it.
//! Apart from both, because an embedded cluster has a present of its own.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

/// The present: of the world, or of an embedded cluster whose time runs faster.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    speed: f64,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::of(Timestamp::now, 1.0)
    }

    /// A clock that goes `speed` times as fast as the world's.
    pub fn of(now: impl Fn() -> Timestamp + Send + Sync + 'static, speed: f64) -> Self {
        Self {
            now: Arc::new(now),
            speed: speed.max(f64::MIN_POSITIVE),
        }
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// How long to wait in the world until this moment of the clock.
    pub(super) fn until(&self, at: Timestamp) -> Duration {
        let wait = at.duration_since(self.now());
        let seconds = wait.as_secs_f64().max(0.0) / self.speed;
        Duration::from_secs_f64(seconds.min(3_600.0))
    }
}
