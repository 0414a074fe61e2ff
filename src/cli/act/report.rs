//! What became of each object: a line for people, a record for programs.
//! Apart from doing it, because a rehearsal reports in the same shapes.

use std::sync::Arc;

use serde::Serialize;

use super::UNKNOWN;
use crate::cli::fail::FAILED;
use crate::model::act::{Kind, Order, Outcome, Preview, Request, Sent};
use crate::model::key::Key;
use crate::model::manifest::Piece;
use crate::model::text::clean_message;
use crate::runtime::acting::Done;

/// How it ended for one object.
#[derive(Debug)]
pub(super) enum End {
    /// It was only looked at.
    DryRun,
    /// A filter chose it, and it is not in a state for it.
    Skipped(String),
    /// It was not sent: something is in the way.
    Not(String),
    /// It was not sent, because others before it did not go well, or a person ended it.
    Unsent(String),
    /// It was sent, or found to be another object by then.
    Over(Done),
}

/// One object, and how far it is.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) order: Order,
    /// The step as people call it.
    pub(super) step: Option<Arc<str>>,
    /// What would be done, once that was read.
    pub(super) preview: Option<Box<Preview>>,
    /// How it ended; `None`: it is to be done.
    pub(super) end: Option<End>,
}

impl End {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::DryRun => "dry run",
            Self::Skipped(_) => "skipped",
            Self::Not(_) => "not applied",
            Self::Unsent(_) => "not sent",
            Self::Over(done) => done.outcome.word(),
        }
    }

    fn why(&self) -> Option<&str> {
        match self {
            Self::DryRun => None,
            Self::Skipped(why) | Self::Not(why) | Self::Unsent(why) => Some(why),
            Self::Over(done) => why(&done.outcome),
        }
    }

    /// The same for an object that was named.
    pub(super) fn meant(self) -> Self {
        match self {
            Self::Skipped(why) => Self::Not(why),
            other => other,
        }
    }

    /// Exit status of it.
    pub(super) fn status(&self) -> u8 {
        match self {
            Self::DryRun | Self::Skipped(_) => 0,
            Self::Over(done) => match done.outcome {
                Outcome::Applied { .. } => 0,
                Outcome::Unknown { .. } => UNKNOWN,
                Outcome::NotApplied { .. } | Outcome::Changed { .. } => FAILED,
            },
            Self::Not(_) | Self::Unsent(_) => FAILED,
        }
    }

    fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Over(done) => Some(&done.outcome),
            _ => None,
        }
    }
}

/// Why it has not happened, or nobody knows.
pub(super) fn why(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Applied { .. } => None,
        Outcome::NotApplied { why } | Outcome::Unknown { why } | Outcome::Changed { why } => {
            Some(why)
        }
    }
}

/// What is to be expected, and what was made.
pub(super) fn gains(outcome: Option<&Outcome>) -> (Option<&Arc<str>>, Option<&Key>) {
    match outcome {
        Some(Outcome::Applied { expect, made }) => (Some(expect), made.as_ref()),
        _ => (None, None),
    }
}

/// `retry payments/e2e-7`, with its kind where it is no workflow, and its step.
pub(super) fn subject(order: &Order, step: Option<&str>) -> String {
    let kind = match order.kind {
        Kind::Workflow => String::new(),
        kind => format!("{} ", kind.name()),
    };
    let key = &order.key;
    let step = step.map_or(String::new(), |step| format!(" ({step})"));
    format!("{} {kind}{key}{step}", order.operation.verb())
}

impl Item {
    /// An order of which nothing is known yet.
    pub(super) fn open(order: Order) -> Self {
        Self {
            order,
            step: None,
            preview: None,
            end: None,
        }
    }

    /// `retry payments/e2e-7 (build)`.
    pub(super) fn subject(&self) -> String {
        subject(&self.order, self.step.as_deref())
    }

    /// One line on how it ended.
    pub(super) fn line(&self, end: &End) -> String {
        let detail = match (end.why(), gains(end.outcome())) {
            (Some(why), _) => match end {
                End::Over(Done {
                    outcome: Outcome::Changed { .. },
                    ..
                }) => format!(": {why}; nothing was sent"),
                _ => format!(": {why}"),
            },
            (None, (Some(expect), Some(made))) => {
                let rest = expect.strip_prefix("made").unwrap_or(expect);
                format!(": made {made}{rest}")
            }
            (None, (Some(expect), None)) => format!(": {expect}"),
            (None, (None, _)) => String::new(),
        };
        let kept = match end {
            End::Over(Done {
                trash: Some(file), ..
            }) => format!("; its manifest is kept in {file}"),
            _ => String::new(),
        };
        let text = format!("{}: {}{detail}{kept}", self.subject(), end.word());
        format!("{}\n", clean_message(&text))
    }

    /// The name of what was changed or made, where something was.
    pub(super) fn name(&self, end: &End) -> Option<String> {
        let Some(Outcome::Applied { made, .. }) = end.outcome() else {
            return None;
        };
        Some(format!("{}\n", made.as_ref().unwrap_or(&self.order.key)))
    }

