//! What happened when: of the run, of its steps, what Kubernetes warned of, and what somebody did from here.
//! Apart from the rest of a report, because it is gathered from everywhere.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::text::{small, utc};
use crate::app::focus::Focus;
use crate::app::state::State;
use crate::model::clock;
use crate::model::critical;
use crate::model::event::KubeEvent;
use crate::model::key::Key;
use crate::model::markdown::{code, text};
use crate::model::tree::{Branch, BranchKind};

/// Steps up to which every one is told; of more only those that failed or that the end waited for.
const ALL: usize = 25;
/// Moments told, from the beginning and from the end.
const FIRST: usize = 20;
const LAST: usize = 40;

/// Writes the part.
pub(super) fn write(
    out: &mut String,
    state: &State,
    key: &Key,
    focus: Option<&Focus>,
    now: Timestamp,
) {
    let mut moments = Vec::new();
    if let Some(focus) = focus {
        of_run(focus, &mut moments);
        of_steps(focus, now, &mut moments);
        of_events(focus, &mut moments);
    }
    if let Some(Ok(journal)) = &state.orders.journal {
        let own = journal.iter().filter(|one| one.order.key.uid == key.uid);
        let told = own.map(|one| {
            (
                one.at,
                format!("{} from here", text(one.order.operation.verb())),
            )
        });
        moments.extend(told);
    }
    if let Some(focus) = focus {
        of_end(focus, &mut moments);
    }
    if moments.is_empty() {
        return;
    }
    moments.sort_by_key(|(at, _)| *at);
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let days: BTreeSet<String> = moments.iter().map(|(at, _)| day(*at)).collect();
    let one_day = days.first().filter(|_| days.len() == 1);
    let title = one_day.map_or("UTC".to_string(), |day| format!("{day}, UTC"));
    let _ = writeln!(out, "\n## Timeline ({title})\n");
    let left_out = moments.len().saturating_sub(FIRST + LAST);
    for (at, (when, what)) in moments.iter().enumerate() {
        if left_out > 0 && at == FIRST {
            let _ = writeln!(out, "- … {left_out} moments are left out …");
        }
        if left_out == 0 || at < FIRST || at >= FIRST + left_out {
            let when = match one_day {
                Some(_) => when.strftime("%H:%M:%S").to_string(),
                None => utc(*when),
            };
            let _ = writeln!(out, "- {when} {what}");
        }
    }
}

type Moments = Vec<(Timestamp, String)>;

fn of_run(focus: &Focus, moments: &mut Moments) {
    let Some(workflow) = &focus.workflow else {
        return;
    };
    let facts = &workflow.facts;
    let mut add = |at: Option<Timestamp>, what: &str| {
        moments.extend(at.map(|at| (at, what.to_string())));
    };
    add(facts.row.created, "the run is made");
    add(facts.started, "the controller takes it up");
}

/// The end stands behind whatever else happened in its second.
fn of_end(focus: &Focus, moments: &mut Moments) {
    let facts = focus.workflow.as_ref().map(|one| &one.facts);
    moments.extend(facts.and_then(|facts| {
        let phase = text(facts.row.phase.api_word());
        Some((facts.finished?, format!("the run ends: **{phase}**")))
    }));
}

/// Where each step that matters began and how it ended. What ended well in a moment needs no line for its beginning.
fn of_steps(focus: &Focus, now: Timestamp, moments: &mut Moments) {
    let tree = focus.tree();
    let works = |branch: &Branch| branch.children.is_empty() && branch.started.is_some();
    let count = tree.branches.iter().filter(|branch| works(branch)).count();
    let critical = critical::path(tree);
    for (at, branch) in tree.branches.iter().enumerate() {
        let matters = count <= ALL || branch.state.is_bad() || critical[at];
        let Some(from) = branch.started.filter(|_| works(branch) && matters) else {
            continue;
        };
        let name = code(&name(focus, at));
        let state = small(branch.state);
        match branch.finished {
            Some(to) if branch.state.is_bad() => {
                let said = |note: &&str| !note.is_empty() && **note != *state;
                let note = branch.note.as_deref().filter(said);
                let note = note.map_or(String::new(), |note| format!(": {}", code(note)));
                moments.push((from, format!("{name} begins")));
                moments.push((
                    to,
                    format!("{name} **{state}** after {}{note}", took(from, to)),
                ));
            }
            Some(to) => moments.push((to, format!("{name} {state} after {}", took(from, to)))),
            None => {
                let lasts = took(from, now);
                moments.push((from, format!("{name} begins; {state} for {lasts} by now")));
            }
        }
    }
}

fn took(from: Timestamp, to: Timestamp) -> String {
    clock::exact(clock::seconds_between(from, to))
}

/// What a branch is called: an attempt by its step.
fn name(focus: &Focus, at: usize) -> String {
    let branches = &focus.tree().branches;
    let branch = &branches[at];
    match branch.owner.filter(|_| branch.kind == BranchKind::Attempt) {
        Some(owner) if !branch.label.starts_with(&*branches[owner].label) => {
            format!("{} {}", branches[owner].label, branch.label)
        }
        _ => branch.label.to_string(),
    }
}

/// The controller's own words for what its steps say too. Source: Argo v4.1.2 `EventReasonWorkflow…`.
fn is_echo(event: &KubeEvent) -> bool {
    let reason = &event.reason;
    &*event.kind == "Workflow"
        && (reason.starts_with("WorkflowNode") || &**reason == "WorkflowFailed")
}

fn of_events(focus: &Focus, moments: &mut Moments) {
    let warnings = focus
        .own_events()
        .filter(|event| event.warning && !is_echo(event));
    moments.extend(warnings.filter_map(|event| {
        let times = match event.count {
            0 | 1 => String::new(),
            many => format!(" ({many} times, this is the last)"),
        };
        let what = format!(
            "{} {}{times}: {}",
            text(&event.kind),
            text(&event.reason),
            code(&event.message)
        );
        Some((event.last?, what))
    }));
}
