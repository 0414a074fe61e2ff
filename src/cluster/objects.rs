//! Objects a controller keeps: followed, read, created, changed. Each write says of which version it is, and goes out once.
//! Apart from orders ([`super::acting`]), which a person agreed to: here nobody looks, and a loop decides again from what is there.

use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use http::Method;
use serde_json::{Value, json};

use super::connect::Cluster;
use super::feed::Spec;
use super::request::{Ask, JSON, query};
use crate::model::delta::FeedEvent;
use crate::model::key::Key;
use crate::model::trouble::Trouble;
use crate::wire::qarun::Metadata;
use crate::wire::watch::Decode;

/// `Content-Type` of merge patches, RFC 7386.
const MERGE: &str = "application/merge-patch+json";
/// Objects a page.
const PAGE: u32 = 200;
/// Most objects followed.
const MOST: usize = 100_000;

/// A kind of object.
#[derive(Clone, Copy, Debug)]
pub struct Res {
    /// `/apis/agents.platform/v1`.
    pub group: &'static str,
    /// `qaruns`.
    pub plural: &'static str,
    /// `qaruns.agents.platform`, for sentences.
    pub resource: &'static str,
}

/// QARuns.
pub const QARUNS: Res = Res {
    group: "/apis/agents.platform/v1",
    plural: "qaruns",
    resource: "qaruns.agents.platform",
};

/// Workflows.
pub const WORKFLOWS: Res = Res {
    group: "/apis/argoproj.io/v1alpha1",
    plural: "workflows",
    resource: "workflows.argoproj.io",
};

/// Events.
pub const EVENTS: Res = Res {
    group: "/api/v1",
    plural: "events",
    resource: "events",
};

/// Leases.
pub const LEASES: Res = Res {
    group: "/apis/coordination.k8s.io/v1",
    plural: "leases",
    resource: "leases.coordination.k8s.io",
};

impl Res {
    fn collection(self, namespace: &str) -> String {
        format!(
            "{}/namespaces/{}/{}",
            self.group,
            query(namespace),
            self.plural
        )
    }

    fn ask(self, verb: &'static str, method: Method, namespace: &str, name: &str) -> Ask {
        let path = format!("{}/{}", self.collection(namespace), query(name));
        let mut ask = Ask::get(verb, self.resource, path)
            .within(Some(&namespace.into()))
            .named(&name.into());
        ask.method = method;
        ask
    }
}

impl Cluster {
    /// Follows the objects of a kind, in a namespace or in all, those with these labels.
    pub fn keep_up<D: Decode>(
        &self,
        res: Res,
        namespace: Option<Arc<str>>,
        labels: Option<String>,
        decode: D,
    ) -> impl Stream<Item = FeedEvent<Key, D::Item>> + Send + Unpin + use<D> {
        let spec = Spec {
            group: res.group,
            plural: res.plural,
            resource: res.resource,
            namespace,
            labels,
            fields: None,
            accept: JSON,
            extra: "",
            limit: PAGE,
            cap: MOST,
        };
        self.feed(spec, decode)
    }

    /// Reads an object; nothing where there is none.
    ///
    /// # Errors
    /// As the server or the network says.
    pub async fn kept(
        &self,
        res: Res,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Bytes>, Trouble> {
        match self
            .read(&res.ask("get", Method::GET, namespace, name))
            .await
        {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Trouble::NotFound { .. }) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// Creates an object, and gives it back as it is kept.
    ///
    /// # Errors
    /// [`Trouble::Conflict`] where the name is taken; else as the server or the network says.
    pub async fn create(
        &self,
        res: Res,
        namespace: &str,
        object: &Value,
    ) -> Result<Bytes, Trouble> {
        let mut ask = Ask::get("create", res.resource, res.collection(namespace))
            .within(Some(&namespace.into()));
        ask.name = object["metadata"]["name"].as_str().map(Arc::from);
        ask.method = Method::POST;
        ask.body = Some(object.to_string().into_bytes());
        self.read(&ask).await
    }

    /// Replaces an object, if it still is of this version.
    ///
    /// # Errors
    /// [`Trouble::Conflict`] where it is not; else as the server or the network says.
    pub async fn replace(&self, res: Res, object: &Value) -> Result<Bytes, Trouble> {
        self.put(res, object, "").await
    }

    /// Replaces the status of an object, if it still is of this version.
    ///
    /// # Errors
    /// The same.
    pub async fn replace_status(&self, res: Res, object: &Value) -> Result<Bytes, Trouble> {
        self.put(res, object, "/status").await
    }

    async fn put(&self, res: Res, object: &Value, part: &str) -> Result<Bytes, Trouble> {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
        let mut ask = res.ask("update", Method::PUT, text("namespace"), text("name"));
        ask.path.push_str(part);
        ask.body = Some(object.to_string().into_bytes());
        self.read(&ask).await
    }

    /// Lays a patch over an object, if it still is of this version.
    ///
    /// # Errors
    /// The same.
    pub async fn merge(&self, res: Res, of: &Metadata, mut patch: Value) -> Result<Bytes, Trouble> {
        patch["metadata"]["uid"] = of.uid.clone().into();
        patch["metadata"]["resourceVersion"] = of.resource_version.clone().into();
        let mut ask = res.ask("patch", Method::PATCH, &of.namespace, &of.name);
        ask.content = MERGE;
        ask.body = Some(patch.to_string().into_bytes());
        self.read(&ask).await
    }

    /// Deletes an object, if it still is of this version; what it owns follows.
    ///
    /// # Errors
    /// The same.
    pub async fn remove(&self, res: Res, of: &Metadata) -> Result<(), Trouble> {
        let mut ask = res.ask("delete", Method::DELETE, &of.namespace, &of.name);
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
            "preconditions": {"uid": of.uid, "resourceVersion": of.resource_version},
        });
        ask.body = Some(options.to_string().into_bytes());
        self.read(&ask).await.map(drop)
    }
}
