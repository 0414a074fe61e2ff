//! The step tree a person reads: steps and promises in their groups, folded so that what matters stays open.
//! Apart from [`super::workflow`], which is what the object says; this is how it is read.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::count::Tally;
use super::facts::Leaves;
use super::fault::root_fault;
use super::glance::Glance;
use super::graph::{Graph, Role, Vertex};
use super::note::{note, promise_note};
use super::phase::{Phase, State, StepPhase};
use super::shape::{Link, Shape};
use super::vertex::glances;
use super::why::is_stuck;
use super::words;
use super::workflow::{StepKind, Workflow};

/// The steps of a workflow as a forest: the main tree first, then the exit handler's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// All branches; `children` are indexes into this list.
    pub branches: Vec<Branch>,
    /// The tops.
    pub roots: Vec<usize>,
    /// The leaf at the root of a failure that nothing made good; of a retried step the step.
    pub fault: Option<usize>,
}

/// One line a person could see.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Node id; of a promise `parent-id/task`. Unique in the tree and stable between updates.
    pub id: Arc<str>,
    /// What it is called.
    pub label: Arc<str>,
    /// Where it is; of a group the state of its worst open member, or its own.
    pub state: State,
    /// What it is.
    pub kind: BranchKind,
    /// Index into `Workflow::steps`; `None` for a promise, and for a fan-out inside Steps, which has no node of its own.
    pub step: Option<usize>,
    /// What it is inside of.
    pub owner: Option<usize>,
    /// What is inside it, in order of start, promises last.
    pub children: Vec<usize>,
    /// Its siblings that it comes after, directly.
    pub follows: Vec<usize>,
    /// Leaves inside it (itself, if it is one).
    pub leaves: Leaves,
    /// Labels of the siblings it waited or waits for, where they are more than one or not the one above: a join.
    pub after: Vec<Arc<str>>,
    /// Start.
    pub started: Option<Timestamp>,
    /// End.
    pub finished: Option<Timestamp>,
    /// One line about it: why it failed or waits.
    pub note: Option<Arc<str>>,
}

/// What a branch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchKind {
    /// A step that works.
    Leaf,
    /// A DAG, Steps or containerSet with its members.
    Group,
    /// A fan-out with its items.
    FanOut,
    /// A step with its attempts.
    Retry,
    /// One attempt of it.
    Attempt,
    /// A hook or exit handler.
    Hook,
    /// Named by the spec, not created yet.
    Promise,
}

/// What a person folded and unfolded, against what the tree does by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Folds {
    /// Opened by hand.
    pub opened: BTreeSet<Arc<str>>,
    /// Closed by hand.
    pub closed: BTreeSet<Arc<str>>,
    /// Only what failed, and the way there.
    pub only_failures: bool,
    /// Neighbouring leaves and closed groups that ended well become one line (the preview).
    pub gather_done: bool,
    /// A step with plain attempts is one with them (graph and Gantt chart).
    #[serde(default)]
    pub whole_retries: bool,
}

/// One visible line of the folded tree.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeRow {
    /// The branch's id; of a gathered line the id of its first branch.
    pub id: Arc<str>,
    /// Index into [`Tree::branches`].
    pub branch: usize,
    /// How many branches this line stands for: 1, or more where done ones are gathered.
    pub gathered: usize,
    /// For each level above, the top one first, whether more siblings follow below: what `│` or a blank is drawn for.
    /// As many as the line is deep: a top has none.
    pub guides: Vec<bool>,
    /// The last of its siblings: `└` instead of `├`.
    pub last: bool,
    /// It has children that are not shown.
    pub folded: bool,
    /// It has children that are shown.
    pub open: bool,
}

/// A run being drawn up as a tree.
struct Draft<'w> {
    workflow: &'w Workflow,
    glances: Vec<Glance<'w>>,
    tally: Tally,
    graph: Graph,
    now: Timestamp,
    /// The run is over: what is only promised will never be.
    over: bool,
}

