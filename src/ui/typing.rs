//! A line being typed, with its cursor as a reversed cell; of a long one the part around the cursor.
//! Apart from where lines are typed: the header, lists over the screen and the command line show them alike.

use ratatui::style::Modifier;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::app::editor::Editor;
use crate::ui::paint::Painter;
use crate::ui::theme::Role;

/// Draws the line; returns how many cells it took.
pub(super) fn draw(p: &mut Painter<'_>, editor: &Editor, x: u16, y: u16, width: u16) -> u16 {
    let at = editor.cursor();
    let mut before: String = editor.text().chars().take(at).collect();
    let under: String = match editor.text().chars().nth(at) {
        Some(c) => c.to_string(),
        None => " ".to_string(),
    };
    let after: String = editor.text().chars().skip(at + 1).collect();
    let room = usize::from(width).saturating_sub(under.width());
    if before.width() > room {
        let mut over = before.width() + 1 - room.min(before.width());
        let cut = before.char_indices().find(|(_, c)| {
            let done = over == 0;
            over = over.saturating_sub(c.width().unwrap_or(0));
            done
        });
        let from = cut.map_or(before.len(), |(from, _)| from);
        before = format!("{}{}", p.theme.glyphs.ellipsis, &before[from..]);
    }
    let style = p.theme.style(Role::Text).add_modifier(Modifier::REVERSED);
    let mut used = p.put(x, y, width, &before, Role::Text);
    used += p.put_styled(x + used, y, width.saturating_sub(used), &under, style);
    used + p.put(x + used, y, width.saturating_sub(used), &after, Role::Text)
}
