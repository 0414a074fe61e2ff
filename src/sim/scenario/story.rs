//! The demo: teams that launch runs all day, people who answer approvals, and a few things that went wrong just now.
//! Apart from the data in `demo/`, which says what; this says when.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Actor;
use crate::sim::argo::Engine;
use crate::sim::argo::RunKey;
use crate::sim::argo::node::{Kind, Phase, Time};
use crate::sim::argo::plan::{ANNOTATION, Catalogue, StepPlan};
use crate::sim::bucket;
use crate::sim::clock::rfc3339;
use crate::sim::resource::{NAMESPACES, NODES, RESOURCES, Res, SECRETS, TEMPLATES};
use crate::sim::rng::Rng;
use crate::sim::schema;
use crate::sim::store::{Origin, Store};

/// How much history is told before the start, milliseconds. What ended earlier would be gone by its time to live.
pub const HISTORY: i64 = 4 * 3_600_000;
/// How long before the start nothing fails but what is pinned, so that the pinned failure is the newest.
const CALM: i64 = 20 * 60_000;
/// How often people look at approvals.
const LOOK: i64 = 60_000;

const STORY: &str = include_str!("../../../demo/story.yaml");
const STEPS: &str = include_str!("../../../demo/steps.yaml");
const OBJECTS: &str = include_str!("../../../demo/templates.yaml");

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    namespaces: Vec<String>,
    streams: Vec<Stream>,
    people: [i64; 2],
    renewed: Vec<Renewed>,
    pinned: Vec<Pinned>,
    incidents: Vec<Pinned>,
}

