//! What is asked: the criteria of tasks that no rule made executable, so many at once as the configuration allows.
//! Apart from asking, so that it can be shown without.

use serde_json::Value;

use crate::app::config::claude::Asking;
use crate::model::mask::mask;
use crate::model::qarun::Check;
use crate::model::task::proposal::{Asked, servers, texts};
use crate::model::task::rules::{Does, Make};
use crate::model::task::{Acceptance, Candidate, Project, Task};
use crate::wire::claude::{Request, number};

/// Most commands of the project's rules that are told.
const COMMANDS: usize = 20;

/// One question: criteria of one task.
pub(super) struct Question<'p> {
    /// The task.
    pub(super) task: &'p Task,
    /// Its criteria, as they are.
    pub(super) criteria: Vec<Candidate>,
    /// The same as they are asked about.
    pub(super) asked: Vec<Asked>,
    /// Servers that task and project name.
    pub(super) servers: Vec<String>,
    /// What would be sent.
    pub(super) body: Value,
    /// A number of it.
    pub(super) number: String,
}

/// A number that was checked when the configuration was read.
pub(super) fn count(text: &str) -> u32 {
    text.parse().unwrap_or(1)
}

/// The questions about a task; none where everything is executable, or is a person's because the project says so.
pub(super) fn about<'p>(
    project: &'p Project,
    task: &'p Task,
    asking: &Asking,
    messages: &str,
) -> Vec<Question<'p>> {
    let open: Vec<Candidate> = (project.criteria(task).into_iter())
        .filter(|one| is_open(project, one))
        .collect();
    let at_once = usize::try_from(count(&asking.criteria.value)).unwrap_or(1);
    (open.chunks(at_once.max(1)))
        .map(|criteria| question(project, task, criteria.to_vec(), asking, messages))
        .collect()
}

fn is_open(project: &Project, one: &Candidate) -> bool {
    // A rule finds criteria that were read; one that a rule added says itself how it is found out.
    let added = (one.criterion.provenance.as_ref()).is_some_and(|from| from.source == "rule");
    one.chosen && !one.is_executable() && !added && !project.rules.by_hand(one)
}

fn question<'p>(
    project: &Project,
    task: &'p Task,
    criteria: Vec<Candidate>,
    asking: &Asking,
    messages: &str,
) -> Question<'p> {
    let asked: Vec<Asked> = criteria.iter().map(Asked::of).collect();
    let servers = named(project, task, &criteria);
    let environments: Vec<String> = (project.rules.defaults.environments.iter())
        .map(|one| one.name.clone())
        .collect();
    let body = Request {
        model: &asking.model.value,
        tokens: count(&asking.tokens.value),
        task,
        asked: &asked,
        servers: &servers,
        environments: &environments,
        commands: &commands(project),
    }
    .body();
    Question {
        task,
        criteria,
        asked,
        servers,
        number: number(messages, &body),
        body,
    }
}

fn makes(project: &Project) -> impl Iterator<Item = &Make> {
    project
        .rules
        .rules
        .iter()
        .filter_map(|rule| match &rule.does {
            Does::Map(make) => Some(make),
            _ => None,
        })
}

/// Servers that the task, its criteria and the project's rules name.
fn named(project: &Project, task: &Task, criteria: &[Candidate]) -> Vec<String> {
    let acceptance = match &task.acceptance {
        Acceptance::Unsaid => &[][..],
        Acceptance::Text(text) => std::slice::from_ref(text),
        Acceptance::List(all) => all,
    };
    let environments = project.rules.defaults.environments.iter();
    let rules = makes(project).filter_map(|make| match &make.check {
        Check::Http { http } => Some(&*http.url),
        Check::Metric { metric } => Some(&*metric.url),
        _ => None,
    });
    servers(
        (texts(task).into_iter())
            .chain(acceptance.iter().map(String::as_str))
            .chain(criteria.iter().map(|one| &*one.criterion.text))
            .chain(environments.filter_map(|one| one.url.as_deref()))
            .chain(rules),
    )
}

fn commands(project: &Project) -> Vec<String> {
    let scripts = makes(project).filter_map(|make| match &make.check {
        Check::Command { command } => command.script.as_deref(),
        Check::Junit { junit } => junit.script.as_deref(),
        _ => None,
    });
    scripts
        .map(|script| mask(script).into_owned())
        .take(COMMANDS)
        .collect()
}
