//! The rules of the schemas that no type can say (`x-kubernetes-validations`), each written down here once.
//! Apart, because the API server reads them as CEL and this program knows only these.
//!
//! A rule is known by its message, and by its text only so far as it looks at what the value was (`oldSelf`): such a one is not
//! looked at where the value is new, nor below a list whose items have no keys. A test holds that every rule is known; that
//! these say what the CEL says is held by the contract cases, which ask a real server the same.

mod argo;
mod platform;

use serde_json::Value;

use super::{Cause, below, part, resolve};
use platform::Change;

/// What the rules of a schema, and of all below it, refuse; `before` is what the value was, where it is changed.
pub fn rules(value: &Value, before: Option<&Value>, schema: &'static Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    check(Change { value, before }, schema, "", &mut causes);
    causes
}

fn check(change: Change, schema: &'static Value, path: &str, causes: &mut Vec<Cause>) {
    let schema = resolve(schema);
    for rule in written(schema) {
        let message = rule["message"].as_str().unwrap_or_default();
        if !(transition(rule) && change.before.is_none())
            && holds(message, change, schema) == Some(false)
        {
            let field = rule["fieldPath"].as_str().unwrap_or_default();
            let field = format!("{path}{field}");
            causes.push(Cause::new(
                "FieldValueInvalid",
                field.trim_start_matches('.'),
                refusal(change.value, message),
            ));
        }
    }
    let Change { value, before } = change;
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let before = before.and_then(|before| before.get(key));
                if let Some(part) = part(schema, key) {
                    check(Change { value, before }, part, &below(path, key), causes);
                }
            }
        }
        Value::Array(items) => {
            if let Some(part) = schema.get("items") {
                for (n, value) in items.iter().enumerate() {
                    let before = before.and_then(|before| same_item(value, before, schema));
                    check(
                        Change { value, before },
                        part,
                        &format!("{path}[{n}]"),
                        causes,
                    );
                }
            }
        }
        _ => {}
    }
}

/// What a refusal says: the value as well, where it is a single one.
fn refusal(value: &Value, message: &str) -> String {
    if value.is_object() || value.is_array() {
        format!("Invalid value: {message}")
    } else {
        format!("Invalid value: {value}: {message}")
    }
}

/// The rules of a schema itself.
fn written(schema: &'static Value) -> impl Iterator<Item = &'static Value> {
    let rules = schema["x-kubernetes-validations"].as_array();
    rules.into_iter().flatten()
}

/// The rule is about a change.
fn transition(rule: &Value) -> bool {
    let text = rule["rule"].as_str().unwrap_or_default();
    text.contains("oldSelf")
}

/// What an item was: the one with the same keys.
fn same_item<'a>(item: &Value, before: &'a Value, schema: &'static Value) -> Option<&'a Value> {
    let keys = schema["x-kubernetes-list-map-keys"].as_array()?;
    let same = |other: &&Value| {
        let mut keys = keys.iter().filter_map(Value::as_str);
        keys.all(|key| other[key] == item[key])
    };
    before.as_array()?.iter().find(same)
}

/// Whether a rule, named by its message, holds; nothing where it is not known.
fn holds(message: &str, change: Change, schema: &'static Value) -> Option<bool> {
    argo::holds(message, change.value).or_else(|| platform::holds(message, change, schema))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{all, platform as definition};
    use super::*;

    fn known(message: &str) -> Option<bool> {
        let nothing = json!({});
        let change = Change {
            value: &nothing,
            before: None,
        };
        holds(message, change, &Value::Null)
    }

    #[test]
    fn every_rule_of_the_schemas_is_known() {
        fn walk(value: &Value, unknown: &mut Vec<String>) {
            match value {
                Value::Object(map) => {
                    for rule in map
                        .get("x-kubernetes-validations")
                        .and_then(Value::as_array)
                        .into_iter()
                        .flatten()
                    {
                        let message = rule["message"].as_str().unwrap_or_default();
                        if known(message).is_none() {
                            unknown.push(rule.to_string());
                        }
                    }
                    map.values().for_each(|value| walk(value, unknown));
                }
                Value::Array(items) => items.iter().for_each(|value| walk(value, unknown)),
                _ => {}
            }
        }
        let mut unknown = Vec::new();
        walk(all(), &mut unknown);
        walk(definition(), &mut unknown);
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
