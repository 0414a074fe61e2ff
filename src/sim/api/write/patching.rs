//! PATCH in its four forms: merge, JSON, strategic merge (built-in kinds only) and apply.
//! Apart from the other writes, because each form is read and refused in its own words.

use http::Response;
use serde_json::Value;

use super::super::super::patch;
use super::super::super::resource::Res;
use super::super::super::schema::Cause;
use super::super::super::store::Object;
use super::super::body::{go_type, media_type, read};
use super::super::status::{self, Failure, bad_request};
use super::super::{Body, Call};
use super::options::{Fields, Options};
use super::{Part, Update, apply, check};

/// The type of an apply patch.
pub const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";
const JSON: &str = "application/json-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// PATCH of an object.
pub fn patch(
    call: &Call,
    (res, part): (Res, Part),
    namespace: &str,
    name: &str,
) -> Result<Response<Body>, Failure> {
    let kind = media_type(call);
    let known = matches!(kind, MERGE | JSON | APPLY) || (kind == STRATEGIC && !res.custom());
    if !known {
        return Err(status::unsupported_patch(res));
    }
    let options = Options::of(call, "PatchOptions")?;
    if kind == APPLY {
        return apply::apply(call, (res, part), (namespace, name), options);
    }
    if call.store.get(res, namespace, name).is_none() {
        // A patch of nothing is not even read.
        return Err(status::not_found(res, name));
    }
    if kind == MERGE && options.fields == Fields::Ignore {
        unread(&call.body)?;
    }
    let wanted = decode(call, kind, options.fields)?;
    let update = Update {
        call,
        res,
        part,
        namespace,
        name,
        dry: options.dry,
        fields: options.fields,
    };
    update.run(
        |current| {
            let mut next = current.value();
            match kind {
                JSON => {
                    let operations = wanted.as_array().map_or(&[][..], Vec::as_slice);
                    patch::json_patch(&mut next, operations)
                        .map_err(|_| status::patch_refused())?;
                }
                STRATEGIC => patch::strategic(&mut next, &wanted),
                _ => patch::merge(&mut next, &wanted),
            }
            settled(res, options.fields, next, current)
        },
        &[],
    )
}

/// Where nobody looks for unknown fields a patch is not read before it is merged, and a list is noticed only afterwards.
fn unread(body: &[u8]) -> Result<(), Failure> {
    let Ok(Value::Array(items)) = read(body, false) else {
        return Ok(());
    };
    let why = format!(
        "Invalid value: {}: couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
        Value::from(Value::from(items).to_string())
    );
    let cause = Cause::new("FieldValueInvalid", "patch", why);
    Err(status::invalid_as("", "", "", &[cause]))
}

fn decode(call: &Call, kind: &str, fields: Fields) -> Result<Value, Failure> {
    // The strategic form does not say where it is wrong, nor does a JSON patch that nobody reads strictly.
    let loose = kind == JSON && fields == Fields::Ignore;
    let prefix = if kind == STRATEGIC || loose {
        ""
    } else {
        "error decoding patch: "
    };
    let wanted = read(&call.body, false).map_err(|why| bad_request(format!("{prefix}{why}")))?;
    let fits = if kind == JSON {
        wanted.is_array()
    } else {
        wanted.is_object()
    };
    if fits {
        return Ok(wanted);
    }
    let into = match kind {
        JSON if loose => "jsonpatch.Patch",
        JSON => "[]handlers.jsonPatchOp",
        _ => "map[string]interface {}",
    };
    Err(bad_request(format!(
        "{prefix}json: cannot unmarshal {} into Go value of type {into}",
        go_type(&wanted)
    )))
}

/// A patched object, read into its kind again: it must still be one.
fn settled(
    res: Res,
    fields: Fields,
    mut next: Value,
    current: &Object,
) -> Result<(Value, Vec<String>), Failure> {
    let refused = |next: &Value, why: &str| {
        let why = format!("Invalid value: {}: {why}", Value::from(next.to_string()));
        status::invalid_as("", "", "", &[Cause::new("FieldValueInvalid", "patch", why)])
    };
    let said = |key: &str| next[key].as_str().unwrap_or_default().to_owned();
    let (kind, version) = (said("kind"), said("apiVersion"));
    if res.custom() {
        if version != res.api_version() {
            let group = version.split_once('/').map_or("", |(group, _)| group);
            let why = format!(
                "Invalid value: {}: must be {}",
                Value::from(version.as_str()),
                res.api_version()
            );
            return Err(status::invalid_as(
                &kind,
                group,
                &current.name,
                &[Cause::new("FieldValueInvalid", "apiVersion", why)],
            ));
        }
        if kind != res.kind {
            let why = format!(
                "Invalid value: {}: must be {}",
                Value::from(kind.as_str()),
                res.kind
            );
            return Err(status::invalid_as(
                &kind,
                res.group,
                &current.name,
                &[Cause::new("FieldValueInvalid", "kind", why)],
            ));
        }
    } else if kind != res.kind {
        let why = format!(
            "converting (v1.{kind}) to (core.{}): unknown conversion",
            res.kind
        );
        return Err(refused(&next, &why));
    }
    let owned = next["metadata"]["managedFields"].clone();
    let before = next.clone();
    let unknown = check::tidy(res, &mut next).map_err(|failure| {
        let text = failure.message();
        let why = text.split_once(": ").map_or(text, |(_, why)| why);
        refused(&before, why)
    })?;
    if owned.is_array() {
        next["metadata"]["managedFields"] = owned;
    }
    let unknown: Vec<String> = unknown
        .iter()
        .map(|path| format!("unknown field \"{path}\""))
        .collect();
    if fields == Fields::Strict && !unknown.is_empty() {
        return Err(refused(
            &before,
            &format!("strict decoding error: {}", unknown.join(", ")),
        ));
    }
    Ok((next, unknown))
}
