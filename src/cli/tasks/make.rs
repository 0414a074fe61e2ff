//! The QARun of a task, as the command line and the project want it.
//! Apart from printing and creating it.

use clap::Args;
use serde_json::Value;

use crate::cli::fail::{self, Failure};
use crate::cli::template::source;
use crate::library::Problem;
use crate::model::qarun::{Builtin, Environment};
use crate::model::task::draft::{self, MOST};
use crate::model::task::rules::Defaults;
use crate::model::task::{Candidate, Project, Tag, Task};
use crate::wire::qarun::QaRun;

/// What a QARun is made with. What is not said here is said by `metadata.qa` of the task, or by `.tiphys/criteria.toml`.
#[derive(Debug, Args)]
#[command(next_help_heading = "QARun")]
pub(super) struct Make {
    /// What is verified
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Image of commands
    #[arg(long)]
    image: Option<String>,
    /// Where it is verified, with the URL that paths are below; can be given several times
    #[arg(short, long = "env", value_name = "NAME[=URL]", value_parser = environment)]
    environments: Vec<Environment>,
    /// Repository that is checked out for commands
    #[arg(long, value_name = "URL")]
    repository: Option<String>,
    /// Branch, tag or commit of it
    #[arg(long, value_name = "REVISION", requires = "repository")]
    revision: Option<String>,
    /// Template of this program's own
    #[arg(long, value_name = "NAME", value_parser = Builtin::ALL.map(Builtin::name))]
    template: Option<String>,
    /// Only these criteria, by their ids
    #[arg(
        long,
        value_name = "IDS",
        value_delimiter = ',',
        conflicts_with = "skip"
    )]
    only: Vec<String>,
    /// Without these criteria
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    skip: Vec<String>,
    /// Of what a person finds out, one criterion for each heading of the document
    #[arg(long)]
    by_section: bool,
}

fn environment(text: &str) -> Result<Environment, String> {
    let (name, url) = match text.split_once('=') {
        Some((name, url)) => (name, Some(url.to_owned())),
        None => (text, None),
    };
    if name.is_empty() || name.contains([':', '/']) {
        return Err(
            "an environment is NAME, or NAME=URL: staging=https://staging.example".to_owned(),
        );
    }
    Ok(Environment {
        name: name.to_owned(),
        url,
        env: Vec::new(),
    })
}

/// A QARun and what keeps a cluster from taking it.
pub(super) struct Made {
    /// The object.
    pub(super) document: Value,
    /// What is wrong with it.
    pub(super) problems: Vec<Problem>,
}

impl Make {
    /// The QARun of a task. `seed` makes its name another one.
    pub(super) fn of(
        &self,
        project: &Project,
        tag: &Tag,
        task: &Task,
        namespace: &str,
        seed: &str,
    ) -> Result<Made, Failure> {
        let criteria = self.criteria(project, task)?;
        let said = Defaults {
            service: self.service.clone(),
            image: self.image.clone(),
            repository: self.repository.clone(),
            revision: self.revision.clone(),
            template: self.template.clone(),
            service_account: None,
            environments: self.environments.clone(),
            complexity: None,
        };
        let with = said.or(&Defaults::of(task)).or(&project.rules.defaults);
        let spec = draft::spec(task, Some(&tag.name), &criteria, &with);
        let name = draft::name(
            task,
            &format!(
                "{} {} {} {seed}",
                project.file,
                tag.name,
                project.content(task)
            ),
        );
        let run = QaRun::new(namespace, &name, spec);
        let document = serde_json::to_value(&run).map_err(|why| {
            Failure::new(
                format!("the QARun cannot be written: {why}"),
                "This is a mistake of tiphys: please tell it.",
            )
        })?;
        let problems = wrong(&document);
        Ok(Made {
            document,
            problems: problems.into_iter().map(taught).collect(),
        })
    }

    fn criteria(&self, project: &Project, task: &Task) -> Result<Vec<Candidate>, Failure> {
        let mut all = project.criteria(task);
        for wanted in self.only.iter().chain(&self.skip) {
            if !all.iter().any(|one| one.criterion.id == *wanted) {
                let ids = all.iter().map(|one| &*one.criterion.id);
                let help = crate::app::config::problem::did_you_mean(
                    wanted,
                    ids,
                    &format!(
                        "`tiphys tasks criteria {} --all -o name` prints them",
                        task.id
                    ),
                );
                return Err(Failure::Usage(format!(
                    "task {} has no criterion {wanted}; {help}",
                    task.id
                )));
            }
        }
        if !self.only.is_empty() {
            for one in &mut all {
                one.chosen = self.only.contains(&one.criterion.id);
            }
        }
        all.retain(|one| one.chosen && !self.skip.contains(&one.criterion.id));
        let many = all.len();
        if many > MOST && !self.by_section {
            fail::warn(&format!(
                "{many} criteria are more than a QARun takes ({MOST}): those for a person are one for each heading, as --by-section makes them"
            ));
        }
        Ok(match self.by_section || many > MOST {
            true => draft::by_section(all),
            false => all,
        })
    }
}

/// What keeps a cluster from taking it. A service that nobody named is one problem, and hides no other.
fn wrong(document: &Value) -> Vec<Problem> {
    if document["spec"]["service"] != "" {
        return source::wrong(document);
    }
    let mut named = document.clone();
    named["spec"]["service"] = "service".into();
    let nameless = Problem::new("spec.service", "nobody says what is verified".to_owned());
    std::iter::once(nameless)
        .chain(source::wrong(&named))
        .collect()
}

/// A problem with what can be said here to mend it.
fn taught(mut problem: Problem) -> Problem {
    let path = &*problem.path;
    let help = match () {
        () if path == "spec.service" => {
            "--service NAME, or service of [defaults] in .tiphys/criteria.toml"
        }
        () if path.ends_with(".image") => {
            "--image IMAGE, or image of [defaults] in .tiphys/criteria.toml"
        }
        () if path.ends_with(".http.url") => {
            "--env NAME=URL, or [environments] in .tiphys/criteria.toml"
        }
        () if path == "spec.criteria" => {
            "--by-section, --only or --skip, or rules in .tiphys/criteria.toml"
        }
        () => return problem,
    };
    problem.what = format!("{}: {help}", problem.what);
    problem
}
