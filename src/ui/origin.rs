//! What is known of one template or cron, beside or under the list: what it is for, when it fires, what it takes, how it went.
//! Apart from the list, because this has room for sentences.

use ratatui::layout::Rect;

use crate::app::drawn::Drawn;
use crate::app::fleet::Run;
use crate::app::origins::{Shown, kind_word, runs_of};
use crate::app::state::later;
use crate::model::clock;
use crate::model::origin::{Cron, Origin};
use crate::ui::detail::parameters;
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::screens::runs::took;
use crate::ui::theme::Role;
use crate::ui::{Scene, past, preview};

/// Runs listed.
const RUNS: usize = 6;
/// Width of the words before a fact.
const LABEL: usize = 10;

/// When it fires next, or why it does not; of a template its age.
pub(super) fn next(scene: &Scene<'_>, origin: &Origin, drawn: &mut Drawn) -> (String, Role) {
    match &origin.cron {
        Some(cron) if !cron.faults.is_empty() => ("broken".to_string(), Role::Bad),
        Some(cron) if cron.ended => ("ended".to_string(), Role::Wait),
        Some(cron) if cron.suspended => ("suspended".to_string(), Role::Wait),
        Some(cron) => match &cron.next {
            None => ("?".to_string(), Role::Dim),
            Some(next) => {
                let seconds = next.at.as_second() - scene.now.as_second();
                if seconds <= 0 {
                    return ("due".to_string(), Role::Text);
                }
                drawn.changes_at(later(scene.now, until_less(seconds) * 1_000));
                let about = if next.assumed { "~" } else { "" };
                (format!("{about}in {}", clock::age(seconds)), Role::Text)
            }
        },
        // Only what has a schedule has a next time.
        None => (String::new(), Role::Dim),
    }
}

/// Seconds until a time to come reads differently.
fn until_less(seconds: i64) -> i64 {
    let step = match seconds {
        ..60 => 1,
        60..3_600 => 60,
        3_600..86_400 => 3_600,
        _ => 86_400,
    };
    seconds % step + 1
}

/// Draws everything that is known of it in a box.
pub(super) fn pane(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    shown: &Shown<'_>,
    area: Rect,
    drawn: &mut Drawn,
) {
    let key = &shown.origin.key;
    let dot = p.theme.glyphs.dot;
    let mut title = Line::of(key.name.to_string(), Role::Title);
    title.push(format!(" {dot} {}", kind_name(shown.origin)), Role::Dim);
    if !key.namespace.is_empty() {
        title.push(format!(" {dot} {}", key.namespace), Role::Dim);
    }
    let inside = p.frame(area, &title, false);
    let width = usize::from(inside.width.saturating_sub(2));
    let lines = lines(p, scene, shown, width, drawn);
    preview::text(p, scene, (area, inside), (&key.uid, &lines), drawn);
}

fn kind_name(origin: &Origin) -> &'static str {
    match kind_word(origin.kind) {
        "cluster" => "template of the cluster",
        word => word,
    }
}

fn lines(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    shown: &Shown<'_>,
    width: usize,
    drawn: &mut Drawn,
) -> Vec<Line> {
    let origin = shown.origin;
    let mut lines = Vec::new();
    let mut say = |text: &str, role| {
        lines.extend(
            wrap(text, width)
                .into_iter()
                .map(|piece| Line::of(piece, role)),
        );
    };
    if let Some(title) = &origin.title {
        say(title, Role::Text);
    }
    if let Some(description) = &origin.description {
        say(description, Role::Dim);
    }
    if let Some(cron) = &origin.cron {
        for fault in &cron.faults {
            say(fault, Role::Bad);
        }
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        schedule(&mut lines, scene, cron, width);
    }
    holds(&mut lines, origin, width);
    // What has to be given comes before what was: one launches from here.
    if !origin.parameters.is_empty() {
        lines.push(Line::default());
        parameters::group(&mut lines, "Parameters", &origin.parameters, width);
    }
    runs(p, &mut lines, scene, origin, drawn);
    lines
}

/// `label   value`, wrapped under itself.
pub(super) fn fact(lines: &mut Vec<Line>, label: &str, value: &str, role: Role, width: usize) {
    let room = width.saturating_sub(LABEL).max(8);
    for (at, piece) in wrap(value, room).into_iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        lines.push(Line::of(format!("{label:<LABEL$}"), Role::Dim).and(piece, role));
    }
}

fn schedule(lines: &mut Vec<Line>, scene: &Scene<'_>, cron: &Cron, width: usize) {
    let mut text = cron.schedules.join("; ");
    if let Some(words) = cron.words() {
        text += &format!(" · {words}");
    }
    text += &match &cron.timezone {
        Some(place) => format!(" in {place}"),
        None => " by the controller's clock".to_string(),
    };
    fact(lines, "fires", &text, Role::Text, width);
    if let Some(when) = &cron.when {
        fact(lines, "only when", when, Role::Text, width);
    }
    let told = |at| scene.state.zone.told(at, "%a %d %b %H:%M %Z");
    match &cron.next {
        _ if cron.suspended => {
            fact(
                lines,
                "next",
                "suspended: nothing is scheduled",
                Role::Wait,
                width,
            );
        }
        _ if cron.ended => {
            fact(
                lines,
                "next",
                "its stopStrategy has ended it",
                Role::Wait,
                width,
            );
        }
        Some(next) if next.assumed => {
            let text = format!("~{}, if the controller's clock is UTC", told(next.at));
            fact(lines, "next", &text, Role::Text, width);
        }
        Some(next) => fact(lines, "next", &told(next.at), Role::Text, width),
        None => fact(
            lines,
            "next",
            "cannot be told from the schedule",
            Role::Dim,
            width,
        ),
    }
    let last = match cron.last {
        Some(last) => told(last),
        None => "never".to_string(),
    };
    fact(lines, "last", &last, Role::Text, width);
    let policy = match &*cron.policy {
        "Allow" => "Allow: a run starts although another is not over",
        "Forbid" => "Forbid: none starts while another is not over",
        "Replace" => "Replace: one that starts ends another",
        other => other,
    };
    fact(lines, "policy", policy, Role::Dim, width);
}

