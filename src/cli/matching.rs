//! The runs that a filter means, with the objects read that only tell whether it holds.
//! Apart from runs that are named, of which nothing must be read.

use futures::StreamExt as _;
use jiff::Timestamp;

use crate::app::fleet::{Fleet, Run};
use crate::app::query::Query;
use crate::cli::Common;
use crate::cli::ask::{self, Depth};
use crate::cli::fail::Failure;
use crate::cluster::Cluster;
use crate::model::key::Key;
use crate::model::phase::Phase;

/// Objects read at the same time.
const AT_ONCE: usize = 8;

/// A filter of the command line, which reads workflows: a word that only QARuns can answer would hold for none of them.
///
/// # Errors
/// Words that mean nothing, or nothing here.
pub(super) fn parsed(text: &str) -> Result<Query, Failure> {
    let query = Query::parse(text)?;
    match query.needs_qaruns() {
        true => Err(Failure::Usage(
            "verdict: asks for QARuns: `tiphys qaruns` has their verdicts".to_string(),
        )),
        false => Ok(query),
    }
}

/// The runs for which all words of a filter hold, sorted by name; and what could not be read, one sentence each.
pub(super) async fn runs(
    cluster: &Cluster,
    common: &Common,
    query: &Query,
) -> Result<(Vec<Key>, Vec<String>), Failure> {
    let scope = common.scope();
    let (mut fleet, mut missing) = ask::fleet(cluster, &scope, Depth::Objects).await?;
    let now = Timestamp::now();
    let undecided = fleet
        .iter()
        .filter(|run| lacks_facts(run) && query.judge(run, run.state(now), now).is_none());
    let undecided: Vec<Key> = undecided.map(|run| run.row.key.clone()).collect();
    missing.extend(read(cluster, &mut fleet, undecided).await);
    missing.extend(ask::unknown_namespaces(cluster, &scope, &fleet).await);
    let now = Timestamp::now();
    let matching = fleet
        .iter()
        .filter(|run| query.judge(run, run.state(now), now) == Some(true));
    let mut keys: Vec<Key> = matching.map(|run| run.row.key.clone()).collect();
    keys.sort();
    Ok((keys, missing))
}

/// It is over, and its object was not read since.
pub(super) fn lacks_facts(run: &Run) -> bool {
    let done = |phase: Phase| phase.is_done();
    done(run.row.phase)
        && run
            .facts
            .as_ref()
            .is_none_or(|facts| !done(facts.row.phase))
}

/// Reads the objects of these runs; what could not be read is said, one sentence for each reason.
pub(super) async fn read(cluster: &Cluster, fleet: &mut Fleet, keys: Vec<Key>) -> Vec<String> {
    let mut answers = futures::stream::iter(keys)
        .map(|key| async move {
            let answer = cluster.facts(&key).await;
            (key, answer)
        })
        .buffer_unordered(AT_ONCE);
    let mut failed: Vec<(String, usize)> = Vec::new();
    while let Some((key, answer)) = answers.next().await {
        match answer {
            Ok(Some(facts)) => fleet.learn(facts),
            Ok(None) => fleet.vanished(&key),
            Err(why) => {
                let why = why.to_string();
                match failed.iter_mut().find(|(known, _)| *known == why) {
                    Some((_, count)) => *count += 1,
                    None => failed.push((why, 1)),
                }
            }
        }
    }
    failed
        .into_iter()
        .map(|(why, count)| format!("{count} runs could not be read: {why}"))
        .collect()
}
