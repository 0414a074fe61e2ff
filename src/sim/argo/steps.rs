//! Steps templates: rows one after the other, each row at once.
//! Apart from DAGs; a row fails with the name of the child that failed.

use std::collections::BTreeMap;

use super::exec::{self, Call};
use super::node::{Flag, Kind, Node, Phase, Time};
use super::run::Run;
use super::spec::{Items, Task};
use super::task::{Group, expanded, forgiven, hook, hooks_done, start};
use super::world::World;

/// Goes on with a Steps template.
pub fn run(world: &mut World, run: &mut Run, call: &Call, id: &str, groups: &[Vec<Task>]) {
    exec::ensure(world, run, call, Kind::Steps, Phase::Running);
    let inputs = exec::values(run, id);
    let mut siblings = BTreeMap::new();
    for (n, group) in groups.iter().enumerate() {
        for step in group {
            siblings.insert(
                step.name.clone(),
                format!("{}[{n}].{}", call.name, step.name),
            );
        }
    }
    let group = Group {
        parent: id,
        kind: "steps",
        siblings: &siblings,
        inputs: &inputs,
    };
    let mut ends = vec![id.to_owned()];
    for (n, steps) in groups.iter().enumerate() {
        let name = format!("{}[{n}]", call.name);
        let row = run.id(&name);
        if !run.nodes.contains_key(&row) {
            if run.shut_for(&name) {
                let message = run.ended_by();
                return end(world, run, id, &ends, Phase::Failed, message);
            }
            create(world, run, call, (&name, &row, n), &ends);
        }
        if !run.phase_of(&row).is_some_and(Phase::fulfilled) {
            advance(world, run, &group, (&row, &name), steps);
        }
        let Some(node) = run.nodes.get(&row) else {
            return;
        };
        if !node.phase.fulfilled() {
            return;
        }
        let (phase, message) = (node.phase, node.message.clone());
        let children: Vec<String> = node.children.clone();
        ends = children
            .iter()
            .flat_map(|child| exec::outbound(run, child))
            .collect();
        if ends.is_empty() {
            ends = vec![row];
        }
        if phase.bad() {
            return end(world, run, id, &ends, Phase::Failed, message);
        }
    }
    end(world, run, id, &ends, Phase::Succeeded, None);
}

fn end(
    world: &mut World,
    run: &mut Run,
    id: &str,
    ends: &[String],
    phase: Phase,
    message: Option<String>,
) {
    if let Some(node) = run.nodes.get_mut(id) {
        node.outbound = ends.to_vec();
    }
    exec::finish(world, run, id, phase, message);
}

fn create(world: &World, run: &mut Run, call: &Call, row: (&str, &str, usize), ends: &[String]) {
    let (name, id, n) = row;
    let boundary = run.id(&call.name);
    let scope = run
        .nodes
        .get(&boundary)
        .map(|node| node.scope.clone())
        .unwrap_or_default();
    let node = Node {
        boundary,
        display: format!("[{n}]"),
        id: id.to_owned(),
        name: name.to_owned(),
        flag: Some(Flag::default()),
        phase: Phase::Running,
        started: Some(Time(world.now)),
        scope,
        kind: Kind::StepGroup,
        ..Node::default()
    };
    run.nodes.insert(id.to_owned(), node);
    for before in ends {
        run.link(before, id);
    }
}

fn advance(world: &mut World, run: &mut Run, group: &Group<'_>, row: (&str, &str), steps: &[Task]) {
    let (row_id, row_name) = row;
    let mut open = false;
    let mut bad: Option<(String, Phase)> = None;
    for step in steps {
        let name = format!("{row_name}.{}", step.name);
        let wanted = start(world, run, group, step, &name);
        let children = expected(run, &name, step);
        // Items that are not known or not made yet keep the row open.
        open = open || (wanted.is_none_or(|n| children.len() < n) && !run.shut_for(&name));
        for child in children {
            let Some(phase) = run.phase_of(&child) else {
                open = open || !run.shut_for(&name);
                continue;
            };
            run.link(row_id, &child);
            hook(world, run, group, step, &child);
            if !phase.fulfilled() || !hooks_done(run, &child) {
                let daemon = run
                    .nodes
                    .get(&child)
                    .is_some_and(|node| node.daemoned == Some(true));
                open = open || !daemon;
            } else if phase.bad() && !forgiven(step, phase) && bad.is_none() {
                bad = Some((child, phase));
            }
        }
    }
    if open {
        return;
    }
    match bad {
        Some((child, _)) => {
            exec::finish(
                world,
                run,
                row_id,
                Phase::Failed,
                Some(format!("child '{child}' failed")),
            );
        }
        None => {
            let whole = steps.iter().all(|step| {
                empty(step) || !expected(run, &format!("{row_name}.{}", step.name), step).is_empty()
            });
            let phase = if whole {
                Phase::Succeeded
            } else {
                Phase::Failed
            };
            exec::finish(world, run, row_id, phase, None);
        }
    }
}

fn empty(step: &Task) -> bool {
    matches!(&step.items, Some(Items::List(items)) if items.is_empty())
}

/// Ids of the nodes of a step: itself, or its items as far as they are known.
fn expected(run: &Run, name: &str, step: &Task) -> Vec<String> {
    match &step.items {
        None => vec![run.id(name)],
        Some(Items::List(items)) => items
            .iter()
            .enumerate()
            .map(|(n, item)| {
                let display = expanded(&step.name, n, item);
                let base = name.strip_suffix(step.name.as_str()).unwrap_or_default();
                run.id(&format!("{base}{display}"))
            })
            .collect(),
        Some(Items::Param(_)) => {
            let single = run.id(name);
            if run.nodes.contains_key(&single) {
                return vec![single];
            }
            let prefix = format!("{name}(");
            let items = run
                .nodes
                .values()
                .filter(|node| node.name.starts_with(&prefix) && !node.name.ends_with(".onExit"));
            let items = items.filter(|node| node.flag.is_none_or(|flag| !flag.retried));
            items.map(|node| node.id.clone()).collect()
        }
    }
}
