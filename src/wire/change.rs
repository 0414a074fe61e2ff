//! What is different between two JSON values, as a JSON patch (RFC 6902) that is refused where it would overwrite a change of somebody else.
//! Apart from what is edited: it knows objects and lists, not Kubernetes.
//!
//! Why a JSON patch with tests, and not the whole object or a merge patch: the controller writes the status of a run that goes
//! on every few seconds, so a write bound to a `resourceVersion` would lose that race again and again although both
//! touch different fields; a merge patch without one is blind, cannot write null, and replaces every list as a whole. Here each place that changes is
//! tested against what it held when it was read. A place in a list is named by its number, which means another
//! element as soon as somebody inserts one: the element's `name` is tested too, or the whole list where its elements have none.

use serde_json::{Map, Value, json};

/// The operations that make one value of another.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Change {
    /// `test` operations: all hold for the value as it was read.
    pub tests: Vec<Value>,
    /// What is done then.
    pub ops: Vec<Value>,
}

/// How `new` is made of `old`. Both are objects: the root itself is not replaced.
pub(super) fn between(old: &Value, new: &Value) -> Change {
    let mut change = Change::default();
    change.walk("", old, new, false);
    change
}

impl Change {
    /// `guarded`: a list above is tested as a whole.
    fn walk(&mut self, path: &str, old: &Value, new: &Value, guarded: bool) {
        match (old, new) {
            _ if old == new => {}
            (Value::Object(old), Value::Object(new)) => self.fields(path, old, new, guarded),
            (Value::Array(old), Value::Array(new)) => self.list(path, old, new, guarded),
            _ => {
                self.test(path, old, guarded);
                self.op("replace", path, Some(new));
            }
        }
    }

    fn fields(
        &mut self,
        path: &str,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
        guarded: bool,
    ) {
        for (name, was) in old {
            let path = below(path, name);
            match new.get(name) {
                Some(is) => self.walk(&path, was, is, guarded),
                None => {
                    self.test(&path, was, guarded);
                    self.op("remove", &path, None);
                }
            }
        }
        for (name, is) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
            let path = below(path, name);
            // The API server takes a test of what is absent against null as passed.
            self.test(&path, &Value::Null, guarded);
            self.op("add", &path, Some(is));
        }
    }

    fn list(&mut self, path: &str, old: &[Value], new: &[Value], guarded: bool) {
        if let Some(names) = same_names(old, new) {
            for (at, ((was, is), name)) in old.iter().zip(new).zip(names).enumerate() {
                let path = format!("{path}/{at}");
                let before = self.ops.len();
                self.walk(&path, was, is, guarded);
                if self.ops.len() > before {
                    self.test(&format!("{path}/name"), name, guarded);
                }
            }
            return;
        }
        self.test(path, &Value::Array(old.to_vec()), guarded);
        let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let (old, new) = (&old[start..], &new[start..]);
        let end = (old.iter().rev().zip(new.iter().rev()))
            .take_while(|(a, b)| a == b)
            .count();
        let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
        let both = old.len().min(new.len());
        for (at, (was, is)) in old.iter().zip(new).enumerate() {
            self.walk(&format!("{path}/{}", start + at), was, is, true);
        }
        for at in (both..old.len()).rev() {
            self.op("remove", &format!("{path}/{}", start + at), None);
        }
        for (at, is) in new.iter().enumerate().skip(both) {
            self.op("add", &format!("{path}/{}", start + at), Some(is));
        }
    }

    fn test(&mut self, path: &str, value: &Value, guarded: bool) {
        if !guarded {
            self.tests
                .push(json!({"op": "test", "path": path, "value": value}));
        }
    }

    fn op(&mut self, op: &str, path: &str, value: Option<&Value>) {
        self.ops.push(match value {
            Some(value) => json!({"op": op, "path": path, "value": value}),
            None => json!({"op": op, "path": path}),
        });
    }

    /// Where an object is not what it was when it was read, as people write places.
    pub(super) fn broken(&self, object: &Value) -> Vec<String> {
        let mut places = Vec::new();
        for test in &self.tests {
            let path = test["path"].as_str().unwrap_or_default();
            let there = object.pointer(path).unwrap_or(&Value::Null);
            if *there != test["value"] {
                places.push(place(path));
            }
        }
        places
    }

    /// What it changes, as people write places.
    pub(super) fn places(&self) -> Vec<String> {
        let paths = self.ops.iter().filter_map(|op| op["path"].as_str());
        let mut places: Vec<String> = paths.map(place).collect();
        places.dedup();
        places
    }
}

