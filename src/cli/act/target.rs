//! What a verb is done to: runs that are named, or all that a filter holds for.
//! Apart from what is done to them. The difference counts: a run that was named and cannot be done is a failure.

use clap::Args;

use crate::app::query::Query;
use crate::cli::Common;
use crate::cli::fail::Failure;
use crate::cli::{matching, naming};
use crate::cluster::Cluster;
use crate::model::key::Key;

/// The runs a verb is about.
#[derive(Debug, Args)]
pub struct Targets {
    /// Runs: NAME, NAMESPACE/NAME, or filter words that must all hold (status:failed ns:payments)
    #[arg(value_name = "RUN|FILTER", required = true)]
    words: Vec<String>,
}

/// What was found.
pub(super) struct Found {
    /// Runs, each once.
    pub(super) keys: Vec<Key>,
    /// They were named, not chosen by a filter.
    pub(super) named: bool,
    /// What could not be read: there may be more.
    pub(super) missing: Vec<String>,
}

/// What the words are.
#[derive(Debug, PartialEq)]
pub(super) enum Wanted<'a> {
    Names(&'a [String]),
    Filter(Query),
}

impl Targets {
    /// What the words are; asks nobody.
    ///
    /// # Errors
    /// Words that are neither, or both.
    pub(super) fn read(&self) -> Result<Wanted<'_>, Failure> {
        let names = self.words.iter().filter(|word| is_name(word)).count();
        if names == self.words.len() {
            return Ok(Wanted::Names(&self.words));
        }
        if let Some(strange) = self
            .words
            .iter()
            .find(|word| !is_name(word) && !is_filter(word))
        {
            return Err(Failure::Usage(format!(
                "`{strange}` is no name of a run; a filter word has a colon, as in name:{strange}, or quotes of its own"
            )));
        }
        if names > 0 {
            return Err(Failure::Usage(
                "names of runs and filter words do not mix: write name:NAME among filter words"
                    .to_string(),
            ));
        }
        Ok(Wanted::Filter(matching::parsed(&self.words.join(" "))?))
    }
}

impl Wanted<'_> {
    /// Finds the runs.
    pub(super) async fn find(&self, cluster: &Cluster, common: &Common) -> Result<Found, Failure> {
        let query = match self {
            Wanted::Names(names) => {
                let keys = naming::find_all(cluster, common, names).await?;
                return Ok(Found {
                    keys,
                    named: true,
                    missing: Vec::new(),
                });
            }
            Wanted::Filter(query) => query,
        };
        let (keys, missing) = matching::runs(cluster, common, query).await?;
        if keys.is_empty() {
            let unread = match missing.is_empty() {
                true => String::new(),
                false => format!(" in what could be read ({})", missing.join("; ")),
            };
            return Err(Failure::new(
                format!("no run matches{unread}"),
                "`tiphys get runs` with the same words shows what matches.",
            ));
        }
        Ok(Found {
            keys,
            named: false,
            missing,
        })
    }
}

/// Kubernetes could give this name, with or without a namespace before it (RFC 1123).
fn is_name(word: &str) -> bool {
    let part = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
    };
    match word.split_once('/') {
        Some((namespace, name)) => part(namespace) && part(name),
        None => part(word),
    }
}

/// It can be meant as nothing but a word of a filter.
fn is_filter(word: &str) -> bool {
    word.contains([':', '<', '>', '!', '"'])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(words: &[&str]) -> String {
        let words = words.iter().map(ToString::to_string).collect();
        match (Targets { words }).read() {
            Ok(Wanted::Names(names)) => format!("names {}", names.join(" ")),
            Ok(Wanted::Filter(_)) => "filter".to_string(),
            Err(Failure::Usage(why)) => why,
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn a_plain_word_is_a_name_and_never_searched_for() {
        assert_eq!(
            read(&["nightly", "pay/e2e-7.x"]),
            "names nightly pay/e2e-7.x"
        );
        for filter in [
            "status:failed",
            "age<2h",
            "!kind:cron",
            "\"exit 1\"",
            "status:failed ns:a",
        ] {
            assert_eq!(read(&[filter]), "filter", "{filter}");
        }
        assert_eq!(read(&["status:failed", "ns:pay"]), "filter");
        assert!(read(&["nightly", "status:failed"]).contains("do not mix"));
        assert!(read(&["Nightly"]).contains("no name of a run"));
        assert!(read(&["a/b/c"]).contains("no name of a run"));
        assert!(read(&[""]).contains("no name of a run"));
        assert!(read(&["status:happy"]).contains("not a state"));
    }
}
