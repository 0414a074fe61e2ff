//! JSON merge patch (RFC 7396), JSON patch (RFC 6902) and Kubernetes' strategic merge patch, with the API server's lenience.
//! Apart, because all are pure and have more corners than the requests that carry them.

mod strategic;

use serde_json::{Map, Value};

pub use strategic::strategic;

/// Applies a merge patch: null removes, objects merge, all else replaces.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            target.shift_remove(key);
        } else if let Some(there) = target.get_mut(key) {
            merge(there, value);
        } else {
            let mut fresh = Value::Null;
            merge(&mut fresh, value);
            target.insert(key.clone(), fresh);
        }
    }
}

/// A JSON patch that cannot be applied; the API server does not say why either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// Applies a JSON patch. As the API server does: `test` of an absent member against null passes, `replace` of an
/// absent member adds it, `copy` of one copies null, a missing value is null, indices below zero count from the end;
/// `remove` of what is absent is refused, and so is everything below a parent that is absent.
///
/// # Errors
/// [`Refused`] at the first operation that fails; `target` is then in pieces and must be dropped.
pub fn json_patch(target: &mut Value, operations: &[Value]) -> Result<(), Refused> {
    for operation in operations {
        let path = operation["path"].as_str().ok_or(Refused)?;
        let from = || operation["from"].as_str().ok_or(Refused);
        let value = || operation.get("value").cloned().unwrap_or(Value::Null);
        match operation["op"].as_str().ok_or(Refused)? {
            "test" => {
                if find(target, path)?.unwrap_or(Value::Null) != value() {
                    return Err(Refused);
                }
            }
            "add" => add(target, path, value())?,
            "replace" => replace(target, path, value())?,
            "remove" => {
                remove(target, path)?;
            }
            "copy" => {
                let copied = find(target, from()?)?.unwrap_or(Value::Null);
                add(target, path, copied)?;
            }
            "move" => {
                let moved = remove(target, from()?)?;
                add(target, path, moved)?;
            }
            _ => return Err(Refused),
        }
    }
    Ok(())
}

/// What lies at a path; nothing where its parent has no such member.
fn find(target: &mut Value, path: &str) -> Result<Option<Value>, Refused> {
    if path.is_empty() {
        return Ok(Some(target.clone()));
    }
    let (parent, last) = split(path)?;
    match parent_of(target, parent)? {
        Value::Object(map) => Ok(map.get(&last).cloned()),
        Value::Array(items) => {
            let at = index(&last, items.len())?;
            Ok(Some(items.get(at).ok_or(Refused)?.clone()))
        }
        _ => Err(Refused),
    }
}

fn replace(target: &mut Value, path: &str, value: Value) -> Result<(), Refused> {
    if path.is_empty() {
        return Err(Refused);
    }
    let (parent, last) = split(path)?;
    match parent_of(target, parent)? {
        Value::Object(map) => {
            map.insert(last, value);
        }
        Value::Array(items) => {
            let at = index(&last, items.len())?;
            *items.get_mut(at).ok_or(Refused)? = value;
        }
        _ => return Err(Refused),
    }
    Ok(())
}

/// The first part of a path is dropped unread: it is empty where the path begins with a slash, as it should.
fn parent_of<'a>(target: &'a mut Value, parent: &str) -> Result<&'a mut Value, Refused> {
    let mut at = target;
    for name in parent.split('/').skip(1) {
        let name = name.replace("~1", "/").replace("~0", "~");
        at = match at {
            Value::Object(map) => map.get_mut(&name).ok_or(Refused)?,
            Value::Array(items) => {
                let n = index(&name, items.len())?;
                items.get_mut(n).ok_or(Refused)?
            }
            _ => return Err(Refused),
        };
    }
    Ok(at)
}

fn index(text: &str, length: usize) -> Result<usize, Refused> {
    let at: i64 = text.parse().map_err(|_| Refused)?;
    let length = i64::try_from(length).map_err(|_| Refused)?;
    let at = if at < 0 { length + at } else { at };
    usize::try_from(at).map_err(|_| Refused)
}

