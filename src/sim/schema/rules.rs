//! The rules of Argo's schemas that no type can say (`x-kubernetes-validations`), each written down here once.
//! Apart, because the API server reads them as CEL and this program knows only these.

use serde_json::Value;

use super::{Cause, below, part, resolve};

/// What the rules of a schema, and of all below it, refuse.
pub fn rules(value: &Value, schema: &'static Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    check(value, schema, "", &mut causes);
    causes
}

fn check(value: &Value, schema: &'static Value, path: &str, causes: &mut Vec<Cause>) {
    let schema = resolve(schema);
    for rule in schema["x-kubernetes-validations"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let message = rule["message"].as_str().unwrap_or_default();
        if holds(message, value) == Some(false) {
            causes.push(Cause::new(
                "FieldValueInvalid",
                path,
                format!("Invalid value: {message}"),
            ));
        }
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if let Some(part) = part(schema, key) {
                    check(value, part, &below(path, key), causes);
                }
            }
        }
        Value::Array(items) => {
            if let Some(part) = schema.get("items") {
                for (n, item) in items.iter().enumerate() {
                    check(item, part, &format!("{path}[{n}]"), causes);
                }
            }
        }
        _ => {}
    }
}

const LOCATIONS: [&str; 10] = [
    "s3",
    "git",
    "http",
    "artifactory",
    "hdfs",
    "raw",
    "oss",
    "gcs",
    "azure",
    "plugin",
];
const TYPES: [&str; 10] = [
    "container",
    "script",
    "dag",
    "steps",
    "resource",
    "suspend",
    "containerSet",
    "data",
    "http",
    "plugin",
];

/// Whether a rule, named by its message, holds; nothing where it is not known.
fn holds(message: &str, value: &Value) -> Option<bool> {
    let has = |key: &str| value.get(key).is_some();
    let count =
        |value: &Value, keys: &[&str]| keys.iter().filter(|key| value.get(**key).is_some()).count();
    let every =
        |rule: &dyn Fn(&Value) -> bool| value.as_array().is_none_or(|all| all.iter().all(rule));
    let groups = |t: &Value| t.get("steps").is_some() || t.get("dag").is_some();
    Some(match message {
        "at most one artifact location can be specified" => count(value, &LOCATIONS) <= 1,
        "'resourcesDuration.*' metrics cannot be used in real-time gauges" => {
            value["realtime"] != true
                || !value["value"]
                    .as_str()
                    .unwrap_or_default()
                    .contains("resourcesDuration.")
        }
        "cannot use both 'depends' and 'dependencies'" => !(has("depends") && has("dependencies")),
        "cannot use 'continueOn' when using 'depends'" => !(has("depends") && has("continueOn")),
        "task name cannot begin with a digit when using 'depends' or 'dependencies'" => {
            !(has("depends") || has("dependencies"))
                || !value["name"]
                    .as_str()
                    .unwrap_or_default()
                    .starts_with(|c: char| c.is_ascii_digit())
        }
        "only one of count or end can be defined" => !(has("count") && has("end")),
        "only one of manifest or manifestFrom can be specified" => {
            !(has("manifest") && has("manifestFrom"))
        }
        "template must have at most one template type" => every(&|t| count(t, &TYPES) <= 1),
        "timeout cannot be applied to steps or dag templates" => {
            every(&|t| t["timeout"].as_str().unwrap_or_default().is_empty() || !groups(t))
        }
        "activeDeadlineSeconds is only valid for leaf templates" => {
            every(&|t| t.get("activeDeadlineSeconds").is_none() || !groups(t))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::all;
    use super::*;

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
                        if holds(message, &json!({})).is_none() {
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
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
