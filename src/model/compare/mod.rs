//! Two runs side by side: in which parameters, images, lines of the specification, steps and times they differ, and the
//! step that failed in both of them.
//! Apart from [`super::finding`], which reads one run: here nothing is explained, only what is different is told.
//!
//! "Here" is the run somebody asked about, "there" the one it is compared with: what changed goes from there to here.

mod align;
mod noise;
mod steps;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::facts::NodesSource;
use super::key::Key;
use super::manifest::Piece;
use super::phase::{Phase, State};
use super::tree::Tree;
use super::workflow::{Parameter, Workflow};

pub use align::{Aligned, Log, align};
pub use steps::{Took, place};

/// Which run is compared with which.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pair {
    /// The run somebody asked about.
    pub here: Key,
    /// The one it is compared with.
    pub there: Key,
}

/// A run with what only its raw object tells.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// Its object.
    pub workflow: &'a Workflow,
    /// The images of its step templates; `None`: the specification it ran by is not on it.
    pub images: Option<&'a [Image]>,
}

/// The image of a container of a step template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Image {
    /// Step template.
    pub template: Arc<str>,
    /// Container.
    pub container: Arc<str>,
    /// Image, as it is written.
    pub image: Arc<str>,
}

/// What can only be told with both raw objects at hand, for credentials are masked in everything else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Raw {
    /// Lines of the specification that differ, from there to here.
    pub spec: Vec<Piece>,
    /// Names of parameters that differ behind their mask.
    pub hidden: Vec<Arc<str>>,
}

/// A value that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    /// Whose value: one parameter, or the step templates that have the same images.
    pub of: Vec<Arc<str>>,
    /// There; `None`: there is none.
    pub there: Option<Arc<str>>,
    /// Here.
    pub here: Option<Arc<str>>,
}

/// A step on one side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// Its branch.
    pub id: Arc<str>,
    /// Where it is.
    pub state: State,
    /// One line about it.
    pub note: Option<Arc<str>>,
}

/// A step that is not on both sides, or not in the same state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Differs {
    /// Its place in the run: names of what it is inside of, and its own.
    pub path: Arc<str>,
    /// Its name.
    pub label: Arc<str>,
    /// There; `None`: it is not in that run.
    pub there: Option<At>,
    /// Here.
    pub here: Option<At>,
}

/// How a step ended on one side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct End {
    /// The step.
    pub at: At,
    /// Display name of the one that tells: of a step with attempts the last of them.
    pub step: Arc<str>,
    /// Message of the controller.
    pub message: Option<Arc<str>>,
    /// Exit code of its container.
    pub exit_code: Option<Arc<str>>,
    /// How many attempts there were.
    pub attempts: usize,
    /// Its pod and container, where it has them: who writes its log.
    pub log: Option<(Arc<str>, Arc<str>)>,
}

/// A step that failed on one side, and how it ended on both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Failing {
    /// Its place in the run.
    pub path: Arc<str>,
    /// Its name.
    pub label: Arc<str>,
    /// There; `None`: it is not in that run, or was not reached.
    pub there: Option<End>,
    /// Here.
    pub here: Option<End>,
    /// What it was given that is not the same.
    pub inputs: Vec<Change>,
}

/// A run as the head of a comparison names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Which.
    pub key: Key,
    /// Where it is.
    pub phase: Phase,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// How long it took, or has taken so far.
    pub took: Option<i64>,
}

/// How much is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Same {
    /// Parameters.
    pub parameters: usize,
    /// Containers with the same image.
    pub images: usize,
    /// The whole specification; `None`: it could not be compared.
    pub spec: Option<bool>,
    /// Steps in the same state.
    pub steps: usize,
    /// Steps that took about as long.
    pub durations: usize,
}

/// In what two runs differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The run somebody asked about.
    pub here: Seen,
    /// The one it is compared with.
    pub there: Seen,
    /// Parameters.
    pub parameters: Vec<Change>,
    /// Parameters whose values are masked and differ.
    pub hidden: Vec<Arc<str>>,
    /// Images, those of several step templates as one.
    pub images: Vec<Change>,
    /// Lines of the specification, parameters left out.
    pub spec: Vec<Piece>,
    /// Steps that are on one side only, were not reached on one, or ended in another way.
    pub steps: Vec<Differs>,
    /// Steps that took longer or shorter: longer ones first, of these the critical ones.
    pub durations: Vec<Took>,
    /// The step at the root of the failure here, then of another one there.
    pub failing: Vec<Failing>,
    /// What is the same.
    pub same: Same,
    /// What could not be compared, one sentence each.
    pub missing: Vec<String>,
}

impl Comparison {
    /// Nothing is different, in what could be compared.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty()
            && self.hidden.is_empty()
            && self.images.is_empty()
            && self.spec.is_empty()
            && self.steps.is_empty()
            && self.durations.is_empty()
    }
}

