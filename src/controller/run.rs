//! The loop of a controller: what feeds say goes into the cache, whoever it is about gets a turn, so many at once.
//! Apart from what is done in a turn ([`super::apply`]), which tests call without a loop.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use futures::stream::{BoxStream, SelectAll};
use futures::{Stream, StreamExt as _};
use jiff::Timestamp;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::apply::Controller;
use super::cache::Uid;
use super::queue::Queue;
use crate::cluster::objects::{QARUNS, Res, WORKFLOWS};
use crate::model::delta::{Delta, FeedEvent, Freshness, Scope, SourceId};
use crate::model::key::Key;
use crate::model::qarun::label;
use crate::model::trouble::Trouble;
use crate::wire::qarun::{QaRun, Work, watched};
use crate::wire::watch::Objects;

/// Every QARun is looked at at least this often: what no event told is found all the same.
const SWEEP: Duration = Duration::from_secs(600);

/// One that was looked at is left alone for so long: several changes of a workflow become one of a status.
const PAUSE: Duration = Duration::from_secs(1);

/// How it goes, for those who ask.
#[derive(Debug, Default)]
pub struct Health {
    ready: AtomicBool,
}

impl Health {
    /// Everything was heard of once, or another one works.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Relaxed)
    }

    /// It waits for its turn, which is all that is asked of it.
    pub fn stand_by(&self) {
        self.ready.store(true, Relaxed);
    }
}

/// What a feed says.
enum Heard {
    Runs(SourceId, FeedEvent<Key, Arc<QaRun>>),
    Works(SourceId, FeedEvent<Key, Arc<Work>>),
}

type Ended = Result<Option<Timestamp>, Trouble>;

/// A controller at work.
struct Loop {
    controller: Arc<Controller>,
    health: Arc<Health>,
    queue: Queue,
    jobs: JoinSet<Ended>,
    names: HashMap<Id, (Uid, Instant)>,
    /// Sources that were not heard of in full yet.
    silent: HashSet<(&'static str, SourceId)>,
    most: usize,
}

/// Works until `stop` is over, then ends what is under way.
pub async fn run(
    controller: Arc<Controller>,
    health: Arc<Health>,
    scope: &Scope,
    most: usize,
    stop: impl Future<Output = ()>,
) {
    health.ready.store(false, Relaxed);
    let sources = sources(scope);
    let mut feeds = feeds(&controller, &sources);
    let kinds = [QARUNS.plural, WORKFLOWS.plural];
    let mut work = Loop {
        silent: kinds
            .into_iter()
            .flat_map(|kind| sources.iter().map(move |one| (kind, one.clone())))
            .collect(),
        queue: Queue::default(),
        jobs: JoinSet::new(),
        names: HashMap::new(),
        most: most.max(1),
        controller,
        health,
    };
    let mut stop = std::pin::pin!(stop);
    loop {
        work.start();
        let next = work.next();
        // In this order, so that the same is done of the same: what is ready last only ends a wait, and turns are given each time.
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(ended) = work.jobs.join_next_with_id() => work.ended(ended),
            heard = feeds.next() => match heard {
                Some(heard) => work.hear(heard),
                None => break,
            },
            () = sleep_until(next) => {}
        }
    }
    work.health.ready.store(false, Relaxed);
    while let Some(ended) = work.jobs.join_next_with_id().await {
        work.ended(ended);
    }
}

fn sources(scope: &Scope) -> Vec<SourceId> {
    match scope {
        Scope::All => vec![None],
        Scope::Namespaces(names) => names.iter().cloned().map(Some).collect(),
    }
}

fn feeds(controller: &Controller, sources: &[SourceId]) -> SelectAll<BoxStream<'static, Heard>> {
    let cluster = controller.cluster();
    let mut all: Vec<BoxStream<'static, Heard>> = Vec::new();
    for source in sources.iter().cloned() {
        let (here, there) = (source.clone(), source.clone());
        let runs = cluster.keep_up(QARUNS, source.clone(), None, Objects(watched));
        let works = cluster.keep_up(
            WORKFLOWS,
            source,
            Some(label::UID.to_owned()),
            Objects(Work::watched),
        );
        all.push(named(runs, move |event| Heard::Runs(here.clone(), event)));
        all.push(named(works, move |event| {
            Heard::Works(there.clone(), event)
        }));
    }
    futures::stream::select_all(all)
}

fn named<T: Send + 'static>(
    feed: impl Stream<Item = FeedEvent<Key, T>> + Send + 'static,
    name: impl FnMut(FeedEvent<Key, T>) -> Heard + Send + 'static,
) -> BoxStream<'static, Heard> {
    feed.map(name).boxed()
}

impl Loop {
    /// Gives turns to as many as may be at work, once everything was heard of.
    fn start(&mut self) {
        let now = Instant::now();
        self.controller.metrics.set_queued(self.queue.len(now));
        while self.silent.is_empty() && self.jobs.len() < self.most {
            let Some(uid) = self.queue.take(now) else {
                return;
            };
            let (controller, whose) = (self.controller.clone(), uid.clone());
            let job = self
                .jobs
                .spawn(async move { controller.reconcile(&whose).await });
            self.names.insert(job.id(), (uid, now));
        }
    }

    /// When to look at the queue again although nothing happens.
    fn next(&self) -> Instant {
        let far = Instant::now() + SWEEP;
        if !self.silent.is_empty() || self.jobs.len() >= self.most {
            return far;
        }
        self.queue.next().unwrap_or(far)
    }

