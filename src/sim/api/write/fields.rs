//! Who owns which field of an object that was applied: `metadata.managedFields`.
//! Apart from applying, because every later write takes fields over.
//!
//! Owners are only written down from the first apply on: an object that nobody ever applied has no `managedFields`
//! here, while a real server names the owner of every field of every object. What follows from it: applying over
//! fields that were made by a plain create or update is a conflict there and none here.

use std::collections::BTreeSet;

use http::header;
use serde_json::{Map, Value, json};

use super::super::super::clock::rfc3339;
use super::super::super::resource::Res;
use super::super::super::schema;
use super::super::Call;
use super::Part;

/// A way to a field: names of members, the first of them of the object itself.
pub type Path = Vec<String>;

/// The fields of a value: lists and maps that are replaced as a whole are one field.
pub fn of(res: Res, value: &Value) -> BTreeSet<Path> {
    let mut out = BTreeSet::new();
    for (key, part) in value.as_object().into_iter().flatten() {
        match key.as_str() {
            "apiVersion" | "kind" => {}
            "metadata" => {
                for (key, part) in part.as_object().into_iter().flatten() {
                    if matches!(
                        key.as_str(),
                        "labels" | "annotations" | "finalizers" | "ownerReferences"
                    ) {
                        walk(
                            None,
                            part,
                            vec!["metadata".to_owned(), key.clone()],
                            &mut out,
                        );
                    }
                }
            }
            _ => {
                let schema = schema::kind(res).map(|kind| schema::resolve(kind.schema));
                let part_schema = schema.and_then(|schema| schema["properties"].get(key));
                walk(part_schema, part, vec![key.clone()], &mut out);
            }
        }
    }
    out
}

fn walk(schema: Option<&'static Value>, value: &Value, path: Path, out: &mut BTreeSet<Path>) {
    let schema = schema.map(schema::resolve);
    let atomic = schema.is_some_and(|schema| schema["x-kubernetes-map-type"] == "atomic");
    match value {
        Value::Object(map) if !atomic && !map.is_empty() => {
            for (key, part) in map {
                let below = schema.and_then(|schema| {
                    schema["properties"]
                        .get(key)
                        .or_else(|| schema.get("additionalProperties"))
                });
                let mut path = path.clone();
                path.push(key.clone());
                walk(below, part, path, out);
            }
        }
        _ => {
            out.insert(path);
        }
    }
}

/// `FieldsV1` of a set of fields.
fn write(set: &BTreeSet<Path>) -> Value {
    let mut out = json!({});
    for path in set {
        let mut at = &mut out;
        for name in path {
            let key = format!("f:{name}");
            if !at[&key].is_object() {
                at[&key] = json!({});
            }
            at = &mut at[&key];
        }
    }
    out
}

/// The set of fields a `FieldsV1` names.
pub fn read(fields: &Value) -> BTreeSet<Path> {
    fn walk(value: &Value, path: &Path, out: &mut BTreeSet<Path>) {
        let below: Vec<_> = value.as_object().into_iter().flatten().collect();
        if below.is_empty() && !path.is_empty() {
            out.insert(path.clone());
        }
        for (key, value) in below {
            let mut path = path.clone();
            path.push(key.strip_prefix("f:").unwrap_or(key).to_owned());
            walk(value, &path, out);
        }
    }
    let mut out = BTreeSet::new();
    walk(fields, &Vec::new(), &mut out);
    out
}

/// The value at a way.
pub fn get<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter()
        .try_fold(value, |value, name| value.get(name.as_str()))
}

/// The entries of an object.
pub fn entries(value: &Value) -> Vec<Value> {
    value["metadata"]["managedFields"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// Writes entries down; those that own nothing go.
pub fn set(value: &mut Value, entries: Vec<Value>) {
    let entries: Vec<Value> = entries
        .into_iter()
        .filter(|entry| {
            entry["fieldsV1"]
                .as_object()
                .is_some_and(|fields| !fields.is_empty())
        })
        .collect();
    if let Some(meta) = value["metadata"].as_object_mut() {
        if entries.is_empty() {
            meta.shift_remove("managedFields");
        } else {
            meta.insert("managedFields".to_owned(), entries.into());
        }
    }
}

/// An entry.
pub fn entry(
    call: &Call,
    res: Res,
    part: Part,
    manager: &str,
    operation: &str,
    fields: &BTreeSet<Path>,
) -> Value {
    let mut entry = Map::new();
    entry.insert("manager".to_owned(), manager.into());
    entry.insert("operation".to_owned(), operation.into());
    entry.insert("apiVersion".to_owned(), res.api_version().into());
    entry.insert(
        "time".to_owned(),
        rfc3339(call.store.clock().millis()).into(),
    );
    entry.insert("fieldsType".to_owned(), "FieldsV1".into());
    entry.insert("fieldsV1".to_owned(), write(fields));
    if part == Part::Status {
        entry.insert("subresource".to_owned(), "status".into());
    }
    Value::Object(entry)
}

/// Takes fields away from all entries but one.
pub fn lose(entries: &mut [Value], fields: &BTreeSet<Path>, but: Option<usize>) {
    for (n, entry) in entries.iter_mut().enumerate() {
        if Some(n) != but {
            let left: BTreeSet<Path> = read(&entry["fieldsV1"])
                .difference(fields)
                .cloned()
                .collect();
            entry["fieldsV1"] = write(&left);
        }
    }
}

/// Who a request comes from: what it says, or the first word of its agent.
fn manager(call: &Call) -> String {
    let said = call.query.get("fieldManager").map(str::to_owned);
    said.unwrap_or_else(|| {
        let agent = call
            .headers
            .get(header::USER_AGENT)
            .and_then(|agent| agent.to_str().ok());
        let agent = agent
            .unwrap_or_default()
            .split('/')
            .next()
            .unwrap_or_default();
        if agent.is_empty() {
            "unknown".to_owned()
        } else {
            agent.to_owned()
        }
    })
}

/// After a write that is no apply: what it changed belongs to who sent it, what it removed to nobody.
pub fn take_over(call: &Call, res: Res, part: Part, before: &Value, next: &mut Value) {
    if super::super::body::media_type(call) == super::patching::APPLY {
        return;
    }
    let mut all = entries(before);
    if all.is_empty() {
        set(next, all);
        return;
    }
    let (old, new) = (of(res, before), of(res, next));
    let changed = new
        .iter()
        .filter(|path| get(before, path) != get(next, path))
        .cloned();
    let changed: BTreeSet<Path> = changed.collect();
    let touched: BTreeSet<Path> = old.difference(&new).chain(&changed).cloned().collect();
    if touched.is_empty() {
        set(next, all);
        return;
    }
    let name = manager(call);
    let ours = all
        .iter()
        .position(|entry| entry["manager"] == *name && entry["operation"] == "Update");
    let mut fields = ours.map(|n| read(&all[n]["fieldsV1"])).unwrap_or_default();
    fields.retain(|path| !touched.contains(path));
    fields.extend(changed);
    lose(&mut all, &touched, None);
    let entry = entry(call, res, part, &name, "Update", &fields);
    match ours {
        Some(n) => all[n] = entry,
        None => all.push(entry),
    }
    set(next, all);
}
