//! `spec` of a QARun: what a person asks for.
//! Apart from the status, which only a controller writes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Criterion, EnvFrom, EnvVar, KeyRef, Resources, Retry, Shutdown, Timeouts, Trigger, Ttl,
};

/// What is to be verified and how. Nothing of it changes once the run has started, except [`Spec::suspend`], [`Spec::shutdown`],
/// [`Spec::attempt`] and [`Spec::ttl`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spec {
    /// The task of Task Master it is about, a subtask as `15.10`. Text: as a number `15.10` would be `15.1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
    /// Where the code and the task are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<Project>,
    /// What is verified, a DNS label.
    pub service: String,
    /// Where it is verified, a branch of the workflow each; without any there is one branch without a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<Environment>,
    /// What must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<Criterion>,
    /// The task's own words on how it is tested; for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_strategy: Option<String>,
    /// What the workflow is made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// When an attempt that ended is followed by another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// When a step within an attempt is run again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_retry: Option<Retry>,
    /// How long things may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<Timeouts>,
    /// How many criteria are looked at at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallelism: Option<u32>,
    /// What each step asks for of its node, and may have at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// Image of the steps that run a command and name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Environment variables of the steps that run a command.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvVar>,
    /// Environment variables from all of a Secret or ConfigMap.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env_from: Vec<EnvFrom>,
    /// When this object is deleted, and how long its workflows stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Ttl>,
    /// Files that are kept of each step that makes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<ArtifactRequest>,
    /// Whose rights the steps have; the namespace's `default` where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
    /// Nothing new is begun while this is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// Ends the attempt that runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Shutdown>,
    /// The attempt that is wanted, from 1. Raised to ask for another one after the last has ended; never lowered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Why there is this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
}

impl Spec {
    /// How many criteria are looked at at once, where nothing is said.
    pub const PARALLELISM: u32 = 4;

    /// How many criteria are looked at at once.
    pub fn parallelism(&self) -> u32 {
        self.parallelism.unwrap_or(Self::PARALLELISM).max(1)
    }

    /// The attempt that is wanted.
    pub fn attempt(&self) -> u32 {
        self.attempt.unwrap_or(1).max(1)
    }

    /// Nothing new may be begun.
    pub fn is_suspended(&self) -> bool {
        self.suspend == Some(true)
    }

    /// What the workflow is made from: `acceptance` where nothing is said, `multi-environment` where several environments are named.
    pub fn template(&self) -> Template {
        self.template.clone().unwrap_or_else(|| {
            let builtin = match self.environments.len() {
                0 | 1 => Builtin::Acceptance,
                _ => Builtin::MultiEnvironment,
            };
            Template {
                kind: TemplateKind::Builtin,
                name: builtin.name().to_owned(),
                parameters: BTreeMap::new(),
            }
        })
    }

    /// How long things may take.
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts.unwrap_or_default()
    }

    /// When this object is deleted, and how long its workflows stay.
    pub fn ttl(&self) -> Ttl {
        self.ttl.unwrap_or_default()
    }

    /// The names of the environments, as the column `Environment` shows them.
    pub fn environment_names(&self) -> String {
        let names: Vec<&str> = self.environments.iter().map(|one| &*one.name).collect();
        names.join(",")
    }

    /// The criterion of this id.
    pub fn criterion(&self, id: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| criterion.id == id)
    }
}

/// Where the code and the task are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Project {
    /// URL of the repository, checked out into the workspace of each command; without one there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Branch, tag or commit; the repository's default branch where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Task Master's tag the task is under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// What opens the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
}

/// What opens a repository: keys of Secrets in the run's namespace, read by Argo and never by a controller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Credentials {
    /// A private SSH key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh_private_key: Option<KeyRef>,
    /// A user's name, beside `password`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<KeyRef>,
    /// A password or token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<KeyRef>,
}

/// Where something is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Environment {
    /// Name, a DNS label.
    pub name: String,
    /// What relative URLs of HTTP criteria are relative to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Environment variables of its steps, over those of the spec.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvVar>,
}

/// What kind of thing a workflow is made from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TemplateKind {
    /// One of this program's own ([`Builtin`]).
    #[default]
    Builtin,
    /// A WorkflowTemplate of the namespace.
    WorkflowTemplate,
    /// A ClusterWorkflowTemplate.
    ClusterWorkflowTemplate,
}

/// What the workflow of a run is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Template {
    /// What kind of thing.
    pub kind: TemplateKind,
    /// Its name.
    pub name: String,
    /// What it is told.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}

impl Template {
    /// The one of this program's own that is meant; nothing where another kind, or one there is not, is.
    pub fn builtin(&self) -> Option<Builtin> {
        (self.kind == TemplateKind::Builtin)
            .then(|| Builtin::parse(&self.name))
            .flatten()
    }
}

/// The templates of this program's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// Every criterion, at once as far as the limit goes.
    Acceptance,
    /// Every criterion in every environment.
    MultiEnvironment,
    /// The criteria one after the other, until one is not met.
    Smoke,
}

impl Builtin {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Acceptance, Self::MultiEnvironment, Self::Smoke];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Acceptance => "acceptance",
            Self::MultiEnvironment => "multi-environment",
            Self::Smoke => "smoke",
        }
    }

    /// The one of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Files to keep of each step that makes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ArtifactRequest {
    /// Name of the artifact.
    pub name: String,
    /// Path, below the workspace where it does not begin with `/`.
    pub path: String,
}
