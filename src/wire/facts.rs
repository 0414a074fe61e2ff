//! A Workflow object folded into [`Facts`] while it is decoded: counts, times and the one cause that matters.
//! Apart from [`super::workflow()`], because this is done for every object of a feed: nothing of the nodes is kept.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::argo::{LightObject, Locks, Object, Status};
use super::error::WireError;
use super::intern::Interner;
use super::lax::Text;
use super::managed;
use super::nest::Obj;
use super::nodes::{Nodes, Templates, source, unpacked};
use super::row::{Meta, row_from_meta, time};
use super::spec::{Pauses, Spec};
use crate::model::cause::{Scene, Wait};
use crate::model::count::Tally;
use crate::model::facts::{Cause, FLAKY, Facts, FanOut, LeafFault, NodesSource};
use crate::model::glance::Glance;
use crate::model::phase::{Phase, StepPhase};
use crate::model::progress::Progress;
use crate::model::shape::{Link, Shape};
use crate::model::text::{clean, clean_message};
use crate::model::usual::{self, Took};
use crate::model::workflow::StepKind;

/// Decodes one Workflow object and keeps only its facts.
///
/// # Errors
/// [`WireError`] where the bytes are no JSON object. Anything wrong inside is left out; a missing name or uid is said in `row.malformed`.
pub fn facts(bytes: &[u8]) -> Result<Facts, WireError> {
    facts_with(&managed::cut(bytes), &mut Interner::new())
}

/// [`facts`], sharing label texts with everything else made with the same interner.
///
/// # Errors
/// As [`facts`].
pub fn facts_with(bytes: &[u8], names: &mut Interner) -> Result<Facts, WireError> {
    let text = utf8(bytes);
    let object: LightObject<'_> = object(&text)?;
    let status = object.status.get();
    let (json, mut from) = source(status);
    let packed = unpacked(json.as_deref(), &mut from);
    let map = match status {
        Some(status) if json.is_none() => &status.nodes,
        _ => &packed,
    };
    let nodes = Nodes::of(map, false);
    Ok(fold(&object, &nodes, from, names))
}

/// The text of an answer. What is no UTF-8 is replaced; that it is, which is the rule, is found out many times as fast
/// by the strict check.
pub fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// The outer object.
pub fn object<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, WireError> {
    let object: Obj<T> =
        serde_json::from_str(text).map_err(|error| WireError::NotJson(error.to_string()))?;
    object.into_inner().ok_or(WireError::NotAnObject)
}

/// The spec in force: the one stored from a WorkflowTemplate, else the object's own. Source: Argo v4.1.2 `GetExecSpec`.
pub fn spec_in_force<'o, I, O, T>(object: &'o Object<'o, I, O, T>) -> Option<&'o Spec<'o, T>> {
    object
        .status
        .get()
        .and_then(|status| status.stored_workflow_template_spec.get())
        .or(object.spec.get())
}

/// The facts of an object whose nodes are given.
pub fn fold<'o, I, O, T: Pauses>(
    object: &'o Object<'o, I, O, T>,
    nodes: &'o Nodes<'o, I, O>,
    from: NodesSource,
    names: &mut Interner,
) -> Facts {
    let no_meta = Meta::default();
    let meta = object.metadata.get().unwrap_or(&no_meta);
    let status = object.status.get();
    let word =
        |pick: fn(&'o Status<'o, I, O, T>) -> &'o Text<'o>| status.map(pick).and_then(Text::filled);
    let phase = word(|status| &status.phase).unwrap_or("");
    let message = word(|status| &status.message);
    let templates = Templates::of(spec_in_force(object), status);
    let glances = nodes.glances(&templates);
    let links: Vec<Link<'_>> = glances.iter().map(|glance| glance.link).collect();
    let shape = Shape::of(&links);
    let tally = Tally::of(&glances, &shape);
    let locks = locks(status);
    let run = format!("{}/{}", meta.namespace.or_empty(), meta.name.or_empty());
    let spec = object.spec.get();
    let scene = Scene {
        run: &run,
        phase: Phase::parse(phase),
        message,
        suspended: spec.is_some_and(|spec| spec.suspend.is_set()),
        hidden: matches!(from, NodesSource::Offloaded | NodesSource::Unreadable(_)),
        glances: &glances,
        shape: &shape,
        tally: &tally,
        locks: &locks,
    };
    Facts {
        row: row_from_meta(meta, Some(phase), message, names),
        started: status.and_then(|status| time(&status.started_at)),
        finished: status.and_then(|status| time(&status.finished_at)),
        progress: word(|status| &status.progress).and_then(Progress::parse),
        estimated: status.and_then(|status| status.estimated_duration.get()),
        shutdown: spec
            .and_then(|spec| spec.shutdown.filled())
            .map(|word| names.get(&clean(word))),
        cause: clean_cause(scene.cause()),
        leaves: tally.leaves(&glances),
        fan_out: tally.fan_out(&glances, &shape).map(|group| FanOut {
            step: line(group.step),
            ..group
        }),
        flaky: (tally.made_good(&glances).into_iter().take(FLAKY))
            .map(|step| names.get(&clean(step)))
            .collect(),
        kept: kept(&glances, status.and_then(|status| time(&status.started_at))),
        took: took(&glances, Phase::parse(phase), names),
        nodes: from,
    }
}

