//! One whole workflow: its steps, what the spec still promises, parameters and conditions. Kept for the run that is looked at.
//! Apart from [`super::facts`], which is what is kept of all the others.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::artifact::Artifact;
use super::facts::Facts;
use super::phase::StepPhase;
use super::progress::Progress;
use super::words;

/// A workflow as its object says, nothing derived but pod names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    /// What its row shows.
    pub facts: Facts,
    /// The nodes, by start, then name. `children` and `boundary` are indexes into this list.
    pub steps: Vec<Step>,
    /// Step templates of the effective spec (`status.storedWorkflowTemplateSpec`, else `spec`, with `status.storedTemplates`).
    pub templates: Vec<Template>,
    /// Name of the template the workflow enters.
    pub entrypoint: Option<Arc<str>>,
    /// Name of the workflow-level exit handler's template.
    pub on_exit: Option<Arc<str>>,
    /// `spec.workflowTemplateRef`.
    pub template_ref: Option<Arc<str>>,
    /// Arguments of the workflow.
    pub parameters: Vec<Parameter>,
    /// `status.outputs.parameters`.
    pub outputs: Vec<Parameter>,
    /// `status.conditions` that are True, as `type` or `type: message`.
    pub conditions: Vec<Arc<str>>,
    /// Annotations but the ones that repeat the object (`last-applied-configuration`).
    pub annotations: Vec<(Arc<str>, Arc<str>)>,
    /// `spec.serviceAccountName`.
    pub service_account: Option<Arc<str>>,
    /// `spec.parallelism`.
    pub parallelism: Option<u64>,
    /// `status.resourcesDuration`: seconds of requested cpu, and of 100Mi memory.
    pub resources: Option<(u64, u64)>,
    /// Requests of the pod clean-up: `spec.podGC.strategy`.
    pub pod_gc: Option<Arc<str>>,
    /// How long it waits: `spec.podGC.deleteDelayDuration`.
    #[serde(default)]
    pub pod_gc_delay: Option<Arc<str>>,
    /// Logs are to be archived: `archiveLogs` of the store that was chosen, of the run, or of a step template.
    #[serde(default)]
    pub archives: bool,
    /// Artifacts of its steps, in the order of these: inputs, then outputs.
    #[serde(default)]
    pub artifacts: Vec<Artifact>,
    /// What could not be read, one sentence each.
    pub problems: Vec<Arc<str>>,
}

/// `type` of a node. Source: Argo v4.1.2 `NodeType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StepKind {
    /// A pod of its own.
    Pod,
    /// A member of a containerSet pod.
    Container,
    /// A `steps` template.
    Steps,
    /// One row of parallel steps inside it.
    StepGroup,
    /// A `dag` template.
    Dag,
    /// The items of a fan-out.
    TaskGroup,
    /// The attempts of a step with a retry strategy.
    Retry,
    /// A step left out.
    Skipped,
    /// A pause or an approval.
    Suspend,
    /// A call made by the agent pod.
    Http,
    /// A plugin in the agent pod.
    Plugin,
    /// A word this program does not know.
    Other,
}

impl StepKind {
    /// From the API's word.
    pub fn parse(word: &str) -> Self {
        match word {
            "Pod" => Self::Pod,
            "Container" => Self::Container,
            "Steps" => Self::Steps,
            "StepGroup" => Self::StepGroup,
            "DAG" => Self::Dag,
            "TaskGroup" => Self::TaskGroup,
            "Retry" => Self::Retry,
            "Skipped" => Self::Skipped,
            "Suspend" => Self::Suspend,
            "HTTP" => Self::Http,
            "Plugin" => Self::Plugin,
            _ => Self::Other,
        }
    }

    /// Does work of its own instead of holding others.
    pub fn is_leaf(self) -> bool {
        matches!(
            self,
            Self::Pod
                | Self::Container
                | Self::Skipped
                | Self::Suspend
                | Self::Http
                | Self::Plugin
                | Self::Other
        )
    }
}

