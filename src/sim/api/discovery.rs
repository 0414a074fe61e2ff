//! Which kinds exist, told in the old and the aggregated form, and the version of the server.
//! Apart, because it is derived from the list of kinds alone.

use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::super::resource::{
    ARGO, COORDINATION, DEFINITIONS, PLATFORM, PODS, REPORTED, RESOURCES, Resource,
};
use super::super::schema;
use super::status::{self, Failure};
use super::{Body, Call, json};

/// The groups beside the core one, in the order a real server tells them.
const GROUPS: [(&str, &str); 7] = [
    (REPORTED, "v1"),
    ("authentication.k8s.io", "v1"),
    ("authorization.k8s.io", "v1"),
    (DEFINITIONS, "v1"),
    (COORDINATION, "v1"),
    (PLATFORM, "v1"),
    (ARGO, "v1alpha1"),
];

/// Reviews: group, plural, kind. They are made and never kept.
const REVIEWS: [(&str, &str, &str); 3] = [
    (
        "authentication.k8s.io",
        "selfsubjectreviews",
        "SelfSubjectReview",
    ),
    (
        "authorization.k8s.io",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
    ),
    (
        "authorization.k8s.io",
        "selfsubjectrulesreviews",
        "SelfSubjectRulesReview",
    ),
];

/// Answers `/`, `/version`, `/api`, `/apis` and what lies below them.
pub fn answer(call: &Call, path: &str) -> Result<Response<Body>, Failure> {
    let aggregated = call
        .headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("as=APIGroupDiscoveryList") && value.contains("v=v2"));
    let parts: Vec<&str> = path.split('/').collect();
    let value = match parts.as_slice() {
        ["version"] if call.method != http::Method::GET => {
            return Err(status::method_not_allowed());
        }
        ["version"] => version(),
        [""] => json!({"paths": paths()}),
        ["api"] if aggregated => return Ok(aggregate(&[("", "v1")])),
        ["apis"] if aggregated => return Ok(aggregate(&GROUPS)),
        ["api"] => json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}],
        }),
        ["apis"] => {
            let groups: Vec<Value> = GROUPS
                .iter()
                .map(|(name, version)| group(name, version, false))
                .collect();
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        }
        ["api", "v1"] => resources("", "v1"),
        ["apis", name, rest @ ..] => {
            let Some((name, version)) = GROUPS.iter().find(|(known, _)| known == name) else {
                return Err(Failure::page_not_found());
            };
            match rest {
                [] => group(name, version, true),
                [asked] if asked == version => resources(name, version),
                _ => return Err(Failure::page_not_found()),
            }
        }
        _ => return Err(Failure::page_not_found()),
    };
    Ok(json(StatusCode::OK, &value))
}

fn paths() -> Vec<String> {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    for (name, version) in GROUPS {
        paths.push(format!("/apis/{name}"));
        paths.push(format!("/apis/{name}/{version}"));
    }
    paths.extend(["/healthz", "/livez", "/openapi/v3", "/readyz", "/version"].map(str::to_owned));
    paths
}

/// The version this pretends to be.
pub fn version() -> Value {
    json!({
        "major": "1",
        "minor": "36",
        "emulationMajor": "1",
        "emulationMinor": "36",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35",
        "gitVersion": "v1.36.2",
        "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean",
        "buildDate": "2026-06-10T00:00:00Z",
        "goVersion": "embedded",
        "compiler": "rustc",
        "platform": "embedded/demo",
    })
}

fn group(name: &str, version: &str, alone: bool) -> Value {
    let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
    let mut group = if alone {
        json!({"kind": "APIGroup", "apiVersion": "v1"})
    } else {
        json!({})
    };
    group["name"] = name.into();
    group["versions"] = json!([version]);
    group["preferredVersion"] = version;
    group
}

/// The verbs of a kind: those that are defined list them in another order.
fn verbs(res: &Resource) -> Value {
    if res.read_only() {
        return json!(["get", "list", "watch"]);
    }
    if res.custom() {
        return json!([
            "delete",
            "deletecollection",
            "get",
            "list",
            "patch",
            "create",
            "update",
            "watch"
        ]);
    }
    let all = [
        "create",
        "delete",
        "deletecollection",
        "get",
        "list",
        "patch",
        "update",
        "watch",
    ];
    let kept = all
        .into_iter()
        .filter(|verb| res.plural != "namespaces" || *verb != "deletecollection");
    kept.collect()
}

