//! Two runs compared, over the screen: which two, what was read of them, and the way to where a difference can be seen.
//! Apart from the comparison itself, which knows nothing of screens.

mod choice;
mod head;
mod rows;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::choosing;
use crate::app::command::Command;
use crate::app::copy::LIMIT;
use crate::app::effect::Effect;
use crate::app::orders::marks;
use crate::app::overlay::{Choice, Item, Overlay, OverlayKind};
use crate::app::state::{State, Tab};
use crate::model::compare::{Aligned, Comparison, End, Failing, Pair};
use crate::model::key::Key;
use crate::model::log::LogSource;
use crate::model::trouble::Trouble;

pub use choice::nothing;
pub use head::{Head, head};
pub use rows::{Kind, Line, Target, rows, text};

/// Lines of a template's difference that are shown without being asked for.
const SHORT: usize = 60;

/// What is compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Against {
    /// Two runs, and why the second one was chosen, one clause.
    Run(Pair, String),
    /// Nothing was found to compare this run with, and where it was looked for; these are others of its kind.
    Nothing {
        /// The run.
        here: Key,
        /// One sentence.
        why: String,
        /// The newest first.
        others: Vec<Key>,
    },
}

/// A part of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Section {
    /// Parameters.
    Parameters,
    /// Images.
    Images,
    /// Lines of the specification.
    Spec,
    /// Steps that are not on both sides in the same state.
    Steps,
    /// Steps that took longer or shorter.
    Times,
    /// The steps that failed.
    Failing,
    /// The logs of one of them.
    Log,
}

/// A comparison that is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compare {
    /// Which two.
    pub against: Against,
    /// In what they differ; `None` until it comes.
    pub answer: Option<Result<Arc<Comparison>, Trouble>>,
    /// Logs of steps by their places, once asked for; `None` until they come.
    pub logs: BTreeMap<Arc<str>, Option<Arc<Aligned>>>,
    /// Parts that are folded.
    pub folded: BTreeSet<Section>,
}

impl Compare {
    /// Nothing was read yet.
    pub fn new(against: Against) -> Self {
        Self {
            against,
            answer: None,
            logs: BTreeMap::new(),
            folded: BTreeSet::new(),
        }
    }

    /// The run somebody asked about.
    pub fn here(&self) -> &Key {
        match &self.against {
            Against::Run(pair, _) => &pair.here,
            Against::Nothing { here, .. } => here,
        }
    }

    /// What was read.
    pub fn told(&self) -> Option<&Comparison> {
        self.answer.as_ref()?.as_ref().ok().map(Arc::as_ref)
    }
}

/// Compares the run one stands on with the last green one of its kind, or the two that are marked.
pub(super) fn open(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    if state.lists_runs() {
        marks::close(state, now);
    }
    match choice::asked(state) {
        Err(why) => state.say(now, why, true),
        Ok(against) => show(state, now, against, effects),
    }
}

/// Compares a run with the last green one of its kind, without showing it: a report tells of it.
pub(super) fn beside_green(
    state: &mut State,
    key: &Key,
    now: Timestamp,
    effects: &mut Vec<Effect>,
) {
    if let Some(run) = state.fleet.get(&key.uid).filter(|run| !run.is_qarun()) {
        state.compare = Some(Compare::new(choice::green(state, run)));
        read(state, now, effects);
    }
}

/// Shows it, and asks for what is compared.
fn show(state: &mut State, now: Timestamp, against: Against, effects: &mut Vec<Effect>) {
    state.compare = Some(Compare::new(against));
    state.overlay = Some(Overlay::new(OverlayKind::Compare));
    read(state, now, effects);
}

fn read(state: &State, now: Timestamp, effects: &mut Vec<Effect>) {
    if let Some(Against::Run(pair, _)) = state.compare.as_ref().map(|one| &one.against) {
        effects.push(Effect::Compare(state.session, pair.clone(), now));
    }
}

/// Reads both runs again.
fn again(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    if let Some(compare) = &mut state.compare {
        *compare = Compare::new(compare.against.clone());
    }
    read(state, now, effects);
}

/// It was read.
pub(super) fn compared(state: &mut State, pair: &Pair, answer: Result<Comparison, Trouble>) {
    let Some(compare) = of(state, pair) else {
        return;
    };
    if answer.as_ref().is_ok_and(|told| told.spec.len() > SHORT) {
        compare.folded.insert(Section::Spec);
    }
    compare.answer = Some(answer.map(Arc::new));
}

/// The logs of a step were read.
pub(super) fn logs_compared(
    state: &mut State,
    now: Timestamp,
    pair: &Pair,
    path: Arc<str>,
    told: Aligned,
) {
    let Some(compare) = of(state, pair) else {
        return;
    };
    compare.logs.insert(path, Some(Arc::new(told)));
    if let Some(mut overlay) = state.overlay.take() {
        // Who has gone on to other lines meanwhile stays there.
        if matches!(&overlay.shown, Some(item) if is_log_head(item)) {
            to_log(state, now, &mut overlay);
        }
        state.overlay = Some(overlay);
    }
}

/// The comparison of these two, if it is the one that is looked at.
fn of<'s>(state: &'s mut State, pair: &Pair) -> Option<&'s mut Compare> {
    let compare = state.compare.as_mut()?;
    matches!(&compare.against, Against::Run(own, _) if own == pair).then_some(compare)
}

/// The lines below the head, as a list to move in.
pub(super) fn choices(state: &State, now: Timestamp) -> Vec<Choice> {
    let Some(compare) = &state.compare else {
        return Vec::new();
    };
    let rows = rows(compare, state, now).into_iter();
    rows.map(|row| Choice {
        left: row.left,
        state: row.state,
        ..Choice::of(Item::Difference(row.line), row.text, row.right)
    })
    .collect()
}

