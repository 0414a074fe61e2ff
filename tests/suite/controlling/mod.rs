//! The controller of QARuns on the embedded cluster, in virtual time: what becomes of a run, and that nothing goes wrong when it ends anywhere.
//! Apart from the unit tests, because a workflow must run for it.

mod chaos;
mod crash;
mod deciding;
mod stories;
mod weather;
pub mod world;
