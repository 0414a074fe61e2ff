//! The Runs screen: every run in order of attention, and what is known of the one under the cursor.
//! Apart from the selection, which decides what is in the list.
#![doc = concat!("\n\n```text\n", include_str!("runs.txt"), "```")]

use jiff::Timestamp;
use ratatui::layout::Rect;

use crate::app::cursor;
use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::fleet::Run;
use crate::app::layout::{Layout, lean};
use crate::app::moving::Shares;
use crate::app::screens::runs::List;
use crate::app::select;
use crate::app::state::{Connection, State};
use crate::model::clock;
use crate::model::delta::Scope;
use crate::model::phase::State as RunState;
use crate::model::reason::Span;
use crate::model::trouble::Trouble;
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::screens::columns::Columns;
use crate::ui::theme::Role;
use crate::ui::{Scene, border, preview, steps, tabs};

pub(crate) fn draw(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect, drawn: &mut Drawn) {
    let (list, about) = match scene.selection.rows.is_empty() {
        true => (area, None),
        false => split(scene, area),
    };
    // The strip of three lines keeps its height.
    if let Some(about) = about.filter(|about| about.height > 3) {
        border(list, about, drawn);
    }
    draw_list(p, scene, list, drawn);
    if let Some(about) = about {
        match scene.layout {
            Layout::Wide | Layout::Middle => preview::draw(p, scene, about, drawn),
            Layout::Narrow | Layout::Tiny => preview::strip(p, scene, about, drawn),
        }
    }
}

/// The list, and where what is known of the cursor's run goes.
pub(super) fn split(scene: &Scene<'_>, area: Rect) -> (Rect, Option<Rect>) {
    let share = scene.state.shares.runs;
    let times = scene.state.lean;
    let below = |height: u16| {
        let list = Rect::new(area.x, area.y, area.width, area.height - height);
        let about = Rect::new(area.x, area.y + list.height, area.width, height);
        (list, Some(about))
    };
    match scene.layout {
        Layout::Tiny => (area, None),
        Layout::Narrow if area.height < 16 => (area, None),
        Layout::Narrow => below(3),
        Layout::Middle if area.height < 20 => below(3),
        Layout::Middle => {
            let about = lean(area.height * 2 / 5, area.height, -times, (5, 8));
            below(area.height - Shares::first(share, area.height, area.height - about))
        }
        Layout::Wide => {
            let width = (area.width * 7 / 20).clamp(52, 90);
            let width = lean(width, area.width, -times, (30, 50));
            let width = area.width - Shares::first(share, area.width, area.width - width);
            let list = Rect::new(area.x, area.y, area.width - width, area.height);
            let about = Rect::new(area.x + list.width, area.y, width, area.height);
            (list, Some(about))
        }
    }
}

fn draw_list(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect, drawn: &mut Drawn) {
    let tabs = tabs::height(scene).min(area.height.saturating_sub(3));
    if tabs > 0 {
        tabs::draw(p, scene, Rect::new(area.x, area.y, area.width, 1), drawn);
    }
    let area = Rect::new(area.x, area.y + tabs, area.width, area.height - tabs);
    let state = scene.state;
    let screen = &state.runs;
    let glyphs = p.theme.glyphs;
    let inside = if scene.layout == Layout::Tiny {
        area
    } else {
        let arrow = if screen.reversed {
            glyphs.up
        } else {
            glyphs.down
        };
        let mut title = Line::of(format!("{} ", screen.list.title()), Role::Title);
        title.push(format!("by {} {arrow}", screen.sort.name()), Role::Dim);
        let rows = &scene.selection.rows;
        if let Some(at) = scene.selection.under_cursor(state) {
            title.push(format!("  {} of {}", at + 1, rows.len()), Role::Dim);
        }
        p.frame(area, &title, true)
    };
    if scene.selection.rows.is_empty() {
        drawn.runs = Some((usize::from(inside.height), 0));
        empty(p, scene, inside);
        return;
    }
    let columns = Columns::of(scene, inside.width);
    drawn.cramped = Some(Columns::of(scene, inside.width).cramped(scene));
    let mut top_line = inside.y;
    if inside.height > 6 {
        columns.header(p, inside.x, inside.y, screen.sort);
        top_line += 1;
    }
    let height = usize::from(inside.bottom().saturating_sub(top_line));
    let rows = &scene.selection.rows;
    let index = scene.selection.under_cursor(state).unwrap_or(0);
    let top = cursor::window(screen.cursor.top, index, height, rows.len());
    drawn.runs = Some((height, top));
    let range = scene.selection.range(state);
    for (line, (at, shown)) in rows.iter().enumerate().skip(top).take(height).enumerate() {
        let y = top_line + line as u16;
        columns.row(p, scene, shown, inside.x, y, at == index, drawn);
        if range.as_ref().is_some_and(|range| range.contains(&at)) {
            p.put(inside.x, y, 1, glyphs.mark, Role::Accent);
        }
        if at == index {
            p.tint(Rect::new(inside.x, y, inside.width, 1), Role::Select);
        }
        drawn.hits.push(Hit {
            x: inside.x,
            y,
            width: inside.width,
            target: Target::Run(shown.run.row.key.uid.clone()),
        });
    }
}

