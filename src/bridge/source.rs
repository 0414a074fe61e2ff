//! The tasks of a project as a bridge wants them: read from its files, each with the QARun it would get.
//! Apart from the work, which takes tasks from wherever they come.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};

use super::report::Entry;
use super::rules::Rules;
use super::subject::{Source, Subject};
use super::ticks;
use crate::library;
use crate::model::qarun::Spec;
use crate::model::task::rules::{Defaults, Rules as Criteria};
use crate::model::task::{Project, Tag, Task, draft, unnoted};
use crate::taskmaster::{Disk, NoTasks, Root, load};
use crate::wire::taskmaster::edit::Target;

/// What a project's rules are called, below its folder.
const RULES: &str = ".tiphys/bridge.toml";
/// What its rules about criteria are called.
const CRITERIA: &str = "criteria.toml";

/// What somebody says over the rules of the project.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Where QARuns are created.
    pub namespace: Option<String>,
    /// Tags whose tasks are verified.
    pub tags: Vec<String>,
    /// Statuses in which they are.
    pub on_status: Vec<String>,
}

/// A project's files.
pub struct FromFiles {
    disk: Arc<dyn Disk>,
    root: Root,
    said: Said,
    /// Name of its folder, for a project that has none.
    name: String,
    /// What it said about criteria when there was no mistake in it.
    criteria: Mutex<Option<Criteria>>,
}

impl FromFiles {
    /// Of this project, with what is said over its rules.
    pub fn new(disk: Arc<dyn Disk>, root: Root, said: Said) -> Self {
        let folder = disk.real(&root.folder).unwrap_or_default();
        let name = folder.file_name().unwrap_or_default();
        Self {
            name: name.to_string_lossy().into_owned(),
            disk,
            root,
            said,
            criteria: Mutex::default(),
        }
    }

    /// The rules as they are now, with what is said over them.
    ///
    /// # Errors
    /// A sentence with the place of the first mistake: nothing is done under rules with one.
    pub fn read_rules(&self) -> Result<Rules, String> {
        let path = self.root.folder.join(RULES);
        let shown = path.display();
        let text = match self.disk.read(&path) {
            Ok(bytes) => String::from_utf8(bytes)
                .map_err(|_| format!("{shown} is no UTF-8: save it as UTF-8"))?,
            Err(why) if why.kind() == ErrorKind::NotFound => String::new(),
            Err(why) => return Err(format!("{shown} cannot be read: {why}")),
        };
        let rules = Rules::read(&text).map_err(|why| format!("{shown}:{why}"))?;
        let mut rules = rules.of_folder(&self.name);
        if let Some(namespace) = &self.said.namespace {
            rules.namespace = Some(namespace.clone());
        }
        if !self.said.tags.is_empty() {
            rules.tags.clone_from(&self.said.tags);
        }
        if !self.said.on_status.is_empty() {
            rules.on_status.clone_from(&self.said.on_status);
            rules
                .check()
                .map_err(|(_, what)| format!("--on-status: {what}"))?;
        }
        Ok(rules)
    }
}

impl Source for FromFiles {
    fn subjects(&self, rules: &Rules) -> Result<(Vec<Subject>, Vec<String>), String> {
        let mut project = load(&*self.disk, &self.root).map_err(|why: NoTasks| why.to_string())?;
        let wrong = self.in_force(&mut project);
        // Without a rule that nobody can read something would be run that the rule may be against.
        let refused = wrong.first().filter(|_| self.last().is_none());
        let mut all = Vec::new();
        for tag in tags(rules, &project)? {
            for task in &tag.tasks {
                all.push(self.subject(rules, &project, tag, task));
                if rules.subtasks {
                    let subtasks = task.subtasks.iter();
                    all.extend(subtasks.map(|sub| self.subject(rules, &project, tag, sub)));
                }
            }
        }
        if let Some(why) = refused {
            for subject in &mut all {
                subject.spec = Err(format!(
                    "no QARun is made under rules with a mistake: {why}"
                ));
            }
        }
        Ok((all, wrong))
    }

    fn rules(&self) -> Result<Option<Rules>, String> {
        self.read_rules().map(Some)
    }
}

/// Those the rules name, else the current one.
fn tags<'p>(rules: &Rules, project: &'p Project) -> Result<Vec<&'p Tag>, String> {
    if rules.tags.is_empty() {
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
    rules.tags.iter().map(find).collect()
}

impl FromFiles {
    fn last(&self) -> Option<Criteria> {
        let criteria = self.criteria.lock();
        criteria.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives the project what it said about criteria before, where there is a mistake in what it says now; the mistakes.
    fn in_force(&self, project: &mut Project) -> Vec<String> {
        let ours = |file: &str| file.ends_with(CRITERIA);
        let wrong = project.wrong.iter().filter(|wrong| ours(&wrong.file));
        let wrong: Vec<String> = wrong.map(ToString::to_string).collect();
        if wrong.is_empty() {
            let now = Some(project.rules.clone());
            *self.criteria.lock().unwrap_or_else(PoisonError::into_inner) = now;
        } else if let Some(last) = self.last() {
            project.rules = last;
        }
        wrong
    }

    fn subject(&self, rules: &Rules, project: &Project, tag: &Tag, task: &Task) -> Subject {
        let mut subject = Subject {
            target: Target {
                tag: tag.name.to_string(),
                id: task.id.clone(),
            },
            hash: format!("sha256:{}", project.content(task)),
            spec: Err(String::new()),
            entry: Entry::read(&task.metadata),
            task: task.clone(),
            boxes: Vec::new(),
        };
        let bare = Task {
            // Notes of ours are about criteria, and are none.
            details: unnoted(&task.details),
            ..task.clone()
        };
        if rules.report.tick {
            subject.boxes = ticks::of(project, &bare);
        }
        subject.spec = spec(rules, project, &subject, &bare);
        subject
    }
}

/// The QARun of a task: its criteria, points below one heading together, with what task, project and rules say.
fn spec(rules: &Rules, project: &Project, subject: &Subject, task: &Task) -> Result<Spec, String> {
    let criteria = draft::by_section(project.criteria(task));
    if !criteria.iter().any(|one| one.chosen) {
        return Err(
            "nothing says what must hold: give it a testStrategy or acceptance criteria".to_owned(),
        );
    }
    let service = Some(rules.project.clone());
    let with = Defaults::of(task)
        .or(&project.rules.defaults)
        .or(&Defaults {
            service,
            ..Defaults::default()
        });
    let tag = Some(&*subject.target.tag);
    let spec = rules.over(&draft::spec(task, tag, &criteria, &with), subject)?;
    match library::check(&spec).first() {
        None => Ok(spec),
        Some(first) => Err(format!(
            "no QARun can be made of it: {first} (`tiphys tasks plan {}` shows it; .tiphys/bridge.toml can say what is missing)",
            task.id
        )),
    }
}
