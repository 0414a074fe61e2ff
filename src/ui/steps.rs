//! The step tree as lines: guides, mark, name, what it folds, how long it took, and the last words of the one that tells.
//! Apart from the Run page, because the preview draws the same tree smaller.

use ratatui::layout::Rect;

use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::focus::Focus;
use crate::app::log::is_executor;
use crate::app::search::Search;
use crate::model::clock;
use crate::model::facts::Leaves;
use crate::model::phase::State as RunState;
use crate::model::tree::{Branch, BranchKind, TreeRow};
use crate::ui::Scene;
use crate::ui::detail::mark_of;
use crate::ui::paint::{Line, Painter};
use crate::ui::theme::Role;

/// A line of the drawn tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TreeLine {
    /// A branch, by its place among the visible rows.
    Row(usize),
    /// A line of the log of a branch, by that one's place among the visible rows.
    Tail(usize, String),
}

/// The rows with the last lines of the log of the telling step under it, without being written out.
pub(super) struct Lines {
    rows: usize,
    /// The row that tells, and its lines.
    told: Option<(usize, Vec<String>)>,
}

impl Lines {
    /// Of these rows, with at most `tail` lines of the log.
    pub(super) fn of(focus: &Focus, rows: &[TreeRow], tail: usize) -> Self {
        let node = focus.tail.as_ref().map(|tail| &*tail.node);
        let is = |branch: usize| focus.step(branch).map(|step| &*step.id) == node;
        // A step with closed attempts speaks with the voice of its last one.
        let speaks_for = |row: &TreeRow| {
            let branch = &focus.tree().branches[row.branch];
            row.folded
                && branch.kind == BranchKind::Retry
                && branch.children.iter().any(|child| is(*child))
        };
        let teller = node.and_then(|_| {
            rows.iter()
                .position(|row| is(row.branch) || speaks_for(row))
        });
        Self {
            rows: rows.len(),
            told: teller.map(|at| (at, telling_lines(focus, tail))),
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rows + self.told.as_ref().map_or(0, |(_, lines)| lines.len())
    }

    /// The line of a row.
    pub(super) fn of_row(&self, row: usize) -> usize {
        match &self.told {
            Some((teller, lines)) if row > *teller => row + lines.len(),
            _ => row,
        }
    }

    /// The line after the last one of the log; 0 where there is none.
    pub(super) fn end_of_log(&self) -> usize {
        let told = self.told.as_ref().filter(|(_, lines)| !lines.is_empty());
        told.map_or(0, |(teller, lines)| teller + 1 + lines.len())
    }

    /// The lines of a window.
    pub(super) fn window(&self, top: usize, height: usize) -> Vec<TreeLine> {
        let (teller, log) = match &self.told {
            Some((teller, lines)) => (*teller, lines.as_slice()),
            None => (self.rows, &[][..]),
        };
        let end = (top + height).min(self.len());
        (top.min(end)..end)
            .map(|line| match line.checked_sub(teller + 1) {
                None => TreeLine::Row(line),
                Some(at) if at < log.len() => TreeLine::Tail(teller, log[at].clone()),
                Some(_) => TreeLine::Row(line - log.len()),
            })
            .collect()
    }
}

/// The last lines of the telling step, without the executor's own.
pub(super) fn tail_lines(focus: &Focus, count: usize) -> Vec<String> {
    let own = own_lines(focus);
    own[own.len().saturating_sub(count)..].to_vec()
}

/// As many lines of a step that ended as there is room for, from its last error on where the last ones say less.
pub(super) fn telling_lines(focus: &Focus, count: usize) -> Vec<String> {
    let own = own_lines(focus);
    let last = own.len().saturating_sub(count);
    let ended = focus.tail.as_ref().is_some_and(|tail| tail.ended);
    let error = own.iter().rposition(|line| is_error(line));
    let from = error.filter(|_| ended).map_or(last, |at| at.min(last));
    own.into_iter().skip(from).take(count).collect()
}

/// A program says what went wrong, in the words most loggers and runtimes have for it.
fn is_error(line: &str) -> bool {
    const WORDS: [&str; 10] = [
        "ERROR",
        "FATAL",
        "CRITICAL",
        "Error:",
        "error:",
        "Exception",
        "panicked at",
        "\"error\"",
        "\"fatal\"",
        "level=error",
    ];
    WORDS.iter().any(|word| line.contains(word))
}

fn own_lines(focus: &Focus) -> Vec<String> {
    let Some(tail) = &focus.tail else {
        return Vec::new();
    };
    match &tail.lines {
        None => Vec::new(),
        Some(Err(why)) => vec![format!("no log: {why}")],
        Some(Ok(lines)) => lines
            .iter()
            .filter(|line| !is_executor(line))
            .map(|line| line.text.to_string())
            .filter(|text| !text.trim().is_empty())
            .collect(),
    }
}

/// Where a tree is drawn and what of it.
pub(super) struct View<'a> {
    /// The run.
    pub focus: &'a Focus,
    /// Visible rows.
    pub rows: &'a [TreeRow],
    /// Place of the row under the cursor, where there is a cursor.
    pub cursor: Option<usize>,
    /// Whether the pane has the keys.
    pub focused: bool,
    /// What is searched for, where it is marked.
    pub search: Option<&'a Search>,
}

