//! Executing one template as one node: locks, attempts, pods, pauses.
//! Apart from DAGs and steps, which decide what is executed; here it is done.

use std::sync::Arc;

use serde_json::{Value, json};

use super::names::pod_name;
use super::node::{Flag, Kind, Node, Phase, Time};
use super::run::{Run, RunKey};
use super::spec::{Arguments, Body, LockRef, Template, Which};
use super::world::World;
use super::{agent, dag, events, pods, retry, steps};
use crate::sim::resource::{CLUSTER_TEMPLATES, TEMPLATES};

/// One node that should exist.
#[derive(Clone, Debug)]
pub struct Call {
    /// Full name.
    pub name: String,
    /// Display name.
    pub display: String,
    /// Id of the node it belongs to.
    pub boundary: String,
    /// What it runs.
    pub template: Arc<Template>,
    /// `templateRef`, if it is another object's.
    pub template_ref: Value,
    /// Filled arguments.
    pub inputs: Arguments,
    /// Hook or attempt.
    pub flag: Option<Flag>,
}

impl Call {
    /// What plans call it: display name without the number of an attempt, and that number, counted from 0.
    pub fn planned(&self) -> (&str, u32) {
        let retried = self.flag.is_some_and(|flag| flag.retried);
        let parts = self.display.rsplit_once('(').filter(|_| retried);
        match parts {
            Some((base, n)) => (base, n.trim_end_matches(')').parse().unwrap_or(0)),
            None => (&self.display, 0),
        }
    }
}

/// Finds the template of a task. A reference to another object is read from the store once and kept with the run.
///
/// # Errors
/// What the controller says where there is none.
pub fn resolve(
    world: &World,
    run: &mut Run,
    which: &Which,
) -> Result<(Arc<Template>, Value), String> {
    match which {
        Which::Inline(template) => Ok((Arc::clone(template), Value::Null)),
        Which::Local(name) => match run.spec.templates.get(name) {
            Some(template) => Ok((Arc::clone(template), Value::Null)),
            None => Err(format!("template {name} not found")),
        },
        Which::Ref {
            name,
            template,
            cluster,
        } => {
            let key = format!(
                "{}/{name}/{template}",
                if *cluster { "cluster" } else { "namespaced" }
            );
            let mut reference = json!({"name": name, "template": template});
            if *cluster {
                reference["clusterScope"] = true.into();
            }
            if let Some(known) = run.refs.get(&key) {
                return Ok((Arc::clone(known), reference));
            }
            let (res, namespace) = if *cluster {
                (CLUSTER_TEMPLATES, "")
            } else {
                (TEMPLATES, &*run.key.namespace)
            };
            let object = world
                .store
                .get(res, namespace, name)
                .ok_or_else(|| format!("{} \"{name}\" not found", res.qualified()))?
                .value();
            let raw = object["spec"]["templates"]
                .as_array()
                .and_then(|all| all.iter().find(|t| t["name"] == **template))
                .ok_or_else(|| {
                    format!("template {template} not found in workflow template {name}")
                })?;
            let compiled = Arc::new(Template::compile(raw));
            run.object["status"]["storedTemplates"][key.as_str()] = raw.clone();
            run.refs.insert(key, Arc::clone(&compiled));
            Ok((compiled, reference))
        }
    }
}

/// Makes or goes on with a node. Afterwards the node is there, unless something keeps it from being created.
pub fn run(world: &mut World, run: &mut Run, call: &Call) {
    let id = run.id(&call.name);
    if run.phase_of(&id).is_some_and(Phase::fulfilled) || !locked(world, run, call, &id) {
        return;
    }
    let attempt = call.flag.is_some_and(|flag| flag.retried);
    if let (Some(strategy), false) = (&call.template.retry, attempt) {
        return retry::attempts(world, run, call, &id, &strategy.clone());
    }
    match &call.template.body {
        Body::Dag(tasks) => dag::run(world, run, call, &id, tasks),
        Body::Steps(groups) => steps::run(world, run, call, &id, groups),
        Body::Suspend(length) => suspend(world, run, call, &id, *length),
        Body::Agent => agent::run(world, run, call, &id),
        Body::Set(_) | Body::Pod(_) => pod(world, run, call, &id),
    }
}

