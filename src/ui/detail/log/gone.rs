//! What became of the logs that are not in the cluster any more.
//! Apart from the lines that are.

use std::collections::BTreeSet;

use crate::app::log::{LogView, is_of};
use crate::model::gone;
use crate::model::workflow::Step;
use crate::ui::Scene;

/// Sentences told; of more there is a number.
const TOLD: usize = 8;

/// Steps of what is looked at that have run and have no log here. Known only when everything was read.
pub(super) fn steps<'s>(scene: &'s Scene<'_>) -> Vec<&'s Step> {
    let log = &scene.state.log;
    let focus = scene
        .state
        .page()
        .and_then(|page| scene.state.focus_on(&page.key));
    let Some(workflow) = focus.and_then(|focus| focus.workflow.as_ref()) else {
        return Vec::new();
    };
    if !(log.complete || log.only.is_some()) {
        return Vec::new();
    }
    let here: BTreeSet<&str> = log.streams.keys().map(|source| &*source.step).collect();
    let pods = focus.into_iter().flat_map(|focus| focus.pods.values());
    let alive: BTreeSet<&str> = pods.filter_map(|pod| pod.node_id.as_deref()).collect();
    let steps = workflow.steps.iter().filter(|step| gone::can_be(step));
    steps
        .filter(|step| is_looked_at(log, step) && !here.contains(&*step.display))
        .filter(|step| !alive.contains(&*step.id))
        .collect()
}

fn is_looked_at(log: &LogView, step: &Step) -> bool {
    log.only
        .as_ref()
        .is_none_or(|only| is_of(&step.display, only))
}

/// What became of them, each with the steps of which it is true: a run that is cleaned up as a whole says it once.
pub(super) fn told(scene: &Scene<'_>) -> Vec<String> {
    let page = scene.state.page();
    let focus = page.and_then(|page| scene.state.focus_on(&page.key));
    let Some(workflow) = focus.and_then(|focus| focus.workflow.as_ref()) else {
        return Vec::new();
    };
    let time = |at| scene.state.zone.told(at, "%H:%M:%S");
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for step in steps(scene) {
        let what = gone::of(workflow, step).told(time);
        match told.iter_mut().find(|(known, _)| *known == what) {
            Some((_, names)) => names.push(&*step.display),
            None => told.push((what, vec![&*step.display])),
        }
    }
    let more = told.len().saturating_sub(TOLD);
    let mut lines: Vec<String> = (told.iter().take(TOLD))
        .map(|(what, names)| format!("{}: {what}", listed(names)))
        .collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// `a, b, c and 7 more`.
fn listed(names: &[&str]) -> String {
    const NAMED: usize = 3;
    match names.len() {
        0..=NAMED => names.join(", "),
        len => format!("{} and {} more", names[..NAMED].join(", "), len - NAMED),
    }
}
