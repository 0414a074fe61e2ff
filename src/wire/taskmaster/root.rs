//! The root of a file of tasks: which lists of tasks it has, and whether it is one of Task Master at all.
//! Apart from tasks, because here a file is refused, and there only noted.
//!
//! Other tools have files of the same name. One that Task Master wrote has in its tasks titles, and at least one of
//! `dependencies`, `details` and a test strategy: the tasks of no other tool that was seen have any of these.

use super::Unread;
use super::json::{Kind, Value};
use crate::model::task::{Layout, Place, Problem, Tag};
use crate::model::text::clean;

/// What is found at the root.
pub(super) struct Root<'v> {
    pub(super) layout: Layout,
    pub(super) tags: Vec<Found<'v>>,
    /// Byte, what, help.
    pub(super) odd: Vec<(usize, String, String)>,
}

/// One list of tasks.
pub(super) struct Found<'v> {
    pub(super) name: &'v str,
    /// The list.
    pub(super) tasks: &'v Value,
    /// What stands beside it.
    around: Option<&'v Value>,
}

impl Found<'_> {
    pub(super) fn description(&self) -> String {
        let said = |holder: &Value| Some(holder.get("description")?.text()?.to_owned());
        let within = |key: &str| self.around.and_then(|around| around.get(key));
        let text = within("metadata").and_then(said);
        let text = text.or_else(|| self.around.and_then(said));
        clean(&text.unwrap_or_default()).into_owned()
    }
}

/// Keys of tasks that only Task Master's have.
const OWN: [&str; 5] = [
    "dependencies",
    "details",
    "testStrategy",
    "test_strategy",
    "acceptanceCriteria",
];

/// Finds the lists of tasks.
///
/// # Errors
/// Where there are none, or they are another tool's.
pub(super) fn of<'v>(text: &str, root: &'v Value) -> Result<Root<'v>, Unread> {
    let foreign = |at: usize, what: &str, help: &str| {
        Unread::Foreign(Problem {
            place: Place::of(text, at),
            what: what.to_owned(),
            help: help.to_owned(),
        })
    };
    let mut found = Root {
        layout: Layout::Tagged,
        tags: Vec::new(),
        odd: Vec::new(),
    };
    match &root.kind {
        Kind::List(_) => found.bare(root),
        Kind::Object(members) if members.is_empty() => {
            let what = "an empty object: neither tags nor tasks";
            found
                .odd
                .push((root.at.start, what.to_owned(), String::new()));
        }
        Kind::Object(_) => found.object(root),
        _ => {
            let what = format!("this is {}, not an object of tags", root.noun());
            return Err(foreign(
                root.at.start,
                &what,
                "name a tasks.json with --file",
            ));
        }
    }
    if found.tags.is_empty() && root.members().is_none_or(|members| !members.is_empty()) {
        return Err(foreign(
            root.at.start,
            "there is no list of tasks in it",
            "this is another file: tasks.json has {\"master\": {\"tasks\": […]}}",
        ));
    }
    if let Some(at) = stranger(&found.tags) {
        return Err(foreign(
            at,
            "these are not tasks of Task Master: none has dependencies, details or a test strategy beside its title",
            "another tool's file has the same name: name Task Master's with --file",
        ));
    }
    Ok(found)
}

/// The byte of the first task, where none of them is one of Task Master.
fn stranger(tags: &[Found<'_>]) -> Option<usize> {
    let tasks = || tags.iter().filter_map(|tag| tag.tasks.items()).flatten();
    let own =
        |task: &Value| task.get("title").is_some() && OWN.iter().any(|key| task.get(key).is_some());
    let first = tasks().next()?;
    (!tasks().any(own)).then_some(first.at.start)
}

impl<'v> Root<'v> {
    fn note(&mut self, at: usize, what: impl Into<String>, help: impl Into<String>) {
        self.odd.push((at, what.into(), help.into()));
    }

    fn bare(&mut self, list: &'v Value) {
        self.layout = Layout::Bare;
        self.note(
            list.at.start,
            "a list of tasks without a tag",
            "Task Master does not read it so; it is shown as tag master",
        );
        self.tags.push(Found {
            name: Tag::DEFAULT,
            tasks: list,
            around: None,
        });
    }

    fn object(&mut self, root: &'v Value) {
        let members = root.members().unwrap_or_default();
        for (n, member) in members.iter().enumerate() {
            // Of a key that is there twice the last one holds.
            if members[n + 1..].iter().any(|later| later.key == member.key) {
                continue;
            }
            let value = &member.value;
            let (tasks, bare) = match (&value.kind, value.get("tasks")) {
                (Kind::List(_), _) => (value, true),
                (_, Some(tasks)) if tasks.items().is_some() => (tasks, false),
                (_, Some(tasks)) if !tasks.is_null() && is_tag(&member.key) => {
                    let what = format!(
                        "tasks of {} are {}, not a list",
                        name(&member.key),
                        tasks.noun()
                    );
                    self.note(tasks.at.start, what, "they are left out");
                    continue;
                }
                _ => continue,
            };
            let tag = match (bare, &*member.key) {
                (true, "tasks") => Tag::DEFAULT,
                (true, _) if !of_objects(tasks) => continue,
                (_, key) => key,
            };
            self.tags.push(Found {
                name: tag,
                tasks,
                around: Some(if bare { root } else { value }),
            });
        }
        self.laid_out(root);
    }

    /// Which layout it is, and what stands beside the tags.
    fn laid_out(&mut self, root: &Value) {
        let members = root.members().unwrap_or_default();
        let is_list = |key: &str| root.get(key).is_some_and(|value| value.items().is_some());
        let has = |tag: &str| self.tags.iter().any(|found| found.name == tag);
        let legacy = is_list("tasks");
        self.layout = match self.tags.first() {
            _ if legacy => Layout::Legacy,
            Some(first) if is_list(first.name) => Layout::BareTags,
            _ => Layout::Tagged,
        };
        let usual: &[&str] = match self.layout {
            Layout::Legacy => &["tasks", "metadata", "meta"],
            _ => &[],
        };
        let mut notes = Vec::new();
        for member in members {
            if usual.contains(&&*member.key) || has(&member.key) {
                continue;
            }
            let help = match legacy && !self.tags.is_empty() {
                true => {
                    "since 0.17 Task Master takes a file with other keys than tasks and metadata for one of tags, and shows no task of it"
                }
                false => "it is left alone",
            };
            let what = format!(
                "{} beside the tasks is none of Task Master's keys",
                name(&member.key)
            );
            notes.push((member.key_at.start, what, help.to_owned()));
        }
        if self.layout == Layout::BareTags
            && let Some(first) = self.tags.first()
        {
            let what = format!(
                "tag {} is a list, not an object with tasks",
                name(first.name)
            );
            let help = "Task Master does not read it so";
            notes.push((first.tasks.at.start, what, help.to_owned()));
        }
        self.odd.extend(notes);
    }
}

/// A list that can be one of tasks: all its values are objects.
fn of_objects(list: &Value) -> bool {
    let items = list.items().unwrap_or_default();
    !items.is_empty() && items.iter().all(|item| item.members().is_some())
}

/// A word that can be a tag's name.
fn is_tag(word: &str) -> bool {
    !matches!(word, "metadata" | "meta")
}

fn name(key: &str) -> String {
    format!("`{}`", clean(key))
}
