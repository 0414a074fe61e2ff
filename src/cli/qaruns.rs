//! `tiphys qaruns` and `tiphys qarun`: QARuns with their verdicts, also those that have no workflow yet.
//! Apart from `get runs`, which knows workflows only.

use std::cell::Cell;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;

use crate::cli::Common;
use crate::cli::ask;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::get::{self, Form};
use crate::cli::naming::{self, Noun};
use crate::cli::output::{Format, print, qaruns};
use crate::cluster::Cluster;
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::trouble::Trouble;
use crate::wire::qarun::QaRun;

const QARUN: Noun = ("QARun", "`tiphys qaruns -o name`");

const HELP: &str = "\
JSON and YAML have {namespace, name, uid, task, service, environments, phase,
verdict, progress, attempt, createdAt, startedAt, finishedAt, nextAttemptAt,
suspended, message, criteria, attempts}; of a list one for each. What a
controller has not said yet is null, criteria and attempts are as in the status.

Exit status:
  0  everything was read
  1  nothing could be read, or there is no such QARun; standard error says why
  3  part of it could not be read: what is missing is on standard error";

/// Print QARuns, the newest first
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct QaRuns {
    #[command(flatten)]
    form: Form,
}

/// Print one QARun: its verdict, its criteria, its attempts
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct One {
    /// NAME, or NAMESPACE/NAME where several have it
    qarun: String,
    #[command(flatten)]
    form: Form,
}

impl QaRuns {
    /// Does it.
    pub fn run(&self, common: &Common, ascii: bool) -> ExitCode {
        ask::run(common, (FAILED, 0), self.ask(common, ascii))
    }

    async fn ask(&self, common: &Common, ascii: bool) -> Result<ExitCode, Failure> {
        let cluster = common.connect().await?;
        let (runs, missing) = read(&cluster, &common.scope()).await?;
        let all: Vec<&QaRun> = runs.iter().collect();
        let style = self.form.style(ascii);
        print(&qaruns::list(&all, Timestamp::now(), style)?)?;
        if all.is_empty() && matches!(style.format, Format::Table | Format::Wide) {
            fail::warn("there is no QARun");
        }
        Ok(get::status(&missing))
    }
}

impl One {
    /// Does it.
    pub fn run(&self, common: &Common, ascii: bool) -> ExitCode {
        ask::run(common, (FAILED, 0), self.ask(common, ascii))
    }

    async fn ask(&self, common: &Common, ascii: bool) -> Result<ExitCode, Failure> {
        let (namespace, name) = naming::parts(&self.qarun, QARUN.0)?;
        let cluster = common.connect().await?;
        let scope = match namespace {
            Some(namespace) => Scope::Namespaces(vec![namespace.into()]),
            None => common.scope(),
        };
        let (runs, missing) = read(&cluster, &scope).await?;
        let mut keys: Vec<Key> = runs.iter().map(key).collect();
        keys.sort();
        let known: Vec<&Key> = keys.iter().collect();
        let found = naming::choose(QARUN, &known, name, &missing)?;
        let run = runs.iter().find(|run| key(run) == found);
        let run = run.ok_or_else(|| ask::gone(&found))?;
        print(&qaruns::one(run, Timestamp::now(), self.form.style(ascii))?)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn key(run: &QaRun) -> Key {
    let meta = &run.metadata;
    Key::new(&*meta.namespace, &*meta.name, &*meta.uid)
}

/// The QARuns of these namespaces, the newest first, and what is missing.
async fn read(cluster: &Cluster, scope: &Scope) -> Result<(Vec<QaRun>, Vec<String>), Failure> {
    // Here another installation is missing than where workflows are not known.
    let unknown = Cell::new(false);
    let asked = naming::everywhere(cluster, scope, |namespace| {
        let unknown = &unknown;
        async move {
            let answer = cluster.qaruns(namespace.as_ref()).await;
            let no_kind = |why: &Trouble| {
                matches!(why, Trouble::NoSuchKind { .. } | Trouble::NotFound { .. })
            };
            unknown.set(answer.as_ref().is_err_and(no_kind));
            Ok(vec![answer?])
        }
    });
    let (lists, mut missing) = asked.await.map_err(|why| match unknown.get() {
        true => Failure::new(
            format!("context {} does not know QARuns", cluster.context()),
            "`tiphys crd | kubectl apply --server-side -f -` makes them known.",
        ),
        false => why,
    })?;
    let mut runs = Vec::new();
    for list in lists {
        if list.unreadable > 0 {
            missing.push(format!("{} QARuns cannot be read", list.unreadable));
        }
        runs.extend(list.items);
    }
    runs.sort_by(|a, b| {
        let newest = b
            .metadata
            .creation_timestamp
            .cmp(&a.metadata.creation_timestamp);
        newest.then_with(|| key(a).cmp(&key(b)))
    });
    Ok((runs, missing))
}
