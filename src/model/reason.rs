//! One line for why a run is where it is: what to draw strong, what plain, and counts that get their glyphs on screen.
//! Apart from [`super::why`], which judges; this only finds the words.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::eta::{Eta, rough};
use super::facts::{Cause, Facts, LeafFault, Leaves};
use super::phase::{Phase, State, StepPhase};
use super::qarun::{self, Brief};
use super::row::Row;
use super::why::{age, current, is_retried, state};
use super::words;
use super::workflow::StepKind;

/// The line, in pieces that follow each other without anything between.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The pieces; never empty.
    pub spans: Vec<Span>,
}

/// A piece of a reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Span {
    /// What it comes down to: `exit 1`, `wants you`, `ImagePullBackOff`.
    Head(Arc<str>),
    /// The rest.
    Text(Arc<str>),
    /// Items of a fan-out by state, to be drawn with glyphs.
    Counts(Leaves),
}

impl Reason {
    /// The line as plain text; counts are spelled out.
    pub fn plain(&self) -> String {
        let mut line = String::new();
        for span in &self.spans {
            match span {
                Span::Head(text) | Span::Text(text) => line.push_str(text),
                Span::Counts(leaves) => line.push_str(&spell(leaves)),
            }
        }
        line
    }

    fn new(head: impl Into<Arc<str>>) -> Self {
        Self {
            spans: vec![Span::Head(head.into())],
        }
    }

    fn text(text: impl Into<Arc<str>>) -> Self {
        Self {
            spans: vec![Span::Text(text.into())],
        }
    }

    fn and(mut self, text: impl AsRef<str>) -> Self {
        if !text.as_ref().is_empty() {
            self.spans.push(Span::Text(text.as_ref().into()));
        }
        self
    }
}

fn spell(leaves: &Leaves) -> String {
    let word = |state| match state {
        State::Failed => "failed",
        State::Approve => "to approve",
        State::Waiting => "waiting",
        State::Suspended => "paused",
        State::Running => "running",
        State::Succeeded => "ok",
        State::Skipped => "skipped",
        _ => "pending",
    };
    let told = leaves.told().into_iter().filter(|(_, count)| *count > 0);
    let told: Vec<String> = told
        .map(|(state, count)| format!("{count} {}", word(state)))
        .collect();
    told.join(", ")
}

/// The line for a run; `None` where there is nothing to say, or nothing is known yet. An `eta` is told while it runs.
pub fn reason(
    row: &Row,
    facts: Option<&Facts>,
    now: Timestamp,
    eta: Option<Eta>,
) -> Option<Reason> {
    if let Some(fault) = &row.malformed {
        return Some(Reason::new("unreadable").and(format!(" · {fault}")));
    }
    let facts = current(row, facts);
    match row.phase {
        Phase::Succeeded => None,
        Phase::New => new_reason(row, facts, now),
        Phase::Pending => pending_reason(row, facts, now),
        Phase::Unknown => Some(Reason::new("unknown phase")),
        Phase::Running => facts.and_then(|facts| running_reason(row, facts, now, eta)),
        Phase::Failed | Phase::Error => facts
            .and_then(|facts| ended(row, facts, now))
            .or_else(|| of_message(row)),
    }
}

/// The line for a QARun of which no workflow tells more.
pub fn of_qarun(brief: &Brief, now: Timestamp) -> Option<Reason> {
    let said = brief.row.message.as_deref().unwrap_or_default();
    let rest = match said {
        "" => String::new(),
        said => format!(" · {said}"),
    };
    Some(match (brief.state(now), &brief.phase) {
        (State::Malformed, _) if brief.row.malformed.is_none() => Reason::new("unknown phase"),
        (State::Malformed, _) => Reason::new("unreadable"),
        (State::Lost, _) => {
            let waited = rough(age(brief.row.created, now).unsigned_abs());
            Reason::new("no controller").and(format!(" · nobody took it up for {waited}"))
        }
        (State::Stuck, _) => Reason::new("refused").and(rest),
        (State::Waiting, _) => {
            let wait = brief
                .next
                .map_or(0, |due| due.as_second() - now.as_second());
            let when = match u64::try_from(wait) {
                Ok(0) | Err(_) => "now".to_owned(),
                Ok(wait) => format!("in {}", rough(wait)),
            };
            Reason::new("next attempt").and(format!(" {when}{rest}"))
        }
        (State::Suspended, _) => {
            Reason::new("suspended").and(" · nothing is begun until it is resumed")
        }
        (_, Some(phase)) if *phase == qarun::Phase::Cancelled => Reason::new("cancelled").and(rest),
        (State::Succeeded, _) => return None,
        _ if said.is_empty() => return None,
        _ => Reason::text(said),
    })
}

