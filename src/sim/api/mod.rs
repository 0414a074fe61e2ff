//! The Kubernetes API of the embedded cluster, as a tower service: the same under a client in this process and under a socket.
//! Apart from the store, which knows objects but no requests.

pub mod access;
mod body;
mod discovery;
mod list;
mod logs;
mod openapi;
mod protobuf;
mod render;
mod route;
pub mod status;
#[cfg(test)]
mod tests;
mod watch;
mod write;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use serde_json::Value;

use self::access::{Access, User};
use self::route::{Query, Target};
use self::status::Failure;
use self::write::Part;
use super::resource::Res;
use super::store::{Object, Store};

/// Any error of a body or a service.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
/// The body of every answer.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// Largest request body that is read, as the API server's default.
const MOST_BODY: usize = 3 << 20;
/// How many requests are remembered.
const MOST_SEEN: usize = 10_000;
/// Answers of at least this many bytes are compressed, as the API server does (128 KiB).
const GZIP_FROM: usize = 128 << 10;

/// One request as it came in: what a test asserts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Method.
    pub method: String,
    /// Path and query.
    pub uri: String,
    /// Body of a write, empty for reads.
    pub body: Bytes,
}

/// The API. Clones share everything.
#[derive(Clone)]
pub struct Api {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<Store>,
    access: Access,
    seen: Mutex<VecDeque<Seen>>,
}

/// One request, taken apart.
struct Call {
    store: Arc<Store>,
    user: User,
    method: Method,
    headers: HeaderMap,
    query: Query,
    body: Bytes,
}

impl Api {
    /// An API on a store that lets everybody do everything.
    pub fn new(store: Arc<Store>) -> Self {
        Self::with_access(store, Access::open())
    }

    /// An API with identities and their rights.
    pub fn with_access(store: Arc<Store>, access: Access) -> Self {
        Self {
            shared: Arc::new(Shared {
                store,
                access,
                seen: Mutex::default(),
            }),
        }
    }

    /// The store behind it.
    pub fn store(&self) -> &Arc<Store> {
        &self.shared.store
    }

    /// The requests seen so far, oldest first; at most the last 10,000.
    pub fn seen(&self) -> Vec<Seen> {
        let seen = self.shared.seen.lock();
        let seen = seen.unwrap_or_else(PoisonError::into_inner);
        seen.iter().cloned().collect()
    }

    fn remember(&self, seen: Seen) {
        let list = self.shared.seen.lock();
        let mut list = list.unwrap_or_else(PoisonError::into_inner);
        if list.len() == MOST_SEEN {
            list.pop_front();
        }
        list.push_back(seen);
    }

    async fn answer<B>(self, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body + Send,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let mut response = match self.try_answer(request).await {
            Ok(response) => response,
            Err(failure) => failure.response(),
        };
        // What time it is here is what objects are stamped with, not what the machine's clock says.
        let now = self.store().clock().timestamp();
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if let Ok(date) = date.parse() {
            response.headers_mut().insert(header::DATE, date);
        }
        response
    }

