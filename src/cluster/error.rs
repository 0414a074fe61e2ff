//! What a client or a server says went wrong, turned into [`Trouble`].
//! Apart from the requests, so that every remedy is decided in one place and nothing secret slips into a sentence.

use std::error::Error;

use http::StatusCode;
use kube::client::AuthError;
use kube::config::KubeconfigError;

use super::guard::Refused;
use super::request::Ask;
use crate::model::mask::mask;
use crate::model::text::clean_message;
use crate::model::trouble::Trouble;
use crate::wire::status::{Status, status};

/// Text that may be shown: clean, and without credentials.
pub fn safe(text: &str) -> String {
    clean_message(&mask(text)).into_owned()
}

/// A request that got no answer.
pub fn no_answer(error: &(dyn Error + 'static), server: &str) -> Trouble {
    let mut link = Some(error);
    let mut words: Vec<String> = Vec::new();
    while let Some(error) = link {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Trouble::ReadOnly {
                what: safe(&format!("{} {}", refused.method, refused.path)),
            };
        }
        if let Some(error) = error.downcast_ref::<AuthError>() {
            return auth(error);
        }
        let word = error.to_string();
        // Wrappers repeat their source: keep what each adds.
        if !words.last().is_some_and(|last| last.contains(&word)) {
            words.push(word);
        }
        link = error.source();
    }
    lost(&words, server)
}

/// Words of the layers between a request and the socket that tell a person nothing.
const LAYERS: [&str; 2] = ["ServiceError: ", "client error (Connect): "];

/// The words of a failed request, outermost first, as what a person can do something about.
fn lost(words: &[String], server: &str) -> Trouble {
    let skip = words.len().saturating_sub(2);
    let mut detail = words[skip..].join(": ");
    for layer in LAYERS {
        if let Some(rest) = detail.strip_prefix(layer) {
            detail = rest.to_string();
        }
    }
    let (server, detail) = (safe(server), safe(&detail));
    // How rustls says it (`Error::InvalidCertificate`); the error itself lies inside an `io::Error` that does not show it.
    match detail.split_once("invalid peer certificate: ") {
        Some((_, why)) => Trouble::Untrusted {
            server,
            detail: why.to_string(),
        },
        None => Trouble::Unreachable { server, detail },
    }
}

/// A credential that could not be had. The plugin's output and arguments stay out: they may hold the credential.
pub fn auth(error: &AuthError) -> Trouble {
    let detail = match error {
        AuthError::AuthExecRun { out, .. } => {
            let said = String::from_utf8_lossy(&out.stderr);
            let last = said.lines().rev().find(|line| !line.trim().is_empty());
            match last {
                Some(line) => format!(
                    "the credential plugin ended with {}: {}",
                    out.status,
                    line.trim()
                ),
                None => format!("the credential plugin ended with {}", out.status),
            }
        }
        AuthError::AuthExecStart(error) => {
            format!("the credential plugin cannot be started: {error}")
        }
        AuthError::AuthExecParse(_) => "the credential plugin printed no credential".to_string(),
        other => other.to_string(),
    };
    Trouble::Unauthorized {
        detail: safe(&detail),
    }
}

/// A kubeconfig that cannot be used.
pub fn config(error: &KubeconfigError) -> Trouble {
    Trouble::NotConfigured {
        detail: safe(&error.to_string()),
    }
}

/// A context that is not among those of the kubeconfig.
pub fn unknown_context(name: &str, known: &[String]) -> Trouble {
    let has = match known {
        [] => "no context at all".to_string(),
        some => some.join(", "),
    };
    Trouble::NotConfigured {
        detail: safe(&format!(
            "the kubeconfig has no context `{name}`; it has {has}"
        )),
    }
}

/// A client that cannot be built from its configuration.
pub fn build(error: &kube::Error) -> Trouble {
    match error {
        kube::Error::Auth(error) => auth(error),
        kube::Error::InferKubeconfig(error) => config(error),
        other => Trouble::NotConfigured {
            detail: safe(&other.to_string()),
        },
    }
}

/// An answer that is a refusal or a failure: `body` is a Status, or whatever a proxy wrote.
pub fn refusal(code: StatusCode, retry_after: Option<u64>, body: &[u8], ask: &Ask) -> Trouble {
    let read = status(body);
    let is_status = read.is_some();
    let mut said = read.unwrap_or_else(|| Status {
        message: String::from_utf8_lossy(&body[..body.len().min(512)])
            .trim()
            .to_string(),
        ..Status::default()
    });
    if said.message.is_empty() {
        said.message = code.to_string();
    }
    said.code = code.as_u16();
    said.retry_after = retry_after.or(said.retry_after);
    // An API group that is not served answers in plain text, not with a Status.
    if code == StatusCode::NOT_FOUND && !is_status {
        return Trouble::NoSuchKind {
            resource: ask.resource.to_string(),
        };
    }
    from_status(&said, ask)
}

/// The same for a Status that came inside a stream.
pub fn from_status(said: &Status, ask: &Ask) -> Trouble {
    let detail = safe(&said.message);
    let what = || match (&said.name, &ask.name) {
        (Some(name), _) => format!("{} {}", ask.resource, safe(name)),
        (None, Some(name)) => format!("{} {name}", ask.resource),
        (None, None) => ask.resource.to_string(),
    };
    match said.code {
        401 => Trouble::Unauthorized { detail },
        403 => Trouble::Forbidden {
            verb: ask.verb.to_string(),
            resource: ask.resource.to_string(),
            namespace: ask.namespace.as_deref().map(str::to_string),
        },
        // A list is never of an object that is gone: the kind itself is not served.
        404 if said.name.is_none() && ask.name.is_none() => Trouble::NoSuchKind {
            resource: ask.resource.to_string(),
        },
        404 => Trouble::NotFound { what: what() },
        409 => Trouble::Conflict { what: what() },
        410 => Trouble::Expired,
        400 | 406 | 415 | 422 => Trouble::Invalid {
            causes: if said.causes.is_empty() {
                vec![detail]
            } else {
                said.causes.iter().map(|cause| safe(cause)).collect()
            },
        },
        429 | 503 => Trouble::Busy {
            detail,
            retry_after: said.retry_after,
        },
        _ => Trouble::Server { detail },
    }
}

/// An answer that cannot be understood.
pub fn unreadable(what: &str, why: &dyn std::fmt::Display) -> Trouble {
    Trouble::Server {
        detail: safe(&format!("{what} cannot be read: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_request_says_what_a_person_can_act_on() {
        let check = |words: &[&str], expected: &str| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_string()).collect();
            assert_eq!(lost(&words, "https://qa:6443").to_string(), expected);
        };
        check(
            &[
                "ServiceError: client error (Connect)",
                "tcp connect error",
                "Connection refused (os error 111)",
            ],
            "https://qa:6443 cannot be reached: tcp connect error: Connection refused (os error 111)",
        );
        check(
            &[
                "ServiceError: client error (Connect)",
                "invalid peer certificate: UnknownIssuer",
            ],
            "https://qa:6443 shows a certificate that is not trusted: UnknownIssuer",
        );
        check(
            &[
                "ServiceError: client error (Connect)",
                "operation timed out",
            ],
            "https://qa:6443 cannot be reached: operation timed out",
        );
    }
}
