//! Holds the sources to the architecture of `src/lib.rs`: who may import whom, which words a layer may not contain.
//! Apart from the compiler, which cannot know that a layer should not.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// One row of the table in `src/lib.rs`.
struct Layer {
    name: &'static str,
    imports: &'static [&'static str],
    /// Patterns of words that may not stand in its code, and what they mean.
    forbidden: &'static [(&'static str, &'static str)],
}

const KUBE: (&str, &str) = (
    r"\b(kube|kube_client|kube_core|k8s_openapi)::",
    "a Kubernetes client",
);
const KUBE_CLIENT: (&str, &str) = (r"\bkube::(Client|\{[^}]*\bClient\b)", "a Kubernetes client");
const RATATUI: (&str, &str) = (r"\bratatui(_\w+)?::", "ratatui");
const CROSSTERM: (&str, &str) = (r"\bcrossterm\b", "crossterm");
const TOKIO: (&str, &str) = (r"\btokio::", "tokio");
const FILES: (&str, &str) = (r"\bstd::(fs\b|\{[^}]*\bfs\b)", "files");
const NOW: (&str, &str) = (r"::now\(\)", "the present time");
const ASYNC: (&str, &str) = (r"\basync\s+(fn|move|\{)|\.await\b", "async code");
const STATE: (&str, &str) = (r"&\s*mut\s+State\b", "`&mut State`");
const EDITOR: (&str, &str) = (r"\btui_textarea::", "the text area");
const PRINT: (&str, &str) = (r"\be?print(ln)?!|\bcolor_eyre::", "printing");

const LAYERS: &[Layer] = &[
    Layer {
        name: "model",
        imports: &[],
        forbidden: &[KUBE, RATATUI, TOKIO, FILES, NOW, ASYNC, PRINT],
    },
    Layer {
        name: "wire",
        imports: &["model"],
        forbidden: &[KUBE, RATATUI, TOKIO, FILES, NOW, ASYNC, PRINT],
    },
    Layer {
        name: "library",
        imports: &["model"],
        forbidden: &[KUBE, RATATUI, TOKIO, FILES, NOW, ASYNC, PRINT],
    },
    Layer {
        name: "app",
        imports: &["library", "model"],
        forbidden: &[
            KUBE, RATATUI, CROSSTERM, TOKIO, FILES, NOW, ASYNC, EDITOR, PRINT,
        ],
    },
    Layer {
        name: "ui",
        imports: &["app", "model"],
        forbidden: &[KUBE, TOKIO, FILES, NOW, ASYNC, STATE, EDITOR, PRINT],
    },
    Layer {
        name: "cluster",
        imports: &["wire", "model"],
        forbidden: &[RATATUI, FILES, PRINT],
    },
    Layer {
        name: "controller",
        imports: &["cluster", "library", "wire", "model"],
        forbidden: &[KUBE, RATATUI, FILES, PRINT],
    },
    Layer {
        name: "bridge",
        imports: &["cluster", "taskmaster", "library", "wire", "model"],
        forbidden: &[KUBE, RATATUI, FILES, PRINT],
    },
    Layer {
        name: "taskmaster",
        imports: &["wire", "model"],
        forbidden: &[KUBE, RATATUI, TOKIO, NOW, ASYNC, PRINT],
    },
    Layer {
        name: "store",
        imports: &["model"],
        forbidden: &[KUBE, RATATUI, TOKIO, NOW, ASYNC, PRINT],
    },
    Layer {
        name: "sim",
        imports: &["wire", "model"],
        forbidden: &[RATATUI, KUBE_CLIENT, PRINT],
    },
    Layer {
        name: "runtime",
        imports: &["app", "ui", "cluster", "store", "model"],
        forbidden: &[KUBE, PRINT],
    },
    Layer {
        name: "cli",
        imports: &[
            "app",
            "bridge",
            "ui",
            "cluster",
            "controller",
            "library",
            "model",
            "runtime",
            "sim",
            "store",
            "taskmaster",
            "wire",
        ],
        forbidden: &[KUBE],
    },
];