impl Tree {
    /// The tree of a workflow; `now` tells what starts from what is stuck. Linear in steps and edges.
    pub fn of(workflow: &Workflow, now: Timestamp) -> Self {
        let glances = glances(workflow);
        let links: Vec<Link<'_>> = glances.iter().map(|glance| glance.link).collect();
        let shape = Shape::of(&links);
        let tally = Tally::of(&glances, &shape);
        let graph = Graph::with(workflow, &links, &shape);
        let phase = workflow.facts.row.phase;
        let ended_badly = matches!(phase, Phase::Failed | Phase::Error);
        let fault = (phase != Phase::Succeeded)
            .then(|| root_fault(&glances, &shape, &tally, ended_badly))
            .flatten()
            .and_then(|fault| graph.vertex_of(&glances, &fault.node));
        let draft = Draft {
            workflow,
            glances,
            tally,
            graph,
            now,
            over: phase.is_done(),
        };
        Self {
            branches: draft.branches(),
            roots: draft.graph.roots,
            fault,
        }
    }

    /// The branch that tells how a step ended: of one with attempts the last of them.
    pub fn telling(&self, mut at: usize) -> usize {
        while let branch = &self.branches[at]
            && branch.kind == BranchKind::Retry
            && let Some(last) = branch.children.last()
        {
            at = *last;
        }
        at
    }

    /// Where a reader should look first: what failed, else what waits or is stuck, else what was started last.
    pub fn first_trouble(&self) -> Option<usize> {
        let works =
            |branch: &Branch| branch.children.is_empty() || branch.kind == BranchKind::Retry;
        let leaves = || {
            let numbered = self.branches.iter().enumerate();
            numbered.filter(move |(_, branch)| works(branch))
        };
        self.fault
            .or_else(|| {
                leaves()
                    .filter(|(_, branch)| branch.state.is_open() && branch.state < State::Running)
                    .min_by_key(|(at, branch)| (branch.state, branch.started, *at))
                    .map(|(at, _)| at)
            })
            .or_else(|| {
                leaves()
                    .filter(|(_, branch)| branch.state == State::Running)
                    .max_by_key(|(_, branch)| branch.started)
                    .map(|(at, _)| at)
            })
    }
}

