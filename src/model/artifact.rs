//! An artifact of a step: which one it is, where it lies and how it is packed; and why one cannot be had.
//! Apart from steps, because an artifact is looked for in a store that is no part of the cluster.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::text::clean;

/// Whether a step was given it, or left it behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Given to it.
    Input,
    /// Left by it.
    Output,
}

impl Direction {
    /// `input` or `output`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

/// Which artifact of a run: names are unique among the inputs, and among the outputs, of a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id {
    /// Node id of the step.
    pub node: Arc<str>,
    /// Input or output.
    pub direction: Direction,
    /// Its name, clean.
    pub name: Arc<str>,
}

/// How Argo packed it. Source: Argo v4.1.2 `ArchiveStrategy`; without one it is a compressed tar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Packing {
    /// A tar compressed by gzip, also where it is one file.
    Tgz,
    /// A zip.
    Zip,
    /// As the step left it; a directory is many objects.
    Plain,
}

impl Packing {
    /// `tgz`, `zip`, `plain`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tgz => "tgz",
            Self::Zip => "zip",
            Self::Plain => "plain",
        }
    }
}

/// One field of a Secret in the namespace of the run; never its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretField {
    /// Name of the Secret.
    pub name: Arc<str>,
    /// Name of the field.
    pub key: Arc<str>,
}

/// How a store is told who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// By keys that lie in Secrets.
    Keys {
        /// The access key.
        id: SecretField,
        /// The secret key.
        secret: SecretField,
        /// A session's token.
        token: Option<SecretField>,
    },
    /// By what surrounds the pod there: a role of its machine or account. Nobody has that outside.
    Ambient,
}

/// An object, or a directory of objects, of an S3-compatible store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3 {
    /// Host, and port where it is not the usual one.
    pub endpoint: Arc<str>,
    /// Plain HTTP.
    pub insecure: bool,
    /// Region, where one is named.
    pub region: Option<Arc<str>>,
    /// Bucket.
    pub bucket: Arc<str>,
    /// Key, as it stands.
    pub key: Arc<str>,
    /// Who asks.
    pub access: Access,
    /// The certificate of whoever signed that of the store.
    pub ca: Option<SecretField>,
}

/// Where an artifact lies. Texts in it are as the object has them: they are asked for, and cleaned when they are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// In an S3-compatible store.
    S3(Box<S3>),
    /// In the object of the run itself (`raw`).
    Inline(Arc<str>),
    /// At an address that anybody may read.
    Http(Arc<str>),
    /// Where this program does not look.
    Elsewhere {
        /// Argo's word: `gcs`, `git` …
        kind: Arc<str>,
        /// What is known of the place.
        at: Arc<str>,
    },
    /// It is not known where, for this reason.
    Nowhere(Arc<str>),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::S3(s3) => {
                let (bucket, key) = (clean(&s3.bucket), clean(&s3.key));
                write!(f, "s3://{bucket}/{key} at {}", clean(&s3.endpoint))
            }
            Self::Inline(_) => f.write_str("in the run's own object"),
            Self::Http(url) => f.write_str(&clean(without_login(url))),
            Self::Elsewhere { kind, at } if at.is_empty() => f.write_str(kind),
            Self::Elsewhere { kind, at } => write!(f, "{kind}: {}", clean(without_login(at))),
            Self::Nowhere(why) => f.write_str(why),
        }
    }
}

/// An address without what may be a credential: all before `@`, and the query, which signs it.
fn without_login(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    url.rsplit_once('@').map_or(url, |(_, rest)| rest)
}

/// One artifact of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Which one.
    pub id: Id,
    /// Display name of the step.
    pub step: Arc<str>,
    /// Where it was in the container.
    pub path: Option<Arc<str>>,
    /// How it is packed.
    pub packing: Packing,
    /// Where it lies.
    pub place: Place,
    /// The garbage collector of artifacts took it.
    pub deleted: bool,
}

impl Artifact {
    /// The container whose log it is. Source: Argo v4.1.2, `SaveLogs`: `<container>-logs`, a file `<container>.log`.
    pub fn log_of(&self) -> Option<&str> {
        let container = self.id.name.strip_suffix("-logs")?;
        let Place::S3(s3) = &self.place else {
            return None;
        };
        let file = s3.key.rsplit('/').next()?;
        (file.strip_suffix(".log") == Some(container)).then_some(container)
    }

