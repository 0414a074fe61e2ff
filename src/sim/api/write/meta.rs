//! The rules of `metadata`: which fields there are, of which types, and which names, labels and owners are allowed.
//! Apart from the kinds' own rules, because all kinds share them. Source: `pkg/api/validation` of k8s.io/apimachinery.

use serde_json::{Map, Value};

use super::super::super::resource::{NAMESPACES, Res};
use super::super::super::schema::Cause;
use super::super::body::go_type;
use super::super::status::{Failure, bad_request};

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// Fields of `metadata` and the Go types they are decoded into.
const FIELDS: [(&str, &str); 15] = [
    ("name", "string"),
    ("generateName", "string"),
    ("namespace", "string"),
    ("selfLink", "string"),
    ("uid", "types.UID"),
    ("resourceVersion", "string"),
    ("generation", "int64"),
    ("creationTimestamp", "time"),
    ("deletionTimestamp", "time"),
    ("deletionGracePeriodSeconds", "int64"),
    ("labels", "map[string]string"),
    ("annotations", "map[string]string"),
    ("ownerReferences", "[]v1.OwnerReference"),
    ("finalizers", "[]string"),
    ("managedFields", "[]v1.ManagedFieldsEntry"),
];

/// Throws unknown fields of `metadata` away and names them; nulls and what the server owns go silently.
///
/// # Errors
/// 400 where a field has a type it cannot have.
pub fn tidy(res: Res, value: &mut Value, unknown: &mut Vec<String>) -> Result<(), Failure> {
    let refused = |why: String| {
        Err(bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: {why}",
            res.kind, res.version, res.kind
        )))
    };
    let Some(map) = value.as_object_mut() else {
        return Ok(());
    };
    let meta = map.entry("metadata").or_insert(Value::Null);
    if meta.is_null() {
        *meta = Value::Object(Map::new());
    }
    let Value::Object(meta) = meta else {
        return refused(format!(
            "json: cannot unmarshal {} into Go value of type v1.ObjectMeta",
            go_type(meta)
        ));
    };
    meta.retain(|key, value| {
        let known = FIELDS.iter().any(|(name, _)| name == key);
        if !known {
            unknown.push(format!("metadata.{key}"));
        }
        known && !value.is_null() && !matches!(key.as_str(), "selfLink" | "managedFields")
    });
    // The server names the field of a custom object without the way to it.
    let place = if res.custom() { "" } else { "metadata." };
    for (key, kind) in FIELDS {
        let Some(value) = meta.get_mut(key) else {
            continue;
        };
        if let (Value::Object(labels), "map[string]string") = (&mut *value, kind) {
            for label in labels.values_mut().filter(|label| label.is_null()) {
                *label = "".into();
            }
        }
        let wrong = match (&*value, kind) {
            (Value::String(text), "time") => {
                if text.parse::<jiff::Timestamp>().is_err() {
                    let text = Value::from(text.clone());
                    return refused(format!(
                        "parsing time {text} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text} as \"2006\""
                    ));
                }
                None
            }
            (Value::String(_), "string" | "types.UID") | (Value::Number(_), "int64") => None,
            (Value::Object(map), "map[string]string") => {
                map.values().find(|v| !v.is_string()).map(|v| (v, "string"))
            }
            (Value::Array(items), "[]string") => {
                items.iter().find(|v| !v.is_string()).map(|v| (v, "string"))
            }
            (Value::Array(items), "[]v1.OwnerReference") => items
                .iter()
                .find(|v| !v.is_object())
                .map(|v| (v, "v1.OwnerReference")),
            (value, kind) => Some((value, kind)),
        };
        if let Some((value, kind)) = wrong {
            return refused(format!(
                "json: cannot unmarshal {} into Go struct field ObjectMeta.{place}{key} of type {kind}",
                go_type(value)
            ));
        }
    }
    for key in [
        "labels",
        "annotations",
        "finalizers",
        "ownerReferences",
        "generateName",
    ] {
        let empty = match meta.get(key) {
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::String(text)) => text.is_empty(),
            _ => false,
        };
        if empty {
            meta.shift_remove(key);
        }
    }
    Ok(())
}

fn invalid(field: &str, value: &str, why: &str) -> Cause {
    Cause::new(
        "FieldValueInvalid",
        field,
        format!("Invalid value: {}: {why}", Value::from(value)),
    )
}

