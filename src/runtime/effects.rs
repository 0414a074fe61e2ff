//! The one match that carries effects out: each becomes a job whose words come back through the mailbox.
//! Apart from the loop, so that console, scripts and tests carry out the same effects in the same way.

use std::sync::Arc;

use futures::StreamExt;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::app::aside::{Aside, Program};
use crate::app::effect::{Alert, Effect};
use crate::app::memory::Memory;
use crate::app::msg::{ClusterMsg, Msg, Session};
use crate::app::orders::Ticket;
use crate::cluster::{self, Cluster, FleetEvent, Near};
use crate::model::act::{Kind, Order, Outcome, Shown};
use crate::model::delta::Scope;
use crate::model::inside::Inside;
use crate::model::key::{Key, Uid};
use crate::model::log::{LogEvent, Reach};
use crate::model::past::Past;
use crate::model::trouble::Trouble;
use crate::runtime::acting;
use crate::runtime::browser;
use crate::runtime::journal::Journal;
use crate::runtime::mailbox::Mailbox;
use crate::runtime::saving;
use crate::runtime::session::{self, Visit};
use crate::runtime::sheet::Sheets;
use crate::runtime::slot::Slot;
pub use crate::runtime::standing::{Maker, Source};
use crate::runtime::standing::{contexts, stand, standing};
use project::Beside;
pub use project::{Asked, Changing, Read, Tasks, Working};

/// Entries of the journal that are shown.
const JOURNAL: usize = 500;

/// What is left for the loop to do itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Rest {
    /// Give this text to the clipboard.
    Copy(Arc<str>),
    /// Let a program have the terminal, with these arguments.
    Run(Ticket, Program, Vec<String>),
    /// Stop until the shell continues us.
    Suspend,
    /// Read the configuration files again.
    ReadConfig,
    /// Look like this theme.
    Wear(String),
    /// Make the terminal call for attention.
    Alert(Alert),
    /// Run a program of the person's own: name and arguments, and what it finds in its environment.
    Hook(Vec<String>, Vec<(String, String)>),
    /// Keep where somebody left off in a context.
    Remember(String, Memory),
    /// Keep what is known of runs of this context that ended.
    KeepPast(Arc<str>, Vec<Past>),
    /// Tell what was kept of earlier runs of this context.
    Recall(Session, Arc<str>),
    /// Wheel and clicks are for the program, or for the terminal.
    Mouse(bool),
    /// End the program.
    Quit,
}

/// Carries effects out. Dropped, all its jobs end.
pub struct Effects {
    source: Source,
    readonly: bool,
    journal: Option<Journal>,
    visits: Option<mpsc::UnboundedSender<(Ticket, Visit)>>,
    mailbox: Mailbox,
    context: Option<Arc<str>>,
    /// The connection once it stands. Each has a channel of its own: a job of an earlier one writes into an earlier one.
    cluster: watch::Receiver<Option<Cluster>>,
    /// The runs on screen.
    near: Near,
    connection: Slot,
    reads: Slot,
    run: Slot,
    qarun: Slot,
    log: Slot,
    /// The project beside the cluster.
    beside: Beside,
    /// Manifests that the editor has.
    sheets: Sheets,
    downloads: Vec<(Ticket, JoinHandle<()>)>,
}

impl Drop for Effects {
    fn drop(&mut self) {
        for (_, job) in &self.downloads {
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
            journal: None,
            visits: None,
            context: None,
            cluster: watch::channel(None).1,
            near: Near::default(),
            connection: slot(),
            reads: slot(),
            run: slot(),
            qarun: slot(),
            log: slot(),
            beside: Beside::default(),
            sheets: Sheets::default(),
            downloads: Vec::new(),
            mailbox,
        }
    }

    /// What is done is written down here.
    #[must_use]
    pub fn noted_in(mut self, journal: Option<Journal>) -> Self {
        self.journal = journal;
        self
    }

