//! OpenAPI v3 of what is served: the schemas that `kubectl explain` prints and the options that `kubectl apply` looks for.
//! Apart from discovery, because it is long and is made only when somebody asks.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Map, Value, json};

use super::super::resource::{
    ARGO, CONFIGMAPS, COORDINATION, DEFINITIONS, PLATFORM, REPORTED, RESOURCES, Res, SECRETS,
};
use super::super::schema;
use super::discovery;
use super::status::Failure;
use super::{Body, Call, json, json_maybe_gzip};

const META: &str = "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The documents: where they lie, and the group and version they are about.
const DOCUMENTS: [(&str, &str); 6] = [
    ("api/v1", ""),
    ("apis/agents.platform/v1", PLATFORM),
    ("apis/apiextensions.k8s.io/v1", DEFINITIONS),
    ("apis/argoproj.io/v1alpha1", ARGO),
    ("apis/coordination.k8s.io/v1", COORDINATION),
    ("apis/events.k8s.io/v1", REPORTED),
];

/// Answers `/openapi/v3` and the documents below it.
///
/// # Errors
/// 404 for a document there is not.
pub fn answer(call: &Call, path: &str) -> Result<Response<Body>, Failure> {
    if path.is_empty() {
        let paths: Map<String, Value> = DOCUMENTS
            .iter()
            .map(|(path, _)| {
                // Clients keep a document under its hash: it changes when the program does.
                let hash = env!("CARGO_PKG_VERSION");
                let url = format!("/openapi/v3/{path}?hash={hash}");
                ((*path).to_owned(), json!({"serverRelativeURL": url}))
            })
            .collect();
        return Ok(json(StatusCode::OK, &json!({"paths": paths})));
    }
    static MADE: [OnceLock<Bytes>; DOCUMENTS.len()] = [const { OnceLock::new() }; DOCUMENTS.len()];
    let found = DOCUMENTS
        .iter()
        .zip(&MADE)
        .find(|((known, _), _)| *known == path);
    let ((_, group), made) = found.ok_or_else(Failure::page_not_found)?;
    let bytes = made.get_or_init(|| document(group).to_string().into());
    Ok(json_maybe_gzip(call, bytes.to_vec()))
}

fn document(group: &str) -> Value {
    let mut paths = BTreeMap::new();
    let mut schemas = shared();
    for res in RESOURCES.iter().filter(|res| res.group == group) {
        let name = component(res);
        schemas.insert(name.clone(), schema(res));
        schemas.insert(format!("{name}List"), list(res, &name));
        add_paths(res, &mut paths);
    }
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": discovery::version()["gitVersion"]},
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

/// What a kind's schema is called: the group backwards, as the API server does.
fn component(res: Res) -> String {
    match res.group {
        "" => format!("io.k8s.api.core.v1.{}", res.kind),
        COORDINATION => format!("io.k8s.api.coordination.v1.{}", res.kind),
        REPORTED => format!("io.k8s.api.events.v1.{}", res.kind),
        ARGO => format!("io.argoproj.{}.{}", res.version, res.kind),
        PLATFORM => format!("platform.agents.{}.{}", res.version, res.kind),
        _ => format!(
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.{}",
            res.kind
        ),
    }
}

fn kind(res: Res, suffix: &str) -> Value {
    json!([{"group": res.group, "kind": format!("{}{suffix}", res.kind), "version": res.version}])
}

fn type_meta(properties: &mut Map<String, Value>) {
    for (key, text) in [
        (
            "apiVersion",
            "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources",
        ),
        (
            "kind",
            "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds",
        ),
    ] {
        properties.insert(
            key.to_owned(),
            json!({"description": text, "type": "string"}),
        );
    }
    properties.insert(
        "metadata".to_owned(),
        json!({"description": "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata", "allOf": [{"$ref": META}]}),
    );
}

fn schema(res: Res) -> Value {
    let mut schema = match schema::kind(res) {
        Some(kind) => schema::written_out(kind.schema),
        None => built_in(res),
    };
    if let Some(properties) = schema["properties"].as_object_mut() {
        type_meta(properties);
    }
    schema["x-kubernetes-group-version-kind"] = kind(res, "");
    schema
}

/// The built-in kinds, as far as this cluster looks into them.
fn built_in(res: Res) -> Value {
    let open = || json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let mut schema = json!({"type": "object", "description": format!("{} as the embedded cluster serves it.", res.kind), "properties": {}});
    if res == CONFIGMAPS || res == SECRETS {
        let words =
            json!({"type": "object", "additionalProperties": {"type": "string", "default": ""}});
        schema["properties"]["data"] = words.clone();
        schema["properties"]["immutable"] = json!({"type": "boolean"});
        if res == SECRETS {
            schema["properties"]["stringData"] = words;
            schema["properties"]["type"] = json!({"type": "string"});
        } else {
            schema["properties"]["binaryData"] = words;
        }
    } else {
        schema["x-kubernetes-preserve-unknown-fields"] = true.into();
        schema["properties"]["spec"] = open();
        schema["properties"]["status"] = open();
    }
    schema
}

fn list(res: Res, component: &str) -> Value {
    json!({
        "description": format!("{0}List is a list of {0}", res.kind),
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "items": {"type": "array", "items": {"allOf": [{"$ref": format!("#/components/schemas/{component}")}]}},
            "metadata": {"type": "object"},
        },
        "x-kubernetes-group-version-kind": kind(res, "List"),
    })
}

