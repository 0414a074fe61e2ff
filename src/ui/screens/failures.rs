//! The Failures screen: what runs failed of, how many each, since when, where, and whom it affects.
//! Apart from the groups, which are no matter of drawing.
#![doc = concat!("\n\n```text\n", include_str!("failures.txt"), "```")]

use jiff::Timestamp;
use ratatui::layout::Rect;

use crate::app::cursor;
use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::failures::{self, BARS, Group, Selection, Span};
use crate::app::layout::Layout;
use crate::app::state::Connection;
use crate::model::clock;
use crate::ui::paint::{Line, Painter};
use crate::ui::screens::runs::{Placard, connecting, explain, put_placard, split};
use crate::ui::theme::Role;
use crate::ui::{Scene, border, cause};

pub(crate) fn draw(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect, drawn: &mut Drawn) {
    let selection = failures::selection(scene.state, scene.now);
    let (list, about) = match selection.groups.is_empty() {
        true => (area, None),
        false => split(scene, area),
    };
    if let Some(about) = about.filter(|about| about.height > 3) {
        border(list, about, drawn);
    }
    let index = selection.index(scene.state);
    draw_list(p, scene, &selection, index, list, drawn);
    if let (Some(about), Some(group)) = (about, selection.groups.get(index)) {
        match scene.layout {
            Layout::Wide | Layout::Middle if about.height > 3 => {
                cause::pane(p, scene, group, about, drawn);
            }
            _ => cause::strip(p, scene, group, about, drawn),
        }
    }
}

fn draw_list(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    selection: &Selection<'_>,
    index: usize,
    area: Rect,
    drawn: &mut Drawn,
) {
    let screen = &scene.state.failures;
    let glyphs = p.theme.glyphs;
    let groups = &selection.groups;
    let inside = if scene.layout == Layout::Tiny {
        area
    } else {
        let arrow = match screen.reversed {
            true => glyphs.up,
            false => glyphs.down,
        };
        let mut title = Line::of("Failures ", Role::Title);
        title.push(format!("by {} {arrow}", screen.sort.name()), Role::Dim);
        if !groups.is_empty() {
            title.push(format!("  {} of {}", index + 1, groups.len()), Role::Dim);
        }
        if selection.unread > 0 {
            let text = format!("  {} failed runs not read yet", selection.unread);
            title.push(text, Role::Wait);
        }
        p.frame(area, &title, true)
    };
    if groups.is_empty() {
        drawn.failures = Some((usize::from(inside.height), 0));
        return put_placard(p, nothing(scene, selection), inside);
    }
    let span = selection.span(scene.now);
    let mut top_line = inside.y;
    let header = inside.height > 6;
    top_line += u16::from(header);
    let height = usize::from(inside.bottom().saturating_sub(top_line));
    let top = cursor::window(screen.cursor.top, index, height, groups.len());
    drawn.failures = Some((height, top));
    let visible: Vec<Told<'_>> = (groups.iter().skip(top).take(height))
        .map(|group| Told::of(group, span))
        .collect();
    let columns = Columns::of(&visible, inside.width);
    if header {
        columns.header(p, span, inside.x, inside.y);
    }
    for (line, told) in visible.iter().enumerate() {
        let y = top_line + line as u16;
        let at_cursor = top + line == index;
        if at_cursor {
            p.put(inside.x, y, 1, glyphs.cursor, Role::Focus);
        }
        if screen.marks.contains(&told.group.cause) {
            p.put(inside.x, y, 1, glyphs.mark, Role::Accent);
        }
        columns.row(p, scene, told, inside.x, y, drawn);
        if at_cursor {
            p.tint(Rect::new(inside.x, y, inside.width, 1), Role::Select);
        }
        drawn.hits.push(Hit {
            x: inside.x,
            y,
            width: inside.width,
            target: Target::Cause(told.group.cause),
        });
    }
}

/// Why the list has no line, and what to do.
fn nothing(scene: &Scene<'_>, selection: &Selection<'_>) -> Placard {
    let state = scene.state;
    let placard =
        |title: &str, text: String, hint: &str| (title.to_string(), text, hint.to_string());
    match &state.connection {
        Connection::Connecting => return connecting(state),
        Connection::Down { why, .. } => return explain(why),
        Connection::Up { .. } => {}
    }
    if let Some((_, why)) = state
        .fleet
        .denied()
        .next()
        .filter(|_| state.fleet.is_empty())
    {
        return explain(why);
    }
    let known = selection.failed - selection.unread;
    match (selection.failed, known) {
        _ if !state.fleet.complete() => {
            placard("Reading", "the first runs are on their way".to_string(), "")
        }
        (0, _) => placard(
            "Nothing failed",
            "no run that is still there failed".to_string(),
            "",
        ),
        (failed, 0) => {
            let text = format!("{failed} runs failed; what of is being read");
            placard("Reading", text, "")
        }
        (_, known) => {
            let query = &state.failures.query;
            let text = format!("none of the {known} runs that failed matches `{query}`");
            placard("Nothing matches", text, "esc clears the filter")
        }
    }
}

