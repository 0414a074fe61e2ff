//! How many requests a second the server is asked for: a bucket of tokens that fills at that pace.
//! Apart from the queue, which bounds how much is done at once and not how fast.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// A bucket that is full after a second.
#[derive(Debug)]
pub struct Budget {
    pace: f64,
    left: Mutex<(f64, Instant)>,
}

impl Budget {
    /// So many requests a second.
    pub fn new(pace: f64) -> Self {
        let pace = if pace.is_finite() {
            pace.max(0.1)
        } else {
            50.0
        };
        Self {
            pace,
            left: Mutex::new((pace.max(1.0), Instant::now())),
        }
    }

    /// Waits until a request may go out. Who came first goes first.
    pub async fn take(&self) {
        let mut left = self.left.lock().await;
        let (tokens, at) = *left;
        let tokens = (tokens + at.elapsed().as_secs_f64() * self.pace).min(self.pace.max(1.0));
        let missing = (1.0 - tokens).max(0.0);
        if missing > 0.0 {
            sleep(Duration::from_secs_f64(missing / self.pace)).await;
        }
        *left = (tokens + missing - 1.0, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_of_a_second_is_free_and_the_rest_keeps_the_pace() {
        let budget = Budget::new(10.0);
        let begun = Instant::now();
        for _ in 0..10 {
            budget.take().await;
        }
        assert_eq!(begun.elapsed().as_secs(), 0);
        for _ in 0..20 {
            budget.take().await;
        }
        let took = begun.elapsed().as_secs_f64();
        assert!((1.9..2.2).contains(&took), "{took}");
    }
}
