//! The schemas of Argo's kinds and of QARuns: what their CustomResourceDefinitions allow, fill in, throw away and refuse.
//! Apart from the API, because one text answers writes, `explain` and the definitions themselves.
//!
//! Source: `manifests/base/crds/full` of Argo Workflows 4.1 (Apache-2.0), in `demo/schemas.json`: equal parts are written
//! once under `defs` and referred to by `{"$ref": name}`, which may stand beside a `description`. QARuns are kept by the very
//! definition that `tiphys crd` prints.

mod check;
mod prune;
mod rules;

use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::resource::{PLATFORM, QARUNS, Res};
use crate::wire::qarun::DEFINITION;

pub use check::check;
pub use prune::{drop_nulls, fill, prune};
pub use rules::rules;

/// One reason why an object is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueInvalid`, …
    pub reason: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub field: String,
}

impl Cause {
    /// A cause.
    pub fn new(reason: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            field: field.into(),
        }
    }
}

const TEXT: &str = include_str!("../../../demo/schemas.json");
const AGENTS: &str = include_str!("../../../demo/agents.yaml");

/// What is known of a kind.
#[derive(Debug)]
pub struct Kind {
    /// Its schema, perhaps a `$ref`.
    pub schema: &'static Value,
    /// It has a `status` sub-resource: writes of the object do not touch the status.
    pub status: bool,
    /// `additionalPrinterColumns`, null where there are none.
    pub columns: &'static Value,
}

fn all() -> &'static Value {
    static ALL: OnceLock<Value> = OnceLock::new();
    ALL.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default())
}

/// The parts that schemas refer to.
pub fn parts() -> Option<&'static Map<String, Value>> {
    all()["defs"].as_object()
}

/// The definition of QARuns.
pub fn platform() -> &'static Value {
    static READ: OnceLock<Value> = OnceLock::new();
    READ.get_or_init(|| serde_saphyr::from_str(DEFINITION).unwrap_or_default())
}

/// CodeRuns and DocsRuns: their definitions, and those that there are in the demo.
pub fn agents() -> &'static Value {
    static READ: OnceLock<Value> = OnceLock::new();
    READ.get_or_init(|| serde_saphyr::from_str(AGENTS).unwrap_or_default())
}

/// The definition of a kind of the platform.
pub fn defined(res: Res) -> Option<&'static Value> {
    if res == QARUNS {
        return Some(platform());
    }
    let mut others = agents()["definitions"].as_array()?.iter();
    others.find(|one| res.group == PLATFORM && one["spec"]["names"]["kind"] == res.kind)
}

/// What is known of a kind; nothing of the built-in ones.
pub fn kind(res: Res) -> Option<Kind> {
    if let Some(definition) = defined(res) {
        let version = &definition["spec"]["versions"][0];
        return Some(Kind {
            schema: &version["schema"]["openAPIV3Schema"],
            status: true,
            columns: &version["additionalPrinterColumns"],
        });
    }
    let kinds = all()["kinds"].as_array()?;
    let found = kinds.iter().find(|kind| kind["kind"] == res.kind)?;
    Some(Kind {
        schema: &found["schema"],
        status: found["status"] == true,
        columns: &found["columns"],
    })
}

/// A schema without its reference.
pub fn resolve(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str() {
        Some(name) => all()["defs"].get(name).unwrap_or(schema),
        None => schema,
    }
}

/// A schema with all its references written out, as a CustomResourceDefinition carries it.
pub fn written_out(schema: &'static Value) -> Value {
    let mut out = deep(resolve(schema));
    if let (Some(text), Some(map)) = (schema.get("description"), out.as_object_mut()) {
        map.insert("description".to_owned(), text.clone());
    }
    out
}

fn deep(value: &'static Value) -> Value {
    match value {
        Value::Object(map) if map.contains_key("$ref") => written_out(value),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), deep(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(deep).collect(),
        other => other.clone(),
    }
}

