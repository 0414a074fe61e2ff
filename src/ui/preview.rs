//! What is known of the run under the cursor, beside or under the list: why it is where it is, without opening anything.
//! Apart from the Run page, which shows all of it; this shows what answers the first question.

use ratatui::layout::Rect;

use crate::app::beside::Seen;
use crate::app::command::Command;
use crate::app::drawn::Drawn;
use crate::app::fleet::Run;
use crate::app::focus::Focus;
use crate::model::clock;
use crate::model::delta::Freshness;
use crate::model::facts::{Cause, NodesSource};
use crate::model::key::Uid;
use crate::model::phase::State as RunState;
use crate::model::tree::{Folds, TreeRow};
use crate::model::words;
use crate::ui::Scene;
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::past;
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
    let width = usize::from(inside.width.saturating_sub(2));
    let head = head(p, scene, run, width, drawn);
    let space = inside.height.saturating_sub(head.len() as u16 + 1);
    let body = Body::of(scene, run, usize::from(space));
    // Nobody has scrolled: the head stands still, and below it what tells is in view.
    let before = head.len() + 1;
    let lines = before + body.len();
    let height = usize::from(inside.height);
    let scrolled = scene.state.beside.top(&run.row.key.uid);
    let scrolled = scrolled.map(|top| top.min(lines.saturating_sub(height)));
    let rest = body.telling(usize::from(space));
    let (of_head, of_body) = match scrolled {
        None => (0, rest),
        Some(top) => (top.min(before), top.saturating_sub(before)),
    };
    let mut y = inside.y;
    for line in head.iter().skip(of_head) {
        if y < inside.bottom() {
            p.put_line(inside.x + 1, y, inside.width.saturating_sub(1), line);
        }
        y += 1;
    }
    y += u16::from(of_head <= head.len());
    if y < inside.bottom() {
        let area = Rect::new(inside.x, y, inside.width, inside.bottom() - y);
        body.draw(p, scene, of_body, area, drawn);
    }
    let seen = Seen {
        area: (area.x, area.y, area.width, area.height),
        height,
        lines,
        top: scrolled.unwrap_or(rest),
    };
    more(p, scene, area, &seen, scrolled.is_some());
    drawn.beside = Some(seen);
}

/// Draws the lines of a preview in its box, from where a person has scrolled them to.
pub(super) fn text(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    (area, inside): (Rect, Rect),
    (uid, lines): (&Uid, &[Line]),
    drawn: &mut Drawn,
) {
    let height = usize::from(inside.height);
    let scrolled = scene.state.beside.top(uid);
    let top = scrolled.map_or(0, |top| top.min(lines.len().saturating_sub(height)));
    let shown = lines.iter().skip(top);
    for (line, y) in shown.zip(inside.top()..inside.bottom()) {
        p.put_line(inside.x + 1, y, inside.width.saturating_sub(1), line);
    }
    let seen = Seen {
        area: (area.x, area.y, area.width, area.height),
        height,
        lines: lines.len(),
        top,
    };
    more(p, scene, area, &seen, scrolled.is_some());
    drawn.beside = Some(seen);
}

/// On the lower border of a preview: how much of it is in view, and the keys that show the rest.
fn more(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect, seen: &Seen, scrolled: bool) {
    if seen.lines <= seen.height {
        return;
    }
    let keys = [Command::BesideDown, Command::BesideUp];
    let keys = keys.map(|command| scene.state.keymap.way_to(command));
    let text = match scrolled {
        false => format!(" {} more lines", seen.lines - seen.height),
        true => {
            let end = (seen.top + seen.height).min(seen.lines);
            format!(" lines {}–{end} of {}", seen.top + 1, seen.lines)
        }
    };
    p.foot(
        area,
        &Line::of(keys.join(" "), Role::Key).and(text, Role::Dim),
    );
}

/// What stands below the head.
enum Body<'a> {
    /// Why there is no step to show.
    Text(String),
    /// The steps, with the last lines of the one that tells.
    Steps(&'a Focus, Vec<TreeRow>, Lines),
}