    /// As programs read it.
    pub(super) fn record(&self) -> Record<'_> {
        let end = self.end.as_ref();
        let preview = self.preview.as_deref();
        let texts = |of: fn(&Preview) -> &Vec<Arc<str>>| preview.map_or(&[][..], |all| of(all));
        let (sent, trash) = match end {
            Some(End::Over(done)) => (Some(&done.sent[..]), done.trash.as_ref()),
            _ => (None, None),
        };
        let requests = match (sent, preview) {
            (Some(sent), _) => sent.iter().map(Asked::sent).collect(),
            (None, Some(preview)) => preview.requests.iter().map(Asked::of).collect(),
            (None, None) => Vec::new(),
        };
        Record {
            head: Head::of(&self.order),
            step: self.order.operation.step().filter(|id| !id.is_empty()),
            outcome: end.map_or("not sent", End::word),
            why: end.and_then(End::why),
            expect: gains(end.and_then(End::outcome)).0,
            made: gains(end.and_then(End::outcome)).1.map(Made::of),
            requests,
            says: texts(|preview| &preview.says),
            warns: texts(|preview| &preview.warns),
            again: texts(|preview| &preview.again),
            pods: texts(|preview| &preview.pods),
            equivalent: preview.and_then(|preview| preview.equivalent.as_ref()),
            trash,
            diff: preview.map_or_else(Vec::new, |preview| unified(&preview.diff).collect()),
        }
    }
}

/// Lines of a difference with their marks.
pub(super) fn unified(pieces: &[Piece]) -> impl Iterator<Item = String> {
    pieces
        .iter()
        .map(|piece| format!("{}{}", piece.side.mark(), piece.text))
}

/// One object as JSON has it. The names and meanings of these fields stay as they are; new ones may be added.
#[derive(Debug, Serialize)]
pub(super) struct Record<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    /// Node id.
    step: Option<&'a Arc<str>>,
    outcome: &'static str,
    why: Option<&'a str>,
    expect: Option<&'a Arc<str>>,
    made: Option<Made<'a>>,
    /// Those that were sent; of what was not, those that would be.
    requests: Vec<Asked<'a>>,
    says: &'a [Arc<str>],
    warns: &'a [Arc<str>],
    again: &'a [Arc<str>],
    pods: &'a [Arc<str>],
    equivalent: Option<&'a Arc<str>>,
    trash: Option<&'a Arc<str>>,
    /// Lines of a unified difference, only of an edit; credentials are masked.
    diff: Vec<String>,
}

/// Which object, and what is asked of it.
#[derive(Debug, Serialize)]
pub(super) struct Head<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
    kind: &'a str,
    operation: &'static str,
}

impl<'a> Head<'a> {
    pub(super) fn of(order: &'a Order) -> Self {
        Self {
            namespace: &order.key.namespace,
            name: &order.key.name,
            uid: order.key.uid.as_str(),
            kind: order.kind_name(),
            operation: order.operation.verb(),
        }
    }
}

/// An object that was made.
#[derive(Debug, Serialize)]
pub(super) struct Made<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
}

impl<'a> Made<'a> {
    pub(super) fn of(key: &'a Key) -> Self {
        Self {
            namespace: &key.namespace,
            name: &key.name,
            uid: key.uid.as_str(),
        }
    }
}

/// A request, and its answer where it was sent.
#[derive(Debug, Serialize)]
pub(super) struct Asked<'a> {
    method: &'a str,
    path: &'a str,
    body: &'a str,
    /// `ok`, or what went wrong; `null`: it was not sent.
    answer: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn of(request: &'a Request) -> Self {
        Self {
            method: &request.method,
            path: &request.path,
            body: &request.body,
            answer: None,
        }
    }

    pub(super) fn sent(sent: &'a Sent) -> Self {
        Self {
            answer: Some(&sent.answer),
            ..Self::of(&sent.request)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::act::Operation;

    fn item(outcome: Outcome) -> Item {
        let done = Done {
            outcome,
            sent: Vec::new(),
            trash: None,
            untold: Vec::new(),
        };
        Item {
            end: Some(End::Over(done)),
            step: Some("bu\u{1b}ild".into()),
            ..Item::open(Order {
                kind: Kind::Workflow,
                key: Key::new("payments", "e2e-7", "u"),
                operation: Operation::RetryStep {
                    step: "e2e-7-1".into(),
                },
            })
        }
    }

    #[test]
    fn what_nobody_knows_has_a_status_of_its_own_and_outweighs_a_failure() {
        let why = || "no answer came".into();
        for (outcome, status, line) in [
            (
                Outcome::Unknown { why: why() },
                3,
                "unknown: no answer came",
            ),
            (
                Outcome::NotApplied { why: why() },
                1,
                "not applied: no answer came",
            ),
            (
                Outcome::Changed { why: why() },
                1,
                "changed: no answer came; nothing was sent",
            ),
            (
                Outcome::Applied {
                    expect: "taken".into(),
                    made: None,
                },
                0,
                "applied: taken",
            ),
        ] {
            let item = item(outcome);
            let told = item.end.as_ref().map(|end| (end.status(), item.line(end)));
            let line = format!("retry step payments/e2e-7 (bu␛ild): {line}\n");
            assert_eq!(told, Some((status, line)));
        }
        // The highest of all is the exit status.
        const { assert!(UNKNOWN > FAILED) };
    }
}
