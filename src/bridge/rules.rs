//! `.tiphys/bridge.toml`: which tasks are verified when and how, and what becomes of a verdict.
//! Apart from the settings of the console, which are a person's: these are the project's, and lie beside its code.
//!
//! A file with a mistake is refused as a whole, with its place: what writes without being asked does not guess.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::Subject;
use super::decide::slug;
use crate::model::qarun::Spec;
use crate::model::task::Place;

/// What is to be done when. Every field can be left out.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Rules {
    /// Name of the project, in names and labels of QARuns; the folder's where nothing is said.
    pub project: String,
    /// Namespace of the QARuns; that of the context where nothing is said.
    pub namespace: Option<String>,
    /// Statuses in which a task is verified.
    pub on_status: Vec<String>,
    /// Tags whose tasks are verified; the current one where nothing is said.
    pub tags: Vec<String>,
    /// Whether subtasks are verified by themselves.
    pub subtasks: bool,
    /// Whether a task waits for those it depends on.
    pub dependencies: Dependencies,
    /// Most QARuns that are not over.
    pub at_once: usize,
    /// Most QARuns created within an hour.
    pub per_hour: usize,
    /// What becomes of a verdict.
    pub report: Report,
    /// What every QARun is like: fields of its spec, laid over what the task says.
    pub run: Value,
    /// What some are like; of several that fit the later one wins.
    pub rule: Vec<Rule>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            project: String::new(),
            namespace: None,
            on_status: vec!["review".to_owned()],
            tags: Vec::new(),
            subtasks: false,
            dependencies: Dependencies::default(),
            at_once: 4,
            per_hour: 30,
            report: Report::default(),
            run: Value::Null,
            rule: Vec::new(),
        }
    }
}

/// Whether a task waits for those it depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dependencies {
    /// Until they are done, or were verified and passed.
    #[default]
    Passed,
    /// It does not; they only come first.
    Ignored,
}

/// What becomes of a verdict, beside `metadata.qaRun`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Report {
    /// The status of a task that passed; unchanged where nothing is said.
    pub pass: Option<String>,
    /// The status of one that failed; `details` say why then.
    pub fail: Option<String>,
    /// Where people look at a run; `{namespace}` and `{name}` are replaced.
    pub link: Option<String>,
    /// Checkboxes of `acceptance-criteria.md` whose criteria passed are ticked.
    pub tick: bool,
}

/// What some tasks are like: those that fit all that is said.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Rule {
    /// Ids; `15.*` and `task_*` are all that begin so.
    pub tasks: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Priorities.
    pub priorities: Vec<String>,
    /// Words of the task's own `tags`.
    pub labels: Vec<String>,
    /// They are not verified.
    pub skip: bool,
    /// Fields of the spec.
    pub run: Value,
}

/// What keeps a file of rules from being used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// What is wrong there.
    pub what: String,
}

/// Statuses that Task Master's own commands take. Source: `task-master set-status --help` of 0.43.1.
const STATUSES: [&str; 7] = [
    "pending",
    "done",
    "in-progress",
    "review",
    "deferred",
    "cancelled",
    "blocked",
];

