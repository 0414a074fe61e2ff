//! What each list over the screen lists, before anything is typed.
//! Apart from the overlay, which narrows all of them in the same way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Choice, Item};
use jiff::Timestamp;

use crate::app::command::{Scope, TABLE};
use crate::app::failures;
use crate::app::line;
use crate::app::orders::bulk::Fate;
use crate::app::query::FIELDS;
use crate::app::screens::failures::Order;
use crate::app::screens::runs::Column;
use crate::app::select::SortKey;
use crate::app::state::State;
use crate::model::act::Outcome;
use crate::model::clock;
use crate::model::delta::Scope as Namespaces;

pub(super) fn commands(state: &State, scopes: &[Scope]) -> Vec<Choice> {
    TABLE
        .iter()
        .filter(|info| !info.command.is_over() && info.command.applies(state))
        .filter(|info| state.offers(scopes, info))
        .map(|info| Choice {
            left: state.keymap.keys_here(scopes, info.command),
            also: line::also(info.command),
            ..Choice::of(Item::Command(info.command), info.doc, info.name)
        })
        .chain(filter_words(state))
        .collect()
}

/// The filter language, where the filter can be asked for: enter starts one with that word.
fn filter_words(state: &State) -> impl Iterator<Item = Choice> {
    let filters = state.lists_runs() || failures::are_shown(state);
    let shown = if filters { FIELDS.len() } else { 0 };
    let words = FIELDS[..shown].iter().enumerate();
    words.map(|(at, (word, doc))| Choice {
        left: format!("/ {word}"),
        ..Choice::of(Item::Field(at), *doc, "filter")
    })
}

/// Namespaces that are known: those nobody may list are still known from the runs in them.
pub(in crate::app) fn known_namespaces(state: &State) -> BTreeSet<Arc<str>> {
    let mut names: BTreeSet<Arc<str>> = match &state.namespaces {
        Some(Ok(names)) => names.iter().cloned().collect(),
        _ => BTreeSet::new(),
    };
    for run in state.fleet.iter() {
        let name = &run.row.key.namespace;
        if !names.contains(name) {
            names.insert(name.clone());
        }
    }
    if let Namespaces::Namespaces(chosen) = &state.scope {
        names.extend(chosen.iter().cloned());
    }
    names
}

pub(super) fn namespaces(state: &State) -> Vec<Choice> {
    let chosen = |name: &str| match &state.scope {
        Namespaces::All => false,
        Namespaces::Namespaces(names) => names.iter().any(|chosen| **chosen == *name),
    };
    let mut runs: BTreeMap<&str, usize> = BTreeMap::new();
    for run in state.fleet.iter() {
        *runs.entry(&run.row.key.namespace).or_default() += 1;
    }
    let all = Choice {
        current: state.scope == Namespaces::All,
        ..Choice::of(Item::AllNamespaces, "all namespaces", "")
    };
    let names = known_namespaces(state).into_iter().map(|name| {
        let count = runs.get(&*name).map(|count| format!("{count} runs"));
        Choice {
            current: chosen(&name),
            ..Choice::of(
                Item::Namespace(name.clone()),
                name.to_string(),
                count.unwrap_or_default(),
            )
        }
    });
    std::iter::once(all).chain(names).collect()
}

/// Namespaces to launch in.
pub(super) fn places(state: &State) -> Vec<Choice> {
    let names = known_namespaces(state).into_iter();
    names
        .map(|name| Choice::of(Item::Namespace(name.clone()), name.to_string(), ""))
        .collect()
}

pub(super) fn contexts(state: &State) -> Vec<Choice> {
    let contexts = state.contexts.iter().flatten().flatten();
    contexts
        .map(|context| {
            let right = match &context.namespace {
                Some(namespace) => format!("{} · {namespace}", context.cluster),
                None => context.cluster.to_string(),
            };
            let item = Item::Context(context.name.clone());
            Choice {
                current: context.current,
                ..Choice::of(item, context.name.to_string(), right)
            }
        })
        .collect()
}

pub(super) fn problems(state: &State) -> Vec<Choice> {
    let problems = state.problems.iter().enumerate();
    problems
        .map(|(at, problem)| Choice {
            left: problem.place.short(),
            ..Choice::of(Item::Problem(at), problem.what.clone(), "")
        })
        .collect()
}

/// Each with its moment, the newest first.
pub(super) fn messages(state: &State) -> Vec<Choice> {
    let messages = state.messages.all().map(|message| {
        let right = match message.times {
            1 => String::new(),
            times => format!("{times} times"),
        };
        let item = Item::Message(message.number);
        Choice {
            left: state.zone.told(message.at, "%a %H:%M:%S"),
            ..Choice::of(item, message.text.clone(), right)
        }
    });
    messages.collect()
}

