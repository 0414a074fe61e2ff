//! The steps as a graph: what is in view of it, line by line; what has to do with the cursor's step stands out of the rest.
//! Apart from the layout, which is done when the steps change; here only the cells in view are touched.

use ratatui::layout::Rect;

use crate::app::cursor;
use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::focus::Focus;
use crate::app::screens::run::RunPage;
use crate::app::steps::{Drawing, Piece, Stretch, pieces};
use crate::model::layers::{LEFT, RIGHT, Spot};
use crate::model::phase::State as RunState;
use crate::ui::paint::{Line, Painter};
use crate::ui::steps;
use crate::ui::theme::Role;

/// Cells between the steps of a column and the lanes right of it.
const OUT: usize = 2;

/// The part of a graph that is in view.
struct View<'a> {
    drawing: &'a Drawing,
    focus: &'a Focus,
    page: &'a RunPage,
    /// Where it is drawn; its first column of cells is the cursor's.
    area: Rect,
    /// The leftmost column in view.
    left: usize,
    /// The first row in view.
    top: usize,
}

/// Draws the graph; the line above `area` tells how much of it is in view.
pub(super) fn draw(
    p: &mut Painter<'_>,
    focus: &Focus,
    page: &RunPage,
    area: Rect,
    focused: bool,
    drawn: &mut Drawn,
) {
    let Some(drawing) = page.steps.drawing() else {
        return;
    };
    let layers = &drawing.layers;
    let Some(place) = layers.places.get(page.steps.under()) else {
        return;
    };
    let height = usize::from(area.height);
    let width = usize::from(area.width.saturating_sub(1));
    let top = cursor::window(page.cursor.top, place.row, height, layers.height);
    let left = leftmost(&drawing.stretches, page.left, place.column, width);
    drawn.steps = Some((height, top));
    drawn.left = Some(left);
    let view = View {
        drawing,
        focus,
        page,
        area,
        left,
        top,
    };
    let mut last = left;
    for column in left..layers.columns.len() {
        if view.x(column) >= area.right() {
            break;
        }
        last = column;
        view.column(p, column, focused, drawn);
    }
    view.bearings(p, last);
}

/// The leftmost column with which the cursor's is in view, with the one before it where there is room.
fn leftmost(stretches: &[Stretch], before: usize, column: usize, width: usize) -> usize {
    let Some(here) = stretches.get(column) else {
        return 0;
    };
    let x = |at: usize| stretches[at].x;
    let mut left = before.min(column.saturating_sub(1));
    while left < column && here.x + here.width - x(left) > width {
        left += 1;
    }
    // No room stays empty while something is out of view.
    let end = stretches.last().map_or(0, |last| last.x + last.width);
    while left > 0 && end - x(left - 1) <= width {
        left -= 1;
    }
    left
}