    async fn try_answer<B>(&self, request: Request<B>) -> Result<Response<Body>, Failure>
    where
        B: http_body::Body + Send,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let (parts, body) = request.into_parts();
        let body = if parts.method == Method::GET {
            Bytes::new()
        } else {
            let limited = http_body_util::Limited::new(Box::pin(body), MOST_BODY);
            match limited.collect().await {
                Ok(collected) => collected.to_bytes(),
                Err(_) => return Err(status::bad_request("the request body could not be read")),
            }
        };
        self.remember(Seen {
            method: parts.method.to_string(),
            uri: parts.uri.to_string(),
            body: body.clone(),
        });
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let target = route::target(parts.uri.path());
        let user = self.shared.access.user(&parts.headers)?;
        let verb = route::verb(&parts.method, &target, &query);
        let path = parts.uri.path();
        self.shared.access.check(&user, verb, &target, path)?;
        let yaml = render::yaml(&parts.headers);
        if let Target::Collection { res, .. } | Target::Object { res, .. } = &target
            && !res.custom()
            && !render::any_type(&parts.headers)
        {
            let list = matches!(target, Target::Collection { .. }) && parts.method == Method::GET;
            return Err(status::nothing_acceptable(list));
        }
        let call = Call {
            store: Arc::clone(&self.shared.store),
            user,
            method: parts.method,
            headers: parts.headers,
            query,
            body,
        };
        let streams = call.query.flag("watch");
        let response = self.dispatch(call, target).await?;
        if yaml && !streams {
            return Ok(as_yaml(response).await);
        }
        Ok(response)
    }

    async fn dispatch(&self, call: Call, target: Target) -> Result<Response<Body>, Failure> {
        match target {
            Target::Health => Ok(plain(StatusCode::OK, "ok")),
            Target::Unknown => Err(Failure::page_not_found()),
            Target::Missing => Err(status::no_such_resource()),
            Target::Discovery(which) => discovery::answer(&call, &which),
            Target::OpenApi(which) => openapi::answer(&call, &which),
            Target::Review(kind) => self.shared.access.review(&call, &kind),
            Target::Log { namespace, name } => logs::answer(&call, &namespace, &name).await,
            Target::Connect {
                namespace, name, ..
            } => Err(logs::connect(&call, &namespace, &name)),
            Target::NoSub { res, name, .. } => Err(status::not_found(res, &name)),
            Target::Collection { res, .. } | Target::Object { res, .. }
                if res.read_only() && call.method != Method::GET =>
            {
                Err(status::method_not_allowed())
            }
            Target::Collection { res, namespace } => match call.method {
                Method::GET if call.query.flag("watch") => {
                    watch::answer(&call, res, namespace.as_deref(), None).await
                }
                Method::GET => list::answer(&call, res, namespace.as_deref()).await,
                Method::POST => write::create(&call, res, namespace.as_deref()),
                Method::PUT | Method::PATCH if res.custom() => {
                    Err(status::bad_request("name must be provided"))
                }
                Method::DELETE => write::delete_collection(&call, res, namespace.as_deref()),
                _ => Err(status::method_not_allowed()),
            },
            Target::Status {
                res,
                namespace,
                name,
            } => {
                let namespace = namespace.as_deref().unwrap_or_default();
                let what = (res, Part::Status);
                match call.method {
                    Method::GET => list::get(&call, res, namespace, &name).await,
                    Method::PUT => write::replace(&call, what, namespace, &name),
                    Method::PATCH => write::patch(&call, what, namespace, &name),
                    _ => Err(status::not_supported(&call.method, res)),
                }
            }
            Target::Object {
                res,
                namespace,
                name,
            } => {
                let namespace = namespace.as_deref().unwrap_or_default();
                let what = (res, Part::Object);
                match call.method {
                    Method::GET if call.query.flag("watch") => {
                        watch::answer(&call, res, Some(namespace), Some(&name)).await
                    }
                    Method::GET => list::get(&call, res, namespace, &name).await,
                    Method::PUT => write::replace(&call, what, namespace, &name),
                    Method::PATCH => write::patch(&call, what, namespace, &name),
                    Method::DELETE => write::delete(&call, res, namespace, &name),
                    // What serves custom objects does not look at the name of one that is made.
                    Method::POST if res.custom() => write::create(&call, res, Some(namespace)),
                    _ => Err(status::method_not_allowed()),
                }
            }
        }
    }
}

impl<B> tower::Service<Request<B>> for Api
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let api = self.clone();
        Box::pin(async move { Ok(api.answer(request).await) })
    }
}

/// Deletes an object as a DELETE in the background does: what finalizers hold is marked, what it owned follows.
pub(super) fn delete(store: &Store, res: Res, object: &Object) {
    write::end(store, res, object);
}

fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn plain(code: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(full(text.to_owned()));
    *response.status_mut() = code;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

fn json(code: StatusCode, value: &Value) -> Response<Body> {
    json_bytes(code, value.to_string())
}

fn json_bytes(code: StatusCode, bytes: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(full(bytes));
    *response.status_mut() = code;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    response
}

/// The same answer, written as YAML where it is JSON.
async fn as_yaml(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let is_json = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json");
    if !is_json || parts.headers.contains_key(header::CONTENT_ENCODING) {
        return Response::from_parts(parts, body);
    }
    let bytes = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes);
    let bytes = bytes.unwrap_or_default();
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let text = serde_saphyr::to_string(&value).unwrap_or_default();
    parts.headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/yaml"),
    );
    Response::from_parts(parts, full(text))
}

/// A read's answer, compressed where the caller takes it and it is worth it.
fn json_maybe_gzip(call: &Call, bytes: Vec<u8>) -> Response<Body> {
    let wanted = call
        .headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("gzip"));
    if !wanted || bytes.len() < GZIP_FROM {
        return json_bytes(StatusCode::OK, bytes);
    }
    use std::io::Write as _;
    // Level 4 is what the API server uses.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(4));
    let packed = encoder.write_all(&bytes).and_then(|()| encoder.finish());
    let Ok(packed) = packed else {
        return json_bytes(StatusCode::OK, bytes);
    };
    let mut response = json_bytes(StatusCode::OK, packed);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_ENCODING,
        header::HeaderValue::from_static("gzip"),
    );
    headers.insert(
        header::VARY,
        header::HeaderValue::from_static("Accept-Encoding"),
    );
    response
}
