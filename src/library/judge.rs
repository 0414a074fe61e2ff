//! What the end of a step says of its criterion.
//! Apart from rendering: the other half of the same agreement, read by whoever watches the workflow.

use crate::model::qarun::{Check, Verdict};

/// How a step ended, as `status.nodes` has it.
#[derive(Clone, Copy, Debug, Default)]
pub struct End<'a> {
    /// `phase`: `Succeeded`, `Failed`, `Error`, `Skipped`, `Omitted`.
    pub phase: &'a str,
    /// `message`.
    pub message: &'a str,
    /// `outputs.exitCode`.
    pub exit_code: Option<&'a str>,
    /// The output parameter `verdict`.
    pub verdict: Option<&'a str>,
}

/// The verdict of a step that is over. A criterion that took too long is not met: the time is part of what was asked for.
pub fn judge(check: &Check, end: End) -> Verdict {
    match end.phase {
        "Succeeded" => Verdict::Pass,
        "Failed" if too_late(end.message) => Verdict::Fail,
        "Failed" => match check {
            Check::Manual { .. } if stopped(end.message) => Verdict::Inconclusive,
            // Somebody said no.
            Check::Manual { .. } => Verdict::Fail,
            Check::Http { .. } | Check::Metric { .. } => {
                let judged = ["evaluated false", "received non-2xx response code"];
                fail_if(judged.iter().any(|words| end.message.contains(words)))
            }
            Check::Command { .. } | Check::Junit { .. } => {
                fail_if(end.exit_code == Some("1") && end.verdict.is_none_or(|said| said == "fail"))
            }
            Check::Unknown => Verdict::Inconclusive,
        },
        _ => Verdict::Inconclusive,
    }
}

fn fail_if(judged: bool) -> Verdict {
    if judged {
        Verdict::Fail
    } else {
        Verdict::Inconclusive
    }
}

/// Argo's and Kubernetes' words for a step's own time being over. Source: Argo v4.1 `controller/operator.go`, kubelet `active_deadline.go`.
fn too_late(message: &str) -> bool {
    let words = [
        "longer than the specified deadline",
        "Step exceeded its deadline",
        "context deadline exceeded",
    ];
    message == "timeout" || words.iter().any(|words| message.contains(words))
}

/// The workflow was ended, not this step.
fn stopped(message: &str) -> bool {
    message.contains("Stopped with strategy") || message.contains("exceeded its deadline")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_read_as_its_kind_means_it() {
        use Verdict::{Fail, Inconclusive, Pass};
        let command = Check::Command {
            command: Default::default(),
        };
        let http = Check::Http {
            http: Default::default(),
        };
        let manual = Check::Manual {
            manual: Default::default(),
        };
        let end = |phase, message, exit_code, verdict| End {
            phase,
            message,
            exit_code,
            verdict,
        };
        for (check, end, wanted) in [
            (
                &command,
                end("Succeeded", "", Some("0"), Some("pass")),
                Pass,
            ),
            (
                &command,
                end(
                    "Failed",
                    "main: Error (exit code 1): it ended with 3",
                    Some("1"),
                    Some("fail"),
                ),
                Fail,
            ),
            (
                &command,
                end(
                    "Failed",
                    "main: Error (exit code 125)",
                    Some("125"),
                    Some("inconclusive"),
                ),
                Inconclusive,
            ),
            (
                &command,
                end(
                    "Failed",
                    "main: OOMKilled (exit code 137)",
                    Some("137"),
                    None,
                ),
                Inconclusive,
            ),
            (
                &command,
                end(
                    "Failed",
                    "Pod was active on the node longer than the specified deadline",
                    None,
                    None,
                ),
                Fail,
            ),
            (
                &command,
                end("Error", "pod deleted", None, None),
                Inconclusive,
            ),
            (&command, end("Omitted", "", None, None), Inconclusive),
            (
                &http,
                end("Failed", "successCondition 'x' evaluated false", None, None),
                Fail,
            ),
            (
                &http,
                end("Failed", "received non-2xx response code: 500", None, None),
                Fail,
            ),
            (
                &http,
                end("Failed", "dial tcp: connection refused", None, None),
                Inconclusive,
            ),
            (
                &manual,
                end("Succeeded", "approved by jane", None, None),
                Pass,
            ),
            (&manual, end("Failed", "rejected by jane", None, None), Fail),
            (
                &manual,
                end("Failed", "Stopped with strategy 'Stop'", None, None),
                Inconclusive,
            ),
        ] {
            assert_eq!(judge(check, end), wanted, "{end:?}");
        }
    }
}
