#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::model::task::{Acceptance, Layout, Priority, Status};

fn book(text: &str) -> Book {
    tasks(text.as_bytes()).unwrap()
}

/// A tagged file of these tasks.
fn of(tasks: &str) -> Book {
    book(&format!("{{\"master\": {{\"tasks\": [{tasks}]}}}}"))
}

fn said(book: &Book) -> Vec<String> {
    book.problems.iter().map(ToString::to_string).collect()
}

fn ids(book: &Book) -> Vec<&str> {
    book.tags
        .iter()
        .flat_map(Tag::all)
        .map(|task| task.id.as_str())
        .collect()
}

const TASK: &str = r#"{"id": 1, "title": "a", "dependencies": []}"#;

#[test]
fn every_layout_is_read() {
    let tagged = book(&format!(
        r#"{{"master": {{"tasks": [{TASK}], "metadata": {{"description": "main"}}}}, "x": {{"tasks": []}}}}"#
    ));
    assert_eq!(tagged.layout, Layout::Tagged);
    let names: Vec<&str> = tagged.tags.iter().map(|tag| &*tag.name).collect();
    assert_eq!(names, ["master", "x"]);
    assert_eq!(tagged.tags[0].description, "main");
    assert_eq!(said(&tagged), [""; 0]);

    let legacy = book(&format!(
        r#"{{"meta": {{}}, "tasks": [{TASK}], "metadata": {{}}}}"#
    ));
    assert_eq!((legacy.layout, legacy.counts()), (Layout::Legacy, (1, 0)));
    assert_eq!((&*legacy.tags[0].name, said(&legacy).len()), ("master", 0));

    let bare = book(&format!("[{TASK}]"));
    assert_eq!((bare.layout, bare.counts()), (Layout::Bare, (1, 0)));
    assert!(said(&bare)[0].starts_with("1:1: a list of tasks without a tag"));

    let lists = book(&format!(r#"{{"master": [{TASK}], "v2": [{TASK}]}}"#));
    assert_eq!((lists.layout, lists.counts()), (Layout::BareTags, (2, 0)));
    assert!(
        said(&lists)[0].contains("tag `master` is a list"),
        "{lists:?}"
    );

    let nothing = book("{}");
    assert_eq!((nothing.tags.len(), said(&nothing).len()), (0, 1));
}

#[test]
fn keys_beside_the_tasks_are_noted_and_hide_nothing() {
    let odd = book(&format!(
        r#"{{"project": {{"name": "x"}}, "tasks": [{TASK}], "version": "1"}}"#
    ));
    assert_eq!((odd.layout, odd.counts()), (Layout::Legacy, (1, 0)));
    let said = said(&odd);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].starts_with("1:2: `project` beside the tasks"),
        "{said:?}"
    );
    // Both in one file: what leaked into the other layout is read too, and nothing is lost.
    let both = book(&format!(
        r#"{{"tasks": [{TASK}], "feature": {{"tasks": [{TASK}]}}, "_rawTaggedData": {{}}}}"#
    ));
    assert_eq!(both.counts(), (2, 0));
    let tagged = book(&format!(
        r#"{{"$schema": "x", "tag": "y", "master": {{"tasks": [{TASK}], "created": "z"}}}}"#
    ));
    assert_eq!(
        (tagged.layout, tagged.counts(), tagged.problems.len()),
        (Layout::Tagged, (1, 0), 2)
    );
}

