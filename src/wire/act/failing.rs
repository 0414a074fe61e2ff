//! What has failed in a workflow, as retrying sees it: steps, groups that failed by themselves, and what an id stands for.
//! Apart from what is done about it.
//!
//! Source: Argo v4.1.2 `FormulateRetryWorkflow`. Where this does otherwise, Argo was seen not to run a failed step again: one
//! whose exit hook succeeded, an approval that was rejected, a group that was stopped.

use std::collections::BTreeSet;

use super::graph::{Graph, is_group, is_leaf};
use super::nodes::Nodes;
use super::object::Object;
use super::refuse;
use crate::model::act::Refusal;

/// What has failed.
pub(super) struct Failing {
    /// Steps that run again when all that failed does: attempts, not the Retry nodes that hold them.
    pub steps: BTreeSet<String>,
    /// Groups in which nothing failed and that failed all the same.
    pub groups: BTreeSet<String>,
    /// Something failed in the exit handler of the workflow.
    pub exit: bool,
    /// `argo retry` would run the same again.
    pub as_argo: bool,
}

impl Failing {
    pub(super) fn of(object: &Object<'_>, nodes: &Nodes, graph: &Graph) -> Self {
        let superseded = graph.superseded(nodes);
        let all: BTreeSet<String> = nodes
            .ids()
            .filter(|id| nodes.is_bad(id) && !is_group(nodes.text(id, "type")))
            .filter(|id| !is_exit(object, nodes, id))
            .map(str::to_string)
            .collect();
        // Something after it succeeded: the failure was allowed, or another attempt made it good.
        let good = |but_hooks: bool| {
            let before = graph.before_success(nodes, but_hooks);
            move |id: &String| match graph.retry_of(nodes, id) {
                Some(retry) => before.contains(&retry),
                None => before.contains(id),
            }
        };
        let made_good = good(true);
        let steps: BTreeSet<String> = all
            .iter()
            .filter(|id| !superseded.contains(*id) && !made_good(id))
            .cloned()
            .collect();
        let good_to_argo = good(false);
        let argo = all.iter().filter(|id| {
            matches!(
                nodes.text(id, "type"),
                "Pod" | "Container" | "HTTP" | "Plugin"
            ) && !good_to_argo(id)
        });
        let as_argo = argo.eq(steps.iter());
        let explained = graph.around(nodes, &all);
        let groups: BTreeSet<String> = nodes
            .ids()
            .filter(|id| nodes.is_bad(id) && is_group(nodes.text(id, "type")))
            .filter(|id| !is_exit(object, nodes, id))
            .filter(|id| !explained.contains(*id) && !superseded.contains(*id))
            .map(str::to_string)
            .collect();
        let exit = |id: &str| nodes.is_bad(id) && is_exit(object, nodes, id);
        Self {
            as_argo: as_argo && groups.is_empty(),
            exit: nodes.ids().any(exit),
            steps,
            groups,
        }
    }
}

/// It is (in) the exit handler of the workflow, which runs again whenever the workflow does.
pub(super) fn is_exit(object: &Object<'_>, nodes: &Nodes, id: &str) -> bool {
    let name = nodes.text(id, "name");
    let rest = name
        .strip_prefix(object.name())
        .and_then(|rest| rest.strip_prefix(".onExit"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '(']))
}

/// The controller's words on what a stop failed. Source: Argo v4.1.2 `workflow/controller/operator.go`, `exec_control.go`.
pub(super) fn was_stopped(message: &str) -> bool {
    ["Stopped with strategy", "workflow shutdown with strategy"]
        .iter()
        .any(|words| message.starts_with(words))
}

