//! Carries out what was decided: one request at a time, each answer put into the cache, until there is nothing to do.
//! Apart from deciding: nothing here chooses, and what a request may change stands in the request.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::budget::Budget;
use super::cache::Cache;
use super::decide::{Action, Change, Known, Look, Step, decide};
use super::metrics::Metrics;
use super::{digest, leaving, news, workflow_name};
use crate::cluster::Cluster;
use crate::cluster::objects::{EVENTS, QARUNS, WORKFLOWS};
use crate::library;
use crate::model::qarun::{API_VERSION, FINALIZER, KIND, NOBODY, Status, annotation};
use crate::model::row::label::INSTANCE;
use crate::model::trouble::Trouble;
use crate::wire::qarun::{QaRun, Work};

/// Most requests in a turn; the longest way from one rest to the next has less than ten.
const ROUNDS: usize = 24;

/// What time it is, and how many times as fast as the wall it runs.
#[derive(Clone)]
pub struct Time {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// How many times as fast as the wall.
    pub speed: f64,
    /// It is only what this machine believes: the server, whose times are written into objects, knows better.
    wall: bool,
}

impl std::fmt::Debug for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Time({})", self.now())
    }
}

impl Time {
    /// The wall's.
    pub fn real() -> Self {
        Self::believed(Timestamp::now)
    }

    /// What a machine believes.
    pub fn believed(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self {
            wall: true,
            ..Self::of(now, 1.0)
        }
    }

    /// Another one's.
    pub fn of(now: impl Fn() -> Timestamp + Send + Sync + 'static, speed: f64) -> Self {
        let (now, wall) = (Arc::new(now), false);
        Self { now, speed, wall }
    }

    /// Now, in whole seconds, as Kubernetes keeps times.
    pub fn now(&self) -> Timestamp {
        whole((self.now)())
    }
}

