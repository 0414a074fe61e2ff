//! A file replaced at once by what its text becomes, under its lock and only if it is still what was read.
//! Apart from the lock, which others may hold for other reasons, and from what the text becomes.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::disk::{Files, beside};
use super::error::Error;
use super::lock::Lock;

/// How often a file is read again that changed under our lock.
const READINGS: usize = 5;
/// What the names of files on their way have behind the file's own.
const ON_ITS_WAY: &str = ".tmp.tiphys.";

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It said so already.
    Same,
    /// It was replaced, and read back.
    Replaced,
}

/// What a file becomes, of its bytes; `None`: it stays. Else why that cannot be told.
pub type Change<'a> = &'a dyn Fn(&[u8]) -> Result<Option<Vec<u8>>, String>;

/// Replaces a file by what `change` makes of its bytes; nothing where it makes nothing of them. `change` may be asked several times.
///
/// The lock is beside the path as it is given, where Task Master looks for it (it does not follow links either), and beside the
/// file that a link leads to. Replaced is the file; a link stays one.
///
/// # Errors
/// As [`Error`] says; the file is then as it was.
pub fn replace(files: &Files, path: &Path, change: Change<'_>) -> Result<Done, Error> {
    let target = files.disk.real(path).map_err(Error::io("read", path))?;
    let mut locks = vec![Lock::take(files, path)?];
    if beside_real(files, path) != target {
        locks.push(Lock::take(files, &target)?);
    }
    sweep(files, &target);
    for _ in 0..READINGS {
        let before = files.disk.read(&target);
        let before = before.map_err(Error::io("read", path))?;
        let refused = |why| Error::Refused {
            file: path.to_path_buf(),
            why,
        };
        let Some(after) = change(&before).map_err(refused)? else {
            return Ok(Done::Same);
        };
        if put(files, &target, &before, &after, &locks)? {
            return Ok(Done::Replaced);
        }
    }
    Err(Error::Restless {
        file: path.to_path_buf(),
    })
}

/// The path with the links of its folder followed, but not its own: two ways to one folder are one lock.
fn beside_real(files: &Files, path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = files.disk.real(folder.unwrap_or(Path::new(".")));
    match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}

/// Puts it in place; false where the file is not what was read any more.
fn put(
    files: &Files,
    target: &Path,
    before: &[u8],
    after: &[u8],
    locks: &[Lock],
) -> Result<bool, Error> {
    let now = files.time.now();
    let since = now.duration_since(std::time::SystemTime::UNIX_EPOCH);
    let stamp = since.unwrap_or_default().as_nanos();
    let new = beside(
        target,
        &format!("{ON_ITS_WAY}{}.{stamp}", std::process::id()),
    );
    let written = files.disk.write_new(&new, target, after);
    let placed = written
        .map_err(Error::io("written", target))
        .and_then(|()| {
            locks.iter().try_for_each(Lock::check)?;
            let there = files.disk.read(target).map_err(Error::io("read", target))?;
            if there != before {
                return Ok(false);
            }
            let renamed = files.disk.rename(&new, target);
            renamed.map_err(Error::io("replaced", target))?;
            Ok(true)
        });
    if !matches!(placed, Ok(true)) {
        let _ = files.disk.remove_file(&new);
        return placed;
    }
    // Who writes without a lock may have been faster than this look.
    let there = files
        .disk
        .read(target)
        .map_err(Error::io("read back", target))?;
    Ok(there == after)
}

/// Takes away what others have on its way: who has the lock is the only one who may put something in place. One who ended does not
/// need it, and one who stood still for too long must not put it there any more.
fn sweep(files: &Files, target: &Path) {
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        return;
    };
    let begin = format!("{}{ON_ITS_WAY}", name.to_string_lossy());
    let names = files.disk.names(folder).unwrap_or_default();
    for name in names {
        if name.to_string_lossy().starts_with(&begin) {
            // Its owner may have been faster.
            let _ = files.disk.remove_file(&folder.join(name));
        }
    }
}

/// Whether a name is that of a lock or of a file on its way, ours or Task Master's, and not of anything to read.
pub fn is_passing(name: &str) -> bool {
    name.ends_with(".lock")
        || name.contains(".lock.stale.")
        || name.contains(".tmp.")
        || (name.starts_with('.') && name.ends_with(".tmp"))
}

/// The file is not there.
pub fn is_missing(why: &Error) -> bool {
    matches!(why, Error::Io { why, .. } if why.kind() == ErrorKind::NotFound)
}

#[cfg(test)]
mod tests;
