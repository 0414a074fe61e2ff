//! The log file: what the program did and met, for the one who asks why. Never the terminal.
//! Apart, because where it lies, who may read it and how large it grows are decisions of their own.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use etcetera::BaseStrategy;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Directive;

/// Size at which the file becomes the old one and a new one begins, in bytes.
const TURN_AT: u64 = 5 << 20;

/// Libraries whose lower levels print requests, and with them what may be a credential.
const CAPPED: [&str; 8] = [
    "kube_client=error",
    "kube=error",
    "hyper=error",
    "hyper_util=error",
    "h2=error",
    "rustls=error",
    "tower=error",
    "tower_http=error",
];

/// Where the log file is unless `--log` says otherwise: `tiphys/tiphys.log` in the user's state directory
/// (XDG base directory specification: `$XDG_STATE_HOME`, else `~/.local/state`). `None` where there is no home.
pub fn usual_path() -> Option<PathBuf> {
    let places = etcetera::base_strategy::Xdg::new().ok()?;
    Some(places.state_dir()?.join("tiphys").join("tiphys.log"))
}

/// Sends everything that is traced from here on to the file at `path`, made if it is missing, readable by its owner
/// only. `level` is a level (`debug`) or a filter (`tiphys=trace,warn`); what cannot be read in it is ignored.
///
/// # Errors
/// Where the file cannot be opened, or tracing is already set up.
pub fn install(path: &Path, level: Option<&str>) -> io::Result<()> {
    let file = Mutex::new(LogFile::open(path, TURN_AT)?);
    tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_ansi(false)
        .with_writer(file)
        .try_init()
        .map_err(io::Error::other)
}

fn filter(level: Option<&str>) -> EnvFilter {
    let wanted = match level.map(str::trim).filter(|text| !text.is_empty()) {
        None => "warn,tiphys=info".to_string(),
        Some(text) if text.contains(['=', ',']) => text.to_string(),
        Some(text) => format!("warn,tiphys={text}"),
    };
    CAPPED
        .iter()
        .filter_map(|cap| cap.parse::<Directive>().ok())
        .fold(
            EnvFilter::builder().parse_lossy(wanted),
            EnvFilter::add_directive,
        )
}

/// A file that starts anew at a size, keeping one predecessor named `….1`.
#[derive(Debug)]
struct LogFile {
    path: PathBuf,
    file: File,
    size: u64,
    turn_at: u64,
}

impl LogFile {
    fn open(path: &Path, turn_at: u64) -> io::Result<Self> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        let file = open_private(path)?;
        let size = file.metadata()?.len();
        Ok(Self {
            path: path.to_path_buf(),
            file,
            size,
            turn_at,
        })
    }

    fn turn(&mut self) -> io::Result<()> {
        let mut old = self.path.clone().into_os_string();
        old.push(".1");
        fs::rename(&self.path, old)?;
        self.file = open_private(&self.path)?;
        self.size = 0;
        Ok(())
    }
}

fn open_private(path: &Path) -> io::Result<File> {
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

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.size > 0 && self.size + bytes.len() as u64 > self.turn_at {
            // Where it cannot turn (a device, a full disk) the log goes on where it is.
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
        let mut log = LogFile::open(&path, 1000).unwrap();
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
        let mut log = LogFile::open(&path, 1000).unwrap();
        log.write_all(b"after\n").unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap(), "before\nafter\n");
    }

    #[test]
    fn no_level_opens_the_libraries_that_print_requests() {
        for level in [
            None,
            Some("trace"),
            Some("trace,kube_client=trace"),
            Some(""),
        ] {
            let text = filter(level).to_string();
            assert!(text.contains("kube_client=error"), "{text}");
            assert!(!text.contains("kube_client=trace"), "{text}");
        }
        assert!(filter(Some("debug")).to_string().contains("tiphys=debug"));
        assert!(filter(None).to_string().contains("tiphys=info"));
    }
}
