//! What the verbs have in common: a connection, the fleet until it is complete, a whole object.
//! Apart from the console, which never ends by itself; a verb wants an answer or an error, once.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use tokio::time::{Instant, timeout_at};

use crate::app::fleet::{Fleet, Source};
use crate::cli::Common;
use crate::cli::fail::{self, Failure};
use crate::cluster::{Cluster, FleetEvent};
use crate::model::delta::{Delta, FeedEvent, Freshness, Scope, SourceId};
use crate::model::facts::NodesSource;
use crate::model::key::Key;
use crate::model::trouble::Trouble;
use crate::model::workflow::Workflow;

/// Longest wait for the next word of a list.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the job of a verb; `failed` and `closed` are the exit statuses of its failures.
pub(super) fn run<F>(common: &Common, (failed, closed): (u8, u8), job: F) -> ExitCode
where
    F: Future<Output = Result<ExitCode, Failure>>,
{
    // A script's standard error is read by a person: without being asked for, no log file is made or missed.
    if common.log.is_some()
        && let Err(why) = common.start_log()
    {
        let what = why.to_string();
        return fail::end(Err(Failure::Said { what, next: None }), failed, closed);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(job);
            runtime.shutdown_background();
            result
        }
        Err(why) => Err(Failure::Said {
            what: format!("the async runtime cannot start: {why}"),
            next: None,
        }),
    };
    fail::end(result, failed, closed)
}

impl Common {
    /// Connects, and asks the server whether it is there.
    pub(super) async fn connect(&self) -> Result<Cluster, Failure> {
        let cluster = Cluster::connect(&self.target()).await?;
        match cluster.probe().await {
            Ok(_) => Ok(cluster),
            Err(why) => Err(Failure::of(&cluster, &why)),
        }
    }
}

/// How much of the fleet is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Rows: which runs there are.
    Rows,
    /// And the objects of those that are not over.
    Objects,
}

/// All runs of these namespaces, and what is missing, one sentence each.
///
/// Ends when every source has told everything or refused. All of them refusing is an error.
pub(super) async fn fleet(
    cluster: &Cluster,
    scope: &Scope,
    depth: Depth,
) -> Result<(Fleet, Vec<String>), Failure> {
    let mut events = cluster.fleet(scope.clone());
    fill(cluster, scope, depth, &mut events).await
}

/// The same from a feed that is read on afterwards.
pub(super) async fn fill(
    cluster: &Cluster,
    scope: &Scope,
    depth: Depth,
    events: &mut (impl Stream<Item = FleetEvent> + Unpin),
) -> Result<(Fleet, Vec<String>), Failure> {
    let mut fleet = Fleet::default();
    let mut missing = Vec::new();
    let mut sources: BTreeSet<SourceId> = match scope {
        Scope::All => [None].into(),
        Scope::Namespaces(names) => names.iter().cloned().map(Some).collect(),
    };
    let mut deadline = Instant::now() + PATIENCE;
    loop {
        match timeout_at(deadline, events.next()).await {
            Ok(Some(event)) => {
                let progress = take(&mut fleet, event);
                if progress {
                    deadline = Instant::now() + PATIENCE;
                }
            }
            Ok(None) | Err(_) => return Err(Failure::of(cluster, &silence(&fleet))),
        }
        if sources.contains(&None) && refused_everything(&fleet) {
            sources = each_namespace(cluster, &mut missing).await?;
            deadline = Instant::now() + PATIENCE;
        }
        if let Some(why) = hopeless(&fleet) {
            return Err(Failure::of(cluster, &why));
        }
        if sources
            .iter()
            .all(|id| fleet.sources.get(id).is_some_and(|s| told(s, depth)))
        {
            break;
        }
    }
    let denied: Vec<&Trouble> = sources
        .iter()
        .filter_map(|id| refusal(fleet.sources.get(id)?))
        .collect();
    if let Some(why) = denied.first().filter(|_| denied.len() == sources.len()) {
        return Err(Failure::of(cluster, why));
    }
    missing.extend(denied.iter().map(ToString::to_string));
    Ok((fleet, missing))
}

/// Namespaces that were named and do not exist, one sentence each: an empty answer must not look like a good one.
/// Only those without a run are looked for, and only where the names may be listed.
pub(super) async fn unknown_namespaces(
    cluster: &Cluster,
    scope: &Scope,
    fleet: &Fleet,
) -> Vec<String> {
    unknown_among(cluster, scope, |name| fleet.is_without(name)).await
}

/// The same of whatever there is none of in a namespace.
pub(super) async fn unknown_among(
    cluster: &Cluster,
    scope: &Scope,
    is_empty: impl Fn(&str) -> bool,
) -> Vec<String> {
    let Scope::Namespaces(names) = scope else {
        return Vec::new();
    };
    let empty: Vec<_> = names.iter().filter(|name| is_empty(name)).collect();
    if empty.is_empty() {
        return Vec::new();
    }
    let Ok(known) = cluster.namespaces().await else {
        return Vec::new();
    };
    empty
        .into_iter()
        .filter(|name| !known.contains(name))
        .map(|name| format!("there is no namespace {name}"))
        .collect()
}

