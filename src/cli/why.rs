//! `tiphys why RUN`: why a run is where it is, with what that is known from, in the console's sentences.
//! Apart from `get`, which has one line for it: here its pods, its events, its log and the other runs are read too.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use futures::{Stream, StreamExt as _};
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::app::focus::{Focus, TAIL_LINES};
use crate::app::state::{Options, State};
use crate::app::why;
use crate::cli::Common;
use crate::cli::ask::{self, Depth};
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::matching;
use crate::cli::naming;
use crate::cli::output::{json, print, yaml};
use crate::cluster::Cluster;
use crate::model::delta::{FeedEvent, Freshness};
use crate::model::finding::{Finding, Target};
use crate::model::key::Key;
use crate::model::log::Reach;
use crate::model::peers;
use crate::model::phase::Phase;
use crate::model::text::clean;
use crate::runtime::past;

/// Longest wait for what is read of the run.
const PATIENCE: Duration = Duration::from_secs(30);
/// Earlier runs whose length is read, to tell whether this one is slow.
const EARLIER: usize = 5;
/// Earlier runs of each template that are told from what was kept.
const REMEMBERED: usize = 30;

const HELP: &str = "\
The first sentence is the answer; what stands below it is what it is known
from, and what could not be read. More sentences tell what else is the matter.

JSON and YAML: {namespace, name, uid, findings: [{state, sentence,
evidence: [{what, text, target}]}]}; target is null or one of {step: node id},
{log: step}, {yaml: words}, {events: words}, {run: {namespace, name, uid}}.

Exit status:
  0  it was told, whatever the run's state
  1  there is no such run, or it could not be read; standard error says why
  2  the command line is wrong";

/// Say why a run failed, waits, is slow or stands still, and what that is known from
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Why {
    /// NAME, or NAMESPACE/NAME where several have it
    run: String,
    /// First of all why this step is where it is; one that has not begun, too
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Form,
}

/// What an answer is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// Lines for people
    #[default]
    Text,
    /// JSON
    Json,
    /// YAML
    Yaml,
}

#[derive(Serialize)]
struct Answer<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
    findings: Vec<Sentence<'a>>,
}

#[derive(Serialize)]
struct Sentence<'a> {
    state: &'static str,
    sentence: &'a str,
    evidence: Vec<Piece<'a>>,
}

#[derive(Serialize)]
struct Piece<'a> {
    what: &'a str,
    text: &'a str,
    target: Option<&'a Target>,
}

