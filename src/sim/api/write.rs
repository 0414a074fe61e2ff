//! Changing: create, replace, patch and delete, guarded as the API server guards them.
//! Apart from reading; every decision is made under the store's lock, so two writers cannot both win.

use http::{Response, StatusCode};
use serde_json::{Map, Value, json};

use super::super::clock::rfc3339;
use super::super::resource::{ACCOUNTS, CONFIGMAPS, NAMESPACES, RESOURCES, Res};
use super::super::schema::Cause;
use super::super::store::{Object, Origin};
use super::list::one;
use super::status::{self, Failure, bad_request};
use super::{Body, Call, body, json as answer};
use options::{Fields, Options};
use update::Update;

mod apply;
mod check;
mod collect;
pub(super) use collect::end;
mod delete;
mod fields;
mod fresh;
mod meta;
mod options;
mod patching;
mod update;

pub use delete::{collection as delete_collection, one as delete};
pub use patching::patch;

/// What of an object a write is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it; not the status, where the kind writes that apart.
    Object,
    /// The status.
    Status,
}

fn with_warnings(mut response: Response<Body>, warnings: &[String]) -> Response<Body> {
    status::warn(&mut response, warnings);
    response
}

/// Unknown fields as an answer's warnings, or as its refusal, as the caller wants it.
fn judge(res: Res, fields: Fields, unknown: &[String]) -> Result<Vec<String>, Failure> {
    match fields {
        Fields::Strict if !unknown.is_empty() => Err(bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: strict decoding error: {}",
            res.kind,
            res.version,
            res.kind,
            unknown.join(", ")
        ))),
        Fields::Warn => Ok(unknown.to_vec()),
        _ => Ok(Vec::new()),
    }
}

/// Refuses an object that says it is of another kind.
fn kind_fits(res: Res, value: &Value) -> Result<(), Failure> {
    let said = |key: &str| value[key].as_str().unwrap_or_default();
    let (kind, version) = (said("kind"), said("apiVersion"));
    if (res.custom() || !version.is_empty()) && version != res.api_version() {
        return Err(bad_request(format!(
            "the API version in the data ({version}) does not match the expected API version ({})",
            res.api_version()
        )));
    }
    if kind.is_empty() || kind == res.kind {
        return Ok(());
    }
    if res.custom() {
        let why = format!("Invalid value: \"{kind}\": must be {}", res.kind);
        let cause = Cause::new("FieldValueInvalid", "kind", why);
        let name = value["metadata"]["name"].as_str().unwrap_or_default();
        return Err(status::invalid_as(kind, res.group, name, &[cause]));
    }
    let known = RESOURCES
        .iter()
        .any(|res| res.group.is_empty() && res.kind == kind);
    let why = if known {
        format!(
            "converting (v1.{kind}) to (core.{}): unknown conversion",
            res.kind
        )
    } else {
        format!(
            "no kind \"{kind}\" is registered for version \"v1\" in scheme \"pkg/api/legacyscheme/scheme.go:30\""
        )
    };
    Err(bad_request(format!(
        "{kind} in version \"v1\" cannot be handled as a {}: {why}",
        res.kind
    )))
}

/// POST to a collection.
pub fn create(call: &Call, res: Res, namespace: Option<&str>) -> Result<Response<Body>, Failure> {
    let namespace = namespace.unwrap_or_default();
    if res.namespaced && namespace.is_empty() {
        return Err(if res.custom() {
            Failure::page_not_found()
        } else {
            status::method_not_allowed()
        });
    }
    let options = Options::of(call, "CreateOptions")?;
    let mut value = body::object(call, res)?;
    kind_fits(res, &value)?;
    let mut unknown = body::duplicates(&call.body);
    unknown.extend(
        check::tidy(res, &mut value)?
            .iter()
            .map(|path| format!("unknown field \"{path}\"")),
    );
    let mut warnings = judge(res, options.fields, &unknown)?;
    warnings.extend(meta::warnings(res, &value));
    store_new(call, res, namespace, value, options.dry, &warnings)
        .map_err(|failure| failure.warned(&warnings))
}

