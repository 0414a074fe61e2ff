//! Who owns which field of an object: `metadata.managedFields`.
//! Apart from applying, because every write takes fields over.
//!
//! Only requests make owners: what the pretended controller writes belongs to nobody. Lists are one field here, where a
//! real server names their elements by keys.

use std::collections::BTreeSet;

use http::header;
use serde_json::{Map, Value, json};

use super::super::super::clock::rfc3339;
use super::super::super::resource::Res;
use super::super::super::schema;
use super::super::Call;
use super::Part;

/// A way to a field: names of members, the first of them of the object itself. The last may be [`ITSELF`].
pub type Path = Vec<String>;

/// A map as a field of its own, beside what is in it.
const ITSELF: &str = ".";
/// Members of built-in kinds that are maps; the others that hold members are structs, which are no field of their own.
const MAPS: [&str; 4] = ["annotations", "binaryData", "data", "labels"];

/// The fields of a value that somebody wants: lists and maps that are replaced as a whole are one field.
pub fn of(res: Res, value: &Value) -> BTreeSet<Path> {
    let mut out = all(res, value);
    out.retain(|path| !is_map(path));
    out
}

fn is_map(path: &Path) -> bool {
    path.last().is_some_and(|last| last == ITSELF)
}

/// The fields of a value that somebody made, its maps among them.
fn all(res: Res, value: &Value) -> BTreeSet<Path> {
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
                        let path = vec!["metadata".to_owned(), key.clone()];
                        walk((res, None), part, path, &mut out);
                    }
                }
            }
            _ => {
                let schema = schema::kind(res).map(|kind| schema::resolve(kind.schema));
                let part_schema = schema.and_then(|schema| schema["properties"].get(key));
                walk((res, part_schema), part, vec![key.clone()], &mut out);
            }
        }
    }
    out
}

fn walk(
    (res, schema): (Res, Option<&'static Value>),
    value: &Value,
    path: Path,
    out: &mut BTreeSet<Path>,
) {
    let schema = schema.map(schema::resolve);
    let atomic = schema.is_some_and(|schema| schema["x-kubernetes-map-type"] == "atomic");
    match value {
        Value::Object(map) if !atomic && !map.is_empty() => {
            let name = path.last().map_or("", String::as_str);
            if res.custom() || MAPS.contains(&name) {
                let mut path = path.clone();
                path.push(ITSELF.to_owned());
                out.insert(path);
            }
            for (key, part) in map {
                let below = schema.and_then(|schema| {
                    schema["properties"]
                        .get(key)
                        .or_else(|| schema.get("additionalProperties"))
                });
                let mut path = path.clone();
                path.push(key.clone());
                walk((res, below), part, path, out);
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
            let key = match name.as_str() {
                ITSELF => ITSELF.to_owned(),
                name => format!("f:{name}"),
            };
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

/// A new object belongs to who sent it, but for a status that is written apart.
pub fn own(call: &Call, res: Res, value: &mut Value) {
    let mut made = all(res, value);
    if res.status() {
        made.retain(|path| path[0] != "status");
    }
    let entry = entry(call, res, Part::Object, &manager(call), "Update", &made);
    set(value, vec![entry]);
}

/// After a write that is no apply: what it changed belongs to who sent it, what it removed to nobody.
pub fn take_over(call: &Call, res: Res, part: Part, before: &Value, next: &mut Value) {
    if super::super::body::media_type(call) == super::patching::APPLY {
        return;
    }
    let mut entries = entries(before);
    let (old, new) = (all(res, before), all(res, next));
    let changed = new
        .iter()
        .filter(|path| match is_map(path) {
            true => !old.contains(*path),
            false => get(before, path) != get(next, path),
        })
        .cloned();
    let changed: BTreeSet<Path> = changed.collect();
    let touched: BTreeSet<Path> = old.difference(&new).chain(&changed).cloned().collect();
    if touched.is_empty() {
        set(next, entries);
        return;
    }
    let name = manager(call);
    let ours = entries
        .iter()
        .position(|entry| entry["manager"] == *name && entry["operation"] == "Update");
    let mut fields = ours
        .map(|n| read(&entries[n]["fieldsV1"]))
        .unwrap_or_default();
    fields.retain(|path| !touched.contains(path));
    fields.extend(changed);
    lose(&mut entries, &touched, None);
    let entry = entry(call, res, part, &name, "Update", &fields);
    match ours {
        Some(n) => entries[n] = entry,
        None => entries.push(entry),
    }
    set(next, entries);
}
