//! What is said of each difference, in the shortest words.
//! Apart from the lines they stand in.

use std::sync::Arc;

use crate::model::clock;
use crate::model::compare::{Aligned, At, Change, Comparison, Differs, End, Took};
use crate::model::manifest::{Piece, Side};
use crate::model::phase::State as RunState;
use crate::model::text::counted;

pub(super) fn changed_lines(pieces: &[Piece]) -> usize {
    let count = |side| pieces.iter().filter(|piece| piece.side == side).count();
    count(Side::Old).max(count(Side::New))
}

pub(super) fn value(value: &Option<Arc<str>>) -> &str {
    match value.as_deref() {
        None => "(none)",
        Some("") => "(empty)",
        Some(text) => text,
    }
}

/// `old → new`.
pub(super) fn values(change: &Change) -> String {
    format!("{} → {}", value(&change.there), value(&change.here))
}

/// `12s → 38s  ×3.2 (+26s)`.
pub(super) fn lengths(took: &Took) -> String {
    let open = if took.here.open { " so far" } else { "" };
    let factor = match took.factor().filter(|_| took.grew()) {
        Some(factor) if factor >= 10.0 => format!("  ×{factor:.0}"),
        Some(factor) => format!("  ×{factor:.1}"),
        None => String::new(),
    };
    let more = took.here.seconds - took.there.seconds;
    let sign = if more < 0 { "-" } else { "+" };
    format!(
        "{} → {}{open}{factor} ({sign}{})",
        clock::exact(took.there.seconds),
        clock::exact(took.here.seconds),
        clock::exact(more.abs())
    )
}

/// What it is that differs, in the order it is told: what ended in another way first, what was not reached last.
pub(super) fn rank(one: &Differs) -> u8 {
    let reached = |at: &At| at.state != RunState::NotStarted;
    match (&one.here, &one.there) {
        (Some(here), Some(there)) if reached(here) && reached(there) => 0,
        (Some(_), None) => 1,
        (None, Some(_)) => 2,
        _ => 3,
    }
}

pub(super) fn differs(one: &Differs) -> (&'static str, String) {
    let state = |at: &Option<At>| at.as_ref().map_or("", |at| at.state.word());
    let (here, there) = (state(&one.here), state(&one.there));
    let reached = |at: &Option<At>| !matches!(at, Some(at) if at.state == RunState::NotStarted);
    let path = &one.path;
    match (&one.here, &one.there) {
        (Some(_), None) => ("only here", format!("{path}: {here}")),
        (None, Some(_)) => ("only there", format!("{path}: {there}")),
        _ if !reached(&one.here) => ("not reached", format!("{path}: {there} there")),
        _ if !reached(&one.there) => ("reached", format!("{path}: {here}; not reached there")),
        _ => ("other end", format!("{path}: {there} → {here}")),
    }
}

/// `Failed: main: Error (exit code 1), in 2 attempts`.
pub(super) fn ended(end: &End) -> String {
    let mut text = end.at.state.word().to_string();
    let message = end.message.as_deref().or(end.at.note.as_deref());
    if let Some(message) = message {
        text += &format!(": {message}");
    }
    if let Some(code) = end.exit_code.as_deref().filter(|code| *code != "0")
        && !message.is_some_and(|message| message.contains(&format!("exit code {code}")))
    {
        text += &format!(", exit code {code}");
    }
    if end.attempts > 1 {
        text += &format!(", in {} attempts", end.attempts);
    }
    text
}

/// `3 lines only here, 2 only there, 40 alike`.
pub(super) fn how_many(told: &Aligned) -> String {
    let (here, there, near, same) = (told.here, told.there, told.near, told.same);
    if here + there + near + same == 0 {
        return "not compared".to_string();
    }
    let near = match near {
        0 => String::new(),
        some => format!("{some} with other numbers, "),
    };
    format!(
        "{} only here, {there} only there, {near}{same} alike",
        counted(here, "line")
    )
}

/// What is the same, in one line.
pub(super) fn same(told: &Comparison) -> String {
    let same = &told.same;
    let some = |count: usize, noun: &str| (count > 0).then(|| counted(count, noun));
    let template = match told.images.is_empty() {
        true => "the template",
        false => "the rest of the template",
    };
    let parts = [
        some(same.parameters, "parameter"),
        some(same.images, "image"),
        (same.spec == Some(true)).then(|| template.to_string()),
        some(same.steps, "step"),
        some(same.durations, "time"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}
