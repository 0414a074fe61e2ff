//! The input of the tool as proposals, each held to what was asked; what is not allowed is refused one by one, with the reason.
//! Apart from the message it came in, because a kept answer is read by the same rules as a new one.

use serde::Deserialize;
use serde_json::Value;

use super::snag::safe;
use crate::model::qarun::{
    Check, CommandCheck, CommandExpect, Comparison, HttpCheck, HttpExpect, JunitCheck, Method,
    MetricCheck,
};
use crate::model::task::proposal::{Limits, Proposal, Refused, wrong};

/// What an answer proposes, and what of it is refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// What may be shown.
    pub proposals: Vec<Proposal>,
    /// What may not.
    pub refused: Vec<Refused>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    proposals: Vec<Value>,
}

/// One proposal as it is said. There is no image, no variable, no Secret, no header here, nor `required`: the shape of each kind
/// refuses what it does not know.
#[derive(Deserialize)]
struct Said {
    criterion: String,
    kind: Kind,
    reason: String,
    timeout_seconds: Option<u32>,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Command,
    Junit,
    Http,
    Metric,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Command {
    command: String,
    exit_code: Option<u8>,
    output_contains: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Junit {
    command: String,
    report: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Http {
    url: String,
    method: Option<Method>,
    body: Option<String>,
    #[serde(default)]
    status: Vec<u16>,
    body_contains: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metric {
    url: String,
    query: String,
    comparison: Comparison,
    threshold: String,
}

/// Reads the input of the tool.
///
/// # Errors
/// Where it is no list of proposals at all.
pub fn read(input: &Value, limits: &Limits<'_>) -> Result<Read, String> {
    let input = Input::deserialize(input).map_err(|why| safe(&why.to_string()))?;
    let mut read = Read::default();
    for said in &input.proposals {
        match proposal(said, limits, &read.proposals) {
            Ok(proposal) => read.proposals.push(proposal),
            Err(why) => read.refused.push(Refused {
                criterion: safe(said["criterion"].as_str().unwrap_or("?")),
                why,
            }),
        }
    }
    Ok(read)
}

fn proposal(said: &Value, limits: &Limits<'_>, before: &[Proposal]) -> Result<Proposal, String> {
    let shape = |why: serde_json::Error| safe(&why.to_string());
    let said = Said::deserialize(said).map_err(shape)?;
    let proposal = Proposal {
        check: check(said.kind, said.rest).map_err(shape)?,
        criterion: said.criterion,
        timeout_seconds: said.timeout_seconds,
        reason: said.reason.trim().to_owned(),
    };
    if let Some(why) = wrong(&proposal, limits) {
        return Err(why);
    }
    match before.iter().any(|one| one.criterion == proposal.criterion) {
        true => Err("there is another proposal for it before".to_owned()),
        false => Ok(proposal),
    }
}

/// The check of a kind; what the other kinds have is refused.
fn check(kind: Kind, rest: serde_json::Map<String, Value>) -> Result<Check, serde_json::Error> {
    let rest = Value::Object(rest);
    Ok(match kind {
        Kind::Command => {
            let said = Command::deserialize(rest)?;
            let expect = CommandExpect {
                exit_code: said.exit_code,
                stdout_contains: said.output_contains,
                stdout_matches: None,
            };
            let command = CommandCheck {
                script: Some(said.command),
                expect: (expect != CommandExpect::default()).then_some(expect),
                ..CommandCheck::default()
            };
            Check::Command { command }
        }
        Kind::Junit => {
            let said = Junit::deserialize(rest)?;
            let junit = JunitCheck {
                script: Some(said.command),
                report: said.report,
                ..JunitCheck::default()
            };
            Check::Junit { junit }
        }
        Kind::Http => {
            let said = Http::deserialize(rest)?;
            let expect = HttpExpect {
                status: said.status,
                body_contains: said.body_contains,
                json: Vec::new(),
            };
            let http = HttpCheck {
                url: said.url,
                method: said.method,
                body: said.body,
                expect: (expect != HttpExpect::default()).then_some(expect),
                ..HttpCheck::default()
            };
            Check::Http { http }
        }
        Kind::Metric => {
            let said = Metric::deserialize(rest)?;
            let metric = MetricCheck {
                url: said.url,
                query: said.query,
                comparison: said.comparison,
                threshold: said.threshold,
                headers: Vec::new(),
            };
            Check::Metric { metric }
        }
    })
}
