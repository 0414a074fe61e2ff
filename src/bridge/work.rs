//! A bridge at work: one look at everything, and what is to be done is done, one thing after the other.
//! Apart from deciding: nothing here chooses, and what a splice or a request may change stands in the plan.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::decide::{Act, Held, Plan, View, decide, hash_of};
use super::rules::Rules;
use super::saying::{sentence, sentence_of, told};
use super::subject::{Source, Subject};
use super::ticks::{self, CheckBox};
use super::{annotation, label};
use crate::cluster::Cluster;
use crate::cluster::objects::QARUNS;
use crate::model::key::Key;
use crate::model::qarun::{Spec, Trigger, TriggerKind};
use crate::model::trouble::Trouble;
use crate::taskmaster::{Done, Files, replace};
use crate::wire::qarun::QaRun;
use crate::wire::taskmaster::edit::{Change, Target};

/// How often what was done gives more to do in one look: a QARun is created, and its task told of it.
const ROUNDS: usize = 4;

/// A project: its tasks and the file they are in.
#[derive(Clone)]
pub struct Project {
    /// Its folder, from which documents are named.
    pub folder: PathBuf,
    /// `tasks.json`.
    pub file: PathBuf,
    /// Its tasks.
    pub source: Arc<dyn Source>,
    /// How the file is reached, and the time that locks go by.
    pub files: Files,
}

/// A bridge between a project and a namespace.
pub struct Bridge {
    cluster: Cluster,
    namespace: String,
    project: Project,
    /// As they were when they had no mistake last.
    rules: Mutex<Arc<Rules>>,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    runs: Mutex<BTreeMap<String, Arc<QaRun>>>,
    /// It only says what it would do.
    dry: bool,
    /// The tasks as they were when the file could be read last.
    last: Mutex<Vec<Subject>>,
    /// QARuns that the server has refused: the same one is not sent again.
    refused: Mutex<HashMap<String, String>>,
}

/// What came of a look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// What was done, a sentence each.
    pub done: Vec<String>,
    /// What would be done, by one that only says so.
    pub would: Vec<(Target, String)>,
    /// What waits.
    pub held: Vec<Held>,
    /// What could not be done, with what to do next.
    pub failed: Vec<String>,
    /// When to look again although nothing changes.
    pub again: Option<Timestamp>,
}

