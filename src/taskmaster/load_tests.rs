//! A project with files beside its tasks, good and broken ones: what is read, and what is told.
//! Apart from what the texts say, which `wire::taskmaster` tests.

#![allow(clippy::unwrap_used)]

use super::super::testing::Folder;
use super::super::{Real, roots};
use super::*;

const TASKS: &str = r#"{"master": {"tasks": [
    {"id": 1, "title": "a", "dependencies": [], "testStrategy": "Verify a"},
    {"id": 2, "title": "b", "dependencies": [9], "complexity": 3}
  ]}, "v2": {"tasks": [{"id": 1, "title": "c", "dependencies": []}]}}"#;

fn folder(files: &[(&str, &[u8])]) -> (Folder, Root) {
    let folder = Folder::new();
    for (name, bytes) in files {
        let path = folder.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let root = roots::search(&Real, &folder.0)
        .here
        .into_iter()
        .next()
        .unwrap();
    (folder, root)
}

#[test]
fn what_stands_beside_the_tasks_comes_with_them() {
    let (_folder, root) = folder(&[
        (".taskmaster/tasks/tasks.json", TASKS.as_bytes()),
        (".taskmaster/state.json", br#"{"currentTag": "v2"}"#),
        (
            ".taskmaster/reports/task-complexity-report.json",
            br#"{"complexityAnalysis": [{"taskId": 1, "complexityScore": 8}, {"taskId": 2, "complexityScore": 9}]}"#,
        ),
        (".taskmaster/docs/task-1/acceptance-criteria.md", b"# A\n- [ ] It works\n"),
        (".tiphys/criteria.toml", b"[[drop]]\nmatch = \"works\"\n[[drop]]\n"),
    ]);
    let project = load(&Real, &root).unwrap();
    assert_eq!(project.tag().unwrap().name, "v2".into());
    let score = |id: &str| {
        project.book.tags[0]
            .task(id)
            .unwrap()
            .complexity
            .clone()
            .unwrap()
            .score
    };
    // What the task says itself holds.
    assert_eq!((&*score("1"), &*score("2")), ("8", "3"));
    let task = project.book.tags[0].task("1").unwrap();
    let criteria = project.criteria(task);
    assert_eq!(criteria.len(), 1);
    assert!(!criteria[0].chosen && criteria[0].because == "criteria.toml:1 drops it");
    let from = criteria[0].criterion.provenance.clone().unwrap();
    assert_eq!(
        from.path.as_deref(),
        Some(".taskmaster/docs/task-1/acceptance-criteria.md")
    );
    let said: Vec<String> = project.wrong.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].contains("tasks.json:3:") && said[0].contains("which does not exist"),
        "{said:?}"
    );
    assert!(
        said[1].contains("criteria.toml:3:1: this rule does not say which"),
        "{said:?}"
    );
}

#[test]
fn what_is_broken_beside_the_tasks_is_told_and_hides_nothing() {
    let (_folder, root) = folder(&[
        (
            ".taskmaster/tasks/tasks.json",
            br#"{"tasks": [{"id": 1, "title": "a", "details": "x"}]}"#,
        ),
        (".taskmaster/state.json", b"{"),
        (
            ".taskmaster/config.json",
            br#"{"global": {"defaultTag": "other"}}"#,
        ),
        (".taskmaster/reports/task-complexity-report.json", b"[]"),
        (
            ".taskmaster/docs/task-1/acceptance-criteria.md",
            b"- [ ] a\n\xff\n",
        ),
    ]);
    let project = load(&Real, &root).unwrap();
    assert_eq!(project.current.as_deref(), Some("other"));
    // There is no tag of that name: master is shown.
    assert_eq!(&*project.tag().unwrap().name, "master");
    let said: Vec<String> = project.wrong.iter().map(ToString::to_string).collect();
    for wanted in [
        "state.json:1:2:",
        "report.json:1:1: there is no list",
        "criteria.md:2:1: this byte is no UTF-8",
    ] {
        assert!(
            said.iter().any(|one| one.contains(wanted)),
            "{wanted}: {said:?}"
        );
    }
}

#[test]
fn tasks_that_cannot_be_read_say_where() {
    let (folder, root) = folder(&[(
        ".taskmaster/tasks/tasks.json",
        b"{\"master\": {\n  \"tasks\": [}\n",
    )]);
    let why = load(&Real, &root).unwrap_err().to_string();
    assert!(
        why.contains("tasks.json:2:13: here stands `}` instead of a value"),
        "{why}"
    );
    let gone = Root {
        file: folder.0.join("none.json"),
        ..root
    };
    assert!(
        load(&Real, &gone)
            .unwrap_err()
            .to_string()
            .contains("none.json cannot be read")
    );
}
