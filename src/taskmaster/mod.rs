//! Files of Task Master: who may write them now, and how they are replaced so that no reader ever sees half of one.
//! Apart from what stands in them (`wire::taskmaster`), which is text in and text out.
//!
//! Task Master, its own writers and we share one file, and nobody asks the others. What holds all the same:
//!
//! 1. We write only while we have the lock, of the kind that excludes both of Task Master's writers ([`lock`]).
//! 2. What is written was made of what was read under that lock; a file that changed in between is read again ([`replace`]).
//! 3. A file is replaced at once, never written into, and keeps its mode and the link that leads to it.
//! 4. Task Master reads before it locks and may put back what stood there before us ([`settle`] looks again, and writes again).

pub mod disk;
pub mod error;
pub mod load;
pub mod lock;
pub mod replace;
pub mod roots;
pub mod settle;

pub use disk::{Disk, Files, Real, Time};
pub use error::Error;
pub use load::{NoTasks, load};
pub use replace::{Done, replace};
pub use roots::{Root, Search};
pub use settle::{Settled, settle};

#[cfg(test)]
mod testing;
