//! One request as plain data, and the pieces every one of them is made of.
//! Apart from the operations, so that none of them forgets the uid or the stamp.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::object::Object;
use super::stamp;
use crate::model::act::{Actor, Kind, Request};
use crate::model::text::clean;
use crate::model::yaml;
pub(super) use crate::wire::change::escaped;

/// Content type of a JSON merge patch (RFC 7396).
pub(super) const MERGE: &str = "application/merge-patch+json";
/// Content type of a JSON patch (RFC 6902).
const PATCH: &str = "application/json-patch+json";
/// Where nodes that are compressed stand in a body: nobody can read them there.
const PACKED: &str = "/status/compressedNodes";
/// Longest body that is shown, in bytes.
const SHOWN: usize = 4 << 10;

/// Method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Changes a part.
    Patch,
    /// Puts a whole object in the place of another.
    Put,
    /// Makes an object.
    Post,
    /// Deletes one.
    Delete,
}

impl Method {
    /// As it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// Method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// Content type of the body.
    pub content: Option<&'static str>,
    /// Body.
    pub body: Option<Value>,
    /// The right it wants: patch, update, create, delete.
    pub verb: &'static str,
    /// On what: plural with group.
    pub resource: &'static str,
    /// In which namespace; empty for objects of the whole cluster.
    pub namespace: Arc<str>,
    /// Of which object.
    pub name: Option<Arc<str>>,
    /// That the object is not there is as good.
    pub missing_is_fine: bool,
    /// Of its body only the places are told, not the values: anything can be in them.
    pub places_only: bool,
}

impl Write {
    /// Its body as it is sent. The API server compares the text of strings where a JSON patch tests them, and has its own from Go's
    /// encoder, which escapes what HTML could mistake: an unescaped `&&` would never be equal to itself.
    /// Source: evanphx/json-patch v4 (`lazyNode.equal`), Go `encoding/json`.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let text = self.body.as_ref()?.to_string();
        let mut bytes = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                // Outside of strings JSON has none of these.
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    bytes.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => bytes.push(c),
            }
        }
        Some(bytes.into_bytes())
    }

    /// As a person reads it.
    pub fn told(&self) -> Request {
        let body = match &self.body {
            None => String::new(),
            // A person wrote it: variables and headers may hold what nobody else is to read.
            Some(body)
                if self.resource == Kind::QaRun.resource() && self.method == Method::Post =>
            {
                yaml::tidy(body.clone()).to_string()
            }
            Some(body) => body.to_string(),
        };
        let packed = self.body.as_ref();
        let packed = packed.is_some_and(|body| body.pointer(PACKED).is_some());
        let body = match packed || body.len() > SHOWN {
            _ if self.places_only => places(self.body.as_ref()),
            true => summary(self.body.as_ref(), body.len()),
            false => body,
        };
        Request {
            method: self.method.as_str().into(),
            path: clean(&self.path).into(),
            body: clean(&body).into(),
        }
    }

    /// The moment it stamps the object with.
    pub(super) fn stamped(&self) -> Option<&str> {
        let body = self.body.as_ref()?;
        let escaped = escaped(stamp::AT);
        if let Some(at) = body.pointer(&format!("/metadata/annotations/{escaped}")) {
            return at.as_str();
        }
        let path = format!("/metadata/annotations/{escaped}");
        body.as_array()?
            .iter()
            .find_map(|op| match op["path"].as_str()? {
                one if one == path => op["value"].as_str(),
                "/metadata/annotations" => op["value"][stamp::AT].as_str(),
                _ => None,
            })
    }

    /// Removes a pod; that it is gone already is as good.
    pub(super) fn pod_away(namespace: &str, name: &str) -> Self {
        Self {
            method: Method::Delete,
            path: format!("/api/v1/namespaces/{namespace}/pods/{name}"),
            content: None,
            body: None,
            verb: "delete",
            resource: "pods",
            namespace: namespace.into(),
            name: Some(name.into()),
            missing_is_fine: true,
            places_only: false,
        }
    }

    /// A merge patch of this object as it was read: another version of it, or another object, refuses it.
    pub(super) fn merge(object: &Object<'_>, action: &str, mut patch: Value) -> Self {
        let metadata = &mut patch["metadata"];
        metadata["uid"] = object.uid().into();
        metadata["resourceVersion"] = object.version().into();
        metadata["annotations"] = stamps(object, action);
        Self::of(object, MERGE, patch)
    }

    /// A JSON patch that is refused unless this is the object, in the phase it was read in, and `tests` hold.
    pub(super) fn tested(
        object: &Object<'_>,
        action: &str,
        tests: &[Value],
        ops: Vec<Value>,
    ) -> Self {
        // Below what is not there no test holds: of a workflow nobody has looked at there is no status.
        let tested = match object.raw.get("status").is_some_and(Value::is_object) {
            true => "/status/phase",
            false => "/status",
        };
        let phase = object.raw.pointer(tested).cloned().unwrap_or_default();
        let mut all = vec![json!({"op": "test", "path": "/metadata/uid", "value": object.uid()})];
        if !object.is_cron() {
            all.push(json!({"op": "test", "path": tested, "value": phase}));
        }
        all.extend(tests.iter().cloned());
        all.extend(ops);
        all.extend(stamped(object, action, object.raw));
        Self::of(object, PATCH, Value::Array(all))
    }

    /// What a person changed of this object, and nothing else: refused unless it is this object and each place holds what it held
    /// when it was read. Unknown fields are refused, not left out in silence.
    pub(super) fn edited(
        object: &Object<'_>,
        mut tests: Vec<Value>,
        ops: Vec<Value>,
        edited: &Value,
    ) -> Self {
        let uid = json!({"op": "test", "path": "/metadata/uid", "value": object.uid()});
        tests.insert(0, uid);
        if edited.pointer("/metadata/annotations").is_none() && ops.iter().all(|op| !annotates(op))
        {
            tests.push(json!({"op": "test", "path": "/metadata/annotations", "value": null}));
        }
        tests.extend(ops);
        tests.extend(stamped(object, "edit", edited));
        let mut write = Self::of(object, PATCH, Value::Array(tests));
        write.path += "?fieldValidation=Strict";
        write.places_only = true;
        write
    }

    fn of(object: &Object<'_>, content: &'static str, body: Value) -> Self {
        Self {
            method: Method::Patch,
            path: object.path(),
            content: Some(content),
            body: Some(body),
            verb: "patch",
            resource: object.resource(),
            namespace: object.namespace().into(),
            name: Some(object.name().into()),
            missing_is_fine: false,
            places_only: false,
        }
    }

    /// Makes a workflow in a namespace.
    pub(super) fn create(namespace: &str, workflow: Value) -> Self {
        Self {
            method: Method::Post,
            path: format!("/apis/argoproj.io/v1alpha1/namespaces/{namespace}/workflows"),
            content: Some("application/json"),
            body: Some(workflow),
            verb: "create",
            resource: "workflows.argoproj.io",
            namespace: namespace.into(),
            name: None,
            missing_is_fine: false,
            places_only: false,
        }
    }
}

