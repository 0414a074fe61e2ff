//! The steps of a workflow as a person thinks of them: groups with members, and what comes after what, joins included.
//! Apart from [`super::tree`], which folds it into lines, and from Argo's nodes, whose edges mean several things at once.
//!
//! Order inside a DAG comes from its template (`dependencies`, `depends`) where that is known, else from the edges of the
//! nodes; inside Steps from the groups. Rows of parallel steps (`[0]`) are no vertices of their own: their members belong
//! to the Steps around them.

use std::collections::HashMap;

use super::glance::Glance;
use super::promise;
use super::shape::{Link, Shape, fan_item, hook_hosts};
use super::vertex::{Place, Rows, crowds, fan_vertex, links, step_vertex};
use super::workflow::{StepKind, TemplateBody, Workflow};

pub use super::vertex::{Role, Vertex};

/// Steps, fan-outs and promises with their order.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// All vertices; every index below points here. Members of one group stand in reading order.
    pub vertices: Vec<Vertex>,
    /// Those inside of nothing: the main tree, then hooks and the exit handler.
    pub roots: Vec<usize>,
    /// For each step the vertex that stands for it; `None` for a dissolved row of parallel steps.
    pub of_step: Vec<Option<usize>>,
}

/// Most steps of the row before that a step of a Steps template is joined to; wider rows only show their first.
const JOIN_CAP: usize = 256;
/// Most edges between two rows, against rows of a hundred thousand.
const EDGE_CAP: usize = 65_536;

impl Graph {
    /// The graph of a workflow; linear in steps, promises and edges.
    pub fn of(workflow: &Workflow) -> Self {
        let links = links(workflow);
        Self::with(workflow, &links, &Shape::of(&links))
    }

