//! The floor: what the terminal, the kernel and this machine cost, measured with a pager that does almost nothing.
//! Apart from our own workloads, which are read as a multiple of it.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use vt100::Screen;

use crate::SIZE;
use crate::pty::Pty;

/// How long anything on its screen may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// `less` on a file of numbered lines, in a terminal of the same size.
pub struct Less {
    pty: Pty,
    path: PathBuf,
    /// From its start to the first page.
    pub first: Duration,
}

impl Less {
    /// Starts it and waits for its first page.
    ///
    /// # Errors
    /// Where there is no `less`, or it shows nothing.
    pub fn start() -> Result<Self, String> {
        let mut text = String::new();
        for line in 0..20_000 {
            let filler = "QA on Kubernetes ".repeat(8);
            writeln!(text, "line {line:06} {filler}").map_err(|error| error.to_string())?;
        }
        Self::on(&text, "line 000010")
    }

    /// The same on this text, whose first page has these words.
    ///
    /// # Errors
    /// Where there is no `less`, or it shows nothing.
    pub fn on(text: &str, first_page: &str) -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("tiphys-bench-{}.txt", std::process::id()));
        fs::write(&path, text).map_err(|error| error.to_string())?;
        let mut less = Command::new("less");
        less.arg(&path).env("LESS", "");
        let pty = Pty::spawn(&less, SIZE)?;
        let first = pty.wait(PATIENCE, |screen| screen.contents().contains(first_page))?;
        Ok(Self { pty, path, first })
    }

    /// From the end of a search for a text to the screen that shows it.
    ///
    /// # Errors
    /// Where it is not found.
    pub fn search(&mut self, text: &str) -> Result<Duration, String> {
        self.pty.press(format!("/{text}").as_bytes())?;
        let shown = |screen: &Screen| {
            screen
                .rows(0, SIZE.0)
                .take(10)
                .any(|row| row.contains(text))
        };
        self.pty.answer(b"\r", PATIENCE, shown)
    }

    /// From a key that scrolls by one line to the screen that did.
    ///
    /// # Errors
    /// Where it does not scroll.
    pub fn scroll(&mut self, key: &[u8]) -> Result<Duration, String> {
        self.pty
            .answer(key, PATIENCE, |screen| screen.rows(0, 12).next())
    }

    /// Its terminal.
    pub fn pty(&self) -> &Pty {
        &self.pty
    }
}

impl Drop for Less {
    fn drop(&mut self) {
        // A leftover in the temporary folder harms nobody.
        let _ = fs::remove_file(&self.path);
    }
}
