//! One line of a log with its meanings: how grave it is, its fields or its own colours, what was searched.
//! Apart from where it stands.

use crate::app::log::{LogView, Seen};
use crate::model::fields::Part;
use crate::model::level::Level;
use crate::ui::detail::mark_of;
use crate::ui::paint::Line;
use crate::ui::theme::Role;

/// The line; what Argo's own executor wrote stands back.
pub(super) fn told(log: &LogView, seen: &Seen) -> Line {
    let (line, level) = (&seen.line, role(seen.level));
    let mut told = match log.pieces(line) {
        Some(pieces) if !seen.executor => by_fields(pieces, level),
        _ => Line::of(&*line.text, if seen.executor { Role::Faint } else { level }),
    };
    let tints = line.tints.iter().filter(|_| !seen.executor);
    for tint in tints.flat_map(|tints| tints.iter()) {
        let range = (tint.from as usize, tint.to as usize);
        told.paint([range], Role::Ansi(tint.hue));
    }
    let text = told.plain();
    told.paint(log.search().matches(&text), mark_of(seen.here));
    told
}

/// A line told by its fields: what happened in the colour of how grave it is, the rest behind it.
fn by_fields(pieces: Vec<(Part, String)>, level: Role) -> Line {
    let role = |part| match part {
        Part::Time => Role::Faint,
        Part::Level | Part::Message => level,
        Part::Field => Role::Dim,
    };
    let pieces = pieces.into_iter();
    Line(pieces.map(|(part, text)| (text, role(part))).collect())
}

/// How a line of this level is drawn.
fn role(level: Option<Level>) -> Role {
    match level {
        Some(Level::Error) => Role::Bad,
        Some(Level::Warn) => Role::Wait,
        Some(Level::Info) | None => Role::Text,
        Some(Level::Debug | Level::Trace) => Role::Dim,
    }
}
