//! Failures in the words of the API server: `Status` objects and the one plain text.
//! Apart, because the wording is the contract: clients branch on it.

mod conflict;
mod invalid;

use http::{Response, StatusCode, header};
use serde_json::{Map, Value, json};

use super::super::resource::Res;
use super::{Body, json, plain};

pub use conflict::*;
pub use invalid::*;

/// A refused request.
#[derive(Debug)]
pub struct Failure(Box<Refusal>);

#[derive(Debug)]
struct Refusal {
    code: u16,
    reason: &'static str,
    message: String,
    details: Option<Value>,
    resume: Option<String>,
    /// Text, not a Status.
    plain: bool,
    warnings: Vec<String>,
}

impl Failure {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Refusal {
            code,
            reason,
            message: message.into(),
            details: None,
            resume: None,
            plain: reason.is_empty(),
            warnings: Vec::new(),
        }))
    }

    fn with(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// The same with what was noticed before it failed.
    pub fn warned(mut self, warnings: &[String]) -> Self {
        self.0.warnings.extend_from_slice(warnings);
        self
    }

    /// What is answered where no API group, version or path is known: plain text, not a Status.
    pub fn page_not_found() -> Self {
        Self::new(404, "", "404 page not found\n")
    }

    /// What it says.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The `Status` object.
    pub fn status(&self) -> Value {
        let mut metadata = Map::new();
        if let Some(token) = &self.0.resume {
            metadata.insert("continue".to_owned(), token.clone().into());
        }
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": metadata,
            "status": "Failure",
            "message": self.0.message,
        });
        if !self.0.reason.is_empty() {
            status["reason"] = self.0.reason.into();
        }
        if let Some(details) = &self.0.details {
            status["details"] = details.clone();
        }
        status["code"] = self.0.code.into();
        status
    }

    /// The answer.
    pub fn response(self) -> Response<Body> {
        let code = StatusCode::from_u16(self.0.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if self.0.plain {
            return plain(code, &self.0.message);
        }
        let mut response = json(code, &self.status());
        warn(&mut response, &self.0.warnings);
        if self.0.code == 504 {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        }
        response
    }
}

/// Adds warnings to an answer.
pub fn warn(response: &mut Response<Body>, warnings: &[String]) {
    for warning in warnings {
        let text = format!("299 - {}", Value::from(warning.as_str()));
        if let Ok(value) = header::HeaderValue::from_str(&text) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
}

fn details(res: Res, name: &str, kind: &str) -> Value {
    let mut details = Map::new();
    if !name.is_empty() {
        details.insert("name".to_owned(), name.into());
    }
    if !res.group.is_empty() {
        details.insert("group".to_owned(), res.group.into());
    }
    details.insert("kind".to_owned(), kind.into());
    Value::Object(details)
}

/// 400.
pub fn bad_request(message: impl Into<String>) -> Failure {
    Failure::new(400, "BadRequest", message)
}

/// 401.
pub fn unauthorized() -> Failure {
    Failure::new(401, "Unauthorized", "Unauthorized")
}

/// 403, with where: `in the namespace "x"` or `at the cluster scope`.
pub fn forbidden(res: Res, name: &str, sub: &str, verb: &str, user: &str, at: &str) -> Failure {
    let resource = if sub.is_empty() {
        res.plural.to_owned()
    } else {
        format!("{}/{sub}", res.plural)
    };
    let subject = if name.is_empty() {
        res.qualified()
    } else {
        format!("{} \"{name}\"", res.qualified())
    };
    Failure::new(
        403,
        "Forbidden",
        format!(
            "{subject} is forbidden: User \"{user}\" cannot {verb} resource \"{resource}\" in API group \"{}\" {at}",
            res.group
        ),
    )
    .with(details(res, name, res.plural))
}

/// 403 of a path that is no resource.
pub fn forbidden_path(user: &str, verb: &str, path: &str) -> Failure {
    Failure::new(
        403,
        "Forbidden",
        format!("forbidden: User \"{user}\" cannot {verb} path \"{path}\""),
    )
    .with(json!({}))
}

/// 403 of acting as somebody else.
pub fn forbidden_impersonation(user: &str, other: &str) -> Failure {
    Failure::new(
        403,
        "Forbidden",
        format!("users \"{other}\" is forbidden: User \"{user}\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope"),
    )
    .with(json!({"name": other, "kind": "users"}))
}

/// 404.
pub fn not_found(res: Res, name: &str) -> Failure {
    Failure::new(
        404,
        "NotFound",
        format!("{} \"{name}\" not found", res.qualified()),
    )
    .with(details(res, name, res.plural))
}

/// 404 of a path below a group the API server serves itself.
pub fn no_such_resource() -> Failure {
    Failure::new(
        404,
        "NotFound",
        "the server could not find the requested resource",
    )
    .with(json!({}))
}

/// 405.
pub fn method_not_allowed() -> Failure {
    Failure::new(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
    )
    .with(json!({}))
}

/// 405 of a sub-resource.
pub fn not_supported(method: &http::Method, res: Res) -> Failure {
    let verb = match *method {
        http::Method::POST => "create",
        _ => "delete",
    };
    Failure::new(
        405,
        "MethodNotAllowed",
        format!(
            "{verb} is not supported on resources of kind \"{}\"",
            res.qualified()
        ),
    )
    .with(details(res, "", res.plural))
}

/// 406.
pub fn not_acceptable() -> Failure {
    Failure::new(
        406,
        "NotAcceptable",
        "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
    )
}

/// 406 of a built-in kind whose `Accept` names no type at all that is served.
pub fn nothing_acceptable(list: bool) -> Failure {
    let mut served =
        "application/json, application/yaml, application/vnd.kubernetes.protobuf".to_owned();
    if list {
        served.push_str(
            ", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch",
        );
    }
    let text = format!("406: Not Acceptable\n\nAvailable representations: {served}");
    Failure::new(406, "NotAcceptable", text).with(json!({}))
}

/// 410 of an exact version that is gone.
pub fn version_gone() -> Failure {
    Failure::new(
        410,
        "Expired",
        "The resourceVersion for the provided list is too old.",
    )
}

/// 410 of a page; `resume` goes on inconsistently.
pub fn page_gone(resume: String) -> Failure {
    let mut failure = Failure::new(
        410,
        "Expired",
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    );
    failure.0.resume = Some(resume);
    failure
}

/// 410 inside a watch.
pub fn watch_gone(asked: u64, oldest: u64) -> Failure {
    Failure::new(
        410,
        "Expired",
        format!("too old resource version: {asked} ({oldest})"),
    )
}

/// 415 of a patch: what serves the built-in kinds has fewer words.
pub fn unsupported_patch(res: Res) -> Failure {
    if !res.custom() {
        return Failure::new(415, "UnsupportedMediaType", "415: Unsupported Media Type")
            .with(json!({}));
    }
    Failure::new(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    )
}

/// 415 of a body.
pub fn unsupported_body() -> Failure {
    Failure::new(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
    )
}

/// 500 without a reason: what the server did not foresee.
pub fn internal(message: impl Into<String>) -> Failure {
    let mut failure = Failure::new(500, "", message);
    failure.0.plain = false;
    failure
}

/// 422 of a JSON patch that does not apply; the server says no more.
pub fn patch_refused() -> Failure {
    Failure::new(
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
    )
    .with(json!({}))
}

/// 504 of a version from the future.
pub fn too_large(asked: u64, current: u64) -> Failure {
    Failure::new(
        504,
        "Timeout",
        format!("Timeout: Too large resource version: {asked}, current: {current}"),
    )
    .with(json!({
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1,
    }))
}
