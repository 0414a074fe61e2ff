//! Jobs that a newer wish replaces: of one connection, one run, one log.
//! Apart from the effects that start them.

use tokio::task::JoinHandle;

use super::mailbox::{Mailbox, Valve};

/// Jobs that are replaced together. What a replaced job still says is not heard.
pub(super) struct Slot {
    /// Where its words go.
    pub valve: Valve,
    jobs: Vec<JoinHandle<()>>,
}

impl Slot {
    /// No job yet.
    pub(super) fn new(mailbox: &Mailbox) -> Self {
        Self {
            valve: mailbox.valve(),
            jobs: Vec::new(),
        }
    }

    /// Ends its jobs.
    pub(super) fn clear(&mut self, mailbox: &Mailbox) {
        self.valve.shut();
        for job in self.jobs.drain(..) {
            job.abort();
        }
        self.valve = mailbox.valve();
    }

    /// Starts one more.
    pub(super) fn spawn(&mut self, job: impl Future<Output = ()> + Send + 'static) {
        self.jobs.retain(|job| !job.is_finished());
        self.jobs.push(tokio::spawn(job));
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        for job in &self.jobs {
            job.abort();
        }
    }
}
