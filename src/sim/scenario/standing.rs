//! What stands in every cluster before anybody comes: the definitions of Argo's kinds and of the platform's, what controllers put into each namespace.
//! Apart from the stories, which are about what happens.

use serde_json::{Value, json};

use crate::sim::clock::rfc3339;
use crate::sim::resource::{
    ACCOUNTS, ARGO, CONFIGMAPS, CRDS, NAMESPACES, PLATFORM, RESOURCES, Res,
};
use crate::sim::schema;
use crate::sim::store::{Origin, Store};

/// Puts them there, forty days old.
pub fn furnish(store: &Store, now: i64) {
    let since = rfc3339(now - 40 * 86_400_000);
    for (n, res) in RESOURCES.iter().filter(|res| res.group == ARGO).enumerate() {
        let uid = format!("7d3e0000-0000-4000-8000-{n:012}");
        store.put(CRDS, definition(res, &uid, &since), Origin::Controller);
    }
    for (n, res) in RESOURCES
        .iter()
        .filter(|res| res.group == PLATFORM)
        .enumerate()
    {
        if let Some(definition) = schema::defined(res) {
            let mut definition = definition.clone();
            definition["metadata"]["name"] = res.qualified().into();
            let uid = format!("7d3e0003-0000-4000-8000-{n:012}");
            let definition = established(definition, res, &uid, &since);
            store.put(CRDS, definition, Origin::Controller);
        }
    }
    let Ok((namespaces, _)) = store.snapshot(NAMESPACES, None, None, None) else {
        return;
    };
    for (n, namespace) in namespaces.iter().enumerate() {
        let account = json!({"metadata": {
            "name": "default", "namespace": &*namespace.name, "creationTimestamp": since,
            "uid": format!("7d3e0001-0000-4000-8000-{n:012}"),
        }});
        store.put(ACCOUNTS, account, Origin::Controller);
        let roots = json!({
            "metadata": {
                "name": "kube-root-ca.crt", "namespace": &*namespace.name, "creationTimestamp": since,
                "uid": format!("7d3e0002-0000-4000-8000-{n:012}"),
            },
            "data": {"ca.crt": ""},
        });
        store.put(CONFIGMAPS, roots, Origin::Controller);
    }
}

/// A definition as in Argo's minimal set: the schema that is enforced is too large to keep eight times over, and is
/// told by OpenAPI.
fn definition(res: Res, uid: &str, since: &str) -> Value {
    let open = json!({"type": "object", "x-kubernetes-map-type": "atomic", "x-kubernetes-preserve-unknown-fields": true});
    let text = json!({"type": "string"});
    let mut version = json!({
        "name": res.version,
        "served": true,
        "storage": true,
        "schema": {"openAPIV3Schema": {
            "type": "object",
            "required": ["metadata", "spec"],
            "properties": {"apiVersion": text, "kind": text, "metadata": {"type": "object"}, "spec": open, "status": open},
        }},
    });
    if let Some(columns) = schema::kind(res)
        .map(|kind| kind.columns)
        .filter(|c| c.is_array())
    {
        version["additionalPrinterColumns"] = columns.clone();
    }
    if res.status() {
        version["subresources"] = json!({"status": {}});
    }
    let mut names = json!({"kind": res.kind, "listKind": format!("{}List", res.kind), "plural": res.plural, "singular": res.singular});
    if !res.short.is_empty() {
        names["shortNames"] = json!(res.short);
    }
    let definition = json!({
        "metadata": {"name": format!("{}.{}", res.plural, res.group)},
        "spec": {
            "group": res.group,
            "names": names,
            "scope": if res.namespaced { "Namespaced" } else { "Cluster" },
            "versions": [version],
            "conversion": {"strategy": "None"},
        },
    });
    established(definition, res, uid, since)
}

/// A definition as the API server has it once it serves its kind.
fn established(mut definition: Value, res: Res, uid: &str, since: &str) -> Value {
    let condition = |kind: &str, reason: &str, message: &str| json!({"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": since});
    definition["metadata"]["uid"] = uid.into();
    definition["metadata"]["generation"] = 1.into();
    definition["metadata"]["creationTimestamp"] = since.into();
    definition["status"] = json!({
        "conditions": [
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ],
        "acceptedNames": definition["spec"]["names"],
        "storedVersions": [res.version],
    });
    definition
}