fn whole(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// A controller: what it knows and whom it asks.
pub struct Controller {
    /// What it has heard.
    pub cache: Cache,
    /// What it has done.
    pub metrics: Metrics,
    /// What time it is.
    pub time: Time,
    cluster: Cluster,
    budget: Budget,
}

impl Controller {
    /// One that knows nothing yet, and sends so many requests a second at most.
    pub fn new(cluster: Cluster, time: Time, pace: f64) -> Self {
        Self {
            cache: Cache::default(),
            metrics: Metrics::default(),
            time,
            cluster,
            budget: Budget::new(pace),
        }
    }

    /// What time it is: the server's, where only the wall's is known here.
    pub fn now(&self) -> Timestamp {
        let heard = self.time.wall.then(|| self.cluster.server_time()).flatten();
        heard.map_or_else(|| self.time.now(), whole)
    }

    /// Whom it asks.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Waits until a request may go out, and counts it.
    async fn turn(&self) {
        self.metrics.count_request();
        self.budget.take().await;
    }

    /// Does everything there is to do about the QARun of this uid, and says when to look again although nothing changes.
    ///
    /// # Errors
    /// As the server or the network says; it is safe to begin again.
    pub async fn reconcile(&self, uid: &str) -> Result<Option<Timestamp>, Trouble> {
        let mut look = Look::Not;
        let mut written = false;
        for _ in 0..ROUNDS {
            let (run, works) = self.cache.of(uid);
            let now = self.now();
            let Some(run) = run else {
                return self.orphans(&works).await.map(|()| None);
            };
            let known = Known {
                run: &run,
                works: &works,
                look,
                now,
            };
            let Step { action, again } = decide(&known);
            let Some(action) = action else {
                return Ok(again);
            };
            look = match self.carry(&run, &action, written).await {
                Ok(look) => {
                    written = matches!(action, Action::Write(_));
                    look
                }
                Err(Trouble::Conflict { .. } | Trouble::NotFound { .. }) => {
                    self.metrics.count_conflict();
                    self.refresh(&run, &action).await?;
                    Look::Not
                }
                Err(why) => return Err(why),
            };
        }
        // Somebody writes against it: it goes on, but not at once.
        let detail = format!("a QARun came to no rest within {ROUNDS} requests");
        Err(Trouble::Server { detail })
    }

    /// `written`: the QARun is known from the answer to what was written last in this turn.
    async fn carry(
        &self,
        run: &Arc<QaRun>,
        action: &Action,
        written: bool,
    ) -> Result<Look, Trouble> {
        let meta = &run.metadata;
        tracing::debug!(
            namespace = meta.namespace,
            run = meta.name,
            action = name_of(action),
            "step"
        );
        match action {
            Action::Look(name) => return self.look(run, name).await,
            Action::Create(attempt) => return self.create(run, *attempt, written).await,
            Action::Write(status) => self.write(run, status).await?,
            Action::Change(work, change) => self.change(work, *change).await?,
            Action::Hold => {
                let mut all = meta.finalizers.clone();
                all.push(FINALIZER.to_owned());
                self.finalizers(run, &all).await?;
            }
            Action::LetGo => {
                let mut left = meta.finalizers.clone();
                left.retain(|one| one != FINALIZER);
                self.finalizers(run, &left).await?;
                // With the last one it is gone, and the answer is the last that is heard of it.
                if left.is_empty() {
                    self.cache.drop_run(&meta.uid);
                }
            }
            Action::Delete => {
                self.turn().await;
                self.cluster.remove(QARUNS, meta).await?;
                self.reread(run).await?;
            }
        }
        Ok(Look::Not)
    }

    async fn look(&self, run: &QaRun, name: &str) -> Result<Look, Trouble> {
        self.turn().await;
        let Some(bytes) = self
            .cluster
            .kept(WORKFLOWS, &run.metadata.namespace, name)
            .await?
        else {
            return Ok(Look::Absent);
        };
        let work = read_work(&bytes)?;
        if work.run_uid() != Some(&*run.metadata.uid) {
            return Ok(Look::Other);
        }
        let status = run.status();
        let its = status.attempts.iter().find(|one| one.workflow == name);
        let its = its.and_then(|one| one.workflow_uid.as_deref());
        let other = its.is_some_and(|uid| uid != work.meta.uid);
        self.cache.put_work(Arc::new(work));
        Ok(if other { Look::Other } else { Look::Not })
    }

    /// Creates the workflow of an attempt, if the QARun still is what was decided about: a moment ago the server said so, or it is
    /// asked. A name that is taken is looked at.
    async fn create(&self, run: &Arc<QaRun>, attempt: u32, sure: bool) -> Result<Look, Trouble> {
        let meta = &run.metadata;
        if !sure && !self.reread(run).await? {
            return Ok(Look::Not);
        }
        let (workflow, digest) = (workflow_name(run, attempt), digest(&run.spec));
        let made = library::Made {
            workflow: &workflow,
            namespace: &meta.namespace,
            run: &meta.name,
            uid: &meta.uid,
            attempt,
            digest: &digest,
        };
        let mut object =
            library::render(&run.spec, &made).map_err(|problems| Trouble::Invalid {
                causes: problems.iter().map(ToString::to_string).collect(),
            })?;
        object["metadata"]["finalizers"] = json!([FINALIZER]);
        object["metadata"]["labels"][INSTANCE] = NOBODY.into();
        self.turn().await;
        match self
            .cluster
            .create(WORKFLOWS, &meta.namespace, &object)
            .await
        {
            Ok(bytes) => {
                self.metrics.count_attempt(attempt > run.spec.attempt());
                self.cache.put_work(Arc::new(read_work(&bytes)?));
                Ok(Look::Not)
            }
            Err(Trouble::Conflict { .. }) => self.look(run, &workflow).await,
            Err(why) => Err(why),
        }
    }

    /// Reads the QARun; whether it still is the version that is known.
    async fn reread(&self, run: &QaRun) -> Result<bool, Trouble> {
        let meta = &run.metadata;
        self.turn().await;
        let fresh = match self
            .cluster
            .kept(QARUNS, &meta.namespace, &meta.name)
            .await?
        {
            Some(bytes) => Some(read_run(&bytes)?),
            None => None,
        };
        match fresh.filter(|fresh| fresh.metadata.uid == meta.uid) {
            Some(fresh) => {
                let same = fresh.metadata.resource_version == meta.resource_version;
                self.cache.put_run(Arc::new(fresh));
                Ok(same)
            }
            None => {
                self.cache.drop_run(&meta.uid);
                Ok(false)
            }
        }
    }

    async fn write(&self, run: &Arc<QaRun>, status: &Status) -> Result<(), Trouble> {
        let meta = &run.metadata;
        let object = json!({
            "apiVersion": API_VERSION, "kind": KIND,
            "metadata": {
                "name": meta.name, "namespace": meta.namespace, "uid": meta.uid, "resourceVersion": meta.resource_version,
            },
            "spec": run.spec,
            "status": status,
        });
        self.turn().await;
        let bytes = self.cluster.replace_status(QARUNS, &object).await?;
        self.cache.put_run(Arc::new(read_run(&bytes)?));
        self.metrics.learn(run.status.as_ref(), status);
        self.tell(run, status).await;
        Ok(())
    }

    /// Says what has happened as an Event. Nobody waits for it and nothing depends on it.
    async fn tell(&self, run: &QaRun, status: &Status) {
        let Some(event) = news::event(run, status, self.now()) else {
            return;
        };
        let (phase, verdict) = (status.phase.clone().unwrap_or_default(), status.verdict);
        tracing::info!(
            namespace = run.metadata.namespace,
            run = run.metadata.name,
            attempt = status.attempt,
            phase = phase.word(),
            verdict = verdict.map(|one| one.word()),
            "{}",
            event["reason"].as_str().unwrap_or_default()
        );
        self.turn().await;
        let sent = self
            .cluster
            .create(EVENTS, &run.metadata.namespace, &event)
            .await;
        if let Err(why) = sent {
            tracing::debug!(run = run.metadata.name, %why, "the event was not taken");
        }
    }

    async fn finalizers(&self, run: &QaRun, all: &[String]) -> Result<(), Trouble> {
        self.turn().await;
        let patch = json!({"metadata": {"finalizers": all}});
        let bytes = self.cluster.merge(QARUNS, &run.metadata, patch).await?;
        self.cache.put_run(Arc::new(read_run(&bytes)?));
        Ok(())
    }

    async fn change(&self, work: &Work, change: Change) -> Result<(), Trouble> {
        self.turn().await;
        let patch = patch(work, change);
        let bytes = self.cluster.merge(WORKFLOWS, &work.meta, patch).await?;
        let fresh = read_work(&bytes)?;
        if fresh.meta.is_leaving() && fresh.meta.finalizers.is_empty() {
            self.cache.drop_work(&fresh.meta.uid);
        } else {
            self.cache.put_work(Arc::new(fresh));
        }
        Ok(())
    }

    /// Reads anew what a write was about that met another version, or nothing.
    async fn refresh(&self, run: &QaRun, action: &Action) -> Result<(), Trouble> {
        let Action::Change(work, _) = action else {
            return self.reread(run).await.map(drop);
        };
        self.reread_work(work).await
    }

    async fn reread_work(&self, work: &Work) -> Result<(), Trouble> {
        self.turn().await;
        let there = self
            .cluster
            .kept(WORKFLOWS, &work.meta.namespace, &work.meta.name)
            .await?;
        let fresh = there.map(|bytes| read_work(&bytes)).transpose()?;
        match fresh.filter(|fresh| fresh.meta.uid == work.meta.uid) {
            Some(fresh) => self.cache.put_work(Arc::new(fresh)),
            None => drop(self.cache.drop_work(&work.meta.uid)),
        }
        Ok(())
    }

    /// Lets workflows go whose QARun is gone: the server says so, for the cache may only not have it yet.
    async fn orphans(&self, works: &[Arc<Work>]) -> Result<(), Trouble> {
        for work in works {
            let Some(Action::Change(work, change)) = leaving::orphan(work).action else {
                continue;
            };
            let Some(name) = work.run_name() else {
                continue;
            };
            self.turn().await;
            let there = self
                .cluster
                .kept(QARUNS, &work.meta.namespace, name)
                .await?;
            let run = there.map(|bytes| read_run(&bytes)).transpose()?;
            match run.filter(|run| work.run_uid() == Some(&*run.metadata.uid)) {
                Some(run) => self.cache.put_run(Arc::new(run)),
                None => match self.change(&work, change).await {
                    Err(Trouble::Conflict { .. } | Trouble::NotFound { .. }) => {
                        self.reread_work(&work).await?
                    }
                    other => other?,
                },
            }
        }
        Ok(())
    }
}

/// What a change writes into a workflow.
fn patch(work: &Work, change: Change) -> Value {
    match change {
        Change::Pause => json!({
            "metadata": {"annotations": {annotation::PAUSED: "true"}}, "spec": {"suspend": true},
        }),
        Change::Resume => json!({
            "metadata": {"annotations": {annotation::PAUSED: null}}, "spec": {"suspend": null},
        }),
        Change::Begin => json!({"metadata": {"labels": {INSTANCE: null}}}),
        // One that was kept back is ended without having begun.
        Change::End(how) => {
            json!({"metadata": {"labels": {INSTANCE: null}}, "spec": {"shutdown": how}})
        }
        Change::Release => {
            let mut left = work.meta.finalizers.clone();
            left.retain(|one| one != FINALIZER);
            json!({"metadata": {"finalizers": left}})
        }
    }
}

fn read_work(bytes: &[u8]) -> Result<Work, Trouble> {
    Work::read(bytes).map_err(|why| unreadable("a workflow", &why))
}

fn read_run(bytes: &[u8]) -> Result<QaRun, Trouble> {
    QaRun::read(bytes).map_err(|why| unreadable("a QARun", &why))
}

fn unreadable(what: &str, why: &dyn std::fmt::Display) -> Trouble {
    Trouble::Server {
        detail: format!("{what} that the server sent cannot be read: {why}"),
    }
}

fn name_of(action: &Action) -> &'static str {
    match action {
        Action::Hold => "put the finalizer on",
        Action::Write(_) => "write the status",
        Action::Create(_) => "create the workflow",
        Action::Look(_) => "look for the workflow",
        Action::Change(_, Change::Pause) => "pause the workflow",
        Action::Change(_, Change::Resume) => "resume the workflow",
        Action::Change(_, Change::Begin) => "let the workflow begin",
        Action::Change(_, Change::End(_)) => "end the workflow",
        Action::Change(_, Change::Release) => "let the workflow go",
        Action::LetGo => "take the finalizer off",
        Action::Delete => "delete the QARun",
    }
}
