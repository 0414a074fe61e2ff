//! The one match that carries effects out: each becomes a job whose words come back through the mailbox.
//! Apart from the loop, so that console, scripts and tests carry out the same effects in the same way.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{Stream, StreamExt};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::effect::{Alert, Effect};
use crate::app::memory::Memory;
use crate::app::msg::{ClusterMsg, ContextInfo, Msg, Session};
use crate::cluster::{self, Cluster, FleetEvent, Target};
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::trouble::Trouble;
use crate::runtime::browser;
use crate::runtime::mailbox::{Mailbox, Valve};

/// First and longest wait before a connection is tried again.
const RETRY: (Duration, Duration) = (Duration::from_millis(800), Duration::from_secs(30));

/// Where clusters come from.
#[derive(Clone)]
pub enum Source {
    /// A kubeconfig, or the pod's own account.
    Kubeconfig(Target),
    /// A client that is made already.
    Ready(Cluster),
    /// A cluster of this name that is being made: the embedded one tells its history first.
    Made(Arc<str>, Maker),
}

/// Makes a client; asked again whenever a connection is.
pub type Maker = Arc<dyn Fn() -> BoxFuture<'static, Result<Cluster, Trouble>> + Send + Sync>;

/// What is left for the loop to do itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Rest {
    /// Give this text to the clipboard.
    Copy(Arc<str>),
    /// Stop until the shell continues us.
    Suspend,
    /// Read the configuration files again.
    ReadConfig,
    /// Make the terminal call for attention.
    Alert(Alert),
    /// Run a program of the person's own: name and arguments, and what it finds in its environment.
    Hook(Vec<String>, Vec<(String, String)>),
    /// Keep where somebody left off in a context.
    Remember(String, Memory),
    /// Wheel and clicks are for the program, or for the terminal.
    Mouse(bool),
    /// End the program.
    Quit,
}

/// Carries effects out. Dropped, all its jobs end.
pub struct Effects {
    source: Source,
    readonly: bool,
    mailbox: Mailbox,
    context: Option<Arc<str>>,
    /// The connection once it stands. Each has a channel of its own: a job of an earlier one writes into an earlier one.
    cluster: watch::Receiver<Option<Cluster>>,
    connection: Slot,
    reads: Slot,
    run: Slot,
    log: Slot,
}

/// Jobs that are replaced together. What a replaced job still says is not heard.
struct Slot {
    valve: Valve,
    jobs: Vec<JoinHandle<()>>,
}

impl Slot {
    fn new(mailbox: &Mailbox) -> Self {
        Self {
            valve: mailbox.valve(),
            jobs: Vec::new(),
        }
    }

    fn clear(&mut self, mailbox: &Mailbox) {
        self.valve.shut();
        for job in self.jobs.drain(..) {
            job.abort();
        }
        self.valve = mailbox.valve();
    }

    fn spawn(&mut self, job: impl Future<Output = ()> + Send + 'static) {
        self.jobs.retain(|job| !job.is_finished());
        self.jobs.push(tokio::spawn(job));
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        for job in &self.jobs {
            job.abort();
        }
    }
}

impl Effects {
    /// Nothing runs yet.
    pub fn new(source: Source, readonly: bool, mailbox: Mailbox) -> Self {
        let slot = || Slot::new(&mailbox);
        Self {
            source,
            readonly,
            context: None,
            cluster: watch::channel(None).1,
            connection: slot(),
            reads: slot(),
            run: slot(),
            log: slot(),
            mailbox,
        }
    }

    /// Carries one effect out, as a job of the current tokio runtime; says what is left for the loop.
    pub fn carry_out(&mut self, effect: Effect) -> Option<Rest> {
        // The one place: a console that may not write sends nothing that does.
        if self.readonly && effect.writes() {
            tracing::warn!(?effect, "refused: read-only");
            return None;
        }
        match effect {
            Effect::Connect {
                session,
                context,
                scope,
            } => self.connect(session, context, scope),
            Effect::ReadFacts(session, key) => self.read(session, |cluster| async move {
                let result = cluster.facts(&key).await.map(|facts| facts.map(Box::new));
                ClusterMsg::FactsRead(key, result)
            }),
            Effect::ReadTail {
                session,
                run,
                pod,
                container,
                step,
                lines,
            } => self.read(session, move |cluster| async move {
                let result = cluster.tail(&run, &pod, &container, &step, lines).await;
                ClusterMsg::Tail {
                    run,
                    pod,
                    container,
                    result,
                }
            }),
            Effect::ReadYaml(session, key) => self.read(session, |cluster| async move {
                let result = match cluster.yaml_value(&key).await {
                    Ok(value) => cluster::yaml::render(&value),
                    Err(why) => Err(why),
                };
                ClusterMsg::Yaml(key, result)
            }),
            Effect::ListNamespaces(session) => self.read(session, |cluster| async move {
                ClusterMsg::Namespaces(cluster.namespaces().await)
            }),
            Effect::ListContexts(session) => self.contexts(session),
            Effect::Watch(session, key) => self.watch(session, &key),
            Effect::Unwatch => self.run.clear(&self.mailbox),
            Effect::FollowLog(session, key) => self.follow(session, key),
            Effect::UnfollowLog => {
                self.log.clear(&self.mailbox);
                self.mailbox.forget_logs();
            }
            Effect::Show(link) => self.show(link),
            Effect::Copy(text) => return Some(Rest::Copy(text)),
            Effect::ReadConfig => return Some(Rest::ReadConfig),
            Effect::Alert(alert) => return Some(Rest::Alert(alert)),
            Effect::Hook { argv, facts } => return Some(Rest::Hook(argv, facts)),
            Effect::Remember(context, memory) => return Some(Rest::Remember(context, memory)),
            Effect::Mouse(ours) => return Some(Rest::Mouse(ours)),
            Effect::Suspend => return Some(Rest::Suspend),
            Effect::Quit => return Some(Rest::Quit),
        }
        None
    }

