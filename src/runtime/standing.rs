//! Where clusters come from, and a connection that is tried until it stands.
//! Apart from the effects, which only want a cluster.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::app::msg::{ClusterMsg, ContextInfo};
use crate::cluster::{self, Cluster, Target};
use crate::model::trouble::Trouble;

/// First and longest wait before a connection is tried again.
const RETRY: (Duration, Duration) = (Duration::from_millis(800), Duration::from_secs(30));

/// Where clusters come from.
#[derive(Clone)]
pub enum Source {
    /// A kubeconfig, or the pod's own account.
    Kubeconfig(Target),
    /// A client that is made already.
    Ready(Cluster),
    /// A cluster of this name that is being made: the embedded one tells its history first.
    Made(Arc<str>, Maker),
}

/// Makes a client; asked again whenever a connection is.
pub type Maker = Arc<dyn Fn() -> BoxFuture<'static, Result<Cluster, Trouble>> + Send + Sync>;

/// Contexts of a source; the one it asks for is the current one.
pub(super) fn contexts(source: &Source) -> Result<Vec<ContextInfo>, Trouble> {
    match source {
        Source::Kubeconfig(target) => cluster::contexts(target),
        Source::Ready(cluster) => Ok(vec![ContextInfo {
            name: cluster.context().clone(),
            cluster: cluster.server().clone(),
            namespace: None,
            current: true,
        }]),
        Source::Made(name, _) => Ok(vec![ContextInfo {
            name: name.clone(),
            cluster: "in this process".into(),
            namespace: None,
            current: true,
        }]),
    }
}

/// The cluster as soon as the connection stands; `None` where it will not any more.
pub(super) async fn standing(mut ready: watch::Receiver<Option<Cluster>>) -> Option<Cluster> {
    ready.wait_for(Option::is_some).await.ok()?.clone()
}

/// Connects, as often as it takes, and says how it goes.
pub(super) async fn stand(source: &Source, say: impl Fn(ClusterMsg) -> bool) -> Cluster {
    let mut wait = RETRY.0;
    loop {
        match try_connect(source, &say).await {
            Ok((cluster, connected)) => {
                say(connected);
                return cluster;
            }
            Err(why) => {
                tracing::warn!(%why, "not connected");
                let jittered = wait.mul_f64(0.75 + 0.5 * fraction());
                let retry_ms = u64::try_from(jittered.as_millis()).unwrap_or(u64::MAX);
                say(ClusterMsg::NotConnected { why, retry_ms });
                tokio::time::sleep(jittered).await;
                wait = (wait * 2).min(RETRY.1);
            }
        }
    }
}

async fn try_connect(
    source: &Source,
    say: &impl Fn(ClusterMsg) -> bool,
) -> Result<(Cluster, ClusterMsg), Trouble> {
    let cluster = match source {
        Source::Kubeconfig(target) => Cluster::connect(target).await?,
        Source::Ready(cluster) => cluster.clone(),
        Source::Made(_, make) => make().await?,
    };
    say(ClusterMsg::Reaching(cluster.context().clone()));
    let info = cluster.probe().await?;
    let connected = ClusterMsg::Connected {
        context: cluster.context().clone(),
        server: cluster.server().clone(),
        version: info.version,
        user: info.user,
    };
    Ok((cluster, connected))
}

/// A number from 0 to 1 that differs between processes and moments; spreads retries, decides nothing.
fn fraction() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let hash = RandomState::new().hash_one(0_u8);
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}
