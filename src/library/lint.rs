//! What is wrong with a workflow that its schema lets through: names that are not there, twice there, or run in a circle.
//! Apart from the checks of QARuns, because this is about what somebody else wrote, and from the schema, which knows no names.
//!
//! Source: Argo Workflows v4.1.2, `workflow/validate/validate.go`. Values and templates of the cluster are not looked at.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Problem;

/// What a template can be. Source: `Template` of Argo v4.1.2.
const TYPES: [&str; 10] = [
    "container",
    "containerSet",
    "script",
    "resource",
    "dag",
    "steps",
    "suspend",
    "data",
    "http",
    "plugin",
];

/// Everything that is wrong among the names of a Workflow, a CronWorkflow or a template, with the path of each.
pub fn lint(object: &Value) -> Vec<Problem> {
    let kind = object["kind"].as_str().unwrap_or_default();
    let (path, spec) = match kind {
        "Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate" => ("spec", &object["spec"]),
        "CronWorkflow" => ("spec.workflowSpec", &object["spec"]["workflowSpec"]),
        _ => return Vec::new(),
    };
    let mut lint = Lint {
        names: list(&spec["templates"])
            .filter_map(|template| template["name"].as_str())
            .collect(),
        borrowed: spec["workflowTemplateRef"].is_object(),
        problems: Vec::new(),
    };
    lint.spec(path, spec, kind.ends_with("Template"));
    lint.problems
}

/// What is looked at: the templates there are, and what was found.
struct Lint<'a> {
    names: BTreeSet<&'a str>,
    /// The templates are those of a WorkflowTemplate, which only the cluster has.
    borrowed: bool,
    problems: Vec<Problem>,
}

impl<'a> Lint<'a> {
    fn say(&mut self, path: impl Into<String>, what: impl Into<String>) {
        self.problems.push(Problem::new(path, what));
    }

    fn spec(&mut self, path: &str, spec: &'a Value, is_template: bool) {
        let entrypoint = spec["entrypoint"].as_str();
        if entrypoint.is_none() && !is_template && !self.borrowed {
            self.say(
                format!("{path}.entrypoint"),
                "is missing: it names the template to begin with",
            );
        }
        for field in ["entrypoint", "onExit"] {
            self.names_template(&format!("{path}.{field}"), &spec[field]);
        }
        self.hooks(path, spec);
        let mut seen = BTreeSet::new();
        for (n, template) in list(&spec["templates"]).enumerate() {
            let path = format!("{path}.templates[{n}]");
            match template["name"].as_str() {
                Some(name) if !seen.insert(name) => {
                    self.say(
                        format!("{path}.name"),
                        format!("`{name}` is the name of another template too"),
                    );
                }
                Some(_) => {}
                None => self.say(
                    format!("{path}.name"),
                    "is missing: a template is called by it",
                ),
            }
            self.template(&path, template);
        }
        let given = given(&spec["arguments"]);
        if !is_template && !self.borrowed {
            self.references(path, &spec["templates"], "workflow.parameters.", &given);
        }
    }

    fn template(&mut self, path: &str, template: &'a Value) {
        let types: Vec<&str> = TYPES
            .into_iter()
            .filter(|kind| !template[*kind].is_null())
            .collect();
        if types.is_empty() {
            self.say(
                path,
                format!("does nothing: it has none of {}", TYPES.join(", ")),
            );
        }
        self.references(
            path,
            template,
            "inputs.parameters.",
            &given(&template["inputs"]),
        );
        if template["dag"].is_object() {
            self.dag(&format!("{path}.dag"), &template["dag"]);
        }
        let mut seen = BTreeSet::new();
        for (n, row) in list(&template["steps"]).enumerate() {
            for (m, step) in list(row).enumerate() {
                self.call(&format!("{path}.steps[{n}][{m}]"), step, &mut seen);
            }
        }
    }

    /// A step or a task: what it is called, and what it calls.
    fn call(&mut self, path: &str, step: &'a Value, seen: &mut BTreeSet<&'a str>) {
        match step["name"].as_str() {
            Some(name) if !seen.insert(name) => {
                self.say(
                    format!("{path}.name"),
                    format!("`{name}` is the name of another step too"),
                );
            }
            Some(_) => {}
            None => self.say(format!("{path}.name"), "is missing"),
        }
        self.names_template(&format!("{path}.template"), &step["template"]);
        let calls = ["template", "templateRef", "inline"].into_iter();
        if calls.filter(|way| !step[*way].is_null()).count() != 1 {
            self.say(
                path,
                "calls one template: by `template`, `templateRef` or `inline`",
            );
        }
        self.hooks(path, step);
    }

