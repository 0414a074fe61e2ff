//! Logs of pods: append-only lines with their times, by pod and container.
//! Apart from the objects, because a log outgrows them and is followed, not watched.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// A line and when it was written, nanoseconds since the Unix epoch.
pub type Line = (i128, Arc<str>);

/// Tells the lines of a container that has ended, when somebody asks for them.
pub type Telling = Arc<dyn Fn() -> Vec<Line> + Send + Sync>;

/// By namespace and pod.
type Pods = HashMap<(Arc<str>, Arc<str>), Vec<Container>>;

/// The logs of all pods.
pub struct Logs {
    pods: Mutex<Pods>,
    news: watch::Sender<u64>,
}

#[derive(Clone)]
struct Container {
    name: Arc<str>,
    lines: Vec<Line>,
    telling: Option<Telling>,
    ended: bool,
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logs")
            .field("pods", &self.lock().len())
            .finish()
    }
}

impl Default for Logs {
    fn default() -> Self {
        Self {
            pods: Mutex::default(),
            news: watch::Sender::new(0),
        }
    }
}

impl Logs {
    fn lock(&self) -> MutexGuard<'_, Pods> {
        self.pods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same lines. Nobody follows the copy yet.
    pub fn copy(&self) -> Self {
        Self {
            pods: Mutex::new(self.lock().clone()),
            ..Self::default()
        }
    }

    /// Adds lines to a container's log.
    pub fn append(&self, namespace: &str, pod: &str, container: &str, lines: Vec<Line>) {
        self.with(namespace, pod, container, |log| log.lines.extend(lines));
    }

    /// The container writes no more.
    pub fn end(&self, namespace: &str, pod: &str, container: &str) {
        self.with(namespace, pod, container, |log| log.ended = true);
    }

    /// The log of a container that has ended, told only when it is read.
    pub fn tell_later(&self, namespace: &str, pod: &str, container: &str, telling: Telling) {
        self.with(namespace, pod, container, |log| {
            log.telling = Some(telling);
            log.ended = true;
        });
    }

    fn with(&self, namespace: &str, pod: &str, container: &str, act: impl FnOnce(&mut Container)) {
        let mut pods = self.lock();
        let logs = pods.entry((namespace.into(), pod.into())).or_default();
        let at = logs.iter().position(|log| *log.name == *container);
        let at = at.unwrap_or_else(|| {
            logs.push(Container {
                name: container.into(),
                lines: Vec::new(),
                telling: None,
                ended: false,
            });
            logs.len() - 1
        });
        act(&mut logs[at]);
        drop(pods);
        self.news.send_modify(|n| *n += 1);
    }

    /// Lines from number `from` on, and whether more may come. A log that is not there has ended.
    pub fn read(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        from: usize,
    ) -> (Vec<Line>, bool) {
        let mut pods = self.lock();
        let log = pods
            .get_mut(&(namespace.into(), pod.into()))
            .and_then(|logs| logs.iter_mut().find(|log| *log.name == *container));
        let Some(log) = log else {
            return (Vec::new(), true);
        };
        if let Some(telling) = log.telling.take() {
            log.lines = telling();
        }
        let lines = log.lines.get(from..).unwrap_or_default().to_vec();
        (lines, log.ended)
    }

    /// Forgets a pod's logs: it was removed.
    pub fn forget(&self, namespace: &str, pod: &str) {
        self.lock().remove(&(namespace.into(), pod.into()));
        self.news.send_modify(|n| *n += 1);
    }

    /// Tells when any log grew or ended.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }
}
