//! How well criteria are found: against what a person labelled before looking at any output (`tests/suite/data/tasks`).
//!
//! A criterion is found where a piece holds the label's beginning (of a document: its line); every label counts once, so that what is cut
//! too coarsely or too finely costs. The kind counts among what was found. Numbers at the end of each test are floors, below what was
//! measured.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tiphys::model::qarun::Check;
use tiphys::model::task::criteria::{self, Document};
use tiphys::model::task::{Candidate, Lean, Tag, Task};
use tiphys::wire::taskmaster;

/// What a person took for a criterion.
struct Label {
    /// Of a task the beginning of the text, of a document the line.
    what: String,
    kind: String,
}

/// Labels by the file, and of a task tag and id.
fn labels(name: &str, key: usize) -> BTreeMap<Vec<String>, Vec<Label>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/suite/data/tasks")
        .join(name);
    let text = fs::read_to_string(path).unwrap();
    let mut all: BTreeMap<Vec<String>, Vec<Label>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
        all.entry(columns[..key].to_vec()).or_default().push(Label {
            what: columns[key].clone(),
            kind: columns.last().unwrap().clone(),
        });
    }
    all
}

/// `command`, `http`, `metric`, `tests` or `manual`: what it would be, or leans to.
fn kind(candidate: &Candidate) -> &'static str {
    match (&candidate.criterion.check, &candidate.leans) {
        (Check::Command { .. } | Check::Junit { .. }, _) => "command",
        (Check::Http { .. }, _) => "http",
        (_, Some(Lean::Tests)) => "tests",
        (_, Some(Lean::Metric { .. })) => "metric",
        _ => "manual",
    }
}

#[derive(Default)]
struct Score {
    found: usize,
    labels: usize,
    pieces: usize,
    kinds: usize,
    /// Checks that a machine does, and those of them that the label says too.
    executable: (usize, usize),
}

impl Score {
    /// Counts what was found; `holds`: a piece is what a label says.
    fn count(
        &mut self,
        name: &str,
        labels: &[Label],
        all: &[Candidate],
        holds: impl Fn(&Candidate, &Label) -> bool,
    ) {
        // What is said twice was found twice.
        let pieces: Vec<&Candidate> = all
            .iter()
            .filter(|one| one.chosen || one.because.contains("said already"))
            .collect();
        let mut used = vec![false; pieces.len()];
        self.labels += labels.len();
        self.pieces += pieces.len();
        for label in labels {
            let at = (0..pieces.len()).find(|at| !used[*at] && holds(pieces[*at], label));
            let Some(at) = at else {
                println!("MISSED {name}: {}", label.what);
                continue;
            };
            used[at] = true;
            self.found += 1;
            let kind = kind(pieces[at]);
            match kind == label.kind {
                true => self.kinds += 1,
                false => println!(
                    "KIND   {name}: {} {kind}, not {}: {}",
                    label.what, label.kind, pieces[at].because
                ),
            }
            if pieces[at].is_executable() {
                self.executable.0 += 1;
                self.executable.1 += usize::from(kind == label.kind);
            }
        }
        for (piece, used) in pieces.iter().zip(used) {
            if !used {
                println!("EXTRA  {name}: {}", piece.criterion.text);
                self.executable.0 += usize::from(piece.is_executable());
            }
        }
    }

    fn told(&self, name: &str) -> (f64, f64, f64) {
        #[allow(clippy::cast_precision_loss)]
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        let (precision, recall) = (
            share(self.found, self.pieces),
            share(self.found, self.labels),
        );
        let kinds = share(self.kinds, self.found);
        println!(
            "{name}: {} labels, {} pieces, precision {precision:.3}, recall {recall:.3}, kind {kinds:.3}, machine checks that are right {}/{}",
            self.labels, self.pieces, self.executable.1, self.executable.0,
        );
        (precision, recall, kinds)
    }
}

fn strategies(name: &str) -> Option<Score> {
    let root = super::folder("tasks")?;
    let mut score = Score::default();
    for (key, labels) in labels(name, 3) {
        let [file, tag, id] = &key[..] else {
            panic!("{key:?}")
        };
        let bytes = fs::read(root.join(format!("{file}.json"))).unwrap();
        let book = taskmaster::tasks(&bytes).unwrap();
        let tag = book.tag(&tag.replace("<root>", Tag::DEFAULT)).unwrap();
        let task: &Task = tag.task(id).unwrap();
        let all = criteria::found(task, None);
        score.count(&format!("{file} {id}"), &labels, &all, |piece, label| {
            let place = piece.criterion.provenance.as_ref().unwrap();
            let at = place.start.unwrap() as usize..place.end.unwrap() as usize;
            place.source == "testStrategy" && task.test_strategy[at].contains(&*label.what)
        });
    }
    Some(score)
}

#[test]
fn test_strategies() {
    for (name, file) in [
        ("testStrategy", "strategies.tsv"),
        ("testStrategy, held out", "strategies-held-out.tsv"),
    ] {
        let Some(score) = strategies(file) else {
            return;
        };
        let (precision, recall, kinds) = score.told(name);
        assert!(precision > 0.96 && recall > 0.97 && kinds > 0.95, "{name}");
    }
}

fn scored(name: &str) -> Option<Score> {
    let root = super::folder("acceptance")?;
    let mut score = Score::default();
    for (key, labels) in labels(name, 1) {
        let path = format!("{}__acceptance-criteria.md", key[0]);
        let text = fs::read_to_string(root.join(&path)).unwrap();
        let document = Document {
            path: &path,
            text: &text,
        };
        let all = criteria::found(&Task::default(), Some(document));
        let line = |byte: u64| text[..byte as usize].matches('\n').count() + 1;
        score.count(&key[0], &labels, &all, |piece, label| {
            let place = piece.criterion.provenance.as_ref().unwrap();
            let lines = line(place.start.unwrap())..=line(place.end.unwrap());
            lines.contains(&label.what.parse().unwrap())
        });
    }
    Some(score)
}

#[test]
fn documents() {
    for (name, file) in [
        ("acceptance-criteria.md", "acceptance.tsv"),
        (
            "acceptance-criteria.md, held out",
            "acceptance-held-out.tsv",
        ),
    ] {
        let Some(score) = scored(file) else {
            return;
        };
        let (precision, recall, kinds) = score.told(name);
        assert!(precision > 0.98 && recall > 0.98 && kinds > 0.97, "{name}");
    }
}
