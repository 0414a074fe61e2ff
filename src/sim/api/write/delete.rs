//! Deleting: guarded by preconditions, held by finalizers, followed by what was owned.
//! Apart from the other writes, because it is the only one that touches more than one object.

use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::super::super::resource::{NAMESPACES, PODS, Res};
use super::super::super::schema::Cause;
use super::super::super::store::{Edit, Object, Origin};
use super::super::list::{self, Filter};
use super::super::status::{self, Failure, bad_request};
use super::super::{Body, Call, body, json};
use super::{collect, options};

/// What a DELETE is to do.
struct Options {
    body: Value,
    dry: bool,
    /// `Background`, `Foreground`, `Orphan`.
    propagation: &'static str,
}

impl Options {
    fn of(call: &Call) -> Result<Self, Failure> {
        let yaml = body::media_type(call) == "application/yaml";
        let body = if call.body.is_empty() {
            Value::Null
        } else {
            body::read(&call.body, yaml).map_err(|why| {
                bad_request(format!(
                    "couldn't get version/kind; json parse error: {why}"
                ))
            })?
        };
        let mut causes = Vec::new();
        // Options in a body are all there is; only without one the query is read.
        let in_query = body.is_null();
        let asked = |name: &str| call.query.get(name).filter(|_| in_query);
        let mut dry: Vec<Value> = body["dryRun"].as_array().cloned().unwrap_or_default();
        if in_query {
            dry = call
                .query
                .all("dryRun")
                .into_iter()
                .map(Value::from)
                .collect();
        }
        if dry.iter().any(|word| word != "All") {
            causes.push(options::dry_run(&Value::from(dry.clone())));
        }
        let asked = body["propagationPolicy"]
            .as_str()
            .or_else(|| asked("propagationPolicy"));
        let orphans = body["orphanDependents"].as_bool();
        let propagation = match asked {
            None if orphans == Some(true) => "Orphan",
            None | Some("Background") => "Background",
            Some("Foreground") => "Foreground",
            Some("Orphan") => "Orphan",
            Some(other) => {
                causes.push(Cause::new(
                    "FieldValueNotSupported",
                    "propagationPolicy",
                    format!("Unsupported value: {}: supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"", Value::from(other)),
                ));
                ""
            }
        };
        if let (Some(asked), Some(_)) = (asked, orphans) {
            causes.push(Cause::new(
                "FieldValueInvalid",
                "propagationPolicy",
                format!("Invalid value: {}: orphanDependents and deletionPropagation cannot be both set", Value::from(asked)),
            ));
        }
        if causes.is_empty() {
            return Ok(Self {
                body,
                dry: !dry.is_empty(),
                propagation,
            });
        }
        Err(status::invalid_options("DeleteOptions", &causes))
    }

    fn guard(&self, res: Res, current: &Object) -> Result<(), Failure> {
        let guard = &self.body["preconditions"];
        if let Some(uid) = guard["uid"].as_str()
            && uid != &*current.uid
        {
            return Err(status::uid_mismatch(res, &current.name, uid, &current.uid));
        }
        match guard["resourceVersion"].as_str() {
            Some(version) if version != current.version.to_string() => Err(
                status::version_mismatch(res, &current.name, version, current.version),
            ),
            _ => Ok(()),
        }
    }
}

/// DELETE of an object.
pub fn one(call: &Call, res: Res, namespace: &str, name: &str) -> Result<Response<Body>, Failure> {
    let options = Options::of(call)?;
    let mut shown = None;
    let result = call
        .store
        .edit(res, namespace, name, Origin::Client, |current| {
            options.guard(res, current)?;
            let mut value = current.value();
            let finalizer = match options.propagation {
                "Foreground" => Some("foregroundDeletion"),
                "Orphan" => Some("orphan"),
                _ => None,
            };
            let meta = &mut value["metadata"];
            if let Some(finalizer) = finalizer.filter(|_| !meta["deletionTimestamp"].is_string()) {
                match meta["finalizers"].as_array_mut() {
                    Some(all) => all.push(finalizer.into()),
                    None => meta["finalizers"] = json!([finalizer]),
                }
            }
            if value["metadata"]["finalizers"]
                .as_array()
                .is_some_and(|f| !f.is_empty())
                || res == NAMESPACES
            {
                let before = value["metadata"]["deletionTimestamp"].is_string();
                collect::mark(&call.store, res, &mut value);
                if res == NAMESPACES {
                    value["status"]["phase"] = "Terminating".into();
                }
                shown = Some(value.clone());
                return Ok(if options.dry || before {
                    Edit::Keep
                } else {
                    Edit::Replace(value)
                });
            }
            if res == PODS {
                shown = Some(value);
            }
            Ok(if options.dry {
                Edit::Keep
            } else {
                Edit::Remove
            })
        })?;
    let object = result.ok_or_else(|| status::not_found(res, name))?;
    if !options.dry {
        finish(call, res, &object, options.propagation);
    }
    if let Some(mut shown) = shown {
        // The answer is of the version the deletion made.
        shown["metadata"]["resourceVersion"] = object.version.to_string().into();
        return Ok(json(StatusCode::OK, &shown));
    }
    let mut details = json!({"name": name});
    if !res.group.is_empty() {
        details["group"] = res.group.into();
    }
    details["kind"] = res.plural.into();
    details["uid"] = (*object.uid).into();
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
    Ok(json(StatusCode::OK, &status))
}

/// What follows a deletion in the background of a cluster, at once.
fn finish(call: &Call, res: Res, object: &Object, propagation: &str) {
    let store = &call.store;
    let still = store.get(res, &object.namespace, &object.name);
    let still = still.filter(|there| there.uid == object.uid);
    let Some(there) = still else {
        if res == PODS {
            store.logs.forget(&object.namespace, &object.name);
        }
        collect::owned_by(store, object);
        return;
    };
    let ours = match propagation {
        "Foreground" => "foregroundDeletion",
        "Orphan" => "orphan",
        _ if res == NAMESPACES => "",
        _ => return,
    };
    if ours == "orphan" {
        collect::orphan(store, &there);
    } else {
        collect::owned_by(store, &there);
    }
    // Infallible: nothing here refuses.
    let _ = store.edit(
        res,
        &object.namespace,
        &object.name,
        Origin::Client,
        |current| {
            let mut value = current.value();
            let left: Vec<Value> = value["metadata"]["finalizers"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|finalizer| *finalizer != ours)
                .cloned()
                .collect();
            if left.is_empty() {
                return Ok::<_, std::convert::Infallible>(Edit::Remove);
            }
            value["metadata"]["finalizers"] = left.into();
            Ok(Edit::Replace(value))
        },
    );
}

/// DELETE of a collection.
pub fn collection(
    call: &Call,
    res: Res,
    namespace: Option<&str>,
) -> Result<Response<Body>, Failure> {
    if res == NAMESPACES || (res.namespaced && namespace.is_none()) {
        return Err(status::method_not_allowed());
    }
    let filter = Filter::of(call, res, None)?;
    let options = Options::of(call)?;
    let (items, version) = call
        .store
        .snapshot(res, namespace, None, None)
        .map_err(|_| status::version_gone())?;
    let mut gone = Vec::new();
    for item in items {
        if filter.matches(&item) {
            if !options.dry {
                collect::end(&call.store, res, &item);
            }
            let mut value = item.value();
            if !res.custom()
                && let Some(map) = value.as_object_mut()
            {
                map.retain(|key, _| key != "apiVersion" && key != "kind");
            }
            gone.push(value);
        }
    }
    Ok(json(StatusCode::OK, &list::of(res, gone, version)))
}
