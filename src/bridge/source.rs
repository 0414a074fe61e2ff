//! The tasks of a project as a bridge wants them: read from its files, each with the QARun it would get.
//! Apart from the work, which takes tasks from wherever they come.

use std::sync::Arc;

use super::report::Entry;
use super::rules::Rules;
use super::subject::{Source, Subject};
use crate::library;
use crate::model::qarun::Spec;
use crate::model::task::rules::Defaults;
use crate::model::task::{Project, Tag, Task, draft, unnoted};
use crate::taskmaster::{Disk, NoTasks, Root, load};
use crate::wire::taskmaster::edit::Target;

/// A project's files.
pub struct FromFiles {
    /// How they are reached.
    pub disk: Arc<dyn Disk>,
    /// Where they are.
    pub root: Root,
    /// Which of its tasks, and with what.
    pub rules: Rules,
}

impl Source for FromFiles {
    fn subjects(&self) -> Result<Vec<Subject>, String> {
        let project = load(&*self.disk, &self.root).map_err(|why: NoTasks| why.to_string())?;
        let mut all = Vec::new();
        for tag in self.tags(&project)? {
            for task in &tag.tasks {
                all.push(self.subject(&project, tag, task));
                if self.rules.subtasks {
                    let subtasks = task.subtasks.iter();
                    all.extend(subtasks.map(|sub| self.subject(&project, tag, sub)));
                }
            }
        }
        Ok(all)
    }
}

impl FromFiles {
    /// Those the rules name, else the current one.
    fn tags<'p>(&self, project: &'p Project) -> Result<Vec<&'p Tag>, String> {
        if self.rules.tags.is_empty() {
            return Ok(project.tag().into_iter().collect());
        }
        let find = |name: &String| {
            let there = || project.book.tags.iter().map(|tag| &*tag.name);
            project.book.tag(name).ok_or_else(|| {
                let names: Vec<&str> = there().collect();
                format!(
                    "{} has no tag `{name}`: it has {}",
                    project.file,
                    names.join(", ")
                )
            })
        };
        self.rules.tags.iter().map(find).collect()
    }

    fn subject(&self, project: &Project, tag: &Tag, task: &Task) -> Subject {
        let mut subject = Subject {
            target: Target {
                tag: tag.name.to_string(),
                id: task.id.clone(),
            },
            hash: format!("sha256:{}", project.content(task)),
            spec: Err(String::new()),
            entry: Entry::read(&task.metadata),
            task: task.clone(),
        };
        subject.spec = self.spec(project, &subject);
        subject
    }

    /// The QARun of a task: its criteria, points below one heading together, with what task, project and rules say.
    fn spec(&self, project: &Project, subject: &Subject) -> Result<Spec, String> {
        let task = Task {
            // Notes of ours are about criteria, and are none.
            details: unnoted(&subject.task.details),
            ..subject.task.clone()
        };
        let criteria = draft::by_section(project.criteria(&task));
        if !criteria.iter().any(|one| one.chosen) {
            return Err(
                "nothing says what must hold: give it a testStrategy or acceptance criteria"
                    .to_owned(),
            );
        }
        let service = Some(self.rules.project.clone());
        let with = Defaults::of(&task)
            .or(&project.rules.defaults)
            .or(&Defaults {
                service,
                ..Defaults::default()
            });
        let tag = Some(&*subject.target.tag);
        let spec = self
            .rules
            .over(&draft::spec(&task, tag, &criteria, &with), subject)?;
        let problems = library::check(&spec);
        match problems.first() {
            None => Ok(spec),
            Some(first) => Err(format!(
                "no QARun can be made of it: {first} (`tiphys tasks plan {}` shows it; .tiphys/bridge.toml can say what is missing)",
                task.id
            )),
        }
    }
}
