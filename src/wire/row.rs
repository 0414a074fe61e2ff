//! `ObjectMeta` as far as it is read, and the row it makes: shared by tables, metadata and whole objects.
//! Apart from those three, so that a run looks the same wherever its row came from.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::intern::Interner;
use super::lax::{Number, Text};
use super::nest::Pairs;
use super::stamp::stamp;
use crate::model::key::Key;
use crate::model::phase::Phase;
use crate::model::qarun;
use crate::model::row::{self, Row, label};
use crate::model::text::{clean, clean_message};

/// `metadata` of an object, borrowed from the input. `managedFields`, `ownerReferences` and all else is skipped unread.
/// Source: Kubernetes `meta/v1` ObjectMeta.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Meta<'a> {
    /// `name`.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// `namespace`.
    #[serde(borrow)]
    pub namespace: Text<'a>,
    /// `uid`.
    #[serde(borrow)]
    pub uid: Text<'a>,
    /// `resourceVersion`.
    #[serde(borrow)]
    pub resource_version: Text<'a>,
    /// `creationTimestamp`.
    #[serde(borrow)]
    pub creation_timestamp: Text<'a>,
    /// `deletionTimestamp`.
    #[serde(borrow)]
    pub deletion_timestamp: Text<'a>,
    /// `generation`.
    pub generation: Number,
    /// `labels`.
    #[serde(borrow)]
    pub labels: Pairs<'a, Text<'a>>,
    /// `annotations`.
    #[serde(borrow)]
    pub annotations: Pairs<'a, Text<'a>>,
}

impl Meta<'_> {
    /// Namespace, name, uid, cleaned.
    pub fn key(&self, names: &mut Interner) -> Key {
        Key {
            namespace: names.get(&clean(self.namespace.or_empty())),
            name: Arc::from(clean(self.name.or_empty())),
            uid: crate::model::key::Uid::new(clean(self.uid.or_empty())),
        }
    }
}

/// The row of a run.
///
/// `phase` is the word of `status.phase` or of the Status cell, where one was given: an empty word is [`Phase::New`]
/// (a retry was just asked for; the label then still says the old phase). Without one the phase label counts.
pub fn row_from_meta(
    meta: &Meta<'_>,
    phase: Option<&str>,
    message: Option<&str>,
    names: &mut Interner,
) -> Row {
    let labels = labels(meta, names);
    let label_of = |name: &str| {
        labels
            .iter()
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| &**value)
    };
    let phase = Phase::parse(phase.or_else(|| label_of(label::PHASE)).unwrap_or(""));
    let completed = label_of(label::COMPLETED) == Some("true");
    let series = label_of(qarun::label::UID)
        .and_then(|_| {
            row::series(
                label_of(label::TASK),
                label_of(label::SERVICE),
                label_of(qarun::label::TEMPLATE),
            )
        })
        .map(|series| names.get(&series));
    Row {
        key: meta.key(names),
        version: meta.resource_version.or_empty().parse().unwrap_or(0),
        created: time(&meta.creation_timestamp),
        phase,
        completed,
        message: message
            .filter(|text| !text.is_empty())
            .map(|text| Arc::from(clean_message(text))),
        labels,
        malformed: fault(meta).map(Arc::from),
        series,
    }
}

fn labels(meta: &Meta<'_>, names: &mut Interner) -> Arc<[(Arc<str>, Arc<str>)]> {
    let mut labels: Vec<(Arc<str>, Arc<str>)> = meta
        .labels
        .get()
        .iter()
        .map(|(name, value)| {
            (
                names.get(&clean(name.or_empty())),
                names.get(&clean(value.or_empty())),
            )
        })
        .collect();
    labels.sort();
    labels.into()
}

