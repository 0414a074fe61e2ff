//! An embedded cluster with a gate before it: which requests a controller sent, and where it is ended.
//! Apart from the stories, which all need a run, its workflows and time.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tiphys::cluster::Cluster;
use tiphys::cluster::objects::{QARUNS, WORKFLOWS};
use tiphys::controller::{Controller, Time, workflow_name};
use tiphys::model::qarun::{Spec, Status};
use tiphys::sim::api::{Api, Body};
use tiphys::sim::store::Origin;
use tiphys::sim::{Embedded, Scenario, resource};
use tiphys::wire::qarun::{QaRun, Work};
use tokio::sync::Notify;
use tower::Service;

use crate::bench;

/// Where in a request its sender ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Before it is sent.
    Before,
    /// It is carried out, and nobody hears the answer.
    Applied,
    /// The answer is heard, and nothing comes after it.
    Replied,
}

#[derive(Default)]
struct State {
    sent: Vec<String>,
    end: Option<(usize, Point)>,
    dead: bool,
    /// Creations of workflows and of QARuns that were carried out, by name.
    made: BTreeMap<String, usize>,
    /// A request of this number is carried out, and a proxy says that it took too long.
    late: Option<usize>,
    /// Whoever creates a workflow next is stopped before, until it is woken.
    stopped: Option<Arc<Notify>>,
}

/// The gate. Clones share it.
#[derive(Clone)]
pub struct Gate {
    api: Api,
    state: Arc<Mutex<State>>,
}

impl Gate {
    /// One before this cluster.
    pub fn before(api: Api) -> Self {
        let state = Arc::default();
        Self { api, state }
    }

    /// What was sent.
    pub fn sent(&self) -> Vec<String> {
        self.state.lock().unwrap().sent.clone()
    }

    /// How often each workflow, and each QARun, was created.
    pub fn made(&self) -> BTreeMap<String, usize> {
        self.state.lock().unwrap().made.clone()
    }

    /// The sender ends at a request, counted from 0.
    pub fn end_at(&self, number: usize, point: Point) {
        self.state.lock().unwrap().end = Some((number, point));
    }

    /// A request, counted from 0, is carried out and answered with 504.
    pub fn late_at(&self, number: usize) {
        self.state.lock().unwrap().late = Some(number);
    }

    /// Whoever creates a workflow next is stopped before, until it is woken.
    pub fn stop_before_creating(&self) -> Arc<Notify> {
        let wake = Arc::new(Notify::new());
        self.state.lock().unwrap().stopped = Some(wake.clone());
        wake
    }

    /// Whether the sender has ended; another one may send from now on.
    pub fn revive(&self) -> bool {
        std::mem::take(&mut self.state.lock().unwrap().dead)
    }
}

fn gone() -> Response<Body> {
    let body = Full::new(Bytes::from_static(b"Gateway Timeout"));
    let body = body.map_err(|never| match never {}).boxed_unsync();
    Response::builder().status(504).body(body).unwrap()
}

impl Service<Request<kube::client::Body>> for Gate {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<kube::client::Body>) -> Self::Future {
        let (mut api, state) = (self.api.clone(), self.state.clone());
        let what = format!("{} {}", request.method(), request.uri().path());
        Box::pin(async move {
            let (point, late) = {
                let mut state = state.lock().unwrap();
                if state.dead {
                    return Ok(gone());
                }
                let number = state.sent.len();
                state.sent.push(what.clone());
                let point = state
                    .end
                    .filter(|(at, _)| *at == number)
                    .map(|(_, point)| point);
                state.dead = point.is_some();
                (point, state.late == Some(number))
            };
            if point == Some(Point::Before) {
                return Ok(gone());
            }
            let creates = what.starts_with("POST") && what.ends_with("/workflows");
            let stopped = creates.then(|| state.lock().unwrap().stopped.take());
            if let Some(wake) = stopped.flatten() {
                wake.notified().await;
            }
            let answer = api.call(request).await?;
            let kept = what.ends_with("/workflows") || what.ends_with("/qaruns");
            if what.starts_with("POST") && kept && answer.status() == 201 {
                let (head, body) = answer.into_parts();
                let bytes = body.collect().await.unwrap().to_bytes();
                let name = serde_json::from_slice::<Value>(&bytes).unwrap()["metadata"]["name"]
                    .to_string();
                *state.lock().unwrap().made.entry(name).or_default() += 1;
                let body = Full::new(bytes)
                    .map_err(|never| match never {})
                    .boxed_unsync();
                return Ok(match point == Some(Point::Applied) || late {
                    true => gone(),
                    false => Response::from_parts(head, body),
                });
            }
            Ok(match point == Some(Point::Applied) || late {
                true => gone(),
                false => answer,
            })
        })
    }
}

/// One QARun in it.
pub struct World {
    /// The cluster.
    pub embedded: Embedded,
    /// The gate before it.
    pub gate: Gate,
    direct: Cluster,
    /// What pods of each attempt do, the first first.
    pub plans: Vec<Value>,
    /// What there was after each look.
    pub past: Vec<(Option<QaRun>, Vec<Work>)>,
}

/// Name of the QARun.
pub const RUN: &str = "refunds";
/// Its namespace.
pub const NS: &str = "default";

impl World {
    /// With a QARun of this spec.
    pub async fn with(spec: &str, plans: &[Value]) -> Self {
        let embedded = bench::still(Scenario::Empty);
        let gate = Gate::before(embedded.api.clone());
        let direct = Cluster::from_service(embedded.api.clone(), "direct");
        let spec: Spec = serde_saphyr::from_str(spec).unwrap();
        let run = serde_json::to_value(QaRun::new(NS, RUN, spec)).unwrap();
        direct.create(QARUNS, NS, &run).await.unwrap();
        let (plans, past) = (plans.to_vec(), Vec::new());
        Self {
            embedded,
            gate,
            direct,
            plans,
            past,
        }
    }

