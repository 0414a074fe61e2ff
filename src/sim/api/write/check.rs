//! Whether an object may be stored: read into its kind, tidied, and judged.
//! Apart from the writes, which only ask.

use serde_json::{Map, Value};

use super::super::super::resource::{
    ACCOUNTS, CLAIMS, CONFIGMAPS, CRDS, EVENTS, LEASES, Res, SECRETS,
};
use super::super::super::schema::{self, Cause};
use super::super::body::go_type;
use super::super::status::{self, Failure, bad_request};
use super::meta;

/// Fields of the built-in kinds beside `metadata`. Source: `k8s.io/api/core/v1` 1.36.
fn fields(res: Res) -> &'static [&'static str] {
    if res == CONFIGMAPS {
        &["data", "binaryData", "immutable"]
    } else if res == SECRETS {
        &["data", "stringData", "type", "immutable"]
    } else if res == ACCOUNTS {
        &[
            "secrets",
            "imagePullSecrets",
            "automountServiceAccountToken",
        ]
    } else if res == EVENTS {
        &[
            "involvedObject",
            "reason",
            "message",
            "source",
            "firstTimestamp",
            "lastTimestamp",
            "count",
            "type",
            "eventTime",
            "series",
            "action",
            "related",
            "reportingComponent",
            "reportingInstance",
        ]
    } else if res == LEASES {
        &["spec"]
    } else {
        &["spec", "status"]
    }
}

/// A uid was changed.
pub fn immutable_uid(uid: &str) -> Cause {
    Cause::new(
        "FieldValueInvalid",
        "metadata.uid",
        format!("Invalid value: \"{uid}\": field is immutable"),
    )
}

/// Brings an object into the shape its kind is stored in: what is unknown goes and is named, nulls go, defaults come.
///
/// # Errors
/// 400 where a part has a type that cannot be read.
pub fn tidy(res: Res, value: &mut Value) -> Result<Vec<String>, Failure> {
    let mut unknown = Vec::new();
    meta::tidy(res, value, &mut unknown)?;
    if let Some(kind) = schema::kind(res) {
        schema::prune(value, kind.schema, &mut unknown);
        schema::fill(value, kind.schema);
        schema::drop_nulls(value, kind.schema);
    } else if let Some(map) = value.as_object_mut() {
        built_in(res, map, &mut unknown)?;
    }
    unknown.sort();
    Ok(unknown)
}

fn built_in(
    res: Res,
    map: &mut Map<String, Value>,
    unknown: &mut Vec<String>,
) -> Result<(), Failure> {
    let known = fields(res);
    map.retain(|key, value| {
        if matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
            return true;
        }
        let found = known.contains(&key.as_str());
        if !found {
            unknown.push(key.clone());
        }
        found && (!value.is_null() || key.ends_with("Time") || key.ends_with("Timestamp"))
    });
    let maps = if res == CONFIGMAPS || res == SECRETS {
        &["data", "stringData", "binaryData"][..]
    } else {
        &[]
    };
    for key in maps {
        let Some(value) = map.get(*key) else { continue };
        let wrong = match value {
            Value::Object(data) => data
                .values()
                .find(|v| !v.is_string())
                .map(|v| (v, "string")),
            value => Some((value, "map[string]string")),
        };
        if let Some((value, wanted)) = wrong {
            return Err(bad_request(format!(
                "{} in version \"{}\" cannot be handled as a {}: json: cannot unmarshal {} into Go struct field {}.{key} of type {wanted}",
                res.kind,
                res.version,
                res.kind,
                go_type(value),
                res.kind
            )));
        }
        if value.as_object().is_some_and(Map::is_empty) {
            map.shift_remove(*key);
        }
    }
    Ok(())
}

/// Refuses what the rules of its kind refuse; `before` is what it was, where it is changed.
///
/// # Errors
/// 422 with its causes.
pub fn object(res: Res, name: &str, value: &Value, before: Option<&Value>) -> Result<(), Failure> {
    let mut causes = Vec::new();
    meta::check(res, value, &mut causes);
    if before.is_some() {
        causes = meta::as_often_as_said(res, causes);
    }
    if let Some(kind) = schema::kind(res) {
        causes.extend(schema::check(value, kind.schema));
        if schema::blocks(&causes) {
            causes.push(schema::not_looked_at());
        } else {
            causes.extend(schema::rules(value, before, kind.schema));
        }
    } else {
        rules(res, value, &mut causes);
    }
    if causes.is_empty() {
        return Ok(());
    }
    Err(status::invalid(res, name, &causes))
}

/// The few rules of built-in kinds that people run into.
fn rules(res: Res, value: &Value, causes: &mut Vec<Cause>) {
    if res == CONFIGMAPS || res == SECRETS {
        for key in ["data", "binaryData"]
            .iter()
            .flat_map(|part| value[*part].as_object())
            .flatten()
            .map(|(key, _)| key)
        {
            if key.is_empty()
                || !key
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            {
                causes.push(Cause::new(
                    "FieldValueInvalid",
                    format!("data[{key}]"),
                    format!("Invalid value: \"{key}\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"),
                ));
            }
        }
    } else if res == EVENTS {
        let about = value["involvedObject"]["namespace"]
            .as_str()
            .unwrap_or_default();
        if about != value["metadata"]["namespace"].as_str().unwrap_or_default() {
            causes.push(Cause::new(
                "FieldValueInvalid",
                "involvedObject.namespace",
                format!("Invalid value: \"{about}\": does not match event.namespace"),
            ));
        }
    } else if (res == CLAIMS || res == CRDS) && !value["spec"].is_object() {
        causes.push(Cause::new("FieldValueRequired", "spec", "Required value"));
    }
}

/// Refuses to change what a built-in kind calls immutable.
///
/// # Errors
/// 422.
pub fn change(res: Res, name: &str, old: &Value, new: &Value) -> Result<(), Failure> {
    let mut causes = Vec::new();
    if old["metadata"]["deletionTimestamp"].is_string() {
        let had = old["metadata"]["finalizers"].as_array();
        let fresh: Vec<String> = new["metadata"]["finalizers"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| !had.is_some_and(|had| had.contains(one)))
            .map(Value::to_string)
            .collect();
        if !fresh.is_empty() {
            let why = format!(
                "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                fresh.join(", ")
            );
            let cause = Cause::new("FieldValueForbidden", "metadata.finalizers", why);
            // Two parts of the server look, and both say so.
            causes.extend([cause.clone(), cause]);
        }
    }
    if (res == CONFIGMAPS || res == SECRETS) && old["immutable"] == true {
        for key in ["data", "binaryData", "immutable"] {
            if old[key] != new[key] {
                causes.push(Cause::new(
                    "FieldValueForbidden",
                    key,
                    "Forbidden: field is immutable when `immutable` is set",
                ));
            }
        }
    }
    if causes.is_empty() {
        return Ok(());
    }
    Err(status::invalid(res, name, &causes))
}
