//! The Criteria tab: every acceptance criterion with its verdict, what must hold, and what the verdict is known from.
//! Apart from the steps that prove them, because a person asks whether something holds, not what ran.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use crate::app::command::{Command, Scope as KeyScope};
use crate::app::criteria;
use crate::app::cursor;
use crate::app::drawn::Drawn;
use crate::app::focus::Focus;
use crate::app::screens::run::{Pane, RunPage};
use crate::model::clock;
use crate::model::phase::State;
use crate::model::qarun::{Attempt, Finding, Standing};
use crate::ui::Scene;
use crate::ui::paint::{Line, Painter, fit, wrap};
use crate::ui::theme::Role;

/// Cells of a verdict with its mark: `✖ Inconclusive`.
const VERDICT: usize = 14;
/// Cells of a time.
const TOOK: usize = 6;
/// Most cells of an id, and of the name of an environment.
const NAME: usize = 22;
/// Most lines of what the verdict under the cursor is known from.
const EVIDENCE: usize = 8;

/// How wide the columns are.
struct Columns {
    width: usize,
    id: usize,
    environment: usize,
    text: usize,
}

impl Columns {
    fn of(findings: &[Finding], width: usize) -> Self {
        let widest = |text: fn(&Finding) -> &str| {
            let cells = findings.iter().map(|one| text(one).width());
            cells.max().unwrap_or(0).min(NAME).min(width / 4)
        };
        let first = findings.first().map(environment);
        let several = findings.iter().any(|one| Some(environment(one)) != first);
        let id = widest(|one| &one.criterion.id);
        let environment = if several { widest(environment) } else { 0 };
        let gaps = if several { 9 } else { 7 };
        let used = VERDICT + id + environment + TOOK + gaps;
        Self {
            width,
            id,
            environment,
            text: width.saturating_sub(used),
        }
    }

    /// Where texts below a line begin.
    fn inset(&self) -> usize {
        (VERDICT + 3).min(self.width / 4)
    }
}

fn environment(finding: &Finding) -> &str {
    finding.environment.as_deref().unwrap_or_default()
}

/// The list; the one under the cursor stands open.
pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    (page, focus): (&RunPage, &Focus),
    area: Rect,
    drawn: &mut Drawn,
) {
    let findings = focus.criteria();
    let width = usize::from(area.width);
    let columns = Columns::of(findings, width);
    let chosen = criteria::under(page, focus);
    let mut lines = head(p, focus, width);
    let mut open = 0..0;
    for (n, finding) in findings.iter().enumerate() {
        let here = chosen == Some(n);
        let from = lines.len();
        lines.push(row(p, scene, finding, here, &columns, drawn));
        match here {
            true => lines.extend(unfolded(p, scene, finding, &columns)),
            false => lines.extend(evidence(p, finding, &columns)),
        }
        if here {
            open = from..lines.len();
        }
    }
    for (n, attempt) in focus.attempts().iter().rev().enumerate() {
        if n == 0 {
            lines.extend([Line::default(), Line::of("Attempts", Role::Title)]);
        }
        let here = chosen == Some(findings.len() + n);
        if here {
            open = lines.len()..lines.len() + 1;
        }
        lines.push(attempted(p, scene, (focus, attempt), here, width));
    }
    let height = usize::from(area.height);
    let top = cursor::window(page.top, open.start, height, lines.len());
    // What stands open comes into view with its line.
    let top = top.max(open.end.saturating_sub(height)).min(open.start);
    drawn.detail = Some((height, lines.len(), top));
    drawn.cells = (width, false);
    for ((n, line), y) in lines
        .iter()
        .enumerate()
        .skip(top)
        .zip(area.y..area.bottom())
    {
        p.put_line(area.x, y, area.width, line);
        if chosen.is_some() && n == open.start && page.pane == Pane::Detail {
            p.tint(Rect::new(area.x, y, area.width, 1), Role::Select);
        }
    }
}

/// How many are met, and in which order they stand.
fn head(p: &Painter<'_>, focus: &Focus, width: usize) -> Vec<Line> {
    let findings = focus.criteria();
    if findings.is_empty() {
        let text = match (&focus.workflow, focus.gone) {
            (_, true) => "the object is gone",
            (None, _) if focus.is_qarun() && focus.sheet.is_some() => "no criteria are named",
            (None, _) => "reading the run …",
            (Some(_), _) => "there are no criteria of this run: it was not made of a QARun",
        };
        return vec![Line::of(text, Role::Dim)];
    }
    let met = |all: &[&Finding]| all.iter().filter(|one| one.standing.is_met()).count();
    let all: Vec<&Finding> = findings.iter().collect();
    let required: Vec<&Finding> = findings
        .iter()
        .filter(|one| one.criterion.required)
        .collect();
    let mut text = format!("{} of {} met", met(&all), all.len());
    if required.len() < all.len() {
        let dot = p.theme.glyphs.dot;
        text += &format!(" {dot} {} of {} required", met(&required), required.len());
    }
    let order = "  not met first, then as the spec has them";
    let mut line = Line::of(text, Role::Text);
    if line.width() + order.width() <= width {
        line.push(order, Role::Faint);
    }
    vec![line, Line::default()]
}

