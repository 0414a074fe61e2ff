//! What is to be done: which tasks get a QARun, which are told what one found, which wait and for what. Pure.
//! Apart from doing it: the same tasks, runs and time give the same plan, whoever asks.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::report::{self, Entry};
use super::rules::{Dependencies, Rules};
use super::ticks::CheckBox;
use super::{Subject, annotation};
use crate::model::qarun::Verdict;
use crate::model::task::TaskId;
use crate::wire::qarun::QaRun;
use crate::wire::taskmaster::edit::{Change, Target};

/// What there is.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The tasks, in the order of the file.
    pub subjects: &'a [Subject],
    /// The QARuns of this project, by name.
    pub runs: &'a BTreeMap<String, Arc<QaRun>>,
    /// What is to be done when.
    pub rules: &'a Rules,
    /// Where QARuns are created.
    pub namespace: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A QARun is to be created for a task.
    Launch {
        /// Which of the subjects.
        subject: usize,
        /// The QARun's name.
        name: String,
    },
    /// Checkboxes of a task's document are to be ticked: before it is told of the verdict, so that this is done once, and what a
    /// person unticks afterwards stays so.
    Tick {
        /// Which of the subjects.
        subject: usize,
        /// The boxes.
        boxes: Vec<CheckBox>,
    },
    /// A task is to be told how its QARun stands.
    Report {
        /// Which of the subjects.
        subject: usize,
        /// `metadata.qaRun`, first; then what is changed with it and not without.
        changes: Vec<Change>,
    },
}

/// A task that gets no QARun now, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The task.
    pub target: Target,
    /// Why, a sentence.
    pub why: String,
}

/// All there is to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Reports first, then QARuns in the order in which they are to be created.
    pub acts: Vec<Act>,
    /// What waits.
    pub held: Vec<Held>,
    /// When to look again although nothing changes.
    pub again: Option<Timestamp>,
}

/// Over which time QARuns are counted.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Name of the QARun of a version of a task: `{project}-{task}-{digest}`, at most 44 characters, a DNS label.
pub fn run_name(project: &str, subject: &Subject) -> String {
    let (tag, id) = (&subject.target.tag, subject.target.id.as_str());
    let mut hash = Sha256::new();
    for part in [project, tag, id, &subject.hash] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest: String = hash
        .finalize()
        .iter()
        .take(5)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let word = |text: &str, most| slug(text, most);
    format!("{}-{}-{digest}", word(project, 20), word(id, 12))
}

/// Small letters, digits and hyphens of a text; `x` where there are none.
pub(super) fn slug(text: &str, most: usize) -> String {
    let letter = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    };
    let all: String = text.chars().map(letter).take(most).collect();
    let all = all.trim_matches('-');
    // A DNS label of Kubernetes begins with a letter where it is a Service's; a name may begin with a digit.
    match all {
        "" => "x".to_owned(),
        all => all.to_owned(),
    }
}

/// Says what is to be done.
pub fn decide(view: &View<'_>) -> Plan {
    let mut plan = Plan::default();
    let known: Vec<Option<&QaRun>> = view.subjects.iter().map(|one| view.run_of(one)).collect();
    for (n, subject) in view.subjects.iter().enumerate() {
        let changes = view.report(subject, known[n]);
        if !changes.is_empty() {
            let boxes = view.passed(subject, known[n]);
            let subject = n;
            if !boxes.is_empty() {
                plan.acts.push(Act::Tick { subject, boxes });
            }
            plan.acts.push(Act::Report { subject, changes });
        }
    }
    let mut wanted: Vec<usize> = (0..view.subjects.len())
        .filter(|n| view.wants(&view.subjects[*n], known[*n], &mut plan.held))
        .collect();
    view.in_order(&mut wanted);
    view.launch(&wanted, &known, &mut plan);
    plan
}

