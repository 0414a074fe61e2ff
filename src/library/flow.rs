//! In which order criteria and environments are looked at, as Argo templates: DAGs where they stand beside each other, steps where
//! one follows another.
//! Apart from the steps themselves, which do not know what stands beside them.

use serde_json::{Value, json};

use super::step::{self, Place};
use super::{environment_node, step_name};
use crate::model::qarun::{Builtin, Criterion, Environment, Spec, Template};

/// Name of the template a workflow starts with.
pub const MAIN: &str = "main";

/// The order of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Criteria one after the other, and no further after one that is not met.
    criteria_in_order: bool,
    /// No more criteria are begun after one that is not met.
    criteria_fail_fast: bool,
    /// Environments one after the other.
    environments_in_order: bool,
    /// No more environments are begun after one that is red.
    environments_fail_fast: bool,
    /// A node for the environment even where there is just one.
    always_nested: bool,
}

impl Flow {
    /// The order a template asks for by its parameters.
    pub fn of(builtin: Builtin, template: &Template) -> Self {
        let says = |name: &str, value: &str| {
            template
                .parameters
                .get(name)
                .is_some_and(|said| said == value)
        };
        let several = builtin == Builtin::MultiEnvironment;
        Self {
            criteria_in_order: builtin == Builtin::Smoke,
            criteria_fail_fast: builtin == Builtin::Acceptance && says("failFast", "true"),
            environments_in_order: says("order", "sequence"),
            environments_fail_fast: several && says("failFast", "true"),
            always_nested: several,
        }
    }

    /// Every template of the workflow, the first to start with.
    pub fn templates(self, spec: &Spec) -> Vec<Value> {
        match &spec.environments[..] {
            [] => self.branch(
                MAIN,
                "criterion",
                Place {
                    spec,
                    environment: None,
                },
            ),
            [one] if !self.always_nested => self.branch(
                MAIN,
                "criterion",
                Place {
                    spec,
                    environment: Some(one),
                },
            ),
            several => self.branches(spec, several),
        }
    }

    /// One branch: the order, and a template for each criterion.
    fn branch(self, name: &str, prefix: &str, place: Place) -> Vec<Value> {
        let criteria = &place.spec.criteria;
        let names: Vec<String> = criteria
            .iter()
            .map(|one| format!("{prefix}-{}", one.id))
            .collect();
        let task = |(criterion, template): (&Criterion, &String)| {
            let mut task = json!({"name": step_name(&criterion.id), "template": template});
            if !criterion.required {
                task["continueOn"] = json!({"failed": true, "error": true});
            }
            task
        };
        let tasks = criteria.iter().zip(&names).map(task);
        let order = if self.criteria_in_order {
            let rows: Vec<Value> = tasks.map(|task| json!([task])).collect();
            json!({"name": name, "steps": rows})
        } else {
            let tasks: Vec<Value> = tasks.collect();
            json!({"name": name, "dag": {"failFast": self.criteria_fail_fast, "tasks": tasks}})
        };
        let steps = criteria
            .iter()
            .zip(&names)
            .map(|(criterion, name)| step::template(name, place, criterion));
        [order].into_iter().chain(steps).collect()
    }

    /// A branch for each environment.
    fn branches(self, spec: &Spec, environments: &[Environment]) -> Vec<Value> {
        let mut tasks: Vec<Value> = Vec::new();
        let mut templates = Vec::new();
        let mut before: Option<String> = None;
        for (n, environment) in environments.iter().enumerate() {
            let node = environment_node(&environment.name);
            let mut task = json!({"name": node, "template": node});
            if let Some(before) = before
                .replace(node.clone())
                .filter(|_| self.environments_in_order)
            {
                task["depends"] = self.after(&before).into();
            }
            tasks.push(task);
            // Numbers, because names of environments and of criteria put together could mean two things.
            let prefix = format!("e{}", n + 1);
            templates.extend(self.branch(
                &node,
                &prefix,
                Place {
                    spec,
                    environment: Some(environment),
                },
            ));
        }
        let mut dag = json!({"failFast": self.environments_fail_fast, "tasks": tasks});
        if self.environments_in_order {
            // Argo judges a DAG by its targets, which are its last tasks where none are named: a red environment before a
            // green one would be forgotten.
            let names = environments.iter().map(|one| environment_node(&one.name));
            dag["target"] = names.collect::<Vec<_>>().join(" ").into();
        }
        let main = json!({"name": MAIN, "dag": dag});
        [main].into_iter().chain(templates).collect()
    }

    /// What must have become of an environment before the next one is begun.
    fn after(self, before: &str) -> String {
        if self.environments_fail_fast {
            format!("{before}.Succeeded")
        } else {
            format!("{before}.Succeeded || {before}.Failed || {before}.Errored")
        }
    }
}