/// The node of a call, created in a phase if it is not there.
pub fn ensure(world: &mut World, run: &mut Run, call: &Call, kind: Kind, phase: Phase) -> String {
    let id = run.id(&call.name);
    if let Some(node) = run.nodes.get_mut(&id) {
        // A group that a memoized resubmit begins with.
        if node.phase == Phase::Pending && phase == Phase::Running {
            node.phase = Phase::Running;
            node.started = Some(Time(world.now));
            node.finished = None;
        }
        return id;
    }
    let plain = call.template_ref.is_null();
    let node = Node {
        boundary: call.boundary.clone(),
        display: call.display.clone(),
        id: id.clone(),
        inputs: inputs(&call.template, &call.inputs),
        name: call.name.clone(),
        flag: call.flag,
        phase,
        started: Some(Time(world.now)),
        synced: (kind == Kind::Pod).then_some(true),
        template: if plain {
            call.template.name.clone()
        } else {
            String::new()
        },
        template_ref: call.template_ref.clone(),
        scope: scope_of(run),
        kind,
        ..Node::default()
    };
    if phase == Phase::Running && !matches!(kind, Kind::StepGroup) {
        events::node(world, run, &node);
    }
    run.nodes.insert(id.clone(), node);
    id
}

fn scope_of(run: &Run) -> String {
    if run.object["spec"]["workflowTemplateRef"].is_object() {
        "local/".to_owned()
    } else {
        format!("local/{}", run.name())
    }
}

/// Declared inputs with their values.
fn inputs(template: &Template, given: &Arguments) -> Value {
    let Some(declared) = template.inputs["parameters"].as_array() else {
        return Value::Null;
    };
    let parameters: Vec<Value> = declared
        .iter()
        .map(|parameter| {
            let mut parameter = parameter.clone();
            let name = parameter["name"].as_str().unwrap_or_default();
            if let Some((_, value)) = given.iter().find(|(known, _)| known == name) {
                parameter["value"] = value.clone().into();
            } else if parameter["value"].is_null() && !parameter["default"].is_null() {
                parameter["value"] = parameter["default"].clone();
            }
            parameter
        })
        .collect();
    json!({"parameters": parameters})
}

/// Values of a node's inputs, for what runs inside it.
pub fn values(run: &Run, id: &str) -> Arguments {
    let node = run.nodes.get(id);
    node.map(|node| super::spec::arguments(&node.inputs))
        .unwrap_or_default()
}

/// Ends a node.
pub fn finish(world: &mut World, run: &mut Run, id: &str, phase: Phase, message: Option<String>) {
    let now = world.now;
    let Some(node) = run.nodes.get_mut(id) else {
        return;
    };
    node.phase = phase;
    node.finished = Some(Time(now));
    if message.is_some() || !phase.bad() {
        node.message = message;
    }
    let node = node.clone();
    events::node(world, run, &node);
    end_daemons(world, run, id);
}

/// The daemons inside a node end with it.
fn end_daemons(world: &mut World, run: &mut Run, id: &str) {
    let (workflow, namespace) = (run.key.name.clone(), run.key.namespace.clone());
    let inside = run
        .nodes
        .values_mut()
        .filter(|node| node.boundary == id && node.daemoned == Some(true));
    for node in inside {
        node.daemoned = None;
        let name = pod_name(&workflow, &node.name, node.pod_template());
        pods::kill(world, &RunKey::new(&namespace, &name));
    }
}

/// Lock names with their capacities.
pub fn wanted(world: &World, namespace: &str, locks: &[LockRef]) -> Vec<(String, usize)> {
    locks
        .iter()
        .map(|lock| match lock {
            LockRef::Mutex(name) => (format!("{namespace}/Mutex/{name}"), 1),
            LockRef::Semaphore(map, key) => {
                let size = world.capacity(namespace, map, key);
                (format!("{namespace}/ConfigMap/{map}/{key}"), size)
            }
        })
        .collect()
}

/// What a waiting workflow or node says.
pub fn waiting_for(name: &str, capacity: usize) -> String {
    format!("Waiting for {name} lock. Lock status: 0/{capacity}")
}

fn locked(world: &mut World, run: &mut Run, call: &Call, id: &str) -> bool {
    if call.template.locks.is_empty() || call.flag.is_some_and(|flag| flag.retried) {
        return true;
    }
    let wanted = wanted(world, &run.key.namespace, &call.template.locks);
    let holder = format!("{}/{id}", run.key.holder());
    match world.locks.take(&wanted, &holder, &run.key) {
        Ok(()) => {
            if let Some(node) = run.nodes.get_mut(id)
                && node.waits_for_lock()
            {
                // It begins as what it is: the placeholder was a pod.
                run.nodes.remove(id);
            }
            true
        }
        Err(name) => {
            if run.shut_for(&call.name) {
                return false;
            }
            let capacity = wanted
                .iter()
                .find(|(known, _)| *known == name)
                .map_or(1, |(_, size)| *size);
            let id = ensure(world, run, call, Kind::Pod, Phase::Pending);
            if let Some(node) = run.nodes.get_mut(&id) {
                node.message = Some(waiting_for(&name, capacity));
                node.lock = json!({"waiting": name});
            }
            false
        }
    }
}

