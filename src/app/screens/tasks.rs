//! The Tasks screen: what was read of the project, where the cursor stands, which tag, what is filtered and marked.
//! Apart from the tasks' runs, which the fleet knows and [`crate::app::tasks`] joins to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::cursor::Cursor;
use crate::app::effect::Effect;
use crate::app::state::{Screen, State, later};
use crate::model::task::{Project, Tag, Task};

/// Milliseconds until the files are looked at again while they are shown, although nobody said that they changed: there are
/// disks whose changes nobody tells.
const AGAIN: i64 = 30_000;
/// Milliseconds after which an answer is not waited for any more.
const PATIENCE: i64 = 60_000;

/// What a person made of a criterion, by the fingerprint of the text it was read from: another text is another criterion.
pub type Kept = BTreeMap<String, Made>;

/// What somebody made of a criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// It is left out.
    pub off: bool,
    /// As it was written.
    pub criterion: Value,
}

/// The page of a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskPage {
    /// Its id.
    pub id: String,
    /// What one stands on there: a run or a subtask.
    pub cursor: Cursor<Stop>,
    /// First line shown.
    pub top: usize,
    /// What the cursor stands on is brought into view: it moved last, not the text.
    pub follow: bool,
    /// Lines that fit, and that there are, as drawn last.
    pub room: (usize, usize),
}

/// What enter goes to from the page of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stop {
    /// A run of it, by its uid.
    Run(crate::model::key::Uid),
    /// A subtask, by its id.
    Task(String),
}

/// The Tasks screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TasksScreen {
    /// What was read last that could be; `None`: nothing yet.
    pub known: Option<Arc<Project>>,
    /// Why the last reading gave nothing: what is known is from before.
    pub broken: Option<String>,
    /// The tag that was chosen; else the one Task Master is at.
    pub tag: Option<String>,
    /// The cursor, on the id of a task.
    pub cursor: Cursor<String>,
    /// Words that narrow the list.
    pub filter: String,
    /// Marked tasks, by tag and id.
    pub marks: BTreeSet<(String, String)>,
    /// The task that is open.
    pub page: Option<TaskPage>,
    /// Lines of the list that fit, as drawn last.
    pub height: usize,
    /// What was made of criteria.
    #[serde(default)]
    pub kept: Kept,
    /// What of that is still to be written down, and of which project.
    #[serde(default)]
    unwritten: (String, Kept),
    /// Since when an answer is waited for.
    asked: Option<Timestamp>,
    /// They changed since.
    #[serde(default)]
    stale: bool,
    /// When the files are looked at next.
    due: Option<Timestamp>,
}

impl TasksScreen {
    /// The tag that is shown.
    pub fn tag(&self) -> Option<&Tag> {
        let project = self.known.as_deref()?;
        let chosen = self.tag.as_deref().and_then(|name| project.book.tag(name));
        chosen.or_else(|| project.tag())
    }

    /// A task of it, by its id.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tag()?.task(id)
    }

    /// A task is marked.
    pub fn is_marked(&self, id: &str) -> bool {
        let tag = self.tag().map_or("", |tag| &tag.name);
        self.marks.contains(&(tag.to_owned(), id.to_owned()))
    }

    /// Notes what was made of criteria of a project.
    pub(in crate::app) fn keep(&mut self, project: &str, made: Kept) {
        if self.unwritten.0 != project {
            self.unwritten = (project.to_owned(), Kept::new());
        }
        self.unwritten.1.extend(made.clone());
        self.kept.extend(made);
    }

    /// Takes in what was made before this program began; what was made since counts.
    pub(in crate::app) fn recall(&mut self, made: Kept) {
        for (fingerprint, made) in made {
            self.kept.entry(fingerprint).or_insert(made);
        }
    }

    /// Takes in what was read; what is known stays where nothing could be.
    pub(in crate::app) fn take(&mut self, now: Timestamp, answer: Result<Project, String>) {
        self.asked = None;
        self.due = Some(match std::mem::take(&mut self.stale) {
            true => now,
            false => later(now, AGAIN),
        });
        match answer {
            Ok(project) => {
                self.broken = None;
                if self.known.as_deref() != Some(&project) {
                    self.known = Some(Arc::new(project));
                }
            }
            Err(why) => self.broken = Some(why),
        }
    }

    /// When the files are to be looked at.
    pub fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// They may have changed. Where they are not shown they are read when they are.
    pub(in crate::app) fn changed(&mut self, now: Timestamp) {
        if self.due.is_some() {
            self.read_again(now);
        }
        // What is read at this moment may be what was there before.
        self.stale = self.asked.is_some();
    }

    /// They are read again at once.
    pub(in crate::app) fn read_again(&mut self, now: Timestamp) {
        self.due = Some(now);
    }
}

/// The files are read while they are looked at, and not otherwise.
pub(in crate::app) fn settle(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let shown = state.screen == Screen::Tasks && state.open.is_none();
    let screen = &mut state.tasks;
    if !screen.unwritten.1.is_empty() {
        let (project, made) = std::mem::take(&mut screen.unwritten);
        effects.push(Effect::KeepMade(project, made));
    }
    if !shown {
        screen.due = None;
        return;
    }
    let waits = screen
        .asked
        .is_some_and(|asked| now < later(asked, PATIENCE));
    if waits || screen.due.is_some_and(|due| now < due) {
        return;
    }
    screen.asked = Some(now);
    screen.due = Some(later(now, PATIENCE));
    effects.push(Effect::ReadTasks);
}
