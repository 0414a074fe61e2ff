//! A whole QARun as it is shown: its texts made safe, its criteria with what their status says.
//! Apart from the nouns, which hold what was written.

use std::sync::Arc;

use super::QaRun;
use crate::model::key::Key;
use crate::model::mask::mask;
use crate::model::phase::State;
use crate::model::qarun::{
    Attempt, CriterionStatus, Finding, Phase, Project, Sheet, Spec, Standing, Status,
};
use crate::model::text::{clean, clean_message};
use crate::model::workflow::Criterion;

impl QaRun {
    /// What is shown of it.
    pub fn sheet(&self) -> Sheet {
        let (meta, spec, status) = (&self.metadata, &self.spec, self.status());
        let name = |text: &str| Arc::<str>::from(clean(text));
        Sheet {
            key: Key::new(name(&meta.namespace), name(&meta.name), name(&meta.uid)),
            version: meta.resource_version.parse().unwrap_or(0),
            task: spec.task_id.as_deref().map(name),
            service: name(&spec.service),
            environments: spec
                .environments
                .iter()
                .map(|one| name(&one.name))
                .collect(),
            template: name(&spec.template().name),
            project: spec.project.as_ref().and_then(project),
            trigger: spec
                .trigger
                .as_ref()
                .and_then(|trigger| trigger.by.as_deref().map(name)),
            phase: status.phase.as_ref().map(phase),
            verdict: status.verdict,
            message: status.message.as_deref().map(safe),
            suspended: spec.is_suspended(),
            shutdown: spec.shutdown.map(|how| Arc::from(format!("{how:?}"))),
            created: meta.creation_timestamp,
            started: status.started_at,
            finished: status.finished_at,
            next: status.next_attempt_at,
            attempts: status.attempts.iter().map(attempt).collect(),
            criteria: criteria(spec, &status),
        }
    }
}

fn safe(text: &str) -> Arc<str> {
    Arc::from(clean_message(&mask(text)))
}

fn phase(phase: &Phase) -> Phase {
    Phase::from(clean(phase.word()).into_owned())
}

fn project(project: &Project) -> Option<Arc<str>> {
    let parts = [project.repository.as_deref(), project.revision.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| safe(&parts.join(" @ ")))
}

fn attempt(one: &Attempt) -> Attempt {
    let name = |text: &String| clean(text).into_owned();
    Attempt {
        workflow: name(&one.workflow),
        workflow_uid: one.workflow_uid.as_ref().map(name),
        phase: one.phase.as_ref().map(phase),
        message: one.message.as_deref().map(|text| safe(text).to_string()),
        ..one.clone()
    }
}

/// The criteria of the spec, in each environment, with what the status says of them; those of which it says nothing are open.
fn criteria(spec: &Spec, status: &Status) -> Vec<Finding> {
    let places: Vec<Option<&str>> = match &spec.environments[..] {
        [] => vec![None],
        several => several.iter().map(|one| Some(&*one.name)).collect(),
    };
    let mut all = Vec::new();
    for place in places {
        for criterion in &spec.criteria {
            let told = status.criteria.iter().find(|one| {
                one.id == criterion.id
                    && (one.environment.is_none() || one.environment.as_deref() == place)
            });
            let nothing = CriterionStatus::default();
            let told = told.unwrap_or(&nothing);
            let standing = match told.verdict {
                Some(verdict) => Standing::Found(verdict),
                None if told.step.is_some() => Standing::Open(State::Running),
                None => Standing::Open(State::NotStarted),
            };
            all.push(Finding {
                criterion: Criterion {
                    id: clean(&criterion.id).into(),
                    text: safe(&criterion.text),
                    kind: criterion.check.kind().into(),
                    required: criterion.required,
                },
                environment: place.map(|name| clean(name).into()),
                standing,
                branch: None,
                evidence: (told.evidence.as_deref().or(told.message.as_deref())).map(safe),
                started: told.started_at,
                finished: told.finished_at,
            });
        }
    }
    all.sort_by_key(|finding| finding.standing.attention());
    all
}
