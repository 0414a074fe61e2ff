//! A project read: its tasks, and what stands beside them.
//! Apart from finding it, and from what the texts say (`wire::taskmaster`). Nothing here is written.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::Disk;
use super::roots::Root;
use crate::model::task::{Complexity, Paper, Place, Problem, Project, Tag, TaskId, Wrong};
use crate::model::text::clean;
use crate::wire::taskmaster::{self, Unread};

/// Largest file that is read, in bytes; the largest there is has one and a half million.
const LARGEST: usize = 64 << 20;
/// Largest document of criteria.
const PAPER: usize = 1 << 20;

/// Why there are no tasks.
#[derive(Debug, thiserror::Error)]
pub enum NoTasks {
    /// It cannot be opened.
    #[error("{file} cannot be read: {why}")]
    Closed {
        /// The file.
        file: String,
        /// The system's words.
        why: io::Error,
    },
    /// It is too big to be one.
    #[error("{file} has {bytes} bytes: no file of tasks is that big")]
    Big {
        /// The file.
        file: String,
        /// How big it is.
        bytes: usize,
    },
    /// It is broken, or another tool's; the place is in the sentence.
    #[error("{file}:{why}")]
    Unread {
        /// The file.
        file: String,
        /// What is wrong with it, and where.
        why: Unread,
    },
}

/// Reads a project. What is wrong beside the tasks is among its problems; the tasks themselves must be readable.
///
/// # Errors
/// [`NoTasks`].
pub fn load(disk: &dyn Disk, root: &Root) -> Result<Project, NoTasks> {
    let file = shown(&root.file);
    let bytes = disk.read(&root.file).map_err(|why| NoTasks::Closed {
        file: file.clone(),
        why,
    })?;
    if bytes.len() > LARGEST {
        return Err(NoTasks::Big {
            file,
            bytes: bytes.len(),
        });
    }
    let book = taskmaster::tasks(&bytes).map_err(|why| NoTasks::Unread {
        file: file.clone(),
        why,
    })?;
    let wrong = |problem: &Problem| Wrong {
        file: file.clone(),
        problem: problem.clone(),
    };
    let mut project = Project {
        folder: shown(&root.folder),
        wrong: book.problems.iter().map(wrong).collect(),
        file,
        book,
        ..Project::default()
    };
    let beside = Beside {
        disk,
        root,
        home: home(root),
    };
    project.current = beside.current(&mut project.wrong);
    beside.complexity(&mut project);
    project.papers = beside.papers(&mut project.wrong);
    beside.rules(&mut project);
    Ok(project)
}

/// A path as people read it.
fn shown(path: &Path) -> String {
    clean(&path.display().to_string()).into_owned()
}

/// The folder in which Task Master keeps what is not tasks: the one above `tasks`, where it is Task Master's own.
fn home(root: &Root) -> PathBuf {
    let above = root.file.ancestors().nth(2).unwrap_or(&root.folder);
    let own = above
        .file_name()
        .is_some_and(|name| name == ".taskmaster" || name == ".tasks");
    match own {
        true => above.to_owned(),
        false => root.folder.join(".taskmaster"),
    }
}

struct Beside<'a> {
    disk: &'a dyn Disk,
    root: &'a Root,
    home: PathBuf,
}

