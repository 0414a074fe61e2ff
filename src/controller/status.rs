//! From a workflow to what is known of each criterion, of its artifacts and of the whole attempt. Pure.
//! Apart from deciding what to do about it.

use crate::library::judge::{End, about, judge};
use crate::library::output;
use crate::model::artifact::{Direction, Place};
use crate::model::phase::{Phase as Argo, StepPhase};
use crate::model::qarun::{Artifact, Criterion, CriterionStatus, Spec, Verdict};
use crate::model::workflow::{Step, StepKind, Workflow};
use crate::wire::qarun::Work;

/// Most characters of a message or of evidence; what the definition allows, less a mark that something is missing.
const TEXT: usize = 4000;
/// Most artifacts that are named.
const ARTIFACTS: usize = 1000;
/// Longest name of a step or artifact.
const NAME: usize = 250;

/// What a workflow says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Of each criterion, in each environment.
    pub criteria: Vec<CriterionStatus>,
    /// Where its artifacts are.
    pub artifacts: Vec<Artifact>,
    /// Display name of the first step that failed.
    pub failing_step: Option<String>,
    /// What all of it comes to, if nothing follows.
    pub verdict: Option<Verdict>,
    /// Why, a sentence.
    pub message: String,
    /// Nothing goes on without a person.
    pub waits: bool,
}

/// Criteria before anything is known of them.
pub fn unknown(spec: &Spec) -> Vec<CriterionStatus> {
    let places: Vec<Option<String>> = match &spec.environments[..] {
        [] => vec![None],
        several => several.iter().map(|one| Some(one.name.clone())).collect(),
    };
    let of = |environment: &Option<String>| {
        let environment = environment.clone();
        spec.criteria.iter().map(move |criterion| CriterionStatus {
            id: criterion.id.clone(),
            environment: environment.clone(),
            ..CriterionStatus::default()
        })
    };
    places.iter().flat_map(of).collect()
}

/// How many criteria have a verdict, of how many.
pub fn progress(criteria: &[CriterionStatus]) -> Option<String> {
    let judged = criteria.iter().filter(|one| one.verdict.is_some()).count();
    (!criteria.is_empty()).then(|| format!("{judged}/{}", criteria.len()))
}

/// Everything a workflow says of an attempt. `ended`: nothing follows, so what has no verdict by now is inconclusive.
pub fn found(spec: &Spec, attempt: u32, work: &Work, ended: bool) -> Found {
    let flow = &work.flow;
    let mut criteria = unknown(spec);
    for one in &mut criteria {
        let Some(criterion) = spec.criterion(&one.id) else {
            continue;
        };
        match step_of(flow, &work.meta.name, one) {
            Some(step) => tell(one, criterion, step, attempt, ended),
            None if ended => {
                one.verdict = Some(Verdict::Inconclusive);
                one.attempt = Some(attempt);
                one.message = Some("it was not begun".to_owned());
            }
            None => {}
        }
    }
    let artifacts = artifacts(flow, attempt, &criteria);
    for one in &mut criteria {
        let mine = |artifact: &&Artifact| artifact.step.is_some() && artifact.step == one.step;
        let junit = |artifact: &&Artifact| artifact.name == output::JUNIT;
        let all = artifacts.iter().filter(mine);
        let best = all.clone().find(junit).or_else(|| all.clone().next());
        one.artifact = best.map(|artifact| artifact.name.clone());
    }
    let verdict = ended.then(|| verdict(spec, &criteria, flow));
    let waits = !ended && waits(flow);
    Found {
        message: message(spec, &criteria, verdict, work, waits),
        failing_step: failing(flow),
        criteria,
        artifacts,
        verdict,
        waits,
    }
}

/// The step that is of a criterion in an environment.
fn step_of<'a>(flow: &'a Workflow, workflow: &str, one: &CriterionStatus) -> Option<&'a Step> {
    flow.steps.iter().find(|step| {
        about(&step.name, workflow).is_some_and(|about| {
            let there =
                about.environment.is_none() || about.environment == one.environment.as_deref();
            about.criterion == one.id && there
        })
    })
}

fn tell(one: &mut CriterionStatus, criterion: &Criterion, step: &Step, attempt: u32, ended: bool) {
    let out = |name: &str| {
        let found = step
            .outputs
            .iter()
            .find(|parameter| &*parameter.name == name);
        found.and_then(|parameter| parameter.value.as_deref())
    };
    let said = step.message.as_deref().unwrap_or_default();
    one.step = Some(cut(&step.id, NAME));
    one.started_at = step.started;
    one.finished_at = step.finished.filter(|_| step.phase.is_done());
    one.message = Some(cut(said, TEXT)).filter(|text| !text.is_empty());
    if step.phase.is_done() {
        let end = End {
            phase: word(step.phase),
            message: said,
            exit_code: step.exit_code.as_deref(),
            verdict: out(output::VERDICT),
        };
        one.verdict = Some(judge(&criterion.check, end));
        one.attempt = Some(attempt);
        let known = out(output::EVIDENCE).or_else(|| out(output::NOTE));
        let known = known
            .or(step.result.as_deref())
            .filter(|text| !text.is_empty());
        one.evidence = known.map(|text| cut(text, TEXT));
    } else if ended {
        one.verdict = Some(Verdict::Inconclusive);
        one.attempt = Some(attempt);
    }
}

