//! What holds a run up and is nobody's fault: a person, a suspension, a lock, a queue, a pause before the next attempt.
//! Apart from pods that cannot start, which somebody has to repair.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::proof::{self, lasts, waits};
use super::{Evidence, Finding, Known, Other};
use crate::model::eta::rough;
use crate::model::facts::Cause;
use crate::model::phase::{Phase, State};
use crate::model::reason::{holder, lock_name};
use crate::model::why::age;
use crate::model::words;

/// Runs told at most of those that are in front, or wait too.
const RUNS: usize = 8;
/// Holders of holders followed at most.
const DEEP: usize = 8;

/// A person must decide.
pub(super) fn approval(
    known: &Known<'_>,
    (step, text, since): (&str, Option<&str>, Option<Timestamp>),
    state: State,
    now: Timestamp,
) -> Finding {
    let asks = text.map(|text| format!(": {text}")).unwrap_or_default();
    let said = format!(
        "{} a person to approve or reject step {step}{asks}",
        waits("It", since, now)
    );
    Finding::new(state, said).with(proof::named(known, step).map(proof::step))
}

/// `spec.suspend`, or a pause that ends by itself.
pub(super) fn suspended(
    known: &Known<'_>,
    step: Option<&str>,
    until: Option<Timestamp>,
    state: State,
    now: Timestamp,
) -> Finding {
    let Some(step) = step else {
        let by = match proof::actor(known, &["Suspend"]) {
            Some(who) => format!(" by {who}"),
            None => "; who did that is not written on it".to_string(),
        };
        let said = format!("It is suspended{by}, and goes on when it is resumed");
        let field = proof::field("field", "^ *suspend: true", "spec.suspend is true");
        return Finding::new(state, said).with(field);
    };
    let when = match until {
        Some(at) if at > now => format!(
            "goes on by itself at {}, in {}",
            clock(at),
            rough(at.duration_since(now).as_secs().unsigned_abs())
        ),
        Some(at) => format!("was to go on at {}", clock(at)),
        None => "until when cannot be read".to_string(),
    };
    let said = format!("Step {step} is a pause and {when}");
    Finding::new(state, said).with(proof::named(known, step).map(proof::step))
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}

/// A mutex or a semaphore, with who holds it and what they wait for themselves.
pub(super) fn lock(
    known: &Known<'_>,
    (lock, holders, step): (&str, &[Arc<str>], Option<&str>),
    state: State,
    now: Timestamp,
) -> Finding {
    let name = lock_name(known.row, lock);
    let kind = match lock.contains("/Mutex/") {
        true => "mutex",
        false => "semaphore",
    };
    let waiting = step.and_then(|step| proof::named(known, step));
    let message = waiting
        .and_then(|step| step.message.as_deref())
        .or(known.row.message.as_deref());
    // `Lock status: 0/2`: free of all.
    let size = message
        .and_then(|text| text.rsplit_once("Lock status: "))
        .and_then(|(_, status)| status.split_once('/'))
        .map(|(_, size)| size.trim())
        .filter(|size| kind == "semaphore" && size.parse::<u32>().is_ok())
        .map(|size| format!(" (size {size})"));
    let who = match step {
        Some(step) => format!("Step {step}"),
        None => "It".to_string(),
    };
    let since = waiting.map_or(known.row.created, |step| step.started);
    let held = match holders {
        [] => ", and who holds it is not written on it".to_string(),
        [one] => format!(", held by {}", holder(known.row, one)),
        [one, more @ ..] => format!(
            ", held by {} and {} more",
            holder(known.row, one),
            more.len()
        ),
    };
    let (chain, ring) = chain(known, holders, now);
    let theirs = chain.first().and_then(|(_, next)| next.as_ref());
    let deeper = match (ring, theirs) {
        (true, _) => "; that one waits for this one in turn: neither can go on".to_string(),
        (false, Some(next)) => format!(", which itself waits for {next}"),
        (false, None) => String::new(),
    };
    let said = format!(
        "{} {kind} {name}{}{held}{deeper}",
        waits(&who, since, now),
        size.unwrap_or_default()
    );
    let words = lock.rsplit('/').next().unwrap_or(lock);
    Finding::new(state, said)
        .with(waiting.map(proof::step))
        .with(chain.into_iter().map(|(evidence, _)| evidence))
        .with(also(known, lock, now))
        .with(proof::field(
            "field",
            &format!("synchronization:|{words}"),
            format!("status.synchronization names {lock}"),
        ))
}

