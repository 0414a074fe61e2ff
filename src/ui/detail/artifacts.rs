//! The Artifacts tab: what the steps below the cursor were given and left, and what one of them holds.
//! Apart from the store they come from, which is asked elsewhere.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use crate::app::artifacts::{self, Opened};
use crate::app::command::{Command, Scope as KeyScope};
use crate::app::cursor;
use crate::app::drawn::Drawn;
use crate::app::focus::Focus;
use crate::app::screens::run::{Pane, RunPage};
use crate::model::artifact::{Artifact, Direction, Snag};
use crate::model::preview::Kind;
use crate::ui::Scene;
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::pixels;
use crate::ui::theme::Role;

/// Cells of the column of sizes.
const SIZE: usize = 22;

/// A line of the list before it is drawn: of many only those in view are.
enum Row<'f> {
    Gap,
    Step(&'f str),
    One(&'f Artifact),
    Told(Line),
}

/// The list, with its cursor.
pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    (page, focus): (&RunPage, &Focus),
    area: Rect,
    drawn: &mut Drawn,
) {
    let width = usize::from(area.width);
    let listed = artifacts::listed(page, focus);
    let on = page.shelf.cursor.on();
    let chosen = on.and_then(|on| listed.iter().position(|one| one.id == *on));
    let chosen = chosen.unwrap_or(0);
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut at = 0;
    for (n, artifact) in listed.iter().enumerate() {
        if n == 0 || listed[n - 1].id.node != artifact.id.node {
            rows.extend((n > 0).then_some(Row::Gap));
            rows.push(Row::Step(&artifact.step));
        }
        if n == chosen {
            at = rows.len();
        }
        rows.push(Row::One(artifact));
    }
    let mut told = match listed.get(chosen) {
        None => vec![Line::of(nothing(focus), Role::Dim)],
        Some(about) => about_one(scene, focus, about, width),
    };
    if !listed.is_empty() {
        told.insert(0, Line::default());
    }
    rows.extend(told.into_iter().map(Row::Told));
    let height = usize::from(area.height);
    let top = cursor::window(page.top, at, height, rows.len());
    // What is told of the last one stands below it, and comes into view with it.
    let top = match chosen + 1 == listed.len() {
        true => top.max(rows.len().saturating_sub(height)).min(at),
        false => top,
    };
    drawn.detail = Some((height, rows.len(), top));
    drawn.cells = (width, false);
    for ((n, shown), y) in rows.iter().enumerate().skip(top).zip(area.y..area.bottom()) {
        let here = n == at && !listed.is_empty();
        let line = match shown {
            Row::Gap => Line::default(),
            Row::Step(name) => Line::of(*name, Role::Title),
            Row::One(artifact) => row(p, scene, focus, artifact, here, width),
            Row::Told(line) => line.clone(),
        };
        p.put_line(area.x, y, area.width, &line);
        if here && page.pane == Pane::Detail {
            p.tint(Rect::new(area.x, y, area.width, 1), Role::Select);
        }
    }
}

fn row(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    focus: &Focus,
    artifact: &Artifact,
    here: bool,
    width: usize,
) -> Line {
    let (much, role) = much(scene, focus, artifact);
    let mark = if here { p.theme.glyphs.cursor } else { " " };
    let word = match artifact.id.direction {
        Direction::Input => "in ",
        Direction::Output => "out",
    };
    let room = width.saturating_sub(SIZE + 8).max(8);
    let name = cut(&artifact.id.name, room);
    let pad = " ".repeat(room.saturating_sub(name.width()));
    let name_role = match (artifact.deleted, artifact.log_of()) {
        (true, _) => Role::Faint,
        (_, Some(_)) => Role::Dim,
        _ => Role::Text,
    };
    Line::of(format!("{mark} "), Role::Focus)
        .and(format!("{word} "), Role::Dim)
        .and(name, name_role)
        .and(format!("{pad}  "), Role::Text)
        .and(much, role)
}

/// As much of a name as there is room for.
fn cut(name: &str, room: usize) -> String {
    if name.width() <= room {
        return name.to_string();
    }
    let pieces = wrap(name, room.saturating_sub(1));
    format!("{}…", pieces.first().copied().unwrap_or_default())
}

/// Its size, or how far its download is.
fn much(scene: &Scene<'_>, focus: &Focus, artifact: &Artifact) -> (String, Role) {
    let download = scene
        .state
        .downloads
        .iter()
        .find(|one| one.id == artifact.id);
    if let Some(download) = download {
        return (download.told(), Role::Accent);
    }
    if artifact.deleted {
        return ("deleted".to_string(), Role::Faint);
    }
    match focus.sizes.of(&artifact.id) {
        Some(Some(Ok(measure))) => {
            let packing = artifact.packing.word();
            (format!("{:>12}  {packing}", measure.to_string()), Role::Dim)
        }
        Some(Some(Err(_))) => ("not to be had".to_string(), Role::Warn),
        _ => ("…".to_string(), Role::Faint),
    }
}

