//! The form of a QARun: its fields with what is wrong beside them, what the one under the cursor means, and the object beside it.
//! Apart from dialogs: a form is written at leisure, and nothing of it is sent before it is agreed to there.

use ratatui::layout::Rect;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::app::command::{Command, Scope};
use crate::app::cursor;
use crate::app::draft::rows::{CRITERIA, Row, What, is_off, is_open};
use crate::app::draft::{Draft, Source, Stage, Typed, place};
use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::editor::Page;
use crate::model::mask::mask;
use crate::model::phase::State as Mark;
use crate::model::yaml;
use crate::ui::paint::{Line, Painter, fit, wrap};
use crate::ui::screens::runs::{explain, put_placard};
use crate::ui::theme::Role;
use crate::ui::{Scene, typing};

/// From this width on the object stands beside its fields.
const TWO: u16 = 116;
/// Cells of the names of fields.
const NAMES: u16 = 18;
/// Cells of an id before the kind of a criterion.
const IDS: u16 = 22;

type Wrong = std::collections::BTreeMap<String, Vec<String>>;

pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    draft: &Draft,
    area: Rect,
    drawn: &mut Drawn,
) {
    match &draft.stage {
        Stage::Written => {}
        Stage::Reading => {
            let inside = p.frame(area, &title(draft, 0), true);
            return p_placard(
                p,
                (
                    "Reading",
                    "what the QARun asks for is on its way",
                    "esc back",
                ),
                inside,
            );
        }
        Stage::Lost(why) => {
            let inside = p.frame(area, &title(draft, 0), true);
            return put_placard(p, explain(why), inside);
        }
    }
    let wrong = draft.problems();
    if draft.yaml {
        return document(p, draft, area, true, drawn);
    }
    let (form, beside) = match area.width >= TWO {
        true => {
            let left = area.width * 11 / 20;
            (
                Rect::new(area.x, area.y, left, area.height),
                Some(Rect::new(
                    area.x + left,
                    area.y,
                    area.width - left,
                    area.height,
                )),
            )
        }
        false => (area, None),
    };
    if let Some(beside) = beside {
        document(p, draft, beside, false, drawn);
    }
    let inside = p.frame(form, &title(draft, wrong.len()), true);
    p.foot(form, &foot(scene, wrong.len()));
    let rows = draft.rows();
    let index = draft.index(&rows).unwrap_or(0);
    let said = rows.get(index).map(|row| {
        about(
            p,
            draft,
            row,
            &wrong,
            usize::from(inside.width.saturating_sub(2)),
        )
    });
    let said = said.unwrap_or_default();
    // What a field means stands below, as long as that leaves room for the fields.
    let below = (said.len() as u16 + 1).min(inside.height / 3);
    let page = match &draft.typed {
        Some(Typed::Page(_)) => (inside.height / 2).clamp(3, 14),
        _ => 0,
    };
    let height = inside.height.saturating_sub(below + page);
    let list = Rect::new(inside.x, inside.y, inside.width, height);
    draw_rows(p, draft, &rows, index, &wrong, list, drawn);
    if let (Some(Typed::Page(text)), Some(row)) = (&draft.typed, rows.get(index)) {
        let rect = Rect::new(inside.x, list.bottom(), inside.width, page);
        draw_page(p, scene, text, row, rect);
    }
    let y = list.bottom() + page;
    for (line, at) in said.iter().zip(y + 1..inside.bottom()) {
        p.put_line(inside.x + 1, at, inside.width.saturating_sub(2), line);
    }
}

fn p_placard(p: &mut Painter<'_>, (title, text, hint): (&str, &str, &str), area: Rect) {
    put_placard(
        p,
        (title.to_owned(), text.to_owned(), hint.to_owned()),
        area,
    );
}

/// `New QARun · of task 42`.
fn title(draft: &Draft, wrong: usize) -> Line {
    let line = Line::of("New QARun", Role::Title);
    let line = match &draft.source {
        Source::Blank => line,
        Source::Again(key) => line.and(format!("  {key} again, with changes"), Role::Dim),
        Source::Task { id, .. } => line.and(format!("  of task {id}"), Role::Dim),
    };
    match wrong {
        0 => line,
        1 => line.and("  1 field is not right", Role::Bad),
        n => line.and(format!("  {n} fields are not right"), Role::Bad),
    }
}

/// What to press next.
fn foot(scene: &Scene<'_>, wrong: usize) -> Line {
    let (command, word) = match wrong {
        0 => (Command::Create, "asks the server, then you"),
        _ => (Command::NextProblem, "next problem"),
    };
    let keys = scene.state.keymap.keys_of(&[Scope::Draft], command);
    match keys {
        Some(keys) => Line::of(keys, Role::Key).and(format!(" {word}"), Role::Dim),
        None => Line::default(),
    }
}

