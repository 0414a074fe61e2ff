//! A change of an object that is there, under the store's lock: guarded, judged and completed.
//! Apart from the requests that want one, which only say what it should become.

use http::{Response, StatusCode};
use serde_json::{Map, Value};

use super::super::super::resource::Res;
use super::super::super::store::{Edit, Object, Origin};
use super::super::list::one;
use super::super::status::{self, Failure};
use super::super::{Body, Call, json};
use super::options::Fields;
use super::{
    Part, check, collect, fields, metadata, put, same_name, same_namespace, with_warnings,
};

/// A write of an object that is there.
pub struct Update<'a> {
    pub call: &'a Call,
    pub res: Res,
    pub part: Part,
    pub namespace: &'a str,
    pub name: &'a str,
    pub dry: bool,
    pub fields: Fields,
}

impl Update<'_> {
    /// `next` makes what the object is to become, tidied, and names what was unknown in it.
    pub fn run(
        &self,
        next: impl FnOnce(&Object) -> Result<(Value, Vec<String>), Failure>,
        warnings: &[String],
    ) -> Result<Response<Body>, Failure> {
        let mut warnings = warnings.to_vec();
        match self.change(next, &mut warnings) {
            Ok(response) => Ok(with_warnings(response, &warnings)),
            Err(failure) => Err(failure.warned(&warnings)),
        }
    }

    fn change(
        &self,
        next: impl FnOnce(&Object) -> Result<(Value, Vec<String>), Failure>,
        warnings: &mut Vec<String>,
    ) -> Result<Response<Body>, Failure> {
        let mut tried = None;
        let (res, name) = (self.res, self.name);
        let mut gone = false;
        let result =
            self.call
                .store
                .edit(res, self.namespace, name, Origin::Client, |current| {
                    let (mut next, unknown) = next(current)?;
                    if self.fields == Fields::Warn {
                        warnings.extend(unknown);
                    }
                    let before = current.value();
                    self.settle(current, &before, &mut next)?;
                    fields::take_over(self.call, res, self.part, &before, &mut next);
                    if finished(&next) {
                        gone = !self.dry;
                        tried = Some(next);
                        return Ok(if self.dry { Edit::Keep } else { Edit::Remove });
                    }
                    if same(&next, &before) {
                        return Ok(Edit::Keep);
                    }
                    if self.dry {
                        tried = Some(next);
                        return Ok(Edit::Keep);
                    }
                    Ok(Edit::Replace(next))
                })?;
        let object = result.ok_or_else(|| status::not_found(res, name))?;
        if gone {
            collect::owned_by(&self.call.store, &object);
        }
        Ok(match tried {
            Some(mut tried) => {
                tried["apiVersion"] = res.api_version().into();
                tried["kind"] = res.kind.into();
                json(StatusCode::OK, &tried)
            }
            None => one(StatusCode::OK, &object),
        })
    }

    /// Guards, validates and completes what an object is to become.
    fn settle(&self, current: &Object, before: &Value, next: &mut Value) -> Result<(), Failure> {
        let res = self.res;
        let meta = metadata(next)?;
        let text = |meta: &Map<String, Value>, key: &str| {
            meta.get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        same_name(&text(meta, "name"), &current.name)?;
        same_namespace(meta, self.namespace)?;
        let version = text(meta, "resourceVersion");
        if !version.is_empty() && version != current.version.to_string() {
            return Err(status::modified(res, &current.name));
        }
        let uid = text(meta, "uid");
        if !uid.is_empty() && uid != *current.uid {
            let cause = check::immutable_uid(&uid);
            return Err(status::invalid(res, &current.name, &[cause.clone(), cause]));
        }
        // What a client cannot change is put back.
        for key in [
            "uid",
            "creationTimestamp",
            "namespace",
            "generation",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "resourceVersion",
        ] {
            match before["metadata"].get(key) {
                Some(value) => meta.insert(key.to_owned(), value.clone()),
                None => meta.shift_remove(key),
            };
        }
        if self.part == Part::Status {
            let status = next.get("status").cloned();
            let labels = next["metadata"].clone();
            *next = before.clone();
            next["metadata"]["managedFields"] = labels["managedFields"].clone();
            if next["metadata"]["managedFields"].is_null()
                && let Some(meta) = next["metadata"].as_object_mut()
            {
                meta.shift_remove("managedFields");
            }
            put(next, "status", status);
        } else if res.status() {
            put(next, "status", before.get("status").cloned());
        }
        check::object(res, &current.name, next, Some(before))?;
        check::change(res, &current.name, before, next)?;
        if self.part == Part::Object
            && res.counts_generations()
            && contents(next) != contents(before)
        {
            let generation = before["metadata"]["generation"].as_u64().unwrap_or(0) + 1;
            next["metadata"]["generation"] = generation.into();
        }
        Ok(())
    }
}

/// All but metadata and what names the kind.
fn contents(value: &Value) -> Map<String, Value> {
    let mut rest = value.as_object().cloned().unwrap_or_default();
    rest.retain(|key, _| !matches!(key.as_str(), "metadata" | "apiVersion" | "kind"));
    rest
}

fn same(next: &Value, current: &Value) -> bool {
    next["metadata"] == current["metadata"] && contents(next) == contents(current)
}

/// Marked for deletion and nothing holds it any more.
fn finished(value: &Value) -> bool {
    let meta = &value["metadata"];
    meta["deletionTimestamp"].is_string() && meta["finalizers"].as_array().is_none_or(Vec::is_empty)
}
