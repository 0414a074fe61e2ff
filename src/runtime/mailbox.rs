//! The one queue of the program: keys in order and never lost, feeds folded to what still matters.
//! Apart from those who fill and drain it, so that a slow screen costs memory by objects and never by events.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::pending::LOG_BYTES;
use super::queue::Queue;
use crate::app::msg::Msg;

/// A handle on the queue; clones share it. Any number may push, one drains.
///
/// Rules:
/// * What a person did (keys, paste, mouse, resize) comes out before anything else, in order. Only the last of several
///   sizes is kept, wheel turns that follow each other are added up, and ticks are told once.
/// * Feed events of one source are folded by the rules of `pending` and come out where the source first spoke.
/// * Log lines wait up to 16 MiB; beyond it the oldest are dropped and counted. Who asks [`Mailbox::room`] before
///   each push never drops any.
/// * Words of a session older than the newest one heard are thrown away: their connection has ended.
#[derive(Clone, Debug, Default)]
pub struct Mailbox(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    filled: Notify,
    person: Notify,
    drained: Notify,
}

impl Mailbox {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a message in. Never waits.
    pub fn push(&self, msg: Msg) {
        let by_person = !matches!(msg, Msg::Cluster(..) | Msg::Tick);
        self.lock().push(msg);
        if by_person {
            self.0.person.notify_one();
        }
        self.0.filled.notify_one();
    }

    /// Waits until a person did something, however much the feeds say meanwhile. Cancel safe.
    pub async fn person(&self) {
        loop {
            if self.lock().has_person() {
                return;
            }
            self.0.person.notified().await;
        }
    }

    /// Everything that waits now, which may be nothing.
    pub fn batch(&self) -> Vec<Msg> {
        let batch = self.lock().batch();
        self.0.drained.notify_waiters();
        batch
    }

    /// Everything that waits, as soon as something does. Where a person did something, first only that: the caller can
    /// answer before it looks at the rest. It does not happen twice in a row, so that typing cannot starve the feeds.
    ///
    /// Cancel safe: what is not returned stays in the queue.
    pub async fn recv_batch(&self) -> Vec<Msg> {
        loop {
            let batch = self.lock().batch();
            if !batch.is_empty() {
                self.0.drained.notify_waiters();
                return batch;
            }
            self.0.filled.notified().await;
        }
    }

    /// Waits until half of the room for log lines is free: what keeps a fast log in its socket while the screen is slow.
    pub async fn room(&self) {
        loop {
            let drained = self.0.drained.notified();
            tokio::pin!(drained);
            drained.as_mut().enable();
            if self.lock().log_bytes() < LOG_BYTES / 2 {
                return;
            }
            drained.await;
        }
    }

    /// A way in that can be shut, for a job that can be ended.
    pub fn valve(&self) -> Valve {
        Valve {
            mailbox: self.clone(),
            open: Arc::new(Mutex::new(true)),
        }
    }

