//! What is asked and what is answered, as values.
//! Apart from the cluster that is asked.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::site::Who;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub code: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    pub ns: String,
}

/// What is asked.
pub struct Ask {
    pub method: &'static str,
    pub uri: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
    pub who: Who,
}

pub fn ask(method: &'static str, uri: impl Into<String>) -> Ask {
    Ask {
        method,
        uri: uri.into(),
        headers: Vec::new(),
        body: Bytes::new(),
        who: Who::Admin,
    }
}

impl Ask {
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn accept(self, kind: &str) -> Self {
        self.header("accept", kind)
    }

    /// A body of text, with its type.
    pub fn text(mut self, kind: &str, body: &str) -> Self {
        self.body = Bytes::from(body.to_owned());
        self.header("content-type", kind)
    }

    pub fn body(self, kind: &str, body: &Value) -> Self {
        self.text(kind, &body.to_string())
    }

    pub fn who(mut self, who: Who) -> Self {
        self.who = who;
        self
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The answer, if it has this code; otherwise the case has failed.
    pub fn expect(self, code: u16) -> Self {
        assert_eq!(self.code, code, "{}", self.text());
        self
    }

    /// The object without what differs from cluster to cluster.
    pub fn object(self, code: u16) -> Value {
        bare(&self.expect(code).json(), "")
    }

    /// It is this failure, all of it. `NS` stands for the namespace.
    #[track_caller]
    pub fn refused(&self, code: u16, reason: &str, message: &str, details: Value) {
        let text = message.replace("NS", &self.ns);
        let mut wanted = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": text});
        if !reason.is_empty() {
            wanted["reason"] = reason.into();
        }
        if !details.is_null() {
            wanted["details"] = details;
        }
        wanted["code"] = code.into();
        assert_eq!(self.json(), wanted);
        assert_eq!(self.code, code);
    }

    /// It is 422 with just these causes (reason, field, message), in any order.
    #[track_caller]
    pub fn invalid(&self, causes: &[(&str, &str, &str)]) {
        assert_eq!(self.code, 422, "{}", self.text());
        let status = self.json();
        assert_eq!(status["reason"], "Invalid");
        let mut found: Vec<_> = status["details"]["causes"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|c| ["reason", "field", "message"].map(|key| c[key].as_str().unwrap().to_owned()))
            .collect();
        found.sort();
        let mut wanted: Vec<_> = causes
            .iter()
            .map(|(reason, field, message)| [*reason, *field, *message].map(str::to_owned))
            .collect();
        wanted.sort();
        assert_eq!(found, wanted, "{status}");
    }

    /// The warnings, without their code.
    pub fn warnings(&self) -> Vec<String> {
        let all = self.headers.get_all("warning").iter();
        all.map(|value| {
            let text = value.to_str().unwrap().strip_prefix("299 - ").unwrap();
            serde_json::from_str(text).unwrap()
        })
        .collect()
    }
}

/// An object or answer without uids, versions, times and field owners, with `NS` for a namespace.
pub fn bare(value: &Value, ns: &str) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| {
                !matches!(
                    key.as_str(),
                    "uid" | "resourceVersion" | "creationTimestamp" | "managedFields" | "time"
                )
            })
            .map(|(key, value)| (key.clone(), bare(value, ns)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(|item| bare(item, ns)).collect(),
        Value::String(text) if !ns.is_empty() => text.replace(ns, "NS").into(),
        other => other.clone(),
    }
}
