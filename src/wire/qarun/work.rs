//! The workflow of an attempt as whoever runs its QARun needs it: whose it is, what it was told, and everything its steps say.
//! Apart from `wire::workflow`, which skips owners and finalizers because nobody who only looks wants them.

use std::sync::Arc;

use serde::Deserialize;

use super::super::WireError;
use super::super::listing::Read;
use super::super::watch::Versioned;
use super::super::workflow::workflow;
use super::Metadata;
use crate::model::phase::Phase;
use crate::model::qarun::{FINALIZER, NOBODY, annotation, label};
use crate::model::row::label::INSTANCE;
use crate::model::workflow::Workflow;

/// A workflow of some QARun.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Whose it is and who holds it.
    pub meta: Metadata,
    /// Uid of the object that controls it.
    pub owner: Option<String>,
    /// `spec.suspend`.
    pub suspended: bool,
    /// Its steps, times, artifacts; `facts.shutdown` is `spec.shutdown`.
    pub flow: Workflow,
}

impl Work {
    /// Reads one from JSON.
    ///
    /// # Errors
    /// Where it is no JSON object, or its metadata is none.
    pub fn read(bytes: &[u8]) -> Result<Self, WireError> {
        let envelope: Envelope =
            serde_json::from_slice(bytes).map_err(|why| WireError::NotJson(super::place(&why)))?;
        let owner = envelope.metadata.owner_references.into_iter();
        Ok(Self {
            meta: envelope.metadata.plain,
            owner: owner.filter(|one| one.controller).map(|one| one.uid).next(),
            suspended: envelope.spec.suspend == Some(true),
            flow: workflow(bytes)?,
        })
    }

    /// Reads one as watches want it.
    pub fn watched(json: &[u8]) -> Read<Versioned<Arc<Self>>> {
        match Self::read(json) {
            Ok(work) => Read::Item(work.meta.clone().versioned(Arc::new(work))),
            Err(why) => Read::Malformed(why.to_string()),
        }
    }

    /// It ended; a word that is not known is no end.
    pub fn is_over(&self) -> bool {
        matches!(
            self.flow.facts.row.phase,
            Phase::Succeeded | Phase::Failed | Phase::Error
        )
    }

    /// Argo is kept from it until a status names its uid.
    pub fn is_kept_back(&self) -> bool {
        let labels = &self.meta.labels;
        labels.get(INSTANCE).is_some_and(|one| one == NOBODY)
    }

    /// It was told to end at once, and Argo hears of it.
    pub fn is_terminated(&self) -> bool {
        self.shutdown() == Some("Terminate") && !self.is_kept_back()
    }

    /// `spec.shutdown`, in Argo's words.
    pub fn shutdown(&self) -> Option<&str> {
        self.flow.facts.shutdown.as_deref()
    }

    /// Argo keeps it until what it found is written down.
    pub fn is_held(&self) -> bool {
        self.meta.finalizers.iter().any(|one| one == FINALIZER)
    }

    /// Uid of the QARun it says it is of.
    pub fn run_uid(&self) -> Option<&str> {
        self.meta.labels.get(label::UID).map(String::as_str)
    }

    /// Name of the QARun it says it is of.
    pub fn run_name(&self) -> Option<&str> {
        let (notes, labels) = (&self.meta.annotations, &self.meta.labels);
        let name = notes.get(label::RUN).or_else(|| labels.get(label::RUN));
        name.map(String::as_str)
    }

    /// It is of this QARun: its owner, made from this spec.
    pub fn is_of(&self, uid: &str, digest: &str) -> bool {
        let made_from = self.meta.annotations.get(annotation::SPEC);
        self.owner.as_deref() == Some(uid) && made_from.is_some_and(|one| one == digest)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope {
    metadata: Owned,
    spec: Told,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Owned {
    owner_references: Vec<Owner>,
    #[serde(flatten)]
    plain: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Owner {
    uid: String,
    controller: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    suspend: Option<bool>,
}
