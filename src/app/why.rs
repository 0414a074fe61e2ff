//! Why a run is where it is, over the screen: sentences with their evidence, and the way to where each can be seen.
//! Apart from the findings themselves, which know nothing of screens.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::act;
use crate::app::choosing;
use crate::app::copy::LIMIT;
use crate::app::effect::Effect;
use crate::app::fleet::Run;
use crate::app::focus::Focus;
use crate::app::log::is_executor;
use crate::app::overlay::{Choice, Item, OverlayKind};
use crate::app::seeking;
use crate::app::state::{Pane, State, Tab};
use crate::model::delta::{Freshness, Scope};
use crate::model::event::KubeEvent;
use crate::model::finding::{self, Evidence, Finding, Known, Other, Target};
use crate::model::key::Key;
use crate::model::log::LogLine;
use crate::model::mask::mask;
use crate::model::phase::StepPhase;
use crate::model::pod::Pod;
use crate::model::tree::Tree;
use crate::model::trouble::Trouble;

/// What is asked about where one stands: the run, and the step under the cursor.
pub(super) fn asked(state: &State) -> Option<OverlayKind> {
    let key = state.shown_run()?;
    let steps = state.page().filter(|page| page.pane == Pane::Steps);
    let branch = steps.and_then(|page| Some(page.steps.row()?.id.clone()));
    Some(OverlayKind::Why { key, branch })
}

/// What is known of why a run is where it is; `None`: nothing is known of the run any more. Credentials are masked.
pub fn findings(
    state: &State,
    key: &Key,
    branch: Option<&str>,
    now: Timestamp,
) -> Option<Vec<Finding>> {
    let focus = state.focus_on(key);
    let run = state.fleet.get(&key.uid);
    if let Some(run) = run.filter(|run| run.is_qarun()) {
        return Some(vec![of_qarun(run, focus, now)]);
    }
    let workflow = focus.and_then(|focus| focus.workflow.as_deref());
    let (row, facts) = match (run, workflow) {
        // What the watch of the one run says can be ahead of the list.
        (Some(run), Some(whole)) if whole.facts.row.version < run.row.version => {
            (&run.row, run.facts.as_deref())
        }
        (_, Some(whole)) => (&whole.facts.row, Some(&whole.facts)),
        (Some(run), None) => (&run.row, run.facts.as_deref()),
        (None, None) => return None,
    };
    let pods: Vec<&Pod> = focus.iter().flat_map(|focus| focus.pods.values()).collect();
    let events = focus.iter().flat_map(|focus| focus.own_events());
    let events: Vec<&KubeEvent> = events.collect();
    let others = state.fleet.iter();
    let others: Vec<Other<'_>> = others
        .filter(|other| !other.row.phase.is_done() && other.row.key.uid != key.uid && !other.gone)
        .map(|other| Other {
            row: &other.row,
            facts: other.facts.as_deref(),
        })
        .collect();
    let no_tree = Tree::default();
    let tree = focus.map_or(&no_tree, Focus::tree);
    let known = Known {
        row,
        facts,
        workflow,
        tree,
        branch: branch.and_then(|id| tree.branches.iter().position(|one| *one.id == *id)),
        pods: &pods,
        events: &events,
        tail: &focus.map(tail).unwrap_or_default(),
        missing: &missing(focus),
        others: &others,
        complete: state.fleet.complete() && state.scope == Scope::All,
        history: &state.fleet.history(row),
        usual: &state.fleet.usual(row),
    };
    let mut found = finding::findings(&known, now);
    for one in &mut found {
        hide(&mut one.sentence);
        one.evidence
            .iter_mut()
            .for_each(|piece| hide(&mut piece.text));
    }
    Some(found)
}

/// A QARun without a workflow: what its controller says, and the events about it.
fn of_qarun(run: &Run, focus: Option<&Focus>, now: Timestamp) -> Finding {
    let field = |id: &str, text: String, words: &str| Evidence {
        id: id.into(),
        what: "field".into(),
        text: mask(&text).into_owned(),
        target: Some(Target::Yaml(words.to_owned())),
    };
    let reason = run.reason(now, None);
    let sentence = reason.map_or_else(|| run.state(now).word().to_owned(), |reason| reason.plain());
    let mut evidence = Vec::new();
    if let Some(brief) = &run.qarun {
        let phase = brief
            .phase
            .as_ref()
            .map_or("no phase yet", |phase| phase.word());
        evidence.push(field("phase", format!("status.phase: {phase}"), "phase:"));
        if brief.suspended {
            evidence.push(field(
                "suspend",
                "spec.suspend: true".to_owned(),
                "suspend:",
            ));
        }
    }
    let events = focus.iter().flat_map(|focus| focus.own_events());
    evidence.extend(events.map(|event| Evidence {
        id: event.key.uid.as_str().into(),
        what: "event".into(),
        text: mask(&event.message).into_owned(),
        target: Some(Target::Events(event.message.to_string())),
    }));
    Finding {
        state: run.state(now),
        sentence: mask(&sentence).into_owned(),
        evidence,
    }
}

fn hide(text: &mut String) {
    if let std::borrow::Cow::Owned(masked) = mask(text) {
        *text = masked;
    }
}

fn tail(focus: &Focus) -> Vec<&LogLine> {
    let lines = focus.tail.as_ref().and_then(|tail| tail.lines.as_ref());
    let lines = lines.and_then(|lines| lines.as_ref().ok());
    let told = |line: &&LogLine| !is_executor(line) && !line.text.trim().is_empty();
    lines.into_iter().flatten().filter(told).collect()
}

