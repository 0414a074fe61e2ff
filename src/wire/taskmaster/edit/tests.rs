//! Splices against a model that knows nothing of places: the file parsed, changed as a value, and written again in its own layout.
//! Apart from the splices, so that what holds them knows nothing of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;

use proptest::prelude::*;
use serde::Serialize as _;
use serde_json::ser::{Formatter, PrettyFormatter};
use serde_json::{Value as Json, json};

use super::*;

/// A layout that files are in.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Indented(&'static str),
    /// `{"a":1}`
    Tight,
    /// `{"a": 1, "b": 2}`
    OneLine,
}

const LAYOUTS: [Layout; 5] = [
    Layout::Indented("  "),
    Layout::Indented("    "),
    Layout::Indented("\t"),
    Layout::Tight,
    Layout::OneLine,
];

struct Spaced;

impl Formatter for Spaced {
    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }
    fn begin_object_value<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
    ) -> std::io::Result<()> {
        out.write_all(b": ")
    }
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }
}

fn written(value: &Json, layout: Layout) -> String {
    let mut out = Vec::new();
    match layout {
        Layout::Indented(unit) => {
            let formatter = PrettyFormatter::with_indent(unit.as_bytes());
            let mut writer = serde_json::Serializer::with_formatter(&mut out, formatter);
            value.serialize(&mut writer).unwrap();
        }
        Layout::OneLine => {
            let mut writer = serde_json::Serializer::with_formatter(&mut out, Spaced);
            value.serialize(&mut writer).unwrap();
        }
        Layout::Tight => out = value.to_string().into_bytes(),
    }
    String::from_utf8(out).unwrap()
}

