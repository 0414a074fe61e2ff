//! The embedded API on loopback with a few runs in it, and the binary pointed at it.
//! Apart from what is expected of the binary.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tiphys::sim::api::Api;
use tiphys::sim::api::access::{Access, Rights, User};
use tiphys::sim::clock::{Clock, at, parse};
use tiphys::sim::resource::{NAMESPACES, PODS, WORKFLOWS};
use tiphys::sim::serve::{TOKEN, kubeconfig, serve};
use tiphys::sim::store::{Origin, Store};
use tokio::runtime::Runtime;

const DAY: &str = "2026-11-22T";

/// An API on loopback, and a kubeconfig for it.
pub struct Server {
    pub store: Arc<Store>,
    pub api: Api,
    /// The kubeconfig.
    pub config: PathBuf,
    /// Where the binary finds its configuration and leaves its state.
    pub home: PathBuf,
    _runtime: Runtime,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.config);
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

impl Server {
    pub fn new() -> Self {
        Self::with(Access::open())
    }

    pub fn for_user(rights: Rights) -> Self {
        Self::with(Access::tokens([(
            TOKEN.to_string(),
            User::new("qa", rights),
        )]))
    }

    fn with(access: Access) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let store = Arc::new(Store::new(Clock::by_hand(at(0)), 1));
        for name in ["payments", "search", "secret"] {
            let object = json!({"metadata": {"name": name}});
            store.put(NAMESPACES, object, Origin::Client);
        }
        let api = Api::with_access(store.clone(), access);
        let (addr, _) = runtime
            .block_on(serve(api.clone(), "127.0.0.1:0".parse().unwrap()))
            .unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("cli-{}-{number}", std::process::id());
        let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let config = home.with_extension("yaml");
        std::fs::write(&config, kubeconfig(addr, "test")).unwrap();
        Self {
            store,
            api,
            config,
            home,
            _runtime: runtime,
        }
    }

    /// Five runs: a failed one with its pods and logs, one that runs, one that went well, and two of one name.
    pub fn story() -> Self {
        let server = Self::new();
        server.furnish();
        server
    }

    pub fn furnish(&self) {
        self.put(failed());
        self.put(workflow("search", "reindex", "Running", "1/2", json!({})));
        self.put(workflow("search", "nightly", "Succeeded", "2/2", json!({})));
        self.put(workflow(
            "payments",
            "nightly",
            "Succeeded",
            "2/2",
            json!({}),
        ));
        self.put(workflow("secret", "hidden", "Succeeded", "2/2", json!({})));
        for (step, seconds) in [("build", &[5, 20][..]), ("check", &[10, 30])] {
            let pod = format!("refund-{step}");
            self.store.put(PODS, self.pod(&pod, step), Origin::Client);
            let lines = seconds
                .iter()
                .map(|second| {
                    let time = parse(&format!("{DAY}20:00:{second:02}Z")).unwrap();
                    (
                        i128::from(time) * 1_000_000,
                        format!("{step} at {second}").into(),
                    )
                })
                .collect();
            self.store.logs.append("payments", &pod, "main", lines);
            self.store.logs.end("payments", &pod, "main");
        }
    }

    /// Waits for something that the binary does; a minute is never.
    #[track_caller]
    pub fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !holds() {
            assert!(
                Instant::now() < deadline,
                "it never happened: {what}; {} requests",
                self.api.seen().len()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Requests that could have changed something, in their order; a trial run of the server changes nothing.
    pub fn writes(&self) -> Vec<String> {
        let seen = self.api.seen();
        let seen = seen.iter().filter(|seen| {
            let asks = seen.uri.contains("reviews") || seen.uri.contains("dryRun=All");
            seen.method != "GET" && !asks
        });
        seen.map(|seen| format!("{} {}", seen.method, seen.uri))
            .collect()
    }

    pub fn put(&self, workflow: Value) {
        self.store.put(WORKFLOWS, workflow, Origin::Client);
    }

    fn pod(&self, name: &str, step: &str) -> Value {
        let ended = json!({"terminated": {"exitCode": 0, "reason": "Completed"}});
        json!({
            "metadata": {"name": name, "namespace": "payments",
                "labels": {"workflows.argoproj.io/workflow": "refund"},
                "annotations": {"workflows.argoproj.io/node-name": format!("refund.{step}"),
                    "workflows.argoproj.io/node-id": format!("refund-{step}")},
                "ownerReferences": [{"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
                    "name": "refund", "uid": "uid-payments-refund", "controller": true}]},
            "spec": {"nodeName": "node-1", "containers": [{"name": "main"}]},
            "status": {"phase": "Succeeded", "containerStatuses": [
                {"name": "main", "restartCount": 0, "ready": false, "state": ended}]},
        })
    }

    pub fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tiphys"));
        command
            .args(["--kubeconfig", self.config.to_str().unwrap()])
            .args(line)
            .env("LC_ALL", "C.UTF-8")
            .env("XDG_CONFIG_HOME", &self.home)
            .env("XDG_STATE_HOME", &self.home)
            .env_remove("NO_COLOR")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, line: &[&str]) -> Answer {
        Answer::of(self.command(line).output().unwrap())
    }

    pub fn spawn(&self, line: &[&str]) -> Child {
        self.command(line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// What a run of the binary said.
#[derive(Debug)]
pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Answer {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("not killed"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The output of a run that went well and had nothing to complain about.
    pub fn good(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }
}

/// A workflow of a DAG with two steps, `build` which went well and `check` in the workflow's own phase.
pub fn workflow(namespace: &str, name: &str, phase: &str, progress: &str, more: Value) -> Value {
    let done = phase != "Running";
    let end = |time: &str| {
        if done {
            json!(format!("{DAY}{time}Z"))
        } else {
            Value::Null
        }
    };
    let check_id = format!("{name}-check");
    let build_id = format!("{name}-build");
    let mut object = json!({
        "metadata": {"name": name, "namespace": namespace, "uid": format!("uid-{namespace}-{name}"),
            "creationTimestamp": format!("{DAY}20:00:00Z"),
            "labels": {"workflows.argoproj.io/phase": phase,
                "workflows.argoproj.io/completed": done.to_string()}},
        "spec": {"entrypoint": "main", "templates": [
            {"name": "main", "dag": {"tasks": [{"name": "build", "template": "leaf"},
                {"name": "check", "template": "leaf", "dependencies": ["build"]}]}},
            {"name": "leaf", "container": {"image": "x"}}]},
        "status": {"phase": phase, "progress": progress, "startedAt": format!("{DAY}20:00:00Z"),
            "finishedAt": end("20:01:05"),
            "nodes": {
                name: {"id": name, "name": name, "displayName": name, "type": "DAG", "phase": phase,
                    "templateName": "main", "children": [build_id],
                    "startedAt": format!("{DAY}20:00:00Z"), "finishedAt": end("20:01:05")},
                build_id.clone(): {"id": build_id, "name": format!("{name}.build"), "displayName": "build",
                    "type": "Pod", "templateName": "leaf", "phase": "Succeeded", "boundaryID": name,
                    "children": [check_id], "startedAt": format!("{DAY}20:00:01Z"),
                    "finishedAt": format!("{DAY}20:00:21Z")},
                check_id.clone(): {"id": check_id, "name": format!("{name}.check"), "displayName": "check",
                    "type": "Pod", "templateName": "leaf", "phase": phase, "boundaryID": name,
                    "startedAt": format!("{DAY}20:00:22Z"), "finishedAt": end("20:01:00")},
            }},
    });
    merge(&mut object, more);
    object
}

/// `payments/refund`: its step `check` failed with exit code 3.
fn failed() -> Value {
    let message = "Error (exit code 3): refund, \"total\" differs";
    workflow(
        "payments",
        "refund",
        "Failed",
        "1/2",
        json!({"metadata": {"labels": {"task-id": "15.10"}},
            "status": {"nodes": {"refund-check": {"message": message,
                "outputs": {"exitCode": "3"}}}}}),
    )
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}