    fn dag(&mut self, path: &str, dag: &'a Value) {
        let mut seen = BTreeSet::new();
        for (n, task) in list(&dag["tasks"]).enumerate() {
            self.call(&format!("{path}.tasks[{n}]"), task, &mut seen);
        }
        let mut before: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (n, task) in list(&dag["tasks"]).enumerate() {
            for (field, name) in after(task) {
                match seen.contains(name) {
                    true => before
                        .entry(task["name"].as_str().unwrap_or_default())
                        .or_default()
                        .push(name),
                    false => {
                        let what = format!("there is no task `{name}` to wait for");
                        self.say(format!("{path}.tasks[{n}].{field}"), what);
                    }
                }
            }
        }
        for name in dag["target"]
            .as_str()
            .unwrap_or_default()
            .split_whitespace()
        {
            if !seen.contains(name) && !name.contains("{{") {
                self.say(
                    format!("{path}.target"),
                    format!("there is no task `{name}`"),
                );
            }
        }
        if let Some(name) = circle(&before) {
            self.say(
                format!("{path}.tasks"),
                format!("`{name}` waits for itself, by way of others"),
            );
        }
    }

    fn hooks(&mut self, path: &str, of: &'a Value) {
        for (name, hook) in of["hooks"].as_object().into_iter().flatten() {
            self.names_template(&format!("{path}.hooks.{name}.template"), &hook["template"]);
        }
    }

    fn names_template(&mut self, path: &str, name: &Value) {
        let Some(name) = name
            .as_str()
            .filter(|name| !self.borrowed && !name.contains("{{"))
        else {
            return;
        };
        if !self.names.contains(name) {
            let all: Vec<&str> = self.names.iter().copied().collect();
            self.say(
                path,
                format!(
                    "there is no template `{name}`: there are {}",
                    all.join(", ")
                ),
            );
        }
    }

