//! The tabs of the Run page, one file each.
//! Apart from the page, which only gives them room.

mod events;
mod log;
mod parameters;
mod summary;
mod yaml;

use ratatui::layout::Rect;

use crate::app::drawn::Drawn;
use crate::app::focus::Focus;
use crate::app::screens::run::RunPage;
use crate::app::search::Search;
use crate::app::state::Tab;
use crate::model::workflow::Step;
use crate::ui::Scene;
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::theme::Role;

pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    page: &RunPage,
    area: Rect,
    drawn: &mut Drawn,
) {
    if page.tab == Tab::Log {
        return log::draw(p, scene, page, area, drawn);
    }
    let Some(focus) = scene.state.focus_on(&page.key) else {
        return;
    };
    let width = usize::from(area.width);
    let mut lines = match page.tab {
        Tab::Summary => summary::lines(p, scene, page, focus, width, drawn),
        Tab::Parameters => parameters::lines(page, focus, width),
        Tab::Events => events::lines(scene, focus, width, drawn),
        Tab::Yaml => yaml::lines(p, focus),
        Tab::Log => Vec::new(),
    };
    drawn.found = mark(&mut lines, &page.search);
    let height = usize::from(area.height);
    // A match stands in the first line, also one of the last page: from there the next one is found.
    let page_of_end = if page.search.is_empty() { height } else { 1 };
    let top = page.top.min(lines.len().saturating_sub(page_of_end));
    drawn.detail = Some((height, lines.len(), top));
    for (line, y) in lines.iter().skip(top).zip(area.y..area.bottom()) {
        p.put_line(area.x, y, area.width, line);
    }
}

/// Marks what is searched for; the lines that have it.
fn mark(lines: &mut [Line], search: &Search) -> Vec<usize> {
    if search.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, line) in lines.iter_mut().enumerate() {
        let text = line.plain();
        let mut matches = search.matches(&text).peekable();
        if matches.peek().is_some() {
            found.push(at);
            line.paint(matches, Role::Match);
        }
    }
    found
}

/// The step under the cursor, else the one that tells what is the matter.
fn step<'a>(page: &RunPage, focus: &'a Focus) -> Option<&'a Step> {
    focus.step(page.steps.row()?.branch)
}

/// `label   value`, wrapped under itself.
fn fact(lines: &mut Vec<Line>, label: &str, value: &str, role: Role, width: usize) {
    const LABEL: usize = 14;
    let room = width.saturating_sub(LABEL).max(8);
    for (at, piece) in wrap(value, room).into_iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        lines.push(Line::of(format!("{label:<LABEL$}"), Role::Dim).and(piece, role));
    }
}

/// A heading with an empty line before it.
fn heading(lines: &mut Vec<Line>, text: impl Into<String>) {
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    lines.push(Line::of(text, Role::Title));
}
