//! One request and its answer: bounded in time and size, decompressed, refusals turned into [`Trouble`].
//! Apart from what is asked, so that every question of the program keeps the same limits.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use kube::client::Body;
use tokio::time::timeout;

use super::connect::Cluster;
use super::error;
use crate::model::trouble::Trouble;

/// Longest wait for the head of an answer, in seconds.
const HEAD: u64 = 30;
/// Longest silence inside the body of an answer that is not a stream, in seconds.
const SILENCE: u64 = 30;
/// Largest answer, before and after decompression, in bytes: a page of 50 workflows of the largest size etcd takes, and room.
const LARGEST: usize = 512 << 20;
/// Largest refusal read, in bytes: that of a JSON patch repeats the whole object, quoted, twice.
const LARGEST_REFUSAL: usize = 8 << 20;
/// Bodies above this are decompressed and decoded off the async threads.
pub(crate) const HEAVY: usize = 128 << 10;

/// `Accept` of plain objects.
pub(crate) const JSON: &str = "application/json";

/// One question: where, how, and how to name it when it is refused.
#[derive(Clone, Debug)]
pub struct Ask {
    /// GET, but for the reviews.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// `Accept`.
    pub accept: &'static str,
    /// What is sent with it, as JSON.
    pub body: Option<Vec<u8>>,
    /// `Content-Type` of that.
    pub content: &'static str,
    /// list, watch, get: for the sentence when it is forbidden.
    pub verb: &'static str,
    /// Plural name with group.
    pub resource: &'static str,
    /// Namespace, `None` for all.
    pub namespace: Option<Arc<str>>,
    /// Object, where it is about one.
    pub name: Option<Arc<str>>,
    /// Ask for gzip: lists gain 10 to 25 times; streams must stay plain (Kubernetes ≥ 1.37 gzips each event as a member of its own).
    pub gzip: bool,
    /// Longest wait for the head of the answer.
    pub limit: Duration,
}

impl Ask {
    /// A GET that is answered with a compressed body.
    pub fn get(verb: &'static str, resource: &'static str, path: String) -> Self {
        Self {
            method: Method::GET,
            path,
            accept: JSON,
            body: None,
            content: JSON,
            verb,
            resource,
            namespace: None,
            name: None,
            gzip: true,
            limit: Duration::from_secs(HEAD),
        }
    }

    /// The same, for this namespace.
    #[must_use]
    pub fn within(mut self, namespace: Option<&Arc<str>>) -> Self {
        self.namespace = namespace.cloned();
        self
    }

    /// The same, for this object.
    #[must_use]
    pub fn named(mut self, name: &Arc<str>) -> Self {
        self.name = Some(name.clone());
        self
    }

    /// The same, for a stream: never compressed.
    #[must_use]
    pub fn stream(mut self) -> Self {
        self.gzip = false;
        self
    }

    fn request(&self) -> Result<Request<Body>, Trouble> {
        let encoding = if self.gzip { "gzip" } else { "identity" };
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.path)
            .header(ACCEPT, self.accept)
            .header(ACCEPT_ENCODING, encoding);
        if self.body.is_some() {
            request = request.header(CONTENT_TYPE, self.content);
        }
        let body = match &self.body {
            Some(body) => Body::from(body.clone()),
            None => Body::empty(),
        };
        request.body(body).map_err(|error| Trouble::Invalid {
            causes: vec![error::safe(&error.to_string())],
        })
    }

    /// What is asked, for a sentence about time that ran out.
    pub fn sentence(&self) -> String {
        match (&self.namespace, &self.name) {
            (Some(ns), Some(name)) => format!("{} {} {ns}/{name}", self.verb, self.resource),
            (Some(ns), None) => format!("{} {} in {ns}", self.verb, self.resource),
            (None, Some(name)) => format!("{} {} {name}", self.verb, self.resource),
            (None, None) => format!("{} {}", self.verb, self.resource),
        }
    }

    fn late(&self, seconds: u64) -> Trouble {
        Trouble::Timeout {
            what: self.sentence(),
            seconds,
        }
    }
}

impl Cluster {
    /// Sends a question and gives the answer whose head says success; the body is still to be read.
    /// On 401 the client is built anew once and the question sent again: a refused one has changed nothing.
    ///
    /// # Errors
    /// As the server or the network says.
    pub async fn open(&self, ask: &Ask) -> Result<Response<Body>, Trouble> {
        let (client, generation) = self.client();
        let mut answer = self.send(&client, ask).await?;
        if answer.status() == StatusCode::UNAUTHORIZED
            && let Some(client) = self.renew(generation).await?
        {
            answer = self.send(&client, ask).await?;
        }
        if answer.status().is_success() {
            return Ok(answer);
        }
        let code = answer.status();
        let wait = answer
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let gzip = is_gzip(&answer);
        let said = collect(answer, LARGEST_REFUSAL, ask)
            .await
            .unwrap_or_default();
        let said = if gzip {
            inflate(&said, LARGEST_REFUSAL).unwrap_or_default()
        } else {
            said
        };
        Err(error::refusal(code, wait, &said, ask))
    }

