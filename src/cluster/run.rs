//! Feeds and single reads of one run: its object, its pods, its events.
//! Apart from the fleet, because these exist only while somebody looks at the run.

use std::sync::{Arc, Mutex};

use futures::stream::{BoxStream, unfold};
use futures::{Stream, StreamExt as _};
use serde_json::Value;

use super::connect::Cluster;
use super::decode;
use super::error;
use super::feed::{Feed, Spec, job};
use super::fleet::{ARGO, WORKFLOWS, never};
use super::request::{Ask, JSON, offload, query};
use crate::model::act::Kind;
use crate::model::delta::{Delta, FeedEvent, Freshness};
use crate::model::event::KubeEvent;
use crate::model::facts::Facts;
use crate::model::key::Key;
use crate::model::pod::Pod;
use crate::model::qarun::Sheet;
use crate::model::row::{Row, label};
use crate::model::trouble::Trouble;
use crate::model::workflow::Workflow;
use crate::wire::table::{self, Rows};
use crate::wire::watch::Decode;

/// API of pods and events.
pub(crate) const CORE: &str = "/api/v1";
/// Most pods of a run followed.
const MOST_PODS: usize = 20_000;
/// Most events of a run followed.
const MOST_EVENTS: usize = 5_000;

impl Cluster {
    /// Watches one run. Another object of the same name is not it: when this one is gone, `Gone` is the last word and the stream ends.
    pub fn watch_run(
        &self,
        key: &Key,
    ) -> impl Stream<Item = FeedEvent<Key, Arc<Workflow>>> + Send + Unpin + use<> {
        let mut spec = spec(ARGO, "workflows", WORKFLOWS, key, 1);
        spec.fields = Some(format!("metadata.name={}", key.name));
        until_gone(self.feed(spec, decode::workflow(key.clone())).boxed(), key)
    }

    /// Watches one QARun, as [`Cluster::watch_run`] does a run.
    pub fn watch_qarun(
        &self,
        key: &Key,
    ) -> impl Stream<Item = FeedEvent<Key, Arc<Sheet>>> + Send + Unpin + use<> {
        let kind = Kind::QaRun;
        let mut spec = spec(kind.api(), kind.plural(), kind.resource(), key, 1);
        spec.fields = Some(format!("metadata.name={}", key.name));
        until_gone(self.feed(spec, decode::qarun(key.clone())).boxed(), key)
    }

    /// Watches the row of one name: a few hundred bytes where the object may have megabytes.
    pub(crate) fn watch_row(
        &self,
        key: &Key,
    ) -> impl Stream<Item = FeedEvent<Key, Row>> + Send + Unpin + use<> {
        let mut spec = spec(ARGO, "workflows", WORKFLOWS, key, 16);
        spec.fields = Some(format!("metadata.name={}", key.name));
        spec.accept = table::ACCEPT;
        spec.extra = "includeObject=Metadata";
        self.feed(spec, Rows::default())
    }

    /// The pods of a run.
    pub fn pods(
        &self,
        key: &Key,
    ) -> impl Stream<Item = FeedEvent<Key, Pod>> + Send + Unpin + use<> {
        let mut spec = spec(CORE, "pods", "pods", key, MOST_PODS);
        spec.labels = Some(format!("{}={}", label::WORKFLOW, key.name));
        spec.limit = 100;
        self.feed(spec, decode::pods(key.clone()))
    }

    /// The events about a run and its pods. The API selects events by one exact name, so those of the namespace are read and sifted here.
    pub fn events(
        &self,
        key: &Key,
    ) -> impl Stream<Item = FeedEvent<Key, KubeEvent>> + Send + Unpin + use<> {
        let mut spec = spec(CORE, "events", "events", key, MOST_EVENTS);
        spec.limit = 500;
        self.feed(spec, decode::events(key.clone()))
    }

    /// Follows the objects of a source, in a job of its own.
    pub(super) fn feed<D: Decode>(
        &self,
        spec: Spec,
        decode: D,
    ) -> impl Stream<Item = FeedEvent<Key, D::Item>> + Send + Unpin + use<D> {
        let cluster = self.clone();
        job(move |sender| async move {
            let feed = Feed {
                cluster,
                spec,
                decode: Arc::new(Mutex::new(decode)),
                quick: Vec::new(),
                sender,
                wrap: |event| event,
                ends: never,
                gate: None,
                near: None,
            };
            feed.run().await;
        })
    }

