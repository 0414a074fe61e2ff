//! Which project, which tag, which task: what is meant where little is said, and what was probably meant where it is said wrongly.
//! Apart from what is done with them.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::app::config::problem::nearest;
use crate::cli::fail::{self, Failure};
use crate::model::task::{Project, Tag, Task};
use crate::model::text::clean;
use crate::taskmaster::{NoTasks, Real, Root, load, roots};

/// Problems that are printed before the rest is only counted.
const TOLD: usize = 3;

/// Which tasks.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// File of tasks, or a folder in which there is one, instead of looking for it
    #[arg(short, long, value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    file: Option<PathBuf>,
    /// Tag of the tasks, instead of the current one of Task Master
    #[arg(long, value_name = "TAG", env = "TASKMASTER_TAG")]
    tag: Option<String>,
}

impl Place {
    /// Reads the project. What is odd in it is said on standard error.
    pub(super) fn open(&self) -> Result<Project, Failure> {
        let project = self.read()?;
        for wrong in project.wrong.iter().take(TOLD) {
            fail::warn(&wrong.to_string());
        }
        if let Some(more) = project
            .wrong
            .len()
            .checked_sub(TOLD)
            .filter(|more| *more > 0)
        {
            fail::warn(&format!("and {more} more: `tiphys tasks check` prints all"));
        }
        Ok(project)
    }

    /// The same in silence.
    pub(super) fn read(&self) -> Result<Project, Failure> {
        let root = self.root()?;
        load(&Real, &root).map_err(|why| {
            let next = match &why {
                NoTasks::Unread { .. } => "Nothing was read; `--file` names another one.",
                _ => "Name a file, or a folder with tasks in it, with --file.",
            };
            Failure::new(why.to_string(), next)
        })
    }

    /// Where the project is.
    pub(super) fn root(&self) -> Result<Root, Failure> {
        if let Some(path) = &self.file {
            return roots::named(&Real, path).map_err(|why| {
                let looked = roots::NAMES.join(", ");
                Failure::new(
                    format!("{} cannot be taken for tasks: {why}", path.display()),
                    format!("Name a file, or a folder that has one of {looked}."),
                )
            });
        }
        let here = std::env::current_dir().map_err(|why| {
            Failure::new(
                format!("this folder cannot be looked into: {why}"),
                "Name a file with --file.",
            )
        })?;
        let found = roots::search(&Real, &here);
        if let [first, others @ ..] = &found.here[..] {
            for other in others.iter().chain(&found.below) {
                tracing::info!(file = %other.file.display(), "another file of tasks");
            }
            return Ok(first.clone());
        }
        match &found.below[..] {
            [one] => Ok(one.clone()),
            [] => Err(nowhere(&found.looked)),
            several => {
                let names: Vec<String> = several
                    .iter()
                    .map(|root| beside(&root.file, &here))
                    .collect();
                Err(Failure::new(
                    format!(
                        "there are several projects with tasks here: {}",
                        names.join(", ")
                    ),
                    "Name one of them with --file.",
                ))
            }
        }
    }

    /// The tag that is meant.
    pub(super) fn tag<'p>(&self, project: &'p Project) -> Result<&'p Tag, Failure> {
        let names = || project.book.tags.iter().map(|tag| &*tag.name);
        let Some(wanted) = &self.tag else {
            let tag = project.tag().ok_or_else(|| {
                Failure::new(
                    format!("{} has no tag with tasks", project.file),
                    "`task-master parse-prd` or `add-task` makes some.",
                )
            })?;
            self.told(project, tag);
            return Ok(tag);
        };
        project.book.tag(wanted).ok_or_else(|| {
            let next = match nearest(wanted, names()) {
                Some(near) => format!("Did you mean {near}?"),
                None => format!("There are {}.", names().collect::<Vec<_>>().join(", ")),
            };
            Failure::new(format!("{} has no tag {wanted}", project.file), next)
        })
    }

    /// Says which tag is taken, where nobody said so and it could be another.
    fn told(&self, project: &Project, tag: &Tag) {
        let said = project.current.as_deref() == Some(&*tag.name);
        if let Some(current) = project.current.as_deref().filter(|_| !said) {
            let name = &tag.name;
            fail::warn(&format!(
                "the current tag {current} has no tasks here: this is {name}"
            ));
        } else if !said && project.book.tags.len() > 1 && &*tag.name != Tag::DEFAULT {
            let count = project.book.tags.len();
            let name = &tag.name;
            fail::warn(&format!(
                "this is tag {name}, the first of {count}; --tag names another"
            ));
        }
    }

    /// The task or subtask of this id in the tag that is meant.
    pub(super) fn task<'p>(
        &self,
        project: &'p Project,
        id: &str,
    ) -> Result<(&'p Tag, &'p Task), Failure> {
        let tag = self.tag(project)?;
        let bare = id.trim().trim_start_matches('#');
        let found = tag.task(bare);
        if let Some(task) = found {
            return Ok((tag, task));
        }
        let others: Vec<&str> = (project.book.tags.iter())
            .filter(|other| other.task(bare).is_some())
            .map(|other| &*other.name)
            .collect();
        let ids: Vec<&str> = tag.all().map(|task| task.id.as_str()).collect();
        let next = match (nearest(bare, ids.iter().copied()), &others[..]) {
            (_, [other, ..]) => format!("There is one in tag {other}: --tag {other}."),
            (Some(near), _) => format!("Did you mean {near}? `tiphys tasks list` prints all."),
            _ => "`tiphys tasks list --subtasks` prints all.".to_owned(),
        };
        let what = format!(
            "there is no task {bare} in tag {} of {}",
            tag.name, project.file
        );
        Err(Failure::new(clean(&what), next))
    }
}

/// A path from a folder, where it is below it.
fn beside(path: &Path, folder: &Path) -> String {
    path.strip_prefix(folder)
        .unwrap_or(path)
        .display()
        .to_string()
}

fn nowhere(looked: &[PathBuf]) -> Failure {
    let folders: Vec<String> = looked
        .iter()
        .map(|folder| folder.display().to_string())
        .collect();
    Failure::new(
        format!(
            "there are no tasks here: looked for {} in {}",
            roots::NAMES.join(", "),
            folders.join(", ")
        ),
        "Name the file, or the folder of the project, with --file.",
    )
}
