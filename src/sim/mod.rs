//! An embedded cluster: a Kubernetes API in this process, a pretended Argo that executes workflows on it, and a story to watch.
//! Apart from everything else: the console cannot tell it from a cluster, and only the command line and tests know it exists.
//!
//! ```text
//! request ─▶ api ─▶ store ◀─ argo (executes in virtual time) ◀─ scenario (new runs, people, plans)
//!            ▲                ▲
//!          serve            clock
//! ```
//!
//! Answers are shaped as a Kubernetes 1.36 API server with Argo Workflows 4.1.2 shapes them.

pub mod api;
pub mod argo;
pub mod bucket;
pub mod clock;
pub mod embedded;
pub mod patch;
pub mod resource;
pub mod rng;
pub mod scenario;
pub mod schema;
pub mod selector;
pub mod serve;
pub mod store;
#[cfg(test)]
pub(crate) mod testing;
mod told;

pub use embedded::{Embedded, Options};
pub use scenario::Scenario;
