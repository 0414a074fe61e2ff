//! The logs of a run: every container of every pod, from its start, across broken streams and restarts.
//! Apart from the other feeds, because a log is no list of objects: nothing of it may be lost or said twice.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::ready;
use futures::stream::select_all;
use futures::{Stream, StreamExt as _};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::connect::Cluster;
use super::feed::job;
use super::reader::{Boundary, Reader, Told, split, tail_path};
use super::request::Ask;
use crate::model::delta::{Delta, FeedEvent, Freshness};
use crate::model::key::{Key, Uid};
use crate::model::log::{LogEvent, LogLine, LogSource, Reach};
use crate::model::pod::{Container, ContainerState, Pod};
use crate::model::row::Row;
use crate::model::trouble::Trouble;

/// Streams open at once; each is a connection.
const AT_ONCE: usize = 64;
/// Besides these, streams of what only helps (`init`, `wait`) have a share of their own: they must not keep a `main` waiting.
const HELPERS: usize = 16;
/// A list of pods that is stale for so long is told.
const PATIENCE: Duration = Duration::from_secs(30);

impl Cluster {
    /// Follows every container of these runs, from its first line or as far back as it reaches. Ends with
    /// [`LogEvent::Complete`] when they are over and everything was read; until then trouble is told and tried again.
    /// Where there are several, the names of the steps say of which run they are.
    pub fn follow(
        &self,
        keys: &[Key],
        reach: Reach,
    ) -> impl Stream<Item = LogEvent> + Send + Unpin + use<> {
        let gate = Arc::new(Semaphore::new(AT_ONCE));
        let helpers = Arc::new(Semaphore::new(HELPERS));
        let each = keys.iter().map(|key| {
            let gates = (gate.clone(), helpers.clone());
            let follower = self.follower(key, reach, gates, keys.len() > 1);
            job(move |sender| follower.run(sender))
        });
        let mut going = keys.len();
        select_all(each).filter(move |event| {
            let over = matches!(event, LogEvent::Complete);
            going -= usize::from(over);
            ready(!over || going == 0)
        })
    }

    fn follower(
        &self,
        key: &Key,
        reach: Reach,
        (gate, helpers): (Arc<Semaphore>, Arc<Semaphore>),
        one_of_many: bool,
    ) -> Follower {
        Follower {
            cluster: self.clone(),
            run: key.clone(),
            one_of_many,
            gate,
            helpers,
            stale: None,
            refused: None,
            pods: HashMap::new(),
            told: HashMap::new(),
            done: HashMap::new(),
            readers: JoinSet::new(),
            listed: false,
            over: None,
            reach,
        }
    }

    /// The containers of these pods that have a log, as [`Cluster::follow`] names them: in order of pod, then of start.
    pub fn log_sources<'p>(
        run: &Key,
        pods: impl IntoIterator<Item = &'p Pod>,
    ) -> Vec<Arc<LogSource>> {
        let mut pods: Vec<&Pod> = pods.into_iter().collect();
        pods.sort_by(|a, b| a.key.cmp(&b.key));
        pods.iter()
            .flat_map(|pod| {
                let containers = pod.containers.iter().filter(|c| started(c));
                containers.map(|container| source(&run.name, pod, container))
            })
            .collect()
    }

    /// The log of one container as far back as it reaches, once.
    ///
    /// # Errors
    /// As the server says; [`Trouble::NotFound`] where the pod is gone, or has no log yet because it is not scheduled.
    pub async fn tail(
        &self,
        run: &Key,
        pod: &Arc<str>,
        container: &Arc<str>,
        step: &Arc<str>,
        reach: Reach,
    ) -> Result<Vec<LogLine>, Trouble> {
        let source = Arc::new(LogSource {
            step: step.clone(),
            pod: pod.clone(),
            container: container.clone(),
        });
        let path = tail_path(&run.namespace, &source, reach);
        let ask = Ask::get("get", "pods/log", path)
            .within(Some(&run.namespace))
            .named(pod);
        let answer = self.open(&ask).await?;
        if answer.status() == http::StatusCode::NO_CONTENT {
            return Err(not_scheduled(&source));
        }
        let body = self.body(answer, &ask).await?;
        Ok(split(&body, &source))
    }
}

/// A pod without a node has no log; the API says so with an empty 204.
pub(crate) fn not_scheduled(source: &LogSource) -> Trouble {
    Trouble::NotFound {
        what: format!("the log of pod {} (not scheduled yet)", source.pod),
    }
}

/// A container of a pod.
type Id = (Uid, Arc<str>);

