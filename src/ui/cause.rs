//! What is known of one cause of failure, beside or under the list: whom it affects, its newest example, its runs.
//! Apart from the list, because this has room for sentences.

use ratatui::layout::Rect;

use crate::app::drawn::Drawn;
use crate::app::failures::{self, Group};
use crate::model::clock;
use crate::model::facts::Cause;
use crate::model::mask::mask;
use crate::model::row::label;
use crate::ui::origin::{fact, run_line};
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::theme::Role;
use crate::ui::{Scene, preview, steps};

/// Runs listed.
const RUNS: usize = 50;
/// Values of a label that are named.
const NAMED: usize = 6;
/// Lines of the message and of the log of the newest one.
const LINES: usize = 6;

/// `exit 1 · criterion-4 · criterion not met`.
pub(super) fn sentence(group: &Group<'_>) -> Line {
    match group.failure() {
        None => Line::default(),
        Some(failure) => {
            Line::of(failure.reason.clone(), Role::Bad).and(failure.rest(), Role::Text)
        }
    }
}

/// Draws everything that is known of it in a box.
pub(super) fn pane(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    group: &Group<'_>,
    area: Rect,
    drawn: &mut Drawn,
) {
    let count = match group.runs.len() {
        1 => "1 run failed of it".to_string(),
        count => format!("{count} runs failed of it"),
    };
    let title = Line::of(count, Role::Title);
    let inside = p.frame(area, &title, false);
    let width = usize::from(inside.width.saturating_sub(2));
    let lines = lines(p, scene, group, width, drawn);
    let uid = failures::beside(group.cause);
    preview::text(p, scene, (area, inside), (&uid, &lines), drawn);
}

fn lines(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    group: &Group<'_>,
    width: usize,
    drawn: &mut Drawn,
) -> Vec<Line> {
    let mut lines = sentence(group).wrapped(width);
    lines.truncate(LINES);
    lines.push(Line::default());
    let when = when(scene, group, drawn);
    fact(&mut lines, "failed", &when, Role::Text, width);
    if let Some(earlier) = earlier(scene, group, drawn) {
        fact(&mut lines, "before", &earlier, Role::Text, width);
    }
    for (name, values) in [
        ("in", group.namespaces()),
        ("from", group.origins()),
        ("services", group.label(label::SERVICE)),
        ("tasks", group.label(label::TASK)),
        ("teams", group.label(label::TEAM)),
    ] {
        if !values.is_empty() {
            fact(&mut lines, name, &told(&values), Role::Text, width);
        }
    }
    fact(
        &mut lines,
        "filter",
        &format!("cause:{}", group.cause),
        Role::Dim,
        width,
    );
    lines.push(Line::default());
    newest(p, scene, group, width, &mut lines);
    if group.runs.len() > 1 {
        lines.push(Line::default());
        lines.push(Line::of("All of them, the newest first:", Role::Title));
        for run in group.sorted().into_iter().take(RUNS) {
            let line = run_line(p, scene, run, drawn);
            lines.push(line.and(format!("  {}", run.row.key.namespace), Role::Dim));
        }
        let rest = group.runs.len().saturating_sub(RUNS);
        if rest > 0 {
            lines.push(Line::of(
                format!("and {rest} more: enter shows all"),
                Role::Dim,
            ));
        }
    }
    lines
}

/// When one failed first and last.
fn when(scene: &Scene<'_>, group: &Group<'_>, drawn: &mut Drawn) -> String {
    let (Some(first), Some(last)) = (group.first, group.last()) else {
        return "at a time that is not known".to_string();
    };
    let mut ago = |at| {
        let seconds = clock::seconds_between(at, scene.now);
        drawn.turns(scene.now, seconds);
        clock::age(seconds)
    };
    let told = |at| scene.state.zone.told(at, "%a %H:%M");
    match group.runs.len() {
        1 => format!("{} ago, {}", ago(last), told(last)),
        _ => format!(
            "last {} ago, {}; first {} ago, {}",
            ago(last),
            told(last),
            ago(first),
            told(first)
        ),
    }
}

/// Runs that failed of it and are gone from the cluster, as far as they are remembered.
fn earlier(scene: &Scene<'_>, group: &Group<'_>, drawn: &mut Drawn) -> Option<String> {
    let gone = scene.state.fleet.gone_of(group.cause);
    let mut ago = |at| {
        let seconds = clock::seconds_between(at, scene.now);
        drawn.turns(scene.now, seconds);
        clock::age(seconds)
    };
    let (first, last) = (ago(gone.first?), ago(gone.last?));
    Some(match gone.count {
        1 => format!("1 more run, gone from the cluster, {last} ago"),
        many => {
            format!("{many} more runs, gone from the cluster: last {last} ago, first {first} ago")
        }
    })
}

/// `acceptance 5, smoke 2`; of one the count says nothing new.
fn told(values: &[(&str, usize)]) -> String {
    if let [(one, _)] = values {
        return (*one).to_string();
    }
    let named = values.iter().take(NAMED);
    let mut named: Vec<String> = named
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    let rest = values.len().saturating_sub(NAMED);
    if rest > 0 {
        named.push(format!("and {rest} more"));
    }
    named.join(", ")
}

/// The run that failed last: its own message, and the last lines of its log where they were read.
fn newest(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    group: &Group<'_>,
    width: usize,
    lines: &mut Vec<Line>,
) {
    let run = group.newest;
    lines.push(Line::of("The newest, ", Role::Dim).and(run.row.key.to_string(), Role::Title));
    let message = match run.facts.as_deref().map(|facts| &facts.cause) {
        Some(Cause::Failed(fault)) => fault.message.as_ref(),
        Some(Cause::Workflow(message)) => Some(message),
        _ => run.row.message.as_ref(),
    };
    if let Some(message) = message {
        let message = mask(message);
        let pieces = wrap(&message, width).into_iter().take(LINES);
        lines.extend(pieces.map(|piece| Line::of(piece, Role::Text)));
    }
    let focus = scene.state.focus_on(&run.row.key);
    let tail = focus.map(|focus| steps::telling_lines(focus, LINES));
    for text in tail.into_iter().flatten() {
        let quote = format!("{} ", p.theme.glyphs.quote);
        lines.push(Line::of(quote, Role::Bad).and(text, Role::Dim));
    }
}

/// Three lines under a narrow list: what of, when, the newest one.
pub(super) fn strip(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    group: &Group<'_>,
    area: Rect,
    drawn: &mut Drawn,
) {
    let from = told(&group.origins());
    let mut second = Line::of(when(scene, group, drawn), Role::Text);
    if !from.is_empty() {
        second.push(format!(" {} from {from}", p.theme.glyphs.dot), Role::Dim);
    }
    let third = run_line(p, scene, group.newest, drawn);
    let third = third.and(format!("  {}", group.newest.row.key.namespace), Role::Dim);
    let lines = [sentence(group), second, third];
    for (line, y) in lines.iter().zip(area.top()..area.bottom()) {
        p.put_line(area.x + 1, y, area.width.saturating_sub(2), line);
    }
}
