//! The columns of the Runs screen: how wide each is, and the cells of a run.
//! Apart from the screen, which decides which runs are in view.

use std::collections::BTreeSet;

use crate::app::drawn::Drawn;
use crate::app::orders;
use crate::app::screens::runs::Column;
use crate::app::select::{Shown, SortKey};
use crate::model::clock;
use crate::model::phase::State as RunState;
use crate::ui::Scene;
use crate::ui::paint::{Painter, fit_name};
use crate::ui::screens::runs::{reason_in_list, took};
use crate::ui::theme::Role;

/// Columns and their widths; 0 is a column that is not shown.
pub(super) struct Columns {
    state: u16,
    namespace: u16,
    name: u16,
    task: u16,
    bar: u16,
    progress: u16,
    elapsed: u16,
    age: u16,
    why: u16,
}

impl Columns {
    /// For this width: identity first, then progress and age, then as much of the reason as fits.
    pub(super) fn of(scene: &Scene<'_>, width: u16) -> Self {
        let widest = scene.selection.widest;
        let mut columns = Self {
            state: if width < 60 { 2 } else { 12 },
            namespace: 0,
            name: widest.name.clamp(12, 34),
            task: 0,
            bar: 0,
            progress: 7,
            elapsed: 0,
            age: 5,
            why: 0,
        };
        if width < 90 {
            columns.name = columns.name.min((width * 3 / 10).max(12));
        }
        if width >= 86 {
            columns.elapsed = 7;
            if widest.several_namespaces {
                columns.namespace = widest.namespace.clamp(9, 14) + 1;
            }
            columns.task = match widest.task {
                0 => 0,
                longest => longest.clamp(4, 8) + 1,
            };
            columns.bar = 6;
        }
        if (60..86).contains(&width) && widest.several_namespaces {
            columns.namespace = widest.namespace.clamp(4, 9) + 1;
        }
        for column in &scene.state.runs.hidden {
            *columns.place(*column) = 0;
        }
        // The reason needs some room to say anything: long names give way first, then the bar.
        const WHY: u16 = 30;
        let spare = |columns: &Self| width.saturating_sub(columns.fixed() + columns.name);
        let hides_why = scene.state.runs.hidden.contains(&Column::Why);
        if hides_why {
            columns.name = widest.name.max(columns.name);
        } else if width >= 86 && spare(&columns) < WHY {
            columns.name = columns.name.saturating_sub(WHY - spare(&columns)).max(22);
        }
        if !hides_why && spare(&columns) < WHY / 2 {
            columns.bar = 0;
        }
        columns.name = columns
            .name
            .min(width.saturating_sub(columns.fixed()).max(8));
        columns.why = if hides_why { 0 } else { spare(&columns) };
        columns
    }

    fn place(&mut self, column: Column) -> &mut u16 {
        match column {
            Column::Namespace => &mut self.namespace,
            Column::Task => &mut self.task,
            Column::Bar => &mut self.bar,
            Column::Steps => &mut self.progress,
            Column::Took => &mut self.elapsed,
            Column::Age => &mut self.age,
            Column::Why => &mut self.why,
        }
    }

    /// Columns that are wanted and would have something to show, but have no room.
    pub(super) fn cramped(mut self, scene: &Scene<'_>) -> BTreeSet<Column> {
        let widest = scene.selection.widest;
        let mut wanted: BTreeSet<Column> = Column::ALL.into_iter().collect();
        wanted.retain(|column| match column {
            Column::Namespace => widest.several_namespaces,
            Column::Task => widest.task > 0,
            _ => true,
        });
        wanted.retain(|column| *self.place(*column) == 0);
        wanted
            .difference(&scene.state.runs.hidden)
            .copied()
            .collect()
    }

    /// Cells of all columns but the name and the reason, with the gaps.
    fn fixed(&self) -> u16 {
        1 + self.state
            + self.namespace
            + self.task
            + self.bar
            + self.progress
            + self.elapsed
            + self.age
            + 3
    }

