//! The whole way of a task on a real cluster: from `review` in tasks.json to a QARun, a workflow, a verdict, and back into the file.
//! Apart from the bridge's stories, where time is ours and a cluster is embedded: here everybody is somebody else.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tiphys::model::task::TaskId;
use tiphys::taskmaster::{Done, Files, replace};
use tiphys::wire::taskmaster::edit::{Change, Target, edit};

use super::cluster::{Place, Real};
use super::controlling::{Worker, define};
use super::script;

/// A task that is not in review yet, one that waits for it, one that fails, and one that nobody asks about. Written by hand: no
/// program writes it so.
const TASKS: &str = r#"{
  "master": {
    "tasks": [
      {"id": 1, "title": "Refunds are whole", "status": "pending", "priority": "high", "details": "Round half to even.",
       "dependencies": [], "subtasks": [], "metadata": {"jira": "QA-7"}},
      {"id": "2", "title": "Transfers follow refunds", "status": "review", "priority": "high", "details": "",
       "testStrategy": "1. Run `sh -c 'exit 3'` and see that it exits with 3", "dependencies": ["1"]},
      {"id": 3, "title": "Mails read well", "status": "review", "priority": "low", "details": "Write them.",
       "testStrategy": "- Both letters are there", "dependencies": [], "owner":   "mail"},
      {"id": 4, "title": "Not begun",   "status": "pending", "testStrategy": "Look at it", "dependencies": [2]}
    ],
    "metadata": {"created": "2025-06-15T00:00:00Z"}
  },
  "later": {"tasks": [ ]}
}
"#;

/// What must hold of task 1: something its own words name a command for, and something that a rule finds out.
const CRITERIA: &str = "# Acceptance criteria\n\n- [ ] `sh -c 'echo whole'` prints \"whole\"\n- [ ] Amounts are rounded half to even\n";

const DOCUMENT: &str = "docs/task-1/acceptance-criteria.md";

const CRITERIA_RULES: &str = r#"
[defaults]
service = "refunds"
image = "busybox"
[[map]]
match = "rounded"
command = "test $(printf %.0f 2.5) = 2"
[[map]]
match = "letters"
command = "echo the second letter is missing; false"
"#;

const BRIDGE_RULES: &str = r#"
project = "shop"
[report]
pass = "done"
fail = "in-progress"
tick = true
[run]
stepRetry = {limit = 0}
"#;

/// A project on disk, removed at the end.
struct Checkout {
    folder: PathBuf,
    tasks: PathBuf,
}

impl Checkout {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let home = folder.join(".taskmaster");
        let put = |path: &Path, text: &str| {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let tasks = home.join("tasks/tasks.json");
        put(&tasks, TASKS);
        put(&home.join(DOCUMENT), CRITERIA);
        put(&folder.join(".tiphys/criteria.toml"), CRITERIA_RULES);
        put(&folder.join(".tiphys/bridge.toml"), BRIDGE_RULES);
        Self { folder, tasks }
    }

    /// The document of task 1.
    fn criteria(&self) -> PathBuf {
        self.folder.join(".taskmaster").join(DOCUMENT)
    }

    fn root(&self) -> Value {
        serde_json::from_slice(&std::fs::read(&self.tasks).unwrap()).unwrap()
    }

    fn task(&self, n: usize) -> Value {
        self.root()["master"]["tasks"][n - 1].clone()
    }

