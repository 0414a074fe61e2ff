//! Names of objects: what a cursor, a mark and an effect hold instead of a row number.
//! Apart from the objects themselves, so that a name outlives the thing it names.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// `metadata.uid`: opaque text that the API server never gives to a second object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Uid(Arc<str>);

impl Uid {
    /// Wraps the text of `metadata.uid`.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text as the API server wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// First and last four characters, for dialogs and logs: `5f0c…91ab`.
    pub fn short(&self) -> String {
        let chars: Vec<char> = self.0.chars().collect();
        if chars.len() <= 9 {
            return self.0.to_string();
        }
        let head: String = chars[..4].iter().collect();
        let tail: String = chars[chars.len() - 4..].iter().collect();
        format!("{head}…{tail}")
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which object: a re-created object of the same name has another `uid` and so another key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// `metadata.namespace`; empty for cluster-scoped objects.
    pub namespace: Arc<str>,
    /// `metadata.name`.
    pub name: Arc<str>,
    /// `metadata.uid`.
    pub uid: Uid,
}

impl Key {
    /// A key from its three parts.
    pub fn new(
        namespace: impl Into<Arc<str>>,
        name: impl Into<Arc<str>>,
        uid: impl Into<Arc<str>>,
    ) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            uid: Uid::new(uid),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.namespace {
            "" => f.write_str(&self.name),
            namespace => write!(f, "{namespace}/{}", self.name),
        }
    }
}
