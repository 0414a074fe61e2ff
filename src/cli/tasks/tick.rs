//! `tiphys tasks tick`: checkboxes of a task's document, by hand.
//! Apart from the bridge, which does the same by itself where the project wants it (`report.tick`).

use std::process::ExitCode;

use clap::Args;

use super::place::Place;
use crate::bridge::ticks::{self, CheckBox};
use crate::bridge::{Entry, annotation};
use crate::cli::Common;
use crate::cli::ask;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::output::print;
use crate::cluster::objects::QARUNS;
use crate::model::qarun::Verdict;
use crate::model::task::{Project, Task, unnoted};
use crate::model::text::clean_message;
use crate::taskmaster::Files;
use crate::wire::qarun::QaRun;

/// Tick the checkboxes of acceptance-criteria.md whose criteria passed
#[derive(Debug, Args)]
#[command(after_help = "\
Without criteria the QARun of the task's last verdict is read (metadata.qaRun, or --run), and what it found to pass is ticked; with some
no cluster is asked. A byte for each box is changed, under the lock that a bridge takes; what failed is left as it is.

Exit status:
  0  they are as asked for
  1  some could not be, or the QARun cannot be read
  2  the command line is wrong

Examples:
  tiphys tasks tick 15 --dry-run
  tiphys tasks tick 15 --run payments/shop-15-3f09c2a1b7
  tiphys tasks tick 15 cargo-test-passes salted
  tiphys tasks tick 15 salted --untick")]
pub struct Tick {
    /// Id of the task
    task: String,
    /// Ids of criteria (`tiphys tasks criteria`), whatever was found of them
    criteria: Vec<String>,
    #[command(flatten)]
    place: Place,
    /// The QARun whose verdicts count, instead of that of the task's last verdict
    #[arg(long, value_name = "[NAMESPACE/]NAME", conflicts_with = "criteria")]
    run: Option<String>,
    /// Take the ticks away
    #[arg(long, requires = "criteria")]
    untick: bool,
    /// Say which they are, and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Tick {
    /// Does it.
    pub fn run(&self, common: &Common) -> ExitCode {
        ask::run(common, (FAILED, 0), self.work(common))
    }

    async fn work(&self, common: &Common) -> Result<ExitCode, Failure> {
        let project = self.place.open()?;
        let (_, task) = self.place.task(&project, &self.task)?;
        let task = Task {
            details: unnoted(&task.details),
            ..task.clone()
        };
        let all = ticks::of(&project, &task);
        if all.is_empty() {
            return Err(Failure::new(
                format!("task {} has no document with checkboxes", task.id),
                format!(
                    "docs/task-{}/acceptance-criteria.md is where they are looked for.",
                    task.id
                ),
            ));
        }
        let wanted = match self.criteria.is_empty() {
            true => self.passed(common, &project, &task, all).await?,
            false => self.named(&task, all)?,
        };
        let open: Vec<CheckBox> = wanted
            .into_iter()
            .filter(|one| one.ticked == self.untick)
            .collect();
        self.put(&open)
    }

    /// The boxes of these criteria.
    fn named(&self, task: &Task, all: Vec<CheckBox>) -> Result<Vec<CheckBox>, Failure> {
        let has = |one: &CheckBox, id: &String| one.criteria.iter().any(|(own, _)| own == id);
        if let Some(id) = self
            .criteria
            .iter()
            .find(|id| !all.iter().any(|one| has(one, id)))
        {
            let ids = all.iter().filter_map(|one| Some(&*one.criteria.first()?.0));
            let help = crate::app::config::problem::did_you_mean(
                id,
                ids,
                &format!("`tiphys tasks criteria {}` prints them", task.id),
            );
            return Err(Failure::Usage(format!(
                "task {} has no checkbox for a criterion {id}; {help}",
                task.id
            )));
        }
        let wanted = |one: &CheckBox| self.criteria.iter().any(|id| has(one, id));
        Ok(all.into_iter().filter(wanted).collect())
    }

    /// The boxes of what the QARun found to pass.
    async fn passed(
        &self,
        common: &Common,
        project: &Project,
        task: &Task,
        all: Vec<CheckBox>,
    ) -> Result<Vec<CheckBox>, Failure> {
        let told = Entry::read(&task.metadata).map(|entry| entry.run);
        let name = self.run.clone().or(told).ok_or_else(|| {
            Failure::new(
                format!("task {} has no verdict yet", task.id),
                "--run names a QARun; or name the criteria that are to be ticked.",
            )
        })?;
        let cluster = common.connect().await?;
        let said = common.namespaces.first().cloned();
        let (namespace, name) = match name.split_once('/') {
            Some((namespace, name)) => (namespace.to_owned(), name.to_owned()),
            None => (
                said.unwrap_or_else(|| cluster.default_namespace().to_string()),
                name,
            ),
        };
        let read = cluster.kept(QARUNS, &namespace, &name).await;
        let bytes = read.map_err(|why| Failure::of(&cluster, &why))?;
        let bytes = bytes.ok_or_else(|| {
            Failure::new(
                format!("there is no QARun {namespace}/{name} any more"),
                "Name the criteria that are to be ticked.",
            )
        })?;
        let run = QaRun::read(&bytes).map_err(|why| {
            Failure::new(
                format!("QARun {namespace}/{name}: {why}"),
                "`tiphys qarun` shows it.",
            )
        })?;
        let hash = run.metadata.annotations.get(annotation::HASH);
        if hash.is_some_and(|hash| *hash != format!("sha256:{}", project.content(task))) {
            fail::warn(&format!(
                "task {} says something else than {namespace}/{name} verified; what reads the same counts",
                task.id
            ));
        }
        let pass = |one: &CheckBox| one.verdict(&run) == Some(Verdict::Pass);
        Ok(all.into_iter().filter(pass).collect())
    }

    /// Changes them, and says which.
    fn put(&self, open: &[CheckBox]) -> Result<ExitCode, Failure> {
        let mark = if self.untick { "[ ]" } else { "[x]" };
        let line = |one: &CheckBox| format!("{mark} {}\n", clean_message(&one.label));
        let lines: String = open.iter().map(line).collect();
        let Some(first) = open.first() else {
            print("there is nothing to do: they are so already, or nothing passed\n")?;
            return Ok(ExitCode::SUCCESS);
        };
        if self.dry_run {
            print(&lines)?;
            return Ok(ExitCode::SUCCESS);
        }
        let file = self.place.root()?.folder.join(&first.path);
        let done = ticks::put(&Files::real(), &file, open, !self.untick)
            .map_err(|why| Failure::new(why.to_string(), why.hint().to_owned()))?;
        for why in &done.left {
            fail::warn(why);
        }
        print(&lines)?;
        Ok(match done.left.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(FAILED),
        })
    }
}
