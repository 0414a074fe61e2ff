//! The store of the embedded cluster's artifacts as a server: reads of one bucket, shaped as S3 shapes them.
//! Apart from the Kubernetes API, which knows nothing of it but the Secret with its keys.
//!
//! Source: Amazon S3 API reference: GetObject, HeadObject, ListObjectsV2, error responses.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};

use super::api::BoxError;
use super::store::Store;

/// Its address inside the embedded cluster.
pub const ENDPOINT: &str = "artifacts.argo.svc:9000";
/// Its one bucket.
pub const BUCKET: &str = "qa-artifacts";
/// The Secret with its keys, in each namespace of runs.
pub const SECRET: &str = "artifact-store";
/// Its access key. It protects nothing.
pub const ACCESS: &str = "demo-reader";

/// Sends a request to it and gives the answer.
pub type Service = Arc<
    dyn Fn(Request<Bytes>) -> BoxFuture<'static, Result<Response<Body>, BoxError>> + Send + Sync,
>;

/// The body of an answer.
pub type Body = BoxBody<Bytes, BoxError>;

/// As `status.artifactRepositoryRef` has it.
pub fn repository(endpoint: &str) -> Value {
    let key = |key: &str| json!({"name": SECRET, "key": key});
    json!({"default": true, "artifactRepository": {"archiveLogs": true, "s3": {
        "endpoint": endpoint, "bucket": BUCKET, "insecure": true, "region": "us-east-1",
        "accessKeySecret": key("accesskey"), "secretKeySecret": key("secretkey"),
    }}})
}

/// The Secret with its keys.
pub fn secret(namespace: &str, uid: &str, since: &str) -> Value {
    json!({
        "metadata": {"name": SECRET, "namespace": namespace, "uid": uid, "creationTimestamp": since},
        "type": "Opaque",
        // Base64 of `demo-reader` and `demo-secret`.
        "data": {"accesskey": "ZGVtby1yZWFkZXI=", "secretkey": "ZGVtby1zZWNyZXQ="},
    })
}

/// The server in front of what is kept.
pub fn service(store: Arc<Store>, endpoint: &str) -> Service {
    let host = endpoint.split(':').next().unwrap_or_default().to_string();
    Arc::new(move |request| {
        let answer = answer(&store, &host, &request);
        Box::pin(async move { Ok(answer) })
    })
}

fn answer(store: &Store, host: &str, request: &Request<Bytes>) -> Response<Body> {
    // A server knows itself by whatever name it is asked; inside the process nobody else answers for other names.
    if request.uri().host().is_some_and(|asked| asked != host) {
        return refusal(
            StatusCode::BAD_GATEWAY,
            "NoSuchHost",
            "there is no such host in the embedded cluster",
        );
    }
    let signed = request.headers().get(header::AUTHORIZATION);
    let signed = signed
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !signed.starts_with(&format!("AWS4-HMAC-SHA256 Credential={ACCESS}/")) {
        return refusal(
            StatusCode::FORBIDDEN,
            "InvalidAccessKeyId",
            "The access key ID you provided does not exist in our records.",
        );
    }
    let path = decoded(request.uri().path());
    let path = path.trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    if bucket != BUCKET {
        return refusal(
            StatusCode::NOT_FOUND,
            "NoSuchBucket",
            "The specified bucket does not exist",
        );
    }
    match (request.method(), key) {
        (&Method::GET, "") => list(store, request.uri().query().unwrap_or_default()),
        (&Method::GET | &Method::HEAD, key) => match store.objects.read(key) {
            Some(bytes) => object(request, bytes),
            None => refusal(
                StatusCode::NOT_FOUND,
                "NoSuchKey",
                "The specified key does not exist.",
            ),
        },
        _ => refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        ),
    }
}

fn object(request: &Request<Bytes>, bytes: Vec<u8>) -> Response<Body> {
    let total = bytes.len();
    let range = request.headers().get(header::RANGE);
    let range = range.and_then(|value| span(value.to_str().ok()?, total));
    let mut answer = Response::builder()
        .header(header::ETAG, format!("\"{:x}\"", total))
        .header(header::LAST_MODIFIED, "Sun, 22 Nov 2026 02:14:00 GMT");
    let (from, to) = range.unwrap_or((0, total));
    if range.is_some() {
        let of = format!("bytes {from}-{}/{total}", to.saturating_sub(1));
        answer = answer
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, of);
    }
    answer = answer.header(header::CONTENT_LENGTH, to - from);
    let body = match *request.method() {
        Method::HEAD => Bytes::new(),
        _ => Bytes::from(bytes).slice(from..to),
    };
    finished(answer, body)
}

/// `bytes=5-`, `bytes=5-9`, `bytes=-5` of so many bytes (RFC 9110 14.1.2).
fn span(text: &str, total: usize) -> Option<(usize, usize)> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    let found = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) => (from, to.saturating_add(1).min(total)),
        (Ok(from), Err(_)) => (from, total),
        (Err(_), Ok(last)) => (total.saturating_sub(last), total),
        _ => return None,
    };
    (found.0 <= found.1).then_some(found)
}

fn list(store: &Store, query: &str) -> Response<Body> {
    let prefix = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("prefix="));
    let prefix = decoded(&prefix.unwrap_or_default().replace('+', " "));
    let mut xml =
        format!("<ListBucketResult><Name>{BUCKET}</Name><IsTruncated>false</IsTruncated>");
    for (key, size) in store.objects.list(&prefix) {
        let key = escaped(&key);
        xml += &format!(
            "<Contents><Key>{key}</Key><LastModified>2026-11-22T02:14:00.000Z</LastModified><ETag>\"0\"</ETag><Size>{size}</Size></Contents>"
        );
    }
    xml += "</ListBucketResult>";
    finished(
        Response::builder().header(header::CONTENT_TYPE, "application/xml"),
        xml.into(),
    )
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    let xml = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let answer = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/xml");
    finished(answer, xml.into())
}

fn finished(answer: http::response::Builder, body: Bytes) -> Response<Body> {
    let body = Full::new(body).map_err(|never| match never {}).boxed();
    // Every header above is a constant or a number.
    answer.body(body).unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Percent-encoding undone (RFC 3986 2.1).
fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let pair = tail.get(..2).filter(|_| *first == b'%');
        let byte = pair
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_what_is_there() {
        for (text, found) in [
            ("bytes=2-", Some((2, 10))),
            ("bytes=2-4", Some((2, 5))),
            ("bytes=2-99", Some((2, 10))),
            ("bytes=-3", Some((7, 10))),
            ("bytes=11-", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(span(text, 10), found, "{text}");
        }
    }

    #[test]
    fn percent_encoding_is_undone_once() {
        assert_eq!(decoded("a%20b%2Fc%2520%"), "a b/c%20%");
    }
}
