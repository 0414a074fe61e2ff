//! One DAG task or step: its condition, its items, its arguments, its exit hook.
//! Apart from DAGs and steps, which only decide when it is its turn.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::depends::{Depends, when};
use super::exec::{self, Call};
use super::node::{Flag, Kind, Node, Phase, Time};
use super::run::Run;
use super::scope::Scope;
use super::spec::{Arguments, Items, Task, plain};
use super::vars::fill;
use super::world::World;

/// A group of siblings: a DAG, or one row of steps.
#[derive(Debug)]
pub struct Group<'a> {
    /// Id of the DAG or Steps node.
    pub parent: &'a str,
    /// `tasks` or `steps`.
    pub kind: &'static str,
    /// Sibling → node name.
    pub siblings: &'a BTreeMap<String, String>,
    /// Inputs of the template.
    pub inputs: &'a Arguments,
}

impl Group<'_> {
    /// Name of a sibling's node.
    pub fn name(&self, task: &str) -> &str {
        self.siblings.get(task).map_or("", String::as_str)
    }
}

/// Starts a task or step, with its condition and its items. How many nodes it should have; `None` while its items are not known.
pub fn start(
    world: &mut World,
    run: &mut Run,
    group: &Group<'_>,
    task: &Task,
    name: &str,
) -> Option<usize> {
    let scope = Scope {
        kind: group.kind,
        siblings: group.siblings,
        inputs: group.inputs,
        item: None,
    };
    let Some(items) = &task.items else {
        one(
            world,
            run,
            &scope,
            (name, &task.name, group.parent),
            task,
            None,
        );
        return Some(1);
    };
    let items = match items {
        Items::List(items) => Cow::Borrowed(items.as_slice()),
        Items::Param(text) => {
            let text = fill(text, &|key| scope.look(run, key)).ok()?;
            Cow::Owned(serde_json::from_str::<Vec<Value>>(&text).ok()?)
        }
    };
    if group.kind == "steps" {
        for (n, item) in items.iter().enumerate() {
            let display = expanded(&task.name, n, item);
            let full = format!(
                "{}{display}",
                name.strip_suffix(task.name.as_str()).unwrap_or_default()
            );
            let scope = Scope {
                item: Some(item),
                ..scope
            };
            one(
                world,
                run,
                &scope,
                (&full, &display, group.parent),
                task,
                None,
            );
        }
        return Some(items.len());
    }
    task_group(world, run, &scope, (name, group.parent), task, &items);
    Some(items.len())
}

fn task_group(
    world: &mut World,
    run: &mut Run,
    scope: &Scope<'_>,
    place: (&str, &str),
    task: &Task,
    items: &[Value],
) {
    let (name, parent) = place;
    let Ok((template, template_ref)) = exec::resolve(world, run, &task.which) else {
        return;
    };
    let call = Call {
        name: name.to_owned(),
        display: task.name.clone(),
        boundary: parent.to_owned(),
        template,
        template_ref,
        inputs: Vec::new(),
        flag: Some(Flag::default()),
    };
    let id = run.id(name);
    if !run.nodes.contains_key(&id) && run.shut_for(name) {
        return;
    }
    exec::ensure(world, run, &call, Kind::TaskGroup, Phase::Running);
    if let Some(node) = run.nodes.get_mut(&id) {
        node.inputs = Value::Null;
    }
    let mut open = false;
    let mut worst = Phase::Succeeded;
    // Children are linked in the order of the items: with all of them there, those that are over need no name.
    let known = run.nodes.get(&id).map(|node| node.children.clone());
    let known = known.filter(|children| children.len() == items.len());
    for (n, item) in items.iter().enumerate() {
        let over = known
            .as_ref()
            .and_then(|children| run.phase_of(&children[n]).filter(|phase| phase.fulfilled()));
        if let Some(phase) = over {
            if phase.bad() && !forgiven(task, phase) {
                worst = phase;
            }
            continue;
        }
        let display = expanded(&task.name, n, item);
        let full = format!(
            "{}{display}",
            name.strip_suffix(task.name.as_str()).unwrap_or_default()
        );
        let child = run.id(&full);
        run.link(&id, &child);
        let scope = Scope {
            item: Some(item),
            ..*scope
        };
        one(world, run, &scope, (&full, &display, parent), task, None);
        match run.phase_of(&child) {
            Some(phase) if phase.fulfilled() => {
                if phase.bad() && !forgiven(task, phase) {
                    worst = phase;
                }
            }
            Some(_) => open = true,
            None => open = open || !run.shut_for(name),
        }
    }
    if !open {
        exec::finish(world, run, &id, worst, None);
    }
}