    /// A controller behind the gate that knows nothing yet.
    pub fn controller(&self) -> Controller {
        let clock = self.embedded.clock.clone();
        let cluster = Cluster::from_service(self.gate.clone(), "gate");
        Controller::new(cluster, Time::of(move || clock.timestamp(), 1.0), 1000.0)
    }

    /// The QARun, as it is.
    pub async fn run(&self) -> Option<QaRun> {
        let bytes = self.direct.kept(QARUNS, NS, RUN).await.unwrap()?;
        Some(QaRun::read(&bytes).unwrap())
    }

    /// Its status.
    pub async fn status(&self) -> Status {
        self.run().await.unwrap().status()
    }

    /// Its workflows.
    pub async fn works(&self) -> Vec<Work> {
        let names: Vec<String> = {
            let store = self.embedded.api.store();
            let all = self.gate.made();
            let named = all.keys().map(|name| name.trim_matches('"').to_owned());
            named
                .filter(|name| store.get(resource::WORKFLOWS, NS, name).is_some())
                .collect()
        };
        let mut works = Vec::new();
        for name in names {
            let bytes = self
                .direct
                .kept(WORKFLOWS, NS, &name)
                .await
                .unwrap()
                .unwrap();
            works.push(Work::read(&bytes).unwrap());
        }
        works
    }

    /// Tells a controller what there is, or what there was so many looks ago.
    pub async fn tell(&mut self, controller: &Controller, ago: usize) {
        let now = (self.run().await, self.works().await);
        self.past.push(now);
        let at = self.past.len().saturating_sub(1 + ago);
        let (run, works) = &self.past[at];
        if let Some(run) = run {
            controller.cache.put_run(Arc::new(run.clone()));
        }
        for work in works {
            controller.cache.put_work(Arc::new(work.clone()));
        }
        if ago == 0 {
            for uid in controller.cache.works_in(None) {
                if !works.iter().any(|work| work.meta.uid == uid) {
                    controller.cache.drop_work(&uid);
                }
            }
            if run.is_none() {
                for uid in controller.cache.runs_in(None) {
                    controller.cache.drop_run(&uid);
                }
            }
        }
    }

    /// Lets a controller do what there is to do. An error is tried again at the next look.
    pub async fn look(&mut self, controller: &Controller, ago: usize) {
        self.tell(controller, ago).await;
        for uid in controller.cache.uids() {
            let _ = controller.reconcile(&uid).await;
        }
    }

    /// Tells the pods of new workflows what to do, and lets time pass.
    pub async fn pass(&self, seconds: u64) {
        let store = self.embedded.api.store();
        for (n, plan) in self.plans.iter().enumerate() {
            let Some(run) = self.run().await else { break };
            let name = workflow_name(&run, u32::try_from(n + 1).unwrap());
            let Some(object) = store.get(resource::WORKFLOWS, NS, &name) else {
                continue;
            };
            let mut object = object.value();
            if object["metadata"]["annotations"]["tiphys.dev/plan"].is_null() {
                object["metadata"]["annotations"]["tiphys.dev/plan"] = plan.to_string().into();
                store.put(resource::WORKFLOWS, object, Origin::Client);
            }
        }
        self.embedded.advance(Duration::from_secs(seconds));
    }

    /// Looks and lets time pass until this holds.
    pub async fn until(&mut self, controller: &Controller, done: impl Fn(Option<&QaRun>) -> bool) {
        for _ in 0..400 {
            self.look(controller, 0).await;
            if done(self.run().await.as_ref()) {
                return;
            }
            self.pass(5).await;
        }
        panic!(
            "it never comes to that: {:#?}",
            self.run().await.map(|run| run.status())
        );
    }

    /// Somebody changes the QARun.
    pub async fn edit(&self, patch: Value) {
        let run = self.run().await.unwrap();
        self.direct
            .merge(QARUNS, &run.metadata, patch)
            .await
            .unwrap();
    }

    /// Somebody deletes it.
    pub async fn delete(&self) {
        let run = self.run().await.unwrap();
        self.direct.remove(QARUNS, &run.metadata).await.unwrap();
    }

    /// Somebody takes a workflow away, whoever holds it.
    pub async fn take_away(&self, work: &Work) {
        let free = json!({"metadata": {"finalizers": []}});
        let bytes = self
            .direct
            .merge(WORKFLOWS, &work.meta, free)
            .await
            .unwrap();
        let work = Work::read(&bytes).unwrap();
        self.direct.remove(WORKFLOWS, &work.meta).await.unwrap();
    }

    /// Somebody judges a manual criterion.
    pub async fn judge(&self, attempt: u32, step: &str, phase: &str) {
        let run = self.run().await.unwrap();
        let store = self.embedded.api.store();
        let name = workflow_name(&run, attempt);
        let mut object = store.get(resource::WORKFLOWS, NS, &name).unwrap().value();
        let nodes = object["status"]["nodes"].as_object_mut().unwrap();
        let node = nodes
            .values_mut()
            .find(|node| node["displayName"] == step && node["type"] == "Suspend");
        let node = node.unwrap();
        node["phase"] = json!(phase);
        node["finishedAt"] = node["startedAt"].clone();
        store.put(resource::WORKFLOWS, object, Origin::Client);
    }
}

/// It ended, and nothing is left to do.
pub fn over(run: Option<&QaRun>) -> bool {
    run.is_some_and(|run| run.status().is_over(run.spec.attempt()))
}
