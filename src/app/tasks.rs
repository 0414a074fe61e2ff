//! Tasks joined to their runs: in which order they stand, which are shown, what their keys do, and the draft that verifies one.
//! Apart from reading their files, and from the form a draft is written in.

use jiff::Timestamp;

use crate::app::choosing::open_run;
use crate::app::command::Command;
use crate::app::cursor::Move;
use crate::app::draft::{self, Draft, Source};
use crate::app::effect::Effect;
use crate::app::fleet::Run;
use crate::app::line;
use crate::app::orders;
use crate::app::screens::tasks::{Kept, Made, Stop, TaskPage, TasksScreen};
use crate::app::state::{Screen, State, Tab};
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::qarun::Verdict;
use crate::model::task::rules::Defaults;
use crate::model::task::{self, Candidate, Project, Standing, Tag, Task};

/// Runs that the page of a task lists; the others are counted.
pub const LISTED: usize = 10;

/// A task as the list shows it.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// The task.
    pub task: &'a Task,
    /// Whether it can be begun.
    pub standing: Standing,
    /// Its runs, the newest first.
    pub runs: Vec<&'a Run>,
}

/// The list.
#[derive(Clone, Debug, Default)]
pub struct Selection<'a> {
    /// What passes the filter, in order.
    pub rows: Vec<Shown<'a>>,
    /// How many there are.
    pub total: usize,
}

/// Tasks of the tag that is shown: what can be begun first, as [`task::ordered`] has it.
pub fn selection(state: &State) -> Selection<'_> {
    let Some(tag) = state.tasks.tag() else {
        return Selection::default();
    };
    let words: Vec<String> = (state.tasks.filter.split_whitespace())
        .map(str::to_lowercase)
        .collect();
    let all = task::ordered(tag).into_iter();
    let rows = all.filter(|(task, _)| passes(task, &words));
    let shown = |(task, standing): (&'_ Task, Standing)| (task.id.as_str().to_owned(), standing);
    let rows: Vec<(String, Standing)> = rows.map(shown).collect();
    let rows = rows.into_iter().filter_map(|(id, standing)| {
        Some(Shown {
            runs: runs_of(state, &id),
            task: tag.task(&id)?,
            standing,
        })
    });
    Selection {
        rows: rows.collect(),
        total: tag.tasks.len(),
    }
}

/// Every word is in what the list says of it; a word after `!` is not.
fn passes(task: &Task, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let labels: Vec<&str> = task.labels.iter().map(|label| &**label).collect();
    let text = format!(
        "{} {} {} {} {}",
        task.id,
        task.title,
        task.status.word(),
        task.priority.word(),
        labels.join(" ")
    );
    let text = text.to_lowercase();
    words.iter().all(|word| match word.strip_prefix('!') {
        Some(word) => word.is_empty() || !text.contains(word),
        None => text.contains(word.as_str()),
    })
}

/// The runs of a task, the newest first.
pub fn runs_of<'a>(state: &'a State, id: &str) -> Vec<&'a Run> {
    let own =
        |run: &&Run| !run.gone && !run.behind && run.row.task().is_some_and(|task| **task == *id);
    let mut runs: Vec<&Run> = state.fleet.iter().filter(own).collect();
    runs.sort_by(|a, b| {
        b.row
            .created
            .cmp(&a.row.created)
            .then_with(|| a.row.key.cmp(&b.row.key))
    });
    runs
}

/// The verdict of the newest run that has one.
pub fn verdict<'a>(runs: &[&'a Run]) -> Option<(&'a Run, Verdict)> {
    runs.iter()
        .find_map(|run| Some((*run, run.qarun.as_ref()?.verdict?)))
}

/// What the task itself keeps of its last verdict, as the bridge writes it: `metadata.qaRun.verdict`.
pub fn noted(task: &Task) -> Option<&str> {
    task.metadata.get("qaRun")?.get("verdict")?.as_str()
}

/// The tasks are on the screen.
pub fn are_shown(state: &State) -> bool {
    state.screen == Screen::Tasks && state.open.is_none() && !state.drafts.is_open()
}

/// The id of the task that keys are about: of the page, else under the cursor.
pub fn meant(state: &State) -> Option<String> {
    if !are_shown(state) {
        return None;
    }
    match &state.tasks.page {
        Some(page) => Some(page.id.clone()),
        None => {
            let ids = ids(state);
            let at = state.tasks.cursor.index(&ids)?;
            Some(ids[at].clone())
        }
    }
}

fn ids(state: &State) -> Vec<String> {
    selection(state)
        .rows
        .iter()
        .map(|shown| shown.task.id.as_str().to_owned())
        .collect()
}

