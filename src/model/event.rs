//! Kubernetes events about a run and its pods.
//! Apart from messages of the program itself, which are never called events.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::Key;

/// One event, in either of the API's two shapes (count + times, or eventTime + series).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KubeEvent {
    /// The event's own key.
    pub key: Key,
    /// Kind of the object it is about.
    pub kind: Arc<str>,
    /// Name of the object it is about.
    pub object: Arc<str>,
    /// `Warning` instead of `Normal`.
    pub warning: bool,
    /// `FailedScheduling`, `BackOff` …
    pub reason: Arc<str>,
    /// The text.
    pub message: Arc<str>,
    /// How often it was seen.
    pub count: u32,
    /// When it was seen last.
    pub last: Option<Timestamp>,
}
