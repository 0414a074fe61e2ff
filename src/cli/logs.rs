//! `tiphys logs RUN`: the lines of every container of a run in order of time, once or as they come.
//! Apart from the console's log, which keeps a window of it; here every line is written exactly once.

mod gone;

use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::app::log::{self, Filter};
use crate::cli::Common;
use crate::cli::ask;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::merge::Merge;
use crate::cli::naming;
use crate::cli::output::print;
use crate::cluster::Cluster;
use crate::model::clock;
use crate::model::delta::{Delta, FeedEvent, Freshness};
use crate::model::key::Key;
use crate::model::level::Level;
use crate::model::log::{LogEvent, LogLine, LogSource, Reach};
use crate::model::pod::{Pod, is_executor};
use crate::model::trouble::Trouble;

/// Containers read at the same time.
const AT_ONCE: usize = 8;
/// Longest wait for the list of pods.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most names offered where none fits.
const OFFERED: usize = 20;
/// What was written before is collected until nothing came for so long, and at most for so long.
const HISTORY: (Duration, Duration) = (Duration::from_millis(400), Duration::from_secs(5));

const HELP: &str = "\
Without -f the log is read as it is now, and ends. With -f lines are written
as they come until the run is over and every container was read. Lines stand
in order of time; where several steps write, each begins with [step]. What
Argo's own executor writes (its containers, and its lines between the others')
is left out unless --container names a container. Of pods that are gone the
archived logs are read, which have no times: their lines stand where their
step began; standard error says which.

Exit status:
  0  the whole log was written, or standard output was closed
  1  some of it could not be read, its pods are gone, or there is no such run;
     standard error says why
  2  the command line is wrong";

/// Print the log of a run: every container of every step, in order of time
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Logs {
    /// NAME, or NAMESPACE/NAME where several have it
    run: String,
    /// Go on until the run is over
    #[arg(short, long)]
    follow: bool,
    /// Only this step; of a fan-out or a retried step all its items and attempts
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    /// Only this container of each pod
    #[arg(short, long, value_name = "NAME")]
    container: Option<String>,
    /// Only the last lines of what was written so far
    #[arg(long, value_name = "LINES")]
    tail: Option<u32>,
    /// Not further back than this: 10m, 2h
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    since: Option<i64>,
    /// Only lines that match: a regular expression, or as `&` filters in the console: '.level >= warn'
    #[arg(long, value_name = "FILTER", value_parser = filter)]
    grep: Option<Filter>,
    /// Each line with its time
    #[arg(long)]
    timestamps: bool,
    /// What kubectl and argo call the log before a restart
    #[arg(short, long, hide = true)]
    previous: bool,
}

fn filter(text: &str) -> Result<Filter, String> {
    Filter::parse(text)
}

/// A length of time of at least a second.
fn seconds(text: &str) -> Result<i64, String> {
    let seconds = clock::parse_seconds(text).filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| "a length of time: 90s, 10m, 2h".to_string())
}

/// Lines read beyond a tail: Argo's executor writes some of its own into every log, and they are left out here.
const HIDDEN: u32 = 200;

impl Logs {
    /// Does it.
    pub fn run(&self, common: &Common) -> ExitCode {
        ask::run(common, (FAILED, 0), async {
            if self.previous {
                return Err(Failure::Usage(
                    "containers of steps do not restart: a retried step has a pod for each attempt, and all of them are read; \
                     --step 'NAME(0)' is the first one"
                        .to_string(),
                ));
            }
            let cluster = common.connect().await?;
            let key = naming::find(&cluster, common, &self.run).await?;
            if self.follow {
                self.follow(&cluster, &key).await
            } else {
                self.once(&cluster, &key).await
            }
        })
    }

    /// The moment from which on lines are asked for.
    fn since(&self) -> Option<Timestamp> {
        let span = SignedDuration::from_secs(self.since?);
        Timestamp::now().checked_sub(span).ok()
    }

    /// Whether this line is asked for.
    fn wants_line(&self, line: &LogLine) -> bool {
        let own = self.container.is_some() || !log::is_executor(line);
        let matches = |filter: &Filter| filter.passes(&line.text, Level::of(&line.text));
        self.wants(&line.source) && own && self.grep.as_ref().is_none_or(matches)
    }

    /// Whether this container is asked for.
    fn wants(&self, source: &LogSource) -> bool {
        let container = match &self.container {
            Some(name) => **name == *source.container,
            None => !is_executor(&source.container),
        };
        container
            && self
                .step
                .as_deref()
                .is_none_or(|step| log::is_of(&source.step, step))
    }

