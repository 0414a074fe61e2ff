//! Where a project keeps its tasks.
//! Apart from reading them: here only names of files are looked at.
//!
//! Task Master itself looks for `.taskmaster/tasks/tasks.json`, versions before 0.16 for `tasks/tasks.json`; a fork calls the folder
//! `.tasks`. Some projects have several of them, in `docs` or in a folder of projects.

use std::io;
use std::path::{Path, PathBuf};

use super::Disk;

/// A file of tasks and the folder of its project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// The folder.
    pub folder: PathBuf,
    /// The file.
    pub file: PathBuf,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// In the folder itself, or the nearest one above it that has any; the first is the one that is meant.
    pub here: Vec<Root>,
    /// In folders below, where projects of several keep theirs.
    pub below: Vec<Root>,
    /// The folders that were looked into, the first one first.
    pub looked: Vec<PathBuf>,
}

/// Names of the file within a project, in the order they are looked for.
pub const NAMES: [&str; 3] = [
    ".taskmaster/tasks/tasks.json",
    ".tasks/tasks/tasks.json",
    "tasks/tasks.json",
];
/// Folders in which projects keep others.
const GROUPS: [&str; 4] = ["-projects", "_projects", "projects", "packages"];

/// Looks for files of tasks: in a folder and in those above it, up to the one that has `.git`.
pub fn search(disk: &dyn Disk, start: &Path) -> Search {
    let mut found = Search::default();
    for folder in start.ancestors() {
        found.looked.push(folder.to_owned());
        found.here = in_folder(disk, folder);
        found.below = below(disk, folder);
        if !found.here.is_empty()
            || !found.below.is_empty()
            || disk.look(&folder.join(".git")).is_ok()
        {
            break;
        }
    }
    found
}

/// The root of a file that was named, or of a folder in which there is one.
///
/// # Errors
/// Where it does not exist, or is a folder without a file of tasks.
pub fn named(disk: &dyn Disk, path: &Path) -> io::Result<Root> {
    if !disk.look(path)?.is_dir {
        return Ok(Root {
            folder: project(path),
            file: path.to_owned(),
        });
    }
    let within = [path.to_owned(), path.join("docs")];
    let within = within.iter().flat_map(|folder| in_folder(disk, folder));
    // The folder in which the file is may be named too.
    let file = within
        .map(|root| root.file)
        .chain([path.join("tasks.json")]);
    let file = file.into_iter().find(|file| is_file(disk, file));
    file.map(|file| Root {
        folder: project(&file),
        file,
    })
    .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no tasks.json in it"))
}

/// The folder of the project that a file of tasks is of.
fn project(file: &Path) -> PathBuf {
    for name in NAMES {
        if file.ends_with(name) {
            let depth = Path::new(name).components().count();
            if let Some(folder) = file.ancestors().nth(depth) {
                return if folder.as_os_str().is_empty() {
                    PathBuf::from(".")
                } else {
                    folder.to_owned()
                };
            }
        }
    }
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn in_folder(disk: &dyn Disk, folder: &Path) -> Vec<Root> {
    let files = NAMES.iter().map(|name| folder.join(name));
    let there = files.filter(|file| is_file(disk, file));
    let root = |file| Root {
        folder: folder.to_owned(),
        file,
    };
    there.map(root).collect()
}

fn below(disk: &dyn Disk, folder: &Path) -> Vec<Root> {
    let mut found = in_folder(disk, &folder.join("docs"));
    for group in GROUPS {
        let group = folder.join(group);
        let mut names = disk.names(&group).unwrap_or_default();
        names.sort();
        for name in names {
            found.extend(in_folder(disk, &group.join(name)));
        }
    }
    found
}

fn is_file(disk: &dyn Disk, path: &Path) -> bool {
    disk.look(path).is_ok_and(|look| !look.is_dir)
}

#[cfg(test)]
#[path = "roots_tests.rs"]
mod tests;