/// Name of an item of a fan-out: `task(0:a)`, of a map `task(1:host:b,port:443)`; parentheses of values are removed.
pub fn expanded(task: &str, n: usize, item: &Value) -> String {
    let text = match item {
        Value::Object(map) => {
            let mut pairs: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}:{}", plain(value)))
                .collect();
            pairs.sort();
            pairs.join(",")
        }
        other => plain(other),
    };
    format!("{task}({n}:{})", text.replace(['(', ')'], ""))
}

/// A failure that `continueOn` allows.
pub fn forgiven(task: &Task, phase: Phase) -> bool {
    let (failed, error) = task.continue_on;
    (phase == Phase::Failed && failed) || (phase == Phase::Error && error)
}

fn one(
    world: &mut World,
    run: &mut Run,
    scope: &Scope<'_>,
    place: (&str, &str, &str),
    task: &Task,
    flag: Option<Flag>,
) {
    let (name, display, parent) = place;
    let id = run.id(name);
    if run.phase_of(&id).is_some_and(Phase::fulfilled) {
        return;
    }
    if !run.nodes.contains_key(&id) {
        if run.shut_for(name) {
            return;
        }
        if let Some(condition) = &task.when {
            let Ok(condition) = fill(condition, &|key| scope.look(run, key)) else {
                return;
            };
            if !when(&condition) {
                let message = format!("when '{condition}' evaluated false");
                left_out(world, run, place, task, Phase::Skipped, &message);
                return;
            }
        }
    }
    let mut inputs = Vec::new();
    for (key, value) in &task.arguments {
        match fill(value, &|key| scope.look(run, key)) {
            Ok(value) => inputs.push((key.clone(), value)),
            // The controller logs it on every pass and says nothing in the object.
            Err(_) => return,
        }
    }
    match exec::resolve(world, run, &task.which) {
        Ok((template, template_ref)) => {
            let call = Call {
                name: name.to_owned(),
                display: display.to_owned(),
                boundary: parent.to_owned(),
                template,
                template_ref,
                inputs,
                flag,
            };
            exec::run(world, run, &call);
        }
        Err(message) => {
            left_out(world, run, place, task, Phase::Error, &message);
        }
    }
}

/// A node for what is not executed, ended at once.
pub fn left_out(
    world: &mut World,
    run: &mut Run,
    place: (&str, &str, &str),
    task: &Task,
    phase: Phase,
    message: &str,
) {
    let (name, display, parent) = place;
    let id = run.id(name);
    let template = match &task.which {
        super::spec::Which::Local(name) => name.clone(),
        _ => String::new(),
    };
    let node = Node {
        boundary: parent.to_owned(),
        display: display.to_owned(),
        id: id.clone(),
        name: name.to_owned(),
        flag: Some(Flag::default()),
        message: Some(message.to_owned()),
        phase,
        started: Some(Time(world.now)),
        finished: Some(Time(world.now)),
        template,
        scope: run
            .nodes
            .get(parent)
            .map(|n| n.scope.clone())
            .unwrap_or_default(),
        kind: Kind::Skipped,
        ..Node::default()
    };
    run.nodes.insert(id, node);
}

/// Runs the exit hook of a task that has ended.
pub fn hook(world: &mut World, run: &mut Run, group: &Group<'_>, task: &Task, id: &str) {
    let Some((template, arguments)) = &task.hook else {
        return;
    };
    let Some(node) = run.nodes.get(id) else {
        return;
    };
    if !node.phase.fulfilled() || matches!(node.phase, Phase::Omitted | Phase::Skipped) {
        return;
    }
    let (name, display) = (
        format!("{}.onExit", node.name),
        format!("{}.onExit", node.display),
    );
    let hooked = run.id(&name);
    if !run.nodes.contains_key(&hooked) && run.shut_for(&name) {
        return;
    }
    run.link(id, &hooked);
    let hook = Task {
        name: display.clone(),
        which: super::spec::Which::Local(template.clone()),
        arguments: arguments.clone(),
        when: None,
        items: None,
        depends: Depends::Nothing,
        continue_on: (false, false),
        hook: None,
    };
    let scope = Scope {
        kind: group.kind,
        siblings: group.siblings,
        inputs: group.inputs,
        item: None,
    };
    let flag = Flag {
        hooked: true,
        retried: false,
    };
    one(
        world,
        run,
        &scope,
        (&name, &display, group.parent),
        &hook,
        Some(flag),
    );
}

/// Whether the hook of a node, if it has one, has ended.
pub fn hooks_done(run: &Run, id: &str) -> bool {
    let Some(node) = run.nodes.get(id) else {
        return true;
    };
    let hook = run.id(&format!("{}.onExit", node.name));
    !node.children.contains(&hook) || run.phase_of(&hook).is_some_and(Phase::fulfilled)
}