    async fn once(&self, cluster: &Cluster, key: &Key) -> Result<ExitCode, Failure> {
        let pods = pods(cluster, key).await?;
        let sources: Vec<Arc<LogSource>> = Cluster::log_sources(key, &pods)
            .into_iter()
            .filter(|source| self.wants(source))
            .collect();
        let archived = self.archived(cluster, key, &pods).await;
        if sources.is_empty() && archived.is_empty() {
            return Err(self.nothing(cluster, key, &pods).await);
        }
        let reach = Reach {
            tail: self.tail.map(|tail| tail.saturating_add(HIDDEN)),
            since: self.since(),
        };
        let mut answers = futures::stream::iter(sources.iter().cloned())
            .map(|source| async move {
                let LogSource {
                    pod,
                    container,
                    step,
                } = &*source;
                let answer = cluster.tail(key, pod, container, step, reach).await;
                (source, answer)
            })
            .buffered(AT_ONCE);
        let mut merge = Merge::default();
        let mut whole = true;
        let now = Instant::now();
        while let Some((source, answer)) = answers.next().await {
            match answer {
                Ok(lines) => {
                    let wanted = lines.into_iter().filter(|line| self.wants_line(line));
                    wanted.for_each(|line| merge.push(line, now));
                }
                Err(why) => {
                    whole = false;
                    warn(&source, &why);
                }
            }
        }
        let mut read = HashSet::new();
        for log in &archived {
            match cluster.archived_log(key, log, reach).await {
                Ok(mut lines) => {
                    read.insert(log.source.step.clone());
                    // What it is belongs to whoever reads it, not into what is read.
                    let head = lines.remove(0);
                    fail::warn(&format!("{}: {}", log.source.step, head.text));
                    merge.begin(&log.source, head.at);
                    lines.into_iter().for_each(|line| merge.push(line, now));
                }
                Err(snag) => {
                    whole = false;
                    let (what, next) = (&snag.what, &snag.next);
                    fail::warn(&format!(
                        "{}: its archived log cannot be read: {what}; {next}",
                        log.source.step
                    ));
                }
            }
        }
        let prefix = sources.len() + archived.len() > 1;
        self.write(last(merge.drain(), self.tail), prefix)?;
        for step in self.without_pods(cluster, key, &pods, &read).await {
            whole = false;
            fail::warn(&step);
        }
        Ok(if whole {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILED)
        })
    }

    async fn follow(&self, cluster: &Cluster, key: &Key) -> Result<ExitCode, Failure> {
        let reach = Reach {
            since: self.since(),
            tail: None,
        };
        let mut events = cluster.follow(std::slice::from_ref(key), reach);
        let mut merge = Merge::default();
        let mut failed: HashSet<Arc<LogSource>> = HashSet::new();
        let mut dropped = false;
        let start = Instant::now();
        let mut history = Some(start + HISTORY.0);
        loop {
            let due = history
                .or(merge.due())
                .unwrap_or_else(|| Instant::now() + PATIENCE);
            let event = tokio::select! {
                biased;
                event = events.next() => event,
                () = sleep_until(due) => {
                    let lines = match history.take() {
                        Some(_) => last(merge.drain(), self.tail),
                        None => merge.ripe(Instant::now()),
                    };
                    self.write(lines, true)?;
                    continue;
                }
            };
            let now = Instant::now();
            match event {
                None | Some(LogEvent::Complete) => break,
                Some(LogEvent::Lines(lines)) => {
                    let wanted = lines.into_iter().filter(|line| self.wants_line(line));
                    for line in wanted {
                        failed.remove(&line.source);
                        merge.push(line, now);
                    }
                    history = history.map(|_| (now + HISTORY.0).min(start + HISTORY.1));
                }
                Some(LogEvent::Failed(source, why)) if self.wants(&source) => {
                    warn(&source, &why);
                    failed.insert(source);
                }
                Some(LogEvent::Ended(source)) => {
                    failed.remove(&source);
                }
                Some(LogEvent::Dropped(source, lines)) => {
                    dropped = true;
                    fail::warn(&format!("{}: {lines} lines were lost", source.step));
                }
                Some(LogEvent::Refused(why)) if fail::is_final(&why) => {
                    self.write(last(merge.drain(), history.and(self.tail)), true)?;
                    return Err(Failure::of(cluster, &why));
                }
                Some(LogEvent::Refused(why)) => fail::warn(&format!("the pods of {key}: {why}")),
                Some(LogEvent::Failed(..) | LogEvent::Opened(_) | LogEvent::Begins) => {}
            }
            if history.is_none() && merge.due().is_some_and(|due| due <= now) {
                let lines = merge.ripe(now);
                self.write(lines, true)?;
            }
        }
        self.write(last(merge.drain(), history.and(self.tail)), true)?;
        Ok(if failed.is_empty() && !dropped {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILED)
        })
    }

    fn write(&self, lines: Vec<LogLine>, prefix: bool) -> Result<(), Failure> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        for line in &lines {
            self.line(&mut text, line, prefix);
        }
        print(&text)
    }

    fn line(&self, text: &mut String, line: &LogLine, prefix: bool) {
        let alone = self.step.as_deref() == Some(&*line.source.step);
        let before = log::Before {
            time: self.timestamps,
            step: prefix && !alone,
        };
        before.write(text, line);
        text.push_str(&line.text);
        text.push('\n');
    }
}

fn warn(source: &LogSource, why: &Trouble) {
    fail::warn(&format!("{}/{}: {why}", source.step, source.container));
}

