//! How earlier runs of a template went, in one line: marks, the oldest first, how many passed and how long that takes.
//! Apart from runs and templates, because both show it.

use crate::app::fleet::Outcome;
use crate::model::clock;
use crate::model::phase::State;
use crate::ui::paint::{Line, Painter};
use crate::ui::theme::Role;

/// Marks that are shown.
const MARKS: usize = 12;

/// The line; `None` where fewer than two ended: one alone tells nothing that its own line does not.
pub(super) fn line(p: &Painter<'_>, outcomes: &[Outcome]) -> Option<Line> {
    if outcomes.len() < 2 {
        return None;
    }
    let mut line = Line::default();
    for outcome in outcomes.iter().skip(outcomes.len().saturating_sub(MARKS)) {
        let state = match outcome.passed {
            true => State::Succeeded,
            false => State::Failed,
        };
        line.push(p.theme.glyphs.state(state).to_string(), Role::of(state));
    }
    let passed = outcomes.iter().filter(|one| one.passed).count();
    let text = format!("  {passed} of the last {} passed", outcomes.len());
    line.push(text, Role::Dim);
    let mut seconds: Vec<u64> = (outcomes.iter().filter(|one| one.passed))
        .filter_map(|one| one.seconds)
        .collect();
    seconds.sort_unstable();
    if let Some(usual) = seconds.get(seconds.len() / 2) {
        let usual = clock::exact(i64::try_from(*usual).unwrap_or(i64::MAX));
        line.push(
            format!(" {} usually {usual}", p.theme.glyphs.dot),
            Role::Dim,
        );
    }
    Some(line)
}
