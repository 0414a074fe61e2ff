//! A Workflow object turned into a whole [`Workflow`]: every step, promise and parameter.
//! Apart from [`super::facts()`], because this is kept for the one run that is looked at.

use std::collections::HashMap;
use std::sync::Arc;

use super::argo::{Condition, FullObject, Node, Outputs, Status};
use super::artifact::{self, Located, Stores};
use super::error::WireError;
use super::facts::{fold, object, spec_in_force, utf8};
use super::intern::Interner;
use super::lax::Text;
use super::nest::{List, Obj};
use super::nodes::{Nodes, Templates, label, source, template_of, unpacked, waits_for};
use super::podname::PodNames;
use super::promises::template;
use super::row::{Meta, time};
use super::spec::{Inputs, Parameter as WireParameter, Spec, Template as WireTemplate};
use crate::model::artifact::Artifact;
use crate::model::phase::StepPhase;
use crate::model::progress::Progress;
use crate::model::secret::{MASKED, is_expression, names_a_secret};
use crate::model::text::{clean, clean_message};
use crate::model::workflow::{Parameter, Step, StepKind, Template, Workflow};

/// Annotation the controller writes when a workflow first runs: how it names pods.
const POD_NAME_FORMAT: &str = "workflows.argoproj.io/pod-name-format";
/// Annotation of `kubectl apply` that repeats the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

type FullStatus<'a> = Status<'a, Obj<Inputs<'a>>, Obj<Outputs<'a>>, WireTemplate<'a>>;
type FullNode<'a> = Node<'a, Obj<Inputs<'a>>, Obj<Outputs<'a>>>;

/// Decodes one Workflow object in full.
///
/// # Errors
/// [`WireError`] where the bytes are no JSON object. Anything wrong inside becomes one sentence in `problems`.
pub fn workflow(bytes: &[u8]) -> Result<Workflow, WireError> {
    let text = utf8(bytes);
    let object: FullObject<'_> = object(&text)?;
    let status = object.status.get();
    let (json, mut from) = source(status);
    let packed = unpacked(json.as_deref(), &mut from);
    let map = match status {
        Some(status) if json.is_none() => &status.nodes,
        _ => &packed,
    };
    let nodes = Nodes::of(map, true);
    let facts = fold(&object, &nodes, from, &mut Interner::new());
    let spec = spec_in_force(&object);
    let own = object.spec.get();
    let templates = Templates::of(spec, status);
    let named = TemplateNames::of(&templates);
    let no_meta = Meta::default();
    let meta = object.metadata.get().unwrap_or(&no_meta);
    let pods = PodNames {
        workflow: meta.name.or_empty(),
        by_id: meta
            .annotations
            .find(POD_NAME_FORMAT)
            .is_some_and(|format| format.get() == Some("v1")),
    };
    let pick = |text: Option<&Text<'_>>| text.and_then(line);
    Ok(Workflow {
        steps: (0..nodes.list.len())
            .map(|at| step(&nodes, at, &pods, &templates, &named))
            .collect(),
        templates: named.list,
        entrypoint: pick(spec.map(|spec| &spec.entrypoint)),
        on_exit: pick(spec.map(|spec| &spec.on_exit)),
        template_ref: pick(
            own.and_then(|spec| spec.workflow_template_ref.get())
                .map(|reference| &reference.name),
        ),
        parameters: spec
            .and_then(|spec| spec.arguments.get())
            .map(|arguments| parameters(&arguments.parameters))
            .unwrap_or_default(),
        outputs: status
            .and_then(|status| status.outputs.get())
            .map(|outputs| parameters(&outputs.parameters))
            .unwrap_or_default(),
        conditions: status.map_or_else(Vec::new, |status| conditions(&status.conditions)),
        annotations: meta
            .annotations
            .get()
            .iter()
            .filter(|(name, _)| name.get() != Some(LAST_APPLIED))
            .filter_map(|(name, value)| Some((line(name)?, message(value).unwrap_or_default())))
            .collect(),
        service_account: pick(spec.map(|spec| &spec.service_account_name)),
        parallelism: spec.and_then(|spec| spec.parallelism.get()),
        deadline: spec.and_then(|spec| spec.active_deadline_seconds.get()),
        resources: status
            .and_then(|status| status.resources_duration.get())
            .and_then(|used| Some((used.cpu.get()?, used.memory.get()?))),
        pod_gc: pick(
            spec.and_then(|spec| spec.pod_gc.get())
                .map(|gc| &gc.strategy),
        ),
        pod_gc_delay: pick(
            spec.and_then(|spec| spec.pod_gc.get())
                .map(|gc| &gc.delete_delay_duration),
        ),
        archives: archives(spec, status, &templates),
        artifacts: artifacts(&nodes, status, &templates),
        problems: problems(&object, &nodes, facts.row.malformed.as_deref()),
        facts,
    })
}

