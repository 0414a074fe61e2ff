//! Verdicts written while the real Task Master writes statuses, many at a time. Wants its program: `tests/task-master/race` fetches
//! it and runs this; else it is skipped.
//! Each race is run without us too: Task Master loses statuses of its own when several write at once.
//! Apart from the stories, in which somebody pretends to be Task Master.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tiphys::model::task::TaskId;
use tiphys::taskmaster::{Done, Files, replace};
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

/// Makes sure that a task says this verdict, as a bridge does at each look; true where it had to be written. Each write changes that
/// and nothing else.
fn report(file: &Path, n: usize, attempt: usize) -> bool {
    let target = Target {
        tag: "master".to_owned(),
        id: TaskId::new(n.to_string()),
    };
    let changes = [Change::Metadata {
        key: "qaRun".to_owned(),
        value: json!({"verdict": "pass", "run": format!("qa/shop-{n}"), "attempt": attempt}),
    }];
    let change = |bytes: &[u8]| {
        let edited = edit(bytes, &target, &changes).map_err(|why| why.to_string())?;
        if let Some(new) = &edited.text {
            let (mut before, mut after) = (read(bytes), read(new));
            for root in [&mut before, &mut after] {
                let metadata = root["master"]["tasks"][n - 1]["metadata"].as_object_mut();
                metadata.unwrap().remove("qaRun");
            }
            assert_eq!(before, after, "nothing of others' is changed");
        }
        Ok(edited.text)
    };
    loop {
        match replace(&Files::real(), file, &change) {
            Ok(done) => return done == Done::Replaced,
            Err(why) if why.is_passing() => {}
            Err(why) => panic!("{why}"),
        }
    }
}

/// What was counted of our side.
#[derive(Default)]
struct Counts {
    written: AtomicUsize,
    put_back: AtomicUsize,
}

/// One of ours: another verdict every three seconds, looked at every quarter of one, until the others are done. The last attempt.
fn ours(file: &Path, n: usize, over: &AtomicBool, counts: &Counts) -> usize {
    std::thread::sleep(Duration::from_millis(370 * n as u64 % 3000));
    let mut attempt = 0;
    while !over.load(SeqCst) {
        attempt += 1;
        report(file, n, attempt);
        counts.written.fetch_add(1, SeqCst);
        for _ in 0..12 {
            std::thread::sleep(Duration::from_millis(250));
            let put_back = report(file, n, attempt);
            counts.put_back.fetch_add(usize::from(put_back), SeqCst);
        }
    }
    attempt
}

/// So many `set-status` at once, beside verdicts of these tasks. Without any it is Task Master alone: what it loses then it loses by
/// itself.
fn race(program: &Path, writers: usize, tasks: &[usize]) {
    let place = Place::new();
    let begun = Instant::now();
    let set = |n: usize| {
        Command::new("node")
            .arg(program)
            .args(["set-status", &format!("--id={n}"), "--status=in-progress"])
            .current_dir(&place.root)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut children: Vec<_> = (1..=writers).map(set).collect();
    let (over, counts) = (AtomicBool::new(false), Counts::default());
    let attempts: Vec<usize> = std::thread::scope(|scope| {
        let (over, counts, file) = (&over, &counts, &*place.file);
        let spawn = |n: &usize| {
            let n = *n;
            scope.spawn(move || ours(file, n, over, counts))
        };
        let threads: Vec<_> = tasks.iter().map(spawn).collect();
        let said = children
            .iter_mut()
            .map(|child| child.wait().unwrap().success());
        let well = said.filter(|well| *well).count();
        println!("{well} of {writers} set-status say that all went well");
        over.store(true, SeqCst);
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let root = read(&std::fs::read(&place.file).unwrap());
    let kept = statuses(&root);
    let kept = (1..=writers).filter(|n| kept[&n.to_string()] == "\"in-progress\"");
    println!(
        "{writers} set-status beside verdicts of {} tasks, {:.0} s: {} of {writers} statuses are there; {} verdicts were written, {} were put back and written again",
        tasks.len(),
        begun.elapsed().as_secs_f64(),
        kept.count(),
        counts.written.load(SeqCst),
        counts.put_back.load(SeqCst),
    );
    for (n, attempt) in tasks.iter().copied().zip(attempts) {
        let task = &root["master"]["tasks"][n - 1];
        assert_eq!(task["metadata"]["own"], json!(n), "what others noted stays");
        assert_eq!(
            task["metadata"]["qaRun"]["attempt"],
            json!(attempt),
            "task {n}"
        );
    }
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
    let tasks: Vec<usize> = (1..=3).chain(TASKS - 4..=TASKS).collect();
    for writers in [8, 12] {
        race(&program, writers, &[]);
        race(&program, writers, &tasks);
    }
}
