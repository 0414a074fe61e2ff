//! Real input: recorded workflow objects and recorded answers of an API server, served over HTTP and shown by the console.
//! Apart from the tests of the decoder on the same recordings, because here they pass the client, the feeds and the screen.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tiphys::app::state::{Options, State};
use tiphys::cluster::Target;
use tiphys::model::delta::Scope;
use tiphys::model::phase::State as RunState;
use tiphys::model::reason::reason;
use tiphys::runtime::effects::Source;
use tiphys::sim::api::Api;
use tiphys::sim::clock::{Clock, at};
use tiphys::sim::resource::{NAMESPACES, PODS, WORKFLOWS};
use tiphys::sim::serve::{kubeconfig, serve};
use tiphys::sim::store::{Origin, Store};

use crate::bench::{self, Bench};

/// An hour after the recordings were made.
const LATER: &str = "2026-11-22T22:00:00Z";

/// Where a run must be and what its line begins with: namespace, name, state, line.
type Expected = (&'static str, &'static str, RunState, &'static str);

/// The set written for the project.
const WRITTEN: [(&str, Expected); 6] = [
    (
        include_str!("data/failed.json"),
        ("team", "nightly-a", RunState::Failed, "exit 3 · check"),
    ),
    (
        include_str!("data/lock.json"),
        (
            "team",
            "deploy-b",
            RunState::Waiting,
            "lock staging held by deploy-a",
        ),
    ),
    (
        include_str!("data/approval.json"),
        ("team", "canary-c", RunState::Approve, "wants you: go"),
    ),
    (
        include_str!("data/image.json"),
        (
            "other",
            "scan-d",
            RunState::Stuck,
            "ImagePullBackOff · scanner:9",
        ),
    ),
    (
        include_str!("data/passed.json"),
        ("other", "nightly-e", RunState::Succeeded, ""),
    ),
    (
        include_str!("data/postponed.json"),
        ("other", "queue-f", RunState::Waiting, "queued"),
    ),
];

/// Recorded situations, by what the recording's index says was done to bring each about.
const RECORDED: [Expected; 24] = [
    (
        "sem-lim",
        "mtx-waiter",
        RunState::Waiting,
        "lock release held by mtx-holder",
    ),
    (
        "sem-lim",
        "sem-waiter",
        RunState::Waiting,
        "lock sizes/wf held by sem-holder",
    ),
    (
        "sem-lim",
        "two-locks",
        RunState::Waiting,
        "lock release held by mtx-holder",
    ),
    ("sem-lim", "mtx-holder", RunState::Running, "mtx-holder"),
    ("sem-par", "par-3", RunState::Waiting, "queued"),
    ("sem-lim", "susp-spec", RunState::Suspended, "suspended"),
    ("sem-a", "p-appr", RunState::Approve, "wants you: ask2"),
    (
        "sem-ex",
        "daemon-custom",
        RunState::Approve,
        "wants you: hold",
    ),
    (
        "sem-lim",
        "unsched",
        RunState::Stuck,
        "Unschedulable · 0/2 nodes are available",
    ),
    (
        "sem-lim",
        "badimage",
        RunState::Stuck,
        "ImagePullBackOff · none:9",
    ),
    (
        "sem-lim",
        "badimage2",
        RunState::Stuck,
        "ImagePullBackOff · busybox:does-not-exist",
    ),
    (
        "sem-lim",
        "badsecret",
        RunState::Stuck,
        "CreateContainerConfigError · secret",
    ),
    (
        "sem-lim",
        "badvolume",
        RunState::Stuck,
        "PodInitializing for ",
    ),
    (
        "sem-lim",
        "badpvc",
        RunState::Stuck,
        "Unschedulable · 0/2 nodes are available: persistentvolumeclaim",
    ),
    (
        "sem-lim",
        "badsa",
        RunState::Error,
        "forbidden · pods \"badsa\" is forbidden",
    ),
    (
        "sem-lim",
        "backoff",
        RunState::Running,
        "backoff · attempt 2 after exit 3",
    ),
    ("sem-lim", "pend-timeout", RunState::Error, "timeout"),
    ("sem-ex", "spec-error", RunState::Failed, "invalid spec: "),
    ("sem-a", "pod-del", RunState::Error, "pod deleted"),
    ("sem-a", "st-stop", RunState::Failed, "stopped · g"),
    (
        "sem-ex",
        "oom-and-deadline",
        RunState::Failed,
        "deadline · late",
    ),
    (
        "sem-ex",
        "param-fanout",
        RunState::Failed,
        "exit 1 · each(1:host:b.example,port:443)",
    ),
    (
        "ex",
        "dag-contiue-on-fail-h89kd",
        RunState::Failed,
        "exit 1 · E",
    ),
    ("ex", "continue-on-fail-r8h9b", RunState::Succeeded, ""),
];

fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("TIPHYS_CORPUS").map(PathBuf::from);
    if root.is_none() {
        println!("skipped: TIPHYS_CORPUS is not set");
    }
    root.map(|root| root.join("api"))
}

