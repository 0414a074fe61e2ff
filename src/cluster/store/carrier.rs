//! What carries requests to stores: HTTP over the network, as the Kubernetes client has it, or a service in this process.
//! Apart from what is asked, so that a test and the demo put another world behind the same questions.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response, Uri};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::ConfigExt as _;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector as Connects, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use tokio::time::timeout;
use tower::BoxError;

use crate::cluster::connect::CONNECT;

/// Longest wait for the head of an answer.
const HEAD: Duration = Duration::from_secs(30);

/// The body of an answer.
pub type Body = BoxBody<Bytes, BoxError>;

/// Sends a request and gives the answer.
pub type Carrier = Arc<
    dyn Fn(Request<Bytes>) -> BoxFuture<'static, Result<Response<Body>, BoxError>> + Send + Sync,
>;

/// Over the network, trusting whom this machine trusts, and whoever the PEM certificates `ca` name.
///
/// # Errors
/// Where no TLS can be set up.
pub fn network(ca: Option<Vec<u8>>) -> Result<Carrier, String> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT));
    over(http, ca)
}

/// The same over connections of another kind.
///
/// # Errors
/// As [`network`].
pub(super) fn over<C>(connector: C, ca: Option<Vec<u8>>) -> Result<Carrier, String>
where
    C: tower::Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    // Fails only where a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = kube::Config::new(http::Uri::from_static("https://store.invalid"));
    if let Some(pem) = ca {
        config.root_cert = Some(certificates(&pem)?);
    }
    let https = config
        .rustls_https_connector_with_connector(connector)
        .map_err(|why| why.to_string())?;
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .build::<_, Full<Bytes>>(https);
    Ok(Arc::new(move |request| {
        let client = client.clone();
        Box::pin(async move {
            let sent = client.request(request.map(Full::new));
            let answer = timeout(HEAD, sent).await??;
            Ok(answer.map(|body| body.map_err(BoxError::from).boxed()))
        })
    }))
}

/// The certificates of a PEM text (RFC 7468), as DER.
fn certificates(pem: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    use base64::Engine as _;
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    let text = String::from_utf8_lossy(pem);
    let der = |block: &str| {
        let body = block.split("-----END").next().unwrap_or_default();
        let body: String = body.split_whitespace().collect();
        base64::engine::general_purpose::STANDARD.decode(body).ok()
    };
    let found: Option<Vec<_>> = text.split(BEGIN).skip(1).map(der).collect();
    match found {
        Some(found) if !found.is_empty() => Ok(found),
        _ => Err("the certificate in its Secret is not PEM".to_string()),
    }
}

/// Where a redirection leads: an address, or a path of the same server.
pub(super) fn joined(from: &str, to: &str) -> String {
    if to.starts_with("http://") || to.starts_with("https://") {
        return to.to_string();
    }
    let (scheme, rest) = from.split_once("://").unwrap_or(("http", from));
    if let Some(host) = to.strip_prefix("//") {
        return format!("{scheme}://{host}");
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    format!("{scheme}://{host}/{}", to.trim_start_matches('/'))
}

/// A carrier as the store's library wants it.
pub(super) struct Connector(pub(super) Carrier);

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl Connects for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Carried(self.0.clone())))
    }
}

struct Carried(Carrier);

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carried")
    }
}

#[async_trait]
impl HttpService for Carried {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let body = body.as_bytes().cloned().unwrap_or_default();
        match self.0(Request::from_parts(head, body)).await {
            Ok(answer) => Ok(answer.map(|body| {
                let lost = |why| HttpError::new_boxed(HttpErrorKind::Interrupted, why);
                HttpResponseBody::new(body.map_err(lost))
            })),
            // Not a kind that is tried again: a host that is not there is not there a second later.
            Err(why) => Err(HttpError::new_boxed(HttpErrorKind::Unknown, why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirection_leads_to_an_address_or_a_path_of_the_same_server() {
        for (to, found) in [
            ("https://b.example/y", "https://b.example/y"),
            ("/y?z", "http://a.example:8/y?z"),
            ("//b.example/y", "http://b.example/y"),
        ] {
            assert_eq!(joined("http://a.example:8/x", to), found);
        }
    }

    #[test]
    fn certificates_are_read_from_pem_and_nothing_else() {
        let pem = b"x\n-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nAw==\n-----END CERTIFICATE-----\n";
        assert_eq!(certificates(pem), Ok(vec![vec![0, 1, 2], vec![3]]));
        assert!(certificates(b"no").is_err());
    }
}
