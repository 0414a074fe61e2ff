//! What is found of a criterion so far, as its workflow shows it.
//! Apart from the status of a QARun, which a controller writes once: this is worked out anew with every change of the workflow.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::model::phase::State;
use crate::model::workflow::Criterion;

/// What is found of one criterion in one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The criterion.
    pub criterion: Criterion,
    /// Name of the environment; nothing where the spec names none.
    pub environment: Option<Arc<str>>,
    /// How it stands.
    pub standing: Standing,
    /// The branch of the step tree it is known from; nothing where there is none yet.
    pub branch: Option<usize>,
    /// What it is known from, or what it waits for: an output, a message, somebody's note.
    pub evidence: Option<Arc<str>>,
    /// When its step began.
    pub started: Option<Timestamp>,
    /// When its step ended.
    pub finished: Option<Timestamp>,
}

impl Finding {
    /// What it is of, whatever is found.
    pub fn which(&self) -> Which {
        Which {
            environment: self.environment.clone(),
            id: self.criterion.id.clone(),
        }
    }
}

/// A criterion in an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Which {
    /// Name of the environment.
    pub environment: Option<Arc<str>>,
    /// Id of the criterion.
    pub id: Arc<str>,
}

/// How a criterion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Its step is over, or will never be.
    Found(Verdict),
    /// Its step is here, or will be.
    Open(State),
}

impl Standing {
    /// The state that is drawn as this is.
    pub fn state(self) -> State {
        match self {
            Self::Found(Verdict::Pass) => State::Succeeded,
            Self::Found(Verdict::Fail) => State::Failed,
            Self::Found(Verdict::Inconclusive) => State::Error,
            Self::Open(state) => state,
        }
    }

    /// Its word on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Found(Verdict::Pass) => "Pass",
            Self::Found(Verdict::Fail) => "Fail",
            Self::Found(Verdict::Inconclusive) => "Inconclusive",
            Self::Open(State::NotStarted) => "Not begun",
            Self::Open(state) => state.word(),
        }
    }

    /// Its place in order of attention: not met, nobody can say, open, met.
    pub fn attention(self) -> (u8, Option<State>) {
        match self {
            Self::Found(Verdict::Fail) => (0, None),
            Self::Found(Verdict::Inconclusive) => (1, None),
            Self::Open(state) => (2, Some(state)),
            Self::Found(Verdict::Pass) => (3, None),
        }
    }

    /// It is met.
    pub fn is_met(self) -> bool {
        self == Self::Found(Verdict::Pass)
    }
}
