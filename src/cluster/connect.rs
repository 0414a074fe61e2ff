//! From a kubeconfig, the pod's own account or a service in the process to a [`Cluster`] that can be asked.
//! Apart from the questions, because credentials and TLS are decided here once and never seen again.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, RandomState};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use http::Request;
use kube::Client;
use kube::client::Body;
use serde::Deserialize;
use tokio::time::Instant;
use tower::{BoxError, Layer as _, Service};

use super::client::{Setup, address, build, kubeconfig, setup};
use super::daytime::Daytime;
use super::error;
use super::guard::ReadOnlyLayer;
use super::pace::Pulse;
use super::request::Ask;
use super::rights::Rights;
use super::store::argo::ArgoServer;
use super::store::carrier::Carrier;
use super::store::tunnel::Tunnel;
use crate::model::context::ContextInfo;
use crate::model::trouble::Trouble;
use crate::wire::lax::Text;
use crate::wire::listing::{self, Read};
use crate::wire::nest::Obj;
use crate::wire::row::Meta;

/// Longest wait for a TCP connection, and for the first answer of a server.
pub(crate) const CONNECT: Duration = Duration::from_secs(10);
/// A client refused with 401 is built anew at most this often.
const RENEWAL: Duration = Duration::from_secs(10);

/// Which cluster, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The kubeconfig; `None` is `$KUBECONFIG`, then `~/.kube/config`, then the pod's own account.
    pub kubeconfig: Option<PathBuf>,
    /// The context; `None` is the current one.
    pub context: Option<String>,
    /// Refuse everything that could change something, below every caller.
    pub readonly: bool,
}

/// What a server says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerInfo {
    /// `v1.36.2`.
    pub version: Arc<str>,
    /// Who it takes us for, where it tells (Kubernetes ≥ 1.28).
    pub user: Option<Arc<str>>,
}

/// A connection that can be asked. Clones share it.
#[derive(Clone)]
pub struct Cluster {
    inner: Arc<Inner>,
}

type Factory = Arc<dyn Fn() -> BoxFuture<'static, Result<Client, Trouble>> + Send + Sync>;

struct Inner {
    link: Mutex<Link>,
    renewal: tokio::sync::Mutex<Option<Instant>>,
    factory: Option<Factory>,
    context: Arc<str>,
    server: Arc<str>,
    namespace: Arc<str>,
    pulse: Pulse,
    daytime: Daytime,
    rights: Rights,
    user: OnceLock<Arc<str>>,
    stores: OnceLock<Carrier>,
    argo: OnceLock<ArgoServer>,
    tunnels: Mutex<HashMap<Arc<str>, Tunnel>>,
}

struct Link {
    client: Client,
    generation: u64,
}

/// Contexts of the kubeconfig, in its order.
///
/// # Errors
/// When there is no readable kubeconfig.
pub fn contexts(target: &Target) -> Result<Vec<ContextInfo>, Trouble> {
    let config = kubeconfig(target).map_err(|error| error::config(&error))?;
    let current = target.context.clone().or(config.current_context);
    Ok(config
        .contexts
        .into_iter()
        .map(|named| {
            let context = named.context.unwrap_or_default();
            ContextInfo {
                current: current.as_deref() == Some(named.name.as_str()),
                name: error::safe(&named.name).into(),
                cluster: error::safe(&context.cluster).into(),
                namespace: context
                    .namespace
                    .as_deref()
                    .map(|ns| error::safe(ns).into()),
            }
        })
        .collect())
}

impl Cluster {
    /// Builds the client of a context. Nothing is sent to the server yet; [`Cluster::probe`] does that.
    /// A credential plugin may run, without a terminal, for at most a minute.
    ///
    /// # Errors
    /// When nothing is configured, or the credentials cannot be had.
    pub async fn connect(target: &Target) -> Result<Self, Trouble> {
        let Setup { config, context } = setup(target).await?;
        let server = address(&config.cluster_url);
        let namespace = config.default_namespace.as_str().into();
        let client = build(config, target.readonly).await?;
        let again = target.clone();
        let factory: Factory = Arc::new(move || {
            let target = again.clone();
            Box::pin(async move {
                let setup = setup(&target).await?;
                build(setup.config, target.readonly).await
            })
        });
        let cluster = Self::of(client, Some(factory), context.into(), server, namespace);
        Ok(match ArgoServer::of(|name| std::env::var(name).ok()) {
            Some(argo) => cluster.with_argo(argo),
            None => cluster,
        })
    }

