//! A question about many runs: how many of what, what of them is easily overlooked, and their names.
//! Apart from what is done to each, which is told of the first.

use std::collections::BTreeMap;

use crate::app::orders::dialog::Many;
use crate::model::text::counted;
use crate::ui::paint::{Line, Painter, fit, wrap};
use crate::ui::theme::Role;

/// `Retry 2 marked runs`, `Delete 7 of 9 marked runs`; without marks they are those of a cause.
pub(super) fn title(verb: &str, many: &Many, marked: bool) -> String {
    let noun = if marked { "marked run" } else { "run" };
    let all = many.items.len() + many.skipped.len();
    match many.skipped.is_empty() {
        true => format!("{verb} {}", counted(all, noun)),
        false => format!("{verb} {} of {}", many.items.len(), counted(all, noun)),
    }
}

/// What they are and what is easily overlooked, before their names: how many are in which phase, what still runs, and what
/// the list does not show.
pub(super) fn summary(many: &Many, width: usize) -> Vec<Line> {
    let mut phases: BTreeMap<&str, usize> = BTreeMap::new();
    for item in &many.items {
        *phases.entry(&item.phase).or_default() += 1;
    }
    // What is only being made has no phase yet.
    if phases.len() == 1 {
        phases.remove("");
    }
    let told = phases.iter().map(|(phase, count)| match *phase {
        "" => format!("{count} not begun"),
        phase => format!("{count} {phase}"),
    });
    let text = told.collect::<Vec<_>>().join(" · ");
    let loses = many.items.first();
    let loses = loses.is_some_and(|item| item.order.operation.is_destructive());
    let at_work = many.items.iter().filter(|item| item.is_at_work()).count();
    let mut warned = Vec::new();
    if loses && at_work > 0 {
        warned.push(format!(
            "{} not over: their pods are killed",
            is_are(at_work)
        ));
    }
    if many.unseen > 0 {
        warned.push(format!(
            "{} not shown: the filter hides what was marked before",
            is_are(many.unseen)
        ));
    }
    let of = |text: &str, role| {
        let pieces = wrap(text, width);
        let lines = pieces.into_iter().map(move |piece| Line::of(piece, role));
        lines.collect::<Vec<_>>()
    };
    let mut lines = match text.is_empty() {
        true => Vec::new(),
        false => of(&text, Role::Text),
    };
    for text in warned {
        lines.extend(of(&text, Role::Warn));
    }
    lines
}

fn is_are(count: usize) -> String {
    match count {
        1 => "1 is".to_string(),
        count => format!("{count} are"),
    }
}

/// Runs it is done to, and those it is not with the reason.
pub(super) fn those(p: &Painter<'_>, many: &Many, width: usize) -> Vec<Line> {
    let glyphs = p.theme.glyphs;
    let mut lines = Vec::new();
    for item in &many.items {
        let line = Line::of(format!("{} ", glyphs.mark), Role::Accent);
        let room = width.saturating_sub(2);
        let name = fit(&item.order.key.to_string(), room, glyphs.ellipsis).into_owned();
        lines.push(line.and(name, Role::Text));
    }
    for (key, why) in &many.skipped {
        let text = format!("{key} is skipped: {why}");
        let line = Line::of("  ", Role::Dim);
        let text = fit(&text, width.saturating_sub(2), glyphs.ellipsis).into_owned();
        lines.push(line.and(text, Role::Dim));
    }
    lines
}
