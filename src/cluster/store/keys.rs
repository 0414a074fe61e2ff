//! The keys of a store, from the Secrets of the run's namespace.
//! Apart from the store, because a Secret is asked of the cluster, and refused in its own words.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use serde::Deserialize;

use super::snags;
use crate::cluster::connect::Cluster;
use crate::cluster::request::{Ask, query};
use crate::cluster::run::CORE;
use crate::model::artifact::{SecretField, Snag};
use crate::wire::lax::Text;
use crate::wire::nest::Pairs;

/// Reads Secrets, each once. Holds them no longer than one question takes, and cannot be printed.
pub(super) struct Keys<'c> {
    cluster: &'c Cluster,
    namespace: Arc<str>,
    read: HashMap<Arc<str>, HashMap<String, Vec<u8>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Secret<'a> {
    #[serde(borrow)]
    data: Pairs<'a, Text<'a>>,
}

impl<'c> Keys<'c> {
    pub(super) fn new(cluster: &'c Cluster, namespace: &Arc<str>) -> Self {
        Self {
            cluster,
            namespace: namespace.clone(),
            read: HashMap::new(),
        }
    }

    /// A field as text, without the line break that an editor left at its end.
    pub(super) async fn text(&mut self, field: &SecretField) -> Result<String, Snag> {
        let bytes = self.bytes(field).await?;
        let text = String::from_utf8(bytes);
        let text = text.map_err(|_| snags::field(field, &self.namespace, "is no text"))?;
        Ok(text.trim_end_matches(['\n', '\r']).to_string())
    }

    /// A field as it is.
    pub(super) async fn bytes(&mut self, field: &SecretField) -> Result<Vec<u8>, Snag> {
        if !self.read.contains_key(&field.name) {
            let fields = self.secret(&field.name).await?;
            self.read.insert(field.name.clone(), fields);
        }
        let found = self.read.get(&field.name);
        let found = found.and_then(|fields| fields.get(&*field.key)).cloned();
        found.ok_or_else(|| snags::field(field, &self.namespace, "is not there"))
    }

    async fn secret(&self, name: &Arc<str>) -> Result<HashMap<String, Vec<u8>>, Snag> {
        let path = format!(
            "{CORE}/namespaces/{}/secrets/{}",
            self.namespace,
            query(name)
        );
        let ask = Ask::get("get", "secrets", path)
            .within(Some(&self.namespace))
            .named(name);
        let body = self.cluster.read(&ask).await;
        let body = body.map_err(|why| snags::secret(name, &self.namespace, &why))?;
        fields(&body).ok_or_else(|| snags::unreadable(name, &self.namespace))
    }
}

/// The fields of a Secret; nothing where it cannot be read as one.
pub(in crate::cluster) fn fields(body: &[u8]) -> Option<HashMap<String, Vec<u8>>> {
    let secret: Secret<'_> = serde_json::from_slice(body).ok()?;
    let decoded = |(key, value): &(Text<'_>, Text<'_>)| {
        let engine = base64::engine::general_purpose::STANDARD;
        let bytes = engine.decode(value.get()?).ok()?;
        Some((key.get()?.to_string(), bytes))
    };
    Some(secret.data.get().iter().filter_map(decoded).collect())
}