/// Whether causes keep the server from looking at the rules of a schema at all.
pub fn blocks(causes: &[Cause]) -> bool {
    let blocking = |cause: &Cause| {
        matches!(
            cause.reason,
            "FieldValueNotSupported"
                | "FieldValueRequired"
                | "FieldValueTooLong"
                | "FieldValueTooMany"
                | "FieldValueTypeInvalid"
        )
    };
    causes.iter().any(blocking)
}

/// What is said where it did not look.
pub fn not_looked_at() -> Cause {
    Cause::new(
        "FieldValueInvalid",
        "<nil>",
        "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
    )
}

/// The schema of one entry of an object: its own, else that of any other.
fn part<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    let own = schema["properties"]
        .as_object()
        .and_then(|known| known.get(key));
    own.or_else(|| {
        schema
            .get("additionalProperties")
            .filter(|rest| rest.is_object())
    })
}

/// `child` below `path`.
fn below(path: &str, child: &str) -> String {
    if path.is_empty() {
        child.to_owned()
    } else {
        format!("{path}.{child}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::super::resource::{CRONS, RESOURCES, WORKFLOWS};
    use super::*;

    #[test]
    fn every_argo_kind_has_a_schema_without_loose_ends() {
        fn walk(value: &Value) {
            match value {
                Value::Object(map) => {
                    if let Some(name) = map.get("$ref").and_then(Value::as_str) {
                        assert!(parts().unwrap().contains_key(name), "{name}");
                    }
                    map.values().for_each(walk);
                }
                Value::Array(items) => items.iter().for_each(walk),
                _ => {}
            }
        }
        for res in RESOURCES.iter().filter(|res| res.custom()) {
            assert!(kind(res).is_some(), "{}", res.kind);
        }
        walk(all());
        assert_eq!(
            written_out(kind(WORKFLOWS).unwrap().schema)["properties"]["spec"]["properties"]["suspend"]
                ["type"],
            "boolean"
        );
    }

    #[test]
    fn what_the_schema_does_not_know_is_thrown_away_and_named() {
        let mut cron = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "CronWorkflow", "metadata": {"name": "x"},
            "spec": {"schedules": ["* * * * *"], "nonsense": {"a": 1}, "workflowSpec": {"templates": [{"name": "m", "foo": 1,
                "container": {"image": "x", "ports": [{"containerPort": 80}]}}]}}, "top": 1});
        let mut gone = Vec::new();
        prune(&mut cron, kind(CRONS).unwrap().schema, &mut gone);
        gone.sort();
        assert_eq!(
            gone,
            ["spec.nonsense", "spec.workflowSpec.templates[0].foo", "top"]
        );
        assert!(cron["top"].is_null() && cron["spec"]["nonsense"].is_null());
        fill(&mut cron, kind(CRONS).unwrap().schema);
        let container = &cron["spec"]["workflowSpec"]["templates"][0]["container"];
        assert_eq!(
            container["ports"][0]["protocol"], "TCP",
            "defaults are filled in"
        );
    }

    #[test]
    fn broken_objects_are_refused_in_the_servers_words() {
        let said = |spec: Value| {
            let object = json!({"metadata": {"name": "x"}, "spec": spec});
            let schema = kind(WORKFLOWS).unwrap().schema;
            let mut causes = check(&object, schema);
            if !blocks(&causes) {
                causes.extend(rules(&object, None, schema));
            }
            causes
                .into_iter()
                .map(|cause| format!("{}: {}", cause.field, cause.message))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            said(json!({"suspend": "yes"}))[0],
            "spec.suspend: Invalid value: \"string\": spec.suspend in body must be of type boolean: \"string\""
        );
        assert_eq!(
            said(
                json!({"entrypoint": "m", "templates": [{"name": "m", "dag": {"tasks": [{"name": "a", "template": "b"}]}, "suspend": {}}]})
            ),
            ["spec.templates: Invalid value: template must have at most one template type"]
        );
        assert_eq!(
            said(json!({"templates": [{"name": "m", "container": {"env": [{"value": "1"}]}}]})),
            ["spec.templates[0].container.env[0].name: Required value"]
        );
    }
}
