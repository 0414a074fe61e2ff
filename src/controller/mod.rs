//! The controller of QARuns: it makes Argo do what a QARun asks for, and says in its status what came of it.
//! Apart from the console, which only reads that status: this room decides, and is the only one that writes without being asked.
//!
//! ```text
//!  watch ──▶ cache ──▶ queue ──▶ decide (pure) ──▶ apply: one request ──▶ cache ──▶ decide again, until there is nothing to do
//! ```
//!
//! What holds whatever happens, with any number of controllers at work and each of them ended at any moment:
//!
//! 1. An attempt has one workflow. Its number is raised in the status first, by a write that only one can win; its workflow has
//!    a name made of run, uid and number; a name that is taken is looked at, and adopted only where owner and spec are ours.
//!    It is created for a controller of Argo that there is not ([`NOBODY`](crate::model::qarun::NOBODY)), and begins only when its
//!    uid is in the status, which again only one can write: what a controller makes that was stopped before its request, and
//!    woke when all was over, is ended without one step of it having run.
//! 2. Nothing is remembered: a step is decided from the objects alone ([`decide()`]), so a new controller goes on where one ended.
//! 3. A workflow carries our finalizer from its creation until what it found is in the status; one that is gone before is said
//!    to be lost. A QARun carries it until none of its workflows does.
//! 4. Every write says of which version it is. An object older than what was written last is not looked at ([`cache`]).
//! 5. A status that says what is there already is not written.
//! 6. Times are the server's, as its answers tell it ([`Controller::now`]); what this machine believes is only taken before the first.

pub mod apply;
mod budget;
pub mod cache;
mod decide;
mod facts;
pub mod lease;
mod leaving;
pub mod metrics;
mod news;
pub mod queue;
mod record;
pub mod run;
pub mod serve;
pub mod status;

pub use apply::{Controller, Time};
pub use decide::{Action, Change, Known, Look, Step, decide};
pub use leaving::orphan;

use sha2::{Digest as _, Sha256};

use crate::model::qarun::Spec;
use crate::wire::qarun::QaRun;

/// Most characters of a run's name in the name of its workflows: with uid and number it is a label.
const NAME: usize = 48;

/// Name of the workflow of an attempt: `{run}-{uid8}-a{n}`; the end of a long name is left out.
pub fn workflow_name(run: &QaRun, attempt: u32) -> String {
    let name: String = run.metadata.name.chars().take(NAME).collect();
    let name = name.trim_end_matches(['-', '.']);
    format!("{name}-{}-a{attempt}", run.metadata.short_uid())
}

/// Digest of all of a spec that cannot change once a run has started.
pub fn digest(spec: &Spec) -> String {
    let fixed = Spec {
        suspend: None,
        shutdown: None,
        attempt: None,
        ttl: None,
        ..spec.clone()
    };
    // A spec is made of texts, numbers and lists of them: there is nothing that could not be written.
    let text = serde_json::to_vec(&fixed).unwrap_or_default();
    let hash = Sha256::digest(text);
    let hex: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}
