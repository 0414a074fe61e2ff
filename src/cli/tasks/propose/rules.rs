//! `.tiphys/criteria.toml` with more rules: what each would bring about is tried first, and nothing that stood there is touched.
//! Apart from the proposals, which are nothing before a person has taken them.

use std::io::ErrorKind;
use std::path::PathBuf;

use crate::cli::fail::Failure;
use crate::cli::template::source;
use crate::model::qarun::{Environment, Spec};
use crate::model::task::proposal::Proposal;
use crate::model::task::rules::{Make, When};
use crate::model::task::{Candidate, Lean, Project, Task};
use crate::taskmaster::{Disk, Real};
use crate::wire::qarun::QaRun;
use crate::wire::taskmaster::rules::{appended, map, read};

/// The file of rules as it is.
pub(super) struct Rules {
    path: PathBuf,
    /// What it says; nothing where there is none.
    text: Option<String>,
}

impl Rules {
    /// Reads it.
    pub(super) fn of(project: &Project) -> Result<Self, Failure> {
        let path = PathBuf::from(&project.folder)
            .join(".tiphys")
            .join("criteria.toml");
        let text = text(&path)?;
        Ok(Self { path, text })
    }

    /// Where it is.
    pub(super) fn path(&self) -> String {
        self.path.display().to_string()
    }

    /// The rule that brings a proposal about, and nothing else.
    ///
    /// # Errors
    /// Why there is none: what a QARun would be refused for, what no rule can say, what another rule undoes.
    pub(super) fn rule(
        &self,
        project: &Project,
        task: &Task,
        one: &Candidate,
        proposal: &Proposal,
        model: &str,
    ) -> Result<String, String> {
        possible(one, proposal)?;
        let exactly = |text: &str| format!("/^{}$/", regex::escape(text));
        let when = When {
            text: Some(exactly(&one.criterion.text)),
            heading: (!one.heading.is_empty()).then(|| exactly(&one.heading)),
            tasks: vec![task.id.to_string()],
            ..When::default()
        };
        let make = Make {
            check: proposal.check.clone(),
            threshold_of_text: matches!(one.leans, Some(Lean::Metric { .. })),
            timeout: proposal.timeout_seconds,
        };
        let note = format!("Proposed by {model}: {}", proposal.reason);
        let rule = map(&note, &when, &make);
        self.tried(project, task, one, proposal, &rule)?;
        Ok(rule)
    }

    /// The rule, read as it would be, makes that criterion what is proposed, and no other criterion of the task anything else.
    fn tried(
        &self,
        project: &Project,
        task: &Task,
        one: &Candidate,
        proposal: &Proposal,
        rule: &str,
    ) -> Result<(), String> {
        let before = self.text.as_deref().unwrap_or_default();
        let (_, known) = read("criteria.toml", before);
        let (rules, problems) = read("criteria.toml", &appended(before, &[rule.to_owned()]));
        if problems.len() > known.len() {
            return Err("no rule of criteria.toml can say it".to_owned());
        }
        let after = Project {
            rules,
            ..project.clone()
        }
        .criteria(task);
        let wanted = proposal.made_of(&one.criterion);
        let others = |all: &[Candidate]| -> Vec<_> {
            (all.iter().filter(|other| other.criterion.id != wanted.id))
                .map(|other| (other.criterion.clone(), other.chosen))
                .collect()
        };
        if others(&after) != others(&project.criteria(task)) {
            return Err("a rule for it would change other criteria too".to_owned());
        }
        let made = after.iter().find(|other| other.criterion.id == wanted.id);
        match made.is_some_and(|made| made.chosen && made.criterion == wanted) {
            true => Ok(()),
            false => Err("a rule would not bring it about: another criterion finds out the same, or the text lacks what it needs".to_owned()),
        }
    }

    /// Puts rules at its end.
    pub(super) fn append(&self, project: &Project, rules: &[String]) -> Result<(), Failure> {
        let whole = appended(self.text.as_deref().unwrap_or_default(), rules);
        let wrong = |why: std::io::Error| {
            Failure::new(
                format!("{} cannot be written: {why}", self.path()),
                "Nothing of it was changed; -o json has the rules as text.",
            )
        };
        if let Some(folder) = self.path.parent()
            && let Err(why) = Real.make_dir(folder)
            && why.kind() != ErrorKind::AlreadyExists
        {
            return Err(wrong(why));
        }
        // A link stays one: what it leads to is replaced.
        let (path, like) = match self.text {
            Some(_) => Real
                .real(&self.path)
                .map(|real| (real.clone(), real))
                .map_err(wrong)?,
            None => (self.path.clone(), PathBuf::from(&project.file)),
        };
        let new = path.with_extension(format!("toml.{}", std::process::id()));
        let done = Real.write_new(&new, &like, whole.as_bytes()).map_err(wrong);
        let done = done
            .and_then(|()| self.unchanged())
            .and_then(|()| Real.rename(&new, &path).map_err(wrong));
        if done.is_err() {
            // It may not even be there.
            let _ = Real.remove_file(&new);
        }
        done
    }

    /// What was shown is what it still says.
    fn unchanged(&self) -> Result<(), Failure> {
        match text(&self.path)? == self.text {
            true => Ok(()),
            false => Err(Failure::new(
                format!("{} was changed meanwhile: nothing was written", self.path()),
                "Ask again; what was answered is kept.",
            )),
        }
    }
}

fn text(path: &std::path::Path) -> Result<Option<String>, Failure> {
    let shown = path.display();
    match Real.read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Failure::new(
                format!("{shown} is no UTF-8"),
                "Save it as UTF-8.",
            )),
        },
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        Err(why) => Err(Failure::new(
            format!("{shown} cannot be read: {why}"),
            "Look at its rights.",
        )),
    }
}

/// A QARun with such a criterion would be taken, given an image and an environment.
fn possible(one: &Candidate, proposal: &Proposal) -> Result<(), String> {
    let spec = Spec {
        service: "service".to_owned(),
        image: Some("registry.example/image".to_owned()),
        environments: vec![Environment {
            name: "environment".to_owned(),
            url: Some("https://environment.example".to_owned()),
            env: Vec::new(),
        }],
        criteria: vec![proposal.made_of(&one.criterion)],
        ..Spec::default()
    };
    let run = QaRun::new("namespace", "name", spec);
    let document = serde_json::to_value(&run).map_err(|why| why.to_string())?;
    match source::wrong(&document).first() {
        None => Ok(()),
        Some(problem) => {
            let path = problem.path.trim_start_matches("spec.criteria[0].");
            Err(format!("{path}: {}", problem.what))
        }
    }
}
