//! The file that remembers where somebody left off: in the state directory, for its owner only, never in the configuration.
//! Apart from what is remembered, because a disk can be slow, full or wrong, and none of that may be felt.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use super::mailbox::Mailbox;
use super::private;
use crate::app::memory::Memory;
use crate::app::msg::Msg;
use crate::app::said::Level;

/// Largest file that is read, in bytes.
const CAP: u64 = 1 << 20;
/// Contexts that are remembered.
const CONTEXTS: usize = 200;

/// The file. Unknown fields are let pass, so that an older program can read what a newer one wrote.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    #[serde(default)]
    contexts: BTreeMap<String, Memory>,
}

/// Where it lies: `tiphys/session.json` in the user's state directory. `None` where there is no home.
pub fn usual_path() -> Option<PathBuf> {
    let places = etcetera::base_strategy::Xdg::new().ok()?;
    Some(places.state_dir()?.join("tiphys").join("session.json"))
}

/// What is remembered by context. A file that is not there remembers nothing.
///
/// # Errors
/// One sentence, where there is a file and it cannot be read.
pub fn read(path: &Path) -> Result<BTreeMap<String, Memory>, String> {
    let wrong = |why: &dyn std::fmt::Display| {
        format!("{} cannot be read and is ignored: {why}", path.display())
    };
    let mut text = String::new();
    match File::open(path) {
        Ok(file) => file
            .take(CAP)
            .read_to_string(&mut text)
            .map_err(|why| wrong(&why))?,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(why) => return Err(wrong(&why)),
    };
    let kept: Kept = serde_json::from_str(&text).map_err(|why| wrong(&why))?;
    Ok(kept.contexts)
}

/// Writes one context's memory into it; what other programs have written for others stays.
fn write(path: &Path, context: &str, memory: &Memory) -> io::Result<()> {
    let mut contexts = read(path).unwrap_or_default();
    contexts.insert(context.to_string(), memory.clone());
    while contexts.len() > CONTEXTS {
        let other = contexts.keys().find(|name| *name != context).cloned();
        contexts.remove(&other.unwrap_or_default());
    }
    let text = serde_json::to_string_pretty(&Kept { contexts })? + "\n";
    private::replace(path, &text)
}

/// Keeps memories, one after the other, in a thread of its own. Dropped, it first writes what it was given.
#[derive(Debug)]
pub struct Keeper {
    give: Option<Sender<(String, Memory)>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Writes into this file; that it cannot is said once through the mailbox.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn start(path: PathBuf, mailbox: Mailbox) -> io::Result<Self> {
        let (give, take) = channel();
        let work = move || work(&path, &take, &mailbox);
        let thread = std::thread::Builder::new()
            .name("keeper".into())
            .spawn(work)?;
        Ok(Self {
            give: Some(give),
            thread: Some(thread),
        })
    }

    /// Keeps what is remembered of a context.
    pub fn keep(&self, context: String, memory: Memory) {
        if let Some(give) = &self.give {
            // A thread that is gone was reported by the panic hook.
            let _ = give.send((context, memory));
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.give = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(path: &Path, take: &Receiver<(String, Memory)>, mailbox: &Mailbox) {
    let mut said = false;
    while let Ok((context, memory)) = take.recv() {
        if let Err(error) = write(path, &context, &memory) {
            tracing::warn!(%error, path = %path.display(), "where you left off is not kept");
            if !std::mem::replace(&mut said, true) {
                let text = format!(
                    "{}: {error}; where you leave off is not kept",
                    path.display()
                );
                mailbox.push(Msg::Report(Level::Warn, text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn memory(filter: &str) -> Memory {
        Memory {
            filter: filter.into(),
            ..Memory::default()
        }
    }

    #[test]
    fn each_context_is_remembered_and_only_its_owner_reads_it() {
        let dir = std::env::temp_dir().join(format!("tiphys-keeper-{}", std::process::id()));
        let path = dir.join("tiphys/session.json");
        assert_eq!(read(&path), Ok(BTreeMap::new()));
        let keeper = Keeper::start(path.clone(), Mailbox::new()).unwrap();
        keeper.keep("one".into(), memory("a"));
        keeper.keep("two".into(), memory("b"));
        keeper.keep("one".into(), memory("c"));
        drop(keeper);
        let kept = read(&path).unwrap();
        assert_eq!(
            (kept["one"].filter.as_str(), kept["two"].filter.as_str()),
            ("c", "b")
        );
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "no half file"
        );

        fs::write(&path, "{\"contexts\": [").unwrap();
        let wrong = read(&path).unwrap_err();
        assert!(
            wrong.contains("session.json cannot be read and is ignored"),
            "{wrong}"
        );
        let keeper = Keeper::start(path.clone(), Mailbox::new()).unwrap();
        keeper.keep("one".into(), memory("d"));
        drop(keeper);
        assert_eq!(read(&path).unwrap().len(), 1);
        fs::write(
            &path,
            "{\"contexts\": {\"x\": {\"filter\": \"f\", \"later\": 1}}, \"more\": 2}",
        )
        .unwrap();
        assert_eq!(read(&path).unwrap()["x"].filter, "f");
        fs::remove_dir_all(dir).unwrap();
    }

    #[tokio::test]
    async fn a_disk_that_takes_nothing_is_a_message_once() {
        let mailbox = Mailbox::new();
        let keeper = Keeper::start("/proc/tiphys/session.json".into(), mailbox.clone()).unwrap();
        keeper.keep("one".into(), memory("a"));
        keeper.keep("one".into(), memory("b"));
        drop(keeper);
        let batch = mailbox.recv_batch().await;
        assert!(
            matches!(&batch[..], [Msg::Report(Level::Warn, text)] if text.contains("not kept")),
            "{batch:?}"
        );
    }
}
