//! The Tasks screen: what can be begun, what was verified and how it went.
//! Apart from the page of one task, and from joining tasks to their runs, which is not a matter of drawing.

use ratatui::layout::Rect;

use crate::app::bridging::Mode;
use crate::app::cursor;
use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::layout::Layout;
use crate::app::state::State;
use crate::app::tasks::{self, Selection, Shown};
use crate::model::clock;
use crate::model::qarun::Verdict;
use crate::model::task::{Standing, Status};
use crate::ui::paint::{Line, Painter, fit};
use crate::ui::screens::runs::{Placard, put_placard, split};
use crate::ui::screens::task;
use crate::ui::theme::Role;
use crate::ui::{Scene, border};

/// Runs whose states stand beside each other.
const HISTORY: usize = 8;

pub(crate) fn draw(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect, drawn: &mut Drawn) {
    let state = scene.state;
    if let Some(page) = &state.tasks.page {
        return task::draw(p, scene, page, area, drawn);
    }
    let selection = tasks::selection(state);
    let (list, about) = match selection.rows.is_empty() {
        true => (area, None),
        false => split(scene, area),
    };
    let ids: Vec<String> = selection
        .rows
        .iter()
        .map(|shown| shown.task.id.as_str().to_owned())
        .collect();
    let index = state.tasks.cursor.index(&ids).unwrap_or(0);
    draw_list(p, scene, &selection, index, list, drawn);
    if let (Some(about), Some(shown)) = (about, selection.rows.get(index)) {
        if about.height > 3 {
            border(list, about, drawn);
        }
        draw_about(p, scene, shown, about, drawn);
    }
}

/// The task under the cursor, beside the list or below it.
fn draw_about(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    shown: &Shown<'_>,
    area: Rect,
    drawn: &mut Drawn,
) {
    let title = Line::of(
        format!("{} {}", shown.task.id, shown.task.title),
        Role::Title,
    );
    let inside = match area.height > 3 {
        true => p.frame(area, &title, false),
        false => area,
    };
    let width = usize::from(inside.width.saturating_sub(2));
    let lines = task::lines(p, scene, shown.task, width, drawn);
    for ((line, _), y) in lines.iter().zip(inside.top()..inside.bottom()) {
        p.put_line(inside.x + 1, y, inside.width.saturating_sub(2), line);
    }
}

fn draw_list(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    selection: &Selection<'_>,
    index: usize,
    area: Rect,
    drawn: &mut Drawn,
) {
    let state = scene.state;
    let inside = match scene.layout == Layout::Tiny {
        true => area,
        false => p.frame(area, &title(state, selection, index), true),
    };
    let rows = &selection.rows;
    if rows.is_empty() {
        drawn.tasks = Some((usize::from(inside.height), 0));
        return put_placard(p, nothing(state, selection), inside);
    }
    let columns = Columns::of(rows, inside.width);
    let mut top_line = inside.y;
    if inside.height > 6 {
        columns.header(p, inside.x, inside.y);
        top_line += 1;
    }
    // What is wrong in the files has the last lines, where there is room.
    let wrong = wrong(state);
    let told = match inside.height > 10 {
        true => wrong.len().min(2) as u16,
        false => 0,
    };
    let bottom = inside.bottom() - told;
    for (line, y) in wrong.iter().zip(bottom..inside.bottom()) {
        p.put(
            inside.x + 1,
            y,
            inside.width.saturating_sub(2),
            line,
            Role::Warn,
        );
    }
    let height = usize::from(bottom.saturating_sub(top_line));
    let top = cursor::window(state.tasks.cursor.top, index, height, rows.len());
    drawn.tasks = Some((height, top));
    for (line, (at, shown)) in rows.iter().enumerate().skip(top).take(height).enumerate() {
        let y = top_line + line as u16;
        if at == index {
            p.put(inside.x, y, 1, p.theme.glyphs.cursor, Role::Focus);
        }
        columns.row(p, scene, shown, (inside.x, y), drawn);
        if at == index {
            p.tint(Rect::new(inside.x, y, inside.width, 1), Role::Select);
        }
        if state.tasks.is_marked(shown.task.id.as_str()) {
            p.put(inside.x, y, 1, p.theme.glyphs.mark, Role::Accent);
        }
        drawn.hits.push(Hit {
            x: inside.x,
            y,
            width: inside.width,
            target: Target::Task(shown.task.id.as_str().to_owned()),
        });
    }
}

