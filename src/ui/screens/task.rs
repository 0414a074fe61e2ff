//! The page of a task: how it stands, its criteria with where each was read, its runs, its text, its subtasks.
//! Apart from the list, beside which the same lines stand where there is room.

use ratatui::layout::Rect;

use super::tasks::{role_of, stands, status, verdict};
use crate::app::cursor;
use crate::app::drawn::Drawn;
use crate::app::screens::tasks::{Stop, TaskPage};
use crate::app::tasks::{self, Shown};
use crate::model::clock;
use crate::model::task::{Project, Standing, Task};
use crate::ui::Scene;
use crate::ui::paint::{Line, Painter, fit, wrap};
use crate::ui::screens::runs::put_placard;
use crate::ui::theme::Role;

/// The page of a task.
pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    page: &TaskPage,
    area: Rect,
    drawn: &mut Drawn,
) {
    let state = scene.state;
    let Some(task) = state.tasks.task(&page.id) else {
        let inside = p.frame(area, &Line::of(page.id.clone(), Role::Title), true);
        let gone = (
            "Gone".to_owned(),
            format!("there is no task {} any more", page.id),
            "esc leads back".to_owned(),
        );
        return put_placard(p, gone, inside);
    };
    let title = Line::of(format!("{} {}", task.id, task.title), Role::Title);
    let inside = p.frame(area, &title, true);
    let width = usize::from(inside.width.saturating_sub(3));
    let lines = lines(p, scene, task, width, drawn);
    let height = usize::from(inside.height);
    let stops = tasks::stops(state, task);
    let on = page.cursor.index(&stops).and_then(|at| stops.get(at));
    let here = lines
        .iter()
        .position(|(_, stop)| stop.is_some() && stop.as_ref() == on);
    let last = lines.len().saturating_sub(height);
    let top = match here.filter(|_| page.follow) {
        Some(here) => cursor::window(page.top, here, height, lines.len()),
        None => page.top.min(last),
    };
    drawn.task = Some((height, lines.len(), top));
    for (n, (line, stop)) in lines.iter().enumerate().skip(top).take(height) {
        let y = inside.y + (n - top) as u16;
        p.put_line(inside.x + 1, y, inside.width.saturating_sub(2), line);
        if stop.is_some() && Some(n) == here {
            p.put(inside.x, y, 1, p.theme.glyphs.cursor, Role::Focus);
            p.tint(Rect::new(inside.x, y, inside.width, 1), Role::Select);
        }
    }
    let below = lines.len().saturating_sub(top + height);
    if below > 0 {
        p.foot(area, &Line::of(format!("{below} more lines"), Role::Faint));
    }
}

type Lines = Vec<(Line, Option<Stop>)>;

/// Everything of a task: how it stands, its runs, its criteria with where each was read, its text, its subtasks.
pub(super) fn lines(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    task: &Task,
    width: usize,
    drawn: &mut Drawn,
) -> Lines {
    let state = scene.state;
    let mut lines: Lines = Vec::new();
    let shown = Shown {
        task,
        standing: state.tasks.tag().map_or(Standing::Ready, |tag| {
            crate::model::task::standing(tag, task)
        }),
        runs: tasks::runs_of(state, task.id.as_str()),
    };
    let dot = p.theme.glyphs.dot;
    let mut head = Line::of(task.status.word(), status(&task.status))
        .and(format!(" {dot} {}", task.priority.word()), Role::Dim);
    if let Some(complexity) = &task.complexity {
        head.push(format!(" {dot} complexity {}", complexity.score), Role::Dim);
    }
    match stands(&shown.standing) {
        text if text.is_empty() => {}
        text => head.push(format!(" {dot} {text}"), Role::Dim),
    }
    lines.push((head, None));
    let found = verdict(p, scene, &shown, drawn);
    lines.push((Line::of("verdict ", Role::Dim).joined(found), None));
    let tag = state.tasks.tag().map_or("", |tag| &tag.name);
    for said in state.bridging.about(tag, task.id.as_str()) {
        for piece in wrap(&format!("bridge: {said}"), width) {
            lines.push((Line::of(piece, Role::Accent), None));
        }
    }
    let say = |text: &str, role: Role, lines: &mut Lines| {
        for line in text.lines() {
            if line.trim().is_empty() {
                continue;
            }
            lines.extend(
                wrap(line, width)
                    .into_iter()
                    .map(|piece| (Line::of(piece, role), None)),
            );
        }
    };
    say(&task.description, Role::Text, &mut lines);
    if let Some(project) = state.tasks.known.as_deref() {
        criteria(p, project, task, width, &mut lines);
    }
    runs(p, scene, &shown, &mut lines);
    for (title, text) in [
        ("Details", &task.details),
        ("Test strategy", &task.test_strategy),
    ] {
        if !text.trim().is_empty() {
            heading(title, &mut lines);
            say(text, Role::Dim, &mut lines);
        }
    }
    if !task.subtasks.is_empty() {
        heading(&format!("Subtasks  {}", task.subtasks.len()), &mut lines);
        for one in &task.subtasks {
            let line = Line::of(format!("{}  ", one.id), Role::Dim)
                .and(format!("{:<12}", one.status.word()), status(&one.status))
                .and(one.title.to_string(), Role::Text);
            lines.push((line, Some(Stop::Task(one.id.as_str().to_owned()))));
        }
    }
    lines
}

