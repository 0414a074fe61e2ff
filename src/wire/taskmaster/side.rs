//! The files beside the tasks: which tag is the current one, and how hard tasks are said to be.
//! Apart from the tasks, which are whole without them.

use std::collections::BTreeMap;

use super::Unread;
use super::json::{Document, Kind, Value};
use super::task::count;
use crate::model::task::{Complexity, Place, Problem, TaskId};
use crate::model::text::clean;

/// `currentTag` of `.taskmaster/state.json`; nothing where it says none.
///
/// # Errors
/// Where it is no JSON.
pub fn current_tag(bytes: &[u8]) -> Result<Option<String>, Unread> {
    let document = Document::read(bytes)?;
    let tag = document.root.get("currentTag").and_then(Value::text);
    Ok(tag
        .filter(|tag| !tag.is_empty())
        .map(|tag| clean(tag).into_owned()))
}

/// `global.defaultTag` of `.taskmaster/config.json`; nothing where it says none.
///
/// # Errors
/// Where it is no JSON.
pub fn default_tag(bytes: &[u8]) -> Result<Option<String>, Unread> {
    let document = Document::read(bytes)?;
    let global = document.root.get("global");
    let tag = global.and_then(|global| global.get("defaultTag"));
    let tag = tag.and_then(Value::text).filter(|tag| !tag.is_empty());
    Ok(tag.map(|tag| clean(tag).into_owned()))
}

/// A complexity report (`.taskmaster/reports/task-complexity-report[_TAG].json`), by the name of the task.
///
/// # Errors
/// Where it is no JSON, or has no `complexityAnalysis`.
pub fn report(bytes: &[u8]) -> Result<BTreeMap<TaskId, Complexity>, Unread> {
    let document = Document::read(bytes)?;
    let list = document.root.get("complexityAnalysis");
    let Some(items) = list.and_then(Value::items) else {
        return Err(Unread::Foreign(Problem {
            place: Place::default(),
            what: "there is no list complexityAnalysis in it".to_owned(),
            help: "`task-master analyze-complexity` writes the report anew".to_owned(),
        }));
    };
    Ok(items.iter().filter_map(one).collect())
}

fn one(item: &Value) -> Option<(TaskId, Complexity)> {
    let word = |value: &Value| match &value.kind {
        Kind::Number(word) | Kind::Text(word) => Some(clean(word).into_owned()),
        _ => None,
    };
    let id = item.get("taskId").and_then(word)?;
    let score = item.get("complexityScore").and_then(word)?;
    // On disk it is `reasoning`; the type of newer versions says `complexityReasoning`.
    let why = ["reasoning", "complexityReasoning"]
        .iter()
        .find_map(|key| item.get(key)?.text());
    let complexity = Complexity {
        score: score.into(),
        subtasks: item.get("recommendedSubtasks").and_then(count),
        reasoning: why.unwrap_or_default().to_owned(),
    };
    Some((TaskId::new(id), complexity))
}
