//! The journal of what was done, and the trash of what was deleted: for their owner only, bounded, on this machine.
//! Apart from what is done, so that console and scripts leave the same trail.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::private::{self, Turning};
use crate::cluster::yaml;
use crate::model::journal::Entry;
use crate::model::key::Key;

/// Size at which the journal becomes the old one and a new one begins, in bytes.
const TURN_AT: u64 = 8 << 20;
/// Manifests kept; older ones go.
const KEPT: usize = 200;

/// Where the trail lies.
#[derive(Clone, Debug)]
pub struct Journal {
    folder: PathBuf,
    trash: bool,
}

impl Journal {
    /// In the user's state directory. `None` where there is no home.
    pub fn usual() -> Option<Self> {
        let file = private::place("journal.jsonl")?;
        Some(Self::at(file.parent()?))
    }

    /// Of an embedded cluster: a folder of its own, so that the real journal tells of real clusters only.
    pub fn of_demo() -> Option<Self> {
        let file = private::place("demo")?;
        let journal = Self::at(&file);
        // That cluster has ended with its program.
        let _ = fs::remove_file(journal.path());
        Some(journal)
    }

    /// In this folder.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            trash: true,
        }
    }

    /// The same, which keeps what is deleted, or does not.
    #[must_use]
    pub fn with_trash(mut self, trash: bool) -> Self {
        self.trash = trash;
        self
    }

    /// Where it lies, and what else is left of what was done.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    /// Appends one entry.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry).map_err(io::Error::other)?;
        line.push(b'\n');
        // One write each: lines of several programs do not mix.
        Turning::open(&self.path(), TURN_AT)?.write_all(&line)
    }

    /// The last entries, the newest last. One that was begun and ended is one.
    ///
    /// # Errors
    /// One sentence, where there is a journal and it cannot be read.
    pub fn read(&self, most: usize) -> Result<Vec<Entry>, String> {
        let path = self.path();
        let mut entries: VecDeque<Entry> = VecDeque::new();
        for file in [private::before(&path), path.clone()] {
            let file = match File::open(&file) {
                Ok(file) => file,
                Err(why) if why.kind() == io::ErrorKind::NotFound => continue,
                Err(why) => return Err(format!("{} cannot be read: {why}", file.display())),
            };
            for line in BufReader::new(file).split(b'\n') {
                let line =
                    line.map_err(|why| format!("{} cannot be read: {why}", path.display()))?;
                // A line that was cut off, or that a newer program wrote, hides no other.
                let Ok(entry) = serde_json::from_slice::<Entry>(&line) else {
                    continue;
                };
                let same = |old: &Entry| (old.at, &old.order) == (entry.at, &entry.order);
                match entries.iter().rposition(same) {
                    Some(at) => entries[at] = entry,
                    None => entries.push_back(entry),
                }
                if entries.len() > most {
                    entries.pop_front();
                }
            }
        }
        Ok(entries.into())
    }

    /// Keeps the manifest of an object that is about to be deleted; the file. What looks like a credential is masked in it.
    ///
    /// # Errors
    /// One sentence, where it cannot be kept.
    pub fn keep(
        &self,
        key: &Key,
        at: Timestamp,
        object: &Value,
    ) -> Result<Option<Arc<str>>, String> {
        if !self.trash {
            return Ok(None);
        }
        let text = yaml::render(&yaml::tidy(bare(object))).map_err(|why| why.to_string())?;
        let stamp = at.strftime("%Y%m%dT%H%M%S");
        let name = format!(
            "{stamp}-{}-{}.yaml",
            private::plain(&key.namespace),
            private::plain(&key.name)
        );
        let file = self.folder.join("trash").join(name);
        let put = || -> io::Result<()> {
            private::folder_of(&file)?;
            let mut open = File::options();
            open.write(true).create(true).truncate(true).mode(0o600);
            open.open(&file)?.write_all(text.as_bytes())?;
            private::thin(&self.folder.join("trash"), KEPT)
        };
        put().map_err(|why| format!("{} cannot be written: {why}", file.display()))?;
        Ok(Some(file.display().to_string().into()))
    }
}

/// What can be created again: without what the server gave it.
fn bare(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for given in [
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "managedFields",
            "selfLink",
        ] {
            meta.shift_remove(given);
        }
    }
    object
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::model::act::{Kind, Operation, Order, Outcome};

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("tiphys-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        path
    }

    fn entry(second: i64, outcome: Option<Outcome>) -> Entry {
        Entry {
            at: Timestamp::from_second(second).unwrap(),
            who: "jane".into(),
            context: "qa".into(),
            server: "https://qa:6443".into(),
            order: Order {
                kind: Kind::Workflow,
                key: Key::new("payments", "e2e-7", "u-1"),
                operation: Operation::Stop,
            },
            sent: Vec::new(),
            outcome,
            trash: None,
        }
    }

    #[test]
    fn what_was_begun_and_ended_is_one_entry_and_only_its_owner_reads_it() {
        let folder = folder("journal");
        let journal = Journal::at(&folder);
        let why = "no".into();
        for one in [
            entry(1, None),
            entry(1, Some(Outcome::NotApplied { why })),
            entry(2, None),
        ] {
            journal.write(&one).unwrap();
        }
        // A line that was cut off.
        private::open(&journal.path())
            .unwrap()
            .write_all(b"{\"at\":\n")
            .unwrap();
        let read = journal.read(10).unwrap();
        let told: Vec<String> = read.iter().map(Entry::sentence).collect();
        assert_eq!(
            told,
            [
                "stop payments/e2e-7: not applied: no",
                "stop payments/e2e-7: was sent; how it ended is not known",
            ]
        );
        let mode = fs::metadata(journal.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(journal.read(1).unwrap().len(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_trash_holds_what_can_be_created_again_and_no_path_leads_out_of_it() {
        let folder = folder("trash");
        let journal = Journal::at(&folder);
        let key = Key::new("../..", "a/b", "u-1");
        let object = serde_json::json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
            "metadata": {"name": "x", "uid": "u-1", "resourceVersion": "7", "labels": {"a": "b"}},
            "spec": {"arguments": {"parameters": [{"name": "api-token", "value": "hunter2hunter2"}]}},
        });
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let file = journal.keep(&key, at, &object).unwrap().unwrap();
        let path = Path::new(&*file);
        assert_eq!(path.parent().unwrap(), folder.join("trash"));
        let text = fs::read_to_string(path).unwrap();
        assert!(
            text.contains("labels:") && !text.contains("resourceVersion"),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
        fs::remove_dir_all(folder).unwrap();
    }
}