/// Holders, their holders, and so on, each with the lock it waits for itself; whether it leads back to this run.
fn chain(
    known: &Known<'_>,
    holders: &[Arc<str>],
    now: Timestamp,
) -> (Vec<(Evidence, Option<String>)>, bool) {
    let own = format!("{}/{}", known.row.key.namespace, known.row.key.name);
    let mut told = Vec::new();
    let mut seen = BTreeSet::new();
    let mut ring = false;
    let mut next: Vec<(Arc<str>, bool)> = holders.iter().map(|one| (one.clone(), true)).collect();
    while let Some((one, first)) = next.pop().filter(|_| told.len() < DEEP) {
        let run = of_run(&one);
        if run == own {
            ring |= !first;
            if first {
                told.push((proof::note("lock", "a step of this run holds it"), None));
            }
            continue;
        }
        if !seen.insert(run.to_string()) {
            continue;
        }
        let Some(other) = find(known, run) else {
            let text = match known.complete {
                true => format!(
                    "{run} holds it and is not among the runs that go on: it is over or gone"
                ),
                false => format!("{run} holds it and is not among the runs that were read"),
            };
            told.push((proof::note("lock", text), None));
            continue;
        };
        let waits = match other.facts.map(|facts| &facts.cause) {
            Some(Cause::Lock { lock, holders, .. }) => {
                next.extend(holders.iter().map(|one| (one.clone(), false)));
                Some(lock_name(known.row, lock))
            }
            _ => None,
        };
        told.push((proof::run(known, "lock", &other, now), waits));
    }
    (told, ring)
}

/// `ns/workflow` of `ns/workflow/node-id`.
fn of_run(holder: &str) -> &str {
    let mut slashes = holder.match_indices('/').map(|(at, _)| at);
    match slashes.nth(1) {
        Some(at) => &holder[..at],
        None => holder,
    }
}

fn find<'k>(known: &Known<'k>, run: &str) -> Option<Other<'k>> {
    let (namespace, name) = run.split_once('/')?;
    let is =
        |other: &&Other<'_>| *other.row.key.namespace == *namespace && *other.row.key.name == *name;
    known.others.iter().find(is).copied()
}

/// Others that wait for the same lock.
fn also(known: &Known<'_>, lock: &str, now: Timestamp) -> Vec<Evidence> {
    let waits = |other: &&Other<'_>| matches!(other.facts.map(|facts| &facts.cause), Some(Cause::Lock { lock: theirs, .. }) if **theirs == *lock);
    let mut waiting: Vec<&Other<'_>> = known.others.iter().filter(waits).collect();
    waiting.sort_by_key(|other| other.row.created);
    let waiting = waiting.into_iter().take(RUNS);
    waiting
        .map(|other| proof::run(known, "waits too", other, now))
        .collect()
}

