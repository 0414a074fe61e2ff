//! Stores that only the cluster reaches, through its API server: a port-forward to a pod of the Service that the address names.
//! Apart from the network, because it is another way with other rights, and whoever looks is told that it was taken.
//!
//! Nothing but GET and HEAD goes through: it is there to read artifacts, also in a console that may not write.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use k8s_openapi::List;
use k8s_openapi::api::core::v1::{Pod, Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::api::Api;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};
use tower::BoxError;

use super::carrier::{self, Body, Carrier};
use super::snags;
use crate::cluster::connect::Cluster;
use crate::cluster::error::safe;
use crate::cluster::request::{Ask, query};
use crate::cluster::run::CORE;
use crate::model::artifact::S3;
use crate::model::trouble::Trouble;

/// A way into the cluster that was taken.
#[derive(Clone)]
pub(crate) struct Tunnel {
    /// In words: through what.
    pub(crate) told: Arc<str>,
    carrier: Carrier,
}

/// Where a way ends: a port of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Exit {
    namespace: String,
    pod: String,
    port: u16,
}

impl Cluster {
    /// How the store at this endpoint is reached, where that is not the network.
    pub fn through(&self, endpoint: &str) -> Option<Arc<str>> {
        self.tunnel(endpoint).map(|tunnel| tunnel.told)
    }

    /// The network to a store, and where that does not lead there and the cluster's does, a port-forward.
    pub(super) fn carrier_to(&self, s3: &S3, ca: Option<Vec<u8>>) -> Result<Carrier, String> {
        let network = self.carrier(ca.clone())?;
        if self.stores().is_some() || snags::service(&s3.endpoint).is_none() {
            return Ok(network);
        }
        let (cluster, endpoint) = (self.clone(), Arc::clone(&s3.endpoint));
        Ok(Arc::new(move |request: Request<Bytes>| {
            let (cluster, endpoint) = (cluster.clone(), Arc::clone(&endpoint));
            let (network, ca) = (network.clone(), ca.clone());
            Box::pin(async move {
                if let Some(tunnel) = cluster.tunnel(&endpoint) {
                    match (tunnel.carrier)(request.clone()).await {
                        // The pod is another one by now, as a rule.
                        Err(why) if is_unreachable(&*why) => {
                            cluster.keep_tunnel(Arc::clone(&endpoint), None);
                        }
                        answer => return answer,
                    }
                }
                let direct = match network(request.clone()).await {
                    Err(why) if is_unreachable(&*why) => why,
                    answer => return answer,
                };
                match cluster.dig(&endpoint, ca).await {
                    Ok(tunnel) => (tunnel.carrier)(request).await,
                    Err(why) => Err(format!(
                        "{}; nor by a port-forward: {why}",
                        snags::root(&*direct)
                    )
                    .into()),
                }
            }) as BoxFuture<'static, Result<Response<Body>, BoxError>>
        }))
    }

    /// Finds a pod behind the address and notes the way to it.
    async fn dig(&self, endpoint: &Arc<str>, ca: Option<Vec<u8>>) -> Result<Tunnel, String> {
        let exit = self.exit(endpoint).await?;
        let told = format!(
            "a port-forward to port {} of the pod {}/{}",
            exit.port, exit.namespace, exit.pod
        );
        let way = Way {
            cluster: self.clone(),
            exit,
        };
        let carried = carrier::over(way, ca)?;
        let carrier: Carrier = Arc::new(move |request| match *request.method() {
            Method::GET | Method::HEAD => carried(request),
            _ => Box::pin(async { Err("only reads go through a port-forward".into()) }),
        });
        let told = safe(&told).into();
        let tunnel = Tunnel { told, carrier };
        self.keep_tunnel(Arc::clone(endpoint), Some(tunnel.clone()));
        Ok(tunnel)
    }

    /// A ready pod of the Service, and the port of it that the Service's is of.
    async fn exit(&self, endpoint: &str) -> Result<Exit, String> {
        let (name, namespace, port) = snags::service(endpoint).ok_or("it names no Service")?;
        let (name, namespace): (Arc<str>, Arc<str>) = (name.into(), namespace.into());
        let path = format!(
            "{CORE}/namespaces/{}/services/{}",
            query(&namespace),
            query(&name)
        );
        let ask = Ask::get("get", "services", path)
            .within(Some(&namespace))
            .named(&name);
        let service: Service = self.decoded(&ask).await?;
        let spec = service.spec.unwrap_or_default();
        let ports = spec.ports.unwrap_or_default();
        let wanted = ports.iter().find(|one| one.port == i32::from(port));
        let wanted = wanted.ok_or_else(|| format!("svc/{name} has no port {port}"))?;
        let selector = spec.selector.unwrap_or_default();
        if selector.is_empty() {
            return Err(format!("svc/{name} chooses no pods"));
        }
        let labels: Vec<String> = (selector.iter())
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let path = format!(
            "{CORE}/namespaces/{}/pods?labelSelector={}",
            query(&namespace),
            query(&labels.join(","))
        );
        let ask = Ask::get("list", "pods", path).within(Some(&namespace));
        let pods: List<Pod> = self.decoded(&ask).await?;
        let ready = pods.items.iter().find(|pod| is_ready(pod));
        let ready = ready.ok_or_else(|| format!("no pod of svc/{name} is ready"))?;
        Ok(Exit {
            namespace: namespace.to_string(),
            pod: ready.metadata.name.clone().unwrap_or_default(),
            port: target(wanted, ready).ok_or_else(|| format!("svc/{name} leads to no port"))?,
        })
    }

