//! A log as text for files and pipes: each line with its time and the step it is of, as far as that is wanted.
//! Apart from the screen, which has columns for them.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::LogView;
use crate::model::log::{LogLine, LogSource};

/// What stands before the text of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// The time, RFC 3339 with milliseconds, in UTC.
    pub time: bool,
    /// `[step]`, and the container where it is not `main`.
    pub step: bool,
}

impl Before {
    /// Writes it; the text and the end of the line are the caller's.
    pub fn write(self, out: &mut String, line: &LogLine) {
        // Writing into a String cannot fail.
        if self.time
            && let Some(at) = line.at
        {
            let _ = write!(out, "{at:.3} ");
        }
        if self.step {
            let source = &line.source;
            let _ = match &*source.container {
                "main" => write!(out, "[{}] ", source.step),
                other => write!(out, "[{}/{other}] ", source.step),
            };
        }
    }
}

/// Lines on their way into a file: of a log, or of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// Where; `~/` is the home directory.
    pub path: Arc<str>,
    /// The lines.
    pub lines: Vec<LogLine>,
    /// Each begins with its step: they are of several.
    pub labelled: bool,
    /// What looks like a credential is masked.
    pub masked: bool,
}

impl Saved {
    /// A text of our own: lines of no container, at no time.
    pub fn text(path: &str, text: &str) -> Self {
        let source = Arc::new(LogSource::nobody());
        let lines = text.lines();
        Self {
            path: path.into(),
            lines: lines
                .map(|line| LogLine::new(None, source.clone(), line))
                .collect(),
            labelled: false,
            masked: true,
        }
    }
}

impl LogView {
    /// The lines that are shown, for a file.
    pub fn saved(&self, path: &str, masked: bool) -> Saved {
        let lines: Vec<LogLine> = self.shown().collect();
        let first = lines.first().map(|line| line.source.clone());
        let labelled = lines
            .iter()
            .any(|line| first.as_ref() != Some(&line.source));
        Saved {
            path: path.into(),
            lines,
            labelled,
            masked,
        }
    }
}
