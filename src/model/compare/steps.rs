//! Steps of two runs side by side: which are in one only, which ended in another way or took longer, which failed.
//! Apart from the rest, because steps must be found again in the other run, where their ids are others.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{At, Comparison, Differs, End, Failing, changed};
use crate::model::clock;
use crate::model::critical;
use crate::model::phase::State;
use crate::model::tree::{Branch, BranchKind, Tree};
use crate::model::workflow::Workflow;

/// Seconds that a step takes longer or shorter without a word.
const SLACK: i64 = 5;
/// So many fifths of what it took on the other side a step takes without a word.
const FIFTHS: i64 = 6;

/// How long a step took on one side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Its branch.
    pub id: Arc<str>,
    /// How long.
    pub seconds: i64,
    /// It goes on.
    pub open: bool,
    /// It is one of those that explain when the run ended.
    pub critical: bool,
}

/// A step that took longer or shorter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Took {
    /// Its place in the run.
    pub path: Arc<str>,
    /// Its name.
    pub label: Arc<str>,
    /// There.
    pub there: Span,
    /// Here.
    pub here: Span,
}

impl Took {
    /// It takes longer here.
    pub fn grew(&self) -> bool {
        self.here.seconds > self.there.seconds
    }

    /// It explains when the run ended that took longer for it.
    pub fn critical(&self) -> bool {
        match self.grew() {
            true => self.here.critical,
            false => self.there.critical,
        }
    }

    /// How many times as long it takes here; `None` where it took no time there.
    pub fn factor(&self) -> Option<f64> {
        (self.there.seconds > 0).then(|| self.here.seconds as f64 / self.there.seconds as f64)
    }
}

/// The names of what a branch is inside of, and its own, without the run's. Attempts are no place: what is inside of them
/// is inside of the step. `None` for an attempt, and inside of any but the last.
pub fn place(tree: &Tree, at: usize) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    let mut here = Some(at);
    while let Some(branch) = here.and_then(|at| tree.branches.get(at)) {
        match branch.kind {
            BranchKind::Attempt if here == Some(at) => return None,
            BranchKind::Attempt => {
                let step = branch.owner.and_then(|up| tree.branches.get(up));
                let last = step.and_then(|step| step.children.last().copied());
                if last != here {
                    return None;
                }
            }
            // The top is the run itself; a hook of it has a name.
            _ if branch.owner.is_none() && branch.kind != BranchKind::Hook => {}
            _ => names.push(&branch.label),
        }
        here = branch.owner;
    }
    names.reverse();
    Some(names.join("/"))
}

/// One side: its branches by their places, and in their order.
struct Side<'a> {
    run: &'a Workflow,
    tree: &'a Tree,
    places: Vec<Option<Arc<str>>>,
    by_place: BTreeMap<Arc<str>, usize>,
    critical: Vec<bool>,
}

impl<'a> Side<'a> {
    fn of((run, tree): (&'a Workflow, &'a Tree)) -> Self {
        let mut by_place = BTreeMap::new();
        let mut places: Vec<Option<Arc<str>>> = Vec::with_capacity(tree.branches.len());
        for at in 0..tree.branches.len() {
            let place = place(tree, at).map(|place| {
                // Names are unique among siblings, but nothing holds an object to it.
                let mut unique: Arc<str> = place.clone().into();
                let mut number = 2;
                while by_place.contains_key(&unique) {
                    unique = format!("{place} ({number})").into();
                    number += 1;
                }
                by_place.insert(unique.clone(), at);
                unique
            });
            places.push(place);
        }
        Self {
            run,
            tree,
            places,
            by_place,
            critical: critical::path(tree),
        }
    }

    fn branch(&self, place: &str) -> Option<&'a Branch> {
        let at = self.by_place.get(place)?;
        self.tree.branches.get(*at)
    }

    /// The place of what a branch is inside of.
    fn owner(&self, at: usize) -> Option<&Arc<str>> {
        let mut owner = self.tree.branches[at].owner;
        while let Some(up) = owner {
            if let Some(place) = &self.places[up] {
                return Some(place);
            }
            owner = self.tree.branches[up].owner;
        }
        None
    }

    fn at(&self, branch: &Branch) -> At {
        At {
            id: branch.id.clone(),
            state: branch.state,
            note: branch.note.clone(),
        }
    }

    fn span(&self, place: &str, now: Timestamp) -> Option<Span> {
        let at = *self.by_place.get(place)?;
        let branch = &self.tree.branches[at];
        let from = branch.started?;
        let open = branch.finished.is_none();
        // What will never end has no length.
        let to = match branch.finished {
            Some(to) => to,
            None if branch.state.is_open() => now,
            None => return None,
        };
        Some(Span {
            id: branch.id.clone(),
            seconds: clock::seconds_between(from, to).max(0),
            open,
            critical: self.critical[at],
        })
    }

    /// How a step ended; `None` where it was not begun.
    fn end(&self, place: &str) -> Option<End> {
        let at = *self.by_place.get(place)?;
        let branch = &self.tree.branches[at];
        let telling = self.tree.telling(at);
        let step = &self.run.steps[self.tree.branches[telling].step?];
        let container = step.telling_container();
        let attempts = match branch.kind {
            BranchKind::Retry => branch.children.len().max(1),
            _ => 1,
        };
        Some(End {
            at: self.at(branch),
            step: step.display.clone(),
            message: step.message.clone(),
            exit_code: step.exit_code.clone(),
            attempts,
            log: step.pod.clone().map(|pod| (pod, container)),
        })
    }
}

