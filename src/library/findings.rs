//! What is found of every criterion so far, from the workflow that was made of them.
//! Apart from judging one step: here they are put beside each other, those among them of which there is no step yet.

use std::collections::HashMap;
use std::sync::Arc;

use super::judge::{About, End, about, judge};
use super::{NODE, output};
use crate::model::phase::State;
use crate::model::qarun::{Check, Finding, Standing, Verdict, label};
use crate::model::tree::{Branch, BranchKind, Tree};
use crate::model::workflow::{
    Criterion, Parameter, Step, StepKind, Template, TemplateBody, Workflow,
};

/// What is told of a criterion of which there is no step although the run is over.
const NEVER: &str = "not reached: the run was over before";

/// The criteria of a workflow in order of attention: not met, nobody can say, open, met; in that order as the spec has them.
/// None of a workflow that was made of no criteria. `tree` is that of this workflow.
pub fn of(workflow: &Workflow, tree: &Tree) -> Vec<Finding> {
    let mut wanted = Vec::new();
    expect(workflow, workflow.entrypoint.as_deref(), None, &mut wanted);
    if wanted.is_empty() {
        return Vec::new();
    }
    let reader = Reader {
        workflow,
        tree,
        branches: branches(workflow, tree),
    };
    let mut findings: Vec<Finding> = wanted
        .into_iter()
        .map(|(environment, criterion)| reader.finding(environment, criterion))
        .collect();
    findings.sort_by_key(|finding| finding.standing.attention());
    findings
}

/// The criteria below a step template, in the order of the spec, with the environment they are below.
fn expect<'w>(
    workflow: &'w Workflow,
    name: Option<&str>,
    environment: Option<&'w str>,
    wanted: &mut Vec<(Option<&'w str>, &'w Criterion)>,
) {
    let promises = match template(workflow, name).map(|template| &template.body) {
        Some(TemplateBody::Dag(tasks)) => tasks.iter().collect(),
        Some(TemplateBody::Steps(groups)) => groups.iter().flatten().collect(),
        _ => Vec::new(),
    };
    for promise in promises {
        let below = promise.template.as_deref();
        let criterion = template(workflow, below).and_then(|made| made.criterion.as_ref());
        match (criterion, promise.name.strip_prefix(NODE)) {
            (Some(criterion), _) => wanted.push((environment, criterion)),
            (None, Some(name)) if environment.is_none() => {
                expect(workflow, below, Some(name), wanted);
            }
            _ => {}
        }
    }
}

fn template<'w>(workflow: &'w Workflow, name: Option<&str>) -> Option<&'w Template> {
    let mut all = workflow.templates.iter();
    all.find(|template| Some(&*template.name) == name)
}

/// Places in the tree of what stands for a criterion in an environment: its step, else its promise.
fn branches<'w>(
    workflow: &'w Workflow,
    tree: &'w Tree,
) -> HashMap<(Option<&'w str>, &'w str), usize> {
    let of = |branch: &'w Branch| match branch.step {
        Some(step) => about(
            &workflow.steps.get(step)?.name,
            &workflow.facts.row.key.name,
        ),
        None => (branch.kind == BranchKind::Promise).then(|| About {
            environment: (branch.owner)
                .and_then(|up| tree.branches.get(up)?.label.strip_prefix(NODE)),
            criterion: &branch.label,
        }),
    };
    let numbered = tree.branches.iter().enumerate();
    numbered
        .filter_map(|(at, branch)| {
            of(branch).map(|about| ((about.environment, about.criterion), at))
        })
        .collect()
}

struct Reader<'w> {
    workflow: &'w Workflow,
    tree: &'w Tree,
    branches: HashMap<(Option<&'w str>, &'w str), usize>,
}

impl Reader<'_> {
    fn finding(&self, environment: Option<&str>, criterion: &Criterion) -> Finding {
        let at = self.branches.get(&(environment, &*criterion.id)).copied();
        let branch = at.map(|at| &self.tree.branches[at]);
        let (standing, evidence) = match (at, branch.and_then(|branch| branch.step)) {
            (Some(at), Some(step)) => self.told(criterion, at, step),
            _ if self.workflow.facts.row.phase.is_done() => {
                (Standing::Found(Verdict::Inconclusive), Some(NEVER.into()))
            }
            _ => (Standing::Open(State::NotStarted), None),
        };
        let single = || self.workflow.facts.row.label(label::ENVIRONMENT).cloned();
        Finding {
            criterion: criterion.clone(),
            environment: environment.map(Arc::from).or_else(single),
            standing,
            branch: at,
            evidence,
            started: branch.and_then(|branch| branch.started),
            finished: branch.and_then(|branch| branch.finished),
        }
    }

    /// How a criterion stands whose step there is, and what that is known from.
    fn told(&self, criterion: &Criterion, at: usize, step: usize) -> (Standing, Option<Arc<str>>) {
        let step = &self.workflow.steps[step];
        let branch = &self.tree.branches[at];
        if !step.phase.is_done() {
            let waits = branch.state == State::Approve;
            let asked = waits.then(|| asked(step)).flatten();
            return (Standing::Open(branch.state), asked.or(branch.note.clone()));
        }
        // Of a step that was run again the last attempt has what the step itself does not.
        let last = self.tree.branches[self.tree.telling(at)].step;
        let last = last.map_or(step, |last| &self.workflow.steps[last]);
        let output = |name| value(&step.outputs, name).or_else(|| value(&last.outputs, name));
        let message = step.message.as_ref().or(last.message.as_ref());
        let end = End {
            phase: step.phase.word(),
            message: message.map_or("", |text| text),
            exit_code: step.exit_code.as_deref().or(last.exit_code.as_deref()),
            verdict: output(output::VERDICT).map(|said| &**said),
        };
        let evidence = (output(output::EVIDENCE).or_else(|| output(output::NOTE)))
            .or(message)
            .or(step.result.as_ref())
            .or(last.result.as_ref());
        let verdict = judge(&check(&criterion.kind, step), end);
        (Standing::Found(verdict), evidence.cloned())
    }
}

/// What a person is asked, and who.
fn asked(step: &Step) -> Option<Arc<str>> {
    let instructions = value(&step.inputs, "instructions");
    let who = value(&step.inputs, "who");
    Some(match (who, instructions) {
        (Some(who), Some(what)) => format!("{who}: {what}").into(),
        (one, other) => one.or(other)?.clone(),
    })
}

fn value<'p>(parameters: &'p [Parameter], name: &str) -> Option<&'p Arc<str>> {
    let named = parameters.iter().find(|one| &*one.name == name)?;
    named
        .value
        .as_ref()
        .filter(|value| !value.trim().is_empty())
}

/// A check of this kind, with nothing in it: an end is judged by the kind alone.
fn check(kind: &str, step: &Step) -> Check {
    match (kind, step.kind) {
        ("manual", _) | ("", StepKind::Suspend) => Check::Manual {
            manual: Default::default(),
        },
        ("http" | "metric", _) | ("", StepKind::Http) => Check::Http {
            http: Default::default(),
        },
        ("command" | "junit" | "", _) => Check::Command {
            command: Default::default(),
        },
        _ => Check::Unknown,
    }
}
