//! The program as a value: state, messages, effects, and the one function that changes the state.
//! Apart from cells and from the world: nothing here draws, waits or asks the time.

mod act;
mod choosing;
pub mod command;
pub mod config;
pub mod copy;
pub mod cursor;
pub mod drawn;
pub mod editor;
pub mod effect;
mod finder;
pub mod fleet;
pub mod focus;
pub mod fuzzy;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod line;
pub mod log;
mod moving;
pub mod msg;
pub mod overlay;
mod prompt;
pub mod query;
pub mod screens;
pub mod search;
mod seeking;
pub mod select;
pub mod state;
pub mod steps;
pub mod trail;
pub mod update;
