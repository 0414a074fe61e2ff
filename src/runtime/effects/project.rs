//! The project beside the cluster: its tasks are read, its files watched, and a bridge works for it where somebody wants one.
//! Apart from how any of that is done, which whoever starts the console brings along.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Effects, standing};
use crate::app::bridging::Told;
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::app::screens::tasks::Kept;
use crate::cluster::Cluster;
use crate::model::task::Project;
use crate::runtime::made;
use crate::runtime::mailbox::Mailbox;

/// How long the end of the program waits for a bridge to end what is under way. Ended in the middle it leaves nothing that the next
/// one would not finish.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bridge that is asked for.
pub struct Asked {
    /// Where it works.
    pub cluster: Cluster,
    /// It only says what it would do.
    pub dry: bool,
    /// The namespace of its QARuns, where the project names none.
    pub namespace: Option<Arc<str>>,
    /// It is to end.
    pub stop: BoxFuture<'static, ()>,
    /// Who hears what it says.
    pub tell: Box<dyn FnMut(Told) + Send>,
}

/// Reads a project, or says in one sentence why there is none.
pub type Read = Arc<dyn Fn() -> Result<Project, String> + Send + Sync>;
/// Says that files of a project may have changed.
pub type Changing = Arc<dyn Fn() -> BoxStream<'static, ()> + Send + Sync>;
/// Works as a bridge until it is to end; one sentence where it cannot.
pub type Working = Arc<dyn Fn(Asked) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// A project of Task Master.
#[derive(Clone)]
pub struct Tasks {
    /// Its tasks.
    pub read: Read,
    /// Its files.
    pub changes: Changing,
    /// Its bridge.
    pub bridge: Working,
    /// Where it is kept what people made of criteria; nothing: only as long as the program runs.
    pub made: Option<PathBuf>,
}

/// What goes on for the project. Dropped, it ends.
#[derive(Default)]
pub(super) struct Beside {
    tasks: Option<Tasks>,
    /// What was made of criteria was read.
    recalled: bool,
    watching: Option<JoinHandle<()>>,
    bridge: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Beside {
    /// Files are read where waiting for them keeps nobody; from then on their changes are told.
    pub(super) fn read(&mut self, mailbox: &Mailbox) {
        let tasks = self.tasks.clone();
        if let (None, Some(tasks)) = (&self.watching, &tasks) {
            let (mailbox, mut changes) = (mailbox.clone(), (tasks.changes)());
            self.watching = Some(tokio::spawn(async move {
                while changes.next().await.is_some() {
                    mailbox.push(Msg::TasksChanged);
                }
            }));
        }
        let mailbox = mailbox.clone();
        let recalls = !std::mem::replace(&mut self.recalled, true);
        tokio::task::spawn_blocking(move || {
            let answer = match &tasks {
                Some(tasks) => (tasks.read)(),
                None => Err("no project is looked at here".to_string()),
            };
            let made = tasks.and_then(|tasks| tasks.made).filter(|_| recalls);
            if let (Some(file), Ok(project)) = (made, &answer) {
                mailbox.push(Msg::Made(made::read(&file, &project.folder)));
            }
            mailbox.push(Msg::Tasks(Box::new(answer)));
        });
    }
}

impl Beside {
    /// A few lines, written at once: whoever ends the program next has them.
    fn keep(&self, project: &str, made: &Kept) {
        let file = self.tasks.as_ref().and_then(|tasks| tasks.made.as_ref());
        if let Some(file) = file
            && let Err(error) = made::write(file, project, made)
        {
            tracing::warn!(%error, file = %file.display(), "what was made of criteria is not kept");
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(job) = &self.watching {
            job.abort();
        }
        if let Some((_, job)) = &self.bridge {
            job.abort();
        }
    }
}

impl Effects {
    /// Tasks are those of this project.
    #[must_use]
    pub fn with_tasks(mut self, tasks: Option<Tasks>) -> Self {
        self.beside.tasks = tasks;
        self
    }

    /// What is wanted of the project.
    pub(super) fn for_project(&mut self, effect: Effect) {
        match effect {
            Effect::ReadTasks => self.beside.read(&self.mailbox),
            Effect::KeepMade(project, made) => self.beside.keep(&project, &made),
            Effect::Bridge {
                number,
                dry,
                namespace,
            } => self.bridge(number, dry, namespace),
            Effect::EndBridge => self.end_bridge(),
            _ => {}
        }
    }

    /// Starts a bridge; it goes on whatever is looked at meanwhile.
    fn bridge(&mut self, number: u64, dry: bool, namespace: Option<Arc<str>>) {
        self.end_bridge();
        let (mailbox, ready) = (self.mailbox.clone(), self.cluster.clone());
        let work = self.beside.tasks.as_ref().map(|tasks| tasks.bridge.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let stop_heard = async move { drop(stopped.await) }.shared();
        let job = tokio::spawn(async move {
            let words = mailbox.clone();
            let tell = move |told| words.push(Msg::Bridge(number, told));
            let begun = tokio::select! {
                cluster = standing(ready) => cluster,
                () = stop_heard.clone() => return,
            };
            let done = match (begun, work) {
                (_, None) => Err("no project is looked at here".to_owned()),
                (None, _) => Err("the connection was left before".to_owned()),
                (Some(cluster), Some(work)) => {
                    let asked = Asked {
                        cluster,
                        dry,
                        namespace,
                        stop: stop_heard.boxed(),
                        tell: Box::new(tell),
                    };
                    work(asked).await
                }
            };
            if let Err(why) = done {
                mailbox.push(Msg::Bridge(number, Told::Ended(why)));
            }
        });
        self.beside.bridge = Some((stop, job));
    }

    /// Tells a bridge to end; what is under way it ends in its own time.
    fn end_bridge(&mut self) {
        if let Some((stop, _)) = self.beside.bridge.take() {
            // One that has ended hears nothing.
            let _ = stop.send(());
        }
    }

    /// The same at the end of the program, which waits a moment for it.
    pub async fn rest(&mut self) {
        if let Some((stop, job)) = self.beside.bridge.take() {
            let _ = stop.send(());
            let _ = tokio::time::timeout(PATIENCE, job).await;
        }
    }
}