    /// Sets a status as Task Master does, the lock included.
    fn set_status(&self, id: &str, from: &str, to: &str) {
        let target = Target {
            tag: "master".to_owned(),
            id: TaskId::new(id),
        };
        let change = [Change::Status {
            from: from.to_owned(),
            to: to.to_owned(),
        }];
        let change = |bytes: &[u8]| {
            let edited = edit(bytes, &target, &change).map_err(|why| why.to_string())?;
            Ok(edited.text)
        };
        let done = loop {
            match replace(&Files::real(), &self.tasks, &change) {
                Err(why) if why.is_passing() => {}
                done => break done.unwrap(),
            }
        };
        assert_eq!(done, Done::Replaced);
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The QARuns of the namespace that verify a task.
fn runs(place: &Place<'_>, task: &str) -> Vec<Value> {
    let path = format!("/apis/agents.platform/v1/namespaces/{}/qaruns", place.name);
    let list = place.real.get(&path);
    let all = list["items"].as_array().cloned().unwrap_or_default();
    let of = |run: &Value| task.is_empty() || run["spec"]["taskId"] == *task;
    all.into_iter().filter(of).collect()
}

/// What a task was told, against the QARun itself and the workflow that is its own.
fn is_told(place: &Place<'_>, task: &Value, status: &str, verdict: &str, criteria: &str) -> Value {
    let id = task["id"].to_string();
    let all = runs(place, id.trim_matches('"'));
    let [run] = &all[..] else {
        panic!("task {id} has {} QARuns", all.len())
    };
    let (name, uid) = (&run["metadata"]["name"], &run["metadata"]["uid"]);
    assert_eq!(run["status"]["verdict"], verdict, "{}", run["status"]);
    let own = |one: &Value| one["metadata"]["ownerReferences"][0]["uid"] == *uid;
    let workflows = place.workflows();
    assert_eq!(workflows.iter().filter(|one| own(one)).count(), 1, "{name}");
    let told = &task["metadata"]["qaRun"];
    let wanted = json!([
        status,
        verdict,
        format!("{}/{}", place.name, name.as_str().unwrap()),
        criteria,
        run["metadata"]["annotations"]["agents.platform/task-hash"],
        run["status"]["finishedAt"],
    ]);
    let said = json!([
        task["status"],
        told["verdict"],
        told["run"],
        told["criteria"],
        told["hash"],
        told["finishedAt"],
    ]);
    assert_eq!(said, wanted, "task {id}: {told}");
    run.clone()
}

#[test]
fn tasks_in_review_come_back_with_their_verdicts_and_each_is_verified_once() {
    let Some(real) = Real::given() else {
        return;
    };
    define(&real);
    let place = Place::new(&real);
    let shop = Checkout::new(&place.name);
    let project = shop.folder.to_str().unwrap();
    let _controller = Worker::controller(&place);
    let mut bridge = Worker::start(&place, &["bridge", "--project", project]);

    // What waits for nothing is verified; what depends on a task that was not begun waits.
    real.until("task 3 has its QARun", |_| !runs(&place, "3").is_empty());
    let foresaw = script::tiphys(&place, &["bridge", "--project", project, "--dry-run"]);
    assert!(
        foresaw.contains("task 2 of `master`: nothing is created: it waits for 1"),
        "{foresaw}"
    );
    shop.set_status("1", "pending", "review");
    real.until("every task has its verdict", |_| {
        let told = |n| shop.task(n)["metadata"]["qaRun"]["verdict"].is_string();
        (1..=3).all(told)
    });
    let first = is_told(&place, &shop.task(1), "done", "pass", "2/2");
    let second = is_told(&place, &shop.task(2), "done", "pass", "1/1");
    is_told(&place, &shop.task(3), "in-progress", "fail", "0/1");
    let (passed, made) = (
        first["status"]["finishedAt"].as_str().unwrap(),
        second["metadata"]["creationTimestamp"].as_str().unwrap(),
    );
    assert!(
        passed <= made,
        "task 2 was verified after task 1 had passed"
    );
    let note = shop.task(3)["details"].as_str().unwrap().to_owned();
    let begins = "Write them.\n\n[tiphys] QA verdict at ";
    assert!(note.starts_with(begins), "{note}");
    assert!(note.contains("* fail: Both letters are there"), "{note}");

    let ticked = std::fs::read_to_string(shop.criteria()).unwrap();
    assert_eq!(ticked, CRITERIA.replace("[ ]", "[x]"));

    // Without what was told the file is the one it was.
    let mut root = shop.root();
    for task in root["master"]["tasks"].as_array_mut().unwrap() {
        let task = task.as_object_mut().unwrap();
        let metadata = task.get_mut("metadata").and_then(Value::as_object_mut);
        metadata.map(|metadata| metadata.remove("qaRun"));
    }
    let mut before: Value = serde_json::from_str(TASKS).unwrap();
    for (n, status) in [(0, "done"), (1, "done"), (2, "in-progress")] {
        before["master"]["tasks"][n]["status"] = status.into();
    }
    before["master"]["tasks"][2]["details"] = note.into();
    for n in [1, 2] {
        before["master"]["tasks"][n]["metadata"] = json!({});
    }
    assert_eq!(root, before);
    let text = std::fs::read_to_string(&shop.tasks).unwrap();
    let untouched = |line: &&str| line.contains("Not begun") || line.contains("later");
    for line in TASKS.lines().filter(untouched) {
        assert!(text.contains(line), "{line}");
    }

    // What it says was verified: asked for again it gets no other QARun, by this bridge or another one.
    shop.set_status("3", "in-progress", "review");
    let once = script::tiphys(&place, &["bridge", "--project", project, "--once"]);
    assert!(once.contains("was verified already: fail"), "{once}");
    assert_eq!(runs(&place, "").len(), 3);
    assert_eq!(place.workflows().len(), 3);

    // Its rules are read again: a mistake changes nothing, and what is said without one counts.
    let rules = shop.folder.join(".tiphys/bridge.toml");
    std::fs::write(&rules, "project = \n").unwrap();
    let refused = script::run(&place, &["bridge", "--project", project, "--dry-run"]);
    assert_ne!(refused.code, 0);
    assert!(refused.err.contains("bridge.toml:1:"), "{}", refused.err);
    let others = format!("on-status = [\"pending\"]\n{BRIDGE_RULES}");
    std::fs::write(&rules, others).unwrap();
    // Task 4 waits for nothing any more, and is pending.
    real.until("task 4 has its QARun", |_| !runs(&place, "4").is_empty());

    // It ends when it is told to, and leaves nothing lying about.
    let pid = bridge.0.id().to_string();
    assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    assert!(bridge.0.wait().unwrap().success());
    let names = std::fs::read_dir(shop.tasks.parent().unwrap()).unwrap();
    let names: Vec<_> = names.map(|name| name.unwrap().file_name()).collect();
    assert_eq!(names, ["tasks.json"]);
}