/// An attempt of the QARun: how it ended, when, and why; the one whose page this is is said.
fn attempted(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    (focus, attempt): (&Focus, &Attempt),
    here: bool,
    width: usize,
) -> Line {
    let glyphs = &p.theme.glyphs;
    let state = attempt
        .phase
        .as_ref()
        .map_or(State::Pending, |phase| phase.state());
    let word = match (attempt.verdict, &attempt.phase) {
        (Some(verdict), _) => Standing::Found(verdict).word(),
        (None, Some(phase)) => phase.word(),
        (None, None) => state.word(),
    };
    let verdict = format!("{} {word}", glyphs.state(state));
    let mut line = Line::of(if here { glyphs.cursor } else { " " }, Role::Focus)
        .and(format!("{verdict:<VERDICT$}  "), Role::of(state))
        .and(format!("attempt {}", attempt.number), Role::Text);
    let own = attempt.workflow_uid.as_deref() == Some(focus.key.uid.as_str());
    if own {
        line.push(format!(" {} this one", glyphs.dot), Role::Accent);
    }
    if let Some(from) = attempt.started_at {
        let to = attempt.finished_at.unwrap_or(scene.now);
        let took = clock::exact(clock::seconds_between(from, to));
        let when = scene.state.zone.told(from, "%m-%d %H:%M");
        line.push(format!(" {} {when}, {took}", glyphs.dot), Role::Dim);
    }
    if let Some(message) = &attempt.message {
        let room = width.saturating_sub(line.width() + 3);
        let text = fit(message, room, glyphs.ellipsis);
        line.push(format!(" {} {text}", glyphs.dot), Role::Dim);
    }
    line
}

fn row(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    finding: &Finding,
    here: bool,
    columns: &Columns,
    drawn: &mut Drawn,
) -> Line {
    let glyphs = &p.theme.glyphs;
    let (state, word) = (finding.standing.state(), finding.standing.word());
    let verdict = format!("{} {word}", glyphs.state(state));
    let cell = |text: &str, cells: usize| {
        let text = fit(text, cells, glyphs.ellipsis);
        format!("{text}{}  ", " ".repeat(cells.saturating_sub(text.width())))
    };
    let quiet = finding.standing.is_met();
    let name = if quiet { Role::Dim } else { Role::Text };
    let mut line = Line::of(if here { glyphs.cursor } else { " " }, Role::Focus)
        .and(cell(&verdict, VERDICT), Role::of(state))
        .and(cell(&finding.criterion.id, columns.id), name);
    if columns.environment > 0 {
        line.push(cell(environment(finding), columns.environment), Role::Dim);
    }
    let text = cell(&told(finding), columns.text);
    line.push(text, if quiet { Role::Dim } else { Role::Text });
    let took = took(scene, finding, drawn);
    line.push(format!("{took:>TOOK$}"), Role::Dim);
    line
}

/// What must hold.
fn told(finding: &Finding) -> String {
    let optional = if finding.criterion.required {
        ""
    } else {
        "optional: "
    };
    format!("{optional}{}", finding.criterion.text)
}

/// How long its step took, or takes so far.
fn took(scene: &Scene<'_>, finding: &Finding, drawn: &mut Drawn) -> String {
    match (finding.started, finding.finished) {
        (Some(from), Some(to)) => clock::exact(clock::seconds_between(from, to)),
        (Some(from), None) if finding.standing.state().is_open() => {
            let seconds = clock::seconds_between(from, scene.now);
            drawn.turns(scene.now, seconds);
            clock::growing(seconds)
        }
        _ => String::new(),
    }
}

/// One line on what is known of a criterion that is not met.
fn evidence(p: &Painter<'_>, finding: &Finding, columns: &Columns) -> Option<Line> {
    let text = finding
        .evidence
        .as_ref()
        .filter(|_| !finding.standing.is_met())?;
    let inset = columns.inset();
    let room = columns.width.saturating_sub(inset + 2);
    let text = fit(text, room, p.theme.glyphs.ellipsis);
    Some(quoted(p, inset, &text))
}

fn quoted(p: &Painter<'_>, inset: usize, text: &str) -> Line {
    let before = format!("{:inset$}{} ", "", p.theme.glyphs.quote);
    Line::of(before, Role::Faint).and(text, Role::Text)
}

/// All that is known of the criterion under the cursor, below its line.
fn unfolded(p: &Painter<'_>, scene: &Scene<'_>, finding: &Finding, columns: &Columns) -> Vec<Line> {
    let criterion = &finding.criterion;
    let inset = columns.inset();
    let room = columns.width.saturating_sub(inset + 2).max(8);
    let indent = " ".repeat(inset);
    let required = if criterion.required {
        "required"
    } else {
        "optional"
    };
    let facts = [&*criterion.kind, environment(finding), required];
    let facts: Vec<&str> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    let facts = facts.join(&format!(" {} ", p.theme.glyphs.dot));
    let mut lines = Vec::new();
    // Where there is no room for all of it in the line above.
    if told(finding).width() > columns.text {
        let pieces = wrap(&criterion.text, room).into_iter();
        lines.extend(pieces.map(|piece| Line::of(format!("{indent}{piece}"), Role::Text)));
    }
    lines.push(Line::of(format!("{indent}{facts}"), Role::Dim));
    let known = finding.evidence.as_deref().unwrap_or_default();
    let pieces = wrap(known, room);
    let shown = pieces.iter().take(EVIDENCE);
    lines.extend(shown.map(|piece| quoted(p, inset, piece)));
    if pieces.len() > EVIDENCE {
        let rest = format!(
            "{indent}{} the rest is in the log and in the parameters",
            p.theme.glyphs.ellipsis
        );
        lines.push(Line::of(rest, Role::Faint));
    }
    if finding.standing.state() == State::Approve {
        lines.push(answers(scene, &indent));
    }
    lines
}

/// The keys a person answers with.
fn answers(scene: &Scene<'_>, indent: &str) -> Line {
    let mut line = Line::of(indent, Role::Text);
    for command in [Command::Approve, Command::Reject] {
        let keys = scene.state.keymap.keys_of(&[KeyScope::Global], command);
        if let Some(keys) = keys {
            line.push(keys, Role::Key);
            line.push(format!(" {}   ", command.info().name), Role::Dim);
        }
    }
    line
}
