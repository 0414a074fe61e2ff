//! Files and a time for tests: somebody else works between any two steps, a program ends at any, and nobody waits.
//! Apart from the tests, which all need them.
#![allow(clippy::unwrap_used)]

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use super::disk::{Disk, Files, Look, Real, Time};

/// A folder of a test's own, removed at its end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, SeqCst);
        let name = format!("tiphys-taskmaster-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    /// A file in it.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// What is in it.
    pub fn names(&self) -> Vec<String> {
        let names = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A time that goes on when somebody waits.
pub struct Clock {
    begun: SystemTime,
    gone: AtomicU64,
}

impl Clock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            begun: SystemTime::now(),
            gone: AtomicU64::new(0),
        })
    }

    pub fn pass(&self, time: Duration) {
        self.gone
            .fetch_add(u64::try_from(time.as_millis()).unwrap(), SeqCst);
    }

    pub fn gone(&self) -> Duration {
        Duration::from_millis(self.gone.load(SeqCst))
    }
}

impl Time for Clock {
    fn now(&self) -> SystemTime {
        self.begun + self.gone()
    }

    fn wait(&self, time: Duration) {
        self.pass(time);
    }
}

/// This machine's files, as somebody who shares them or ends finds them.
pub fn files(clock: &Arc<Clock>) -> Files {
    Files {
        disk: Arc::new(Real),
        time: clock.clone(),
    }
}

type Meanwhile = Box<dyn FnMut() + Send>;

/// What happens at a step.
enum At {
    /// Somebody else does something before it.
    Meanwhile(Meanwhile),
    /// The program ends before it.
    End,
}

/// Files that count steps; at one of them something happens.
pub struct Steps {
    number: AtomicUsize,
    at: Mutex<Option<(usize, At)>>,
    ended: AtomicUsize,
    names: Mutex<Vec<&'static str>>,
}

impl Steps {
    fn with(at: Option<(usize, At)>) -> Arc<Self> {
        Arc::new(Self {
            number: AtomicUsize::new(0),
            at: Mutex::new(at),
            ended: AtomicUsize::new(0),
            names: Mutex::default(),
        })
    }

    /// Nothing happens.
    pub fn quiet() -> Arc<Self> {
        Self::with(None)
    }

    /// Before the step of this number, from 0, somebody else does this.
    pub fn meanwhile(step: usize, what: impl FnMut() + Send + 'static) -> Arc<Self> {
        Self::with(Some((step, At::Meanwhile(Box::new(what)))))
    }

    /// The program ends before this step.
    pub fn end(step: usize) -> Arc<Self> {
        Self::with(Some((step, At::End)))
    }

    /// The steps, by name.
    pub fn taken(&self) -> Vec<&'static str> {
        self.names.lock().unwrap().clone()
    }

    pub fn files(self: &Arc<Self>, clock: &Arc<Clock>) -> Files {
        Files {
            disk: self.clone(),
            time: clock.clone(),
        }
    }

    fn step(&self, name: &'static str) -> io::Result<()> {
        let number = self.number.fetch_add(1, SeqCst);
        self.names.lock().unwrap().push(name);
        let due = {
            let mut at = self.at.lock().unwrap();
            at.take_if(|(step, _)| *step == number)
        };
        match due {
            Some((_, At::Meanwhile(mut what))) => what(),
            Some((_, At::End)) => self.ended.store(1, SeqCst),
            None => {}
        }
        match self.ended.load(SeqCst) {
            0 => Ok(()),
            _ => Err(io::Error::other("this program has ended")),
        }
    }
}

impl Disk for Steps {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.step("read")?;
        Real.read(path)
    }
    fn look(&self, path: &Path) -> io::Result<Look> {
        self.step("look")?;
        Real.look(path)
    }
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.step("make_dir")?;
        Real.make_dir(path)
    }
    fn touch(&self, path: &Path, at: SystemTime) -> io::Result<()> {
        self.step("touch")?;
        Real.touch(path, at)
    }
    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.step("remove_dir")?;
        Real.remove_dir(path)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step("remove_file")?;
        Real.remove_file(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step("rename")?;
        Real.rename(from, to)
    }
    fn write_new(&self, path: &Path, like: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step("write_new")?;
        Real.write_new(path, like, bytes)
    }
    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        self.step("real")?;
        Real.real(path)
    }
    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.step("names")?;
        Real.names(folder)
    }
}