/// What a shut-down node or workflow says.
pub fn stopped(strategy: &str) -> String {
    format!("Stopped with strategy '{strategy}'")
}

fn suspend(world: &mut World, run: &mut Run, call: &Call, id: &str, length: Option<i64>) {
    if !run.nodes.contains_key(id) {
        if run.shut_for(&call.name) {
            return;
        }
        ensure(world, run, call, Kind::Suspend, Phase::Running);
        if let Some(node) = run.nodes.get_mut(id)
            && call.template.outputs["parameters"].is_array()
        {
            node.outputs = call.template.outputs.clone();
        }
    }
    let Some(length) = length else {
        return;
    };
    let until = run
        .nodes
        .get(id)
        .and_then(|node| node.started)
        .map_or(world.now, |at| at.0)
        + length;
    if world.now >= until {
        finish(world, run, id, Phase::Succeeded, None);
    } else {
        let key = run.key.clone();
        world.reconcile(&key, until);
    }
}

fn pod(world: &mut World, run: &mut Run, call: &Call, id: &str) {
    // A step that a memoized resubmit left to be done has no start. Source: Argo v4.1.2 `executeTemplate`.
    let left = |node: &Node| node.phase == Phase::Pending && node.started.is_none();
    let there = run.nodes.get(id).is_some_and(|node| !left(node));
    if there || run.shut_for(&call.name) {
        return;
    }
    if run.spec.parallelism.is_some_and(|most| run.active >= most) {
        return;
    }
    let boundary = run
        .nodes
        .get(&call.boundary)
        .map(|node| node.pod_template().to_owned());
    let inside = boundary.and_then(|name| run.spec.templates.get(&name)?.parallelism);
    if let Some(most) = inside {
        let busy = run.nodes.values().filter(|node| {
            node.boundary == call.boundary && node.kind == Kind::Pod && !node.phase.fulfilled()
        });
        if busy.count() >= most {
            return;
        }
    }
    ensure(world, run, call, Kind::Pod, Phase::Pending);
    run.active += 1;
    if let Some(node) = run.nodes.get_mut(id) {
        node.started.get_or_insert(Time(world.now));
    }
    if let Some(node) = run.nodes.get_mut(id)
        && call.template.outputs["parameters"].is_array()
    {
        node.outputs = call.template.outputs.clone();
    }
    if let Body::Set(members) = &call.template.body {
        set(run, call, id, members, world.now);
    }
    pods::create(world, run, call, id);
}

/// Nodes of the members of a containerSet.
fn set(run: &mut Run, call: &Call, id: &str, members: &[(String, Vec<String>)], now: i64) {
    for (name, _) in members {
        let full = format!("{}.{name}", call.name);
        let member = run.id(&full);
        let node = Node {
            boundary: id.to_owned(),
            display: name.clone(),
            id: member.clone(),
            name: full,
            phase: Phase::Pending,
            started: Some(Time(now)),
            template: call.template.name.clone(),
            scope: scope_of(run),
            kind: Kind::Container,
            ..Node::default()
        };
        run.nodes.insert(member, node);
    }
    for (name, waits) in members {
        let member = run.id(&format!("{}.{name}", call.name));
        if waits.is_empty() {
            run.link(id, &member);
        }
        for before in waits {
            let before = run.id(&format!("{}.{before}", call.name));
            run.link(&before, &member);
        }
    }
}

/// The nodes that what comes after a node hangs on.
pub fn outbound(run: &Run, id: &str) -> Vec<String> {
    let Some(node) = run.nodes.get(id) else {
        return Vec::new();
    };
    match node.kind {
        Kind::Retry => match node.children.last() {
            Some(last) => outbound(run, last),
            None => vec![id.to_owned()],
        },
        Kind::Steps | Kind::Dag if !node.outbound.is_empty() => node.outbound.clone(),
        Kind::TaskGroup if !node.children.is_empty() => node
            .children
            .iter()
            .flat_map(|child| outbound(run, child))
            .collect(),
        Kind::Pod => {
            let members: Vec<&Node> = run
                .nodes
                .values()
                .filter(|other| other.kind == Kind::Container && other.boundary == id)
                .collect();
            let inner = |member: &&&Node| {
                !member
                    .children
                    .iter()
                    .any(|c| run.nodes.get(c).is_some_and(|n| n.boundary == id))
            };
            let ends: Vec<String> = members.iter().filter(inner).map(|n| n.id.clone()).collect();
            if ends.is_empty() {
                vec![id.to_owned()]
            } else {
                ends
            }
        }
        _ => vec![id.to_owned()],
    }
}
