//! Why there is no answer, sorted by what a person does about it.
//! Apart from the client, because an error comes as a status, as an event, or as an answer that is none.

use std::time::Duration;

use serde::Deserialize;

use crate::model::mask::mask;
use crate::model::text::clean_message;

/// Longest text of a server that is repeated, in characters.
const SAID: usize = 300;

/// Why there is no answer. Texts of the server are clean, short, and hide what looks like a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Snag {
    /// The server says no, by a status or in the middle of an answer.
    #[error("the server says {kind}: {message}{}", of(request))]
    Said {
        /// Its status; 200 where it said so in the middle of an answer.
        status: u16,
        /// Its word for it: `rate_limit_error`.
        kind: String,
        /// Its words.
        message: String,
        /// Its number of the request.
        request: Option<String>,
        /// How long it asks to wait.
        wait: Option<Duration>,
    },
    /// It leads elsewhere.
    #[error(
        "the server leads elsewhere (status {0}); that is not followed, because the key would go there"
    )]
    Elsewhere(u16),
    /// Nobody is reached.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("there was no whole answer within {} seconds", .0.as_secs())]
    Timeout(Duration),
    /// The connection ended in the middle.
    #[error("the answer ended in the middle{}", because(.0))]
    Interrupted(String),
    /// It is none.
    #[error("the answer is not one of the Messages API: {0}")]
    Odd(String),
    /// It was longer than the tokens it might have.
    #[error("the answer was cut off: it needs more tokens than it may have")]
    Cut,
    /// The model declines.
    #[error("the model declines to answer")]
    Declined,
    /// The answer proposes nothing that could be read.
    #[error("the answer calls no tool, although it was told to")]
    Silent,
    /// It does not end.
    #[error("the answer is longer than {} KiB", super::ANSWER >> 10)]
    Endless,
}

fn of(request: &Option<String>) -> String {
    (request.as_ref()).map_or_else(String::new, |id| format!(" (request {id})"))
}

fn because(why: &str) -> String {
    match why {
        "" => String::new(),
        why => format!(": {why}"),
    }
}

impl Snag {
    /// Asking once more, as it is, may help: it was refused before anything was done.
    pub fn passes(&self) -> bool {
        match self {
            Self::Said { status, .. } => matches!(status, 429 | 500 | 502 | 503 | 504 | 529),
            Self::Unreachable(_) => true,
            _ => false,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Said { status: 401, .. } => {
                "The key is not taken: check ANTHROPIC_API_KEY, or the Secret that is named."
            }
            Self::Said { status: 403, .. } => "The key may not use this model, or not from here.",
            Self::Said { status: 404, .. } => {
                "Check `model` and `base_url` of [claude] in config.toml."
            }
            Self::Said { status: 413, .. } => {
                "Ask about fewer criteria at once: `criteria` of [claude] in config.toml."
            }
            Self::Said {
                status: 429 | 500..,
                ..
            }
            | Self::Said { status: 200, .. }
            | Self::Interrupted(_) => "Ask again later; what was answered is kept.",
            Self::Said { .. } | Self::Odd(_) | Self::Silent | Self::Endless => {
                "Check `model` and `base_url` of [claude]; --dry-run shows what is sent."
            }
            Self::Elsewhere(_) => "Name the address it leads to as `base_url` of [claude].",
            Self::Unreachable(_) => {
                "Check the network and `base_url` of [claude]; proxies are not used."
            }
            Self::Timeout(_) => "`timeout` of [claude] allows more; fewer criteria need less.",
            Self::Cut => "`tokens` of [claude] allows more; fewer criteria at once need less.",
            Self::Declined => "Ask about other criteria, or write the rule by hand.",
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    error: Inner,
    request_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Inner {
    #[serde(rename = "type")]
    kind: String,
    message: String,
}

/// An answer that is an error: its status, how long it asks to wait, its body, of which anything may be missing.
pub fn refused(status: u16, wait: Option<Duration>, body: &[u8]) -> Snag {
    let read: Body = serde_json::from_slice(body).unwrap_or_default();
    let usual = match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        400..500 => "invalid_request_error",
        _ => "api_error",
    };
    let or = |text: &str, other: &str| match text.trim() {
        "" => other.to_owned(),
        text => safe(text),
    };
    Snag::Said {
        status,
        kind: or(&read.error.kind, usual),
        message: or(&read.error.message, &format!("status {status}")),
        request: read.request_id.as_deref().map(safe),
        wait,
    }
}

/// Words of a server as they may be repeated.
pub(super) fn safe(text: &str) -> String {
    let short: String = text.chars().take(SAID).collect();
    clean_message(&mask(&short)).into_owned()
}
