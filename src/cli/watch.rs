//! `tiphys watch RUN`: a line for each change of the run and its steps, until it ends; the exit status is the outcome.
//! Apart from the log, because a script that waits for a run wants to know what happened, not what was printed.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures::StreamExt as _;
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use crate::cli::Common;
use crate::cli::ask;
use crate::cli::fail::{self, Failure};
use crate::cli::lines;
use crate::cli::matching;
use crate::cli::naming;
use crate::cli::output::print;
use crate::cluster::Cluster;
use crate::model::clock;
use crate::model::delta::{Delta, FeedEvent, Freshness};
use crate::model::facts::Facts;
use crate::model::key::Key;
use crate::model::phase::{Phase, State};
use crate::model::reason;
use crate::model::tree::{Branch, BranchKind, Tree};
use crate::model::trouble::Trouble;
use crate::model::why;
use crate::model::workflow::Workflow;

/// What became of a run, as an exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeded = 0,
    Failed = 1,
    Stopped = 3,
    Gone = 4,
    TimedOut = 5,
    Error = 6,
}

/// Exit status where the run could not be watched.
pub(super) const UNWATCHED: u8 = 7;
/// Exit status where standard output was closed before the run ended: 128 + SIGPIPE, because nothing is known of the outcome.
pub(super) const CLOSED: u8 = 141;
/// What only time changes (stuck, lost) is looked at so often.
const LOOK: Duration = Duration::from_secs(5);

const HELP: &str = "\
A line is TIME STATE STEP WHY, the run itself as NAMESPACE/NAME. What went
well before the watch began is left out.

Exit status, the outcome of the run:
  0    succeeded
  1    failed: a step failed
  2    the command line is wrong
  3    was stopped or terminated
  4    was deleted before it ended
  5    did not end within --timeout
  6    ended in Error: the platform failed, not a test
  7    could not be watched: no connection, no right, no such run; standard
       error says why
  141  standard output was closed before it ended

With --fleet it begins with how many runs there are and goes on until it is
ended; after --timeout the exit status is 0. A line is TIME NAMESPACE/NAME and
what became of it:
  payments/nightly failed after 3m08s: exit 1, criterion-5

Examples:
  tiphys watch payments/nightly --timeout 30m && echo passed
  tiphys watch --fleet --no-time 'ns:payments !kind:cron'";

/// Print what changes: of one run until it ends, or of all of them, a line for each change
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Watch {
    /// The run: NAME, or NAMESPACE/NAME where several have it; with --fleet words of the filter
    #[arg(value_name = "RUN|FILTER", required_unless_present = "fleet")]
    words: Vec<String>,
    /// Every run that passes the filter: a sentence a line for each that begins, waits, fails, ends
    #[arg(long)]
    fleet: bool,
    /// No time before each sentence: a screen reader would say it each time
    #[arg(long, requires = "fleet")]
    no_time: bool,
    /// Give up after so long: 90s, 10m, 1h30m
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
}

/// Reads `90s`, `10m`, `1h30m`.
///
/// # Errors
/// What to write instead.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    crate::model::clock::parse_seconds(text)
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map(Duration::from_secs)
        .ok_or_else(|| "write a time like 90s, 10m, 1h30m".to_string())
}

impl Watch {
    /// Does it.
    pub fn run(&self, common: &Common) -> ExitCode {
        ask::run(common, (UNWATCHED, CLOSED), async {
            if self.fleet {
                let query = matching::parsed(&self.words.join(" "))?;
                return lines::follow(common, query, !self.no_time, self.timeout).await;
            }
            let [run] = &self.words[..] else {
                let what = "one run is watched, or all of them with --fleet".to_string();
                return Err(Failure::Usage(what));
            };
            let start = Instant::now();
            let cluster = common.connect().await?;
            let key = naming::find(&cluster, common, run).await?;
            let end = self.timeout.map(|limit| start + limit);
            let outcome = follow(&cluster, &key, end).await?;
            if outcome == Outcome::TimedOut {
                fail::warn(&format!("{key} did not end within the time given"));
            }
            Ok(ExitCode::from(outcome as u8))
        })
    }
}

