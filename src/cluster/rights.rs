//! What the server allows us: asked before anything is tried, and remembered for a moment.
//! Apart from the writes, because a menu asks the same without writing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::connect::Cluster;
use super::error::{safe, unreadable};
use super::request::Ask;
use crate::model::trouble::Trouble;

/// An answer is believed for so long: rights change.
const BELIEVED: Duration = Duration::from_secs(60);

/// Verb, resource, namespace.
type Question = (String, String, String);
/// When it was given; why not, or nothing.
type Answer = (Instant, Option<Arc<str>>);

/// Answers that were given.
#[derive(Debug, Default)]
pub(crate) struct Rights {
    known: Mutex<HashMap<Question, Answer>>,
}

impl Cluster {
    /// Why we may not do this in that namespace; `None`: we may.
    /// Source: Kubernetes API, `SelfSubjectAccessReview` of authorization.k8s.io/v1.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn refuses(
        &self,
        verb: &str,
        resource: &str,
        namespace: &str,
    ) -> Result<Option<Arc<str>>, Trouble> {
        let id = (
            verb.to_string(),
            resource.to_string(),
            namespace.to_string(),
        );
        let known = |rights: &Rights| {
            let known = rights.known.lock().unwrap_or_else(PoisonError::into_inner);
            let (at, why) = known.get(&id)?;
            (at.elapsed() < BELIEVED).then(|| why.clone())
        };
        if let Some(why) = known(self.rights()) {
            return Ok(why);
        }
        let why = self.review(verb, resource, namespace).await?;
        let mut known = (self.rights().known.lock()).unwrap_or_else(PoisonError::into_inner);
        known.insert(id, (Instant::now(), why.clone()));
        Ok(why)
    }

    async fn review(
        &self,
        verb: &str,
        resource: &str,
        namespace: &str,
    ) -> Result<Option<Arc<str>>, Trouble> {
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let (kind, sub) = resource.split_once('/').unwrap_or((resource, ""));
        let (plural, group) = kind.split_once('.').unwrap_or((kind, ""));
        let mut ask = Ask::get(
            "create",
            "selfsubjectaccessreviews.authorization.k8s.io",
            path.to_string(),
        );
        ask.method = http::Method::POST;
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": {
                "verb": verb, "group": group, "resource": plural, "subresource": sub, "namespace": namespace,
            } },
        });
        ask.body = Some(review.to_string().into_bytes());
        let body = self.read(&ask).await?;
        let answer: Value = serde_json::from_slice(&body)
            .map_err(|why| unreadable("the answer about rights", &why))?;
        if answer.pointer("/status/allowed") == Some(&Value::Bool(true)) {
            return Ok(None);
        }
        let who = self.known_as();
        let place = match namespace {
            "" => "in this cluster".to_string(),
            namespace => format!("in {namespace}"),
        };
        let reason = answer.pointer("/status/reason").and_then(Value::as_str);
        let reason = match reason.filter(|reason| !reason.is_empty()) {
            Some(reason) => format!(" ({})", safe(reason)),
            None => String::new(),
        };
        Ok(Some(
            format!("{who} may not {verb} {resource} {place}{reason}").into(),
        ))
    }
}
