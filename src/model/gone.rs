//! Why the log of a step is not in the cluster any more, and whether it lies elsewhere.
//! Apart from reading logs: the object of the run tells it when the pods are gone.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::clock;
use super::phase::StepPhase;
use super::words;
use super::workflow::{Step, StepKind, Workflow};

/// What is known of a log that went with its pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Gone {
    /// The pod clean-up that explains it, and when it was due.
    pub by: Option<(Arc<str>, Option<Timestamp>)>,
    /// Whether it was archived.
    pub archive: Archive,
}

/// Whether a log was archived.
#[derive(Clone, Debug, PartialEq)]
pub enum Archive {
    /// As these artifacts.
    As(Vec<Arc<str>>),
    /// It should have been, and was not.
    Missing,
    /// Nobody asked for it.
    Off,
}

/// How long the controller leaves a pod unless `deleteDelayDuration` says otherwise. Source: Argo v4.1.2,
/// `POD_GC_DELETE_DELAY_DURATION`.
const DELAY: i64 = 5;

/// Whether a step has run in a pod of its own that can be gone: it is over, its result was not memoized, and it was not
/// refused a pod.
pub fn can_be(step: &Step) -> bool {
    let over = matches!(
        step.phase,
        StepPhase::Succeeded | StepPhase::Failed | StepPhase::Error
    );
    let refused = step.message.as_deref().is_some_and(words::is_refused);
    step.kind == StepKind::Pod && over && !step.cached && !refused
}

/// What is known of the log of a step whose pod is gone.
/// Source of the strategies: Argo v4.1.2, `PodGCStrategy`; of the artifact's name: `<container>-logs`.
pub fn of(workflow: &Workflow, step: &Step) -> Gone {
    let strategy = workflow.pod_gc.as_deref();
    let succeeded = step.phase == StepPhase::Succeeded;
    let all_succeeded = workflow.facts.row.phase == super::phase::Phase::Succeeded;
    let ended = match strategy {
        Some("OnPodCompletion") => Some(step.finished),
        Some("OnPodSuccess") if succeeded => Some(step.finished),
        Some("OnWorkflowCompletion") => workflow.facts.finished.map(Some),
        Some("OnWorkflowSuccess") if all_succeeded => Some(workflow.facts.finished),
        _ => None,
    };
    let delay = workflow.pod_gc_delay.as_deref();
    let delay = delay.and_then(clock::parse_seconds).unwrap_or(DELAY);
    let due = |at: Timestamp| at.checked_add(SignedDuration::from_secs(delay)).ok();
    let logs = step.artifacts.iter().filter(|name| name.ends_with("-logs"));
    let logs: Vec<Arc<str>> = logs.cloned().collect();
    Gone {
        by: workflow
            .pod_gc
            .clone()
            .zip(ended)
            .map(|(strategy, ended)| (strategy, ended.and_then(due))),
        archive: match (logs.is_empty(), workflow.archives) {
            (false, _) => Archive::As(logs),
            (true, true) => Archive::Missing,
            (true, false) => Archive::Off,
        },
    }
}

impl Gone {
    /// `gone: podGC OnPodCompletion ~02:14:05, no archive configured`. A time is an estimate: nobody wrote down when.
    pub fn told(&self, time: impl Fn(Timestamp) -> String) -> String {
        let by = match &self.by {
            Some((strategy, Some(at))) => format!("podGC {strategy} ~{}", time(*at)),
            Some((strategy, None)) => format!("podGC {strategy}"),
            None => "its pod was deleted, and not by a podGC of the run".to_string(),
        };
        let archive = match &self.archive {
            Archive::As(names) => format!("archived as {}", names.join(", ")),
            Archive::Missing => "archiveLogs is on, but nothing was archived".to_string(),
            Archive::Off => "no archive configured".to_string(),
        };
        format!("gone: {by}, {archive}")
    }
}