/// Fills in everything about steps.
pub(super) fn compare(
    here: (&Workflow, &Tree),
    there: (&Workflow, &Tree),
    now: Timestamp,
    into: &mut Comparison,
) {
    let (here, there) = (Side::of(here), Side::of(there));
    into.failing = failing(&here, &there);
    let faults: Vec<Arc<str>> = into.failing.iter().map(|one| one.path.clone()).collect();
    for (at, place) in here.places.iter().enumerate() {
        let Some(place) = place else { continue };
        let mine = &here.tree.branches[at];
        match there.branch(place) {
            Some(theirs) => {
                both(into, place, (mine, &here), (theirs, &there), &faults);
                let spans = here.span(place, now).zip(there.span(place, now));
                let works = is_measured(mine) && is_measured(theirs);
                if let Some((mine, theirs)) = spans.filter(|_| works) {
                    let took = Took {
                        path: place.clone(),
                        label: label(place),
                        there: theirs,
                        here: mine,
                    };
                    match is_told(&took) {
                        true => into.durations.push(took),
                        false => into.same.durations += 1,
                    }
                }
            }
            None if is_top_of_what_is_alone(&here, at, &there) => into.steps.push(Differs {
                path: place.clone(),
                label: label(place),
                there: None,
                here: Some(here.at(mine)),
            }),
            None => {}
        }
    }
    for (at, place) in there.places.iter().enumerate() {
        let Some(place) = place.as_ref().filter(|place| here.branch(place).is_none()) else {
            continue;
        };
        if is_top_of_what_is_alone(&there, at, &here) {
            into.steps.push(Differs {
                path: place.clone(),
                label: label(place),
                there: Some(there.at(&there.tree.branches[at])),
                here: None,
            });
        }
    }
    into.durations.sort_by_key(|took| {
        let apart = (took.here.seconds - took.there.seconds).abs();
        let first = (!took.grew(), !took.critical());
        (first, std::cmp::Reverse(apart), took.path.clone())
    });
}

/// A step that both have, where it is not in the same state. Groups follow from what is inside of them.
fn both(
    into: &mut Comparison,
    place: &Arc<str>,
    (mine, here): (&Branch, &Side<'_>),
    (theirs, there): (&Branch, &Side<'_>),
    faults: &[Arc<str>],
) {
    let holds = |branch: &Branch| {
        let group = matches!(branch.kind, BranchKind::Group | BranchKind::FanOut);
        group || place.is_empty()
    };
    if holds(mine) && holds(theirs) {
        return;
    }
    if mine.state == theirs.state {
        into.same.steps += 1;
    } else if !faults.contains(place) {
        into.steps.push(Differs {
            path: place.clone(),
            label: label(place),
            there: Some(there.at(theirs)),
            here: Some(here.at(mine)),
        });
    }
}

/// What it is inside of is on both sides, and there was begun: of a group that is missing only its top is told, and of one
/// that was not reached nothing inside.
fn is_top_of_what_is_alone(side: &Side<'_>, at: usize, other: &Side<'_>) -> bool {
    let Some(owner) = side.owner(at) else {
        return true;
    };
    let begun = |branch: &Branch| branch.kind != BranchKind::Promise;
    other.branch(owner).is_some_and(begun) || owner.is_empty()
}

/// Its time is its own: that of a group follows from what is inside.
fn is_measured(branch: &Branch) -> bool {
    let leaf = matches!(
        branch.kind,
        BranchKind::Leaf | BranchKind::Retry | BranchKind::Hook
    );
    leaf && !matches!(branch.state, State::Skipped | State::NotStarted)
}

/// It is so much longer or shorter that it is worth a word. What goes on can only be told to be longer.
fn is_told(took: &Took) -> bool {
    let (long, short) = match took.grew() {
        true => (&took.here, &took.there),
        false => (&took.there, &took.here),
    };
    let more = long.seconds - short.seconds >= SLACK && long.seconds * 5 >= short.seconds * FIFTHS;
    more && !short.open
}

/// The last name of a place. A run of one step has no other than itself.
fn label(place: &str) -> Arc<str> {
    if place.is_empty() {
        return "the run itself".into();
    }
    // An item can have slashes in what it was given.
    let end = place.find('(').unwrap_or(place.len());
    let from = place[..end].rfind('/').map_or(0, |at| at + 1);
    place[from..].into()
}

/// The step at the root of the failure here, and of another one there.
fn failing(here: &Side<'_>, there: &Side<'_>) -> Vec<Failing> {
    let fault = |side: &Side<'_>| {
        let at = side.tree.fault?;
        side.places[at].clone().or_else(|| side.owner(at).cloned())
    };
    let mut places: Vec<Arc<str>> = fault(here).into_iter().collect();
    places.extend(fault(there).filter(|place| !places.contains(place)));
    let inputs = |side: &Side<'_>, place: &str| {
        let at = side.by_place.get(place)?;
        let telling = side.tree.telling(*at);
        let step = side.tree.branches[telling].step?;
        Some(side.run.steps[step].inputs.clone())
    };
    let told = places.into_iter().map(|path| {
        let given = inputs(here, &path).zip(inputs(there, &path));
        Failing {
            label: label(&path),
            there: there.end(&path),
            here: here.end(&path),
            inputs: given.map_or_else(Vec::new, |(mine, theirs)| changed(&mine, &theirs).0),
            path,
        }
    });
    told.collect()
}
