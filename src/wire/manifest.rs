//! An object as a text to be edited, and what a person made of it.
//! Apart from the YAML that is shown: there credentials are masked and nothing is ever read back; here every value has to come back as it was.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::act::stamp;
use super::change;
use crate::model::manifest::{Hidden, Manifest, Mistake, Sheet, is_blank, parted};
use crate::model::secret::MASKED;
use crate::model::text::clean;

/// Annotation in which `kubectl apply` repeats the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Annotations that are written by programs and change with every write.
const BOOKKEEPING: [&str; 4] = [LAST_APPLIED, stamp::ACTOR, stamp::ACTION, stamp::AT];
/// Fields of the metadata that change with every write.
const VERSIONS: [&str; 4] = ["managedFields", "resourceVersion", "generation", "selfLink"];
/// Fields of the metadata that the server never changes. Source: Kubernetes, `ValidateObjectMetaUpdate`.
const FIXED: [&str; 7] = [
    "name",
    "namespace",
    "uid",
    "generateName",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];
/// Fields of an object that are edited.
const FIELDS: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];
/// Width that no line reaches: lines are not folded, so that each stays one when it is edited.
const NEVER: usize = 1 << 30;

/// What of an object a person edits: without the status, which is the controller's, and without bookkeeping.
pub fn bare(object: &Value) -> Value {
    let fields = object.as_object().into_iter().flatten();
    let mut bare: Map<String, Value> = fields
        .filter(|(name, _)| FIELDS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Some(metadata) = bare.get_mut("metadata").and_then(Value::as_object_mut) {
        for name in VERSIONS {
            metadata.shift_remove(name);
        }
        let notes = metadata.get_mut("annotations");
        if let Some(notes) = notes.and_then(Value::as_object_mut) {
            for name in BOOKKEEPING {
                notes.shift_remove(name);
            }
        }
    }
    Value::Object(bare)
}

/// An object to be edited; or to be edited again, with what was made of it before, where others may have changed it since.
///
/// # Errors
/// One clause, where it cannot be written so that it comes back as it is.
pub fn sheet(object: &Value, before: &Manifest) -> Result<Sheet, String> {
    let now = bare(object);
    let read = Hidden::from(written(&now)?);
    if is_blank(before.text.text()) {
        let text = read.clone();
        return Ok(Sheet {
            manifest: Manifest { read, text },
            notes: Vec::new(),
        });
    }
    let base = base(before);
    match edited(&base, before.text.text()) {
        // Words and comments stay as they were written where nobody else changed anything, and where it is not understood.
        Ok(_) if base == now => Ok(Sheet {
            manifest: before.clone(),
            notes: Vec::new(),
        }),
        Err(notes) => Ok(Sheet {
            manifest: before.clone(),
            notes,
        }),
        Ok(mine) => {
            let (both, places) = change::merged(&base, &mine, &now);
            let note = |place: &String| {
                let what = format!("{place} was changed by somebody else too: this is yours");
                Mistake::of(clean(&what).into_owned())
            };
            let text = written(&both)?.into();
            Ok(Sheet {
                manifest: Manifest { read, text },
                notes: places.iter().map(note).collect(),
            })
        }
    }
}

/// The text of an object as it is exported, with its status and the versions that the server keeps, without those.
/// `None`: it has none of them, or is no object.
pub fn without_servers(text: &str) -> Option<String> {
    let mut value = parsed(parted(text).1).ok()?;
    let fields = value.as_object_mut()?;
    let mut found = fields.shift_remove("status").is_some();
    if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
        for name in VERSIONS {
            found |= metadata.shift_remove(name).is_some();
        }
    }
    found.then(|| written(&value).ok()).flatten()
}

/// What was read, and what it shall become.
///
/// # Errors
/// What is wrong with the text; at least one.
pub(super) fn wish(manifest: &Manifest) -> Result<(Value, Value), Vec<Mistake>> {
    let base = base(manifest);
    let edited = edited(&base, manifest.text.text())?;
    Ok((base, edited))
}

/// The text says what was read.
pub fn is_idle(manifest: &Manifest) -> bool {
    wish(manifest).is_ok_and(|(base, edited)| base == edited)
}

/// Says what is wrong with a text.
///
/// # Errors
/// All that is; at least one.
pub fn check(manifest: &Manifest) -> Result<(), Vec<Mistake>> {
    wish(manifest).map(|_| ())
}

/// What would become of an object, where the server does not say: what was changed laid over it.
pub fn expected(manifest: &Manifest, now: &Value) -> Value {
    match wish(manifest) {
        Ok((base, mine)) => change::merged(&base, &mine, now).0,
        Err(_) => now.clone(),
    }
}

fn base(manifest: &Manifest) -> Value {
    parsed(manifest.read.text()).unwrap_or_default()
}

/// YAML in which no line is folded; `None` where it cannot be written.
pub fn unfolded(value: &Value) -> Option<String> {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: NEVER };
    serde_saphyr::to_string_with_options(value, options).ok()
}

