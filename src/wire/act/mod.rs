//! Orders into requests: what exactly is sent to do what was asked, and what a person is told of it beforehand.
//! Apart from sending, so that every operation is a pure function of the object it is about.
//!
//! Sources: Argo Workflows v4.1.2 (`workflow/util/util.go`, `FormulateRetryWorkflow`, `FormulateResubmitWorkflow`, `StopWorkflow`,
//! `server/cronworkflow`), and what a live controller of that version did with each request.

mod anew;
mod bypass;
mod create;
mod cron;
mod edit;
mod failing;
mod gate;
mod graph;
mod memo;
mod nodes;
mod object;
mod parameters;
mod qarun;
mod redo;
mod retry;
mod shut;
#[cfg(test)]
mod tests;
mod uses;
mod write;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::model::act::{self, Actor, Field, Kind, Operation, Order, Preview, Refusal};
use crate::model::text::clean;
use object::Object;

pub use crate::model::stamp;
pub use write::{Method, Write};

/// What is sent, in this order, and what is shown of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What a person sees.
    pub preview: Preview,
    /// The requests. Empty where values are missing: then [`Preview::fields`] has some that are needed.
    pub writes: Vec<Write>,
}

/// What an operation comes to, before it is made into a plan.
#[derive(Debug, Default)]
struct Draft {
    says: Vec<String>,
    warns: Vec<String>,
    again: Vec<String>,
    pods: Vec<String>,
    fields: Vec<Field>,
    equivalent: Option<String>,
    writes: Vec<Write>,
    /// What makes two plans of one operation different.
    marks: Vec<String>,
}

/// What an order would send for this object.
///
/// # Errors
/// Why it cannot be done to the object as it is, and what can be done instead.
pub fn plan(order: &Order, object: &Value, actor: &Actor) -> Result<Plan, Refusal> {
    if let Operation::Create { document } = &order.operation {
        let (draft, lines) = anew::create(document, actor)?;
        let mut plan = planned(order, draft, ("", ""));
        plan.preview.diff = lines;
        return Ok(plan);
    }
    let object = Object::new(order, object, actor)?;
    let mut draft = draft(order, &object)?;
    if order.kind == Kind::Workflow {
        draft
            .warns
            .extend(qarun::warning(&object, &order.operation));
    }
    Ok(planned(order, draft, (object.phase(), object.version())))
}

/// What an operation came to, as it is shown and sent; of an object in this phase and of this version.
fn planned(order: &Order, draft: Draft, (phase, version): (&str, &str)) -> Plan {
    let mut hasher = DefaultHasher::new();
    order.operation.hash(&mut hasher);
    (&draft.again, &draft.pods, &draft.marks).hash(&mut hasher);
    let safe = |texts: Vec<String>| -> Vec<Arc<str>> {
        texts.iter().map(|text| clean(text).into()).collect()
    };
    let preview = Preview {
        phase: clean(phase).into(),
        version: clean(version).into(),
        says: safe(draft.says),
        warns: safe(draft.warns),
        again: safe(draft.again),
        pods: safe(draft.pods),
        requests: draft.writes.iter().map(Write::told).collect(),
        equivalent: draft.equivalent.map(|text| clean(&text).into()),
        fields: draft.fields,
        diff: Vec::new(),
        digest: hasher.finish(),
    };
    Plan {
        preview,
        writes: draft.writes,
    }
}

fn draft(order: &Order, object: &Object<'_>) -> Result<Draft, Refusal> {
    match (order.kind, &order.operation) {
        (
            _,
            Operation::Launch {
                namespace,
                parameters,
            },
        ) => create::launch(object, namespace, parameters),
        (_, Operation::Delete { force }) => shut::delete(object, *force),
        (_, Operation::Edit { manifest }) => edit::edit(object, manifest),
        (Kind::CronWorkflow, operation @ (Operation::Suspend | Operation::Resume)) => {
            cron::turn(object, *operation == Operation::Suspend)
        }
        (Kind::Workflow, operation) => workflow(object, operation),
        (Kind::QaRun, operation) => qarun::qarun(object, operation),
        (kind, operation) => Err(refuse(
            format!("a {} cannot be asked to {}", kind.name(), operation.verb()),
            "a workflow can",
        )),
    }
}

