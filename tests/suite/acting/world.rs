//! Where operations are tried: the embedded cluster in virtual time, or a real one. The same workflows, orders and expectations.
//! Apart from the cases, which do not know which of the two they are on.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};
use tiphys::cluster::{Cluster, Target};
use tiphys::model::act::{Cannot, Kind, Operation, Order, Outcome, Prepared, Shown};
use tiphys::model::key::Key;
use tiphys::sim::resource::{CONFIGMAPS, CRONS, TEMPLATES, WORKFLOWS};
use tiphys::sim::store::Origin;
use tiphys::sim::{Embedded, Scenario};
use tokio::runtime::Runtime;

use crate::bench;
use crate::real::{PATIENCE, Place, Real};

/// A cluster on which workflows run.
pub struct World<'a> {
    runtime: Runtime,
    cluster: Cluster,
    place: Where<'a>,
}

enum Where<'a> {
    Pretended(Embedded),
    Real(Place<'a>),
}

impl World<'static> {
    /// The embedded one.
    pub fn pretended() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let embedded = bench::still(Scenario::Empty);
        let cluster = runtime.block_on(async {
            let cluster = Cluster::from_service(embedded.api.clone(), "demo");
            cluster.probe().await.unwrap();
            cluster
        });
        Self {
            runtime,
            cluster,
            place: Where::Pretended(embedded),
        }
    }
}

impl<'a> World<'a> {
    /// A namespace of a real one.
    pub fn real(real: &'a Real) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let target = Target {
            kubeconfig: Some(real.kubeconfig.clone()),
            ..Target::default()
        };
        let cluster = runtime.block_on(async {
            let cluster = Cluster::connect(&target).await.unwrap();
            cluster.probe().await.unwrap();
            cluster
        });
        Self {
            runtime,
            cluster,
            place: Where::Real(Place::new(real)),
        }
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        match &self.place {
            Where::Pretended(_) => "default",
            Where::Real(place) => &place.name,
        }
    }

    /// It is the real one.
    pub fn is_real(&self) -> bool {
        matches!(self.place, Where::Real(_))
    }

    /// Submits objects. Steps named in `fail` fail until they are [`World::mend`]ed.
    pub fn submit(&self, yaml: &str, fail: &[&str]) {
        match &self.place {
            Where::Real(place) => place.submit(yaml),
            Where::Pretended(embedded) => {
                for mut object in serde_saphyr::from_multiple::<Value>(yaml).expect("YAML") {
                    if object.is_null() {
                        continue;
                    }
                    let resource = match object["kind"].as_str().unwrap() {
                        "Workflow" => WORKFLOWS,
                        "WorkflowTemplate" => TEMPLATES,
                        "CronWorkflow" => CRONS,
                        _ => CONFIGMAPS,
                    };
                    object["metadata"]["namespace"] = "default".into();
                    object["metadata"]["annotations"]["tiphys.dev/plan"] = plan(fail).into();
                    embedded.api.store().put(resource, object, Origin::Client);
                }
            }
        }
    }

    /// Tells the pretended pods what to do.
    pub fn plan(&self, name: &str, plan: &str) {
        if let Where::Pretended(embedded) = &self.place {
            let store = embedded.api.store();
            let mut object = store.get(WORKFLOWS, "default", name).unwrap().value();
            object["metadata"]["annotations"]["tiphys.dev/plan"] = plan.into();
            store.put(WORKFLOWS, object, Origin::Client);
        }
    }

    /// An object of another kind as it is now.
    #[track_caller]
    pub fn object(&self, plural: &str, name: &str) -> Value {
        match &self.place {
            Where::Real(place) => place.real.get(&format!("{}/{name}", place.argo(plural))),
            Where::Pretended(embedded) => {
                let resource = match plural {
                    "workflowtemplates" => TEMPLATES,
                    _ => CRONS,
                };
                embedded
                    .api
                    .store()
                    .get(resource, "default", name)
                    .unwrap()
                    .value()
            }
        }
    }

    /// What failed works from now on.
    pub fn mend(&self, name: &str) {
        match &self.place {
            Where::Real(place) => {
                let path = format!("/api/v1/namespaces/{}/configmaps", place.name);
                let map = json!({"apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": {"name": format!("{name}-mended")}, "data": {"ok": "yes"}});
                place.real.create(&path, &map);
            }
            Where::Pretended(embedded) => {
                let store = embedded.api.store();
                let mut object = store.get(WORKFLOWS, "default", name).unwrap().value();
                object["metadata"]["annotations"]["tiphys.dev/plan"] = plan(&[]).into();
                store.put(WORKFLOWS, object, Origin::Client);
            }
        }
    }

    /// A workflow as it is now; `None`: there is none.
    pub fn find(&self, name: &str) -> Option<Value> {
        match &self.place {
            Where::Real(place) => {
                let path = format!("{}/{name}", place.argo("workflows"));
                let (status, value) = place.real.ask(http::Method::GET, &path, None);
                (status == 200).then_some(value)
            }
            Where::Pretended(embedded) => {
                let found = embedded.api.store().get(WORKFLOWS, "default", name);
                found.map(|object| object.value())
            }
        }
    }

    /// A workflow as it is now.
    #[track_caller]
    pub fn get(&self, name: &str) -> Value {
        self.find(name)
            .unwrap_or_else(|| panic!("there is no {name}"))
    }

    /// Waits until a workflow looks like this.
    #[track_caller]
    pub fn until(&self, name: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        let mut looks = 0;
        loop {
            let now = self.get(name);
            if holds(&now) {
                return now;
            }
            let late = match &self.place {
                Where::Real(_) => begun.elapsed() > PATIENCE,
                Where::Pretended(_) => looks > 300,
            };
            assert!(
                !late,
                "{name} is never {what}: {}",
                serde_json::to_string_pretty(&now["status"]).unwrap()
            );
            looks += 1;
            self.pass(1);
        }
    }

    /// Lets so many seconds pass.
    pub fn pass(&self, seconds: u64) {
        match &self.place {
            Where::Real(_) => std::thread::sleep(Duration::from_secs(seconds)),
            Where::Pretended(embedded) => embedded.advance(Duration::from_secs(seconds)),
        }
    }

    /// Waits until it has ended like this.
    #[track_caller]
    pub fn ended(&self, name: &str, phase: &str) -> Value {
        let done = self.until(name, "over", |workflow| {
            let phase = workflow["status"]["phase"].as_str().unwrap_or_default();
            ["Succeeded", "Failed", "Error"].contains(&phase)
                && workflow["status"]["finishedAt"].is_string()
        });
        assert_eq!(
            done["status"]["phase"],
            phase,
            "{name}: {}",
            serde_json::to_string_pretty(&done["status"]["nodes"]).unwrap()
        );
        done
    }

    fn order(&self, kind: Kind, object: &Value, operation: Operation) -> Order {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
        Order {
            kind,
            key: Key::new(self.namespace(), text("name"), text("uid")),
            operation,
        }
    }

    /// What an operation would do.
    pub fn prepare(&self, name: &str, operation: Operation) -> Result<Prepared, Cannot> {
        self.prepare_on(Kind::Workflow, &self.get(name), operation)
    }

    /// The same, of any object.
    pub fn prepare_on(
        &self,
        kind: Kind,
        object: &Value,
        operation: Operation,
    ) -> Result<Prepared, Cannot> {
        let order = self.order(kind, object, operation);
        self.runtime
            .block_on(self.cluster.prepare(&order, self.now()))
    }

    fn now(&self) -> Timestamp {
        match &self.place {
            Where::Real(_) => Timestamp::now(),
            Where::Pretended(embedded) => embedded.clock.timestamp(),
        }
    }

    /// Does it, as a person who agrees to what is shown.
    #[track_caller]
    pub fn act(&self, name: &str, operation: Operation) -> Outcome {
        self.act_on(Kind::Workflow, &self.get(name), operation)
    }

    /// The same, of any object.
    #[track_caller]
    pub fn act_on(&self, kind: Kind, object: &Value, operation: Operation) -> Outcome {
        let order = self.order(kind, object, operation);
        let asked = self.now();
        let prepared = self.runtime.block_on(self.cluster.prepare(&order, asked));
        let prepared = prepared.unwrap_or_else(|why| panic!("{order:?}: {why}"));
        assert!(prepared.denied.is_empty(), "{:?}", prepared.denied);
        let shown = Shown {
            phase: prepared.preview.phase.clone(),
            asked,
            digest: Some(prepared.preview.digest),
        };
        let carried = self.cluster.carry(&order, &shown, self.now(), |_, _| {});
        self.runtime.block_on(carried).outcome
    }

    /// Does it, and it is done; the object that was made, where one was.
    #[track_caller]
    pub fn done(&self, name: &str, operation: Operation) -> Option<Key> {
        match self.act(name, operation.clone()) {
            Outcome::Applied { made, .. } => made,
            other => panic!("{operation:?} of {name}: {other:?}"),
        }
    }
}

