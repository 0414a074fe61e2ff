//! `Status`, the answer of an API server that refuses or fails.
//! Apart from what is made of it, so that watches, lists and single requests read it the same way.

use std::borrow::Cow;

use serde::Deserialize;

use super::lax::{Number, Text};
use super::nest::{List, Obj};
use crate::model::text::{clean, clean_message};

/// A failure as the server words it, cleaned. Source: Kubernetes `meta/v1` Status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// HTTP status code; 0 where it is not told.
    pub code: u16,
    /// `Forbidden`, `Expired`, `NotFound` …
    pub reason: String,
    /// The server's sentence.
    pub message: String,
    /// `details.name`, the object it is about.
    pub name: Option<String>,
    /// `details.kind` with its group: `workflows.argoproj.io`.
    pub kind: Option<String>,
    /// `details.retryAfterSeconds`.
    pub retry_after: Option<u64>,
    /// `details.causes`, each `field: message`; the API server's note that other rules were not checked is left out.
    pub causes: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StatusWire<'a> {
    #[serde(borrow)]
    kind: Text<'a>,
    code: Number,
    #[serde(borrow)]
    reason: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    details: Obj<Details<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    group: Text<'a>,
    #[serde(borrow)]
    kind: Text<'a>,
    retry_after_seconds: Number,
    #[serde(borrow)]
    causes: List<CauseWire<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CauseWire<'a> {
    #[serde(borrow)]
    field: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
}

/// Reads a Status; `None` where the bytes are something else.
pub fn status(body: &[u8]) -> Option<Status> {
    let wire: StatusWire<'_> = serde_json::from_slice(body).ok()?;
    if wire.kind.get() != Some("Status") {
        return None;
    }
    let mut status = Status {
        code: wire
            .code
            .get()
            .and_then(|code| code.try_into().ok())
            .unwrap_or(0),
        reason: clean(wire.reason.or_empty()).into_owned(),
        message: clean_message(&without_echo(wire.message.or_empty())).into_owned(),
        ..Status::default()
    };
    if let Some(details) = wire.details.get() {
        status.name = details.name.filled().map(|name| clean(name).into_owned());
        status.kind = kind(details);
        status.retry_after = details.retry_after_seconds.get();
        status.causes = details.causes.get().iter().filter_map(cause).collect();
    }
    Some(status)
}

fn kind(details: &Details<'_>) -> Option<String> {
    let kind = clean(details.kind.filled()?);
    Some(match details.group.filled() {
        Some(group) => format!("{kind}.{}", clean(group)),
        None => kind.into_owned(),
    })
}

/// A refusal of a JSON patch that repeats the whole object it would have made, with all that is secret in it, without that.
fn without_echo(message: &str) -> Cow<'_, str> {
    const BEFORE: &str = "patch: Invalid value: \"";
    let Some(at) = message.find(BEFORE) else {
        return Cow::Borrowed(message);
    };
    let (head, rest) = (&message[..at], &message[at + BEFORE.len()..]);
    Cow::Owned(format!("{head}{}", behind(rest)))
}

/// What follows a quoted text and a colon.
fn behind(quoted: &str) -> &str {
    let mut escaped = false;
    let end = quoted.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    let rest = end.map_or("", |end| &quoted[end + 1..]);
    rest.trim_start_matches(": ")
}

fn cause(wire: &CauseWire<'_>) -> Option<String> {
    let message = wire.message.filled()?;
    if wire.field.filled() == Some("patch")
        && let Some(quoted) = message.strip_prefix("Invalid value: \"")
    {
        return Some(clean_message(behind(quoted)).into_owned());
    }
    let message = clean_message(message).into_owned();
    match wire.field.filled() {
        Some("<nil>") => None,
        Some(field) => Some(format!("{}: {message}", clean(field))),
        None => Some(message),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_status_gives_reason_object_and_causes() {
        let status = status(
            br#"{"kind":"Status","code":422,"reason":"Invalid","message":"bad\u001b[2J","details":{"name":"x","group":"argoproj.io",
            "kind":"workflows","retryAfterSeconds":"3","causes":[{"field":"spec.a","message":"wrong"},{"field":"<nil>","message":"not checked"}]}}"#,
        )
        .unwrap();
        assert_eq!(status.code, 422);
        assert_eq!(status.message, "bad␛[2J");
        assert_eq!(status.kind.as_deref(), Some("workflows.argoproj.io"));
        assert_eq!(status.retry_after, Some(3));
        assert_eq!(status.causes, ["spec.a: wrong"]);
    }

    #[test]
    fn a_refused_patch_does_not_repeat_the_object() {
        let said = r#"Invalid value: "{\"token\":\"hunter2 \\\"x\"}": strict decoding error: unknown field "spec.a""#;
        let body = serde_json::json!({"kind": "Status", "code": 422, "reason": "Invalid",
            "message": format!("\"\" is invalid: patch: {said}"),
            "details": {"causes": [{"field": "patch", "message": said}]}});
        let status = status(body.to_string().as_bytes()).unwrap();
        let why = "strict decoding error: unknown field \"spec.a\"";
        assert_eq!(status.causes, [why]);
        assert_eq!(status.message, format!("\"\" is invalid: {why}"));
    }

    #[test]
    fn anything_else_is_no_status() {
        assert_eq!(status(b"404 page not found\n"), None);
        assert_eq!(status(br#"{"kind":"Table"}"#), None);
        assert_eq!(status(b""), None);
    }
}
