//! One task of a list, with its subtasks.
//! Apart from the root, because here nothing is refused: what cannot be read is noted and the rest counts.

use std::collections::HashSet;
use std::sync::Arc;

use super::Notes;
use super::json::{Kind, Value};
use crate::model::task::{Acceptance, Complexity, Place, Priority, Status, Task, TaskId};
use crate::model::text::clean;

/// A task whose dependencies are still words.
pub(super) struct Read {
    pub(super) task: Task,
    pub(super) subtasks: Vec<Task>,
    /// Of the task, then of each subtask: what it depends on as it was written, with the byte.
    needs: Vec<Vec<(String, usize)>>,
}

/// What subtasks' `parentId` says where Task Master wrote a value it did not have
/// (<https://github.com/eyaltoledano/claude-task-master/issues/1708>).
const UNDEFINED: &str = "undefined";

/// The tasks of a list. What is no object is noted.
pub(super) fn all(list: &Value, parent: Option<&TaskId>, notes: &mut Notes<'_>) -> Vec<Read> {
    let mut seen = HashSet::new();
    let mut tasks = Vec::new();
    for (n, value) in list.items().unwrap_or_default().iter().enumerate() {
        if value.members().is_none() {
            let what = format!("here stands {} where a task belongs", value.noun());
            notes.add(value.at.start, what, "it is left out");
            continue;
        }
        let read = one(value, parent, n + 1, notes);
        if !seen.insert(read.task.id.clone()) {
            let what = format!(
                "there is another {} {} before it",
                noun(parent),
                read.task.id
            );
            notes.add(
                value.at.start,
                what,
                "commands that name it are about the first one",
            );
        }
        tasks.push(read);
    }
    tasks
}

fn noun(parent: Option<&TaskId>) -> &'static str {
    match parent {
        Some(_) => "subtask",
        None => "task",
    }
}

/// One task; `n`: its place in the list, from 1.
fn one(value: &Value, parent: Option<&TaskId>, n: usize, notes: &mut Notes<'_>) -> Read {
    let id = id(value, parent, n, notes);
    let strategy = match value.get("testStrategy") {
        Some(said) if !said.is_null() => text(value, "testStrategy", &id, notes),
        _ => text(value, "test_strategy", &id, notes),
    };
    let task = Task {
        title: clean(&text(value, "title", &id, notes)).into(),
        description: text(value, "description", &id, notes),
        details: text(value, "details", &id, notes),
        test_strategy: strategy,
        acceptance: acceptance(value, &id, notes),
        status: status(value, &id, notes),
        priority: Priority::from(clean(&text(value, "priority", &id, notes)).into_owned()),
        complexity: complexity(value),
        labels: labels(value),
        metadata: metadata(value, &id, notes),
        place: Place::of(notes.text, value.at.start),
        at: value.at.clone(),
        parent: parent.cloned(),
        id,
        ..Task::default()
    };
    let task = Task {
        priority: match task.priority {
            Priority::Other(word) if word.is_empty() => Priority::default(),
            priority => priority,
        },
        ..task
    };
    let mut needs = vec![needs(value, &task.id, notes)];
    let mut subtasks = Vec::new();
    for read in inside(value, &task, notes) {
        subtasks.push(read.task);
        needs.extend(read.needs.into_iter().take(1));
    }
    Read {
        task,
        subtasks,
        needs,
    }
}

/// The subtasks. There is one level of them: deeper ones are noted and left out.
fn inside(value: &Value, task: &Task, notes: &mut Notes<'_>) -> Vec<Read> {
    let Some(list) = value.get("subtasks").filter(|list| !list.is_null()) else {
        return Vec::new();
    };
    if list.items().is_none() {
        let what = format!("subtasks of {} are {}, not a list", task.id, list.noun());
        notes.add(list.at.start, what, "they are left out");
        return Vec::new();
    }
    if task.parent.is_some() {
        if let Some(first) = list.items().and_then(|items| items.first()) {
            let what = format!("subtask {} has subtasks of its own", task.id);
            notes.add(
                first.at.start,
                what,
                "Task Master knows one level: these are left out",
            );
        }
        return Vec::new();
    }
    all(list, Some(&task.id), notes)
}

