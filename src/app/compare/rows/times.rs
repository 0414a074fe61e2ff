//! How long steps took: beside the other run, and beside what they usually take by what is remembered.
//! Apart from the other parts, because here the past is asked too.

use super::super::Section;
use super::super::words::lengths;
use super::{Kind, List, Target};
use crate::app::state::State;
use crate::model::clock;
use crate::model::compare::{Comparison, Took};
use crate::model::workflow::StepKind;

/// Steps told that took longer.
const LONGER: usize = 12;
/// Steps named in one line.
const NAMED: usize = 6;

impl List<'_> {
    pub(super) fn times(&mut self, told: &Comparison) {
        let (grew, shrank): (Vec<&Took>, Vec<&Took>) =
            told.durations.iter().partition(|one| one.grew());
        let both = [(grew.len(), "longer"), (shrank.len(), "shorter")];
        let both: Vec<String> = both
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        if both.is_empty() || !self.head(Section::Times, "Times", both.join(", ")) {
            return;
        }
        for one in grew.iter().take(LONGER) {
            let critical = if one.critical() {
                "  on the critical path"
            } else {
                ""
            };
            let usual = self.usual.seconds(&one.label);
            let usual = usual.map_or(String::new(), |usual| format!("  usually {}", exact(usual)));
            let text = format!("{}{usual}{critical}", lengths(one));
            let row = self.push(
                &format!("time {}", one.path),
                Kind::Change,
                (&one.label, &text, "step"),
            );
            let target = Target::Step(told.here.key.clone(), one.here.id.clone());
            row.line.target = Some(target);
        }
        self.more("times", grew.len().saturating_sub(LONGER));
        if !shrank.is_empty() {
            let named: Vec<String> = shrank
                .iter()
                .take(NAMED)
                .map(|one| format!("{} {}", one.label, lengths(one)))
                .collect();
            let more = match shrank.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let text = format!("{}{more}", named.join(", "));
            self.push("shorter", Kind::Change, ("shorter", &text, ""));
        }
    }

    /// Steps that took much longer than in earlier runs, which may be gone: where no run is left to compare with.
    pub(super) fn remembered(&mut self, state: &State) {
        let key = self.compare.here().clone();
        let workflow = state
            .focus_on(&key)
            .and_then(|focus| focus.workflow.as_deref());
        let steps = workflow.into_iter().flat_map(|one| &one.steps);
        let worked = steps.filter(|step| step.kind == StepKind::Pod);
        let mut longer: Vec<_> = worked
            .filter_map(|step| {
                let took = clock::seconds_between(step.started?, step.finished?).unsigned_abs();
                Some((step, took, self.usual.exceeded(&step.display, took)?))
            })
            .collect();
        longer.sort_by_key(|(_, took, usual)| std::cmp::Reverse(took - usual));
        let count = format!(
            "{} longer than usual, by runs that are remembered",
            longer.len()
        );
        if longer.is_empty() || !self.head(Section::Times, "Times", count) {
            return;
        }
        for (step, took, usual) in longer.iter().take(LONGER) {
            let text = format!("{}, usually {}", exact(*took), exact(*usual));
            let id = format!("remembered {}", step.id);
            let row = self.push(&id, Kind::Change, (&step.display, &text, "step"));
            row.line.target = Some(Target::Step(key.clone(), step.id.clone()));
        }
        self.more("times", longer.len().saturating_sub(LONGER));
    }
}

fn exact(seconds: u64) -> String {
    clock::exact(seconds.cast_signed())
}
