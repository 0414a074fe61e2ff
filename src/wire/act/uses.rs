//! What of a step's outputs the rest of a workflow takes: an output that is used and has no value hangs it without a word.
//! Apart from bypassing, which asks for them.

use serde_json::Value;

use super::graph::Graph;
use super::nodes::Nodes;
use super::object::Object;

/// The fields of an artifact that say where it is kept. Source: Argo v4.1.2 `ArtifactLocation`.
const KEPT: [&str; 10] = [
    "s3",
    "gcs",
    "azure",
    "oss",
    "http",
    "artifactory",
    "git",
    "hdfs",
    "raw",
    "plugin",
];

/// Every text of the specification in which an output could be named.
pub(super) struct Uses {
    texts: Vec<String>,
    names: [String; 2],
}

impl Uses {
    /// Of this step.
    pub(super) fn of(object: &Object<'_>, nodes: &Nodes, step: &str) -> Self {
        let mut texts = Vec::new();
        gather(object.spec(), &mut texts);
        if let Some(stored) = object.raw.pointer("/status/storedTemplates") {
            gather(stored, &mut texts);
        }
        let name = nodes.display(step);
        // An item of a fan-out and an attempt are referred to by their task.
        let name = name.split('(').next().unwrap_or_default();
        Self {
            texts,
            names: ["tasks", "steps"].map(|kind| format!("{kind}.{name}.outputs")),
        }
    }

    /// An output of the step is named: `parameters.<name>`, `artifacts.<name>`, `result`. All parameters at once count too.
    pub(super) fn output(&self, output: &str) -> bool {
        self.names.iter().any(|outputs| {
            self.named(&format!("{outputs}.{output}"))
                || (output.starts_with("parameters.")
                    && self.named(&format!("{outputs}.parameters")))
        })
    }

    /// An output of the whole workflow is named.
    pub(super) fn global(&self, name: &str) -> bool {
        self.named(&format!("workflow.outputs.parameters.{name}"))
    }

    /// Whether this path stands somewhere, and no longer one that begins like it.
    fn named(&self, path: &str) -> bool {
        let ends = |rest: &str| {
            let next = rest.chars().next();
            next.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')))
        };
        self.texts.iter().any(|text| {
            text.match_indices(path)
                .any(|(at, found)| ends(&text[at + found.len()..]))
        })
    }
}

/// All texts with something to fill in, with `a['b']` and `a["b"]` as `a.b`.
fn gather(value: &Value, texts: &mut Vec<String>) {
    let mut next = vec![value];
    while let Some(value) = next.pop() {
        match value {
            Value::String(text) if text.contains("outputs") => {
                let text = text.replace("['", ".").replace("[\"", ".");
                texts.push(text.replace("']", "").replace("\"]", ""));
            }
            Value::Array(list) => next.extend(list),
            Value::Object(map) => next.extend(map.values()),
            _ => {}
        }
    }
}

/// The step template of a node, where the object has it.
pub(super) fn template<'a>(
    object: &Object<'a>,
    nodes: &Nodes,
    graph: &Graph,
    step: &str,
) -> &'a Value {
    let named = |id: &str| {
        let node = nodes.node(id);
        let by_reference = node.pointer("/templateRef/template");
        let name = by_reference.or(node.get("templateName"))?.as_str()?;
        (!name.is_empty()).then(|| name.to_string())
    };
    let first = graph.children(step).first();
    let name = named(step).or_else(|| first.and_then(|id| named(id)));
    let Some(name) = name else {
        return &Value::Null;
    };
    let own = object.spec().get("templates").and_then(Value::as_array);
    let by_name = |one: &&Value| one.get("name").and_then(Value::as_str) == Some(&name);
    let stored = object.raw.pointer("/status/storedTemplates");
    let stored = stored.and_then(Value::as_object).into_iter().flatten();
    let mut stored = stored.filter(|(key, _)| key.rsplit('/').next() == Some(&name));
    let own = own.into_iter().flatten().find(by_name);
    own.or_else(|| stored.next().map(|(_, template)| template))
        .unwrap_or(&Value::Null)
}

/// Artifacts of the step that a later one takes: whether they are kept somewhere, and their names.
pub(super) fn artifacts(uses: &Uses, node: &Value, template: &Value) -> Vec<(String, bool)> {
    let list = |value: &Value| -> Vec<Value> {
        let list = value.pointer("/outputs/artifacts");
        list.and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let name = |one: &Value| one.get("name").and_then(Value::as_str).map(str::to_string);
    let there = list(node);
    let kept = |wanted: &str| {
        let same = there
            .iter()
            .filter(|one| name(one).as_deref() == Some(wanted));
        same.into_iter()
            .any(|one| KEPT.iter().any(|place| one.get(place).is_some()))
    };
    let mut names: Vec<String> = list(template)
        .iter()
        .chain(&there)
        .filter_map(name)
        .collect();
    names.sort();
    names.dedup();
    names.retain(|name| uses.output(&format!("artifacts.{name}")));
    names
        .into_iter()
        .map(|name| {
            let kept = kept(&name);
            (name, kept)
        })
        .collect()
}

/// The output parameters of a node, and those its template promises besides.
pub(super) fn outputs<'a>(node: &'a Value, template: &'a Value) -> Vec<&'a Value> {
    let of = |value: &'a Value| {
        let list = value
            .pointer("/outputs/parameters")
            .and_then(Value::as_array);
        list.into_iter().flatten()
    };
    let mut all: Vec<&Value> = of(node).collect();
    for promised in of(template) {
        if !all
            .iter()
            .any(|one| one.get("name") == promised.get("name"))
        {
            all.push(promised);
        }
    }
    all
}
