//! What can be asked of an object of the cluster, and what is shown of it before it is done.
//! Apart from the requests that do it, which `wire` makes: a dialog needs the words and not the JSON.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::Key;
pub use super::kind::Kind;
use super::manifest::{Hidden, Manifest, Mistake, Piece};
use super::trouble::Trouble;

/// A name and its value: a parameter of a workflow, or an output of a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Value {
    /// Name.
    pub name: Arc<str>,
    /// Value, as text.
    pub value: Arc<str>,
}

/// What can be asked. A step is named by its node id in `status.nodes`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operation {
    /// No new step starts.
    Suspend,
    /// Goes on after [`Operation::Suspend`]; approvals stay open.
    Resume,
    /// Lets a waiting step pass.
    Approve {
        /// The step.
        step: Arc<str>,
        /// Values of its supplied parameters.
        values: Vec<Value>,
        /// What the approver has to say; may be empty.
        message: Arc<str>,
    },
    /// Fails a waiting step.
    Reject {
        /// The step.
        step: Arc<str>,
        /// Why.
        message: Arc<str>,
    },
    /// Ends it; exit handlers run.
    Stop,
    /// Ends it at once, without exit handlers.
    Terminate,
    /// Every failed step runs again, with what depends on it.
    Retry {
        /// Parameters of the workflow that change; empty: none.
        parameters: Vec<Value>,
    },
    /// One failed step runs again; a rejected approval asks again. Others that failed stay failed.
    RetryStep {
        /// The step.
        step: Arc<str>,
    },
    /// A failed step counts as passed, and what depends on it runs.
    Bypass {
        /// The step.
        step: Arc<str>,
        /// Its outputs that have no value.
        values: Vec<Value>,
        /// Why.
        message: Arc<str>,
    },
    /// Goes on where [`Operation::Stop`] ended it, where nothing failed.
    Continue,
    /// A new workflow of the same specification.
    Resubmit {
        /// What succeeded is not run again.
        memoized: bool,
        /// Parameters that change; empty: none.
        parameters: Vec<Value>,
    },
    /// Deletes it.
    Delete {
        /// Without waiting for finalizers.
        force: bool,
    },
    /// A person works in a container of a step that runs. Nothing of the object changes; what is done there nobody writes down.
    Shell {
        /// The step.
        step: Arc<str>,
        /// Its pod.
        pod: Arc<str>,
        /// The container.
        container: Arc<str>,
    },
    /// A new workflow from a template, or now from a cron.
    Launch {
        /// Where; for a template of a namespace and a cron it is theirs.
        namespace: Arc<str>,
        /// Parameters.
        parameters: Vec<Value>,
    },
    /// What a person made of its manifest.
    Edit {
        /// As it was read, and as it was written.
        manifest: Manifest,
    },
    /// An object that is not there yet, as a person wrote it; the order's key has its namespace and name, and a uid that only
    /// tells it from others that are made.
    Create {
        /// All of it, as JSON.
        document: Hidden,
    },
    /// What there must be of an object, whether or not it is there. Only told: it is made of no object that was looked at.
    Apply {
        /// Kind of the object, which may be any.
        document: Arc<str>,
    },
}

