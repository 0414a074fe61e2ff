//! The rules of QARuns: the checks of criteria, what is fixed once a run has started, what is said in one place only.
//! Apart from those of Argo's kinds: some of these hold a value against what it was.

use serde_json::Value;

use super::super::{part, resolve};

/// A value, and what it was where it is changed.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    pub value: &'a Value,
    pub before: Option<&'a Value>,
}

/// Whether a rule, named by its message, holds; nothing where it is not known.
pub fn holds(message: &str, change: Change, schema: &'static Value) -> Option<bool> {
    let Change { value, before } = change;
    let has = |key: &str| value.get(key).is_some();
    let size = |key: &str| value[key].as_array().map_or(0, Vec::len);
    let template = &value["template"];
    let builtin = !has("template") || template["kind"] == "Builtin";
    if let Some(field) = message.strip_suffix(" cannot be changed after the run has started") {
        return Some(before.is_none_or(|before| unchanged(field, value, before, schema)));
    }
    Some(match message {
        "another attempt is asked for while shutdown is set; take shutdown away in the same write" => {
            before.is_none_or(|before| before["attempt"] == value["attempt"]) || !has("shutdown")
        }
        "a builtin template needs at least one criterion" => !builtin || size("criteria") > 0,
        "there is no such builtin template; there are acceptance, multi-environment, smoke" => {
            let names = ["acceptance", "multi-environment", "smoke"];
            !has("template") || !builtin || names.iter().any(|name| template["name"] == *name)
        }
        "the template multi-environment needs at least one environment" => {
            !builtin || template["name"] != "multi-environment" || size("environments") > 0
        }
        "credentials open nothing without a repository" => !has("credentials") || has("repository"),
        "a revision is of nothing without a repository" => !has("revision") || has("repository"),
        "either an sshPrivateKey or a password opens a repository" => {
            has("sshPrivateKey") != has("password")
        }
        "a username opens nothing without a password" => !has("username") || has("password"),
        "an environment variable has a value or says where it is from, not both" => {
            !(has("value") && has("valueFrom"))
        }
        "a value is from one place, a secretKeyRef or a configMapKeyRef" => {
            has("secretKeyRef") != has("configMapKeyRef")
        }
        "a criterion has the check of its kind, in the field of that name, and no other" => {
            let kinds = ["command", "http", "metric", "junit", "manual"];
            kinds
                .iter()
                .all(|kind| (value["kind"] == *kind) == has(kind))
        }
        "a command is either argv or a script" => has("argv") != has("script"),
        "a header has a value or says where it is from" => has("value") != has("valueFrom"),
        "variables are from one place, a secretRef or a configMapRef" => {
            has("secretRef") != has("configMapRef")
        }
        "attempt is never lowered" => before.is_none_or(|before| value.as_i64() >= before.as_i64()),
        _ => return None,
    })
}

/// Whether a field of the spec is what it was, of a whole object whose run has started.
fn unchanged(field: &str, value: &Value, before: &Value, schema: &'static Value) -> bool {
    if before["status"].get("startedAt").is_none() {
        return true;
    }
    let schema = &schema["properties"]["spec"]["properties"][field];
    match (value["spec"].get(field), before["spec"].get(field)) {
        (None, None) => true,
        (Some(a), Some(b)) => equal(a, b, schema),
        _ => false,
    }
}

/// Equal as CEL has it: the order of a list that is a map does not matter.
fn equal(a: &Value, b: &Value, schema: &'static Value) -> bool {
    let schema = resolve(schema);
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let same = |(key, a): (&String, &Value)| {
                let part = part(schema, key).unwrap_or(&Value::Null);
                b.get(key).is_some_and(|b| equal(a, b, part))
            };
            a.len() == b.len() && a.iter().all(same)
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let items = &schema["items"];
            if schema["x-kubernetes-list-type"] == "map" {
                let in_b = |one: &Value| b.iter().any(|other| equal(one, other, items));
                return a.iter().all(in_b);
            }
            a.iter().zip(b).all(|(a, b)| equal(a, b, items))
        }
        _ => a == b,
    }
}