fn plan(fail: &[&str]) -> String {
    let plans = fail
        .iter()
        .map(|step| ((*step).to_string(), json!({"exit": 1})));
    Value::Object(plans.collect()).to_string()
}

/// Nodes of a workflow by display name, as phases. The root is left out.
pub fn phases(workflow: &Value) -> Vec<(String, String)> {
    let nodes = workflow["status"]["nodes"].as_object();
    let mut all: Vec<(String, String)> = nodes
        .into_iter()
        .flatten()
        .filter(|(id, _)| **id != workflow["metadata"]["name"].as_str().unwrap_or_default())
        .map(|(_, node)| {
            let text = |field: &str| node[field].as_str().unwrap_or_default().to_string();
            (text("displayName"), text("phase"))
        })
        .collect();
    all.sort();
    all
}

/// The id of the step of this name.
#[track_caller]
pub fn id(workflow: &Value, display: &str) -> std::sync::Arc<str> {
    let nodes = workflow["status"]["nodes"].as_object().expect("nodes");
    let found = nodes.values().find(|node| node["displayName"] == display);
    let id = found.and_then(|node| node["id"].as_str());
    id.unwrap_or_else(|| panic!("no step {display}: {:?}", phases(workflow)))
        .into()
}

/// When the step of this name began.
#[track_caller]
pub fn began(workflow: &Value, display: &str) -> String {
    let id = id(workflow, display);
    workflow["status"]["nodes"][&*id]["startedAt"]
        .as_str()
        .unwrap_or_default()
        .to_string()
}