/// What would be evidence and could not be read, or was not yet.
fn missing(focus: Option<&Focus>) -> Vec<String> {
    let Some(focus) = focus else {
        return vec!["the run is being read …".to_string()];
    };
    let mut missing = Vec::new();
    if focus.gone {
        missing.push("the object is gone; this is what was known of it".to_string());
    } else {
        let parts = [
            ("steps", &focus.freshness),
            ("pods", &focus.pods_freshness),
            ("events", &focus.events_freshness),
        ];
        missing.extend(
            parts
                .into_iter()
                .filter_map(|(what, freshness)| match freshness {
                    Freshness::Live => None,
                    Freshness::Denied { why } | Freshness::Stale { why, .. } => {
                        Some(format!("{what} could not be read: {why}"))
                    }
                    _ => Some(format!("{what} are being read …")),
                }),
        );
    }
    let tail = focus.tail.as_ref();
    match tail.and_then(|tail| tail.lines.as_ref()) {
        // Where its pod is gone the object tells what became of the log.
        // A step that has not begun has none.
        Some(Err(why)) if begun(focus) && !matches!(why, Trouble::NotFound { .. }) => {
            missing.push(format!("the log could not be read: {why}"));
        }
        _ => {}
    }
    missing
}

fn begun(focus: &Focus) -> bool {
    let step = focus.telling_step();
    step.is_some_and(|(step, _)| !matches!(step.phase, StepPhase::Pending | StepPhase::Unknown))
}

/// Lines below the first sentence: its evidence, then what else is the matter with its own.
pub(super) fn choices(
    state: &State,
    key: &Key,
    branch: Option<&str>,
    now: Timestamp,
) -> Vec<Choice> {
    let found = findings(state, key, branch, now).unwrap_or_default();
    let mut lines = Vec::new();
    for (at, one) in found.into_iter().enumerate() {
        if at > 0 {
            let item = Item::Evidence(format!("sentence {at}").into());
            lines.push(Choice {
                state: Some(one.state),
                ..Choice::of(item, one.sentence, "")
            });
        }
        lines.extend(one.evidence.into_iter().map(|piece| {
            let right = piece.target.as_ref().map_or("", place);
            Choice {
                left: piece.what.to_string(),
                ..Choice::of(Item::Evidence(piece.id), piece.text, right)
            }
        }));
    }
    lines
}

/// Where enter leads.
fn place(target: &Target) -> &'static str {
    match target {
        Target::Step(_) => "step",
        Target::Log(_) => "log",
        Target::Yaml(_) => "yaml",
        Target::Events(_) => "events",
        Target::Run(_) => "run",
    }
}

/// Goes to where a piece of evidence can be seen.
pub(super) fn go(
    state: &mut State,
    now: Timestamp,
    (key, branch): (&Key, Option<&str>),
    id: &str,
    effects: &mut Vec<Effect>,
) {
    let found = findings(state, key, branch, now).unwrap_or_default();
    let mut pieces = found.into_iter().flat_map(|one| one.evidence);
    let Some(piece) = pieces.find(|piece| *piece.id == *id) else {
        return stay(state, key, branch, effects);
    };
    let Some(target) = piece.target else {
        state.say(now, "there is no more to see of it", false);
        return stay(state, key, branch, effects);
    };
    if let Target::Run(other) = target {
        return choosing::open_run(state, now, other, Tab::Summary);
    }
    if state.open.as_ref().is_none_or(|page| page.key != *key) {
        choosing::open_run(state, now, key.clone(), Tab::Summary);
    }
    match target {
        Target::Step(id) => {
            if let Some(page) = &mut state.open {
                page.folds.only_failures = false;
            }
            choosing::to_step(state, &id);
        }
        Target::Log(step) => {
            act::open(state, Tab::Log);
            state.log.show_only(Some(step));
        }
        Target::Yaml(words) => to_words(state, Tab::Yaml, &words),
        Target::Events(words) => to_words(state, Tab::Events, &words),
        Target::Run(_) => {}
    }
}

/// Nothing to go to: the list stays.
fn stay(state: &mut State, key: &Key, branch: Option<&str>, effects: &mut Vec<Effect>) {
    let (key, branch) = (key.clone(), branch.map(Arc::from));
    crate::app::update::open_overlay(state, OverlayKind::Why { key, branch }, effects);
}

/// Turns to a tab, at the first line that has these words.
fn to_words(state: &mut State, tab: Tab, words: &str) {
    act::open(state, tab);
    // The words are an expression of our own; one that is wrong finds nothing.
    if seeking::set(state, words).is_ok()
        && let Some(page) = &mut state.open
    {
        page.top = 0;
        page.seek = Some(true);
    }
}

/// All of it as text.
pub fn text(found: &[Finding]) -> String {
    let mut text = String::new();
    for one in found {
        text += &format!("{}\n", one.sentence);
        for piece in &one.evidence {
            text += &format!("  {:<9}  {}\n", piece.what, piece.text);
        }
    }
    text
}

/// Copies all of it.
pub(super) fn copy(
    state: &mut State,
    now: Timestamp,
    key: &Key,
    branch: Option<&str>,
    effects: &mut Vec<Effect>,
) {
    let found = findings(state, key, branch, now).unwrap_or_default();
    let text = format!("{key}\n{}", text(&found));
    if text.len() > LIMIT {
        return state.say(
            now,
            "nothing copied: it is more than many terminals take",
            true,
        );
    }
    state.say(now, format!("copied why {key} is where it is"), false);
    effects.push(Effect::Copy(text.into()));
}
