//! What can be gone on with, and in which order tasks are shown: ready first.
//! Apart from the task, which does not know the others.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Status, Tag, Task, TaskId};

/// Whether a task can be gone on with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Standing {
    /// Everything it depends on is done.
    Ready,
    /// It depends on these, which are not done or do not exist.
    Waiting(Vec<TaskId>),
    /// It is done, or will not be.
    Over,
}

/// Whether a task of a tag can be gone on with.
pub fn standing(tag: &Tag, task: &Task) -> Standing {
    stands(&statuses(tag), task)
}

/// The tasks of a tag without their subtasks: ready ones first, then those that wait, then what is over.
///
/// Within each: as statuses want somebody ([`Status::ALL`]), then by priority, by how many others they wait for, by name. For what
/// Task Master calls the next task it is the same order but for the first rule.
pub fn ordered(tag: &Tag) -> Vec<(&Task, Standing)> {
    let statuses = statuses(tag);
    let mut all: Vec<(&Task, Standing)> = (tag.tasks.iter())
        .map(|task| (task, stands(&statuses, task)))
        .collect();
    all.sort_by(|(a, a_stands), (b, b_stands)| {
        let rank = |task: &Task, stands: &Standing| {
            let (group, missing) = match stands {
                Standing::Ready => (0, 0),
                Standing::Waiting(missing) => (1, missing.len()),
                Standing::Over => (2, 0),
            };
            let dependencies = task.dependencies.len();
            (
                group,
                task.status.clone(),
                task.priority.rank(),
                missing,
                dependencies,
            )
        };
        rank(a, a_stands)
            .cmp(&rank(b, b_stands))
            .then_with(|| a.id.cmp(&b.id))
    });
    all
}

fn statuses(tag: &Tag) -> HashMap<&TaskId, &Status> {
    tag.all().map(|task| (&task.id, &task.status)).collect()
}

fn stands(statuses: &HashMap<&TaskId, &Status>, task: &Task) -> Standing {
    if task.status.is_over() {
        return Standing::Over;
    }
    let open = |id: &&TaskId| !statuses.get(*id).is_some_and(|status| status.is_done());
    let missing: Vec<TaskId> = task.dependencies.iter().filter(open).cloned().collect();
    match missing.is_empty() {
        true => Standing::Ready,
        false => Standing::Waiting(missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::task::Priority;

    fn task(id: &str, status: Status, priority: Priority, dependencies: &[&str]) -> Task {
        Task {
            id: TaskId::new(id),
            status,
            priority,
            dependencies: dependencies.iter().map(|id| TaskId::new(*id)).collect(),
            ..Task::default()
        }
    }

    #[test]
    fn ready_ones_come_first_and_what_is_over_last() {
        let tag = Tag {
            tasks: vec![
                task("1", Status::Done, Priority::High, &[]),
                task("2", Status::Pending, Priority::Critical, &["3"]),
                task("3", Status::Pending, Priority::Low, &["1"]),
                task("4", Status::Pending, Priority::High, &["1"]),
                task("5", Status::Review, Priority::Low, &["1"]),
                task("6", Status::Cancelled, Priority::High, &[]),
                task("7", Status::Pending, Priority::High, &["6", "99"]),
                task("10", Status::Pending, Priority::High, &["1"]),
            ],
            ..Tag::default()
        };
        let order: Vec<&str> = (ordered(&tag).iter())
            .map(|(task, _)| task.id.as_str())
            .collect();
        assert_eq!(order, ["5", "4", "10", "3", "2", "7", "1", "6"]);
        let missing = ["6", "99"].map(TaskId::new).to_vec();
        assert_eq!(standing(&tag, &tag.tasks[6]), Standing::Waiting(missing));
    }
}
