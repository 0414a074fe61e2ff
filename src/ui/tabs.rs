//! The tabs of saved views above the list of runs: their names, and how many runs each holds.
//! Apart from the list, because there is no such line where nobody has configured a view.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::views;
use crate::ui::Scene;
use crate::ui::paint::{Line, Painter};
use crate::ui::theme::Role;

/// Lines they take.
pub(super) fn height(scene: &Scene<'_>) -> u16 {
    u16::from(!scene.state.habits.views.is_empty())
}

/// Draws them into one line. Where there is no room for all, those around the one in force are shown.
pub(super) fn draw(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect, drawn: &mut Drawn) {
    let state = scene.state;
    let views = views::all(state);
    let mut counts = vec![0_usize; views.len()];
    for run in state.fleet.iter().filter(|run| !run.gone) {
        let run_state = run.state(scene.now);
        for (view, count) in views.iter().zip(&mut counts) {
            *count += usize::from(view.query.matches(run, run_state, scene.now));
        }
    }
    let current = views::current(state);
    let words: Vec<String> = views
        .iter()
        .zip(&counts)
        .map(|(view, count)| format!("{} {count}", view.name))
        .collect();
    let width = |words: &[String]| words.iter().map(|word| word.width() + 3).sum::<usize>();
    let mut first = 0;
    while let Some(at) = current
        && first < at
        && width(&words[first..=at]) > usize::from(area.width)
    {
        first += 1;
    }
    let mut x = area.x;
    for (at, word) in words.iter().enumerate().skip(first) {
        if at > first {
            x += p.put(x, area.y, 1, p.theme.glyphs.bar, Role::Faint);
        }
        let room = area.right().saturating_sub(x);
        if room < 4 {
            break;
        }
        let mut tab = Line::default();
        tab.tab(None, word, current == Some(at));
        let used = p.put_line(x, area.y, room, &tab);
        drawn.hits.push(Hit {
            x,
            y: area.y,
            width: used,
            target: Target::View(at),
        });
        x += used;
    }
}
