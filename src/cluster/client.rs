//! Builds the HTTP client of a target: kubeconfig or the pod's account, credentials, TLS, proxy.
//! Apart from [`super::connect`], which hands the client out: this is done again when a credential has expired.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::{ClientBuilder, ConfigExt as _};
use kube::config::{
    ExecConfig, ExecInteractiveMode, KubeConfigOptions, Kubeconfig, KubeconfigError,
};
use kube::{Client, Config};
use tokio::time::timeout;
use tower::util::option_layer;
use tower::{BoxError, ServiceBuilder};

use super::connect::{CONNECT, Target};
use super::error;
use super::guard::ReadOnlyLayer;
use crate::model::trouble::Trouble;

/// A connection is probed after so much silence, so that a dead network is noticed below HTTP.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// Longest wait for a credential plugin.
const PLUGIN: Duration = Duration::from_secs(60);
/// Reads the kubeconfig of a target.
pub(crate) fn kubeconfig(target: &Target) -> Result<Kubeconfig, KubeconfigError> {
    match &target.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    }
}

/// A configuration, and the name of its context.
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) context: String,
}

/// Reads the configuration of a target.
pub(crate) async fn setup(target: &Target) -> Result<Setup, Trouble> {
    let read = {
        let target = target.clone();
        tokio::task::spawn_blocking(move || kubeconfig(&target))
            .await
            .map_err(|why| Trouble::NotConfigured {
                detail: why.to_string(),
            })?
    };
    let free = target.kubeconfig.is_none() && target.context.is_none();
    let (mut config, context) = match read {
        // No kubeconfig at all, or one without a context, is what a pod has.
        Err(error) if free && is_absent(&error) => in_cluster(&error)?,
        Err(error) => return Err(error::config(&error)),
        Ok(file) => {
            let context = target.context.clone().or(file.current_context.clone());
            let options = KubeConfigOptions {
                context: context.clone(),
                ..KubeConfigOptions::default()
            };
            let known: Vec<String> = file.contexts.iter().map(|c| c.name.clone()).collect();
            match Config::from_custom_kubeconfig(file, &options).await {
                Ok(config) => (config, context.unwrap_or_default()),
                Err(error @ KubeconfigError::CurrentContextNotSet) if free => in_cluster(&error)?,
                Err(KubeconfigError::LoadContext(name)) => {
                    return Err(error::unknown_context(&name, &known));
                }
                Err(error) => return Err(error::config(&error)),
            }
        }
    };
    config.connect_timeout = Some(CONNECT);
    // A write sent twice can start a run twice, and a feed has its own back-off.
    config.default_retry = false;
    if let Some(exec) = &mut config.auth_info.exec {
        // A plugin that asks on our terminal would smear the screen and steal keys.
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
        own_session(exec);
    }
    let context = error::safe(&context);
    Ok(Setup { config, context })
}

/// Runs a plugin by `setsid` (util-linux, busybox) where that is on `PATH`: with standard input closed it could still open
/// `/dev/tty`; in a session of its own it has none. It is no leader of its group, so `setsid` becomes it and does not fork.
fn own_session(exec: &mut ExecConfig) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("setsid"))
        .find(|program| program.is_file());
    let Some(setsid) = found.as_deref().and_then(|program| program.to_str()) else {
        return;
    };
    if let Some(command) = exec.command.replace(setsid.to_string()) {
        exec.args.get_or_insert_default().insert(0, command);
    } else {
        exec.command = None;
    }
}

fn is_absent(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(io, _) => io.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

fn in_cluster(absent: &KubeconfigError) -> Result<(Config, String), Trouble> {
    match Config::incluster() {
        Ok(config) => Ok((config, "in-cluster".to_string())),
        Err(_) => Err(error::config(absent)),
    }
}

/// Builds the client on a blocking thread, because a credential plugin may run.
pub(crate) async fn build(config: Config, readonly: bool) -> Result<Client, Trouble> {
    // Fails only where a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Handle::current();
    let work = tokio::task::spawn_blocking(move || {
        let _inside = runtime.enter();
        stack(config, readonly)
    });
    match timeout(PLUGIN, work).await {
        Ok(Ok(built)) => built.map_err(|error| error::build(&error)),
        Ok(Err(why)) => Err(Trouble::NotConfigured {
            detail: why.to_string(),
        }),
        Err(_) => Err(Trouble::Timeout {
            what: "the credential plugin".to_string(),
            seconds: PLUGIN.as_secs(),
        }),
    }
}

fn stack(config: Config, readonly: bool) -> Result<Client, kube::Error> {
    let guard = readonly.then_some(ReadOnlyLayer);
    if config.proxy_url.is_some() {
        // Kube knows proxies and their credentials; it leaves Nagle's algorithm on, which a proxy hides anyway.
        let builder = ClientBuilder::try_from(config)?;
        return Ok(match guard {
            Some(guard) => builder.with_layer(&guard).build(),
            None => builder.build(),
        });
    }
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    // Without it a request waits 40 ms for the acknowledgement of the one before.
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT));
    http.set_keepalive(Some(KEEPALIVE));
    http.set_keepalive_interval(Some(KEEPALIVE));
    let https = config.rustls_https_connector_with_connector(http)?;
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_timer(TokioTimer::new())
        .build(https);
    let service = ServiceBuilder::new()
        .layer(option_layer(guard))
        .layer(config.base_uri_layer())
        .layer(option_layer(config.auth_layer()?))
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(client);
    Ok(Client::new(service, config.default_namespace))
}

/// Scheme, host and port: what stands before `@` in a URL is a credential.
pub(crate) fn address(url: &http::Uri) -> Arc<str> {
    let scheme = url.scheme_str().unwrap_or("https");
    let host = url.host().unwrap_or("?");
    match url.port_u16() {
        Some(port) => format!("{scheme}://{host}:{port}").into(),
        None => format!("{scheme}://{host}").into(),
    }
}
