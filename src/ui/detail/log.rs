//! The Log tab: lines of all containers by time, and an honest line about what is and is not there.
//! Apart from the log itself, which knows nothing of width.

use ratatui::layout::Rect;

use crate::app::drawn::Drawn;
use crate::app::log::{LogView, StreamState, is_executor};
use crate::app::screens::run::RunPage;
use crate::model::log::LogLine;
use crate::model::trouble::Trouble;
use crate::ui::Scene;
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::theme::Role;

pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    page: &RunPage,
    area: Rect,
    drawn: &mut Drawn,
) {
    let log = &scene.state.log;
    if area.height < 2 {
        return;
    }
    p.put_line(area.x, area.y, area.width, &status(p, scene));
    let body = Rect::new(area.x, area.y + 1, area.width, area.height - 1);
    let height = usize::from(body.height);
    let len = log.len();
    if len == 0 {
        drawn.detail = Some((height, 0, 0));
        p.put(body.x, body.y, body.width, &nothing(log), Role::Dim);
        if let Some(why) = refusal(log) {
            p.put(body.x, body.y + 1, body.width, why.hint(), Role::Dim);
        }
        return;
    }
    let label = label_width(log, page);
    let text_width = usize::from(body.width)
        .saturating_sub(label + time_width(log))
        .max(8);
    let last = len.saturating_sub(1);
    let end = top_for_end(log, len, height, text_width);
    let top = if log.follow { end } else { log.top.min(last) };
    // Where lines are wrapped fewer of them fit: the end is in view from `end` on.
    drawn.detail = Some((height, end + height, top));
    let mut y = body.y;
    for line in log.window(top) {
        if y >= body.bottom() {
            break;
        }
        let executor = is_executor(line);
        let pieces = if log.wrap {
            wrap(&line.text, text_width)
        } else {
            vec![&*line.text]
        };
        // An empty line is a line.
        let pieces = if pieces.is_empty() { vec![""] } else { pieces };
        for (at, piece) in pieces.iter().enumerate() {
            if y >= body.bottom() {
                break;
            }
            let mut x = body.x;
            if at == 0 {
                x += prefix(p, scene, line, (x, y), label);
            } else {
                x += (label + time_width(log)) as u16;
            }
            text(
                p,
                log,
                piece,
                executor,
                (x, y, body.right().saturating_sub(x)),
            );
            y += 1;
        }
    }
}

/// `follow · 214 lines · 3 of 4 streams open · 2 matches`.
fn status(p: &Painter<'_>, scene: &Scene<'_>) -> Line {
    let log = &scene.state.log;
    let dot = p.theme.glyphs.dot;
    let mut line = if log.complete {
        Line::of("complete", Role::Dim)
    } else if log.follow {
        Line::of("following", Role::Ok)
    } else {
        Line::of("not following", Role::Wait)
    };
    if let Some(step) = &log.only {
        line.push(format!(" {dot} only {step}"), Role::Accent);
    }
    line.push(format!(" {dot} {} lines", log.len()), Role::Dim);
    if log.hidden() > 0 {
        line.push(
            format!(" {dot} {} of Argo's own hidden", log.hidden()),
            Role::Dim,
        );
    }
    let open = log
        .streams
        .values()
        .filter(|state| **state == StreamState::Open)
        .count();
    if open > 0 {
        line.push(
            format!(
                " {dot} {open} of {} containers still write",
                log.streams.len()
            ),
            Role::Dim,
        );
    }
    let failed = log
        .streams
        .values()
        .filter(|state| matches!(state, StreamState::Failed(_)))
        .count();
    if failed > 0 {
        line.push(format!(" {dot} {failed} not readable"), Role::Warn);
    }
    if log.forgotten > 0 {
        line.push(
            format!(" {dot} {} oldest lines dropped", log.forgotten),
            Role::Warn,
        );
    }
    if log.dropped > 0 {
        line.push(format!(" {dot} {} lines lost", log.dropped), Role::Bad);
    }
    if log.timestamps {
        let name = scene.state.zone.name(scene.now);
        line.push(format!(" {dot} {name}"), Role::Dim);
    }
    if !log.search().is_empty() {
        let found = match log.match_count() {
            1 => "1 line matches".to_string(),
            count => format!("{count} lines match"),
        };
        line.push(
            format!(" {dot} {found} /{}", log.search().text()),
            Role::Match,
        );
    }
    line
}

