//! `tiphys coderuns`: CodeRuns and DocsRuns, whichever of their groups is installed.
//! Apart from QARuns, which this program runs: these are only listed.

use std::cell::Cell;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::Common;
use crate::cli::ask;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::get::{self, Form};
use crate::cli::naming;
use crate::cli::output::{Format, csv, json, print, table, yaml};
use crate::model::agent::AgentRun;
use crate::model::clock;

const HELP: &str = "\
JSON and YAML are a list of {kind, apiVersion, namespace, name, uid, task, service, phase, qaStatus,
pullRequest, message, createdAt}; what is not said is null. They are never changed from here.

Exit status:
  0  everything was read
  1  nothing could be read, or the cluster knows neither; standard error says why
  3  part of it could not be read: what is missing is on standard error

Examples:
  tiphys coderuns
  tiphys coderuns --task 15.10       what was made for the task of a QARun";

/// Print CodeRuns and DocsRuns of the platform, the newest first
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct CodeRuns {
    /// Only those about this task, or about the whole that it is a part of
    #[arg(long, value_name = "ID")]
    task: Option<String>,
    #[command(flatten)]
    form: Form,
}

/// One as JSON and YAML have it. The names and meanings of these fields stay as they are; new ones may be added.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    kind: &'static str,
    api_version: String,
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
    task: Option<&'a str>,
    service: Option<&'a str>,
    phase: Option<&'a str>,
    qa_status: Option<&'a str>,
    pull_request: Option<&'a str>,
    message: Option<&'a str>,
    created_at: Option<Timestamp>,
}

const COLUMNS: [&str; 9] = [
    "KIND",
    "NAMESPACE",
    "NAME",
    "TASK",
    "SERVICE",
    "PHASE",
    "QA",
    "AGE",
    "PULL REQUEST",
];

impl CodeRuns {
    /// Does it.
    pub fn run(&self, common: &Common, ascii: bool) -> ExitCode {
        ask::run(common, (FAILED, 0), self.ask(common, ascii))
    }

    async fn ask(&self, common: &Common, ascii: bool) -> Result<ExitCode, Failure> {
        let cluster = common.connect().await?;
        let (known, scope) = (Cell::new(false), common.scope());
        let asked = naming::everywhere(&cluster, &scope, |namespace| {
            let (cluster, known) = (&cluster, &known);
            async move {
                let found = cluster.agent_runs(namespace.as_ref()).await?;
                known.set(known.get() || found.known);
                Ok(found.items)
            }
        });
        let (mut runs, missing) = asked.await?;
        if !known.get() {
            return Err(Failure::new(
                format!(
                    "context {} knows neither CodeRuns nor DocsRuns",
                    cluster.context()
                ),
                "They are kinds of the platform, in agents.platform or orchestrator.platform.",
            ));
        }
        if let Some(task) = &self.task {
            runs.retain(|run| run.is_about(task));
        }
        let style = self.form.style(ascii);
        print(&listed(&runs, style.format, style.header, ascii)?)?;
        if runs.is_empty() && matches!(style.format, Format::Table | Format::Wide) {
            fail::warn("there is none");
        }
        Ok(get::status(&missing))
    }
}

fn listed(runs: &[AgentRun], format: Format, header: bool, ascii: bool) -> Result<String, Failure> {
    let records = || runs.iter().map(record).collect::<Vec<_>>();
    let header = header.then_some(&COLUMNS[..]);
    let rows = || runs.iter().map(|run| cells(run, ascii)).collect::<Vec<_>>();
    Ok(match format {
        Format::Json => json(&records())?,
        Format::Yaml => yaml(&records())?,
        Format::Csv => csv(header, &rows()),
        Format::Name => runs.iter().map(|run| format!("{}\n", run.key)).collect(),
        Format::Table | Format::Wide => table(header, &rows()),
    })
}

fn record(run: &AgentRun) -> Record<'_> {
    Record {
        kind: run.agent.kind(),
        api_version: format!("{}/v1", run.group),
        namespace: &run.key.namespace,
        name: &run.key.name,
        uid: run.key.uid.as_str(),
        task: run.task.as_deref(),
        service: run.service.as_deref(),
        phase: run.phase.as_deref(),
        qa_status: run.qa.as_deref(),
        pull_request: run.pull_request.as_deref(),
        message: run.message.as_deref(),
        created_at: run.created,
    }
}

fn cells(run: &AgentRun, ascii: bool) -> Vec<String> {
    let none = if ascii { "-" } else { "—" };
    let text = |text: Option<&str>| text.unwrap_or(none).to_owned();
    let age = run
        .created
        .map(|at| clock::age(clock::seconds_between(at, Timestamp::now())));
    vec![
        run.agent.kind().to_owned(),
        run.key.namespace.to_string(),
        run.key.name.to_string(),
        text(run.task.as_deref()),
        text(run.service.as_deref()),
        text(run.phase.as_deref()),
        text(run.qa.as_deref()),
        text(age.as_deref()),
        text(run.pull_request.as_deref()),
    ]
}
