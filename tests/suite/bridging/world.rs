//! A project in a folder, an embedded cluster with a gate before it, a controller that can be down, and a time that all go by.
//! Apart from the stories, which all need these.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tiphys::bridge::{Bridge, Entry, Looked, Project, Rules, Source, Subject};
use tiphys::cluster::Cluster;
use tiphys::cluster::objects::{QARUNS, WORKFLOWS};
use tiphys::controller::{Controller, Time as ControllerTime, workflow_name};
use tiphys::model::qarun::Spec;
use tiphys::model::task::content;
use tiphys::sim::store::Origin;
use tiphys::sim::{Embedded, Scenario, resource};
use tiphys::taskmaster::disk::{Disk, Look};
use tiphys::taskmaster::{Files, Real, Time};
use tiphys::wire::qarun::{QaRun, Work};
use tiphys::wire::taskmaster::edit::Target;
use tiphys::wire::taskmaster::tasks;

use crate::bench;
use crate::controlling::world::Gate;

/// Where QARuns are created.
pub const NS: &str = "default";

/// Two tasks that are to be verified, of which the second fails, and one that is not.
pub const FILE: &str = r#"{
  "master": {
    "tasks": [
      {
        "id": 1,
        "title": "Refunds are whole",
        "details": "Round half to even.",
        "testStrategy": "refunds check-total ends with 0",
        "status": "review",
        "dependencies": []
      },
      {
        "id": "2",
        "title": "Transfers are booked in time",
        "details": "",
        "testStrategy": "sepa check-cutoff ends with 0",
        "status": "review",
        "metadata": {"jira": "QA-7"},
        "dependencies": []
      },
      {
        "id": 3,
        "title": "Mails read well",
        "details": "",
        "testStrategy": "read them",
        "status": "pending",
        "dependencies": [1]
      }
    ],
    "metadata": {"created": "2025-06-15T00:00:00Z"}
  },
  "other": {"tasks": []}
}"#;

/// Rules under which verdicts change statuses.
pub const RULES: &str = "
project = \"shop\"
[report]
pass = \"done\"
fail = \"in-progress\"
";

/// Time that goes on when somebody waits for a lock, or when the story says so.
pub struct Hours {
    begun: SystemTime,
    gone: AtomicUsize,
}

impl Hours {
    pub fn pass(&self, seconds: usize) {
        self.gone.fetch_add(1000 * seconds, SeqCst);
    }
}

impl Time for Hours {
    fn now(&self) -> SystemTime {
        self.begun + Duration::from_millis(self.gone.load(SeqCst) as u64)
    }

    fn wait(&self, time: Duration) {
        self.gone
            .fetch_add(usize::try_from(time.as_millis()).unwrap(), SeqCst);
    }
}

/// Files that a program that has ended cannot reach any more.
#[derive(Default)]
pub struct Mortal {
    steps: AtomicUsize,
    end: Mutex<Option<usize>>,
    dead: AtomicBool,
}

impl Mortal {
    /// It ends before its step of this number, from 0.
    pub fn end_at(&self, step: usize) {
        *self.end.lock().unwrap() = Some(step);
    }

    pub fn steps(&self) -> usize {
        self.steps.load(SeqCst)
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(SeqCst)
    }

    fn step(&self) -> io::Result<()> {
        let step = self.steps.fetch_add(1, SeqCst);
        if *self.end.lock().unwrap() == Some(step) {
            self.dead.store(true, SeqCst);
        }
        match self.is_dead() {
            true => Err(io::Error::other("this program has ended")),
            false => Ok(()),
        }
    }
}

impl Disk for Mortal {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.step()?;
        Real.read(path)
    }
    fn look(&self, path: &Path) -> io::Result<Look> {
        self.step()?;
        Real.look(path)
    }
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        Real.make_dir(path)
    }
    fn touch(&self, path: &Path, at: SystemTime) -> io::Result<()> {
        self.step()?;
        Real.touch(path, at)
    }
    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        Real.remove_dir(path)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        Real.remove_file(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        Real.rename(from, to)
    }
    fn write_new(&self, path: &Path, like: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step()?;
        Real.write_new(path, like, bytes)
    }
    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        self.step()?;
        Real.real(path)
    }
    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.step()?;
        Real.names(folder)
    }
}

/// The tasks of a file, each with one criterion named after it.
pub struct Plain {
    file: PathBuf,
}

impl Source for Plain {
    fn subjects(&self, _: &Rules) -> Result<(Vec<Subject>, Vec<String>), String> {
        let bytes = std::fs::read(&self.file).map_err(|why| why.to_string())?;
        let book = tasks(&bytes).map_err(|why| why.to_string())?;
        let mut all = Vec::new();
        for tag in book.tags {
            for task in tag.tasks {
                let spec = format!(
                    "{{service: shop, image: i, criteria: [{{id: t{}, text: {:?}, kind: command, command: {{argv: [x]}}}}]}}",
                    task.id, task.test_strategy
                );
                all.push(Subject {
                    target: Target {
                        tag: tag.name.to_string(),
                        id: task.id.clone(),
                    },
                    hash: content(&task, None),
                    spec: serde_saphyr::from_str::<Spec>(&spec).map_err(|why| why.to_string()),
                    entry: Entry::read(&task.metadata),
                    boxes: Vec::new(),
                    task,
                });
            }
        }
        Ok((all, Vec::new()))
    }
}

