//! The only Kubernetes client code: connecting, feeds that survive every fault, logs, single reads.
//! Apart from the program it feeds, so that the same feeds serve console, scripts and tests, on a cluster or in the process.

pub mod acting;
mod agents;
pub mod applying;
pub mod archived;
pub mod claude;
mod client;
mod compared;
mod comparing;
pub mod connect;
mod daytime;
mod decode;
mod editing;
pub mod error;
pub mod exec;
pub mod feed;
pub mod fleet;
pub mod guard;
pub mod held;
pub mod ledger;
pub mod lines;
pub mod logs;
pub mod objects;
pub mod origins;
pub mod pace;
pub mod plain;
pub mod qaruns;
mod reader;
pub mod request;
mod rights;
pub mod run;
pub mod store;
pub mod watch;
pub use crate::model::yaml;

#[cfg(test)]
mod client_tests;
#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod feed_tests;
#[cfg(test)]
mod log_tests;
#[cfg(test)]
mod seen;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod testing_runs;

pub use connect::{Cluster, ServerInfo, Target, contexts};
pub use fleet::FleetEvent;
pub use held::Near;
