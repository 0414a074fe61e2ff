//! The configuration read again when a file of it changes, or when somebody asks.
//! Apart from reading it, because nothing here looks at a file before the system says that there is something to see.

use std::path::Path;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Home, Loaded};
use crate::runtime::watching::{Places, QUIET, STEPS, Watching};

/// Why it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    Changed,
    Asked,
    /// Another theme is to be in force than is configured; `None`: that one again.
    Wear(Option<String>),
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

    /// Reads it with this theme, as if the command line had named it; `None`: with what that named.
    pub fn wear(&self, name: Option<String>) {
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
    let poke = move || {
        // The job ends before the watcher does; then nobody needs to know.
        let _ = poke.send(Reason::Changed);
    };
    let mut watch = Watching::new("the configuration", |_| true, poke);
    let configured = home.asked.theme.clone();
    loop {
        // What happened in a folder before it was watched nobody has told.
        let mut reason = match watch.look_at(places(&home, &loaded)) {
            true => Some(Reason::Changed),
            false => reasons.recv().await,
        };
        for _ in 0..STEPS {
            match timeout(QUIET, reasons.recv()).await {
                Ok(Some(Reason::Changed)) => {}
                Ok(Some(asked)) => {
                    if let Some(Reason::Wear(name)) = reason.replace(asked) {
                        home.asked.theme = name.or_else(|| configured.clone());
                    }
                }
                Ok(None) | Err(_) => break,
            }
        }
        if let Some(Reason::Wear(name)) = &reason {
            home.asked.theme = name.clone().or_else(|| configured.clone());
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

/// Folders to watch, and the paths in them that matter. A file can be a link into another folder, where it is edited; a
/// directory that does not exist yet can be made in the nearest one that does.
fn places(home: &Home, loaded: &Loaded) -> Places {
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
    Places { folders, ours }
}
