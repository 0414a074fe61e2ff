//! The Log tab: lines of all containers by time, and an honest line about what is and is not there.
//! Apart from the log itself, which knows nothing of width.

mod bar;
mod gone;
mod line;
mod status;

use ratatui::layout::Rect;

use crate::app::drawn::Drawn;
use crate::app::log::{LogView, Seen, Times, since};
use crate::app::reading;
use crate::app::screens::run::RunPage;
use crate::app::state::Pane;
use crate::ui::Scene;
use crate::ui::paint::{Line, Painter, fit_name, wrap};
use crate::ui::theme::Role;

/// Cells of the time before a line.
const TIME: usize = 9;

pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    page: &RunPage,
    area: Rect,
    drawn: &mut Drawn,
) {
    let log = &scene.state.log;
    if area.height < 2 {
        return;
    }
    p.put_line(area.x, area.y, area.width, &status::line(p, scene));
    let body = Rect::new(area.x, area.y + 1, area.width, area.height - 1);
    let height = usize::from(body.height);
    if log.is_empty() {
        drawn.detail = Some((height, 0, 0));
        return without_lines(p, scene, body);
    }
    let many = !page.beside.is_empty();
    let view = View {
        label: label_width(log, many),
        many,
        began: began(scene, page),
        aside: if log.wrap { 0 } else { page.aside },
        width: usize::from(body.width),
    };
    let end = view.top_for_end(log, height);
    let aimed = reading::aimed(scene.state).map(|(_, aim)| aim);
    let top = match aimed {
        // What came before an error has a third of the room; what came after the last line of a step has as much.
        Some(aim) if aim.is_error => aim.line.saturating_sub(height / 3).min(end),
        Some(aim) => (aim.line + 1 + height / 3).saturating_sub(height).min(end),
        None if log.follow || log.aims => end,
        None => log.top.min(log.len().saturating_sub(1)),
    };
    // Where lines are wrapped fewer of them fit: the end is in view from `end` on.
    drawn.detail = Some((height, end + height, top));
    drawn.cells = (view.text_width(log), false);
    let at_error = aimed.filter(|aim| aim.is_error).map(|aim| aim.line);
    let count = view.lines(p, scene, (top, at_error), body, drawn);
    let focused = page.pane == Pane::Detail;
    bar::draw(p, log, (top, count), body, focused);
}

/// Which of the errors and warnings one stands on, and the pod it came from: their step is beside the lines.
pub(super) fn stands(log: &LogView, gap: &str) -> Line {
    let (Some((nth, count)), Some(stood)) = (log.nth_trouble(), log.stood_on()) else {
        return Line::default();
    };
    let source = &stood.source;
    Line::of(
        format!("{gap}error or warning {nth} of {count}"),
        Role::Accent,
    )
    .and(format!("  {}/{}", source.pod, source.container), Role::Dim)
}

/// Why there is no line, and what to do.
fn without_lines(p: &mut Painter<'_>, scene: &Scene<'_>, body: Rect) {
    let texts = status::nothing(p, scene);
    let pieces = texts
        .iter()
        .flat_map(|text| wrap(text, usize::from(body.width)));
    for (piece, y) in pieces.zip(body.y..body.bottom()) {
        p.put(body.x, y, body.width, piece, Role::Dim);
    }
}

/// When the run began, else the log.
fn began(scene: &Scene<'_>, page: &RunPage) -> Option<jiff::Timestamp> {
    let workflow = scene.state.focus_on(&page.key)?.workflow.as_ref();
    let started = workflow.and_then(|workflow| workflow.facts.started);
    started.or_else(|| scene.state.log.began())
}

/// How wide what is.
struct View {
    label: usize,
    /// The lines are of several runs.
    many: bool,
    began: Option<jiff::Timestamp>,
    aside: usize,
    width: usize,
}

impl View {
    fn text_width(&self, log: &LogView) -> usize {
        let before = self.label + time_width(log);
        self.width.saturating_sub(before).max(8)
    }

