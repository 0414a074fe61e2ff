//! 422: an object or options that break their rules, cause by cause.
//! Apart from the other failures, because they carry causes.

use serde_json::{Map, Value, json};

use super::super::super::resource::Res;
use super::super::super::schema::Cause;
use super::Failure;

/// 422 of an object that breaks its schema.
pub fn invalid(res: Res, name: &str, causes: &[Cause]) -> Failure {
    invalid_kind(&res.qualified_kind(), res.group, res.kind, name, causes)
}

/// The same where the object says it is of another kind.
pub fn invalid_as(kind: &str, group: &str, name: &str, causes: &[Cause]) -> Failure {
    let qualified = match (kind, group) {
        ("", "") => String::new(),
        (kind, "") => kind.to_owned(),
        (kind, group) => format!("{kind}.{group}"),
    };
    invalid_kind(&qualified, group, kind, name, causes)
}

/// 422 of options: `ListOptions`, `CreateOptions`, …
pub fn invalid_options(kind: &str, causes: &[Cause]) -> Failure {
    invalid_kind(
        &format!("{kind}.meta.k8s.io"),
        "meta.k8s.io",
        kind,
        "",
        causes,
    )
}

/// A resource version that is no number.
pub fn not_a_version(text: &str) -> String {
    let text = Value::from(text);
    format!(
        "resourceVersion: Invalid value: {text}: strconv.ParseUint: parsing {text}: invalid syntax"
    )
}

/// A `resourceVersionMatch` that is not one of `known`.
pub fn unsupported_match(word: &str, known: &str) -> Cause {
    let word = Value::from(word);
    Cause::new(
        "FieldValueNotSupported",
        "resourceVersionMatch",
        format!("Unsupported value: {word}: supported values: {known}"),
    )
}

/// 406 of a list that was asked for as one object's metadata.
pub fn list_asked_as_one(res: Res) -> Failure {
    let kind = if res.custom() {
        "unstructured.UnstructuredList".to_owned()
    } else {
        format!("core.{}List", res.kind)
    };
    Failure::new(
        406,
        "NotAcceptable",
        format!(
            "you requested PartialObjectMetadata, but the requested object is a list (*{kind})"
        ),
    )
}

/// 422 of a PUT that does not say which version it replaces.
pub fn version_required(res: Res, name: &str) -> Failure {
    let cause = Cause::new(
        "FieldValueInvalid",
        "metadata.resourceVersion",
        "Invalid value: 0: must be specified for an update",
    );
    // The one failure of this form that names the resource, not the kind.
    invalid_kind(&res.qualified(), res.group, res.plural, name, &[cause])
}

fn invalid_kind(qualified: &str, group: &str, kind: &str, name: &str, causes: &[Cause]) -> Failure {
    // What several parts of the server say is written once, however often it is a cause.
    let mut texts: Vec<String> = Vec::new();
    for cause in causes {
        let text = format!("{}: {}", cause.field, cause.message);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let text = match texts.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    let mut details = Map::new();
    if !name.is_empty() {
        details.insert("name".to_owned(), name.into());
    }
    if !group.is_empty() {
        details.insert("group".to_owned(), group.into());
    }
    if !kind.is_empty() {
        details.insert("kind".to_owned(), kind.into());
    }
    let causes: Vec<Value> = causes
        .iter()
        .map(|c| json!({"reason": c.reason, "message": c.message, "field": c.field}))
        .collect();
    details.insert("causes".to_owned(), causes.into());
    Failure::new(
        422,
        "Invalid",
        format!("{qualified} \"{name}\" is invalid: {text}"),
    )
    .with(Value::Object(details))
}