impl View<'_> {
    /// First cell of a column on screen.
    fn x(&self, column: usize) -> u16 {
        let stretches = &self.drawing.stretches;
        let cells = stretches[column].x.saturating_sub(stretches[self.left].x);
        self.area
            .x
            .saturating_add(1)
            .saturating_add(u16::try_from(cells).unwrap_or(u16::MAX))
    }

    fn y(&self, row: usize) -> u16 {
        self.area.y + (row - self.top) as u16
    }

    /// Puts text, cut at the end of the area.
    fn put(&self, p: &mut Painter<'_>, x: u16, y: u16, text: &str, role: Role) {
        p.put(x, y, self.area.right().saturating_sub(x), text, role);
    }

    fn column(&self, p: &mut Painter<'_>, column: usize, focused: bool, drawn: &mut Drawn) {
        let Some(layer) = self.drawing.layers.columns.get(column) else {
            return;
        };
        let bottom = self.top + usize::from(self.area.height);
        let first = layer.spots.partition_point(|spot| spot.row < self.top);
        let in_view = layer.spots[first..]
            .iter()
            .take_while(|spot| spot.row < bottom);
        for spot in in_view {
            if column > self.left {
                self.line_in(p, column, spot);
            }
            match spot.node {
                Some(node) => self.step(p, column, spot.row, node, focused, drawn),
                None => {
                    let lit = self.drawing.light.passes(spot);
                    let cells = self.drawing.stretches[column].width + OUT;
                    self.dashes(p, self.x(column), self.y(spot.row), cells, lit);
                }
            }
        }
        let start = usize::from(self.x(column)) + self.drawing.stretches[column].width + OUT;
        for lane in 0..layer.gap.lanes {
            let Ok(x) = u16::try_from(start + lane) else {
                return;
            };
            for row in self.top..bottom {
                let arms = layer.gap.arms(row, lane);
                if arms != 0 && x < self.area.right() {
                    let lit = self.drawing.light.arms(column, row, lane);
                    let cell = p.theme.glyphs.line(arms, lit);
                    self.put(p, x, self.y(row), cell, self.tone(lit != 0));
                }
            }
        }
    }

    /// The two cells before a step or a line that passes.
    fn line_in(&self, p: &mut Painter<'_>, column: usize, spot: &Spot) {
        let lanes = self.drawing.layers.columns[column - 1].gap.lanes;
        let Some(last) = lanes.checked_sub(1) else {
            return;
        };
        let gap = &self.drawing.layers.columns[column - 1].gap;
        if gap.arms(spot.row, last) & RIGHT == 0 {
            return;
        }
        let lit = self.drawing.light.arms(column - 1, spot.row, last) & RIGHT != 0;
        let cells = if spot.node.is_some() { 1 } else { 2 };
        let x = self.x(column).saturating_sub(2);
        self.dashes(p, x, self.y(spot.row), cells, lit);
    }

    fn dashes(&self, p: &mut Painter<'_>, x: u16, y: u16, cells: usize, lit: bool) {
        let room = usize::from(self.area.right().saturating_sub(x));
        let across = LEFT | RIGHT;
        let dash = p.theme.glyphs.line(across, if lit { across } else { 0 });
        self.put(p, x, y, &dash.repeat(cells.min(room)), self.tone(lit));
    }

    fn tone(&self, lit: bool) -> Role {
        if lit { Role::Accent } else { Role::Faint }
    }

    /// A step and the line that leaves it.
    fn step(
        &self,
        p: &mut Painter<'_>,
        column: usize,
        row: usize,
        node: usize,
        focused: bool,
        drawn: &mut Drawn,
    ) {
        let (x, y) = (self.x(column), self.y(row));
        let line = &self.page.steps.rows()[node];
        let branch = &self.focus.tree().branches[line.branch];
        let under = node == self.page.steps.under();
        let near = under || self.drawing.kin.has(node);
        let name = match branch.state {
            RunState::Failed | RunState::Error => Role::Bad,
            _ if under => Role::Title,
            _ if near => Role::Text,
            _ => Role::Dim,
        };
        let mut text = Line::default();
        let mut cells = 0;
        for piece in pieces(branch, line) {
            cells += piece.width();
            match piece {
                Piece::Mark(state) => text.push(p.theme.glyphs.state(state), mark(state, near)),
                Piece::Name(label, room) => {
                    let cut = crate::ui::paint::fit(&label, room, p.theme.glyphs.ellipsis);
                    text.push(" ", name);
                    let search = Some(&self.page.search);
                    text.0.extend(steps::name(&cut, name, search, under).0);
                }
                Piece::Attempts(count) => {
                    text.push(format!(" {}{count}", p.theme.glyphs.times), Role::Dim);
                }
                Piece::Count(state, count) => {
                    text.push(
                        format!(" {} {count}", p.theme.glyphs.state(state)),
                        mark(state, near),
                    );
                }
            }
        }
        let used = p.put_line(x, y, self.area.right().saturating_sub(x), &text);
        if under {
            let role = if focused { Role::Focus } else { Role::Faint };
            p.put(x - 1, y, 1, p.theme.glyphs.cursor, role);
            p.tint(Rect::new(x - 1, y, used + 1, 1), Role::Select);
        }
        drawn.hits.push(Hit {
            x,
            y,
            width: used,
            target: Target::Branch(line.id.clone()),
        });
        let gap = &self.drawing.layers.columns[column].gap;
        if gap.arms(row, 0) & LEFT != 0 {
            let lit = self.drawing.light.arms(column, row, 0) & LEFT != 0;
            let rest = (self.drawing.stretches[column].width + OUT).saturating_sub(cells + 1);
            let out = usize::from(x) + cells + 1;
            if let Ok(out) = u16::try_from(out) {
                self.dashes(p, out, y, rest, lit);
            }
        }
    }

    /// Which columns and rows of how many are in view, where that is not all; and what is not drawn at all.
    fn bearings(&self, p: &mut Painter<'_>, last: usize) {
        let layers = &self.drawing.layers;
        let mut told = Vec::new();
        let columns = layers.columns.len();
        let end = |stretch: &Stretch| usize::from(self.x(last)) + stretch.width;
        let clipped = self
            .drawing
            .stretches
            .get(last)
            .is_some_and(|stretch| end(stretch) > usize::from(self.area.right()));
        let whole = (last + 1 - usize::from(clipped)).max(self.left + 1);
        if self.left > 0 || whole < columns {
            told.push(format!("columns {}–{whole} of {columns}", self.left + 1));
        }
        let height = usize::from(self.area.height);
        if layers.height > height {
            let end = (self.top + height).min(layers.height);
            told.push(format!("rows {}–{end} of {}", self.top + 1, layers.height));
        }
        if layers.undrawn > 0 {
            told.push(format!("{} lines not drawn", layers.undrawn));
        }
        if told.is_empty() {
            return;
        }
        // What stands in this line already is parted from it.
        let text = format!("  {}", told.join(&format!(" {} ", p.theme.glyphs.dot)));
        let width = self.area.width.saturating_sub(2);
        p.put_right(
            self.area.x + 1,
            self.area.y.saturating_sub(1),
            width,
            &text,
            Role::Faint,
        );
    }
}

/// What went well and is not near says no more than that; what did not is seen from everywhere.
fn mark(state: RunState, near: bool) -> Role {
    match state {
        RunState::Succeeded | RunState::Skipped | RunState::NotStarted if !near => Role::Dim,
        state => Role::of(state),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursors_column_is_in_view_with_the_one_before_it() {
        let stretches: Vec<Stretch> = (0..8)
            .map(|at| Stretch {
                x: at * 20,
                width: 15,
                gap: 5,
            })
            .collect();
        for (before, column, width, left) in [
            (0, 0, 40, 0),
            (0, 2, 60, 0),
            (0, 3, 60, 1),
            (4, 3, 60, 2),
            (7, 0, 40, 0),
            (7, 7, 60, 5),
            (0, 7, 5, 7),
            (0, 7, 500, 0),
            (0, 99, 10, 0),
        ] {
            assert_eq!(
                leftmost(&stretches, before, column, width),
                left,
                "{before} {column} {width}"
            );
        }
    }
}
