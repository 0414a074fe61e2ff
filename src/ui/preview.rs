//! What is known of the run under the cursor, beside or under the list: why it is where it is, without opening anything.
//! Apart from the Run page, which shows all of it; this shows what answers the first question.

use ratatui::layout::Rect;

use crate::app::drawn::Drawn;
use crate::app::fleet::Run;
use crate::app::focus::Focus;
use crate::app::state::later;
use crate::model::clock;
use crate::model::delta::Freshness;
use crate::model::facts::{Cause, NodesSource};
use crate::model::phase::State as RunState;
use crate::model::tree::Folds;
use crate::model::words;
use crate::ui::Scene;
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::screens::runs::{reason, took};
use crate::ui::steps::{self, Lines, View};
use crate::ui::theme::Role;

/// Draws the preview in a box.
pub(super) fn draw(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect, drawn: &mut Drawn) {
    let Some(run) = scene.state.shown() else {
        p.frame(area, &Line::default(), false);
        return;
    };
    let title = Line::of(run.row.key.name.to_string(), Role::Title).and(
        format!(" {} {}", p.theme.glyphs.dot, run.row.key.namespace),
        Role::Dim,
    );
    let inside = p.frame(area, &title, false);
    let mut y = inside.y;
    let bottom = inside.bottom();
    for line in head(
        p,
        scene,
        run,
        usize::from(inside.width.saturating_sub(2)),
        drawn,
    ) {
        if y >= bottom {
            return;
        }
        p.put_line(inside.x + 1, y, inside.width.saturating_sub(1), &line);
        y += 1;
    }
    y += 1;
    if y >= bottom {
        return;
    }
    let body = Rect::new(inside.x, y, inside.width, bottom - y);
    match scene.state.focus_on(&run.row.key) {
        Some(focus) if focus.workflow.is_some() => tree(p, scene, focus, body, drawn),
        focus => {
            let text = match focus.map(|focus| (&focus.freshness, focus.gone)) {
                Some((_, true)) => "the object is gone".to_string(),
                Some((Freshness::Denied { why }, _)) => format!("steps: {why}"),
                Some((Freshness::Stale { why, .. }, _)) => format!("steps: {why}"),
                _ => "reading the steps …".to_string(),
            };
            p.put(
                body.x + 1,
                body.y,
                body.width.saturating_sub(1),
                &text,
                Role::Dim,
            );
        }
    }
}

fn tree(p: &mut Painter<'_>, scene: &Scene<'_>, focus: &Focus, body: Rect, drawn: &mut Drawn) {
    let folds = Folds {
        gather_done: true,
        ..Folds::default()
    };
    let rows = focus.rows(&folds);
    if rows.is_empty() {
        p.put(
            body.x + 1,
            body.y,
            body.width.saturating_sub(1),
            no_steps(focus),
            Role::Dim,
        );
        return;
    }
    let height = usize::from(body.height);
    let spare = height.saturating_sub(rows.len());
    let lines = Lines::of(focus, &rows, spare.clamp(4, 14));
    // What tells stays in view: the window ends with the last line of its log, or starts at the top.
    let top = lines.end_of_log().saturating_sub(height);
    let view = View {
        focus,
        rows: &rows,
        cursor: None,
        focused: false,
    };
    steps::draw(p, scene, &view, &lines.window(top, height), body, drawn);
}

/// Why there is no step to show.
pub(super) fn no_steps(focus: &Focus) -> &'static str {
    match focus
        .workflow
        .as_ref()
        .map(|workflow| &workflow.facts.nodes)
    {
        Some(NodesSource::Offloaded) => {
            "the steps are kept in Argo's database and cannot be read through the Kubernetes API"
        }
        Some(NodesSource::Unreadable(_)) => "the compressed steps cannot be read",
        _ => "no step exists yet",
    }
}

