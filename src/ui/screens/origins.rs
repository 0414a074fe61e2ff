//! Templates and crons: what can be launched, what fires when, and how its last runs went.
//! Apart from joining them to their runs, which is not a matter of drawing.
#![doc = concat!("\n\n```text\n", include_str!("origins.txt"), "```")]

use ratatui::layout::Rect;

use crate::app::cursor;
use crate::app::drawn::{Drawn, Hit, Target};
use crate::app::layout::Layout;
use crate::app::orders;
use crate::app::origins::{self, Selection, Shown, kind_word};
use crate::app::screens::origins::{Yaml, is_settled};
use crate::app::state::{Connection, State};
use crate::model::act::Kind;
use crate::model::clock;
use crate::model::delta::Scope;
use crate::model::trouble::Trouble;
use crate::ui::detail::{mark_of, yaml};
use crate::ui::paint::{Line, Painter};
use crate::ui::screens::runs::{Placard, connecting, explain, put_placard, split};
use crate::ui::theme::Role;
use crate::ui::{Scene, border, origin};

pub(crate) fn draw(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect, drawn: &mut Drawn) {
    if let Some(yaml) = &scene.state.origins.yaml {
        return draw_yaml(p, yaml, area, drawn);
    }
    let selection = origins::selection(scene.state, scene.now);
    let (list, about) = match selection.rows.is_empty() {
        true => (area, None),
        false => split(scene, area),
    };
    if let Some(about) = about.filter(|about| about.height > 3) {
        border(list, about, drawn);
    }
    let index = index(scene.state, &selection);
    draw_list(p, scene, &selection, index, list, drawn);
    if let (Some(about), Some(shown)) = (about, selection.rows.get(index)) {
        match scene.layout {
            Layout::Wide | Layout::Middle if about.height > 3 => {
                origin::pane(p, scene, shown, about, drawn);
            }
            _ => origin::strip(p, scene, shown, about, drawn),
        }
    }
}

/// The line of the cursor.
fn index(state: &State, selection: &Selection<'_>) -> usize {
    let on = state.origins.cursor.on();
    let at = selection
        .rows
        .iter()
        .position(|shown| Some(&shown.origin.key.uid) == on);
    at.unwrap_or(0)
}

