//! Every real file is read without loss: counts agree with the index that was made of them by another program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tiphys::model::task::{Book, Layout, Tag};
use tiphys::wire::taskmaster;

fn book(root: &Path, file: &str) -> Book {
    let bytes = fs::read(root.join(file)).unwrap();
    taskmaster::tasks(&bytes).unwrap_or_else(|why| panic!("{file}: {why}"))
}

/// The rows of the index, by the names of its columns.
fn index(root: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(root.join("index.tsv")).unwrap();
    let mut lines = text
        .lines()
        .map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let head = lines.next().unwrap();
    lines
        .map(|line| head.iter().cloned().zip(line).collect())
        .collect()
}

#[test]
fn counts_agree_with_the_index() {
    let Some(root) = super::folder("tasks") else {
        return;
    };
    let mut read = 0;
    for row in index(&root) {
        let file = &row["file"];
        if row["layout"] == "other-tool" {
            let why = taskmaster::tasks(&fs::read(root.join(file)).unwrap())
                .unwrap_err()
                .to_string();
            assert!(why.contains("not tasks of Task Master"), "{file}: {why}");
            continue;
        }
        read += 1;
        let book = book(&root, file);
        let layout = match &*row["layout"] {
            "tagged" => Layout::Tagged,
            "legacy" => Layout::Legacy,
            _ => Layout::BareTags,
        };
        assert_eq!(book.layout, layout, "{file}");
        let tags: Vec<&str> = book.tags.iter().map(|tag| &*tag.name).collect();
        let wanted = row["tags"].replace("<root>", Tag::DEFAULT);
        assert_eq!(tags.join(","), wanted, "{file}");
        let (tasks, subtasks) = book.counts();
        assert_eq!(
            format!("{tasks} {subtasks}"),
            format!("{} {}", row["tasks"], row["subtasks"]),
            "{file}"
        );
        let mut statuses: BTreeMap<String, usize> = BTreeMap::new();
        for task in book.tags.iter().flat_map(|tag| &tag.tasks) {
            *statuses.entry(task.status.word().to_owned()).or_default() += 1;
        }
        let wanted = row["status_counts"].trim_matches('"').replace("\"\"", "\"");
        let wanted: BTreeMap<String, usize> = serde_json::from_str(&wanted).unwrap();
        // The index counts `completed` of subtasks apart; of tasks both say the same.
        assert_eq!(statuses, wanted, "{file}");
    }
    assert_eq!(read, 31);
}

/// What the index says is odd is among the problems, and where it says nothing of that kind there are none.
#[test]
fn oddities_are_listed() {
    let Some(root) = super::folder("tasks") else {
        return;
    };
    for row in index(&root)
        .into_iter()
        .filter(|row| row["layout"] != "other-tool")
    {
        let (file, odd) = (&row["file"], &row["odd"]);
        let problems: Vec<String> = book(&root, file)
            .problems
            .iter()
            .map(ToString::to_string)
            .collect();
        let said = |what: &str| problems.iter().filter(|one| one.contains(what)).count();
        for (theirs, ours) in [
            ("non-numeric ids", "is no number"),
            ("statuses +completed", "is completed"),
            ("dangling deps", "which does not exist"),
            ("root extra", "beside the tasks"),
            ("bare array", "is a list, not an object"),
        ] {
            if odd.contains(theirs) {
                assert!(said(ours) > 0, "{file}: {theirs}: {problems:?}");
            }
        }
        if !odd.contains("non-numeric ids") {
            assert_eq!(said("is no number"), 0, "{file}: {problems:?}");
        }
        println!("{file}: {} problems", problems.len());
        for problem in problems.iter().take(6) {
            println!("    {problem}");
        }
    }
}

#[test]
fn what_stands_beside_the_tasks_is_read() {
    let Some(root) = super::folder("tasks/reports") else {
        return;
    };
    let (mut states, mut reports) = (0, 0);
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(&path).unwrap();
        if name.contains("__state") {
            let tag = taskmaster::current_tag(&bytes).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert!(tag.is_some(), "{name}");
            states += 1;
        } else {
            let report = taskmaster::report(&bytes).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert!(!report.is_empty(), "{name}");
            reports += 1;
        }
    }
    assert!(states >= 10 && reports >= 8, "{states} {reports}");
}

/// A file cut off anywhere is broken with a place inside it, and never read as something shorter.
#[test]
fn a_file_that_is_cut_off_is_broken_and_says_where() {
    let Some(root) = super::folder("tasks") else {
        return;
    };
    let bytes = fs::read(root.join("5252LLC__TechSaaS.json")).unwrap();
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    for end in (0..bytes.len() - 3).step_by(97) {
        let why = taskmaster::tasks(&bytes[..end]).unwrap_err().to_string();
        let line: usize = why
            .split(':')
            .next()
            .unwrap()
            .parse()
            .unwrap_or_else(|_| panic!("{why}"));
        assert!((1..=lines).contains(&line), "{why}");
    }
}
