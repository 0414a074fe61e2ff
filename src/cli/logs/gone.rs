//! Logs whose pods are gone: from the archive where there is one, else why there is none.
//! Apart from the logs that pods have.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Logs, OFFERED};
use crate::app::log;
use crate::cli::ask;
use crate::cli::fail::Failure;
use crate::cluster::Cluster;
use crate::cluster::archived::{self, Archived};
use crate::model::gone;
use crate::model::key::Key;
use crate::model::phase::StepPhase;
use crate::model::pod::Pod;
use crate::model::workflow::{Step, Workflow};

impl Logs {
    /// The archived logs that are asked for, of pods that are gone. They have no times: `--since` asks for none of them.
    pub(super) async fn archived(
        &self,
        cluster: &Cluster,
        key: &Key,
        pods: &[Pod],
    ) -> Vec<Archived> {
        let Ok(workflow) = ask::workflow(cluster, key).await else {
            return Vec::new();
        };
        let pods = pods.iter().map(|pod| pod.key.name.clone()).collect();
        let mut found = archived::archived(&workflow, &pods);
        found.retain(|log| self.since.is_none() && self.wants(&log.source));
        found
    }

    /// What became of the logs of steps that have run and whose pods are gone, a sentence each; but of those that were
    /// read from an archive.
    pub(super) async fn without_pods(
        &self,
        cluster: &Cluster,
        key: &Key,
        pods: &[Pod],
        read: &HashSet<Arc<str>>,
    ) -> Vec<String> {
        let Ok(workflow) = ask::workflow(cluster, key).await else {
            return Vec::new();
        };
        let wanted = |step: &&Step| {
            let only = self.step.as_deref();
            only.is_none_or(|only| log::is_of(&step.display, only))
        };
        let sources = Cluster::log_sources(key, pods);
        let is_gone = |step: &&Step| {
            let pod = step.pod.as_deref();
            let told = sources.iter().any(|source| source.step == step.display);
            !told && pod.is_some_and(|pod| pods.iter().all(|known| *known.key.name != *pod))
        };
        let steps = workflow.steps.iter();
        steps
            .filter(wanted)
            .filter(|step| gone::can_be(step))
            .filter(is_gone)
            .filter(|step| !read.contains(&step.display))
            .map(|step| format!("{}: its log is {}", step.display, why_gone(&workflow, step)))
            .collect()
    }

    /// Why there is no line: pods that are gone, a step that has not written, or one nobody has.
    pub(super) async fn nothing(&self, cluster: &Cluster, key: &Key, pods: &[Pod]) -> Failure {
        let all = Cluster::log_sources(key, pods);
        if let Some(name) = &self.step
            && !all.iter().any(|source| log::is_of(&source.step, name))
            && let Ok(workflow) = ask::workflow(cluster, key).await
            && let Some(step) = workflow.steps.iter().find(|step| *step.display == **name)
        {
            return Failure::new(
                format!(
                    "{key} has no log of {name}: {}",
                    without_log(&workflow, step)
                ),
                "`tiphys get steps` shows where each step is.",
            );
        }
        if all.is_empty() {
            return Failure::new(
                format!("there is no log of {key}: none of its pods exists and has started"),
                "Pods go by podGC or with their node, and no log of it was archived.",
            );
        }
        let mut names: Vec<&str> = match &self.container {
            Some(_) => all.iter().map(|source| &*source.container).collect(),
            None => all.iter().map(|source| &*source.step).collect(),
        };
        names.sort_unstable();
        names.dedup();
        names.truncate(OFFERED);
        let kind = if self.container.is_some() {
            "containers"
        } else {
            "steps"
        };
        Failure::new(
            format!("no log of {key} is of that step and container"),
            format!("There are the {kind} {}.", names.join(", ")),
        )
    }
}

/// Why a step that exists has no log.
fn without_log(workflow: &Workflow, step: &Step) -> String {
    let why = match step.phase {
        _ if step.pod.is_none() => "it has no pod of its own",
        StepPhase::Pending | StepPhase::Unknown => "its containers have not started",
        StepPhase::Skipped | StepPhase::Omitted => "it was left out",
        _ if gone::can_be(step) => return why_gone(workflow, step),
        _ => "its pod is gone",
    };
    why.to_string()
}

fn why_gone(workflow: &Workflow, step: &Step) -> String {
    gone::of(workflow, step).told(|at| at.to_string())
}
