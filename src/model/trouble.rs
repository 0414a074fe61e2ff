//! What can go wrong between the program and a cluster, sorted by what a person does about it.
//! Apart from the client, so that a screen can explain an error without knowing HTTP.

use serde::{Deserialize, Serialize};

/// One failure, by remedy. `Display` is one sentence; [`Trouble::hint`] is what to do next.
/// Every text inside has passed [`super::text::clean`] and carries no credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Trouble {
    /// No usable kubeconfig, context or in-cluster credentials.
    #[error("no usable cluster configuration: {detail}")]
    NotConfigured {
        /// What was looked for and where.
        detail: String,
    },
    /// The server cannot be reached: DNS, TCP or proxy.
    #[error("{server} cannot be reached: {detail}")]
    Unreachable {
        /// Host and port asked.
        server: String,
        /// The client's words.
        detail: String,
    },
    /// Who answers there cannot prove to be the server: TLS.
    #[error("{server} shows a certificate that is not trusted: {detail}")]
    Untrusted {
        /// Host and port asked.
        server: String,
        /// The client's words.
        detail: String,
    },
    /// HTTP 401, or the credential plugin failed.
    #[error("the server does not accept the credentials: {detail}")]
    Unauthorized {
        /// The server's or the plugin's words.
        detail: String,
    },
    /// HTTP 403.
    #[error("not allowed to {verb} {resource}{}", in_namespace(namespace))]
    Forbidden {
        /// list, watch, get …
        verb: String,
        /// Plural resource name.
        resource: String,
        /// The namespace asked, `None` for all.
        namespace: Option<String>,
    },
    /// The resource type does not exist on this server: its CRD is not installed.
    #[error("the cluster does not know {resource}: the CRD is not installed")]
    NoSuchKind {
        /// `workflows.argoproj.io`.
        resource: String,
    },
    /// HTTP 404 of one object.
    #[error("{what} does not exist")]
    NotFound {
        /// Kind and name.
        what: String,
    },
    /// HTTP 409.
    #[error("{what} was changed by somebody else")]
    Conflict {
        /// Kind and name.
        what: String,
    },
    /// HTTP 400 or 422.
    #[error("the server refuses the request: {}", causes.join("; "))]
    Invalid {
        /// The server's causes.
        causes: Vec<String>,
    },
    /// HTTP 410: the resource version or continue token is too old.
    #[error("the server has forgotten the version asked for")]
    Expired,
    /// HTTP 429 or 503 with a wait.
    #[error("the server is busy: {detail}")]
    Busy {
        /// The server's words.
        detail: String,
        /// Its Retry-After in seconds.
        retry_after: Option<u64>,
    },
    /// No answer in time.
    #[error("no answer within {seconds} s: {what}")]
    Timeout {
        /// What was asked.
        what: String,
        /// The limit that ran out.
        seconds: u64,
    },
    /// The console was started read-only and the request would change something.
    #[error("this console is read-only: {what} was not sent")]
    ReadOnly {
        /// Method and path.
        what: String,
    },
    /// HTTP 5xx, or an answer that cannot be read.
    #[error("the server failed: {detail}")]
    Server {
        /// The server's words.
        detail: String,
    },
}

fn in_namespace(namespace: &Option<String>) -> String {
    match namespace {
        Some(ns) => format!(" in namespace {ns}"),
        None => " in all namespaces".to_string(),
    }
}

impl Trouble {
    /// What a person can do about it, one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotConfigured { .. } => {
                "Set KUBECONFIG or pass --kubeconfig and --context; `tiphys demo` needs no cluster."
            }
            Self::Unreachable { .. } => {
                "Check the VPN and the server address in the kubeconfig; it is tried again by itself."
            }
            Self::Untrusted { .. } => {
                "Check certificate-authority-data in the kubeconfig, the clock, and who answers there; no credential was sent."
            }
            Self::Unauthorized { .. } => {
                "Log in again (the credential plugin runs without a terminal); it is tried again by itself."
            }
            Self::Forbidden { .. } => {
                "Ask for the right, or name the namespaces you may read with -n."
            }
            Self::NoSuchKind { .. } => {
                "Install Argo Workflows in this cluster or choose another context with @; it is noticed when it appears."
            }
            Self::NotFound { .. } => "It was deleted, by a person or by its TTL.",
            Self::Conflict { .. } => "Look at what changed and ask again.",
            Self::Invalid { .. } => "This is a fault of the request; the log file has it in full.",
            Self::Expired => "The list is read again by itself.",
            Self::Busy { .. } => "It is tried again after the wait the server asks for.",
            Self::Timeout { .. } => {
                "The network or the server is slow; it is tried again by itself."
            }
            Self::ReadOnly { .. } => "Start without --readonly to change things.",
            Self::Server { .. } => "It is tried again by itself; the log file has the answer.",
        }
    }

    /// One or two words for a status line: `forbidden`, `unreachable` …
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotConfigured { .. } => "not configured",
            Self::Unreachable { .. } => "unreachable",
            Self::Untrusted { .. } => "untrusted",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Forbidden { .. } => "forbidden",
            Self::NoSuchKind { .. } => "not installed",
            Self::NotFound { .. } => "not found",
            Self::Conflict { .. } => "conflict",
            Self::Invalid { .. } => "invalid",
            Self::Expired => "expired",
            Self::Busy { .. } => "busy",
            Self::Timeout { .. } => "timeout",
            Self::ReadOnly { .. } => "read-only",
            Self::Server { .. } => "server error",
        }
    }
}
