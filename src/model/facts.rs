//! What only the whole object tells about a run, folded into a few words: progress, times, what failed or what it waits for.
//! Apart from [`super::workflow`], because facts are kept for thousands of runs and whole workflows for one.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::phase::{State, StepPhase};
use super::progress::Progress;
use super::row::Row;
use super::usual::Took;

/// Steps that passed at a later try which are remembered of one run.
pub const FLAKY: usize = 8;

/// A run and what its object says. Made by `wire` from a full Workflow, trimmed while decoding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The same as the row feed carries, so that a full object alone is enough.
    pub row: Row,
    /// `status.startedAt`.
    pub started: Option<Timestamp>,
    /// `status.finishedAt`.
    pub finished: Option<Timestamp>,
    /// `status.progress`.
    pub progress: Option<Progress>,
    /// `status.estimatedDuration` in seconds: the controller's guess from the last run of the same origin.
    pub estimated: Option<u64>,
    /// `spec.shutdown` (`Stop`, `Terminate`), where set.
    pub shutdown: Option<Arc<str>>,
    /// What holds or broke the run.
    pub cause: Cause,
    /// Leaves by state (a leaf is a step that does work of its own: pod, suspend, HTTP, plugin; attempts of one step count once).
    pub leaves: Leaves,
    /// The widest fan-out that is not over, if any.
    pub fan_out: Option<FanOut>,
    /// Display names of steps that passed only when they were tried again, at most [`FLAKY`].
    #[serde(default)]
    pub flaky: Box<[Arc<str>]>,
    /// Seconds of work that were done before it was retried and are not done again.
    #[serde(default)]
    pub kept: u64,
    /// How long its steps took, once it is over: until that is kept elsewhere.
    #[serde(default)]
    pub took: Box<[Took]>,
    /// Where the steps were read from.
    pub nodes: NodesSource,
}

impl Facts {
    /// How many of its steps are done, of those that are known and not skipped: attempts of one step count once, as in the
    /// tree. Argo's own count, in which a failed attempt counts for ever, where the steps cannot be read.
    pub fn steps(&self) -> Option<Progress> {
        let counted = Progress {
            done: u64::from(self.leaves.ok),
            total: u64::from(self.leaves.total() - self.leaves.skipped),
        };
        let steps = match self.leaves.total() {
            0 => self.progress,
            _ => Some(counted),
        };
        steps.filter(|steps| steps.total > 0)
    }
}

/// Why a run is where it is. Where several hold, [`super::cause`] says which one matters most.
/// Source of what the objects say: Argo v4.1.2 seen live (suspend, locks, queue, pods, backoff).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cause {
    /// Nothing to say: it works, or it ended well.
    None,
    /// The root failing leaf of a run that ended badly; of a run that goes on, of what failed so far and was not made good.
    Failed(LeafFault),
    /// A Suspend step runs without a duration: a person must decide.
    Approval {
        /// Display name of the step.
        step: Arc<str>,
        /// Its message or its template's description, for the one who decides.
        text: Option<Arc<str>>,
        /// Since when it waits.
        since: Option<Timestamp>,
    },
    /// `spec.suspend`, or a Suspend step with a duration.
    Suspended {
        /// Display name of the step; `None` where the whole workflow is suspended.
        step: Option<Arc<str>>,
        /// When a timed pause ends.
        until: Option<Timestamp>,
    },
    /// Waits for a mutex or semaphore, of the workflow or of a step.
    Lock {
        /// `ns/Mutex/release`, `ns/ConfigMap/sizes/wf`.
        lock: Arc<str>,
        /// Who holds it: `ns/workflow` or `ns/workflow/node-id`.
        holders: Vec<Arc<str>>,
        /// The waiting step; `None` where the whole workflow waits.
        step: Option<Arc<str>>,
    },
    /// Postponed by the namespace's or the controller's parallelism limit.
    Queue,
    /// A pod cannot start: image, scheduling, configuration, volume.
    Blocked {
        /// Display name of the step.
        step: Arc<str>,
        /// `ImagePullBackOff`, `Unschedulable`, `CreateContainerConfigError` …; what every pod passes through
        /// (`PodInitializing`, `ContainerCreating`, `Pending` where nothing is said) only means something when it lasts.
        reason: Arc<str>,
        /// The rest of the message.
        text: Option<Arc<str>>,
        /// When the step was created.
        since: Option<Timestamp>,
    },
    /// A failed attempt waits before it is tried again.
    Backoff {
        /// Display name of the step.
        step: Arc<str>,
        /// Attempts so far.
        attempts: usize,
        /// When the next attempt is due, where it can be told.
        until: Option<Timestamp>,
        /// What the last attempt died of.
        last: Option<Arc<str>>,
    },
    /// It works; these steps run now.
    Running {
        /// Display name of the step that started last.
        step: Arc<str>,
        /// How many others run beside it.
        others: usize,
    },
    /// Nothing is active: no step runs, waits or is about to start. Normal for seconds, a hang after minutes.
    Idle {
        /// When the last thing happened to a step.
        since: Option<Timestamp>,
    },
    /// The workflow itself is refused or broken; no step is to blame.
    Workflow(Arc<str>),
    /// The steps are kept in Argo's database (`offloadNodeStatusVersion`) and cannot be read through the Kubernetes API.
    Offloaded,
}

