//! A QARun: what is to be verified, how, and what came of it. The nouns of `agents.platform/v1`, as they are written.
//! Apart from `wire::qarun`, which is the object around them and its definition, so that templates are rendered from nouns alone.
//!
//! Field names on the wire are those of the definition (`wire/qarun/crd.yaml`), in camel case; a test holds the two together.
//! What need not be said is an `Option` or an empty list and is left out when written; what holds where nothing is said stands in
//! the methods of each type ([`Spec::parallelism`], [`Timeouts`], …), not in the object, so that an object says what a person said.

mod brief;
mod check;
mod criterion;
mod finding;
mod phase;
mod policy;
mod settings;
mod sheet;
mod spec;
mod status;

pub use brief::Brief;
pub use check::{
    Check, CommandCheck, CommandExpect, Comparison, Header, HttpCheck, HttpExpect, JsonExpect,
    JunitCheck, ManualCheck, Method, MetricCheck,
};
pub use criterion::{Criterion, Provenance};
pub use finding::{Finding, Standing, Which};
pub use phase::{Phase, Verdict};
pub use policy::{Backoff, Retry, RetryOn, Shutdown, Timeouts, Trigger, TriggerKind, Ttl};
pub use settings::{
    ConfigMapRef, EnvFrom, EnvSource, EnvVar, KeyRef, Quantity, Resources, SecretRef,
};
pub use sheet::Sheet;
pub use spec::{
    ArtifactRequest, Builtin, Credentials, Environment, Project, Spec, Template, TemplateKind,
};
pub use status::{
    Artifact, Attempt, Condition, ConditionStatus, CriterionStatus, ResourceSeconds, Status,
    condition,
};

/// API group.
pub const GROUP: &str = "agents.platform";
/// API version.
pub const VERSION: &str = "v1";
/// Group and version, as objects name them.
pub const API_VERSION: &str = "agents.platform/v1";
/// Kind.
pub const KIND: &str = "QARun";
/// Name in paths.
pub const PLURAL: &str = "qaruns";

/// What a controller puts on a QARun, and on the workflows of its attempts, until verdicts and references are in the status.
pub const FINALIZER: &str = "qaruns.agents.platform/finalizer";

/// The controller of Argo that a workflow is for whose uid no status has yet: there is none of this name, so nothing of it runs.
pub const NOBODY: &str = "agents.platform.not-begun";

/// What the workflow of an attempt says of where it comes from, beside the platform's `task-id` and `service`.
pub mod label {
    /// Name of the QARun.
    pub const RUN: &str = "agents.platform/qarun";
    /// Its uid.
    pub const UID: &str = "agents.platform/qarun-uid";
    /// The attempt, counted from 1.
    pub const ATTEMPT: &str = "agents.platform/attempt";
    /// Name of the template it is made of, where that can be the value of a label.
    pub const TEMPLATE: &str = "agents.platform/template";
    /// The environment, where there is just one; of a step the one it is about.
    pub const ENVIRONMENT: &str = "environment";
    /// Of a step: the id of the criterion it is about.
    pub const CRITERION: &str = "agents.platform/criterion";
}

/// What stands beside the labels, because it is no label value.
pub mod annotation {
    /// Digest of the spec a workflow was made from.
    pub const SPEC: &str = "agents.platform/spec-digest";
    /// On a workflow: it was paused for its QARun (`spec.suspend`), and may be resumed for it.
    pub const PAUSED: &str = "agents.platform/paused";
    /// What a criterion says, on its step.
    pub const TEXT: &str = "agents.platform/criterion-text";
    /// How it is found out, on its step: `kind` of the spec.
    pub const KIND: &str = "agents.platform/criterion-kind";
    /// `false` on the step of a criterion that a run passes without.
    pub const REQUIRED: &str = "agents.platform/criterion-required";
}

#[cfg(test)]
mod tests;
