//! How a criterion is found out, by kind; each says in which container it runs and who judges it.
//! Apart from the criterion, which is the same for every kind.

use serde::{Deserialize, Serialize};

use super::{EnvSource, EnvVar};

/// How a criterion is found out. On the wire `kind`, and a field of that name with the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Check {
    /// A command in a container of its own image; judged there, by a script of this program around it.
    Command {
        /// The rest.
        command: CommandCheck,
    },
    /// A request; sent and judged in Argo's agent.
    Http {
        /// The rest.
        http: HttpCheck,
    },
    /// A query of Prometheus; sent and judged in Argo's agent.
    Metric {
        /// The rest.
        metric: MetricCheck,
    },
    /// A command that leaves a JUnit report; run as a command is, the report judged beside its exit code.
    Junit {
        /// The rest.
        junit: JunitCheck,
    },
    /// A person; no container.
    Manual {
        /// The rest.
        manual: ManualCheck,
    },
    /// A kind this program does not know: it is refused before anything runs.
    #[serde(other)]
    Unknown,
}

impl Check {
    /// `kind` on the wire.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Command { .. } => "command",
            Self::Http { .. } => "http",
            Self::Metric { .. } => "metric",
            Self::Junit { .. } => "junit",
            Self::Manual { .. } => "manual",
            Self::Unknown => "unknown",
        }
    }

    /// Somebody has to say so.
    pub fn waits_for_people(&self) -> bool {
        matches!(self, Self::Manual { .. })
    }
}

/// A command: its words, or a script for `sh`; one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CommandCheck {
    /// Image; the spec's where nothing is said. It has a `sh`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Program and arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub argv: Vec<String>,
    /// A script for `sh`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Directory, below the workspace where it does not begin with `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    /// Environment variables, over those of the environment and of the spec.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvVar>,
    /// What it must do; end with 0 where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<CommandExpect>,
}

/// What a command must do: all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CommandExpect {
    /// Its exit code; 0 where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<u8>,
    /// Its standard output has this text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdout_contains: Option<String>,
    /// A line of its standard output matches this extended regular expression (POSIX).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdout_matches: Option<String>,
}

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpCheck {
    /// URL; one that begins with `/` is below the environment's.
    pub url: String,
    /// Method; GET where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// Headers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
    /// Body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The server's certificate is not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insecure_skip_verify: Option<bool>,
    /// What must come back; a status from 200 to 299 where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<HttpExpect>,
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the words themselves")]
pub enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }
}

/// A header: a value, or where it is from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Header {
    /// Name.
    pub name: String,
    /// Value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Where it is from: a key of a Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_from: Option<EnvSource>,
}

/// What must come back: all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpExpect {
    /// One of these statuses; from 200 to 299 where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<u16>,
    /// The body has this text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_contains: Option<String>,
    /// The body is JSON, and says this.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub json: Vec<JsonExpect>,
}

/// What a place of a JSON body must say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JsonExpect {
    /// The place: names and positions, `status.checks[0].name`.
    pub path: String,
    /// What it says, as text: `UP`, `3`, `true`.
    pub equals: String,
}

/// A query and what its answer is held against. Every series of the answer must hold; an answer without any does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MetricCheck {
    /// URL of a Prometheus, without `/api/v1/query`.
    pub url: String,
    /// The query, in PromQL.
    pub query: String,
    /// How each value is compared.
    pub comparison: Comparison,
    /// With what: a decimal number, as text so that it stays as it was written.
    pub threshold: String,
    /// Headers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparison {
    /// `<`
    #[default]
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    AtMost,
    /// `==`
    #[serde(rename = "==")]
    Equal,
    /// `!=`
    #[serde(rename = "!=")]
    NotEqual,
    /// `>=`
    #[serde(rename = ">=")]
    AtLeast,
    /// `>`
    #[serde(rename = ">")]
    Greater,
}

impl Comparison {
    /// The sign.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::AtLeast => ">=",
            Self::Greater => ">",
        }
    }
}

/// A command that leaves a JUnit report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JunitCheck {
    /// Image; the spec's where nothing is said. It has a `sh`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Program and arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub argv: Vec<String>,
    /// A script for `sh`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Directory, below the workspace where it does not begin with `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    /// Environment variables, over those of the environment and of the spec.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvVar>,
    /// Path of the report, below the workspace where it does not begin with `/`; kept as the artifact `junit`.
    pub report: String,
    /// How many tests may fail or end in an error; none where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_failures: Option<u32>,
}

/// What a person is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ManualCheck {
    /// What to look at and how.
    pub instructions: String,
    /// Who is asked; for people, it gives nobody rights.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<String>,
}
