//! The one test crate: what the program is seen to do from outside, and what its sources promise.
//! Apart from the unit tests, which stand beside the code they test; one crate, because each links the whole program.

// A test that cannot go on has failed: that is what expect says.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod acting;
mod around;
mod artifacts;
mod asking;
mod bench;
mod blessed;
mod bridging;
mod budget;
mod cli;
mod comparing;
mod config;
mod contract;
mod controlling;
mod criteria;
mod editing;
mod exec;
mod failures;
mod forms;
mod forwarding;
mod handling;
mod headless;
mod hostile;
mod journeys;
mod k9s;
mod kubectl;
mod launching;
mod layering;
mod library;
mod living;
mod logs;
mod origins;
mod outcome;
mod picturing;
mod pty;
mod qaruns;
mod readme;
mod real;
mod recorded;
mod remembering;
mod replay;
mod reporting;
mod saying;
mod screens;
mod searching;
mod served;
mod shelling;
mod stepping;
mod tap;
mod tasks;
mod telling;
mod terminal;
