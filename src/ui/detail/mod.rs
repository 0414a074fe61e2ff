//! The tabs of the Run page, one file each.
//! Apart from the page, which only gives them room.

mod artifacts;
mod criteria;
mod events;
mod log;
pub(super) mod parameters;
mod summary;
pub(super) mod yaml;

use ratatui::layout::Rect;

use crate::app::drawn::Drawn;
use crate::app::focus::Focus;
use crate::app::screens::run::RunPage;
use crate::app::search::Place;
use crate::app::seeking;
use crate::app::state::{Pane, Tab};
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
        Tab::Criteria => return criteria::draw(p, scene, (page, focus), area, drawn),
        Tab::Parameters => parameters::lines(page, focus, width),
        Tab::Artifacts => match &page.shelf.open {
            Some(opened) => artifacts::lines(p, scene, (opened, focus), width),
            None => return artifacts::draw(p, scene, (page, focus), area, drawn),
        },
        Tab::Events => events::lines(scene, focus, width, drawn),
        Tab::Yaml => yaml::lines(focus, scene.state.log.wrap.then_some(width)),
        Tab::Log => Vec::new(),
    };
    drawn.found = mark(&mut lines, page);
    let height = usize::from(area.height);
    if let (Tab::Artifacts, Some(opened)) = (page.tab, &page.shelf.open) {
        artifacts::picture(p, scene, opened, (lines.len(), area), drawn);
    }
    let top = page.top.min(lines.len().saturating_sub(height));
    drawn.detail = Some((height, lines.len(), top));
    let mut beyond = false;
    for (line, y) in lines.iter().skip(top).zip(area.y..area.bottom()) {
        beyond |= line.width() > page.aside + width;
        p.put_line(area.x, y, area.width, &line.from_cell(page.aside));
    }
    drawn.cells = (width, beyond);
}

/// What is said on the lower border of the focused pane: where one is among the matches, and how far to the right.
pub(super) fn foot(scene: &Scene<'_>, page: &RunPage) -> Line {
    let mut line = Line::default();
    let Some(focus) = scene.state.focus_on(&page.key) else {
        return line;
    };
    if page.aside > 0 && page.pane == Pane::Detail {
        line.push(format!("from column {}", page.aside + 1), Role::Dim);
    }
    let gap = if line.0.is_empty() { "" } else { "  " };
    if let Some(told) = seeking::told(page, &scene.state.log, focus) {
        line.push(gap, Role::Dim);
        line.push(told, Role::Match);
    } else if page.tab == Tab::Log && page.pane == Pane::Detail {
        line.0.extend(log::stands(&scene.state.log, gap).0);
    }
    line
}

/// Marks what is searched for, and apart from the others the match one stands on; where they are.
fn mark(lines: &mut [Line], page: &RunPage) -> Vec<Place> {
    let search = &page.search;
    if search.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, line) in lines.iter_mut().enumerate() {
        let text = line.plain();
        if let Some((from, to)) = search.first_in(&text) {
            found.push(Place { line: at, from, to });
            line.paint(search.matches(&text), mark_of(page.hit == Some(at)));
        }
    }
    found
}

/// How a match is drawn.
pub(super) fn mark_of(here: bool) -> Role {
    if here { Role::Here } else { Role::Match }
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
