//! The one run that is looked at closely: its workflow, pods, events, log tail and YAML.
//! Apart from the fleet, which knows a little of every run; this knows everything of one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::artifacts::Sizes;
use crate::app::state::later;
use crate::library::findings;
use crate::model::delta::{Delta, FeedEvent, Freshness};
use crate::model::event::KubeEvent;
use crate::model::key::{Key, Uid};
use crate::model::log::LogLine;
use crate::model::pod::Pod;
use crate::model::qarun::{Attempt, Finding, Sheet};
use crate::model::tree::{Branch, Folds, Tree, TreeRow};
use crate::model::trouble::Trouble;
use crate::model::workflow::{Step, StepKind, Workflow};

/// Lines of a failing step's log that are shown inline.
pub const TAIL_LINES: u32 = 40;

/// Milliseconds before the last lines of a step that goes on are read again.
const TAIL_AGAIN: i64 = 5_000;

/// Everything known of the run that is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Focus {
    /// Which run.
    pub key: Key,
    /// Its object, once read.
    pub workflow: Option<Arc<Workflow>>,
    /// How fresh that is.
    pub freshness: Freshness,
    /// The object is gone.
    pub gone: bool,
    /// Its pods.
    pub pods: BTreeMap<Uid, Pod>,
    /// How fresh the pods are.
    #[serde(default)]
    pub pods_freshness: Freshness,
    /// Events about it, by uid.
    pub events: BTreeMap<Uid, KubeEvent>,
    /// How fresh the events are.
    pub events_freshness: Freshness,
    /// Last lines of the step at the root of the trouble.
    pub tail: Option<Tail>,
    /// The object as YAML, once asked for.
    pub yaml: Option<Result<Arc<str>, Trouble>>,
    /// How much its artifacts are, once asked for.
    #[serde(default)]
    pub sizes: Sizes,
    /// The QARun it is of, which is watched too.
    #[serde(default)]
    pub qarun: Option<Key>,
    /// What that says, once read.
    #[serde(default)]
    pub sheet: Option<Arc<Sheet>>,
    /// How fresh that is.
    #[serde(default)]
    pub sheet_freshness: Freshness,
    #[serde(skip)]
    tree: Tree,
    /// What is found of each criterion it was made of.
    #[serde(skip)]
    criteria: Vec<Finding>,
    /// Grows with each change of the tree.
    #[serde(skip)]
    version: u64,
    /// Names of the pods of its steps.
    #[serde(skip)]
    pod_names: HashSet<Arc<str>>,
    /// When the pods of its steps began to work, by node id; kept when a pod goes.
    #[serde(skip)]
    began: HashMap<Arc<str>, Timestamp>,
}

/// Last lines of one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tail {
    /// Node id of the step.
    pub node: Arc<str>,
    /// It had ended when the lines were asked for: they are the last ones.
    pub ended: bool,
    /// When they were asked for last.
    pub asked: Timestamp,
    /// Its pod.
    pub pod: Arc<str>,
    /// The container.
    pub container: Arc<str>,
    /// The lines; `None` until they come.
    pub lines: Option<Result<Vec<LogLine>, Trouble>>,
}

impl Tail {
    /// When the lines are worth another look: while the step goes on, or where they could not be read and may be later.
    pub fn due(&self) -> Option<Timestamp> {
        let answered = match &self.lines {
            Some(Err(why)) => matches!(why, Trouble::NotFound { .. } | Trouble::Forbidden { .. }),
            lines => lines.is_some(),
        };
        let last = self.ended && answered;
        (!last).then(|| later(self.asked, TAIL_AGAIN))
    }
}

impl Focus {
    /// Nothing is known yet.
    pub fn new(key: Key) -> Self {
        Self {
            key,
            workflow: None,
            freshness: Freshness::Connecting,
            gone: false,
            pods: BTreeMap::new(),
            pods_freshness: Freshness::Connecting,
            events: BTreeMap::new(),
            events_freshness: Freshness::Connecting,
            tail: None,
            yaml: None,
            sizes: Sizes::default(),
            qarun: None,
            sheet: None,
            sheet_freshness: Freshness::Connecting,
            tree: Tree::default(),
            criteria: Vec::new(),
            version: 0,
            pod_names: HashSet::new(),
            began: HashMap::new(),
        }
    }

    /// Applies a word of the run's watch.
    pub fn take_workflow(&mut self, event: FeedEvent<Key, Arc<Workflow>>, now: Timestamp) {
        let deltas = match event {
            FeedEvent::Freshness(freshness) => {
                self.freshness = freshness;
                return;
            }
            FeedEvent::Deltas(deltas) => deltas,
        };
        for delta in deltas {
            match delta {
                Delta::Put(workflow) => self.show(workflow, now),
                Delta::Gone(_) => self.gone = true,
                Delta::Reset(all) => match all.into_iter().next() {
                    Some(workflow) => self.show(workflow, now),
                    None => self.gone = true,
                },
            }
        }
    }

    fn show(&mut self, workflow: Arc<Workflow>, now: Timestamp) {
        if workflow.facts.row.key.uid != self.key.uid {
            self.gone = true;
            return;
        }
        self.gone = false;
        self.tree = Tree::of(&workflow, now);
        self.criteria = findings::of(&workflow, &self.tree);
        self.version += 1;
        let pods = workflow.steps.iter().filter_map(|step| step.pod.clone());
        self.pod_names = pods.collect();
        self.workflow = Some(workflow);
    }

