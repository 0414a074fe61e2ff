//! What a log is and is not: the line above it, and the sentences in place of lines.
//! Apart from the lines.

use crate::app::log::{LogView, StreamState, Times};
use crate::app::reading;
use crate::model::phase::State as RunState;
use crate::model::text::counted;
use crate::model::trouble::Trouble;
use crate::ui::Scene;
use crate::ui::detail::log::gone;
use crate::ui::paint::{Line, Painter};
use crate::ui::screens::runs::reason;
use crate::ui::theme::Role;

/// `following · 2 errors · 214 lines · 3 of 4 containers still write`: what matters most first, because the end is cut.
pub(super) fn line(p: &Painter<'_>, scene: &Scene<'_>) -> Line {
    let log = &scene.state.log;
    let dot = p.theme.glyphs.dot;
    let mut line = stand(scene);
    let runs = reading::beside(scene.state).len() + 1;
    let mut add = |text: String, role: Role| line.push(format!(" {dot} {text}"), role);
    if runs > 1 {
        add(format!("{runs} runs"), Role::Accent);
    }
    match log.times {
        Times::Clock => add(scene.state.zone.name(scene.now), Role::Dim),
        Times::Since => add("since the run began".to_string(), Role::Dim),
        Times::Off => {}
    }
    if let Some((step, aim)) = reading::aimed(scene.state) {
        let what = if aim.is_error {
            "first error"
        } else {
            "last lines"
        };
        add(format!("{what} of {step}"), Role::Accent);
    }
    if let Some(step) = &log.only {
        add(format!("only {step}"), Role::Accent);
    }
    let (errors, warnings) = log.troubles();
    if errors > 0 {
        add(counted(errors, "error"), Role::Bad);
    }
    if warnings > 0 {
        add(counted(warnings, "warning"), Role::Wait);
    }
    if log.filter().is_empty() {
        add(counted(log.len(), "line"), Role::Dim);
    } else {
        let all = counted(log.len() + log.filtered(), "line");
        let text = format!("&{}: {} of {all}", log.filter().text(), log.len());
        add(text, Role::Match);
    }
    if log.dropped > 0 {
        add(format!("{} lines lost", log.dropped), Role::Bad);
    }
    if log.forgotten > 0 {
        add(
            format!("{} older lines not kept", log.forgotten),
            Role::Warn,
        );
    }
    if let Some(since) = log.reach.since {
        let since = scene.state.zone.told(since, "%H:%M:%S");
        add(format!("none fetched from before {since}"), Role::Warn);
    }
    if let Some(tail) = log.reach.tail {
        let text = format!("only the last {tail} of each container fetched");
        add(text, Role::Warn);
    }
    let count = |wanted: fn(&StreamState) -> bool| {
        let states = log.streams.values();
        states.filter(|state| wanted(state)).count()
    };
    let failed = count(|state| matches!(state, StreamState::Failed(_)));
    if failed > 0 {
        add(format!("{failed} not readable"), Role::Warn);
    }
    if log.hidden() > 0 {
        add(format!("{} of Argo hidden", log.hidden()), Role::Dim);
    }
    let gone = gone::steps(scene).len();
    if gone > 0 {
        add(
            format!("{} gone with their pods", counted(gone, "log")),
            Role::Warn,
        );
    }
    let open = count(|state| *state == StreamState::Open);
    if open > 0 {
        let all = log.streams.len();
        add(format!("{open} of {all} containers still write"), Role::Dim);
    }
    line
}

/// Whether more will come, and whether the end is followed. What is over is being read, not followed.
fn stand(scene: &Scene<'_>) -> Line {
    let log = &scene.state.log;
    let over = scene.state.shown().is_some_and(|run| run.row.completed);
    match (log.complete, over, log.follow) {
        (true, ..) => Line::of("complete", Role::Dim),
        (false, true, _) => Line::of("still reading", Role::Run),
        (false, false, true) => Line::of("following", Role::Ok),
        (false, false, false) => Line::of("not following", Role::Wait),
    }
}

/// Why there is no line, what to do about it, and what the run waits for.
pub(super) fn nothing(p: &Painter<'_>, scene: &Scene<'_>) -> Vec<String> {
    let log = &scene.state.log;
    let mut texts = vec![why(log)];
    texts.extend(refusal(log).map(|why| why.hint().to_string()));
    if refusal(log).is_none() && log.filtered() == 0 {
        texts.extend(gone::told(scene));
    }
    texts.extend(waits(p, scene));
    texts
}

fn refusal(log: &LogView) -> Option<&Trouble> {
    let of_stream = log.streams.values().find_map(|state| match state {
        StreamState::Failed(why) => Some(why),
        _ => None,
    });
    log.refused.as_ref().or(of_stream)
}

/// What a run that has not come so far waits for: the lock and its holder, the person, the image.
fn waits(p: &Painter<'_>, scene: &Scene<'_>) -> Option<String> {
    let run = scene.state.shown()?;
    let state = run.state(scene.now);
    let waits = state.is_open() && state != RunState::Running;
    let why = waits.then(|| reason(p, scene, run, state).plain())?;
    let dot = p.theme.glyphs.dot;
    (!why.is_empty()).then(|| format!("{} {dot} {why}", state.word()))
}

/// Why there is no line.
fn why(log: &LogView) -> String {
    if let Some(why) = refusal(log) {
        return why.to_string();
    }
    if log.filtered() > 0 {
        let more = if log.complete { "" } else { "; more may come" };
        return format!(
            "none of {} passes the filter {}{more}; esc shows them",
            counted(log.filtered(), "line"),
            log.filter().text()
        );
    }
    if log.hidden() > 0 && log.only.is_none() {
        return "nothing but lines of Argo's own executor; h shows them".to_string();
    }
    match (&log.only, log.complete, log.streams.is_empty()) {
        (Some(step), ..) => {
            format!("no line of {step} is here; s shows all steps")
        }
        (None, true, true) => {
            "the run is over and no pod of it is left: its logs are not in the cluster any more"
                .to_string()
        }
        (None, true, false) => "the containers wrote nothing".to_string(),
        (None, false, true) => {
            "no pod is known yet: none has started, or they are still being read".to_string()
        }
        (None, false, false) => "nothing written yet".to_string(),
    }
}
