//! Which criterion a step is of, and what its end says of it.
//! Apart from rendering: the other half of the same agreement, read by whoever watches the workflow.

use super::NODE;
use crate::model::qarun::{Check, Verdict};

/// What a node is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About<'a> {
    /// Name of the environment; nothing where the workflow has no node for it, because there is one or none.
    pub environment: Option<&'a str>,
    /// Id of the criterion.
    pub criterion: &'a str,
}

/// What a node of a rendered workflow is about, by its `name`. Nothing of other nodes: the workflow's own, groups, exit handlers,
/// and single attempts of a step that is run again, whose node has the outcome. The id is to be looked up in the spec: the node of
/// an environment reads like that of a criterion, which there is not.
///
/// Source of names: Argo v4.1 `controller/dag.go`, `controller/steps.go`: `{parent}.{task}`, `{parent}[{row}].{step}`.
pub fn about<'a>(node: &'a str, workflow: &str) -> Option<About<'a>> {
    let below = node.strip_prefix(workflow)?;
    let rowless = |part: &'a str| part.split('[').next().unwrap_or_default();
    let parts: Vec<&str> = below.split('.').collect();
    let (environment, criterion) = match parts[..] {
        [root, criterion] if rowless(root).is_empty() => (None, criterion),
        [root, environment, criterion] if rowless(root).is_empty() => {
            let name = rowless(environment).strip_prefix(NODE)?;
            (Some(name), criterion)
        }
        _ => return None,
    };
    let id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_id = !criterion.is_empty() && criterion.bytes().all(id);
    is_id.then_some(About {
        environment,
        criterion,
    })
}

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

/// The verdict of a step that is over. A criterion that took too long is not met: the time is part of what was asked for. One that
/// was cut short, because the whole attempt was ended or ran out of time, is neither met nor not, however its step ended.
pub fn judge(check: &Check, end: End) -> Verdict {
    if cut_short(end.message) {
        return Verdict::Inconclusive;
    }
    match end.phase {
        "Succeeded" => Verdict::Pass,
        "Failed" if too_late(end.message) => Verdict::Fail,
        "Failed" => match check {
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

/// The words for a step's own time being over. Source: kubelet `active_deadline.go`; Argo v4.1 `controller/operator.go`; Go `net/http`.
fn too_late(message: &str) -> bool {
    let words = [
        "longer than the specified deadline",
        "context deadline exceeded",
    ];
    message == "timeout" || words.iter().any(|words| message.contains(words))
}

/// The attempt was ended, or its time was over, not this step's. A pod that ends well when it is told to stop is a success to Argo.
/// Source: Argo v4.1 `controller/exec_control.go`, `controller/operator.go`.
fn cut_short(message: &str) -> bool {
    let words = [
        "Stopped with strategy",
        "workflow shutdown with strategy",
        "Step exceeded its deadline",
    ];
    words.iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_about_what_its_name_says() {
        let seen = |node: &str| {
            about(node, "w-1").map(|a| (a.environment.map(str::to_owned), a.criterion.to_owned()))
        };
        let some = |environment: Option<&str>, id: &str| {
            Some((environment.map(str::to_owned), id.to_owned()))
        };
        for (node, wanted) in [
            ("w-1.total", some(None, "total")),
            ("w-1[2].total", some(None, "total")),
            ("w-1.env-2nd.1st", some(Some("2nd"), "1st")),
            ("w-1.env-staging[0].total", some(Some("staging"), "total")),
            ("w-1", None),
            ("w-1[0]", None),
            ("w-1.total(0)", None),
            ("w-1.onExit", None),
            ("w-1.other.total", None),
            ("w-2.total", None),
        ] {
            assert_eq!(seen(node), wanted, "{node}");
        }
    }

    /// Whether an end (phase, message, exit code, output `verdict`) of a check of this kind is judged so.
    fn is(kind: &str, end: (&str, &str, Option<&str>, Option<&str>), wanted: Verdict) {
        let check = match kind {
            "command" => Check::Command {
                command: Default::default(),
            },
            "http" => Check::Http {
                http: Default::default(),
            },
            _ => Check::Manual {
                manual: Default::default(),
            },
        };
        let (phase, message, exit_code, verdict) = end;
        let end = End {
            phase,
            message,
            exit_code,
            verdict,
        };
        assert_eq!(judge(&check, end), wanted, "{kind}: {end:?}");
    }

    #[test]
    fn a_command_is_judged_by_its_script_or_by_the_time_it_took() {
        use Verdict::{Fail, Inconclusive, Pass};
        let of = |end, wanted| is("command", end, wanted);
        let late = "Pod was active on the node longer than the specified deadline";
        let told = "workflow shutdown with strategy:  Stop";
        of(("Succeeded", "", Some("0"), Some("pass")), Pass);
        of(("Failed", "it ended with 3", Some("1"), Some("fail")), Fail);
        of(("Failed", late, None, None), Fail);
        of(
            ("Failed", "", Some("125"), Some("inconclusive")),
            Inconclusive,
        );
        of(("Failed", "OOMKilled", Some("137"), None), Inconclusive);
        of(
            ("Failed", "", Some("1"), Some("inconclusive")),
            Inconclusive,
        );
        of(("Error", "pod deleted", None, None), Inconclusive);
        of(("Omitted", "", None, None), Inconclusive);
        of(("Succeeded", told, Some("0"), Some("pass")), Inconclusive);
    }

    #[test]
    fn an_answer_is_judged_by_its_condition_and_a_person_by_what_they_did() {
        use Verdict::{Fail, Inconclusive, Pass};
        let of = |kind, phase, message, wanted| is(kind, (phase, message, None, None), wanted);
        of("http", "Succeeded", "", Pass);
        of(
            "http",
            "Failed",
            "successCondition 'x' evaluated false",
            Fail,
        );
        of(
            "http",
            "Failed",
            "received non-2xx response code: 500",
            Fail,
        );
        of(
            "http",
            "Failed",
            "Get \"x\": context deadline exceeded",
            Fail,
        );
        of(
            "http",
            "Failed",
            "dial tcp: connection refused",
            Inconclusive,
        );
        of("manual", "Succeeded", "approved by jane", Pass);
        of("manual", "Failed", "rejected by jane", Fail);
        of(
            "manual",
            "Failed",
            "Stopped with strategy 'Stop'",
            Inconclusive,
        );
        of(
            "manual",
            "Failed",
            "Step exceeded its deadline",
            Inconclusive,
        );
    }
}