impl View<'_> {
    /// The run of what a task says now, or else the one it was told of last.
    fn run_of(&self, subject: &Subject) -> Option<&QaRun> {
        let current = self.current(subject);
        current.or_else(|| {
            let entry = subject.entry.as_ref()?;
            let name = entry.name_in(self.namespace)?;
            let run = self.runs.get(name)?;
            (hash_of(run) == Some(&*entry.hash)).then_some(&**run)
        })
    }

    /// The run of what a task says now.
    fn current(&self, subject: &Subject) -> Option<&QaRun> {
        let run = self.runs.get(&run_name(&self.rules.project, subject))?;
        (hash_of(run) == Some(&*subject.hash)).then_some(&**run)
    }

    fn report(&self, subject: &Subject, run: Option<&QaRun>) -> Vec<Change> {
        let Some(run) = run else { return Vec::new() };
        let hash = hash_of(run).unwrap_or_default();
        let Some(entry) = Entry::of(run, hash, self.rules) else {
            return Vec::new();
        };
        if subject.entry.as_ref() == Some(&entry) {
            return Vec::new();
        }
        // One that is tried again says nothing until it is over, and then what the last try found.
        let same = subject.entry.as_ref().filter(|was| was.run == entry.run);
        if entry.verdict.is_none() && same.is_some() {
            return Vec::new();
        }
        let mut changes = vec![Change::Metadata {
            key: report::KEY.to_owned(),
            value: entry.value(),
        }];
        let status = subject.task.status.word();
        let verified = self.rules.on_status.iter().any(|one| one == status);
        if verified && hash == subject.hash {
            changes.extend(report::consequences(run, &entry, status, self.rules));
        }
        changes
    }

    /// Open boxes whose criteria passed.
    fn passed(&self, subject: &Subject, run: Option<&QaRun>) -> Vec<CheckBox> {
        let over = |run: &&QaRun| {
            let status = run.status.as_ref();
            let over = status.is_some_and(|status| status.is_over(run.spec.attempt()));
            over && hash_of(run) == Some(&*subject.hash)
        };
        let Some(run) = run.filter(over).filter(|_| self.rules.report.tick) else {
            return Vec::new();
        };
        let open = subject.boxes.iter().filter(|one| !one.ticked);
        open.filter(|one| one.verdict(run) == Some(Verdict::Pass))
            .cloned()
            .collect()
    }

    /// Whether a task is to get a QARun. One that is not although it reached the status says why.
    fn wants(&self, subject: &Subject, run: Option<&QaRun>, held: &mut Vec<Held>) -> bool {
        let status = subject.task.status.word();
        if !self.rules.on_status.iter().any(|one| one == status) {
            return false;
        }
        let mut hold = |why: String| {
            let target = subject.target.clone();
            held.push(Held { target, why });
            false
        };
        let verified = |verdict: Verdict, name: &str| {
            format!(
                "what it says was verified already: {} ({name})",
                verdict.word()
            )
        };
        if let Some(run) = run.filter(|run| hash_of(run) == Some(&*subject.hash)) {
            let (place, name) = (&run.metadata.namespace, &run.metadata.name);
            let found = run.status.as_ref().and_then(|status| status.verdict);
            return found.is_some_and(|found| hold(verified(found, &format!("{place}/{name}"))));
        }
        if self.rules.skips(subject) {
            return hold("a rule leaves it out".to_owned());
        }
        let told = subject.entry.as_ref();
        if let Some(entry) = told.filter(|entry| entry.hash == subject.hash) {
            return hold(match entry.verdict {
                Some(verdict) => verified(verdict, &entry.run),
                None => format!(
                    "its QARun {} is gone without a verdict; change the task, or take `metadata.{}` out of it, \
                     to have it verified again",
                    entry.run,
                    report::KEY
                ),
            });
        }
        match &subject.spec {
            Ok(_) => true,
            Err(why) => hold(why.clone()),
        }
    }

    /// What others depend on first, then by priority, then by name.
    fn in_order(&self, wanted: &mut [usize]) {
        let depths = self.depths();
        wanted.sort_by_key(|n| {
            let subject = &self.subjects[*n];
            (
                depths[*n],
                subject.task.priority.rank(),
                subject.target.clone(),
            )
        });
    }

    /// Which of the subjects each depends on.
    fn needs(&self) -> Vec<Vec<usize>> {
        let places: HashMap<(&str, &TaskId), usize> = self
            .subjects
            .iter()
            .enumerate()
            .map(|(n, one)| ((&*one.target.tag, &one.target.id), n))
            .collect();
        let of = |one: &Subject| {
            let ids = one.task.dependencies.iter();
            // What does not exist is no reason to wait for ever: reading the file has told of it.
            ids.filter_map(|id| places.get(&(&*one.target.tag, id)).copied())
                .collect()
        };
        self.subjects.iter().map(of).collect()
    }

    /// How many tasks in a row come before each; of a circle as many as there are tasks.
    fn depths(&self) -> Vec<usize> {
        let needs = self.needs();
        let mut depths = vec![0; needs.len()];
        for _ in 0..needs.len() {
            let next: Vec<usize> = needs
                .iter()
                .map(|before| before.iter().map(|n| depths[*n] + 1).max().unwrap_or(0))
                .collect();
            if next == depths {
                break;
            }
            depths = next;
        }
        depths
    }

    /// Why a task has to wait for others; nothing where it has not.
    fn waits(&self, needs: &[usize], known: &[Option<&QaRun>]) -> Option<String> {
        if self.rules.dependencies == Dependencies::Ignored {
            return None;
        }
        let open: Vec<&str> = needs
            .iter()
            .filter(|n| !self.has_passed(**n, known[**n]))
            .map(|n| self.subjects[*n].target.id.as_str())
            .collect();
        (!open.is_empty()).then(|| {
            format!(
                "it waits for {}, on which it depends: neither done nor passed",
                open.join(", ")
            )
        })
    }

    fn has_passed(&self, n: usize, run: Option<&QaRun>) -> bool {
        let subject = &self.subjects[n];
        let told = subject.entry.as_ref();
        let told = told.filter(|entry| entry.hash == subject.hash);
        let found = run.filter(|run| hash_of(run) == Some(&*subject.hash));
        let found = found.and_then(|run| run.status.as_ref()?.verdict);
        subject.task.status.is_done()
            || found.or(told.and_then(|entry| entry.verdict)) == Some(Verdict::Pass)
    }

    /// As many of these as may be created now.
    fn launch(&self, wanted: &[usize], known: &[Option<&QaRun>], plan: &mut Plan) {
        let open = self.runs.values().filter(|run| {
            let status = run.status.as_ref();
            !status.is_some_and(|status| status.is_over(run.spec.attempt()))
        });
        let mut open = open.count();
        let needs = self.needs();
        let mut made: Vec<Timestamp> = self
            .runs
            .values()
            .filter_map(|run| run.metadata.creation_timestamp)
            .filter(|made| self.now.duration_since(*made) < HOUR)
            .collect();
        made.sort();
        for n in wanted.iter().copied() {
            let subject = &self.subjects[n];
            let (at_once, per_hour) = (self.rules.at_once, self.rules.per_hour);
            let why = self.waits(&needs[n], known).or_else(|| {
                (open >= at_once)
                    .then(|| format!("{open} QARuns are not over, and `at-once` is {at_once}"))
            });
            let why = why.or_else(|| {
                let late = made.len() >= per_hour;
                late.then(|| {
                    let frees = made.get(made.len() - per_hour).map(|made| *made + HOUR);
                    plan.again = plan.again.into_iter().chain(frees).min();
                    format!(
                        "{} QARuns were created within an hour, and `per-hour` is {per_hour}",
                        made.len()
                    )
                })
            });
            if let Some(why) = why {
                let target = subject.target.clone();
                plan.held.push(Held { target, why });
                continue;
            }
            open += 1;
            made.push(self.now);
            plan.acts.push(Act::Launch {
                subject: n,
                name: run_name(&self.rules.project, subject),
            });
        }
    }
}

/// The digest of what a run verifies, as its bridge wrote it down.
pub(super) fn hash_of(run: &QaRun) -> Option<&str> {
    let hash = run.metadata.annotations.get(annotation::HASH)?;
    Some(hash)
}

#[cfg(test)]
mod tests;
