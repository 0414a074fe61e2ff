//! What can go wrong with a file that others write too, by remedy.
//! Apart from the troubles of clusters: here nothing is asked of a server.

use std::io;
use std::path::{Path, PathBuf};

/// One failure. `Display` is one sentence; [`Error::hint`] is what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else has the lock, and renews it.
    #[error("{} is being written by another program (its lock {} is held)", file.display(), lock.display())]
    Busy {
        /// The file.
        file: PathBuf,
        /// Its lock.
        lock: PathBuf,
    },
    /// The lock was taken from us while we had it: this process stood still for longer than it holds.
    #[error("the lock {} was taken by another program, so nothing was written", lock.display())]
    Lost {
        /// The lock.
        lock: PathBuf,
    },
    /// The file was changed under our lock each time it was read.
    #[error("{} is written all the time by a program that takes no lock, so nothing was written", file.display())]
    Restless {
        /// The file.
        file: PathBuf,
    },
    /// The system says no.
    #[error("{} cannot be {what}: {why}", path.display())]
    Io {
        /// `read`, `written`, `locked`.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// The system's words.
        why: io::Error,
    },
    /// What was to be changed cannot be, as the text stands.
    #[error("{}: {why}", file.display())]
    Refused {
        /// The file.
        file: PathBuf,
        /// Why, a sentence with the place.
        why: String,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Busy { lock, .. } => format!(
                "Wait until it is done. A lock that nobody renews is taken over after ten seconds; {} holds no data.",
                lock.display()
            ),
            Self::Lost { .. } => "Try again; the machine was asleep, or very busy.".to_owned(),
            Self::Restless { .. } => {
                "Stop the other program, or wait for it, and try again.".to_owned()
            }
            Self::Io { path, .. } => match path.parent() {
                Some(folder) => format!(
                    "Look at the rights and the free space of {}.",
                    folder.display()
                ),
                None => "Look at its rights.".to_owned(),
            },
            Self::Refused { .. } => "Mend the file, then try again.".to_owned(),
        }
    }

    /// Another try may well succeed.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. } | Self::Lost { .. } | Self::Restless { .. }
        )
    }

    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |why| Self::Io { what, path, why }
    }
}
