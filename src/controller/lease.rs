//! Which of several controllers works: a Lease that one of them holds and renews. Saves work, and nothing depends on it: what they
//! write is safe with any number of them at work.
//! Apart from the work, which does not know of it.
//!
//! No clock is compared with another's: a lease is free when it has not changed for its time, as whoever waits has measured it.
//! Source: Kubernetes `coordination.k8s.io/v1`, client-go `tools/leaderelection`.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::cluster::Cluster;
use crate::cluster::objects::LEASES;
use crate::model::trouble::Trouble;
use crate::wire::qarun::Metadata;

/// How long a lease holds that is not renewed.
const HOLDS: Duration = Duration::from_secs(15);
/// Who cannot renew it for so long stops, before another one begins.
const GIVE_UP: Duration = Duration::from_secs(10);
/// Longest wait for an answer while it is ours.
const ANSWER: Duration = Duration::from_secs(4);
/// How often it is looked at, and renewed.
const PACE: Duration = Duration::from_secs(2);

/// One who wants to work.
#[derive(Clone)]
pub struct Candidate {
    cluster: Cluster,
    namespace: String,
    name: String,
    me: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Lease {
    metadata: Metadata,
    spec: Held,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Held {
    holder_identity: Option<String>,
    lease_transitions: Option<u32>,
    acquire_time: Option<String>,
}

impl Candidate {
    /// `me` is a name that nobody else has; the lease lies in the cluster's own namespace.
    pub fn new(cluster: Cluster, name: &str, me: &str) -> Self {
        let namespace = cluster.default_namespace().to_string();
        let (name, me) = (name.to_owned(), me.to_owned());
        Self {
            cluster,
            namespace,
            name,
            me,
        }
    }

    /// Waits until it is ours. Where there can be none, there is nothing to wait for.
    pub async fn win(&self) {
        let mut seen = (String::new(), Instant::now());
        loop {
            match self.try_once(&mut seen).await {
                Ok(true) => return tracing::info!(lease = self.name, "ours: at work"),
                Ok(false) | Err(Trouble::Conflict { .. }) => {}
                Err(why) if is_none(&why) => {
                    return tracing::warn!(%why, "there can be no lease: at work without one, which is safe");
                }
                Err(why) => {
                    tracing::warn!(%why, "the lease cannot be looked at; it is tried again")
                }
            }
            sleep(PACE).await;
        }
    }

    /// Renews it for as long as that can be done.
    pub async fn keep(&self) {
        let mut renewed = Instant::now();
        while renewed.elapsed() < GIVE_UP {
            sleep(PACE).await;
            let mut seen = (String::new(), Instant::now());
            let asked = timeout(ANSWER, self.try_once(&mut seen)).await;
            let late = || Trouble::Timeout {
                what: "the lease".to_owned(),
                seconds: ANSWER.as_secs(),
            };
            match asked.unwrap_or_else(|_| Err(late())) {
                Ok(true) => renewed = Instant::now(),
                Err(why) if is_none(&why) => renewed = Instant::now(),
                Ok(false) => break,
                Err(why) => tracing::warn!(%why, "the lease is not renewed; it is tried again"),
            }
        }
        tracing::warn!(lease = self.name, "lost: another one works");
    }

    /// Gives it up, so that another one need not wait.
    pub async fn leave(&self) {
        let Ok(Some(lease)) = self.read().await else {
            return;
        };
        if lease.spec.holder_identity.as_deref() == Some(&*self.me) {
            let transitions = lease.spec.lease_transitions.unwrap_or(0);
            let _ = self.write(Some(&lease), "", transitions).await;
        }
    }

    /// Whether it is ours now. `seen`: the version that was seen last, and since when.
    async fn try_once(&self, seen: &mut (String, Instant)) -> Result<bool, Trouble> {
        let Some(lease) = self.read().await? else {
            self.write(None, &self.me, 0).await?;
            return Ok(true);
        };
        let transitions = lease.spec.lease_transitions.unwrap_or(0);
        let holder = lease.spec.holder_identity.as_deref().unwrap_or_default();
        if holder == self.me {
            self.write(Some(&lease), &self.me, transitions).await?;
            return Ok(true);
        }
        if seen.0 != lease.metadata.resource_version {
            *seen = (lease.metadata.resource_version.clone(), Instant::now());
        }
        if !holder.is_empty() && seen.1.elapsed() < HOLDS {
            return Ok(false);
        }
        self.write(Some(&lease), &self.me, transitions.saturating_add(1))
            .await?;
        Ok(true)
    }

    async fn read(&self) -> Result<Option<Lease>, Trouble> {
        let found = self
            .cluster
            .kept(LEASES, &self.namespace, &self.name)
            .await?;
        let read = |bytes: bytes::Bytes| {
            serde_json::from_slice(&bytes).map_err(|why| Trouble::Server {
                detail: format!("the lease that the server sent cannot be read: {why}"),
            })
        };
        found.map(read).transpose()
    }

    /// Only if nobody else has written it meanwhile.
    async fn write(
        &self,
        lease: Option<&Lease>,
        holder: &str,
        transitions: u32,
    ) -> Result<(), Trouble> {
        let now = Timestamp::now()
            .strftime("%Y-%m-%dT%H:%M:%S.%6fZ")
            .to_string();
        let before = lease.filter(|lease| lease.spec.holder_identity.as_deref() == Some(holder));
        let acquired = before.and_then(|lease| lease.spec.acquire_time.clone());
        let mut object: Value = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {
                "holderIdentity": holder, "leaseDurationSeconds": HOLDS.as_secs(), "leaseTransitions": transitions,
                "acquireTime": acquired.unwrap_or_else(|| now.clone()), "renewTime": now,
            },
        });
        let Some(lease) = lease else {
            self.cluster
                .create(LEASES, &self.namespace, &object)
                .await?;
            return Ok(());
        };
        object["metadata"]["uid"] = lease.metadata.uid.clone().into();
        object["metadata"]["resourceVersion"] = lease.metadata.resource_version.clone().into();
        self.cluster.replace(LEASES, &object).await?;
        Ok(())
    }
}

