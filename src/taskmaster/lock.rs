//! The lock of a file that Task Master writes too: a directory beside it, as proper-lockfile makes it.
//! Apart from what is done under it.
//!
//! Task Master 0.43.1 has two writers with one name for their lock, `tasks.json.lock`. Source: its package, `dist/config-manager-*.js`,
//! and `proper-lockfile/lib/lockfile.js` 4.1.2, which it locks with.
//!
//! | who | lock | renewed | free when | tries |
//! |---|---|---|---|---|
//! | `set-status`, `add-tag`, MCP | directory (`mkdir`) | mtime, each 5 s | mtime older than 10 s: `rmdir` | 6, after 100, 200, 400, 800, 1000 ms |
//! | `add-task`, `expand`, … | file (`wx`) | never | mtime older than 10 s: `rename` to `….stale.{pid}.{ms}`, `unlink` | 5 |
//!
//! A stale *file* stops the first for ever, which cannot `rmdir` it: so we never leave one, and take one that was left away. Ours is
//! a directory that both respect: neither can remove it while it is young.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use super::disk::{Files, Look, beside};
use super::error::Error;

/// A lock that was not renewed for so long belongs to nobody.
pub const STALE: Duration = Duration::from_secs(10);
/// How often it is renewed.
pub const BEAT: Duration = Duration::from_secs(5);
/// Waits between tries: those of Task Master.
const WAITS: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1000),
];

/// A lock that is ours until this is dropped.
pub struct Lock {
    held: Arc<Held>,
    end: Option<Sender<()>>,
    beats: Option<JoinHandle<()>>,
}

struct Held {
    files: Files,
    path: PathBuf,
    /// The time we wrote on it last; nothing once it is another's.
    stamp: Mutex<Option<SystemTime>>,
}

impl Lock {
    /// Takes the lock of a file, or gives up after the time Task Master gives up after.
    ///
    /// # Errors
    /// [`Error::Busy`] where somebody has it, [`Error::Io`] where no directory can be made there.
    pub fn take(files: &Files, file: &Path) -> Result<Self, Error> {
        let path = beside(file, ".lock");
        let mut waits = WAITS.into_iter();
        let stamp = loop {
            match try_once(files, &path) {
                Ok(Some(stamp)) => break stamp,
                Ok(None) => {}
                Err(why) => return Err(Error::io("locked", file)(why)),
            }
            let Some(wait) = waits.next() else {
                let file = file.to_path_buf();
                return Err(Error::Busy { file, lock: path });
            };
            files.time.wait(wait);
        };
        let held = Arc::new(Held {
            files: files.clone(),
            path,
            stamp: Mutex::new(Some(stamp)),
        });
        let (end, ended) = channel();
        let beating = held.clone();
        let work = move || {
            while ended.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) && beating.beat() {}
        };
        // Without a thread it is not renewed, and whoever works for ten seconds under it notices that it is lost.
        let beats = std::thread::Builder::new()
            .name("lock".into())
            .spawn(work)
            .ok();
        let end = Some(end);
        Ok(Self { held, end, beats })
    }

    /// Fails where it is not ours any more.
    ///
    /// # Errors
    /// [`Error::Lost`].
    pub fn check(&self) -> Result<(), Error> {
        match self.held.is_ours() {
            true => Ok(()),
            false => Err(Error::Lost {
                lock: self.held.path.clone(),
            }),
        }
    }

    /// Says that it is still ours; false once it is not.
    #[cfg(test)]
    pub(super) fn beat(&self) -> bool {
        self.held.beat()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.end = None;
        if let Some(beats) = self.beats.take() {
            let _ = beats.join();
        }
        if self.held.is_ours() {
            // One that cannot be removed is stale in ten seconds.
            let _ = self.held.files.disk.remove_dir(&self.held.path);
        }
    }
}

impl Held {
    fn is_ours(&self) -> bool {
        let stamp = *self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        let there = self.files.disk.look(&self.path).ok();
        stamp.is_some()
            && there.map(|look| look.changed) == stamp
            && there.is_some_and(|look| !is_stale(&look, self.files.time.now()))
    }

    /// Writes the time on it, if nobody else did.
    fn beat(&self) -> bool {
        let ours = self.is_ours();
        let mut stamp = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        let renewed = ours.then(|| renew(&self.files, &self.path).ok()).flatten();
        *stamp = renewed;
        renewed.is_some()
    }
}

fn is_stale(look: &Look, now: SystemTime) -> bool {
    now.duration_since(look.changed)
        .is_ok_and(|age| age > STALE)
}

/// Writes the time on it; the time that stands there then, which may be coarser.
fn renew(files: &Files, path: &Path) -> std::io::Result<SystemTime> {
    files.disk.touch(path, files.time.now())?;
    Ok(files.disk.look(path)?.changed)
}

/// The time on it if it is ours now; nothing where somebody else has it.
fn try_once(files: &Files, path: &Path) -> std::io::Result<Option<SystemTime>> {
    // After a stale one was taken away there is one more try, as proper-lockfile has it.
    for last in [false, true] {
        match files.disk.make_dir(path) {
            Ok(()) => {
                let renewed = renew(files, path);
                if renewed.is_err() {
                    let _ = files.disk.remove_dir(path);
                }
                return renewed.map(Some);
            }
            Err(why) if why.kind() != ErrorKind::AlreadyExists => return Err(why),
            Err(_) if last => {}
            Err(_) => match files.disk.look(path) {
                Ok(look) if is_stale(&look, files.time.now()) => take_away(files, path)?,
                Ok(_) => return Ok(None),
                Err(why) if why.kind() == ErrorKind::NotFound => {}
                Err(why) => return Err(why),
            },
        }
    }
    Ok(None)
}

/// Takes a stale lock away, directory or file. It gets another name first, which only one can give it; what has it then may be
/// young, made by somebody who was faster: that one is put back.
fn take_away(files: &Files, path: &Path) -> std::io::Result<()> {
    let now = files.time.now();
    let since = now.duration_since(SystemTime::UNIX_EPOCH);
    let stamp = since.unwrap_or_default().as_millis();
    let away = beside(path, &format!(".stale.{}.{stamp}", std::process::id()));
    match files.disk.rename(path, &away) {
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    }
    let look = files.disk.look(&away)?;
    if !is_stale(&look, now) && files.disk.look(path).is_err() {
        return files.disk.rename(&away, path);
    }
    match look.is_dir {
        true => files.disk.remove_dir(&away),
        false => files.disk.remove_file(&away),
    }
}

#[cfg(test)]
mod tests;
