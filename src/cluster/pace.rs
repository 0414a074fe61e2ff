//! How long to wait before a server is asked again, and how to learn cheaply whether it is alive.
//! Apart from the machine, so that the arithmetic of patience is in one place.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::trouble::Trouble;

/// First back-off.
const SHORTEST: Duration = Duration::from_millis(500);
/// Longest back-off.
const LONGEST: Duration = Duration::from_secs(30);
/// Longest `Retry-After` obeyed, in seconds.
const LONGEST_ORDERED: u64 = 600;

/// Random pauses, so that a thousand consoles do not come back in the same moment.
#[derive(Clone, Debug)]
pub struct Pace {
    random: u64,
}

impl Pace {
    /// The same seed gives the same pauses.
    pub fn new(seed: u64) -> Self {
        Self { random: seed | 1 }
    }

    /// The pause after so many failures in a row: doubled each time from half a second to thirty, the upper half of it
    /// random; never less than the server ordered.
    pub fn after(&mut self, failures: u32, ordered: Option<u64>) -> Duration {
        let doubled = SHORTEST.saturating_mul(1 << failures.saturating_sub(1).min(10));
        let most = doubled.min(LONGEST);
        let wait = self.between(most / 2, most / 2);
        match ordered {
            Some(seconds) => wait.max(Duration::from_secs(seconds.min(LONGEST_ORDERED))),
            None => wait,
        }
    }

    /// A tenth less to a tenth more than this.
    pub fn about(&mut self, time: Duration) -> Duration {
        self.between(time.mul_f64(0.9), time.mul_f64(0.2))
    }

    /// `least` plus a random part of `spread` (xorshift64*, Vigna 2016).
    fn between(&mut self, least: Duration, spread: Duration) -> Duration {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        let high = self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        least + spread.mul_f64(high as f64 / f64::from(u32::MAX))
    }
}

/// The last answer to a heartbeat, shared by all feeds of a connection: silence on fifty watches is one question.
#[derive(Debug, Default)]
pub struct Pulse {
    last: tokio::sync::Mutex<Option<(Instant, Result<(), Trouble>)>>,
}

impl Pulse {
    /// Whether the server is alive: the last answer if it is younger than 5 s, else a new one by `ask`.
    ///
    /// # Errors
    /// What the question ended with.
    pub async fn feel(
        &self,
        ask: impl Future<Output = Result<(), Trouble>>,
    ) -> Result<(), Trouble> {
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < Duration::from_secs(5)
        {
            return answer.clone();
        }
        let answer = ask.await;
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_half_a_minute_and_obey_the_server() {
        for seed in 0..50 {
            let mut pace = Pace::new(seed);
            for (failures, most) in [
                (1, 500),
                (2, 1_000),
                (3, 2_000),
                (7, 30_000),
                (u32::MAX, 30_000),
            ] {
                let wait = pace.after(failures, None).as_millis();
                assert!((most / 2..=most).contains(&wait), "{failures}: {wait}");
            }
            assert!(pace.after(1, Some(40)) >= Duration::from_secs(40));
            assert!(pace.after(1, Some(u64::MAX)) <= Duration::from_secs(600));
            let denied = pace.about(Duration::from_secs(30)).as_secs();
            assert!((27..=33).contains(&denied));
        }
    }
}
