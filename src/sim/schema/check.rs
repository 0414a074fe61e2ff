//! Whether an object keeps its schema.
//! Apart from pruning and defaults, which change objects; this only judges them.

use regex::Regex;
use serde_json::Value;

use super::{Cause, below, part, resolve};

/// Everything that is wrong with an object; empty where it keeps its schema. The wording is that of the API server's
/// validation. What only [`super::rules`] can say is not looked at.
pub fn check(value: &Value, schema: &'static Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let schema = resolve(schema);
    for (key, part) in schema["properties"].as_object().into_iter().flatten() {
        // The rest of an object is the API server's own business, not the schema's.
        if !matches!(key.as_str(), "apiVersion" | "kind" | "metadata")
            && let Some(value) = value.get(key)
        {
            one(value, part, key, &mut causes);
        }
    }
    for key in names(&schema["required"]) {
        if key != "metadata" && value.get(key).is_none() {
            causes.push(required(key));
        }
    }
    causes
}

fn names(list: &'static Value) -> impl Iterator<Item = &'static str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn required(path: impl Into<String>) -> Cause {
    Cause::new("FieldValueRequired", path, "Required value")
}

fn one(value: &Value, schema: &'static Value, path: &str, causes: &mut Vec<Cause>) {
    let schema = resolve(schema);
    if value.is_null() && schema["nullable"] == true {
        return;
    }
    if schema["type"] == "integer" && value.is_f64() && !typed(value, schema) {
        // Said twice, and the second time of no field.
        let format = schema["format"].as_str().unwrap_or("integer");
        causes.push(Cause::new(
            "FieldValueTypeInvalid",
            path,
            format!(
                "Invalid value: \"float64\": {path} in body must be of type {format}: \"float64\""
            ),
        ));
        causes.push(Cause::new(
            "FieldValueInvalid",
            "<nil>",
            format!("Invalid value: \"\": Checked value must be of type integer with format {format} in {path}"),
        ));
        return;
    }
    if !typed(value, schema) {
        let (wanted, found) = (wanted(schema), type_of(value));
        causes.push(Cause::new(
            "FieldValueTypeInvalid",
            path,
            format!(
                "Invalid value: \"{found}\": {path} in body must be of type {wanted}: \"{found}\""
            ),
        ));
        return;
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        let known: Vec<String> = allowed.iter().map(spelled).collect();
        causes.push(Cause::new(
            "FieldValueNotSupported",
            path,
            format!(
                "Unsupported value: {}: supported values: {}",
                spelled(value),
                known.join(", ")
            ),
        ));
    }
    match value {
        Value::Object(map) => {
            for key in names(&schema["required"]) {
                if !map.contains_key(key) {
                    causes.push(required(below(path, key)));
                }
            }
            for (key, value) in map {
                if let Some(part) = part(schema, key) {
                    one(value, part, &below(path, key), causes);
                }
            }
        }
        Value::Array(items) => {
            array(items, schema, path, causes);
        }
        Value::String(text) => string(text, schema, path, causes),
        Value::Number(number) => bounds(
            number.as_f64().unwrap_or_default(),
            value,
            schema,
            path,
            causes,
        ),
        _ => {}
    }
}

fn array(items: &[Value], schema: &'static Value, path: &str, causes: &mut Vec<Cause>) {
    for (n, item) in items.iter().enumerate() {
        if let Some(part) = schema.get("items") {
            one(item, part, &format!("{path}[{n}]"), causes);
        }
    }
    let count = items.len() as u64;
    if let Some(least) = schema["minItems"].as_u64().filter(|least| count < *least) {
        causes.push(Cause::new(
            "FieldValueInvalid",
            path,
            format!("Invalid value: {count}: {path} in body should have at least {least} items"),
        ));
    }
    if let Some(most) = schema["maxItems"].as_u64().filter(|most| count > *most) {
        causes.push(Cause::new(
            "FieldValueTooMany",
            path,
            format!("Too many: {count}: must have at most {most} items"),
        ));
    }
    let keys: Vec<&str> = names(&schema["x-kubernetes-list-map-keys"]).collect();
    let set = schema["x-kubernetes-list-type"] == "set";
    for (n, item) in items.iter().enumerate() {
        let same = |other: &Value| {
            if set {
                other == item
            } else {
                keys.iter().all(|key| other[*key] == item[*key])
            }
        };
        if (set || !keys.is_empty()) && items.get(..n).is_some_and(|before| before.iter().any(same))
        {
            let shown = if set {
                item.to_string()
            } else {
                // Keys as Go prints a map.
                let keys = keys
                    .iter()
                    .map(|key| (key, &item[*key]))
                    .filter(|(_, value)| !value.is_null());
                let mut keys: Vec<String> = keys
                    .map(|(key, value)| format!("\"{key}\":{value}"))
                    .collect();
                keys.sort();
                format!("{{{}}}", keys.join(","))
            };
            causes.push(Cause::new(
                "FieldValueDuplicate",
                format!("{path}[{n}]"),
                format!("Duplicate value: {shown}"),
            ));
        }
    }
}

fn string(text: &str, schema: &'static Value, path: &str, causes: &mut Vec<Cause>) {
    let length = text.chars().count() as u64;
    if let Some(most) = schema["maxLength"].as_u64().filter(|most| length > *most) {
        causes.push(Cause::new(
            "FieldValueTooLong",
            path,
            format!("Too long: may not be more than {most} bytes"),
        ));
    }
    let mut invalid = |why: String| {
        causes.push(Cause::new(
            "FieldValueInvalid",
            path,
            format!("Invalid value: {}: {path} in body {why}", Value::from(text)),
        ));
    };
    if let Some(least) = schema["minLength"].as_u64().filter(|least| length < *least) {
        invalid(format!("should be at least {least} chars long"));
    }
    if let Some(pattern) = schema["pattern"].as_str()
        && Regex::new(pattern).is_ok_and(|pattern| !pattern.is_match(text))
    {
        invalid(format!("should match '{pattern}'"));
    }
    if schema["format"] == "date-time" && text.parse::<jiff::Timestamp>().is_err() {
        let text = Value::from(text);
        causes.push(Cause::new(
            "FieldValueTypeInvalid",
            path,
            format!("Invalid value: {text}: {path} in body must be of type date-time: {text}"),
        ));
    }
}

fn bounds(number: f64, value: &Value, schema: &'static Value, path: &str, causes: &mut Vec<Cause>) {
    for (key, words, broken) in [
        (
            "minimum",
            "greater than or equal to",
            schema["minimum"]
                .as_f64()
                .is_some_and(|least| number < least),
        ),
        (
            "maximum",
            "less than or equal to",
            schema["maximum"].as_f64().is_some_and(|most| number > most),
        ),
    ] {
        if broken {
            causes.push(Cause::new(
                "FieldValueInvalid",
                path,
                format!(
                    "Invalid value: {value}: {path} in body should be {words} {}",
                    schema[key]
                ),
            ));
        }
    }
}

fn spelled(value: &Value) -> String {
    value.to_string()
}

fn wanted(schema: &Value) -> String {
    if schema["x-kubernetes-int-or-string"] == true {
        "integer,string".to_owned()
    } else {
        schema["type"].as_str().unwrap_or("any").to_owned()
    }
}

fn typed(value: &Value, schema: &Value) -> bool {
    if schema["x-kubernetes-int-or-string"] == true {
        return value.is_string() || value.is_i64() || value.is_u64();
    }
    match schema["type"].as_str() {
        Some("boolean") => value.is_boolean(),
        Some("string") => value.is_string(),
        // A whole number may be written with a point.
        Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Some("number") => value.is_number(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