    async fn decoded<T: DeserializeOwned>(&self, ask: &Ask) -> Result<T, String> {
        let told = |why: Trouble| format!("{why}; {}", why.hint());
        let body = self.read(ask).await.map_err(told)?;
        serde_json::from_slice(&body).map_err(|_| "what the server answers is unreadable".into())
    }
}

/// Whether a pod serves: it is not going, and says that it is ready.
fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| &status.conditions);
    let mut conditions = conditions.flatten();
    pod.metadata.deletion_timestamp.is_none()
        && conditions.any(|one| one.type_ == "Ready" && one.status == "True")
}

/// The port of a pod that a port of a Service is of: by number, by the name that a container gives it, else the same.
fn target(port: &ServicePort, pod: &Pod) -> Option<u16> {
    let number = match &port.target_port {
        None => port.port,
        Some(IntOrString::Int(number)) => *number,
        Some(IntOrString::String(name)) => {
            let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
            let mut ports = containers.flat_map(|one| one.ports.iter().flatten());
            ports
                .find(|one| one.name.as_ref() == Some(name))?
                .container_port
        }
    };
    u16::try_from(number).ok()
}

/// Whether nobody was reached, so that the same may be asked by another way.
fn is_unreachable(why: &(dyn std::error::Error + 'static)) -> bool {
    let mut link = Some(why);
    while let Some(error) = link {
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return error.is_connect();
        }
        if error.is::<tokio::time::error::Elapsed>() {
            return true;
        }
        link = error.source();
    }
    false
}

/// Opens connections to the end of a way.
#[derive(Clone)]
struct Way {
    cluster: Cluster,
    exit: Exit,
}

impl tower::Service<Uri> for Way {
    type Response = Stream;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Stream, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let Self { cluster, exit } = self.clone();
        Box::pin(async move {
            let (client, _) = cluster.client();
            let pods: Api<Pod> = Api::namespaced(client, &exit.namespace);
            let opened = pods.portforward(&exit.pod, &[exit.port]).await;
            let mut forward = opened.map_err(|why| refused(&why, &exit))?;
            let stream = forward.take_stream(exit.port).ok_or("it has no stream")?;
            Ok(Stream(TokioIo::new(Box::new(stream))))
        })
    }
}

/// Why the API server does not open a way, in a sentence.
fn refused(why: &kube::Error, exit: &Exit) -> String {
    let Exit { namespace, pod, .. } = exit;
    match why {
        kube::Error::Api(said) if said.code == 403 => format!(
            "you may not forward ports of pods in {namespace}; ask for `create` of `pods/portforward` there"
        ),
        other => safe(&format!("the pod {pod} is not reached: {other}")),
    }
}

/// A connection through the API server.
struct Stream(TokioIo<Box<dyn Both>>);

trait Both: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Both for T {}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn pod(ready: &str, going: bool) -> Pod {
        let mut pod = json!({
            "metadata": {"name": "minio-0"},
            "spec": {"containers": [{"name": "main", "ports": [{"name": "api", "containerPort": 9001}]}]},
            "status": {"conditions": [{"type": "Ready", "status": ready}]}
        });
        if going {
            pod["metadata"]["deletionTimestamp"] = json!("2026-11-22T02:14:00Z");
        }
        serde_json::from_value(pod).unwrap()
    }

    #[test]
    fn a_pod_that_is_ready_and_stays_is_taken() {
        assert!(is_ready(&pod("True", false)));
        assert!(!is_ready(&pod("False", false)));
        assert!(!is_ready(&pod("True", true)));
        assert!(!is_ready(&Pod::default()));
    }

    /// Source: Kubernetes, ServicePort: `targetPort` is a number or a name, and unless given the value of `port`.
    #[test]
    fn the_port_of_the_pod_is_the_services_target() {
        let ready = pod("True", false);
        for (given, found) in [
            (json!({"port": 9000}), Some(9000)),
            (json!({"port": 80, "targetPort": 9000}), Some(9000)),
            (json!({"port": 80, "targetPort": "api"}), Some(9001)),
            (json!({"port": 80, "targetPort": "web"}), None),
        ] {
            let port: ServicePort = serde_json::from_value(given.clone()).unwrap();
            assert_eq!(target(&port, &ready), found, "{given}");
        }
    }
}