impl Why {
    /// Does it.
    pub fn run(&self, common: &Common) -> ExitCode {
        ask::run(common, (FAILED, 0), async {
            let cluster = common.connect().await?;
            let key = naming::find(&cluster, common, &self.run).await?;
            let state = look(&cluster, common, &key).await?;
            let step = self.step.as_deref().map(|step| branch(&state, &key, step));
            let step = step.transpose()?;
            let found = why::findings(&state, &key, step.as_deref(), Timestamp::now());
            let found = found.ok_or_else(|| ask::gone(&key))?;
            print(&match self.output {
                Form::Text => lines(&found),
                Form::Json => json(&answer(&key, &found))?,
                Form::Yaml => yaml(&answer(&key, &found))?,
            })?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// The branch of a step by its name.
fn branch(state: &State, key: &Key, step: &str) -> Result<Arc<str>, Failure> {
    let focus = state.focus_on(key);
    let tree = focus.iter().flat_map(|focus| &focus.tree().branches);
    let mut named = tree.filter(|branch| *branch.label == *step);
    let found = named.next().map(|branch| branch.id.clone());
    found.ok_or_else(|| {
        let text = format!("no step of {key} is called {step}");
        Failure::new(text, "`tiphys get steps` lists them.")
    })
}

/// No control character gets through.
fn lines(found: &[Finding]) -> String {
    let text = why::text(found);
    text.lines()
        .map(|line| format!("{}\n", clean(line)))
        .collect()
}

fn answer<'a>(key: &'a Key, found: &'a [Finding]) -> Answer<'a> {
    let sentence = |one: &'a Finding| Sentence {
        state: one.state.word(),
        sentence: &one.sentence,
        evidence: one.evidence.iter().map(piece).collect(),
    };
    Answer {
        namespace: &key.namespace,
        name: &key.name,
        uid: key.uid.as_str(),
        findings: found.iter().map(sentence).collect(),
    }
}

fn piece(evidence: &crate::model::finding::Evidence) -> Piece<'_> {
    Piece {
        what: &evidence.what,
        text: &evidence.text,
        target: evidence.target.as_ref(),
    }
}

/// What the console would know of the run, standing on it.
pub(super) async fn look(cluster: &Cluster, common: &Common, key: &Key) -> Result<State, Failure> {
    let (fleet, _) = ask::fleet(cluster, &common.scope(), Depth::Objects).await?;
    let mut state = State::new(Options {
        scope: common.scope(),
        ..Options::default()
    });
    state.fleet = fleet;
    let mut focus = Focus::new(key.clone());
    let now = Timestamp::now();
    settled(cluster.watch_run(key), |event| {
        focus.take_workflow(event, now)
    })
    .await;
    if focus.gone {
        return Err(ask::gone(key));
    }
    if let (None, Freshness::Denied { why } | Freshness::Stale { why, .. }) =
        (&focus.workflow, &focus.freshness)
    {
        return Err(Failure::of(cluster, why));
    }
    settled(cluster.pods(key), |event| focus.take_pods(event)).await;
    settled(cluster.events(key), |event| focus.take_events(event)).await;
    read_tail(cluster, &mut focus, now).await;
    state.focus = Some(focus);
    recall(cluster, &mut state);
    earlier(cluster, &mut state, key).await;
    Ok(state)
}

/// Takes the words of a feed until it has told all there is, or cannot.
async fn settled<T>(
    mut events: impl Stream<Item = FeedEvent<Key, T>> + Unpin,
    mut take: impl FnMut(FeedEvent<Key, T>),
) {
    let deadline = Instant::now() + PATIENCE;
    while let Ok(Some(event)) = timeout_at(deadline, events.next()).await {
        let over = matches!(
            event,
            FeedEvent::Freshness(
                Freshness::Live | Freshness::Denied { .. } | Freshness::Stale { .. }
            )
        );
        take(event);
        if over {
            return;
        }
    }
}

/// The last lines of the step that tells what is the matter.
async fn read_tail(cluster: &Cluster, focus: &mut Focus, now: Timestamp) {
    let Some((step, pod)) = focus.telling_step() else {
        return;
    };
    let container = step.telling_container();
    let reach = Reach {
        tail: Some(TAIL_LINES),
        since: None,
    };
    let lines = cluster
        .tail(&focus.key, &pod, &container, &step.display, reach)
        .await;
    focus.tail = Some(crate::app::focus::Tail {
        node: step.id.clone(),
        ended: step.phase.is_done(),
        asked: now,
        pod,
        container,
        lines: Some(lines),
    });
}

/// How long the last runs of the same origin took that succeeded: what this one, if it runs, is measured against.
async fn earlier(cluster: &Cluster, state: &mut State, key: &Key) {
    let row = state.fleet.get(&key.uid).map(|run| run.row.clone());
    let Some(row) = row.filter(|row| row.phase == Phase::Running) else {
        return;
    };
    let mut same: Vec<_> = state
        .fleet
        .iter()
        .map(|run| &run.row)
        .filter(|other| other.phase == Phase::Succeeded && peers::same_origin(&row, other))
        .collect();
    same.sort_by_key(|other| std::cmp::Reverse(other.created));
    let keys: Vec<Key> = same
        .into_iter()
        .take(EARLIER)
        .map(|other| other.key.clone())
        .collect();
    matching::read(cluster, &mut state.fleet, keys).await;
}

/// How earlier runs ended, as far as a console saw it. What cannot be read is said and left out.
fn recall(cluster: &Cluster, state: &mut State) {
    let Some(path) = past::usual_path().filter(|path| path.exists()) else {
        return;
    };
    let recalled = past::open(&path).and_then(|store| {
        let runs = store.recall(cluster.context(), REMEMBERED);
        runs.map_err(|why| format!("{}: {why}", path.display()))
    });
    match recalled {
        Ok(runs) => state.fleet.recall(&runs),
        Err(why) => fail::warn(&format!("earlier runs are not told: {why}")),
    }
}