    /// A cluster behind a service in the process.
    pub fn from_service<S, B>(service: S, name: &str) -> Self
    where
        S: Service<Request<Body>, Response = http::Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let client = Client::new(service, "default");
        let name: Arc<str> = name.into();
        Self::of(client, None, name.clone(), name, "default".into())
    }

    /// A cluster behind a service in the process, which with `readonly` lets nothing out that could change something.
    pub fn guarded<S, B>(service: S, name: &str, readonly: bool) -> Self
    where
        S: Service<Request<Body>, Response = http::Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        match readonly {
            true => Self::from_service(ReadOnlyLayer.layer(service), name),
            false => Self::from_service(service, name),
        }
    }

    fn of(
        client: Client,
        factory: Option<Factory>,
        context: Arc<str>,
        server: Arc<str>,
        namespace: Arc<str>,
    ) -> Self {
        let generation = 0;
        Self {
            inner: Arc::new(Inner {
                link: Mutex::new(Link { client, generation }),
                renewal: tokio::sync::Mutex::new(None),
                factory,
                context,
                server,
                namespace,
                pulse: Pulse::default(),
                daytime: Daytime::default(),
                rights: Rights::default(),
                user: OnceLock::new(),
                stores: OnceLock::new(),
                argo: OnceLock::new(),
                tunnels: Mutex::default(),
            }),
        }
    }

    #[cfg(test)]
    pub(crate) fn renewable(client: Client, factory: Factory) -> Self {
        let name: Arc<str> = "test".into();
        Self::of(client, Some(factory), name.clone(), name, "default".into())
    }

    /// The same, whose artifacts are asked of a service in the process.
    #[must_use]
    pub fn with_stores(self, stores: Carrier) -> Self {
        // Whoever made it says so once.
        let _ = self.inner.stores.set(stores);
        self
    }

    /// The same, which asks this argo-server for artifacts that stores do not give.
    #[must_use]
    pub fn with_argo(self, argo: ArgoServer) -> Self {
        // Whoever made it says so once.
        let _ = self.inner.argo.set(argo);
        self
    }

    /// The argo-server that was named.
    pub(crate) fn argo(&self) -> Option<&ArgoServer> {
        self.inner.argo.get()
    }

    /// What stands in the place of the network towards stores.
    pub(crate) fn stores(&self) -> Option<&Carrier> {
        self.inner.stores.get()
    }

    /// The way to the store at this endpoint that is not the network.
    pub(crate) fn tunnel(&self, endpoint: &str) -> Option<Tunnel> {
        let tunnels = self.inner.tunnels.lock();
        let tunnels = tunnels.unwrap_or_else(PoisonError::into_inner);
        tunnels.get(endpoint).cloned()
    }

    /// Notes a way to a store, for as long as this connection is used; `None`: it leads nowhere any more.
    pub(crate) fn keep_tunnel(&self, endpoint: Arc<str>, tunnel: Option<Tunnel>) {
        let tunnels = self.inner.tunnels.lock();
        let mut tunnels = tunnels.unwrap_or_else(PoisonError::into_inner);
        match tunnel {
            Some(tunnel) => drop(tunnels.insert(endpoint, tunnel)),
            None => drop(tunnels.remove(&endpoint)),
        }
    }

    /// Name of the context.
    pub fn context(&self) -> &Arc<str> {
        &self.inner.context
    }

    /// Address of the server, without credentials.
    pub fn server(&self) -> &Arc<str> {
        &self.inner.server
    }

    /// The context's own namespace.
    pub fn default_namespace(&self) -> &Arc<str> {
        &self.inner.namespace
    }

    pub(crate) fn daytime(&self) -> &Daytime {
        &self.inner.daytime
    }

    /// A number for pauses: nobody can guess it, but of a service in this process it follows from its name, so that what happens
    /// there can happen again.
    pub(crate) fn seed(&self) -> u64 {
        let (name, far) = (self.context(), self.inner.factory.is_some());
        match far {
            true => RandomState::new().hash_one(name),
            false => BuildHasherDefault::<DefaultHasher>::default().hash_one(name),
        }
    }

    pub(crate) fn pulse(&self) -> &Pulse {
        &self.inner.pulse
    }

    pub(crate) fn client(&self) -> (Client, u64) {
        let link = self
            .inner
            .link
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        (link.client.clone(), link.generation)
    }

    /// A client built anew after a 401, or `None` where that cannot help: just done, or nothing to build it from.
    pub(crate) async fn renew(&self, refused: u64) -> Result<Option<Client>, Trouble> {
        let Some(factory) = &self.inner.factory else {
            return Ok(None);
        };
        let mut last = self.inner.renewal.lock().await;
        let (client, generation) = self.client();
        if generation != refused {
            // Somebody else did it while we waited.
            return Ok(Some(client));
        }
        if last.is_some_and(|at| at.elapsed() < RENEWAL) {
            return Ok(None);
        }
        *last = Some(Instant::now());
        let client = factory().await.map_err(|trouble| Trouble::Unauthorized {
            detail: trouble.to_string(),
        })?;
        let mut link = self
            .inner
            .link
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        link.client = client.clone();
        link.generation += 1;
        Ok(Some(client))
    }

    /// Asks the server who it is, and who we are.
    ///
    /// # Errors
    /// When it does not answer, or not us.
    pub async fn probe(&self) -> Result<ServerInfo, Trouble> {
        let mut ask = Ask::get("get", "version", "/version".to_string());
        ask.limit = CONNECT;
        let body = self.read(&ask).await?;
        let version: Version<'_> = serde_json::from_slice(&body)
            .map_err(|why| error::unreadable("the server's version", &why))?;
        Ok(ServerInfo {
            version: error::safe(version.git_version.or_empty()).into(),
            user: self.user().await,
        })
    }

    pub(crate) fn rights(&self) -> &Rights {
        &self.inner.rights
    }

    /// Who we are there, as the server says; where it does not, the name of the account on this machine.
    pub fn known_as(&self) -> Arc<str> {
        let local = || {
            let name = ["USER", "LOGNAME"]
                .into_iter()
                .find_map(|name| std::env::var(name).ok());
            let name = name.unwrap_or_else(|| "somebody".to_string());
            Arc::from(error::safe(&name))
        };
        self.inner.user.get().cloned().unwrap_or_else(local)
    }

    async fn user(&self) -> Option<Arc<str>> {
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let mut ask = Ask::get(
            "create",
            "selfsubjectreviews.authentication.k8s.io",
            path.to_string(),
        );
        ask.method = http::Method::POST;
        ask.limit = CONNECT;
        ask.body = Some(
            br#"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#.to_vec(),
        );
        let body = self.read(&ask).await.ok()?;
        let review: Review<'_> = serde_json::from_slice(&body).ok()?;
        let name = review.status.get()?.user_info.get()?.username.filled()?;
        let name: Arc<str> = error::safe(name).into();
        // Said once: another answer of the same server for the same credentials would be a fault of it.
        let _ = self.inner.user.set(name.clone());
        Some(name)
    }

    /// Names of the namespaces, sorted.
    ///
    /// # Errors
    /// As the server says; [`Trouble::Forbidden`] is common.
    pub async fn namespaces(&self) -> Result<Vec<Arc<str>>, Trouble> {
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let mut path = "/api/v1/namespaces?limit=500".to_string();
            if let Some(token) = &next {
                path.push_str("&continue=");
                path.push_str(&super::request::query(token));
            }
            let mut ask = Ask::get("list", "namespaces", path);
            ask.accept =
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
            let body = self.read(&ask).await?;
            let page = listing::list(&body, namespace)
                .map_err(|why| error::unreadable("the list of namespaces", &why))?;
            names.extend(page.items);
            next = page.next;
            if next.is_none() {
                names.sort();
                names.dedup();
                return Ok(names);
            }
        }
    }
}

fn namespace(json: &[u8]) -> Read<Arc<str>> {
    let object: Named<'_> = match serde_json::from_slice(json) {
        Ok(object) => object,
        Err(error) => return Read::Malformed(error.to_string()),
    };
    match object.metadata.get().and_then(|meta| meta.name.filled()) {
        Some(name) => Read::Item(error::safe(name).into()),
        None => Read::Skip,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    metadata: Obj<Meta<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Version<'a> {
    #[serde(borrow)]
    git_version: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Review<'a> {
    #[serde(borrow)]
    status: Obj<ReviewStatus<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ReviewStatus<'a> {
    #[serde(borrow)]
    user_info: Obj<UserInfo<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UserInfo<'a> {
    #[serde(borrow)]
    username: Text<'a>,
}