fn split(path: &str) -> Result<(&str, String), Refused> {
    let (parent, last) = path.rsplit_once('/').ok_or(Refused)?;
    Ok((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn add(target: &mut Value, path: &str, value: Value) -> Result<(), Refused> {
    if path.is_empty() {
        return Err(Refused);
    }
    let (parent, last) = split(path)?;
    match parent_of(target, parent)? {
        Value::Object(map) => {
            map.insert(last, value);
        }
        Value::Array(items) if last == "-" => items.push(value),
        Value::Array(items) => {
            // Below zero the end itself counts: -1 is behind the last.
            let at = index(&last, items.len() + usize::from(last.starts_with('-')))?;
            if at > items.len() {
                return Err(Refused);
            }
            items.insert(at, value);
        }
        _ => return Err(Refused),
    }
    Ok(())
}

fn remove(target: &mut Value, path: &str) -> Result<Value, Refused> {
    let (parent, last) = split(path)?;
    match parent_of(target, parent)? {
        Value::Object(map) => map.shift_remove(&last).ok_or(Refused),
        Value::Array(items) => {
            let at = index(&last, items.len())?;
            if at >= items.len() {
                return Err(Refused);
            }
            Ok(items.remove(at))
        }
        _ => Err(Refused),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn merge_patch_follows_the_rfc() {
        // The table of RFC 7396, appendix A.
        for (target, patch, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!([1, 2]),
                json!({"a": "b", "c": null}),
                json!({"a": "b"}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            let mut got = target.clone();
            merge(&mut got, &patch);
            assert_eq!(got, expected, "{target} + {patch}");
        }
    }

    fn patched(target: Value, operations: Value) -> Result<Value, Refused> {
        let mut target = target;
        let operations = operations.as_array().cloned().unwrap_or_default();
        json_patch(&mut target, &operations)?;
        Ok(target)
    }

    #[test]
    fn json_patch_is_as_lenient_as_the_server() {
        let base = json!({"a": {"b/c": 1}, "l": [1, 2]});
        let ok = [
            (
                json!([{"op": "test", "path": "/none", "value": null}]),
                base.clone(),
            ),
            (
                json!([{"op": "replace", "path": "/new", "value": 1}, {"op": "remove", "path": "/new"}]),
                base.clone(),
            ),
            (
                json!([{"op": "remove", "path": "/a/b~1c"}, {"op": "add", "path": "/l/-", "value": 3}]),
                json!({"a": {}, "l": [1, 2, 3]}),
            ),
            (
                json!([{"op": "remove", "path": "/l/-1"}, {"op": "add", "path": "/l/-1", "value": 7}]),
                json!({"a": {"b/c": 1}, "l": [1, 7]}),
            ),
            (
                json!([{"op": "copy", "from": "/none", "path": "/x"}, {"op": "add", "path": "/y"}]),
                json!({"a": {"b/c": 1}, "l": [1, 2], "x": null, "y": null}),
            ),
            (
                json!([{"op": "move", "from": "/l/0", "path": "/a/x"}, {"op": "copy", "from": "/a", "path": "/b"}]),
                json!({"a": {"b/c": 1, "x": 1}, "l": [2], "b": {"b/c": 1, "x": 1}}),
            ),
        ];
        for (operations, expected) in ok {
            assert_eq!(patched(base.clone(), operations), Ok(expected));
        }
        for refused in [
            json!([{"op": "test", "path": "/l/0", "value": 2}]),
            json!([{"op": "remove", "path": "/none"}]),
            json!([{"op": "add", "path": "/none/deep", "value": 1}]),
            json!([{"op": "add", "path": "/l/9", "value": 1}]),
            json!([{"op": "jump", "path": "/a"}]),
            json!([{"op": "test", "path": "/none/deep", "value": null}]),
            json!([{"op": "test", "path": "/l/9", "value": null}]),
            json!([{"op": "replace", "path": "/none/deep", "value": 1}]),
            json!([{"op": "replace", "path": "/l/9", "value": 1}]),
            json!([{"op": "add", "path": "", "value": {}}]),
        ] {
            assert_eq!(patched(base.clone(), refused), Err(Refused));
        }
    }
}
