//! Server-side apply of a document: what we want of an object, and nothing else of it.
//! Apart from orders: these name no object that was looked at but say what there must be, so that saying it again changes nothing.

use std::sync::Arc;

use http::Method;
use serde_json::Value;

use super::connect::Cluster;
use super::error;
use super::request::Ask;
use crate::model::trouble::Trouble;

/// Who we are to the server: fields that others own are theirs.
pub const MANAGER: &str = "tiphys";

const CONTENT: &str = "application/apply-patch+yaml";

/// What can be applied: kind, API version, plural, plural with group, in namespaces.
const KINDS: [(&str, &str, &str, &str, bool); 12] = [
    ("Namespace", "v1", "namespaces", "namespaces", false),
    (
        "ServiceAccount",
        "v1",
        "serviceaccounts",
        "serviceaccounts",
        true,
    ),
    ("Service", "v1", "services", "services", true),
    (
        "Deployment",
        "apps/v1",
        "deployments",
        "deployments.apps",
        true,
    ),
    (
        "PodDisruptionBudget",
        "policy/v1",
        "poddisruptionbudgets",
        "poddisruptionbudgets.policy",
        true,
    ),
    (
        "Role",
        "rbac.authorization.k8s.io/v1",
        "roles",
        "roles.rbac.authorization.k8s.io",
        true,
    ),
    (
        "RoleBinding",
        "rbac.authorization.k8s.io/v1",
        "rolebindings",
        "rolebindings.rbac.authorization.k8s.io",
        true,
    ),
    (
        "ClusterRole",
        "rbac.authorization.k8s.io/v1",
        "clusterroles",
        "clusterroles.rbac.authorization.k8s.io",
        false,
    ),
    (
        "ClusterRoleBinding",
        "rbac.authorization.k8s.io/v1",
        "clusterrolebindings",
        "clusterrolebindings.rbac.authorization.k8s.io",
        false,
    ),
    (
        "CustomResourceDefinition",
        "apiextensions.k8s.io/v1",
        "customresourcedefinitions",
        "customresourcedefinitions.apiextensions.k8s.io",
        false,
    ),
    (
        "WorkflowTemplate",
        "argoproj.io/v1alpha1",
        "workflowtemplates",
        "workflowtemplates.argoproj.io",
        true,
    ),
    (
        "QARun",
        "agents.platform/v1",
        "qaruns",
        "qaruns.agents.platform",
        true,
    ),
];

/// How a document is applied.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// The server only tries it.
    pub dry_run: bool,
    /// Fields that others own become ours.
    pub force: bool,
}

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It was not there.
    Created,
    /// It was another.
    Changed,
    /// It was so already.
    Unchanged,
}

impl Applied {
    /// A word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }
}

impl Cluster {
    /// Applies a document. It may be said again after an answer that did not come.
    ///
    /// # Errors
    /// As the server or the network says; and for a kind that is not known here.
    pub async fn apply(&self, document: &Value, manner: Manner) -> Result<Applied, Trouble> {
        let (path, mut ask) = asked(document)?;
        let before = match self.read(&ask).await {
            Ok(bytes) => Some(bytes),
            Err(Trouble::NotFound { .. }) => None,
            Err(why) => return Err(why),
        };
        let flag = |on: bool, text: &'static str| if on { text } else { "" };
        ask.path = format!(
            "{path}?fieldManager={MANAGER}{}{}",
            flag(manner.dry_run, "&dryRun=All"),
            flag(manner.force, "&force=true")
        );
        ask.method = Method::PATCH;
        ask.verb = "patch";
        ask.content = CONTENT;
        ask.body = Some(document.to_string().into_bytes());
        let after = self.read(&ask).await?;
        let object = |bytes: &[u8]| -> Result<Value, Trouble> {
            let value = serde_json::from_slice(bytes)
                .map_err(|why| error::unreadable("the object", &why))?;
            Ok(bare(value))
        };
        Ok(match before {
            None => Applied::Created,
            Some(before) if object(&before)? == object(&after)? => Applied::Unchanged,
            Some(_) => Applied::Changed,
        })
    }
}

/// Where a document belongs, and the question for what is there.
fn asked(document: &Value) -> Result<(String, Ask), Trouble> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (kind, version) = (text(&document["kind"]), text(&document["apiVersion"]));
    let found = KINDS.iter().find(|one| one.0 == kind && one.1 == version);
    let Some((_, _, plural, resource, namespaced)) = found else {
        return Err(Trouble::Invalid {
            causes: vec![error::safe(&format!(
                "{version} {kind} cannot be applied from here"
            ))],
        });
    };
    let (name, namespace) = (
        text(&document["metadata"]["name"]),
        text(&document["metadata"]["namespace"]),
    );
    if name.is_empty() || (*namespaced && namespace.is_empty()) {
        return Err(Trouble::Invalid {
            causes: vec![error::safe(&format!(
                "a {kind} to apply has a name, and a namespace where it lives in one"
            ))],
        });
    }
    let root = if version == "v1" {
        "/api/v1".to_owned()
    } else {
        format!("/apis/{version}")
    };
    let place = if *namespaced {
        format!("/namespaces/{namespace}")
    } else {
        String::new()
    };
    let path = format!("{root}{place}/{plural}/{name}");
    let namespace: Option<Arc<str>> = namespaced.then(|| namespace.into());
    let ask = Ask::get("get", resource, path.clone())
        .within(namespace.as_ref())
        .named(&name.into());
    Ok((path, ask))
}

/// An object without what changes by itself.
fn bare(mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in ["managedFields", "resourceVersion", "generation"] {
            metadata.shift_remove(field);
        }
    }
    if let Some(object) = object.as_object_mut() {
        object.shift_remove("status");
    }
    object
}