fn shown(id: &Json) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// Every task and subtask of a file, with the way to it.
fn targets(root: &Json) -> Vec<(Target, String)> {
    let mut lists: Vec<(&str, String, &Vec<Json>)> = Vec::new();
    if let Some(tasks) = root.as_array() {
        lists.push(("master", String::new(), tasks));
    }
    for (key, value) in root.as_object().into_iter().flatten() {
        match (key.as_str(), value, value.get("tasks")) {
            ("tasks", Json::Array(tasks), _) => lists.push(("master", "/tasks".to_owned(), tasks)),
            ("master", Json::Array(tasks), _) => {
                lists.push(("master", "/master".to_owned(), tasks));
            }
            (_, _, Some(Json::Array(tasks))) => lists.push((key, format!("/{key}/tasks"), tasks)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    for (tag, way, tasks) in lists {
        let target = |id: TaskId| Target {
            tag: tag.to_owned(),
            id,
        };
        for (n, task) in tasks.iter().enumerate() {
            let (id, way) = (TaskId::new(shown(&task["id"])), format!("{way}/{n}"));
            let subtasks = task["subtasks"].as_array();
            for (n, sub) in subtasks.into_iter().flatten().enumerate() {
                let sub = id.subtask(&shown(&sub["id"]));
                all.push((target(sub), format!("{way}/subtasks/{n}")));
            }
            all.push((target(id), way));
        }
    }
    all
}

/// The change made on the value; nothing where its shape forbids it.
fn changed(root: &Json, way: &str, change: &Change) -> Option<(Json, Outcome)> {
    let mut root = root.clone();
    let task = root.pointer_mut(way).unwrap().as_object_mut().unwrap();
    let before = task.clone();
    match change {
        Change::Metadata { key, value } => match task.get_mut("metadata") {
            Some(Json::Object(metadata)) => {
                metadata.insert(key.clone(), value.clone());
            }
            None | Some(Json::Null) => {
                task.insert("metadata".to_owned(), json!({ key: value }));
            }
            Some(_) => return None,
        },
        Change::Status { from, to } => {
            let now = task.get("status").and_then(Json::as_str).unwrap_or("");
            if now != from && now != to {
                let status = now.to_owned();
                return Some((root, Outcome::Left { status }));
            }
            task.insert("status".to_owned(), to.as_str().into());
        }
        Change::Note { text } => {
            let now = match task.get("details") {
                None | Some(Json::Null) => "",
                Some(Json::String(now)) => now,
                Some(_) => return None,
            };
            let gap = if now.trim().is_empty() { "" } else { "\n\n" };
            let new = match now.contains(text) {
                true => now.to_owned(),
                false => format!("{now}{gap}{text}"),
            };
            task.insert("details".to_owned(), new.into());
        }
    }
    let outcome = match *task == before {
        true => Outcome::There,
        false => Outcome::Made,
    };
    Some((root, outcome))
}

fn verdict() -> Change {
    Change::Metadata {
        key: "qa".to_owned(),
        value: json!({"verdict": "fail", "run": "qa/shop-1", "criteria": {"met": 2, "of": 3}, "links": ["https://x/é\"\n"], "none": {}}),
    }
}

fn changes() -> Vec<Change> {
    let status = |from: &str, to: &str| Change::Status {
        from: from.to_owned(),
        to: to.to_owned(),
    };
    vec![
        verdict(),
        status("review", "done"),
        status("pending", "in-progress"),
        Change::Note {
            text: "<info added on 2026-01-02T03:04:05Z>\n\"Refund\": 19.90 ≠ 19.99\\\n</info>"
                .to_owned(),
        },
    ]
}

/// How much of both stays: everything before and behind one place.
fn kept(old: &[u8], new: &[u8]) -> usize {
    let front = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - front;
    let back = old.iter().rev().zip(new.iter().rev()).take(most);
    front + back.take_while(|(a, b)| a == b).count()
}

/// Makes a change and holds it to everything that must be so; false where it is refused.
fn holds(bytes: &[u8], root: &Json, target: &Target, way: &str, change: &Change) -> bool {
    let why = format!("{target} {change:?}");
    let wanted = changed(root, way, change);
    let edited = match (edit(bytes, target, std::slice::from_ref(change)), &wanted) {
        (Ok(edited), Some(_)) => edited,
        (Err(Refused::Ambiguous { .. }), _) | (Err(Refused::Shape { .. }), None) => return false,
        other => panic!("{why}: {other:?}"),
    };
    let (wanted, outcome) = wanted.unwrap();
    assert_eq!(edited.outcomes, [outcome], "{why}");
    let Some(text) = edited.text else {
        assert_eq!(&wanted, root, "{why}: it says so already");
        return true;
    };
    let bare = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        serde_json::from_str::<Json>(text.trim_start_matches('\u{feff}')).unwrap()
    };
    let now = bare(&text);
    assert_eq!(now, wanted, "{why}");
    // Members stay in their order, which equality of maps does not say.
    assert_eq!(now.to_string(), wanted.to_string(), "{why}");
    let old = root.pointer(way).unwrap();
    let replaced = match change {
        Change::Metadata { key, .. } => old.pointer(&format!("/metadata/{key}")),
        Change::Status { .. } => old.get("status"),
        Change::Note { .. } => None,
    };
    // A value that is replaced may go; but for `null`, which something is put in place of, nothing else does.
    let gone = bytes.len() - kept(bytes, &text);
    let most = replaced.map_or(0, |value| {
        written(value, Layout::Indented("                    ")).len()
    });
    assert!(
        gone <= most.max("null".len()),
        "{why}: {gone} bytes are gone"
    );
    let again = edit(&text, target, std::slice::from_ref(change)).unwrap();
    assert_eq!(again.text, None, "{why}: made twice");
    true
}

#[test]
fn the_files_of_public_projects_change_in_one_place_only() {
    let Some(corpus) = std::env::var_os("TIPHYS_CORPUS").map(PathBuf::from) else {
        return println!("skipped: TIPHYS_CORPUS is not set");
    };
    let (mut files, mut edits, mut same_layout) = (0, 0, 0);
    for entry in std::fs::read_dir(corpus.join("tasks")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ext| ext != "json") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let root: Json = serde_json::from_str(&text).unwrap();
        let body = text.trim_end();
        let layout = LAYOUTS
            .into_iter()
            .find(|layout| written(&root, *layout) == body);
        let all = targets(&root);
        assert!(!all.is_empty(), "{}", path.display());
        // Four of a file, spread over it: the rest is the same over again.
        for (target, way) in all.iter().step_by(all.len().div_ceil(4)) {
            for change in changes() {
                if !holds(&bytes, &root, target, way, &change) {
                    continue;
                }
                edits += 1;
                let Some(layout) = layout else { continue };
                let (wanted, _) = changed(&root, way, &change).unwrap();
                let edited = edit(&bytes, target, &[change]).unwrap();
                let now = edited.text.unwrap_or(bytes.clone());
                let wanted = written(&wanted, layout) + &text[body.len()..];
                assert!(
                    now == wanted.as_bytes(),
                    "{}: {target} is not laid out as the rest",
                    path.display()
                );
                same_layout += 1;
            }
        }
        files += 1;
    }
    println!("{files} files, {edits} edits, {same_layout} of them compared byte by byte");
    assert!(files >= 31 && edits > 300 && same_layout > 250);
}

/// A value as people leave it in fields of their own.
fn stray() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(json!({})),
        Just(json!([])),
        Just(json!({"deep": [{"x": 1.5}, null, "}\"]"]})),
        "\\PC{0,12}".prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
    ]
}