    async fn send(&self, client: &kube::Client, ask: &Ask) -> Result<Response<Body>, Trouble> {
        let sent = timeout(ask.limit, client.send(ask.request()?)).await;
        match sent {
            Ok(Ok(answer)) => {
                self.daytime().hear(answer.headers());
                Ok(answer)
            }
            Ok(Err(error)) => Err(error::no_answer(&error, self.server())),
            Err(_) => Err(ask.late(ask.limit.as_secs())),
        }
    }

    /// Asks and reads the whole answer, decompressed.
    ///
    /// # Errors
    /// As [`Cluster::open`], and when the body breaks off, is silent for 30 s, or is larger than 512 MiB.
    pub async fn read(&self, ask: &Ask) -> Result<Bytes, Trouble> {
        let answer = self.open(ask).await?;
        self.body(answer, ask).await
    }

    /// Reads the body of an answer that was opened.
    ///
    /// # Errors
    /// As [`Cluster::read`].
    pub async fn body(&self, answer: Response<Body>, ask: &Ask) -> Result<Bytes, Trouble> {
        let gzip = is_gzip(&answer);
        let body = collect(answer, LARGEST, ask).await?;
        if !gzip {
            return Ok(body);
        }
        offload(body.len(), move || inflate(&body, LARGEST))
            .await?
            .map_err(|why| error::unreadable("the compressed answer", &why))
    }
}

/// Runs work on the blocking threads where it is heavy, here where it is not.
pub(crate) async fn offload<T: Send + 'static>(
    weight: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Trouble> {
    if weight < HEAVY {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Trouble::Server {
            detail: format!("the answer could not be decoded: {error}"),
        })
}

fn is_gzip(answer: &Response<Body>) -> bool {
    answer
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"gzip"))
}

async fn collect(answer: Response<Body>, largest: usize, ask: &Ask) -> Result<Bytes, Trouble> {
    let mut body = answer.into_body();
    let mut whole = BytesMut::new();
    loop {
        let frame = timeout(Duration::from_secs(SILENCE), body.frame())
            .await
            .map_err(|_| ask.late(SILENCE))?;
        let Some(frame) = frame else {
            return Ok(whole.freeze());
        };
        let frame = frame.map_err(|why| Trouble::Server {
            detail: error::safe(&format!("the answer broke off: {why}")),
        })?;
        if let Ok(data) = frame.into_data() {
            if whole.len() + data.len() > largest {
                return Err(Trouble::Server {
                    detail: format!(
                        "the answer to {} is larger than {largest} bytes",
                        ask.sentence()
                    ),
                });
            }
            whole.extend_from_slice(&data);
        }
    }
}

fn inflate(body: &[u8], largest: usize) -> std::io::Result<Bytes> {
    let told = size_told(body).min(largest);
    let room = if told < HEAVY { told } else { told.max(APART) };
    let mut plain = Vec::with_capacity(room);
    let limit = largest as u64 + 1;
    flate2::read::MultiGzDecoder::new(body)
        .take(limit)
        .read_to_end(&mut plain)?;
    if plain.len() > largest {
        return Err(std::io::Error::other("it is larger than the limit"));
    }
    Ok(plain.into())
}

/// A buffer of a page is asked for larger than this: glibc then maps it by itself and gives it back whole. One of a few
/// megabytes it would take as a sign to keep such sizes from then on, in holes between what stays. Only what is written to
/// is memory. Source: mallopt(3), `M_MMAP_THRESHOLD`, whose upper bound is 32 MiB.
const APART: usize = (32 << 20) + 1;

/// The plain size that gzip tells at its end (RFC 1952, ISIZE), as far as so few bytes can hold so much: pages are
/// megabytes, and a buffer that grows leaves as much again behind it.
fn size_told(body: &[u8]) -> usize {
    // Deflate's best ratio, zlib's technical notes: https://zlib.net/zlib_tech.html
    let most = body.len().saturating_mul(1032);
    body.last_chunk()
        .map_or(0, |told| u32::from_le_bytes(*told) as usize)
        .min(most)
}

/// A value as it stands in a query. Source: RFC 3986 §2.3, unreserved characters stay.
pub(crate) fn query(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