impl Rules {
    /// Reads a file.
    ///
    /// # Errors
    /// The first mistake of it, with its place.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let rules: Self = toml::from_str(text).map_err(|why| Mistake {
            place: Place::of(text, why.span().map_or(0, |span| span.start)),
            what: why.message().to_owned(),
        })?;
        rules.check().map_err(|(word, what)| Mistake {
            place: Place::of(text, text.find(&word).unwrap_or(0)),
            what,
        })?;
        Ok(rules)
    }

    /// The first thing that is wrong although it can be read, with a word to find it by.
    ///
    /// # Errors
    /// The word, and what is wrong.
    pub fn check(&self) -> Result<(), (String, String)> {
        let said = [&self.report.pass, &self.report.fail];
        let said = said.into_iter().flatten();
        for status in said.clone() {
            if !STATUSES.contains(&&**status) {
                let what = format!(
                    "Task Master knows no status `{status}`: say one of {}",
                    STATUSES.join(", ")
                );
                return Err((status.clone(), what));
            }
            if self.on_status.contains(status) {
                let what = format!(
                    "a task that was verified would come to `{status}`, in which it is to be verified"
                );
                return Err((status.clone(), what));
            }
        }
        if self.at_once == 0 || self.per_hour == 0 {
            let what =
                "with 0 nothing would ever be verified; leave it out, or do not start a bridge";
            let word = if self.at_once == 0 {
                "at-once"
            } else {
                "per-hour"
            };
            return Err((word.to_owned(), what.to_owned()));
        }
        let runs = self.rule.iter().map(|rule| &rule.run);
        for run in runs.chain([&self.run]) {
            fields(run)?;
        }
        Ok(())
    }

    /// The project's name as a label; `folder`'s where the rules name none.
    #[must_use]
    pub fn of_folder(mut self, folder: &str) -> Self {
        let name = if self.project.is_empty() {
            folder
        } else {
            &self.project
        };
        self.project = slug(name, 63);
        self
    }

    /// These as they can count while a bridge is at work, which began with `begun`: whose runs it follows, and where, stays. With a
    /// sentence where they say otherwise.
    #[must_use]
    pub fn while_at_work(mut self, begun: &Self) -> (Self, Option<String>) {
        let others = [
            ("project", self.project != begun.project),
            (
                "namespace",
                self.namespace.is_some() && self.namespace != begun.namespace,
            ),
        ];
        let other = others.into_iter().find(|(_, other)| *other);
        let why = other.map(|(what, _)| {
            format!("another `{what}` in .tiphys/bridge.toml counts when the bridge begins again")
        });
        self.project.clone_from(&begun.project);
        self.namespace.clone_from(&begun.namespace);
        (self, why)
    }

    /// A rule says that it is not verified; the last one that fits counts.
    pub(super) fn skips(&self, subject: &Subject) -> bool {
        let last = self.rule.iter().rev().find(|rule| rule.fits(subject));
        last.is_some_and(|rule| rule.skip)
    }

    /// The spec of a task with all that the rules say laid over it.
    ///
    /// # Errors
    /// Where what comes of it is no spec.
    pub fn over(&self, spec: &Spec, subject: &Subject) -> Result<Spec, String> {
        let mut value = serde_json::to_value(spec).map_err(|why| why.to_string())?;
        lay(&mut value, &self.run);
        for rule in self.rule.iter().filter(|rule| rule.fits(subject)) {
            lay(&mut value, &rule.run);
        }
        serde_json::from_value(value)
            .map_err(|why| format!("bridge.toml makes no spec of it: {why}"))
    }
}

impl Rule {
    fn fits(&self, subject: &Subject) -> bool {
        let id = subject.target.id.as_str();
        let is = |pattern: &String| match pattern.strip_suffix('*') {
            Some(begin) => id.starts_with(begin),
            None => id == pattern,
        };
        let priority = subject.task.priority.word();
        (self.tasks.is_empty() || self.tasks.iter().any(is))
            && (self.tags.is_empty() || self.tags.contains(&subject.target.tag))
            && (self.priorities.is_empty() || self.priorities.iter().any(|one| one == priority))
            && (self.labels.is_empty()
                || subject
                    .task
                    .labels
                    .iter()
                    .any(|label| self.labels.iter().any(|one| **one == **label)))
    }
}

/// Lays one value over another: objects member by member, everything else as a whole. Source: RFC 7386 without its `null`.
fn lay(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                lay(under.entry(key).or_insert(Value::Null), value);
            }
        }
        (_, Value::Null) => {}
        (under, over) => *under = over.clone(),
    }
}

/// Fields of a spec that a spec does not have would be forgotten without a word: each must be there when it is written again.
fn fields(run: &Value) -> Result<(), (String, String)> {
    if run.is_null() {
        return Ok(());
    }
    let mut whole = serde_json::json!({"service": "x"});
    lay(&mut whole, run);
    let first = |value: &Value| -> String {
        let key = value.as_object().and_then(|all| all.keys().next());
        key.cloned().unwrap_or_default()
    };
    let wrong = |why: serde_json::Error| {
        (
            first(run),
            format!("this is no part of a QARun's spec: {why}"),
        )
    };
    let spec: Spec = serde_json::from_value(whole).map_err(wrong)?;
    let again = serde_json::to_value(spec).map_err(wrong)?;
    let (mut wanted, mut there) = (BTreeSet::new(), BTreeSet::new());
    paths(run, String::new(), &mut wanted);
    paths(&again, String::new(), &mut there);
    match wanted.difference(&there).next() {
        Some(path) => {
            let word = path.rsplit('.').next().unwrap_or_default().to_owned();
            let what = format!("a QARun's spec has no `{path}`; `tiphys crd` prints what it has");
            Err((word, what))
        }
        None => Ok(()),
    }
}

/// The paths of all that is said, without what is in lists.
fn paths(value: &Value, at: String, all: &mut BTreeSet<String>) {
    let Value::Object(members) = value else {
        return;
    };
    for (key, value) in members {
        let at = match at.is_empty() {
            true => key.clone(),
            false => format!("{at}.{key}"),
        };
        all.insert(at.clone());
        paths(value, at, all);
    }
}

#[cfg(test)]
mod tests;