fn draw_yaml(p: &mut Painter<'_>, yaml: &Yaml, area: Rect, drawn: &mut Drawn) {
    let title = Line::of(yaml.key.to_string(), Role::Title).and(" as YAML", Role::Dim);
    let inside = p.frame(area, &title, true);
    let mut lines = yaml::told(yaml.text.as_ref(), None);
    drawn.yaml = Some((usize::from(inside.height), lines.len()));
    for (at, line) in lines.iter_mut().enumerate() {
        if !yaml.search.is_empty() {
            let text = line.plain();
            line.paint(yaml.search.matches(&text), mark_of(yaml.hit == Some(at)));
        }
    }
    if let Some(told) = yaml.told() {
        p.foot(area, &Line::of(told, Role::Match));
    }
    let shown = lines.iter().skip(yaml.top);
    for (line, y) in shown.zip(inside.top()..inside.bottom()) {
        p.put_line(inside.x + 1, y, inside.width.saturating_sub(1), line);
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
    let rows = &selection.rows;
    let inside = if scene.layout == Layout::Tiny {
        area
    } else {
        let mut title = Line::of("Templates and crons", Role::Title);
        if !rows.is_empty() {
            title.push(format!("  {} of {}", index + 1, rows.len()), Role::Dim);
        }
        p.frame(area, &title, true)
    };
    if rows.is_empty() {
        drawn.origins = Some((usize::from(inside.height), 0));
        return put_placard(p, nothing(scene.state, selection), inside);
    }
    let columns = Columns::of(rows, inside.width);
    let mut top_line = inside.y;
    if inside.height > 6 {
        columns.header(p, inside.x, inside.y);
        top_line += 1;
    }
    let height = usize::from(inside.bottom().saturating_sub(top_line));
    let top = cursor::window(scene.state.origins.cursor.top, index, height, rows.len());
    drawn.origins = Some((height, top));
    for (line, (at, shown)) in rows.iter().enumerate().skip(top).take(height).enumerate() {
        let y = top_line + line as u16;
        if at == index {
            p.put(inside.x, y, 1, p.theme.glyphs.cursor, Role::Focus);
        }
        columns.row(p, scene, shown, inside.x, y, drawn);
        if at == index {
            p.tint(Rect::new(inside.x, y, inside.width, 1), Role::Select);
        }
        drawn.hits.push(Hit {
            x: inside.x,
            y,
            width: inside.width,
            target: Target::Origin(shown.origin.key.uid.clone()),
        });
    }
}

/// Why the list has no line, and what to do.
fn nothing(state: &State, selection: &Selection<'_>) -> Placard {
    match &state.connection {
        Connection::Connecting => return connecting(state),
        Connection::Down { why, .. } => return explain(why),
        Connection::Up { .. } => {}
    }
    if state.origins.known.is_none() {
        let text = "templates and crons are on their way";
        return ("Reading".to_string(), text.to_string(), String::new());
    }
    if selection.total > 0 {
        return (
            "Nothing matches".to_string(),
            format!(
                "{} templates and crons do not match `{}`",
                selection.total, state.origins.filter
            ),
            "esc clears the filter".to_string(),
        );
    }
    if let Some(missing) = state.origins.missing().first() {
        return explain(&missing.why);
    }
    let place = match &state.scope {
        Scope::All => "in any namespace".to_string(),
        Scope::Namespaces(names) => format!("in {}", names.join(", ")),
    };
    (
        "No templates".to_string(),
        format!("there is no template and no cron {place}"),
        "# chooses namespaces; they are read again from time to time".to_string(),
    )
}

/// Columns and their widths; 0 is a column that is not shown.
struct Columns {
    kind: u16,
    namespace: u16,
    name: u16,
    when: u16,
    last: u16,
    open: u16,
    bad: u16,
    next: u16,
    what: u16,
}

impl Columns {
    /// For this width: what it is and whether it is well first, then what is counted, then where it is.
    fn of(rows: &[Shown<'_>], width: u16) -> Self {
        let longest = |of: &dyn Fn(&Shown<'_>) -> usize| rows.iter().map(of).max().unwrap_or(0);
        let name = longest(&|shown| shown.origin.key.name.len()) as u16;
        let namespace = longest(&|shown| shown.origin.key.namespace.len()) as u16;
        let when = longest(&|shown| shown.origin.when().len()) as u16;
        let first = rows.first().map(|shown| &shown.origin.key.namespace);
        let several = rows
            .iter()
            .any(|shown| Some(&shown.origin.key.namespace) != first);
        let mut columns = Self {
            kind: if width < 60 { 0 } else { 9 },
            namespace: 0,
            name: 0,
            when: 0,
            last: 14,
            open: 0,
            bad: 0,
            next: 11,
            what: 0,
        };
        if width >= 72 {
            columns.open = 5;
            columns.when = when.clamp(12, 14) + 1;
        }
        // Two of one name are told apart before it is told how many go on.
        if (72..86).contains(&width) && several {
            columns.namespace = namespace.clamp(4, 9) + 1;
            columns.open = 0;
            columns.when = 13;
        }
        if width >= 86 {
            columns.last = 17;
            columns.bad = 8;
            if several {
                columns.namespace = namespace.clamp(9, 14) + 1;
            }
            columns.when = when.clamp(12, 22) + 1;
        }
        let room = |columns: &Self| width.saturating_sub(columns.fixed());
        if room(&columns) < name.min(24) {
            columns.when = columns.when.min(14);
        }
        columns.name = name.clamp(8, 40).min(room(&columns).max(8));
        let spare = room(&columns).saturating_sub(columns.name);
        if columns.last < 17 && spare >= 3 {
            columns.last = 17;
        }
        // What it is for, where there is room to say something.
        let spare = room(&columns).saturating_sub(columns.name + 2);
        columns.what = if spare < 16 { 0 } else { spare };
        columns
    }

    /// Cells of all columns but the name, with the gaps.
    fn fixed(&self) -> u16 {
        let columns = [
            self.kind,
            self.namespace,
            self.when,
            self.last,
            self.open,
            self.bad,
            self.next,
        ];
        2 + columns.iter().sum::<u16>()
    }

    fn header(&self, p: &mut Painter<'_>, x: u16, y: u16) {
        let mut at = x + 1;
        for (width, word) in [
            (self.kind, "KIND"),
            (
                self.namespace,
                if self.namespace > 9 {
                    "NAMESPACE"
                } else {
                    "NS"
                },
            ),
            (self.name + 1, "NAME"),
            (self.when, "FIRES, TAKES"),
            (self.last, "LAST RUN"),
        ] {
            p.put(at, y, width.saturating_sub(1), word, Role::Faint);
            at += width;
        }
        for (width, word) in [
            (self.open, "NOW"),
            (self.bad, "FAILED"),
            (self.next, "NEXT"),
        ] {
            p.put_right(at, y, width, word, Role::Faint);
            at += width;
        }
        p.put(at + 2, y, self.what, "WHAT", Role::Faint);
    }

    fn row(
        &self,
        p: &mut Painter<'_>,
        scene: &Scene<'_>,
        shown: &Shown<'_>,
        x: u16,
        y: u16,
        drawn: &mut Drawn,
    ) {
        let it = shown.origin;
        let dim = it.is_idle() || !it.can_start();
        let text = if dim { Role::Dim } else { Role::Text };
        let mut at = x + 1;
        let when = it.when();
        for (width, word, role) in [
            (self.kind, kind_word(it.kind), Role::Dim),
            (self.namespace, &*it.key.namespace, Role::Dim),
            (self.name + 1, &*it.key.name, text),
            (self.when, when.as_str(), Role::Dim),
        ] {
            p.put(at, y, width.saturating_sub(1), word, role);
            at += width;
        }
        if let Some(job) = scene.state.orders.on(&it.key.uid) {
            let rest = self.last + self.open + self.bad + self.next + self.what;
            p.put(
                at,
                y,
                rest,
                &orders::word(&scene.state.keymap, job),
                Role::Accent,
            );
            return;
        }
        let none = p.theme.glyphs.none;
        match shown.runs.last {
            None => drop(p.put(at, y, 1, none, Role::Faint)),
            Some((run, state)) => {
                let mark = p.theme.glyphs.state(state);
                let mut line = Line::of(format!("{mark} {}", state.word()), Role::of(state));
                if let Some(since) = run.since() {
                    let seconds = clock::seconds_between(since, scene.now);
                    drawn.turns(scene.now, seconds);
                    line.push(format!(" {}", clock::age(seconds)), Role::Dim);
                }
                p.put_line(at, y, self.last.saturating_sub(1), &line);
            }
        }
        at += self.last;
        for (width, count, role) in [
            (self.open, shown.runs.open, Role::Run),
            (self.bad, shown.runs.bad, Role::Bad),
        ] {
            match count {
                0 => p.put_right(at, y, width, none, Role::Faint),
                count => p.put_right(at, y, width, &count.to_string(), role),
            }
            at += width;
        }
        let (next, role) = origin::next(scene, it, drawn);
        p.put_right(at, y, self.next, &next, role);
        let what = it.title.as_ref().or(it.description.as_ref());
        let what = what.map_or("", |text| text);
        p.put(at + self.next + 2, y, self.what, what, Role::Dim);
    }
}

/// What was read when, and how much of it is shown.
pub(crate) fn freshness(scene: &Scene<'_>) -> Line {
    let state = scene.state;
    let mut line = match (&state.connection, &state.origins.known) {
        (Connection::Connecting, _) => Line::of("connecting", Role::Wait),
        (Connection::Down { why, .. }, _) => Line::of(why.word(), Role::Bad),
        (_, None) => Line::of("reading", Role::Wait),
        (_, Some(known)) => {
            let lost = state.origins.missing().iter();
            let role = match lost.into_iter().any(|one| !is_settled(&one.why)) {
                true => Role::Warn,
                false => Role::Ok,
            };
            let at = state.zone.told(known.read, "%H:%M:%S");
            Line::of(format!("as of {at}"), role)
        }
    };
    let total = state.origins.items().len();
    let of = match state.origins.filter.is_empty() {
        true => format!(" · {total} "),
        false => {
            let shown = origins::selection(state, scene.now).rows.len();
            format!(" · {shown} of {total} ")
        }
    };
    line.push(of, Role::Dim);
    line
}

/// What of them could not be read, and why.
pub(crate) fn trouble(scene: &Scene<'_>) -> Option<Line> {
    let known = scene.state.origins.known.as_ref()?;
    let mut parts: Vec<String> = Vec::new();
    let mut hint = "";
    for kind in [
        Kind::CronWorkflow,
        Kind::WorkflowTemplate,
        Kind::ClusterWorkflowTemplate,
    ] {
        let own = known.found.missing.iter().filter(|one| one.kind == kind);
        let own: Vec<_> = own.collect();
        let Some(first) = own.first() else {
            continue;
        };
        let what = match kind {
            Kind::CronWorkflow => "crons",
            Kind::WorkflowTemplate => "templates",
            _ => "cluster templates",
        };
        let places: Vec<&str> = own
            .iter()
            .filter_map(|one| one.namespace.as_deref())
            .collect();
        let mut part = format!("{what} {}", first.why.word());
        if !places.is_empty() {
            part += &format!(" in {}", places.join(", "));
        }
        if !is_settled(&first.why) {
            part += ", as they were before";
        }
        hint = match &first.why {
            Trouble::NoSuchKind { .. } => hint,
            why if is_settled(why) => why.hint(),
            _ => "They are read again every 15 s.",
        };
        parts.push(part);
    }
    if known.found.unreadable > 0 {
        parts.push(format!("{} cannot be understood", known.found.unreadable));
    }
    if parts.is_empty() {
        return None;
    }
    Some(
        Line::of(format!(" partial: {}", parts.join(" · ")), Role::Warn)
            .and(format!("  {hint}"), Role::Dim),
    )
}
