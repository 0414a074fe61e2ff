//! Step templates reduced to what they promise: the tasks and steps a workflow will create.
//! Apart from [`super::workflow()`], because a template's `depends` is a small language of its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::lax::{Present, Text};
use super::nest::Obj;
use super::row::Meta;
use super::spec::{Task, Template as WireTemplate};
use super::workflow::{line, message};
use crate::model::qarun::{annotation, label};
use crate::model::text::clean;
use crate::model::workflow::{Criterion, Promise, Template, TemplateBody};

/// A step template under this name.
pub fn template(wire: &WireTemplate<'_>, name: Arc<str>) -> Template {
    Template {
        name,
        body: body(wire),
        retries: wire.retry_strategy.is_set(),
        criterion: wire.metadata.get().and_then(criterion),
    }
}

/// The criterion a step template was made of.
fn criterion(metadata: &Meta<'_>) -> Option<Criterion> {
    let note = |name| metadata.annotations.find(name);
    let text = note(annotation::TEXT).and_then(message);
    let kind = note(annotation::KIND).and_then(line);
    Some(Criterion {
        id: metadata.labels.find(label::CRITERION).and_then(line)?,
        text: text.unwrap_or_default(),
        kind: kind.unwrap_or_default(),
        required: note(annotation::REQUIRED).and_then(Text::get) != Some("false"),
    })
}

fn body(wire: &WireTemplate<'_>) -> TemplateBody {
    if let Some(dag) = wire.dag.get() {
        let tasks = promises(dag.tasks.get());
        return TemplateBody::Dag(reached(tasks, dag.target.filled()));
    }
    if !wire.steps.get().is_empty() {
        let groups = wire.steps.get().iter().map(|group| promises(group.get()));
        return TemplateBody::Steps(groups.collect());
    }
    if let Some(suspend) = wire.suspend.get() {
        return TemplateBody::Suspend(line(&suspend.duration));
    }
    if let Some(set) = wire.container_set.get() {
        let containers = set.containers.get().iter();
        return TemplateBody::ContainerSet(
            containers
                .filter_map(|container| line(&container.get()?.name))
                .collect(),
        );
    }
    TemplateBody::Leaf
}

fn promises(tasks: &[Obj<Task<'_>>]) -> Vec<Promise> {
    tasks.iter().filter_map(Obj::get).map(promise).collect()
}

fn promise(task: &Task<'_>) -> Promise {
    let mut after: Vec<Arc<str>> = task.dependencies.get().iter().filter_map(line).collect();
    if let Some(depends) = task.depends.filled() {
        for name in operands(depends) {
            let name: Arc<str> = clean(name).into();
            if !after.contains(&name) {
                after.push(name);
            }
        }
    }
    let by_reference = task.template_ref.get().map(|reference| &reference.template);
    Promise {
        name: clean(task.name.or_empty()).into(),
        template: by_reference
            .filter(|name: &&Text<'_>| name.filled().is_some())
            .or(Some(&task.template))
            .and_then(line),
        after,
        fan_out: [task.with_items, task.with_param, task.with_sequence]
            .into_iter()
            .any(Present::is_set),
        when: line(&task.when),
    }
}

/// Names of the tasks in a `depends` expression: `(a.Succeeded || b) && !c.Failed` has a, b and c.
/// Source: Argo v4.1.2 `workflow/common/ancestry.go`: operands are task names with an optional `.Result`.
fn operands(depends: &str) -> impl Iterator<Item = &str> {
    depends
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .filter_map(|word| word.split('.').next())
        .filter(|name| !name.is_empty())
}

/// With a `target`, only what it needs is ever created.
fn reached(tasks: Vec<Promise>, target: Option<&str>) -> Vec<Promise> {
    let Some(target) = target else {
        return tasks;
    };
    let by_name: HashMap<&str, &Promise> = tasks.iter().map(|task| (&*task.name, task)).collect();
    let mut wanted: HashSet<Arc<str>> = HashSet::new();
    let mut open: Vec<&str> = target.split_whitespace().collect();
    while let Some(name) = open.pop() {
        if let Some(task) = by_name.get(name)
            && wanted.insert(task.name.clone())
        {
            open.extend(task.after.iter().map(|name| &**name));
        }
    }
    tasks
        .into_iter()
        .filter(|task| wanted.contains(&task.name))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn dag(json: &str) -> Vec<Promise> {
        let wire: WireTemplate<'_> = serde_json::from_str(json).unwrap();
        match template(&wire, "m".into()).body {
            TemplateBody::Dag(tasks) => tasks,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn depends_names_its_tasks_once() {
        let tasks = dag(r#"{"dag":{"tasks":[{"name":"a","template":"t"},
               {"name":"z","depends":"(a.Succeeded || b-2) && !a.Failed","withParam":"[]","when":"x == y"}]}}"#);
        let after: Vec<&str> = tasks[1].after.iter().map(|name| &**name).collect();
        assert_eq!(after, ["a", "b-2"]);
        assert!(tasks[1].fan_out);
        assert!(!tasks[0].fan_out);
        assert_eq!(tasks[0].template.as_deref(), Some("t"));
        assert_eq!(tasks[1].when.as_deref(), Some("x == y"));
    }

    #[test]
    fn a_target_leaves_out_what_it_does_not_need() {
        let tasks = dag(
            r#"{"dag":{"target":"b","tasks":[{"name":"a"},{"name":"b","dependencies":["a"]},{"name":"c","dependencies":["b"]}]}}"#,
        );
        let names: Vec<&str> = tasks.iter().map(|task| &*task.name).collect();
        assert_eq!(names, ["a", "b"]);
    }
}