/// The names of two lists of as many elements, if each element has one, the same in both, and no other has it.
fn same_names<'a>(old: &'a [Value], new: &[Value]) -> Option<Vec<&'a Value>> {
    let name = |value: &'a Value| value.get("name").filter(|name| name.is_string());
    let names: Vec<&Value> = old.iter().map(name).collect::<Option<_>>()?;
    let same = old.len() == new.len()
        && (names.iter().zip(new)).all(|(name, new)| new.get("name") == Some(*name));
    let single = |at: usize| !names[..at].contains(&names[at]);
    (same && (0..names.len()).all(single)).then_some(names)
}

/// What is made of one value by two people who each changed it: `mine` where I changed something, else `theirs`. Where both did, mine; the places are noted.
pub(super) fn merged(base: &Value, mine: &Value, theirs: &Value) -> (Value, Vec<String>) {
    let mut both = Vec::new();
    let merged = merge("", Some(base), Some(mine), Some(theirs), &mut both);
    (merged.unwrap_or_default(), both)
}

fn merge(
    path: &str,
    base: Option<&Value>,
    mine: Option<&Value>,
    theirs: Option<&Value>,
    both: &mut Vec<String>,
) -> Option<Value> {
    if mine == base || mine == theirs {
        return theirs.cloned();
    }
    match (base, mine, theirs) {
        _ if theirs == base => mine.cloned(),
        (Some(Value::Object(base)), Some(Value::Object(mine)), Some(Value::Object(theirs))) => {
            let more = mine.keys().filter(|name| !theirs.contains_key(*name));
            let mut fields = Map::new();
            for name in theirs.keys().chain(more) {
                let path = below(path, name);
                let of = |fields: &'_ Map<String, Value>| fields.get(name).cloned();
                let (base, mine, theirs) = (of(base), of(mine), of(theirs));
                let value = merge(&path, base.as_ref(), mine.as_ref(), theirs.as_ref(), both);
                if let Some(value) = value {
                    fields.insert(name.clone(), value);
                }
            }
            Some(Value::Object(fields))
        }
        (Some(Value::Array(base)), Some(Value::Array(mine)), Some(Value::Array(theirs)))
            if same_names(base, mine).is_some() && same_names(base, theirs).is_some() =>
        {
            let all = base.iter().zip(mine).zip(theirs).enumerate();
            let values = all.filter_map(|(at, ((base, mine), theirs))| {
                let path = format!("{path}/{at}");
                merge(&path, Some(base), Some(mine), Some(theirs), both)
            });
            Some(Value::Array(values.collect()))
        }
        _ => {
            both.push(place(path));
            mine.cloned()
        }
    }
}

fn below(path: &str, name: &str) -> String {
    format!("{path}/{}", escaped(name))
}