/// A limit on how many runs go on at once.
pub(super) fn queue(known: &Known<'_>, state: State, now: Timestamp) -> Finding {
    let home = &known.row.key.namespace;
    let goes = |other: &&Other<'_>| other.row.phase == Phase::Running;
    let mut all: Vec<&Other<'_>> = known.others.iter().filter(goes).collect();
    all.sort_by_key(|other| other.row.created);
    let (here, elsewhere): (Vec<&Other<'_>>, Vec<&Other<'_>>) = all
        .iter()
        .partition(|other| other.row.key.namespace == *home);
    let everywhere = all.len();
    let queued = |other: &&Other<'_>| {
        let words = other.row.message.as_deref().is_some_and(words::is_queued);
        other.row.phase == Phase::Pending && words && other.row.created < known.row.created
    };
    let before = known.others.iter().filter(queued).count();
    let first = match before {
        0 => String::new(),
        1 => "; one run that was made before it waits so too".to_string(),
        some => format!("; {some} runs that were made before it wait so too"),
    };
    let said = format!(
        "It is queued{} because too many workflows run: {} in {home}, {everywhere} of all that can be seen{first}",
        lasts(known.row.created, now),
        here.len()
    );
    let text = known.row.message.as_deref().unwrap_or_default();
    // A namespace in which nothing runs has not reached a limit of its own.
    let (running, within, whose) = match here.is_empty() && known.complete {
        true => (
            elsewhere,
            "other namespaces",
            format!(
                "nothing runs in {home}, so that it is the limit of the controller for all namespaces"
            ),
        ),
        false => (
            here,
            &**home,
            "the limit of the namespace or of the controller: the object does not say which"
                .to_string(),
        ),
    };
    let rest = running.len().saturating_sub(RUNS);
    let first = running.iter().take(RUNS);
    Finding::new(state, said)
        .with(proof::field("message", "postponed because", text))
        .with(first.map(|other| proof::run(known, "running", other, now)))
        .with((rest > 0).then(|| proof::note("running", format!("and {rest} more in {within}"))))
        .with([proof::note("limit", whose)])
        .with([proof::note(
            "limit",
            "a finished run that waits for the artifact collector (finalizer artifact-gc) counts too",
        )])
}

/// A failed attempt waits before it is tried again.
pub(super) fn backoff(
    known: &Known<'_>,
    (step, attempts, until, last): (&str, usize, Option<Timestamp>, Option<&str>),
    state: State,
    now: Timestamp,
) -> Finding {
    let died = last.map(|last| format!(" ({last})")).unwrap_or_default();
    let times = match attempts {
        1 => "once".to_string(),
        many => format!("{many} times"),
    };
    let when = match until {
        Some(at) if at > now => format!(
            "is tried again at {}, in {}",
            clock(at),
            rough(at.duration_since(now).as_secs().unsigned_abs())
        ),
        Some(at) => format!("was to be tried again at {}", clock(at)),
        None => "is tried again after a pause whose end cannot be read".to_string(),
    };
    let said = format!("Step {step} failed {times}{died} and {when}");
    let branch = proof::named(known, step);
    let attempts = branch
        .into_iter()
        .flat_map(|step| attempts_of(known, &step.id));
    Finding::new(state, said)
        .with(branch.map(proof::step))
        .with(branch.and_then(proof::message))
        .with(attempts)
        .with(proof::log(known))
}

/// The attempts of a step, the last one first.
fn attempts_of(known: &Known<'_>, id: &str) -> Vec<Evidence> {
    let branches = &known.tree.branches;
    let Some(step) = branches.iter().find(|branch| *branch.id == *id) else {
        return Vec::new();
    };
    let last = step.children.iter().rev().take(RUNS);
    last.filter_map(|&at| branches.get(at))
        .map(proof::branch)
        .collect()
}

/// Only the workflow's own message, if any, tells what it waits for.
pub(super) fn by_message(known: &Known<'_>, state: State, now: Timestamp) -> Finding {
    let message = known.row.message.as_deref().unwrap_or_default();
    if words::is_queued(message) {
        return queue(known, state, now);
    }
    if let Some(name) = words::lock_waited_for(message) {
        return lock(known, (name, &[], None), state, now);
    }
    if !message.is_empty() {
        let said = format!("It is {}: {message}", state.word().to_lowercase());
        return Finding::new(state, said).with(proof::field("message", "^ *message:", message));
    }
    let waited = rough(age(known.row.created, now).unsigned_abs());
    let said = match state {
        State::Stuck => format!("It has not started for {waited}, and nothing on it says why"),
        State::Pending => format!("It is about to start, made {waited} ago"),
        _ => "It goes on; what it does is in its object, which was not read yet".to_string(),
    };
    Finding::new(state, said)
}
