//! The name of a task within its tag: `15`, a subtask `15.10`, or any word.
//! Apart from the task, because files write it as a number, a text or a fraction, and all of them mean one name.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of a task, as Task Master's commands take it. Ordered as people count: `2`, `10`, `10.2`, `10.10`, `task_001`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(Arc<str>);

impl TaskId {
    /// A task.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The subtask that is called `name` within this task. Files write it alone (`10`) or with the task's before it (`15.10`).
    pub fn subtask(&self, name: &str) -> Self {
        let inside = name
            .strip_prefix(&*self.0)
            .is_some_and(|rest| rest.len() > 1 && rest.starts_with('.'));
        match inside {
            true => Self::new(name),
            false => Self::new(format!("{}.{name}", self.0)),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for TaskId {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = |id: &Self| -> Vec<(bool, usize, String)> {
            let part = |part: &str| {
                let digits = part.trim_start_matches('0');
                match !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
                    true => (false, digits.len(), digits.to_owned()),
                    false => (true, 0, part.to_owned()),
                }
            };
            id.0.split('.').map(part).collect()
        };
        parts(self)
            .cmp(&parts(other))
            .then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for TaskId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_as_people_count() {
        let mut ids: Vec<TaskId> = ["10", "2", "10.10", "10.2", "1.10", "1.1", "task_001", "02"]
            .map(TaskId::new)
            .to_vec();
        ids.sort();
        let sorted: Vec<&str> = ids.iter().map(TaskId::as_str).collect();
        assert_eq!(
            sorted,
            ["1.1", "1.10", "02", "2", "10", "10.2", "10.10", "task_001"]
        );
    }

    #[test]
    fn a_subtask_is_named_within_its_task_once() {
        let parent = TaskId::new("15");
        for (written, meant) in [
            ("10", "15.10"),
            ("15.10", "15.10"),
            ("15.1", "15.1"),
            ("1.1", "15.1.1"),
            ("15", "15.15"),
            ("150.1", "15.150.1"),
            ("15.", "15.15."),
            ("a", "15.a"),
        ] {
            assert_eq!(parent.subtask(written).as_str(), meant, "{written}");
        }
    }
}
