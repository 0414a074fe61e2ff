//! The thread that keeps runs that ended, and tells of those that were kept before.
//! Apart from the file's table, because a disk can be slow, full or wrong, and none of that may be felt.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::mailbox::Mailbox;
use super::private;
use crate::app::msg::{Msg, Session};
use crate::app::said::Level;
use crate::model::past::Past;
use crate::store::Store;

/// Runs of one template that are told of.
const OF_EACH: usize = 30;
/// Runs written in one go at most.
const AT_ONCE: usize = 500;
/// Runs that come so soon after each other are written in one go: while many are read at the start, and where many end,
/// each of them would be a transaction. What a killed console had not written in this time is read again by the next.
const GATHER: Duration = Duration::from_millis(500);

/// Where the file lies: `tiphys/history.db` in the user's state directory. `None` where there is no home.
pub fn usual_path() -> Option<PathBuf> {
    private::place("history.db")
}

/// Opens the file, and makes it where it is missing; only its owner may read it.
///
/// # Errors
/// One sentence: which file, and what is wrong with it.
pub fn open(path: &Path) -> Result<Store, String> {
    let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    private::folder_of(path).map_err(|why| wrong(&why))?;
    drop(private::open(path).map_err(|why| wrong(&why))?);
    Store::open(path).map_err(|why| wrong(&why))
}

#[derive(Debug)]
enum Word {
    Keep(Arc<str>, Vec<Past>),
    Recall(Session, Arc<str>),
}

/// Does both, one after the other, in a thread of its own. Dropped, it first writes what it was given.
#[derive(Debug)]
pub struct Historian {
    give: Option<Sender<Word>>,
    thread: Option<JoinHandle<()>>,
}

impl Historian {
    /// Of this file; that it cannot be used is said once through the mailbox.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn start(path: PathBuf, mailbox: Mailbox) -> io::Result<Self> {
        let (give, take) = channel();
        let thread = std::thread::Builder::new()
            .name("historian".into())
            .spawn(move || work(&path, &take, &mailbox))?;
        Ok(Self {
            give: Some(give),
            thread: Some(thread),
        })
    }

    /// Keeps runs of a context.
    pub fn keep(&self, context: Arc<str>, runs: Vec<Past>) {
        self.say(Word::Keep(context, runs));
    }

    /// Tells the last runs of every template of a context.
    pub fn recall(&self, session: Session, context: Arc<str>) {
        self.say(Word::Recall(session, context));
    }

    fn say(&self, word: Word) {
        if let Some(give) = &self.give {
            // A thread that is gone was reported by the panic hook.
            let _ = give.send(word);
        }
    }
}

impl Drop for Historian {
    fn drop(&mut self) {
        self.give = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(path: &Path, take: &Receiver<Word>, mailbox: &Mailbox) {
    let mut said = false;
    let mut complain = |why: String| {
        tracing::warn!(why, "runs that ended are not kept");
        if !std::mem::replace(&mut said, true) {
            let text = format!("{why}; runs that end are not kept");
            mailbox.push(Msg::Report(Level::Warn, text));
        }
    };
    let mut store = match open(path) {
        Ok(store) => store,
        Err(why) => return complain(why),
    };
    let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    if let Err(why) = store.thin() {
        complain(wrong(&why));
    }
    let mut next = take.recv().ok();
    while let Some(word) = next.take() {
        match word {
            Word::Recall(session, context) => match store.recall(&context, OF_EACH) {
                Ok(runs) => mailbox.push(Msg::Recalled(session, runs)),
                Err(why) => complain(wrong(&why)),
            },
            Word::Keep(context, mut runs) => {
                let until = Instant::now() + GATHER;
                while runs.len() < AT_ONCE {
                    let rest = until.saturating_duration_since(Instant::now());
                    match take.recv_timeout(rest) {
                        Ok(Word::Keep(same, more)) if same == context => runs.extend(more),
                        Ok(other) => {
                            next = Some(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                if let Err(why) = store.keep(&context, &runs) {
                    complain(wrong(&why));
                }
            }
        }
        next = next.or_else(|| take.recv().ok());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use jiff::Timestamp;

    use super::*;
    use crate::model::key::Key;
    use crate::model::phase::Phase;

    fn past(name: &str, second: i64) -> Past {
        Past {
            key: Key::new("qa", name, name),
            origin: Some("nightly".into()),
            task: None,
            service: None,
            phase: Phase::Succeeded,
            started: None,
            finished: Timestamp::from_second(second).unwrap(),
            fault: None,
            flaky: Vec::new(),
            cause: None,
            took: Vec::new(),
        }
    }

    #[tokio::test]
    async fn what_one_console_kept_the_next_is_told_and_nobody_else_can_read_it() {
        let dir = std::env::temp_dir().join(format!("tiphys-past-{}", std::process::id()));
        let path = dir.join("tiphys/history.db");
        let first = Historian::start(path.clone(), Mailbox::new()).unwrap();
        first.keep("prod".into(), vec![past("a", 1)]);
        first.keep("prod".into(), vec![past("b", 2)]);
        first.keep("other".into(), vec![past("c", 3)]);
        let mailbox = Mailbox::new();
        let second = Historian::start(path.clone(), mailbox.clone()).unwrap();
        second.keep("prod".into(), vec![past("d", 4)]);
        drop(first);
        second.recall(7, "prod".into());
        let told = mailbox.recv_batch().await;
        let expected = Msg::Recalled(7, vec![past("a", 1), past("b", 2), past("d", 4)]);
        assert_eq!(told, [expected]);
        for file in fs::read_dir(path.parent().unwrap()).unwrap() {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", file.path().display());
        }
        drop(second);
        fs::remove_dir_all(dir).unwrap();
    }

    #[tokio::test]
    async fn a_disk_that_takes_nothing_is_a_message_once() {
        let mailbox = Mailbox::new();
        let historian =
            Historian::start("/proc/tiphys/history.db".into(), mailbox.clone()).unwrap();
        historian.keep("prod".into(), vec![past("a", 1)]);
        historian.keep("prod".into(), vec![past("b", 2)]);
        drop(historian);
        let batch = mailbox.recv_batch().await;
        assert!(
            matches!(&batch[..], [Msg::Report(Level::Warn, text)] if text.contains("not kept")),
            "{batch:?}"
        );
    }
}
