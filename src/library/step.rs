//! The step of one criterion in one environment, as an Argo template.
//! Apart from the flow, which only knows their names, and from what each kind of check is made of.

use serde_json::{Map, Value, json};

use super::safe::{cut, parted};
use super::{container, output, request};
use crate::model::qarun::{
    Backoff, Check, Criterion, Environment, Retry, RetryOn, Spec, annotation, label,
};
use crate::model::row::label::{SERVICE, TASK};

/// How often a step is run again, where a spec says nothing.
const STEP_RETRIES: u32 = 2;

/// Longest annotation with what a criterion says, in characters.
const TEXT: usize = 500;

/// Where a criterion is verified.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub spec: &'a Spec,
    pub environment: Option<&'a Environment>,
}

impl Place<'_> {
    /// Labels of whatever runs there.
    pub fn labels(&self) -> Map<String, Value> {
        let mut labels = Map::new();
        labels.insert(SERVICE.to_owned(), self.spec.service.clone().into());
        if let Some(task) = &self.spec.task_id {
            labels.insert(TASK.to_owned(), task.clone().into());
        }
        if let Some(environment) = self.environment {
            labels.insert(
                label::ENVIRONMENT.to_owned(),
                environment.name.clone().into(),
            );
        }
        labels
    }

    /// How long a criterion may take, in seconds.
    pub fn seconds(&self, criterion: &Criterion) -> u32 {
        criterion
            .timeout_seconds
            .unwrap_or(self.spec.timeouts().criterion())
    }
}

/// The template of a criterion.
pub fn template(name: &str, place: Place, criterion: &Criterion) -> Value {
    let what = match &criterion.check {
        Check::Command { command } => container::command(place, criterion, command),
        Check::Junit { junit } => container::junit(place, criterion, junit),
        Check::Http { http } => request::http(place, criterion, http),
        Check::Metric { metric } => request::metric(place, criterion, metric),
        Check::Manual { manual } => person(criterion, &manual.instructions, &manual.who),
        // Refused before anything is made of it (`check`); one that waits is the safe form of a step nobody knows.
        Check::Unknown => return json!({"name": name, "suspend": {}}),
    };
    let mut labels = place.labels();
    labels.insert(label::CRITERION.to_owned(), criterion.id.clone().into());
    let metadata = json!({"labels": labels, "annotations": notes(criterion)});
    let mut made = json!({"name": name, "metadata": metadata});
    for (key, value) in what.as_object().into_iter().flatten() {
        made[key] = value.clone();
    }
    if !criterion.check.waits_for_people()
        && let Some(retry) = retry(place.spec.step_retry)
    {
        made["retryStrategy"] = retry;
    }
    made
}

/// What a criterion is, for whoever sees only the workflow.
fn notes(criterion: &Criterion) -> Value {
    let mut notes = json!({
        (annotation::TEXT): parted(&cut(&criterion.text, TEXT)),
        (annotation::KIND): criterion.check.kind(),
    });
    if !criterion.required {
        notes[annotation::REQUIRED] = "false".into();
    }
    notes
}

/// A node that waits for somebody. It has no duration: one that ends by itself would be an approval.
fn person(criterion: &Criterion, instructions: &str, who: &[String]) -> Value {
    let given = |name: &str, value: &str| json!({"name": name, "value": parted(value)});
    json!({
        "inputs": {"parameters": [
            given("criterion", &criterion.text),
            given("instructions", instructions),
            given("who", &who.join(", ")),
        ]},
        "suspend": {},
        // With a default: an approval without it would leave a workflow that waits for ever.
        "outputs": {"parameters": [{"name": output::NOTE, "valueFrom": {"supplied": {}, "default": ""}}]},
    })
}

/// How a step is run again. `OnError`: what happened to the pod, not what the command in it said.
fn retry(said: Option<Retry>) -> Option<Value> {
    let retry = said.unwrap_or(Retry {
        limit: STEP_RETRIES,
        ..Retry::default()
    });
    if retry.limit == 0 {
        return None;
    }
    let policy = match retry.on {
        RetryOn::Infrastructure => "OnError",
        RetryOn::TestFailure => "OnFailure",
        RetryOn::Both => "Always",
    };
    let Backoff {
        seconds,
        factor,
        max_seconds,
    } = retry.backoff.unwrap_or_default();
    Some(json!({
        "limit": retry.limit.to_string(),
        "retryPolicy": policy,
        "backoff": {"duration": format!("{seconds}s"), "factor": factor, "cap": format!("{max_seconds}s")},
    }))
}
