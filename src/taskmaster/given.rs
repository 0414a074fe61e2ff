//! Files that the program brings along instead of finding them: the project of the demo.
//! Apart from files of a machine: these are read by the same reader, and nobody writes them.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Disk;
use super::disk::Look;

/// Texts by their paths.
#[derive(Clone, Copy, Debug)]
pub struct Given(pub &'static [(&'static str, &'static str)]);

impl Given {
    fn within<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = OsString> + 'a {
        let inside = self
            .0
            .iter()
            .filter_map(move |(path, _)| Path::new(path).strip_prefix(folder).ok());
        inside.filter_map(|rest| Some(rest.components().next()?.as_os_str().to_owned()))
    }
}

fn missing<T>() -> io::Result<T> {
    Err(io::ErrorKind::NotFound.into())
}

fn fixed<T>() -> io::Result<T> {
    Err(io::ErrorKind::ReadOnlyFilesystem.into())
}

impl Disk for Given {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = self.0.iter().find(|(name, _)| Path::new(name) == path);
        found.map_or_else(missing, |(_, text)| Ok(text.as_bytes().to_owned()))
    }

    fn look(&self, path: &Path) -> io::Result<Look> {
        let is_file = self.0.iter().any(|(name, _)| Path::new(name) == path);
        match is_file || self.within(path).next().is_some() {
            true => Ok(Look {
                is_dir: !is_file,
                changed: SystemTime::UNIX_EPOCH,
            }),
            false => missing(),
        }
    }

    fn make_dir(&self, _: &Path) -> io::Result<()> {
        fixed()
    }

    fn touch(&self, _: &Path, _: SystemTime) -> io::Result<()> {
        fixed()
    }

    fn remove_dir(&self, _: &Path) -> io::Result<()> {
        fixed()
    }

    fn remove_file(&self, _: &Path) -> io::Result<()> {
        fixed()
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        fixed()
    }

    fn write_new(&self, _: &Path, _: &Path, _: &[u8]) -> io::Result<()> {
        fixed()
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_owned())
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let mut names: Vec<OsString> = self.within(folder).collect();
        names.sort();
        names.dedup();
        match names.is_empty() {
            true => missing(),
            false => Ok(names),
        }
    }
}
