//! The controller of QARuns on a real cluster: killed at whatever moment, each run has one workflow, and its verdict in the end.
//! Apart from the criteria, which are about one workflow: here is about who makes them, and that nothing is lost or left.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::cluster::{Place, Real};
use super::criteria::node;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/// How long a controller lives, in milliseconds, one after the other: some are ended before they have heard anything.
const LIVES: [u64; 7] = [300, 1900, 700, 2600, 450, 3300, 1200];

/// Makes the definition that `tiphys crd` prints, where it is not there.
pub(super) fn define(real: &Real) {
    let printed = Command::new(env!("CARGO_BIN_EXE_tiphys"))
        .args(["crd", "-o", "json"])
        .output()
        .unwrap();
    let definition: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let (code, said) = real.ask(Method::POST, DEFINITIONS, Some(&definition));
    assert!([201, 409].contains(&code), "{said}");
    let name = definition["metadata"]["name"].as_str().unwrap();
    real.until("the definition is in force", |real| {
        let (_, there) = real.ask(Method::GET, &format!("{DEFINITIONS}/{name}"), None);
        let all = there["status"]["conditions"].as_array();
        let mut all = all.into_iter().flatten();
        all.any(|one| one["type"] == "Established" && one["status"] == "True")
    });
}

/// A program of ours at work. Dropped, it is killed: a test that fails leaves nobody behind.
pub(super) struct Worker(pub(super) Child);

impl Worker {
    /// Starts one that works in the namespace, with nothing of the person who runs the tests.
    pub(super) fn start(place: &Place<'_>, words: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_tiphys"))
            .args(words)
            .args(["-n", &place.name, "--kubeconfig"])
            .arg(&place.real.kubeconfig)
            .env("HOME", env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// The controller of QARuns.
    pub(super) fn controller(place: &Place<'_>) -> Self {
        let words = ["controller", "--no-lease", "--metrics-addr", "127.0.0.1:0"];
        Self::start(place, &words)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // One that has ended by itself cannot be killed, and need not be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A QARun of one criterion.
fn qarun(name: &str, criterion: &Value) -> Value {
    let mut criterion = criterion.clone();
    criterion["id"] = "it".into();
    criterion["text"] = "It holds".into();
    json!({
        "apiVersion": "agents.platform/v1",
        "kind": "QARun",
        "metadata": {"name": name},
        "spec": {"service": "refunds", "image": "busybox", "stepRetry": {"limit": 0}, "criteria": [criterion]},
    })
}

/// Says yes for whoever is asked, as the console does.
fn approve(place: &Place<'_>, workflow: &Value) {
    let Some(asked) = node(workflow, None, "it").filter(|node| node["phase"] == "Running") else {
        return;
    };
    let id = asked["id"].as_str().unwrap();
    let answer = json!({"status": {"nodes": {(id): {
        "phase": "Succeeded", "finishedAt": "2026-11-22T02:14:00Z",
        "outputs": {"parameters": [{"name": "note", "value": "fine"}]},
    }}}});
    let name = workflow["metadata"]["name"].as_str().unwrap();
    let uri = format!("{}/{name}", place.argo("workflows"));
    let (code, said) = place.real.ask(Method::PATCH, &uri, Some(&answer));
    assert_eq!(code, 200, "{said}");
}

#[test]
fn killed_at_any_moment_each_run_has_one_workflow_and_its_verdict() {
    let Some(real) = Real::given() else {
        return;
    };
    define(&real);
    let place = Place::new(&real);
    let path = format!("/apis/agents.platform/v1/namespaces/{}/qaruns", place.name);
    let command = |argv: &[&str]| json!({"kind": "command", "command": {"argv": argv}});
    let mut slow = command(&["sleep", "600"]);
    slow["timeoutSeconds"] = 5.into();
    let manual = json!({"kind": "manual", "manual": {"instructions": "look"}});
    let mut wanted: BTreeMap<String, &str> = BTreeMap::new();
    for n in 0..5 {
        real.create(&path, &qarun(&format!("green-{n}"), &command(&["true"])));
        wanted.insert(format!("green-{n}"), "pass");
    }
    for (name, criterion, verdict) in [
        ("red", &command(&["false"]), "fail"),
        ("slow", &slow, "fail"),
        ("asked", &manual, "pass"),
        ("lost", &command(&["no-such-program"]), "inconclusive"),
    ] {
        real.create(&path, &qarun(name, criterion));
        wanted.insert(name.to_owned(), verdict);
    }
    let all = || {
        let list = real.get(&path);
        list["items"].as_array().cloned().unwrap_or_default()
    };
    let over = |run: &Value| run["status"]["verdict"].is_string();
    let mut lives = LIVES.iter().cycle();
    real.until("every run has its verdict", |_| {
        let worker = Worker::controller(&place);
        std::thread::sleep(Duration::from_millis(*lives.next().unwrap()));
        drop(worker);
        place.workflows().iter().for_each(|one| {
            if one["metadata"]["name"]
                .as_str()
                .is_some_and(|name| name.starts_with("asked-"))
            {
                approve(&place, one);
            }
        });
        all().iter().all(over)
    });
    let workflows = place.workflows();
    assert_eq!(workflows.len(), wanted.len(), "one for each");
    for run in all() {
        let name = run["metadata"]["name"].as_str().unwrap();
        let status = &run["status"];
        assert_eq!(status["verdict"], wanted[name], "{name}: {status}");
        assert_eq!(status["attempt"], 1, "{name}: {status}");
        let own = workflows
            .iter()
            .find(|one| one["metadata"]["ownerReferences"][0]["uid"] == run["metadata"]["uid"]);
        let own = own.unwrap_or_else(|| panic!("{name} has a workflow"));
        let recorded = &status["attempts"][0]["workflowUid"];
        assert_eq!(*recorded, own["metadata"]["uid"], "{name}");
    }
    // What is deleted goes with all that was made of it.
    let _worker = Worker::controller(&place);
    for name in wanted.keys() {
        real.delete(&format!("{path}/{name}"));
    }
    real.until("nothing is left", |_| {
        all().is_empty() && place.workflows().is_empty()
    });
}