/// It replaces or removes all annotations.
fn annotates(op: &Value) -> bool {
    op["path"] == "/metadata/annotations"
}

/// The operations that stamp an object which has these annotations by then.
fn stamped(object: &Object<'_>, action: &str, by_then: &Value) -> Vec<Value> {
    let stamps = stamps(object, action);
    if by_then
        .pointer("/metadata/annotations")
        .is_none_or(|notes| !notes.is_object())
    {
        return vec![json!({"op": "add", "path": "/metadata/annotations", "value": stamps})];
    }
    let each = stamps.as_object().into_iter().flatten();
    each.map(|(name, value)| {
        let path = format!("/metadata/annotations/{}", escaped(name));
        json!({"op": "add", "path": path, "value": value})
    })
    .collect()
}

/// What of a body is said where it is too long to read: its fields, and what of its nodes it changes.
fn summary(body: Option<&Value>, bytes: usize) -> String {
    let fields: Vec<&str> = (body.and_then(Value::as_object).into_iter().flatten())
        .map(|(name, _)| name.as_str())
        .collect();
    let mut text = format!("{bytes} bytes");
    if !fields.is_empty() {
        text += &format!(" of {}", fields.join(", "));
    }
    if let Some(Value::Object(nodes)) = body.and_then(|body| body.pointer("/status/nodes")) {
        let gone = nodes.values().filter(|node| node.is_null()).count();
        let rest = nodes.len() - gone;
        text += &format!("; nodes: {gone} removed, {rest} written");
    } else if let Some(Value::String(packed)) = body.and_then(|body| body.pointer(PACKED)) {
        text += &format!("; all nodes, compressed to {} bytes", packed.len());
    }
    text
}

/// What a JSON patch tests and changes, without the values.
fn places(body: Option<&Value>) -> String {
    let ops = body.and_then(Value::as_array).into_iter().flatten();
    let each = ops.map(|op| {
        let text = |name: &str| op[name].as_str().unwrap_or_default();
        format!("{} {}", text("op"), text("path"))
    });
    each.collect::<Vec<_>>().join(", ")
}

/// Who, what and when.
pub(super) fn stamps(object: &Object<'_>, action: &str) -> Value {
    stamps_of(object.actor, action)
}

/// The same, of what there is no object of yet.
pub(super) fn stamps_of(actor: &Actor, action: &str) -> Value {
    let mut stamps = Map::new();
    stamps.insert(stamp::ACTOR.to_string(), (&*actor.name).into());
    stamps.insert(stamp::ACTION.to_string(), action.into());
    stamps.insert(stamp::AT.to_string(), actor.at.to_string().into());
    Value::Object(stamps)
}
