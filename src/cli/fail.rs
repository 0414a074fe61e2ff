//! Why a verb could not do what it was asked: what, where, and what to do next, on standard error.
//! Apart from the verbs, so that all of them fail in the same words and with the same exit statuses.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::app::query::BadQuery;
use crate::cluster::Cluster;
use crate::model::text::clean_message;
use crate::model::trouble::Trouble;

/// Exit status of a verb that could not do what it was asked.
pub(super) const FAILED: u8 = 1;
/// Exit status of a wrong command line; the same that clap gives.
pub(super) const USAGE: u8 = 2;
/// Exit status of an answer that lacks what could not be read.
pub(super) const PARTIAL: u8 = 3;

/// Why a verb ended without what it was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Something is wrong, and this is what to do next.
    Said {
        /// One sentence.
        what: String,
        /// One sentence, where there is something to do.
        next: Option<String>,
    },
    /// The command line asks for what does not exist.
    Usage(String),
    /// Nobody reads standard output any more, which is no failure.
    Closed,
}

impl Failure {
    /// A sentence and what to do next.
    pub(super) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Said {
            what: what.into(),
            next: Some(next.into()),
        }
    }

    /// What a cluster did not do.
    pub(super) fn of(cluster: &Cluster, why: &Trouble) -> Self {
        Self::Said {
            what: format!("{why} (context {})", cluster.context()),
            next: next_step(why).map(str::to_string),
        }
    }

    /// The lines a person reads.
    fn text(&self) -> Option<String> {
        let (what, next) = match self {
            Self::Said { what, next } => (what, next.as_deref()),
            Self::Usage(what) => (what, Some("The verb's --help says what there is.")),
            Self::Closed => return None,
        };
        let mut text = format!("tiphys: {}\n", clean_message(what));
        if let Some(next) = next {
            text.push_str(&format!("        {}\n", clean_message(next)));
        }
        Some(text)
    }
}

impl From<Trouble> for Failure {
    fn from(why: Trouble) -> Self {
        Self::Said {
            what: why.to_string(),
            next: next_step(&why).map(str::to_string),
        }
    }
}

impl From<BadQuery> for Failure {
    fn from(why: BadQuery) -> Self {
        Self::Usage(format!("the filter cannot be read: {why}"))
    }
}

impl From<io::Error> for Failure {
    fn from(why: io::Error) -> Self {
        if why.kind() == io::ErrorKind::BrokenPipe {
            return Self::Closed;
        }
        Self::Said {
            what: format!("standard output cannot be written: {why}"),
            next: None,
        }
    }
}

/// What to do about a trouble where nothing is tried again and no key can be pressed.
fn next_step(why: &Trouble) -> Option<&'static str> {
    Some(match why {
        Trouble::NotConfigured { .. }
        | Trouble::Untrusted { .. }
        | Trouble::Forbidden { .. }
        | Trouble::ReadOnly { .. } => why.hint(),
        Trouble::Unreachable { .. } | Trouble::Timeout { .. } => {
            "Check the network, the VPN and the server address in the kubeconfig."
        }
        Trouble::Unauthorized { .. } => {
            "Log in again; a credential plugin runs here without a terminal."
        }
        Trouble::NoSuchKind { .. } => {
            "Install Argo Workflows in this cluster, or choose another one with --context."
        }
        Trouble::NotFound { .. } => "It was deleted, by a person or by its TTL.",
        Trouble::Busy { .. } | Trouble::Expired | Trouble::Conflict { .. } => "Ask again.",
        Trouble::Invalid { .. } | Trouble::Server { .. } => {
            "Ask again with --log FILE and look into that file."
        }
    })
}

/// Whether waiting is no answer to a refusal.
pub(super) fn is_final(why: &Trouble) -> bool {
    matches!(why, Trouble::Forbidden { .. } | Trouble::NoSuchKind { .. })
}

/// Ends a verb: says what failed, with the status `failed` for what went wrong outside the command line.
pub(super) fn end(result: Result<ExitCode, Failure>, failed: u8, closed: u8) -> ExitCode {
    match result {
        Ok(code) => code,
        Err(failure) => {
            if let Some(text) = failure.text() {
                say(&text);
            }
            ExitCode::from(match failure {
                Failure::Said { .. } => failed,
                Failure::Usage(_) => USAGE,
                Failure::Closed => closed,
            })
        }
    }
}

/// Says what is missing from an answer that is given all the same.
pub(super) fn warn(text: &str) {
    say(&format!("tiphys: {}\n", clean_message(text)));
}

/// Writes to standard error. That nobody reads it is no reason to end otherwise: the exit status says the same.
pub(super) fn say(text: &str) {
    tell(&mut io::stderr(), text);
}

fn tell(to: &mut impl Write, text: &str) {
    // In one piece, so that lines of several threads do not mix. Nobody is left to tell a failure to.
    let _ = to.write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_failure_says_what_and_what_next_and_no_control_character() {
        let why = Trouble::Forbidden {
            verb: "list".into(),
            resource: "workflows.argoproj.io".into(),
            namespace: Some("secret".into()),
        };
        let text = Failure::from(why).text().unwrap();
        assert_eq!(
            text,
            "tiphys: not allowed to list workflows.argoproj.io in namespace secret\n        Ask for the right, or name the namespaces you may read with -n.\n"
        );
        let text = Failure::new("a\u{1b}[2J", "b\nc").text().unwrap();
        assert!(!text.contains('\u{1b}'));
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn a_closed_pipe_is_no_failure_and_a_full_disk_is_one() {
        assert_eq!(
            Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)),
            Failure::Closed
        );
        assert!(Failure::Closed.text().is_none());
        let full = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert!(full.text().unwrap().contains("cannot be written"));
    }
}