impl Draft<'_> {
    fn branches(&self) -> Vec<Branch> {
        let mut branches: Vec<Branch> = (0..self.graph.vertices.len())
            .map(|at| self.branch(at))
            .collect();
        // Members have higher numbers than what they are inside of, so one pass backwards carries everything up.
        let mut sums: Vec<Leaves> = (0..branches.len()).map(|at| self.counted(at)).collect();
        for at in (0..branches.len()).rev() {
            let state = self.group_state(&branches, at);
            branches[at].state = state;
            let alone = branches[at].children.is_empty()
                && matches!(
                    branches[at].kind,
                    BranchKind::Leaf | BranchKind::Attempt | BranchKind::Hook
                );
            if !alone {
                branches[at].leaves = sums[at];
            }
            if self.graph.vertices[at].role == Role::FanOut && branches[at].step.is_none() {
                (branches[at].started, branches[at].finished) = span(&branches, at);
            }
            if let Some(up) = self.graph.vertices[at].owner {
                let below = sums[at];
                sums[up].merge(below);
            }
        }
        self.joins(&mut branches);
        branches
    }

    fn branch(&self, at: usize) -> Branch {
        let vertex = &self.graph.vertices[at];
        let step = vertex.step.map(|step| &self.workflow.steps[step]);
        let state = self.own_state(vertex);
        let mut leaves = Leaves::default();
        leaves.add(state);
        Branch {
            id: vertex.id.clone(),
            label: self.label(vertex),
            state,
            kind: kind(vertex, step.map(|step| step.kind)),
            step: vertex.step,
            owner: vertex.owner,
            children: vertex.members.clone(),
            follows: vertex.after.clone(),
            leaves,
            after: Vec::new(),
            started: step.and_then(|step| step.started),
            finished: step.and_then(|step| step.finished),
            note: match vertex.step {
                Some(step) => note(&self.glances, &self.tally, &self.workflow.steps[step], step),
                None if vertex.role == Role::Promise => promise_note(vertex, self.over),
                None => None,
            },
        }
    }

    /// Hooks of the workflow lose its name in front.
    fn label(&self, vertex: &Vertex) -> Arc<str> {
        let run = &self.workflow.facts.row.key.name;
        vertex
            .label
            .strip_prefix(&**run)
            .and_then(|rest| rest.strip_prefix('.'))
            .filter(|_| vertex.role == Role::Hook)
            .map_or_else(|| vertex.label.clone(), Arc::from)
    }

    fn own_state(&self, vertex: &Vertex) -> State {
        let Some(step) = vertex.step else {
            return State::NotStarted;
        };
        let state = self.tally.state(&self.glances, step);
        let glance = &self.glances[step];
        if state != State::Pending || glance.phase != StepPhase::Pending {
            return state;
        }
        let (reason, _) = glance.message.map_or(("", None), words::pending_reason);
        if is_stuck(reason, glance.started, self.now) {
            State::Stuck
        } else {
            state
        }
    }

    /// What a vertex adds to the counts of what it is inside of.
    fn counted(&self, at: usize) -> Leaves {
        let vertex = &self.graph.vertices[at];
        let counts = match vertex.step {
            Some(step) => self.tally.leaf[step],
            None => vertex.role == Role::Promise && vertex.members.is_empty() && !self.over,
        };
        let mut leaves = Leaves::default();
        if counts {
            leaves.add(self.own_state(vertex));
        }
        leaves
    }

    /// Of a group that goes on, the worst of what is open inside it; of one without a node, of what is inside it.
    fn group_state(&self, branches: &[Branch], at: usize) -> State {
        let branch = &branches[at];
        let vertex = &self.graph.vertices[at];
        let inside = || branch.children.iter().map(|&child| branches[child].state);
        let open = inside()
            .filter(|state| state.is_open() && *state != State::NotStarted)
            .min();
        match vertex.step {
            Some(step) if self.glances[step].phase != StepPhase::Running => branch.state,
            Some(_) => open.unwrap_or(branch.state),
            None if vertex.role == Role::Promise => branch.state,
            None => open
                .or_else(|| inside().filter(|state| state.is_bad()).min())
                .or_else(|| inside().max())
                .unwrap_or(branch.state),
        }
    }

    /// Names what a branch waited for where the line above it does not tell.
    fn joins(&self, branches: &mut [Branch]) {
        let groups = self
            .graph
            .vertices
            .iter()
            .map(|vertex| &vertex.members)
            .chain([&self.graph.roots]);
        for members in groups {
            let mut above = None;
            for &at in members {
                let before = &self.graph.vertices[at].after;
                if self.graph.vertices[at].role == Role::Hook {
                    continue;
                }
                if !(before.is_empty() || before.len() == 1 && above == Some(before[0])) {
                    branches[at].after = before
                        .iter()
                        .map(|&from| branches[from].label.clone())
                        .collect();
                }
                above = Some(at);
            }
        }
    }
}

/// From the first begin to the last end of what is inside, once all of it has ended.
fn span(branches: &[Branch], at: usize) -> (Option<Timestamp>, Option<Timestamp>) {
    let inside = || branches[at].children.iter().map(|&child| &branches[child]);
    let ended = inside().all(|branch| branch.finished.is_some() || !branch.state.is_open());
    (
        inside().filter_map(|branch| branch.started).min(),
        inside()
            .filter_map(|branch| branch.finished)
            .max()
            .filter(|_| ended),
    )
}

fn kind(vertex: &Vertex, step: Option<StepKind>) -> BranchKind {
    match vertex.role {
        Role::FanOut => BranchKind::FanOut,
        Role::Retry => BranchKind::Retry,
        Role::Attempt => BranchKind::Attempt,
        Role::Hook => BranchKind::Hook,
        Role::Promise => BranchKind::Promise,
        Role::Step
            if !vertex.members.is_empty()
                || matches!(step, Some(StepKind::Dag | StepKind::Steps)) =>
        {
            BranchKind::Group
        }
        Role::Step => BranchKind::Leaf,
    }
}