fn fields() -> impl Strategy<Value = Vec<(&'static str, Json)>> {
    let status = prop::sample::select(vec!["review", "pending", "done"]);
    let details = prop_oneof![
        Just(Json::Null),
        Just(json!("")),
        Just(json!(7)),
        any::<String>().prop_map(Json::from),
    ];
    let metadata = prop_oneof![
        Just(Json::Null),
        Just(json!({})),
        Just(json!({"jira": "QA-7"})),
        Just(json!({"qa": {"verdict": "pass"}, "z": []})),
        Just(json!({"a": 1, "qa": null})),
        Just(json!("text")),
    ];
    let title = any::<String>().prop_map(Json::from);
    let each = (title, status, details, metadata, stray());
    let order = Just(vec![0, 1, 2, 3, 4]).prop_shuffle();
    (each, order, 0..=5usize).prop_map(
        |((title, status, details, metadata, stray), order, count)| {
            let all = [
                ("title", title),
                ("status", json!(status)),
                ("details", details),
                ("metadata", metadata),
                ("ünknown", stray),
            ];
            order
                .into_iter()
                .take(count)
                .map(|n| all[n].clone())
                .collect()
        },
    )
}

fn task(id: Json, fields: Vec<(&'static str, Json)>, id_first: bool) -> Json {
    let mut task = serde_json::Map::new();
    if id_first {
        task.insert("id".to_owned(), id.clone());
    }
    task.extend(
        fields
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value)),
    );
    task.entry("id").or_insert(id);
    task.into()
}

