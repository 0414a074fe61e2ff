//! Why a run is where it is: the sentence on top, its evidence below as a list to go from, the rest of a cut line under it.
//! Apart from lists to choose from, which have no sentence.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use crate::app::drawn::Drawn;
use crate::app::overlay::{Choice, Item, Overlay, OverlayKind};
use crate::app::state::later;
use crate::app::why;
use crate::model::finding::Finding;
use crate::ui::Scene;
use crate::ui::overlay::draw_read;
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::theme::Role;

/// The widest it is worth being.
const WIDEST: u16 = 124;
/// Lines of the whole text of a line that is cut.
const WHOLE: u16 = 4;

pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    over: &Overlay,
    area: Rect,
    drawn: &mut Drawn,
) {
    let OverlayKind::Why { key, branch } = &over.kind else {
        return;
    };
    // Every sentence tells how long something lasts.
    drawn.changes_at(later(scene.now, 1_000));
    let found = why::findings(scene.state, key, branch.as_deref(), scene.now);
    let choices = over.choices(scene.state, scene.now);
    let width = area
        .width
        .saturating_sub(2)
        .clamp(area.width.min(30), WIDEST);
    let inner = usize::from(width.saturating_sub(4)).max(8);
    let head = head(p, found.as_deref(), inner);
    let left = choices
        .iter()
        .map(|one| one.left.width())
        .max()
        .unwrap_or(0);
    let left = left.min(inner / 4) as u16;
    let items: Vec<Item> = choices.iter().map(|choice| choice.item.clone()).collect();
    let index = over.cursor.index(&items).unwrap_or(0);
    let rest = whole(choices.get(index), inner, left);
    // Most of a small screen is for the sentence and the list.
    let room = area.height.saturating_sub(2);
    let head_height = (head.len() as u16).min((room / 2).max(1));
    let gap = u16::from(room > head_height + 6);
    let cut = choices
        .iter()
        .any(|one| whole(Some(one), inner, left).is_some());
    let below = match cut && room >= head_height + gap + 8 {
        true => WHOLE,
        false => 0,
    };
    let lines = u16::try_from(choices.len().max(1)).unwrap_or(u16::MAX);
    let height = lines
        .saturating_add(2 + head_height + gap + below)
        .min(area.height);
    let rect = Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 3,
        width,
        height,
    );
    p.wipe(rect);
    let inside = p.frame(rect, &Line::of(over.title(), Role::Title), true);
    for (line, y) in head.iter().take(usize::from(head_height)).zip(inside.y..) {
        p.put_line(inside.x + 1, y, inside.width.saturating_sub(1), line);
    }
    let top = inside.y + head_height + gap;
    let list = Rect::new(
        inside.x,
        top,
        inside.width,
        inside.bottom().saturating_sub(top + below),
    );
    draw_read(
        p,
        (&choices, index),
        over,
        (rect, list),
        drawn,
        |p, choice, row| {
            draw_row(p, choice, left, row);
        },
    );
    drawn.under = items.get(index).cloned();
    let first = inside.bottom().saturating_sub(below) + 1;
    if let Some(line) = rest.filter(|_| below > 0) {
        for (piece, y) in line.iter().zip(first..inside.bottom()) {
            p.put(inside.x + 2, y, inner as u16, piece, Role::Dim);
        }
    }
}

/// The first sentence, with the glyph of what it makes of the run.
fn head(p: &Painter<'_>, found: Option<&[Finding]>, width: usize) -> Vec<Line> {
    let Some(first) = found.and_then(|found| found.first()) else {
        return vec![Line::of(
            "the run is gone, and nothing is known of it",
            Role::Warn,
        )];
    };
    let glyph = p.theme.glyphs.state(first.state);
    let pieces = wrap(&first.sentence, width.saturating_sub(2)).into_iter();
    pieces
        .enumerate()
        .map(|(at, piece)| {
            let mark = if at == 0 { glyph } else { " " };
            Line::of(format!("{mark} "), Role::of(first.state)).and(piece, Role::Text)
        })
        .collect()
}

/// Lines below a list of this height that are kept for the whole text of the line under the cursor, one free line with them.
/// Where there is little room they are not kept for lines that are whole.
pub(super) fn kept_below(
    height: u16,
    choices: &[Choice],
    index: usize,
    is_cut: impl Fn(&Choice) -> bool,
) -> u16 {
    let cut = match height {
        ..14 => false,
        14..22 => choices.get(index).is_some_and(is_cut),
        _ => choices.iter().any(is_cut),
    };
    if cut { WHOLE } else { 0 }
}

/// The whole of the line under the cursor, where it has no room in the list.
pub(super) fn whole(choice: Option<&Choice>, width: usize, left: u16) -> Option<Vec<&str>> {
    let choice = choice?;
    let room = width.saturating_sub(usize::from(left) + choice.right.width() + 5);
    (choice.text.width() > room).then(|| wrap(&choice.text, width.saturating_sub(1)))
}

fn draw_row(p: &mut Painter<'_>, choice: &Choice, left: u16, row: Rect) {
    let mut x = row.x + 1;
    // A sentence of its own begins where the kinds of evidence stand.
    let role = match choice.state {
        Some(state) => {
            x += p.put(x, row.y, 1, p.theme.glyphs.state(state), Role::of(state)) + 1;
            Role::Title
        }
        None => {
            p.put(x, row.y, left, &choice.left, Role::Key);
            x += left + 2;
            match choice.left.as_str() {
                "missing" => Role::Warn,
                _ => Role::Text,
            }
        }
    };
    let end = row.right().saturating_sub(1);
    let right = (choice.right.width() as u16).min(end.saturating_sub(x) / 2);
    let room = end.saturating_sub(x + right + u16::from(right > 0));
    p.put(x, row.y, room, &choice.text, role);
    p.put_right(
        end.saturating_sub(right),
        row.y,
        right,
        &choice.right,
        Role::Dim,
    );
}
