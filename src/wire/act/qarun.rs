//! QARuns: tried again, ended, suspended and resumed through their spec. Their controller does the rest.
//! Apart from workflows: what is asked of the workflow of an attempt is not what its QARun wants of it.
//!
//! Source: the definition (`wire/qarun/crd.yaml`: `attempt` is never lowered and not raised beside `shutdown`) and what
//! `controller::decide` makes of each field.

use serde_json::{Map, Value, json};

use super::object::Object;
use super::write::Write;
use super::{Draft, refuse};
use crate::model::act::{Operation, Refusal};
use crate::model::qarun::{Phase, label};

/// What is asked of a QARun.
pub(super) fn qarun(object: &Object<'_>, operation: &Operation) -> Result<Draft, Refusal> {
    if object.is_going() {
        return Err(refuse("it is being deleted", "ask for a new QARun"));
    }
    match operation {
        Operation::Retry { .. } => retry(object),
        Operation::Stop => end(object, "Stop"),
        Operation::Terminate => end(object, "Terminate"),
        Operation::Suspend => turn(object, true),
        Operation::Resume => turn(object, false),
        operation => Err(refuse(
            format!("a QARun cannot be asked to {}", operation.verb()),
            "the workflow of an attempt can, and a QARun can be tried again, stopped, suspended and edited",
        )),
    }
}

/// What is said of an order on a workflow that is of a QARun: whose it is, and what its controller hears of it.
pub(super) fn warning(object: &Object<'_>, operation: &Operation) -> Option<String> {
    let labels = object.raw.pointer("/metadata/labels")?;
    labels.get(label::UID)?;
    let name = labels.get(label::RUN).and_then(Value::as_str);
    let of = match name {
        Some(name) => format!("it is of the QARun {name}"),
        None => "it is of a QARun".to_owned(),
    };
    let what = match operation {
        Operation::Retry { .. } | Operation::RetryStep { .. } | Operation::Bypass { .. }
            if object.is_done() =>
        {
            "that is over already, and takes no note of what this workflow does now: a retry of the QARun does"
        }
        Operation::Stop | Operation::Terminate => {
            "that ends as cancelled then, and begins no other attempt"
        }
        Operation::Suspend | Operation::Resume => "its own spec.suspend stays as it is",
        Operation::Delete { .. } => {
            "where that is not over, this attempt counts as failed for no fault of the service"
        }
        _ => return None,
    };
    Some(format!("{of}: {what}"))
}

fn is_over(object: &Object<'_>) -> bool {
    Phase::from(object.phase().to_owned()).is_over()
}

fn number(object: &Object<'_>, path: &str) -> u64 {
    let value = object.raw.pointer(path).and_then(Value::as_u64);
    value.unwrap_or(0)
}

/// Another attempt: the number is raised, and what ended the last one is taken away with it.
fn retry(object: &Object<'_>) -> Result<Draft, Refusal> {
    let (had, wanted) = (
        number(object, "/status/attempt"),
        number(object, "/spec/attempt").max(1),
    );
    if let Some(due) = object
        .raw
        .pointer("/status/nextAttemptAt")
        .and_then(Value::as_str)
    {
        return Err(refuse(
            format!("another attempt follows by itself at {due}"),
            "wait for it, or stop the QARun",
        ));
    }
    if wanted > had && is_over(object) {
        return Err(refuse(
            format!("attempt {wanted} is asked for already"),
            "wait for the controller",
        ));
    }
    if !is_over(object) {
        return Err(refuse("it is not over", "stop it, and try it again then"));
    }
    let next = had.max(wanted) + 1;
    let mut draft = Draft::default();
    draft.says.push(format!(
        "its controller begins attempt {next}: a new workflow, in which everything is verified again"
    ));
    let mut spec = Map::new();
    spec.insert("attempt".to_owned(), next.into());
    if !object.shutdown().is_empty() {
        spec.insert("shutdown".to_owned(), Value::Null);
        draft.says.push(format!(
            "its shutdown ({}) is taken away",
            object.shutdown()
        ));
    }
    if object.is_suspended() {
        draft
            .warns
            .push("it is suspended: nothing is begun until it is resumed".to_owned());
    }
    write(object, &mut draft, "retry", spec);
    Ok(draft)
}

/// `Stop` or `Terminate`: the attempt that runs ends so, and no other follows.
fn end(object: &Object<'_>, how: &str) -> Result<Draft, Refusal> {
    if is_over(object) {
        return Err(refuse("it is over", "there is nothing to end"));
    }
    match (object.shutdown(), how) {
        ("Terminate", _) | ("Stop", "Stop") => {
            return Err(refuse(
                "it is being ended already",
                "wait for the controller",
            ));
        }
        _ => {}
    }
    let mut draft = Draft::default();
    draft.says.push(match number(object, "/status/attempt") {
        0 => "nothing was begun; it is over then, cancelled".to_owned(),
        attempt => format!("attempt {attempt} is ended ({how}), and no other follows"),
    });
    draft.says.push(match how {
        "Stop" => "exit handlers of its workflow run".to_owned(),
        _ => "exit handlers of its workflow do not run".to_owned(),
    });
    let verb = if how == "Stop" { "stop" } else { "terminate" };
    let spec = Map::from_iter([("shutdown".to_owned(), how.into())]);
    write(object, &mut draft, verb, spec);
    Ok(draft)
}

