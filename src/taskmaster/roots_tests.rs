//! Folders of several shapes: which file of tasks is found, and which is named.
//! Apart from reading it.

#![allow(clippy::unwrap_used)]

use super::super::Real;
use super::super::testing::Folder;
use super::*;

/// A folder with these files, empty ones.
fn folder(files: &[&str]) -> Folder {
    let folder = Folder::new();
    for file in files {
        let path = folder.0.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "{}").unwrap();
    }
    folder
}

fn names(folder: &Folder, roots: &[Root]) -> Vec<String> {
    let name = |root: &Root| {
        root.file
            .strip_prefix(&folder.0)
            .unwrap()
            .display()
            .to_string()
    };
    roots.iter().map(name).collect()
}

#[test]
fn the_nearest_folder_above_counts_and_its_own_file_first() {
    let folder = folder(&[
        ".taskmaster/tasks/tasks.json",
        "tasks/tasks.json",
        "docs/.taskmaster/tasks/tasks.json",
        "_projects/b/.taskmaster/tasks/tasks.json",
        "_projects/a/.tasks/tasks/tasks.json",
        "src/deep/x.rs",
    ]);
    let found = search(&Real, &folder.0.join("src/deep"));
    assert_eq!(
        names(&folder, &found.here),
        [".taskmaster/tasks/tasks.json", "tasks/tasks.json"]
    );
    assert_eq!(
        names(&folder, &found.below),
        [
            "docs/.taskmaster/tasks/tasks.json",
            "_projects/a/.tasks/tasks/tasks.json",
            "_projects/b/.taskmaster/tasks/tasks.json",
        ]
    );
    assert_eq!(found.looked.len(), 3);
    assert_eq!(found.here[0].folder, folder.0);
}

#[test]
fn nothing_is_looked_for_above_a_repository() {
    let folder = folder(&[
        ".taskmaster/tasks/tasks.json",
        "repo/.git/HEAD",
        "repo/src/x",
    ]);
    let found = search(&Real, &folder.0.join("repo/src"));
    assert_eq!(
        (found.here.len(), found.below.len(), found.looked.len()),
        (0, 0, 2)
    );
}

#[test]
fn a_file_or_a_folder_can_be_named() {
    let folder = folder(&["p/.taskmaster/tasks/tasks.json", "q/tasks.json", "empty/x"]);
    let at = |name: &str| named(&Real, &folder.0.join(name));
    let root = at("p/.taskmaster/tasks/tasks.json").unwrap();
    assert_eq!(root.folder, folder.0.join("p"));
    for name in ["p", "p/.taskmaster", "p/.taskmaster/tasks"] {
        assert_eq!(at(name).unwrap(), root, "{name}");
    }
    assert_eq!(at("q/tasks.json").unwrap().folder, folder.0.join("q"));
    assert_eq!(
        at("empty").unwrap_err().kind(),
        std::io::ErrorKind::NotFound
    );
    assert_eq!(at("none").unwrap_err().kind(), std::io::ErrorKind::NotFound);
}
