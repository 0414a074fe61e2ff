//! A QARun as the API server keeps it, and the definition it is kept by.
//! Apart from the nouns in `model::qarun`: this is the envelope, and the only place that reads one from bytes.

mod brief;
mod sheet;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::WireError;
use super::listing::Read;
use super::watch::Versioned;
use crate::model::key::Key;
use crate::model::qarun::{API_VERSION, KIND, Spec, Status};

pub use brief::Briefs;
pub use work::Work;

/// The definition of the kind, `qaruns.agents.platform`, as YAML with comments.
pub const DEFINITION: &str = include_str!("crd.yaml");

/// A whole object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct QaRun {
    /// [`API_VERSION`].
    pub api_version: String,
    /// [`KIND`].
    pub kind: String,
    /// Whose it is and who changed it when.
    pub metadata: Metadata,
    /// What is asked for.
    pub spec: Spec,
    /// What came of it; nothing before a controller has seen it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

impl QaRun {
    /// A new one, to be created.
    pub fn new(namespace: &str, name: &str, spec: Spec) -> Self {
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            metadata: Metadata {
                name: name.to_owned(),
                namespace: namespace.to_owned(),
                ..Metadata::default()
            },
            spec,
            status: None,
        }
    }

    /// Reads one from JSON. Fields that are not known are left out, phases that are not known are kept.
    ///
    /// # Errors
    /// Where it is no JSON, or a field of spec or status has another shape than its definition allows.
    pub fn read(bytes: &[u8]) -> Result<Self, WireError> {
        serde_json::from_slice(bytes).map_err(|why| WireError::NotJson(place(&why)))
    }

    /// The same of what is JSON already.
    ///
    /// # Errors
    /// The same.
    pub fn of(value: serde_json::Value) -> Result<Self, WireError> {
        serde_json::from_value(value).map_err(|why| WireError::NotJson(place(&why)))
    }

    /// What was found so far.
    pub fn status(&self) -> Status {
        self.status.clone().unwrap_or_default()
    }
}

/// Reads one as watches want it.
pub fn watched(json: &[u8]) -> Read<Versioned<Arc<QaRun>>> {
    match QaRun::read(json) {
        Ok(run) => Read::Item(run.metadata.clone().versioned(Arc::new(run))),
        Err(why) => Read::Malformed(why.to_string()),
    }
}

/// Where reading stopped, without the words that stand there: they may hold credentials.
fn place(why: &serde_json::Error) -> String {
    let what = match why.classify() {
        serde_json::error::Category::Data => "a field has another shape than the definition says",
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Syntax => "it is written wrongly",
        serde_json::error::Category::Io => "it could not be read",
    };
    match why.line() {
        0 => what.to_owned(),
        line => format!("{what}, line {line} column {}", why.column()),
    }
}

/// `metadata`, as far as somebody who runs a QARun needs it. Source: Kubernetes `meta/v1` ObjectMeta.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// `name`.
    pub name: String,
    /// `namespace`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// `uid`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// `resourceVersion`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resource_version: String,
    /// `generation`: counts the changes of the spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// `creationTimestamp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<Timestamp>,
    /// `deletionTimestamp`: it is to go, and waits for its finalizers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_timestamp: Option<Timestamp>,
    /// `finalizers`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finalizers: Vec<String>,
    /// `labels`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// `annotations`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Metadata {
    /// The first eight characters of the uid, as names that are derived from it carry them.
    pub fn short_uid(&self) -> &str {
        self.uid.get(..8).unwrap_or(&self.uid)
    }

    /// What it is of, as watches tell versions apart.
    pub(super) fn versioned<T>(self, item: T) -> Versioned<T> {
        Versioned {
            key: Key::new(self.namespace, self.name, self.uid),
            version: self.resource_version.parse().unwrap_or(0),
            item,
        }
    }

    /// It is to go.
    pub fn is_leaving(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}

#[cfg(test)]
mod tests;