/// The failed step that an id means: a Retry node for one of its attempts.
///
/// # Errors
/// Where it is not there, or has not failed.
pub(super) fn step(nodes: &Nodes, graph: &Graph, id: &str) -> Result<String, Refusal> {
    if !nodes.has(id) {
        return Err(refuse(
            "the step is not there any more",
            "look at the run again",
        ));
    }
    let step = graph.retry_of(nodes, id).unwrap_or_else(|| id.to_string());
    let name = nodes.display(&step);
    if graph.superseded(nodes).contains(&step) {
        return Err(refuse(
            format!("another attempt came after {name}"),
            "choose the last attempt",
        ));
    }
    match nodes.text(&step, "phase") {
        "Failed" | "Error" => Ok(step),
        "Running" | "Pending" | "" if nodes.text(&step, "type") == "Suspend" => Err(refuse(
            format!("step {name} waits"),
            "approve it, or reject it",
        )),
        "Running" | "Pending" | "" => Err(refuse(
            format!(
                "{name} is not over: what is said of a running step is undone by the controller"
            ),
            "wait until it fails, or stop the run",
        )),
        "Omitted" => Err(refuse(
            format!("step {name} was left out because of another step"),
            "choose the step that failed",
        )),
        _ => Err(refuse(
            format!("step {name} has not failed"),
            "choose a step that has; resubmit runs everything again as a new run",
        )),
    }
}

/// What goes when a step runs again: the attempts of a Retry node, what failed in a group, else itself.
///
/// # Errors
/// Where nothing in a group failed.
pub(super) fn chosen(
    object: &Object<'_>,
    nodes: &Nodes,
    graph: &Graph,
    step: &str,
) -> Result<BTreeSet<String>, Refusal> {
    let own = BTreeSet::from([step.to_string()]);
    match nodes.text(step, "type") {
        "Retry" => {
            let tries: BTreeSet<String> = graph.attempts(nodes, step).cloned().collect();
            Ok(if tries.is_empty() { own } else { tries })
        }
        kind if is_group(kind) => {
            let all = Failing::of(object, nodes, graph).steps;
            let held = graph.inside(nodes, vec![step.to_string()]);
            let inside: BTreeSet<String> = all.intersection(&held).cloned().collect();
            match inside.is_empty() {
                true => Err(refuse(
                    format!("no step in {} failed", nodes.display(step)),
                    "continue goes on where it was stopped",
                )),
                false => Ok(inside),
            }
        }
        _ => Ok(own),
    }
}

/// Other steps that failed and stay so, by name, where `gone` run again or count as passed.
pub(super) fn others(
    object: &Object<'_>,
    nodes: &Nodes,
    graph: &Graph,
    gone: &BTreeSet<String>,
) -> Vec<String> {
    let failing = Failing::of(object, nodes, graph);
    let stay = failing.steps.iter().filter(|id| !gone.contains(*id));
    let names: BTreeSet<String> = stay.map(|id| called(nodes, graph, id)).collect();
    names.into_iter().collect()
}

/// How a step is called where it is named once: an attempt by its step, a container by its pod.
pub(super) fn called(nodes: &Nodes, graph: &Graph, id: &str) -> String {
    let pod = nodes.text(id, "boundaryID");
    let id = match nodes.text(id, "type") {
        "Container" if nodes.has(pod) => pod,
        _ => id,
    };
    match graph.retry_of(nodes, id) {
        Some(retry) => nodes.display(&retry),
        None => nodes.display(id),
    }
}

/// The sentence on what stays failed.
pub(super) fn will_fail(names: &[String]) -> String {
    format!(
        "it will end Failed again, because {}: {}",
        match names.len() {
            1 => "another step stays failed".to_string(),
            count => format!("{count} other steps stay failed"),
        },
        some(names)
    )
}

/// The first of some names, and how many more there are.
pub(super) fn some(names: &[String]) -> String {
    const NAMED: usize = 5;
    let named: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    match names.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Steps that a stop told to end and that count as passed, by name.
pub(super) fn cut_short(nodes: &Nodes) -> Vec<String> {
    nodes
        .ids()
        .filter(|id| is_leaf(nodes.text(id, "type")) && nodes.text(id, "phase") == "Succeeded")
        .filter(|id| was_stopped(nodes.text(id, "message")))
        .map(|id| nodes.display(id))
        .collect()
}
