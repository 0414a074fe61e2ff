//! The lines around every screen: where we are and what is wrong above, what can be done and how fresh it is below.
//! Apart from the screens, because they are the same on all of them.

use ratatui::layout::Rect;

use crate::app::bridging::Mode;
use crate::app::command::Command;
use crate::app::drawn::Drawn;
use crate::app::layout::Layout;
use crate::app::said::Message;
use crate::app::state::{Connection, Prompt, PromptKind, Screen, State, later};
use crate::model::clock;
use crate::model::delta::Freshness;
use crate::model::phase::State as RunState;
use crate::model::text::clean;
use crate::ui::paint::{Line, Painter};
use crate::ui::theme::Role;
use crate::ui::{Scene, hints, place, screens, toasts, typing};

/// Draws the header and says how many lines it took: one, or two where something is wrong.
pub(super) fn header(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect, drawn: &mut Drawn) -> u16 {
    // What is wrong with a filter needs the room more than the counts do.
    let problem = scene
        .state
        .prompt
        .as_ref()
        .is_some_and(|prompt| prompt.problem.is_some());
    let counts = match problem {
        true => Line::default(),
        false => badge(scene, counts(p, scene)),
    };
    let counts_width = u16::try_from(counts.width())
        .unwrap_or(u16::MAX)
        .min(area.width);
    let room = area.width.saturating_sub(counts_width + 1);
    let used = match &scene.state.prompt {
        Some(prompt) => prompt_line(p, prompt, area.x, area.y, room),
        None => place::draw(p, scene, (area.x, area.y, room), drawn),
    };
    if used + counts_width < area.width || scene.layout == Layout::Tiny {
        p.put_line(area.right() - counts_width, area.y, counts_width, &counts);
    }
    if area.height < 4 {
        return 1;
    }
    match trouble(scene, drawn) {
        None => 1,
        Some(line) => {
            p.put_line(area.x, area.y + 1, area.width, &line);
            2
        }
    }
}

/// The terminal's title: what a person who looks elsewhere wants to know.
pub(super) fn title(scene: &Scene<'_>) -> String {
    let state = scene.state;
    let count = |states: &[RunState]| states.iter().map(|s| scene.selection.count(*s)).sum();
    let told: [(usize, &str); 2] = [
        (count(&[RunState::Failed, RunState::Error]), "failed"),
        (count(&[RunState::Approve]), "to approve"),
    ];
    let mut parts: Vec<String> = told
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    parts.push(context(state).to_string());
    clean(&format!("{} - tiphys", parts.join(", "))).into_owned()
}

/// The name of the context, as far as it is known.
pub(super) fn context(state: &State) -> &str {
    let named = state.reaching.as_deref().or(state.context.as_deref());
    named.unwrap_or("current context")
}

/// The prompt instead of the place.
fn prompt_line(p: &mut Painter<'_>, prompt: &Prompt, x: u16, y: u16, width: u16) -> u16 {
    let sign = match prompt.kind {
        PromptKind::Filter | PromptKind::Origins | PromptKind::Failures | PromptKind::Tasks => {
            " filter /"
        }
        PromptKind::Search => " search /",
        PromptKind::Lines => " only lines &",
    };
    let mut used = p.put(x, y, width, sign, Role::Key);
    used += typing::draw(p, &prompt.editor, x + used, y, width.saturating_sub(used));
    if let Some(problem) = &prompt.problem {
        used += p.put(
            x + used,
            y,
            width.saturating_sub(used),
            &format!("  {problem}"),
            Role::Bad,
        );
    }
    used
}

/// `bridge to qa` where one works in this console: whoever looks at anything else must know that something writes.
fn bridge(scene: &Scene<'_>) -> Line {
    let bridging = &scene.state.bridging;
    let word = match bridging.mode {
        Mode::Off => return Line::default(),
        Mode::Dry => "bridge dry-run",
        Mode::On => "bridge",
    };
    let (role, sign) = match bridging.failed.is_empty() {
        true => (Role::Accent, ""),
        false => (Role::Warn, " !"),
    };
    let wide = matches!(scene.layout, Layout::Middle | Layout::Wide);
    let to = bridging.namespace.as_ref().filter(|_| wide);
    let to = to.map_or_else(String::new, |name| format!(" to {name}"));
    Line::of(format!("{word}{to}{sign}  "), role)
}

