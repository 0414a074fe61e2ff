//! The feeds of the whole fleet: rows of every run, and whole objects of those that are not over.
//! Apart from one feed, because here it is decided how many there are: one for all, or one per namespace.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::Stream;
use futures::future::{Either, select};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use super::connect::Cluster;
use super::feed::{End, Feed, Spec, job};
use super::held::Near;
use super::request::JSON;
use crate::model::act::Kind;
use crate::model::delta::{Delta, FeedEvent, Freshness, Scope, SourceId};
use crate::model::facts::Facts;
use crate::model::key::Key;
use crate::model::qarun::Brief;
use crate::model::row::Row;
use crate::model::trouble::Trouble;
use crate::wire::qarun::Briefs;
use crate::wire::table::{self, Rows};
use crate::wire::watch::Decode;

/// API group and version of workflows.
pub(crate) const ARGO: &str = "/apis/argoproj.io/v1alpha1";
/// Plural name of workflows with group.
pub(crate) const WORKFLOWS: &str = "workflows.argoproj.io";
/// What is not over. A run the controller has not touched has no such label, and is not over either.
const ACTIVE: &str = "workflows.argoproj.io/completed!=true";
/// What ended badly.
const BAD: &str = "workflows.argoproj.io/phase in (Failed,Error)";
/// Sources that connect at once; HTTP/1.1 has one connection for each watch.
const AT_ONCE: usize = 16;
/// Namespaces are listed again after so long where each has a source of its own.
const NAMESPACES: Duration = Duration::from_secs(60);
/// Most rows of one source: far beyond any cluster, short of exhausting memory.
const MOST_ROWS: usize = 500_000;
/// Most whole objects of one source.
const MOST_ACTIVE: usize = 50_000;

/// What the fleet reports.
#[derive(Clone, Debug, PartialEq)]
pub enum FleetEvent {
    /// The row feed of a source.
    Rows(SourceId, FeedEvent<Key, Row>),
    /// The feed of whole objects of what is not completed. An object that completes is `Gone` here, and only here.
    Active(SourceId, FeedEvent<Key, Facts>),
    /// The feed of QARuns of a source. Where the cluster does not know them it is denied, and nothing else is.
    QaRuns(SourceId, FeedEvent<Key, Brief>),
}

impl Cluster {
    /// Feeds the runs of these namespaces until the stream is dropped. Never ends by itself, never fails: trouble is freshness.
    ///
    /// With [`Scope::All`], a cluster that refuses a list of everything is watched namespace by namespace; one that refuses
    /// even their names, in the context's own namespace. The source `None` then stays as `Denied` and says why.
    pub fn fleet(&self, scope: Scope) -> impl Stream<Item = FleetEvent> + Send + Unpin + use<> {
        self.runs_of(scope, false, None)
    }

    /// The same, and the QARuns of these namespaces; whole objects of runs that are not near at most once a second each.
    pub fn fleet_with_qaruns(
        &self,
        scope: Scope,
        near: Near,
    ) -> impl Stream<Item = FleetEvent> + Send + Unpin + use<> {
        self.runs_of(scope, true, Some(near))
    }

    fn runs_of(
        &self,
        scope: Scope,
        qaruns: bool,
        near: Option<Near>,
    ) -> impl Stream<Item = FleetEvent> + Send + Unpin + use<> {
        let cluster = self.clone();
        job(move |sender| async move {
            let fleet = Fleet {
                cluster,
                sender,
                gate: Arc::new(Semaphore::new(AT_ONCE)),
                qaruns,
                near,
            };
            match scope {
                Scope::All => fleet.all().await,
                Scope::Namespaces(names) => fleet.named(names).await,
            }
        })
    }
}

#[derive(Clone)]
struct Fleet {
    cluster: Cluster,
    sender: mpsc::Sender<FleetEvent>,
    gate: Arc<Semaphore>,
    /// QARuns are fed too.
    qaruns: bool,
    /// What somebody looks at.
    near: Option<Near>,
}

impl Fleet {
    async fn named(self, names: Vec<Arc<str>>) {
        let mut sources = JoinSet::new();
        for name in names {
            sources.spawn(self.clone().source(Some(name), never));
        }
        while sources.join_next().await.is_some() {}
    }

    async fn all(self) {
        let End::Refused(why) = self.clone().source(None, forbidden).await else {
            return;
        };
        // What the cluster-wide source showed before its right was taken away is shown by the namespaces' sources now.
        if self.retire(None, why).await.is_err() {
            return;
        }
        self.each_namespace().await;
    }

    async fn each_namespace(self) {
        let mut sources = JoinSet::new();
        let mut running: BTreeMap<Arc<str>, AbortHandle> = BTreeMap::new();
        loop {
            let names = match self.cluster.namespaces().await {
                Ok(names) => Some(names),
                Err(Trouble::Forbidden { .. }) => {
                    Some(vec![self.cluster.default_namespace().clone()])
                }
                Err(_) => None,
            };
            let wait = if names.is_some() {
                NAMESPACES
            } else {
                NAMESPACES / 12
            };
            if let Some(names) = names {
                for gone in running
                    .keys()
                    .filter(|name| !names.contains(name))
                    .cloned()
                    .collect::<Vec<_>>()
                {
                    if let Some(source) = running.remove(&gone) {
                        source.abort();
                    }
                    let why = Trouble::NotFound {
                        what: format!("namespace {gone}"),
                    };
                    if self.retire(Some(gone), why).await.is_err() {
                        return;
                    }
                }
                for name in names {
                    running
                        .entry(name.clone())
                        .or_insert_with(|| sources.spawn(self.clone().source(Some(name), never)));
                }
            }
            tokio::select! {
                () = self.sender.closed() => return,
                () = sleep(wait) => {}
            }
        }
    }

