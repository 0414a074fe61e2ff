//! The real cluster as the tests speak to it: requests, a namespace of their own, workflows submitted and awaited.
//! Apart from the tests, and apart from the program's own client, which is what is tested.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use http::{Method, Request};
use http_body_util::BodyExt as _;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// How long anything may take on two busy cores before it counts as never. The controller alone answers an edit after 10 s.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// Between two looks at the cluster.
const PAUSE: Duration = Duration::from_millis(250);

/// Where Argo's objects are.
pub const ARGO: &str = "/apis/argoproj.io/v1alpha1";

/// What the tests made, so that nobody takes it for something else.
const MARK: &str = "tiphys.dev/made-by";

/// Who disturbs the cluster waits until nobody else looks at it, and is alone with it.
static CALM: RwLock<()> = RwLock::new(());

/// A real cluster, as its administrator.
pub struct Real {
    runtime: Runtime,
    client: kube::Client,
    /// The file that leads there.
    pub kubeconfig: PathBuf,
    _calm: Option<RwLockReadGuard<'static, ()>>,
}

/// The rig's commands, and the right to use them.
pub struct Rig {
    folder: PathBuf,
    _alone: RwLockWriteGuard<'static, ()>,
}

impl Rig {
    /// Runs a command of the rig.
    #[track_caller]
    pub fn run(&self, words: &[&str]) {
        let (name, words) = words.split_first().unwrap();
        let output = Command::new(self.folder.join(name))
            .args(words)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{name} {words:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Starts the API server and waits until it answers; Argo's controller may have given up in the meantime.
    #[track_caller]
    pub fn start_server(&self, real: &Real) {
        self.run(&["part", "apiserver", "start"]);
        real.until("the API server answers", |real| {
            real.ask(Method::GET, "/readyz", None).0 == 200
        });
        self.run(&["part", "argo", "start"]);
    }
}

impl Real {
    /// The cluster of `TIPHYS_TEST_KUBECONFIG`, undisturbed; without it says that the test is skipped.
    pub fn given() -> Option<Self> {
        let mut real = Self::connect()?;
        real._calm = Some(CALM.read().unwrap_or_else(PoisonError::into_inner));
        Some(real)
    }

    /// The cluster and the rig it is of, alone; where one is not named, says that the test is skipped.
    pub fn to_disturb() -> Option<(Self, Rig)> {
        let real = Self::connect()?;
        let Some(folder) = std::env::var_os("TIPHYS_TEST_RIG") else {
            println!(
                "skipped: TIPHYS_TEST_RIG is not set, and only a rig of ours may be disturbed"
            );
            return None;
        };
        let rig = Rig {
            folder: Path::new(&folder).to_path_buf(),
            _alone: CALM.write().unwrap_or_else(PoisonError::into_inner),
        };
        Some((real, rig))
    }

    fn connect() -> Option<Self> {
        let Some(kubeconfig) = std::env::var_os("TIPHYS_TEST_KUBECONFIG").map(PathBuf::from) else {
            println!("skipped: TIPHYS_TEST_KUBECONFIG is not set");
            return None;
        };
        // Only the first test of the process finds none installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let file = Kubeconfig::read_from(&kubeconfig).expect("the kubeconfig of the real cluster");
        let client = runtime.block_on(async {
            let options = KubeConfigOptions::default();
            let config = kube::Config::from_custom_kubeconfig(file, &options).await?;
            Ok::<_, Box<dyn std::error::Error>>(kube::Client::try_from(config)?)
        });
        Some(Self {
            runtime,
            client: client.expect("a client of the real cluster"),
            kubeconfig,
            _calm: None,
        })
    }

    /// One request, and what came back: the status and the object, or the text where it is none.
    pub fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let kind = match method {
            Method::PATCH => "application/merge-patch+json",
            _ => "application/json",
        };
        let bytes = body.map(|body| body.to_string()).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", kind)
            .body(Body::from(bytes.into_bytes()))
            .unwrap();
        self.runtime.block_on(async {
            let answer = match self.client.send(request).await {
                Ok(answer) => answer,
                // While the server is away.
                Err(error) => return (0, Value::String(error.to_string())),
            };
            let status = answer.status().as_u16();
            let bytes = match answer.into_body().collect().await {
                Ok(collected) => collected.to_bytes(),
                Err(error) => return (0, Value::String(error.to_string())),
            };
            let value = serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
            (status, value)
        })
    }

    /// An object that is there.
    #[track_caller]
    pub fn get(&self, path: &str) -> Value {
        let (status, value) = self.ask(Method::GET, path, None);
        assert_eq!(status, 200, "GET {path}: {value}");
        value
    }

    /// A new object, as the server made it.
    #[track_caller]
    pub fn create(&self, path: &str, object: &Value) -> Value {
        let (status, value) = self.ask(Method::POST, path, Some(object));
        assert_eq!(status, 201, "POST {path}: {value}");
        value
    }

    /// Removes an object; that it is gone already is no failure.
    #[track_caller]
    pub fn delete(&self, path: &str) {
        let (status, value) = self.ask(Method::DELETE, path, None);
        assert!(
            [200, 202, 404].contains(&status),
            "DELETE {path}: {status} {value}"
        );
    }

    /// Looks again and again until something holds.
    #[track_caller]
    pub fn until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < deadline, "it never happened: {what}");
            std::thread::sleep(PAUSE);
        }
    }
}

