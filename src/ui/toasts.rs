//! Messages that stand on the screen for some seconds: in a corner, and never over the line of the cursor.
//! Apart from the list of all messages, which is an overlay like others.

use ratatui::layout::Rect;

use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::layout::Layout;
use crate::app::said::{Level, Message};
use crate::model::phase::State as RunState;
use crate::ui::Scene;
use crate::ui::glyphs::Glyphs;
use crate::ui::paint::{Line, Painter, fit, wrap};
use crate::ui::theme::Role;

/// Widest text of a message on the screen, in cells.
const WIDEST: u16 = 62;
/// Lines of one message.
const LINES: usize = 3;

/// Mark and colour of a message.
pub(super) fn mark(glyphs: &Glyphs, level: Level) -> (&'static str, Role) {
    match level {
        Level::Info => (glyphs.dot, Role::Accent),
        Level::Good => (glyphs.state(RunState::Succeeded), Role::Ok),
        Level::Warn => (glyphs.state(RunState::Error), Role::Warn),
        Level::Bad => (glyphs.state(RunState::Failed), Role::Bad),
    }
}

/// The text, with how many times it was said.
pub(super) fn text(glyphs: &Glyphs, message: &Message) -> String {
    match message.times {
        1 => message.text.clone(),
        times => format!("{} {}{times}", message.text, glyphs.times),
    }
}

/// Draws them over the screen. Where there is no room for a box the footer shows the newest.
pub(super) fn draw(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect, drawn: &mut Drawn) {
    if scene.layout == Layout::Tiny {
        return;
    }
    let width = WIDEST.min(area.width.saturating_sub(8));
    let glyphs = p.theme.glyphs;
    let mut lines: Vec<(u64, Option<Level>, String)> = Vec::new();
    // Two such boxes must fit, so that one of them leaves the cursor's line free.
    let most = usize::from(area.height / 2).saturating_sub(2);
    for message in scene.state.messages.shown().rev() {
        let text = text(&glyphs, message);
        let pieces = wrap(&text, usize::from(width));
        let mut own: Vec<(u64, Option<Level>, String)> = pieces
            .iter()
            .take(LINES)
            .map(|piece| (message.number, None, (*piece).to_string()))
            .collect();
        if pieces.len() > LINES
            && let Some((.., last)) = own.last_mut()
        {
            *last = fit(last, usize::from(width) - 1, "").into_owned() + glyphs.ellipsis;
        }
        if let Some((_, level, _)) = own.first_mut() {
            *level = Some(message.level);
        }
        if lines.len() + own.len() > most {
            break;
        }
        own.append(&mut lines);
        lines = own;
    }
    if lines.is_empty() {
        return;
    }
    let widest = lines.iter().map(|(.., text)| Line::of(text, Role::Text));
    let widest = widest.map(|line| line.width()).max().unwrap_or(0) as u16;
    let height = lines.len() as u16 + 2;
    let mut rect = Rect::new(
        area.right().saturating_sub(widest + 7),
        area.bottom() - height,
        widest + 6,
        height,
    );
    if p.cursor
        .is_some_and(|y| (rect.top()..rect.bottom()).contains(&y))
    {
        rect.y = area.y;
    }
    p.wipe(rect);
    let inside = p.frame(rect, &Line::default(), false);
    for (y, (number, level, text)) in (inside.y..).zip(&lines) {
        let hit = Hit {
            x: rect.x,
            y,
            width: rect.width,
            target: Target::Message(*number),
        };
        // The first hit counts: what lies below cannot be clicked here.
        drawn.hits.insert(0, hit);
        if let Some((mark, role)) = level.map(|level| self::mark(&glyphs, level)) {
            p.put(inside.x + 1, y, 1, mark, role);
        }
        p.put(inside.x + 3, y, widest, text, Role::Text);
    }
}