/// Stores a tidied object that is not there yet.
fn store_new(
    call: &Call,
    res: Res,
    namespace: &str,
    mut value: Value,
    dry: bool,
    warnings: &[String],
) -> Result<Response<Body>, Failure> {
    let map = metadata(&mut value)?;
    same_namespace(map, namespace)?;
    if map
        .get("resourceVersion")
        .and_then(Value::as_str)
        .is_some_and(|v| !v.is_empty())
    {
        return Err(status::internal(
            "resourceVersion should not be set on objects to be created",
        ));
    }
    let text = |map: &Map<String, Value>, key: &str| {
        map.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut name = text(map, "name");
    let prefix = text(map, "generateName");
    if name.is_empty() && !prefix.is_empty() {
        // The server cuts a prefix so that five characters still fit into a label.
        let prefix: String = prefix.chars().take(58).collect();
        name = call.store.generate(res, namespace, &prefix);
        map.insert("name".to_owned(), name.clone().into());
    }
    map.insert("uid".to_owned(), call.store.uid().into());
    let now = rfc3339(call.store.clock().millis());
    map.insert("creationTimestamp".to_owned(), now.into());
    for key in [
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "resourceVersion",
    ] {
        map.shift_remove(key);
    }
    if res.counts_generations() {
        map.insert("generation".to_owned(), 1.into());
    }
    if res.namespaced {
        map.insert("namespace".to_owned(), namespace.into());
        if call.store.get(NAMESPACES, "", namespace).is_none() {
            return Err(status::not_found(NAMESPACES, namespace));
        }
    }
    fresh::fill(res, &mut value);
    if fields::entries(&value).is_empty() {
        fields::own(call, res, &mut value);
    }
    check::object(res, &name, &value, None)?;
    if dry {
        if call.store.get(res, namespace, &name).is_some() {
            return Err(status::already_exists(res, &name));
        }
        value["apiVersion"] = res.api_version().into();
        value["kind"] = res.kind.into();
        return Ok(with_warnings(answer(StatusCode::CREATED, &value), warnings));
    }
    let made = call
        .store
        .create(res, value, Origin::Client)
        .map_err(|_| status::already_exists(res, &name))?;
    if res == NAMESPACES {
        // As two controllers do a moment later.
        let account = json!({"metadata": {"name": "default", "namespace": name}});
        call.store.put(ACCOUNTS, account, Origin::Controller);
        let roots = json!({"metadata": {"name": "kube-root-ca.crt", "namespace": name}, "data": {"ca.crt": ""}});
        call.store.put(CONFIGMAPS, roots, Origin::Controller);
    }
    Ok(with_warnings(one(StatusCode::CREATED, &made), warnings))
}

fn metadata(value: &mut Value) -> Result<&mut Map<String, Value>, Failure> {
    value
        .get_mut("metadata")
        .and_then(Value::as_object_mut)
        .ok_or_else(|| bad_request("metadata is not an object"))
}

fn same_namespace(meta: &Map<String, Value>, namespace: &str) -> Result<(), Failure> {
    match meta.get("namespace").and_then(Value::as_str) {
        Some(stated) if !stated.is_empty() && stated != namespace => Err(bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        )),
        _ => Ok(()),
    }
}

/// PUT of an object.
pub fn replace(
    call: &Call,
    (res, part): (Res, Part),
    namespace: &str,
    name: &str,
) -> Result<Response<Body>, Failure> {
    let options = Options::of(call, "UpdateOptions")?;
    let mut wanted = body::object(call, res)?;
    kind_fits(res, &wanted)?;
    let mut unknown = body::duplicates(&call.body);
    unknown.extend(
        check::tidy(res, &mut wanted)?
            .iter()
            .map(|path| format!("unknown field \"{path}\"")),
    );
    let warnings = judge(res, options.fields, &unknown)?;
    let done = Update {
        call,
        res,
        part,
        namespace,
        name,
        dry: options.dry,
        fields: Fields::Ignore,
    };
    fits(&mut wanted, namespace, name).map_err(|failure| failure.warned(&warnings))?;
    done.run(|current| version_of(res, current, wanted), &warnings)
}

/// Refuses an object that says it is another one.
fn fits(wanted: &mut Value, namespace: &str, name: &str) -> Result<(), Failure> {
    let meta = metadata(wanted)?;
    match meta.get("name").and_then(Value::as_str).unwrap_or_default() {
        "" => {
            return Err(bad_request(format!(
                "the name of the object ({name} based on URL) was undeterminable: name must be provided"
            )));
        }
        stated => same_name(stated, name)?,
    }
    same_namespace(meta, namespace)
}

/// Guards a replacement by what it says it replaces.
fn version_of(res: Res, current: &Object, wanted: Value) -> Result<(Value, Vec<String>), Failure> {
    let sent = |key: &str| wanted["metadata"][key].as_str().unwrap_or_default();
    let (uid, version) = (sent("uid"), sent("resourceVersion"));
    if !uid.is_empty() && uid != &*current.uid {
        return Err(status::uid_precondition(res, current, uid));
    }
    if version.is_empty() && res.custom() {
        return Err(status::version_required(res, &current.name));
    }
    if !version.is_empty() && version.parse::<u64>().is_err() {
        return Err(status::internal(format!(
            "strconv.ParseUint: parsing {}: invalid syntax",
            Value::from(version)
        )));
    }
    Ok((wanted, Vec::new()))
}

fn same_name(stated: &str, name: &str) -> Result<(), Failure> {
    if stated == name {
        return Ok(());
    }
    Err(bad_request(format!(
        "the name of the object ({stated}) does not match the name on the URL ({name})"
    )))
}

/// Puts a part into an object, or takes it away.
fn put(value: &mut Value, key: &str, part: Option<Value>) {
    let Some(map) = value.as_object_mut() else {
        return;
    };
    match part {
        Some(part) => map.insert(key.to_owned(), part),
        None => map.shift_remove(key),
    };
}