/// `Tasks  3 of 12 · tag master · 2 problems`.
fn title(state: &State, selection: &Selection<'_>, index: usize) -> Line {
    let mut line = Line::of("Tasks", Role::Title);
    if !selection.rows.is_empty() {
        line.push(
            format!("  {} of {}", index + 1, selection.rows.len()),
            Role::Dim,
        );
    }
    let Some(project) = state.tasks.known.as_deref() else {
        return line;
    };
    if let Some(tag) = state.tasks.tag().filter(|_| project.book.tags.len() > 1) {
        let word = format!("  tag {} of {}", tag.name, project.book.tags.len());
        line.push(word, Role::Accent);
    }
    let bridging = &state.bridging;
    match (bridging.mode, bridging.held) {
        (Mode::Off, _) => {}
        (_, 0) => line.push(format!("  bridge {}", bridging.mode.word()), Role::Accent),
        (mode, 1) => line.push(format!("  bridge {}, 1 waits", mode.word()), Role::Accent),
        (mode, n) => line.push(format!("  bridge {}, {n} wait", mode.word()), Role::Accent),
    }
    match (state.tasks.broken.is_some(), project.wrong.len()) {
        (true, _) => line.push("  as it was: the file cannot be read now", Role::Bad),
        (false, 0) => {}
        (false, 1) => line.push("  1 problem", Role::Warn),
        (false, n) => line.push(format!("  {n} problems"), Role::Warn),
    }
    line
}

/// What is wrong, with its place: why the last reading gave nothing, then what is odd in the files.
fn wrong(state: &State) -> Vec<String> {
    let odd = state.tasks.known.iter().flat_map(|project| &project.wrong);
    let odd = odd.map(ToString::to_string);
    let bridge = state.bridging.failed.iter();
    let bridge = bridge.map(|why| format!("bridge: {why}"));
    state
        .tasks
        .broken
        .iter()
        .cloned()
        .chain(bridge)
        .chain(odd)
        .collect()
}

/// Why the list has no line, and what to do.
fn nothing(state: &State, selection: &Selection<'_>) -> Placard {
    let screen = &state.tasks;
    match (&screen.known, &screen.broken) {
        (None, None) => (
            "Reading".to_owned(),
            "the tasks are on their way".to_owned(),
            String::new(),
        ),
        (None, Some(why)) => (
            "No tasks".to_owned(),
            why.clone(),
            "`tiphys --project FOLDER` names the folder of a project".to_owned(),
        ),
        (Some(_), _) if selection.total > 0 => (
            "Nothing matches".to_owned(),
            format!("{} tasks do not match `{}`", selection.total, screen.filter),
            "esc clears the filter".to_owned(),
        ),
        (Some(project), _) => (
            "No tasks".to_owned(),
            format!("{} has none under this tag", project.file),
            "they appear by themselves".to_owned(),
        ),
    }
}

/// Columns and their widths; 0 is a column that is not shown.
struct Columns {
    id: u16,
    status: u16,
    ready: u16,
    complexity: u16,
    verdict: u16,
    history: u16,
    title: u16,
}