/// Seconds between the first and the last of what was done before the run started: a retry counts its time anew, and leaves
/// what passed as it was. Source: Argo v4.1.2 `FormulateRetryWorkflow` sets `status.startedAt`.
fn kept(glances: &[Glance<'_>], started: Option<Timestamp>) -> u64 {
    let Some(started) = started else {
        return 0;
    };
    let works = |one: &&Glance<'_>| {
        matches!(
            one.link.kind,
            StepKind::Pod | StepKind::Http | StepKind::Plugin | StepKind::Suspend
        )
    };
    let before = glances.iter().filter(works).filter_map(|one| {
        let (from, to) = (one.started?, one.finished?);
        (to <= started).then_some((from, to))
    });
    let span = before.reduce(|(from, to), (a, b)| (from.min(a), to.max(b)));
    span.map_or(0, |(from, to)| {
        u64::try_from(to.as_second() - from.as_second()).unwrap_or(0)
    })
}

/// How long the steps of a run that is over took: those that did work, passed, and were not only looked up.
fn took(glances: &[Glance<'_>], phase: Phase, names: &mut Interner) -> Box<[Took]> {
    if !phase.is_done() {
        return Box::default();
    }
    let worked = glances.iter().filter(|one| {
        let works = matches!(
            one.link.kind,
            StepKind::Pod | StepKind::Http | StepKind::Plugin
        );
        works && !one.daemoned && one.phase == StepPhase::Succeeded
    });
    let lengths = worked.filter_map(|one| {
        let seconds = one.finished?.as_second() - one.started?.as_second();
        Some((
            one.display,
            u64::try_from(seconds).ok().filter(|&some| some > 0)?,
        ))
    });
    usual::took(lengths)
        .into_iter()
        .map(|(step, seconds)| Took {
            step: names.get(&clean(step)),
            seconds,
        })
        .collect()
}

fn locks<'o, I, O, T>(status: Option<&'o Status<'o, I, O, T>>) -> Vec<Wait<'o>> {
    let Some(locks) = status.and_then(|status| status.synchronization.get()) else {
        return Vec::new();
    };
    let waits = |of: &'o Obj<Locks<'o>>| of.get().map_or(&[][..], |locks| locks.waiting.get());
    waits(&locks.mutex)
        .iter()
        .chain(waits(&locks.semaphore))
        .filter_map(Obj::get)
        .filter_map(|wait| {
            let lock = wait.mutex.filled().or(wait.semaphore.filled())?;
            let holders = wait
                .holder
                .filled()
                .into_iter()
                .chain(wait.holders.get().iter().filter_map(Text::filled))
                .collect();
            Some(Wait { lock, holders })
        })
        .collect()
}

fn line(text: Arc<str>) -> Arc<str> {
    match clean(&text) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(cleaned) => cleaned.into(),
    }
}

fn message(text: Arc<str>) -> Arc<str> {
    match clean_message(&text) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(cleaned) => cleaned.into(),
    }
}

/// Every text of a cause made safe.
fn clean_cause(cause: Cause) -> Cause {
    match cause {
        Cause::Failed(fault) => Cause::Failed(LeafFault {
            step: line(fault.step),
            node: line(fault.node),
            short: line(fault.short),
            message: fault.message.map(message),
            ..fault
        }),
        Cause::Approval { step, text, since } => Cause::Approval {
            step: line(step),
            text: text.map(message),
            since,
        },
        Cause::Suspended { step, until } => Cause::Suspended {
            step: step.map(line),
            until,
        },
        Cause::Lock {
            lock,
            holders,
            step,
        } => Cause::Lock {
            lock: line(lock),
            holders: holders.into_iter().map(line).collect(),
            step: step.map(line),
        },
        Cause::Blocked {
            step,
            reason,
            text,
            since,
        } => Cause::Blocked {
            step: line(step),
            reason: message(reason),
            text: text.map(message),
            since,
        },
        Cause::Backoff {
            step,
            attempts,
            until,
            last,
        } => Cause::Backoff {
            step: line(step),
            attempts,
            until,
            last: last.map(line),
        },
        Cause::Running { step, others } => Cause::Running {
            step: line(step),
            others,
        },
        Cause::Workflow(text) => Cause::Workflow(message(text)),
        Cause::None | Cause::Queue | Cause::Offloaded | Cause::Idle { .. } => cause,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    /// What a retry leaves: `status.startedAt` is its own moment, and what passed has the times it had.
    #[test]
    fn what_was_done_before_a_retry_is_told_apart() {
        let kept = |retried: &str| {
            let node = |name: &str, from: &str, to: Option<&str>| {
                json!({"id": name, "name": name, "displayName": name, "type": "Pod", "startedAt": from,
                    "finishedAt": to, "phase": if to.is_some() { "Succeeded" } else { "Running" }})
            };
            let object = json!({
                "metadata": {"name": "w", "namespace": "n", "uid": "u"},
                "status": {"phase": "Running", "startedAt": retried, "nodes": {
                    "a": node("a", "2026-11-22T02:00:00Z", Some("2026-11-22T02:05:00Z")),
                    "b": node("b", "2026-11-22T02:05:00Z", Some("2026-11-22T02:15:00Z")),
                    "c": node("c", "2026-11-22T03:00:01Z", None),
                }},
            });
            facts(object.to_string().as_bytes()).unwrap().kept
        };
        assert_eq!(kept("2026-11-22T03:00:00Z"), 900);
        assert_eq!(kept("2026-11-22T02:00:00Z"), 0);
    }
}
