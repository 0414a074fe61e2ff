//! `tiphys edit`: with an editor, with a file, and what it says.
//! Apart from the console's way, which is the same code behind other keys.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::Value;
use tiphys::sim::api::access::Rights;
use tiphys::sim::resource::WORKFLOWS;
use vt100::Screen;

use super::server::{Answer, Server};
use crate::pty::{Pty, tiphys};

fn priority(server: &Server) -> Value {
    let object = server.store.get(WORKFLOWS, "payments", "refund");
    object.unwrap().value()["spec"]["priority"].clone()
}

/// Runs it with an editor that is this shell script; `$1` is the file.
fn with_editor(server: &Server, script: &str, line: &[&str]) -> Answer {
    std::fs::create_dir_all(&server.home).unwrap();
    let file = server.home.join("editor script");
    std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&file, Permissions::from_mode(0o700)).unwrap();
    let mut command = server.command(line);
    command
        .env_remove("VISUAL")
        .env_remove("XDG_RUNTIME_DIR")
        .env("EDITOR", format!("'{}'", file.display()));
    Answer::of(command.output().unwrap())
}

const ADD: &str = "sed -i 's/^spec:$/spec:\\n  priority: 5/' \"$1\"";

#[test]
fn an_edit_is_tried_and_sent_once() {
    let server = Server::story();
    let answer = with_editor(&server, ADD, &["edit", "refund", "--dry-run"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.out.contains("\n  +   priority: 5\n"), "{answer:?}");
    assert!(answer.out.contains("> PATCH /apis/"), "{answer:?}");
    assert_eq!(server.writes(), [""; 0]);
    let answer = with_editor(&server, ADD, &["edit", "refund", "-y", "-o", "json"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let records: Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!(records[0]["outcome"], "applied");
    let diff = records[0]["diff"].as_array().unwrap();
    assert!(diff.contains(&"+   priority: 5".into()), "{diff:?}");
    assert_eq!((server.writes().len(), priority(&server)), (1, 5.into()));
    // Nothing is left of what was edited.
    assert!(!server.home.join("tiphys/edits").exists());
    let left = std::fs::read_dir(server.home.join("tiphys/editing")).unwrap();
    assert_eq!(left.count(), 0);
    // The same again changes nothing.
    let answer = with_editor(&server, "true", &["edit", "refund", "-y"]);
    assert_eq!((answer.code, answer.out.as_str()), (0, ""));
    assert!(answer.err.contains("nothing was changed"), "{answer:?}");
    assert_eq!(server.writes().len(), 1);
}

#[test]
fn the_editor_is_opened_again_until_it_is_right_or_given_up() {
    let server = Server::story();
    let script = "if grep -q '^# line' \"$1\"; then sed -i 's/priority: a: b/priority: 5/' \"$1\"; \
        else sed -i 's/^spec:$/spec:\\n  priority: a: b/' \"$1\"; fi";
    let answer = with_editor(&server, script, &["edit", "refund", "-y"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.err.contains("the editor again"), "{answer:?}");
    assert_eq!((server.writes().len(), priority(&server)), (1, 5.into()));
    // Nothing more is mended: it is kept.
    let script = "grep -q nonsense \"$1\" || sed -i 's/^spec:$/spec:\\n  nonsense: 5/' \"$1\"";
    let answer = with_editor(&server, script, &["edit", "refund", "-y"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.err.contains("what was written is kept in"),
        "{answer:?}"
    );
    let kept = std::fs::read_dir(server.home.join("tiphys/edits")).unwrap();
    assert_eq!(kept.count(), 1);
    let answer = with_editor(&server, "exit 3", &["edit", "refund", "-y"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.err.contains("the editor ended with exit status: 3"),
        "{answer:?}"
    );
    assert_eq!(server.writes().len(), 1);
}

#[test]
fn a_file_is_taken_instead_of_an_editor() {
    let server = Server::story();
    let text = with_editor(&server, "cat \"$1\"", &["edit", "refund", "-y"]).out;
    assert!(text.starts_with("# Workflow payments/refund\n"), "{text}");
    let file = server.home.join("refund.yaml");
    let run = |text: &str, line: &[&str]| {
        std::fs::write(&file, text).unwrap();
        let mut all = vec!["edit", "refund", "--file", file.to_str().unwrap()];
        all.extend(line);
        server.run(&all)
    };
    assert_eq!(run(&text, &["-y"]).code, 0, "nothing to do");
    assert_eq!(server.writes(), [""; 0]);
    let changed = text.replace("\nspec:\n", "\nspec:\n  priority: 5\n");
    let answer = run(&changed, &[]);
    assert_eq!(answer.code, 2, "nobody can be asked: {answer:?}");
    let out = run(&changed, &["--dry-run"]).good();
    assert!(out.contains("+   priority: 5"), "{out}");
    assert_eq!(server.writes(), [""; 0]);
    let out = run(&changed, &["-y"]).good();
    assert!(
        out.starts_with("edit payments/refund: applied: taken"),
        "{out}"
    );
    assert_eq!((server.writes().len(), priority(&server)), (1, 5.into()));
    // The line is that of the file.
    let broken = text.replace("\nspec:\n", "\nspec:\n  a: b: c\n");
    let line = broken.lines().position(|line| line == "  a: b: c").unwrap() + 1;
    let answer = run(&broken, &["-y"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.err.contains(&format!("refund.yaml: line {line}:")),
        "{answer:?}"
    );
    let answer = run(&text.replace("name: refund", "name: other"), &["-y"]);
    assert!(
        answer
            .err
            .contains("metadata.name cannot be changed: it is refund"),
        "{answer:?}"
    );
    assert_eq!(server.writes().len(), 1);
}

#[test]
fn who_may_not_change_it_is_not_asked_to() {
    let server = Server::for_user(Rights::ViewerIn(vec!["payments".to_string()]));
    server.furnish();
    let answer = with_editor(&server, ADD, &["edit", "payments/refund", "-y"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.err.contains("may not"), "{answer:?}");
    assert_eq!(server.writes(), [""; 0]);
}

/// The console itself, in a terminal that the editor has meanwhile.
#[test]
fn the_console_steps_aside_for_the_editor_and_shows_the_difference() {
    let server = Server::story();
    std::fs::create_dir_all(&server.home).unwrap();
    let script = server.home.join("editor");
    let text = format!("#!/bin/sh\necho 'the editor has the terminal'\nread answer\n{ADD}\n");
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, Permissions::from_mode(0o700)).unwrap();
    let mut command = tiphys(&server.home);
    command.args(["--kubeconfig", server.config.to_str().unwrap()]);
    command.env("XDG_STATE_HOME", &server.home);
    command.env("EDITOR", script.to_str().unwrap());
    let mut pty = Pty::spawn(command);
    pty.wait("the runs", |screen| screen.contents().contains("refund"));
    pty.press("xe");
    pty.wait("the editor", |screen| {
        screen.contents().contains("the editor has the terminal")
    });
    pty.press("go on\r");
    pty.wait("the difference", |screen| {
        let text = screen.contents();
        text.contains("+   priority: 5") && text.contains("Yes, apply")
    });
    assert_eq!(server.writes(), [""; 0]);
    // The first keys are not heard: they could have been meant for the editor.
    let gone = |screen: &Screen| !screen.contents().contains("Yes, apply");
    pty.press("y");
    while !pty.within(Duration::from_millis(400), gone) {
        pty.press("y");
    }
    pty.wait("what became of it", |screen| {
        screen.contents().contains("edit payments/refund: taken")
    });
    assert_eq!((server.writes().len(), priority(&server)), (1, 5.into()));
    pty.press("q");
    assert_eq!(pty.end(), 0);
}