fn workflow(object: &Object<'_>, operation: &Operation) -> Result<Draft, Refusal> {
    if object.is_going() && !operation.creates() {
        return Err(refuse(
            "it is being deleted",
            "resubmit makes a new run of it while it can be read",
        ));
    }
    match operation {
        Operation::Suspend => shut::suspend(object),
        Operation::Resume => shut::resume(object),
        Operation::Stop => shut::end(object, "Stop"),
        Operation::Terminate => shut::end(object, "Terminate"),
        Operation::Approve {
            step,
            values,
            message,
        } => gate::approve(object, step, values, message),
        Operation::Reject { step, message } => gate::reject(object, step, message),
        Operation::Retry { parameters } => retry::all(object, parameters),
        Operation::RetryStep { step } => retry::one(object, step),
        Operation::Continue => retry::go_on(object),
        Operation::Bypass {
            step,
            values,
            message,
        } => bypass::bypass(object, step, values, message),
        Operation::Resubmit {
            memoized,
            parameters,
        } => create::resubmit(object, *memoized, parameters),
        Operation::Delete { .. }
        | Operation::Launch { .. }
        | Operation::Shell { .. }
        | Operation::Edit { .. }
        | Operation::Create { .. }
        | Operation::Apply { .. } => Err(refuse("it is asked elsewhere", "ask again")),
    }
}

/// After a write whose answer was lost: whether it happened. `None`: the object does not tell.
pub fn happened(order: &Order, plan: &Plan, now: Option<&Value>) -> Option<bool> {
    let creates = order.operation.creates();
    let Some(now) = now else {
        // What was to be made is not there; what was to be deleted is gone; anything else went by itself.
        return match order.operation {
            Operation::Delete { .. } => Some(true),
            _ if creates => Some(false),
            _ => None,
        };
    };
    let text = |path: &str| {
        now.pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    if creates {
        // The name was made for this order, and the stamp tells whose it is.
        let body = plan.writes.last().and_then(|write| write.body.as_ref())?;
        let at = format!("/metadata/annotations/{}", write::escaped(stamp::AT));
        return Some(body.pointer(&at).and_then(Value::as_str) == Some(text(&at)));
    }
    if text("/metadata/uid") != order.key.uid.as_str() {
        return match order.operation {
            Operation::Delete { .. } => Some(true),
            _ => None,
        };
    }
    if let Operation::Delete { .. } = order.operation {
        return Some(!text("/metadata/deletionTimestamp").is_empty());
    }
    // Each write of ours stamps the object with its moment.
    let stamped = plan.writes.iter().rev().find_map(Write::stamped)?;
    let there = text(&format!(
        "/metadata/annotations/{}",
        write::escaped(stamp::AT)
    ));
    if stamped == there {
        return Some(true);
    }
    // Whoever came after us has put their stamp over ours, if it was there.
    let moment = |text: &str| text.parse::<Timestamp>().ok();
    match (moment(there), moment(stamped)) {
        (Some(there), Some(ours)) if there > ours => None,
        _ => Some(false),
    }
}

fn refuse(why: impl AsRef<str>, instead: impl AsRef<str>) -> Refusal {
    Refusal {
        why: clean(why.as_ref()).into(),
        instead: clean(instead.as_ref()).into(),
    }
}

/// A command with parameters of a workflow.
fn command(mut words: String, parameters: &[act::Value]) -> String {
    for parameter in parameters {
        let pair = format!("{}={}", parameter.name, parameter.value);
        words += &format!(" -p {}", shell(&pair));
    }
    words
}

/// A word for a POSIX shell.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}