/// The one file per word that a layer's ban does not reach.
const EXCEPTIONS: &[(&str, &str)] = &[("app/editor.rs", EDITOR.0), ("taskmaster/disk.rs", NOW.0)];

/// Lines after which a file holds two things.
const MANY_LINES: usize = 500;

struct Source {
    /// Path below `src`.
    path: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                sources.push(Source {
                    path: path
                        .strip_prefix(&root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .replace('\\', "/"),
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// Modules that are compiled for tests only, as path prefixes below `src`.
fn test_modules(sources: &[Source]) -> Vec<String> {
    let declaration =
        Regex::new(r"#\[cfg\(test\)\]\s*(?:pub(?:\([a-z]+\))?\s+)?mod\s+(\w+);").unwrap();
    let mut modules = Vec::new();
    for source in sources {
        let folder = match source.path.strip_suffix("/mod.rs") {
            Some(folder) => folder.to_string(),
            None if !source.path.contains('/') => String::new(),
            None => source.path.trim_end_matches(".rs").to_string(),
        };
        for found in declaration.captures_iter(&source.text) {
            modules.push(
                format!("{folder}/{}", &found[1])
                    .trim_start_matches('/')
                    .to_string(),
            );
        }
    }
    modules
}

/// The code that ships: without comments, without what stands in quotes, without the test module at the end.
fn shipped(text: &str) -> String {
    let tests = Regex::new(r"(?m)^#\[cfg\(test\)\]\s*\n(?:#!?\[[^\n]*\]\s*\n)*mod \w+ \{").unwrap();
    let end = tests.find(text).map_or(text.len(), |found| found.start());
    let quiet = Regex::new(
        r##"(?s)//[^\n]*|/\*.*?\*/|r#".*?"#|b?"(?:\\.|[^"\\])*"|b?'(?:\\.[^']*|[^'\\])'"##,
    )
    .unwrap();
    quiet.replace_all(&text[..end], "␣").into_owned()
}

/// The rooms of the crate that this code names, however it spells the path.
fn imports(path: &str, code: &str) -> BTreeSet<String> {
    let depth = path.matches('/').count() + usize::from(!path.ends_with("mod.rs"));
    let to_root = "super::".repeat(depth);
    let plain = Regex::new(r"\bcrate::(\w+)").unwrap();
    let group = Regex::new(r"(?s)\bcrate::\{(.*?)\};").unwrap();
    let code = match depth {
        0 => code.to_string(),
        _ => code.replace(&to_root, "crate::"),
    };
    let mut found: BTreeSet<String> = plain
        .captures_iter(&code)
        .map(|capture| capture[1].to_string())
        .collect();
    for capture in group.captures_iter(&code) {
        let mut level = 0;
        let mut word = String::new();
        for c in capture[1].chars().chain([',']) {
            match c {
                '{' => level += 1,
                '}' => level -= 1,
                ',' if level == 0 => {
                    let name = word.trim().split("::").next().unwrap_or_default();
                    found.insert(name.trim().to_string());
                    word.clear();
                    continue;
                }
                _ => {}
            }
            if level == 0 && c != '}' {
                word.push(c);
            }
        }
    }
    found.retain(|name| LAYERS.iter().any(|layer| layer.name == name));
    found
}

/// What is wrong with one file, one sentence each.
fn violations(path: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut lines = text.lines();
    for what in ["what it is", "why it is apart"] {
        if !lines.next().is_some_and(|line| line.starts_with("//!")) {
            wrong.push(format!("{path}: its first two lines do not say {what}"));
        }
    }
    let count = text.lines().count();
    if count > MANY_LINES {
        wrong.push(format!("{path}: {count} lines are two things in one file"));
    }
    let room = path.split('/').next().unwrap_or_default();
    let Some(layer) = LAYERS.iter().find(|layer| layer.name == room) else {
        if !["lib.rs", "main.rs"].contains(&path) {
            wrong.push(format!(
                "{path}: the room `{room}` is not in the table of layers"
            ));
        }
        return wrong;
    };
    let code = shipped(text);
    for name in imports(path, &code) {
        if name != layer.name && !layer.imports.contains(&name.as_str()) {
            wrong.push(format!("{path}: `{}` may not import `{name}`", layer.name));
        }
    }
    for (pattern, meaning) in layer.forbidden {
        if EXCEPTIONS.contains(&(path, *pattern)) {
            continue;
        }
        if let Some(found) = Regex::new(pattern).unwrap().find(&code) {
            let line = code[..found.start()].matches('\n').count() + 1;
            let layer = layer.name;
            wrong.push(format!(
                "{path}: {meaning} in `{layer}`: `{}` near line {line}",
                found.as_str()
            ));
        }
    }
    wrong
}

#[test]
fn every_room_keeps_to_its_layer() {
    let sources = sources();
    assert!(sources.len() > 10, "the sources were not found");
    let for_tests = test_modules(&sources);
    let mut wrong = Vec::new();
    for Source { path, text } in &sources {
        let in_tests = for_tests.iter().any(|module| {
            *path == format!("{module}.rs") || path.starts_with(&format!("{module}/"))
        });
        if !in_tests {
            wrong.extend(violations(path, text));
        }
        let count = text.lines().count();
        if (401..=MANY_LINES).contains(&count) {
            println!("{path}: {count} lines; a file past 400 usually holds two things");
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_breaks_the_rules_is_caught() {
    let caught = |path: &str, code: &str| {
        !violations(path, &format!("//! What.\n//! Why.\n{code}\n")).is_empty()
    };
    for (path, code) in [
        ("model/run.rs", "use crate::app::state::State;"),
        (
            "model/run.rs",
            "use crate::{model::key::Key, ui::{theme::Theme, draw}};",
        ),
        ("model/run.rs", "use super::super::app::state::State;"),
        ("model/run.rs", "let t = jiff::Timestamp::now();"),
        ("model/run.rs", "use std::{io, fs};"),
        ("wire/mod.rs", "async fn read() {}"),
        ("wire/mod.rs", "use super::cluster::Cluster;"),
        ("app/update.rs", "use ratatui::layout::Rect;"),
        ("app/update.rs", "use tui_textarea::TextArea;"),
        ("ui/draw.rs", "fn draw(state: &mut State) {}"),
        ("cluster/watch.rs", "use std::fs::File;"),
        ("cluster/watch.rs", "fn f(_: crate::app::msg::Msg) {}"),
        ("sim/api.rs", "use kube::{Api, Client};"),
        ("runtime/looper.rs", "use crate::sim::Embedded;"),
        ("runtime/looper.rs", "eprintln!(\"oh\");"),
        ("cli/get.rs", "use kube::Api;"),
        ("attic/x.rs", ""),
    ] {
        assert!(caught(path, code), "{path}: {code}");
    }
    assert!(
        !violations("model/run.rs", "use std::fmt;\n").is_empty(),
        "the two lines are missing"
    );
    let long = "//! What.\n//! Why.\n".to_string() + &"\n".repeat(MANY_LINES);
    assert!(!violations("model/run.rs", &long).is_empty());
}

#[test]
fn what_keeps_to_the_rules_is_not() {
    for (path, code) in [
        (
            "model/run.rs",
            "// the app::state and ratatui::widgets are elsewhere: crate::ui::draw\nuse super::key::Key;",
        ),
        (
            "model/run.rs",
            "let text = \"crate::ui::draw and tokio::spawn \\\" ::now()\"; let c = '\"';",
        ),
        (
            "model/run.rs",
            "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::wire::row;\n}",
        ),
        ("app/editor.rs", "use tui_textarea::TextArea;"),
        (
            "cli/demo.rs",
            "use crate::sim::Embedded;\nfn f() { println!(); }",
        ),
        (
            "ui/screens/runs.rs",
            "use super::super::super::app::state::State;",
        ),
    ] {
        let wrong = violations(path, &format!("//! What.\n//! Why.\n{code}\n"));
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