/// What a run of it is made of.
fn holds(lines: &mut Vec<Line>, origin: &Origin, width: usize) {
    match (&origin.template, &origin.entrypoint) {
        (Some((name, cluster)), _) => {
            let of = if *cluster { " of the cluster" } else { "" };
            fact(
                lines,
                "runs",
                &format!("the template {name}{of}"),
                Role::Text,
                width,
            );
        }
        (None, Some(entrypoint)) => {
            let steps = match origin.steps {
                1 => "1 step template".to_string(),
                count => format!("{count} step templates"),
            };
            let text = format!("{entrypoint}, of {steps}");
            fact(lines, "runs", &text, Role::Text, width);
        }
        (None, None) => {
            let text = "it has no entrypoint: it holds step templates for others";
            fact(lines, "runs", text, Role::Wait, width);
        }
    }
}

/// Its last runs: how, when, how long.
fn runs(
    p: &Painter<'_>,
    lines: &mut Vec<Line>,
    scene: &Scene<'_>,
    origin: &Origin,
    drawn: &mut Drawn,
) {
    let runs = runs_of(scene.state, origin);
    lines.push(Line::default());
    let outcomes = (scene.state.fleet).outcomes(&origin.key.namespace, &origin.key.name);
    lines.extend(past::line(p, &outcomes));
    if runs.is_empty() {
        return lines.push(Line::of("no run of it is in the cluster", Role::Dim));
    }
    let count = match runs.len() {
        1 => "1 run of it is in the cluster".to_string(),
        count => format!("{count} runs of it are in the cluster, the newest:"),
    };
    lines.push(Line::of(count, Role::Title));
    for run in runs.into_iter().take(RUNS) {
        lines.push(run_line(p, scene, run, drawn));
    }
}

/// One run: its state, when, how long, its name.
pub(super) fn run_line(p: &Painter<'_>, scene: &Scene<'_>, run: &Run, drawn: &mut Drawn) -> Line {
    let state = run.state(scene.now);
    let mark = p.theme.glyphs.state(state);
    let mut line = Line::of(format!("{mark} {:<10}", state.word()), Role::of(state));
    if let Some(since) = run.since() {
        let seconds = clock::seconds_between(since, scene.now);
        drawn.turns(scene.now, seconds);
        line.push(format!("{:>4} ago", clock::age(seconds)), Role::Dim);
    }
    let took = took(run, state, scene.now, drawn);
    let took = took.unwrap_or_else(|| p.theme.glyphs.unread.to_string());
    line.push(format!("{took:>8}  "), Role::Text);
    line.push(run.row.key.name.to_string(), Role::Text);
    line
}

/// Three lines under a narrow list: what it is for, when it fires or what it takes, its last run.
pub(super) fn strip(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    shown: &Shown<'_>,
    area: Rect,
    drawn: &mut Drawn,
) {
    let origin = shown.origin;
    let dot = p.theme.glyphs.dot;
    let mut first = Line::of(kind_name(origin), Role::Dim);
    if !origin.key.namespace.is_empty() {
        first.push(format!(" {dot} {}", origin.key.namespace), Role::Dim);
    }
    let fault = origin.cron.as_ref().and_then(|cron| cron.faults.first());
    match (fault, origin.title.as_ref().or(origin.description.as_ref())) {
        (Some(fault), _) => first.push(format!(" {dot} {fault}"), Role::Bad),
        (None, Some(text)) => first.push(format!(" {dot} {text}"), Role::Text),
        (None, None) => {}
    }
    let mut second = Vec::new();
    if let Some(cron) = &origin.cron {
        schedule(&mut second, scene, cron, 1_000);
    }
    let mut second = second.into_iter().next().unwrap_or_default();
    if !origin.parameters.is_empty() {
        let given: Vec<String> = (origin.parameters.iter())
            .map(|one| match &one.value {
                Some(value) => format!("{}={value}", one.name),
                None => format!("{} (needed)", one.name),
            })
            .collect();
        if !second.0.is_empty() {
            second.push(format!(" {dot} "), Role::Dim);
        }
        second.push(given.join(" "), Role::Dim);
    }
    let third = match shown.runs.last {
        Some((run, _)) => run_line(p, scene, run, drawn),
        None => Line::of("no run of it is in the cluster", Role::Dim),
    };
    let lines = [first, second, third];
    for (line, y) in lines.iter().zip(area.top()..area.bottom()) {
        p.put_line(area.x + 1, y, area.width.saturating_sub(2), line);
    }
}
