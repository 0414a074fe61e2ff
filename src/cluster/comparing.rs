//! Two runs read at once to be compared: their objects, and the logs of one of their steps.
//! Apart from the feeds, because a comparison is of one moment.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::archived::archived;
use super::connect::Cluster;
use super::editing::{lines, mark};
use super::error::unreadable;
use super::request::offload;
use super::yaml::tidy;
use crate::model::compare::{self, Aligned, Comparison, Log, Pair, Raw, Whole};
use crate::model::difference::pieces;
use crate::model::gone;
use crate::model::key::Key;
use crate::model::log::{LogLine, LogSource, Reach};
use crate::model::trouble::Trouble;
use crate::model::workflow::Workflow;
use crate::wire::{self, recipe};

/// Lines of each log that are compared, from its end.
const MOST: u32 = 5_000;

/// A run as it was read.
struct Read {
    workflow: Workflow,
    object: Value,
}

impl Cluster {
    /// Reads two runs and tells in what they differ. Credentials are masked; that they differ is told.
    ///
    /// # Errors
    /// When one of them cannot be read, or is gone.
    pub async fn compare(&self, pair: &Pair, at: Timestamp) -> Result<Comparison, Trouble> {
        let (here, there) = tokio::join!(self.raw(&pair.here), self.raw(&pair.there));
        let (here, there) = (here?, there?);
        offload(here.len() + there.len(), {
            let pair = pair.clone();
            move || {
                let (here, there) = (read(&pair.here, &here)?, read(&pair.there, &there)?);
                Ok(told(&here, &there, at))
            }
        })
        .await?
    }

    async fn raw(&self, key: &Key) -> Result<bytes::Bytes, Trouble> {
        self.object(key).await?.ok_or_else(|| gone_of(key))
    }

    /// Reads the logs of a step on both sides, and lays them beside each other. `None`: the step has none there.
    pub async fn compare_logs(
        &self,
        pair: &Pair,
        here: Option<LogSource>,
        there: Option<LogSource>,
    ) -> Aligned {
        let (mine, theirs) = tokio::join!(
            self.step_log(&pair.here, here),
            self.step_log(&pair.there, there)
        );
        let mut missing = Vec::new();
        let mut read = |key: &Key, lines: Result<Vec<LogLine>, String>| match lines {
            Ok(lines) => {
                if lines.len() >= MOST as usize {
                    missing.push(format!("of {key} the last {MOST} lines were read"));
                }
                Some(lines)
            }
            Err(why) => {
                missing.push(format!("{key}: {why}"));
                None
            }
        };
        let sides = (read(&pair.here, mine), read(&pair.there, theirs));
        let (Some(mine), Some(theirs)) = sides else {
            return Aligned {
                missing,
                ..Aligned::default()
            };
        };
        let names = (pair.here.name.clone(), pair.there.name.clone());
        let weight = mine.iter().chain(&theirs).map(|line| line.text.len()).sum();
        let aligned = offload(weight, move || {
            let log = |run, lines| Log { run, lines };
            compare::align(log(&names.0, &mine), log(&names.1, &theirs))
        });
        match aligned.await {
            Ok(aligned) => Aligned { missing, ..aligned },
            Err(why) => Aligned {
                missing: vec![why.to_string()],
                ..Aligned::default()
            },
        }
    }

    /// The log of one container: of its pod, else of the archive; else why there is none.
    async fn step_log(&self, run: &Key, source: Option<LogSource>) -> Result<Vec<LogLine>, String> {
        let Some(source) = source else {
            return Err("the step was not begun there, or has no pod of its own".to_string());
        };
        let reach = Reach {
            tail: Some(MOST),
            since: None,
        };
        let LogSource {
            step,
            pod,
            container,
        } = &source;
        match self.tail(run, pod, container, step, reach).await {
            Ok(lines) => return Ok(lines),
            Err(Trouble::NotFound { .. }) => {}
            Err(why) => return Err(format!("the log cannot be read: {why}")),
        }
        let object = self.raw(run).await;
        let workflow = object.and_then(|body| decoded(run, &body));
        let workflow = workflow.map_err(|why| format!("its pod is gone, and {why}"))?;
        let logs = archived(&workflow, &HashSet::new());
        let wanted = |log: &Arc<LogSource>| log.pod == *pod && log.container == *container;
        if let Some(log) = logs.into_iter().find(|log| wanted(&log.source)) {
            let lines = self.archived_log(run, &log, reach).await;
            let mut lines = lines.map_err(|snag| {
                format!(
                    "the archived log cannot be read: {}; {}",
                    snag.what, snag.next
                )
            })?;
            // What says that it is an archived log is no line of it.
            lines.drain(..lines.len().min(1));
            return Ok(lines);
        }
        let mut steps = workflow.steps.iter();
        let why = match steps.find(|step| step.pod.as_ref() == Some(pod)) {
            Some(step) if gone::can_be(step) => gone::of(&workflow, step).told(|at| at.to_string()),
            _ => "its pod is gone".to_string(),
        };
        Err(format!("the log of {step} is {why}"))
    }
}

fn gone_of(key: &Key) -> Trouble {
    Trouble::NotFound {
        what: format!("workflow {key}"),
    }
}

fn decoded(key: &Key, body: &[u8]) -> Result<Workflow, Trouble> {
    let workflow =
        wire::workflow(body).map_err(|why| unreadable(&format!("workflow {key}"), &why))?;
    match workflow.facts.row.key.uid == key.uid {
        true => Ok(workflow),
        false => Err(gone_of(key)),
    }
}

fn read(key: &Key, body: &[u8]) -> Result<Read, Trouble> {
    let workflow = decoded(key, body)?;
    let object = serde_json::from_slice(body);
    let object = object.map_err(|why| unreadable(&format!("workflow {key}"), &why))?;
    Ok(Read { workflow, object })
}

fn told(here: &Read, there: &Read, at: Timestamp) -> Comparison {
    let recipes = (recipe::recipe(&here.object), recipe::recipe(&there.object));
    let spec = match &recipes {
        (Some(mine), Some(theirs)) => {
            let mut theirs = theirs.clone();
            recipe::with_images_of(&mut theirs, mine);
            let (mut new, old) = (tidy(mine.clone()), tidy(theirs.clone()));
            mark(&theirs, mine, &old, &mut new);
            pieces(&lines(&old), &lines(&new))
        }
        _ => Vec::new(),
    };
    let hidden = recipe::hidden(
        (&here.object, &here.workflow.parameters),
        (&there.object, &there.workflow.parameters),
    );
    let images = (
        recipes.0.as_ref().map(recipe::images),
        recipes.1.as_ref().map(recipe::images),
    );
    compare::compare(
        Whole {
            workflow: &here.workflow,
            images: images.0.as_deref(),
        },
        Whole {
            workflow: &there.workflow,
            images: images.1.as_deref(),
        },
        Raw { spec, hidden },
        at,
    )
}
