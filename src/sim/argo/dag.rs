//! DAG templates: tasks that become ready, fan-outs, what is omitted, how it ends.
//! Apart from steps, which go row by row.

use std::collections::{BTreeMap, BTreeSet};

use super::exec::{self, Call};
use super::node::{Kind, Phase};
use super::run::Run;
use super::spec::{Task, targets};
use super::task::{Group, forgiven, hook, hooks_done, left_out, start};
use super::world::World;

/// Goes on with a DAG.
pub fn run(world: &mut World, run: &mut Run, call: &Call, id: &str, tasks: &[Task]) {
    exec::ensure(world, run, call, Kind::Dag, Phase::Running);
    let inputs = exec::values(run, id);
    let siblings: BTreeMap<String, String> = tasks
        .iter()
        .map(|task| (task.name.clone(), format!("{}.{}", call.name, task.name)))
        .collect();
    let group = Group {
        parent: id,
        kind: "tasks",
        siblings: &siblings,
        inputs: &inputs,
    };
    // What ends at once (skipped, omitted) may make others ready.
    loop {
        let before = run.nodes.len();
        for task in tasks {
            consider(world, run, &group, task);
        }
        if run.nodes.len() == before {
            break;
        }
    }
    let named = targets(&call.template.raw);
    conclude(world, run, &group, tasks, &named);
}

fn consider(world: &mut World, run: &mut Run, group: &Group<'_>, task: &Task) {
    let name = group.name(&task.name).to_owned();
    let id = run.id(&name);
    if run.phase_of(&id).is_some_and(Phase::fulfilled) {
        hook(world, run, group, task, &id);
        return;
    }
    let mut ready = true;
    for before in task.depends.names() {
        let before = run.id(group.name(before));
        let node = run.nodes.get(&before);
        let done = node.is_some_and(|node| node.phase.fulfilled() || node.daemoned == Some(true));
        ready = ready && done && hooks_done(run, &before);
    }
    if !ready {
        return;
    }
    let fresh = !run.nodes.contains_key(&id);
    if fresh && !run.shut_for(&name) {
        link(run, group, task, &id);
        let holds = task.depends.holds(&|before| {
            let node = run.nodes.get(&run.id(group.name(before)));
            node.map_or((Phase::Pending, false), |node| {
                (node.phase, node.daemoned == Some(true))
            })
        });
        if !holds {
            left_out(
                world,
                run,
                (&name, &task.name, group.parent),
                task,
                Phase::Omitted,
                "omitted: depends condition not met",
            );
            return;
        }
    }
    start(world, run, group, task, &name);
    hook(world, run, group, task, &id);
}

fn link(run: &mut Run, group: &Group<'_>, task: &Task, id: &str) {
    let befores = task.depends.names();
    if befores.is_empty() {
        run.link(group.parent, id);
        return;
    }
    for before in befores {
        let before = run.id(group.name(before));
        for end in exec::outbound(run, &before) {
            run.link(&end, id);
        }
    }
}

/// Ends it, once its tasks have; `named`: those that are named as targets.
fn conclude(world: &mut World, run: &mut Run, group: &Group<'_>, tasks: &[Task], named: &[&str]) {
    let shut = run.shut_for(
        &run.nodes
            .get(group.parent)
            .map(|n| n.name.clone())
            .unwrap_or_default(),
    );
    let mut branch: BTreeMap<&str, Phase> = BTreeMap::new();
    let mut missing = false;
    for task in tasks {
        let id = run.id(group.name(&task.name));
        match run.phase_of(&id) {
            Some(phase) if !phase.fulfilled() || !hooks_done(run, &id) => {
                let daemon = run
                    .nodes
                    .get(&id)
                    .is_some_and(|node| node.daemoned == Some(true));
                if !daemon {
                    return;
                }
            }
            Some(phase) => {
                branch.insert(
                    &task.name,
                    if forgiven(task, phase) {
                        Phase::Succeeded
                    } else {
                        phase
                    },
                );
            }
            None => missing = true,
        }
    }
    if missing && !shut {
        return;
    }
    let befores: BTreeSet<&str> = tasks.iter().flat_map(|task| task.depends.names()).collect();
    // An omitted task is as good as what it was omitted for.
    for _ in 0..tasks.len() {
        let mut settled = true;
        for task in tasks {
            if branch.get(task.name.as_str()) == Some(&Phase::Omitted) {
                let bad = task
                    .depends
                    .names()
                    .iter()
                    .filter_map(|b| branch.get(b))
                    .find(|p| p.bad())
                    .copied();
                if let Some(bad) = bad {
                    branch.insert(&task.name, bad);
                    settled = false;
                }
            }
        }
        if settled {
            break;
        }
    }
    // What decides: the tasks that are named as targets, else those nothing depends on.
    let decides = |task: &&Task| {
        let name = task.name.as_str();
        if named.is_empty() {
            !befores.contains(name)
        } else {
            named.contains(&name)
        }
    };
    let targets: Vec<&Task> = tasks.iter().filter(decides).collect();
    let bad = targets
        .iter()
        .filter_map(|task| branch.get(task.name.as_str()))
        .find(|p| p.bad())
        .copied();
    let mut outbound = Vec::new();
    for target in &targets {
        for end in exec::outbound(run, &run.id(group.name(&target.name))) {
            if !outbound.contains(&end) {
                outbound.push(end);
            }
        }
    }
    if let Some(node) = run.nodes.get_mut(group.parent) {
        node.outbound = outbound;
    }
    let phase = if missing {
        bad.unwrap_or(Phase::Failed)
    } else {
        bad.unwrap_or(Phase::Succeeded)
    };
    exec::finish(world, run, group.parent, phase, None);
}
