//! Checkboxes of `acceptance-criteria.md` and the criteria whose verdicts tick them.
//! Apart from `tasks.json`, and from deciding when: what is said here is which box is whose.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::model::qarun::{Check, Verdict};
use crate::model::task::{Candidate, Project, Task, draft};
use crate::taskmaster::{Error, Files, replace};
use crate::wire::qarun::QaRun;
use crate::wire::taskmaster::boxes;

/// A checkbox of a task's document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckBox {
    /// The criteria of a QARun that may stand for it, by id and text: its own, and the list of its section.
    pub criteria: Vec<(String, String)>,
    /// The document, from the project's folder.
    pub path: String,
    /// What stands behind the box.
    pub label: String,
    /// A byte of its line, as it was read.
    pub at: usize,
    /// It is ticked.
    pub ticked: bool,
}

/// What became of boxes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    /// How many are now what they were not.
    pub changed: usize,
    /// What kept others from it, a sentence each.
    pub left: Vec<String>,
}

/// The boxes of a task's document, in its order.
pub fn of(project: &Project, task: &Task) -> Vec<CheckBox> {
    let Some(paper) = project.paper(task) else {
        return Vec::new();
    };
    let all = project.criteria(task);
    let sections = draft::by_section(all.clone());
    let one = |candidate: &Candidate| {
        candidate.ticked?;
        let from = candidate.criterion.provenance.as_ref()?;
        if from.path.as_deref() != Some(&*paper.path) {
            return None;
        }
        let at = usize::try_from(from.start?).ok()?;
        let (label, ticked) = boxes::at(&paper.text, at)?;
        let section = sections.iter().find(|section| is_in(candidate, section));
        let named = [Some(candidate), section];
        let named = named.into_iter().flatten();
        Some(CheckBox {
            criteria: named
                .map(|one| (one.criterion.id.clone(), one.criterion.text.clone()))
                .collect(),
            path: paper.path.clone(),
            label: label.to_owned(),
            at,
            ticked,
        })
    };
    all.iter().filter_map(one).collect()
}

/// A criterion is gone through with this section.
fn is_in(one: &Candidate, section: &Candidate) -> bool {
    let by_hand = |one: &Candidate| matches!(one.criterion.check, Check::Manual { .. });
    one.chosen
        && by_hand(one)
        && by_hand(section)
        && section.heading == one.heading
        && section.criterion.required == one.criterion.required
        && section.criterion.text == one.heading
}

impl CheckBox {
    /// What a QARun found of it, everywhere it was verified: pass only where all of it passed.
    pub fn verdict(&self, run: &QaRun) -> Option<Verdict> {
        let there = |(id, text): &(String, String)| {
            let criterion = run.spec.criterion(id)?;
            (criterion.text == *text).then_some(id.clone())
        };
        let id = self.criteria.iter().find_map(there)?;
        let status = run.status.as_ref()?;
        let found = status.criteria.iter().filter(|one| one.id == id);
        let found: Option<Vec<Verdict>> = found.map(|one| one.verdict).collect();
        let found = found.filter(|found| !found.is_empty())?;
        let all = [Verdict::Fail, Verdict::Inconclusive];
        Some(
            all.into_iter()
                .find(|verdict| found.contains(verdict))
                .unwrap_or(Verdict::Pass),
        )
    }
}