fn refusal(log: &LogView) -> Option<&Trouble> {
    let of_stream = log.streams.values().find_map(|state| match state {
        StreamState::Failed(why) => Some(why),
        _ => None,
    });
    log.refused.as_ref().or(of_stream)
}

/// Why there is no line.
fn nothing(log: &LogView) -> String {
    if let Some(why) = refusal(log) {
        return why.to_string();
    }
    if log.hidden() > 0 && log.only.is_none() {
        return "nothing but lines of Argo's own executor; h shows them".to_string();
    }
    match (&log.only, log.complete, log.streams.is_empty()) {
        (Some(step), ..) => {
            format!("no line of {step} (its pod may be gone, or it has none); s shows all steps")
        }
        (None, true, true) => {
            "the run is over and its pods are gone: their logs are not in the cluster any more"
                .to_string()
        }
        (None, true, false) => "the containers wrote nothing".to_string(),
        (None, false, true) => {
            "no pod is known yet: none has started, or they are still being read".to_string()
        }
        (None, false, false) => "nothing written yet".to_string(),
    }
}

fn time_width(log: &LogView) -> usize {
    if log.timestamps { 9 } else { 0 }
}

/// Room for the names of the steps: none when one step is shown.
fn label_width(log: &LogView, _page: &RunPage) -> usize {
    if log.only.is_some() {
        return 0;
    }
    let steps: std::collections::BTreeSet<&str> =
        log.streams.keys().map(|source| &*source.step).collect();
    match steps.len() {
        0 | 1 => 0,
        _ => {
            steps
                .iter()
                .map(|step| step.chars().count())
                .max()
                .unwrap_or(0)
                .clamp(4, 18)
                + 1
        }
    }
}

/// The first line with which the end of the log fills the window.
fn top_for_end(log: &LogView, len: usize, height: usize, width: usize) -> usize {
    if !log.wrap {
        return len.saturating_sub(height);
    }
    let mut used = 0;
    let mut top = len;
    for line in log.shown().rev() {
        used += wrap(&line.text, width).len().max(1);
        if used > height && top < len {
            break;
        }
        top -= 1;
    }
    top
}

fn prefix(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    line: &LogLine,
    (x, y): (u16, u16),
    label: usize,
) -> u16 {
    let log = &scene.state.log;
    if log.timestamps
        && let Some(at) = line.at
    {
        let time = scene.state.zone.told(at, "%H:%M:%S");
        p.put(x, y, 8, &time, Role::Faint);
    }
    let time = time_width(log) as u16;
    if label > 0 {
        let name = if &*line.source.container == "main" {
            line.source.step.to_string()
        } else {
            format!("{}/{}", line.source.step, line.source.container)
        };
        p.put(x + time, y, (label - 1) as u16, &name, Role::Accent);
    }
    time + label as u16
}

/// The line with its matches marked; lines of Argo's own executor stand back.
fn text(
    p: &mut Painter<'_>,
    log: &LogView,
    piece: &str,
    executor: bool,
    (x, y, width): (u16, u16, u16),
) {
    let role = if executor { Role::Faint } else { level(piece) };
    let mut line = Line::of(piece, role);
    line.paint(log.search().matches(piece), Role::Match);
    p.put_line(x, y, width, &line);
}

/// Lines that call themselves errors or warnings stand out.
fn level(text: &str) -> Role {
    let head: String = text
        .chars()
        .take(80)
        .collect::<String>()
        .to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| head.contains(word));
    if has(&["ERROR", "FATAL", "PANIC", "FAILED", "\"LEVEL\":\"ERR"]) {
        Role::Bad
    } else if has(&["WARN"]) {
        Role::Wait
    } else {
        Role::Text
    }
}
