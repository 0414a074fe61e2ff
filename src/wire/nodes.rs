//! `status.nodes` wherever it is kept, with ids turned into indexes.
//! Apart from what is made of the nodes: facts and whole workflows both start here.

use std::collections::HashMap;
use std::ops::Range;

use serde::Deserialize;

use super::argo::{Node, Status};
use super::compressed::inflate;
use super::lax::Text;
use super::nest::{Obj, Pairs};
use super::row::time;
use super::spec::{Pauses, Spec};
use crate::model::facts::NodesSource;
use crate::model::glance::{Glance, Pause};
use crate::model::phase::StepPhase;
use crate::model::shape::Link;
use crate::model::words;
use crate::model::workflow::StepKind;

/// Nodes by id as they stand on the wire.
pub type NodeMap<'a, I, O> = Pairs<'a, Obj<Node<'a, I, O>>>;

/// The JSON of compressed nodes, if that is where they are, and where they are.
pub fn source<I, O, T>(status: Option<&Status<'_, I, O, T>>) -> (Option<String>, NodesSource) {
    let Some(status) = status else {
        return (None, NodesSource::None);
    };
    if let Some(packed) = status.compressed_nodes.filled() {
        return match inflate(packed) {
            Ok((json, how)) => (Some(json), NodesSource::Compressed(how)),
            Err(why) => (None, NodesSource::Unreadable(why.into())),
        };
    }
    if !status.nodes.get().is_empty() {
        return (None, NodesSource::Inline);
    }
    if status.offload_node_status_version.filled().is_some() {
        return (None, NodesSource::Offloaded);
    }
    (None, NodesSource::None)
}

/// Reads the JSON of compressed nodes. What is not an object of nodes makes the source unreadable.
pub fn unpacked<'j, I, O>(json: Option<&'j str>, source: &mut NodesSource) -> NodeMap<'j, I, O>
where
    I: Deserialize<'j> + Default,
    O: Deserialize<'j> + Default,
{
    let Some(json) = json else {
        return Pairs::default();
    };
    match serde_json::from_str::<NodeMap<'j, I, O>>(json) {
        Ok(nodes) if nodes.is_present() => nodes,
        Ok(_) => {
            *source = NodesSource::Unreadable("compressedNodes does not hold an object".into());
            Pairs::default()
        }
        Err(error) => {
            *source = NodesSource::Unreadable(
                format!("compressedNodes does not hold JSON: {error}").into(),
            );
            Pairs::default()
        }
    }
}

/// Nodes in a row, edges as indexes.
#[derive(Debug)]
pub struct Nodes<'n, I, O> {
    /// Id and node. Ids are unique.
    pub list: Vec<(&'n str, &'n Node<'n, I, O>)>,
    /// For each node the node around it.
    pub boundary: Vec<Option<usize>>,
    edges: Vec<usize>,
    spans: Vec<Range<usize>>,
    /// What was wrong, one sentence each.
    pub problems: Vec<String>,
}

impl<'n, I, O> Nodes<'n, I, O> {
    /// The nodes of a map; `sorted` by start, then name, else as they stand.
    pub fn of(map: &'n NodeMap<'n, I, O>, sorted: bool) -> Self {
        let mut problems = Vec::new();
        let mut list: Vec<(&str, &Node<'n, I, O>)> = Vec::with_capacity(map.get().len());
        let mut broken = 0usize;
        for (key, node) in map.get() {
            match node.get() {
                Some(node) => list.push((node.id.filled().unwrap_or(key.or_empty()), node)),
                None => broken += 1,
            }
        }
        if sorted {
            list.sort_by_key(|(id, node)| (node.started_at.or_empty(), node.name.or_empty(), *id));
        }
        let (index, twice) = unique(&mut list);
        let (mut lost, mut edges) = (0usize, Vec::new());
        let mut spans = Vec::with_capacity(list.len());
        let mut boundary = Vec::with_capacity(list.len());
        for (at, (_, node)) in list.iter().enumerate() {
            let start = edges.len();
            for child in node.children.get() {
                // An edge to nowhere is no fault: the controller names a child that a parallelism limit keeps from being created.
                if let Some(&child) = index.get(child.or_empty()).filter(|&&to| to != at) {
                    edges.push(child);
                }
            }
            spans.push(start..edges.len());
            let around = node.boundary_id.filled();
            let found = around.and_then(|id| index.get(id).copied());
            lost += usize::from(around.is_some() && found.is_none());
            boundary.push(found.filter(|&up| up != at));
        }
        let mut note = |count: usize, what: &str| {
            if count > 0 {
                problems.push(format!("status.nodes: {count} {what}"));
            }
        };
        note(usize::from(map.is_wrong()), "value that is not an object");
        note(broken, "not an object");
        note(twice, "with an id that another one has");
        note(lost, "inside of nodes that do not exist");
        Self {
            list,
            boundary,
            edges,
            spans,
            problems,
        }
    }

    /// Indexes of the children of a node.
    pub fn children(&self, at: usize) -> &[usize] {
        &self.edges[self.spans[at].clone()]
    }

    /// All nodes at a glance. The texts are as they came: what is made of them is cleaned.
    pub fn glances<'s, T: Pauses>(&'s self, templates: &'s Templates<'s, T>) -> Vec<Glance<'s>> {
        self.list
            .iter()
            .enumerate()
            .map(|(at, (id, node))| {
                let link = self.link(at, node);
                let phase = StepPhase::parse(node.phase.or_empty());
                let pauses = link.kind == StepKind::Suspend && phase == StepPhase::Running;
                Glance {
                    link,
                    id,
                    display: label(node, id),
                    phase,
                    message: node.message.filled(),
                    started: time(&node.started_at),
                    finished: time(&node.finished_at),
                    daemoned: node.daemoned.is_set(),
                    lock: waits_for(node),
                    pause: if pauses {
                        templates.pause(node)
                    } else {
                        Pause::default()
                    },
                }
            })
            .collect()
    }

    fn link<'s>(&'s self, at: usize, node: &'s Node<'n, I, O>) -> Link<'s> {
        let flag = node.node_flag.get();
        Link {
            name: node.name.or_empty(),
            kind: StepKind::parse(node.kind.or_empty()),
            hooked: flag.is_some_and(|flag| flag.hooked.is_set()),
            attempt: flag.is_some_and(|flag| flag.retried.is_set()),
            boundary: self.boundary[at],
            children: self.children(at),
        }
    }
}

