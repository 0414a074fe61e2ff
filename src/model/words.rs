//! The controller's messages understood: reasons, exit codes, durations, locks.
//! Apart from the rules that use them, because every one of these texts is Argo's or the kubelet's and may change with them.
//!
//! Source: messages of Argo Workflows v4.1.2 and Kubernetes 1.36, as recorded from a live controller.

use jiff::Timestamp;

use super::phase::StepPhase;
use super::workflow::StepKind;

/// What the controller writes while a namespace's or its own parallelism limit holds a workflow back.
const POSTPONED: &str = "Workflow processing has been postponed";

/// The workflow waits in the queue of a parallelism limit.
pub fn is_queued(message: &str) -> bool {
    message.starts_with(POSTPONED)
}

/// Name of the lock in `Waiting for ns/Mutex/release lock. Lock status: 0/1`.
pub fn lock_waited_for(message: &str) -> Option<&str> {
    let (lock, _) = message.strip_prefix("Waiting for ")?.split_once(" lock.")?;
    (!lock.is_empty()).then_some(lock)
}

/// Splits `ImagePullBackOff: Back-off pulling …` into reason and text. A text without a reason in front is all reason.
pub fn pending_reason(message: &str) -> (&str, Option<&str>) {
    let is_reason =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric());
    match message.split_once(':') {
        Some((reason, text)) if is_reason(reason) => {
            let text = text.trim();
            (reason, (!text.is_empty()).then_some(text))
        }
        _ => (message.trim(), None),
    }
}

/// Reasons that every pod passes through on its way up; they only mean something when they last.
pub fn is_starting(reason: &str) -> bool {
    matches!(
        reason,
        "" | "Pending" | "PodInitializing" | "ContainerCreating"
    )
}

/// Seconds of a suspend template's `duration`: plain seconds, or a Go duration (`90s`, `1h30m`), days too.
/// `None` for an expression or anything else.
pub fn seconds(duration: &str) -> Option<i64> {
    let text = duration.trim();
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole);
    }
    let mut rest = text;
    let mut total = 0.0f64;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .filter(|&end| end > 0)?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit_end = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let unit = match &rest[..unit_end] {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return None,
        };
        total += number * unit;
        rest = &rest[unit_end..];
    }
    (!text.is_empty() && total.is_finite() && total < 1e12).then_some(total as i64)
}

/// Seconds of `Backoff for 20 minutes 0 seconds`.
pub fn backoff(message: &str) -> Option<i64> {
    let mut words = message.strip_prefix("Backoff for ")?.split_whitespace();
    let mut total = 0i64;
    while let Some(number) = words.next() {
        let number: i64 = number.parse().ok()?;
        let unit = match words.next()?.trim_end_matches('s') {
            "second" => 1,
            "minute" => 60,
            "hour" => 3600,
            "day" => 86400,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
    }
    Some(total)
}

/// A moment so many seconds later; `None` beyond the calendar.
pub fn later(from: Timestamp, seconds: i64) -> Option<Timestamp> {
    from.checked_add(jiff::SignedDuration::from_secs(seconds))
        .ok()
}

/// The number in `(exit code 137)`.
pub fn exit_code(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("(exit code ")?;
    let (code, _) = rest.split_once(')')?;
    (!code.is_empty() && code.len() <= 5).then_some(code)
}

/// The container that an exit code is of: `fetch` in `fetch: Error (exit code 3)`. `None`: it is of none, or of Argo's own.
pub fn failed_container(message: &str) -> Option<&str> {
    let (name, rest) = message.split_once(": ")?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let own = matches!(name, "init" | "wait" | "supervisor");
    let known = !own && !name.is_empty() && name.chars().all(is_name) && exit_code(rest).is_some();
    known.then_some(name)
}

/// The API server did not let the step have a pod.
pub fn is_refused(message: &str) -> bool {
    ["is forbidden", "admission webhook", "denied the request"]
        .iter()
        .any(|sign| message.contains(sign))
}

/// The controller ended the step because the workflow was stopped or terminated.
pub fn is_shutdown(message: &str) -> bool {
    message.starts_with("workflow shutdown with strategy")
        || message.starts_with("Stopped with strategy")
}

/// A message that only says which child failed, or that one did.
pub fn is_echo(message: &str) -> bool {
    (message.starts_with("child '") && message.ends_with("failed"))
        || message == "No more retries left"
        || message == "template has failed or errored children and failFast enabled"
}

/// What a message says beyond its short form: without `main: Error (exit code 1)` in front. `None` where that is all.
pub fn beyond<'m>(message: &'m str, short: &str) -> Option<&'m str> {
    if is_shutdown(message) {
        return None;
    }
    let rest = match message.split_once("(exit code ") {
        Some((_, tail)) => tail.split_once(')').map_or("", |(_, rest)| rest),
        None => message,
    };
    let rest = rest.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | ';'));
    (!rest.is_empty() && rest != short).then_some(rest)
}

/// The image in `Back-off pulling image "registry/scanner:9.4": …`, without registry and path.
pub fn image(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("image \"")?;
    let (image, _) = rest.split_once('"')?;
    image.rsplit('/').next().filter(|name| !name.is_empty())
}

