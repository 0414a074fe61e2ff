//! Verdicts written while the real Task Master writes statuses, many at a time. Wants its program: `tests/task-master/race` fetches
//! it and runs this; else it is skipped.
//! Apart from the stories, in which somebody pretends to be Task Master.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tiphys::model::task::TaskId;
use tiphys::taskmaster::{Files, Settled, settle};
use tiphys::wire::taskmaster::edit::{Change, Target, edit};

/// Tasks of the project; verdicts are written of the last of them, and of the first, whose status is set meanwhile.
const TASKS: usize = 20;

fn task(n: usize) -> Value {
    json!({
        "id": n, "title": format!("Task {n}"), "description": "d", "details": "é", "testStrategy": "y", "status": "pending",
        "priority": "medium", "dependencies": [], "subtasks": [{"id": 1, "title": "s", "status": "pending"}], "metadata": {"own": n},
    })
}

/// A project with tasks.json, removed at the end.
struct Place {
    root: PathBuf,
    file: PathBuf,
}

impl Place {
    fn new() -> Self {
        let root = std::env::temp_dir().join(format!("tiphys-race-{}", std::process::id()));
        let folder = root.join(".taskmaster/tasks");
        std::fs::create_dir_all(&folder).unwrap();
        let tasks: Vec<Value> = (1..=TASKS).map(task).collect();
        let all = json!({"master": {"tasks": tasks, "metadata": {"created": "2025-06-15T00:00:00Z"}}, "other": {"tasks": [task(1)], "metadata": {}}});
        let file = folder.join("tasks.json");
        std::fs::write(&file, serde_json::to_string_pretty(&all).unwrap()).unwrap();
        Self { root, file }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

fn read(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn statuses(root: &Value) -> BTreeMap<String, String> {
    let tasks = root["master"]["tasks"].as_array().unwrap();
    let of = |task: &Value| {
        (
            task["id"].to_string().trim_matches('"').to_owned(),
            task["status"].to_string(),
        )
    };
    tasks.iter().map(of).collect()
}

fn verdict(root: &Value, n: usize) -> Option<&str> {
    let task = &root["master"]["tasks"][n - 1];
    assert_eq!(task["metadata"]["own"], json!(n), "what others noted stays");
    task["metadata"]["qa"]["verdict"].as_str()
}

/// Writes a verdict, and makes sure that each of its writes changed that and nothing else.
fn report(file: &Path, n: usize) -> Settled {
    let target = Target {
        tag: "master".to_owned(),
        id: TaskId::new(n.to_string()),
    };
    let changes = [Change::Metadata {
        key: "qa".to_owned(),
        value: json!({"verdict": "pass", "run": format!("qa/shop-{n}")}),
    }];
    let change = |bytes: &[u8]| {
        let edited = edit(bytes, &target, &changes).map_err(|why| why.to_string())?;
        if let Some(new) = &edited.text {
            let (before, mut after) = (read(bytes), read(new));
            let metadata = after["master"]["tasks"][n - 1]["metadata"].as_object_mut();
            metadata.unwrap().remove("qa");
            assert_eq!(before, after, "nothing of others' is changed");
        }
        Ok(edited.text)
    };
    settle(&Files::real(), file, &change).unwrap()
}

fn race(program: &Path, writers: usize) {
    let place = Place::new();
    let begun = Instant::now();
    let children: Vec<_> = (1..=writers)
        .map(|n| {
            Command::new("node")
                .arg(program)
                .args(["set-status", &format!("--id={n}"), "--status=in-progress"])
                .current_dir(&place.root)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    let ours: Vec<usize> = (1..=3).chain(TASKS - 4..=TASKS).collect();
    let settled: Mutex<Vec<Settled>> = Mutex::default();
    let left = Mutex::new(children);
    std::thread::scope(|scope| {
        for n in &ours {
            let (settled, file) = (&settled, &place.file);
            scope.spawn(move || {
                // Over the time in which they read, wait and write.
                let wait = Duration::from_millis(700 * u64::try_from(*n % 8).unwrap());
                std::thread::sleep(wait);
                settled.lock().unwrap().push(report(file, *n));
            });
        }
        scope.spawn(|| {
            let mut children = left.lock().unwrap();
            children
                .iter_mut()
                .for_each(|child| drop(child.wait().unwrap()));
        });
    });
    let took = begun.elapsed();
    // Who began late may have written after the last look of those who were done first: a bridge would see it.
    let late: Vec<Settled> = ours.iter().map(|n| report(&place.file, *n)).collect();
    let root = read(&std::fs::read(&place.file).unwrap());
    let kept = statuses(&root);
    let kept = (1..=writers).filter(|n| kept[&n.to_string()] == "\"in-progress\"");
    let settled = settled.into_inner().unwrap();
    let overwritten: usize = settled.iter().map(|one| one.overwritten).sum();
    println!(
        "{writers} set-status and {} verdicts at once, {:.0} s: {} of {writers} statuses and {} verdicts are there; verdicts were put back {overwritten} times while they were looked at, and {} of them after that",
        ours.len(),
        took.as_secs_f64(),
        kept.count(),
        ours.iter()
            .filter(|n| verdict(&root, **n).is_some())
            .count(),
        late.iter().filter(|one| one.changed).count(),
    );
    for n in ours {
        assert_eq!(verdict(&root, n), Some("pass"), "task {n}");
    }
    assert!(late.iter().chain(&settled).all(|one| one.stands));
    let names = std::fs::read_dir(place.file.parent().unwrap()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(
        names,
        ["tasks.json"],
        "no lock and no file on its way is left"
    );
}

#[test]
fn no_verdict_is_lost_and_nothing_is_undone_while_task_master_writes() {
    let Some(program) = std::env::var_os("TIPHYS_TASK_MASTER").map(PathBuf::from) else {
        return println!(
            "skipped: TIPHYS_TASK_MASTER does not name Task Master's program (tests/task-master/race fetches it)"
        );
    };
    for writers in [8, 12] {
        for _ in 0..3 {
            race(&program, writers);
        }
    }
}