fn turn(object: &Object<'_>, suspend: bool) -> Result<Draft, Refusal> {
    if is_over(object) {
        return Err(refuse("it is over", "retry begins another attempt"));
    }
    if object.is_suspended() == suspend {
        return Err(match suspend {
            true => refuse("it is suspended already", "resume goes on"),
            false => refuse(
                "it is not suspended",
                "a criterion that waits for a person is approved",
            ),
        });
    }
    let mut draft = Draft::default();
    draft.says.push(
        match suspend {
            true => "no attempt is begun, and no new step of one that runs; what runs goes on to its end",
            false => "it goes on where it was",
        }
        .to_owned(),
    );
    let verb = if suspend { "suspend" } else { "resume" };
    let spec = Map::from_iter([("suspend".to_owned(), suspend.into())]);
    write(object, &mut draft, verb, spec);
    Ok(draft)
}

/// The one request of each: fields of the spec, of this very version of the object.
fn write(object: &Object<'_>, draft: &mut Draft, verb: &str, spec: Map<String, Value>) {
    let patch = json!({"spec": spec});
    draft.equivalent = Some(format!(
        "kubectl patch qaruns.agents.platform {} -n {} --type merge -p '{patch}'",
        object.name(),
        object.namespace()
    ));
    draft.marks.push(patch.to_string());
    draft.writes.push(Write::merge(object, verb, patch));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::plan;
    use super::*;
    use crate::model::act::{Actor, Kind, Order};
    use crate::model::key::Key;

    fn ask(
        spec: Value,
        status: Value,
        operation: Operation,
    ) -> Result<(Vec<String>, Value), String> {
        let object = json!({
            "metadata": {"name": "qa-7", "namespace": "pay", "uid": "u-7", "resourceVersion": "31"},
            "spec": spec, "status": status,
        });
        let order = Order {
            kind: Kind::QaRun,
            key: Key::new("pay", "qa-7", "u-7"),
            operation,
        };
        let at = "2026-11-22T20:00:52Z".parse().unwrap();
        let actor = Actor {
            name: "jane".into(),
            at,
            asked: at,
        };
        let plan = plan(&order, &object, &actor).map_err(|why| why.to_string())?;
        let [write] = &plan.writes[..] else {
            panic!("one request: {:?}", plan.writes)
        };
        assert_eq!(
            write.path,
            "/apis/agents.platform/v1/namespaces/pay/qaruns/qa-7"
        );
        assert_eq!(write.resource, "qaruns.agents.platform");
        let body = write.body.clone().unwrap();
        assert_eq!(
            (
                &body["metadata"]["uid"],
                &body["metadata"]["resourceVersion"]
            ),
            (&json!("u-7"), &json!("31"))
        );
        let says = plan.preview.says.iter().map(ToString::to_string).collect();
        Ok((says, body["spec"].clone()))
    }

    const RETRY: Operation = Operation::Retry {
        parameters: Vec::new(),
    };

    #[test]
    fn a_retry_raises_the_attempt_and_takes_away_what_ended_the_last() {
        let over = json!({"phase": "Failed", "attempt": 2});
        assert_eq!(
            ask(json!({}), over.clone(), RETRY).unwrap().1,
            json!({"attempt": 3})
        );
        let cancelled = json!({"phase": "Cancelled", "attempt": 1});
        let asked = json!({"attempt": 1, "shutdown": "Stop"});
        assert_eq!(
            ask(asked, cancelled, RETRY).unwrap().1,
            json!({"attempt": 2, "shutdown": null})
        );
        for (spec, status, why) in [
            (
                json!({}),
                json!({"phase": "Running", "attempt": 1}),
                "not over",
            ),
            (json!({}), json!({}), "not over"),
            (
                json!({"attempt": 3}),
                over,
                "attempt 3 is asked for already",
            ),
            (
                json!({}),
                json!({"phase": "Pending", "attempt": 1, "nextAttemptAt": "2026-11-22T20:01:00Z"}),
                "follows by itself",
            ),
        ] {
            let refused = ask(spec, status, RETRY).unwrap_err();
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[test]
    fn it_is_ended_and_suspended_through_its_spec() {
        let runs = || json!({"phase": "Running", "attempt": 1});
        assert_eq!(
            ask(json!({}), runs(), Operation::Stop).unwrap().1,
            json!({"shutdown": "Stop"})
        );
        let stopping = json!({"shutdown": "Stop"});
        assert_eq!(
            ask(stopping.clone(), runs(), Operation::Terminate)
                .unwrap()
                .1,
            json!({"shutdown": "Terminate"})
        );
        assert!(ask(stopping, runs(), Operation::Stop).is_err());
        assert_eq!(
            ask(json!({}), runs(), Operation::Suspend).unwrap().1,
            json!({"suspend": true})
        );
        assert_eq!(
            ask(json!({"suspend": true}), json!({}), Operation::Resume)
                .unwrap()
                .1,
            json!({"suspend": false})
        );
        assert!(ask(json!({}), runs(), Operation::Resume).is_err());
        let over = || json!({"phase": "Succeeded", "attempt": 1});
        for operation in [
            Operation::Stop,
            Operation::Terminate,
            Operation::Suspend,
            Operation::Resume,
        ] {
            assert!(
                ask(json!({}), over(), operation)
                    .unwrap_err()
                    .contains("over")
            );
        }
        assert!(ask(json!({}), runs(), Operation::Continue).is_err());
    }
}
