//! The log file: what the program did and met, for the one who asks why. Never the terminal.
//! Apart, because where it lies, who may read it and how large it grows are decisions of their own.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Directive;

use super::private::{self, Turning};

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
    private::place("tiphys.log")
}

/// Sends everything that is traced from here on to the file at `path`, made if it is missing, readable by its owner
/// only. `level` is a level (`debug`) or a filter (`tiphys=trace,warn`); what cannot be read in it is ignored.
///
/// # Errors
/// Where the file cannot be opened, or tracing is already set up.
pub fn install(path: &Path, level: Option<&str>) -> io::Result<()> {
    let file = Mutex::new(Turning::open(path, TURN_AT)?);
    tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_ansi(false)
        .with_writer(file)
        .try_init()
        .map_err(io::Error::other)
}

/// Sends everything that is traced from here on to the standard error, a line of `name=value` each: where a cluster collects logs.
///
/// # Errors
/// Where tracing is already set up.
pub fn install_on_stderr(level: Option<&str>) -> io::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_ansi(false)
        .with_writer(io::stderr)
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

#[cfg(test)]
mod tests {
    use super::*;

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
