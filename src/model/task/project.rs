//! Everything that is known of a project's tasks: the file, what stands beside it, the rules.
//! Apart from the files themselves, which the room `taskmaster` opens.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::criteria::{self, Document};
use super::rules::Rules;
use super::{Book, Candidate, Problem, Tag, Task, TaskId, content};

/// A project. Paths are as people name them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Its folder.
    pub folder: String,
    /// Its file of tasks.
    pub file: String,
    /// What that says.
    pub book: Book,
    /// The tag that Task Master's commands are about at the moment.
    pub current: Option<String>,
    /// Documents of acceptance criteria, by task.
    pub papers: BTreeMap<TaskId, Paper>,
    /// What the project says about criteria.
    pub rules: Rules,
    /// What is odd or wrong in the files, the file of tasks included.
    pub wrong: Vec<Wrong>,
}

/// A document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Its path, from the project's folder.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A problem and the file it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// The file.
    pub file: String,
    /// The problem.
    pub problem: Problem,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.problem)
    }
}

impl Project {
    /// The tag that is meant where none is named: the current one; where that is not there `master`, else the only or first one, as
    /// Task Master has it.
    pub fn tag(&self) -> Option<&Tag> {
        let current = self.current.as_deref().and_then(|name| self.book.tag(name));
        current
            .or_else(|| self.book.tag(Tag::DEFAULT))
            .or_else(|| self.book.tags.first())
    }

    /// The document of criteria of a task. Documents are called by the task alone: they are those of every tag.
    pub fn paper(&self, task: &Task) -> Option<&Paper> {
        self.papers.get(&task.id)
    }

    /// The criteria of a task, as the project's rules want them.
    pub fn criteria(&self, task: &Task) -> Vec<Candidate> {
        let document = self.paper(task).map(|paper| Document {
            path: &paper.path,
            text: &paper.text,
        });
        self.rules.apply(&task.id, criteria::found(task, document))
    }

    /// The number of what is to be verified of a task, by [`content`].
    pub fn content(&self, task: &Task) -> String {
        content(task, self.paper(task).map(|paper| &*paper.text))
    }
}
