//! What a file of tasks says: tags, their tasks, subtasks.
//! Apart from the bytes it says it in.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Place, Priority, Problem, Status, TaskId};

/// A file of tasks that was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// How its root is laid out.
    pub layout: Layout,
    /// Its tags, in the order of the file; of a file without tags one, called `master`.
    pub tags: Vec<Tag>,
    /// What is odd or wrong in it, in the order of the file.
    pub problems: Vec<Problem>,
}

/// How the root of a file is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Layout {
    /// `{"master": {"tasks": […]}}`, since Task Master 0.17.
    #[default]
    Tagged,
    /// `{"tasks": […]}`, before it; tm-core calls it standard.
    Legacy,
    /// `[…]`, which Task Master does not read.
    Bare,
    /// `{"master": […]}`, which Task Master does not read.
    BareTags,
}

/// A list of tasks of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    /// Its name.
    pub name: Arc<str>,
    /// What `metadata.description` says of it.
    pub description: String,
    /// Its tasks, in the order of the file.
    pub tasks: Vec<Task>,
}

/// A task, or a subtask of one. Texts of several lines are as the file has them: they are cleaned where they are shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its name.
    pub id: TaskId,
    /// Of a subtask, the task.
    pub parent: Option<TaskId>,
    /// What is to be done, in a line; clean.
    pub title: Arc<str>,
    /// The same in a few sentences.
    pub description: String,
    /// How.
    pub details: String,
    /// How it is tested: `testStrategy`, or `test_strategy` as some write it.
    pub test_strategy: String,
    /// `acceptanceCriteria`.
    pub acceptance: Acceptance,
    /// How far it is.
    pub status: Status,
    /// How much it matters.
    pub priority: Priority,
    /// What must be done before, by full names.
    pub dependencies: Vec<TaskId>,
    /// How hard it is said to be.
    pub complexity: Option<Complexity>,
    /// `tags`: words that people sort tasks by; clean.
    pub labels: Vec<Arc<str>>,
    /// `metadata`: what tools note about it, which Task Master leaves alone.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// Its subtasks, in the order of the file.
    pub subtasks: Vec<Task>,
    /// Where its object begins.
    pub place: Place,
    /// The bytes of its object in the file.
    pub at: Range<usize>,
}

/// `acceptanceCriteria`, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Acceptance {
    /// Nothing.
    #[default]
    Unsaid,
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

/// How hard a task is said to be, by the task itself or by a report of Task Master.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complexity {
    /// From 1 to 10, as it was written; some files have a word.
    pub score: Arc<str>,
    /// Into how many subtasks it is better broken.
    pub subtasks: Option<u32>,
    /// Why.
    pub reasoning: String,
}

impl Book {
    /// The tag of this name.
    pub fn tag(&self, name: &str) -> Option<&Tag> {
        self.tags.iter().find(|tag| &*tag.name == name)
    }

    /// How many tasks and subtasks there are in all tags.
    pub fn counts(&self) -> (usize, usize) {
        let tasks = || self.tags.iter().flat_map(|tag| &tag.tasks);
        (
            tasks().count(),
            tasks().map(|task| task.subtasks.len()).sum(),
        )
    }
}

impl Tag {
    /// The tag of tasks that say none.
    pub const DEFAULT: &'static str = "master";

    /// The task or subtask of this name; of several the first.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.all().find(|task| task.id.as_str() == id)
    }

    /// Every task, each followed by its subtasks.
    pub fn all(&self) -> impl Iterator<Item = &Task> {
        (self.tasks.iter()).flat_map(|task| std::iter::once(task).chain(&task.subtasks))
    }
}