    /// Throws away the log lines that wait: another log, or the same from the start, is followed from here on.
    pub fn forget_logs(&self) {
        self.lock().forget_logs();
        self.0.drained.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A panic elsewhere must not make keys impossible; the queue holds no half-made state.
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A way into the mailbox that lets nothing through once it is shut, even from a job that has not noticed its end yet.
#[derive(Clone, Debug)]
pub struct Valve {
    mailbox: Mailbox,
    open: Arc<Mutex<bool>>,
}

impl Valve {
    /// Puts a message in; `false` where the valve is shut and the job should end.
    pub fn push(&self, msg: Msg) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if *open {
            self.mailbox.push(msg);
        }
        *open
    }

    /// As [`Mailbox::room`].
    pub async fn room(&self) {
        self.mailbox.room().await;
    }

    /// Shuts it. When this returns, nothing more comes through.
    pub fn shut(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use futures::FutureExt;

    use super::*;
    use crate::app::key::KeyPress;
    use crate::app::msg::{ClusterMsg, Session};
    use crate::model::delta::{Delta, FeedEvent, Freshness};
    use crate::model::key::Key;
    use crate::model::log::{LogEvent, LogLine, LogSource};
    use crate::model::row::Row;

    fn press(name: &str) -> Msg {
        Msg::Key(KeyPress::parse(name).unwrap())
    }

    fn gone(name: &str) -> FeedEvent<Key, Row> {
        FeedEvent::Deltas(vec![Delta::Gone(Key::new("ns", name, name))])
    }

    fn rows(session: Session, source: Option<&str>, event: FeedEvent<Key, Row>) -> Msg {
        Msg::Cluster(session, ClusterMsg::Rows(source.map(Into::into), event))
    }

    fn namespaces(session: Session) -> Msg {
        Msg::Cluster(session, ClusterMsg::Namespaces(Ok(Vec::new())))
    }

    fn drain(mailbox: &Mailbox) -> Vec<Msg> {
        let mut all = Vec::new();
        while let Some(batch) = mailbox.recv_batch().now_or_never() {
            all.extend(batch);
        }
        all
    }

    #[test]
    fn a_key_overtakes_the_feeds_but_cannot_starve_them() {
        let mailbox = Mailbox::new();
        mailbox.push(namespaces(1));
        mailbox.push(press("j"));
        mailbox.push(press("k"));
        let first = mailbox.recv_batch().now_or_never().unwrap();
        assert_eq!(first, [press("j"), press("k")]);
        mailbox.push(press("G"));
        let second = mailbox.recv_batch().now_or_never().unwrap();
        assert_eq!(second, [press("G"), namespaces(1)]);
        assert!(mailbox.recv_batch().now_or_never().is_none());
    }

    #[test]
    fn no_key_is_lost_and_sizes_wheel_and_ticks_are_folded() {
        let mailbox = Mailbox::new();
        let keys: Vec<Msg> = ["a", "b", "c"]
            .iter()
            .cycle()
            .take(3000)
            .map(|k| press(k))
            .collect();
        for key in &keys {
            mailbox.push(key.clone());
            mailbox.push(Msg::Tick);
        }
        for size in 1..500 {
            mailbox.push(Msg::Resize(size, size));
        }
        mailbox.push(Msg::Wheel(3, 7, 7));
        mailbox.push(Msg::Wheel(i16::MAX, 7, 7));
        // Over another cell it may be meant for something else.
        mailbox.push(Msg::Wheel(1, 70, 7));
        mailbox.push(press("z"));
        mailbox.push(Msg::Wheel(-3, 7, 7));
        let mut expected = keys;
        expected.extend([
            Msg::Resize(499, 499),
            Msg::Wheel(i16::MAX, 7, 7),
            Msg::Wheel(1, 70, 7),
            press("z"),
            Msg::Wheel(-3, 7, 7),
            Msg::Tick,
        ]);
        assert_eq!(drain(&mailbox), expected);
    }

    #[test]
    fn each_source_speaks_where_it_first_spoke_and_keeps_its_own_changes() {
        let mailbox = Mailbox::new();
        mailbox.push(rows(1, Some("a"), gone("one")));
        mailbox.push(namespaces(1));
        mailbox.push(rows(1, Some("b"), gone("two")));
        mailbox.push(rows(1, Some("a"), FeedEvent::Freshness(Freshness::Live)));
        assert_eq!(
            drain(&mailbox),
            [
                rows(1, Some("a"), gone("one")),
                rows(1, Some("a"), FeedEvent::Freshness(Freshness::Live)),
                namespaces(1),
                rows(1, Some("b"), gone("two")),
            ]
        );
    }

    #[test]
    fn a_new_session_silences_the_old_one() {
        let mailbox = Mailbox::new();
        mailbox.push(rows(1, None, gone("old")));
        mailbox.push(namespaces(1));
        mailbox.push(press("j"));
        mailbox.push(rows(2, None, gone("new")));
        mailbox.push(rows(1, None, gone("late")));
        assert_eq!(drain(&mailbox), [press("j"), rows(2, None, gone("new"))]);
    }

    #[test]
    fn who_waits_for_a_person_is_not_woken_by_a_feed() {
        let mailbox = Mailbox::new();
        let mut person = std::pin::pin!(mailbox.person());
        assert!(person.as_mut().now_or_never().is_none());
        mailbox.push(namespaces(1));
        assert!(person.as_mut().now_or_never().is_none());
        mailbox.push(press("j"));
        assert!(person.as_mut().now_or_never().is_some());
        assert_eq!(mailbox.batch(), [press("j")]);
        assert_eq!(mailbox.batch(), [namespaces(1)]);
        assert!(mailbox.batch().is_empty());
    }

    fn log(text: &str) -> Msg {
        let source = Arc::new(LogSource {
            step: "s".into(),
            pod: "p".into(),
            container: "main".into(),
        });
        let line = LogLine {
            at: None,
            source,
            text: text.into(),
            tints: None,
        };
        let event = LogEvent::Lines(vec![line]);
        Msg::Cluster(1, ClusterMsg::Log(Key::new("ns", "run", "u"), event))
    }

    #[test]
    fn who_waits_for_room_never_loses_a_line() {
        let mailbox = Mailbox::new();
        assert!(mailbox.room().now_or_never().is_some());
        mailbox.push(log(&"x".repeat(LOG_BYTES / 2)));
        let mut room = std::pin::pin!(mailbox.room());
        assert!(room.as_mut().now_or_never().is_none());
        drain(&mailbox);
        assert!(room.as_mut().now_or_never().is_some());
    }

    #[test]
    fn a_shut_valve_lets_nothing_through_and_the_old_log_is_forgotten() {
        let mailbox = Mailbox::new();
        let valve = mailbox.valve();
        assert!(valve.push(log("old")));
        assert!(valve.push(namespaces(1)));
        valve.shut();
        mailbox.forget_logs();
        assert!(!valve.push(log("late")));
        mailbox.push(log("new"));
        assert_eq!(drain(&mailbox), [namespaces(1), log("new")]);
    }
}