    /// A name for a file that holds it: the last part of where it lies, else its own.
    pub fn file_name(&self) -> String {
        let last = |path: &str| {
            let path = path.split(['?', '#']).next().unwrap_or(path);
            path.rsplit('/').find(|part| !part.is_empty()).map(plain)
        };
        let name = match &self.place {
            Place::S3(s3) => last(&s3.key),
            Place::Http(url) => last(url),
            Place::Inline(_) => self.path.as_deref().and_then(last),
            _ => None,
        };
        name.filter(|name| !name.is_empty())
            .unwrap_or_else(|| plain(&self.id.name))
    }
}

/// A file name that names no other file.
fn plain(text: &str) -> String {
    let letter = |c: char| match c {
        c if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') => c,
        _ => '_',
    };
    let name: String = text.chars().take(120).map(letter).collect();
    name.trim_start_matches('.').to_string()
}

/// How much an artifact is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Bytes; `None` where whoever has it does not say.
    pub bytes: Option<u64>,
    /// Objects in it, where it is a directory of many.
    pub objects: Option<u64>,
    /// By what way it was asked, where that is not the network.
    #[serde(default)]
    pub through: Option<Arc<str>>,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.bytes, self.objects) {
            (Some(bytes), None) => f.write_str(&size(bytes)),
            (Some(bytes), Some(objects)) => write!(f, "{} in {objects} files", size(bytes)),
            (None, _) => f.write_str("size not told"),
        }
    }
}

/// `512 B`, `12.5 KiB`, `1.0 GiB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Why an artifact cannot be had, and what to do next. Both are clean and carry no credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{what}")]
pub struct Snag {
    /// What happened, and where.
    pub what: Arc<str>,
    /// What to do next.
    pub next: Arc<str>,
    /// It is in the way of everything in that store, not of one object.
    #[serde(default)]
    pub everywhere: bool,
}

impl Snag {
    /// Cleaned.
    pub fn new(what: impl AsRef<str>, next: impl AsRef<str>) -> Self {
        Self {
            what: clean(what.as_ref()).into(),
            next: clean(next.as_ref()).into(),
            everywhere: false,
        }
    }

    /// The same, in the way of everything in that store.
    #[must_use]
    pub fn everywhere(self) -> Self {
        Self {
            everywhere: true,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(name: &str, place: Place) -> Artifact {
        Artifact {
            id: Id {
                node: "n".into(),
                direction: Direction::Output,
                name: name.into(),
            },
            step: "check".into(),
            path: Some("/tmp/o/report.txt".into()),
            packing: Packing::Plain,
            place,
            deleted: false,
        }
    }

    fn s3(key: &str) -> Place {
        Place::S3(Box::new(S3 {
            endpoint: "s3.example:9000".into(),
            insecure: true,
            region: None,
            bucket: "b".into(),
            key: key.into(),
            access: Access::Ambient,
            ca: None,
        }))
    }

    #[test]
    fn sizes_read_as_people_write_them() {
        for (bytes, told) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (12_800, "12.5 KiB"),
            (1024 * 1024 - 1, "1.0 MiB"),
            (u64::MAX, "16777216.0 TiB"),
        ] {
            assert_eq!(size(bytes), told);
        }
    }

    #[test]
    fn a_file_name_never_leads_elsewhere() {
        for (key, name) in [
            ("run/pod/report.tgz", "report.tgz"),
            ("run/pod/site/", "site"),
            ("run/..", "out"),
            ("a/b c\u{1b}[31m.txt", "b_c__31m.txt"),
        ] {
            assert_eq!(artifact("out", s3(key)).file_name(), name, "{key}");
        }
        let http = Place::Http("https://x.example/a/b.json?sig=1".into());
        assert_eq!(artifact("out", http).file_name(), "b.json");
        let inline = Place::Inline("text".into());
        assert_eq!(artifact("out", inline).file_name(), "report.txt");
    }

    #[test]
    fn a_log_is_told_by_its_name_and_its_file() {
        assert_eq!(
            artifact("main-logs", s3("r/p/main.log")).log_of(),
            Some("main")
        );
        assert_eq!(
            artifact("main-logs", s3("r/p/main-logs.tgz")).log_of(),
            None
        );
        assert_eq!(artifact("report", s3("r/p/report.log")).log_of(), None);
    }

    #[test]
    fn an_address_is_shown_without_its_login() {
        let place = Place::Http("https://user:hunter2@x.example/a?X-Signature=hunter2".into());
        assert_eq!(place.to_string(), "x.example/a");
        let git = Place::Elsewhere {
            kind: "git".into(),
            at: "https://t0ken@git.example/r.git".into(),
        };
        assert_eq!(git.to_string(), "git: git.example/r.git");
    }
}