impl Beside<'_> {
    /// A file's bytes, where it is there; what keeps it from being read is noted.
    fn read(&self, path: &Path, wrong: &mut Vec<Wrong>) -> Option<Vec<u8>> {
        match self.disk.read(path) {
            Ok(bytes) if bytes.len() <= LARGEST => Some(bytes),
            Ok(_) => {
                note(
                    wrong,
                    path,
                    Place::default(),
                    "it is too big",
                    "it is left out",
                );
                None
            }
            Err(why) if why.kind() == io::ErrorKind::NotFound => None,
            Err(why) => {
                note(
                    wrong,
                    path,
                    Place::default(),
                    &format!("it cannot be read: {why}"),
                    "it is left out",
                );
                None
            }
        }
    }

    /// The current tag: `state.json`, else `global.defaultTag` of `config.json`.
    fn current(&self, wrong: &mut Vec<Wrong>) -> Option<String> {
        let state = self.home.join("state.json");
        if let Some(bytes) = self.read(&state, wrong) {
            match taskmaster::current_tag(&bytes) {
                Ok(Some(tag)) => return Some(tag),
                Ok(None) => {}
                Err(why) => unread(
                    wrong,
                    &state,
                    &why,
                    "the default tag is taken for the current one",
                ),
            }
        }
        let config = self.home.join("config.json");
        let bytes = self.read(&config, wrong)?;
        match taskmaster::default_tag(&bytes) {
            Ok(tag) => tag,
            Err(why) => {
                unread(wrong, &config, &why, "master is taken for the default tag");
                None
            }
        }
    }

    /// Complexity of reports, for tasks that say none themselves.
    fn complexity(&self, project: &mut Project) {
        for tag in &mut project.book.tags {
            let report = self.report(tag, &mut project.wrong);
            for task in &mut tag.tasks {
                if task.complexity.is_none() {
                    task.complexity = report.get(&task.id).cloned();
                }
            }
        }
    }

    fn report(&self, tag: &Tag, wrong: &mut Vec<Wrong>) -> BTreeMap<TaskId, Complexity> {
        let name = match &*tag.name {
            Tag::DEFAULT => "task-complexity-report.json".to_owned(),
            tag => format!("task-complexity-report_{tag}.json"),
        };
        if name.contains('/') {
            return BTreeMap::new();
        }
        let places = [
            self.home.join("reports").join(&name),
            self.root.folder.join("scripts").join(&name),
        ];
        for path in places {
            let Some(bytes) = self.read(&path, wrong) else {
                continue;
            };
            match taskmaster::report(&bytes) {
                Ok(report) => return report,
                Err(why) => unread(wrong, &path, &why, "complexity is not shown"),
            }
        }
        BTreeMap::new()
    }

    /// `docs/task-N/acceptance-criteria.md`, in the folder of Task Master or of the project.
    fn papers(&self, wrong: &mut Vec<Wrong>) -> BTreeMap<TaskId, Paper> {
        let mut papers = BTreeMap::new();
        for docs in [self.home.join("docs"), self.root.folder.join("docs")] {
            let mut names = self.disk.names(&docs).unwrap_or_default();
            names.sort();
            for name in names {
                let name = name.to_string_lossy().into_owned();
                let Some(id) = name.strip_prefix("task-").map(TaskId::new) else {
                    continue;
                };
                let path = docs.join(&name).join("acceptance-criteria.md");
                if papers.contains_key(&id) {
                    continue;
                }
                if let Some(paper) = self.paper(&path, wrong) {
                    papers.insert(id, paper);
                }
            }
        }
        papers
    }

    fn paper(&self, path: &Path, wrong: &mut Vec<Wrong>) -> Option<Paper> {
        let bytes = self.read(path, wrong)?;
        if bytes.len() > PAPER {
            note(
                wrong,
                path,
                Place::default(),
                "it is too big for a document of criteria",
                "it is left out",
            );
            return None;
        }
        match String::from_utf8(bytes) {
            Ok(text) => Some(Paper {
                path: shown(path.strip_prefix(&self.root.folder).unwrap_or(path)),
                text,
            }),
            Err(why) => {
                let before =
                    String::from_utf8_lossy(&why.as_bytes()[..why.utf8_error().valid_up_to()])
                        .into_owned();
                let place = Place::of(&before, before.len());
                note(
                    wrong,
                    path,
                    place,
                    "this byte is no UTF-8",
                    "the document is left out: save it as UTF-8",
                );
                None
            }
        }
    }

    /// `.tiphys/criteria.toml` of the project.
    fn rules(&self, project: &mut Project) {
        let path = self.root.folder.join(".tiphys").join("criteria.toml");
        let Some(bytes) = self.read(&path, &mut project.wrong) else {
            return;
        };
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(why) => {
                let before = std::str::from_utf8(&bytes[..why.valid_up_to()]).unwrap_or_default();
                let place = Place::of(before, before.len());
                note(
                    &mut project.wrong,
                    &path,
                    place,
                    "this byte is no UTF-8",
                    "no rule is in force: save it as UTF-8",
                );
                return;
            }
        };
        let (rules, problems) = taskmaster::rules::read("criteria.toml", text);
        project.rules = rules;
        let file = shown(&path);
        project
            .wrong
            .extend(problems.into_iter().map(|problem| Wrong {
                file: file.clone(),
                problem,
            }));
    }
}

fn note(wrong: &mut Vec<Wrong>, path: &Path, place: Place, what: &str, help: &str) {
    wrong.push(Wrong {
        file: shown(path),
        problem: Problem {
            place,
            what: what.to_owned(),
            help: help.to_owned(),
        },
    });
}

fn unread(wrong: &mut Vec<Wrong>, path: &Path, why: &Unread, help: &str) {
    let (place, what) = match why {
        Unread::Broken(broken) => (broken.place, &broken.what),
        Unread::Foreign(problem) => (problem.place, &problem.what),
    };
    note(wrong, path, place, what, help);
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
