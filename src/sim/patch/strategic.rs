//! Strategic merge patch: a merge that knows which lists of the built-in kinds have keys.
//! Apart from the plain merge, because its directives are a language of their own.
//! Source: `patchMergeKey` and `patchStrategy` in `k8s.io/api/core/v1`.

use serde_json::{Map, Value};

/// The key by which the items of a list are told apart; nothing where the list is replaced.
fn key_of(list: &str) -> Option<&'static str> {
    Some(match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets" => "name",
        "ownerReferences" => "uid",
        "ports" => "containerPort",
        "volumeMounts" => "mountPath",
        "conditions" => "type",
        "hostAliases" | "podIPs" => "ip",
        _ => return None,
    })
}

/// Lists of words that are merged as sets.
fn set(list: &str) -> bool {
    list == "finalizers"
}

/// Applies a strategic merge patch to an object of a built-in kind.
pub fn strategic(target: &mut Value, patch: &Value) {
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
    match patch.get("$patch").and_then(Value::as_str) {
        Some("replace") => target.clear(),
        Some("delete") => {
            target.clear();
            return;
        }
        _ => {}
    }
    for (key, value) in patch {
        if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/") {
            if let (Some(Value::Array(there)), Value::Array(gone)) = (target.get_mut(list), value) {
                there.retain(|word| !gone.contains(word));
            }
            continue;
        }
        if key.starts_with("$setElementOrder/") {
            // Orders are kept for last, when the lists are whole.
            continue;
        }
        if key == "$retainKeys" {
            let kept = value.as_array().cloned().unwrap_or_default();
            target.retain(|key, _| kept.iter().any(|one| one == key));
            continue;
        }
        if key.starts_with('$') {
            continue;
        }
        match (target.get_mut(key), value) {
            (_, Value::Null) => {
                target.shift_remove(key);
            }
            (Some(Value::Array(there)), Value::Array(fresh)) => list(key, there, fresh),
            (Some(there), value) => strategic(there, value),
            (None, value) => {
                let mut fresh = Value::Null;
                match value {
                    Value::Array(items) => {
                        let mut all = Vec::new();
                        list(key, &mut all, items);
                        fresh = all.into();
                    }
                    value => strategic(&mut fresh, value),
                }
                target.insert(key.clone(), fresh);
            }
        }
    }
    for (key, wanted) in patch {
        if let (Some(name), Some(wanted)) =
            (key.strip_prefix("$setElementOrder/"), wanted.as_array())
            && let Some(Value::Array(there)) = target.get_mut(name)
        {
            order(name, there, wanted);
        }
    }
}

fn list(name: &str, there: &mut Vec<Value>, fresh: &[Value]) {
    if set(name) {
        // What is new comes first, as the server puts it.
        let mut all: Vec<Value> = fresh
            .iter()
            .filter(|word| !there.contains(word))
            .cloned()
            .collect();
        all.append(there);
        *there = all;
        return;
    }
    let whole = |item: &Value| item.get("$patch").and_then(Value::as_str) == Some("replace");
    let Some(key) = key_of(name).filter(|_| {
        !fresh
            .iter()
            .any(|item| whole(item) && item.as_object().is_some_and(|o| o.len() == 1))
    }) else {
        *there = fresh.iter().filter(|item| !whole(item)).cloned().collect();
        return;
    };
    for item in fresh {
        let found = there
            .iter()
            .position(|old| old[key] == item[key] && !item[key].is_null());
        if item["$patch"] == "delete" {
            if let Some(at) = found {
                there.remove(at);
            }
            continue;
        }
        match found {
            Some(at) => strategic(&mut there[at], item),
            None => {
                let mut new = Value::Null;
                strategic(&mut new, item);
                there.push(new);
            }
        }
    }
}

/// Puts items into the wanted order; what is not named keeps its place behind those before it.
fn order(name: &str, there: &mut [Value], wanted: &[Value]) {
    let key = key_of(name);
    let place = |item: &Value| {
        wanted.iter().position(|one| match key {
            Some(key) => one[key] == item[key],
            None => one == item,
        })
    };
    there.sort_by_key(|item| place(item).unwrap_or(usize::MAX));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_with_keys_merge_and_words_join() {
        let pod = json!({"metadata": {"finalizers": ["x/y"]}, "spec": {"containers": [{"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "1"}]}});
        for (patch, expected) in [
            (
                json!({"spec": {"containers": [{"name": "a", "image": "2", "args": ["y"]}]}}),
                json!({"metadata": {"finalizers": ["x/y"]}, "spec": {"containers": [{"name": "a", "image": "2", "args": ["y"]}, {"name": "b", "image": "1"}]}}),
            ),
            (
                json!({"metadata": {"finalizers": ["x/z"]}, "spec": {"containers": [{"name": "a", "$patch": "delete"}]}}),
                json!({"metadata": {"finalizers": ["x/z", "x/y"]}, "spec": {"containers": [{"name": "b", "image": "1"}]}}),
            ),
            (
                json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["x/y"]}, "spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}}),
                json!({"metadata": {"finalizers": []}, "spec": {"containers": [{"name": "b", "image": "1"}, {"name": "a", "image": "1", "args": ["x"]}]}}),
            ),
            (
                json!({"spec": {"$patch": "replace", "nodeName": "n"}}),
                json!({"metadata": {"finalizers": ["x/y"]}, "spec": {"nodeName": "n"}}),
            ),
        ] {
            let mut got = pod.clone();
            strategic(&mut got, &patch);
            assert_eq!(got, expected, "{patch}");
        }
    }
}
