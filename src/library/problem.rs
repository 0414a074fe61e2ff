//! What is wrong with a QARun, and where.
//! Apart from the checks, because an answer names every one of them at once.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, as in the object: `spec.criteria[2].command.image`.
    pub path: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl Problem {
    /// A problem.
    pub fn new(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}