/// The leaf at the root of a failure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeafFault {
    /// Display name of the step; of a fan-out item with its index.
    pub step: Arc<str>,
    /// Node id.
    pub node: Arc<str>,
    /// Failed or Error.
    pub phase: StepPhase,
    /// `exit 1`, `OOMKilled`, `deadline`, `pod deleted` … in two or three words.
    pub short: Arc<str>,
    /// Its message as the controller wrote it.
    pub message: Option<Arc<str>>,
    /// How many attempts were made, 1 without a retry strategy.
    pub attempts: usize,
    /// How many other leaves failed too.
    pub others: usize,
}

/// Leaves counted by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaves {
    /// Failed or Error.
    pub bad: u32,
    /// Running.
    pub running: u32,
    /// Pending, with a reason or without.
    pub pending: u32,
    /// Waiting for a lock.
    pub waiting: u32,
    /// Waiting for a person.
    #[serde(default)]
    pub human: u32,
    /// Waiting for a time.
    #[serde(default)]
    pub paused: u32,
    /// Succeeded.
    pub ok: u32,
    /// Skipped or Omitted.
    pub skipped: u32,
}

impl Leaves {
    /// All leaves.
    pub fn total(&self) -> u32 {
        self.told().iter().map(|(_, count)| count).sum()
    }

    /// Leaves that are open: they run, wait or are to come.
    pub fn open(&self) -> u32 {
        let open = self.told().into_iter().filter(|(state, _)| state.is_open());
        open.map(|(_, count)| count).sum()
    }

    /// How many there are in each state, in order of attention: the one order counts are told in.
    pub fn told(&self) -> [(State, u32); 8] {
        [
            (State::Failed, self.bad),
            (State::Approve, self.human),
            (State::Waiting, self.waiting),
            (State::Suspended, self.paused),
            (State::Running, self.running),
            (State::Pending, self.pending),
            (State::Succeeded, self.ok),
            (State::Skipped, self.skipped),
        ]
    }

    /// Adds the counts of others.
    pub fn merge(&mut self, other: Self) {
        self.bad += other.bad;
        self.running += other.running;
        self.pending += other.pending;
        self.waiting += other.waiting;
        self.human += other.human;
        self.paused += other.paused;
        self.ok += other.ok;
        self.skipped += other.skipped;
    }

    /// Counts one leaf.
    pub fn add(&mut self, state: State) {
        match state {
            State::Failed | State::Error => self.bad += 1,
            State::Running => self.running += 1,
            State::Pending | State::Stuck | State::NotStarted => self.pending += 1,
            State::Approve => self.human += 1,
            State::Waiting => self.waiting += 1,
            State::Suspended => self.paused += 1,
            State::Succeeded => self.ok += 1,
            State::Skipped => self.skipped += 1,
            State::Lost | State::Malformed => {}
        }
    }
}

/// A `withItems`, `withParam` or `withSequence` group and where its items are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FanOut {
    /// Display name of the group.
    pub step: Arc<str>,
    /// Its items.
    pub leaves: Leaves,
}

/// Where the steps of a workflow were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NodesSource {
    /// There are none yet.
    None,
    /// `status.nodes`.
    Inline,
    /// `status.compressedNodes`, with the name of the algorithm.
    Compressed(Compression),
    /// `status.offloadNodeStatusVersion`: in the database, out of reach.
    Offloaded,
    /// `status.compressedNodes` that could not be read, and why.
    Unreadable(Arc<str>),
}

/// Algorithms of `status.compressedNodes`. Source: Argo v4.1.2 `util/file/fileutil.go`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compression {
    /// Magic `1f 8b`.
    Gzip,
    /// Magic `28 b5 2f fd`.
    Zstd,
    /// Whatever has no other magic.
    Brotli,
}