fn id(value: &Value, parent: Option<&TaskId>, n: usize, notes: &mut Notes<'_>) -> TaskId {
    let said = value.get("id").unwrap_or(value);
    let word = match &said.kind {
        Kind::Number(number) => number.clone(),
        Kind::Text(text) if !text.trim().is_empty() => clean(text.trim()).into_owned(),
        _ => {
            let what = format!("a {} without an id", noun(parent));
            let help = format!("it is called by its place in the list: {n}");
            notes.add(said.at.start, what, help);
            n.to_string()
        }
    };
    let whole = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
    match parent {
        None => {
            let numeric = word.split('.').all(|part| !part.is_empty() && whole(part));
            if !numeric {
                let what = format!("the id {word} is no number");
                let help = "Task Master's own commands do not take it";
                notes.add(said.at.start, what, help);
            } else if matches!(said.kind, Kind::Number(_)) && !whole(&word) {
                let what = format!("the id {word} is a fraction");
                notes.add(
                    said.at.start,
                    what,
                    "Task Master reads 1.10 as 1.1: write it in quotes",
                );
            }
            TaskId::new(word)
        }
        Some(parent) => {
            if matches!(said.kind, Kind::Number(_)) && word.ends_with('0') && word.contains('.') {
                let what = format!("the id {word} is a fraction that ends with 0");
                notes.add(
                    said.at.start,
                    what,
                    "Task Master reads 1.10 as 1.1: write it in quotes",
                );
            }
            parent.subtask(&word)
        }
    }
}

/// A text; nothing where it is missing or null.
fn text(value: &Value, key: &str, id: &TaskId, notes: &mut Notes<'_>) -> String {
    match value.get(key) {
        None => String::new(),
        Some(said) => match &said.kind {
            Kind::Null => String::new(),
            Kind::Text(text) => text.clone(),
            Kind::Number(number) => number.clone(),
            Kind::List(items) if items.iter().all(|item| item.text().is_some()) => {
                let lines: Vec<&str> = items.iter().filter_map(Value::text).collect();
                lines.join("\n")
            }
            _ => {
                let what = format!("{key} of {id} is {}, not text", said.noun());
                notes.add(said.at.start, what, "it is left out");
                String::new()
            }
        },
    }
}

fn acceptance(value: &Value, id: &TaskId, notes: &mut Notes<'_>) -> Acceptance {
    let keys = ["acceptanceCriteria", "acceptance_criteria"];
    let Some(said) = keys.iter().find_map(|key| value.get(key)) else {
        return Acceptance::Unsaid;
    };
    match &said.kind {
        Kind::Null => Acceptance::Unsaid,
        Kind::Text(text) => Acceptance::Text(text.clone()),
        Kind::List(items) => {
            for item in items.iter().filter(|item| item.text().is_none()) {
                let what = format!(
                    "an acceptance criterion of {id} is {}, not text",
                    item.noun()
                );
                notes.add(item.at.start, what, "it is left out");
            }
            let texts = items.iter().filter_map(Value::text);
            Acceptance::List(texts.map(str::to_owned).collect())
        }
        _ => {
            let what = format!("acceptanceCriteria of {id} are {}", said.noun());
            notes.add(said.at.start, what, "text or a list of texts is read");
            Acceptance::Unsaid
        }
    }
}

fn status(value: &Value, id: &TaskId, notes: &mut Notes<'_>) -> Status {
    let said = value.get("status").unwrap_or(value);
    let word = match &said.kind {
        Kind::Text(word) => clean(word).into_owned(),
        Kind::Null | Kind::Object(_) => String::new(),
        _ => {
            let what = format!("status of {id} is {}, not a word", said.noun());
            notes.add(said.at.start, what, "it counts as pending");
            String::new()
        }
    };
    if word.is_empty() {
        return Status::default();
    }
    let status = Status::from(word);
    match &status {
        Status::Completed => {
            let what = format!("status of {id} is completed");
            let help = "it counts as done; Task Master's own commands say done";
            notes.add(said.at.start, what, help);
        }
        Status::Other(word) => {
            let what = format!("status of {id} is {word}, which Task Master does not know");
            notes.add(said.at.start, what, "it counts as not done");
        }
        _ => {}
    }
    status
}