    fn ended(&mut self, ended: Result<(Id, Ended), JoinError>) {
        let now = Instant::now();
        let (id, ended) = match ended {
            Ok((id, ended)) => (id, ended),
            Err(why) => {
                let detail = format!("a look at a QARun broke off: {why}");
                (why.id(), Err(Trouble::Server { detail }))
            }
        };
        let Some((uid, begun)) = self.names.remove(&id) else {
            return;
        };
        self.controller
            .metrics
            .count_reconcile(now - begun, ended.is_err());
        match ended {
            Ok(again) => {
                let there = self.controller.cache.of(&uid).0.is_some();
                let again = again
                    .map(|at| now + self.until(at))
                    .or(there.then(|| now + SWEEP));
                self.queue.done(uid, again, now, self.pause());
            }
            Err(why) => {
                let (run, _) = self.controller.cache.of(&uid);
                let run =
                    run.map(|run| format!("{}/{}", run.metadata.namespace, run.metadata.name));
                let ordered = match &why {
                    Trouble::Busy { retry_after, .. } => *retry_after,
                    _ => None,
                };
                let failures = self.queue.failed(uid, now, ordered);
                tracing::warn!(run, failures, %why, hint = why.hint(), "a QARun could not be looked after; it is tried again");
            }
        }
    }

    /// How long one that was looked at is left alone, on the wall.
    fn pause(&self) -> Duration {
        PAUSE.div_f64(self.controller.time.speed.max(0.01))
    }

    /// How long it is until a time, on the wall; a little more, so that it is not just before.
    fn until(&self, at: Timestamp) -> Duration {
        let time = &self.controller.time;
        let left = at
            .duration_since(self.controller.now())
            .as_secs_f64()
            .clamp(0.0, 1e7)
            / time.speed;
        Duration::from_secs_f64(left) + Duration::from_millis(20)
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Runs(source, FeedEvent::Freshness(fresh)) => self.fresh(QARUNS, source, &fresh),
            Heard::Works(source, FeedEvent::Freshness(fresh)) => {
                self.fresh(WORKFLOWS, source, &fresh)
            }
            Heard::Runs(source, FeedEvent::Deltas(all)) => {
                for delta in all {
                    self.run(source.as_deref(), delta);
                }
            }
            Heard::Works(source, FeedEvent::Deltas(all)) => {
                for delta in all {
                    self.work(source.as_deref(), delta);
                }
            }
        }
    }

    fn fresh(&mut self, res: Res, source: SourceId, fresh: &Freshness) {
        let resource = res.resource;
        match fresh {
            Freshness::Live => self.complete(res, source),
            Freshness::Stale { why, .. } => {
                tracing::warn!(resource, %why, "the watch broke off; it is opened again");
            }
            Freshness::Denied { why } => {
                tracing::warn!(resource, %why, hint = why.hint(), "cannot be followed");
            }
            Freshness::Connecting | Freshness::Listing { .. } => {}
        }
    }

    /// A source was heard of in full. Nothing is decided before all were: a workflow nobody has heard of yet would seem to be gone.
    fn complete(&mut self, res: Res, source: SourceId) {
        tracing::info!(
            resource = res.resource,
            namespace = source.as_deref(),
            "followed"
        );
        self.silent.remove(&(res.plural, source));
        if self.silent.is_empty() && !self.health.ready.swap(true, Relaxed) {
            tracing::info!(runs = self.controller.cache.runs().len(), "at work");
        }
    }

    fn turn(&mut self, uid: &str) {
        self.queue.add(uid.into(), Instant::now());
    }

    fn run(&mut self, namespace: Option<&str>, delta: Delta<Key, Arc<QaRun>>) {
        let cache = &self.controller.cache;
        match delta {
            Delta::Put(run) => {
                let uid = run.metadata.uid.clone();
                cache.put_run(run);
                self.turn(&uid);
            }
            Delta::Gone(key) => {
                cache.drop_run(key.uid.as_str());
                self.turn(key.uid.as_str());
            }
            Delta::Reset(all) => {
                let mut gone = cache.runs_in(namespace);
                gone.retain(|uid| !all.iter().any(|run| *run.metadata.uid == **uid));
                for uid in gone {
                    self.run(namespace, Delta::Gone(Key::new("", "", uid)));
                }
                for run in all {
                    self.run(namespace, Delta::Put(run));
                }
            }
        }
    }

    fn work(&mut self, namespace: Option<&str>, delta: Delta<Key, Arc<Work>>) {
        let cache = &self.controller.cache;
        match delta {
            Delta::Put(work) => {
                let uid = work.run_uid().map(Uid::from);
                cache.put_work(work);
                if let Some(uid) = uid {
                    self.turn(&uid);
                }
            }
            Delta::Gone(key) => {
                if let Some(uid) = cache.drop_work(key.uid.as_str()) {
                    self.turn(&uid);
                }
            }
            Delta::Reset(all) => {
                let mut gone = cache.works_in(namespace);
                gone.retain(|uid| !all.iter().any(|work| work.meta.uid == *uid));
                for uid in gone {
                    self.work(namespace, Delta::Gone(Key::new("", "", uid)));
                }
                for work in all {
                    self.work(namespace, Delta::Put(work));
                }
            }
        }
    }
}