impl Operation {
    /// The verb of it on a command line.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Approve { .. } => "approve",
            Self::Reject { .. } => "reject",
            Self::Stop => "stop",
            Self::Terminate => "terminate",
            Self::Retry { .. } => "retry",
            Self::RetryStep { .. } => "retry step",
            Self::Bypass { .. } => "bypass",
            Self::Continue => "continue",
            Self::Resubmit { .. } => "resubmit",
            Self::Delete { .. } => "delete",
            Self::Launch { .. } => "launch",
            Self::Shell { .. } => "shell",
            Self::Edit { .. } => "edit",
            Self::Create { .. } => "create",
            Self::Apply { .. } => "apply",
        }
    }

    /// What a row says while it is under way.
    pub fn doing(&self) -> &'static str {
        match self {
            Self::Suspend => "suspending",
            Self::Resume => "resuming",
            Self::Approve { .. } => "approving",
            Self::Reject { .. } => "rejecting",
            Self::Stop => "stopping",
            Self::Terminate => "terminating",
            Self::Retry { .. } | Self::RetryStep { .. } => "retrying",
            Self::Bypass { .. } => "bypassing",
            Self::Continue => "continuing",
            Self::Resubmit { .. } => "resubmitting",
            Self::Delete { .. } => "deleting",
            Self::Launch { .. } => "launching",
            Self::Shell { .. } => "in a shell",
            Self::Edit { .. } => "editing",
            Self::Create { .. } => "creating",
            Self::Apply { .. } => "applying",
        }
    }

    /// What is to be expected after it was taken, and when.
    /// Source: Argo v4.1 seen live: an edit of a live workflow is answered 9.7 to 12.3 s later, a retry in 0.1 s.
    pub fn expect(&self) -> &'static str {
        match self {
            Self::Retry { .. } | Self::Continue => "taken; the controller takes it up in a moment",
            Self::RetryStep { .. } | Self::Bypass { .. } => {
                "taken; the controller takes it up in a moment, of a run that goes on in about 10 s"
            }
            Self::Suspend => "taken; what runs goes on, nothing new starts",
            Self::Edit { .. } | Self::Apply { .. } => "taken",
            Self::Delete { .. } => "deleted",
            Self::Resubmit { .. } | Self::Launch { .. } | Self::Create { .. } => {
                "made; the controller takes it up in a moment"
            }
            _ => "taken; the controller answers in about 10 s",
        }
    }

    /// Makes an object of its own and leaves this one as it is.
    pub fn creates(&self) -> bool {
        matches!(
            self,
            Self::Resubmit { .. } | Self::Launch { .. } | Self::Create { .. }
        )
    }

    /// It is about no object that is there.
    pub fn is_of_nothing(&self) -> bool {
        matches!(self, Self::Create { .. })
    }

    /// The controller has to do something before the object shows it; else the write itself is what is shown.
    pub fn waits_for_controller(&self) -> bool {
        matches!(
            self,
            Self::Stop | Self::Terminate | Self::Retry { .. } | Self::Continue
        )
    }

    /// Ends something that goes on, or removes it: waits some seconds before it goes out, and is asked twice where contexts are protected.
    pub fn is_destructive(&self) -> bool {
        matches!(self, Self::Stop | Self::Terminate | Self::Delete { .. })
    }

    /// The step it is about.
    pub fn step(&self) -> Option<&Arc<str>> {
        match self {
            Self::Approve { step, .. }
            | Self::Reject { step, .. }
            | Self::RetryStep { step }
            | Self::Bypass { step, .. }
            | Self::Shell { step, .. } => Some(step),
            _ => None,
        }
    }
}

/// One wish: this operation on this object, and on no other that has its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Order {
    /// Kind of the object.
    pub kind: Kind,
    /// The object as it was when it was chosen.
    pub key: Key,
    /// What is asked.
    pub operation: Operation,
}

impl Order {
    /// Kind of the object, in objects and sentences.
    pub fn kind_name(&self) -> &str {
        match &self.operation {
            Operation::Apply { document } => document,
            _ => self.kind.name(),
        }
    }
}

/// A value that a person has to give before an operation can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Name of the parameter.
    pub name: Arc<str>,
    /// What it is for, in the words of the workflow; may be empty.
    pub description: Arc<str>,
    /// What it has, or gets where nothing is given.
    pub default: Option<Arc<str>>,
    /// The values it may have; empty: any.
    pub options: Vec<Arc<str>>,
    /// Nothing goes without it.
    pub required: bool,
}

/// A request as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// `PATCH`, `PUT`, `POST`, `DELETE`.
    pub method: Arc<str>,
    /// Path and query.
    pub path: Arc<str>,
    /// The body as JSON in one line, or what is in a body too long to read; clean. Empty: none.
    pub body: Arc<str>,
}

/// What an operation would do to an object as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The object's phase, as its status says; empty: none yet.
    pub phase: Arc<str>,
    /// `metadata.resourceVersion` it was made for.
    pub version: Arc<str>,
    /// What happens, one sentence each.
    pub says: Vec<Arc<str>>,
    /// What a person should know before: consequences that are easily overlooked, one sentence each.
    pub warns: Vec<Arc<str>>,
    /// Steps that run again, by name as shown.
    pub again: Vec<Arc<str>>,
    /// Pods that are deleted.
    pub pods: Vec<Arc<str>>,
    /// The requests, in the order they are sent.
    pub requests: Vec<Request>,
    /// What does the same from a shell, where something does.
    pub equivalent: Option<Arc<str>>,
    /// Values to be asked for; those that were given have them as their default.
    pub fields: Vec<Field>,
    /// The object as it is beside what the server made of it when it tried; only of an edit.
    #[serde(default)]
    pub diff: Vec<Piece>,
    /// Same for two previews that do the same to the same steps, whatever the version of the object.
    pub digest: u64,
}

