//! The shell around `app` and `ui`: terminal, input, signals, the one queue, the log file.
//! Apart from what the program is, so that everything that waits, blocks or fails like a machine is in one room.

mod alert;
mod background;
mod browser;
mod clipboard;
pub mod config;
pub mod console;
pub mod decode;
pub mod effects;
pub mod headless;
mod hook;
pub mod input;
pub mod keeper;
pub mod logfile;
pub mod mailbox;
mod pen;
mod pending;
pub mod picture;
mod queue;
pub mod screen;
mod scroll;
pub mod signals;
pub mod terminal;