/// A name with what is searched for marked in it.
pub(super) fn name(text: &str, role: Role, search: Option<&Search>, here: bool) -> Line {
    let mut line = Line::of(text, role);
    if let Some(search) = search.filter(|search| !search.is_empty()) {
        line.paint(search.matches(text), mark_of(here));
    }
    line
}

/// Draws a window of the lines, from `top` on.
pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    view: &View<'_>,
    lines: &[TreeLine],
    area: Rect,
    drawn: &mut Drawn,
) {
    for (offset, line) in lines.iter().take(usize::from(area.height)).enumerate() {
        let y = area.y + offset as u16;
        match line {
            TreeLine::Row(at) => {
                let row = &view.rows[*at];
                let branch = &view.focus.tree().branches[row.branch];
                let label = name(
                    &branch.label,
                    tone(branch.state),
                    view.search,
                    view.cursor == Some(*at),
                );
                draw_row(
                    p,
                    scene,
                    (row, &label),
                    branch,
                    Rect::new(area.x, y, area.width, 1),
                    drawn,
                );
                if view.cursor == Some(*at) {
                    let role = if view.focused {
                        Role::Focus
                    } else {
                        Role::Faint
                    };
                    p.put(area.x, y, 1, p.theme.glyphs.cursor, role);
                    p.tint(Rect::new(area.x, y, area.width, 1), Role::Select);
                }
                drawn.hits.push(Hit {
                    x: area.x,
                    y,
                    width: area.width,
                    target: Target::Branch(row.id.clone()),
                });
            }
            TreeLine::Tail(at, text) => {
                draw_tail(
                    p,
                    &view.rows[*at],
                    text,
                    Rect::new(area.x, y, area.width, 1),
                );
            }
        }
    }
}

/// A line of a log under its branch, with the guides of what follows below.
fn draw_tail(p: &mut Painter<'_>, row: &TreeRow, text: &str, area: Rect) {
    let [.., through, blank] = p.theme.glyphs.tree;
    let mut guides = String::new();
    for follows in row.guides.iter().skip(1) {
        guides.push_str(if *follows { through } else { blank });
    }
    if !row.guides.is_empty() {
        guides.push_str(if row.last { blank } else { through });
    }
    let end = area.right();
    let half = area.x + area.width / 2;
    let mut x = area.x + 1;
    x += p.put(x, area.y, half.saturating_sub(x), &guides, Role::Faint) + 2;
    x += p.put(
        x,
        area.y,
        end.saturating_sub(x),
        p.theme.glyphs.quote,
        Role::Bad,
    ) + 1;
    p.put(x, area.y, end.saturating_sub(x), text, Role::Dim);
}