/// A name as a piece of a JSON pointer (RFC 6901).
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A JSON pointer as people write it: `spec.templates[0].image`.
pub(super) fn place(path: &str) -> String {
    let mut text = String::new();
    for piece in path.split('/').skip(1) {
        let piece = piece.replace("~1", "/").replace("~0", "~");
        let number = !piece.is_empty() && piece.chars().all(|c| c.is_ascii_digit());
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        match number || !piece.chars().all(plain) {
            true => text += &format!("[{piece}]"),
            false if text.is_empty() => text += &piece,
            false => text += &format!(".{piece}"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::sim::patch::json_patch;

    fn applied(object: &Value, change: &Change) -> Option<Value> {
        let mut object = object.clone();
        let all: Vec<Value> = change.tests.iter().chain(&change.ops).cloned().collect();
        json_patch(&mut object, &all).ok()?;
        Some(object)
    }

    /// Few names and values, so that two of them have much in common; names hold what a pointer must escape.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..3i64).prop_map(Value::from),
            prop_oneof!["[ab<&]{0,2}", Just("~1".to_string())].prop_map(Value::from),
        ];
        let name = || prop_oneof!["[ab/~]{1,2}", Just("name".to_string()), Just("0".into())];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            let named =
                ("[abc]", inner.clone()).prop_map(|(name, it)| json!({"name": name, "it": it}));
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec(named, 0..4).prop_map(Value::from),
                prop::collection::vec((name(), inner), 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    fn object() -> impl Strategy<Value = Value> {
        json().prop_map(|value| json!({"spec": value}))
    }

    proptest! {
        #[test]
        fn the_patch_makes_the_one_of_the_other(old in object(), new in object()) {
            let change = between(&old, &new);
            prop_assert_eq!(applied(&old, &change), Some(new.clone()), "{:?}", change);
            prop_assert!(change.broken(&old).is_empty());
            prop_assert_eq!(change.ops.is_empty(), old == new);
        }

        #[test]
        fn it_is_refused_or_makes_what_was_meant_of_any_other(old in object(), new in object(), other in object()) {
            let change = between(&old, &new);
            // What we find broken the server finds broken, and nothing else.
            if change.broken(&other).is_empty() {
                if let Some(made) = applied(&other, &change) {
                    // What was changed is as it was meant; applying it twice is seen.
                    prop_assert!(change.ops.is_empty() || made != other);
                }
            } else {
                prop_assert_eq!(applied(&other, &change), None);
            }
        }

        #[test]
        fn two_people_get_what_each_changed(base in object(), mine in object(), theirs in object()) {
            prop_assert_eq!(merged(&base, &base, &theirs), (theirs.clone(), vec![]));
            prop_assert_eq!(merged(&base, &mine, &base), (mine.clone(), vec![]));
            prop_assert_eq!(merged(&base, &mine, &mine).0, mine.clone());
            // What is left to be done to theirs is refused by nothing.
            let (both, _) = merged(&base, &mine, &theirs);
            prop_assert_eq!(applied(&theirs, &between(&theirs, &both)), Some(both));
        }
    }

    #[test]
    fn only_what_changed_is_sent() {
        let old = json!({"spec": {"a": 1, "list": [{"name": "x", "v": 1}, {"name": "y", "v": 2}], "args": ["p", "q", "r"]}});
        let new = json!({"spec": {"list": [{"name": "x", "v": 1}, {"name": "y", "v": 3}], "args": ["p", "r"], "b/c": null}});
        let change = between(&old, &new);
        assert_eq!(
            change.ops,
            [
                json!({"op": "remove", "path": "/spec/a"}),
                json!({"op": "replace", "path": "/spec/list/1/v", "value": 3}),
                json!({"op": "remove", "path": "/spec/args/1"}),
                json!({"op": "add", "path": "/spec/b~1c", "value": null}),
            ]
        );
        assert_eq!(
            change.places(),
            ["spec.a", "spec.list[1].v", "spec.args[1]", "spec[b/c]"]
        );
        // Somebody inserted an element before: the number means another one now.
        let mut moved = old.clone();
        moved["spec"]["list"] =
            json!([{"name": "w", "v": 2}, {"name": "x", "v": 2}, {"name": "y", "v": 2}]);
        assert_eq!(change.broken(&moved), ["spec.list[1].name"]);
        // What others do elsewhere is nobody's business.
        let mut other = old.clone();
        other["status"] = json!({"phase": "Running"});
        other["spec"]["list"][0]["v"] = 9.into();
        assert!(change.broken(&other).is_empty());
    }

    #[test]
    fn what_both_changed_is_named() {
        let base = json!({"a": 1, "b": 1, "c": [1]});
        let mine = json!({"a": 2, "b": 1, "c": [2]});
        let theirs = json!({"a": 3, "b": 4, "c": [1]});
        let (both, where_) = merged(&base, &mine, &theirs);
        assert_eq!(both, json!({"a": 2, "b": 4, "c": [2]}));
        assert_eq!(where_, ["a"]);
    }
}
