//! What happens in an embedded cluster by itself: the demo's story, a large fleet, one large workflow, or nothing.
//! Apart from the cluster, which executes whatever it is given.

pub mod big;
pub mod fleet;
pub mod flood;
pub mod standing;
pub mod story;
#[cfg(test)]
mod tests;

use super::argo::Engine;

/// Which scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scenario {
    /// A cluster with namespaces and nothing in it.
    Empty,
    /// The demo.
    #[default]
    Story,
    /// Many workflows, for measuring.
    Fleet(fleet::Fleet),
    /// One run with this many nodes, twice: inline and compressed.
    Big {
        /// Nodes of each.
        nodes: usize,
    },
    /// One run with a very long log.
    Flood(flood::Flood),
}

/// Somebody who acts on the cluster as time goes.
pub trait Actor: Send {
    /// When they act next, milliseconds.
    fn next(&self) -> Option<i64>;
    /// They act.
    fn act(&mut self, engine: &mut Engine);
}