fn complexity(value: &Value) -> Option<Complexity> {
    let score = ["complexity", "complexityScore"]
        .iter()
        .find_map(|key| value.get(key))?;
    let score = match &score.kind {
        Kind::Number(number) => number.clone(),
        Kind::Text(word) => clean(word).into_owned(),
        _ => return None,
    };
    Some(Complexity {
        score: score.into(),
        subtasks: value.get("recommendedSubtasks").and_then(count),
        reasoning: value
            .get("complexityReasoning")
            .and_then(Value::text)
            .unwrap_or_default()
            .to_owned(),
    })
}

/// A whole number.
pub(super) fn count(value: &Value) -> Option<u32> {
    match &value.kind {
        Kind::Number(number) => number.parse().ok(),
        Kind::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn labels(value: &Value) -> Vec<Arc<str>> {
    let items = value.get("tags").and_then(Value::items).unwrap_or_default();
    let words = items.iter().filter_map(Value::text);
    words.map(|word| clean(word).into()).collect()
}

fn metadata(
    value: &Value,
    id: &TaskId,
    notes: &mut Notes<'_>,
) -> serde_json::Map<String, serde_json::Value> {
    let Some(said) = value.get("metadata").filter(|said| !said.is_null()) else {
        return serde_json::Map::new();
    };
    let bytes = notes.text.get(said.at.clone()).unwrap_or_default();
    match serde_json::from_str(bytes) {
        Ok(serde_json::Value::Object(members)) => members,
        _ => {
            let what = format!(
                "metadata of {id} is {}, not an object that can be read",
                said.noun()
            );
            notes.add(said.at.start, what, "it is left alone");
            serde_json::Map::new()
        }
    }
}

/// What it depends on, as it was written.
fn needs(value: &Value, id: &TaskId, notes: &mut Notes<'_>) -> Vec<(String, usize)> {
    let Some(said) = value.get("dependencies").filter(|said| !said.is_null()) else {
        return Vec::new();
    };
    let Some(items) = said.items() else {
        let what = format!("dependencies of {id} are {}, not a list", said.noun());
        notes.add(said.at.start, what, "they are left out");
        return Vec::new();
    };
    let mut words = Vec::new();
    for item in items {
        match &item.kind {
            Kind::Number(word) | Kind::Text(word) if word != UNDEFINED => {
                words.push((clean(word.trim()).into_owned(), item.at.start));
            }
            _ => {
                let what = format!("a dependency of {id} is {}", item.noun());
                notes.add(item.at.start, what, "it is left out: it names no task");
            }
        }
    }
    words
}

impl Read {
    /// Gives dependencies their full names: of a subtask first those beside it, then tasks.
    pub(super) fn resolve(&mut self, known: &HashSet<TaskId>, notes: &mut Notes<'_>) {
        let parent = self.task.id.clone();
        let tasks = std::iter::once(&mut self.task).chain(&mut self.subtasks);
        for (task, needs) in tasks.zip(&self.needs) {
            for (word, at) in needs {
                let plain = TaskId::new(&**word);
                let sibling = task.parent.is_some().then(|| parent.subtask(word));
                let found = sibling.filter(|id| known.contains(id));
                let id = found.unwrap_or(plain);
                if id == task.id {
                    let what = format!("{id} depends on itself");
                    notes.add(*at, what, "it will never be ready: take the dependency out");
                } else if !known.contains(&id) {
                    let what = format!("{} depends on {id}, which does not exist", task.id);
                    notes.add(
                        *at,
                        what,
                        "it waits for it for ever: take the dependency out",
                    );
                }
                if !task.dependencies.contains(&id) {
                    task.dependencies.push(id);
                }
            }
        }
    }

    /// The task with its subtasks.
    pub(super) fn whole(self) -> Task {
        Task {
            subtasks: self.subtasks,
            ..self.task
        }
    }
}
