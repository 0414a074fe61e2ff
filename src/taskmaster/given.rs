//! Files that the program brings along instead of finding them: the project of the demo.
//! Apart from files of a machine: these are read and written by the same code, and end with the program.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::Disk;
use super::disk::Look;

/// Texts by their paths. Directories are those that files are in, and those that somebody makes.
#[derive(Debug, Default)]
pub struct Given(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    files: BTreeMap<PathBuf, (Vec<u8>, SystemTime)>,
    made: BTreeMap<PathBuf, SystemTime>,
}

impl Given {
    /// These.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let begun = SystemTime::UNIX_EPOCH;
        let file = |(path, text): &(&str, &str)| {
            let bytes = text.as_bytes().to_owned();
            (PathBuf::from(path), (bytes, begun))
        };
        Self(Mutex::new(Inner {
            files: files.iter().map(file).collect(),
            made: BTreeMap::new(),
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Names in a folder; nothing where it is none.
    fn within(&self, folder: &Path) -> BTreeSet<OsString> {
        let paths = self.files.keys().chain(self.made.keys());
        let inside = paths.filter_map(|path| path.strip_prefix(folder).ok());
        inside
            .filter_map(|rest| Some(rest.components().next()?.as_os_str().to_owned()))
            .collect()
    }

    fn is_there(&self, path: &Path) -> bool {
        self.files.contains_key(path)
            || self.made.contains_key(path)
            || !self.within(path).is_empty()
    }
}

fn missing<T>() -> io::Result<T> {
    Err(io::ErrorKind::NotFound.into())
}

impl Disk for Given {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let inner = self.inner();
        let found = inner.files.get(path);
        found.map_or_else(missing, |(bytes, _)| Ok(bytes.clone()))
    }

    fn look(&self, path: &Path) -> io::Result<Look> {
        let inner = self.inner();
        let file = inner.files.get(path).map(|(_, changed)| *changed);
        let made = inner.made.get(path).copied();
        match inner.is_there(path) {
            true => Ok(Look {
                is_dir: file.is_none(),
                changed: file.or(made).unwrap_or(SystemTime::UNIX_EPOCH),
            }),
            false => missing(),
        }
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        let mut inner = self.inner();
        if inner.is_there(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        inner.made.insert(path.to_owned(), SystemTime::now());
        Ok(())
    }

    fn touch(&self, path: &Path, at: SystemTime) -> io::Result<()> {
        let mut inner = self.inner();
        if let Some(made) = inner.made.get_mut(path) {
            *made = at;
            return Ok(());
        }
        let file = inner.files.get_mut(path);
        file.map_or_else(missing, |(_, changed)| {
            *changed = at;
            Ok(())
        })
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let mut inner = self.inner();
        if !inner.within(path).is_empty() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        inner.made.remove(path).map_or_else(missing, |_| Ok(()))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let removed = self.inner().files.remove(path);
        removed.map_or_else(missing, |_| Ok(()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.inner();
        let Some(file) = inner.files.remove(from) else {
            return missing();
        };
        inner.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn write_new(&self, path: &Path, _: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.inner();
        if inner.is_there(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = (bytes.to_owned(), SystemTime::now());
        inner.files.insert(path.to_owned(), file);
        Ok(())
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        match self.inner().is_there(path) {
            true => Ok(path.to_owned()),
            false => missing(),
        }
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let names = self.inner().within(folder);
        match names.is_empty() {
            true => missing(),
            false => Ok(names.into_iter().collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;
    use crate::taskmaster::{Done, Files, Real, replace};

    #[test]
    fn a_file_of_it_is_replaced_as_one_of_a_machine_is() {
        let disk = Arc::new(Given::new(&[("shop/tasks/tasks.json", "a")]));
        let files = Files {
            disk: disk.clone(),
            time: Arc::new(Real),
        };
        let path = Path::new("shop/tasks/tasks.json");
        let change = |bytes: &[u8]| Ok((bytes == b"a").then(|| b"b".to_vec()));
        assert_eq!(replace(&files, path, &change).unwrap(), Done::Replaced);
        assert_eq!(replace(&files, path, &change).unwrap(), Done::Same);
        assert_eq!(disk.read(path).unwrap(), b"b");
        // Neither a lock nor a file on its way is left.
        assert_eq!(disk.names(Path::new("shop/tasks")).unwrap(), ["tasks.json"]);
        assert!(disk.look(Path::new("shop/tasks")).unwrap().is_dir);
        assert!(disk.look(Path::new("shop/none")).is_err());
    }
}