    pub(super) fn header(&self, p: &mut Painter<'_>, x: u16, y: u16, sort: SortKey) {
        let role = |key: SortKey| {
            if key == sort {
                Role::Accent
            } else {
                Role::Faint
            }
        };
        let mut at = x + 1;
        if self.state > 2 {
            p.put(at, y, self.state, "STATE", role(SortKey::Attention));
        }
        at += self.state;
        let heading = if self.namespace > 9 {
            "NAMESPACE"
        } else {
            "NS"
        };
        p.put(at, y, self.namespace, heading, role(SortKey::Name));
        at += self.namespace;
        p.put(at, y, self.name, "NAME", role(SortKey::Name));
        at += self.name + 1;
        p.put(at, y, self.task, "TASK", Role::Faint);
        at += self.task;
        p.put(at, y, self.bar, "DONE", role(SortKey::Progress));
        at += self.bar;
        p.put_right(at, y, self.progress, "STEPS", role(SortKey::Progress));
        at += self.progress;
        p.put_right(at, y, self.elapsed, "TOOK", role(SortKey::Elapsed));
        at += self.elapsed;
        let age = if sort == SortKey::Created {
            SortKey::Created
        } else {
            SortKey::Ended
        };
        p.put_right(at, y, self.age, "AGE", role(age));
        at += self.age + 2;
        p.put(at, y, self.why, "WHY", Role::Faint);
    }

    #[allow(clippy::too_many_arguments)] // one cell after the other: a struct of seven fields would say no more
    pub(super) fn row(
        &self,
        p: &mut Painter<'_>,
        scene: &Scene<'_>,
        shown: &Shown<'_>,
        x: u16,
        y: u16,
        under_cursor: bool,
        drawn: &mut Drawn,
    ) {
        let Shown { run, state, .. } = *shown;
        let glyphs = p.theme.glyphs;
        let now = scene.now;
        let stale = run.gone || scene.state.fleet.is_stale(&run.row.key);
        let dim = stale || matches!(state, RunState::Succeeded | RunState::Skipped);
        let text = if dim { Role::Dim } else { Role::Text };
        let tone = if stale { Role::Dim } else { Role::of(state) };
        if under_cursor {
            p.put(x, y, 1, glyphs.cursor, Role::Focus);
        }
        let uid = &run.row.key.uid;
        if scene.state.runs.marks.has(uid) {
            p.put(x, y, 1, glyphs.mark, Role::Accent);
        }
        let mut at = x + 1;
        let word = if run.gone { "Deleted" } else { state.word() };
        let mark = glyphs.state(state);
        if self.state > 2 {
            p.put(at, y, self.state - 1, &format!("{mark} {word}"), tone);
        } else {
            p.put(at, y, 1, mark, tone);
        }
        at += self.state;
        p.put(
            at,
            y,
            self.namespace.saturating_sub(1),
            &run.row.key.namespace,
            Role::Dim,
        );
        at += self.namespace;
        let name = fit_name(&run.row.key.name, self.name.into(), glyphs.ellipsis);
        p.put(at, y, self.name, &name, text);
        at += self.name + 1;
        p.put(
            at,
            y,
            self.task.saturating_sub(1),
            run.row.task().map_or("", |task| task),
            text,
        );
        at += self.task;
        let progress = run.progress();
        let unread = run.is_unread();
        if let Some(progress) = progress {
            let cells = usize::from(self.bar.saturating_sub(1));
            // A run that made it is drawn full, whatever failed on its way and was allowed to.
            let ratio = match state {
                RunState::Succeeded => 1.0,
                _ => progress.ratio(),
            };
            let (filled, rest) = glyphs.progress(ratio, cells);
            let used = p.put(at, y, self.bar, &filled, if dim { Role::Dim } else { tone });
            p.put(at + used, y, self.bar - used, &rest, Role::Faint);
        }
        at += self.bar;
        let steps = match progress {
            Some(progress) => progress.to_string(),
            None if unread => glyphs.unread.to_string(),
            None => glyphs.none.to_string(),
        };
        p.put_right(at, y, self.progress, &steps, text);
        at += self.progress;
        if self.elapsed > 0 {
            let took = took(run, state, now, drawn)
                .unwrap_or_else(|| if unread { glyphs.unread } else { glyphs.none }.to_string());
            p.put_right(at, y, self.elapsed, &took, text);
            at += self.elapsed;
        }
        if let Some(since) = run.since().filter(|_| self.age > 0) {
            let seconds = clock::seconds_between(since, now);
            drawn.turns(now, seconds);
            p.put_right(at, y, self.age, &clock::age(seconds), Role::Dim);
        }
        at += self.age + 2;
        match scene.state.orders.about(run) {
            Some(job) => p.put(
                at,
                y,
                self.why,
                &orders::word(&scene.state.keymap, job),
                Role::Accent,
            ),
            None => p.put_line(at, y, self.why, &reason_in_list(p, scene, run, state)),
        };
    }
}