async fn follow(cluster: &Cluster, key: &Key, end: Option<Instant>) -> Result<Outcome, Failure> {
    let mut events = cluster.watch_run(key);
    let mut story = Story::default();
    let mut newest: Option<Arc<Workflow>> = None;
    loop {
        let look = Instant::now() + LOOK;
        let event = tokio::select! {
            event = events.next() => event,
            () = sleep_until(end.map_or(look, |end| end.min(look))) => {
                if end.is_some_and(|end| end <= Instant::now()) {
                    return Ok(Outcome::TimedOut);
                }
                if let Some(workflow) = &newest {
                    print(&story.tell(workflow, Timestamp::now()))?;
                }
                continue;
            }
        };
        let deltas = match event {
            Some(FeedEvent::Deltas(deltas)) => deltas,
            Some(FeedEvent::Freshness(freshness)) => {
                heard(cluster, freshness)?;
                continue;
            }
            None => return Ok(Outcome::Gone),
        };
        for delta in deltas {
            let workflow = match delta {
                Delta::Put(workflow) => Some(workflow),
                Delta::Reset(all) => all.into_iter().next(),
                Delta::Gone(_) => None,
            };
            let now = Timestamp::now();
            let Some(workflow) = workflow else {
                print(&line(now, "Gone", &key.to_string(), "deleted"))?;
                return Ok(Outcome::Gone);
            };
            print(&story.tell(&workflow, now))?;
            if let Some(outcome) = outcome(&workflow.facts) {
                return Ok(outcome);
            }
            newest = Some(workflow);
        }
    }
}

/// A watch that breaks is opened again by itself; one that is refused never tells the outcome.
fn heard(cluster: &Cluster, freshness: Freshness) -> Result<(), Failure> {
    match freshness {
        Freshness::Stale {
            why: why @ Trouble::Unauthorized { .. },
            ..
        }
        | Freshness::Denied { why } => Err(Failure::of(cluster, &why)),
        Freshness::Stale { why, .. } => {
            fail::warn(&format!("{why}; trying again"));
            Ok(())
        }
        Freshness::Connecting | Freshness::Listing { .. } | Freshness::Live => Ok(()),
    }
}

/// The outcome, once there is one. A run that was told to stop and still went well has succeeded.
pub(super) fn outcome(facts: &Facts) -> Option<Outcome> {
    let stopped = facts.shutdown.is_some();
    match facts.row.phase {
        Phase::Succeeded => Some(Outcome::Succeeded),
        Phase::Failed | Phase::Error if stopped => Some(Outcome::Stopped),
        Phase::Failed => Some(Outcome::Failed),
        Phase::Error => Some(Outcome::Error),
        Phase::New | Phase::Pending | Phase::Running | Phase::Unknown => None,
    }
}

/// What was told already.
#[derive(Default)]
struct Story {
    run: Option<State>,
    steps: HashMap<Arc<str>, State>,
}

impl Story {
    /// The lines for what is new: steps first, then the run.
    fn tell(&mut self, workflow: &Workflow, now: Timestamp) -> String {
        let first = self.run.is_none();
        let tree = Tree::of(workflow, now);
        let names = names(&tree, &workflow.facts.row.key.name);
        let mut news: Vec<(Timestamp, String)> = Vec::new();
        for (branch, name) in tree.branches.iter().zip(&names) {
            let works = branch.children.is_empty() || branch.kind == BranchKind::Retry;
            if !works || branch.step.is_none() {
                continue;
            }
            let before = self.steps.insert(branch.id.clone(), branch.state);
            let quiet = first && matches!(branch.state, State::Succeeded | State::Skipped);
            if before == Some(branch.state) || quiet {
                continue;
            }
            let at = moment(branch).unwrap_or(now);
            let why = branch.note.as_deref().unwrap_or_default();
            news.push((at, line(at, branch.state.word(), name, why)));
        }
        news.sort_by_key(|(at, _)| *at);
        let mut text: String = news.into_iter().map(|(_, line)| line).collect();
        let facts = &workflow.facts;
        let state = why::state(&facts.row, Some(facts), now);
        if self.run != Some(state) {
            self.run = Some(state);
            let at = facts.finished.unwrap_or(now);
            let name = facts.row.key.to_string();
            text.push_str(&line(at, state.word(), &name, &summary(facts, now)));
        }
        text
    }
}

/// When the branch came into its state, as far as its object says.
fn moment(branch: &Branch) -> Option<Timestamp> {
    match branch.state {
        State::Running => branch.started,
        state if state.is_open() => None,
        _ => branch.finished.or(branch.started),
    }
}

/// Names of the branches with the groups they are in, without the run's own.
fn names(tree: &Tree, run: &str) -> Vec<String> {
    let mut names = vec![String::new(); tree.branches.len()];
    let mut open: Vec<(usize, String)> = tree.roots.iter().map(|&at| (at, String::new())).collect();
    while let Some((at, above)) = open.pop() {
        let branch = &tree.branches[at];
        let inside = match (&*branch.label, above.is_empty()) {
            (label, true) if label == run && !branch.children.is_empty() => String::new(),
            (label, true) => label.to_string(),
            (label, false) => format!("{above}/{label}"),
        };
        open.extend(branch.children.iter().map(|&child| (child, inside.clone())));
        names[at] = inside;
    }
    names
}

/// Progress, how long it took, and why.
pub(super) fn summary(facts: &Facts, now: Timestamp) -> String {
    let mut parts = Vec::new();
    if let Some(progress) = facts.steps() {
        parts.push(format!("{progress} steps"));
    }
    if let (Some(start), Some(end)) = (facts.started, facts.finished) {
        let took = clock::exact(clock::seconds_between(start, end));
        parts.push(format!("after {took}"));
    }
    if let Some(why) = reason::reason(&facts.row, Some(facts), now, None) {
        parts.push(why.plain());
    }
    parts.join(" · ")
}

