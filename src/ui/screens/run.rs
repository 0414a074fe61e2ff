//! The Run page: steps on the left, one tab about them on the right; one of the two where there is no room for both.
//! Apart from the tabs themselves, which are in `ui/detail`.
#![doc = concat!("\n\n```text\n", include_str!("run.txt"), "```")]

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use crate::app::command::{Command, Scope as KeyScope};
use crate::app::criteria;
use crate::app::cursor;
use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::focus::Focus;
use crate::app::layout::lean;
use crate::app::moving::Shares;
use crate::app::screens::run::RunPage;
use crate::app::state::{Pane, Tab};
use crate::app::steps::Form;
use crate::model::delta::Freshness;
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::screens::runs::reason;
use crate::ui::steps::{self, Lines, View};
use crate::ui::theme::Role;
use crate::ui::{Scene, border, detail, gantt, graph, preview};

pub(crate) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    page: &RunPage,
    area: Rect,
    drawn: &mut Drawn,
) {
    if !scene.layout.has_two_panes() || page.zoom {
        match page.pane {
            Pane::Steps => draw_steps(p, scene, page, area, drawn),
            Pane::Detail => draw_detail(p, scene, page, area, drawn),
        }
        return;
    }
    // A graph and an axis live on width; the tab beside them keeps enough to be read.
    let width = match scene.state.form {
        Form::Tree => (area.width * 2 / 5).clamp(44, 80),
        Form::Graph | Form::Gantt => (area.width * 3 / 5).min(area.width.saturating_sub(54)),
    };
    let width = lean(width, area.width, scene.state.lean, (30, 30));
    let width = Shares::first(scene.state.shares.run, area.width, width);
    let left = Rect::new(area.x, area.y, width, area.height);
    let right = Rect::new(area.x + width, area.y, area.width - width, area.height);
    border(left, right, drawn);
    draw_steps(p, scene, page, left, drawn);
    draw_detail(p, scene, page, right, drawn);
}

fn draw_steps(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    page: &RunPage,
    area: Rect,
    drawn: &mut Drawn,
) {
    let focused = page.pane == Pane::Steps;
    let inside = p.frame(area, &steps_title(p, scene, page), focused);
    if focused {
        p.foot(area, &detail::foot(scene, page));
    }
    drawn.steps = Some((usize::from(inside.height), 0));
    let Some(focus) = scene.state.focus_on(&page.key) else {
        return;
    };
    let mut y = inside.y;
    if let Some(run) = scene.state.shown() {
        let state = run.state(scene.now);
        let line = preview::headline(p, scene, run, state, drawn);
        let room = inside.width.saturating_sub(1);
        p.put_line(inside.x + 1, y, room, &line);
        // Where the summary is not beside the steps the reason stands above them.
        let why = match scene.layout.has_two_panes() {
            true => Line::default(),
            false => reason(p, scene, run, state),
        };
        match preview::of_qarun(p, scene, run) {
            Some(line) if why.0.is_empty() => p.put_line(inside.x + 1, y + 1, room, &line),
            _ => p.put_line(inside.x + 1, y + 1, room, &why),
        };
        y += 2;
    }
    let body = Rect::new(inside.x, y, inside.width, inside.bottom().saturating_sub(y));
    if page.steps.rows().is_empty() {
        return without_steps(p, focus, page, body);
    }
    match scene.state.form {
        Form::Tree => draw_tree(p, scene, page, focus, body, drawn),
        Form::Graph => graph::draw(p, focus, page, body, focused, drawn),
        Form::Gantt => gantt::draw(p, scene, focus, page, body, focused, drawn),
    }
}

/// `Steps · graph (t)`: the form, and the key that turns it.
fn steps_title(p: &Painter<'_>, scene: &Scene<'_>, page: &RunPage) -> Line {
    let form = scene.state.form.word();
    let mut title =
        Line::of("Steps", Role::Title).and(format!(" {} {form}", p.theme.glyphs.dot), Role::Dim);
    let scopes = [KeyScope::Steps, KeyScope::Run];
    if let Some(key) = scene.state.keymap.keys_of(&scopes, Command::TurnSteps) {
        title.push(" (", Role::Dim);
        title.push(key, Role::Key);
        title.push(")", Role::Dim);
    }
    if page.folds.only_failures {
        title.push(" only failures", Role::Accent);
    }
    title
}

