//! The vertices of the step graph, made from nodes one by one.
//! Apart from [`super::graph`], which orders and joins them.

use std::collections::HashMap;
use std::sync::Arc;

use super::glance::{Glance, Pause};
use super::shape::{Link, Shape, attempt_number, fan_item};
use super::words;
use super::workflow::{Step, StepKind, TemplateBody, Workflow};

/// One step, fan-out or promise.
#[derive(Clone, Debug, PartialEq)]
pub struct Vertex {
    /// Node id; of a promise or of a fan-out inside Steps `owner-id/name`.
    pub id: Arc<str>,
    /// What it is called.
    pub label: Arc<str>,
    /// What it is.
    pub role: Role,
    /// Index into `Workflow::steps`; `None` for a promise, and for a fan-out inside Steps, which has no node.
    pub step: Option<usize>,
    /// The vertex it is inside of.
    pub owner: Option<usize>,
    /// What is inside it, in reading order.
    pub members: Vec<usize>,
    /// Vertices on its level that it comes after, directly. More than one is a join.
    pub after: Vec<usize>,
    /// Vertices on its level that come after it, directly.
    pub before: Vec<usize>,
    /// Its condition, of a promise.
    pub when: Option<Arc<str>>,
    /// Where it stands among its siblings.
    pub(super) place: Place,
}

/// What a vertex is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A step that works, or a group.
    Step,
    /// A fan-out.
    FanOut,
    /// A step with its attempts.
    Retry,
    /// One attempt.
    Attempt,
    /// A hook or exit handler.
    Hook,
    /// Named by the spec, not created yet.
    Promise,
}

/// Reading order among siblings: row of a Steps template, created before promised, start, item or attempt, name; hooks follow their step.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) row: usize,
    promised: bool,
    started: Option<jiff::Timestamp>,
    pub(super) index: usize,
    name: Arc<str>,
    pub(super) hook: Arc<str>,
}

impl Place {
    /// The place of a promise: in a row, in the order of the template.
    pub(super) fn promised(row: usize, index: usize) -> Self {
        Self {
            row,
            promised: true,
            index,
            ..Self::default()
        }
    }
}

/// Where each step belongs.
pub(super) fn links(workflow: &Workflow) -> Vec<Link<'_>> {
    workflow.steps.iter().map(link).collect()
}

fn link(step: &Step) -> Link<'_> {
    Link {
        name: &step.name,
        kind: step.kind,
        hooked: step.hooked,
        attempt: step.attempt,
        boundary: step.boundary,
        children: &step.children,
    }
}

/// The steps as the rules about causes see them.
pub(super) fn glances(workflow: &Workflow) -> Vec<Glance<'_>> {
    let durations: HashMap<&str, &str> = workflow
        .templates
        .iter()
        .filter_map(|template| match &template.body {
            TemplateBody::Suspend(Some(duration)) => Some((&*template.name, &**duration)),
            _ => None,
        })
        .collect();
    workflow
        .steps
        .iter()
        .map(|step| {
            let duration = step
                .template
                .as_deref()
                .and_then(|name| durations.get(name).copied());
            Glance {
                link: link(step),
                id: &step.id,
                display: &step.display,
                phase: step.phase,
                message: step.message.as_deref(),
                started: step.started,
                finished: step.finished,
                daemoned: step.daemoned,
                lock: step.lock.as_deref(),
                pause: Pause {
                    timed: duration.is_some(),
                    seconds: duration.and_then(words::seconds),
                    text: None,
                },
            }
        })
        .collect()
}

/// Rows of parallel steps: which nodes they are, and their numbers.
pub(super) struct Rows {
    pub(super) number: Vec<usize>,
    dissolved: Vec<bool>,
}

impl Rows {
    pub(super) fn of(links: &[Link<'_>], shape: &Shape) -> Self {
        let mut dissolved = vec![false; links.len()];
        for owner in shape.owner.iter().flatten() {
            dissolved[*owner] = links[*owner].kind == StepKind::StepGroup;
        }
        let number = links.iter().map(|link| row_number(link.name)).collect();
        Self { number, dissolved }
    }

    pub(super) fn is_dissolved(&self, at: usize) -> bool {
        self.dissolved[at]
    }
}

/// `wf.a[2]` is row 2.
fn row_number(name: &str) -> usize {
    name.strip_suffix(']')
        .and_then(|rest| rest.rsplit_once('['))
        .and_then(|(_, number)| number.parse().ok())
        .unwrap_or(0)
}

/// How many items each fan-out inside Steps has.
pub(super) fn crowds<'a>(links: &[Link<'a>], shape: &Shape) -> HashMap<(usize, &'a str), usize> {
    let mut crowds = HashMap::new();
    for (at, link) in links.iter().enumerate() {
        let owner = shape.owner[at].filter(|&up| links[up].kind == StepKind::StepGroup);
        if let Some(group) = owner
            && let Some((base, _)) = fan_item(&links[group], link)
        {
            *crowds.entry((group, base)).or_insert(0) += 1;
        }
    }
    crowds
}

pub(super) fn fan_vertex(
    workflow: &Workflow,
    group: usize,
    base: &str,
    owner: Option<usize>,
    row: usize,
) -> Vertex {
    let group = &workflow.steps[group];
    Vertex {
        id: format!("{}/{base}", group.id).into(),
        label: base.into(),
        role: Role::FanOut,
        step: None,
        owner,
        members: Vec::new(),
        after: Vec::new(),
        before: Vec::new(),
        when: None,
        place: Place {
            row,
            started: group.started,
            name: base.into(),
            ..Place::default()
        },
    }
}

pub(super) fn step_vertex(
    workflow: &Workflow,
    links: &[Link<'_>],
    shape: &Shape,
    at: usize,
    owner: Option<usize>,
    row: usize,
) -> Vertex {
    let step = &workflow.steps[at];
    let up = shape.owner[at];
    let is_attempt = up.is_some_and(|up| links[up].kind == StepKind::Retry);
    let role = match step.kind {
        _ if is_attempt => Role::Attempt,
        _ if step.hooked => Role::Hook,
        StepKind::TaskGroup => Role::FanOut,
        StepKind::Retry => Role::Retry,
        _ => Role::Step,
    };
    let index = if is_attempt {
        attempt_number(&step.name)
    } else {
        up.and_then(|up| fan_item(&links[up], &links[at]))
            .map(|(_, index)| index)
    };
    let empty_row = step.kind == StepKind::StepGroup;
    Vertex {
        id: step.id.clone(),
        label: step.display.clone(),
        role,
        step: Some(at),
        owner,
        members: Vec::new(),
        after: Vec::new(),
        before: Vec::new(),
        when: None,
        place: Place {
            row: if empty_row {
                row_number(&step.name)
            } else {
                row
            },
            promised: false,
            started: step.started,
            index: index.unwrap_or(0),
            name: step.name.clone(),
            hook: "".into(),
        },
    }
}
