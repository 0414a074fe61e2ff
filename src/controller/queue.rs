//! Whose turn it is: every QARun is in it at most once, is looked at by one at a time, and waits longer each time it goes wrong.
//! Apart from the work, so that turns are tested without any. One that goes wrong for ever keeps nobody else waiting.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use super::cache::Uid;

/// The first wait after something went wrong.
const SHORTEST: Duration = Duration::from_millis(500);
/// The longest where something has changed since: it may be what was missing.
const SOON: Duration = Duration::from_secs(10);
/// The longest.
const LONGEST: Duration = Duration::from_secs(120);

/// From so many on, those that have rested long ago are forgotten.
const MOST_RESTING: usize = 256;

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: BTreeSet<(Instant, Uid)>,
    due: HashMap<Uid, Instant>,
    at_work: HashSet<Uid>,
    /// Changed while they were looked at.
    changed: HashSet<Uid>,
    failures: HashMap<Uid, u32>,
    /// Not to be looked at again before.
    rested: HashMap<Uid, Instant>,
}

impl Queue {
    /// Something of it has changed: its turn comes at once, or when it has rested, and after a failure soon.
    pub fn add(&mut self, uid: Uid, now: Instant) {
        if self.at_work.contains(&uid) {
            self.changed.insert(uid);
        } else if self.failures.contains_key(&uid) {
            self.at(uid, now + SOON);
        } else {
            let rested = self.rested.get(&uid).copied().unwrap_or(now);
            self.at(uid, rested.max(now));
        }
    }

    /// Its turn comes at this time, unless it comes before.
    pub fn at(&mut self, uid: Uid, when: Instant) {
        if let Some(due) = self.due.get(&uid) {
            if *due <= when {
                return;
            }
            self.waiting.remove(&(*due, uid.clone()));
        }
        self.due.insert(uid.clone(), when);
        self.waiting.insert((when, uid));
    }

    /// The one whose turn it is, which then is at work.
    pub fn take(&mut self, now: Instant) -> Option<Uid> {
        let (due, _) = self.waiting.first()?;
        if *due > now {
            return None;
        }
        let (_, uid) = self.waiting.pop_first()?;
        self.due.remove(&uid);
        self.at_work.insert(uid.clone());
        Some(uid)
    }

    /// It was looked at, and all is well; `again`: when to look although nothing changes. What changes within `pause` waits for
    /// the end of it.
    pub fn done(&mut self, uid: Uid, again: Option<Instant>, now: Instant, pause: Duration) {
        self.at_work.remove(&uid);
        self.failures.remove(&uid);
        let rested = now + pause;
        if self.rested.len() >= MOST_RESTING {
            self.rested.retain(|_, until| *until > now);
        }
        self.rested.insert(uid.clone(), rested);
        if self.changed.remove(&uid) {
            self.at(uid, rested);
        } else if let Some(when) = again {
            self.at(uid, when);
        }
    }

    /// It went wrong; how often in a row. The server may have ordered to wait for so many seconds.
    pub fn failed(&mut self, uid: Uid, now: Instant, ordered: Option<u64>) -> u32 {
        self.at_work.remove(&uid);
        self.changed.remove(&uid);
        let failures = self.failures.entry(uid.clone()).or_default();
        *failures += 1;
        let count = *failures;
        let wait = SHORTEST
            .saturating_mul(1 << (count - 1).min(10))
            .min(LONGEST);
        let ordered = Duration::from_secs(ordered.unwrap_or(0)).min(LONGEST);
        self.at(uid, now + wait.max(ordered));
        count
    }

    /// When the next turn comes.
    pub fn next(&self) -> Option<Instant> {
        self.waiting.first().map(|(due, _)| *due)
    }

    /// How many wait for their turn now.
    pub fn len(&self, now: Instant) -> usize {
        self.waiting
            .iter()
            .take_while(|(due, _)| *due <= now)
            .count()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_is_there_once_and_at_work_once() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        let uid = || Uid::from("a");
        queue.add(uid(), now);
        queue.add(uid(), now);
        assert_eq!(queue.take(now), Some(uid()));
        assert_eq!(queue.take(now), None);
        queue.add(uid(), now);
        assert_eq!(queue.take(now), None, "it is at work");
        let pause = Duration::from_secs(1);
        queue.done(uid(), None, now, pause);
        assert_eq!(queue.take(now), None, "it rests");
        let now = now + pause;
        assert_eq!(queue.take(now), Some(uid()), "it has changed meanwhile");
        let later = now + Duration::from_secs(9);
        queue.done(uid(), Some(later), now, pause);
        assert_eq!((queue.take(now), queue.next()), (None, Some(later)));
        queue.add(uid(), now);
        assert_eq!(
            queue.next(),
            Some(now + pause),
            "a change waits for the rest"
        );
        queue.add(uid(), now + pause);
        assert_eq!(
            queue.take(now + pause),
            Some(uid()),
            "and not for what was planned"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_goes_wrong_waits_longer_each_time_and_nobody_waits_for_it() {
        let (mut queue, mut now) = (Queue::default(), Instant::now());
        let (bad, good) = (Uid::from("bad"), Uid::from("good"));
        let mut waits = Vec::new();
        for _ in 0..12 {
            queue.add(bad.clone(), now);
            queue.add(good.clone(), now);
            assert_eq!(
                queue.take(now),
                Some(if waits.is_empty() {
                    bad.clone()
                } else {
                    good.clone()
                })
            );
            if waits.is_empty() {
                assert_eq!(queue.take(now), Some(good.clone()));
            } else {
                assert_eq!(
                    queue.take(now),
                    None,
                    "a change does not end the wait at once"
                );
                now = queue.next().unwrap();
                assert_eq!(queue.take(now), Some(bad.clone()));
            }
            queue.done(good.clone(), None, now, Duration::ZERO);
            queue.failed(bad.clone(), now, None);
            waits.push(queue.next().unwrap() - now);
        }
        queue.take(now + LONGEST);
        queue.failed(bad.clone(), now, Some(90));
        assert!(queue.next().unwrap() - now >= Duration::from_secs(90));
        assert!(waits.is_sorted());
        assert_eq!((waits[0], waits[11]), (SHORTEST, LONGEST));
    }
}