fn json(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// JSON files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "json") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn version(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// A store of these objects; of two recordings of one object the later.
fn store(mut workflows: Vec<Value>, pods: Vec<Value>) -> Arc<Store> {
    let store = Store::new(Clock::by_hand(at(0)), 1);
    workflows.sort_by_key(version);
    for workflow in workflows {
        let namespace = &workflow["metadata"]["namespace"];
        let object = serde_json::json!({"metadata": {"name": namespace}});
        store.put(NAMESPACES, object, Origin::Client);
        store.put(WORKFLOWS, workflow, Origin::Client);
    }
    for pod in pods {
        store.put(PODS, pod, Origin::Client);
    }
    Arc::new(store)
}

/// A console on a server, by a kubeconfig as a person has one.
fn console(addr: SocketAddr, name: &str, options: Options) -> (Bench, PathBuf) {
    let file =
        std::env::temp_dir().join(format!("tiphys-replay-{name}-{}.yaml", std::process::id()));
    std::fs::write(&file, kubeconfig(addr, "recorded")).expect("written");
    let target = Target {
        kubeconfig: Some(file.clone()),
        readonly: true,
        ..Target::default()
    };
    (Bench::of(Source::Kubeconfig(target), options, LATER), file)
}

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

/// Rows, objects, and the run under the cursor.
fn all_read(state: &State) -> bool {
    let focused = state
        .focus
        .as_ref()
        .is_some_and(|focus| focus.workflow.is_some());
    let told = state.fleet.iter().all(|run| run.facts.is_some());
    state.fleet.complete() && state.fleet.unread() == 0 && told && focused
}

/// State and line of a run as the console tells them.
fn told(bench: &Bench, namespace: &str, name: &str) -> (RunState, String) {
    let now = bench.now();
    let run = bench
        .state
        .fleet
        .iter()
        .find(|run| *run.row.key.namespace == *namespace && *run.row.key.name == *name);
    let run = run.unwrap_or_else(|| panic!("{namespace}/{name} is not known"));
    let line = reason(&run.row, run.facts.as_deref(), now, None).map(|reason| reason.plain());
    (run.state(now), line.unwrap_or_default())
}

fn check(bench: &mut Bench, expected: Expected) {
    let (namespace, name, state, begins) = expected;
    let (is, line) = told(bench, namespace, name);
    assert_eq!(is, state, "{namespace}/{name}: {line}");
    assert!(
        line.starts_with(begins) && (!begins.is_empty() || line.is_empty()),
        "{namespace}/{name}: {line}"
    );
    bench.stand_on(name);
    // What stands before the first digit fits in the narrowest column of the list.
    let short: String = begins.chars().take(12).collect();
    bench.shows(&[name, state.word(), short.trim()]);
}

#[tokio::test]
async fn the_objects_written_for_the_project() {
    let objects = WRITTEN
        .iter()
        .map(|(text, _)| serde_json::from_str(text).expect("JSON"))
        .collect();
    let api = Api::new(store(objects, Vec::new()));
    let (addr, _) = serve(api, loopback()).await.expect("served");
    let (mut bench, file) = console(addr, "written", bench::options());
    bench.until(20, all_read).await;
    bench.shows(&["recorded", "live", "6 runs"]);
    for (_, expected) in WRITTEN {
        check(&mut bench, expected);
    }
    bench.stand_on("nightly-a");
    bench.until(20, all_read).await;
    bench.press("enter");
    bench.shows(&["✔ build", "✖ check", "2 of 40 checks failed"]);
    std::fs::remove_file(file).expect("removed");
}

#[tokio::test]
async fn the_objects_a_real_controller_wrote() {
    let Some(root) = corpus() else { return };
    let read = |path: &PathBuf| json(path);
    let workflows: Vec<Value> = files(&root.join("wf"))
        .iter()
        .map(read)
        .filter(|object| object["kind"] == "Workflow")
        .collect();
    let lists: Vec<Value> = files(&root.join("pods"))
        .iter()
        .map(read)
        .filter(|list| list["kind"] == "PodList")
        .collect();
    let pods: Vec<Value> = lists
        .iter()
        .flat_map(|list| list["items"].as_array().cloned().unwrap_or_default())
        .collect();
    assert!(
        workflows.len() > 150 && pods.len() > 20,
        "{} workflows, {} pods",
        workflows.len(),
        pods.len()
    );
    let store = store(workflows, pods);
    let count = store.count(WORKFLOWS);
    let (addr, _) = serve(Api::new(store), loopback()).await.expect("served");
    let (mut bench, file) = console(addr, "objects", bench::options());
    bench.until(60, all_read).await;
    assert_eq!(bench.state.fleet.len(), count);
    bench.shows(&["recorded", "live", &format!("{count} runs")]);
    for expected in RECORDED {
        check(&mut bench, expected);
    }
    bench.stand_on("param-fanout");
    bench
        .until(20, |state| {
            all_read(state)
                && state
                    .focus
                    .as_ref()
                    .is_some_and(|focus| !focus.pods.is_empty())
        })
        .await;
    bench.press("enter");
    bench.shows(&["each(1:host:b.example,port:443)", "exit 1", "param-fanout"]);
    std::fs::remove_file(file).expect("removed");
}

/// Answers of a real API server, byte for byte.
#[derive(Clone)]
struct Recorded(Arc<PathBuf>);

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

impl Recorded {
    fn file(&self, code: u16, name: &str) -> Answer {
        let bytes = std::fs::read(self.0.join(name)).unwrap_or_else(|why| panic!("{name}: {why}"));
        let kind = if name.ends_with(".json") {
            "application/json"
        } else {
            "text/plain"
        };
        let body = Full::new(Bytes::from(bytes)).boxed_unsync();
        Response::builder()
            .status(code)
            .header("content-type", kind)
            .body(body)
            .expect("a response")
    }

    /// A list of recorded objects, at the version of the recorded list.
    fn objects(kind: &str, items: &[Value]) -> Answer {
        let list = serde_json::json!({"kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": "43653"}, "items": items});
        Response::new(Full::new(Bytes::from(list.to_string())).boxed_unsync())
    }

    /// The watch was recorded before the list; after it nothing happened.
    fn silence() -> Answer {
        Response::new(StreamBody::new(futures::stream::pending()).boxed_unsync())
    }

    fn answer(&self, request: &Request<Incoming>) -> Answer {
        let path = request.uri().path();
        let query = request.uri().query().unwrap_or_default();
        let table = request
            .headers()
            .get("accept")
            .is_some_and(|accept| accept.to_str().is_ok_and(|text| text.contains("as=Table")));
        let workflows = "/apis/argoproj.io/v1alpha1/namespaces/sem-lim/workflows";
        match path {
            "/version" => self.file(200, "discovery/version.json"),
            _ if path.ends_with("/selfsubjectreviews") => {
                self.file(201, "access/selfsubjectreview.json")
            }
            _ if query.contains("watch=1") => Self::silence(),
            "/api/v1/namespaces/sem-lim/events" => self.file(200, "events/sem-lim.json"),
            "/api/v1/namespaces/sem-lim/pods" => Self::objects("PodList", &[]),
            _ if path == workflows => self.list(query, table),
            _ => match path
                .strip_prefix(workflows)
                .and_then(|rest| rest.strip_prefix('/'))
            {
                Some(name) if self.0.join(format!("wf/sem-lim/{name}.json")).exists() => {
                    self.file(200, &format!("wf/sem-lim/{name}.json"))
                }
                Some(_) => self.file(404, "errors/404-workflow.json"),
                None => self.file(403, "errors/403-list-all.json"),
            },
        }
    }

    fn list(&self, query: &str, table: bool) -> Answer {
        let token = |page: &str| {
            json(&self.0.join(page))["metadata"]["continue"]
                .as_str()
                .unwrap_or_default()
                .to_string()
        };
        let asks_page_after = |page: &str| query.contains(&format!("continue={}", token(page)));
        if !table {
            let items: Vec<Value> = files(&self.0.join("wf/sem-lim"))
                .iter()
                .map(|path| json(path))
                .collect();
            return Self::objects("WorkflowList", &selected(items, query));
        }
        if query.contains("labelSelector") {
            // Only asked to be quick; that nothing is found changes nothing in the end.
            return self.file(200, "lists/empty-table.json");
        }
        if asks_page_after("lists/table-page-1.json") {
            return self.file(200, "lists/table-page-2.json");
        }
        if asks_page_after("lists/table-page-2.json") {
            return self.file(200, "lists/table-page-3.json");
        }
        self.file(200, "lists/table-page-1.json")
    }

    async fn serve(self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind(loopback())
            .await
            .expect("bound");
        let addr = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let recorded = self.clone();
                let service = service_fn(move |request| {
                    let answer = recorded.answer(&request);
                    async move { Ok::<_, Infallible>(answer) }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(socket), service),
                );
            }
        });
        addr
    }
}