/// YAML that reads back as just this; JSON, which is YAML too, where no other does.
fn written(value: &Value) -> Result<String, String> {
    let yaml = unfolded(value);
    let json = || {
        serde_json::to_string_pretty(value)
            .ok()
            .map(|text| text + "\n")
    };
    let faithful = |text: &String| parsed(text).is_ok_and(|back| back == *value);
    yaml.filter(faithful)
        .or_else(|| json().filter(faithful))
        .ok_or_else(|| "it cannot be written as YAML without a loss".to_string())
}

fn parsed(text: &str) -> Result<Value, Mistake> {
    serde_saphyr::from_str::<Value>(text).map_err(|why| {
        let at = why.location();
        let at = at.map(|at| (at.line() as usize, at.column() as usize));
        Mistake {
            at: at.filter(|(line, _)| *line > 0),
            what: reason(&why),
        }
    })
}

/// The first line of what the parser says, without the place, which is told apart, and without advice for programs that use it.
fn reason(why: &serde_saphyr::Error) -> Arc<str> {
    let text = why.without_snippet().to_string();
    let mut line = text.lines().next().unwrap_or_default();
    for end in [" at line ", ", set ", "; use "] {
        line = line.split(end).next().unwrap_or(line);
    }
    clean(line).into()
}

/// What a text makes of an object.
fn edited(base: &Value, text: &str) -> Result<Value, Vec<Mistake>> {
    let mut value = parsed(parted(text).1).map_err(|mistake| vec![mistake])?;
    let Some(fields) = value.as_object() else {
        return Err(vec![Mistake::of(
            "it is no object: apiVersion, kind, metadata and spec are missing",
        )]);
    };
    let mut wrong = Vec::new();
    for name in fields
        .keys()
        .filter(|name| !FIELDS.contains(&name.as_str()))
    {
        wrong.push(stranger(name));
    }
    for name in ["apiVersion", "kind"] {
        if fields.get(name) != base.get(name) {
            wrong.push(fixed(name, base.get(name)));
        }
    }
    for name in ["metadata", "spec"] {
        if !fields.get(name).is_some_and(Value::is_object) {
            wrong.push(format!("{name} is missing, or is no object"));
        }
    }
    if let Some(metadata) = fields.get("metadata").and_then(Value::as_object) {
        let was = &base["metadata"];
        for name in FIXED
            .into_iter()
            .filter(|name| metadata.get(*name) != was.get(*name))
        {
            wrong.push(fixed(&format!("metadata.{name}"), was.get(name)));
        }
        for name in VERSIONS
            .into_iter()
            .filter(|name| metadata.contains_key(*name))
        {
            wrong.push(format!("metadata.{name} is the server's: leave it out"));
        }
        let notes = metadata.get("annotations");
        if notes.is_some_and(|notes| !notes.is_object() && !notes.is_null()) {
            wrong.push("metadata.annotations is no object".to_string());
        }
    }
    if masks(&value) && !masks(base) {
        wrong.push(format!(
            "{MASKED} stands where a credential is hidden: write what it is"
        ));
    }
    if !wrong.is_empty() {
        return Err(wrong
            .iter()
            .map(|what| Mistake::of(clean(what).into_owned()))
            .collect());
    }
    let noted = base.pointer("/metadata/annotations").is_some();
    let metadata = value.get_mut("metadata").and_then(Value::as_object_mut);
    if let Some(metadata) = metadata {
        // Those that were shown go; those that were not stay.
        if noted && metadata.get("annotations").is_none_or(Value::is_null) {
            metadata.insert("annotations".to_string(), Value::Object(Map::new()));
        }
        let notes = metadata.get_mut("annotations");
        if let Some(notes) = notes.and_then(Value::as_object_mut) {
            for name in BOOKKEEPING {
                notes.shift_remove(name);
            }
        }
    }
    Ok(value)
}

/// A text in it is masked.
fn masks(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(MASKED),
        Value::Array(items) => items.iter().any(masks),
        Value::Object(fields) => fields.values().any(masks),
        _ => false,
    }
}

fn fixed(name: &str, was: Option<&Value>) -> String {
    match was {
        Some(Value::String(was)) => format!("{name} cannot be changed: it is {was}"),
        Some(was) => format!("{name} cannot be changed: it is {was}"),
        None => format!("{name} cannot be given: leave it out"),
    }
}

/// A field that is none of those that are edited.
fn stranger(name: &str) -> String {
    if name == "status" {
        return "the status is the controller's and not edited here: leave it out; retry, bypass and approve change it".to_string();
    }
    let near = FIELDS.into_iter().find(|field| {
        let distance = strsim::damerau_levenshtein(field, name);
        distance <= 2
    });
    match near {
        Some(near) => format!("there is no field {name}: did you mean {near}?"),
        None => format!(
            "there is no field {name}: what is edited is apiVersion, kind, metadata and spec"
        ),
    }
}

#[cfg(test)]
mod tests;
