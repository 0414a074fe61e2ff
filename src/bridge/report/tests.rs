//! What tasks are told, in words.
//! Apart from reporting.
#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::model::qarun::Spec;
use crate::model::task::{Task, content};

fn failed() -> QaRun {
    let spec = "
service: s
criteria:
  - {id: total, text: 'The total is right', kind: manual, manual: {}}
  - {id: mail, text: 'A mail is sent', kind: manual, manual: {}}
";
    let spec: Spec = serde_saphyr::from_str(spec).unwrap();
    let mut run = QaRun::new("qa", "shop-1", spec);
    run.status = serde_json::from_value(json!({
        "phase": "Failed", "verdict": "fail", "attempt": 1, "finishedAt": "2026-11-27T12:00:00Z",
        "message": "1 of 2 criteria are met; password=hunter2hunter2 \u{1b}[31m",
        "criteria": [
            {"id": "total", "verdict": "fail", "environment": "staging", "message": "exit 1\nleft 19.90", "evidence": "secret=abc"},
            {"id": "mail", "verdict": "pass"},
        ],
    }))
    .unwrap();
    run
}

fn rules() -> Rules {
    Rules::read("[report]\nfail = \"in-progress\"").unwrap()
}

#[test]
fn an_entry_says_what_was_found_and_no_credential() {
    let entry = Entry::of(&failed(), "sha256:1", &rules()).unwrap();
    let value = entry.value();
    assert_eq!(value["verdict"], json!("fail"));
    assert_eq!(value["criteria"], json!("1/2"));
    assert_eq!(value["finishedAt"], json!("2026-11-27T12:00:00Z"));
    let text = value.to_string();
    assert!(
        !text.contains("hunter2") && !text.contains("u001b"),
        "{text}"
    );
    let metadata = json!({"qaRun": value, "jira": 1});
    assert_eq!(Entry::read(metadata.as_object().unwrap()), Some(entry));
    for other in [
        json!({}),
        json!({"qa": 7}),
        json!({"qa": {"verdict": "pass"}}),
    ] {
        assert_eq!(Entry::read(other.as_object().unwrap()), None, "{other}");
    }
}

#[test]
fn a_note_says_what_is_not_met_and_is_no_part_of_what_is_verified() {
    let run = failed();
    let entry = Entry::of(&run, "sha256:1", &rules()).unwrap();
    let changes = consequences(&run, &entry, "review", &rules());
    let Some(Change::Note { text }) = changes.get(1) else {
        panic!("{changes:?}");
    };
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "[tiphys] QA verdict at 2026-11-27T12:00:00Z: fail, 1/2 criteria are met (qa/shop-1, attempt 1)",
            "* fail in staging: The total is right: exit 1 left 19.90",
        ]
    );
    let task = |details: &str| Task {
        details: details.to_owned(),
        ..Task::default()
    };
    let noted = content(&task(&format!("Do it.\n\n{text}")), None);
    assert_eq!(noted, content(&task("Do it."), None));
}
