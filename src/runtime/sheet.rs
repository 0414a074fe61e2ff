//! Files of manifests that are being edited and of logs that are read elsewhere: for their owner only, gone when that is over.
//! Apart from the editor, and from the journal: these hold what is masked there.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use etcetera::BaseStrategy as _;
use jiff::Timestamp;

use super::effects::Rest;
use super::journal::Journal;
use super::mailbox::Mailbox;
use super::{private, saving};
use crate::app::aside::{Aside, Program};
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::app::orders::Ticket;
use crate::app::said::Level;

/// Texts kept that could not be applied; older ones go.
const KEPT: usize = 20;
/// Files that were made.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// Files that an editor has. Dropped, they are removed.
#[derive(Debug, Default)]
pub struct Sheets {
    open: HashMap<Ticket, PathBuf>,
}

impl Sheets {
    /// Carries out what is wanted of them; a program is for the loop to run.
    pub(super) fn carry_out(
        &mut self,
        effect: Effect,
        journal: Option<&Journal>,
        mailbox: &Mailbox,
    ) -> Option<Rest> {
        match effect {
            Effect::Aside(ticket, Aside::Edit { name, text }) => {
                let path = self.put(ticket, &manifest(&name), text.text().as_bytes());
                return run(ticket, Program::Editor, path, mailbox);
            }
            Effect::Aside(ticket, Aside::Read { program, saved }) => {
                let text = saving::text(&saved);
                let path = self.put(ticket, &private::plain(&saved.path), &text);
                return run(ticket, program, path, mailbox);
            }
            Effect::TakeSheet(ticket) => {
                let text = self.take(ticket).map(Into::into);
                mailbox.push(Msg::Edited(ticket, text));
            }
            Effect::DropSheet(ticket) => self.discard(ticket),
            Effect::KeepSheet(name, text, at) => {
                let (level, said) = match keep(journal, &name, text.text(), at) {
                    Ok(file) => {
                        let file = file.display();
                        (Level::Warn, format!("what was written is kept in {file}"))
                    }
                    Err(why) => (Level::Bad, format!("what was written is lost: {why}")),
                };
                mailbox.push(Msg::Report(level, said));
            }
            _ => {}
        }
        None
    }

    /// Writes a text into a file of its own; the file. Its name is what an editor shows.
    ///
    /// # Errors
    /// One sentence, where it cannot be written.
    pub fn put(&mut self, ticket: Ticket, name: &str, text: &[u8]) -> Result<PathBuf, String> {
        let folder = folder().ok_or("there is no home directory to edit in")?;
        // Numbers of tickets are those of one console.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = folder.join(format!("{}-{number}", std::process::id()));
        let path = folder.join(name);
        self.open.insert(ticket, path.clone());
        write(&path, text).map_err(|why| format!("{} cannot be written: {why}", path.display()))?;
        Ok(path)
    }

    /// What is in it by now. The file is removed.
    ///
    /// # Errors
    /// One sentence, where it cannot be read.
    pub fn take(&mut self, ticket: Ticket) -> Result<String, String> {
        let path = self.open.remove(&ticket).ok_or("nothing is being edited")?;
        let text = fs::read_to_string(&path);
        remove(&path);
        text.map_err(|why| format!("{} cannot be read: {why}", path.display()))
    }

    /// Removes it unread.
    pub fn discard(&mut self, ticket: Ticket) {
        if let Some(path) = self.open.remove(&ticket) {
            remove(&path);
        }
    }
}

impl Drop for Sheets {
    fn drop(&mut self) {
        self.open.values().for_each(|path| remove(path));
    }
}

/// What the file of an object's manifest is called.
pub fn manifest(name: &str) -> String {
    format!("{}.yaml", private::plain(name))
}

/// Gives the file to a program, or says why there is none.
fn run(
    ticket: Ticket,
    program: Program,
    path: Result<PathBuf, String>,
    mailbox: &Mailbox,
) -> Option<Rest> {
    match path {
        Ok(path) => {
            let args = vec![path.display().to_string()];
            Some(Rest::Run(ticket, program, args))
        }
        Err(why) => {
            mailbox.push(Msg::Aside(ticket, Err(why)));
            None
        }
    }
}

/// Keeps a text that was written and could not be applied, beside the journal; the file.
///
/// # Errors
/// One sentence, where it cannot be kept.
pub fn keep(
    journal: Option<&Journal>,
    name: &str,
    text: &str,
    at: Timestamp,
) -> Result<PathBuf, String> {
    let folder = journal.ok_or("there is no home directory to keep it in")?;
    let stamp = at.strftime("%Y%m%dT%H%M%S");
    let name = format!("{stamp}-{}.yaml", private::plain(name));
    let path = folder.folder().join("edits").join(name);
    let put = || {
        write(&path, text.as_bytes())?;
        match path.parent() {
            Some(folder) => private::thin(folder, KEPT),
            None => Ok(()),
        }
    };
    match put() {
        Ok(()) => Ok(path),
        Err(why) => Err(format!("{} cannot be written: {why}", path.display())),
    }
}

/// In memory where the system has such a place for each user (`$XDG_RUNTIME_DIR`), else in the user's state directory.
fn folder() -> Option<PathBuf> {
    let places = etcetera::base_strategy::Xdg::new().ok()?;
    let runtime = places.runtime_dir().filter(|folder| folder.is_dir());
    match runtime {
        Some(folder) => Some(folder.join("tiphys")),
        None => private::place("editing"),
    }
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    private::folder_of(path)?;
    let mut open = File::options();
    open.write(true).create(true).truncate(true).mode(0o600);
    open.open(path)?.write_all(text)
}

/// The file, with its folder and whatever the editor put beside it.
fn remove(path: &Path) {
    if let Some(folder) = path.parent() {
        let _ = fs::remove_dir_all(folder);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_its_owner_reads_it_and_it_goes_in_the_end() {
        let mut sheets = Sheets::default();
        let path = sheets
            .put(7_000_001, &manifest("../a/b"), b"token: x\n")
            .unwrap();
        assert!(path.ends_with(".._a_b.yaml"), "{}", path.display());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = path.parent().unwrap().to_path_buf();
        assert_eq!((mode(&path), mode(&folder)), (0o600, 0o700));
        fs::write(folder.join(".b.yaml.swp"), "token: x").unwrap();
        assert_eq!(sheets.take(7_000_001).unwrap(), "token: x\n");
        assert!(!folder.exists());
        assert!(sheets.take(7_000_001).is_err());
        let lost = sheets.put(7_000_002, "c", b"").unwrap();
        drop(sheets);
        assert!(!lost.exists());
    }
}
