//! What time it is at the server, as the heads of its answers tell it.
//! Apart from the wall's time of this machine, which may be an hour off and is then compared with what the server wrote.

use std::sync::{Mutex, PoisonError};

use http::HeaderMap;
use http::header::DATE;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::connect::Cluster;

/// The last time that was told, and when that was.
#[derive(Debug, Default)]
pub struct Daytime {
    told: Mutex<Option<(Timestamp, Instant)>>,
}

impl Daytime {
    /// Takes the time of an answer, if it tells one. Source: RFC 9110 §6.6.1.
    pub fn hear(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|value| value.to_str().ok());
        let date = date.and_then(|text| DateTimeParser::new().parse_timestamp(text).ok());
        if let Some(date) = date {
            let told = self.told.lock();
            *told.unwrap_or_else(PoisonError::into_inner) = Some((date, Instant::now()));
        }
    }

    /// What time it is there by now.
    pub fn now(&self) -> Option<Timestamp> {
        let told = self.told.lock();
        let (date, at) = (*told.unwrap_or_else(PoisonError::into_inner))?;
        let since = SignedDuration::try_from(at.elapsed()).ok()?;
        date.checked_add(since).ok()
    }
}

impl Cluster {
    /// What time it is at the server, once it has answered anything.
    pub fn server_time(&self) -> Option<Timestamp> {
        self.daytime().now()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use http::HeaderValue;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_an_answer_told_goes_on_and_nonsense_is_not_heard() {
        let daytime = Daytime::default();
        let hear = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, HeaderValue::from_static(text));
            daytime.hear(&headers);
        };
        hear("soon");
        assert_eq!(daytime.now(), None);
        hear("Sun, 22 Nov 2026 02:14:00 GMT");
        tokio::time::advance(Duration::from_secs(90)).await;
        hear("Sun, 99 Nov 2026 02:14:00 GMT");
        let now = daytime.now().unwrap().to_string();
        assert_eq!(now, "2026-11-22T02:15:30Z");
    }
}
