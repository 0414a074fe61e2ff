//! One acceptance criterion: what must hold, how that is found out, and where it was read.
//! Apart from the checks, of which each kind has its own shape.

use serde::{Deserialize, Serialize};

use super::Check;

/// What must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Criterion {
    /// Its name in this run, a DNS label: steps and verdicts are called by it.
    pub id: String,
    /// What must hold, in words.
    pub text: String,
    /// The run fails without it.
    #[serde(default = "yes")]
    pub required: bool,
    /// How it is found out: `kind`, and the field of that name.
    #[serde(flatten)]
    pub check: Check,
    /// How long that may take, in seconds; of kind `manual` as long as the attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

fn yes() -> bool {
    true
}

/// Where a criterion was read: a field of the task or a file, and the bytes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Provenance {
    /// `testStrategy`, `details`, `acceptanceCriteria`, … of the task, or `file`; `person` where somebody wrote it.
    pub source: String,
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// First byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<u64>,
    /// The byte after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<u64>,
    /// What stood there, where the criterion says something else now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}
