//! What a pod prints and when: the plan's lines between the executor's own.
//! Apart from the pod's life, because logs of ended pods are told only when somebody reads them.

use std::sync::Arc;

use super::{Pod, object};
use crate::sim::argo::RunKey;
use crate::sim::argo::world::{Job, World};
use crate::sim::store::logs::Line;

/// A pod prints the lines that are due and says when it prints next.
pub fn print(world: &mut World, key: &RunKey, serial: u64) {
    let now = world.now;
    let Some(pod) = world
        .pods
        .get_mut(key)
        .filter(|pod| pod.serial == serial && !pod.removed)
    else {
        return;
    };
    tell_lines(&world.store, pod, now);
    let next = main_lines(pod)
        .get(pod.printed)
        .map(|(at, _)| (*at / 1_000_000) as i64);
    if let Some(next) = next.filter(|_| !pod.over()) {
        world.at(next.max(now + 1), Job::Log(key.clone(), serial));
    }
}

/// All lines of main, with their times: the executor's around the plan's own.
fn main_lines(pod: &Pod) -> Vec<Line> {
    let Some(started) = pod.started else {
        return Vec::new();
    };
    let (end, exit) = pod.ended.unwrap_or((started + pod.plan.run, pod.plan.exit));
    // Lines of one millisecond keep their order by the part below it.
    let nanos = |at: i64, n: usize| i128::from(at) * 1_000_000 + (n as i128 * 1_379).min(999_999);
    let mut lines: Vec<Line> = Vec::with_capacity(pod.plan.lines.len() + 3);
    let waiting = format!(
        "time={} level=INFO msg=\"waiting for signals\" argo=true signalPath=/var/run/argo/ctr/main/signal",
        crate::sim::clock::at(started)
    );
    lines.push((nanos(started, 0), waiting.into()));
    // An indented line belongs to the one before it and follows within a millisecond.
    let indented = |line: &String| line.starts_with([' ', '\t']);
    let count = pod.plan.lines.iter().filter(|line| !indented(line)).count() as i64;
    let mut part = 0;
    for (n, text) in pod.plan.lines.iter().enumerate() {
        part += i64::from(!indented(text));
        let at = started + (pod.plan.run - 200).max(1) * part.max(1) / (count + 1);
        if at <= end {
            lines.push((nanos(at, n + 1), text.as_str().into()));
        }
    }
    if pod.ended.is_some() {
        let error = if exit == 0 {
            "<nil>".to_owned()
        } else {
            format!("\"exit status {exit}\"")
        };
        let text = format!(
            "time={} level=INFO msg=\"sub-process exited\" argo=true error={error}",
            crate::sim::clock::at(end)
        );
        lines.push((nanos(end, 1), text.into()));
        if exit != 0 {
            lines.push((nanos(end, 4), format!("Error: exit status {exit}").into()));
        }
    }
    lines
}

/// What the program in it said, as it is archived: nothing of the executor, no times.
pub(super) fn said(pod: &Pod) -> String {
    let lines = main_lines(pod).into_iter();
    let own = lines.filter(|(_, text)| {
        !text.contains(" argo=true") && !text.starts_with("Error: exit status ")
    });
    own.map(|(_, text)| format!("{text}\n")).collect()
}

/// Writes down what a pod has printed until now.
pub fn tell_lines(store: &crate::sim::store::Store, pod: &mut Pod, now: i64) {
    if pod.started.is_none() {
        return;
    }
    let place = (Arc::clone(&pod.run.namespace), pod.name.clone());
    if pod.over() && pod.printed == 0 {
        let teller = pod.clone();
        store.logs.tell_later(
            &place.0,
            &place.1,
            &pod.mains[0],
            Arc::new(move || main_lines(&teller)),
        );
        pod.printed = usize::MAX;
    } else if pod.printed != usize::MAX {
        let limit = i128::from(now) * 1_000_000 + 999_999;
        let due: Vec<Line> = main_lines(pod)
            .into_iter()
            .skip(pod.printed)
            .take_while(|(at, _)| *at <= limit)
            .collect();
        pod.printed += due.len();
        if !due.is_empty() {
            store.logs.append(&place.0, &place.1, &pod.mains[0], due);
        }
        if pod.over() {
            store.logs.end(&place.0, &place.1, &pod.mains[0]);
        }
    }
    object::executor_logs(store, pod);
}
