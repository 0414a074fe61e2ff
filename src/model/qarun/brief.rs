//! A QARun as a list of runs knows it: what the server prints of it, and what that comes to.
//! Apart from the whole object, which is read only while somebody looks at one.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Builtin, Phase, Verdict};
use crate::model::key::Key;
use crate::model::phase::{self, State};
use crate::model::progress::Progress;
use crate::model::row::{Row, label};

/// Seconds after which a QARun that no controller has looked at counts as lost.
const LOST_AFTER: i64 = 60;

/// What the columns of one say. All text is clean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// As the row of a run: namespace, name, uid, version, labels (those of task and service among them), and the phase
    /// a workflow would have.
    pub row: Row,
    /// `status.phase`; `None`: no controller has seen it.
    pub phase: Option<Phase>,
    /// `status.verdict`.
    pub verdict: Option<Verdict>,
    /// Criteria that have a verdict, of how many.
    pub progress: Option<Progress>,
    /// Names of the environments, by commas.
    pub environment: Option<Arc<str>>,
    /// The attempt it is at, from 1; `None` before the first.
    pub attempt: Option<u32>,
    /// The attempt that was asked for.
    pub asked: u32,
    /// How often it is tried again by itself.
    pub retries: u32,
    /// `spec.suspend`.
    pub suspended: bool,
    /// `spec.shutdown`: `Stop` or `Terminate`.
    pub shutdown: Option<Arc<str>>,
    /// When the first attempt started.
    pub started: Option<Timestamp>,
    /// When the last attempt ended.
    pub finished: Option<Timestamp>,
    /// When the next attempt starts.
    pub next: Option<Timestamp>,
}

impl Brief {
    /// Namespace, name, uid.
    pub fn key(&self) -> &Key {
        &self.row.key
    }

    /// It ended.
    pub fn is_over(&self) -> bool {
        self.phase.as_ref().is_some_and(Phase::is_over)
    }

    /// No workflow can be made of its spec: the message says what is wrong with it. Source: `controller::record::refused`.
    pub fn is_refused(&self) -> bool {
        self.phase == Some(Phase::Pending) && self.attempt.is_none() && self.row.message.is_some()
    }

    /// The workflow of this attempt, as far as it is, tells more than the QARun: it is the one at work, or the last one of a
    /// run that is over. One that has ended while the QARun waits for the next attempt does not.
    pub fn is_told_by(&self, attempt: u32, work: &Row) -> bool {
        let latest = attempt >= self.attempt.unwrap_or(0);
        let between = work.phase.is_done()
            && matches!(self.phase, None | Some(Phase::Pending | Phase::Suspended));
        latest && !between
    }

    /// What a person needs to know of it while no workflow tells more.
    pub fn state(&self, now: Timestamp) -> State {
        let waited = self
            .row
            .created
            .map_or(0, |at| now.duration_since(at).as_secs());
        match &self.phase {
            _ if self.row.malformed.is_some() => State::Malformed,
            None if self.suspended => State::Suspended,
            None if waited > LOST_AFTER => State::Lost,
            None => State::Pending,
            Some(Phase::Pending) if self.is_refused() => State::Stuck,
            Some(Phase::Pending) if self.next.is_some() => State::Waiting,
            // Nothing goes on without a person.
            Some(Phase::Suspended) if !self.suspended && self.attempt.is_some() => State::Approve,
            Some(phase) => phase.state(),
        }
    }

    /// How it ended, if it did: this is what counts, whatever the workflow's own end is.
    pub fn end(&self) -> Option<State> {
        self.is_over().then(|| self.state(Timestamp::UNIX_EPOCH))
    }

    /// What is told of it beside why it is as it is: verdict, criteria, attempt, service, as far as they are known.
    pub fn told(&self) -> Vec<String> {
        let service = self.row.label(label::SERVICE).map(ToString::to_string);
        let verdict = self.verdict.map(|verdict| verdict.word().to_owned());
        let parts = [verdict, self.criteria(), self.attempts(), service];
        parts.into_iter().flatten().collect()
    }

    /// `attempt 2 of 3`; nothing where there is only one.
    pub fn attempts(&self) -> Option<String> {
        let at = self.attempt?;
        let most = at.max(self.asked.saturating_add(self.retries));
        match (at, self.is_over()) {
            (1, _) if most == 1 => None,
            // What is over is not tried again by itself.
            (1, true) => None,
            (at, true) => Some(format!("attempt {at}")),
            (at, false) => Some(format!("attempt {at} of {most}")),
        }
    }

    /// `3 of 4 criteria`: how many have a verdict.
    pub fn criteria(&self) -> Option<String> {
        let progress = self.progress.filter(|progress| progress.total > 0)?;
        Some(match (progress.total, self.is_over()) {
            (1, true) => "1 criterion".to_owned(),
            (all, true) => format!("{all} criteria"),
            (all, false) => format!("{} of {all} criteria", progress.done),
        })
    }

    /// Name of the template its workflows are made of, where none is named.
    pub fn template_of(environments: Option<&str>) -> &'static str {
        match environments {
            Some(names) if names.contains(',') => Builtin::MultiEnvironment.name(),
            _ => Builtin::Acceptance.name(),
        }
    }

    /// The phase of a workflow that is as far as a QARun in this phase.
    pub fn as_workflow(phase: Option<&Phase>) -> phase::Phase {
        match phase {
            None => phase::Phase::New,
            Some(Phase::Pending | Phase::Suspended) => phase::Phase::Pending,
            Some(Phase::Running) => phase::Phase::Running,
            Some(Phase::Succeeded) => phase::Phase::Succeeded,
            Some(Phase::Failed | Phase::Cancelled) => phase::Phase::Failed,
            Some(Phase::Error) => phase::Phase::Error,
            Some(Phase::Other(_)) => phase::Phase::Unknown,
        }
    }
}
