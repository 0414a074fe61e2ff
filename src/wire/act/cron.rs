//! Cron workflows: suspended and resumed. Running one now makes a workflow, which is elsewhere.
//! Apart from workflows, whose `spec.suspend` means something else.

use serde_json::json;

use super::object::Object;
use super::write::Write;
use super::{Draft, refuse};
use crate::model::act::Refusal;

/// No scheduled run starts any more, or they do again.
pub(super) fn turn(object: &Object<'_>, suspend: bool) -> Result<Draft, Refusal> {
    if object.is_suspended() == suspend {
        return Err(match suspend {
            true => refuse("it is suspended already", "resume lets it run again"),
            false => refuse(
                "it is not suspended",
                "run it now, or wait for its schedule",
            ),
        });
    }
    let mut draft = Draft::default();
    let verb = if suspend { "suspend" } else { "resume" };
    draft.says.push(match suspend {
        true => "no scheduled run starts; what runs goes on".to_string(),
        false => match object.raw.pointer("/spec/startingDeadlineSeconds") {
            Some(seconds) => format!(
                "scheduled runs start again; one that was due in the last {seconds} s may start at once"
            ),
            None => "scheduled runs start again; those that were missed do not".to_string(),
        },
    });
    draft.equivalent = Some(format!(
        "argo cron {verb} {} -n {}",
        object.name(),
        object.namespace()
    ));
    let ops = vec![json!({"op": "add", "path": "/spec/suspend", "value": suspend})];
    let was = object
        .raw
        .pointer("/spec/suspend")
        .cloned()
        .unwrap_or_default();
    let tests = [json!({"op": "test", "path": "/spec/suspend", "value": was})];
    draft.writes.push(Write::tested(object, verb, &tests, ops));
    Ok(draft)
}