    /// `{{inputs.parameters.NAME}}` anywhere below, where there is no such parameter. Expressions are not read.
    fn references(&mut self, path: &str, below: &Value, lead: &str, given: &BTreeSet<&str>) {
        let mut missing = BTreeSet::new();
        texts(below, &mut |text| {
            for tag in text.split("{{").skip(1) {
                let Some((tag, _)) = tag.split_once("}}") else {
                    continue;
                };
                let name = tag.trim().strip_prefix(lead);
                missing.extend(name.filter(|name| !given.contains(name)).map(str::to_owned));
            }
        });
        for name in missing {
            self.say(
                path,
                format!("`{{{{{lead}{name}}}}}`: there is no parameter `{name}`"),
            );
        }
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Names of the parameters of `inputs` or `arguments`.
fn given(of: &Value) -> BTreeSet<&str> {
    list(&of["parameters"])
        .filter_map(|one| one["name"].as_str())
        .collect()
}

/// Tasks that a task waits for, and by which field. In `depends` they stand among operators, `a.Succeeded && (b || !c)`.
fn after(task: &Value) -> Vec<(&'static str, &str)> {
    let listed = list(&task["dependencies"]).filter_map(Value::as_str);
    let depends = task["depends"].as_str().unwrap_or_default();
    let words = depends.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
    let words = words
        .filter_map(|word| word.split('.').next())
        .filter(|name| !name.is_empty());
    let words: Vec<&str> = match depends.contains("{{") {
        true => Vec::new(),
        false => words.collect(),
    };
    listed
        .map(|name| ("dependencies", name))
        .chain(words.into_iter().map(|name| ("depends", name)))
        .collect()
}

/// A task that waits for itself. What waits for nothing that is left is taken away until nothing changes.
fn circle<'a>(before: &BTreeMap<&'a str, Vec<&'a str>>) -> Option<&'a str> {
    let mut left: BTreeMap<&str, &Vec<&str>> =
        before.iter().map(|(name, of)| (*name, of)).collect();
    loop {
        let free = left
            .iter()
            .find(|(_, of)| !of.iter().any(|name| left.contains_key(name)));
        let free = free.map(|(name, _)| *name);
        match free {
            Some(name) => left.remove(name),
            None => return left.into_keys().next(),
        };
    }
}

/// Every text below a value. What is bounded is how deep YAML can be read at all.
fn texts(value: &Value, take: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(all) => all.iter().for_each(|one| texts(one, take)),
        Value::Object(all) => all.values().for_each(|one| texts(one, take)),
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn said(yaml: &str) -> Vec<String> {
        let object: Value = serde_saphyr::from_str(yaml).unwrap();
        lint(&object).iter().map(ToString::to_string).collect()
    }

    const GOOD: &str = r#"
kind: Workflow
spec:
  entrypoint: main
  onExit: tell
  arguments: {parameters: [{name: env, value: qa}]}
  templates:
    - name: main
      dag:
        tasks:
          - {name: a, template: work, arguments: {parameters: [{name: what, value: "{{workflow.parameters.env}}"}]}}
          - {name: b, template: work, depends: "a.Succeeded || (a.Failed && !a.Skipped)"}
          - {name: c, templateRef: {name: other, template: x}, dependencies: [a, b]}
    - name: work
      inputs: {parameters: [{name: what}]}
      container: {image: busybox, args: ["{{inputs.parameters.what}}", "{{=inputs.parameters.any}}"]}
    - name: tell
      steps: [[{name: one, template: work}], [{name: two, template: work}]]
"#;

    #[test]
    fn what_is_right_is_right() {
        assert_eq!(said(GOOD), Vec::<String>::new());
        // Templates of a reference are in the cluster; a template may leave its entrypoint to who uses it.
        assert_eq!(
            said("kind: Workflow\nspec: {entrypoint: x, workflowTemplateRef: {name: t}}"),
            Vec::<String>::new()
        );
        assert_eq!(
            said("kind: WorkflowTemplate\nspec: {templates: [{name: a, suspend: {}}]}"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn each_name_that_leads_nowhere_is_told_with_its_place() {
        for (from, to, wrong) in [
            (
                "entrypoint: main",
                "entrypoint: mian",
                "spec.entrypoint: there is no template `mian`",
            ),
            ("  entrypoint: main\n", "", "spec.entrypoint: is missing"),
            (
                "onExit: tell",
                "onExit: tel",
                "spec.onExit: there is no template `tel`",
            ),
            (
                "dependencies: [a, b]",
                "dependencies: [a, zz]",
                "spec.templates[0].dag.tasks[2].dependencies: there is no task `zz`",
            ),
            (
                "\"a.Succeeded ||",
                "\"q.Succeeded ||",
                "spec.templates[0].dag.tasks[1].depends: there is no task `q`",
            ),
            (
                "{name: a, template: work",
                "{name: a, depends: c, template: work",
                "spec.templates[0].dag.tasks: `a` waits for itself",
            ),
            (
                "{name: b, template: work",
                "{name: a, template: work",
                "spec.templates[0].dag.tasks[1].name: `a` is the name of another step too",
            ),
            (
                "{name: one, template: work}",
                "{name: one, template: wrok}",
                "spec.templates[2].steps[0][0].template: there is no template `wrok`",
            ),
            (
                "{name: one, template: work}",
                "{name: one}",
                "spec.templates[2].steps[0][0]: calls one template",
            ),
            (
                "\"{{inputs.parameters.what}}\"",
                "\"{{inputs.parameters.nope}}\"",
                "spec.templates[1]: `{{inputs.parameters.nope}}`: there is no parameter `nope`",
            ),
            (
                "{{workflow.parameters.env}}",
                "{{workflow.parameters.evn}}",
                "spec: `{{workflow.parameters.evn}}`: there is no parameter `evn`",
            ),
            (
                "name: tell",
                "name: work",
                "spec.templates[2].name: `work` is the name of another template too",
            ),
            (
                "      container: {image",
                "      contaner: {image",
                "spec.templates[1]: does nothing",
            ),
        ] {
            let said = said(&GOOD.replacen(from, to, 1));
            assert!(
                said.iter().any(|line| line.starts_with(wrong)),
                "{wrong}: {said:?}"
            );
        }
    }
}