/// Whether logs of its pods are to be archived: as the store says, unless the run does, unless a template does.
/// Source: Argo v4.1, `IsArchiveLogs`.
fn archives<I, O>(
    spec: Option<&Spec<'_, WireTemplate<'_>>>,
    status: Option<&Status<'_, I, O, WireTemplate<'_>>>,
    templates: &Templates<'_, WireTemplate<'_>>,
) -> bool {
    let said = |location: &Located<'_>| location.archive_logs.said();
    let chosen = status.and_then(|status| status.artifact_repository_ref.get());
    let store = chosen.and_then(|chosen| said(chosen.artifact_repository.get()?));
    let run = spec.and_then(|spec| spec.archive_logs.said());
    let run = run.or(store).unwrap_or(false);
    let mut own = templates
        .own()
        .map(|one| one.archive_location.get().and_then(said));
    run || own.any(|one| one == Some(true))
}

/// The artifacts of all steps, in the order of these.
fn artifacts<'n>(
    nodes: &Nodes<'n, Obj<Inputs<'n>>, Obj<Outputs<'n>>>,
    status: Option<&FullStatus<'n>>,
    templates: &Templates<'n, WireTemplate<'n>>,
) -> Vec<Artifact> {
    let chosen = status.and_then(|status| status.artifact_repository_ref.get());
    let repository = chosen.and_then(|chosen| chosen.artifact_repository.get());
    let of = |at: usize| {
        let (id, node) = nodes.list[at];
        let template = templates.of_node(node);
        let stores = Stores {
            template: template.and_then(|template| template.archive_location.get()),
            repository,
        };
        let named = (
            &Arc::from(clean(id)),
            &Arc::from(clean(label(node, id))),
            StepKind::parse(node.kind.or_empty()),
        );
        let inputs = node.inputs.get().map(|inputs| &inputs.artifacts);
        let outputs = node.outputs.get().map(|outputs| &outputs.artifacts);
        artifact::of_node(
            named,
            !nodes.children(at).is_empty(),
            inputs,
            outputs,
            stores,
        )
    };
    (0..nodes.list.len()).flat_map(of).collect()
}

/// Step templates under names that are unique in the workflow: a stored one whose name another has keeps its whole key.
struct TemplateNames<'s> {
    list: Vec<Template>,
    by_key: HashMap<&'s str, Arc<str>>,
}

impl<'s> TemplateNames<'s> {
    fn of(templates: &Templates<'s, WireTemplate<'s>>) -> Self {
        let mut list: Vec<Template> = templates
            .own()
            .map(|wire| template(wire, clean(wire.name.or_empty()).into()))
            .collect();
        let mut taken: HashMap<Arc<str>, ()> =
            list.iter().map(|known| (known.name.clone(), ())).collect();
        let mut by_key = HashMap::new();
        for (key, wire) in templates.stored() {
            let short = key.rsplit('/').next().unwrap_or(key);
            let mut name: Arc<str> = clean(short).into();
            if taken.contains_key(&name) {
                name = clean(key).into();
            }
            taken.insert(name.clone(), ());
            by_key.insert(key, name.clone());
            list.push(template(wire, name));
        }
        Self { list, by_key }
    }
}

fn step<'n>(
    nodes: &Nodes<'n, Obj<Inputs<'n>>, Obj<Outputs<'n>>>,
    at: usize,
    pods: &PodNames<'_>,
    templates: &Templates<'n, WireTemplate<'n>>,
    named: &TemplateNames<'_>,
) -> Step {
    let (id, node) = nodes.list[at];
    let flag = node.node_flag.get();
    let outputs = node.outputs.get();
    let stored = templates
        .stored_key(node)
        .and_then(|key| named.by_key.get(key).cloned());
    let kind = StepKind::parse(node.kind.or_empty());
    let phase = StepPhase::parse(node.phase.or_empty());
    let cached = node
        .memoization_status
        .get()
        .is_some_and(|memo| memo.hit.is_set());
    Step {
        id: clean(id).into(),
        name: clean(node.name.or_empty()).into(),
        display: clean(label(node, id)).into(),
        kind,
        phase,
        template: stored.or_else(|| template_of(node).map(|name| clean(name).into())),
        boundary: nodes.boundary[at],
        children: nodes.children(at).to_vec(),
        message: message(&node.message),
        started: time(&node.started_at),
        finished: time(&node.finished_at),
        progress: node.progress.filled().and_then(Progress::parse),
        hooked: flag.is_some_and(|flag| flag.hooked.is_set()),
        attempt: flag.is_some_and(|flag| flag.retried.is_set()),
        daemoned: node.daemoned.is_set(),
        cached,
        lock: waits_for(node).map(|lock| clean(lock).into()),
        inputs: node
            .inputs
            .get()
            .map(|inputs| parameters(&inputs.parameters))
            .unwrap_or_default(),
        outputs: outputs
            .map(|outputs| parameters(&outputs.parameters))
            .unwrap_or_default(),
        result: outputs.and_then(|outputs| message(&outputs.result)),
        exit_code: outputs.and_then(|outputs| line(&outputs.exit_code)),
        artifacts: outputs
            .map(|outputs| names(&outputs.artifacts))
            .unwrap_or_default(),
        host: line(&node.host_node_name),
        pod: pod(nodes, at, pods, cached || waits_for(node).is_some()),
    }
}