/// One node of `status.nodes`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Node id, unique in the workflow.
    pub id: Arc<str>,
    /// Full name: `wf[1].check(0:a)`.
    pub name: Arc<str>,
    /// Display name: `check(0:a)`.
    pub display: Arc<str>,
    /// What it is.
    pub kind: StepKind,
    /// Where it is.
    pub phase: StepPhase,
    /// Template it runs, `templateRef.template` where it comes from another object.
    pub template: Option<Arc<str>>,
    /// The DAG, Steps or Pod node it belongs to.
    pub boundary: Option<usize>,
    /// Edges to what comes after it or inside it. A join is a step that is child of several.
    pub children: Vec<usize>,
    /// Controller's message.
    pub message: Option<Arc<str>>,
    /// Start.
    pub started: Option<Timestamp>,
    /// End.
    pub finished: Option<Timestamp>,
    /// Progress of a group, or of a pod that reports it.
    pub progress: Option<Progress>,
    /// Made by a hook (onExit included).
    pub hooked: bool,
    /// An attempt of a Retry node.
    pub attempt: bool,
    /// A daemon that goes on while the workflow does.
    pub daemoned: bool,
    /// Memoized: the result was taken from the cache and no pod exists.
    pub cached: bool,
    /// The lock a pending step waits for.
    pub lock: Option<Arc<str>>,
    /// Input parameters.
    pub inputs: Vec<Parameter>,
    /// Output parameters.
    pub outputs: Vec<Parameter>,
    /// `outputs.result`: what a script printed.
    pub result: Option<Arc<str>>,
    /// `outputs.exitCode`.
    pub exit_code: Option<Arc<str>>,
    /// Names of output artifacts.
    pub artifacts: Vec<Arc<str>>,
    /// Kubernetes node that ran it.
    pub host: Option<Arc<str>>,
    /// Name of its pod, computed as the controller does; `None` where it has none.
    pub pod: Option<Arc<str>>,
}

impl Step {
    /// How the message of a step begins that failed and was counted as passed by hand.
    pub const BYPASSED: &str = "bypassed by ";

    /// It failed, and was counted as passed by hand.
    pub fn is_bypassed(&self) -> bool {
        let said = self.message.as_deref().unwrap_or_default();
        self.phase == StepPhase::Succeeded && said.starts_with(Self::BYPASSED)
    }

    /// The container whose log tells what became of it: its own, the one that failed, else what people wrote.
    pub fn telling_container(&self) -> Arc<str> {
        let failed = self.message.as_deref().and_then(words::failed_container);
        match (self.kind, failed) {
            (StepKind::Container, _) => self.display.clone(),
            (_, Some(name)) => name.into(),
            _ => "main".into(),
        }
    }

    /// It waits for a person, or for a time.
    pub fn is_waiting(&self) -> bool {
        self.kind == StepKind::Suspend && self.phase == StepPhase::Running
    }
}

/// A parameter as a person reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name.
    pub name: Arc<str>,
    /// Value, else default; `None` where there is none yet. Masked where the name promises a credential.
    pub value: Option<Arc<str>>,
    /// Allowed values.
    pub choices: Vec<Arc<str>>,
    /// For the reader.
    pub description: Option<Arc<str>>,
    /// A person supplies it (`valueFrom.supplied`).
    pub supplied: bool,
}

/// A step template, reduced to what it promises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Name; of a stored template the part after the last `/`.
    pub name: Arc<str>,
    /// What it promises.
    pub body: TemplateBody,
    /// It has a retry strategy.
    pub retries: bool,
    /// The acceptance criterion it is of, where it says so.
    #[serde(default)]
    pub criterion: Option<Criterion>,
}

/// An acceptance criterion, as the step template that was made of it says. Source: [`super::qarun::label::CRITERION`] and
/// [`super::qarun::annotation`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Its id.
    pub id: Arc<str>,
    /// What must hold; empty where it is not said.
    pub text: Arc<str>,
    /// How it is found out: `kind` of the spec; empty where it is not said.
    pub kind: Arc<str>,
    /// The run fails without it.
    pub required: bool,
}

/// What a step template promises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TemplateBody {
    /// `dag.tasks`.
    Dag(Vec<Promise>),
    /// `steps`: groups one after the other.
    Steps(Vec<Vec<Promise>>),
    /// `suspend`, with its duration where it is timed.
    Suspend(Option<Arc<str>>),
    /// `containerSet`: names of its containers.
    ContainerSet(Vec<Arc<str>>),
    /// Container, script, resource, http, plugin, data.
    Leaf,
}

/// A task or step the spec names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// Task or step name.
    pub name: Arc<str>,
    /// Template it will run.
    pub template: Option<Arc<str>>,
    /// Names of the tasks it waits for (from `dependencies`, or the operands of `depends`).
    pub after: Vec<Arc<str>>,
    /// It fans out over items.
    pub fan_out: bool,
    /// Its condition (`when`).
    pub when: Option<Arc<str>>,
}
