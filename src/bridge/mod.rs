//! The bridge between tasks and QARuns: a task that reaches a status is verified once, and told what was found.
//! Apart from the console, and from the controller: this runs beside a checkout, knows files and objects, and nothing of
//! workflows.
//!
//! ```text
//!  tasks.json ──┐                                        ┌─▶ one QARun, created by its name
//!  QARuns ──────┼─▶ decide (pure): what is to be done ───┤
//!  rules, time ─┘                                        └─▶ one splice of tasks.json, under Task Master's lock
//! ```
//!
//! What holds whatever happens, with any number of bridges at work and each of them ended at any moment:
//!
//! 1. A version of what a task says has one QARun. Its name is made of project, tag, task and a digest of what is to be
//!    verified ([`run_name`]), so a second one cannot be created; that there was one stands in the task's `metadata.qaRun`, so
//!    that none is created again after it was deleted.
//! 2. Nothing is remembered: what is to be done is decided from the file and the objects alone ([`decide()`]).
//! 3. What is reported is made of the QARun alone, times included: two bridges write the same, and the second writes nothing.
//! 4. The status is changed in the same splice as `metadata.qaRun` and only from a status that is verified: what a person
//!    decided since stays, and what Task Master put back is put in place again, both together.
//! 5. No program is run, git least of all.
//! 6. Rules are read again whenever they change; one with a mistake changes nothing, and is told with its place.

mod decide;
mod report;
mod rules;
mod run;
mod saying;
mod source;
mod subject;
pub mod ticks;
mod work;

pub use decide::{Act, Held, Plan, View, decide, run_name};
pub use report::{Entry, KEY};
pub use rules::{Dependencies, Mistake, Rules};
pub use run::run;
pub use source::{FromFiles, Said};
pub use subject::{Source, Subject};
pub use work::{Bridge, Looked, Project};

/// What a bridge puts on the QARuns it creates.
pub mod label {
    /// The project, as a label: whose runs a bridge follows.
    pub const PROJECT: &str = "agents.platform/task-project";
    /// The task's id, as the platform's other runs have it.
    pub const TASK: &str = "task-id";
}

/// What stands beside the labels.
pub mod annotation {
    /// Digest of what is verified.
    pub const HASH: &str = "agents.platform/task-hash";
    /// Tag and id, as they are in the file.
    pub const TASK: &str = "agents.platform/task";
}