/// `config: 2 problems g c` before the counts, where the configuration is not whole; before that the bridge.
fn badge(scene: &Scene<'_>, counts: Line) -> Line {
    bridge(scene).joined(problems(scene, counts))
}

fn problems(scene: &Scene<'_>, counts: Line) -> Line {
    let state = scene.state;
    let mut line = match state.problems.len() {
        0 => return counts,
        1 => Line::of("config: 1 problem", Role::Warn),
        n => Line::of(format!("config: {n} problems"), Role::Warn),
    };
    let keys = state
        .keymap
        .keys_of(&[crate::app::command::Scope::Global], Command::Problems)
        .filter(|_| matches!(scene.layout, Layout::Middle | Layout::Wide));
    if let Some(keys) = keys {
        line.push(format!(" {keys}"), Role::Key);
    }
    line.push("  ", Role::Dim);
    line.0.extend(counts.0);
    line
}

/// `✖ 3  ǁ 1 …`: only states that some run has.
fn counts(p: &Painter<'_>, scene: &Scene<'_>) -> Line {
    let mut line = Line::default();
    // A letter and a number would be a word.
    let ascii = p.theme.glyphs.ascii && scene.layout != Layout::Tiny;
    let wide = scene.layout == Layout::Wide || ascii;
    let gap = if wide { "  " } else { " " };
    let mut told: Vec<(&str, usize, Role)> = Vec::new();
    for state in RunState::ALL {
        let (count, glyph) = (scene.selection.count(state), p.theme.glyphs.state(state));
        // States that share a mark share a number.
        match told.iter_mut().find(|(mark, ..)| *mark == glyph) {
            Some((_, sum, _)) => *sum += count,
            None if count > 0 => told.push((glyph, count, Role::of(state))),
            None => {}
        }
    }
    for (glyph, count, role) in told {
        let space = if wide { " " } else { "" };
        line.push(format!("{glyph}{space}{count}{gap}"), role);
    }
    line
}

/// What is wrong with the data on screen, if anything.
fn trouble(scene: &Scene<'_>, drawn: &mut Drawn) -> Option<Line> {
    let state = scene.state;
    if let Connection::Down { why, retry } = &state.connection {
        let wait = clock::seconds_between(scene.now, *retry).max(0);
        drawn.changes_at(later(scene.now, 1_000));
        return Some(
            Line::of(format!(" {}", why.word()), Role::Bad)
                .and(format!(", next try in {wait} s"), Role::Text)
                .and(format!("  {why}"), Role::Dim),
        );
    }
    if let Some((since, why)) = state.fleet.stalest()
        && let age = clock::seconds_between(since, scene.now)
        // What mends itself at once is said below, not across the screen.
        && (age >= 3 || drawn.wait_until(later(since, 3_000)))
    {
        drawn.turns(scene.now, age);
        return Some(
            Line::of(format!(" stale for {}: {why}", clock::age(age)), Role::Warn)
                .and("  reconnecting by itself", Role::Dim),
        );
    }
    if state.page().is_none() && state.screen == Screen::Origins {
        return screens::origins::trouble(scene);
    }
    // Where everything at once is refused the namespaces are read one by one: that alone hides nothing.
    let denied: Vec<_> = state
        .fleet
        .denied()
        .filter_map(|(source, why)| Some((source.as_deref()?, why)))
        .collect();
    let (_, why) = denied.first()?;
    if state.fleet.is_empty() && denied.len() == 1 {
        return None;
    }
    let names: Vec<&str> = denied.iter().map(|(name, _)| *name).collect();
    Some(
        Line::of(
            format!(" partial: {} in {}", why.word(), names.join(", ")),
            Role::Warn,
        )
        .and(format!("  {}", why.hint()), Role::Dim),
    )
}

