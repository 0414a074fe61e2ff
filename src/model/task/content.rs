//! A number of what is to be verified of a task: as long as it is the same, nothing has to be verified again.
//! Apart from the task, most of which it is blind to: status, priority, dependencies, ids and their forms, metadata, times, `parentId`,
//! complexity. Neither a verdict that is written back nor what Task Master rewrites by itself changes it.

use sha2::{Digest as _, Sha256};

use super::{Acceptance, Task};

/// What a paragraph of `details` begins with that this program wrote there; what is to be verified does not change by it.
pub const NOTE: &str = "[tiphys] ";

/// The number, 64 hexadecimal digits: of title, description, details, test strategy and acceptance criteria of a task and of its
/// subtasks in their order, and of its document of criteria. Blind to ticks of checkboxes, to our own notes, to blanks at the ends of
/// lines, and to whether a text is empty, null or not there.
pub fn content(task: &Task, document: Option<&str>) -> String {
    let mut hash = Sha256::new();
    one(&mut hash, task);
    hash.update(task.subtasks.len().to_be_bytes());
    for subtask in &task.subtasks {
        one(&mut hash, subtask);
    }
    text(&mut hash, &document.map(unticked).unwrap_or_default());
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn one(hash: &mut Sha256, task: &Task) {
    text(hash, &task.title);
    text(hash, &task.description);
    text(hash, &unnoted(&task.details));
    text(hash, &task.test_strategy);
    match &task.acceptance {
        Acceptance::Unsaid => text(hash, ""),
        Acceptance::Text(said) => text(hash, said),
        Acceptance::List(all) => {
            let said: Vec<&str> = all.iter().map(|one| one.trim()).collect();
            text(hash, &said.join("\n"));
        }
    }
}

/// A text with its length, so that no two fields can be taken for others.
fn text(hash: &mut Sha256, said: &str) {
    let lines: Vec<&str> = said.trim().lines().map(str::trim_end).collect();
    let plain = lines.join("\n");
    hash.update(plain.len().to_be_bytes());
    hash.update(plain);
}

/// Details without the paragraphs that are ours ([`NOTE`]).
pub fn unnoted(details: &str) -> String {
    let plain = details.replace("\r\n", "\n");
    let theirs: Vec<&str> = plain
        .split("\n\n")
        .filter(|paragraph| !paragraph.trim_start().starts_with(NOTE))
        .collect();
    theirs.join("\n\n")
}

/// A document with every checkbox open.
fn unticked(document: &str) -> String {
    let open = |line: &str| {
        let bare = line.trim_start();
        let mark = bare.find("[x] ").or_else(|| bare.find("[X] "));
        match mark.filter(|at| {
            bare[..*at]
                .chars()
                .all(|c| "-*+.) ".contains(c) || c.is_ascii_digit())
        }) {
            Some(at) => {
                let at = line.len() - bare.len() + at;
                format!("{}[ ]{}", &line[..at], &line[at + 3..])
            }
            None => line.to_owned(),
        }
    };
    let lines: Vec<String> = document.lines().map(open).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::model::task::{Complexity, Priority, Status, TaskId};

    fn task() -> impl Strategy<Value = Task> {
        let said = || "\\PC{0,12}";
        (
            said(),
            said(),
            said(),
            said(),
            prop::collection::vec((said(), said()), 0..3),
        )
            .prop_map(
                |(title, description, details, test_strategy, subtasks)| Task {
                    title: title.into(),
                    description,
                    details,
                    test_strategy,
                    subtasks: (subtasks.into_iter())
                        .map(|(title, details)| Task {
                            title: title.into(),
                            details,
                            ..Task::default()
                        })
                        .collect(),
                    ..Task::default()
                },
            )
    }

    proptest! {
        #[test]
        fn what_is_not_verified_changes_nothing(before in task(), id in "[a-z0-9.]{1,5}", n in 0usize..8, note in "[a-z ]{0,9}") {
            let mut after = before.clone();
            after.id = TaskId::new(&*id);
            after.status = Status::ALL[n].clone();
            after.priority = Priority::High;
            after.dependencies = vec![TaskId::new("7")];
            after.complexity = Some(Complexity::default());
            after.metadata.insert("qa".to_owned(), note.clone().into());
            after.at = 3..9;
            after.details.push_str(&format!("\n\n{NOTE}{note}"));
            for subtask in &mut after.subtasks {
                subtask.parent = Some(TaskId::new("undefined"));
                subtask.status = Status::Done;
            }
            prop_assert_eq!(content(&before, None), content(&after, None));
        }

        #[test]
        fn what_is_verified_changes_it(before in task(), more in "[a-z]{1,5}", field in 0usize..5) {
            let mut after = before.clone();
            let field = match field {
                0 => &mut after.description,
                1 => &mut after.details,
                2 => &mut after.test_strategy,
                3 => match after.subtasks.first_mut() {
                    Some(subtask) => &mut subtask.details,
                    None => &mut after.details,
                },
                _ => {
                    after.title = format!("{}{more}", after.title).into();
                    prop_assert_ne!(content(&before, None), content(&after, None));
                    return Ok(());
                }
            };
            field.push_str(&more);
            prop_assert_ne!(content(&before, None), content(&after, None));
        }
    }

    #[test]
    fn a_document_counts_but_for_its_ticks() {
        let of = |text: &str| content(&Task::default(), Some(text));
        assert_eq!(
            of("# A\n- [ ] one\n1. [ ] two\n"),
            of("# A\r\n- [x] one\n1. [X] two")
        );
        assert_ne!(of("- [ ] one"), of("- [ ] two"));
        assert_ne!(of("see [x] there"), of("see [ ] there"));
        assert_ne!(of("- [ ] one"), content(&Task::default(), None));
    }

    #[test]
    fn fields_are_not_taken_for_each_other() {
        let with = |description: &str, details: &str| {
            content(
                &Task {
                    description: description.into(),
                    details: details.into(),
                    ..Task::default()
                },
                None,
            )
        };
        assert_ne!(with("a", ""), with("", "a"));
        assert_ne!(with("ab", "c"), with("a", "bc"));
        assert_eq!(with("a  \nb", ""), with("a\nb\n", ""));
    }
}
