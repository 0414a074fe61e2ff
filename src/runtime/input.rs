//! The thread that reads the terminal and turns bytes into messages.
//! Apart from the loop, because a read can block and a dead terminal must be noticed whatever the loop does.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::decode::Decoder;
use super::mailbox::Mailbox;
use super::signals::{Ending, Order, Orders};

/// Bytes of one read; a burst of keys held down fits many times.
const CHUNK: usize = 4096;

/// The reading thread. Dropped, it ends and is waited for: after that nothing takes what is typed.
#[derive(Debug)]
pub struct Input {
    wake: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl Input {
    /// Reads this terminal into the mailbox. Its end, or the thread's own, is an order to end the program.
    ///
    /// # Errors
    /// Where the thread or its wake-up pipe cannot be made.
    pub fn start(terminal: OwnedFd, mailbox: Mailbox, orders: Orders) -> io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        let read = move || {
            let last_word = LastWord(orders);
            let outcome = pump(terminal.as_fd(), woken.as_fd(), &mailbox);
            match outcome {
                Ok(Over::Woken) => std::mem::forget(last_word),
                Ok(Over::Closed) => tracing::info!("the terminal is closed"),
                Err(error) => tracing::error!(%error, "the terminal cannot be read"),
            }
        };
        let thread = std::thread::Builder::new()
            .name("input".into())
            .spawn(read)?;
        Ok(Self {
            wake: Some(wake),
            thread: Some(thread),
        })
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // The other end of the pair hangs up, which poll reports.
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported by the hook.
            let _ = thread.join();
        }
    }
}

/// Orders the end when it is dropped, so that a panic of the thread ends the program too.
struct LastWord(Orders);

impl Drop for LastWord {
    fn drop(&mut self) {
        self.0.give(Order::End(Ending::Closed));
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Over {
    /// Nobody wants input any more.
    Woken,
    /// End of file or hang-up.
    Closed,
}

/// Reads until the terminal is closed or `woken` hangs up.
fn pump(terminal: BorrowedFd<'_>, woken: BorrowedFd<'_>, mailbox: &Mailbox) -> io::Result<Over> {
    let mut decoder = Decoder::default();
    let mut chunk = [0; CHUNK];
    loop {
        let mut fds = [
            PollFd::from_borrowed_fd(terminal, PollFlags::IN),
            PollFd::from_borrowed_fd(woken, PollFlags::IN),
        ];
        match poll(&mut fds, decoder.patience().map(timespec).as_ref()) {
            Ok(0) => {
                decoder
                    .silence()
                    .into_iter()
                    .for_each(|msg| mailbox.push(msg));
                continue;
            }
            Err(Errno::INTR) => continue,
            other => other?,
        };
        let [terminal_says, woken_says] = fds.map(|fd| fd.revents());
        if !woken_says.is_empty() {
            return Ok(Over::Woken);
        }
        if terminal_says.contains(PollFlags::IN) {
            match rustix::io::read(terminal, &mut chunk) {
                Ok(0) | Err(Errno::IO) => return Ok(Over::Closed),
                Ok(count) => {
                    let msgs = decoder.feed(&chunk[..count]);
                    msgs.into_iter().for_each(|msg| mailbox.push(msg));
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        } else if !terminal_says.is_empty() {
            return Ok(Over::Closed);
        }
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::io::Write;

    use portable_pty::{PtySize, native_pty_system};

    use super::*;
    use crate::app::key::KeyPress;
    use crate::app::msg::Msg;

    async fn collect(mailbox: &Mailbox, count: usize) -> Vec<Msg> {
        let mut all = Vec::new();
        while all.len() < count {
            all.extend(mailbox.recv_batch().await);
        }
        all
    }

    #[tokio::test]
    async fn a_burst_larger_than_any_buffer_arrives_whole_and_a_lone_escape_is_a_key() {
        let (mut person, terminal) = UnixStream::pair().unwrap();
        let mailbox = Mailbox::new();
        let (orders, mut taken) = Orders::new();
        let input = Input::start(terminal.into(), mailbox.clone(), orders).unwrap();
        let typing = std::thread::spawn(move || {
            person.write_all(&b"j".repeat(50_000)).unwrap();
            person.write_all(b"\x1b").unwrap();
            person
        });
        let msgs = collect(&mailbox, 50_001).await;
        assert_eq!(msgs.len(), 50_001);
        assert_eq!(msgs[50_000], Msg::Key(KeyPress::parse("esc").unwrap()));
        drop(input);
        assert!(
            taken.try_recv().is_err(),
            "an end of our own is not the terminal's"
        );
        drop(typing.join().unwrap());
    }

    #[tokio::test]
    async fn a_terminal_that_goes_away_ends_the_program_even_inside_a_paste() {
        let pty = native_pty_system().openpty(PtySize::default()).unwrap();
        let slave = std::fs::File::options()
            .read(true)
            .write(true)
            .open(pty.master.tty_name().unwrap())
            .unwrap();
        let mut modes = rustix::termios::tcgetattr(&slave).unwrap();
        modes.make_raw();
        rustix::termios::tcsetattr(&slave, rustix::termios::OptionalActions::Now, &modes).unwrap();
        let mailbox = Mailbox::new();
        let (orders, mut taken) = Orders::new();
        let _input = Input::start(slave.into(), mailbox.clone(), orders).unwrap();
        let mut person = pty.master.take_writer().unwrap();
        person.write_all(b"q\x1b[200~half a paste").unwrap();
        assert_eq!(
            collect(&mailbox, 1).await,
            [Msg::Key(KeyPress::parse("q").unwrap())]
        );
        drop((person, pty));
        assert_eq!(taken.recv().await, Some(Order::End(Ending::Closed)));
    }
}