/// A file in any of the layouts of the reference, ids in any form.
fn file() -> impl Strategy<Value = Json> {
    let ids = prop::sample::select(vec![0, 1, 2, 3]);
    let one = (
        fields(),
        any::<bool>(),
        prop::collection::vec((fields(), any::<bool>()), 0..3),
    );
    let tasks = (prop::collection::vec(one, 1..4), ids).prop_map(|(tasks, form)| {
        let tasks = tasks
            .into_iter()
            .enumerate()
            .map(|(n, (fields, first, subs))| {
                let n = n + 1;
                let id = match form {
                    0 | 3 => json!(n),
                    1 => json!(n.to_string()),
                    _ => json!(format!("task_{n}")),
                };
                let mut new = task(id, fields, first);
                // What tells Task Master's files from others'.
                new["title"] = json!("t");
                new["dependencies"] = json!([]);
                let subs = subs.into_iter().enumerate().map(|(m, (fields, first))| {
                    let m = m + 1;
                    let id = match form {
                        0 => json!(m),
                        1 => json!(format!("{n}.{m}")),
                        2 => json!(m.to_string()),
                        _ => serde_json::from_str(&format!("{n}.{m}")).unwrap(),
                    };
                    task(id, fields, first)
                });
                new["subtasks"] = subs.collect();
                new
            });
        Json::from_iter(tasks)
    });
    (tasks, stray(), 0..5).prop_map(|(tasks, stray, root)| match root {
        0 => json!({"tasks": tasks, "metadata": stray}),
        1 => tasks,
        2 => json!({"master": tasks, "version": 1}),
        3 => json!({"feature-x": {"tasks": [{"id": 1, "status": "review"}]}, "master": {"tasks": tasks, "metadata": stray}}),
        _ => json!({"other": stray, "qa": {"tasks": tasks, "metadata": {"created": "2025"}}}),
    })
}

proptest! {
    #[test]
    fn a_change_is_laid_out_as_the_file_is_and_nothing_else_moves(
        root in file(), layout in prop::sample::select(LAYOUTS.to_vec()), crlf in any::<bool>(), end in any::<bool>(), bom in any::<bool>(),
        which in any::<prop::sample::Index>(), change in any::<prop::sample::Index>(),
    ) {
        let all = targets(&root);
        let (target, way) = &all[which.index(all.len())];
        let change = &changes()[change.index(changes().len())];
        let whole = |value: &Json| {
            let mut text = written(value, layout);
            if crlf {
                text = text.replace('\n', "\r\n");
            }
            let end = match (end, crlf) { (false, _) => "", (true, false) => "\n", (true, true) => "\r\n" };
            format!("{}{text}{end}", if bom { "\u{feff}" } else { "" })
        };
        let text = whole(&root);
        if holds(text.as_bytes(), &root, target, way, change) {
            let (wanted, _) = changed(&root, way, change).unwrap();
            let edited = edit(text.as_bytes(), target, std::slice::from_ref(change)).unwrap();
            let now = edited.text.map_or(text, |text| String::from_utf8(text).unwrap());
            prop_assert_eq!(now, whole(&wanted));
        }
    }
}

#[test]
fn several_changes_are_made_together_or_not_at_all() {
    let text = r#"{"tasks":[{"id":1,"title":"t","status":"review","details":[]}]}"#;
    let target = Target {
        tag: "master".to_owned(),
        id: TaskId::new("1"),
    };
    let refused = edit(text.as_bytes(), &target, &changes()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "1:59: `details` of task 1 of `master` is a list, so nothing can be put into it"
    );
    let edited = edit(text.as_bytes(), &target, &changes()[..3]).unwrap();
    let left = Outcome::Left {
        status: "done".to_owned(),
    };
    assert_eq!(edited.outcomes, [Outcome::Made, Outcome::Made, left]);
    assert!(edited.text.is_some());
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    let said = |text: &str, tag: &str, id: &str| {
        let target = Target {
            tag: tag.to_owned(),
            id: TaskId::new(id),
        };
        edit(text.as_bytes(), &target, &[verdict()])
            .unwrap_err()
            .to_string()
    };
    let two = "{\"a\": {\"tasks\": [{\"id\": 1, \"title\": \"t\", \"details\": \"\"},\n {\"id\": \"1\"}]}}";
    assert_eq!(
        said(two, "a", "1"),
        "task 1 of `a` is there 2 times, for the second time at 2:2: give each an id of its own"
    );
    assert_eq!(said(two, "b", "1"), "there is no task 1 of `b`");
    assert_eq!(said(two, "a", "1.1"), "there is no task 1.1 of `a`");
    assert!(said("{\"a\": {\n", "a", "1").starts_with("2:1: the file ends here"));
}
