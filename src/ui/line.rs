//! The command line above the footer: how it can go on, the line, and what enter will do with it.
//! Apart from the lists over the screen, because the best word stands next to the line and not at the top.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::app::line::{self, Completion, Line as Typed};
use crate::app::prompt;
use crate::app::state::Prompt;
use crate::ui::paint::{Line, Painter};
use crate::ui::theme::Role;
use crate::ui::{Scene, typing};

/// Completions shown at once.
const SHOWN: u16 = 10;

/// Under the filter how it can go on, once that was asked for.
pub(super) fn words(p: &mut Painter<'_>, scene: &Scene<'_>, prompt: &Prompt, area: Rect) {
    let Some((typed, chosen)) = &prompt.tab else {
        return;
    };
    let list = prompt::words(scene.state, prompt.kind, typed);
    let lines = usize::from(area.height.saturating_sub(2).min(SHOWN)).min(list.len());
    let widest = |text: fn(&Completion) -> &str| {
        let widths = list.iter().map(|word| text(word).width());
        widths.max().unwrap_or(0) as u16
    };
    let width = widest(|word| &word.word);
    let wanted = (width + widest(|word| &word.doc) + 6).max(20);
    let rect = Rect::new(area.x, area.y, wanted.min(area.width), lines as u16 + 2);
    p.wipe(rect);
    let inside = p.frame(rect, &Line::default(), true);
    let first = (chosen + 1).saturating_sub(lines);
    for ((at, word), y) in list
        .iter()
        .enumerate()
        .skip(first)
        .zip(inside.y..inside.bottom())
    {
        let row = Rect::new(inside.x, y, inside.width, 1);
        p.put(row.x + 1, y, width.min(row.width), &word.word, Role::Key);
        let rest = row.width.saturating_sub(width + 3);
        p.put(row.x + width + 3, y, rest, &word.doc, Role::Dim);
        if at == *chosen {
            p.put(row.x, y, 1, p.theme.glyphs.cursor, Role::Focus);
            p.tint(row, Role::Select);
        }
    }
}

pub(super) fn draw(p: &mut Painter<'_>, scene: &Scene<'_>, typed: &Typed, area: Rect) {
    let list = typed.completions(scene.state);
    // The line itself, what it will do, and a frame around them.
    let room = area.height.saturating_sub(4).min(SHOWN);
    let lines = room.min(u16::try_from(list.len()).unwrap_or(u16::MAX));
    let height = (lines + 4).min(area.height);
    let rect = Rect::new(area.x, area.bottom() - height, area.width, height);
    p.wipe(rect);
    // Where there is no room for a frame the line is worth more than it.
    let inside = match rect.height {
        0 => return,
        1..4 => rect,
        _ => p.frame(rect, &Line::of("Command", Role::Title), true),
    };
    let y = inside.bottom() - inside.height.min(2);
    let width = list.iter().map(|word| word.word.width()).max().unwrap_or(0);
    let width = (width as u16).clamp(12, (inside.width / 2).max(12));
    // The chosen word stays in view, however far from the line it is.
    let first = typed
        .chosen
        .map_or(0, |at| (at + 1).saturating_sub(usize::from(lines)));
    let shown = list.iter().enumerate().skip(first);
    for (above, (at, word)) in (1..=lines).zip(shown) {
        // Of a frame that is too narrow nothing is inside.
        let Some(at_line) = y.checked_sub(above).filter(|line| *line >= inside.y) else {
            break;
        };
        let row = Rect::new(inside.x, at_line, inside.width, 1);
        p.put(row.x + 2, row.y, width, &word.word, Role::Key);
        let rest = row.width.saturating_sub(width + 5);
        p.put(row.x + width + 4, row.y, rest, &word.doc, Role::Dim);
        if typed.chosen == Some(at) {
            p.put(row.x, row.y, 1, p.theme.glyphs.cursor, Role::Focus);
            p.tint(row, Role::Select);
        }
    }
    p.put(inside.x + 1, y, 1, ":", Role::Key);
    let room = inside.width.saturating_sub(3);
    typing::draw(p, &typed.editor, inside.x + 2, y, room);
    let (text, role) = match line::says(scene.state, scene.now, typed) {
        Ok(Some(text)) => (text, Role::Accent),
        Ok(None) => (
            "a command, or what runs to see: wf ns=a,b status:failed @context".to_string(),
            Role::Faint,
        ),
        Err(problem) => (problem, Role::Bad),
    };
    if y + 1 < inside.bottom() {
        p.put(inside.x + 2, y + 1, room, &text, role);
    }
}
