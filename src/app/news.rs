//! New failures: waited for until their cause is known, gathered so that a burst is one message, and told as the rules say.
//! Apart from how they are noticed (`turns`) and from who rings a bell or runs a program (the runtime).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::config::rules::{How, Rule};
use crate::app::effect::{Alert, Effect};
use crate::app::fleet::Run;
use crate::app::said::Level;
use crate::app::state::{Connection, State, later};
use crate::model::key::Key;
use crate::model::text::clean_message;

/// Milliseconds a failure waits for its object to be read: the row alone does not know the cause.
const CAUSE_WITHIN: i64 = 4_000;
/// Milliseconds that failures are gathered in before they are told.
const GATHER: i64 = 1_500;
/// Runs named in one message.
const NAMED: usize = 3;
/// Runs named to a hook.
const LISTED: usize = 50;

/// A failure with what is said of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Failure {
    key: Key,
    /// `failed`, `ended in error`.
    verb: String,
    /// Its state as a filter names it.
    state: String,
    cause: String,
    task: String,
    from: String,
}

/// Failures that one rule will tell together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Batch {
    /// Place of the rule among all.
    rule: usize,
    due: Timestamp,
    failures: Vec<Failure>,
}

/// Failures on their way to being told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct News {
    /// What has no cause yet, and until when one is waited for.
    waiting: Vec<(Key, Timestamp)>,
    batches: Vec<Batch>,
    /// When each rule told something last.
    told: Vec<(usize, Timestamp)>,
}

impl News {
    /// When something is due.
    pub fn due(&self) -> Option<Timestamp> {
        let waiting = self.waiting.iter().map(|(_, until)| *until);
        waiting
            .chain(self.batches.iter().map(|batch| batch.due))
            .min()
    }

    /// Other rules hold: they judge what the old ones gathered.
    pub fn judge_again(&mut self, now: Timestamp) {
        let failures = self.batches.drain(..).flat_map(|batch| batch.failures);
        self.waiting
            .extend(failures.map(|failure| (failure.key, now)));
        self.told.clear();
    }
}

/// Takes note of what ended, and tells what is due.
pub(super) fn settle(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let turns = state.fleet.turns.take();
    if let Some(away) = &mut state.away {
        away.note(&turns);
    }
    let until = later(now, CAUSE_WITHIN);
    let bad = turns.into_iter().filter(|turn| turn.bad);
    state.news.waiting.extend(bad.map(|turn| (turn.key, until)));
    if state.news.waiting.is_empty() && state.news.batches.is_empty() {
        return;
    }
    let waiting = std::mem::take(&mut state.news.waiting);
    for (key, until) in waiting {
        let Some(run) = state.fleet.get(&key.uid) else {
            continue;
        };
        let read = run
            .facts
            .as_ref()
            .is_some_and(|facts| facts.row.version >= run.row.version);
        if !read && now < until {
            state.news.waiting.push((key, until));
            continue;
        }
        let failure = failure(run, now);
        match rule_for(&state.habits.rules, run, now) {
            Some(rule) => gather(state, now, rule, failure),
            // Nobody wants to be told, but whoever looks finds it.
            None => {
                let text = sentence(std::slice::from_ref(&failure));
                state
                    .messages
                    .keep(now, Level::Bad, &text, Some(failure.key));
            }
        }
    }
    let batches = std::mem::take(&mut state.news.batches);
    let (due, rest): (Vec<Batch>, Vec<Batch>) = batches.into_iter().partition(|b| b.due <= now);
    state.news.batches = rest;
    for batch in due {
        tell(state, now, &batch, effects);
    }
}

/// The first rule whose filter holds. What only an unread object could deny is taken to hold: better told than missed.
fn rule_for(rules: &[Rule], run: &Run, now: Timestamp) -> Option<usize> {
    let holds = |rule: &Rule| rule.filter.judge(run, run.state(now), now) != Some(false);
    rules.iter().position(holds)
}

