//! The two ends of a terminal in somebody else's hands: waited for, read and written, whatever is on it.
//! Apart from taking it and giving it back.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use ratatui::layout::Size;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::screen;
use super::terminal::give_back;

/// The two ends of a terminal that is lent. Neither waits: reading and writing say when there is nothing to be had.
#[derive(Debug)]
pub struct Ends {
    /// What a person types.
    pub input: OwnedFd,
    /// What a person sees.
    pub output: OwnedFd,
}

impl Ends {
    /// Every key is given on as it is pressed, and nothing that is written is changed.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn raw(&self) -> io::Result<()> {
        raw(&self.input)
    }
}

/// Sets the modes in which no key is the terminal's own.
pub(super) fn raw(input: &OwnedFd) -> io::Result<()> {
    let mut modes = tcgetattr(input)?;
    modes.make_raw();
    Ok(tcsetattr(input, OptionalActions::Now, &modes)?)
}

/// One end of a lent terminal, to be waited for. Cancel safe.
#[derive(Debug)]
pub struct End {
    fd: OwnedFd,
    ready: Option<AsyncFd<OwnedFd>>,
}

impl End {
    /// Waits for this end.
    pub fn of(fd: OwnedFd) -> Self {
        let both = Interest::READABLE | Interest::WRITABLE;
        let ready = fd.try_clone().ok().and_then(|fd| watch(fd, both));
        Self { fd, ready }
    }

    /// As [`Ends::raw`].
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn raw(&self) -> io::Result<()> {
        raw(&self.fd)
    }

    /// Reads what is typed, at least one byte; none: the terminal is closed.
    ///
    /// # Errors
    /// The terminal's own.
    pub async fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        self.when(Interest::READABLE, |fd| {
            Ok(rustix::io::read(fd, &mut *into)?)
        })
        .await
    }

    /// Writes as much as is taken, at least one byte.
    ///
    /// # Errors
    /// The terminal's own.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.when(Interest::WRITABLE, |fd| Ok(rustix::io::write(fd, bytes)?))
            .await
    }

    async fn when<T>(
        &self,
        interest: Interest,
        mut attempt: impl FnMut(&OwnedFd) -> io::Result<T>,
    ) -> io::Result<T> {
        if let Some(ready) = &self.ready {
            return ready.async_io(interest, attempt).await;
        }
        loop {
            match attempt(&self.fd) {
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                done => return done,
            }
        }
    }
}

/// A terminal that is lent without having been drawn on. Dropped, it is as it was.
#[derive(Debug)]
pub struct Loan(OwnedFd);

impl Loan {
    pub(super) fn of(output: OwnedFd) -> Self {
        Self(output)
    }

    /// Its size, fit to draw on.
    pub fn size(&self) -> Size {
        screen::size(&self.0)
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        give_back();
    }
}

/// Says when an end of the terminal has or takes something again.
// What is deprecated about it is a descriptor that is closed while it is watched; this one is owned.
#[allow(deprecated)]
pub(super) fn watch(end: OwnedFd, interest: Interest) -> Option<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(end, interest)
        .inspect_err(|error| tracing::warn!(%error, "the terminal is asked again and again"))
        .ok()
}