    /// The first line with which the end of the log fills the window.
    fn top_for_end(&self, log: &LogView, height: usize) -> usize {
        if !log.wrap {
            return log.len().saturating_sub(height);
        }
        let width = self.text_width(log);
        let mut used = 0;
        let mut top = log.len();
        for seen in log.window(0).rev() {
            used += line::told(log, &seen).wrapped(width).len();
            if used > height && top < log.len() {
                break;
            }
            top -= 1;
        }
        top
    }

    /// Draws lines from `top` on; how many there was room for.
    fn lines(
        &self,
        p: &mut Painter<'_>,
        scene: &Scene<'_>,
        (top, at_error): (usize, Option<usize>),
        body: Rect,
        drawn: &mut Drawn,
    ) -> usize {
        let log = &scene.state.log;
        let width = self.text_width(log);
        let before = (self.label + time_width(log)) as u16;
        let mut y = body.y;
        let mut count = 0;
        for mut seen in log.window(top) {
            if y >= body.bottom() {
                break;
            }
            seen.here |= at_error == Some(top + count);
            count += 1;
            let told = line::told(log, &seen);
            let pieces = match log.wrap {
                true => told.wrapped(width),
                false => {
                    drawn.cells.1 |= told.width() > self.aside + width;
                    vec![told.from_cell(self.aside)]
                }
            };
            self.prefix(p, scene, &seen, (body.x, y));
            for piece in &pieces {
                if y >= body.bottom() {
                    break;
                }
                if seen.here {
                    // In the free column between the border and the lines.
                    p.put(
                        body.x.saturating_sub(1),
                        y,
                        1,
                        p.theme.glyphs.cursor,
                        Role::Focus,
                    );
                }
                let x = body.x + before;
                p.put_line(x, y, body.right().saturating_sub(x), piece);
                y += 1;
            }
        }
        count
    }

    /// The time of a line and the step it is of.
    fn prefix(&self, p: &mut Painter<'_>, scene: &Scene<'_>, seen: &Seen, (x, y): (u16, u16)) {
        let log = &scene.state.log;
        let (line, time) = (&seen.line, time_width(log) as u16);
        match (log.times, line.at, self.began) {
            (Times::Clock, Some(at), _) => {
                let told = scene.state.zone.told(at, "%H:%M:%S");
                p.put(x, y, 8, &told, Role::Faint);
            }
            (Times::Since, Some(at), Some(began)) => {
                p.put_right(x, y, 8, &since(began, at), Role::Faint);
            }
            _ => {}
        }
        if self.label > 0 {
            let name = match &*line.source.container {
                "main" => line.source.step.to_string(),
                other => format!("{}/{other}", line.source.step),
            };
            let width = self.label - 1;
            let name = match name.split_once('/') {
                Some((run, step)) if self.many => of_run(p, run, step, width),
                _ => name,
            };
            p.put(x + time, y, width as u16, &name, Role::Accent);
        }
    }
}

/// Run and step in so many cells: the step whole where two thirds of them are enough for it.
fn of_run(p: &Painter<'_>, run: &str, step: &str, width: usize) -> String {
    let room = width.saturating_sub(step.chars().count() + 1);
    let run = fit_name(run, room.max(width / 3), p.theme.glyphs.ellipsis);
    format!("{run}/{step}")
}

fn time_width(log: &LogView) -> usize {
    if log.times == Times::Off { 0 } else { TIME }
}

/// Room for the names of the steps: none when one step is shown.
fn label_width(log: &LogView, many: bool) -> usize {
    if log.only.is_some() {
        return 0;
    }
    let steps: std::collections::BTreeSet<&str> =
        log.streams.keys().map(|source| &*source.step).collect();
    match steps.len() {
        0 | 1 => 0,
        _ => {
            steps
                .iter()
                .map(|step| step.chars().count())
                .max()
                .unwrap_or(0)
                .clamp(4, if many { 28 } else { 18 })
                + 1
        }
    }
}