/// What the list says when it has no line: why, and what to do.
fn empty(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect) {
    let state = scene.state;
    let placard = match &state.connection {
        Connection::Connecting => connecting(state),
        Connection::Down { why, .. } => explain(why),
        Connection::Up { .. } => match state.fleet.denied().next() {
            Some((_, why)) if state.fleet.is_empty() => explain(why),
            _ if !state.fleet.complete() => (
                "Reading".to_string(),
                "the first runs are on their way".to_string(),
                String::new(),
            ),
            _ if state.fleet.is_empty() => (
                "No runs".to_string(),
                nothing_in(state),
                "# chooses namespaces, @ another context; a new run appears by itself".to_string(),
            ),
            _ if state.runs.query.is_empty() && state.runs.list == List::Queue => (
                "Nothing waits".to_string(),
                "no run waits for a person, a lock or a place".to_string(),
                "1 shows all runs".to_string(),
            ),
            _ => (
                "Nothing matches".to_string(),
                format!(
                    "{} runs do not match `{}`",
                    state.fleet.len(),
                    state.runs.query
                ),
                "esc clears the filter".to_string(),
            ),
        },
    };
    put_placard(p, placard, area);
}

/// A title, what is the matter, and what can be done.
pub(crate) type Placard = (String, String, String);

/// What is said where nothing can be listed.
pub(crate) fn put_placard(p: &mut Painter<'_>, (title, text, hint): Placard, area: Rect) {
    let width = usize::from(area.width.saturating_sub(4)).min(76);
    let mut lines = vec![(title, Role::Title)];
    for (text, role) in [(text, Role::Text), (hint, Role::Dim)] {
        lines.extend(
            wrap(&text, width)
                .into_iter()
                .map(|piece| (piece.to_string(), role)),
        );
    }
    let y = area.y + area.height.saturating_sub(lines.len() as u16) / 3;
    for (line, (text, role)) in lines.iter().enumerate().take(usize::from(area.height)) {
        p.put(
            area.x + 2,
            y + line as u16,
            area.width.saturating_sub(2),
            text,
            *role,
        );
    }
}

fn nothing_in(state: &State) -> String {
    let missing = state.missing_namespaces();
    match &state.scope {
        Scope::All => "there is no workflow in any namespace".to_string(),
        Scope::Namespaces(_) if !missing.is_empty() => {
            let names: Vec<&str> = missing.iter().map(|name| &***name).collect();
            format!("there is no namespace {}", names.join(", "))
        }
        Scope::Namespaces(names) => format!("there is no workflow in {}", names.join(", ")),
    }
}

pub(super) fn connecting(state: &State) -> Placard {
    let to = match state.reaching.as_ref().or(state.context.as_ref()) {
        Some(context) => format!("to the context {context}"),
        None => "to the current context of the kubeconfig".to_string(),
    };
    ("Connecting".to_string(), to, String::new())
}

pub(crate) fn explain(why: &Trouble) -> Placard {
    let word = why.word();
    let title = word[..1].to_uppercase() + &word[1..];
    (title, why.to_string(), why.hint().to_string())
}

/// How long it ran: to the second once it is over, coarser while it still grows.
pub(crate) fn took(
    run: &Run,
    state: RunState,
    now: Timestamp,
    drawn: &mut Drawn,
) -> Option<String> {
    let seconds = run.elapsed(now)?;
    if state.is_open() {
        drawn.turns(now, seconds);
        return Some(clock::growing(seconds));
    }
    Some(clock::exact(seconds))
}

/// One line on why a run is where it is, with the estimate while it runs.
pub(crate) fn reason(p: &Painter<'_>, scene: &Scene<'_>, run: &Run, state: RunState) -> Line {
    let eta = match state {
        RunState::Running => select::remaining(scene.state, run, scene.now),
        _ => None,
    };
    let mut line = Line::default();
    let reason = run.reason(scene.now, eta);
    let spans = reason.map_or_else(Vec::new, |reason| reason.spans);
    for span in &spans {
        match span {
            Span::Head(text) if state.needs_human() => line.push(text.to_string(), Role::of(state)),
            Span::Head(text) | Span::Text(text) => line.push(text.to_string(), Role::Text),
            Span::Counts(leaves) => line.0.extend(steps::leaves(p, leaves).0),
        }
    }
    line
}

/// The same in a list: of a QARun with its service, verdict, criteria and attempt behind it.
pub(super) fn reason_in_list(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    run: &Run,
    state: RunState,
) -> Line {
    let mut line = reason(p, scene, run, state);
    let Some(brief) = &run.qarun else {
        return line;
    };
    for part in brief.told() {
        let gap = match line.0.is_empty() {
            true => String::new(),
            false => format!(" {} ", p.theme.glyphs.dot),
        };
        line.push(format!("{gap}{part}"), Role::Dim);
    }
    line
}
