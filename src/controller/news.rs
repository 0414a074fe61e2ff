//! What an Event says of a change of a QARun's status.
//! Apart from writing the status: events are for people who watch, and may be lost.

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::model::qarun::{API_VERSION, ConditionStatus, KIND, Phase, Status, Verdict, condition};
use crate::wire::qarun::QaRun;

/// Longest note, Kubernetes' own limit less room.
const NOTE: usize = 1000;

/// The event of a status that is written over another one; nothing where people would see no difference.
pub fn event(run: &QaRun, next: &Status, now: Timestamp) -> Option<Value> {
    let before = run.status();
    let (phase, attempt) = (next.phase.clone().unwrap_or_default(), next.attempt);
    let retried = before.attempt != attempt;
    let moved = before.phase != next.phase || before.attempt != attempt;
    let accepted = |status: &Status| status.condition(condition::ACCEPTED).cloned();
    let refused = accepted(next).is_some_and(|one| one.status == ConditionStatus::False)
        && accepted(next) != accepted(&before);
    // That an attempt which was begun is at work is no news: it costs a request, and says nothing.
    let begun = before.phase == Some(Phase::Pending) && phase == Phase::Running && !retried;
    if (!moved || begun) && !refused {
        return None;
    }
    let reason = match &phase {
        Phase::Pending if before.attempt != attempt => "AttemptStarted",
        Phase::Pending if next.next_attempt_at.is_some() => "Retrying",
        Phase::Pending if refused => "Refused",
        Phase::Pending => "Pending",
        other => other.word(),
    };
    let bad = refused || next.verdict.is_some_and(|verdict| verdict != Verdict::Pass);
    let note = next.message.as_deref().unwrap_or(reason);
    let meta = &run.metadata;
    // The same change has the same name: of two controllers that tell it, one is heard.
    let what = format!(
        "{}/{}/{reason}/{:?}",
        meta.uid, meta.resource_version, attempt
    );
    let hash = Sha256::digest(what.as_bytes());
    let hash: String = hash
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Some(json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": format!("{}.{hash}", meta.name), "namespace": meta.namespace},
        "involvedObject": {
            "apiVersion": API_VERSION, "kind": KIND, "name": meta.name, "namespace": meta.namespace,
            "uid": meta.uid, "resourceVersion": meta.resource_version,
        },
        "type": if bad { "Warning" } else { "Normal" },
        "reason": reason,
        "message": super::status::cut(note, NOTE),
        "source": {"component": "tiphys-controller"},
        "reportingComponent": "tiphys-controller",
        "firstTimestamp": now.to_string(), "lastTimestamp": now.to_string(), "count": 1,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::qarun::Spec;

    #[test]
    fn what_people_would_see_no_difference_in_is_not_told_and_the_same_has_the_same_name() {
        let mut run = QaRun::new("ns", "r", Spec::default());
        let now = Timestamp::UNIX_EPOCH;
        let status = |phase: Phase, message: &str| Status {
            phase: Some(phase),
            message: Some(message.to_owned()),
            ..Status::default()
        };
        run.status = Some(status(Phase::Running, "1/2"));
        assert_eq!(event(&run, &status(Phase::Running, "2/2"), now), None);
        let told = event(&run, &status(Phase::Succeeded, "2 of 2"), now).unwrap();
        assert_eq!(
            (&told["reason"], &told["message"]),
            (&json!("Succeeded"), &json!("2 of 2"))
        );
        let again = event(&run, &status(Phase::Succeeded, "2 of 2"), now).unwrap();
        assert_eq!(told["metadata"]["name"], again["metadata"]["name"]);
    }
}
