//! Lines of pod logs, as a screen and a script want them.
//! Apart from the streams, so that merging, searching and wrapping are pure.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which container of which pod a line came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogSource {
    /// Display name of the step the pod runs, or the pod's name where no step is known.
    pub step: Arc<str>,
    /// Pod name.
    pub pod: Arc<str>,
    /// Container name.
    pub container: Arc<str>,
}

/// One line. `text` is clean: it holds no control character and no escape sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// The kubelet's timestamp; `None` on a line that came without one.
    pub at: Option<Timestamp>,
    /// Where it came from.
    pub source: Arc<LogSource>,
    /// The line without its end.
    pub text: Arc<str>,
}

/// What a log stream reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LogEvent {
    /// Lines in arrival order.
    Lines(Vec<LogLine>),
    /// A container's stream opened.
    Opened(Arc<LogSource>),
    /// A container's stream ended: the container is done or the pod is gone.
    Ended(Arc<LogSource>),
    /// A container's stream cannot be read now; it is tried again.
    Failed(Arc<LogSource>, super::trouble::Trouble),
    /// Which containers there are cannot be learnt: refused, or not answered for half a minute. Lines of the containers
    /// known go on; it is tried again.
    Refused(super::trouble::Trouble),
    /// A bound dropped lines of this container that nobody will see.
    Dropped(Arc<LogSource>, u64),
    /// Every container that exists was read, and the run is over: nothing more will come.
    Complete,
}
