//! `tiphys tasks`: from Task Master's files to a QARun on a server.
//! Apart from what is read and found, which unit tests hold; here is what a person sees and what goes out.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tiphys::sim::resource::QARUNS;

use super::server::{Answer, Server};
use super::words;

const TASKS: &str = r#"{
  "master": {"tasks": [
    {"id": 1, "title": "Schema", "status": "done", "dependencies": [], "testStrategy": "Run `make schema`."},
    {"id": 2, "title": "Refunds", "status": "review", "priority": "high", "dependencies": [1],
     "testStrategy": "Run `make test` and verify that it passes. Verify the mail reads well. Verify GET /health returns a 200 status.",
     "subtasks": [{"id": 1, "title": "Totals"}, {"id": "2.10", "title": "Mails", "dependencies": [1]}]},
    {"id": 3, "title": "Later", "status": "pending", "dependencies": [2, 9]},
    {"id": 4, "title": "By document", "status": "pending", "dependencies": []}
  ]},
  "v2": {"tasks": [{"id": 7, "title": "Other", "dependencies": []}]}
}
"#;

/// A project's folder, removed at its end.
pub struct Folder(pub PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    /// A project with these tasks.
    pub fn new(name: &str, tasks: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tiphys-tasks-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        let folder = Self(path);
        folder.file(".taskmaster/tasks/tasks.json", tasks);
        folder
    }

    pub fn file(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// The binary in a folder.
fn run(server: &Server, folder: &Path, line: &[&str]) -> Answer {
    let mut command = server.command(&[&["tasks"], line].concat());
    command.current_dir(folder).env_remove("TASKMASTER_TAG");
    Answer::of(command.output().unwrap())
}

#[test]
fn tasks_are_listed_ready_ones_first_and_what_is_odd_is_said() {
    let (server, folder) = (Server::new(), Folder::new("list", TASKS));
    fs::create_dir_all(folder.0.join("src")).unwrap();
    let answer = run(&server, &folder.0.join("src"), &["list"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    let ids: Vec<&str> = answer
        .out
        .lines()
        .skip(1)
        .map(|line| words(line)[0])
        .collect();
    assert_eq!(ids, ["2", "4", "3", "1"]);
    let refunds = answer.out.lines().nth(1).unwrap();
    assert_eq!(
        words(refunds),
        ["2", "review", "ready", "high", "—", "2/3", "Refunds"]
    );
    assert!(answer.out.contains("waits for 2, 9"), "{}", answer.out);
    assert!(
        answer.err.contains("tasks.json:7:") && answer.err.contains("3 depends on 9"),
        "{}",
        answer.err
    );

    let all = run(&server, &folder.0, &["list", "--all-tags", "-o", "json"]).out;
    let all: Value = serde_json::from_str(&all).unwrap();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 5);
    assert_eq!(
        (&all[0]["id"], &all[0]["tag"], &all[0]["standing"]),
        (&"2".into(), &"master".into(), &"ready".into())
    );
    assert_eq!(
        all[0]["criteria"],
        serde_json::json!({"chosen": 3, "executable": 2})
    );
    assert_eq!(all[4]["tag"], "v2");
    let review = run(
        &server,
        &folder.0,
        &["list", "--status", "review", "--subtasks", "-o", "name"],
    )
    .out;
    assert_eq!(review, "2\n");
}

#[test]
fn a_mistake_is_told_with_what_was_probably_meant() {
    let (server, folder) = (Server::new(), Folder::new("mistakes", TASKS));
    for (line, wanted) in [
        (&["show", "2.11"][..], "Did you mean 2.1"),
        (&["show", "7"], "There is one in tag v2: --tag v2."),
        (&["list", "--tag", "v3"], "There are master, v2."),
        (&["list", "--status", "reveiw"], "did you mean `review`?"),
        (
            &["list", "--file", "nowhere"],
            "nowhere cannot be taken for tasks",
        ),
        (
            &["plan", "2", "--only", "verify-the-mail-reads-wel"],
            "did you mean `verify-the-mail-reads-well`?",
        ),
        (&["plan", "2", "--env", "=x"], "an environment is NAME"),
    ] {
        let answer = run(&server, &folder.0, line);
        assert!(
            answer.code > 0 && answer.err.contains(wanted),
            "{line:?}: {}",
            answer.err
        );
    }
    let outside = folder.0.join("x/.git");
    fs::create_dir_all(&outside).unwrap();
    let answer = run(&server, &folder.0.join("x"), &["list"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer
            .err
            .contains("looked for .taskmaster/tasks/tasks.json"),
        "{}",
        answer.err
    );
    assert!(
        answer.err.contains(folder.0.join("x").to_str().unwrap()),
        "{}",
        answer.err
    );
    folder.file(
        ".taskmaster/tasks/tasks.json",
        "{\"master\": {\n<<<<<<< HEAD\n",
    );
    let answer = run(&server, &folder.0, &["list"]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    assert!(
        answer
            .err
            .contains("tasks.json:2:1: a mark of a merge conflict"),
        "{}",
        answer.err
    );
}

#[test]
fn criteria_are_shown_with_reasons_and_changed_by_rules() {
    let (server, folder) = (Server::new(), Folder::new("criteria", TASKS));
    folder.file(
        ".taskmaster/docs/task-4/acceptance-criteria.md",
        "# D\n## Security\n- [ ] Salted\n- [x] `make lint` passes\n- [ ] Unit tests pass\n",
    );
    let plain = run(&server, &folder.0, &["criteria", "4"]);
    let kinds: Vec<&str> = plain
        .out
        .lines()
        .skip(1)
        .map(|line| words(line)[1])
        .collect();
    assert_eq!(kinds, ["manual", "command", "manual"], "{}", plain.out);
    folder.file(
        ".tiphys/criteria.toml",
        "[[map]]\nkind = \"tests\"\ncommand = \"make test\"\nreport = \"out/junit.xml\"\n[[drop]]\nmatch = \"salted\"\n[[add]]\ntext = \"Said\"\ntasks = [\"4\"]\n[[drp]]\n",
    );
    let answer = run(
        &server,
        &folder.0,
        &["criteria", "4", "--all", "-o", "json"],
    );
    let all: Value = serde_json::from_str(&answer.out).unwrap();
    let one = |n: usize, key: &str| all[n][key].clone();
    assert_eq!(
        (one(0, "chosen"), one(0, "because")),
        (false.into(), "criteria.toml:5 drops it".into())
    );
    assert_eq!(
        (one(1, "kind"), one(1, "ticked"), one(1, "confidence")),
        ("command".into(), true.into(), "high".into())
    );
    assert_eq!(
        (one(2, "kind"), one(2, "junit")["report"].clone()),
        ("junit".into(), "out/junit.xml".into())
    );
    assert_eq!(one(3, "text"), "Said");
    assert_eq!(
        one(0, "at"),
        ".taskmaster/docs/task-4/acceptance-criteria.md:3:7"
    );
    let check = run(&server, &folder.0, &["check"]);
    assert_eq!(check.code, 1);
    assert!(
        check
            .out
            .contains("criteria.toml:10:3: there is no table `drp`; did you mean `drop`?"),
        "{}",
        check.out
    );
}

const MADE: [&str; 6] = [
    "--service",
    "refunds",
    "--image",
    "ghcr.io/acme/qa:1",
    "--env",
    "staging=https://staging.example",
];

#[test]
fn a_plan_is_a_qarun_that_a_cluster_takes() {
    let (server, folder) = (Server::new(), Folder::new("plan", TASKS));
    let plan = run(
        &server,
        &folder.0,
        &[&["plan", "2", "-n", "payments"], &MADE[..]].concat(),
    );
    assert_eq!(plan.code, 0, "{}", plan.err);
    let object: Value = serde_saphyr::from_str(&plan.out).unwrap();
    assert_eq!(
        (&object["spec"]["taskId"], &object["spec"]["project"]["tag"]),
        (&"2".into(), &"master".into())
    );
    let kinds: Vec<&str> = object["spec"]["criteria"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["command", "manual", "http"]);
    // The same again is the same: nothing of it is drawn by lot.
    assert_eq!(
        run(
            &server,
            &folder.0,
            &[&["plan", "2", "-n", "payments"], &MADE[..]].concat()
        )
        .out,
        plan.out
    );
    let lacking = run(&server, &folder.0, &["plan", "2"]);
    assert_eq!(lacking.code, 1);
    for wanted in ["--service NAME", "--image IMAGE", "--env NAME=URL"] {
        assert!(lacking.err.contains(wanted), "{wanted}: {}", lacking.err);
    }
    assert!(lacking.out.contains("kind: QARun"), "{}", lacking.out);
    let one = run(
        &server,
        &folder.0,
        &[
            "plan",
            "2",
            "--only",
            "verify-the-mail-reads-well",
            "--service",
            "refunds",
        ],
    );
    assert_eq!(
        (
            one.code,
            one.out.matches("kind: manual").count(),
            one.out.matches("kind: command").count()
        ),
        (0, 1, 0),
        "{}",
        one.err
    );
}

#[test]
fn a_launch_is_tried_by_the_server_and_created_once() {
    let (server, folder) = (Server::new(), Folder::new("launch", TASKS));
    let launch = |more: &[&str]| {
        run(
            &server,
            &folder.0,
            &[&["launch", "2", "-n", "payments"], &MADE[..], more].concat(),
        )
    };
    let dry = launch(&["--dry-run"]);
    assert_eq!((dry.code, server.writes()), (0, Vec::new()), "{}", dry.err);
    assert!(
        server
            .api
            .seen()
            .iter()
            .any(|seen| seen.method == "POST" && seen.uri.contains("dryRun=All")),
        "{}",
        dry.out
    );
    assert!(dry.out.contains("3 criteria"), "{}", dry.out);
    // Nobody can be asked here.
    assert_eq!(
        (
            launch(&[]).code,
            launch(&["--readonly", "--yes"]).code,
            server.writes().len()
        ),
        (2, 2, 0)
    );

    let made = launch(&["--yes", "-o", "name"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let writes = server.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert_eq!(server.store.count(QARUNS), 1);
    let name = made
        .out
        .trim()
        .strip_prefix("payments/")
        .unwrap_or_else(|| panic!("{}", made.out));
    assert!(name.starts_with("qa-2-"), "{name}");
    let object = server.store.get(QARUNS, "payments", name).unwrap().value();
    assert_eq!(
        object["spec"]["criteria"][0]["command"]["argv"],
        serde_json::json!(["make", "test"])
    );

    // What could not be taken does not go out, and says what to do.
    let lacking = run(
        &server,
        &folder.0,
        &["launch", "2", "-n", "payments", "--yes"],
    );
    assert_eq!((lacking.code, server.writes().len()), (1, 1));
    assert!(lacking.err.contains("--service NAME"), "{}", lacking.err);
}