/// A template that was changed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Renewed {
    ago: i64,
    namespace: String,
    template: String,
    /// What stood there before instead of these texts.
    before: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stream {
    namespace: String,
    template: String,
    name: String,
    #[serde(default)]
    task: Option<String>,
    service: String,
    every: [i64; 2],
    #[serde(default)]
    first: i64,
    #[serde(default)]
    plan: Option<Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pinned {
    ago: i64,
    namespace: String,
    template: String,
    name: String,
    #[serde(default)]
    task: Option<String>,
    service: String,
    #[serde(default)]
    plan: Option<Value>,
    /// Parameters it was launched with.
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    /// Nobody answers its approval.
    #[serde(default)]
    waits: bool,
}

/// What goes wrong in the embedded data; a test keeps it from happening.
pub type Broken = String;

/// The steps of the demo.
///
/// # Errors
/// Where `demo/steps.yaml` cannot be read.
pub fn catalogue() -> Result<Catalogue, Broken> {
    let steps: BTreeMap<String, StepPlan> =
        serde_saphyr::from_str(STEPS).map_err(|why| format!("demo/steps.yaml: {why}"))?;
    Ok(Catalogue::new(steps))
}

/// The demo as somebody who acts.
#[derive(Clone, Debug)]
pub struct Story {
    data: Data,
    rng: Rng,
    start: i64,
    /// What is launched next, by stream.
    next: Vec<i64>,
    /// Pinned runs not launched yet, soonest last.
    pinned: Vec<Pinned>,
    /// Templates to be changed, and when, soonest last.
    renewals: Vec<(i64, Value)>,
    store: Option<Arc<Store>>,
    /// Approvals nobody answers.
    kept: Vec<RunKey>,
    look: i64,
}

impl Story {
    /// The story for a seed, that is `HISTORY` old at `start`.
    ///
    /// # Errors
    /// Where the embedded data cannot be read.
    pub fn new(seed: u64, start: i64) -> Result<Self, Broken> {
        let data: Data =
            serde_saphyr::from_str(STORY).map_err(|why| format!("demo/story.yaml: {why}"))?;
        let mut rng = Rng::named(seed, "story");
        let begin = start - HISTORY;
        let next = data
            .streams
            .iter()
            .map(|stream| begin + stream.first * 1000 + rng.range(0, stream.every[1] * 1000))
            .collect();
        let mut pinned = data.pinned.clone();
        pinned.sort_by_key(|pinned| pinned.ago);
        Ok(Self {
            data,
            rng,
            start,
            next,
            pinned,
            renewals: Vec::new(),
            store: None,
            kept: Vec::new(),
            look: begin + LOOK,
        })
    }

    /// With failures of which several have one cause. Without them everything else happens by another chance.
    #[must_use]
    pub fn with_incidents(mut self) -> Self {
        self.pinned.extend(self.data.incidents.iter().cloned());
        self.pinned.sort_by_key(|pinned| pinned.ago);
        self
    }

    /// The same story at the same moment on a copy of its store.
    pub fn on(&self, store: Arc<Store>) -> Self {
        Self {
            store: Some(store),
            ..self.clone()
        }
    }

    /// Puts the objects the story begins with into a store, and its crons into the engine.
    ///
    /// # Errors
    /// Where the embedded data cannot be read.
    pub fn furnish(&mut self, store: &Arc<Store>, engine: &mut Engine) -> Result<(), Broken> {
        for name in &self.data.namespaces {
            namespace(store, name);
        }
        let since = rfc3339(self.start - 40 * 86_400_000);
        for (n, name) in self.data.namespaces.iter().enumerate() {
            let uid = format!("7d3e0003-0000-4000-8000-{n:012}");
            let secret = bucket::secret(name, &uid, &since);
            store.put(SECRETS, secret, Origin::Controller);
        }
        engine.calm(self.start - CALM..self.start + CALM / 20);
        let objects: Vec<Value> =
            serde_saphyr::from_str(OBJECTS).map_err(|why| format!("demo/templates.yaml: {why}"))?;
        for mut object in objects {
            let kind = object["kind"].as_str().unwrap_or_default();
            let Some(res) = RESOURCES.iter().find(|res| res.kind == kind) else {
                return Err(format!("demo/templates.yaml: unknown kind {kind}"));
            };
            object["metadata"]["creationTimestamp"] = rfc3339(self.start - 40 * 86_400_000).into();
            object["metadata"]["generation"] = 1.into();
            let stored = store.put(res, object, Origin::Controller);
            self.set_back(store, res, &stored.value());
            if res.kind == "CronWorkflow" {
                engine.add_cron(&stored.value());
            }
        }
        self.agents(store);
        self.renewals.sort_by_key(|(at, _)| -at);
        self.store = Some(Arc::clone(store));
        Ok(())
    }

    /// The runs of the platform's agents, which nobody works on.
    fn agents(&self, store: &Store) {
        let all = schema::agents()["objects"].as_array();
        for object in all.into_iter().flatten() {
            let kind = object["kind"].as_str().unwrap_or_default();
            let Some(res) = RESOURCES.iter().find(|res| res.kind == kind) else {
                continue;
            };
            let at = self.start - object["ago"].as_i64().unwrap_or(0) * 1000;
            let mut object = object.clone();
            if let Some(map) = object.as_object_mut() {
                map.shift_remove("ago");
            }
            object["apiVersion"] = res.api_version().into();
            object["metadata"]["creationTimestamp"] = rfc3339(at).into();
            object["metadata"]["generation"] = 1.into();
            store.put(res, object, Origin::Controller);
        }
    }

    /// Puts a template that was changed lately back to what it was before.
    fn set_back(&mut self, store: &Store, res: Res, object: &Value) {
        let meta = &object["metadata"];
        let is =
            |one: &&Renewed| meta["name"] == *one.template && meta["namespace"] == *one.namespace;
        let Some(renewed) = self.data.renewed.iter().find(is) else {
            return;
        };
        let mut text = object.to_string();
        for (now, before) in &renewed.before {
            text = text.replace(now, before);
        }
        let Ok(before) = serde_json::from_str(&text) else {
            return;
        };
        store.put(res, before, Origin::Controller);
        let mut renewal = object.clone();
        renewal["metadata"]["generation"] = 2.into();
        self.renewals
            .push((self.start - renewed.ago * 1000, renewal));
    }

    /// Somebody changes templates.
    fn renew(&mut self, now: i64) {
        while let Some((_, template)) = self.renewals.pop_if(|(at, _)| *at <= now) {
            if let Some(store) = &self.store {
                store.put(TEMPLATES, template, Origin::Controller);
            }
        }
    }

    fn launch(&mut self, engine: &mut Engine, what: &Pinned) {
        let mut labels = json!({"service": what.service, "team": what.namespace});
        if let Some(task) = &what.task {
            labels["task-id"] = task.clone().into();
        }
        let mut meta = json!({
            "name": what.name,
            "namespace": what.namespace,
            "labels": labels,
            "annotations": {},
        });
        if let Some(plan) = &what.plan {
            meta["annotations"][ANNOTATION] = plan.to_string().into();
        }
        let mut spec = json!({"workflowTemplateRef": {"name": what.template}});
        if !what.parameters.is_empty() {
            let given = what.parameters.iter();
            let given = given.map(|(name, value)| json!({"name": name, "value": value}));
            spec["arguments"]["parameters"] = given.collect();
        }
        let key = engine.submit(json!({
            "metadata": meta,
            "spec": spec,
        }));
        if what.waits {
            self.kept.push(key);
        }
    }

    /// People answer the approvals that have waited long enough: mostly yes.
    fn look(&mut self, engine: &mut Engine) {
        let now = engine.now();
        let [short, long] = self.data.people;
        let waiting: Vec<(RunKey, String, i64)> = engine
            .live()
            .filter(|run| !self.kept.contains(&run.key))
            .flat_map(|run| {
                let open = run
                    .nodes
                    .values()
                    .filter(|n| n.kind == Kind::Suspend && n.phase == Phase::Running);
                open.map(|n| {
                    (
                        run.key.clone(),
                        n.id.clone(),
                        n.started.map_or(now, |t| t.0),
                    )
                })
            })
            .collect();
        for (key, id, since) in waiting {
            let patience = Rng::named(since as u64, &id).range(short, long) * 1000;
            if now - since < patience {
                continue;
            }
            let yes = self.rng.chance(0.8);
            engine.edit(&key, |nodes| {
                let Some(node) = nodes.get_mut(&id) else {
                    return;
                };
                node.finished = Some(Time(now));
                if yes {
                    node.phase = Phase::Succeeded;
                    node.message = Some("approved by jane".to_owned());
                    for parameter in node.outputs["parameters"]
                        .as_array_mut()
                        .into_iter()
                        .flatten()
                    {
                        parameter["value"] = parameter["valueFrom"]["default"].take();
                        if let Some(parameter) = parameter.as_object_mut() {
                            parameter.shift_remove("valueFrom");
                        }
                    }
                } else {
                    node.phase = Phase::Failed;
                    node.message = Some("rejected by jane: error budget is low".to_owned());
                }
            });
        }
    }
}

/// A namespace.
pub fn namespace(store: &Store, name: &str) {
    let object = json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    });
    store.put(NAMESPACES, object, Origin::Controller);
}