/// A namespace of the tests' own. Dropped, it is removed with all that is in it.
pub struct Place<'a> {
    /// The cluster.
    pub real: &'a Real,
    /// The name.
    pub name: String,
}

impl<'a> Place<'a> {
    /// A fresh one in which workflows can run.
    pub fn new(real: &'a Real) -> Self {
        let object = json!({"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"generateName": "tiphys-e2e-", "labels": {MARK: "tests"}}});
        let made = real.create("/api/v1/namespaces", &object);
        let name = made["metadata"]["name"].as_str().unwrap().to_string();
        let place = Self { real, name };
        place.let_pods_report();
        place
    }

    /// What Argo's executor needs. Source: Argo Workflows, "Workflow RBAC".
    fn let_pods_report(&self) {
        let Self { real, name } = self;
        let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": "executor"},
            "rules": [{"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}]});
        let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": "executor"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "executor"},
            "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": name}]});
        let rbac = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{name}");
        real.create(&format!("{rbac}/roles"), &role);
        real.create(&format!("{rbac}/rolebindings"), &binding);
        // A pod without its account is refused, and Argo takes that for the workflow's error.
        let account = format!("/api/v1/namespaces/{name}/serviceaccounts/default");
        real.until("the default service account", |real| {
            real.ask(Method::GET, &account, None).0 == 200
        });
    }

    /// The path of Argo's objects of a kind in here.
    pub fn argo(&self, plural: &str) -> String {
        format!("{ARGO}/namespaces/{}/{plural}", self.name)
    }

    /// Submits every object of a YAML text.
    #[track_caller]
    pub fn submit(&self, yaml: &str) {
        let objects: Vec<Value> = serde_saphyr::from_multiple(yaml).expect("YAML");
        for object in objects.iter().filter(|object| !object.is_null()) {
            let plural = match object["kind"].as_str().unwrap_or_default() {
                "ConfigMap" => {
                    let path = format!("/api/v1/namespaces/{}/configmaps", self.name);
                    self.real.create(&path, object);
                    continue;
                }
                kind => format!("{}s", kind.to_lowercase()),
            };
            self.real.create(&self.argo(&plural), object);
        }
    }

    /// A workflow as it is now.
    #[track_caller]
    pub fn workflow(&self, name: &str) -> Value {
        self.real.get(&format!("{}/{name}", self.argo("workflows")))
    }

    /// All workflows as they are now.
    #[track_caller]
    pub fn workflows(&self) -> Vec<Value> {
        let list = self.real.get(&self.argo("workflows"));
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until a workflow looks like this, and gives it.
    #[track_caller]
    pub fn until(&self, name: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let path = format!("{}/{name}", self.argo("workflows"));
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (status, value) = self.real.ask(Method::GET, &path, None);
            if status == 200 {
                if holds(&value) {
                    return value;
                }
                last = value;
            }
            let now = &last["status"];
            assert!(
                Instant::now() < deadline,
                "{name} is never {what}: {} {}",
                now["phase"],
                now["message"]
            );
            std::thread::sleep(PAUSE);
        }
    }

    /// Waits until a workflow has ended like this.
    #[track_caller]
    pub fn ended(&self, name: &str, phase: &str) -> Value {
        self.until(name, phase, |workflow| {
            workflow["status"]["phase"] == *phase && workflow["status"]["finishedAt"].is_string()
        })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let path = format!("/api/v1/namespaces/{}", self.name);
        // A test that failed says more than a namespace that could not be removed.
        let _ = self.real.ask(Method::DELETE, &path, None);
    }
}