/// What enter does on a line: it leads to what the line is about.
pub(super) fn go(
    state: &mut State,
    now: Timestamp,
    line: &Line,
    overlay: &Overlay,
    effects: &mut Vec<Effect>,
) {
    let Some(compare) = &mut state.compare else {
        return;
    };
    match line.target.clone() {
        Some(Target::Fold(section)) => fold(compare, section),
        Some(Target::Log(path)) => read_log(state, &path, effects),
        Some(Target::Other(there)) => {
            let here = compare.here().clone();
            let why = "chosen among those of its kind".to_string();
            let pair = Pair { here, there };
            return show(state, now, Against::Run(pair, why), effects);
        }
        Some(Target::Step(key, id)) => return to_step(state, now, key, &id),
        Some(Target::Parameters(key)) => {
            return choosing::open_run(state, now, key, Tab::Parameters);
        }
        None => state.say(now, "there is no more to see of it", false),
    }
    state.overlay = Some(overlay.clone());
}

fn fold(compare: &mut Compare, section: Section) {
    if !compare.folded.remove(&section) {
        compare.folded.insert(section);
    }
}

/// Folds the part the line belongs to.
pub(super) fn fold_at(state: &mut State, line: Option<&Line>) {
    if let (Some(compare), Some(line)) = (&mut state.compare, line)
        && let Some(section) = line.section
    {
        fold(compare, section);
    }
}

/// Goes to a step of one of the two runs.
fn to_step(state: &mut State, now: Timestamp, key: Key, id: &Arc<str>) {
    if state.open.as_ref().is_none_or(|page| page.key != key) {
        choosing::open_run(state, now, key.clone(), Tab::Summary);
    }
    let Some(page) = state.open.as_mut().filter(|page| page.key == key) else {
        return;
    };
    page.folds.only_failures = false;
    if state.focus_on(&key).is_some() {
        choosing::to_step(state, id);
    } else if let Some(page) = &mut state.open {
        // The cursor waits there until the steps are read.
        page.cursor.put(id.clone());
        page.reveals = true;
    }
}

/// Reads the logs of the failing step the line is about, else of the first one.
pub(super) fn log_at(
    state: &mut State,
    now: Timestamp,
    line: Option<&Line>,
    effects: &mut Vec<Effect>,
) {
    let told = state.compare.as_ref().and_then(Compare::told);
    let first = told.and_then(|told| told.failing.first());
    let first = first.map(|one| one.path.clone());
    match line.and_then(|line| line.step.clone()).or(first) {
        Some(path) => read_log(state, &path, effects),
        None => state.say(now, "no step failed whose logs could be compared", false),
    }
}

fn read_log(state: &mut State, path: &Arc<str>, effects: &mut Vec<Effect>) {
    let session = state.session;
    let Some(compare) = &mut state.compare else {
        return;
    };
    let Against::Run(pair, _) = &compare.against else {
        return;
    };
    let failing = compare.answer.iter().flatten();
    let mut failing = failing.flat_map(|told| &told.failing);
    let Some(failing) = failing.find(|one| one.path == *path) else {
        return;
    };
    effects.push(Effect::CompareLogs {
        session,
        pair: pair.clone(),
        path: path.clone(),
        here: source(failing.here.as_ref()),
        there: source(failing.there.as_ref()),
    });
    compare.logs.insert(path.clone(), None);
    compare.folded.remove(&Section::Log);
}

/// Who writes the log of a step.
fn source(end: Option<&End>) -> Option<LogSource> {
    let end = end?;
    let (pod, container) = end.log.clone()?;
    Some(LogSource {
        step: end.step.clone(),
        pod,
        container,
    })
}

/// The logs of a failing step on both sides: here, there.
pub fn sources(failing: &Failing) -> [Option<LogSource>; 2] {
    [
        source(failing.here.as_ref()),
        source(failing.there.as_ref()),
    ]
}

/// A key of the screens that means something here: the comparison is looked at, nothing is typed.
pub(super) fn key(
    state: &mut State,
    now: Timestamp,
    command: Command,
    line: Option<&Line>,
    effects: &mut Vec<Effect>,
) {
    match command {
        Command::Copy => copy(state, now, effects),
        Command::ShowLog => log_at(state, now, line, effects),
        Command::Fold => fold_at(state, line),
        Command::Reread => again(state, now, effects),
        _ => {}
    }
}

/// Where logs were asked for, the cursor goes to where they stand: on a small screen that is below the others. As many of
/// their lines are shown as there is room for.
pub(super) fn to_log(state: &State, now: Timestamp, overlay: &mut Overlay) {
    let mut items = choices(state, now).into_iter().map(|choice| choice.item);
    if let Some((at, head)) = items
        .by_ref()
        .enumerate()
        .find(|(_, item)| is_log_head(item))
    {
        overlay.cursor.put(head);
        overlay.cursor.top = at;
        overlay.shown = None;
    }
}

fn is_log_head(item: &Item) -> bool {
    matches!(item, Item::Difference(line) if line.target == Some(Target::Fold(Section::Log)))
}

/// Copies all of it.
fn copy(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let Some(compare) = &state.compare else {
        return;
    };
    let text = text(compare, state, now);
    if text.len() > LIMIT {
        return state.say(
            now,
            "nothing copied: it is more than many terminals take",
            true,
        );
    }
    let said = format!("copied how {} differs", compare.here());
    state.say(now, said, false);
    effects.push(Effect::Copy(text.into()));
}

/// Leaves nothing of an earlier connection.
pub(super) fn forget(state: &mut State) {
    state.compare = None;
    if matches!(&state.overlay, Some(over) if over.kind == OverlayKind::Compare) {
        state.overlay = None;
    }
}
