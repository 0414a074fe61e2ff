//! Lines of pod logs, as a screen and a script want them.
//! Apart from the streams, so that merging, searching and wrapping are pure.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hue::Hue;

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

impl LogSource {
    /// Of a text that no container wrote.
    pub fn nobody() -> Self {
        Self {
            step: "".into(),
            pod: "".into(),
            container: "".into(),
        }
    }

    /// The name of a step where several runs are one log.
    pub fn step_of(run: &str, step: &str) -> Arc<str> {
        format!("{run}/{step}").into()
    }
}

/// A piece of a line that came with a colour of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tint {
    /// Byte at which it begins.
    pub from: u32,
    /// The byte after its last one.
    pub to: u32,
    /// The colour.
    pub hue: Hue,
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
    /// Its colours, in order and apart; most lines have none.
    #[serde(default)]
    pub tints: Option<Arc<[Tint]>>,
}

impl LogLine {
    /// A line without colours.
    pub fn new(at: Option<Timestamp>, source: Arc<LogSource>, text: impl Into<Arc<str>>) -> Self {
        Self {
            at,
            source,
            text: text.into(),
            tints: None,
        }
    }

    /// It is of Argo's own executor, not of the step's program.
    pub fn is_executor(&self) -> bool {
        let status = || self.text.strip_prefix("Error: exit status ");
        matches!(&*self.source.container, "init" | "wait" | "supervisor")
            || self.text.contains(" argo=true")
            || status().is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

/// How far back a log is read; unless said, from its first line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Not further back than this.
    pub since: Option<Timestamp>,
    /// At most so many lines of each container that were written before it was asked for.
    pub tail: Option<u32>,
}

/// What a log stream reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LogEvent {
    /// It is read anew: what was told before is told again, as far back as it reaches now.
    Begins,
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