impl Bridge {
    /// One that knows of no QARuns yet.
    pub fn new(
        cluster: Cluster,
        namespace: &str,
        project: Project,
        rules: Rules,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        Self {
            cluster,
            namespace: namespace.to_owned(),
            project,
            rules: Mutex::new(Arc::new(rules)),
            now: Box::new(now),
            dry: false,
            runs: Mutex::default(),
            last: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// One that only says what it would do.
    #[must_use]
    pub fn only_saying(mut self) -> Self {
        self.dry = true;
        self
    }

    /// Whom it asks.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Where its QARuns are.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Labels of its QARuns.
    pub fn selector(&self) -> String {
        format!("{}={}", label::PROJECT, self.rules().project)
    }

    /// The rules in force.
    pub fn rules(&self) -> Arc<Rules> {
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.clone()
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Knows of a QARun as it is now.
    pub fn put(&self, run: Arc<QaRun>) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.insert(run.metadata.name.clone(), run);
    }

    /// One is gone; not one that has its name since.
    pub fn drop(&self, key: &Key) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let is = |run: &Arc<QaRun>| run.metadata.uid == key.uid.as_str();
        if runs.get(&*key.name).is_some_and(is) {
            runs.remove(&*key.name);
        }
    }

    /// These are all there are.
    pub fn reset(&self, all: Vec<Arc<QaRun>>) {
        let named = all.into_iter().map(|run| (run.metadata.name.clone(), run));
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        *runs = named.collect();
    }

    /// Asks for all of them, once.
    ///
    /// # Errors
    /// As the server or the network says.
    pub async fn ask(&self) -> Result<(), Trouble> {
        let namespace = Arc::from(&*self.namespace);
        let all = self.cluster.qaruns(Some(&namespace)).await?.items;
        let rules = self.rules();
        let ours = |run: &QaRun| {
            let project = run.metadata.labels.get(label::PROJECT);
            project.is_some_and(|project| *project == rules.project)
        };
        self.reset(all.into_iter().filter(ours).map(Arc::new).collect());
        Ok(())
    }

    /// Says what there is to do, and does nothing.
    pub async fn plan(&self) -> (Vec<Subject>, Plan, Vec<String>) {
        let mut failed = Vec::new();
        let subjects = self.subjects(&mut failed).await;
        let plan = self.decide(&subjects, &self.rules());
        (subjects, plan, failed)
    }

    /// Does everything there is to do.
    pub async fn look(&self) -> Looked {
        let mut looked = Looked::default();
        for _ in 0..ROUNDS {
            let (subjects, plan, failed) = self.plan().await;
            let before = looked.done.len();
            looked.held = plan.held;
            looked.again = plan.again;
            looked.failed = failed;
            if self.dry {
                let would = |act: &Act| self.would(&subjects, act);
                looked.would = plan.acts.iter().map(would).collect();
                break;
            }
            // Once a task is told its boxes are not looked at any more: where ticking failed that waits.
            let mut open = BTreeSet::new();
            for act in plan.acts {
                let did = match act {
                    Act::Launch { subject, name } => self.launch(&subjects[subject], &name).await,
                    Act::Tick { subject, boxes } => {
                        let did = self.tick(subjects[subject].clone(), boxes).await;
                        open.extend(did.is_err().then_some(subject));
                        did
                    }
                    Act::Report { subject, .. } if open.contains(&subject) => Ok(None),
                    Act::Report { subject, changes } => {
                        self.report(subjects[subject].clone(), changes).await
                    }
                };
                match did {
                    Ok(told) => looked.done.extend(told),
                    Err(why) => looked.failed.push(why),
                }
            }
            if looked.done.len() == before {
                break;
            }
        }
        looked
    }

    /// The tasks under the rules of this moment; where a file is broken what it said before.
    async fn subjects(&self, failed: &mut Vec<String>) -> Vec<Subject> {
        let (source, begun) = (self.project.source.clone(), self.rules());
        let read = move || {
            let mut wrong = Vec::new();
            let rules = match source.rules() {
                Ok(None) => begun,
                Ok(Some(rules)) => {
                    let (rules, why) = rules.while_at_work(&begun);
                    wrong.extend(why);
                    Arc::new(rules)
                }
                Err(why) => {
                    wrong.push(why);
                    begun
                }
            };
            (source.subjects(&rules), rules, wrong)
        };
        let read = tokio::task::spawn_blocking(read).await;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Err(why) => failed.push(format!("reading the tasks broke off: {why}")),
            Ok((read, rules, wrong)) => {
                *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
                failed.extend(wrong);
                match read {
                    Ok((subjects, wrong)) => {
                        *last = subjects;
                        failed.extend(wrong);
                    }
                    Err(why) => failed.push(why),
                }
            }
        }
        last.clone()
    }

    fn decide(&self, subjects: &[Subject], rules: &Rules) -> Plan {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut plan = decide(&View {
            subjects,
            runs: &runs,
            rules,
            namespace: &self.namespace,
            now: self.now(),
        });
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        plan.acts.retain(|act| {
            let Act::Launch { subject, name } = act else {
                return true;
            };
            let Some(why) = refused.get(name) else {
                return true;
            };
            let (target, why) = (subjects[*subject].target.clone(), why.clone());
            plan.held.push(Held { target, why });
            false
        });
        plan
    }

    /// What an act would do, for people.
    fn would(&self, subjects: &[Subject], act: &Act) -> (Target, String) {
        let (Act::Launch { subject, .. } | Act::Tick { subject, .. } | Act::Report { subject, .. }) =
            act;
        let what = match act {
            Act::Launch { name, .. } => {
                format!("QARun {}/{name} would be created", self.namespace)
            }
            Act::Tick { boxes, .. } => {
                let path = boxes.first().map_or("", |one| &one.path);
                format!("{} checkboxes of {path} would be ticked", boxes.len())
            }
            Act::Report { changes, .. } => {
                let n = changes.len();
                format!("it would be told how its QARun stands ({n} changes)")
            }
        };
        (subjects[*subject].target.clone(), what)
    }

