//! The state as cells: a pure function from what is known to what is seen.
//! Apart from the state, which it cannot change; what it learned comes back as [`Drawn`].

mod cause;
mod chrome;
mod compare;
mod detail;
mod dialog;
mod draft;
mod gantt;
pub mod glyphs;
mod graph;
mod hints;
mod line;
mod origin;
mod overlay;
pub mod paint;
mod past;
mod pixels;
mod place;
mod preview;
mod report;
pub mod screens;
mod steps;
mod tabs;
pub mod theme;
mod toasts;
mod typing;
mod which;
mod why;

use std::cell::Cell;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::layout::Layout;
use crate::app::overlay::OverlayKind;
use crate::app::select::{self, Selection};
use crate::app::state::{Screen, State, Whisper};
use crate::ui::paint::Painter;
use crate::ui::theme::{Role, Theme};

/// What every part of a screen is drawn with.
pub(crate) struct Scene<'a> {
    /// What is known.
    pub state: &'a State,
    /// The list and its counts.
    pub selection: Selection<'a>,
    /// The present.
    pub now: Timestamp,
    /// The layout of this size.
    pub layout: Layout,
    /// The picture that was drawn.
    picture: Cell<Option<pixels::Drawn>>,
}

/// Draws the whole screen.
pub fn draw(state: &State, theme: &Theme, now: Timestamp, buffer: &mut Buffer) -> Drawn {
    let area = buffer.area;
    let mut drawn = Drawn::default();
    let mut painter = Painter::new(buffer, theme);
    painter.tint(area, Role::Text);
    if area.width == 0 || area.height == 0 {
        return drawn;
    }
    let scene = Scene {
        state,
        selection: select::runs(state, now),
        now,
        layout: Layout::of((area.width, area.height)),
        picture: Cell::default(),
    };
    let header = chrome::header(&mut painter, &scene, area, &mut drawn);
    let footer = u16::from(area.height > 2);
    let body = Rect::new(
        area.x,
        area.y + header,
        area.width,
        area.height.saturating_sub(header + footer),
    );
    match state.page() {
        _ if let Some(written) = state.drafts.shown() => {
            draft::draw(&mut painter, &scene, written, body, &mut drawn);
        }
        None if state.screen == Screen::Origins => {
            screens::origins::draw(&mut painter, &scene, body, &mut drawn);
        }
        None if state.screen == Screen::Failures => {
            screens::failures::draw(&mut painter, &scene, body, &mut drawn);
        }
        None => screens::runs::draw(&mut painter, &scene, body, &mut drawn),
        Some(page) => screens::run::draw(&mut painter, &scene, page, body, &mut drawn),
    }
    if let Some(over) = &state.overlay {
        match over.kind {
            OverlayKind::Compare => compare::draw(&mut painter, &scene, over, body, &mut drawn),
            OverlayKind::Report { .. } => {
                report::draw(&mut painter, &scene, over, body, &mut drawn);
            }
            OverlayKind::Why { .. } => why::draw(&mut painter, &scene, over, body, &mut drawn),
            _ => overlay::draw(&mut painter, &scene, over, body, &mut drawn),
        }
    }
    if let Some(asked) = &state.orders.dialog {
        dialog::draw(&mut painter, &scene, asked, body, &mut drawn);
    }
    if let Some(prompt) = &state.prompt {
        line::words(&mut painter, &scene, prompt, body);
    }
    if let Some(typed) = &state.line {
        line::draw(&mut painter, &scene, typed, body);
    }
    let is_chosen = state.whisper == Whisper::Shown && !state.pending.is_empty();
    if is_chosen {
        which::draw(&mut painter, &scene, body);
    }
    // What is being typed, chosen or agreed to, and what is said about it, is not covered.
    if state.line.is_none() && !is_chosen && state.orders.dialog.is_none() {
        toasts::draw(&mut painter, &scene, body, &mut drawn);
    }
    if footer == 1 {
        let line = Rect::new(area.x, area.bottom() - 1, area.width, 1);
        chrome::footer(&mut painter, &scene, line, &mut drawn);
    }
    if let Some(picture) = scene.picture.take() {
        drawn.picture = pixels::place(picture, state, painter.buffer);
    }
    drawn.title = chrome::title(&scene);
    let still = state.reduced_motion;
    drawn.next_change = drawn.next_change.map(|at| together(now, at, still));
    drawn
}

/// Where the border between two panes can be taken hold of: the first line or column of the second one, without its title.
fn border(first: Rect, second: Rect, drawn: &mut Drawn) {
    let mut hit = |x, y, width| {
        drawn.hits.push(Hit {
            x,
            y,
            width,
            target: Target::Border,
        });
    };
    match first.y == second.y {
        true => (second.top()..second.bottom()).for_each(|y| hit(second.x.saturating_sub(1), y, 2)),
        false => hit(second.x, second.y, second.width),
    }
}

/// Ages in minutes all change at seconds of their own; an idle console that woke for each would never rest.
/// What changes later than the next second waits for the next full ten, so that they change together; where the screen
/// is kept still everything does.
fn together(now: Timestamp, at: Timestamp, still: bool) -> Timestamp {
    const TEN: i64 = 10_000;
    if !still && at.as_millisecond() - now.as_millisecond() <= 1_500 {
        return at;
    }
    let full = (at.as_millisecond() + TEN - 1).div_euclid(TEN) * TEN;
    Timestamp::from_millisecond(full).unwrap_or(at)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn seconds_tick_at_once_and_minutes_together() {
        let at = |millis| Timestamp::from_millisecond(millis).unwrap();
        for (change, still, drawn) in [
            (2_000, false, 2_000),
            (3_200, false, 10_000),
            (10_000, false, 10_000),
            (10_001, false, 20_000),
            (2_000, true, 10_000),
        ] {
            assert_eq!(
                together(at(1_000), at(change), still),
                at(drawn),
                "{change}"
            );
        }
    }
}