/// Kinds of a group, by name as the API server lists them.
fn in_group(group: &str) -> Vec<&'static Resource> {
    let mut all: Vec<_> = RESOURCES.iter().filter(|res| res.group == group).collect();
    all.sort_by_key(|res| res.plural);
    all
}

fn categories(res: &Resource) -> Option<Value> {
    match res.plural {
        "pods" => Some(json!(["all"])),
        "customresourcedefinitions" => Some(json!(["api-extensions"])),
        "qaruns" => Some(schema::platform()["spec"]["names"]["categories"].clone()),
        _ => None,
    }
}

/// Sub-resources of a kind and their verbs, by name.
fn subs(res: &'static Resource) -> Vec<(&'static str, Value)> {
    let mut subs = Vec::new();
    if *res == *PODS {
        subs.push(("log", json!(["get"])));
    }
    if res.status() {
        subs.push(("status", json!(["get", "patch", "update"])));
    }
    subs
}

fn resources(of: &str, version: &str) -> Value {
    let mut all = Vec::new();
    for res in in_group(of) {
        let mut entry = json!({
            "name": res.plural,
            "singularName": res.singular,
            "namespaced": res.namespaced,
            "kind": res.kind,
            "verbs": verbs(res),
        });
        if !res.short.is_empty() {
            entry["shortNames"] = json!(res.short);
        }
        if let Some(categories) = categories(res) {
            entry["categories"] = categories;
        }
        all.push(entry);
        for (sub, verbs) in subs(res) {
            all.push(json!({"name": format!("{}/{sub}", res.plural), "singularName": "", "namespaced": res.namespaced, "kind": res.kind, "verbs": verbs}));
        }
    }
    for (group, plural, kind) in REVIEWS {
        if group == of {
            all.push(json!({"name": plural, "singularName": kind.to_lowercase(), "namespaced": false, "kind": kind, "verbs": ["create"]}));
        }
    }
    let mut list = json!({"kind": "APIResourceList"});
    let mut full = version.to_owned();
    if !of.is_empty() {
        list["apiVersion"] = "v1".into();
        full = format!("{of}/{version}");
    }
    list["groupVersion"] = full.into();
    list["resources"] = all.into();
    list
}

fn aggregated(of: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for res in in_group(of) {
        // Only what is defined repeats its group and version.
        let (group, version) = if res.custom() {
            (res.group, res.version)
        } else {
            ("", "")
        };
        let kind = json!({"group": group, "version": version, "kind": res.kind});
        let mut entry = json!({
            "resource": res.plural,
            "responseKind": kind,
            "scope": if res.namespaced { "Namespaced" } else { "Cluster" },
            "singularResource": res.singular,
            "verbs": verbs(res),
        });
        if !res.short.is_empty() {
            entry["shortNames"] = json!(res.short);
        }
        if let Some(categories) = categories(res) {
            entry["categories"] = categories;
        }
        let subs: Vec<Value> = subs(res)
            .into_iter()
            .map(|(sub, verbs)| json!({"subresource": sub, "responseKind": kind, "verbs": verbs}))
            .collect();
        if !subs.is_empty() {
            entry["subresources"] = subs.into();
        }
        all.push(entry);
    }
    for (group, plural, kind) in REVIEWS {
        if group == of {
            all.push(json!({"resource": plural, "responseKind": {"group": "", "version": "", "kind": kind},
                "scope": "Cluster", "singularResource": kind.to_lowercase(), "verbs": ["create"]}));
        }
    }
    all
}

fn aggregate(groups: &[(&str, &str)]) -> Response<Body> {
    let items: Vec<Value> = groups
        .iter()
        .map(|(name, version)| {
            let metadata = if name.is_empty() { json!({}) } else { json!({"name": name}) };
            json!({"metadata": metadata, "versions": [{"version": version, "resources": aggregated(name), "freshness": "Current"}]})
        })
        .collect();
    let list = json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    });
    let mut response = json(StatusCode::OK, &list);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static(
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        ),
    );
    response
}