/// Why an operation is not possible, and what is instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{why}; {instead}")]
pub struct Refusal {
    /// Why not: one clause, clean.
    pub why: Arc<str>,
    /// What can be done instead: one clause.
    pub instead: Arc<str>,
}

/// How a write ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The server took it.
    Applied {
        /// One sentence: what is to be expected now, and when.
        expect: Arc<str>,
        /// The object that was made, where one was.
        made: Option<Key>,
    },
    /// It has not happened, and why.
    NotApplied {
        /// One sentence.
        why: Arc<str>,
    },
    /// Nobody knows: no answer came, and reading back did not tell.
    Unknown {
        /// One sentence.
        why: Arc<str>,
    },
    /// The object is not what was shown any more: nothing was sent.
    Changed {
        /// What is different.
        why: Arc<str>,
    },
}

impl Outcome {
    /// Its word in journals and tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::NotApplied { .. } => "not applied",
            Self::Unknown { .. } => "unknown",
            Self::Changed { .. } => "changed",
        }
    }
}

/// Who does it and when: what is stamped on the object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// As the API server knows us; else the name on this machine.
    pub name: Arc<str>,
    /// Now.
    pub at: Timestamp,
    /// When it was asked what would be done: names of new objects are made from it, so that they are those that were shown.
    pub asked: Timestamp,
}

/// What a person saw of an object and agreed to: anything else is asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// [`Preview::phase`].
    pub phase: Arc<str>,
    /// When it was asked what would be done, see [`Actor::asked`].
    pub asked: Timestamp,
    /// [`Preview::digest`]; `None` where many objects were agreed to at once, by their phases.
    pub digest: Option<u64>,
}

/// The answer to what an order would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// What it would do.
    pub preview: Preview,
    /// What of it the server does not allow us, one sentence each.
    pub denied: Vec<Arc<str>>,
}

/// Why there is nothing to agree to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Cannot {
    /// The object is not in a state for it.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The object could not be read.
    #[error("{0}")]
    Trouble(#[from] Trouble),
    /// The text of an edit cannot be taken; at least one reason.
    #[error("{}", .0.iter().map(|one| one.sentence(0)).collect::<Vec<_>>().join("; "))]
    Mistaken(Vec<Mistake>),
}

/// One request of an order and how it ended, for the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The request; what looks like a credential is masked.
    pub request: Request,
    /// `ok`, or the sentence of what went wrong.
    pub answer: Arc<str>,
}

impl Operation {
    /// The same, with what was filled in; what has no such thing stays as it is.
    #[must_use]
    pub fn with(self, given: Vec<Value>, said: Arc<str>) -> Self {
        match self {
            Self::Approve { step, .. } => Self::Approve {
                step,
                values: given,
                message: said,
            },
            Self::Bypass { step, .. } => Self::Bypass {
                step,
                values: given,
                message: said,
            },
            Self::Reject { step, .. } => Self::Reject {
                step,
                message: said,
            },
            Self::Retry { .. } => Self::Retry { parameters: given },
            Self::Resubmit { memoized, .. } => Self::Resubmit {
                memoized,
                parameters: given,
            },
            Self::Launch { namespace, .. } => Self::Launch {
                namespace,
                parameters: given,
            },
            other => other,
        }
    }

    /// The same, of this step; what is about no step stays as it is.
    #[must_use]
    pub fn at(mut self, id: Arc<str>) -> Self {
        match &mut self {
            Self::Approve { step, .. }
            | Self::Reject { step, .. }
            | Self::RetryStep { step }
            | Self::Bypass { step, .. } => *step = id,
            _ => {}
        }
        self
    }

    /// What a person is asked to say about it, and whether it can be left empty; `None`: nothing.
    pub fn asks_why(&self) -> Option<(&'static str, bool)> {
        match self {
            Self::Bypass { .. } => Some(("reason", false)),
            Self::Reject { .. } => Some(("reason", true)),
            Self::Approve { .. } => Some(("message", true)),
            _ => None,
        }
    }
}