/// The Kubernetes node everything runs on.
pub fn node(store: &Store) {
    let object = json!({
        "metadata": {"name": "demo-node-1", "labels": {"kubernetes.io/hostname": "demo-node-1"}},
        "spec": {},
        "status": {
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}],
            "addresses": [{"type": "InternalIP", "address": "10.0.0.7"}, {"type": "Hostname", "address": "demo-node-1"}],
            "nodeInfo": {"kubeletVersion": "v1.36.2", "architecture": "amd64", "operatingSystem": "linux",
                "osImage": "Embedded", "kernelVersion": "none", "containerRuntimeVersion": "pretended://1"},
        },
    });
    store.put(NODES, object, Origin::Controller);
}

impl Actor for Story {
    fn next(&self) -> Option<i64> {
        let stream = self.next.iter().min().copied();
        let pinned = self
            .pinned
            .last()
            .map(|pinned| self.start - pinned.ago * 1000);
        let renewal = self.renewals.last().map(|(at, _)| *at);
        [stream, pinned, renewal, Some(self.look)]
            .into_iter()
            .flatten()
            .min()
    }

    fn act(&mut self, engine: &mut Engine) {
        let now = engine.now();
        self.renew(now);
        while let Some(pinned) = self.pinned.last()
            && self.start - pinned.ago * 1000 <= now
        {
            if let Some(pinned) = self.pinned.pop() {
                self.launch(engine, &pinned);
            }
        }
        for n in 0..self.data.streams.len() {
            if self.next[n] > now {
                continue;
            }
            let stream = self.data.streams[n].clone();
            let what = Pinned {
                ago: 0,
                name: format!("{}-{}", stream.name, self.rng.suffix()),
                namespace: stream.namespace,
                template: stream.template,
                task: stream.task,
                service: stream.service,
                plan: stream.plan,
                parameters: BTreeMap::new(),
                waits: false,
            };
            self.launch(engine, &what);
            self.next[n] = now
                + self
                    .rng
                    .range(stream.every[0] * 1000, stream.every[1] * 1000);
        }
        if self.look <= now {
            self.look = now + LOOK;
            self.look(engine);
        }
    }
}
