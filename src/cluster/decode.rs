//! The decoders of whole workflows, pods and events that the feeds are built of.
//! Apart from the feeds, because what is read of an object is another question than how it arrives.

use std::sync::Arc;

use crate::model::event::KubeEvent;
use crate::model::facts::Facts;
use crate::model::key::Key;
use crate::model::pod::Pod;
use crate::model::qarun::Sheet;
use crate::model::workflow::Workflow;
use crate::wire::intern::Interner;
use crate::wire::listing::Read;
use crate::wire::qarun::QaRun;
use crate::wire::watch::{Decode, Objects, Versioned};
use crate::wire::{self, event, pod};

/// Facts of every workflow.
pub(crate) fn facts() -> impl Decode<Item = Facts> {
    let mut names = Interner::new();
    Objects(
        move |json: &[u8]| match wire::facts_with(json, &mut names) {
            Ok(facts) => Read::Item(Versioned {
                key: facts.row.key.clone(),
                version: facts.row.version,
                item: facts,
            }),
            Err(error) => Read::Malformed(error.to_string()),
        },
    )
}

/// One workflow, and no other of its name.
pub(crate) fn workflow(wanted: Key) -> impl Decode<Item = Arc<Workflow>> {
    Objects(move |json: &[u8]| match wire::workflow(json) {
        Ok(workflow) if workflow.facts.row.key.uid != wanted.uid => Read::Skip,
        Ok(workflow) => Read::Item(Versioned {
            key: workflow.facts.row.key.clone(),
            version: workflow.facts.row.version,
            item: Arc::new(workflow),
        }),
        Err(error) => Read::Malformed(error.to_string()),
    })
}

/// One QARun, and no other of its name.
pub(crate) fn qarun(wanted: Key) -> impl Decode<Item = Arc<Sheet>> {
    Objects(move |json: &[u8]| match QaRun::read(json) {
        Ok(run) if run.metadata.uid != wanted.uid.as_str() => Read::Skip,
        Ok(run) => {
            let sheet = run.sheet();
            Read::Item(Versioned {
                key: sheet.key.clone(),
                version: sheet.version,
                item: Arc::new(sheet),
            })
        }
        Err(error) => Read::Malformed(error.to_string()),
    })
}

/// Pods of one workflow.
pub(crate) fn pods(run: Key) -> impl Decode<Item = Pod> {
    let mut names = Interner::new();
    Objects(move |json: &[u8]| pod::pod(json, Some(run.uid.as_str()), &mut names))
}

/// Events about one workflow and its pods.
pub(crate) fn events(run: Key) -> impl Decode<Item = KubeEvent> {
    let mut names = Interner::new();
    Objects(move |json: &[u8]| event::event(json, &run.name, &mut names))
}
