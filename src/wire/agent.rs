//! CodeRuns and DocsRuns from a list of them.
//! Apart from QARuns, whose whole shape is known: of these a few fields are read, whatever the rest is.

use std::sync::Arc;

use serde_json::Value;

use super::listing::Read;
use crate::model::agent::{Agent, AgentRun};
use crate::model::key::Key;
use crate::model::mask::mask;
use crate::model::text::{clean, clean_message};

/// What stands in `status.pullRequestUrl` where there is none.
const NO_PULL_REQUEST: &str = "no-pr";

/// Reads one; what has no name is none.
pub fn agent_run(json: &[u8], agent: Agent, group: &str) -> Read<AgentRun> {
    let object: Value = match serde_json::from_slice(json) {
        Ok(object) => object,
        Err(why) => return Read::Malformed(why.to_string()),
    };
    let text = |path: &str| match object.pointer(path) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        // A task was a number before it was text.
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let name = |path: &str| text(path).map(|text| Arc::<str>::from(clean(&text)));
    let said = |path: &str| text(path).map(|text| Arc::<str>::from(clean_message(&mask(&text))));
    let (Some(own), Some(uid)) = (name("/metadata/name"), name("/metadata/uid")) else {
        return Read::Malformed("it has no name".to_owned());
    };
    let namespace = name("/metadata/namespace").unwrap_or_default();
    Read::Item(AgentRun {
        agent,
        group: group.into(),
        key: Key::new(namespace, own, uid),
        task: name("/spec/taskId"),
        service: name("/spec/service"),
        phase: name("/status/phase"),
        message: said("/status/message"),
        pull_request: said("/status/pullRequestUrl").filter(|url| &**url != NO_PULL_REQUEST),
        qa: name("/status/qaStatus"),
        created: text("/metadata/creationTimestamp").and_then(|at| at.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::phase::State;

    fn read(json: &str) -> Option<AgentRun> {
        match agent_run(json.as_bytes(), Agent::Code, "agents.platform") {
            Read::Item(run) => Some(run),
            _ => None,
        }
    }

    #[test]
    fn a_coderun_is_about_its_task_and_the_parts_of_it() {
        let run = read(
            r#"{"metadata":{"name":"code-15-1","namespace":"cto","uid":"u"},"spec":{"taskId":15,"service":"shop"},
                "status":{"phase":"Succeeded","pullRequestUrl":"https://git.example/pull/7","qaStatus":"approved"}}"#,
        )
        .unwrap();
        assert_eq!(
            (run.task.as_deref(), run.state()),
            (Some("15"), State::Succeeded)
        );
        assert!(run.is_about("15") && run.is_about("15.10"));
        assert!(!run.is_about("1") && !run.is_about("150") && !run.is_about("5.15"));
        assert_eq!(
            run.pull_request.as_deref(),
            Some("https://git.example/pull/7")
        );
    }

    #[test]
    fn what_is_not_there_or_is_something_else_is_nothing() {
        let run = read(
            r#"{"metadata":{"name":"a\u001b[2J","uid":"u"},"spec":[],"status":{"phase":"Odd","pullRequestUrl":"no-pr"}}"#,
        );
        let run = run.unwrap();
        assert_eq!(&*run.key.name, "a␛[2J");
        assert_eq!((run.task, run.pull_request), (None, None));
        assert_eq!(read("{}"), None);
        assert_eq!(read("[1"), None);
    }
}