/// Keeps the first node of each id; the index by id, and how many were dropped.
fn unique<'n, N>(list: &mut Vec<(&'n str, &'n N)>) -> (HashMap<&'n str, usize>, usize) {
    let before = list.len();
    let mut index = HashMap::with_capacity(before);
    list.retain(|(id, _)| {
        let next = index.len();
        let new = !index.contains_key(id);
        if new {
            index.insert(*id, next);
        }
        new
    });
    (index, before - list.len())
}

/// What a person calls the node.
pub fn label<'s, I, O>(node: &'s Node<'_, I, O>, id: &'s str) -> &'s str {
    node.display_name
        .filled()
        .or(node.name.filled())
        .unwrap_or(id)
}

/// The lock a node waits for, by its own field.
pub fn waits_for<'s, I, O>(node: &'s Node<'_, I, O>) -> Option<&'s str> {
    node.synchronization_status.get()?.waiting.filled()
}

/// Name of the template a node runs.
pub fn template_of<'s, I, O>(node: &'s Node<'_, I, O>) -> Option<&'s str> {
    node.template_ref
        .get()
        .and_then(|reference| reference.template.filled())
        .or(node.template_name.filled())
}

/// The step templates of a workflow: its own, and those stored from other objects under `scope/object/template`.
#[derive(Debug)]
pub struct Templates<'s, T> {
    own: &'s [Obj<T>],
    stored: &'s [(Text<'s>, Obj<T>)],
    own_by_name: HashMap<&'s str, &'s T>,
    stored_by_key: HashMap<&'s str, &'s T>,
}

impl<'s, T: Pauses> Templates<'s, T> {
    /// Those of the spec in force and of the status.
    pub fn of<I, O>(
        spec: Option<&'s Spec<'s, T>>,
        status: Option<&'s Status<'s, I, O, T>>,
    ) -> Self {
        let own = spec.map_or(&[][..], |spec| spec.templates.get());
        let stored = status.map_or(&[][..], |status| status.stored_templates.get());
        let mut own_by_name = HashMap::with_capacity(own.len());
        for template in own.iter().filter_map(Obj::get) {
            own_by_name.entry(template.name()).or_insert(template);
        }
        let stored_by_key = stored
            .iter()
            .filter_map(|(key, template)| Some((key.or_empty(), template.get()?)))
            .collect();
        Self {
            own,
            stored,
            own_by_name,
            stored_by_key,
        }
    }

    /// The workflow's own.
    pub fn own(&self) -> impl Iterator<Item = &'s T> {
        self.own.iter().filter_map(Obj::get)
    }

    /// The stored ones with their keys.
    pub fn stored(&self) -> impl Iterator<Item = (&'s str, &'s T)> {
        self.stored
            .iter()
            .filter_map(|(key, template)| Some((key.or_empty(), template.get()?)))
    }

    /// Key of the stored template a node runs, if it runs one.
    /// Source: Argo v4.1.2 `Workflow.GetStoredTemplate`: by its reference, else by its scope and name.
    pub fn stored_key<I, O>(&self, node: &Node<'_, I, O>) -> Option<&'s str> {
        if self.stored.is_empty() {
            return None;
        }
        let key = match node
            .template_ref
            .get()
            .filter(|by| by.name.filled().is_some())
        {
            Some(by) => {
                let scope = if by.cluster_scope.is_set() {
                    "cluster"
                } else {
                    "namespaced"
                };
                format!("{scope}/{}/{}", by.name.or_empty(), by.template.or_empty())
            }
            None => format!(
                "{}/{}",
                node.template_scope.or_empty(),
                node.template_name.or_empty()
            ),
        };
        self.stored_by_key
            .get_key_value(key.as_str())
            .map(|(key, _)| *key)
    }

    /// The template a node runs, of whichever kind.
    pub fn of_node<I, O>(&self, node: &Node<'_, I, O>) -> Option<&'s T> {
        match self.stored_key(node) {
            Some(key) => self.stored_by_key.get(key).copied(),
            None => self.own_by_name.get(template_of(node)?).copied(),
        }
    }

    fn pause<I, O>(&self, node: &Node<'_, I, O>) -> Pause<'s> {
        let Some(template) = self.of_node(node) else {
            return Pause::default();
        };
        let duration = template
            .suspend()
            .and_then(|suspend| suspend.duration.filled());
        let question = template.inputs().and_then(|inputs| {
            inputs
                .parameters
                .get()
                .iter()
                .find_map(|parameter| parameter.get()?.description.filled())
        });
        Pause {
            timed: duration.is_some(),
            seconds: duration.and_then(words::seconds),
            text: question,
        }
    }
}