    /// Takes back what a source showed, and says why it shows nothing any more.
    async fn retire(
        &self,
        id: SourceId,
        why: Trouble,
    ) -> Result<(), mpsc::error::SendError<FleetEvent>> {
        let denied = Freshness::Denied { why };
        for event in [
            FleetEvent::Rows(
                id.clone(),
                FeedEvent::Deltas(vec![Delta::Reset(Vec::new())]),
            ),
            FleetEvent::Rows(id.clone(), FeedEvent::Freshness(denied.clone())),
            FleetEvent::Active(
                id.clone(),
                FeedEvent::Deltas(vec![Delta::Reset(Vec::new())]),
            ),
            FleetEvent::Active(id.clone(), FeedEvent::Freshness(denied.clone())),
        ] {
            self.sender.send(event).await?;
        }
        if self.qaruns {
            let none = FeedEvent::Deltas(vec![Delta::Reset(Vec::new())]);
            self.sender.send(FleetEvent::QaRuns(id, none)).await?;
        }
        Ok(())
    }

    /// Rows first; the whole objects start as soon as the first rows are out.
    async fn source(self, id: SourceId, ends: fn(&Trouble) -> bool) -> End {
        let (first, shown) = oneshot::channel();
        let mut first = Some(first);
        let wrap_id = id.clone();
        let rows = Feed {
            cluster: self.cluster.clone(),
            spec: spec(
                id.clone(),
                None,
                table::ACCEPT,
                "includeObject=Metadata",
                500,
                MOST_ROWS,
            ),
            decode: Arc::new(Mutex::new(Rows::default())),
            quick: vec![(BAD, 100), (ACTIVE, 500)],
            sender: self.sender.clone(),
            wrap: move |event| {
                if let Some(first) = first.take() {
                    // The other side is gone only when the feed is.
                    let _ = first.send(());
                }
                FleetEvent::Rows(wrap_id.clone(), event)
            },
            ends,
            gate: Some(self.gate.clone()),
            near: None,
        };
        let qaruns = self.qaruns.then(|| self.clone().qaruns(id.clone()));
        let active = async move {
            if shown.await.is_err() {
                return End::Unread;
            }
            // Whoever does not know QARuns, or may not see them, is a fleet of workflows all the same.
            if let Some(qaruns) = qaruns {
                let feed = self.objects(id).run();
                return match select(Box::pin(feed), Box::pin(qaruns)).await {
                    Either::Left((end, _)) => end,
                    Either::Right((_, feed)) => feed.await,
                };
            }
            self.objects(id).run().await
        };
        match select(Box::pin(rows.run()), Box::pin(active)).await {
            Either::Left((end, _)) => end,
            Either::Right((_, rows)) => rows.await,
        }
    }

    /// Whole objects of what is not completed.
    fn objects(
        self,
        id: SourceId,
    ) -> Feed<impl Decode<Item = Facts>, FleetEvent, impl FnMut(FeedEvent<Key, Facts>) -> FleetEvent>
    {
        Feed {
            cluster: self.cluster,
            spec: spec(id.clone(), Some(ACTIVE), JSON, "", 50, MOST_ACTIVE),
            decode: Arc::new(Mutex::new(super::decode::facts())),
            quick: Vec::new(),
            sender: self.sender,
            wrap: move |event| FleetEvent::Active(id.clone(), event),
            ends: never,
            gate: Some(self.gate),
            near: self.near,
        }
    }

    /// Rows of QARuns.
    async fn qaruns(self, id: SourceId) -> End {
        let kind = Kind::QaRun;
        let mut spec = spec(
            id.clone(),
            None,
            table::ACCEPT,
            "includeObject=Metadata",
            500,
            MOST_ROWS,
        );
        (spec.group, spec.plural, spec.resource) = (kind.api(), kind.plural(), kind.resource());
        let feed = Feed {
            cluster: self.cluster,
            spec,
            decode: Arc::new(Mutex::new(Briefs::default())),
            quick: Vec::new(),
            sender: self.sender,
            wrap: move |event| FleetEvent::QaRuns(id.clone(), event),
            ends: never,
            gate: Some(self.gate),
            near: None,
        };
        feed.run().await
    }
}

fn spec(
    namespace: SourceId,
    labels: Option<&str>,
    accept: &'static str,
    extra: &'static str,
    limit: u32,
    cap: usize,
) -> Spec {
    Spec {
        group: ARGO,
        plural: "workflows",
        resource: WORKFLOWS,
        namespace,
        labels: labels.map(str::to_string),
        fields: None,
        accept,
        extra,
        limit,
        cap,
    }
}

pub(crate) fn never(_: &Trouble) -> bool {
    false
}

fn forbidden(why: &Trouble) -> bool {
    matches!(why, Trouble::Forbidden { .. })
}
