//! Steps that run again: all that failed, or one of them; and going on where a stop ended a workflow.
//! Apart from bypassing, which lets a step be and changes what comes after it.

use std::collections::BTreeSet;

use super::failing::{self, Failing, cut_short, is_exit, some, was_stopped, will_fail};
use super::graph::Graph;
use super::nodes::Nodes;
use super::object::Object;
use super::parameters;
use super::redo::Redo;
use super::{Draft, command, refuse};
use crate::model::act::{self, Refusal};

/// Every failed step runs again, with what depends on it.
pub(super) fn all(object: &Object<'_>, given: &[act::Value]) -> Result<Draft, Refusal> {
    if !object.is_done() {
        return Err(refuse(
            "it is not over",
            "a failed step of it can be retried by itself",
        ));
    }
    if !object.is_bad() {
        return Err(refuse(
            "it succeeded",
            "resubmit runs it again as a new run",
        ));
    }
    let nodes = Nodes::of(object)?;
    let graph = Graph::of(&nodes);
    let failing = Failing::of(object, &nodes, &graph);
    let begun = nodes.ids().next().is_some();
    if begun && failing.steps.is_empty() && !failing.exit {
        return Err(match failing.groups.is_empty() {
            true => refuse(
                "no step of it failed",
                "resubmit runs it again as a new run",
            ),
            false => refuse(
                "no step of it failed: it was stopped",
                "continue goes on where it was stopped; resubmit runs it again as a new run",
            ),
        });
    }
    let mut draft = Draft {
        fields: parameters::fields(object.spec(), given)?,
        ..Draft::default()
    };
    draft
        .warns
        .extend(parameters::unknown(&draft.fields, given));
    tell(&mut draft, &nodes, &failing, begun);
    let same_as_argo = failing.as_argo && begun;
    let mut redo = Redo::new(nodes, graph, &failing.steps);
    redo.begin_again(failing.groups);
    if !given.is_empty() {
        let before = redo.gone.len();
        redo.expand_again();
        draft.warns.push(match redo.gone.len() > before {
            true => "beside the steps that failed, those of the same row or fan-out run again: there may be others with other parameters; what ran before them keeps its results".to_string(),
            false => "steps that are not run again keep the results they had with the old parameters".to_string(),
        });
    }
    if same_as_argo {
        let words = format!("argo retry {} -n {}", object.name(), object.namespace());
        draft.equivalent = Some(command(words, given));
    }
    redo.finish(object, &mut draft, "retry", given)?;
    Ok(draft)
}

fn tell(draft: &mut Draft, nodes: &Nodes, failing: &Failing, begun: bool) {
    let asks = |id: &&String| nodes.text(id, "type") == "Suspend";
    let asked: Vec<String> = (failing.steps.iter().filter(asks))
        .map(|id| nodes.display(id))
        .collect();
    let run = failing.steps.len() - asked.len();
    if !begun {
        let text = "it had come to no step: it begins anew, as its template is by now";
        draft.says.push(text.to_string());
    } else if failing.steps.is_empty() {
        let text = "only its exit handler failed: that runs again, and nothing else";
        draft.says.push(text.to_string());
    }
    if run > 0 {
        draft.says.push(
            "what failed runs again, and what depends on it; what succeeded stays".to_string(),
        );
    }
    if !asked.is_empty() {
        draft
            .says
            .push(format!("asks for an approval again: {}", some(&asked)));
    }
}

/// One failed step runs again, or a rejected approval asks again.
pub(super) fn one(object: &Object<'_>, step: &str) -> Result<Draft, Refusal> {
    let nodes = Nodes::of(object)?;
    let graph = Graph::of(&nodes);
    let step = failing::step(&nodes, &graph, step)?;
    let mut draft = Draft::default();
    let name = nodes.display(&step);
    let exit = is_exit(object, &nodes, &step);
    let chosen = match exit {
        true => BTreeSet::new(),
        false => failing::chosen(object, &nodes, &graph, &step)?,
    };
    draft.says.push(match nodes.text(&step, "type") {
        _ if exit => "the exit handler runs again as a whole, and nothing else".to_string(),
        "Suspend" => format!("{name} asks for an approval again"),
        _ => format!("{name} runs again, and what depends on it is decided anew"),
    });
    let redo = Redo::new(nodes, graph, &chosen);
    let others = failing::others(object, &redo.nodes, &redo.graph, &redo.gone);
    if !others.is_empty() {
        draft.warns.push(will_fail(&others));
    }
    if object.is_done() && !object.is_bad() {
        draft.warns.push(
            "it succeeded in spite of this step: it runs again, and may fail now".to_string(),
        );
    }
    redo.send(object, &mut draft, "retry-step")?;
    Ok(draft)
}

/// Goes on where a stop ended it: the groups that were failed by it run again, and make what is missing.
pub(super) fn go_on(object: &Object<'_>) -> Result<Draft, Refusal> {
    if !object.is_done() {
        return Err(match object.is_suspended() {
            true => refuse("it is suspended, and not over", "resume goes on"),
            false => refuse("it is not over", "there is nothing to go on with"),
        });
    }
    if !object.is_bad() {
        return Err(refuse(
            "it succeeded",
            "resubmit runs it again as a new run",
        ));
    }
    let nodes = Nodes::of(object)?;
    let graph = Graph::of(&nodes);
    let failing = Failing::of(object, &nodes, &graph);
    let by_itself = |id: &&String| !was_stopped(nodes.text(id, "message"));
    if let Some(first) = failing.steps.iter().find(by_itself) {
        return Err(refuse(
            format!("a step failed: {}", nodes.display(first)),
            "retry runs it again, with what depends on it",
        ));
    }
    if failing.steps.is_empty() && failing.groups.is_empty() {
        return Err(refuse(
            "nothing of it was left undone",
            "resubmit runs it again as a new run",
        ));
    }
    let mut draft = Draft::default();
    draft
        .says
        .push("it goes on where it was stopped: what had succeeded stays".to_string());
    if !failing.steps.is_empty() {
        draft
            .says
            .push("what the stop ended runs again, and waiting steps ask again".to_string());
    }
    let cut = cut_short(&nodes);
    if !cut.is_empty() {
        draft.warns.push(format!(
            "was told to stop and ended well, so that it counts as passed: {}",
            some(&cut)
        ));
    }
    let mut redo = Redo::new(nodes, graph, &failing.steps);
    redo.begin_again(failing.groups);
    redo.finish(object, &mut draft, "continue", &[])?;
    Ok(draft)
}