/// What is wrong with the metadata of an object.
pub fn check(res: Res, value: &Value, causes: &mut Vec<Cause>) {
    let meta = &value["metadata"];
    if let Some(prefix) = meta["generateName"].as_str()
        && let Err(why) = name(res, prefix.trim_end_matches('-'))
    {
        causes.push(invalid("metadata.generateName", prefix, &why));
    }
    match meta["name"].as_str() {
        None | Some("") => causes.push(Cause::new(
            "FieldValueRequired",
            "metadata.name",
            "Required value: name or generateName is required",
        )),
        Some(text) => {
            if let Err(why) = name(res, text) {
                causes.push(invalid("metadata.name", text, &why));
            }
        }
    }
    for (key, value) in meta["labels"].as_object().into_iter().flatten() {
        causes.extend(
            qualified(key, true)
                .iter()
                .map(|why| invalid("metadata.labels", key, why)),
        );
        let text = value.as_str().unwrap_or_default();
        if text.len() > 63 {
            causes.push(invalid(
                "metadata.labels",
                text,
                "must be no more than 63 bytes",
            ));
        }
        if !text.is_empty() && !word(text) {
            causes.push(invalid("metadata.labels", text, VALUE));
        }
    }
    for key in meta["annotations"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key)
    {
        let why = qualified(&key.to_lowercase(), false);
        causes.extend(
            why.iter()
                .map(|why| invalid("metadata.annotations", key, why)),
        );
    }
    for (n, text) in meta["finalizers"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let text = text.as_str().unwrap_or_default();
        causes.extend(
            qualified(text, false)
                .iter()
                .map(|why| invalid("metadata.finalizers", text, why)),
        );
        if !res.custom()
            && !text.contains('/')
            && !matches!(text, "orphan" | "foregroundDeletion" | "kubernetes")
        {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            causes.push(invalid(&format!("metadata.finalizers[{n}]"), text, why));
        }
    }
    owners(&meta["ownerReferences"], causes);
}

/// What is wrong with the metadata of a changed object is found by several parts of the server, and all of them say so.
pub fn as_often_as_said(res: Res, causes: Vec<Cause>) -> Vec<Cause> {
    let times = |field: &str| match (field.starts_with("metadata.finalizers"), res.custom()) {
        (true, true) => 1,
        (true, false) => 2,
        (false, true) => 3,
        (false, false) => 4,
    };
    causes
        .into_iter()
        .flat_map(|cause| std::iter::repeat_n(cause.clone(), times(&cause.field)))
        .collect()
}

/// What is wrong with the owners an object names.
fn owners(owners: &Value, causes: &mut Vec<Cause>) {
    const FIELD: &str = "metadata.ownerReferences";
    let all: Vec<&Value> = owners.as_array().into_iter().flatten().collect();
    for owner in &all {
        for key in ["apiVersion", "kind", "name", "uid"] {
            if owner[key].as_str().unwrap_or_default().is_empty() {
                causes.push(invalid(&format!("{FIELD}.{key}"), "", "must not be empty"));
            }
        }
    }
    let leading: Vec<String> = all
        .iter()
        .filter(|owner| owner["controller"] == true)
        .map(|owner| {
            format!(
                "{}/{}",
                owner["kind"].as_str().unwrap_or_default(),
                owner["name"].as_str().unwrap_or_default()
            )
        })
        .collect();
    if let [first, second, ..] = leading.as_slice() {
        causes.push(Cause::new(
            "FieldValueInvalid",
            FIELD,
            format!("Invalid value: {owners}: Only one reference can have Controller set to true. Found \"true\" in references for {first} and {second}"),
        ));
    }
}

/// The finalizers a custom object carries whose names may collide with others', as warnings.
pub fn warnings(res: Res, value: &Value) -> Vec<String> {
    let finalizers = value["metadata"]["finalizers"].as_array();
    let names = finalizers.into_iter().flatten().filter_map(Value::as_str);
    names
        .filter(|name| res.custom() && !name.contains('/') && !matches!(*name, "orphan" | "foregroundDeletion"))
        .map(|name| format!("metadata.finalizers: \"{name}\": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers"))
        .collect()
}

/// Whether an object may have a name.
fn name(res: Res, text: &str) -> Result<(), String> {
    if res == NAMESPACES {
        if text.contains('.') {
            return Err("must not contain dots".to_owned());
        }
        return match (label(text), text.len() > 63) {
            (_, true) => Err("must be no more than 63 bytes".to_owned()),
            (false, _) => Err(LABEL.to_owned()),
            _ => Ok(()),
        };
    }
    if text.len() > 253 {
        return Err("must be no more than 253 characters".to_owned());
    }
    if text.split('.').all(label) {
        Ok(())
    } else {
        Err(SUBDOMAIN.to_owned())
    }
}

fn label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(inner) && text.ends_with(inner) && text.chars().all(|c| inner(c) || c == '-')
}

fn word(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(inner)
        && text.ends_with(inner)
        && text.chars().all(|c| inner(c) || "-_.".contains(c))
}

/// What is wrong with `prefix/name`. The names of labels are described a little differently from all others.
pub fn qualified(text: &str, label_key: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let parts: Vec<&str> = text.split('/').collect();
    let last = match parts.as_slice() {
        [last] => last,
        [prefix, last] => {
            if prefix.is_empty() {
                wrong.push("prefix part must be non-empty".to_owned());
            } else if !prefix.split('.').all(label) {
                wrong.push(format!("prefix part {SUBDOMAIN}"));
            }
            last
        }
        _ => {
            let what = if label_key {
                "a valid label key"
            } else {
                "a qualified name"
            };
            return vec![format!(
                "{what} {QUALIFIED} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if last.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if last.len() > 63 {
        wrong.push("name part must be no more than 63 bytes".to_owned());
    }
    if !word(last) {
        wrong.push(format!("name part {QUALIFIED}"));
    }
    wrong
}