/// Keys that work now, then how fresh the data is.
pub(super) fn footer(p: &mut Painter<'_>, scene: &Scene<'_>, area: Rect, drawn: &mut Drawn) {
    let right = freshness(scene, drawn);
    let right_width = u16::try_from(right.width())
        .unwrap_or(u16::MAX)
        .min(area.width);
    let room = area.width.saturating_sub(right_width + 1);
    // A question is not covered by what is said; what is said of an answer to it stands here.
    let asked = scene
        .state
        .orders
        .dialog
        .as_ref()
        .map(|dialog| dialog.asked);
    let newest = scene.state.messages.shown().next_back();
    let in_line = |message: &&Message| match asked {
        Some(asked) => message.at > asked,
        None => scene.layout == Layout::Tiny,
    };
    match newest.filter(in_line) {
        Some(message) => {
            let (_, role) = toasts::mark(&p.theme.glyphs, message.level);
            let text = toasts::text(&p.theme.glyphs, message);
            p.put(area.x + 1, area.y, room.saturating_sub(1), &text, role);
        }
        None => hints::draw(p, scene, area.x + 1, area.y, room.saturating_sub(1)),
    }
    p.put_line(area.right() - right_width, area.y, right_width, &right);
}

/// `live · 348 runs · 6 namespaces`, or what is missing.
fn freshness(scene: &Scene<'_>, drawn: &mut Drawn) -> Line {
    let state = scene.state;
    if state.page().is_none() && state.screen == Screen::Origins {
        return screens::origins::freshness(scene);
    }
    let fleet = &state.fleet;
    let mut line = match &state.connection {
        Connection::Connecting => Line::of("connecting", Role::Wait),
        Connection::Down { why, .. } => Line::of(why.word(), Role::Bad),
        Connection::Up { .. } => word_of_sources(scene, drawn),
    };
    let total = scene.selection.total;
    let shown = scene.selection.rows.len();
    let of = if shown < total && state.lists_runs() {
        format!("{shown} of {total}")
    } else {
        total.to_string()
    };
    if scene.layout == Layout::Wide {
        let runs = if *of == *"1" { "run" } else { "runs" };
        line.push(format!(" · {of} {runs}"), Role::Dim);
        if fleet.unread() > 0 {
            line.push(format!(" · {} not read yet", fleet.unread()), Role::Dim);
        }
    } else {
        line.push(format!(" · {of}"), Role::Dim);
        if scene.selection.unread > 0 {
            line.push(
                format!(" ({} not read yet)", scene.selection.unread),
                Role::Dim,
            );
        }
    }
    line.push(" ", Role::Dim);
    line
}

fn word_of_sources(scene: &Scene<'_>, drawn: &mut Drawn) -> Line {
    let fleet = &scene.state.fleet;
    if let Some((since, _)) = fleet.stalest() {
        let age = clock::seconds_between(since, scene.now);
        drawn.turns(scene.now, age);
        return Line::of(format!("stale {}", clock::age(age)), Role::Warn);
    }
    let mut remaining = 0;
    let mut listing = false;
    for source in fleet.sources.values() {
        match source.rows {
            Freshness::Listing { remaining: left } => {
                listing = true;
                remaining += left.unwrap_or(0);
            }
            Freshness::Connecting => listing = true,
            _ => {}
        }
    }
    if listing || fleet.sources.is_empty() {
        return match remaining {
            0 => Line::of("reading", Role::Wait),
            left => Line::of(format!("reading, {left} to come"), Role::Wait),
        };
    }
    let named = fleet.sources.keys().flatten().count();
    match fleet
        .denied()
        .filter(|(source, _)| source.is_some())
        .count()
    {
        _ if fleet.denied().count() == fleet.sources.len() => Line::of("no data", Role::Bad),
        0 => match scene.state.missing_namespaces().as_slice() {
            [] => Line::of("live", Role::Ok),
            [name] => Line::of(format!("no namespace {name}"), Role::Warn),
            names => Line::of(
                format!("{} namespaces do not exist", names.len()),
                Role::Warn,
            ),
        },
        n => Line::of(format!("partial: {n} of {named} namespaces"), Role::Warn),
    }
}