struct Follower {
    cluster: Cluster,
    run: Key,
    /// Lines of other runs stand between its own.
    one_of_many: bool,
    gate: Arc<Semaphore>,
    helpers: Arc<Semaphore>,
    /// When to tell that the pods cannot be listed, and why.
    stale: Option<(Instant, Trouble)>,
    /// What was told last.
    refused: Option<Trouble>,
    pods: HashMap<Uid, Pod>,
    /// What each running reader is told about its container.
    told: HashMap<Id, watch::Sender<Told>>,
    /// Where each ended reader stopped, and after how many restarts.
    done: HashMap<Id, (u32, Boundary)>,
    readers: JoinSet<(Id, u32, Boundary)>,
    /// All pods are known.
    listed: bool,
    /// The run is over, or gone; `None`: not known yet.
    over: Option<bool>,
    reach: Reach,
}

impl Follower {
    async fn run(mut self, sender: mpsc::Sender<LogEvent>) {
        let mut pods = self.cluster.pods(&self.run);
        let mut row = self.cluster.watch_row(&self.run);
        loop {
            if self.over == Some(true) && self.listed && self.readers.is_empty() {
                let pods = self.pods.values().map(|pod| pod.key.name.clone()).collect();
                let archived = self
                    .cluster
                    .tell_archived(&self.run, &pods, self.reach, &sender);
                tokio::select! {
                    () = sender.closed() => return,
                    () = archived => {}
                }
                // That nobody listens any more is as good an end.
                let _ = sender.send(LogEvent::Complete).await;
                return;
            }
            let patience = self.stale.as_ref().map(|(until, _)| *until);
            tokio::select! {
                () = sender.closed() => return,
                Some(event) = pods.next() => self.pods(event),
                () = sleep_until(patience.unwrap_or_else(Instant::now)), if patience.is_some() => {}
                Some(event) = row.next() => self.row(&event),
                Some(Ok((id, restarts, boundary))) = self.readers.join_next() => {
                    self.told.remove(&id);
                    self.done.insert(id, (restarts, boundary));
                }
                else => return,
            }
            if !self.tell(&sender).await {
                return;
            }
            self.open_readers(&sender);
        }
    }

    /// Says once why the pods are not known; `false` where nobody listens.
    async fn tell(&mut self, sender: &mpsc::Sender<LogEvent>) -> bool {
        let Some((_, why)) = self.stale.take_if(|(until, _)| *until <= Instant::now()) else {
            return true;
        };
        if self.refused.as_ref() == Some(&why) {
            return true;
        }
        self.refused = Some(why.clone());
        sender.send(LogEvent::Refused(why)).await.is_ok()
    }

    fn freshness(&mut self, freshness: Freshness) {
        match freshness {
            Freshness::Live => {
                self.listed = true;
                self.stale = None;
                self.refused = None;
            }
            Freshness::Denied { why } => self.stale = Some((Instant::now(), why)),
            // The same outage may change its name; one that was told is known.
            Freshness::Stale { why, .. } if self.refused.is_none() => {
                let until = self.stale.take().map(|(until, _)| until);
                let until = until.unwrap_or_else(|| Instant::now() + PATIENCE);
                self.stale = Some((until, why));
            }
            _ => {}
        }
    }

