//! A list over the screen: help, namespaces, contexts, orders.
//! Apart from what is listed, which the overlay itself knows.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::app::command::Command;
use crate::app::config::problem::Problem;
use crate::app::cursor;
use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::line::elsewhere;
use crate::app::overlay::{Choice, Item, Overlay, OverlayKind};
use crate::app::state::later;
use crate::model::journal::Entry;
use crate::model::trouble::Trouble;
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::theme::Role;
use crate::ui::{Scene, toasts, typing};

/// Lines below a list of problems or messages that show the one under the cursor.
const PICTURE: u16 = 5;

pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    over: &Overlay,
    area: Rect,
    drawn: &mut Drawn,
) {
    let choices = over.choices(scene.state, scene.now);
    let title = title(scene, over, drawn);
    let left = choices
        .iter()
        .map(|choice| choice.left.width())
        .max()
        .unwrap_or(0)
        .min(24);
    // Where nothing is typed to narrow the list there is no line to type in.
    let head = if over.takes_letters() { 0 } else { 2 };
    let below = below(scene, over, &choices, area);
    let rect = placed(over, &choices, (left, title.width()), head + below, area);
    p.wipe(rect);
    let inside = p.frame(rect, &title, true);
    if head > 0 {
        draw_editor(p, over, inside);
    }
    let list = Rect::new(
        inside.x,
        inside.y + head,
        inside.width,
        inside.height.saturating_sub(head + below),
    );
    if choices.is_empty() {
        drawn.overlay = Some((usize::from(list.height), 0));
        p.put(
            list.x + 1,
            list.y,
            list.width.saturating_sub(1),
            &nothing(scene, over),
            Role::Dim,
        );
        return;
    }
    let items: Vec<Item> = choices.iter().map(|choice| choice.item.clone()).collect();
    let index = over.cursor.index(&items).unwrap_or(0);
    let visible = usize::from(list.height);
    let top = cursor::window(over.cursor.top, index, visible, choices.len());
    drawn.overlay = Some((visible, top));
    if visible < choices.len() {
        let place = format!(" {} of {} ", index + 1, choices.len());
        p.foot(rect, &Line::of(place, Role::Dim));
    }
    drawn.under = items.get(index).cloned();
    draw_rows(p, (&choices, index, top), list, drawn, |p, choice, row| {
        draw_choice(p, scene, over, choice, left as u16, row);
    });
    if below > 0 {
        let rect = Rect::new(inside.x, list.bottom(), inside.width, below);
        draw_below(p, scene, items.get(index), rect);
    }
}