/// What the page of a task can lead to, in the order it shows them.
pub fn stops(state: &State, task: &Task) -> Vec<Stop> {
    let runs = runs_of(state, task.id.as_str()).into_iter().take(LISTED);
    let runs = runs.map(|run| Stop::Run(run.row.key.uid.clone()));
    let subtasks = task
        .subtasks
        .iter()
        .map(|one| Stop::Task(one.id.as_str().to_owned()));
    runs.chain(subtasks).collect()
}

/// Whether a command of this screen has something to do.
pub(in crate::app) fn applies(state: &State, command: Command) -> bool {
    match command {
        Command::NextTag => {
            are_shown(state)
                && state
                    .tasks
                    .known
                    .as_ref()
                    .is_some_and(|project| project.book.tags.len() > 1)
        }
        _ => meant(state).is_some(),
    }
}

/// To the screen.
pub(in crate::app) fn open(state: &mut State, now: Timestamp) {
    state.open = None;
    state.screen = Screen::Tasks;
    state.tasks.read_again(now);
}

/// A command of this screen.
pub(in crate::app) fn command(
    state: &mut State,
    now: Timestamp,
    command: Command,
    effects: &mut Vec<Effect>,
) {
    match command {
        Command::OpenTask => enter(state, now),
        Command::NextTag => next_tag(state),
        Command::MarkTask => mark(state),
        // Nothing that writes begins by a key alone: what is to be done is typed.
        Command::Bridge => line::open_with(state, "bridge ", effects),
        _ => {}
    }
}

/// Enter: the page of the task; there, what the cursor stands on.
fn enter(state: &mut State, now: Timestamp) {
    let Some(id) = meant(state) else {
        return;
    };
    let Some(page) = &state.tasks.page else {
        state.tasks.cursor.put(id.clone());
        state.tasks.page = Some(TaskPage {
            id,
            ..TaskPage::default()
        });
        return;
    };
    let stops = state
        .tasks
        .task(&id)
        .map(|task| stops(state, task))
        .unwrap_or_default();
    let on = page
        .cursor
        .index(&stops)
        .and_then(|at| stops.get(at))
        .cloned();
    match on {
        Some(Stop::Task(id)) => {
            state.tasks.page = Some(TaskPage {
                id,
                ..TaskPage::default()
            });
        }
        Some(Stop::Run(uid)) => {
            if let Some(key) = state.fleet.get(&uid).map(|run| run.row.key.clone()) {
                open_run(state, now, key, Tab::Summary);
            }
        }
        None => {
            let keys = state.keymap.way_to(Command::Draft);
            state.say(
                now,
                format!("it has no runs yet: {keys} writes the QARun that verifies it"),
                false,
            );
        }
    }
}

/// One step out: of a subtask to its task, of the page to the list, of marks, of the filter.
pub(in crate::app) fn back(state: &mut State) {
    if let Some(page) = state.tasks.page.take() {
        let parent = state
            .tasks
            .task(&page.id)
            .and_then(|task| task.parent.as_ref());
        if let Some(parent) = parent.map(|id| id.as_str().to_owned()) {
            state.tasks.page = Some(TaskPage {
                id: parent,
                ..TaskPage::default()
            });
        }
    } else if !state.tasks.marks.is_empty() {
        state.tasks.marks.clear();
    } else {
        state.tasks.filter.clear();
    }
}

fn next_tag(state: &mut State) {
    let Some(project) = state.tasks.known.clone() else {
        return;
    };
    let names: Vec<&str> = project.book.tags.iter().map(|tag| &*tag.name).collect();
    let here = state.tasks.tag().map(|tag| tag.name.clone());
    let at = here
        .and_then(|here| names.iter().position(|name| **name == *here))
        .unwrap_or(0);
    state.tasks.tag = names
        .get((at + 1) % names.len().max(1))
        .map(|name| (*name).to_owned());
    state.tasks.page = None;
    state.tasks.cursor.release();
}

fn mark(state: &mut State) {
    let Some(id) = meant(state).filter(|_| state.tasks.page.is_none()) else {
        return;
    };
    let tag = state
        .tasks
        .tag()
        .map_or_else(String::new, |tag| tag.name.to_string());
    let mark = (tag, id);
    if !state.tasks.marks.remove(&mark) {
        state.tasks.marks.insert(mark);
    }
    go(state, Move::By(1));
}

