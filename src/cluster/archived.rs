//! Logs that outlived their pods: archived in the store of artifacts, read from there.
//! Apart from the logs that pods have, which come with times and go on.
//!
//! Source: Argo v4.1.2, `SaveLogs`: the bytes of the program alone, without times and without lines of the executor.

use std::collections::HashSet;
use std::sync::Arc;

use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::connect::Cluster;
use super::reader::unstamped;
use super::store::next;
use crate::model::artifact::{Artifact, Direction, Snag, size};
use crate::model::key::Key;
use crate::model::log::{LogEvent, LogLine, LogSource, Reach};
use crate::model::workflow::Workflow;
use crate::wire;

/// Bytes of an archived log that are read, from its end.
const MOST: u64 = 8 << 20;
/// Logs read at the same time.
const AT_ONCE: usize = 8;

/// A log in the store, and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Archived {
    /// The artifact.
    pub artifact: Artifact,
    /// The container it is of.
    pub source: Arc<LogSource>,
    /// When its step began: its lines, which have no times, stand there among those of others.
    pub began: Option<Timestamp>,
}

/// The archived logs of a run whose pods are not among these.
pub fn archived(workflow: &Workflow, pods: &HashSet<Arc<str>>) -> Vec<Archived> {
    let logs = workflow.artifacts.iter().filter_map(|artifact| {
        let container = artifact.log_of()?;
        let step = workflow
            .steps
            .iter()
            .find(|step| step.id == artifact.id.node)?;
        let pod = step.pod.clone()?;
        let is_output = artifact.id.direction == Direction::Output;
        (is_output && !pods.contains(&pod)).then(|| Archived {
            artifact: artifact.clone(),
            began: step.started,
            source: Arc::new(LogSource {
                step: step.display.clone(),
                pod,
                container: container.into(),
            }),
        })
    });
    logs.collect()
}

impl Cluster {
    /// One archived log, with a line before it that says what it is. It has no times but that of this line, which is when
    /// its step began: it cannot be read since a moment.
    ///
    /// # Errors
    /// Why it cannot be had, and what to do.
    pub async fn archived_log(
        &self,
        run: &Key,
        log: &Archived,
        reach: Reach,
    ) -> Result<Vec<LogLine>, Snag> {
        let artifact = &log.artifact;
        let mut fetched = self.fetch(run, artifact, 0, None).await?;
        let total = fetched.total.unwrap_or(0);
        let from = total.saturating_sub(MOST);
        if from > 0 {
            let tag = fetched.tag.clone();
            fetched = self.fetch(run, artifact, from, tag.as_deref()).await?;
        }
        let mut bytes = Vec::new();
        while let Some(piece) = next(&mut fetched.bytes).await? {
            bytes.extend_from_slice(&piece);
        }
        // The first line of a part is no whole line.
        let cut = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .filter(|_| from > 0);
        let mut lines = unstamped(&bytes[cut.map_or(0, |at| at + 1)..], &log.source);
        if let Some(tail) = reach.tail.and_then(|tail| usize::try_from(tail).ok()) {
            lines.drain(..lines.len().saturating_sub(tail));
        }
        let part = match from {
            0 => String::new(),
            _ => format!(", the last {} of {}", size(MOST), size(total)),
        };
        let head = format!("archived log, no timestamps{part} ({})", artifact.place);
        lines.insert(0, LogLine::new(log.began, log.source.clone(), head));
        Ok(lines)
    }

    /// Tells the archived logs of a run whose pods are gone. What cannot be read is told where its lines would be.
    pub(super) async fn tell_archived(
        &self,
        run: &Key,
        pods: &HashSet<Arc<str>>,
        reach: Reach,
        sender: &mpsc::Sender<LogEvent>,
    ) {
        let path = format!(
            "/apis/argoproj.io/v1alpha1/namespaces/{}/workflows/{}",
            run.namespace,
            super::request::query(&run.name)
        );
        let ask = super::request::Ask::get("get", "workflows.argoproj.io", path)
            .within(Some(&run.namespace))
            .named(&run.name);
        // Where it is gone too, there is nobody to ask where the logs are.
        let Ok(body) = self.read(&ask).await else {
            return;
        };
        let Ok(workflow) = wire::workflow(&body) else {
            return;
        };
        if workflow.facts.row.key.uid != run.uid {
            return;
        }
        let logs = stream::iter(archived(&workflow, pods));
        let read = |log: Archived| async move {
            let lines = self.archived_log(run, &log, reach).await;
            (log.source, lines)
        };
        let mut logs = logs.map(read).buffered(AT_ONCE);
        while let Some((source, lines)) = logs.next().await {
            let (lines, is_over) = match lines {
                Ok(lines) => (lines, false),
                Err(snag) => (untold(&source, &snag), snag.everywhere),
            };
            for event in [
                LogEvent::Opened(source.clone()),
                LogEvent::Lines(lines),
                LogEvent::Ended(source),
            ] {
                if sender.send(event).await.is_err() {
                    return;
                }
            }
            if is_over {
                return;
            }
        }
    }
}

/// What stands where the lines would.
fn untold(source: &Arc<LogSource>, snag: &Snag) -> Vec<LogLine> {
    let text = format!(
        "the archived log cannot be read: {}; {}",
        snag.what, snag.next
    );
    vec![LogLine::new(None, source.clone(), text)]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn logs_whose_pods_are_gone_are_found_with_their_containers() {
        let s3 = r#""s3":{"bucket":"b","endpoint":"e","#;
        let object = format!(
            r#"{{"metadata":{{"name":"w","namespace":"qa","uid":"u","annotations":{{"workflows.argoproj.io/pod-name-format":"v2"}}}},
            "status":{{"nodes":{{
                "w-1":{{"id":"w-1","name":"w.a","displayName":"a","type":"Pod","phase":"Succeeded","templateName":"t",
                    "outputs":{{"artifacts":[{{"name":"report",{s3}"key":"w/p/report.tgz"}}}},{{"name":"main-logs",{s3}"key":"w/p/main.log"}}}},
                        {{"name":"build-logs",{s3}"key":"w/p/build.log"}}}}]}}}},
                "w-2":{{"id":"w-2","name":"w.b","displayName":"b","type":"Pod","phase":"Succeeded","templateName":"t",
                    "outputs":{{"artifacts":[{{"name":"main-logs",{s3}"key":"w/q/main.log"}}}}]}}}}}}}}}}"#
        );
        let workflow = wire::workflow(object.as_bytes()).unwrap();
        let alive = workflow
            .steps
            .iter()
            .find(|step| &*step.display == "b")
            .unwrap();
        let pods = HashSet::from([alive.pod.clone().unwrap()]);
        let found = archived(&workflow, &pods);
        let told: Vec<(&str, &str)> = found
            .iter()
            .map(|log| (&*log.source.step, &*log.source.container))
            .collect();
        assert_eq!(told, [("a", "main"), ("a", "build")]);
    }
}