/// Puts a word in; whether it is one that brings the end nearer.
fn take(fleet: &mut Fleet, event: FleetEvent) -> bool {
    match event {
        FleetEvent::Rows(id, event) => {
            let progress = !is_stale(&event);
            fleet.rows(&id, event);
            progress
        }
        FleetEvent::Active(id, event) => {
            let progress = !is_stale(&event);
            fleet.active(&id, event);
            progress
        }
        FleetEvent::QaRuns(id, event) => {
            fleet.qaruns(&id, event);
            false
        }
    }
}

fn is_stale<K, T>(event: &FeedEvent<K, T>) -> bool {
    matches!(event, FeedEvent::Freshness(Freshness::Stale { .. }))
}

/// Why nothing came for so long.
fn silence(fleet: &Fleet) -> Trouble {
    match fleet.stalest() {
        Some((_, why)) => why.clone(),
        None => Trouble::Timeout {
            what: "the list of runs".to_string(),
            seconds: PATIENCE.as_secs(),
        },
    }
}

/// Credentials that are refused do not get better by waiting.
pub(super) fn hopeless(fleet: &Fleet) -> Option<Trouble> {
    fleet
        .stalest()
        .map(|(_, why)| why)
        .filter(|why| matches!(why, Trouble::Unauthorized { .. }))
        .cloned()
}

/// The cluster-wide list is forbidden, so that the feed goes namespace by namespace.
fn refused_everything(fleet: &Fleet) -> bool {
    fleet.sources.get(&None).is_some_and(|source| {
        matches!(
            source.rows,
            Freshness::Denied {
                why: Trouble::Forbidden { .. }
            }
        )
    })
}

/// The sources that stand in for the cluster-wide one; the same choice as the feed's own.
async fn each_namespace(
    cluster: &Cluster,
    missing: &mut Vec<String>,
) -> Result<BTreeSet<SourceId>, Failure> {
    match cluster.namespaces().await {
        Ok(names) => Ok(names.into_iter().map(Some).collect()),
        Err(why @ Trouble::Forbidden { .. }) => {
            let own: Arc<str> = cluster.default_namespace().clone();
            missing.push(format!(
                "only namespace {own} is read: {why}; name others with -n"
            ));
            Ok([Some(own)].into())
        }
        Err(why) => Err(Failure::of(cluster, &why)),
    }
}

fn told(source: &Source, depth: Depth) -> bool {
    let rest =
        depth == Depth::Rows || matches!(source.active, Freshness::Live | Freshness::Denied { .. });
    match source.rows {
        Freshness::Live => rest,
        Freshness::Denied { .. } => true,
        _ => false,
    }
}

fn refusal(source: &Source) -> Option<&Trouble> {
    [&source.rows, &source.active]
        .into_iter()
        .find_map(|freshness| match freshness {
            Freshness::Denied { why } => Some(why),
            _ => None,
        })
}

/// The whole object of a run.
pub(super) async fn workflow(cluster: &Cluster, key: &Key) -> Result<Arc<Workflow>, Failure> {
    let mut events = cluster.watch_run(key);
    let deadline = Instant::now() + PATIENCE;
    loop {
        match timeout_at(deadline, events.next()).await {
            Ok(Some(FeedEvent::Deltas(deltas))) => {
                for delta in deltas {
                    match delta {
                        Delta::Put(workflow) => return Ok(workflow),
                        Delta::Reset(all) => {
                            if let Some(workflow) = all.into_iter().next() {
                                return Ok(workflow);
                            }
                        }
                        Delta::Gone(_) => return Err(gone(key)),
                    }
                }
            }
            Ok(Some(FeedEvent::Freshness(
                Freshness::Denied { why } | Freshness::Stale { why, .. },
            ))) => return Err(Failure::of(cluster, &why)),
            Ok(Some(FeedEvent::Freshness(_))) => {}
            Ok(None) => return Err(gone(key)),
            Err(_) => {
                let why = Trouble::Timeout {
                    what: format!("the run {key}"),
                    seconds: PATIENCE.as_secs(),
                };
                return Err(Failure::of(cluster, &why));
            }
        }
    }
}

/// Why the steps of a run cannot be told, if so.
pub(super) fn missing_steps(workflow: &Workflow) -> Option<String> {
    match &workflow.facts.nodes {
        NodesSource::Offloaded => Some(
            "the steps are kept in Argo's database and cannot be read through the Kubernetes API"
                .to_string(),
        ),
        NodesSource::Unreadable(why) => Some(format!("the steps cannot be read: {why}")),
        NodesSource::None | NodesSource::Inline | NodesSource::Compressed(_) => None,
    }
}

/// A run that went between two questions.
pub(super) fn gone(key: &Key) -> Failure {
    Failure::new(
        format!("{key} is gone"),
        "It was deleted, by a person or by its TTL.",
    )
}
