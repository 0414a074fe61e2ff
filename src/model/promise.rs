//! What the spec promises and the controller has not created yet, as vertices of the graph.
//! Apart from [`super::graph`], which places what exists.

use std::collections::HashMap;
use std::sync::Arc;

use super::facts::NodesSource;
use super::graph::{Graph, Role, Vertex};
use super::vertex::Place;
use super::workflow::{Promise, StepKind, TemplateBody, Workflow};

/// Adds what is missing: tasks of DAGs, steps of Steps, the whole tree of a workflow without nodes, the exit handler.
pub(super) fn add(graph: &mut Graph, workflow: &Workflow) {
    if matches!(
        workflow.facts.nodes,
        NodesSource::Offloaded | NodesSource::Unreadable(_)
    ) {
        // The steps exist somewhere else: to promise them would be a lie.
        return;
    }
    let bodies = bodies(workflow);
    add_root(graph, workflow, &bodies);
    for at in 0..graph.vertices.len() {
        if let Some(promised) = body(&bodies, workflow, &graph.vertices[at]) {
            add_missing(graph, workflow, at, promised);
        }
    }
    add_exit(graph, workflow);
}

/// Template bodies by template name.
pub(super) fn bodies(workflow: &Workflow) -> HashMap<&str, &TemplateBody> {
    let templates = workflow.templates.iter().rev();
    templates
        .map(|template| (&*template.name, &template.body))
        .collect()
}

/// The template body whose members a vertex holds.
pub(super) fn body<'w>(
    bodies: &HashMap<&str, &'w TemplateBody>,
    workflow: &Workflow,
    vertex: &Vertex,
) -> Option<&'w TemplateBody> {
    let Some(step) = vertex.step.map(|at| &workflow.steps[at]) else {
        return (is_root_promise(vertex))
            .then(|| entry(bodies, workflow))
            .flatten();
    };
    let found = bodies.get(step.template.as_deref()?).copied()?;
    let fits = match found {
        TemplateBody::Dag(_) => step.kind == StepKind::Dag,
        TemplateBody::Steps(_) => step.kind == StepKind::Steps,
        TemplateBody::ContainerSet(_) => step.kind == StepKind::Pod,
        TemplateBody::Suspend(_) | TemplateBody::Leaf => false,
    };
    fits.then_some(found)
}

fn is_root_promise(vertex: &Vertex) -> bool {
    vertex.role == Role::Promise && vertex.owner.is_none() && !vertex.id.ends_with("/onExit")
}

fn entry<'w>(
    bodies: &HashMap<&str, &'w TemplateBody>,
    workflow: &Workflow,
) -> Option<&'w TemplateBody> {
    bodies.get(workflow.entrypoint.as_deref()?).copied()
}

fn promised(id: Arc<str>, label: Arc<str>, owner: Option<usize>, place: Place) -> Vertex {
    Vertex {
        id,
        label,
        role: Role::Promise,
        step: None,
        owner,
        members: Vec::new(),
        after: Vec::new(),
        before: Vec::new(),
        when: None,
        place,
    }
}

fn add_root(graph: &mut Graph, workflow: &Workflow, bodies: &HashMap<&str, &TemplateBody>) {
    let begun = graph
        .roots
        .iter()
        .any(|&at| graph.vertices[at].role != Role::Hook);
    if begun || entry(bodies, workflow).is_none() {
        return;
    }
    let name = &workflow.facts.row.key.name;
    graph.add(promised(name.clone(), name.clone(), None, Place::default()));
}

fn add_missing(graph: &mut Graph, workflow: &Workflow, at: usize, body: &TemplateBody) {
    let rows: Vec<&[Promise]> = match body {
        TemplateBody::Dag(tasks) => vec![tasks],
        TemplateBody::Steps(rows) => rows.iter().map(Vec::as_slice).collect(),
        _ => return,
    };
    let known = by_task(workflow, graph, at);
    let known: Vec<bool> = task_keys(body)
        .iter()
        .map(|key| known.contains_key(key.as_str()))
        .collect();
    let keys = task_keys(body);
    let owner_id = graph.vertices[at].id.clone();
    let tasks = rows
        .into_iter()
        .enumerate()
        .flat_map(|(row, tasks)| tasks.iter().map(move |task| (row, task)));
    for (index, (row, task)) in tasks.enumerate() {
        if known[index] {
            continue;
        }
        let id = format!("{owner_id}/{}", keys[index]);
        let place = Place::promised(row, index);
        let mut vertex = promised(id.into(), task.name.clone(), Some(at), place);
        vertex.when = task.when.clone();
        graph.add(vertex);
    }
}

/// The names by which [`by_task`] finds the members a template promises, in its order.
pub(super) fn task_keys(body: &TemplateBody) -> Vec<String> {
    match body {
        TemplateBody::Dag(tasks) => tasks.iter().map(|task| task.name.to_string()).collect(),
        TemplateBody::Steps(rows) => rows
            .iter()
            .enumerate()
            .flat_map(|(row, tasks)| {
                tasks
                    .iter()
                    .map(move |task| format!("[{row}].{}", task.name))
            })
            .collect(),
        TemplateBody::ContainerSet(names) => names.iter().map(ToString::to_string).collect(),
        TemplateBody::Suspend(_) | TemplateBody::Leaf => Vec::new(),
    }
}

/// Members of a group by the name their template gives them: `task` in a DAG, `[row].step` in Steps.
pub(super) fn by_task<'g>(
    workflow: &'g Workflow,
    graph: &'g Graph,
    at: usize,
) -> HashMap<&'g str, usize> {
    let group = &graph.vertices[at];
    let name = group.step.map(|step| &*workflow.steps[step].name);
    let mut found = HashMap::with_capacity(group.members.len());
    for &member in &group.members {
        let vertex = &graph.vertices[member];
        // A fan-out inside Steps has no node: its first item tells its name.
        let step = vertex
            .step
            .or_else(|| graph.vertices[*vertex.members.first()?].step)
            .map(|step| &workflow.steps[step]);
        let key = match (step, name) {
            (Some(step), Some(name)) if !step.hooked => step.name.strip_prefix(name),
            (None, _) => Some(&*vertex.label),
            _ => None,
        };
        if let Some(key) = key {
            let key = key.strip_prefix('.').unwrap_or(key);
            found.insert(without_item(key), member);
        }
    }
    found
}

/// `x(0:a)` is an item of `x`.
fn without_item(name: &str) -> &str {
    name.split_once('(').map_or(name, |(base, _)| base)
}

fn add_exit(graph: &mut Graph, workflow: &Workflow) {
    if workflow.on_exit.is_none() {
        return;
    }
    let run = &workflow.facts.row.key.name;
    let name = format!("{run}.onExit");
    if workflow.steps.iter().any(|step| *step.name == *name) {
        return;
    }
    graph.add(promised(
        format!("{run}/onExit").into(),
        "onExit".into(),
        None,
        Place::promised(0, usize::MAX),
    ));
}