#[test]
fn files_of_other_tools_are_refused_with_a_reason() {
    for (text, why) in [
        (
            r#"{"version": "1.0", "tasks": [{"id": "T-1", "title": "a", "status": "completed", "priority": "high"}]}"#,
            "1:30: these are not tasks of Task Master",
        ),
        (
            r#"{"tasks": [{"id": "x", "name": "n", "type": "t", "description": "d"}], "taskTypes": []}"#,
            "not tasks of Task Master",
        ),
        (
            r#"{"version": "2.0.0", "tasks": {"build": "tsc"}}"#,
            "no list of tasks",
        ),
        (r#"{"name": "x", "scripts": ["a"]}"#, "no list of tasks"),
        ("\"text\"", "1:1: this is text"),
        ("[1, 2]", "not tasks of Task Master"),
    ] {
        let refused = tasks(text.as_bytes()).unwrap_err().to_string();
        assert!(refused.contains(why), "{text}: {refused}");
    }
    let empty = book(r#"{"master": {"tasks": []}}"#);
    assert_eq!((empty.counts(), empty.problems.len()), ((0, 0), 0));
}

#[test]
fn ids_of_any_form_are_one_name() {
    let book = of(r#"
        {"id": 1, "title": "a", "dependencies": [], "subtasks": [
            {"id": 1, "title": "x"}, {"id": "1.2", "title": "y", "dependencies": [1, "1.1"]},
            {"id": 1.10, "title": "z", "dependencies": ["2"]}, {"id": 1.1, "title": "again"}]},
        {"id": "2", "title": "b", "dependencies": [1, "1.2", "1"]},
        {"id": "task_1", "title": "c", "dependencies": ["9"], "subtasks": [{"id": "task_1_1", "title": "d"}]},
        {"title": "e", "dependencies": ["task_1", null, {}]}"#);
    assert_eq!(
        ids(&book),
        [
            "1",
            "1.1",
            "1.2",
            "1.10",
            "1.1",
            "2",
            "task_1",
            "task_1.task_1_1",
            "4"
        ]
    );
    let tag = &book.tags[0];
    let needs = |id: &str| -> Vec<String> {
        tag.task(id)
            .unwrap()
            .dependencies
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(needs("1.2"), ["1.1"]);
    // `2` beside it is its sibling 1.2.
    assert_eq!(needs("1.10"), ["1.2"]);
    assert_eq!(needs("2"), ["1", "1.2"]);
    assert_eq!(needs("4"), ["task_1"]);
    let said = said(&book).join("\n");
    for wanted in [
        "another subtask 1.1",
        "1.10 is a fraction that ends with 0",
        "the id task_1 is no number",
        "task_1 depends on 9, which does not exist",
        "a task without an id; it is called by its place in the list: 4",
        "a dependency of 4 is null",
        "a dependency of 4 is an object",
    ] {
        assert!(said.contains(wanted), "{wanted} in\n{said}");
    }
}

#[test]
fn fields_may_be_missing_null_or_of_another_shape() {
    let book = of(r#"
        {"id": 1, "title": "a", "description": null, "details": null, "testStrategy": null, "test_strategy": "by hand",
         "priority": null, "dependencies": null, "subtasks": null, "metadata": null, "status": null},
        {"id": 2, "title": "b", "details": {"x": 1}, "dependencies": "1", "subtasks": {}, "status": "Fertig", "priority": "Haute",
         "metadata": [], "complexity": 7, "tags": ["ui", 1]},
        {"id": 3, "title": "c\u001b[31m", "details": "", "status": "completed", "acceptanceCriteria": ["one", 2],
         "metadata": {"qa": {"verdict": "pass"}}, "complexity": "high", "recommendedSubtasks": 3},
        7"#);
    let [a, b, c] = &book.tags[0].tasks[..] else {
        panic!("{book:?}")
    };
    assert_eq!(
        (&*a.test_strategy, &a.status, &a.priority),
        ("by hand", &Status::Pending, &Priority::Medium)
    );
    assert_eq!(
        (&*b.details, b.status.word(), b.priority.word()),
        ("", "Fertig", "Haute")
    );
    assert_eq!(&*b.complexity.as_ref().unwrap().score, "7");
    assert_eq!(b.labels, ["ui".into()]);
    assert_eq!(&*c.title, "c␛[31m");
    assert_eq!(c.acceptance, Acceptance::List(vec!["one".to_owned()]));
    assert_eq!(c.metadata["qa"]["verdict"], "pass");
    assert!(c.status.is_done());
    let said = said(&book).join("\n");
    for wanted in [
        "details of 2 is an object, not text",
        "dependencies of 2 are text, not a list",
        "subtasks of 2 are an object",
        "status of 2 is Fertig",
        "metadata of 2 is a list",
        "acceptance criterion of 3 is a number",
        "status of 3 is completed",
        "here stands a number where a task belongs",
    ] {
        assert!(said.contains(wanted), "{wanted} in\n{said}");
    }
}

#[test]
fn tasks_that_wait_for_each_other_are_named_once() {
    let task =
        |id: u8, needs: &str| format!(r#"{{"id": {id}, "title": "t", "dependencies": [{needs}]}}"#);
    let tasks = [
        task(1, "2"),
        task(2, "3"),
        task(3, "1, 4"),
        task(4, "4"),
        task(5, "1"),
    ];
    let said = said(&of(&tasks.join(",")));
    let circles: Vec<&String> = said
        .iter()
        .filter(|one| one.contains("wait for each other"))
        .collect();
    assert_eq!(circles.len(), 2, "{said:?}");
    assert!(circles[0].contains("1, 2, 3;"), "{said:?}");
    assert!(
        said.iter().any(|one| one.contains("4 depends on itself")),
        "{said:?}"
    );
}

#[test]
fn broken_files_say_where() {
    for (text, why) in [
        ("", "1:1: there is nothing in it"),
        (
            "{\"master\": {\"tasks\": [\n {\"id\": 1, \"title\": \"cut",
            "2:21: the text that begins here has no end",
        ),
        (
            "{\"master\": {\n<<<<<<< HEAD\n",
            "2:1: a mark of a merge conflict",
        ),
    ] {
        let why_not = tasks(text.as_bytes()).unwrap_err().to_string();
        assert!(why_not.starts_with(why), "{why_not}");
    }
    let marked = book(&format!("\u{feff}[{TASK}]"));
    assert!(
        said(&marked)
            .iter()
            .any(|one| one.starts_with("1:1: it begins with a byte order mark"))
    );
    let twice = of(r#"{"id": 1, "title": "a", "dependencies": [], "title": "b"}"#);
    assert_eq!(&*twice.tags[0].tasks[0].title, "b");
    assert!(said(&twice)[0].contains("\"title\" is there twice"));
}

#[test]
fn the_files_beside_are_read() {
    assert_eq!(
        current_tag(br#"{"currentTag": "v2", "migrationNoticeShown": true}"#),
        Ok(Some("v2".to_owned()))
    );
    assert_eq!(current_tag(br#"{"currentTag": null}"#), Ok(None));
    assert!(current_tag(b"{").is_err());
    let report = report(br#"{"complexityAnalysis": [{"taskId": 22, "complexityScore": 7, "recommendedSubtasks": 10, "reasoning": "many parts"},
        {"taskId": "2.1", "complexityScore": 3.5}, {"taskTitle": "no id"}]}"#).unwrap();
    assert_eq!(report.len(), 2);
    let one = &report[&TaskId::new("22")];
    assert_eq!(
        (&*one.score, one.subtasks, &*one.reasoning),
        ("7", Some(10), "many parts")
    );
    assert!(
        super::report(b"{}")
            .unwrap_err()
            .to_string()
            .contains("complexityAnalysis")
    );
}

/// What `set-status` of Task Master 0.43.1 does to a file (<https://github.com/eyaltoledano/claude-task-master/issues/1708>), by hand.
#[test]
fn what_task_master_rewrites_by_itself_is_nothing_new_to_verify() {
    let before = book(
        r#"{"master": {"tasks": [
          {"id": 2, "title": "a", "description": "b", "details": "c", "testStrategy": "d", "status": "in-progress", "dependencies": [1],
           "subtasks": [{"id": 1, "title": "e", "details": "f", "status": "done"}, {"id": 1.10, "title": "g", "testStrategy": null}]}],
          "metadata": {"created": "x", "description": "y"}}}"#,
    );
    let after = book(
        r#"{"master": {"tasks": [
          {"id": "2", "title": "a", "description": "b", "details": "c", "testStrategy": "d", "status": "review", "dependencies": ["1"],
           "updatedAt": "2026-11-27T00:00:00Z", "complexity": 7, "recommendedSubtasks": 3, "metadata": {"qaRun": {"verdict": "pass"}},
           "subtasks": [{"id": 1, "title": "e", "details": "f", "status": "done", "parentId": "undefined", "testStrategy": ""},
                        {"id": 1.1, "title": "g", "parentId": "undefined", "updatedAt": "z"}]}],
          "metadata": {"version": "1.0.0", "taskCount": 1}}}"#,
    );
    let content = |book: &Book| crate::model::task::content(&book.tags[0].tasks[0], None);
    assert_eq!(content(&before), content(&after));
}