    fn connect(&mut self, session: Session, context: Option<Arc<str>>, scope: Scope) {
        for slot in [
            &mut self.connection,
            &mut self.reads,
            &mut self.run,
            &mut self.log,
        ] {
            slot.clear(&self.mailbox);
        }
        self.mailbox.forget_logs();
        self.context = context;
        let source = self.present();
        let valve = self.connection.valve.clone();
        let (ready, cluster) = watch::channel(None);
        self.cluster = cluster;
        self.connection.spawn(async move {
            let say = |msg| valve.push(Msg::Cluster(session, msg));
            let cluster = stand(&source, say).await;
            ready.send_replace(Some(cluster.clone()));
            let mut fleet = cluster.fleet(scope);
            while let Some(event) = fleet.next().await {
                let msg = match event {
                    FleetEvent::Rows(source, event) => ClusterMsg::Rows(source, event),
                    FleetEvent::Active(source, event) => ClusterMsg::Active(source, event),
                };
                if !say(msg) {
                    return;
                }
            }
        });
    }

    /// Where the present connection comes from.
    fn present(&self) -> Source {
        let mut source = self.source.clone();
        if let (Source::Kubeconfig(target), Some(context)) = (&mut source, &self.context) {
            target.context = Some(context.to_string());
        }
        source
    }

    /// A browser answers when it likes; the loop does not wait for it, and the program's end does not either.
    fn show(&self, link: Arc<str>) {
        let mailbox = self.mailbox.clone();
        std::thread::spawn(move || {
            if let Err(why) = browser::show(&link) {
                tracing::warn!(%link, why, "not shown");
                mailbox.push(Msg::NotShown(link, why));
            }
        });
    }

    /// Which contexts there are needs no connection. The files can be large or on a slow disk, so the loop does not read them.
    fn contexts(&mut self, session: Session) {
        let source = self.present();
        let valve = self.reads.valve.clone();
        self.reads.spawn(async move {
            let result = tokio::task::spawn_blocking(move || contexts(&source))
                .await
                .unwrap_or_else(|why| {
                    let detail = why.to_string();
                    Err(Trouble::NotConfigured { detail })
                });
            valve.push(Msg::Cluster(session, ClusterMsg::Contexts(result)));
        });
    }