/// All pods of a run that exist now.
pub(super) async fn pods(cluster: &Cluster, key: &Key) -> Result<Vec<Pod>, Failure> {
    let mut events = cluster.pods(key);
    let mut pods = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    loop {
        match timeout_at(deadline, events.next()).await {
            Ok(Some(FeedEvent::Deltas(deltas))) => {
                for delta in deltas {
                    match delta {
                        Delta::Put(pod) => {
                            pods.retain(|known: &Pod| known.key != pod.key);
                            pods.push(pod);
                        }
                        Delta::Gone(key) => pods.retain(|known| known.key != key),
                        Delta::Reset(all) => pods = all,
                    }
                }
            }
            Ok(Some(FeedEvent::Freshness(Freshness::Live))) => return Ok(pods),
            Ok(Some(FeedEvent::Freshness(
                Freshness::Denied { why } | Freshness::Stale { why, .. },
            ))) => return Err(Failure::of(cluster, &why)),
            Ok(Some(FeedEvent::Freshness(_))) => {}
            Ok(None) | Err(_) => {
                let why = Trouble::Timeout {
                    what: format!("the pods of {key}"),
                    seconds: PATIENCE.as_secs(),
                };
                return Err(Failure::of(cluster, &why));
            }
        }
    }
}

fn last(mut lines: Vec<LogLine>, tail: Option<u32>) -> Vec<LogLine> {
    let Some(tail) = tail.and_then(|tail| usize::try_from(tail).ok()) else {
        return lines;
    };
    lines.split_off(lines.len().saturating_sub(tail))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        logs: Logs,
    }

    fn logs(line: &str) -> Logs {
        Cli::try_parse_from(line.split(' ')).unwrap().logs
    }

    #[test]
    fn since_takes_a_length_of_time() {
        assert_eq!(logs("x run --since 10m").since, Some(600));
        for wrong in ["x run --since 0s", "x run --since yesterday"] {
            assert!(Cli::try_parse_from(wrong.split(' ')).is_err(), "{wrong}");
        }
    }

    fn source(step: &str, container: &str) -> Arc<LogSource> {
        Arc::new(LogSource {
            step: step.into(),
            pod: format!("pod-{step}").into(),
            container: container.into(),
        })
    }

    fn line(source: &Arc<LogSource>, second: Option<i64>, text: &str) -> LogLine {
        LogLine {
            at: second.map(|second| Timestamp::from_second(second).unwrap()),
            source: source.clone(),
            text: text.into(),
            tints: None,
        }
    }

    fn texts(lines: &[LogLine]) -> Vec<&str> {
        lines.iter().map(|line| &*line.text).collect()
    }

    #[test]
    fn argos_own_containers_are_left_out_unless_named() {
        let all = logs("x run");
        assert!(all.wants(&source("a", "main")) && all.wants(&source("a", "sidecar")));
        assert!(!all.wants(&source("a", "wait")) && !all.wants(&source("a", "init")));
        let waits = logs("x run -c wait");
        assert!(waits.wants(&source("a", "wait")) && !waits.wants(&source("a", "main")));
        let shard = logs("x run --step shard");
        assert!(shard.wants(&source("shard", "main")));
        assert!(shard.wants(&source("shard(3:x)", "main")));
        assert!(!shard.wants(&source("sharding", "main")));
    }

    #[test]
    fn only_lines_that_match_are_written() {
        let a = source("a", "main");
        let lines = ["INFO begun", "ERROR refund: 19.90", "level=warn msg=slow"];
        let lines = lines.map(|text| line(&a, None, text));
        let wanted = |filter: &str| -> Vec<usize> {
            let logs = Cli::try_parse_from(["x", "run", "--grep", filter])
                .unwrap()
                .logs;
            (0..3).filter(|at| logs.wants_line(&lines[*at])).collect()
        };
        assert_eq!(wanted(r"refund: \d+"), [1]);
        assert_eq!(wanted("!begun"), [1, 2]);
        assert_eq!(wanted(".level >= warn"), [1, 2]);
        assert!(Cli::try_parse_from(["x", "run", "--grep", "a("]).is_err());
    }

    #[test]
    fn a_line_names_its_step_where_several_write() {
        let show = |args: &str, line: &LogLine, prefix| {
            let mut text = String::new();
            logs(args).line(&mut text, line, prefix);
            text
        };
        let main = line(&source("check", "main"), Some(1), "hello");
        let side = line(&source("check", "db"), None, "ready");
        assert_eq!(show("x run", &main, true), "[check] hello\n");
        assert_eq!(show("x run", &main, false), "hello\n");
        assert_eq!(show("x run", &side, true), "[check/db] ready\n");
        assert_eq!(show("x run --step check", &main, true), "hello\n");
        assert_eq!(
            show("x run --timestamps", &main, false),
            "1970-01-01T00:00:01.000Z hello\n"
        );
    }

    #[test]
    fn the_tail_is_the_end() {
        let a = source("a", "main");
        let lines: Vec<LogLine> = (0..5).map(|n| line(&a, Some(n), &n.to_string())).collect();
        assert_eq!(texts(&last(lines.clone(), Some(2))), ["3", "4"]);
        assert_eq!(last(lines.clone(), None).len(), 5);
        assert_eq!(last(lines, Some(9)).len(), 5);
    }
}
