//! What the system tells the program: end, stop, go on, the window changed; and the wire by which it reaches the loop.
//! Apart from messages, because none of it is for the program's state: it is about the process and its terminal.

use std::io;

use nix::unistd::{getpgid, getpgrp, getppid, getsid};
use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};
use tokio::sync::mpsc;

/// Why the program must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The terminal is gone: its window was closed, or its connection broke.
    Closed,
    /// A signal of this number asked for it.
    Signal(i32),
}

impl Ending {
    /// Keys of the terminal say the same: ctrl-c and ctrl-\\, while it is not in raw mode.
    pub fn is_typed(self) -> bool {
        let typed = [SignalKind::interrupt(), SignalKind::quit()];
        matches!(self, Self::Signal(number) if typed.map(|kind| kind.as_raw_value()).contains(&number))
    }

    /// The exit status shells give to a program that a signal ended: 128 and its number. A closed terminal is SIGHUP.
    pub fn exit_code(self) -> u8 {
        u8::try_from(128 + self.signal()).unwrap_or(u8::MAX)
    }

    /// The signal that says the same to another program.
    pub fn signal(self) -> i32 {
        match self {
            Self::Closed => SignalKind::hangup().as_raw_value(),
            Self::Signal(number) => number,
        }
    }
}

/// What the loop must do before it looks at any message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Restore the terminal and end.
    End(Ending),
    /// Restore the terminal and stop (somebody sent SIGTSTP).
    Stop,
    /// The process was continued: take the terminal again.
    Continue,
    /// The window changed its size.
    Resize,
}

/// The end of the wire that gives orders. Clones share it.
#[derive(Clone, Debug)]
pub struct Orders {
    send: mpsc::UnboundedSender<Order>,
}

impl Orders {
    /// A wire: who gives orders, and who takes them.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (send, receive) = mpsc::unbounded_channel();
        (Self { send }, receive)
    }

    /// Gives an order.
    pub fn give(&self, order: Order) {
        // A loop that is gone has nothing left to be ordered.
        let _ = self.send.send(order);
    }
}

/// Listens to signals as a job of the current runtime, until nobody takes orders any more.
///
/// SIGINT is listened to although the terminal sends none in raw mode: another process can.
///
/// # Errors
/// Where a handler cannot be installed.
pub fn listen(orders: Orders) -> io::Result<()> {
    let kinds = [
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::interrupt(),
        SignalKind::quit(),
    ];
    for kind in kinds {
        let end = Order::End(Ending::Signal(kind.as_raw_value()));
        forward(signal(kind)?, orders.clone(), end);
    }
    forward(
        signal(SignalKind::window_change())?,
        orders.clone(),
        Order::Resize,
    );
    let stop = SignalKind::from_raw(Signal::TSTP.as_raw());
    forward(signal(stop)?, orders.clone(), Order::Stop);
    let go_on = SignalKind::from_raw(Signal::CONT.as_raw());
    forward(signal(go_on)?, orders, Order::Continue);
    Ok(())
}

fn forward(mut listener: Listener, orders: Orders, order: Order) {
    tokio::spawn(async move {
        while !orders.send.is_closed() && listener.recv().await.is_some() {
            orders.give(order);
        }
    });
}

/// Stops the process group as ctrl-z does, if there is a shell that could continue it; says whether it did.
///
/// SIGSTOP, because our own handler would take a SIGTSTP; the whole group, because a script that started the program
/// must stop with it. A process whose group is orphaned is never stopped, as the kernel does with SIGTSTP (POSIX,
/// "orphaned process group"): nobody could wake it.
pub fn stop() -> bool {
    if orphaned() {
        return false;
    }
    kill_current_process_group(Signal::STOP).is_ok()
}

/// Stops this process alone, where somebody could continue it: the rest of the group was stopped by the same key, each in
/// its own way.
pub fn stop_alone() {
    if !orphaned() {
        let _ = kill_process(getpid(), Signal::STOP);
    }
}

/// Approximates POSIX's definition from what a process can ask about itself and its parent: a parent of another
/// session can wake nobody here; a parent of our own group was started with us, and then only a group that is not
/// the session's first was made by a shell with job control.
fn orphaned() -> bool {
    let parent = getppid();
    let (Ok(session), Ok(of_parent)) = (getsid(None), getsid(Some(parent))) else {
        return true;
    };
    // In a container, a parent or the leader of a session may be outside: then its number is 0, which names nobody.
    if parent.as_raw() == 0 || session.as_raw() == 0 || of_parent != session {
        return true;
    }
    let group = getpgrp();
    getpgid(Some(parent)) == Ok(group) && group == session
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_exit_status_is_the_one_shells_expect() {
        assert_eq!(Ending::Signal(15).exit_code(), 143);
        assert_eq!(Ending::Signal(2).exit_code(), 130);
        assert_eq!(Ending::Closed.exit_code(), 129);
    }
}