    /// These runs are on screen, and no others.
    pub fn near(&self, uids: impl Iterator<Item = Uid>) {
        self.near.set(uids);
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
            tail @ Effect::ReadTail { .. } => self.read_tail(tail),
            effect @ (Effect::Compare(..) | Effect::CompareLogs { .. }) => self.compare(effect),
            effect @ (Effect::ReadYaml(..) | Effect::ReadObject(..) | Effect::ReadQaRun(..)) => {
                self.read_whole(effect)
            }
            effect @ (Effect::ReadSizes(..)
            | Effect::ReadArtifact(..)
            | Effect::Download(..)
            | Effect::StopDownload(_)) => self.artifacts(effect),
            Effect::ReadOrigins { session, scope, at } => {
                self.read(session, move |cluster| async move {
                    ClusterMsg::Origins(Box::new(cluster.origins(&scope, at).await))
                });
            }
            effect @ (Effect::ReadTasks
            | Effect::KeepMade(..)
            | Effect::Bridge { .. }
            | Effect::EndBridge) => self.for_project(effect),
            Effect::ListNamespaces(session) => self.read(session, |cluster| async move {
                ClusterMsg::Namespaces(cluster.namespaces().await)
            }),
            Effect::ListContexts(session) => self.contexts(session),
            effect @ (Effect::Watch(..)
            | Effect::Unwatch
            | Effect::WatchQaRun { .. }
            | Effect::UnwatchQaRun) => self.look(effect),
            Effect::ReadAgents(session, scope) => self.read(session, move |cluster| async move {
                ClusterMsg::Agents(cluster.agents_in(&scope).await)
            }),
            Effect::FollowLog(session, key, beside, reach) => {
                self.follow(session, key, beside, reach);
            }
            Effect::UnfollowLog => {
                self.log.clear(&self.mailbox);
                self.mailbox.forget_logs();
            }
            Effect::Prepare {
                session,
                ticket,
                order,
                at,
            } => self.read(session, move |cluster| async move {
                ClusterMsg::Prepared(ticket, Box::new(cluster.prepare(&order, at).await))
            }),
            Effect::ReadManifest(session, ticket, order) => {
                self.read(session, move |cluster| async move {
                    ClusterMsg::Manifest(ticket, Box::new(cluster.manifest(&order).await))
                });
            }
            Effect::AskRights(session, namespace) => self.ask_rights(session, namespace),
            Effect::Act {
                ticket,
                order,
                shown,
                at,
                ..
            } => self.act(ticket, *order, shown, at),
            Effect::ReadJournal => self.read_journal(),
            Effect::SaveLog(saved) => saving::start(saved, &self.mailbox),
            Effect::Show(link) => self.show(link),
            Effect::Copy(text) => return Some(Rest::Copy(text)),
            Effect::ReadConfig => return Some(Rest::ReadConfig),
            Effect::Wear(name) => return Some(Rest::Wear(name)),
            Effect::Alert(alert) => return Some(Rest::Alert(alert)),
            Effect::Hook { argv, facts } => return Some(Rest::Hook(argv, facts)),
            Effect::Remember(context, memory) => return Some(Rest::Remember(context, memory)),
            Effect::KeepPast(context, runs) => return Some(Rest::KeepPast(context, runs)),
            Effect::Recall(session, context) => return Some(Rest::Recall(session, context)),
            Effect::Mouse(ours) => return Some(Rest::Mouse(ours)),
            Effect::Aside(ticket, Aside::Run { program, args }) => {
                return Some(Rest::Run(ticket, program, args));
            }
            Effect::Aside(ticket, Aside::Visit { inside, at }) => self.visit(ticket, inside, at),
            effect @ (Effect::Aside(_, Aside::Edit { .. } | Aside::Read { .. })
            | Effect::TakeSheet(_)
            | Effect::DropSheet(_)
            | Effect::KeepSheet(..)) => {
                return self
                    .sheets
                    .carry_out(effect, self.journal.as_ref(), &self.mailbox);
            }
            Effect::Suspend => return Some(Rest::Suspend),
            Effect::Quit => return Some(Rest::Quit),
        }
        None
    }

    /// A whole object, as it is shown or as a draft begins with it.
    fn read_whole(&mut self, effect: Effect) {
        match effect {
            Effect::ReadYaml(session, kind, key) => self.read(session, move |cluster| async move {
                let yaml = rendered(match kind {
                    Kind::Workflow => cluster.yaml_value(&key).await,
                    kind => cluster.whole(kind, &key).await,
                });
                ClusterMsg::Yaml(key, yaml)
            }),
            Effect::ReadObject(session, kind, key) => {
                self.read(session, move |cluster| async move {
                    let yaml = rendered(cluster.whole(kind, &key).await);
                    ClusterMsg::Object(key, yaml)
                });
            }
            Effect::ReadQaRun(session, key) => self.read(session, |cluster| async move {
                let spec = cluster.qarun_spec(&key).await;
                ClusterMsg::SpecRead(key, Box::new(spec))
            }),
            _ => {}
        }
    }

    /// The last lines of one container.
    fn read_tail(&mut self, effect: Effect) {
        let Effect::ReadTail {
            session,
            run,
            pod,
            container,
            step,
            lines,
        } = effect
        else {
            return;
        };
        self.read(session, move |cluster| async move {
            let reach = Reach {
                tail: Some(lines),
                since: None,
            };
            let result = cluster.tail(&run, &pod, &container, &step, reach).await;
            ClusterMsg::Tail {
                run,
                pod,
                container,
                result,
            }
        });
    }

    fn connect(&mut self, session: Session, context: Option<Arc<str>>, scope: Scope) {
        for slot in [
            &mut self.connection,
            &mut self.reads,
            &mut self.run,
            &mut self.qarun,
            &mut self.log,
        ] {
            slot.clear(&self.mailbox);
        }
        self.mailbox.forget_logs();
        self.context = context;
        let source = self.present();
        let valve = self.connection.valve.clone();
        let near = self.near.clone();
        let (ready, cluster) = watch::channel(None);
        self.cluster = cluster;
        self.connection.spawn(async move {
            let say = |msg| valve.push(Msg::Cluster(session, msg));
            let cluster = stand(&source, say).await;
            ready.send_replace(Some(cluster.clone()));
            let mut fleet = cluster.fleet_with_qaruns(scope, near);
            while let Some(event) = fleet.next().await {
                let msg = match event {
                    FleetEvent::Rows(source, event) => ClusterMsg::Rows(source, event),
                    FleetEvent::Active(source, event) => ClusterMsg::Active(source, event),
                    FleetEvent::QaRuns(source, event) => ClusterMsg::QaRuns(source, event),
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

    /// A write goes on whatever is looked at meanwhile: it is not one of the jobs that a switch ends.
    fn act(&self, ticket: Ticket, order: Order, shown: Shown, at: Timestamp) {
        let mailbox = self.mailbox.clone();
        let journal = self.journal.clone();
        let ready = self.cluster.clone();
        tokio::spawn(async move {
            let outcome = match standing(ready).await {
                Some(cluster) => {
                    let done = acting::carry(&cluster, &order, &shown, at, journal.as_ref()).await;
                    done.outcome
                }
                None => Outcome::NotApplied {
                    why: "the connection was left before it was sent".into(),
                },
            };
            mailbox.push(Msg::Acted(ticket, Box::new(outcome)));
        });
    }

    /// A way into a container is opened while the console still draws; whoever has the terminal is joined to it then.
    fn visit(&self, ticket: Ticket, inside: Inside, at: Timestamp) {
        let (mailbox, ready) = (self.mailbox.clone(), self.cluster.clone());
        let (journal, visits) = (self.journal.clone(), self.visits.clone());
        let say = move |why: String| mailbox.push(Msg::Aside(ticket, Err(why)));
        let Some(visits) = visits else {
            return say("there is no terminal here for it".to_string());
        };
        tokio::spawn(async move {
            let begun = match standing(ready).await {
                Some(cluster) => session::begin(&cluster, inside, true, at, journal).await,
                None => Err("the connection was left before".to_string()),
            };
            match begun {
                // A loop that has ended lets nobody in.
                Ok(visit) => drop(visits.send((ticket, visit))),
                Err(why) => say(why),
            }
        });
    }

    /// Ways into containers, once they are open, for whoever has a terminal.
    pub fn visits(&mut self) -> mpsc::UnboundedReceiver<(Ticket, Visit)> {
        let (send, visits) = mpsc::unbounded_channel();
        self.visits = Some(send);
        visits
    }

    fn read_journal(&self) {
        let mailbox = self.mailbox.clone();
        let journal = self.journal.clone();
        tokio::task::spawn_blocking(move || {
            let entries = match journal {
                Some(journal) => journal.read(JOURNAL),
                None => Err("no journal is kept here: there is no home directory".to_string()),
            };
            mailbox.push(Msg::Journal(entries));
        });
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

    fn ask_rights(&mut self, session: Session, namespace: Arc<str>) {
        self.read(session, |cluster| async move {
            let may = cluster
                .refuses("patch", "workflows.argoproj.io", &namespace)
                .await;
            ClusterMsg::Rights(namespace, may)
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

    fn follow(&mut self, session: Session, key: Key, beside: Vec<Key>, reach: Reach) {
        self.log.clear(&self.mailbox);
        self.mailbox.forget_logs();
        let ready = self.cluster.clone();
        let valve = self.log.valve.clone();
        self.log.spawn(async move {
            let Some(cluster) = standing(ready).await else {
                return;
            };
            // Lines of the same log that were on their way before must not stand beside those that come again.
            let begins = futures::stream::iter([LogEvent::Begins]);
            let keys = [vec![key.clone()], beside].concat();
            let mut lines = begins.chain(cluster.follow(&keys, reach));
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

/// An object as YAML for a person.
fn rendered(value: Result<Value, Trouble>) -> Result<Arc<str>, Trouble> {
    value.and_then(|value| cluster::yaml::render(&value))
}

mod artifacts;
mod compare;
mod project;
#[cfg(test)]
mod tests;
mod watching;