/// State, times, progress, then the reason in full.
fn head(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    run: &Run,
    width: usize,
    drawn: &mut Drawn,
) -> Vec<Line> {
    let state = run.state(scene.now);
    let mut lines = vec![headline(p, scene, run, state, drawn)];
    if let Some(facts) = &run.facts {
        let mut line = Line::default();
        if let Some(progress) = facts.progress.filter(|progress| progress.total > 0) {
            line.push(
                format!("{} of {} steps  ", progress.done, progress.total),
                Role::Dim,
            );
        }
        line.0.extend(steps::leaves(p, &facts.leaves).0);
        if !line.0.is_empty() {
            lines.push(line);
        }
        let why = full_reason(p, scene, run, state);
        for piece in wrap(&why.plain(), width).into_iter().take(4) {
            lines.push(Line::of(piece, Role::Text));
        }
        if state == RunState::Running && facts.shutdown.is_some() {
            lines.push(Line::of("is being stopped", Role::Wait));
        }
    }
    lines
}

/// `✖ Failed after 4m12s · 2m ago · task 42 · from nightly`.
pub(super) fn headline(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    run: &Run,
    state: RunState,
    drawn: &mut Drawn,
) -> Line {
    let glyphs = p.theme.glyphs;
    let dot = glyphs.dot;
    let mut line = Line::of(
        format!("{} {}", glyphs.state(state), state.word()),
        Role::of(state),
    );
    if run.gone {
        line.push(" (deleted)", Role::Warn);
    }
    if let Some(took) = took(run, state, scene.now, drawn) {
        let word = if state.is_open() { "for" } else { "after" };
        line.push(format!(" {word} {took}"), Role::Text);
    }
    if let Some(ended) = run.ended() {
        let seconds = clock::seconds_between(ended, scene.now);
        drawn.changes_at(later(scene.now, clock::until_change(seconds) * 1_000));
        line.push(format!(" {dot} {} ago", clock::age(seconds)), Role::Dim);
    }
    if let Some(task) = run.row.task() {
        line.push(format!(" {dot} task {task}"), Role::Dim);
    }
    if let Some(origin) = run.row.origin() {
        line.push(format!(" {dot} from {origin}"), Role::Dim);
    }
    line
}

/// The reason as the list shows it; of a failure the whole message.
fn full_reason(p: &Painter<'_>, scene: &Scene<'_>, run: &Run, state: RunState) -> Line {
    let Some(Cause::Failed(fault)) = run.facts.as_ref().map(|facts| &facts.cause) else {
        return reason(p, scene, run, state);
    };
    let dot = p.theme.glyphs.dot;
    let mut line = Line::of(fault.short.to_string(), Role::of(state))
        .and(format!(" in {}", fault.step), Role::Text);
    // The exit code stands in front already.
    if let Some(message) = &fault.message
        && let Some(rest) = words::beyond(message, &fault.short)
    {
        line.push(format!(" {dot} {rest}"), Role::Text);
    }
    if fault.attempts > 1 {
        line.push(format!(" {dot} {} attempts", fault.attempts), Role::Dim);
    }
    if fault.others > 0 {
        line.push(format!(" {dot} {} more failed", fault.others), Role::Dim);
    }
    line
}

/// Three lines under a narrow list: what, why, and the last words of the log.
pub(super) fn strip(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect, drawn: &mut Drawn) {
    let Some(run) = scene.state.shown() else {
        return;
    };
    let state = run.state(scene.now);
    let dot = p.theme.glyphs.dot;
    let width = area.width.saturating_sub(2);
    let mut line = headline(p, scene, run, state, drawn);
    line.push(format!(" {dot} {}", run.row.key.namespace), Role::Dim);
    p.put_line(area.x + 1, area.y, width, &line);
    p.put_line(
        area.x + 1,
        area.y + 1,
        width,
        &full_reason(p, scene, run, state),
    );
    let tail = scene
        .state
        .focus_on(&run.row.key)
        .map(|focus| steps::telling_lines(focus, 1))
        .unwrap_or_default();
    if let Some(text) = tail.last() {
        let used = p.put(
            area.x + 1,
            area.y + 2,
            2,
            p.theme.glyphs.quote,
            Role::of(state),
        );
        p.put(
            area.x + 2 + used,
            area.y + 2,
            width.saturating_sub(used + 1),
            text,
            Role::Dim,
        );
    }
}