/// One line of a watch.
pub(super) fn line(at: Timestamp, state: &str, name: &str, why: &str) -> String {
    let text = format!("{at:.0}  {state:<11}  {name}  {why}");
    format!("{}\n", crate::model::text::clean(text.trim_end()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    /// A run `team/w` whose one DAG has these leaves: name, phase, message.
    fn workflow(phase: &str, leaves: &[(&str, &str, &str)], spec: Value) -> Workflow {
        let mut nodes = json!({"w": {"id": "w", "name": "w", "displayName": "w", "type": "DAG",
            "phase": phase, "startedAt": "2026-11-22T20:00:00Z",
            "children": leaves.iter().map(|(name, ..)| format!("w-{name}")).collect::<Vec<_>>()}});
        for (name, phase, message) in leaves {
            nodes[format!("w-{name}")] = json!({"id": format!("w-{name}"), "name": format!("w.{name}"),
                "displayName": name, "type": "Pod", "phase": phase, "boundaryID": "w", "message": message,
                "startedAt": "2026-11-22T20:00:05Z",
                "finishedAt": if phase == &"Running" { Value::Null } else { "2026-11-22T20:00:35Z".into() }});
        }
        let object = json!({
            "metadata": {"name": "w", "namespace": "team", "uid": "u", "creationTimestamp": "2026-11-22T20:00:00Z",
                "labels": {"workflows.argoproj.io/phase": phase}},
            "spec": spec,
            "status": {"phase": phase, "startedAt": "2026-11-22T20:00:00Z", "progress": "1/2", "nodes": nodes,
                "finishedAt": if phase == "Running" { Value::Null } else { "2026-11-22T20:01:00Z".into() }},
        });
        crate::wire::workflow(object.to_string().as_bytes()).unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-22T20:00:40Z".parse().unwrap()
    }

    #[test]
    fn only_changes_are_told_steps_before_the_run() {
        let mut story = Story::default();
        let running = workflow(
            "Running",
            &[("build", "Succeeded", ""), ("check", "Running", "")],
            json!({}),
        );
        let told = story.tell(&running, now());
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[0], "2026-11-22T20:00:05Z  Running      check");
        assert!(lines[1].starts_with("2026-11-22T20:00:40Z  Running      team/w  1/2 steps"));
        assert_eq!(lines.len(), 2, "{told}");
        assert_eq!(story.tell(&running, now()), "");
        let failed = workflow(
            "Failed",
            &[
                ("build", "Succeeded", ""),
                ("check", "Failed", "Error (exit code 3)"),
            ],
            json!({}),
        );
        let told = story.tell(&failed, now());
        let lines: Vec<&str> = told.lines().collect();
        assert!(
            lines[0].starts_with("2026-11-22T20:00:35Z  Failed       check  "),
            "{told}"
        );
        assert!(
            lines[1]
                .starts_with("2026-11-22T20:01:00Z  Failed       team/w  1/2 steps · after 1m00s"),
            "{told}"
        );
        assert_eq!(lines.len(), 2, "{told}");
    }

    #[test]
    fn the_outcome_is_the_phase_and_a_stop_is_no_failure() {
        let of = |phase, spec| outcome(&workflow(phase, &[("a", "Succeeded", "")], spec).facts);
        assert_eq!(of("Running", json!({})), None);
        assert_eq!(of("Pending", json!({})), None);
        assert_eq!(of("Succeeded", json!({})), Some(Outcome::Succeeded));
        assert_eq!(of("Failed", json!({})), Some(Outcome::Failed));
        assert_eq!(of("Error", json!({})), Some(Outcome::Error));
        assert_eq!(
            of("Failed", json!({"shutdown": "Stop"})),
            Some(Outcome::Stopped)
        );
        assert_eq!(of("Running", json!({"shutdown": "Terminate"})), None);
        assert_eq!(
            of("Succeeded", json!({"shutdown": "Stop"})),
            Some(Outcome::Succeeded)
        );
    }

    #[test]
    fn exit_statuses_are_as_the_help_says() {
        for (outcome, word) in [
            (Outcome::Succeeded, "succeeded"),
            (Outcome::Failed, "failed:"),
            (Outcome::Stopped, "was stopped"),
            (Outcome::Gone, "was deleted"),
            (Outcome::TimedOut, "did not end"),
            (Outcome::Error, "ended in Error"),
        ] {
            let told = HELP.lines().any(|line| {
                line.split_whitespace().next() == Some(&(outcome as u8).to_string())
                    && line.contains(word)
            });
            assert!(told, "{outcome:?}");
        }
        assert!(time("1h30m").is_ok() && time("soon").is_err());
    }
}
