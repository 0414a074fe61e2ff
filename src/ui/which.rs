//! What may follow a sequence of keys that was begun, for who does not know it by heart.
//! Apart from help, which lists everything; this goes as soon as the next key is pressed.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::ui::Scene;
use crate::ui::paint::{Line, Painter};
use crate::ui::theme::Role;

pub(super) fn draw(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect) {
    let state = scene.state;
    let next = state.keymap.following(&state.key_scopes(), &state.pending);
    let lines: Vec<(String, &str)> = next
        .into_iter()
        .filter_map(|(key, command)| match command {
            Some(command) if command.applies(state) => Some((key, command.info().doc)),
            Some(_) => None,
            None => Some((key, "and more keys")),
        })
        .collect();
    let keys = lines.iter().map(|(key, _)| key.width()).max().unwrap_or(0) as u16;
    let docs = lines.iter().map(|(_, doc)| doc.width()).max().unwrap_or(0) as u16;
    let width = (keys + docs + 7).max(24).min(area.width);
    let height = (lines.len() as u16 + 2).min(area.height);
    let rect = Rect::new(area.right() - width, area.bottom() - height, width, height);
    p.wipe(rect);
    let pressed: Vec<String> = state.pending.iter().map(ToString::to_string).collect();
    let title = Line::of(pressed.join(" "), Role::Key).and(" and then", Role::Title);
    let inside = p.frame(rect, &title, true);
    for ((key, doc), y) in lines.iter().zip(inside.y..inside.bottom()) {
        p.put(inside.x + 1, y, keys, key, Role::Key);
        let room = inside.width.saturating_sub(keys + 4);
        p.put(inside.x + keys + 3, y, room, doc, Role::Text);
    }
}
