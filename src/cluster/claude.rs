//! The client of the Messages API: one question, one answer, tried again only where nothing was begun.
//! Apart from what is asked and how an answer is read (`wire::claude`); beside the stores, whose way over the network it shares.
//!
//! The key is held by what cannot be printed, goes into one header of one server, and is cut out of whatever that server says.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use http::{HeaderValue, Method, Request};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};
use tower::BoxError;

use super::connect::Cluster;
use super::request::{Ask, query};
use super::run::CORE;
use super::store::carrier::{Body, Carrier};
use super::store::keys;
use crate::model::claude::{Endpoint, SecretField};
use crate::model::mask::mask;
use crate::model::text::clean_message;
use crate::model::trouble::Trouble;
use crate::wire::claude::{Message, Snag, VERSION, refused};

/// How often it is tried again.
const AGAIN: u32 = 3;
/// The first wait before that; each is twice the one before.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest body of an error that is read.
const ERROR: usize = 64 << 10;

/// What stands where a key would.
const HIDDEN: &str = "••••••";
/// Shortest begin of a key that is taken for one.
const BEGIN: usize = 4;

/// A key of the API. There is no way to print it.
pub struct Key(HeaderValue);

impl Key {
    /// A key as it was given, without blanks around it; nothing where it cannot be one.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut value = HeaderValue::from_str(text)
            .ok()
            .filter(|_| !text.is_empty())?;
        value.set_sensitive(true);
        Some(Self(value))
    }

    /// A text without it, and without the begin of it where the text was cut off there.
    fn out_of(&self, text: &str) -> String {
        let Ok(key) = self.0.to_str() else {
            return HIDDEN.to_owned();
        };
        let whole = text.replace(key, HIDDEN);
        let begun = (BEGIN..key.len())
            .rev()
            .find(|end| whole.ends_with(&key[..*end]));
        match begun {
            Some(end) => format!("{}{HIDDEN}", &whole[..whole.len() - end]),
            None => whole,
        }
    }

    /// A text has it.
    fn is_in(&self, text: &str) -> bool {
        self.0.to_str().is_ok_and(|key| text.contains(key))
    }
}

impl Cluster {
    /// A key from a Secret of this cluster; nothing where the Secret has no such field.
    ///
    /// # Errors
    /// Where the Secret cannot be read.
    pub async fn claude_key(&self, field: &SecretField) -> Result<Option<Key>, Trouble> {
        let SecretField {
            namespace,
            name,
            key,
        } = field;
        let path = format!(
            "{CORE}/namespaces/{}/secrets/{}",
            query(namespace),
            query(name)
        );
        let ask = Ask::get("get", "secrets", path)
            .within(Some(&Arc::from(&**namespace)))
            .named(&Arc::from(&**name));
        let fields = keys::fields(&self.read(&ask).await?).unwrap_or_default();
        let text = fields
            .get(key)
            .and_then(|bytes| std::str::from_utf8(bytes).ok());
        Ok(text.and_then(Key::of))
    }
}

/// Who is asked, with whose key, and how long.
pub struct Claude {
    carrier: Carrier,
    endpoint: Endpoint,
    key: Key,
    patience: Duration,
}

impl Claude {
    /// One that asks there; `patience` is for all of a question, whatever is tried again.
    pub fn new(carrier: Carrier, endpoint: Endpoint, key: Key, patience: Duration) -> Self {
        Self {
            carrier,
            endpoint,
            key,
            patience,
        }
    }