    /// Creates a QARun. Where there is one of its name somebody else was faster, or an answer was lost: then it is known from now on.
    async fn launch(&self, subject: &Subject, name: &str) -> Result<Option<String>, String> {
        let target = &subject.target;
        let Ok(spec) = &subject.spec else {
            return Ok(None);
        };
        let run = self.object(subject, spec.clone(), name);
        let value = serde_json::to_value(&run).map_err(|why| why.to_string())?;
        let made = self.cluster.create(QARUNS, &self.namespace, &value).await;
        let (bytes, made) = match made {
            Ok(bytes) => (Some(bytes), true),
            Err(Trouble::Conflict { .. }) => {
                let there = self.cluster.kept(QARUNS, &self.namespace, name).await;
                (there.map_err(|why| sentence(&why))?, false)
            }
            Err(why) => {
                // What is created cannot be missing: the place for it is.
                let why_not = match why {
                    Trouble::NotFound { .. } => format!(
                        "there is no namespace {}; -n, or `namespace` in .tiphys/bridge.toml, names another",
                        self.namespace
                    ),
                    _ => sentence(&why),
                };
                let said = format!("{target} gets no QARun: {why_not}");
                if matches!(why, Trouble::Invalid { .. }) {
                    let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                    refused.insert(name.to_owned(), said.clone());
                }
                return Err(said);
            }
        };
        // Gone again in between: the next look creates it.
        let Some(bytes) = bytes else { return Ok(None) };
        let there = QaRun::read(&bytes).map_err(|why| format!("QARun {name}: {why}"))?;
        if hash_of(&there) != Some(&*subject.hash) {
            let namespace = &self.namespace;
            return Err(format!(
                "{target} gets no QARun: {namespace}/{name} is there and is about something else. Delete it, or change the task."
            ));
        }
        self.put(Arc::new(there));
        let namespace = &self.namespace;
        Ok(Some(match made {
            true => format!("{target}: QARun {namespace}/{name} was created"),
            false => format!("{target}: QARun {namespace}/{name} was there already"),
        }))
    }

    fn object(&self, subject: &Subject, spec: Spec, name: &str) -> QaRun {
        let target = &subject.target;
        let trigger = Trigger {
            kind: TriggerKind::TaskStatus,
            by: Some("tiphys bridge".to_owned()),
            reference: Some(subject.task.status.word().to_owned()),
        };
        let spec = Spec {
            task_id: Some(target.id.to_string()),
            trigger: Some(trigger),
            ..spec
        };
        let mut run = QaRun::new(&self.namespace, name, spec);
        let project = self.rules().project.clone();
        run.metadata.labels = BTreeMap::from([
            (label::PROJECT.to_owned(), project),
            (
                label::TASK.to_owned(),
                super::decide::slug(target.id.as_str(), 63),
            ),
        ]);
        run.metadata.annotations = BTreeMap::from([
            (annotation::HASH.to_owned(), subject.hash.clone()),
            (
                annotation::TASK.to_owned(),
                format!("{}/{}", target.tag, target.id),
            ),
        ]);
        run
    }

    /// Ticks boxes of a task's document. What is not there any more is told and not waited for.
    async fn tick(&self, subject: Subject, boxes: Vec<CheckBox>) -> Result<Option<String>, String> {
        let Some(path) = boxes.first().map(|one| one.path.clone()) else {
            return Ok(None);
        };
        let (files, file) = (self.project.files.clone(), self.project.folder.join(&path));
        let target = subject.target;
        let work = move || {
            let done = ticks::put(&files, &file, &boxes, true)
                .map_err(|why| format!("{target}: {why}. {}", why.hint()))?;
            let told = match done.changed {
                0 => None,
                1 => Some(format!("{target}: a checkbox of {path} was ticked")),
                n => Some(format!("{target}: {n} checkboxes of {path} were ticked")),
            };
            let left = done.left.first();
            let left = left.map(|why| format!("{target}: not ticked in {path}: {why}"));
            Ok(told.or(left))
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|why| Err(format!("ticking broke off: {why}")))
    }

    /// Tells a task how its QARun stands; nothing where it was told meanwhile, or says something else.
    async fn report(
        &self,
        subject: Subject,
        changes: Vec<Change>,
    ) -> Result<Option<String>, String> {
        let project = self.project.clone();
        let work = move || {
            let left: Mutex<Option<String>> = Mutex::default();
            let change = |bytes: &[u8]| {
                let (text, status) = told(bytes, &subject, &changes)?;
                *left.lock().unwrap_or_else(PoisonError::into_inner) = status;
                Ok(text)
            };
            let done = replace(&project.files, &project.file, &change)
                .map_err(|why| format!("{}: {why}. {}", subject.target, why.hint()))?;
            let left = left.into_inner().unwrap_or_else(PoisonError::into_inner);
            Ok(match done {
                Done::Same => None,
                Done::Replaced => Some(sentence_of(&subject, &changes, left)),
            })
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|why| Err(format!("writing the tasks broke off: {why}")))
    }
}
