//! Files that only their owner may read, in the user's state directory, and one that starts anew when it is large.
//! Apart from what is written into them: log, journal and trash keep the same promises.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// `tiphys/NAME` in the user's state directory (XDG base directory specification: `$XDG_STATE_HOME`, else
/// `~/.local/state`). `None` where there is no home.
pub fn place(name: &str) -> Option<PathBuf> {
    let places = etcetera::base_strategy::Xdg::new().ok()?;
    Some(places.state_dir()?.join("tiphys").join(name))
}

/// Makes the folder of a file, for its owner only.
///
/// # Errors
/// Where that is not possible.
pub fn folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent();
    match folder.filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => DirBuilder::new().recursive(true).mode(0o700).create(folder),
        None => Ok(()),
    }
}

/// Opens a file to go on writing at its end; only its owner may read it, whoever could before.
///
/// # Errors
/// Where it cannot be opened or closed to others.
pub fn open(path: &Path) -> io::Result<File> {
    let file = File::options()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    // A device (`--log /dev/stderr`) keeps its own rights; a file that was there before gets ours.
    if file.metadata()?.is_file() {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Puts a text in place of what a file says, for its owner only. Whoever reads it finds the old one or the new one, never half of one.
///
/// # Errors
/// Where that is not possible.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    folder_of(path)?;
    let new = path.with_extension(format!("json.{}", std::process::id()));
    let mut file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(text.as_bytes())?;
    drop(file);
    fs::rename(&new, path).inspect_err(|_| {
        let _ = fs::remove_file(&new);
    })
}

/// A piece of a file name that names no other file.
pub fn plain(text: &str) -> String {
    let letter = |c: char| {
        if c.is_ascii_alphanumeric() || "-.".contains(c) {
            c
        } else {
            '_'
        }
    };
    text.chars().take(80).map(letter).collect()
}

/// Of its manifests so many stay; the oldest go, because their names sort by time.
///
/// # Errors
/// Where it cannot be read, or one cannot be removed.
pub fn thin(folder: &Path, kept: usize) -> io::Result<()> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    let most = files.len().saturating_sub(kept);
    files.drain(..most).try_for_each(fs::remove_file)
}

/// A file that starts anew at a size, keeping one predecessor named `….1`.
#[derive(Debug)]
pub struct Turning {
    path: PathBuf,
    file: File,
    size: u64,
    turn_at: u64,
}

impl Turning {
    /// Opens it, and makes it and its folder where they are missing.
    ///
    /// # Errors
    /// Where that is not possible.
    pub fn open(path: &Path, turn_at: u64) -> io::Result<Self> {
        folder_of(path)?;
        let file = open(path)?;
        let size = file.metadata()?.len();
        Ok(Self {
            path: path.to_path_buf(),
            file,
            size,
            turn_at,
        })
    }

    fn turn(&mut self) -> io::Result<()> {
        fs::rename(&self.path, before(&self.path))?;
        self.file = open(&self.path)?;
        self.size = 0;
        Ok(())
    }
}

/// Where what a file held before it was begun anew lies.
pub fn before(path: &Path) -> PathBuf {
    let mut old = path.to_path_buf().into_os_string();
    old.push(".1");
    old.into()
}

impl Write for Turning {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.size > 0 && self.size + bytes.len() as u64 > self.turn_at {
            // Where it cannot turn (a device, a full disk) it goes on where it is.
            let _ = self.turn();
        }
        let count = self.file.write(bytes)?;
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    /// A folder of this test's own, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("tiphys-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_file_never_outgrows_its_bound_and_only_its_owner_reads_it() {
        let folder = Folder::new("turn");
        let path = folder.0.join("new").join("tiphys.log");
        let mut log = Turning::open(&path, 1000).unwrap();
        for n in 0..100 {
            log.write_all(format!("line {n:04} {}\n", "x".repeat(90)).as_bytes())
                .unwrap();
        }
        let old = folder.0.join("new").join("tiphys.log.1");
        assert!(fs::metadata(&path).unwrap().len() <= 1000);
        assert!(fs::metadata(&old).unwrap().len() <= 1000);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2);
        assert_eq!((mode(&path), mode(&old)), (0o600, 0o600));
        let last = fs::read_to_string(&path).unwrap();
        assert!(last.lines().last().unwrap().starts_with("line 0099"));
    }

    #[test]
    fn a_file_that_others_could_read_is_closed_to_them_and_continued() {
        let folder = Folder::new("private");
        let path = folder.0.join("tiphys.log");
        fs::write(&path, "before\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let mut log = Turning::open(&path, 1000).unwrap();
        log.write_all(b"after\n").unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap(), "before\nafter\n");
    }
}
