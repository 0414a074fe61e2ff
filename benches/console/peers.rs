//! The programs people have today: kubectl and k9s, started on the same cluster in the same terminal.
//! Apart from our own console, whose screen is asked other questions.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vt100::Screen;

use crate::SIZE;
use crate::process::Usage;
use crate::pty::Pty;
use crate::server::Server;

/// Longest wait for a peer.
const PATIENCE: Duration = Duration::from_secs(180);

/// A program named by a variable, else found on PATH.
fn program(variable: &str, name: &str) -> Result<PathBuf, String> {
    if let Some(path) = env::var_os(variable) {
        return Ok(path.into());
    }
    let paths = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&paths)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| format!("{name}: not on PATH and not named by {variable}"))
}

/// `kubectl` on a cluster; what it remembers stays in a folder of this run.
///
/// # Errors
/// Where there is none.
pub fn kubectl(kubeconfig: &Path, cache: &Path) -> Result<Command, String> {
    let mut kubectl = Command::new(program("TIPHYS_KUBECTL", "kubectl")?);
    kubectl
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .arg("--cache-dir")
        .arg(cache);
    Ok(kubectl)
}

/// What a program that ends by itself took: time, and what it used when it was last looked at.
///
/// # Errors
/// Where it cannot be started or fails.
pub fn run(mut command: Command, name: &str) -> Result<(Duration, Usage), String> {
    let start = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{name}: {error}"))?;
    let mut usage = Usage::default();
    let status = loop {
        // Once it has ended there is nothing to be read of it: the last look counts.
        usage = Usage::of(child.id())
            .ok()
            .filter(|now| now.peak > 0)
            .unwrap_or(usage);
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if status.success() {
        Ok((start.elapsed(), usage))
    } else {
        Err(format!("{name}: {status}"))
    }
}

/// k9s on the workflows of all namespaces, at its first row.
pub struct K9s {
    /// Its terminal.
    pub pty: Pty,
    /// From its start to the first workflow on screen.
    pub first: Duration,
}

impl K9s {
    /// Starts it and waits for a workflow; `word` is part of every workflow's name.
    ///
    /// # Errors
    /// Where there is no k9s, or it shows nothing.
    pub fn start(server: &Server, word: &str) -> Result<Self, String> {
        let home = server.folder().join("k9s");
        let mut k9s = Command::new(program("TIPHYS_K9S", "k9s")?);
        k9s.arg("--kubeconfig")
            .arg(server.kubeconfig())
            .args(["-A", "-c", "workflows", "--splashless", "--logoless"])
            .env("K9S_CONFIG_DIR", &home)
            .env("XDG_STATE_HOME", &home)
            .env("XDG_DATA_HOME", &home)
            .env("LANG", "C.UTF-8");
        let pty = Pty::spawn(&k9s, SIZE)?;
        let first = pty
            .wait(PATIENCE, |screen| rows_with(screen, word) > 5)
            .map_err(|why| format!("k9s shows no workflow: {why}"))?;
        Ok(Self { pty, first })
    }
}

fn rows_with(screen: &Screen, word: &str) -> usize {
    screen
        .rows(0, SIZE.0)
        .filter(|row| row.contains(word))
        .count()
}
