//! Folders that the system watches for us: somebody is told when something happens to what matters in them, once it is quiet.
//! Apart from whoever reads the files ([`super::config`], the bridge): nothing here looks into one.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// A file counts as written once nothing happened to it for so long: editors write in several steps.
pub const QUIET: Duration = Duration::from_millis(100);
/// How many such steps are waited for at most.
pub const STEPS: usize = 8;

/// Where something can happen, and to what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Folders to watch, without what is below them.
    pub folders: Vec<PathBuf>,
    /// Paths in them that matter: these, what is below them and what they are below of.
    pub ours: Vec<PathBuf>,
}

impl Places {
    /// These folders, as far as there are any, and everything in them.
    pub fn within(folders: &[PathBuf]) -> Self {
        let real: Vec<PathBuf> = folders
            .iter()
            .filter_map(|folder| folder.canonicalize().ok())
            .collect();
        // One that does not exist yet is made in the nearest one that does.
        let missing = folders.iter().filter(|folder| !folder.exists());
        let parents = missing.filter_map(|folder| {
            let parent = folder.ancestors().find(|parent| parent.exists())?;
            parent.canonicalize().ok()
        });
        let mut all: Vec<PathBuf> = real.iter().cloned().chain(parents).collect();
        all.sort();
        all.dedup();
        Self {
            ours: all.clone(),
            folders: all,
        }
    }
}

/// What the system watches.
pub struct Watching {
    watcher: Option<RecommendedWatcher>,
    folders: Vec<PathBuf>,
    ours: Arc<Mutex<Vec<PathBuf>>>,
}

impl Watching {
    /// Watches nothing yet. `what` is said where changes cannot be noticed; paths of which `matters` says no are not told of.
    pub fn new(
        what: &'static str,
        matters: fn(&Path) -> bool,
        poke: impl Fn() + Send + 'static,
    ) -> Self {
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
                matters(path)
                    && ours
                        .iter()
                        .any(|our| path.starts_with(our) || our.starts_with(path))
            };
            if event.paths.is_empty() || event.paths.iter().any(is_ours) {
                poke();
            }
        };
        let watcher = notify::recommended_watcher(heard)
            .inspect_err(|error| tracing::warn!(%error, "changes of {what} are not noticed"))
            .ok();
        Self {
            watcher,
            folders: Vec::new(),
            ours,
        }
    }

    /// Watches these places; says whether the folders are others than before.
    pub fn look_at(&mut self, places: Places) -> bool {
        let Places { folders, ours } = places;
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

/// Changes of some places, one after the other, each once it is quiet.
pub struct Changes {
    watching: Watching,
    pokes: UnboundedReceiver<()>,
}

impl Changes {
    /// Of places that [`look_at`](Self::look_at) names.
    pub fn new(what: &'static str, matters: fn(&Path) -> bool) -> Self {
        let (tell, pokes) = unbounded_channel();
        let poke = move || {
            // Nobody waits any more: nobody needs to know.
            let _ = tell.send(());
        };
        let watching = Watching::new(what, matters, poke);
        Self { watching, pokes }
    }

    /// Watches these; says whether the folders are others than before: what happened in them until now nobody has told.
    pub fn look_at(&mut self, places: Places) -> bool {
        self.watching.look_at(places)
    }

    /// Comes back when something has happened and it is quiet again. Cancel safe but for the quiet, which begins anew.
    pub async fn next(&mut self) {
        if self.pokes.recv().await.is_none() {
            return std::future::pending().await;
        }
        for _ in 0..STEPS {
            if timeout(QUIET, self.pokes.recv()).await.is_err() {
                break;
            }
            while self.pokes.try_recv().is_ok() {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;

    fn matters(path: &Path) -> bool {
        path.extension().is_none_or(|ext| ext != "lock")
    }

    async fn is_told(changes: &mut Changes) -> bool {
        timeout(Duration::from_secs(10), changes.next())
            .await
            .is_ok()
    }

    #[tokio::test]
    async fn a_file_put_in_place_is_told_once_and_what_does_not_matter_never() {
        let name = format!("tiphys-watching-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        fs::create_dir_all(root.join("tasks")).unwrap();
        let file = root.join("tasks/tasks.json");
        let mut changes = Changes::new("tasks", matters);
        let folders = [root.join("tasks"), root.join("docs")];
        assert!(changes.look_at(Places::within(&folders)));
        assert!(!changes.look_at(Places::within(&folders)));
        fs::create_dir(root.join("tasks/tasks.json.lock")).unwrap();
        fs::write(root.join("tasks/new"), "{}").unwrap();
        fs::rename(root.join("tasks/new"), &file).unwrap();
        fs::remove_dir(root.join("tasks/tasks.json.lock")).unwrap();
        assert!(is_told(&mut changes).await);
        let again = timeout(3 * QUIET, changes.next()).await;
        assert!(again.is_err(), "several steps are told as one");
        fs::create_dir(root.join("tasks/tasks.json.lock")).unwrap();
        fs::remove_dir(root.join("tasks/tasks.json.lock")).unwrap();
        assert!(timeout(3 * QUIET, changes.next()).await.is_err());
        // A folder that was not there: its maker is noticed.
        fs::create_dir(root.join("docs")).unwrap();
        assert!(is_told(&mut changes).await);
        assert!(changes.look_at(Places::within(&folders)));
        fs::write(root.join("docs/acceptance-criteria.md"), "- [ ] x").unwrap();
        assert!(is_told(&mut changes).await);
        fs::remove_dir_all(&root).unwrap();
    }
}
