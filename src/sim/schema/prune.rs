//! What the API server changes in an object by its schema: unknown fields go, missing ones with a default come.
//! Apart from judging, because both happen before anything is judged.

use serde_json::Value;

use super::{below, resolve};

/// Throws away what the schema does not know, and names it. `metadata`, `kind` and `apiVersion` are left alone.
pub fn prune(value: &mut Value, schema: &'static Value, gone: &mut Vec<String>) {
    let Value::Object(map) = value else {
        return;
    };
    let known = resolve(schema)["properties"].as_object();
    map.retain(|key, value| {
        if matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
            return true;
        }
        let Some(part) = known.and_then(|known| known.get(key)) else {
            gone.push(key.clone());
            return false;
        };
        one(value, part, key, gone);
        true
    });
}

fn one(value: &mut Value, schema: &'static Value, path: &str, gone: &mut Vec<String>) {
    let schema = resolve(schema);
    match value {
        Value::Object(map) => {
            let keep = schema["x-kubernetes-preserve-unknown-fields"] == true;
            let known = schema["properties"].as_object();
            let rest = schema.get("additionalProperties");
            map.retain(|key, value| {
                let path = below(path, key);
                if let Some(part) = known.and_then(|known| known.get(key)) {
                    one(value, part, &path, gone);
                } else if let Some(rest) = rest {
                    one(value, rest, &path, gone);
                } else if !keep {
                    gone.push(path);
                    return false;
                }
                true
            });
        }
        Value::Array(items) => {
            if let Some(part) = schema.get("items") {
                for (n, item) in items.iter_mut().enumerate() {
                    one(item, part, &format!("{path}[{n}]"), gone);
                }
            }
        }
        _ => {}
    }
}

/// Takes away nulls where the schema allows none and has no default either, as if they had not been sent.
pub fn drop_nulls(value: &mut Value, schema: &'static Value) {
    let schema = resolve(schema);
    match value {
        Value::Object(map) => {
            let known = schema["properties"].as_object();
            let rest = schema
                .get("additionalProperties")
                .filter(|rest| rest.is_object());
            map.retain(|key, value| {
                let Some(part) = known.and_then(|known| known.get(key)).or(rest) else {
                    return true;
                };
                if value.is_null() {
                    return resolve(part)["nullable"] == true;
                }
                drop_nulls(value, part);
                true
            });
        }
        Value::Array(items) => {
            if let Some(part) = schema.get("items") {
                for item in items {
                    drop_nulls(item, part);
                }
            }
        }
        _ => {}
    }
}

/// Fills in defaults where a field is missing, in all that is there.
pub fn fill(value: &mut Value, schema: &'static Value) {
    let schema = resolve(schema);
    match value {
        Value::Object(map) => {
            for (key, part) in schema["properties"].as_object().into_iter().flatten() {
                if key == "metadata" {
                    continue;
                }
                let part = resolve(part);
                if let Some(default) = part.get("default")
                    && map
                        .get(key)
                        .is_none_or(|there| there.is_null() && part["nullable"] != true)
                {
                    map.insert(key.clone(), default.clone());
                }
                if let Some(value) = map.get_mut(key) {
                    fill(value, part);
                }
            }
            if let Some(rest) = schema
                .get("additionalProperties")
                .filter(|rest| rest.is_object())
            {
                let known = schema["properties"].as_object();
                for (key, value) in map.iter_mut() {
                    if known.is_none_or(|known| !known.contains_key(key)) {
                        fill(value, rest);
                    }
                }
            }
        }
        Value::Array(items) => {
            if let Some(part) = schema.get("items") {
                for item in items {
                    fill(item, part);
                }
            }
        }
        Value::Number(number) if schema["type"] == "integer" => {
            // A whole number may be written with a point and is kept without.
            let whole = number
                .as_f64()
                .filter(|n| n.fract() == 0.0 && n.abs() < 9e15);
            if let Some(whole) = whole.filter(|_| number.is_f64()) {
                *value = (whole as i64).into();
            }
        }
        _ => {}
    }
}
