//! The report of a run: its Markdown as it would be saved, the whole of a cut line under it.
//! Apart from lists that lead somewhere: this is read, and given away.

use ratatui::layout::Rect;

use crate::app::drawn::Drawn;
use crate::app::overlay::{Choice, Item, Overlay};
use crate::ui::Scene;
use crate::ui::overlay::draw_read;
use crate::ui::paint::{Line, Painter};
use crate::ui::theme::Role;
use crate::ui::why::{kept_below, whole};

pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    over: &Overlay,
    area: Rect,
    drawn: &mut Drawn,
) {
    let choices = over.choices(scene.state, scene.now);
    let items: Vec<Item> = choices.iter().map(|choice| choice.item.clone()).collect();
    let index = over.cursor.index(&items).unwrap_or(0);
    p.wipe(area);
    let inside = p.frame(area, &Line::of(over.title(), Role::Title), true);
    let inner = usize::from(inside.width.saturating_sub(2)).max(8);
    let is_cut = |one: &Choice| whole(Some(one), inner, 0).is_some();
    let below = kept_below(inside.height, &choices, index, is_cut);
    let list = Rect::new(
        inside.x,
        inside.y,
        inside.width,
        inside.height.saturating_sub(below),
    );
    let roles = roles(&choices);
    draw_read(
        p,
        (&choices, index),
        over,
        (area, list),
        drawn,
        |p, choice, row| {
            let Item::Line(at) = choice.item else {
                return;
            };
            let role = roles.get(at).copied().unwrap_or(Role::Text);
            p.put(
                row.x + 1,
                row.y,
                row.width.saturating_sub(2),
                &choice.text,
                role,
            );
        },
    );
    drawn.under = items.get(index).cloned();
    let first = inside.bottom().saturating_sub(below) + 1;
    let under = choices.get(index).filter(|_| below > 0);
    if let Some(line) = under.and_then(|one| whole(Some(one), inner, 0)) {
        for (piece, y) in line.iter().zip(first..inside.bottom()) {
            p.put(inside.x + 1, y, inner as u16, piece, Role::Dim);
        }
    }
}

/// How each line is drawn: heads stand out, what is quoted between fences steps back.
fn roles(choices: &[Choice]) -> Vec<Role> {
    let mut fence: Option<&str> = None;
    let lines = choices.iter().map(|choice| choice.text.as_str());
    lines
        .map(|line| {
            let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
            match fence {
                Some(open) if ticks == open => fence = None,
                None if ticks.len() >= 3 => fence = Some(ticks),
                Some(_) => {}
                None if line.starts_with('#') => return Role::Title,
                None => return Role::Text,
            }
            Role::Dim
        })
        .collect()
}
