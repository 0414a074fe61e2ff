//! The steps as bars in time: when each waited, when it worked, which of them explain when the run ended.
//! Apart from the tree, whose lines these are: here each line is a name and its time.

use jiff::Timestamp;
use ratatui::layout::Rect;

use crate::app::cursor;
use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::focus::Focus;
use crate::app::screens::run::RunPage;
use crate::app::search::Search;
use crate::app::select;
use crate::app::state::later;
use crate::app::steps::Chart;
use crate::model::bars::{self, Bar, tick, tick_word};
use crate::model::clock;
use crate::model::eta::{Eta, rough};
use crate::model::phase::State as RunState;
use crate::model::tree::{Branch, BranchKind, TreeRow};
use crate::ui::Scene;
use crate::ui::paint::{Line, Painter};
use crate::ui::steps;
use crate::ui::theme::Role;

/// Cells a tick and its time want.
const TICK: i64 = 7;

/// Time as cells.
#[derive(Clone, Copy)]
struct Axis {
    begin: i64,
    /// Milliseconds from the left end to the right one; never 0.
    span: i64,
    x: u16,
    cells: u16,
    /// The present, while the run goes on.
    now: Option<Timestamp>,
}

impl Axis {
    /// The cell of a moment, counted from the left end; at most the one after the last.
    fn cell(&self, at: Timestamp) -> u16 {
        let since = i128::from(at.as_millisecond() - self.begin).clamp(0, i128::from(self.span));
        let cell = since * i128::from(self.cells) / i128::from(self.span);
        u16::try_from(cell).unwrap_or(self.cells)
    }

    /// First cell of a bar and the one after its last; what was over in a moment has a cell too.
    fn stretch(&self, bar: &Bar, end: Timestamp) -> (u16, u16) {
        let from = self.cell(bar.from).min(self.cells.saturating_sub(1));
        let to = self.cell(bar.to.unwrap_or(end));
        (from, to.max(from + 1).min(self.cells))
    }
}

/// What all lines are drawn with.
struct View<'a> {
    focus: &'a Focus,
    chart: &'a Chart,
    axis: Axis,
    /// Where lines end that go on: the present, or the end of the run.
    end: Timestamp,
    left: Option<Eta>,
}

/// Draws the chart: the lines in view, and the axis under them.
pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    focus: &Focus,
    page: &RunPage,
    area: Rect,
    focused: bool,
    drawn: &mut Drawn,
) {
    let Some(chart) = page.steps.chart().filter(|_| area.height > 1) else {
        return;
    };
    let rows = page.steps.rows();
    let height = usize::from(area.height - 1);
    let top = cursor::window(page.cursor.top, page.steps.under(), height, rows.len());
    drawn.steps = Some((height, top));
    /// What the legend below them needs, and what it needs besides where the present is drawn.
    const LEGEND: u16 = 22;
    const NOW: u16 = 6;
    let goes_on = scene.state.shown().is_some_and(|run| run.ended().is_none());
    let legend = LEGEND + if goes_on { NOW } else { 0 };
    // Beside another pane the names would be cut where they differ: there half is theirs.
    let share = if area.width < 64 {
        area.width / 2
    } else {
        area.width * 2 / 5
    };
    let most = share.max(10);
    let names = chart.names as u16 + 1 + u16::from(p.theme.glyphs.ascii);
    let names = names.clamp(legend.min(most), most);
    let view = view(
        scene,
        focus,
        chart,
        Rect::new(
            area.x + names + 2,
            0,
            area.width.saturating_sub(names + 3),
            0,
        ),
    );
    let mut y = area.y;
    for (at, row) in rows.iter().enumerate().skip(top).take(height) {
        let line = Rect::new(area.x, y, area.width, 1);
        let search = (&page.search, at == page.steps.under());
        view.name(p, row, search, Rect::new(area.x, y, names, 1));
        p.put(area.x + names + 1, y, 1, p.theme.glyphs.bar, Role::Faint);
        view.bars(p, row, y, drawn);
        if at == page.steps.under() {
            let role = if focused { Role::Focus } else { Role::Faint };
            p.put(area.x, y, 1, p.theme.glyphs.cursor, role);
            p.tint(line, Role::Select);
        }
        drawn.hits.push(Hit {
            x: area.x,
            y,
            width: area.width,
            target: Target::Branch(row.id.clone()),
        });
        y += 1;
    }
    view.legend(p, Rect::new(area.x + 1, y, names, 1));
    view.axis(p, y);
    if view.axis.now.is_some() {
        // Bars grow by a cell at a time.
        let cell = view.axis.span / i64::from(view.axis.cells.max(1));
        drawn.changes_at(later(scene.now, cell.max(1_000)));
    }
}