/// Moves in the list; on the page from one thing it leads to to the next, or in its text.
pub(in crate::app) fn go(state: &mut State, how: Move) {
    let Some(id) = state.tasks.page.as_ref().map(|page| page.id.clone()) else {
        let ids = ids(state);
        return state.tasks.cursor.go(&ids, how);
    };
    let stops = state
        .tasks
        .task(&id)
        .map(|task| stops(state, task))
        .unwrap_or_default();
    let Some(page) = &mut state.tasks.page else {
        return;
    };
    let one = matches!(how, Move::By(1 | -1));
    let index = page.cursor.index(&stops);
    // Up from the first and down from the last the text moves.
    let leads = index.is_some_and(|at| how.from(at, stops.len()) != at);
    if one && leads && page.room.1 > 0 {
        page.follow = true;
        return page.cursor.go(&stops, how);
    }
    page.follow = false;
    let last = page.room.1.saturating_sub(page.room.0);
    page.top = match how {
        Move::By(lines) => page.top.min(last).saturating_add_signed(lines).min(last),
        Move::First => 0,
        Move::Last => last,
    };
}

/// Where QARuns of a task go: where those before it are, else the namespace that is looked at.
fn namespace(state: &State, id: &str) -> String {
    if let Some(run) = runs_of(state, id).first() {
        return run.row.key.namespace.to_string();
    }
    match &state.scope {
        Scope::Namespaces(names) if names.len() == 1 => names[0].to_string(),
        _ => String::new(),
    }
}

/// The draft of the QARun that verifies a task: its criteria as they were found, or as somebody made them before.
pub fn draft_of(project: &Project, tag: &Tag, task: &Task, namespace: &str, kept: &Kept) -> Draft {
    let mut criteria = project.criteria(task);
    let off: Vec<bool> = criteria.iter().map(|one| !one.chosen).collect();
    criteria.iter_mut().for_each(|one| one.chosen = true);
    let with = Defaults::of(task).or(&project.rules.defaults);
    let spec = task::draft::spec(task, Some(&tag.name), &criteria, &with);
    let source = Source::Task {
        project: project.folder.clone(),
        id: match &*tag.name {
            Tag::DEFAULT => task.id.to_string(),
            tag => format!("{} of {tag}", task.id),
        },
    };
    let made: Vec<(String, bool, Option<&Made>)> = (criteria.iter().zip(off))
        .map(|(one, off): (&Candidate, bool)| {
            (one.fingerprint.clone(), off, kept.get(&one.fingerprint))
        })
        .collect();
    Draft::of_candidates(source, namespace, &spec, &made)
}

/// Opens the draft of the task that is meant, or asks about the QARuns of all marked ones.
pub(in crate::app) fn verify(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
    if !are_shown(state) {
        return false;
    }
    if !state.tasks.marks.is_empty() && state.tasks.page.is_none() {
        verify_marked(state, now, effects);
        return true;
    }
    let Some(id) = meant(state) else {
        return false;
    };
    let screen = &state.tasks;
    let (Some(project), Some(tag), Some(task)) =
        (screen.known.as_deref(), screen.tag(), screen.task(&id))
    else {
        return false;
    };
    let draft = draft_of(project, tag, task, &namespace(state, &id), &screen.kept);
    draft::keys::show(state, now, draft, effects);
    true
}

/// One order for each marked task that can be sent as it is; the others are named with what they lack.
fn verify_marked(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let Some(project) = state.tasks.known.clone() else {
        return;
    };
    let by = draft::keys::user(&state.connection);
    let (mut orders, mut skipped) = (Vec::new(), Vec::new());
    for (tag, id) in state.tasks.marks.clone() {
        let found = project
            .book
            .tag(&tag)
            .and_then(|tag| Some((tag, tag.task(&id)?)));
        let Some((tag, task)) = found else {
            continue;
        };
        let namespace = namespace(state, &id);
        let draft = draft_of(&project, tag, task, &namespace, &state.tasks.kept);
        match draft::keys::lacks(&draft) {
            None => orders.push(draft::keys::order(&draft, now, by.as_deref())),
            Some(why) => skipped.push((Key::new(namespace, format!("task {id}"), ""), why.into())),
        }
    }
    orders::bulk::ask_all(state, now, orders, skipped, effects);
}

/// What was made of the criteria of a task's draft is remembered until their text changes.
pub(in crate::app) fn keep(screen: &mut TasksScreen, draft: &Draft) {
    let Source::Task { project, .. } = &draft.source else {
        return;
    };
    let made = draft.criteria().into_iter();
    let made = made.map(|(fingerprint, off, criterion)| (fingerprint, Made { off, criterion }));
    let made: Kept = made.collect();
    if !made.is_empty() {
        screen.keep(project, made);
    }
}