fn draw_rows(
    p: &mut Painter<'_>,
    draft: &Draft,
    rows: &[Row],
    index: usize,
    wrong: &Wrong,
    area: Rect,
    drawn: &mut Drawn,
) {
    let height = usize::from(area.height);
    let top = cursor::window(draft.cursor.top, index, height, rows.len());
    // The heading of the first field is in view where the cursor is on it.
    let top = if index <= 1 { 0 } else { top };
    drawn.form = Some((height, top));
    for (line, (at, row)) in rows.iter().enumerate().skip(top).take(height).enumerate() {
        let y = area.y + line as u16;
        let here = at == index;
        if here {
            p.put(area.x, y, 1, p.theme.glyphs.cursor, Role::Focus);
        }
        let told = wrong.get(&row.place).and_then(|all| all.first());
        draw_row(
            p,
            draft,
            row,
            here,
            told,
            Rect::new(area.x + 1, y, area.width.saturating_sub(1), 1),
        );
        if here {
            p.tint(Rect::new(area.x, y, area.width, 1), Role::Select);
        }
        if row.is_stop() {
            drawn.hits.push(Hit {
                x: area.x,
                y,
                width: area.width,
                target: Target::Field(row.place.clone()),
            });
        }
    }
}

fn draw_row(
    p: &mut Painter<'_>,
    draft: &Draft,
    row: &Row,
    here: bool,
    wrong: Option<&String>,
    area: Rect,
) {
    let x = area.x + 2 * row.depth;
    let room = area.right().saturating_sub(x);
    match row.what {
        What::Title => drop(p.put(x, area.y, room, &row.label, Role::Accent)),
        What::Add => {
            let text = format!("+ {}", row.label);
            let used = p.put(x, area.y, room, &text, Role::Faint);
            problem(p, wrong, x + used + 2, area);
        }
        What::Item => {
            let used = p.put_line(x, area.y, room, &item(p, draft, row, room));
            problem(
                p,
                wrong,
                (x + used + 2).min(area.right().saturating_sub(room / 2)),
                area,
            );
        }
        What::Field(shape) => {
            let bad = wrong.is_some();
            p.put(
                x,
                area.y,
                NAMES.min(room),
                &row.label,
                if bad { Role::Bad } else { Role::Dim },
            );
            let (at, room) = (x + NAMES, room.saturating_sub(NAMES));
            let used = match &draft.typed {
                Some(Typed::Line(editor)) if here => typing::draw(p, editor, at, area.y, room),
                _ => {
                    let text = draft.text(row);
                    let (text, role) = match text.is_empty() {
                        true => (row.unsaid.clone(), Role::Faint),
                        // What is typed there is seen while it is typed, and not beside everything else.
                        false => (one_line(p, &mask(&text)), Role::Text),
                    };
                    // Part of the line is left to what is wrong.
                    let room = if bad { room / 2 } else { room };
                    let text = fit(&text, usize::from(room), p.theme.glyphs.ellipsis).into_owned();
                    let mut used = p.put(at, area.y, room, &text, role);
                    if here && shape.turns() {
                        used += p.put(
                            at + used,
                            area.y,
                            room.saturating_sub(used),
                            "  space turns it",
                            Role::Faint,
                        );
                    }
                    used
                }
            };
            problem(p, wrong, at + used + 2, area);
        }
    }
}

/// What is wrong, from here on.
fn problem(p: &mut Painter<'_>, wrong: Option<&String>, x: u16, area: Rect) {
    if let Some(what) = wrong {
        let mark = p.theme.glyphs.state(Mark::Failed);
        let room = area.right().saturating_sub(x);
        p.put(x, area.y, room, &format!("{mark} {what}"), Role::Bad);
    }
}

/// A text of several lines in one.
fn one_line(p: &Painter<'_>, text: &str) -> String {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    match lines.count() {
        0 => first,
        more => format!("{first} {} {more} more lines", p.theme.glyphs.dot),
    }
}

/// `[x] refund-201  http  optional  the endpoint answers 201`, or an environment with its address.
fn item(p: &Painter<'_>, draft: &Draft, row: &Row, room: u16) -> Line {
    let document = &draft.sheet.document;
    let text = |rest: &str| place::text(document, &format!("{}.{rest}", row.place)).to_owned();
    let glyphs = &p.theme.glyphs;
    let fold = if is_open(document, &row.place) {
        glyphs.open
    } else {
        glyphs.folded
    };
    let pad = |text: &str, width: u16| {
        let width = usize::from(width);
        let text = fit(text, width, glyphs.ellipsis).into_owned();
        let cells = text.width();
        format!("{text}{}", " ".repeat(width.saturating_sub(cells) + 1))
    };
    let mut line = Line::of(format!("{fold} "), Role::Faint);
    let id = if room < 70 { IDS - 6 } else { IDS };
    if !row.place.starts_with(CRITERIA) {
        line.push(pad(&named(&row.label), id), Role::Text);
        line.push(text("url"), Role::Dim);
        return line;
    }
    let off = is_off(document, &row.place);
    let role = if off { Role::Faint } else { Role::Text };
    line.push(if off { "[ ] " } else { "[x] " }, role);
    line.push(pad(&named(&row.label), id), role);
    line.push(
        pad(&text("kind"), 7),
        if off { Role::Faint } else { Role::Accent },
    );
    let required = place::get(document, &format!("{}.required", row.place));
    if required == Some(&false.into()) {
        line.push("optional ", Role::Wait);
    }
    line.push(
        one_line(p, &text("text")),
        if off { Role::Faint } else { Role::Dim },
    );
    line
}