/// The guides of a line: what goes on below on each level above, and its own branch. Roots have none.
pub(super) fn guides(p: &Painter<'_>, row: &TreeRow) -> String {
    let [more, last, through, blank] = p.theme.glyphs.tree;
    let mut guides = String::new();
    for follows in row.guides.iter().skip(1) {
        guides.push_str(if *follows { through } else { blank });
    }
    if !row.guides.is_empty() {
        guides.push_str(if row.last { last } else { more });
        // A dash and a letter would be a word.
        guides.push_str(if p.theme.glyphs.ascii { " " } else { "" });
    }
    guides
}

/// The tone of a name.
pub(super) fn tone(state: RunState) -> Role {
    match state {
        RunState::Failed | RunState::Error => Role::Bad,
        RunState::Succeeded | RunState::Skipped | RunState::NotStarted => Role::Dim,
        _ => Role::Text,
    }
}

fn draw_row(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    (row, label): (&TreeRow, &Line),
    branch: &Branch,
    area: Rect,
    drawn: &mut Drawn,
) {
    let glyphs = p.theme.glyphs;
    let mut x = area.x + 1;
    let end = area.right();
    x += p.put(
        x,
        area.y,
        end.saturating_sub(x),
        &guides(p, row),
        Role::Faint,
    );
    let right = right_side(scene, row, branch, drawn);
    let right_width = (right.width() as u16).min(end.saturating_sub(x) / 2);
    let room = |x: u16| end.saturating_sub(x + right_width + 1);
    let mark = Role::of(branch.state);
    x += p.put(x, area.y, room(x), glyphs.state(branch.state), mark);
    x += 1;
    if row.gathered > 1 {
        p.put(
            x,
            area.y,
            room(x),
            &format!("{} passed", row.gathered),
            Role::Dim,
        );
    } else {
        x += p.put_line(x, area.y, room(x), label);
        if branch.kind == BranchKind::Hook {
            x += p.put(x, area.y, room(x), " hook", Role::Faint);
        }
        if row.folded {
            x += p.put(x + 1, area.y, room(x + 1), glyphs.folded, Role::Dim) + 1;
            x += p.put_line(x + 1, area.y, room(x + 1), &counts(p, branch)) + 1;
        }
        if let Some(note) = &branch.note {
            x += p.put(
                x,
                area.y,
                room(x),
                &format!("  {note}"),
                if branch.state.is_bad() {
                    Role::Text
                } else {
                    Role::Dim
                },
            );
        }
        // A few letters of a name say less than nothing.
        if !branch.after.is_empty() && room(x) > 12 {
            let after = format!("  after {}", branch.after.join(", "));
            p.put(x, area.y, room(x), &after, Role::Faint);
        }
    }
    p.put_line(end - right_width, area.y, right_width, &right);
}

/// How long it took or takes.
fn right_side(scene: &Scene<'_>, row: &TreeRow, branch: &Branch, drawn: &mut Drawn) -> Line {
    if row.gathered > 1 {
        return Line::default();
    }
    let Some(started) = branch.started else {
        return Line::default();
    };
    match branch.finished {
        Some(finished) => Line::of(
            format!(
                "{} ",
                clock::exact(clock::seconds_between(started, finished))
            ),
            Role::Dim,
        ),
        None if branch.state.is_open() => {
            let seconds = clock::seconds_between(started, scene.now);
            drawn.turns(scene.now, seconds);
            Line::of(format!("{} ", clock::growing(seconds)), Role::Text)
        }
        None => Line::default(),
    }
}

/// `✔ 812 ● 40 ✖ 3 ◷ 145` of what a closed branch holds; a small plain group only says how many.
fn counts(p: &Painter<'_>, branch: &Branch) -> Line {
    leaves(p, &branch.leaves)
}

/// Leaves by state, with their marks.
pub(super) fn leaves(p: &Painter<'_>, leaves: &Leaves) -> Line {
    let mut line = Line::default();
    for (state, count) in leaves.told() {
        if count > 0 {
            let glyph = p.theme.glyphs.state(state);
            line.push(format!("{glyph} {count} "), Role::of(state));
        }
    }
    line
}