/// What makes an object impossible to act on, if anything.
fn fault(meta: &Meta<'_>) -> Option<&'static str> {
    if meta.name.filled().is_none() {
        Some("the object has no name")
    } else if meta.uid.filled().is_none() {
        Some("the object has no uid")
    } else {
        None
    }
}

/// A time as Kubernetes writes it (RFC 3339); anything else is no time.
pub fn time(text: &Text<'_>) -> Option<Timestamp> {
    stamp(text.filled()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn row(json: &str, phase: Option<&str>, names: &mut Interner) -> Row {
        let meta: Meta<'_> = serde_json::from_str(json).unwrap();
        row_from_meta(&meta, phase, None, names)
    }

    const META: &str = r#"{"name":"t41","namespace":"checkout","uid":"u-1","resourceVersion":"88412",
        "creationTimestamp":"2026-11-22T20:00:52Z","managedFields":[{"f:status":{"f:nodes":{}}}],
        "labels":{"workflows.argoproj.io/phase":"Failed","workflows.argoproj.io/completed":"true","task-id":"15.10"}}"#;

    #[test]
    fn a_row_carries_identity_labels_and_phase() {
        let mut names = Interner::new();
        let row = row(META, None, &mut names);
        assert_eq!(row.key, Key::new("checkout", "t41", "u-1"));
        assert_eq!(row.version, 88412);
        assert_eq!(row.phase, Phase::Failed);
        assert!(row.completed);
        assert_eq!(&**row.task().unwrap(), "15.10");
        assert_eq!(row.created, Some("2026-11-22T20:00:52Z".parse().unwrap()));
        assert_eq!(row.malformed, None);
    }

    #[test]
    fn a_phase_given_wins_over_the_label_even_when_it_is_empty() {
        let mut names = Interner::new();
        assert_eq!(row(META, Some(""), &mut names).phase, Phase::New);
        assert_eq!(row(META, Some("Running"), &mut names).phase, Phase::Running);
    }

    #[test]
    fn runs_of_a_qarun_are_told_apart_by_what_they_verify() {
        let mut names = Interner::new();
        let of = |labels: &str| {
            row(
                &format!(r#"{{"name":"a","uid":"u","labels":{{{labels}}}}}"#),
                None,
                &mut names,
            )
        };
        let mut of = of;
        let first = r#""agents.platform/qarun-uid":"q","task-id":"15.10","service":"refunds""#;
        assert_eq!(&**of(first).origin().unwrap(), "15.10/refunds");
        let made = format!(r#"{first},"agents.platform/template":"smoke""#);
        assert_eq!(&**of(&made).origin().unwrap(), "15.10/refunds/smoke");
        let launched = format!(r#"{first},"workflows.argoproj.io/workflow-template":"accept""#);
        assert_eq!(&**of(&launched).origin().unwrap(), "accept");
        assert_eq!(
            of(r#""task-id":"15.10","service":"refunds""#).origin(),
            None
        );
    }

    #[test]
    fn labels_of_two_rows_are_shared() {
        let mut names = Interner::new();
        let (one, two) = (row(META, None, &mut names), row(META, None, &mut names));
        assert!(Arc::ptr_eq(&one.labels[0].0, &two.labels[0].0));
        assert!(Arc::ptr_eq(&one.labels[0].1, &two.labels[0].1));
        assert!(Arc::ptr_eq(&one.key.namespace, &two.key.namespace));
    }

    #[test]
    fn hostile_and_wrong_metadata_makes_a_row_that_says_so() {
        let mut names = Interner::new();
        let bad = row(
            r#"{"name":"a\u001b[2Jb","labels":{"x":[1],"y":2},"creationTimestamp":"soon","resourceVersion":"x"}"#,
            None,
            &mut names,
        );
        assert_eq!(&*bad.key.name, "a␛[2Jb");
        assert_eq!(bad.malformed.as_deref(), Some("the object has no uid"));
        assert_eq!(bad.version, 0);
        assert_eq!(bad.created, None);
        assert_eq!(bad.label("y").map(|v| &**v), Some("2"));
    }
}