/// There can be no lease: it is not allowed, not known, or its namespace, which a kubeconfig may name, is not there.
fn is_none(why: &Trouble) -> bool {
    matches!(
        why,
        Trouble::Forbidden { .. } | Trouble::NoSuchKind { .. } | Trouble::NotFound { .. }
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::convert::Infallible;
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use http::Response;
    use http_body_util::{BodyExt as _, Full};
    use kube::client::Body;
    use tower::service_fn;

    use super::*;

    /// A server with one lease; while `down`, it fails.
    #[derive(Default)]
    struct Server {
        lease: Option<Value>,
        version: u64,
        down: bool,
    }

    fn candidate(server: &Arc<Mutex<Server>>, me: &str) -> Candidate {
        let server = server.clone();
        let service = service_fn(move |request: http::Request<Body>| {
            let server = server.clone();
            async move {
                let method = request.method().to_string();
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let (code, value) = server.lock().unwrap().answer(&method, &body);
                let body = Full::new(Bytes::from(value.to_string()));
                Ok::<_, Infallible>(Response::builder().status(code).body(body).unwrap())
            }
        });
        Candidate::new(Cluster::from_service(service, "t"), "lease", me)
    }

    impl Server {
        fn answer(&mut self, method: &str, body: &[u8]) -> (u16, Value) {
            let no = |code: u16| {
                (
                    code,
                    json!({"kind": "Status", "code": code, "details": {"name": "lease"}}),
                )
            };
            if self.down {
                return no(500);
            }
            if method == "GET" {
                return self.lease.clone().map_or(no(404), |lease| (200, lease));
            }
            let mut sent: Value = serde_json::from_slice(body).unwrap();
            let there = self
                .lease
                .as_ref()
                .map(|lease| lease["metadata"]["resourceVersion"].clone());
            let said = sent["metadata"].get("resourceVersion").cloned();
            if there != said {
                return no(409);
            }
            self.version += 1;
            sent["metadata"]["resourceVersion"] = self.version.to_string().into();
            self.lease = Some(sent.clone());
            (200, sent)
        }

        fn holder(&self) -> &str {
            self.lease.as_ref().unwrap()["spec"]["holderIdentity"]
                .as_str()
                .unwrap()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_works_and_another_takes_over_when_it_leaves_or_is_silent() {
        let server = Arc::new(Mutex::new(Server::default()));
        let (a, b) = (candidate(&server, "a"), candidate(&server, "b"));
        a.win().await;
        let keeping = tokio::spawn({
            let a = a.clone();
            async move { a.keep().await }
        });
        let begun = Instant::now();
        let waits = tokio::time::timeout(Duration::from_secs(300), b.win()).await;
        assert!(waits.is_err() && !keeping.is_finished(), "it is renewed");
        keeping.abort();
        b.win().await;
        let waited = begun.elapsed().as_secs() - 300;
        assert!((14..=20).contains(&waited), "{waited}");
        assert_eq!(server.lock().unwrap().holder(), "b");
        b.leave().await;
        let begun = Instant::now();
        a.win().await;
        assert_eq!(
            begun.elapsed().as_secs(),
            0,
            "nobody waits for one who has left"
        );
        assert_eq!(
            server.lock().unwrap().lease.as_ref().unwrap()["spec"]["leaseTransitions"],
            json!(2)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_cannot_renew_stops_before_another_begins() {
        let server = Arc::new(Mutex::new(Server::default()));
        let a = candidate(&server, "a");
        a.win().await;
        server.lock().unwrap().down = true;
        let begun = Instant::now();
        a.keep().await;
        assert!(begun.elapsed() < HOLDS, "{:?}", begun.elapsed());
    }
}