/// Each run of an action on many, and how it went with it.
pub(super) fn bulk(state: &State, now: Timestamp) -> Vec<Choice> {
    let Some(bulk) = &state.orders.bulk else {
        return Vec::new();
    };
    let held = bulk.held(now);
    let items = bulk.items.iter().map(|item| {
        let key = &item.order.key;
        let right = match &item.fate {
            Fate::Waiting if held.is_some() => "not sent yet".to_string(),
            Fate::Waiting => "waits for its turn".to_string(),
            Fate::Sent(_) => "sent".to_string(),
            Fate::Dropped(why) => format!("not sent: {why}"),
            Fate::Over(Outcome::Applied { .. }) => "applied".to_string(),
            Fate::Over(
                outcome @ (Outcome::NotApplied { why }
                | Outcome::Unknown { why }
                | Outcome::Changed { why }),
            ) => format!("{}: {why}", outcome.word()),
        };
        let ok = matches!(item.fate, Fate::Over(Outcome::Applied { .. }));
        Choice {
            current: ok,
            ..Choice::of(Item::Run(key.clone()), key.to_string(), right)
        }
    });
    let skipped = bulk.skipped.iter().map(|(key, why)| {
        Choice::of(
            Item::Run(key.clone()),
            key.to_string(),
            format!("skipped: {why}"),
        )
    });
    items.chain(skipped).collect()
}

/// What was done from here, the newest first.
pub(super) fn journal(state: &State) -> Vec<Choice> {
    let Some(Ok(entries)) = &state.orders.journal else {
        return Vec::new();
    };
    let entries = entries.iter().enumerate().rev();
    entries
        .map(|(at, entry)| Choice {
            left: state.zone.told(entry.at, "%a %H:%M:%S"),
            ..Choice::of(Item::Done(at), entry.sentence(), entry.context.to_string())
        })
        .collect()
}

/// Runs of agents, the newest first: what each is about, how it stands, what came of it.
pub(super) fn agents(state: &State, now: Timestamp) -> Vec<Choice> {
    let each = state.agents.runs.iter().map(|run| {
        let task = (run.task.as_ref()).map_or(String::new(), |task| format!("task {task}"));
        let word = run.phase.as_deref().unwrap_or_else(|| run.state().word());
        let age = run
            .created
            .map(|at| clock::age(clock::seconds_between(at, now)).into());
        let more = [
            Some(word.into()),
            run.qa.clone(),
            run.service.clone(),
            run.pull_request.clone(),
            age,
        ];
        let more: Vec<Arc<str>> = more.into_iter().flatten().collect();
        Choice {
            left: run.agent.kind().to_owned(),
            state: Some(run.state()),
            ..Choice::of(
                Item::Agent(run.key.clone()),
                format!("{} {task}", run.key).trim_end(),
                more.join("  "),
            )
        }
    });
    each.collect()
}

pub(super) fn orders(state: &State) -> Vec<Choice> {
    if failures::are_shown(state) {
        let line = |order: Order| {
            let current = order == state.failures.sort;
            ordered(Item::Order(order), order.name(), order.doc(), current)
        };
        return Order::ALL.into_iter().map(line).collect();
    }
    SortKey::ALL
        .into_iter()
        .map(|key| {
            ordered(
                Item::Sort(key),
                key.name(),
                key.doc(),
                key == state.runs.sort,
            )
        })
        .collect()
}

fn ordered(item: Item, name: &str, doc: &str, current: bool) -> Choice {
    let right = if current { "again: turned round" } else { "" };
    Choice {
        left: name.to_string(),
        current,
        ..Choice::of(item, doc, right)
    }
}

pub(super) fn columns(state: &State) -> Vec<Choice> {
    Column::ALL
        .into_iter()
        .map(|column| {
            let (heading, doc) = column.words();
            let shown = !state.runs.hidden.contains(&column);
            let right = match shown && state.runs.cramped.contains(&column) {
                true => "no room at this width",
                false => "",
            };
            Choice {
                left: heading.to_string(),
                current: shown,
                ..Choice::of(Item::Column(column), doc, right)
            }
        })
        .collect()
}

pub(super) fn marks(state: &State) -> Vec<Choice> {
    let marks = state.trail.marks();
    marks
        .map(|(letter, place)| Choice {
            left: letter.to_string(),
            ..Choice::of(Item::Mark(letter), place.to_string(), "")
        })
        .collect()
}