/// A list in which nothing is typed: its lines in this place of its frame.
pub(super) fn draw_read(
    p: &mut Painter<'_>,
    (choices, index): (&[Choice], usize),
    over: &Overlay,
    (rect, list): (Rect, Rect),
    drawn: &mut Drawn,
    draw: impl Fn(&mut Painter<'_>, &Choice, Rect),
) {
    let visible = usize::from(list.height);
    let top = cursor::window(over.cursor.top, index, visible, choices.len());
    drawn.overlay = Some((visible, top));
    if choices.is_empty() {
        let room = list.width.saturating_sub(2);
        let text = "there is no more to see of it";
        p.put(list.x + 1, list.y, room, text, Role::Dim);
        return;
    }
    if visible < choices.len() {
        let place = format!(" {} of {} ", index + 1, choices.len());
        p.foot(rect, &Line::of(place, Role::Dim));
    }
    draw_rows(p, (choices, index, top), list, drawn, draw);
}

/// The lines of a list from the first visible one on, with the cursor's, and where a click takes each.
pub(super) fn draw_rows(
    p: &mut Painter<'_>,
    (choices, index, top): (&[Choice], usize, usize),
    list: Rect,
    drawn: &mut Drawn,
    draw: impl Fn(&mut Painter<'_>, &Choice, Rect),
) {
    let shown = choices.iter().enumerate().skip(top);
    for ((at, choice), y) in shown.zip(list.y..list.bottom()) {
        let row = Rect::new(list.x, y, list.width, 1);
        draw(p, choice, row);
        drawn.hits.push(Hit {
            x: row.x,
            y: row.y,
            width: row.width,
            target: Target::Choice(choice.item.clone()),
        });
        if at == index {
            p.put(row.x, row.y, 1, p.theme.glyphs.cursor, Role::Focus);
            p.tint(row, Role::Select);
        }
    }
}

/// Lines below the list that tell about what is under the cursor.
fn below(scene: &Scene<'_>, over: &Overlay, choices: &[Choice], area: Rect) -> u16 {
    let told = matches!(
        over.kind,
        OverlayKind::Problems | OverlayKind::Messages | OverlayKind::Journal
    );
    if !told || choices.is_empty() || area.height <= 4 + PICTURE {
        return 0;
    }
    if over.kind != OverlayKind::Journal {
        return PICTURE;
    }
    // Every request with its answer, as far as there is room.
    let requests = requests(scene, over, choices, area.width.saturating_sub(5));
    (requests as u16 + 1).clamp(PICTURE, (area.height / 2).max(PICTURE))
}

/// Where it lies: as wide as its widest line, its title or what is told below it, with so many lines besides those of the list.
fn placed(
    over: &Overlay,
    choices: &[Choice],
    (left, title): (usize, usize),
    besides: u16,
    area: Rect,
) -> Rect {
    let widest = choices
        .iter()
        .map(|choice| left + choice.text.width() + choice.right.width() + 10)
        .max()
        .unwrap_or(0)
        .max(62)
        .max(title + 6) as u16;
    let widest = match over.kind {
        OverlayKind::Journal => area.width,
        _ => widest,
    };
    let width = widest
        .min(area.width.saturating_sub(2))
        .max(area.width.min(30));
    let (width, height) = match over.kind {
        // This list changes with each letter; its frame does not.
        OverlayKind::Find => (area.width.saturating_sub(2).min(120), area.height * 4 / 5),
        _ => {
            let lines = u16::try_from(choices.len().max(1)).unwrap_or(u16::MAX);
            (width, lines.saturating_add(2 + besides).min(area.height))
        }
    };
    Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 3,
        width,
        height,
    )
}

/// What the overlay lists; of messages also which clock their times are told by.
fn title(scene: &Scene<'_>, over: &Overlay, drawn: &mut Drawn) -> Line {
    let title = Line::of(over.title(), Role::Title);
    match over.kind {
        OverlayKind::Bulk => title.and(how_far(scene, drawn), Role::Dim),
        OverlayKind::Messages => {
            title.and(format!("  {}", scene.state.zone.name(scene.now)), Role::Dim)
        }
        _ => title,
    }
}

/// How far an action on many runs is, and which keys change that.
fn how_far(scene: &Scene<'_>, drawn: &mut Drawn) -> String {
    let Some(bulk) = &scene.state.orders.bulk else {
        return String::new();
    };
    let undo = scene.state.keymap.way_to(Command::Undo);
    match bulk.held(scene.now) {
        Some(seconds) => {
            drawn.changes_at(later(scene.now, 1_000));
            format!("  {} in {seconds} s · {undo} takes it back", bulk.verb)
        }
        None if bulk.is_over() => format!("  {}", bulk.sentence()),
        None if bulk.paused => format!("  {} · p goes on, a ends it", bulk.sentence()),
        None => format!("  {} · p pauses, a ends it", bulk.sentence()),
    }
}

/// The whole of what is under the cursor, where a line has no room for it.
fn draw_below(p: &mut Painter<'_>, scene: &Scene<'_>, item: Option<&Item>, area: Rect) {
    match item {
        Some(Item::Problem(at)) => {
            if let Some(problem) = scene.state.problems.get(*at) {
                draw_problem(p, problem, area);
            }
        }
        Some(Item::Message(number)) => {
            let Some(message) = scene.state.messages.get(*number) else {
                return;
            };
            let room = area.width.saturating_sub(3);
            let pieces = wrap(&message.text, usize::from(room));
            for (piece, y) in pieces.iter().zip(area.y + 1..area.bottom()) {
                p.put(area.x + 2, y, room, piece, Role::Text);
            }
        }
        Some(Item::Done(at)) => {
            let Some(Ok(entries)) = &scene.state.orders.journal else {
                return;
            };
            let Some(entry) = entries.get(*at) else {
                return;
            };
            let room = usize::from(area.width.saturating_sub(3));
            let lines = done(entry, room);
            for ((text, role), y) in lines.iter().zip(area.y + 1..area.bottom()) {
                p.put(area.x + 2, y, room as u16, text, *role);
            }
        }
        _ => {}
    }
}

/// Lines of what is told about the entry of the journal under the cursor.
fn requests(scene: &Scene<'_>, over: &Overlay, choices: &[Choice], width: u16) -> usize {
    let items: Vec<Item> = choices.iter().map(|choice| choice.item.clone()).collect();
    let under = over.cursor.index(&items).unwrap_or(0);
    match (items.get(under), &scene.state.orders.journal) {
        (Some(Item::Done(at)), Some(Ok(entries))) => {
            (entries.get(*at)).map_or(0, |entry| done(entry, usize::from(width)).len())
        }
        _ => 0,
    }
}

/// Who did it where, and the requests with their answers.
fn done(entry: &Entry, width: usize) -> Vec<(String, Role)> {
    let who = format!("{} on {} ({})", entry.who, entry.context, entry.server);
    let mut lines = vec![(who, Role::Dim)];
    for sent in &entry.sent {
        let text = format!(
            "{} {}: {}",
            sent.request.method, sent.request.path, sent.answer
        );
        let pieces = wrap(&text, width).into_iter();
        lines.extend(pieces.map(|piece| (piece.to_string(), Role::Text)));
    }
    if let Some(file) = &entry.trash {
        lines.push((format!("kept in {file}"), Role::Accent));
    }
    lines
}

/// The line of the file with a mark under what is meant, and what to do about it.
fn draw_problem(p: &mut Painter<'_>, problem: &Problem, area: Rect) {
    let mut y = area.y + 1;
    let room = area.width.saturating_sub(3);
    if let Some((line, marks)) = problem.picture() {
        let number = format!("{} ", problem.place.line);
        let used = p.put(area.x + 2, y, room, &number, Role::Dim);
        p.put(
            area.x + 2 + used,
            y,
            room.saturating_sub(used),
            &line,
            Role::Text,
        );
        y += 1;
        p.put(
            area.x + 2 + used,
            y,
            room.saturating_sub(used),
            &marks,
            Role::Bad,
        );
        y += 1;
    }
    for piece in wrap(&problem.help, usize::from(room)) {
        if y < area.bottom() {
            p.put(area.x + 2, y, room, piece, Role::Accent);
        }
        y += 1;
    }
}

fn draw_editor(p: &mut Painter<'_>, over: &Overlay, inside: Rect) {
    let hint = match over.kind {
        OverlayKind::Help { .. } => "type to search, enter does it",
        OverlayKind::Namespaces => "type to narrow the list, space marks, enter takes them",
        OverlayKind::Problems => "type to narrow the list; a saved file is read by itself",
        OverlayKind::Messages => "type to narrow the list, enter opens the run",
        OverlayKind::Contexts
        | OverlayKind::Sort
        | OverlayKind::Containers { .. }
        | OverlayKind::LaunchIn { .. } => "type to narrow the list, enter takes it",
        OverlayKind::Columns => "type to narrow the list, enter shows or hides",
        OverlayKind::Find => "some letters of it: run, step, template, namespace, cause, command",
        OverlayKind::Journal => "type to narrow the list",
        OverlayKind::CodeRuns => "type to narrow the list, enter shows the runs of the task",
        OverlayKind::Copy { .. }
        | OverlayKind::Marks { .. }
        | OverlayKind::Why { .. }
        | OverlayKind::Compare
        | OverlayKind::Report { .. }
        | OverlayKind::Bulk => "",
    };
    let width = inside.width.saturating_sub(2);
    typing::draw(p, &over.editor, inside.x + 1, inside.y, width);
    if over.editor.text().is_empty() {
        p.put(
            inside.x + 3,
            inside.y,
            width.saturating_sub(2),
            hint,
            Role::Faint,
        );
    }
}

fn draw_choice(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    over: &Overlay,
    choice: &Choice,
    left: u16,
    row: Rect,
) {
    let mut x = row.x + 1;
    let end = row.right();
    let marked = matches!(&choice.item, Item::Namespace(name) if over.marked.contains(name));
    let message = match &choice.item {
        Item::Message(number) => scene.state.messages.get(*number),
        _ => None,
    };
    if let Some(message) = message {
        let (mark, role) = toasts::mark(&p.theme.glyphs, message.level);
        p.put(x, row.y, 1, mark, role);
    } else if marked {
        p.put(x, row.y, 1, p.theme.glyphs.mark, Role::Accent);
    } else if choice.current {
        p.put(
            x,
            row.y,
            1,
            p.theme.glyphs.state(crate::model::phase::State::Succeeded),
            Role::Ok,
        );
    } else if let Some(state) = choice.state {
        p.put(x, row.y, 1, p.theme.glyphs.state(state), Role::of(state));
    }
    x += 2;
    if left > 0 {
        p.put(x, row.y, left, &choice.left, Role::Key);
        x += left + 2;
    }
    let role = if choice.current {
        Role::Accent
    } else {
        Role::Text
    };
    let right = (choice.right.width() as u16 + 1).min(end.saturating_sub(x) / 2);
    p.put(
        x,
        row.y,
        end.saturating_sub(x + right + 1),
        &choice.text,
        role,
    );
    p.put_right(
        end.saturating_sub(right),
        row.y,
        right.saturating_sub(1),
        &choice.right,
        Role::Dim,
    );
}

fn nothing(scene: &Scene<'_>, over: &Overlay) -> String {
    let refused = |result: &Option<Result<(), Trouble>>| match result {
        None => "reading …".to_string(),
        Some(Err(why)) => why.to_string(),
        Some(Ok(())) => "nothing matches".to_string(),
    };
    match over.kind {
        OverlayKind::Contexts => refused(
            &scene
                .state
                .contexts
                .as_ref()
                .map(|r| r.as_ref().map(|_| ()).map_err(Clone::clone)),
        ),
        OverlayKind::Namespaces => refused(
            &scene
                .state
                .namespaces
                .as_ref()
                .map(|r| r.as_ref().map(|_| ()).map_err(Clone::clone)),
        ),
        OverlayKind::Problems if scene.state.problems.is_empty() => {
            "nothing is wrong in the configuration".to_string()
        }
        OverlayKind::CodeRuns => match &scene.state.agents.read {
            None => "reading …".to_string(),
            Some(Err(why)) => why.to_string(),
            Some(Ok(())) if scene.state.agents.runs.is_empty() => {
                "there is none, or this cluster knows neither".to_string()
            }
            Some(Ok(())) => "nothing matches".to_string(),
        },
        OverlayKind::Journal => match &scene.state.orders.journal {
            None => "reading …".to_string(),
            Some(Err(why)) => why.clone(),
            Some(Ok(all)) if all.is_empty() => "nothing was changed from here yet".to_string(),
            Some(Ok(_)) => "nothing matches".to_string(),
        },
        OverlayKind::Messages if scene.state.messages.all().next().is_none() => {
            "nothing was said yet".to_string()
        }
        OverlayKind::Find if !scene.state.fleet.complete() => {
            "nothing matches of what was read so far".to_string()
        }
        OverlayKind::Help { .. } => match elsewhere(over.editor.text().trim()) {
            Some(place) => place.to_string(),
            None => "nothing matches here; a page of its own has keys of its own".to_string(),
        },
        OverlayKind::Marks { set: true } => "a letter marks this place".to_string(),
        _ => "nothing matches".to_string(),
    }
}