    /// Asks, and gives the input of the tool that was to be called.
    ///
    /// # Errors
    /// Why there is none. No text of it has the key.
    pub async fn ask(&self, body: &Value) -> Result<Value, Snag> {
        let body = Bytes::from(body.to_string());
        let until = Instant::now() + self.patience;
        let mut pause = PAUSE;
        for left in (0..=AGAIN).rev() {
            let tried = timeout_at(until, self.once(&body)).await;
            let snag = match tried {
                Ok(Ok(input)) if self.key.is_in(&input.to_string()) => {
                    Snag::Odd("it repeats the key".to_owned())
                }
                Ok(Ok(input)) => return Ok(input),
                Ok(Err(snag)) => snag,
                Err(_) => Snag::Timeout(self.patience),
            };
            let wait = match &snag {
                Snag::Said {
                    wait: Some(wait), ..
                } => *wait,
                _ => pause,
            };
            // Who asks for more time than there is gets no second question: it would end in a time-out that explains less.
            if left == 0 || !snag.passes() || Instant::now() + wait >= until {
                return Err(self.without_key(snag));
            }
            sleep(wait).await;
            pause *= 2;
        }
        Err(Snag::Silent)
    }

    async fn once(&self, body: &Bytes) -> Result<Value, Snag> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.endpoint.messages())
            .header(CONTENT_TYPE, "application/json")
            .header("accept", "text/event-stream")
            .header("anthropic-version", VERSION)
            .header("user-agent", concat!("tiphys/", env!("CARGO_PKG_VERSION")))
            .header("x-api-key", self.key.0.clone())
            .body(body.clone())
            .map_err(|why| Snag::Odd(why.to_string()))?;
        let answer = (self.carrier)(request)
            .await
            .map_err(|why| self.lost(&why))?;
        let (head, body) = answer.into_parts();
        match head.status.as_u16() {
            300..400 => Err(Snag::Elsewhere(head.status.as_u16())),
            200 if is_stream(&head.headers) => read(body).await,
            200 => Err(Snag::Odd("it is no event stream".to_owned())),
            status => Err(refused(status, wait(&head.headers), &some(body).await)),
        }
    }

    /// No head of an answer came. One that was waited for in vain may have been begun: it is not asked for again.
    fn lost(&self, why: &BoxError) -> Snag {
        match why.is::<tokio::time::error::Elapsed>() {
            true => Snag::Timeout(self.patience),
            false => Snag::Unreachable(told(why.as_ref())),
        }
    }

    /// What a server says may repeat the key.
    fn without_key(&self, snag: Snag) -> Snag {
        let out = |text: String| self.key.out_of(&text);
        match snag {
            Snag::Said {
                status,
                kind,
                message,
                request,
                wait,
            } => Snag::Said {
                status,
                kind: out(kind),
                message: out(message),
                request: request.map(out),
                wait,
            },
            Snag::Unreachable(why) => Snag::Unreachable(out(why)),
            Snag::Interrupted(why) => Snag::Interrupted(out(why)),
            Snag::Odd(why) => Snag::Odd(out(why)),
            other => other,
        }
    }
}

/// An error and what it came of, in a line.
fn told(why: &dyn std::error::Error) -> String {
    let mut text = why.to_string();
    let mut source = why.source();
    while let Some(why) = source {
        text.push_str(&format!(": {why}"));
        source = why.source();
    }
    clean_message(&mask(&text)).into_owned()
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

/// `retry-after` in seconds; a date is not understood, and then waited for as for nothing said.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let said = headers.get(RETRY_AFTER)?.to_str().ok()?;
    Some(Duration::from_secs(said.trim().parse().ok()?))
}

async fn read(mut body: Body) -> Result<Value, Snag> {
    let mut message = Message::default();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|why| Snag::Interrupted(told(why.as_ref())))?;
        if let Some(bytes) = frame.data_ref()
            && message.feed(bytes)?
        {
            break;
        }
    }
    message.input()
}

/// The begin of a body; what cannot be read of an error says no more about it.
async fn some(mut body: Body) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        bytes.extend(frame.into_data().unwrap_or_default());
        if bytes.len() > ERROR {
            break;
        }
    }
    bytes.truncate(ERROR);
    bytes
}

#[cfg(test)]
#[path = "claude_tests.rs"]
mod tests;