impl<'a> Body<'a> {
    fn of(scene: &Scene<'a>, run: &Run, height: usize) -> Self {
        if run.is_qarun() {
            let way = scene.state.keymap.way_to(Command::ShowCriteria);
            return Self::Text(format!(
                "no workflow of it is at work; {way} shows its criteria and attempts"
            ));
        }
        let focus = scene.state.focus_on(&run.row.key);
        let Some(focus) = focus.filter(|focus| focus.workflow.is_some()) else {
            return Self::Text(match focus.map(|focus| (&focus.freshness, focus.gone)) {
                Some((_, true)) => "the object is gone".to_string(),
                Some((Freshness::Denied { why } | Freshness::Stale { why, .. }, _)) => {
                    format!("steps: {why}")
                }
                _ => "reading the steps …".to_string(),
            });
        };
        let folds = Folds {
            gather_done: true,
            ..Folds::default()
        };
        let rows = focus.rows(&folds);
        if rows.is_empty() {
            return Self::Text(no_steps(focus).to_string());
        }
        let spare = height.saturating_sub(rows.len());
        let lines = Lines::of(focus, &rows, spare.clamp(4, 14));
        Self::Steps(focus, rows, lines)
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(_) => 1,
            Self::Steps(.., lines) => lines.len(),
        }
    }

    /// The first line with which what tells is in view: the window ends with the last line of its log, or starts at the top.
    fn telling(&self, height: usize) -> usize {
        match self {
            Self::Text(_) => 0,
            Self::Steps(.., lines) => lines.end_of_log().saturating_sub(height),
        }
    }

    /// Draws it from a line on.
    fn draw(
        &self,
        p: &mut Painter<'_>,
        scene: &Scene<'_>,
        top: usize,
        area: Rect,
        drawn: &mut Drawn,
    ) {
        match self {
            Self::Text(_) if top > 0 => {}
            Self::Text(text) => {
                p.put(
                    area.x + 1,
                    area.y,
                    area.width.saturating_sub(1),
                    text,
                    Role::Dim,
                );
            }
            Self::Steps(focus, rows, lines) => {
                let view = View {
                    focus,
                    rows,
                    cursor: None,
                    focused: false,
                    search: None,
                };
                let window = lines.window(top, usize::from(area.height));
                steps::draw(p, scene, &view, &window, area, drawn);
            }
        }
    }
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
    lines.extend(of_qarun(p, scene, run));
    if run.is_qarun() {
        let why = reason(p, scene, run, state).plain();
        let pieces = wrap(&why, width).into_iter().take(4);
        lines.extend(pieces.map(|piece| Line::of(piece, Role::Text)));
    }
    if let Some(facts) = &run.facts {
        let mut line = Line::default();
        if let Some(progress) = facts.steps() {
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
        if state == RunState::Approve {
            lines.extend(asks(scene, run, width));
        }
        if state == RunState::Running && facts.shutdown.is_some() {
            lines.push(Line::of("is being stopped", Role::Wait));
        }
    }
    if let Some(origin) = run.row.origin() {
        let outcomes = scene.state.fleet.outcomes(&run.row.key.namespace, origin);
        lines.extend(past::line(p, &outcomes));
    }
    lines
}

/// `QARun t42-refunds · fail · 4 criteria · attempt 2 · refunds`: whose run it is and how that stands.
pub(super) fn of_qarun(p: &Painter<'_>, scene: &Scene<'_>, run: &Run) -> Option<Line> {
    let brief = run.qarun.as_ref()?;
    let dot = p.theme.glyphs.dot;
    let mut line = Line::of(format!("QARun {}", brief.key().name), Role::Text);
    let mut parts = match run.behind {
        true => vec!["an earlier attempt".to_owned()],
        false => brief.told(),
    };
    if let Some(environment) = &brief.environment {
        parts.push(format!("in {}", environment.replace(',', ", ")));
    }
    for part in parts {
        line.push(format!(" {dot} {part}"), Role::Dim);
    }
    let others = scene.state.fleet.works_of(&brief.key().uid);
    let others = others
        .filter(|(_, other)| other.row.key != run.row.key)
        .count();
    if others > 0 {
        let word = if others == 1 { "attempt" } else { "attempts" };
        let way = scene.state.keymap.way_to(Command::ShowCriteria);
        line.push(format!(" {dot} {others} more {word}: "), Role::Dim);
        line.push(way, Role::Key);
    }
    Some(line)
}

/// What a person who approves is asked for, and whether we may.
fn asks(scene: &Scene<'_>, run: &Run, width: usize) -> Vec<Line> {
    let key = &run.row.key;
    let mut lines = Vec::new();
    let focus = scene.state.focus_on(key);
    let workflow = focus.and_then(|focus| focus.workflow.as_deref());
    let waiting = workflow.iter().flat_map(|workflow| &workflow.steps);
    for step in waiting.filter(|step| step.is_waiting()) {
        let given = step.inputs.iter().map(|parameter| (true, parameter));
        let known = |name| step.inputs.iter().any(|one| one.name == name);
        let asked = step.outputs.iter();
        let asked = asked.filter(|one| one.supplied && !known(one.name.clone()));
        for (given, parameter) in given.chain(asked.map(|parameter| (false, parameter))) {
            let value = match (&parameter.value, given) {
                (Some(value), _) => format!(" = {value}"),
                (None, true) => String::new(),
                (None, false) => ": asked for".to_string(),
            };
            let mut text = format!("{}{value}", parameter.name);
            if !parameter.choices.is_empty() {
                text += &format!(" (one of {})", parameter.choices.join(", "));
            }
            if let Some(what) = &parameter.description {
                text += &format!(" · {what}");
            }
            let pieces = wrap(&text, width).into_iter().take(2);
            lines.extend(pieces.map(|piece| Line::of(piece, Role::Dim)));
        }
    }
    let may = match scene.state.orders.rights.get(&key.namespace) {
        Some(Ok(None)) => {
            let way = |command| scene.state.keymap.way_to(command);
            let text = format!(
                "you may approve it: {}, or reject it: {}",
                way(Command::Approve),
                way(Command::Reject)
            );
            Line::of(text, Role::Text)
        }
        Some(Ok(Some(why))) => Line::of(why.to_string(), Role::Warn),
        Some(Err(why)) => Line::of(
            format!("whether you may approve is not known: {why}"),
            Role::Warn,
        ),
        None => return lines,
    };
    lines.push(may);
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
        drawn.turns(scene.now, seconds);
        line.push(format!(" {dot} {} ago", clock::age(seconds)), Role::Dim);
    }
    if let Some(task) = run.row.task() {
        line.push(format!(" {dot} task {task}"), Role::Dim);
    }
    // What it is from is said where its QARun is.
    if run.qarun.is_some() {
        return line;
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
    let told = run.qarun.iter().flat_map(|brief| brief.told());
    told.for_each(|part| line.push(format!(" {dot} {part}"), Role::Dim));
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