/// Compares two runs.
pub fn compare(here: Whole<'_>, there: Whole<'_>, raw: Raw, now: Timestamp) -> Comparison {
    let (mine, theirs) = (here.workflow, there.workflow);
    let mut missing: Vec<String> = [mine, theirs]
        .into_iter()
        .filter_map(out_of_reach)
        .collect();
    let mut same = Same::default();
    let (parameters, alike) = changed(&mine.parameters, &theirs.parameters);
    same.parameters = alike - raw.hidden.len().min(alike);
    let mut images = Vec::new();
    match (here.images, there.images) {
        (Some(mine), Some(theirs)) => {
            (images, same.images) = images_of(mine, theirs);
            same.spec = Some(raw.spec.is_empty());
        }
        (mine_has, theirs_has) => {
            let without = [(mine, mine_has), (theirs, theirs_has)].into_iter();
            let without = without.filter(|(_, has)| has.is_none());
            missing.extend(without.map(|(one, _)| {
                format!(
                    "{} has no specification on it that it ran by (status.storedWorkflowTemplateSpec): images and template are not compared",
                    one.facts.row.key
                )
            }));
        }
    }
    let mut comparison = Comparison {
        here: seen(mine, now),
        there: seen(theirs, now),
        parameters,
        hidden: raw.hidden,
        images,
        spec: raw.spec,
        steps: Vec::new(),
        durations: Vec::new(),
        failing: Vec::new(),
        same,
        missing,
    };
    if [mine, theirs]
        .into_iter()
        .all(|one| out_of_reach(one).is_none())
    {
        let trees = (Tree::of(mine, now), Tree::of(theirs, now));
        steps::compare((mine, &trees.0), (theirs, &trees.1), now, &mut comparison);
    }
    comparison
}

/// Why the steps of a run cannot be compared, if so.
fn out_of_reach(run: &Workflow) -> Option<String> {
    let key = &run.facts.row.key;
    let what = "steps, times and what failed are not compared";
    match &run.facts.nodes {
        NodesSource::Offloaded => Some(format!(
            "the steps of {key} are kept in Argo's database, which cannot be read through the Kubernetes API: {what}"
        )),
        NodesSource::Unreadable(why) => {
            Some(format!("the steps of {key} cannot be read ({why}): {what}"))
        }
        NodesSource::None => Some(format!("{key} has no step yet: {what}")),
        NodesSource::Inline | NodesSource::Compressed(_) => None,
    }
}

fn seen(run: &Workflow, now: Timestamp) -> Seen {
    let facts = &run.facts;
    let ends = facts
        .finished
        .or((!facts.row.phase.is_done()).then_some(now));
    let took = facts.started.zip(ends);
    Seen {
        key: facts.row.key.clone(),
        phase: facts.row.phase,
        created: facts.row.created,
        finished: facts.finished,
        took: took.map(|(from, to)| super::clock::seconds_between(from, to)),
    }
}

/// Parameters that are not the same, by name, and how many are.
fn changed(here: &[Parameter], there: &[Parameter]) -> (Vec<Change>, usize) {
    let mut names: BTreeMap<&Arc<str>, [Option<&Parameter>; 2]> = BTreeMap::new();
    for (side, parameters) in [there, here].into_iter().enumerate() {
        for one in parameters {
            names.entry(&one.name).or_default()[side] = Some(one);
        }
    }
    let mut same = 0;
    let mut changes = Vec::new();
    for (name, sides) in names {
        let [there, here] = sides.map(|one| one.and_then(|one| one.value.clone()));
        if there == here && sides.iter().all(Option::is_some) {
            same += 1;
        } else {
            let of = vec![name.clone()];
            changes.push(Change { of, there, here });
        }
    }
    (changes, same)
}

/// Images that are not the same, those of several step templates as one; and how many are.
fn images_of(here: &[Image], there: &[Image]) -> (Vec<Change>, usize) {
    type Place<'a> = (&'a Arc<str>, &'a Arc<str>);
    let mut places: BTreeMap<Place<'_>, [Option<&Arc<str>>; 2]> = BTreeMap::new();
    for (side, images) in [there, here].into_iter().enumerate() {
        for one in images {
            let place = (&one.template, &one.container);
            places.entry(place).or_default()[side] = Some(&one.image);
        }
    }
    let mut same = 0;
    let mut changes: BTreeMap<[Option<&Arc<str>>; 2], Vec<Arc<str>>> = BTreeMap::new();
    for ((template, container), sides) in places {
        if sides[0] == sides[1] {
            same += 1;
            continue;
        }
        let name = match &**container {
            "main" => template.clone(),
            other => format!("{template}/{other}").into(),
        };
        changes.entry(sides).or_default().push(name);
    }
    let changes = changes.into_iter().map(|([there, here], of)| Change {
        of,
        there: there.cloned(),
        here: here.cloned(),
    });
    (changes.collect(), same)
}