impl Columns {
    fn of(rows: &[Shown<'_>], width: u16) -> Self {
        let longest = |of: &dyn Fn(&Shown<'_>) -> usize, most: usize| {
            rows.iter().map(of).max().unwrap_or(0).min(most) as u16
        };
        let mut columns = Self {
            id: longest(&|shown| shown.task.id.as_str().len(), 12).max(2) + 1,
            status: longest(&|shown| shown.task.status.word().len(), 12).max(6) + 1,
            ready: longest(&|shown| stands(&shown.standing).len(), 16).max(5) + 1,
            complexity: 3,
            verdict: 13,
            history: HISTORY as u16 + 1,
            title: 0,
        };
        if width < 76 {
            columns.complexity = 0;
            columns.history = 0;
        }
        if width < 60 {
            columns.ready = 0;
        }
        let fixed = 1
            + columns.id
            + columns.status
            + columns.ready
            + columns.complexity
            + columns.verdict
            + columns.history;
        columns.title = width.saturating_sub(fixed).max(8);
        columns
    }

    fn widths(&self) -> [u16; 7] {
        [
            self.id,
            self.title,
            self.status,
            self.ready,
            self.complexity,
            self.verdict,
            self.history,
        ]
    }

    fn header(&self, p: &mut Painter<'_>, x: u16, y: u16) {
        let mut at = x + 1;
        let words = ["ID", "TITLE", "STATUS", "READY", "CX", "VERDICT", "RUNS"];
        for (width, word) in self.widths().into_iter().zip(words) {
            p.put(at, y, width.saturating_sub(1), word, Role::Faint);
            at += width;
        }
    }

    fn row(
        &self,
        p: &mut Painter<'_>,
        scene: &Scene<'_>,
        shown: &Shown<'_>,
        (x, y): (u16, u16),
        drawn: &mut Drawn,
    ) {
        let task = shown.task;
        let over = shown.standing == Standing::Over;
        let text = if over { Role::Dim } else { Role::Text };
        let ready = match shown.standing {
            Standing::Ready => Role::Ok,
            Standing::Waiting(_) => Role::Wait,
            Standing::Over => Role::Faint,
        };
        let complexity = task
            .complexity
            .as_ref()
            .map_or("", |complexity| &complexity.score);
        let mut at = x + 1;
        let cells = [
            (self.id, task.id.as_str().to_owned(), Role::Dim),
            (self.title, task.title.to_string(), text),
            (
                self.status,
                task.status.word().to_owned(),
                status(&task.status),
            ),
            (self.ready, stands(&shown.standing), ready),
            (self.complexity, complexity.to_owned(), Role::Dim),
        ];
        for (width, word, role) in cells {
            let word = fit(
                &word,
                usize::from(width.saturating_sub(1)),
                p.theme.glyphs.ellipsis,
            )
            .into_owned();
            p.put(at, y, width.saturating_sub(1), &word, role);
            at += width;
        }
        let line = verdict(p, scene, shown, drawn);
        p.put_line(at, y, self.verdict.saturating_sub(1), &line);
        at += self.verdict;
        let history = history(p, scene, shown);
        p.put_line(at, y, self.history.saturating_sub(1), &history);
    }
}

pub(super) fn status(status: &Status) -> Role {
    match status {
        Status::Review => Role::Human,
        Status::InProgress => Role::Run,
        Status::Blocked | Status::Deferred => Role::Wait,
        _ => Role::Dim,
    }
}

/// `ready`, `after 3, 4`.
pub(super) fn stands(standing: &Standing) -> String {
    match standing {
        Standing::Ready => "ready".to_owned(),
        Standing::Waiting(missing) => {
            let names: Vec<&str> = missing.iter().map(|id| id.as_str()).collect();
            format!("after {}", names.join(", "))
        }
        Standing::Over => String::new(),
    }
}

/// What was found last: by a run that is known, else as the task itself notes it.
pub(super) fn verdict(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    shown: &Shown<'_>,
    drawn: &mut Drawn,
) -> Line {
    if let Some((run, verdict)) = tasks::verdict(&shown.runs) {
        let mut line = Line::of(verdict.word().to_owned(), role_of(verdict));
        if let Some(since) = run.since() {
            let seconds = clock::seconds_between(since, scene.now);
            drawn.turns(scene.now, seconds);
            line.push(format!(" {}", clock::age(seconds)), Role::Dim);
        }
        return line;
    }
    match tasks::noted(shown.task) {
        Some(word) => Line::of(word.to_owned(), Role::Dim).and(" noted", Role::Faint),
        None => Line::of(p.theme.glyphs.none, Role::Faint),
    }
}

pub(super) fn role_of(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Pass => Role::Ok,
        Verdict::Fail => Role::Bad,
        Verdict::Inconclusive => Role::Warn,
    }
}

/// How the last runs went, the newest at the right.
fn history(p: &Painter<'_>, scene: &Scene<'_>, shown: &Shown<'_>) -> Line {
    let mut line = Line::default();
    for run in shown.runs.iter().take(HISTORY).rev() {
        let state = run.state(scene.now);
        line.push(p.theme.glyphs.state(state), Role::of(state));
    }
    line
}
