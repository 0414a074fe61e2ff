//! Two runs compared: which two and what comes of it on top, the differences by parts below, the whole of a cut line under them.
//! Apart from the sentences of `why`, whose list is as long as it must be: this one has the whole screen.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use crate::app::compare::{self, Head, Kind};
use crate::app::drawn::Drawn;
use crate::app::overlay::{Choice, Item, Overlay};
use crate::app::state::later;
use crate::model::manifest::Side;
use crate::ui::Scene;
use crate::ui::overlay::draw_read;
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::theme::Role;
use crate::ui::why::{kept_below, whole};

/// The widest the column of what a line is about gets.
const LEFT: usize = 28;

pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    over: &Overlay,
    area: Rect,
    drawn: &mut Drawn,
) {
    let Some(compare) = &scene.state.compare else {
        return;
    };
    // Ages stand in the head.
    drawn.changes_at(later(scene.now, 1_000));
    let choices = over.choices(scene.state, scene.now);
    let title = format!("{} · {}", over.title(), compare.here());
    p.wipe(area);
    let inside = p.frame(area, &Line::of(title, Role::Title), true);
    let inner = usize::from(inside.width.saturating_sub(2)).max(8);
    let head = head(p, &compare::head(compare, scene.state, scene.now), inner);
    let head_height = (head.len() as u16).min((inside.height / 2).max(1));
    for (line, y) in head.iter().take(usize::from(head_height)).zip(inside.y..) {
        p.put_line(inside.x + 1, y, inside.width.saturating_sub(1), line);
    }
    let left = choices
        .iter()
        .filter(|one| !matches!(kind(one), Some(Kind::Piece(_))))
        .map(|one| one.left.width())
        .max()
        .unwrap_or(0);
    let left = left.min(inner / 3).min(LEFT) as u16;
    let items: Vec<Item> = choices.iter().map(|choice| choice.item.clone()).collect();
    let index = over.cursor.index(&items).unwrap_or(0);
    let gap = u16::from(inside.height > head_height + 6);
    let taken = |one: &Choice| match kind(one) {
        Some(Kind::Piece(_)) => 0,
        _ => left,
    };
    let is_cut = |one: &Choice| whole(Some(one), inner, taken(one)).is_some();
    let room = inside.height.saturating_sub(head_height + gap);
    let below = kept_below(room, &choices, index, is_cut);
    let top = inside.y + head_height + gap;
    let height = inside.bottom().saturating_sub(top + below);
    let list = Rect::new(inside.x, top, inside.width, height);
    draw_read(
        p,
        (&choices, index),
        over,
        (area, list),
        drawn,
        |p, choice, row| {
            let open = kind(choice) == Some(Kind::Section) && !is_folded(choice, scene);
            draw_row(p, choice, (left, open), row);
        },
    );
    drawn.under = items.get(index).cloned();
    let under = choices.get(index).filter(|_| below > 0);
    let first = inside.bottom().saturating_sub(below) + 1;
    if let Some(line) = under.and_then(|one| whole(Some(one), inner, taken(one))) {
        for (piece, y) in line.iter().zip(first..inside.bottom()) {
            p.put(inside.x + 2, y, inner as u16 - 1, piece, Role::Dim);
        }
    }
}

/// Which two, and what comes of it.
fn head(p: &Painter<'_>, head: &Head, width: usize) -> Vec<Line> {
    let pieces = wrap(&head.which, width);
    let mut lines: Vec<Line> = pieces
        .into_iter()
        .map(|piece| Line::of(piece, Role::Text))
        .collect();
    if let Some((state, verdict)) = &head.verdict {
        let pieces = wrap(verdict, width.saturating_sub(2));
        lines.extend(pieces.into_iter().enumerate().map(|(at, piece)| {
            let mark = match at {
                0 => p.theme.glyphs.state(*state),
                _ => " ",
            };
            Line::of(format!("{mark} "), Role::of(*state)).and(piece, Role::Title)
        }));
    }
    lines
}

fn kind(choice: &Choice) -> Option<Kind> {
    match &choice.item {
        Item::Difference(line) => Some(line.kind),
        _ => None,
    }
}

fn is_folded(choice: &Choice, scene: &Scene<'_>) -> bool {
    let compare = scene.state.compare.as_ref();
    match &choice.item {
        Item::Difference(line) => line
            .section
            .zip(compare)
            .is_some_and(|(section, compare)| compare.folded.contains(&section)),
        _ => false,
    }
}

fn draw_row(p: &mut Painter<'_>, choice: &Choice, (left, open): (u16, bool), row: Rect) {
    let Some(kind) = kind(choice) else {
        return;
    };
    let end = row.right().saturating_sub(1);
    let mut x = row.x + 1;
    let right = (choice.right.width() as u16).min(end.saturating_sub(x) / 2);
    let role = match kind {
        Kind::Section => {
            let glyphs = &p.theme.glyphs;
            let glyph = if open { glyphs.open } else { glyphs.folded };
            x += p.put(x, row.y, 1, glyph, Role::Dim) + 1;
            x += p.put(x, row.y, end.saturating_sub(x), &choice.text, Role::Title) + 2;
            p.put(x, row.y, end.saturating_sub(x), &choice.right, Role::Dim);
            return;
        }
        Kind::Piece(side) => {
            x += 2;
            // Of a log the lines that only the run asked about wrote stand out, of a text what was put in.
            let is_log = section(choice) == Some(compare::Section::Log);
            let role = match side {
                Side::Place => Role::Accent,
                Side::Same => Role::Dim,
                Side::Old if is_log => Role::Faint,
                Side::New if is_log => Role::Warn,
                Side::Old => Role::Bad,
                Side::New => Role::Ok,
                Side::Near => Role::Text,
            };
            x += p.put(x, row.y, 2, &choice.left, role);
            role
        }
        Kind::Note if choice.left.is_empty() && section(choice).is_none() => Role::Text,
        Kind::Note | Kind::Change | Kind::Missing => {
            x += 2;
            p.put(x, row.y, left, &choice.left, Role::Key);
            x += left + 2;
            if let Some(state) = choice.state {
                x += p.put(x, row.y, 1, p.theme.glyphs.state(state), Role::of(state)) + 1;
            }
            match kind {
                Kind::Missing => Role::Warn,
                _ => Role::Text,
            }
        }
    };
    let room = end.saturating_sub(x + right + u16::from(right > 0));
    p.put(x, row.y, room, &choice.text, role);
    let from = end.saturating_sub(right);
    p.put_right(from, row.y, right, &choice.right, Role::Dim);
}

fn section(choice: &Choice) -> Option<compare::Section> {
    match &choice.item {
        Item::Difference(line) => line.section,
        _ => None,
    }
}