fn view<'a>(scene: &Scene<'_>, focus: &'a Focus, chart: &'a Chart, room: Rect) -> View<'a> {
    let run = scene.state.shown();
    let over = chart
        .end
        .is_some_and(|_| run.is_none_or(|run| run.ended().is_some()));
    let now = (!over).then_some(scene.now);
    let end = chart.end.filter(|_| over).unwrap_or(scene.now);
    let begin = chart.begin.unwrap_or(end);
    let so_far = (end.as_millisecond() - begin.as_millisecond()).max(1_000);
    let left = run
        .filter(|run| run.state(scene.now) == RunState::Running)
        .and_then(|run| select::remaining(scene.state, run, scene.now));
    let to_come = match left {
        Some(Eta::Left(seconds)) => i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1_000),
        _ => 0,
    };
    View {
        focus,
        chart,
        axis: Axis {
            begin: begin.as_millisecond(),
            // What is to come never takes more room than what has been.
            span: so_far.saturating_add(to_come.min(so_far)),
            x: room.x,
            cells: room.width,
            now,
        },
        end,
        left,
    }
}

impl View<'_> {
    fn branch(&self, row: &TreeRow) -> &Branch {
        &self.focus.tree().branches[row.branch]
    }

    /// Guides, mark and name, as in the tree.
    fn name(
        &self,
        p: &mut Painter<'_>,
        row: &TreeRow,
        (search, here): (&Search, bool),
        area: Rect,
    ) {
        let branch = self.branch(row);
        let end = area.right();
        let mut x = area.x + 1;
        x += p.put(
            x,
            area.y,
            end.saturating_sub(x),
            &steps::guides(p, row),
            Role::Faint,
        );
        x += p.put(
            x,
            area.y,
            end.saturating_sub(x),
            p.theme.glyphs.state(branch.state),
            Role::of(branch.state),
        ) + 1;
        let tone = steps::tone(branch.state);
        let name = steps::name(&branch.label, tone, Some(search), here);
        x += p.put_line(x, area.y, end.saturating_sub(x), &name);
        if row.folded && branch.kind == BranchKind::FanOut {
            let counts = steps::leaves(p, &branch.leaves);
            p.put_line(x + 1, area.y, end.saturating_sub(x + 1), &counts);
        }
    }

    fn bars(&self, p: &mut Painter<'_>, row: &TreeRow, y: u16, drawn: &mut Drawn) {
        let branch = self.branch(row);
        let bars = bars::of(self.focus.tree(), row.branch, |branch| {
            self.focus.worked_since(branch)
        });
        if let Some(now) = self.axis.now {
            let x = self.axis.x + self.axis.cell(now).min(self.axis.cells.saturating_sub(1));
            p.put(x, y, 1, p.theme.glyphs.now, Role::Faint);
        }
        let explains = self.chart.explains.contains(&row.branch);
        let mut reach: Option<(u16, u16)> = None;
        for (at, bar) in bars.iter().enumerate() {
            let (from, mut to) = self.axis.stretch(bar, self.end);
            if bar.waits && at + 1 < bars.len() {
                to = self.axis.cell(bars[at + 1].from).max(from);
            }
            self.bar(p, bar, explains, (from, to), y);
            reach = Some(match reach {
                Some((low, high)) => (low.min(from), high.max(to)),
                None => (from, to),
            });
        }
        let note = self.note(row, branch, drawn);
        let whole = !bars.iter().any(|bar| bar.again);
        self.beside(p, &note, reach, whole, y);
    }

    fn bar(&self, p: &mut Painter<'_>, bar: &Bar, explains: bool, (from, to): (u16, u16), y: u16) {
        let glyphs = p.theme.glyphs;
        let [solid, solid_end, thin, thin_end, waits] = glyphs.bars;
        let (fill, end) = match (bar.waits, explains) {
            (true, _) => (waits, waits),
            (false, true) => (solid, solid_end),
            (false, false) => (thin, thin_end),
        };
        let role = match bar.state {
            RunState::Succeeded | RunState::Skipped if explains && !bar.waits => Role::Text,
            RunState::Succeeded | RunState::Skipped => Role::Dim,
            state => Role::of(state),
        };
        let cells = usize::from(to.saturating_sub(from));
        let mut text = fill.repeat(cells);
        if bar.again && cells > 0 && !bar.waits {
            text = fill.repeat(cells - 1) + end;
        }
        p.put(self.axis.x + from, y, to.saturating_sub(from), &text, role);
    }

    /// How long it took or takes, the slowest of a fan-out, why it failed; of what has not begun what it waits for.
    fn note(&self, row: &TreeRow, branch: &Branch, drawn: &mut Drawn) -> Line {
        let mut line = Line::default();
        match (branch.started, branch.finished) {
            // What was left out took no time.
            (Some(_), Some(_)) if branch.state == RunState::Skipped => {}
            (Some(started), Some(finished)) => {
                line.push(
                    clock::exact(clock::seconds_between(started, finished)),
                    Role::Dim,
                );
            }
            (Some(started), None) if branch.state.is_open() => {
                let seconds = clock::seconds_between(started, self.end);
                drawn.turns(self.end, seconds);
                line.push(clock::growing(seconds), Role::Text);
            }
            _ => {}
        }
        if let Some(&slowest) = self.chart.slowest.get(&row.branch) {
            let label = &self.focus.tree().branches[slowest].label;
            line.push(format!("  slowest {label}"), Role::Dim);
        }
        // How many attempts there were, the bars show.
        let last = branch
            .children
            .last()
            .filter(|_| branch.kind == BranchKind::Retry && branch.state.is_bad());
        let teller = last.map_or(branch, |&last| &self.focus.tree().branches[last]);
        if let Some(note) = teller.note.as_ref().filter(|_| !row.open) {
            let role = if branch.state.is_bad() {
                Role::Text
            } else {
                Role::Dim
            };
            let gap = if line.0.is_empty() { "" } else { "  " };
            line.push(format!("{gap}{note}"), role);
        }
        if branch.started.is_none() && branch.note.is_none() && !branch.follows.is_empty() {
            let labels = branch
                .follows
                .iter()
                .map(|&before| &*self.focus.tree().branches[before].label);
            let labels: Vec<&str> = labels.take(4).collect();
            line.push(format!("after {}", labels.join(", ")), Role::Dim);
        }
        line
    }

    /// Puts a note after the bar, before it or into a whole one, where it fits; where it does not, as much of it as the bar
    /// leaves.
    fn beside(
        &self,
        p: &mut Painter<'_>,
        note: &Line,
        reach: Option<(u16, u16)>,
        whole: bool,
        y: u16,
    ) {
        let Axis { x, cells, .. } = self.axis;
        let width = note.width() as u16;
        let Some((from, to)) = reach else {
            // What has not begun stands at the present, as far as there is room.
            let start = self.axis.now.map_or(0, |now| self.axis.cell(now) + 2);
            let start = start.min(cells.saturating_sub(width));
            p.put_line(x + start, y, cells.saturating_sub(start), note);
            return;
        };
        // The present is no part of the bar.
        let ends_now = self.axis.now.is_some_and(|now| self.axis.cell(now) == to);
        let start = to + 1 + u16::from(ends_now);
        let (after, before) = (cells.saturating_sub(start), from.saturating_sub(1));
        let mut fits = |note: &Line| {
            let width = note.width() as u16;
            if after >= width {
                p.put_line(x + start, y, after, note);
            } else if before >= width {
                p.put_line(x + before - width, y, width, note);
            } else if whole && to - from >= width + 6 {
                let blank = " ".repeat(usize::from(width) + 2);
                p.put(x + from + 2, y, width + 2, &blank, Role::Text);
                p.put_line(x + from + 3, y, width, note);
            } else {
                return false;
            }
            true
        };
        // The time alone is more than nothing.
        let time = Line(note.0.iter().take(1).cloned().collect());
        if fits(note) || after.max(before) < time.width() as u16 + 10 && fits(&time) {
            return;
        }
        if after >= before {
            p.put_line(x + start, y, after, note);
        } else {
            p.put_line(x, y, before, note);
        }
    }

    /// What the fills mean.
    fn legend(&self, p: &mut Painter<'_>, area: Rect) {
        let [solid, _, _, _, waits] = p.theme.glyphs.bars;
        let long = Line::of(solid, Role::Text)
            .and(" critical ", Role::Faint)
            .and(waits, Role::Dim)
            .and(" waiting", Role::Faint);
        let short = Line::of(solid, Role::Text).and(" critical", Role::Faint);
        let mut forms = vec![long.clone(), short];
        if self.axis.now.is_some() {
            let now = format!(" {} now", p.theme.glyphs.now);
            forms.insert(0, long.and(now, Role::Faint));
        }
        let fits = |line: &&Line| line.width() <= usize::from(area.width);
        if let Some(line) = forms.iter().find(fits).or(forms.last()) {
            p.put_line(area.x, area.y, area.width, line);
        }
    }

    /// Ticks with the time since the begin; the present and what is left.
    fn axis(&self, p: &mut Painter<'_>, y: u16) {
        let Axis {
            x,
            cells,
            span,
            begin,
            now,
        } = self.axis;
        let dash = p.theme.glyphs.plain[4];
        p.put(
            x.saturating_sub(1),
            y,
            1,
            p.theme.glyphs.plain[2],
            Role::Faint,
        );
        p.put(x, y, cells, &dash.repeat(usize::from(cells)), Role::Faint);
        let mut free_until = cells;
        let mut free_from = cells;
        if let Some(now) = now {
            let left = match self.left {
                Some(Eta::Left(seconds)) => format!(" ~{} left", rough(seconds)),
                Some(Eta::Over(seconds)) => format!(" ~{} over", rough(seconds)),
                None => String::new(),
            };
            let text = format!(" now{left} ");
            let width = (text.len() as u16).min(cells);
            free_until = self.axis.cell(now).saturating_sub(1).min(cells - width);
            free_from = free_until + width;
            p.put(x + free_until, y, width, &text, Role::Accent);
        }
        let step = tick(span / 1_000, i64::from(cells) / TICK);
        let ticks = (0..=span / 1_000 / step).map(|tick| tick * step);
        for seconds in ticks {
            let at = Timestamp::from_millisecond(begin + seconds * 1_000).unwrap_or(self.end);
            let word = tick_word(seconds);
            let (from, to) = (self.axis.cell(at), self.axis.cell(at) + word.len() as u16);
            if to < free_until || (from > free_from && to < cells) {
                p.put(x + from, y, cells - from, &word, Role::Dim);
            }
        }
    }
}
