//! The read-only guarantee: a layer under every request of a console started with `--readonly`.
//! Apart from the client, so that no code above can forget to ask it.

use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{Method, Request};
use kube::client::Body;
use tower::{BoxError, Layer, Service};

/// POSTs that only ask who we are and what we may do: they change nothing.
const QUESTIONS: [&str; 3] = [
    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
];

/// Sub-resources that act although they are asked for with GET. `portforward` is none of them: it is asked for in one
/// place, to read artifacts, and lets nothing but reads through ([`super::store`]).
const ACTING: [&str; 3] = ["exec", "attach", "proxy"];

/// Why a request was not sent.
#[derive(Debug, thiserror::Error)]
#[error("read-only: {method} {path} was not sent")]
pub struct Refused {
    /// Its method.
    pub method: Method,
    /// Its path, without the query.
    pub path: String,
}

/// Lets requests through that read, refuses all others before they leave the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOnlyLayer;

impl<S> Layer<S> for ReadOnlyLayer {
    type Service = ReadOnly<S>;

    fn layer(&self, inner: S) -> ReadOnly<S> {
        ReadOnly { inner }
    }
}

/// The service of [`ReadOnlyLayer`].
#[derive(Clone, Debug)]
pub struct ReadOnly<S> {
    inner: S,
}

impl<S> Service<Request<Body>> for ReadOnly<S>
where
    S: Service<Request<Body>>,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    S::Response: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if !reads(request.method(), request.uri().path()) {
            let refused = Refused {
                method: request.method().clone(),
                path: request.uri().path().to_string(),
            };
            return Box::pin(async move { Err(refused.into()) });
        }
        let answer = self.inner.call(request);
        Box::pin(async move { answer.await.map_err(Into::into) })
    }
}

/// Whether a request only reads.
pub fn reads(method: &Method, path: &str) -> bool {
    match *method {
        Method::GET | Method::HEAD => !acts(path),
        Method::POST => QUESTIONS.contains(&path),
        _ => false,
    }
}

/// Whether a path asks for an acting sub-resource. Paths are `/api/v1/…` and `/apis/GROUP/VERSION/…`, then
/// `[namespaces/NS/]PLURAL/NAME/SUB`; a namespace or an object may bear the name of a sub-resource.
/// Source: Kubernetes, `RequestInfoFactory.NewRequestInfo`, which looks at the decoded path.
fn acts(path: &str) -> bool {
    let path = decoded(path);
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let group = match parts.next() {
        Some("api") => 1,
        Some("apis") => 2,
        // Not of the API: versions, health, schemas.
        _ => return false,
    };
    let rest: Vec<&str> = parts.skip(group).collect();
    // A relative segment makes another path of it on its way.
    if rest.iter().any(|part| matches!(*part, "." | "..")) {
        return true;
    }
    let own = match rest.as_slice() {
        ["namespaces", _, own @ ..] if own.len() > 1 => own,
        all => all,
    };
    // Before Kubernetes 1.10 a verb could stand in front of everything.
    rest.first() == Some(&"proxy") || own.get(2).is_some_and(|sub| ACTING.contains(sub))
}

/// A path as the server sees it: percent-encoding undone (RFC 3986).
fn decoded(path: &str) -> String {
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let mut digit = || ahead.next().and_then(|b| char::from(b).to_digit(16));
        match (byte, digit(), digit()) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(byte));
                bytes = ahead;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cluster::Cluster;
    use crate::cluster::request::Ask;
    use crate::cluster::testing::Server;
    use crate::model::trouble::Trouble;

    #[tokio::test]
    async fn a_guarded_service_in_the_process_cannot_be_written_to() {
        for readonly in [true, false] {
            let server = Server::new();
            server.put("exec", "proxy", "Running");
            let cluster = Cluster::guarded(server.clone(), "test", readonly);
            assert_eq!(&*cluster.probe().await.unwrap().version, "v1.36.2");
            let path = "/apis/argoproj.io/v1alpha1/namespaces/exec/workflows/proxy";
            let mut ask = Ask::get("get", "workflows.argoproj.io", path.to_string());
            assert!(cluster.open(&ask).await.is_ok());
            ask.method = Method::DELETE;
            let answer = cluster.open(&ask).await;
            assert_eq!(
                matches!(answer, Err(Trouble::ReadOnly { .. })),
                readonly,
                "{answer:?}"
            );
            let sent = server.requests().iter().any(|r| r.starts_with("DELETE"));
            assert_eq!(sent, !readonly);
        }
    }

    #[test]
    fn sub_resources_that_act_are_refused() {
        for path in [
            "/api/v1/namespaces/n/pods/p/exec",
            "/api/v1/namespaces/n/pods/p/attach",
            "/api/v1/namespaces/n/pods/p/proxy/metrics",
            "/api/v1/namespaces/n/services/s/proxy",
            "/api/v1/nodes/n1/proxy/run",
            "/api/v1/proxy/namespaces/n/pods/p",
            "/apis/example.io/v1/namespaces/n/things/t/exec",
            "/api//v1/namespaces/n/pods/p//exec",
            "/api/v1/namespaces/n/pods/p/%65xec",
            "/api/v1/namespaces/n/pods/p%2Fexec",
            "/api/v1/namespaces/n/pods/p/log/../exec",
        ] {
            assert!(!reads(&Method::GET, path), "{path}");
        }
    }

    #[test]
    fn what_only_bears_the_name_of_a_sub_resource_is_read() {
        for path in [
            "/version",
            "/api/v1/namespaces/proxy",
            "/api/v1/namespaces/proxy/pods",
            "/api/v1/namespaces/exec/pods/attach/log",
            "/api/v1/namespaces/n/pods/exec",
            "/api/v1/namespaces/n/pods/p/portforward?ports=9000",
            "/apis/argoproj.io/v1alpha1/namespaces/attach/workflows",
            "/apis/argoproj.io/v1alpha1/namespaces/proxy/workflows/exec",
            "/api/v1/namespaces/n/pods/100%/log",
        ] {
            assert!(reads(&Method::GET, path), "{path}");
        }
    }
}