/// Name of the pod a step runs in; `None` where it has none, as what was taken from a cache or waits for a lock.
fn pod<'n>(
    nodes: &Nodes<'n, Obj<Inputs<'n>>, Obj<Outputs<'n>>>,
    at: usize,
    pods: &PodNames<'_>,
    none: bool,
) -> Option<Arc<str>> {
    let kind = |node: &FullNode<'n>| StepKind::parse(node.kind.or_empty());
    let host = match kind(nodes.list[at].1) {
        StepKind::Pod => at,
        StepKind::Container => {
            nodes.boundary[at].filter(|&up| kind(nodes.list[up].1) == StepKind::Pod)?
        }
        _ => return None,
    };
    if none {
        return None;
    }
    let (id, node) = nodes.list[host];
    let name = pods.of(id, node.name.or_empty(), template_of(node));
    Some(clean(&name).into())
}

fn names(list: &List<Obj<Located<'_>>>) -> Vec<Arc<str>> {
    list.get()
        .iter()
        .filter_map(|named| line(&named.get()?.name))
        .collect()
}

pub(super) fn parameters(list: &List<Obj<WireParameter<'_>>>) -> Vec<Parameter> {
    list.get()
        .iter()
        .filter_map(Obj::get)
        .map(parameter)
        .collect()
}

fn parameter(wire: &WireParameter<'_>) -> Parameter {
    let from = wire.value_from.get();
    let value = [
        Some(&wire.value),
        Some(&wire.default),
        from.map(|from| &from.default),
    ]
    .into_iter()
    .flatten()
    .find(|text| text.get().is_some());
    let name = clean(wire.name.or_empty());
    // Whoever looks over a shoulder may read a log level, and no password.
    let secret = names_a_secret(&name);
    let shown = |text: &str| -> Arc<str> {
        match secret && !text.trim().is_empty() && !is_expression(text) {
            true => MASKED.into(),
            false => clean_message(text).into(),
        }
    };
    let choices = wire.choices.get().iter().filter_map(line);
    Parameter {
        value: value.map(|text| shown(text.or_empty())),
        choices: choices.map(|choice| shown(&choice)).collect(),
        name: name.into(),
        description: message(&wire.description),
        supplied: from.is_some_and(|from| from.supplied.is_set()),
    }
}

fn conditions(list: &List<Obj<Condition<'_>>>) -> Vec<Arc<str>> {
    list.get()
        .iter()
        .filter_map(Obj::get)
        .filter(|condition| condition.status.get() == Some("True"))
        .map(|condition| match condition.message.filled() {
            Some(text) => {
                let whole = format!("{}: {text}", condition.kind.or_empty());
                clean_message(&whole).into()
            }
            None => clean(condition.kind.or_empty()).into(),
        })
        .collect()
}

fn problems<'n>(
    object: &FullObject<'_>,
    nodes: &Nodes<'n, Obj<Inputs<'n>>, Obj<Outputs<'n>>>,
    malformed: Option<&str>,
) -> Vec<Arc<str>> {
    let parts = [
        ("metadata", object.metadata.is_wrong()),
        ("spec", object.spec.is_wrong()),
        ("status", object.status.is_wrong()),
    ];
    let wrong = parts
        .iter()
        .filter(|(_, wrong)| *wrong)
        .map(|(part, _)| format!("{part} is not an object"));
    malformed
        .map(str::to_string)
        .into_iter()
        .chain(wrong)
        .chain(nodes.problems.iter().cloned())
        .map(Arc::from)
        .collect()
}

/// A cleaned line; `None` where nothing stands.
pub fn line(text: &Text<'_>) -> Option<Arc<str>> {
    text.filled().map(|text| clean(text).into())
}

pub(super) fn message(text: &Text<'_>) -> Option<Arc<str>> {
    text.filled().map(|text| clean_message(text).into())
}
