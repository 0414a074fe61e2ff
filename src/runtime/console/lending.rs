//! Orders of the system, and the terminal in other hands: the shell's while we are stopped, a guest's until it ends.
//! Apart from the loop, because nothing else here is about who has the terminal.

use std::io;
use std::time::{Duration, Instant};

use super::{Exit, Shell};
use crate::app::msg::Msg;
use crate::app::orders::Ticket;
use crate::runtime::aside::{Away, Guest, Told};
use crate::runtime::input::Input;
use crate::runtime::signals::{self, Ending, Order};

/// How long after somebody else had the terminal an interrupt still counts as typed for them: the system tells us of it in
/// its own time, which can be after it has told us of their end.
const LATE: Duration = Duration::from_millis(500);

impl Shell {
    pub(super) fn obey(&mut self, order: Option<Order>) -> io::Result<Option<Exit>> {
        let late = self.back.is_some_and(|at| at.elapsed() < LATE);
        let program = self.away.as_ref().is_some_and(Away::is_program);
        match order {
            Some(Order::End(ending)) if ending.is_typed() && (program || late) => {}
            Some(Order::End(ending)) => return Ok(Some(Exit::Ending(ending))),
            None => return Ok(Some(Exit::Ending(Ending::Closed))),
            Some(Order::Stop) if program => signals::stop_alone(),
            // Keys go to the container then: no shell of ours is asked for.
            Some(Order::Stop) if self.away.is_some() => {}
            Some(Order::Continue | Order::Resize) if self.away.is_some() => {
                if let Some(away) = &self.away {
                    away.looks_again(self.terminal.size());
                }
            }
            Some(Order::Stop) => self.suspend()?,
            Some(Order::Continue) => self.resume()?,
            // What was on a window that became smaller is lost, even where it has its old size again by now.
            Some(Order::Resize) => {
                self.repaint()?;
                if let Some(exit) = self.resize()? {
                    return Ok(Some(exit));
                }
                self.draw()?;
            }
        }
        Ok(None)
    }

    /// Lets somebody else have the terminal. Feeds go on meanwhile and nothing is drawn; [`Shell::come_back`] ends it.
    pub(super) fn step_aside(&mut self, ticket: Ticket, guest: Guest) -> io::Result<Option<Exit>> {
        if self.away.is_some() {
            let why = "something else has the terminal".to_string();
            return self.update(Msg::Aside(ticket, Err(why)));
        }
        self.released = true;
        self.input = None;
        self.strike()?;
        let ends = self.terminal.lend()?;
        match Away::start(ticket, guest, ends, self.terminal.size()) {
            Ok(away) => {
                self.away = Some(away);
                Ok(None)
            }
            Err(why) => self.take_back(ticket, Err(why)),
        }
    }

    /// Who had the terminal has ended.
    pub(super) fn come_back(&mut self, told: Told) -> io::Result<Option<Exit>> {
        match self.away.take() {
            Some(away) => self.take_back(away.ticket, told),
            None => Ok(None),
        }
    }

    fn take_back(&mut self, ticket: Ticket, told: Told) -> io::Result<Option<Exit>> {
        self.back = Some(Instant::now());
        if let Some(exit) = self.update(Msg::Aside(ticket, told))? {
            return Ok(Some(exit));
        }
        self.resume()?;
        Ok(None)
    }

    /// Gives the terminal to the shell and stops. It goes on in [`Shell::resume`], when the order to continue comes.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        self.released = true;
        self.input = None;
        self.strike()?;
        self.terminal.release();
        if signals::stop() {
            return Ok(());
        }
        let now = self.console.clock.now();
        let why = "no shell could continue this program: it goes on";
        self.console.state.say(now, why, true);
        self.resume()
    }

    /// Takes the terminal again, after a stop of our own or one that nobody could see coming (SIGSTOP).
    fn resume(&mut self) -> io::Result<()> {
        self.stage.forget();
        self.terminal.retake()?;
        self.released = false;
        if self.input.is_none() {
            let keys = self.terminal.input()?;
            let (mailbox, orders) = (self.mailbox.clone(), self.orders.clone());
            self.input = Some(Input::start(keys, mailbox, orders)?);
        }
        self.terminal.mouse(self.console.state.mouse)?;
        self.resize()?;
        self.update(Msg::Resumed)?;
        self.draw()
    }
}