    /// Applies a word of the watch of its QARun.
    pub fn take_qarun(&mut self, event: FeedEvent<Key, Arc<Sheet>>) {
        let deltas = match event {
            FeedEvent::Freshness(freshness) => {
                self.sheet_freshness = freshness;
                return;
            }
            FeedEvent::Deltas(deltas) => deltas,
        };
        for delta in deltas {
            self.sheet = match delta {
                Delta::Put(sheet) => Some(sheet),
                Delta::Reset(all) => all.into_iter().next(),
                // What was known of it is still what happened.
                Delta::Gone(_) => self.sheet.take(),
            };
            self.gone |= self.is_qarun() && self.sheet.is_none();
        }
    }

    /// It is a QARun of which no workflow tells more.
    pub fn is_qarun(&self) -> bool {
        self.qarun.as_ref() == Some(&self.key)
    }

    /// Applies a word of the watch of its pods.
    pub fn take_pods(&mut self, event: FeedEvent<Key, Pod>) {
        let deltas = match event {
            FeedEvent::Freshness(freshness) => {
                self.pods_freshness = freshness;
                return;
            }
            FeedEvent::Deltas(deltas) => deltas,
        };
        {
            for delta in &deltas {
                let pods = match delta {
                    Delta::Put(pod) => std::slice::from_ref(pod),
                    Delta::Reset(pods) => pods,
                    Delta::Gone(_) => &[],
                };
                let began = pods
                    .iter()
                    .filter_map(|pod| Some((pod.node_id.clone()?, pod.began()?)));
                self.began.extend(began);
            }
            apply(&mut self.pods, deltas, |pod| pod.key.uid.clone());
        }
    }

    /// Applies a word of the watch of its events.
    pub fn take_events(&mut self, event: FeedEvent<Key, KubeEvent>) {
        match event {
            FeedEvent::Freshness(freshness) => self.events_freshness = freshness,
            FeedEvent::Deltas(deltas) => {
                apply(&mut self.events, deltas, |event| event.key.uid.clone());
            }
        }
    }

    /// The events about it, without those of a run whose name begins with this one's.
    pub fn own_events(&self) -> impl Iterator<Item = &KubeEvent> {
        self.events.values().filter(|event| self.is_own(event))
    }

    fn is_own(&self, event: &KubeEvent) -> bool {
        let known = self.pod_names.is_empty() || self.pod_names.contains(&event.object);
        if &*event.kind != "Pod" || known {
            return true;
        }
        // Pods of no step: `<run>-<number>-agent` of the HTTP agent, `<run>-artgc-…` of the artifact collector.
        let rest = event.object.strip_prefix(&*self.key.name);
        let rest = rest
            .and_then(|rest| rest.strip_prefix('-'))
            .unwrap_or_default();
        let agent = rest
            .strip_suffix("-agent")
            .is_some_and(|id| id.bytes().all(|b| b.is_ascii_digit()));
        agent
            || rest.starts_with("artgc-")
            || self.pods.values().any(|pod| pod.key.name == event.object)
    }

    /// Its step tree.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What is found of each criterion it was made of, in order of attention; none where it was made of none.
    pub fn criteria(&self) -> &[Finding] {
        match &self.sheet {
            // Of somebody else's template the workflow does not say which criteria it is about.
            Some(sheet) if self.criteria.is_empty() => &sheet.criteria,
            _ => &self.criteria,
        }
    }

    /// The attempts of its QARun, where there were several.
    pub fn attempts(&self) -> &[Attempt] {
        match &self.sheet {
            Some(sheet) if sheet.attempts.len() > 1 || self.is_qarun() => &sheet.attempts,
            _ => &[],
        }
    }

    /// Another number after each change of the tree.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// When the work of a branch began, where that is known: of a pod when its first container did. A pause never works.
    pub fn worked_since(&self, branch: &Branch) -> Option<Timestamp> {
        let step = self.workflow.as_ref()?.steps.get(branch.step?)?;
        match step.kind {
            StepKind::Suspend => step.finished,
            StepKind::Pod => self.began.get(&step.id).copied(),
            _ => None,
        }
    }

    /// The visible lines of the tree.
    pub fn rows(&self, folds: &Folds) -> Vec<TreeRow> {
        self.tree.rows(folds)
    }

    /// The step of a branch.
    pub fn step(&self, branch: usize) -> Option<&Step> {
        let index = self.tree.branches.get(branch)?.step?;
        self.workflow.as_ref()?.steps.get(index)
    }

    /// Index of the branch with this id.
    pub fn branch(&self, id: &str) -> Option<usize> {
        self.tree
            .branches
            .iter()
            .position(|branch| &*branch.id == id)
    }

    /// The step whose log says what is the matter, with its pod: the first trouble, else what runs.
    pub fn telling_step(&self) -> Option<(&Step, Arc<str>)> {
        let at = self.tree.telling(self.tree.first_trouble()?);
        let step = self.step(at)?;
        let pod = step.pod.clone()?;
        Some((step, pod))
    }

    /// The pod that runs a step, where it still exists.
    pub fn pod_of(&self, step: &Step) -> Option<&Pod> {
        self.pods
            .values()
            .find(|pod| pod.node_id.as_ref() == Some(&step.id))
    }
}

fn apply<T>(held: &mut BTreeMap<Uid, T>, deltas: Vec<Delta<Key, T>>, uid: impl Fn(&T) -> Uid) {
    for delta in deltas {
        match delta {
            Delta::Put(item) => {
                held.insert(uid(&item), item);
            }
            Delta::Gone(key) => {
                held.remove(&key.uid);
            }
            Delta::Reset(items) => {
                *held = items.into_iter().map(|item| (uid(&item), item)).collect();
            }
        }
    }
}