    pub(super) fn with(workflow: &Workflow, links: &[Link<'_>], shape: &Shape) -> Self {
        let mut graph = Self {
            of_step: vec![None; links.len()],
            ..Self::default()
        };
        let rows = Rows::of(links, shape);
        let crowds = crowds(links, shape);
        let hosts = hook_hosts(links);
        let mut fans: HashMap<(usize, &str), usize> = HashMap::new();
        for &at in &shape.order {
            if rows.is_dissolved(at) {
                continue;
            }
            let mut owner = shape.owner[at];
            let mut row = 0;
            if let Some(group) = owner.filter(|&up| rows.is_dissolved(up)) {
                row = rows.number[group];
                owner = shape.owner[group];
            }
            let up = owner.and_then(|up| graph.of_step[up]);
            let fan = shape.owner[at].and_then(|group| {
                let (base, _) = fan_item(&links[group], &links[at])?;
                (crowds.get(&(group, base)).copied().unwrap_or(0) > 1 && !base.is_empty())
                    .then_some((group, base))
            });
            let up = match fan {
                Some((group, base)) => Some(
                    *fans
                        .entry((group, base))
                        .or_insert_with(|| graph.add(fan_vertex(workflow, group, base, up, row))),
                ),
                None => up,
            };
            let vertex = step_vertex(workflow, links, shape, at, up, row);
            graph.of_step[at] = Some(graph.add(vertex));
        }
        promise::add(&mut graph, workflow);
        graph.arrange(workflow, &hosts);
        graph.connect(workflow, links, shape);
        graph
    }

    /// The vertex of a node; of an attempt the step it is one of.
    pub(super) fn vertex_of(&self, glances: &[Glance<'_>], node: &str) -> Option<usize> {
        let step = glances.iter().position(|glance| glance.id == node)?;
        let vertex = self.of_step[step]?;
        match self.vertices[vertex].role {
            Role::Attempt => self.vertices[vertex].owner,
            _ => Some(vertex),
        }
    }

    /// Adds a vertex; its owner learns of it.
    pub(super) fn add(&mut self, vertex: Vertex) -> usize {
        let at = self.vertices.len();
        match vertex.owner {
            Some(up) => self.vertices[up].members.push(at),
            None => self.roots.push(at),
        }
        self.vertices.push(vertex);
        at
    }

    /// Puts members in reading order; what started together stands in the order of its template.
    fn arrange(&mut self, workflow: &Workflow, hosts: &HashMap<usize, usize>) {
        let bodies = promise::bodies(workflow);
        let mut indexes = Vec::new();
        for (at, vertex) in self.vertices.iter().enumerate() {
            if let Some(body) = promise::body(&bodies, workflow, vertex) {
                let by_task = promise::by_task(workflow, self, at);
                let tasks = promise::task_keys(body).into_iter().enumerate();
                indexes.extend(
                    tasks.filter_map(|(index, key)| Some((*by_task.get(key.as_str())?, index))),
                );
            }
        }
        for (at, index) in indexes {
            self.vertices[at].place.index = index;
        }
        for (&hook, &host) in hosts {
            if let (Some(hook), Some(host)) = (self.of_step[hook], self.of_step[host]) {
                let mut place = self.vertices[host].place.clone();
                place.hook = self.vertices[hook].id.clone();
                self.vertices[hook].place = place;
            }
        }
        let places: Vec<Place> = self.vertices.iter().map(|v| v.place.clone()).collect();
        for vertex in &mut self.vertices {
            vertex.members.sort_by_key(|&at| &places[at]);
        }
        let vertices = &self.vertices;
        self.roots
            .sort_by_key(|&at| (vertices[at].role == Role::Hook, &places[at]));
    }

    fn connect(&mut self, workflow: &Workflow, links: &[Link<'_>], shape: &Shape) {
        let mut edges: Vec<(usize, usize)> = Vec::new();
        let mut ordered = vec![false; self.vertices.len()];
        let bodies = promise::bodies(workflow);
        for (at, vertex) in self.vertices.iter().enumerate() {
            match promise::body(&bodies, workflow, vertex) {
                Some(TemplateBody::Dag(tasks)) => {
                    ordered[at] = true;
                    let by_name = promise::by_task(workflow, self, at);
                    for task in tasks {
                        let Some(&to) = by_name.get(&*task.name) else {
                            continue;
                        };
                        let before = task.after.iter().filter_map(|name| by_name.get(&**name));
                        edges.extend(before.map(|&from| (from, to)));
                    }
                }
                _ if self.is_steps(workflow, at) => {
                    ordered[at] = true;
                    edges.extend(self.row_edges(at));
                }
                _ => {}
            }
        }
        for (at, link) in links.iter().enumerate() {
            for &child in link.children {
                edges.extend(self.node_edge(links, shape, &ordered, at, child));
            }
        }
        edges.sort_unstable();
        edges.dedup();
        for (from, to) in edges.into_iter().filter(|(from, to)| from != to) {
            self.vertices[to].after.push(from);
            self.vertices[from].before.push(to);
        }
    }

    fn is_steps(&self, workflow: &Workflow, at: usize) -> bool {
        let vertex = &self.vertices[at];
        let of_step = vertex.step.map(|step| workflow.steps[step].kind);
        of_step == Some(StepKind::Steps)
            || (vertex.role == Role::Promise && !vertex.members.is_empty())
    }

    /// Each member of a row after every member of the row before.
    fn row_edges(&self, at: usize) -> Vec<(usize, usize)> {
        let steps = self.vertices[at]
            .members
            .iter()
            .copied()
            .filter(|&member| self.vertices[member].role != Role::Hook);
        let mut rows: Vec<(usize, Vec<usize>)> = Vec::new();
        for member in steps {
            let row = self.vertices[member].place.row;
            match rows.last_mut() {
                Some((number, members)) if *number == row => members.push(member),
                _ => rows.push((row, vec![member])),
            }
        }
        let pairs = rows.windows(2).flat_map(|pair| {
            let cap = (EDGE_CAP / pair[1].1.len()).clamp(1, JOIN_CAP);
            let before = &pair[0].1[..pair[0].1.len().min(cap)];
            pair[1]
                .1
                .iter()
                .flat_map(move |&to| before.iter().map(move |&from| (from, to)))
        });
        pairs.collect()
    }

    /// The edge between vertices that an edge between nodes stands for, where their group has no better order.
    fn node_edge(
        &self,
        links: &[Link<'_>],
        shape: &Shape,
        ordered: &[bool],
        from: usize,
        to: usize,
    ) -> Option<(usize, usize)> {
        let mut before = shape.lift(links, from, to)?;
        while let Some(up) = shape.owner[before].filter(|&up| {
            matches!(links[up].kind, StepKind::Retry | StepKind::TaskGroup)
                && shape.owner[to] != Some(up)
        }) {
            before = up;
        }
        let (before, after) = (self.of_step[before]?, self.of_step[to]?);
        let owner = self.vertices[after].owner;
        let known = owner.is_some_and(|up| ordered[up]) && self.vertices[after].role != Role::Hook;
        (!known && self.vertices[before].owner == owner).then_some((before, after))
    }
}
