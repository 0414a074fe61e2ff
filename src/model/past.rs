//! What stays of a run that ended: enough to say how often a template passes, how long it takes and what it stumbles over.
//! Apart from [`super::facts`], because the run itself is gone from the API minutes later.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::facts::{Cause, Facts};
use super::failure::CauseId;
use super::key::Key;
use super::mask::mask;
use super::phase::Phase;
use super::row::label;
use super::usual::Took;

/// Longest message that is kept, in characters.
const LONGEST: usize = 500;

/// A run that ended. Its texts are clean, and what looks like a credential in them is masked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// Namespace, name, uid.
    pub key: Key,
    /// What it was launched from, see [`super::row::Row::origin`].
    pub origin: Option<Arc<str>>,
    /// Task Master's task id.
    pub task: Option<Arc<str>>,
    /// The service under test.
    pub service: Option<Arc<str>>,
    /// How it ended.
    pub phase: Phase,
    /// `status.startedAt`.
    pub started: Option<Timestamp>,
    /// `status.finishedAt`.
    pub finished: Timestamp,
    /// What failed, where a step is to blame or the run itself says why.
    pub fault: Option<Fault>,
    /// Display names of steps that passed only when they were tried again.
    pub flaky: Vec<Arc<str>>,
    /// What it failed of, so that it is told with others after it is gone.
    #[serde(default)]
    pub cause: Option<CauseId>,
    /// How long its steps took.
    #[serde(default)]
    pub took: Vec<Took>,
}

/// What a run failed of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Display name of the step; `None` where the workflow itself is to blame.
    pub step: Option<Arc<str>>,
    /// `exit 1`, `OOMKilled` …; empty where there is only a message.
    pub short: Arc<str>,
    /// The message.
    pub message: Option<Arc<str>>,
}

impl Past {
    /// What stays of this run; `None` while it is not over.
    pub fn of(facts: &Facts) -> Option<Self> {
        let row = &facts.row;
        let finished = facts.finished.filter(|_| row.phase.is_done())?;
        let fault = match &facts.cause {
            _ if row.phase == Phase::Succeeded => None,
            Cause::Failed(fault) => Some(Fault {
                step: Some(fault.step.clone()),
                short: fault.short.clone(),
                message: fault.message.as_deref().map(kept),
            }),
            Cause::Workflow(message) => Some(Fault {
                step: None,
                short: "".into(),
                message: Some(kept(message)),
            }),
            _ => None,
        };
        Some(Self {
            key: row.key.clone(),
            origin: row.origin().cloned(),
            task: row.task().cloned(),
            service: row.label(label::SERVICE).cloned(),
            phase: row.phase,
            started: facts.started,
            finished,
            fault,
            flaky: facts.flaky.to_vec(),
            cause: CauseId::of(row, Some(facts)),
            took: facts.took.to_vec(),
        })
    }

    /// Seconds it took, where both ends are known.
    pub fn seconds(&self) -> Option<u64> {
        let seconds = self.finished.as_second() - self.started?.as_second();
        u64::try_from(seconds).ok()
    }

    /// It ended well.
    pub fn passed(&self) -> bool {
        self.phase == Phase::Succeeded
    }
}

fn kept(message: &str) -> Arc<str> {
    let masked = mask(message);
    masked.chars().take(LONGEST).collect::<String>().into()
}

/// How the runs of one template went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Runs that ended.
    pub runs: usize,
    /// Runs that ended well.
    pub passed: usize,
    /// Seconds in the middle of those that ended well and whose times are known.
    pub median: Option<u64>,
    /// Steps that failed a run or passed only when tried again, the most troublesome first.
    pub steps: Vec<Trouble>,
}

/// How often one step made trouble.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Its display name.
    pub step: Arc<str>,
    /// Runs it failed.
    pub failed: usize,
    /// Runs in which it passed only when tried again.
    pub flaky: usize,
}

impl Record {
    /// Of these runs, which are of one template.
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a Past>) -> Self {
        let mut record = Self::default();
        let mut seconds = Vec::new();
        let mut steps: std::collections::BTreeMap<Arc<str>, Trouble> = Default::default();
        let mut step = |name: &Arc<str>, count: fn(&mut Trouble)| {
            count(steps.entry(name.clone()).or_insert_with(|| Trouble {
                step: name.clone(),
                ..Trouble::default()
            }));
        };
        for past in runs {
            record.runs += 1;
            if past.passed() {
                record.passed += 1;
                seconds.extend(past.seconds());
            }
            if let Some(name) = past.fault.as_ref().and_then(|fault| fault.step.as_ref()) {
                step(name, |trouble| trouble.failed += 1);
            }
            for name in &past.flaky {
                step(name, |trouble| trouble.flaky += 1);
            }
        }
        seconds.sort_unstable();
        record.median = seconds.get(seconds.len() / 2).copied();
        record.steps = steps.into_values().collect();
        record
            .steps
            .sort_by_key(|trouble| std::cmp::Reverse(trouble.failed + trouble.flaky));
        record
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn past(name: &str, seconds: i64, fault: Option<&str>, flaky: &[&str]) -> Past {
        Past {
            key: Key::new("qa", name, name),
            origin: Some("nightly".into()),
            task: None,
            service: None,
            phase: match fault {
                None => Phase::Succeeded,
                Some(_) => Phase::Failed,
            },
            started: Some(Timestamp::from_second(1_000).unwrap()),
            finished: Timestamp::from_second(1_000 + seconds).unwrap(),
            fault: fault.map(|step| Fault {
                step: Some(step.into()),
                short: "exit 1".into(),
                message: None,
            }),
            flaky: flaky.iter().map(|step| Arc::from(*step)).collect(),
            cause: None,
            took: Vec::new(),
        }
    }

    #[test]
    fn a_template_is_told_by_its_runs() {
        let runs = [
            past("a", 60, None, &["load"]),
            past("b", 80, None, &[]),
            past("c", 5, Some("e2e"), &["load"]),
            past("d", 100, None, &["load"]),
        ];
        let record = Record::of(&runs);
        assert_eq!((record.runs, record.passed), (4, 3));
        assert_eq!(record.median, Some(80), "a failure is no measure of time");
        let told: Vec<_> = (record.steps.iter())
            .map(|step| (&*step.step, step.failed, step.flaky))
            .collect();
        assert_eq!(told, [("load", 0, 3), ("e2e", 1, 0)]);
    }

    #[test]
    fn what_is_kept_of_a_message_holds_no_credential_and_is_bounded() {
        let message = format!("login with password=hunter22 failed {}", "x".repeat(2_000));
        let kept = kept(&message);
        assert!(!kept.contains("hunter22"), "{kept}");
        assert_eq!(kept.chars().count(), LONGEST);
    }
}
