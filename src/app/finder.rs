//! One list of everything that can be gone to: runs, steps of the page, templates and crons, namespaces, contexts, commands.
//! Apart from the other lists, because ten thousand runs are weighed at each key and only the best become lines.

use std::cmp::Reverse;
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::command::{Command, Info, TABLE};
use crate::app::fleet::Run;
use crate::app::fuzzy::Needle;
use crate::app::origins::kind_word;
use crate::app::overlay::{Choice, Item, known_namespaces};
use crate::app::select;
use crate::app::state::State;
use crate::model::origin::Origin;
use crate::model::phase::State as RunState;

/// Lines that are made at most; who looks further types another letter.
const LINES: usize = 200;

/// Something that fits, before it is a line.
enum Found<'a> {
    Step(usize),
    Run(&'a Run, RunState),
    Origin(&'a Origin),
    Namespace(Arc<str>),
    Context(Arc<str>),
    Command(&'static Info),
}

impl Found<'_> {
    /// Of two that fit alike this comes first: kinds in this order, of runs what needs a human.
    fn rank(&self) -> (u8, u8) {
        match self {
            Self::Step(_) => (0, 0),
            Self::Run(_, state) => (1, *state as u8),
            Self::Origin(_) => (2, 0),
            Self::Namespace(_) => (3, 0),
            Self::Context(_) => (4, 0),
            Self::Command(_) => (5, 0),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Run(run, _) => &run.row.key.name,
            Self::Origin(origin) => &origin.key.name,
            Self::Namespace(name) | Self::Context(name) => name,
            Self::Step(_) | Self::Command(_) => "",
        }
    }
}

/// The lines for what was typed, best first. Nothing typed: the runs by attention, then the rest.
pub(super) fn choices(state: &State, now: Timestamp, typed: &str) -> Vec<Choice> {
    let needle = Needle::new(typed);
    let mut found: Vec<(i32, Found<'_>)> = Vec::new();
    steps(state, &needle, &mut found);
    runs(state, now, &needle, &mut found);
    for origin in state.origins.items() {
        let about = [&origin.title, &origin.description];
        let about = about.map(|text| text.as_deref().unwrap_or_default());
        let names = [
            &*origin.key.name,
            &*origin.key.namespace,
            kind_word(origin.kind),
        ];
        let score = needle.score(&names, &about);
        found.extend(score.map(|score| (score, Found::Origin(origin))));
    }
    for name in known_namespaces(state) {
        let score = needle.score(&[&name], &["namespace"]);
        found.extend(score.map(|score| (score, Found::Namespace(name))));
    }
    for context in state.contexts.iter().flatten().flatten() {
        let score = needle.score(&[&context.name], &["context"]);
        found.extend(score.map(|score| (score, Found::Context(context.name.clone()))));
    }
    for info in TABLE.iter().filter(|info| is_offered(state, info)) {
        let score = needle.score(&[info.name], &[info.doc]);
        found.extend(score.map(|score| (score, Found::Command(info))));
    }
    if !needle.is_empty() {
        found.sort_by(|a, b| {
            let order = |(score, found): &(i32, Found<'_>)| (Reverse(*score), found.rank());
            order(a)
                .cmp(&order(b))
                .then_with(|| a.1.name().cmp(b.1.name()))
        });
    }
    found.truncate(LINES);
    let lines = found.into_iter();
    lines
        .filter_map(|(_, found)| line(state, now, found))
        .collect()
}

/// Commands of what lies over a screen are not gone to, and neither is the finder itself.
fn is_offered(state: &State, info: &Info) -> bool {
    !info.command.is_over() && info.command != Command::Find && info.command.applies(state)
}

fn steps<'a>(state: &'a State, needle: &Needle, found: &mut Vec<(i32, Found<'a>)>) {
    let Some(focus) = state.page().and_then(|page| state.focus_on(&page.key)) else {
        return;
    };
    for (at, branch) in focus.tree().branches.iter().enumerate() {
        let note = branch.note.as_deref().unwrap_or_default();
        let score = needle.score(&[&branch.label], &[note]);
        found.extend(score.map(|score| (score, Found::Step(at))));
    }
}

fn runs<'a>(state: &'a State, now: Timestamp, needle: &Needle, found: &mut Vec<(i32, Found<'a>)>) {
    if needle.is_empty() {
        let rows = select::all(state, now).into_iter().take(LINES);
        found.extend(rows.map(|shown| (0, Found::Run(shown.run, shown.state))));
        return;
    }
    for run in state.fleet.iter().filter(|run| !run.gone) {
        let key = &run.row.key;
        let origin = run.row.origin().map_or("", |origin| origin);
        let task = run.row.task().map_or("", |task| task);
        let names = [&*key.name, &*key.namespace, origin, task];
        let score = needle.score(&names, &[]).or_else(|| {
            // The reason is worked out only where the names do not do.
            let why = run.reason(now, None)?;
            needle.score(&names, &[&why.plain()])
        });
        found.extend(score.map(|score| (score, Found::Run(run, run.state(now)))));
    }
}

fn line(state: &State, now: Timestamp, found: Found<'_>) -> Option<Choice> {
    Some(match found {
        Found::Run(run, run_state) => {
            let why = run.reason(now, None);
            let right = why.map_or_else(|| run_state.word().to_string(), |why| why.plain());
            let key = run.row.key.clone();
            Choice {
                state: Some(run_state),
                left: "run".to_string(),
                ..Choice::of(Item::Run(key.clone()), key.to_string(), right)
            }
        }
        Found::Step(at) => {
            let focus = state.focus.as_ref()?;
            let branch = focus.tree().branches.get(at)?;
            let note = branch.note.as_deref().unwrap_or(branch.state.word());
            Choice {
                state: Some(branch.state),
                left: "step".to_string(),
                ..Choice::of(
                    Item::Step(branch.id.clone()),
                    branch.label.to_string(),
                    note,
                )
            }
        }
        Found::Origin(origin) => Choice {
            left: kind_word(origin.kind).to_string(),
            ..Choice::of(
                Item::Origin(origin.key.clone()),
                origin.key.to_string(),
                origin.title.as_deref().unwrap_or_default(),
            )
        },
        Found::Namespace(name) => Choice {
            left: "namespace".to_string(),
            ..Choice::of(Item::Namespace(name.clone()), name.to_string(), "")
        },
        Found::Context(name) => Choice {
            left: "context".to_string(),
            ..Choice::of(Item::Context(name.clone()), name.to_string(), "")
        },
        Found::Command(info) => Choice {
            left: "command".to_string(),
            ..Choice::of(Item::Command(info.command), info.doc.to_string(), info.name)
        },
    })
}
