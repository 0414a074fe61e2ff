//! A picture on the screen: two pixels in each cell, or a place left blank where the terminal shows it itself.
//! Apart from text, because these cells come from a file and are colours only.

use std::sync::Arc;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use crate::app::graphics::{Placed, Wish};
use crate::app::state::State;
use crate::model::picture::Picture;
use crate::ui::paint::Painter;
use crate::ui::theme::Theme;
use crate::ui::theme::colour::Depth;

/// Rows below which a picture shows nothing.
const LEAST: u16 = 3;
/// Half a cell: the upper pixel is its foreground, the lower one its background.
const HALF: &str = "▀";

/// Cells of a picture as they were drawn, to see whether something came over them.
pub(super) struct Drawn {
    picture: Arc<Picture>,
    area: Rect,
    cells: Vec<Cell>,
}

/// Why a picture is told in words only; `None`: it is drawn.
pub(super) fn only_words(state: &State, theme: &Theme) -> Option<&'static str> {
    if state.habits.pictures == Wish::None {
        Some("pictures are turned off (pictures = \"none\")")
    } else if theme.glyphs.ascii {
        Some("there are no pictures in ASCII")
    } else if theme.depth() == Depth::Mono || !theme.has_colours() {
        Some("there are no pictures without colours")
    } else {
        None
    }
}

/// Draws a picture into this room, at its upper left; rows that it takes, none where there is no room for it.
pub(super) fn draw(
    p: &mut Painter<'_>,
    state: &State,
    picture: &Arc<Picture>,
    room: Rect,
) -> Option<Drawn> {
    if room.height < LEAST || room.width < LEAST {
        return None;
    }
    let (columns, rows) = picture.cells((room.width, room.height), state.graphics.cell());
    let area = Rect::new(room.x, room.y, columns, rows);
    let small = picture.scaled(u32::from(columns), u32::from(rows) * 2);
    let pixel = |x: u16, y: u32| {
        let at = (u64::from(y) * u64::from(small.width) + u64::from(x)) as usize * 3;
        match small.rgb().get(at..at + 3) {
            Some(&[red, green, blue]) if u32::from(x) < small.width => Color::Rgb(red, green, blue),
            _ => Color::Reset,
        }
    };
    let mut cells = Vec::new();
    for position in area.positions() {
        let (x, y) = (position.x - area.x, u32::from(position.y - area.y));
        let style = Style::new().fg(pixel(x, y * 2)).bg(pixel(x, y * 2 + 1));
        if let Some(cell) = p.buffer.cell_mut(position) {
            cell.reset();
            cell.set_symbol(HALF).set_style(p.theme.depth().fit(style));
            cells.push(cell.clone());
        }
    }
    let picture = Arc::clone(picture);
    Some(Drawn {
        picture,
        area,
        cells,
    })
}

/// Leaves its place blank where the terminal can show it, and nothing lies over it.
pub(super) fn place(drawn: Drawn, state: &State, buffer: &mut Buffer) -> Option<Placed> {
    let protocol = state.graphics.protocol(state.habits.pictures)?;
    let Drawn {
        picture,
        area,
        cells,
    } = drawn;
    let covered = (area.positions().zip(&cells)).any(|(at, cell)| buffer.cell(at) != Some(cell));
    if covered {
        return None;
    }
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.reset();
        }
    }
    Some(Placed {
        picture,
        protocol,
        at: (area.x, area.y),
        cells: (area.width, area.height),
        cell: state.graphics.cell(),
    })
}
