//! Who else can have the terminal for a while: an editor, a pager, another program.
//! Apart from how it is handed over, so that a test can see what would be run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::effect::Effect;
use crate::app::log::Saved;
use crate::app::orders::Ticket;
use crate::app::state::State;
use crate::model::inside::Inside;
use crate::model::manifest::Hidden;

/// What has the terminal instead of this program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Aside {
    /// A program of this machine, in the foreground.
    Run {
        /// Which.
        program: Program,
        /// Its arguments; no shell reads them.
        args: Vec<String>,
    },
    /// A process in a container.
    Visit {
        /// Where, and which.
        inside: Inside,
        /// Now, for the journal.
        at: Timestamp,
    },
    /// The editor, with a file that holds this text. What it leaves there waits for [`super::effect::Effect::TakeSheet`].
    Edit {
        /// What the file is called, without `.yaml`.
        name: String,
        /// The text.
        text: Hidden,
    },
    /// A program that shows lines of a log, from a file that is there until [`Effect::DropSheet`].
    Read {
        /// Which.
        program: Program,
        /// The lines; the path is the name that the file gets.
        saved: Saved,
    },
}

impl Aside {
    /// Whether it can change something in the cluster.
    pub fn writes(&self) -> bool {
        match self {
            Self::Run { .. } | Self::Edit { .. } | Self::Read { .. } => false,
            // Whoever is inside can do what the container can.
            Self::Visit { .. } => true,
        }
    }
}

/// A program of the person's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Program {
    /// `$VISUAL`, then `$EDITOR`, then `vi`.
    Editor,
    /// `$PAGER`, then `less`.
    Pager,
    /// The one of this name.
    Named(String),
}

impl Program {
    /// What it is called in a sentence.
    pub fn word(&self) -> &str {
        match self {
            Self::Editor => "an editor",
            Self::Pager => "a pager",
            Self::Named(name) => name,
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// By itself, with this exit status.
    Code(i32),
    /// By a signal of this number.
    Signal(i32),
}

impl Ended {
    /// It ended well.
    pub fn is_good(self) -> bool {
        self == Self::Code(0)
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "ended with exit status {code}"),
            Self::Signal(number) => write!(f, "was ended by signal {number}"),
        }
    }
}

/// Takes in how it ended. What ended well has said so on the terminal.
pub(super) fn over(
    state: &mut State,
    now: Timestamp,
    ticket: Ticket,
    told: Result<Ended, String>,
    effects: &mut Vec<Effect>,
) {
    // Where there was no file of it nothing goes.
    effects.push(Effect::DropSheet(ticket));
    let inside = state.orders.visits.remove(&ticket);
    match (told, inside) {
        (Ok(ended), _) if ended.is_good() => {}
        // A shell ends with the status of the last command: that is no news of ours, but what it was.
        (Ok(ended), Some(inside)) => {
            state.say(now, format!("the shell {ended} · {inside}"), false);
        }
        (Ok(ended), None) => state.say(now, format!("what had the terminal {ended}"), true),
        (Err(why), _) => state.say(now, why, true),
    }
}