/// Why there is nothing to see.
fn without_steps(p: &mut Painter<'_>, focus: &Focus, page: &RunPage, body: Rect) {
    let text = match (&focus.workflow, &focus.freshness, focus.gone) {
        _ if focus.is_qarun() => "no workflow of it is at work: it has no steps now".to_string(),
        (_, _, true) => "the object is gone".to_string(),
        (None, Freshness::Denied { why } | Freshness::Stale { why, .. }, _) => why.to_string(),
        (None, ..) => "reading the steps …".to_string(),
        (Some(_), ..) if page.folds.only_failures => "no step failed".to_string(),
        (Some(_), ..) => preview::no_steps(focus).to_string(),
    };
    let pieces = wrap(&text, usize::from(body.width.saturating_sub(2)));
    for (piece, y) in pieces.iter().zip(body.y..body.bottom()) {
        p.put(
            body.x + 1,
            y,
            body.width.saturating_sub(1),
            piece,
            Role::Dim,
        );
    }
}

fn draw_tree(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    page: &RunPage,
    focus: &Focus,
    body: Rect,
    drawn: &mut Drawn,
) {
    let (rows, index) = (page.steps.rows(), page.steps.under());
    let tail = if body.height >= 16 { 5 } else { 2 };
    let lines = Lines::of(focus, rows, tail);
    let height = usize::from(body.height);
    let top = cursor::window(page.cursor.top, lines.of_row(index), height, lines.len());
    drawn.steps = Some((height, top));
    let view = View {
        focus,
        rows,
        cursor: Some(index),
        focused: page.pane == Pane::Steps,
        search: Some(&page.search),
    };
    steps::draw(p, scene, &view, &lines.window(top, height), body, drawn);
}

/// The title of a tab: of the events with how many there are, of the criteria with how many of them are met.
fn tab_word(scene: &Scene<'_>, page: &RunPage, tab: Tab) -> String {
    let Some(focus) = scene.state.focus_on(&page.key) else {
        return tab.word().to_string();
    };
    let count = match tab {
        Tab::Events => focus.own_events().count(),
        Tab::Criteria => focus.criteria().len(),
        _ => 0,
    };
    match (tab, count) {
        (_, 0) => tab.word().to_string(),
        (Tab::Criteria, all) => {
            let met = focus.criteria().iter().filter(|one| one.standing.is_met());
            format!("{} {}/{all}", tab.word(), met.count())
        }
        (_, count) => format!("{} {count}", tab.word()),
    }
}

fn draw_detail(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    page: &RunPage,
    area: Rect,
    drawn: &mut Drawn,
) {
    let focused = page.pane == Pane::Detail;
    let mut title = Line::default();
    let tabs = criteria::tabs(page.tab, scene.state.focus_on(&page.key));
    let words: Vec<(Tab, String)> = tabs.map(|tab| (tab, tab_word(scene, page, tab))).collect();
    let used: usize = words.iter().map(|(_, word)| word.width() + 3).sum();
    // Where there is no room for all of them the bars between them go.
    let between = match used + 4 > usize::from(area.width) {
        true => "",
        false => p.theme.glyphs.bar,
    };
    // The one that is shown is always told: those before it give way.
    let room = usize::from(area.width).saturating_sub(5);
    let widths: Vec<usize> = words.iter().map(|(_, word)| word.width() + 2).collect();
    let shown = words.iter().position(|(tab, _)| *tab == page.tab);
    let first = first_told(&widths, shown.unwrap_or(0), room);
    if first > 0 {
        title.push(p.theme.glyphs.ellipsis, Role::Faint);
    }
    for (at, (tab, word)) in words.into_iter().enumerate().skip(first) {
        if at > first {
            title.push(between, Role::Faint);
        }
        let before = title.width() as u16;
        title.tab(None, &word, tab == page.tab);
        drawn.hits.push(Hit {
            x: area.x + 2 + before,
            y: area.y,
            width: title.width() as u16 - before,
            target: Target::Tab(tab),
        });
    }
    let inside = p.tabbed(area, &title, focused);
    if focused {
        p.foot(area, &detail::foot(scene, page));
    }
    let inside = Rect::new(
        inside.x + 1,
        inside.y,
        inside.width.saturating_sub(1),
        inside.height,
    );
    detail::draw(p, scene, page, inside, drawn);
}

/// The first of several words with which one of them still is in a room.
fn first_told(widths: &[usize], shown: usize, room: usize) -> usize {
    let fits = |first: &usize| widths[*first..=shown].iter().sum::<usize>() <= room;
    (0..shown).find(fits).unwrap_or(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tab_that_is_shown_is_in_the_strip() {
        let widths = [9, 5, 12, 11];
        assert_eq!(first_told(&widths, 0, 3), 0);
        assert_eq!(first_told(&widths, 2, 26), 0);
        assert_eq!(first_told(&widths, 2, 25), 1);
        assert_eq!(first_told(&widths, 3, 23), 2);
        assert_eq!(first_told(&widths, 3, 4), 3);
    }
}
