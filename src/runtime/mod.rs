//! The shell around `app` and `ui`: terminal, input, signals, the one queue, the log file.
//! Apart from what the program is, so that everything that waits, blocks or fails like a machine is in one room.

pub mod acting;
mod alert;
pub mod aside;
mod background;
mod browser;
mod clipboard;
mod clock;
pub mod config;
pub mod console;
pub mod decode;
pub mod effects;
pub mod ends;
mod envelope;
pub mod fetching;
pub mod headless;
mod hook;
pub mod input;
pub mod journal;
pub mod keeper;
pub mod logfile;
pub mod mailbox;
pub mod past;
mod pen;
mod pending;
pub mod picture;
mod private;
mod queue;
mod saving;
pub mod screen;
mod scroll;
pub mod session;
pub mod sheet;
pub mod signals;
mod slot;
mod standing;
pub mod terminal;