/// Two or three words for why a step ended badly: `exit 1`, `OOMKilled`, `deadline`, `pod deleted` …
pub fn short_fault(message: Option<&str>, phase: StepPhase, kind: StepKind) -> String {
    let Some(message) = message.map(str::trim).filter(|text| !text.is_empty()) else {
        return plain_fault(phase).to_string();
    };
    let has = |text: &str| message.contains(text);
    if is_shutdown(message) {
        let word = if has("Terminate") {
            "terminated"
        } else {
            "stopped"
        };
        return word.to_string();
    }
    if kind == StepKind::Suspend {
        return "rejected".to_string();
    }
    let sign_of = |signs: &[(&str, &'static str)]| {
        signs
            .iter()
            .find(|(sign, _)| has(sign))
            .map(|(_, word)| *word)
    };
    if let Some(word) = sign_of(SURE) {
        return word.to_string();
    }
    if let Some(code) = exit_code(message) {
        let container = message.split(':').next().unwrap_or_default();
        return match container {
            "init" | "wait" | "supervisor" if has("artifact") => "artifact".to_string(),
            "init" | "wait" | "supervisor" => format!("{container} exit {code}"),
            _ => format!("exit {code}"),
        };
    }
    if let Some(word) = sign_of(SIGNS) {
        return word.to_string();
    }
    if message.chars().count() <= 24 {
        return message.to_string();
    }
    plain_fault(phase).to_string()
}

/// What says more than an exit code beside it.
const SURE: &[(&str, &str)] = &[
    ("OOMKilled", "OOMKilled"),
    ("specified deadline", "deadline"),
    ("find name in PATH", "no command"),
];

/// What tells the fault where there is no exit code; a program's own words after one are not searched.
const SIGNS: &[(&str, &str)] = &[
    ("exceeded its deadline", "deadline"),
    ("Max duration limit exceeded", "deadline"),
    ("timeout", "timeout"),
    ("timed out", "timeout"),
    ("pod deleted", "pod deleted"),
    ("victed", "evicted"),
    ("low on resource", "evicted"),
    // Source: kubelet, `eviction/helpers.go`: limits of a pod's own.
    ("ephemeral local storage usage exceeds", "evicted"),
    ("exceeded its local ephemeral storage limit", "evicted"),
    ("Usage of EmptyDir volume", "evicted"),
    ("reempt", "preempted"),
    ("ImagePullBackOff", "image"),
    ("ErrImagePull", "image"),
    ("InvalidImageName", "image"),
    ("nable to resolve", "unresolved"),
    ("is forbidden", "forbidden"),
];

fn plain_fault(phase: StepPhase) -> &'static str {
    if phase == StepPhase::Error {
        "error"
    } else {
        "failed"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, expected) in [
            ("20", Some(20)),
            ("1s", Some(1)),
            ("1h30m", Some(5400)),
            ("2d", Some(172_800)),
            ("1.5m", Some(90)),
            ("{{inputs.parameters.wait}}", None),
            ("", None),
            ("m", None),
            ("5x", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        assert_eq!(backoff("Backoff for 20 minutes 0 seconds"), Some(1200));
        assert_eq!(backoff("Backoff for 1 hour"), Some(3600));
        assert_eq!(backoff("No more retries left"), None);
    }

    #[test]
    fn recorded_messages_become_short_words() {
        let pod = StepKind::Pod;
        for (message, kind, expected) in [
            ("main: Error (exit code 1)", pod, "exit 1"),
            ("main: OOMKilled (exit code 137)", pod, "OOMKilled"),
            (
                "Pod was active on the node longer than the specified deadline",
                pod,
                "deadline",
            ),
            ("pod deleted", pod, "pod deleted"),
            ("timeout", pod, "timeout"),
            ("workflow shutdown with strategy:  Stop", pod, "stopped"),
            (
                "Stopped with strategy 'Terminate'",
                StepKind::Suspend,
                "terminated",
            ),
            ("rejected by jane: no", StepKind::Suspend, "rejected"),
            (
                "wait: Error (exit code 64): artifact storage is not configured; see the docs",
                pod,
                "artifact",
            ),
            (
                "main: Error (exit code 64): failed to find name in PATH: exec: \"/no/such\"",
                pod,
                "no command",
            ),
            (
                "Unable to resolve: \"tasks.p.outputs.artifacts.r\"",
                StepKind::Skipped,
                "unresolved",
            ),
        ] {
            assert_eq!(
                short_fault(Some(message), StepPhase::Failed, kind),
                expected
            );
        }
        assert_eq!(short_fault(None, StepPhase::Error, pod), "error");
    }

    #[test]
    fn reasons_and_locks_are_found() {
        assert_eq!(
            pending_reason("ErrImagePull: rpc error: code = NotFound"),
            ("ErrImagePull", Some("rpc error: code = NotFound"))
        );
        assert_eq!(pending_reason("PodInitializing"), ("PodInitializing", None));
        assert_eq!(
            lock_waited_for("Waiting for sem-lim/Mutex/release lock. Lock status: 0/1"),
            Some("sem-lim/Mutex/release")
        );
        assert_eq!(lock_waited_for("Waiting for a train"), None);
    }
}