    fn row(&mut self, event: &FeedEvent<Key, Row>) {
        let state = |row: &Row| row.completed || row.phase.is_done();
        let ours = |row: &&Row| row.key.uid == self.run.uid;
        match event {
            // A list without the run is complete too: it is gone.
            FeedEvent::Freshness(Freshness::Live) => self.over = self.over.or(Some(true)),
            FeedEvent::Freshness(_) => {}
            FeedEvent::Deltas(deltas) => {
                for delta in deltas {
                    match delta {
                        Delta::Put(row) if ours(&row) => self.over = Some(state(row)),
                        Delta::Gone(key) if key.uid == self.run.uid => self.over = Some(true),
                        Delta::Reset(rows) => {
                            self.over = Some(rows.iter().find(ours).is_none_or(state));
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn pods(&mut self, event: FeedEvent<Key, Pod>) {
        match event {
            FeedEvent::Freshness(freshness) => self.freshness(freshness),
            FeedEvent::Deltas(deltas) => {
                for delta in deltas {
                    match delta {
                        Delta::Put(pod) => {
                            self.pods.insert(pod.key.uid.clone(), pod);
                        }
                        Delta::Gone(key) => {
                            self.pods.remove(&key.uid);
                        }
                        Delta::Reset(pods) => {
                            self.pods = pods
                                .into_iter()
                                .map(|pod| (pod.key.uid.clone(), pod))
                                .collect();
                        }
                    }
                }
            }
        }
        for ((uid, container), told) in &self.told {
            let now = match self.pods.get(uid) {
                None => Told::Gone,
                Some(pod) => pod
                    .containers
                    .iter()
                    .find(|c| c.name == *container)
                    .map_or(Told::Gone, tell),
            };
            told.send_if_modified(|told| {
                let changed = *told != now;
                *told = now;
                changed
            });
        }
    }

    fn source(&self, pod: &Pod, container: &Container) -> Arc<LogSource> {
        let run = &*self.run.name;
        let source = source(run, pod, container);
        match self.one_of_many {
            false => source,
            true => Arc::new(LogSource {
                step: LogSource::step_of(run, &source.step),
                ..(*source).clone()
            }),
        }
    }

    /// Starts a reader for every container that has started and has none; the ones that matter come first.
    fn open_readers(&mut self, sender: &mpsc::Sender<LogEvent>) {
        let mut wanted: Vec<(bool, Key, Id, Told, Arc<LogSource>)> = Vec::new();
        for pod in self.pods.values() {
            for container in pod.containers.iter().filter(|c| started(c)) {
                let id = (pod.key.uid.clone(), container.name.clone());
                let read = self
                    .done
                    .get(&id)
                    .is_some_and(|(restarts, _)| *restarts >= container.restarts);
                if read || self.told.contains_key(&id) {
                    continue;
                }
                let helper = container.init || &*container.name == "wait";
                let source = self.source(pod, container);
                wanted.push((helper, pod.key.clone(), id, tell(container), source));
            }
        }
        wanted.sort_by(|a, b| (a.0, &a.1, &a.2).cmp(&(b.0, &b.1, &b.2)));
        for (helper, _, id, now, source) in wanted {
            let (told, listen) = watch::channel(now);
            let boundary = self
                .done
                .remove(&id)
                .map(|(_, boundary)| boundary)
                .unwrap_or_default();
            self.told.insert(id.clone(), told);
            let reader = Reader {
                cluster: self.cluster.clone(),
                namespace: self.run.namespace.clone(),
                source,
                told: listen,
                gate: if helper { &self.helpers } else { &self.gate }.clone(),
                sender: sender.clone(),
                boundary,
                reach: self.reach,
            };
            self.readers.spawn(async move {
                let (restarts, boundary) = reader.run().await;
                (id, restarts, boundary)
            });
        }
    }
}

fn started(container: &Container) -> bool {
    // A container that waits after a restart has a log of its life before.
    container.restarts > 0 || !matches!(container.state, ContainerState::Waiting(_))
}

fn tell(container: &Container) -> Told {
    let restarts = container.restarts;
    match container.state {
        ContainerState::Ended { .. } => Told::Ended(restarts),
        ContainerState::Running(_) => Told::Runs(restarts),
        ContainerState::Waiting(_) => Told::Waits(restarts),
    }
}

fn source(run: &str, pod: &Pod, container: &Container) -> Arc<LogSource> {
    let step = match &pod.node_name {
        Some(name) => step_of(run, name).into(),
        None => pod.key.name.clone(),
    };
    Arc::new(LogSource {
        step,
        pod: pod.key.name.clone(),
        container: container.name.clone(),
    })
}

/// Display name of a node from its full name: the last segment after the workflow's name. Dots inside the parentheses of
/// a fan-out item belong to the item. Source: Argo v4.1.2, node names `wf.dag.task(0:item)` and `wf[0].step`.
fn step_of<'n>(run: &str, name: &'n str) -> &'n str {
    let path = name.strip_prefix(run).unwrap_or(name);
    let mut depth = 0_usize;
    let mut from = 0;
    for (at, c) in path.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => from = at + 1,
            _ => {}
        }
    }
    match &path[from..] {
        "" => name,
        segment => segment,
    }
}

#[cfg(test)]
mod tests {
    use super::step_of;

    #[test]
    fn a_step_is_the_last_segment_of_its_node_name() {
        for (name, step) in [
            ("run", "run"),
            ("run.build", "build"),
            ("run.a.b(0:x.y,z)", "b(0:x.y,z)"),
            ("run[0].s1", "s1"),
            (
                "run[1].s(2:host:c x.example,port:8443)",
                "s(2:host:c x.example,port:8443)",
            ),
            ("run.x(0)[1].y(1)", "y(1)"),
            ("run.onExit", "onExit"),
            ("other", "other"),
        ] {
            assert_eq!(step_of("run", name), step);
        }
    }
}
