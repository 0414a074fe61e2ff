//! Pictures on the terminal: shown after the frame that left a place for them, and gone before anything else has it.
//! Apart from the loop, because most terminals never have one.

use std::io;

use super::Shell;
use crate::app::graphics::{Placed, Wish};
use crate::runtime::graphics::Scenery;

impl Shell {
    /// Whether what the terminal answers would decide anything.
    pub(super) fn wants_pictures(&self) -> bool {
        !matches!(
            self.console.state.habits.pictures,
            Wish::Blocks | Wish::None
        )
    }

    /// Makes the terminal show this picture, and no other.
    pub(super) fn stage(&mut self, wanted: Option<Placed>) -> io::Result<()> {
        let mut scenery = self.stage.set(wanted.clone());
        if scenery == Scenery::Repaint {
            self.terminal.repaint()?;
            self.frame()?;
            scenery = self.stage.set(wanted);
        }
        match scenery {
            Scenery::Send(bytes) => self.terminal.send(&bytes),
            Scenery::Stays | Scenery::Repaint => Ok(()),
        }
    }

    /// Takes away what stands on the terminal and would outlive its cells.
    pub(super) fn strike(&mut self) -> io::Result<()> {
        let bytes = self.stage.strike();
        match bytes.is_empty() {
            true => Ok(()),
            false => self.terminal.send(&bytes),
        }
    }
}