/// A group with what its line says of it, which is worked out for visible ones only.
struct Told<'a> {
    group: &'a Group<'a>,
    trend: [usize; BARS],
    namespaces: String,
    from: String,
    affects: String,
}

impl<'a> Told<'a> {
    fn of(group: &'a Group<'a>, span: Span) -> Self {
        Self {
            group,
            trend: span.of(group),
            namespaces: several(&group.namespaces()),
            from: several(&group.origins()),
            affects: several(&group.affected()),
        }
    }
}

/// `payments +2`.
fn several(names: &[(&str, usize)]) -> String {
    match names {
        [] => String::new(),
        [(one, _)] => (*one).to_string(),
        [(one, _), more @ ..] => format!("{one} +{}", more.len()),
    }
}

/// Widths of the columns; 0 is a column that is not shown.
struct Columns {
    runs: u16,
    trend: u16,
    last: u16,
    first: u16,
    namespace: u16,
    from: u16,
    affects: u16,
    cause: u16,
    most: usize,
}

impl Columns {
    /// For this width: how many and what of first, then when, then where and who.
    fn of(visible: &[Told<'_>], width: u16) -> Self {
        let longest = |of: fn(&'_ Told<'_>) -> usize| visible.iter().map(of).max().unwrap_or(0);
        let fits = |longest: usize, heading: u16, most: u16| {
            u16::try_from(longest).unwrap_or(most).clamp(heading, most) + 1
        };
        let mut columns = Self {
            runs: 6,
            trend: 0,
            last: 6,
            first: 0,
            namespace: 0,
            from: 0,
            affects: 0,
            cause: 0,
            most: longest(|told| told.trend.into_iter().max().unwrap_or(0)),
        };
        if width >= 72 {
            columns.trend = BARS as u16 + 2;
            columns.namespace = fits(longest(|told| told.namespaces.len()), 9, 12);
        }
        if width >= 96 {
            columns.first = 6;
            columns.from = fits(longest(|told| told.from.len()), 4, 16);
        }
        let affects = longest(|told| told.affects.len());
        if width >= 116 && affects > 0 {
            columns.affects = fits(affects, 7, 16);
        }
        let fixed = [
            columns.runs,
            columns.trend,
            columns.last,
            columns.first,
            columns.namespace,
            columns.from,
            columns.affects,
        ];
        columns.cause = width.saturating_sub(3 + fixed.iter().sum::<u16>());
        columns
    }

    fn header(&self, p: &mut Painter<'_>, span: Span, x: u16, y: u16) {
        let mut at = x + 1;
        p.put_right(at, y, self.runs - 1, "RUNS", Role::Faint);
        at += self.runs;
        let trend = format!(" PAST {}", clock::age(span.seconds()));
        p.put(at, y, self.trend, &trend, Role::Faint);
        at += self.trend;
        for (width, word) in [(self.last, "LAST"), (self.first, "FIRST")] {
            p.put_right(at, y, width.saturating_sub(1), word, Role::Faint);
            at += width;
        }
        at += 1;
        for (width, word) in [
            (self.namespace, "NAMESPACE"),
            (self.from, "FROM"),
            (self.affects, "AFFECTS"),
            (self.cause + 1, "CAUSE"),
        ] {
            p.put(at, y, width.saturating_sub(1), word, Role::Faint);
            at += width;
        }
    }

    fn row(
        &self,
        p: &mut Painter<'_>,
        scene: &Scene<'_>,
        told: &Told<'_>,
        x: u16,
        y: u16,
        drawn: &mut Drawn,
    ) {
        let group = told.group;
        let mut at = x + 1;
        let count = group.runs.len().to_string();
        p.put_right(at, y, self.runs - 1, &count, Role::Bad);
        at += self.runs;
        if self.trend > 0 {
            p.put_line(at + 1, y, self.trend - 1, &trend(p, &told.trend, self.most));
        }
        at += self.trend;
        for (width, time) in [(self.last, group.last()), (self.first, group.first)] {
            if width > 0 {
                let age = age(p, scene, time, drawn);
                p.put_right(at, y, width - 1, &age, Role::Text);
            }
            at += width;
        }
        at += 1;
        for (width, word) in [
            (self.namespace, &told.namespaces),
            (self.from, &told.from),
            (self.affects, &told.affects),
        ] {
            p.put(at, y, width.saturating_sub(1), word, Role::Dim);
            at += width;
        }
        p.put_line(at, y, self.cause, &cause::sentence(group));
    }
}

/// How long ago; what has no time has a dash.
fn age(p: &Painter<'_>, scene: &Scene<'_>, at: Option<Timestamp>, drawn: &mut Drawn) -> String {
    let Some(at) = at else {
        return p.theme.glyphs.none.to_string();
    };
    let seconds = clock::seconds_between(at, scene.now);
    drawn.turns(scene.now, seconds);
    clock::age(seconds)
}

/// Small bars over time; what is tallest among those shown is full.
fn trend(p: &Painter<'_>, bars: &[usize; BARS], most: usize) -> Line {
    let mut line = Line::default();
    for count in bars {
        let role = match count {
            0 => Role::Faint,
            _ => Role::Bad,
        };
        line.push(p.theme.glyphs.level(*count, most), role);
    }
    line
}