/// All of it.
pub struct World {
    pub embedded: Embedded,
    /// The gate before bridges.
    pub gate: Gate,
    pub hours: Arc<Hours>,
    pub file: PathBuf,
    folder: PathBuf,
    direct: Cluster,
    controller: Controller,
    /// The controller is there.
    pub up: bool,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl World {
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, SeqCst);
        let name = format!("tiphys-bridging-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("tasks.json");
        std::fs::write(&file, FILE).unwrap();
        let embedded = bench::still(Scenario::Empty);
        let direct = Cluster::from_service(embedded.api.clone(), "direct");
        let clock = embedded.clock.clone();
        let time = ControllerTime::of(move || clock.timestamp(), 1.0);
        Self {
            gate: Gate::before(embedded.api.clone()),
            hours: Arc::new(Hours {
                begun: SystemTime::now(),
                gone: AtomicUsize::new(0),
            }),
            controller: Controller::new(direct.clone(), time, 1000.0),
            embedded,
            file,
            folder,
            direct,
            up: true,
        }
    }

    /// A bridge behind the gate, on these files, that knows nothing yet.
    pub fn bridge(&self, rules: &str, disk: Arc<dyn Disk>) -> Bridge {
        let cluster = Cluster::from_service(self.gate.clone(), "gate");
        let project = Project {
            folder: self.folder.clone(),
            file: self.file.clone(),
            source: Arc::new(Plain {
                file: self.file.clone(),
            }),
            files: Files {
                disk,
                time: self.hours.clone(),
            },
        };
        let rules = Rules::read(rules).unwrap().of_folder("folder");
        let clock = self.embedded.clock.clone();
        Bridge::new(cluster, NS, project, rules, move || clock.timestamp())
    }

    /// One on files that nothing happens to.
    pub fn plain(&self, rules: &str) -> Bridge {
        self.bridge(rules, Arc::new(Real))
    }

    /// A look with what the cluster says now.
    pub async fn look(&self, bridge: &Bridge) -> Looked {
        match bridge.ask().await {
            Ok(()) => bridge.look().await,
            Err(why) => Looked {
                failed: vec![why.to_string()],
                ..Looked::default()
            },
        }
    }

    /// Every QARun.
    pub async fn runs(&self) -> Vec<QaRun> {
        self.direct.qaruns(Some(&NS.into())).await.unwrap().items
    }

    /// Lets the controller work, tells new pods what to do (those of task 2 fail), and lets time pass.
    pub async fn pass(&mut self, seconds: u64) {
        let runs = self.runs().await;
        for uid in self.controller.cache.uids() {
            if self.up && !runs.iter().any(|run| *run.metadata.uid == *uid) {
                self.controller.cache.drop_run(&uid);
            }
        }
        for run in runs {
            let name = workflow_name(&run, 1);
            if let Some(bytes) = self.direct.kept(WORKFLOWS, NS, &name).await.unwrap() {
                let work = Work::read(&bytes).unwrap();
                self.controller.cache.put_work(Arc::new(work));
            }
            let uid = run.metadata.uid.clone();
            self.controller.cache.put_run(Arc::new(run));
            if self.up {
                self.controller.reconcile(&uid).await.unwrap();
            }
            self.plan(&name);
        }
        self.embedded.advance(Duration::from_secs(seconds));
        self.hours.pass(usize::try_from(seconds).unwrap());
    }

    fn plan(&self, name: &str) {
        let store = self.embedded.api.store();
        let Some(object) = store.get(resource::WORKFLOWS, NS, name) else {
            return;
        };
        let mut object = object.value();
        if object["metadata"]["annotations"]["tiphys.dev/plan"].is_null() {
            let plan = json!({"t2": {"exit": 1, "outputs": {"verdict": "fail", "evidence": "it ended with 1"}}});
            object["metadata"]["annotations"]["tiphys.dev/plan"] = plan.to_string().into();
            store.put(resource::WORKFLOWS, object, Origin::Client);
        }
    }

    /// Somebody deletes all QARuns.
    pub async fn delete_runs(&mut self) {
        for run in self.runs().await {
            self.direct.remove(QARUNS, &run.metadata).await.unwrap();
        }
        for _ in 0..5 {
            self.pass(5).await;
        }
        assert_eq!(self.runs().await.len(), 0);
    }

    pub fn text(&self) -> String {
        std::fs::read_to_string(&self.file).unwrap()
    }

    pub fn write(&self, text: &str) {
        std::fs::write(&self.file, text).unwrap();
    }

    /// A task of the file.
    pub fn task(&self, n: usize) -> Value {
        let root: Value = serde_json::from_str(&self.text()).unwrap();
        root["master"]["tasks"][n - 1].clone()
    }

    /// Task and status, then what it was told.
    pub fn told(&self, n: usize) -> (String, Option<String>) {
        let task = self.task(n);
        let verdict = task["metadata"]["qaRun"]["verdict"].as_str();
        let status = task["status"].as_str().unwrap().to_owned();
        (status, verdict.map(str::to_owned))
    }

    /// Names in the folder.
    pub fn names(&self) -> Vec<OsString> {
        Real.names(&self.folder).unwrap()
    }
}

impl World {
    /// Somebody deletes all QARuns while nobody holds them.
    pub async fn delete_all_at_once(&self) {
        for run in self.runs().await {
            let free = json!({"metadata": {"finalizers": []}});
            let bytes = self
                .direct
                .merge(QARUNS, &run.metadata, free)
                .await
                .unwrap();
            let run = QaRun::read(&bytes).unwrap();
            let _ = self.direct.remove(QARUNS, &run.metadata).await;
        }
    }

    /// Somebody else creates a QARun.
    pub async fn put_run(&self, run: &QaRun) {
        let value = serde_json::to_value(run).unwrap();
        self.direct.create(QARUNS, NS, &value).await.unwrap();
    }
}