/// One required criterion that is not met fails all; else one of which nobody can say anything leaves all open; else it is passed.
fn verdict(spec: &Spec, criteria: &[CriterionStatus], flow: &Workflow) -> Verdict {
    let required = criteria
        .iter()
        .filter(|one| {
            spec.criterion(&one.id)
                .is_some_and(|criterion| criterion.required)
        })
        .map(|one| one.verdict.unwrap_or(Verdict::Inconclusive));
    let mut required = required.peekable();
    if required.peek().is_some() {
        return Verdict::of_all(required);
    }
    // Nothing that must hold: the workflow's own end is all there is.
    match flow.facts.row.phase {
        Argo::Succeeded => Verdict::Pass,
        Argo::Failed if spec.template().builtin().is_none() => Verdict::Fail,
        _ => Verdict::Inconclusive,
    }
}

/// A person is waited for, and nothing else is at work.
fn waits(flow: &Workflow) -> bool {
    let leaves = flow
        .steps
        .iter()
        .filter(|step| step.kind.is_leaf() && !step.phase.is_done());
    let mut leaves = leaves.peekable();
    leaves.peek().is_some() && leaves.all(Step::is_waiting)
}

/// The first step that failed. Of one that is run again that is the whole of it, not each time.
fn failing(flow: &Workflow) -> Option<String> {
    let does =
        |step: &&Step| step.kind == StepKind::Retry || (step.kind.is_leaf() && !step.attempt);
    let failed = flow
        .steps
        .iter()
        .filter(does)
        .filter(|step| step.phase.is_bad() && !step.hooked);
    let first = failed.min_by_key(|step| (step.finished, step.id.clone()))?;
    Some(cut(&first.display, NAME))
}

fn message(
    spec: &Spec,
    criteria: &[CriterionStatus],
    verdict: Option<Verdict>,
    work: &Work,
    waits: bool,
) -> String {
    let named = |one: &CriterionStatus| match &one.environment {
        Some(environment) => format!("{} in {environment}", one.id),
        None => one.id.clone(),
    };
    let required = |one: &&CriterionStatus| spec.criterion(&one.id).is_some_and(|c| c.required);
    let first = |wanted: Verdict| {
        let mut all = criteria.iter().filter(required);
        all.find(|one| one.verdict == Some(wanted))
    };
    let because = |one: &CriterionStatus, what: &str| match &one.message {
        Some(why) => cut(&format!("{} {what}: {why}", named(one)), TEXT),
        None => format!("{} {what}", named(one)),
    };
    let met = criteria
        .iter()
        .filter(|one| one.verdict == Some(Verdict::Pass))
        .count();
    let all = criteria.len();
    let decided = match verdict {
        Some(Verdict::Fail) => first(Verdict::Fail).map(|one| because(one, "is not met")),
        Some(Verdict::Inconclusive) => {
            first(Verdict::Inconclusive).map(|one| because(one, "could not be judged"))
        }
        Some(Verdict::Pass) if met < all => Some(format!(
            "{met} of {all} criteria are met, all that are required among them"
        )),
        Some(Verdict::Pass) if all > 0 => Some(format!("{met} of {all} criteria are met")),
        _ => None,
    };
    if let Some(sentence) = decided {
        return sentence;
    }
    match verdict {
        Some(_) => {
            let said = work.flow.facts.row.message.as_deref();
            cut(said.unwrap_or("the workflow has ended"), TEXT)
        }
        None if waits => {
            let open = criteria
                .iter()
                .filter(|one| one.verdict.is_none() && one.step.is_some());
            let names: Vec<String> = open.map(named).collect();
            cut(
                &format!("waits for somebody to judge {}", names.join(", ")),
                TEXT,
            )
        }
        None if work.flow.steps.is_empty() => "Argo has not begun it yet".to_owned(),
        None => match first(Verdict::Fail) {
            Some(one) => because(one, "is not met"),
            None => "at work".to_owned(),
        },
    }
}

fn artifacts(flow: &Workflow, attempt: u32, criteria: &[CriterionStatus]) -> Vec<Artifact> {
    let left = flow
        .artifacts
        .iter()
        .filter(|one| one.id.direction == Direction::Output);
    let one = |artifact: &crate::model::artifact::Artifact| {
        let of = criteria
            .iter()
            .find(|one| one.step.as_deref() == Some(&*artifact.id.node));
        let (key, bucket, endpoint) = match &artifact.place {
            Place::S3(s3) => (Some(&*s3.key), Some(&*s3.bucket), Some(&*s3.endpoint)),
            _ => (None, None, None),
        };
        let short = |text: Option<&str>, most: usize| text.map(|text| cut(text, most));
        Artifact {
            name: cut(&artifact.id.name, NAME),
            criterion: of.map(|one| one.id.clone()),
            environment: of.and_then(|one| one.environment.clone()),
            step: Some(cut(&artifact.id.node, NAME)),
            attempt: Some(attempt),
            key: short(key, 1000),
            bucket: short(bucket, NAME),
            endpoint: short(endpoint, 500),
        }
    };
    left.take(ARTIFACTS).map(one).collect()
}

/// Argo's word for a phase.
fn word(phase: StepPhase) -> &'static str {
    match phase {
        StepPhase::Unknown => "",
        StepPhase::Pending => "Pending",
        StepPhase::Running => "Running",
        StepPhase::Succeeded => "Succeeded",
        StepPhase::Skipped => "Skipped",
        StepPhase::Omitted => "Omitted",
        StepPhase::Failed => "Failed",
        StepPhase::Error => "Error",
    }
}

/// The first characters of a text.
pub fn cut(text: &str, most: usize) -> String {
    crate::library::safe::cut(text, most)
}