    /// Reads the facts of one run; `None` where it is gone, or another object has taken its name.
    ///
    /// # Errors
    /// As the server says.
    pub async fn facts(&self, key: &Key) -> Result<Option<Facts>, Trouble> {
        let Some(body) = self.object(key).await? else {
            return Ok(None);
        };
        let facts = offload(body.len(), move || crate::wire::facts(&body))
            .await?
            .map_err(|why| error::unreadable(&format!("workflow {key}"), &why))?;
        Ok((facts.row.key.uid == key.uid).then_some(facts))
    }

    /// Reads one run as it is, for a person: see [`super::yaml::tidy`] for what is left out and masked.
    ///
    /// # Errors
    /// As the server says; [`Trouble::NotFound`] where it is gone, or another object has taken its name.
    pub async fn yaml_value(&self, key: &Key) -> Result<Value, Trouble> {
        let gone = || Trouble::NotFound {
            what: format!("workflow {key}"),
        };
        let body = self.object(key).await?.ok_or_else(gone)?;
        let value = offload(body.len(), move || {
            serde_json::from_slice::<Value>(&body).map(super::yaml::tidy)
        })
        .await?
        .map_err(|why| error::unreadable(&format!("workflow {key}"), &why))?;
        let uid = value.pointer("/metadata/uid").and_then(Value::as_str);
        if uid != Some(key.uid.as_str()) {
            return Err(gone());
        }
        Ok(value)
    }

    /// The object of this name, if there is one; whether it is the one that was meant its uid says.
    pub(super) async fn object(&self, key: &Key) -> Result<Option<bytes::Bytes>, Trouble> {
        let path = format!(
            "{ARGO}/namespaces/{}/workflows/{}",
            query(&key.namespace),
            query(&key.name)
        );
        let ask = Ask::get("get", WORKFLOWS, path)
            .within(Some(&key.namespace))
            .named(&key.name);
        match self.read(&ask).await {
            Ok(body) => Ok(Some(body)),
            Err(Trouble::NotFound { .. }) => Ok(None),
            Err(why) => Err(why),
        }
    }
}

/// The words of a feed of one object, up to the news that it is gone, which is the last.
fn until_gone<T: Send + 'static>(
    feed: BoxStream<'static, FeedEvent<Key, T>>,
    key: &Key,
) -> impl Stream<Item = FeedEvent<Key, T>> + Send + Unpin + use<T> {
    let key = key.clone();
    Box::pin(
        unfold(Some((feed, false)), move |state| {
            let key = key.clone();
            async move {
                let (mut feed, mut found) = state?;
                let event = feed.next().await?;
                let there = presence(&event);
                found = there.unwrap_or(found);
                let live = matches!(event, FeedEvent::Freshness(Freshness::Live));
                if !found && (there.is_some() || live) {
                    // Its last words may have come with the news of its end.
                    let mut last = match event {
                        FeedEvent::Deltas(deltas) => deltas,
                        FeedEvent::Freshness(_) => Vec::new(),
                    };
                    last.retain(|delta| matches!(delta, Delta::Put(_)));
                    last.push(Delta::Gone(key));
                    return Some((FeedEvent::Deltas(last), None));
                }
                Some((event, Some((feed, found))))
            }
        })
        .fuse(),
    )
}

/// Whether the object is there, as far as this event tells.
fn presence<T>(event: &FeedEvent<Key, T>) -> Option<bool> {
    let FeedEvent::Deltas(deltas) = event else {
        return None;
    };
    deltas.last().map(|last| match last {
        Delta::Put(_) => true,
        Delta::Gone(_) => false,
        Delta::Reset(all) => !all.is_empty(),
    })
}

fn spec(
    group: &'static str,
    plural: &'static str,
    resource: &'static str,
    key: &Key,
    cap: usize,
) -> Spec {
    Spec {
        group,
        plural,
        resource,
        namespace: Some(key.namespace.clone()),
        labels: None,
        fields: None,
        accept: JSON,
        extra: "",
        limit: 50,
        cap,
    }
}