fn heading(title: &str, lines: &mut Lines) {
    lines.push((Line::default(), None));
    lines.push((Line::of(title, Role::Accent), None));
}

fn runs(p: &Painter<'_>, scene: &Scene<'_>, shown: &Shown<'_>, lines: &mut Lines) {
    if shown.runs.is_empty() {
        return;
    }
    heading(&format!("Runs  {}", shown.runs.len()), lines);
    for run in shown.runs.iter().take(tasks::LISTED) {
        let state = run.state(scene.now);
        let mut line = Line::of(
            format!("{} {:<10}", p.theme.glyphs.state(state), state.word()),
            Role::of(state),
        );
        if let Some(verdict) = run.qarun.as_ref().and_then(|brief| brief.verdict) {
            line.push(format!("{:<13}", verdict.word()), role_of(verdict));
        }
        line.push(run.row.key.to_string(), Role::Text);
        if let Some(since) = run.since() {
            line.push(
                format!("  {}", clock::age(clock::seconds_between(since, scene.now))),
                Role::Dim,
            );
        }
        lines.push((line, Some(Stop::Run(run.row.key.uid.clone()))));
    }
    if let Some(more) = shown
        .runs
        .len()
        .checked_sub(tasks::LISTED)
        .filter(|more| *more > 0)
    {
        let text = format!(
            "and {more} before them: task:{} filters the Runs screen",
            shown.task.id
        );
        lines.push((Line::of(text, Role::Faint), None));
    }
}

fn criteria(p: &Painter<'_>, project: &Project, task: &Task, width: usize, lines: &mut Lines) {
    let all = project.criteria(task);
    if all.is_empty() {
        return;
    }
    let machine = all
        .iter()
        .filter(|one| one.chosen && one.is_executable())
        .count();
    let chosen = all.iter().filter(|one| one.chosen).count();
    heading(
        &format!("Criteria  {chosen}, {machine} of them without a person"),
        lines,
    );
    for one in &all {
        let (mark, role) = match one.chosen {
            true => ("[x] ", Role::Text),
            false => ("[ ] ", Role::Faint),
        };
        let kind = format!("{:<8}", one.criterion.check.kind());
        let line = Line::of(mark, role).and(
            kind,
            if one.chosen {
                Role::Accent
            } else {
                Role::Faint
            },
        );
        let text = fit(
            &one.criterion.text,
            width.saturating_sub(12),
            p.theme.glyphs.ellipsis,
        )
        .into_owned();
        lines.push((line.and(text.replace('\n', " "), role), None));
        let from = one
            .criterion
            .provenance
            .as_ref()
            .map_or("", |from| from.path.as_deref().unwrap_or(&from.source));
        let why = format!(
            "            {} confidence · read in {from} · {}",
            one.confidence.word(),
            one.because
        );
        lines.push((
            Line::of(
                fit(&why, width, p.theme.glyphs.ellipsis).into_owned(),
                Role::Faint,
            ),
            None,
        ));
    }
}
