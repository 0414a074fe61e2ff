//! The few operations on files that locking and replacing are made of, and the time they go by.
//! Apart from what is made of them, so that tests can end a program between any two, and let time pass without waiting.

use std::ffi::OsString;
use std::fs::{self, File, FileTimes};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// A directory, not a file.
    pub is_dir: bool,
    /// When it was changed last.
    pub changed: SystemTime,
}

/// Operations on files. Each is one step: it is carried out whole or not at all, but for `write_new`, which nobody reads before
/// it has another name. Each fails as the system says.
#[allow(clippy::missing_errors_doc)]
pub trait Disk: Send + Sync {
    /// All of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// What stands there; a link is what it leads to.
    fn look(&self, path: &Path) -> io::Result<Look>;
    /// Makes a directory; an error where there is something of that name.
    fn make_dir(&self, path: &Path) -> io::Result<()>;
    /// Says that it was changed at this time.
    fn touch(&self, path: &Path, at: SystemTime) -> io::Result<()>;
    /// Removes an empty directory.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Gives it another name; what had that name is gone.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Writes a file that was not there, with the mode of another one, down to the disk.
    fn write_new(&self, path: &Path, like: &Path, bytes: &[u8]) -> io::Result<()>;
    /// The path without links.
    fn real(&self, path: &Path) -> io::Result<PathBuf>;
    /// Names in a directory.
    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>>;
}

/// The time by the wall, and waiting.
pub trait Time: Send + Sync {
    /// Now.
    fn now(&self) -> SystemTime;
    /// Comes back after so long.
    fn wait(&self, time: Duration);
}

/// Where files are and what time it is. Clones are the same.
#[derive(Clone)]
pub struct Files {
    /// The files.
    pub disk: Arc<dyn Disk>,
    /// The time.
    pub time: Arc<dyn Time>,
}

impl Files {
    /// Those of this machine.
    pub fn real() -> Self {
        Self {
            disk: Arc::new(Real),
            time: Arc::new(Real),
        }
    }
}

/// This machine's.
#[derive(Clone, Copy, Debug)]
pub struct Real;

impl Disk for Real {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn look(&self, path: &Path) -> io::Result<Look> {
        let about = fs::metadata(path)?;
        Ok(Look {
            is_dir: about.is_dir(),
            changed: about.modified()?,
        })
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn touch(&self, path: &Path, at: SystemTime) -> io::Result<()> {
        let times = FileTimes::new().set_accessed(at).set_modified(at);
        File::open(path)?.set_times(times)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)?;
        // The name is on the disk once its folder is. Where a folder cannot be synced (some network disks), the file is whole all the same.
        if let Some(folder) = to.parent() {
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(())
    }

    fn write_new(&self, path: &Path, like: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = File::options().write(true).create_new(true).open(path)?;
        file.set_permissions(fs::metadata(like)?.permissions())?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name()))
            .collect()
    }
}

impl Time for Real {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// The path with something after its name.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
