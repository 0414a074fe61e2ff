//! What may follow a sequence of keys that was begun, for who does not know it by heart.
//! Apart from help, which lists everything; this goes as soon as the next key is pressed.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::app::command::Command;
use crate::app::orders::verbs;
use crate::ui::Scene;
use crate::ui::paint::{Line, Painter};
use crate::ui::theme::Role;

pub(super) fn draw(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect) {
    let state = scene.state;
    let next = state.keymap.following(&state.key_scopes(), &state.pending);
    let mut lines: Vec<(String, String, bool)> = next
        .into_iter()
        .filter_map(
            |(key, deed)| match deed.map(|deed| (deed.command(), deed)) {
                Some((Some(command), _)) if !command.applies(state) => None,
                // What is not possible here stays in the list and says why.
                Some((Some(command), _)) if verbs::is_in_menu(command) => {
                    Some(match verbs::hindrance(state, command) {
                        Some(why) => (key, format!("{}: {why}", command.info().name), false),
                        None => (key, verbs::told(state, command).to_string(), true),
                    })
                }
                Some((Some(command), _)) => Some((key, command.info().doc.to_string(), true)),
                Some((None, line)) => Some((key, line.text(), true)),
                None => Some((key, "and more keys".to_string(), true)),
            },
        )
        .collect();
    // Where not all fit, what can be done is seen, and that there is more.
    let fits = usize::from(area.height.saturating_sub(2));
    if lines.len() > fits {
        lines.sort_by_key(|(.., can)| !can);
        let rest = lines.len() - fits.saturating_sub(1);
        lines.truncate(fits.saturating_sub(1));
        let help = state.keymap.way_to(Command::Help);
        lines.push((
            String::new(),
            format!("and {rest} more: {help} lists all"),
            false,
        ));
    }
    let keys = lines.iter().map(|(key, ..)| key.width()).max().unwrap_or(0) as u16;
    let docs = lines
        .iter()
        .map(|(_, doc, _)| doc.width())
        .max()
        .unwrap_or(0) as u16;
    let width = (keys + docs + 7).max(24).min(area.width);
    let height = (lines.len() as u16 + 2).min(area.height);
    let rect = Rect::new(area.right() - width, area.bottom() - height, width, height);
    p.wipe(rect);
    let pressed: Vec<String> = state.pending.iter().map(ToString::to_string).collect();
    let title = Line::of(pressed.join(" "), Role::Key).and(" and then", Role::Title);
    let inside = p.frame(rect, &title, true);
    for ((key, doc, can), y) in lines.iter().zip(inside.y..inside.bottom()) {
        let roles = if *can {
            (Role::Key, Role::Text)
        } else {
            (Role::Faint, Role::Faint)
        };
        p.put(inside.x + 1, y, keys, key, roles.0);
        let room = inside.width.saturating_sub(keys + 4);
        p.put(inside.x + keys + 3, y, room, doc, roles.1);
    }
}