/// What the two selectors of the console select: one name, or what is not completed.
fn selected(mut items: Vec<Value>, query: &str) -> Vec<Value> {
    items.retain(|item| {
        let meta = &item["metadata"];
        let named = meta["name"]
            .as_str()
            .is_some_and(|name| query.ends_with(&format!("metadata.name%3D{name}")));
        let completed = meta["labels"]["workflows.argoproj.io/completed"] == "true";
        if query.contains("fieldSelector") {
            named
        } else {
            !completed
        }
    });
    items
}

#[tokio::test]
async fn the_answers_a_real_server_gave() {
    let Some(root) = corpus() else { return };
    let pages = [1, 2, 3].map(|page| json(&root.join(format!("lists/table-page-{page}.json"))));
    let mut names: Vec<String> = pages
        .iter()
        .flat_map(|page| page["rows"].as_array().cloned().unwrap_or_default())
        .map(|row| {
            row["object"]["metadata"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_string()
        })
        .collect();
    names.sort();
    assert_eq!(names.len(), 19);
    let addr = Recorded(Arc::new(root)).serve().await;
    let options = Options {
        scope: Scope::Namespaces(vec!["sem-lim".into()]),
        ..bench::options()
    };
    let (mut bench, file) = console(addr, "answers", options);
    bench.until(20, all_read).await;
    let mut known: Vec<String> = bench
        .state
        .fleet
        .iter()
        .map(|run| run.row.key.name.to_string())
        .collect();
    known.sort();
    assert_eq!(known, names);
    bench.shows(&[
        "recorded",
        "sem-lim",
        "live",
        "19 runs",
        "badsa",
        "mtx-waiter",
    ]);
    let recorded: Vec<Expected> = RECORDED
        .into_iter()
        .filter(|(namespace, ..)| *namespace == "sem-lim")
        .collect();
    assert!(recorded.len() > 10);
    for expected in recorded {
        check(&mut bench, expected);
    }
    bench.stand_on("badimage");
    bench.press("enter v");
    bench
        .until(20, |state| {
            state
                .focus
                .as_ref()
                .is_some_and(|focus| !focus.events.is_empty())
        })
        .await;
    bench.shows(&["Failed to pull image", "badimage"]);
    std::fs::remove_file(file).expect("removed");
}