/// Ticks boxes of one document, or unticks them: found by what stands behind them, under the lock of the file. What changed
/// otherwise since stays as it is.
///
/// # Errors
/// As [`replace`].
pub fn put(files: &Files, file: &Path, all: &[CheckBox], ticked: bool) -> Result<Ticked, Error> {
    let told: Mutex<Ticked> = Mutex::default();
    replace(files, file, &|bytes| {
        let mut now = Ticked::default();
        let mut text = None;
        for one in all {
            let bytes = text.as_deref().unwrap_or(bytes);
            match boxes::tick(bytes, &one.label, Some(one.at), ticked) {
                Ok(None) => {}
                Ok(Some(new)) => {
                    now.changed += 1;
                    text = Some(new);
                }
                Err(why) => now.left.push(why.to_string()),
            }
        }
        *told.lock().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(text)
    })?;
    Ok(told.into_inner().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::qarun::{CriterionStatus, Spec, Status};
    use crate::model::task::{Paper, TaskId};

    const TEXT: &str = "# D\n## Money\n- [ ] `cargo test` passes\n- [ ] Amounts are whole\n- [x] Cents are kept\n## Look\n- [ ] Nice\n";

    fn project() -> (Project, Task) {
        let task = Task {
            id: TaskId::new("1"),
            ..Task::default()
        };
        let paper = Paper {
            path: "docs/task-1/acceptance-criteria.md".to_owned(),
            text: TEXT.to_owned(),
        };
        let papers = [(task.id.clone(), paper)].into();
        let project = Project {
            papers,
            ..Project::default()
        };
        (project, task)
    }

    /// A run of these criteria, each with what was found of it.
    fn run(criteria: Vec<Candidate>, found: &[(&str, Option<Verdict>)]) -> QaRun {
        let criteria = criteria.into_iter().map(|one| one.criterion).collect();
        let spec = Spec {
            criteria,
            ..Spec::default()
        };
        let mut run = QaRun::new("qa", "x", spec);
        let one = |(id, verdict): &(&str, Option<Verdict>)| CriterionStatus {
            id: (*id).to_owned(),
            verdict: *verdict,
            ..CriterionStatus::default()
        };
        run.status = Some(Status {
            criteria: found.iter().map(one).collect(),
            ..Status::default()
        });
        run
    }

    #[test]
    fn a_box_has_the_verdict_of_its_criterion_or_of_its_section() {
        let (project, task) = project();
        let all = of(&project, &task);
        let labels: Vec<(&str, bool)> = all.iter().map(|one| (&*one.label, one.ticked)).collect();
        assert_eq!(
            labels,
            [
                ("`cargo test` passes", false),
                ("Amounts are whole", false),
                ("Cents are kept", true),
                ("Nice", false)
            ]
        );
        let pass = Some(Verdict::Pass);
        let found = [
            ("cargo-test-passes", pass),
            ("money", pass),
            ("look", Some(Verdict::Fail)),
        ];
        let sections = run(draft::by_section(project.criteria(&task)), &found);
        let said: Vec<_> = all.iter().map(|one| one.verdict(&sections)).collect();
        assert_eq!(said, [pass, pass, pass, Some(Verdict::Fail)]);
        let found = [
            ("amounts-are-whole", pass),
            ("amounts-are-whole", Some(Verdict::Inconclusive)),
            ("cents-are-kept", None),
            ("nice", pass),
        ];
        let each = run(project.criteria(&task), &found);
        let said: Vec<_> = all.iter().map(|one| one.verdict(&each)).collect();
        assert_eq!(said, [None, Some(Verdict::Inconclusive), None, pass]);
        // An id alone says nothing: what it stands for must be what it says.
        let mut other = run(project.criteria(&task), &found);
        other.spec.criteria[3].text = "Something else".to_owned();
        assert_eq!(all[3].verdict(&other), None);
    }

    #[test]
    fn only_the_boxes_change_and_what_is_gone_is_told() {
        let (project, task) = project();
        let mut all = of(&project, &task);
        all[3].label = "Gone".to_owned();
        let folder = std::env::temp_dir().join(format!("tiphys-ticks-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("acceptance-criteria.md");
        std::fs::write(&file, TEXT).unwrap();
        let done = put(&Files::real(), &file, &all, true).unwrap();
        let left = vec!["there is no checkbox `Gone` any more".to_owned()];
        assert_eq!(done, Ticked { changed: 2, left });
        let wanted = TEXT
            .replace("[ ] `cargo", "[x] `cargo")
            .replace("[ ] Amounts", "[x] Amounts");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), wanted);
        let again = put(&Files::real(), &file, &all[..3], true).unwrap();
        assert_eq!(again, Ticked::default());
        let back = put(&Files::real(), &file, &all[..2], false).unwrap();
        assert_eq!(back.changed, 2);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), TEXT);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