    /// One question with one answer, asked as soon as the connection stands.
    fn read<F>(&mut self, session: Session, ask: impl FnOnce(Cluster) -> F + Send + 'static)
    where
        F: Future<Output = ClusterMsg> + Send,
    {
        let valve = self.reads.valve.clone();
        let ready = self.cluster.clone();
        self.reads.spawn(async move {
            if let Some(cluster) = standing(ready).await {
                valve.push(Msg::Cluster(session, ask(cluster).await));
            }
        });
    }

    fn watch(&mut self, session: Session, key: &Key) {
        self.run.clear(&self.mailbox);
        let ready = self.cluster.clone();
        let valve = self.run.valve.clone();
        let key = key.clone();
        self.run.spawn(async move {
            let Some(cluster) = standing(ready).await else {
                return;
            };
            let words = |msg| Msg::Cluster(session, msg);
            tokio::join!(
                forward(cluster.watch_run(&key), &valve, |event| words(
                    ClusterMsg::Workflow(key.clone(), event)
                )),
                forward(cluster.pods(&key), &valve, |event| words(ClusterMsg::Pods(
                    key.clone(),
                    event
                ))),
                forward(cluster.events(&key), &valve, |event| words(
                    ClusterMsg::Events(key.clone(), event)
                )),
            );
        });
    }

    fn follow(&mut self, session: Session, key: Key) {
        self.log.clear(&self.mailbox);
        self.mailbox.forget_logs();
        let ready = self.cluster.clone();
        let valve = self.log.valve.clone();
        self.log.spawn(async move {
            let Some(cluster) = standing(ready).await else {
                return;
            };
            let mut lines = cluster.follow(&key);
            while let Some(event) = lines.next().await {
                // A log that is faster than the screen stays in its socket.
                valve.room().await;
                if !valve.push(Msg::Cluster(session, ClusterMsg::Log(key.clone(), event))) {
                    return;
                }
            }
        });
    }
}

/// Contexts of a source; the one it asks for is the current one.
fn contexts(source: &Source) -> Result<Vec<ContextInfo>, Trouble> {
    match source {
        Source::Kubeconfig(target) => cluster::contexts(target),
        Source::Ready(cluster) => Ok(vec![ContextInfo {
            name: cluster.context().clone(),
            cluster: cluster.server().clone(),
            namespace: None,
            current: true,
        }]),
        Source::Made(name, _) => Ok(vec![ContextInfo {
            name: name.clone(),
            cluster: "in this process".into(),
            namespace: None,
            current: true,
        }]),
    }
}

async fn forward<T>(
    mut events: impl Stream<Item = T> + Unpin,
    valve: &Valve,
    word: impl Fn(T) -> Msg,
) {
    while let Some(event) = events.next().await {
        if !valve.push(word(event)) {
            return;
        }
    }
}

/// The cluster as soon as the connection stands; `None` where it will not any more.
async fn standing(mut ready: watch::Receiver<Option<Cluster>>) -> Option<Cluster> {
    ready.wait_for(Option::is_some).await.ok()?.clone()
}

/// Connects, as often as it takes, and says how it goes.
async fn stand(source: &Source, say: impl Fn(ClusterMsg) -> bool) -> Cluster {
    let mut wait = RETRY.0;
    loop {
        match try_connect(source, &say).await {
            Ok((cluster, connected)) => {
                say(connected);
                return cluster;
            }
            Err(why) => {
                tracing::warn!(%why, "not connected");
                let jittered = wait.mul_f64(0.75 + 0.5 * fraction());
                let retry_ms = u64::try_from(jittered.as_millis()).unwrap_or(u64::MAX);
                say(ClusterMsg::NotConnected { why, retry_ms });
                tokio::time::sleep(jittered).await;
                wait = (wait * 2).min(RETRY.1);
            }
        }
    }
}

async fn try_connect(
    source: &Source,
    say: &impl Fn(ClusterMsg) -> bool,
) -> Result<(Cluster, ClusterMsg), Trouble> {
    let cluster = match source {
        Source::Kubeconfig(target) => Cluster::connect(target).await?,
        Source::Ready(cluster) => cluster.clone(),
        Source::Made(_, make) => make().await?,
    };
    say(ClusterMsg::Reaching(cluster.context().clone()));
    let info = cluster.probe().await?;
    let connected = ClusterMsg::Connected {
        context: cluster.context().clone(),
        server: cluster.server().clone(),
        version: info.version,
        user: info.user,
    };
    Ok((cluster, connected))
}

/// A number from 0 to 1 that differs between processes and moments; spreads retries, decides nothing.
fn fraction() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let hash = RandomState::new().hash_one(0_u8);
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn the_context_asked_for_last_is_the_current_one() {
        let file = std::env::temp_dir().join(format!("tiphys-contexts-{}", std::process::id()));
        let text = "{current-context: a, clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}], users: [], \
            contexts: [{name: a, context: {cluster: c}}, {name: b, context: {cluster: c}}]}";
        std::fs::write(&file, text).unwrap();
        let mailbox = Mailbox::new();
        let source = Source::Kubeconfig(Target {
            kubeconfig: Some(file.clone()),
            ..Target::default()
        });
        let mut effects = Effects::new(source, false, mailbox.clone());
        for (session, asked, expected) in [(1, None, "a"), (2, Some("b"), "b"), (3, None, "a")] {
            effects.carry_out(Effect::Connect {
                session,
                context: asked.map(Into::into),
                scope: Scope::All,
            });
            effects.carry_out(Effect::ListContexts(session));
            let contexts = 'heard: loop {
                for msg in mailbox.recv_batch().await {
                    if let Msg::Cluster(at, ClusterMsg::Contexts(contexts)) = msg
                        && at == session
                    {
                        break 'heard contexts.unwrap();
                    }
                }
            };
            let current = contexts.iter().filter(|context| context.current);
            assert_eq!(current.map(|c| &*c.name).collect::<Vec<_>>(), [expected]);
        }
        std::fs::remove_file(file).unwrap();
    }
}