/// How it ended badly. That a person ended it comes before what its steps made of that.
fn ended(row: &Row, facts: &Facts, now: Timestamp) -> Option<Reason> {
    let told = of_cause(row, &facts.cause, now);
    let word = match facts.shutdown.as_deref() {
        Some("Terminate") => "terminated",
        Some(_) => "stopped",
        None => return told,
    };
    // The run's own message says no more.
    let Some(told) = told.filter(|told| !words::is_shutdown(&told.plain())) else {
        return Some(Reason::new(word));
    };
    let mut spans = vec![Span::Head(word.into())];
    match told.spans.split_first() {
        // A step that only says the same.
        Some((Span::Head(head), rest)) if &**head == word => spans.extend_from_slice(rest),
        _ => {
            spans.push(Span::Text(" · ".into()));
            spans.extend(told.spans);
        }
    }
    Some(Reason { spans })
}

fn new_reason(row: &Row, facts: Option<&Facts>, now: Timestamp) -> Option<Reason> {
    if is_retried(row, facts) {
        return Some(Reason::new("retry asked").and(" · the controller has not begun"));
    }
    (state(row, facts, now) == State::Lost).then(|| {
        let waited = rough(age(row.created, now).unsigned_abs());
        Reason::new("no controller").and(format!(" · nobody took it up for {waited}"))
    })
}

fn pending_reason(row: &Row, facts: Option<&Facts>, now: Timestamp) -> Option<Reason> {
    if let Some(reason) = facts.and_then(|facts| of_cause(row, &facts.cause, now)) {
        return Some(reason);
    }
    let message = row.message.as_deref().unwrap_or_default();
    if words::is_queued(message) {
        return of_cause(row, &Cause::Queue, now);
    }
    if let Some(lock) = words::lock_waited_for(message) {
        return Some(Reason::new("lock").and(format!(" {}", lock_name(row, lock))));
    }
    if !message.is_empty() {
        return Some(Reason::text(message));
    }
    (state(row, facts, now) == State::Stuck).then(|| {
        let waited = rough(age(row.created, now).unsigned_abs());
        Reason::new("not started").and(format!(" for {waited}, and nothing says why"))
    })
}

fn running_reason(row: &Row, facts: &Facts, now: Timestamp, eta: Option<Eta>) -> Option<Reason> {
    let stopping = facts.shutdown.is_some();
    match &facts.cause {
        Cause::Suspended { step: None, .. } if stopping => {
            Some(Reason::new("cannot stop").and(" · it is suspended: resume it and it ends"))
        }
        _ if stopping => Some(Reason::new("stopping")),
        Cause::Running { step, others } => Some(works(facts, step, *others, eta)),
        Cause::Blocked { reason, .. } if words::is_starting(reason) => {
            let stuck = state(row, Some(facts), now) == State::Stuck;
            of_cause(row, &facts.cause, now).map(|line| estimated(line, eta.filter(|_| !stuck)))
        }
        Cause::None | Cause::Idle { .. } if state(row, Some(facts), now) != State::Stuck => {
            eta.map(|eta| Reason::text(estimate(eta)))
        }
        Cause::Failed(fault) => {
            let rest = match facts.leaves.running {
                0 => String::new(),
                some => format!(" · {some} still running"),
            };
            Some(of_fault(row, fault).and(rest))
        }
        cause => of_cause(row, cause, now),
    }
}

fn estimate(eta: Eta) -> String {
    match eta {
        Eta::Left(seconds) => format!("~{} left", rough(seconds)),
        Eta::Over(seconds) => format!("~{} over", rough(seconds)),
    }
}

/// The estimate in front of a line.
fn estimated(mut line: Reason, eta: Option<Eta>) -> Reason {
    if let Some(eta) = eta {
        let text = format!("{} · ", estimate(eta));
        line.spans.insert(0, Span::Text(text.into()));
    }
    line
}

fn works(facts: &Facts, step: &str, others: usize, eta: Option<Eta>) -> Reason {
    let line = match &facts.fan_out {
        Some(group) => {
            let mut line = Reason::text(format!("{} ", group.step));
            line.spans.push(Span::Counts(group.leaves));
            line
        }
        None if others > 0 => Reason::text(format!("{step} and {others} more")),
        None => Reason::text(step),
    };
    estimated(line, eta)
}

/// A failure without facts: the workflow's own message, unless it only names a child.
fn of_message(row: &Row) -> Option<Reason> {
    let message = row
        .message
        .as_deref()
        .filter(|text| !words::is_echo(text))?;
    let phase = if row.phase == Phase::Error {
        StepPhase::Error
    } else {
        StepPhase::Failed
    };
    let short = words::short_fault(Some(message), phase, StepKind::Pod);
    Some(told(&short, message))
}

/// A short word and what the message adds to it.
fn told(short: &str, message: &str) -> Reason {
    let more = words::beyond(message, short)
        .map(|more| format!(" · {more}"))
        .unwrap_or_default();
    Reason::new(short).and(more)
}