/// Where it lies, and what is in the way.
fn about_one(scene: &Scene<'_>, focus: &Focus, artifact: &Artifact, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    super::fact(
        &mut lines,
        "lies",
        &artifact.place.to_string(),
        Role::Text,
        width,
    );
    if let Some(Some(Ok(measure))) = focus.sizes.of(&artifact.id)
        && let Some(through) = &measure.through
    {
        super::fact(&mut lines, "reached", through, Role::Accent, width);
    }
    if let Some(path) = &artifact.path {
        super::fact(&mut lines, "in the pod", path, Role::Dim, width);
    }
    if let Some(Some(Err(snag))) = focus.sizes.of(&artifact.id) {
        tell(&mut lines, snag, width);
    }
    let keys = |command| scene.state.keymap.keys_of(&[KeyScope::Artifacts], command);
    let download = scene
        .state
        .downloads
        .iter()
        .any(|one| one.id == artifact.id);
    let word = if download {
        "stop the download"
    } else {
        "download"
    };
    let mut line = Line::default();
    for (command, word) in [
        (Command::OpenArtifact, "look into it"),
        (Command::SaveArtifact, word),
    ] {
        if let Some(keys) = keys(command) {
            line.push(keys, Role::Key);
            line.push(format!(" {word}   "), Role::Dim);
        }
    }
    lines.push(line);
    lines
}

fn tell(lines: &mut Vec<Line>, snag: &Snag, width: usize) {
    for piece in wrap(&snag.what, width) {
        lines.push(Line::of(piece, Role::Bad));
    }
    for piece in wrap(&snag.next, width) {
        lines.push(Line::of(piece, Role::Dim));
    }
}

fn nothing(focus: &Focus) -> &'static str {
    match &focus.workflow {
        None => "reading the run …",
        Some(run) if run.artifacts.is_empty() => "no step of this run has artifacts",
        Some(_) => "the steps below the cursor have no artifacts",
    }
}

/// What one of them holds.
pub(super) fn lines(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    (opened, focus): (&Opened, &Focus),
    width: usize,
) -> Vec<Line> {
    let wrapped = scene.state.log.wrap;
    let all = focus.workflow.iter().flat_map(|run| &run.artifacts);
    let artifact = all.into_iter().find(|one| one.id == opened.id);
    let mut lines = Vec::new();
    let (step, id) = (artifact.map_or("", |one| &*one.step), &opened.id);
    let title = format!("{} · {} of {step}", id.name, id.direction.word());
    lines.push(Line::of(title, Role::Title));
    match &opened.preview {
        None => lines.push(Line::of("reading it …", Role::Dim)),
        Some(Err(snag)) => tell(&mut lines, snag, width),
        Some(Ok(preview)) => {
            let shown = preview.lines.iter();
            let shown = shown.map(|line| Line::of(&*line.text, role(line.kind)));
            match wrapped {
                true => lines.extend(shown.flat_map(|line| line.wrapped(width))),
                false => lines.extend(shown),
            }
            if preview.picture.is_some()
                && let Some(why) = pixels::only_words(scene.state, p.theme)
            {
                lines.push(Line::of(why, Role::Dim));
            }
        }
    }
    lines
}

/// The picture that it is, below its lines.
pub(super) fn picture(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    opened: &Opened,
    (lines, area): (usize, Rect),
    drawn: &mut Drawn,
) {
    let Some(Ok(preview)) = &opened.preview else {
        return;
    };
    let lines = u16::try_from(lines).unwrap_or(u16::MAX).min(area.height);
    let room = Rect::new(area.x, area.y + lines, area.width, area.height - lines);
    if let Some(picture) = &preview.picture
        && pixels::only_words(scene.state, p.theme).is_none()
        && let Some(picture) = pixels::draw(p, scene.state, picture, room)
    {
        scene.picture.set(Some(picture));
        drawn.pictured = true;
    }
}

fn role(kind: Kind) -> Role {
    match kind {
        Kind::Note => Role::Accent,
        Kind::Warning => Role::Warn,
        Kind::Head => Role::Title,
        Kind::Text => Role::Text,
        Kind::Dim => Role::Dim,
        Kind::Good | Kind::Added => Role::Ok,
        Kind::Bad | Kind::Removed => Role::Bad,
    }
}