fn named(label: &str) -> String {
    match label {
        "" => "without a name".to_owned(),
        label => label.to_owned(),
    }
}

/// What is wrong with the line of the cursor in full, what it means, and where a criterion was read.
fn about(p: &Painter<'_>, draft: &Draft, row: &Row, wrong: &Wrong, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mark = p.theme.glyphs.state(Mark::Failed);
    for what in wrong.get(&row.place).into_iter().flatten() {
        let text = format!("{mark} {what}");
        lines.extend(
            wrap(&text, width)
                .into_iter()
                .map(|piece| Line::of(piece, Role::Bad)),
        );
    }
    lines.extend(
        wrap(row.about, width)
            .into_iter()
            .map(|piece| Line::of(piece, Role::Dim)),
    );
    let document = &draft.sheet.document;
    if row.what == What::Item && row.place.starts_with(CRITERIA) {
        let text = |rest: &str| {
            place::text(document, &format!("{}.provenance.{rest}", row.place)).to_owned()
        };
        let source = text("source");
        let from = match (source.as_str(), text("path")) {
            ("", _) => String::new(),
            ("person", _) => "written by hand".to_owned(),
            (source, path) if path.is_empty() => format!("read in {source}"),
            (_, path) => format!("read in {path}"),
        };
        let original = text("original");
        let from = match original.is_empty() {
            true => from,
            false => format!("{from}, where it says: {original}"),
        };
        lines.extend(
            wrap(&from, width)
                .into_iter()
                .map(|piece| Line::of(piece, Role::Faint)),
        );
    }
    lines
}

/// The object as it would be sent; credentials are masked.
fn document(p: &mut Painter<'_>, draft: &Draft, area: Rect, whole: bool, drawn: &mut Drawn) {
    let mut title = Line::of("As it would be sent", Role::Title);
    if place::text(&draft.sheet.document, "metadata.name").is_empty() {
        title.push("  its name is made then", Role::Dim);
    }
    let inside = p.frame(area, &title, whole);
    let text = yaml::render(&yaml::tidy(draft.unnamed())).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let height = usize::from(inside.height);
    let top = draft.top.min(lines.len().saturating_sub(height));
    if whole {
        drawn.document = Some((height, lines.len()));
    }
    for (line, y) in lines.iter().skip(top).zip(inside.top()..inside.bottom()) {
        let (name, rest) = match line.split_once(": ") {
            Some((name, rest)) => (format!("{name}:"), format!(" {rest}")),
            None => ((*line).to_owned(), String::new()),
        };
        let line = Line::of(name, Role::Dim).and(rest, Role::Text);
        p.put_line(inside.x + 1, y, inside.width.saturating_sub(1), &line);
    }
    let below = lines.len().saturating_sub(top + height);
    if below > 0 {
        p.foot(area, &Line::of(format!("{below} more lines"), Role::Faint));
    }
}

/// A text being typed, broken to the width, with the cursor in view.
fn draw_page(p: &mut Painter<'_>, scene: &Scene<'_>, page: &Page, row: &Row, area: Rect) {
    let keys = scene
        .state
        .keymap
        .keys_of(&[Scope::Text], Command::Done)
        .unwrap_or_default();
    let title = Line::of(row.label.clone(), Role::Title)
        .and(format!("  {keys} when it is done"), Role::Dim);
    let inside = p.frame(area, &title, true);
    let width = usize::from(inside.width.saturating_sub(1)).max(1);
    let (line, column) = page.cursor();
    let mut pieces: Vec<String> = Vec::new();
    let mut at = (0, 0);
    for (n, text) in page.lines().iter().enumerate() {
        let mut piece = String::new();
        for (c, letter) in text.chars().enumerate() {
            let cells = letter.width().unwrap_or(0);
            if piece.width() + cells > width {
                pieces.push(std::mem::take(&mut piece));
            }
            if (n, c) == (line, column) {
                at = (pieces.len(), piece.width());
            }
            piece.push(letter);
        }
        if n == line && column >= text.chars().count() {
            if piece.width() >= width {
                pieces.push(std::mem::take(&mut piece));
            }
            at = (pieces.len(), piece.width());
        }
        pieces.push(piece);
    }
    let height = usize::from(inside.height);
    let top = (at.0 + 1).saturating_sub(height);
    for (piece, y) in pieces.iter().skip(top).zip(inside.top()..inside.bottom()) {
        p.put(inside.x, y, inside.width, piece, Role::Text);
    }
    let (x, y) = (inside.x + at.1 as u16, inside.y + (at.0 - top) as u16);
    if x < inside.right() && y < inside.bottom() {
        let style = p
            .theme
            .style(Role::Text)
            .add_modifier(ratatui::style::Modifier::REVERSED);
        let under = p.buffer[(x, y)].symbol().to_owned();
        p.put_styled(x, y, under.width().max(1) as u16, &under, style);
    }
}