fn shared() -> Map<String, Value> {
    let words =
        json!({"type": "object", "additionalProperties": {"type": "string", "default": ""}});
    let text = json!({"type": "string"});
    let number = json!({"type": "integer", "format": "int64"});
    let time = json!({"type": "string", "format": "date-time"});
    let mut all = Map::new();
    all.insert(
        META.rsplit('/').next().unwrap_or_default().to_owned(),
        json!({
            "description": "ObjectMeta is metadata that all persisted resources must have, which includes all objects users must create.",
            "type": "object",
            "properties": {
                "annotations": words, "creationTimestamp": time, "deletionGracePeriodSeconds": number, "deletionTimestamp": time,
                "finalizers": {"type": "array", "items": text, "x-kubernetes-list-type": "set", "x-kubernetes-patch-strategy": "merge"},
                "generateName": text, "generation": number, "labels": words,
                "managedFields": {"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "atomic"},
                "name": text, "namespace": text,
                "ownerReferences": {"type": "array", "items": {"type": "object"}, "x-kubernetes-list-map-keys": ["uid"], "x-kubernetes-list-type": "map",
                    "x-kubernetes-patch-merge-key": "uid", "x-kubernetes-patch-strategy": "merge"},
                "resourceVersion": text, "selfLink": text, "uid": text,
            },
        }),
    );
    all
}

fn add_paths(res: Res, paths: &mut BTreeMap<String, Value>) {
    let root = if res.group.is_empty() {
        "/api/v1".to_owned()
    } else {
        format!("/apis/{}", res.api_version())
    };
    let place = if res.namespaced {
        "/namespaces/{namespace}"
    } else {
        ""
    };
    let about = json!({"group": res.group, "version": res.version, "kind": res.kind});
    let option = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": true}});
    let does = |action: &str, writes: bool| {
        let options = if writes {
            vec![
                option("dryRun"),
                option("fieldManager"),
                option("fieldValidation"),
            ]
        } else {
            vec![option("resourceVersion")]
        };
        json!({"parameters": options, "responses": {"200": {"description": "OK"}}, "x-kubernetes-action": action, "x-kubernetes-group-version-kind": about})
    };
    let many = format!("{root}{place}/{}", res.plural);
    paths.insert(
        format!("{many}/{{name}}"),
        json!({"get": does("get", false), "put": does("put", true), "patch": does("patch", true), "delete": does("delete", true)}),
    );
    paths.insert(many, json!({"get": does("list", false), "post": does("post", true), "delete": does("deletecollection", true)}));
}
