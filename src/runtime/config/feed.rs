//! The configuration read again when a file of it changes, or when somebody asks.
//! Apart from reading it, because nothing here looks at a file before the system says that there is something to see.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Home, Loaded};

/// A file counts as written once nothing happened to it for so long: editors write in several steps.
const QUIET: Duration = Duration::from_millis(100);
/// How many such steps are waited for at most.
const STEPS: usize = 8;

/// Why it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    Changed,
    Asked,
    /// Another theme is to be in force than the files name.
    Wear(String),
}

/// Configurations as they come to hold. Dropped, nothing is watched any more.
#[derive(Debug)]
pub struct Feed {
    ask: UnboundedSender<Reason>,
    news: UnboundedReceiver<Loaded>,
    job: JoinHandle<()>,
}

impl Feed {
    /// Watches the files of this home since they were read, as a job of the current runtime.
    pub fn start(home: Home, loaded: Loaded) -> Self {
        let (ask, reasons) = mpsc::unbounded_channel();
        let (tell, news) = mpsc::unbounded_channel();
        let job = tokio::spawn(work(home, loaded, ask.clone(), reasons, tell));
        Self { ask, news, job }
    }

    /// The next one. Cancel safe.
    pub async fn next(&mut self) -> Loaded {
        match self.news.recv().await {
            Some(loaded) => loaded,
            None => std::future::pending().await,
        }
    }

    /// Reads it now, changed or not.
    pub fn ask(&self) {
        // A job that has ended was reported by the panic hook.
        let _ = self.ask.send(Reason::Asked);
    }

    /// Reads it with this theme, as if the command line had named it.
    pub fn wear(&self, name: String) {
        let _ = self.ask.send(Reason::Wear(name));
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.job.abort();
    }
}

async fn work(
    mut home: Home,
    mut loaded: Loaded,
    poke: UnboundedSender<Reason>,
    mut reasons: UnboundedReceiver<Reason>,
    tell: UnboundedSender<Loaded>,
) {
    let mut watch = Watch::new(poke);
    loop {
        // What happened in a folder before it was watched nobody has told.
        let mut reason = match watch.look_at(&home, &loaded) {
            true => Some(Reason::Changed),
            false => reasons.recv().await,
        };
        for _ in 0..STEPS {
            match timeout(QUIET, reasons.recv()).await {
                Ok(Some(Reason::Changed)) => {}
                Ok(Some(asked)) => {
                    if let Some(Reason::Wear(name)) = reason.replace(asked) {
                        home.asked.theme = Some(name);
                    }
                }
                Ok(None) | Err(_) => break,
            }
        }
        if let Some(Reason::Wear(name)) = &reason {
            home.asked.theme = Some(name.clone());
        }
        let (Some(reason), Some(new)) = (reason, load(&home, &loaded).await) else {
            return;
        };
        // Whoever asked wants an answer, and a file that was touched is not one that was changed.
        if reason != Reason::Changed || new.files != loaded.files {
            if tell.send(new.clone()).is_err() {
                return;
            }
            loaded = new;
        }
    }
}

/// Files can lie on a slow disk: they are not read where jobs wait for their turn.
async fn load(home: &Home, before: &Loaded) -> Option<Loaded> {
    let (home, before) = (home.clone(), before.clone());
    let read = move || home.load(Some(&before));
    tokio::task::spawn_blocking(read).await.ok()
}

/// Folders that the system watches for us, and what in them is ours.
struct Watch {
    watcher: Option<RecommendedWatcher>,
    folders: Vec<PathBuf>,
    ours: Arc<Mutex<Vec<PathBuf>>>,
}

impl Watch {
    fn new(poke: UnboundedSender<Reason>) -> Self {
        let ours: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
        let known = ours.clone();
        let heard = move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            // Reading is an event too, and we read.
            if matches!(event.kind, EventKind::Access(_)) {
                return;
            }
            let ours = known.lock().unwrap_or_else(PoisonError::into_inner);
            let is_ours = |path: &PathBuf| {
                ours.iter()
                    .any(|our| path.starts_with(our) || our.starts_with(path))
            };
            if event.paths.is_empty() || event.paths.iter().any(is_ours) {
                // The job ends before the watcher does; then nobody needs to know.
                let _ = poke.send(Reason::Changed);
            }
        };
        let watcher = notify::recommended_watcher(heard)
            .inspect_err(
                |error| tracing::warn!(%error, "changes of the configuration are not noticed"),
            )
            .ok();
        Self {
            watcher,
            folders: Vec::new(),
            ours,
        }
    }

    /// Watches the folders in which something can happen to these files; says whether they are others than before.
    fn look_at(&mut self, home: &Home, loaded: &Loaded) -> bool {
        let (folders, ours) = places(home, loaded);
        *self.ours.lock().unwrap_or_else(PoisonError::into_inner) = ours;
        let Some(watcher) = &mut self.watcher else {
            return false;
        };
        for folder in self.folders.iter().filter(|old| !folders.contains(old)) {
            // One that is gone is not watched any more anyway.
            let _ = watcher.unwatch(folder);
        }
        // A folder that was removed and made again is another one, so all are watched anew.
        for folder in &folders {
            if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
                tracing::warn!(%error, folder = %folder.display(), "is not watched");
            }
        }
        let others = self.folders != folders;
        self.folders = folders;
        others
    }
}

/// Folders to watch, and the paths in them that matter. A file can be a link into another folder, where it is edited; a
/// directory that does not exist yet can be made in the nearest one that does.
fn places(home: &Home, loaded: &Loaded) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut folders, mut ours) = (Vec::new(), Vec::new());
    if let Some(dir) = &home.dir {
        let exists = dir.ancestors().find_map(|dir| dir.canonicalize().ok());
        match (dir.canonicalize(), exists) {
            (Ok(dir), _) => {
                folders.extend([dir.join("themes"), dir.join("keymaps"), dir.clone()]);
                ours.push(dir);
            }
            (Err(_), Some(parent)) => {
                let rest = dir.ancestors().find(|a| a.exists());
                let rest = rest.and_then(|a| dir.strip_prefix(a).ok());
                ours.push(parent.join(rest.unwrap_or(dir)));
                folders.push(parent);
            }
            (Err(_), None) => {}
        }
    }
    let files = &loaded.files;
    let sources = files.config.iter().chain(&files.keymap);
    let sources = sources
        .chain(files.keymaps.values())
        .chain(files.themes.values())
        .chain(files.given.values());
    for source in sources {
        if let Ok(path) = Path::new(&*source.file).canonicalize() {
            folders.extend(path.parent().map(Path::to_path_buf));
            ours.push(path);
        }
    }
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    folders.dedup();
    (folders, ours)
}