fn failure(run: &Run, now: Timestamp) -> Failure {
    let state = run.state(now);
    let verb = match state {
        crate::model::phase::State::Error => "ended in error",
        _ => "failed",
    };
    let cause = match state.is_bad() {
        true => run.reason(now, None),
        // It is retried already.
        false => None,
    };
    let text =
        |text: Option<&std::sync::Arc<str>>| text.map(ToString::to_string).unwrap_or_default();
    Failure {
        key: run.row.key.clone(),
        verb: verb.to_string(),
        state: state.word().to_lowercase(),
        cause: cause.map(|cause| cause.plain()).unwrap_or_default(),
        task: text(run.row.task()),
        from: text(run.row.origin()),
    }
}

fn gather(state: &mut State, now: Timestamp, rule: usize, failure: Failure) {
    let news = &mut state.news;
    if let Some(batch) = news.batches.iter_mut().find(|batch| batch.rule == rule) {
        batch.failures.push(failure);
        return;
    }
    let every = state.habits.rules.get(rule).map_or(0, |rule| rule.every);
    let last = news.told.iter().find(|(told, _)| *told == rule);
    let again = last.map_or(now, |(_, at)| later(*at, every.saturating_mul(1_000)));
    news.batches.push(Batch {
        rule,
        due: again.max(later(now, GATHER)),
        failures: vec![failure],
    });
}

/// One sentence for all of them.
fn sentence(failures: &[Failure]) -> String {
    if let [only] = failures {
        return match only.cause.as_str() {
            "" => format!("{} {}", only.key, only.verb),
            cause => format!("{} {}: {cause}", only.key, only.verb),
        };
    }
    let names: Vec<String> = failures
        .iter()
        .take(NAMED)
        .map(|f| f.key.to_string())
        .collect();
    let more = match failures.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{} runs failed: {}{more}", failures.len(), names.join(", "))
}

fn tell(state: &mut State, now: Timestamp, batch: &Batch, effects: &mut Vec<Effect>) {
    let Some(rule) = state.habits.rules.get(batch.rule).cloned() else {
        return;
    };
    state.news.told.retain(|(told, _)| *told != batch.rule);
    state.news.told.push((batch.rule, now));
    let text = sentence(&batch.failures);
    let about = match &batch.failures[..] {
        [only] => Some(only.key.clone()),
        _ => None,
    };
    let number = state.messages.keep(now, Level::Bad, &text, about);
    let wall = state.zone.wall(now);
    if rule.quiet.is_some_and(|hours| hours.hold(wall)) {
        return;
    }
    if rule.how.contains(&How::Toast) {
        state.messages.show(now, number, false);
    }
    let rings: Vec<How> = rule
        .how
        .iter()
        .copied()
        .filter(|how| *how != How::Toast)
        .collect();
    if !rings.is_empty() {
        let text = clean_message(&text).into_owned();
        effects.push(Effect::Alert(Alert { how: rings, text }));
    }
    if !rule.hook.is_empty() {
        effects.push(Effect::Hook {
            argv: rule.hook.clone(),
            facts: facts(state, &batch.failures, &text),
        });
    }
}

/// What a hook finds in its environment.
fn facts(state: &State, failures: &[Failure], text: &str) -> Vec<(String, String)> {
    let context = match &state.connection {
        Connection::Up { context, .. } => context.to_string(),
        _ => state.context.as_deref().unwrap_or_default().to_string(),
    };
    let runs: Vec<String> = failures
        .iter()
        .take(LISTED)
        .map(|f| f.key.to_string())
        .collect();
    let mut facts = vec![
        ("TEXT", text.to_string()),
        ("COUNT", failures.len().to_string()),
        ("CONTEXT", context),
        ("RUNS", runs.join(" ")),
    ];
    // Of several only what is true of all of them is told.
    if let [only] = failures {
        facts.extend([
            ("NAMESPACE", only.key.namespace.to_string()),
            ("NAME", only.key.name.to_string()),
            ("UID", only.key.uid.to_string()),
            ("STATE", only.state.clone()),
            ("CAUSE", only.cause.clone()),
            ("TASK", only.task.clone()),
            ("FROM", only.from.clone()),
        ]);
    }
    let clean = |text: String| clean_message(&text).into_owned();
    facts
        .into_iter()
        .map(|(name, value)| (format!("TIPHYS_{name}"), clean(value)))
        .collect()
}
