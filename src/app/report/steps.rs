//! The steps that failed, each with its end, its place and the last lines it wrote.
//! Apart from the rest of a report, because of each step more is told than of anything else.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::text::utc;
use crate::app::focus::Focus;
use crate::app::log::{is_executor, is_of};
use crate::app::state::State;
use crate::model::clock;
use crate::model::log::LogLine;
use crate::model::markdown::{block, code, text};
use crate::model::tree::{Branch, BranchKind};
use crate::model::words;
use crate::model::workflow::Step;

/// Steps told one by one.
const STEPS: usize = 5;
/// Lines of a log that are told.
const LINES: usize = 20;

/// Writes the part; nothing, where no step failed.
pub(super) fn write(out: &mut String, state: &State, focus: &Focus) {
    let mut failed = failed(focus);
    if failed.is_empty() {
        return;
    }
    // What the run failed of stands first.
    failed.sort_by_key(|(at, _)| Some(*at) != focus.tree().fault);
    let title = match failed.len() {
        1 => "The step that failed",
        _ => "Steps that failed",
    };
    let _ = writeln!(out, "\n## {title}");
    for (at, branch) in failed.iter().take(STEPS) {
        one(out, state, focus, *at, branch);
    }
    if let more @ 1.. = failed.len().saturating_sub(STEPS) {
        let names: Vec<String> = (failed.iter().skip(STEPS).take(20))
            .map(|(_, branch)| code(&branch.label))
            .collect();
        let rest = match more.saturating_sub(names.len()) {
            0 => String::new(),
            some => format!(" and {some} more"),
        };
        let _ = writeln!(out, "\n{more} more failed: {}{rest}", names.join(", "));
    }
}

/// Steps that failed; attempts belong to theirs.
fn failed(focus: &Focus) -> Vec<(usize, &Branch)> {
    let branches = focus.tree().branches.iter().enumerate();
    let leaf = |branch: &Branch| match branch.kind {
        BranchKind::Retry => true,
        BranchKind::Attempt => false,
        _ => branch.children.is_empty(),
    };
    branches
        .filter(|(_, branch)| branch.state.is_bad() && leaf(branch))
        .collect()
}

fn one(out: &mut String, state: &State, focus: &Focus, at: usize, branch: &Branch) {
    let _ = writeln!(out, "\n### {}\n", text(&branch.label));
    let Some(step) = focus.step(focus.tree().telling(at)) else {
        let note = branch
            .note
            .as_deref()
            .unwrap_or("nothing more is known of it");
        let _ = writeln!(out, "- {}", text(note));
        return;
    };
    let _ = writeln!(out, "- **Ended**: {}", ended(step, branch));
    if let Some(message) = &step.message {
        let _ = writeln!(out, "- **Message**: {}", code(message));
    }
    if let Some(place) = place(step) {
        let _ = writeln!(out, "- **Ran**: {place}");
    }
    let lines = lines(state, focus, step);
    match &lines[..] {
        [] => {
            let _ = writeln!(out, "- **Log**: {}", no_lines(focus, step));
        }
        lines => {
            let _ = writeln!(out, "- **Log**, the last {} lines:\n", lines.len());
            let told: Vec<String> = lines.iter().map(told).collect();
            out.push_str(&block("text", told.iter().map(String::as_str)));
        }
    }
}

/// `Failed after 38s, exit code 1, in attempt 2 of 2`.
fn ended(step: &Step, branch: &Branch) -> String {
    let mut told = format!("{:?}", step.phase);
    if let (Some(from), Some(to)) = (step.started, step.finished) {
        told += &format!(" after {}", clock::exact(clock::seconds_between(from, to)));
    }
    let message = step.message.as_deref().unwrap_or_default();
    if let Some(exit) = step.exit_code.as_deref().or(words::exit_code(message)) {
        told += &format!(", exit code {}", text(exit));
    }
    let short = words::short_fault(step.message.as_deref(), step.phase, step.kind);
    if !short.is_empty() && !short.starts_with("exit ") {
        told += &format!(", {}", text(&short));
    }
    if branch.kind == BranchKind::Retry && branch.children.len() > 1 {
        told += &format!(", in the last of {} attempts", branch.children.len());
    }
    told
}

fn place(step: &Step) -> Option<String> {
    let span = |at: Option<Timestamp>| at.map_or("?".to_string(), utc);
    let pod = step.pod.as_ref()?;
    let host = step.host.as_ref();
    let host = host.map_or(String::new(), |host| format!(" on node {}", code(host)));
    let (from, to) = (span(step.started), span(step.finished));
    Some(format!("{from} to {to}, pod {}{host}", code(pod)))
}

/// The last lines of a step: those that were read for the run's preview, else those of its log that is open.
fn lines(state: &State, focus: &Focus, step: &Step) -> Vec<LogLine> {
    let own = |line: &LogLine| !is_executor(line) && !line.text.trim().is_empty();
    let tail = focus.tail.as_ref().filter(|tail| tail.node == step.id);
    let read = tail.and_then(|tail| tail.lines.as_ref()?.as_ref().ok());
    let mut lines: Vec<LogLine> = match read {
        Some(read) => read.iter().filter(|line| own(line)).cloned().collect(),
        None if state.log_of.as_ref() == Some(&focus.key) => {
            let of = |line: &LogLine| is_of(&line.source.step, &step.display) && own(line);
            let mut last: Vec<LogLine> = state.log.shown().rev().filter(of).take(LINES).collect();
            last.reverse();
            last
        }
        None => Vec::new(),
    };
    lines.drain(..lines.len().saturating_sub(LINES));
    lines
}

fn told(line: &LogLine) -> String {
    match line.at {
        Some(at) => format!("{} {}", at.strftime("%H:%M:%SZ"), line.text),
        None => line.text.to_string(),
    }
}

/// Why no line is told.
fn no_lines(focus: &Focus, step: &Step) -> String {
    let tail = focus.tail.as_ref().filter(|tail| tail.node == step.id);
    match tail.and_then(|tail| tail.lines.as_ref()) {
        Some(Err(why)) => format!("it cannot be read: {}", text(&why.to_string())),
        Some(Ok(_)) => "it wrote nothing".to_string(),
        None if step.pod.is_none() => "it has no pod of its own".to_string(),
        None if tail.is_some() => "it is being read".to_string(),
        None => "not read for this report".to_string(),
    }
}
