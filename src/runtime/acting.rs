//! Carries orders out and leaves their trail: the same for the console and for scripts.
//! Apart from the effects, which only start it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::journal::Journal;
use crate::cluster::Cluster;
use crate::cluster::applying::{Applied, Manner};
use crate::model::act::{Kind, Operation, Order, Outcome, Sent, Shown};
use crate::model::journal::Entry;
use crate::model::key::Key;
use crate::model::text::clean;
use crate::model::trouble::Trouble;

/// What became of an order, and what is left of it here.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// How it ended.
    pub outcome: Outcome,
    /// The requests and their answers, in their order.
    pub sent: Vec<Sent>,
    /// The file that keeps what was deleted.
    pub trash: Option<Arc<str>>,
    /// Why its trail is not whole, one sentence each.
    pub untold: Vec<String>,
}

/// Does it, once, if the object still is what was shown; every step is in the journal.
pub async fn carry(
    cluster: &Cluster,
    order: &Order,
    shown: &Shown,
    at: Timestamp,
    journal: Option<&Journal>,
) -> Done {
    let mut untold = Vec::new();
    let mut entry = Entry {
        at,
        who: cluster.known_as(),
        context: cluster.context().clone(),
        server: cluster.server().clone(),
        order: order.clone(),
        sent: Vec::new(),
        outcome: None,
        trash: None,
    };
    let carried = cluster
        .carry(order, shown, at, |object, _| {
            let Some(journal) = journal else {
                return;
            };
            if let Operation::Delete { .. } = order.operation {
                match journal.keep(&order.key, at, object) {
                    Ok(file) => entry.trash = file,
                    Err(why) => {
                        tracing::warn!(why, "the manifest was not kept");
                        untold.push(format!("the manifest was not kept: {why}"));
                    }
                }
            }
            untold.extend(note(journal, &entry));
        })
        .await;
    entry.sent = carried.sent;
    entry.outcome = Some(carried.outcome.clone());
    if let Some(journal) = journal {
        untold.extend(note(journal, &entry));
    }
    untold.dedup();
    Done {
        outcome: carried.outcome,
        sent: entry.sent,
        trash: entry.trash,
        untold,
    }
}

/// Applies a document, with its trail in the journal; and why that is not whole, one sentence each.
pub async fn apply(
    cluster: &Cluster,
    document: &Value,
    manner: Manner,
    at: Timestamp,
    journal: Option<&Journal>,
) -> (Result<Applied, Trouble>, Vec<String>) {
    let text = |value: &Value| clean(value.as_str().unwrap_or_default()).into_owned();
    let meta = &document["metadata"];
    let key = Key::new(text(&meta["namespace"]), text(&meta["name"]), "");
    let document_kind = text(&document["kind"]);
    let mut entry = Entry {
        at,
        who: cluster.known_as(),
        context: cluster.context().clone(),
        server: cluster.server().clone(),
        order: Order {
            kind: Kind::Workflow,
            key,
            operation: Operation::Apply {
                document: document_kind.into(),
            },
        },
        sent: Vec::new(),
        outcome: None,
        trash: None,
    };
    let mut untold: Vec<String> = journal
        .and_then(|journal| note(journal, &entry))
        .into_iter()
        .collect();
    let applied = cluster.apply(document, manner).await;
    entry.outcome = Some(match &applied {
        Ok(applied) => Outcome::Applied {
            expect: applied.word().into(),
            made: None,
        },
        Err(why @ (Trouble::Timeout { .. } | Trouble::Unreachable { .. })) => Outcome::Unknown {
            why: why.to_string().into(),
        },
        Err(why) => Outcome::NotApplied {
            why: why.to_string().into(),
        },
    });
    untold.extend(journal.and_then(|journal| note(journal, &entry)));
    untold.dedup();
    (applied, untold)
}

/// A disk that is full does not keep anybody from stopping a run.
pub(super) fn note(journal: &Journal, entry: &Entry) -> Option<String> {
    let why = journal.write(entry).err()?;
    tracing::error!(%why, entry = entry.sentence(), "not in the journal");
    let file = journal.path();
    Some(format!(
        "it is not in the journal: {} cannot be written: {why}",
        file.display()
    ))
}
