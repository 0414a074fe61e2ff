//! The workflow templates of this program: a QARun's spec in, a plain Argo Workflow out.
//! Apart from the controller that creates them: pure, so that what would be created can be shown, checked and tested without a cluster.
//!
//! A workflow is put together here from a few shapes, field by field; nothing of a spec is merged into it as JSON. What Kubernetes
//! and Argo would expand in a text (`$(NAME)`, `{{name}}`) is shielded or refused ([`safe`]), and what a person wrote reaches a
//! shell only as an argument of [`container`]'s script, never as part of it.
//!
//! | kind of criterion | where it runs | who judges | what it leaves |
//! |---|---|---|---|
//! | `command` | a pod of its own image | the script around it: exit 0 met, 1 not met, 125 nobody can say | outputs `verdict`, `evidence` |
//! | `junit` | the same | the same script, by the report beside the exit code | the same, and the report as an artifact |
//! | `http` | Argo's agent | its `successCondition` | the body as `result` |
//! | `metric` | Argo's agent | its `successCondition` over every series | the same |
//! | `manual` | nowhere: a suspended node | a person, by approving or rejecting | output `note` |
//!
//! [`judge::about`] says which criterion a node is of, [`judge::judge`] reads its end back as a verdict, [`findings::of`] has
//! those of a whole workflow.

mod catalogue;
mod check;
mod container;
mod definition;
pub mod findings;
mod flow;
mod foreign;
pub mod judge;
mod lint;
mod problem;
mod request;
pub mod safe;
mod step;
mod workflow;

pub use catalogue::{Entry, Parameter, entries, entry};
pub use check::check;
pub use container::resources;
pub use definition::definition;
pub use lint::lint;
pub use problem::Problem;
pub use workflow::{Made, render, render_template};

/// Name of the step of a criterion: its id. Steps of one run in several environments have the same name below different nodes.
pub fn step_name(id: &str) -> &str {
    id
}

/// What nodes of environments begin with.
const NODE: &str = "env-";

/// Name of the node below which an environment is verified, where there are several.
pub fn environment_node(name: &str) -> String {
    format!("{NODE}{name}")
}

/// The output parameters of steps, and of the whole workflow.
pub mod output {
    /// `pass`, `fail` or `inconclusive`.
    pub const VERDICT: &str = "verdict";
    /// The last lines of what was printed, after what is wrong.
    pub const EVIDENCE: &str = "evidence";
    /// What the person who approved wrote.
    pub const NOTE: &str = "note";
    /// The JUnit report, an artifact.
    pub const JUNIT: &str = "junit";
}
