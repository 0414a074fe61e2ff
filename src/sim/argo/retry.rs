//! Attempts of a node with a retry strategy: limits, policies, back-off.
//! Apart from executing one attempt.

use super::exec::{self, Call};
use super::node::{Flag, Kind, Node, Phase};
use super::run::Run;
use super::spec::Retry;
use super::world::World;

/// Goes on with a node that is tried until it succeeds or its strategy ends.
pub fn attempts(world: &mut World, run: &mut Run, call: &Call, id: &str, strategy: &Retry) {
    if !run.nodes.contains_key(id) && run.shut_for(&call.name) {
        return;
    }
    exec::ensure(world, run, call, Kind::Retry, Phase::Running);
    loop {
        let made = (0..)
            .take_while(|n| {
                run.nodes
                    .contains_key(&run.id(&format!("{}({n})", call.name)))
            })
            .count();
        if made > 0 {
            let last = run.id(&format!("{}({})", call.name, made - 1));
            let Some(node) = run.nodes.get(&last).cloned() else {
                return;
            };
            if !node.phase.fulfilled() {
                again(world, run, call, made - 1);
                if !run.phase_of(&last).is_some_and(Phase::fulfilled) {
                    return;
                }
                continue;
            }
            if !more(world, run, call, id, strategy, (made, &node)) {
                return;
            }
        }
        if run.shut_for(&call.name) {
            return exec::finish(world, run, id, Phase::Failed, run.ended_by());
        }
        again(world, run, call, made);
        let next = run.id(&format!("{}({made})", call.name));
        if !run.nodes.contains_key(&next) {
            return;
        }
        run.link(id, &next);
    }
}

fn again(world: &mut World, run: &mut Run, call: &Call, n: usize) {
    let attempt = Call {
        name: format!("{}({n})", call.name),
        display: format!("{}({n})", call.display),
        flag: Some(Flag {
            hooked: false,
            retried: true,
        }),
        ..call.clone()
    };
    exec::run(world, run, &attempt);
}

/// Whether another attempt is to be made now. Ends the Retry node where there is none left.
fn more(
    world: &mut World,
    run: &mut Run,
    call: &Call,
    id: &str,
    strategy: &Retry,
    last: (usize, &Node),
) -> bool {
    let (made, node) = last;
    let pass_on = |run: &mut Run| {
        if let Some(retry) = run.nodes.get_mut(id) {
            retry.outputs = node.outputs.clone();
        }
    };
    if !node.phase.bad() {
        pass_on(run);
        exec::finish(world, run, id, node.phase, None);
        return false;
    }
    let retried = match strategy.policy.as_str() {
        "Always" => true,
        "OnError" => node.phase == Phase::Error,
        "OnTransientError" => false,
        _ => node.phase == Phase::Failed,
    };
    let message = if run.shut_for(&call.name) {
        Some(run.ended_by().unwrap_or_default())
    } else if !retried {
        Some(node.message.clone().unwrap_or_default())
    } else if strategy.limit.is_some_and(|limit| made > limit) {
        Some("No more retries left".to_owned())
    } else {
        None
    };
    if let Some(message) = message {
        pass_on(run);
        exec::finish(world, run, id, node.phase, Some(message));
        return false;
    }
    if let Some((first, factor)) = strategy.backoff {
        let wait = (first as f64 * factor.powi(i32::try_from(made).unwrap_or(1) - 1)) as i64;
        let until = node.finished.map_or(world.now, |at| at.0) + wait;
        if world.now < until {
            let key = run.key.clone();
            world.reconcile(&key, until);
            if let Some(retry) = run.nodes.get_mut(id) {
                let (minutes, seconds) = (wait / 60_000, wait / 1000 % 60);
                retry.message = Some(match minutes {
                    0 => format!("Backoff for {seconds} seconds"),
                    _ => format!("Backoff for {minutes} minutes {seconds} seconds"),
                });
            }
            return false;
        }
    }
    if let Some(retry) = run.nodes.get_mut(id) {
        retry.message = None;
    }
    true
}
