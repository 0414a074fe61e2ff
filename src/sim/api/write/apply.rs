//! Server-side apply: the fields somebody wants, merged into what is there, with the owners of fields kept apart.
//! Apart from the other patches, because it creates as well and because fields that are no longer wanted go.

use std::collections::BTreeSet;

use http::Response;
use serde_json::Value;

use super::super::super::resource::Res;
use super::super::super::schema::Cause;
use super::super::body::{object_text, read};
use super::super::status::{self, Failure, bad_request};
use super::super::{Body, Call};
use super::fields::{self, Path};
use super::options::{Fields, Options};
use super::{Part, Update, check, same_name, store_new};

/// Applies the object in a request's body.
pub fn apply(
    call: &Call,
    (res, part): (Res, Part),
    (namespace, name): (&str, &str),
    options: Options,
) -> Result<Response<Body>, Failure> {
    let manager = call
        .query
        .get("fieldManager")
        .unwrap_or_default()
        .to_owned();
    let mut wanted = wanted(call, res, namespace, name)?;
    let owned = fields::of(res, &wanted);
    if call.store.get(res, namespace, name).is_none() && part == Part::Object {
        let entry = fields::entry(call, res, part, &manager, "Apply", &owned);
        fields::set(&mut wanted, vec![entry]);
        return store_new(call, res, namespace, wanted, options.dry, &[]);
    }
    let force = call.query.flag("force");
    let update = Update {
        call,
        res,
        part,
        namespace,
        name,
        dry: options.dry,
        fields: Fields::Ignore,
    };
    update.run(
        |current| {
            let before = current.value();
            let mut entries = fields::entries(&before);
            let ours = entries
                .iter()
                .position(|entry| entry["manager"] == *manager && entry["operation"] == "Apply");
            let conflicts = conflicts(&entries, ours, &owned, &before, &wanted);
            if !conflicts.is_empty() && !force {
                return Err(status::apply_conflict(&conflicts));
            }
            let mut next = before.clone();
            let had = ours
                .map(|n| fields::read(&entries[n]["fieldsV1"]))
                .unwrap_or_default();
            for path in had.difference(&owned) {
                let others = entries.iter().enumerate().any(|(n, entry)| {
                    Some(n) != ours && fields::read(&entry["fieldsV1"]).contains(path)
                });
                if !others {
                    remove(&mut next, path);
                }
            }
            for path in &owned {
                if let Some(value) = fields::get(&wanted, path) {
                    insert(&mut next, path, value.clone());
                }
            }
            let taken: BTreeSet<Path> = conflicts.iter().map(|(_, path)| path.clone()).collect();
            fields::lose(&mut entries, &taken, ours);
            let mut entry = fields::entry(call, res, part, &manager, "Apply", &owned);
            match ours {
                Some(n) => {
                    if entries[n]["fieldsV1"] == entry["fieldsV1"] {
                        // An apply that owns what it owned is no news.
                        entry["time"] = entries[n]["time"].clone();
                    }
                    entries[n] = entry;
                }
                None => entries.push(entry),
            }
            let mut tidied = next;
            check::tidy(res, &mut tidied)?;
            fields::set(&mut tidied, entries);
            Ok((tidied, Vec::new()))
        },
        &[],
    )
}

fn wanted(call: &Call, res: Res, namespace: &str, name: &str) -> Result<Value, Failure> {
    let mut wanted = read(&call.body, true).map_err(|why| {
        bad_request(format!(
            "error decoding YAML: error converting YAML to JSON: yaml: {why}"
        ))
    })?;
    let said = |wanted: &Value, key: &str| wanted[key].as_str().unwrap_or_default().to_owned();
    let (kind, version) = (said(&wanted, "kind"), said(&wanted, "apiVersion"));
    if kind != res.kind || version != res.api_version() {
        let (group, version) = version.split_once('/').unwrap_or(("", &version));
        return Err(bad_request(format!(
            "invalid object type: {group}/{version}, Kind={kind}"
        )));
    }
    if wanted["metadata"]["managedFields"].is_array() {
        return Err(bad_request("metadata.managedFields must be nil"));
    }
    match said(&wanted["metadata"], "name").as_str() {
        "" => {}
        stated => same_name(stated, name)?,
    }
    let shown = object_text(res, name);
    let failed = |why: String| {
        status::internal(format!(
            "failed to create typed patch object ({shown}): {why}"
        ))
    };
    let unknown = check::tidy(res, &mut wanted).map_err(|why| failed(why.message().to_owned()))?;
    if let Some(path) = unknown.first() {
        return Err(failed(format!(".{path}: field not declared in schema")));
    }
    let causes = wrong_types(res, &wanted);
    if let Some(cause) = causes.first() {
        let wanted_type = cause
            .message
            .rsplit("must be of type ")
            .next()
            .unwrap_or_default();
        let wanted_type = wanted_type.split(':').next().unwrap_or_default();
        return Err(failed(format!(".{}: expected {wanted_type}", cause.field)));
    }
    wanted["metadata"]["name"] = name.into();
    if res.namespaced {
        wanted["metadata"]["namespace"] = namespace.into();
    }
    Ok(wanted)
}

fn wrong_types(res: Res, wanted: &Value) -> Vec<Cause> {
    let causes = super::super::super::schema::kind(res)
        .map(|kind| super::super::super::schema::check(wanted, kind.schema))
        .unwrap_or_default();
    causes
        .into_iter()
        .filter(|cause| cause.reason == "FieldValueTypeInvalid")
        .collect()
}

/// Fields that others own and that would change: who (as the server names them) and which.
fn conflicts(
    entries: &[Value],
    ours: Option<usize>,
    owned: &BTreeSet<Path>,
    before: &Value,
    wanted: &Value,
) -> Vec<(String, Path)> {
    let mut out = Vec::new();
    for (n, entry) in entries.iter().enumerate().filter(|(n, _)| Some(*n) != ours) {
        let _ = n;
        let who = format!("\"{}\"", entry["manager"].as_str().unwrap_or_default());
        let who = match entry["operation"].as_str() {
            Some("Apply") => who,
            _ => format!(
                "{who} using {}",
                entry["apiVersion"].as_str().unwrap_or_default()
            ),
        };
        let theirs = fields::read(&entry["fieldsV1"]);
        for path in owned.intersection(&theirs) {
            if fields::get(before, path) != fields::get(wanted, path) {
                out.push((who.clone(), path.clone()));
            }
        }
    }
    out
}

fn insert(value: &mut Value, path: &[String], leaf: Value) {
    let mut at = value;
    for name in path {
        if !at.is_object() {
            *at = serde_json::json!({});
        }
        at = &mut at[name.as_str()];
    }
    *at = leaf;
}

/// Takes a field away, and the maps that are empty without it.
fn remove(value: &mut Value, path: &[String]) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    let Some(map) = value.as_object_mut() else {
        return;
    };
    if rest.is_empty() {
        map.shift_remove(first);
        return;
    }
    if let Some(below) = map.get_mut(first) {
        remove(below, rest);
        if below.as_object().is_some_and(serde_json::Map::is_empty) {
            map.shift_remove(first);
        }
    }
}