fn of_cause(row: &Row, cause: &Cause, now: Timestamp) -> Option<Reason> {
    Some(match cause {
        Cause::None | Cause::Running { .. } => return None,
        Cause::Failed(fault) => of_fault(row, fault),
        Cause::Approval { step, text, .. } => {
            let asks = text.as_ref().map(|text| format!(" · {text}"));
            Reason::new("wants you")
                .and(format!(": {step}"))
                .and(asks.unwrap_or_default())
        }
        Cause::Suspended { step: None, .. } => Reason::new("suspended"),
        Cause::Suspended {
            step: Some(step),
            until,
        } => Reason::new("paused")
            .and(format!(" · {step}"))
            .and(due(*until, now)),
        Cause::Lock {
            lock,
            holders,
            step,
        } => of_lock(row, lock, holders, step.as_deref()),
        Cause::Queue => Reason::new("queued").and(" · too many workflows are running"),
        Cause::Blocked {
            step,
            reason,
            text,
            since,
        } => {
            let about = text
                .as_ref()
                .map(|text| format!(" · {}", words::image(text).unwrap_or(text)));
            let lasts = words::is_starting(reason)
                .then(|| format!(" for {}", rough(age(*since, now).unsigned_abs())));
            Reason::new(reason.clone())
                .and(lasts.unwrap_or_default())
                .and(about.unwrap_or_default())
                .and(named(row, step))
        }
        Cause::Backoff {
            step,
            attempts,
            until,
            last,
        } => {
            let died = last.as_ref().map(|last| format!(" after {last}"));
            Reason::new("backoff")
                .and(format!(" · attempt {}", attempts + 1))
                .and(due(*until, now))
                .and(died.unwrap_or_default())
                .and(named(row, step))
        }
        Cause::Idle { since } => {
            let idle = rough(age(*since, now).unsigned_abs());
            Reason::new("nothing runs").and(format!(" for {idle}, and nothing says why"))
        }
        Cause::Workflow(text) => Reason::text(text.clone()),
        Cause::Offloaded => Reason::text("its steps are kept in Argo's database"),
    })
}

/// ` in 12m`; nothing where the moment is unknown or past.
fn due(until: Option<Timestamp>, now: Timestamp) -> String {
    until
        .map(|until| until.duration_since(now).as_secs())
        .filter(|&left| left > 0)
        .map(|left| format!(" in {}", rough(left.unsigned_abs())))
        .unwrap_or_default()
}

/// ` · step`, unless the step is the whole run; hooks of the run without its name.
fn named(row: &Row, step: &str) -> String {
    match step.strip_prefix(&*row.key.name) {
        Some("") => String::new(),
        Some(rest) if rest.starts_with('.') => format!(" · {}", &rest[1..]),
        _ => format!(" · {step}"),
    }
}

fn of_fault(row: &Row, fault: &LeafFault) -> Reason {
    let attempts = match fault.attempts {
        0 | 1 => String::new(),
        many => format!(" · {many} attempts"),
    };
    let others = match fault.others {
        0 => String::new(),
        some => format!(" · and {some} more"),
    };
    let more = fault
        .message
        .as_deref()
        .and_then(|message| words::beyond(message, &fault.short))
        .map(|more| format!(" · {more}"));
    Reason::new(fault.short.clone())
        .and(named(row, &fault.step))
        .and(more.unwrap_or_default())
        .and(others)
        .and(attempts)
}

fn of_lock(row: &Row, lock: &str, holders: &[Arc<str>], step: Option<&str>) -> Reason {
    let held = match holders {
        [] => String::new(),
        [one] => format!(" held by {}", holder(row, one)),
        [one, more @ ..] => format!(" held by {} and {} more", holder(row, one), more.len()),
    };
    Reason::new("lock")
        .and(format!(" {}", lock_name(row, lock)))
        .and(held)
        .and(step.map(|step| named(row, step)).unwrap_or_default())
}

/// `checkout/Mutex/staging` is `staging` to its neighbours and `checkout/staging` to others: of which sort it is helps
/// nobody who waits.
pub(super) fn lock_name(row: &Row, lock: &str) -> String {
    match lock.split('/').collect::<Vec<_>>().as_slice() {
        [namespace, "Mutex" | "ConfigMap" | "Database", rest @ ..] if !rest.is_empty() => {
            if **namespace == *row.key.namespace {
                return rest.join("/");
            }
            format!("{namespace}/{}", rest.join("/"))
        }
        _ => lock.to_string(),
    }
}

/// `ns/workflow/node-id` is `workflow` to its neighbours and `ns/workflow` to others.
pub(super) fn holder(row: &Row, holder: &str) -> String {
    match holder.split('/').collect::<Vec<_>>().as_slice() {
        [namespace, workflow, ..] if **namespace == *row.key.namespace => (*workflow).to_string(),
        [namespace, workflow, ..] => format!("{namespace}/{workflow}"),
        _ => holder.to_string(),
    }
}
