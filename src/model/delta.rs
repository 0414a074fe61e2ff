//! How a watched collection changes, and how fresh it is.
//! Apart from the watch that produces it, so that the program above never sees a watch event.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::trouble::Trouble;

/// One change of a collection of `T`, in the order the server gave it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Delta<K, T> {
    /// The whole collection anew: what is not in it is gone.
    Reset(Vec<T>),
    /// A new or changed object.
    Put(T),
    /// The object is gone.
    Gone(K),
}

/// How fresh the objects of one source are. A source is one watch: a kind in a namespace or in all of them.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub enum Freshness {
    /// No answer yet; nothing can be said about the objects.
    #[default]
    Connecting,
    /// The first list is being read page by page; `remaining` is the server's count of what is still to come.
    Listing {
        /// Objects not read yet, where the server tells.
        remaining: Option<u64>,
    },
    /// Complete, and the watch is open.
    Live,
    /// Complete once, but the watch is broken since then; a reconnect is under way.
    Stale {
        /// When the last word of the server arrived.
        since: Timestamp,
        /// Why the watch broke.
        why: Trouble,
    },
    /// The server refuses or lacks this source; asked again from time to time.
    Denied {
        /// What it said.
        why: Trouble,
    },
}

/// What one source reports: changes of its objects, or of its freshness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FeedEvent<K, T> {
    /// The objects changed, in this order.
    Deltas(Vec<Delta<K, T>>),
    /// The freshness changed.
    Freshness(Freshness),
}

/// Name of a source: the namespace of its watch, or `None` for the whole cluster.
pub type SourceId = Option<Arc<str>>;

/// Which namespaces a person wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// All of them, as far as allowed.
    #[default]
    All,
    /// These, in the order they were named; never empty.
    Namespaces(Vec<Arc<str>>),
}
