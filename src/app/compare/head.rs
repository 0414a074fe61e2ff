//! The head of a comparison: which two runs, and what comes of it in one sentence.
//! Apart from the lines below it, which can be folded and moved in.

use jiff::Timestamp;

use super::words::changed_lines;
use super::{Against, Compare};
use crate::app::state::State;
use crate::model::clock;
use crate::model::compare::{Comparison, End, Seen};
use crate::model::key::Key;
use crate::model::phase::{Phase, State as RunState};
use crate::model::text::counted;

/// What is compared with what, and what comes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// What is compared with what, and why.
    pub which: String,
    /// What comes of it, and the state that makes of it.
    pub verdict: Option<(RunState, String)>,
}

/// The head.
pub fn head(compare: &Compare, state: &State, now: Timestamp) -> Head {
    match (&compare.against, compare.told()) {
        (Against::Nothing { here, why, .. }, _) => Head {
            which: format!("{here} has nothing to be compared with. {why}"),
            verdict: None,
        },
        (Against::Run(_, why), Some(told)) => {
            let both = told.here.key.namespace == told.there.key.namespace;
            let there = match both {
                true => told.there.key.name.to_string(),
                false => told.there.key.to_string(),
            };
            Head {
                which: format!(
                    "{} ({}) against {there} ({}): {why}",
                    told.here.key,
                    about(&told.here, now),
                    about(&told.there, now)
                ),
                verdict: Some(verdict(told)),
            }
        }
        (Against::Run(pair, why), None) => {
            let phase = |key: &Key| {
                let run = state.fleet.get(&key.uid)?;
                Some(word(run.row.phase).to_string())
            };
            let phase = |key: &Key| phase(key).map_or(String::new(), |word| format!(" ({word})"));
            Head {
                which: format!(
                    "{}{} against {}{}: {why}",
                    pair.here,
                    phase(&pair.here),
                    pair.there,
                    phase(&pair.there)
                ),
                verdict: None,
            }
        }
    }
}

/// `Failed 5m ago, took 3m12s`.
fn about(seen: &Seen, now: Timestamp) -> String {
    let age = |at: Timestamp| clock::age(clock::seconds_between(at, now));
    let when = match (seen.finished, seen.created) {
        (Some(ended), _) => format!(" {} ago", age(ended)),
        (None, Some(made)) => format!(", made {} ago", age(made)),
        (None, None) => String::new(),
    };
    let took = match seen.took {
        Some(took) if seen.phase.is_done() => format!(", took {}", clock::exact(took)),
        _ => String::new(),
    };
    format!("{}{when}{took}", word(seen.phase))
}

fn word(phase: Phase) -> &'static str {
    match phase.api_word() {
        "" => "not begun",
        word => word,
    }
}

/// One sentence: what failed, and how much differs.
fn verdict(told: &Comparison) -> (RunState, String) {
    let failed = told.failing.first().map(|one| {
        let end = |end: &Option<End>, place: &str| match end {
            Some(end) => format!("{} {place}", end.at.state.word().to_lowercase()),
            None => format!("was not begun {place}"),
        };
        format!(
            "{} {}, {}; ",
            one.label,
            end(&one.here, "here"),
            end(&one.there, "there")
        )
    });
    let lines = changed_lines(&told.spec);
    let counts = [
        (told.parameters.len() + told.hidden.len(), "parameter"),
        (told.images.len(), "image"),
        (lines, "line of the template"),
        (told.steps.len(), "step"),
        (
            told.durations.iter().filter(|one| one.grew()).count(),
            "longer time",
        ),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(count, noun))
        .collect();
    let differ = match counts.is_empty() {
        true => "nothing else that was compared is different".to_string(),
        false => format!("different: {}", counts.join(", ")),
    };
    let bad = told.failing.iter().any(|one| {
        let here = one.here.as_ref();
        here.is_some_and(|end| end.at.state.is_bad())
    });
    let state = match (bad, told.here.phase) {
        (true, _) | (_, Phase::Failed | Phase::Error) => RunState::Failed,
        (_, Phase::Succeeded) => RunState::Succeeded,
        _ => RunState::Running,
    };
    let text = match failed {
        Some(failed) => failed + &differ,
        None => differ.replace("nothing else", "nothing"),
    };
    (state, text)
}
