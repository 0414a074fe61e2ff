//! One file per screen, named as in `app/screens`.
//! Apart from the lines around them.

mod columns;
pub mod failures;
pub mod origins;
pub mod run;
pub mod runs;
mod task;
pub mod tasks;
