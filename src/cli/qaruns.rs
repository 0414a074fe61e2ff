//! `tiphys qaruns` and `tiphys qarun`: QARuns with their verdicts, also those that have no workflow yet.
//! Apart from `get runs`, which knows workflows only.

use std::cell::Cell;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;

use crate::cli::Common;
use crate::cli::act::QaRunVerb;
use crate::cli::ask;
use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::get::{self, Form};
use crate::cli::naming::{self, QARUN};
use crate::cli::output::{Format, print, qaruns};
use crate::cluster::Cluster;
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::trouble::Trouble;
use crate::wire::qarun::QaRun;

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

/// Print one QARun: its verdict, its criteria, its attempts; or retry, stop, terminate, suspend, resume some
#[derive(Debug, Args)]
#[command(
    after_help = HELP,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct One {
    /// NAME, or NAMESPACE/NAME where several have it, or where it is called like a verb
    #[arg(required = true)]
    qarun: Option<String>,
    #[command(flatten)]
    form: Form,
    #[command(subcommand)]
    verb: Option<QaRunVerb>,
}

impl QaRuns {
    /// Does it.
    pub fn run(&self, common: &Common, ascii: bool) -> ExitCode {
        ask::run(common, (FAILED, 0), self.ask(common, ascii))
    }

    async fn ask(&self, common: &Common, ascii: bool) -> Result<ExitCode, Failure> {
        let cluster = common.connect().await?;
        let scope = common.scope();
        let (runs, mut missing) = read(&cluster, &scope).await?;
        let is_empty = |name: &str| runs.iter().all(|run| run.metadata.namespace != name);
        let unknown = ask::unknown_among(&cluster, &scope, is_empty).await;
        if matches!(&scope, Scope::Namespaces(names) if names.len() == unknown.len()) {
            return Err(Failure::new(
                unknown.join("; "),
                "`kubectl get namespaces` lists those there are.",
            ));
        }
        missing.extend(unknown);
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
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        if let Some(verb) = &self.verb {
            return verb.run(common, look);
        }
        let ascii = look.ascii_on_paper();
        let asked = self.qarun.as_deref().unwrap_or_default();
        ask::run(common, (FAILED, 0), async {
            let cluster = common.connect().await?;
            let run = named(&cluster, common, asked).await?;
            print(&qaruns::one(
                &run,
                Timestamp::now(),
                self.form.style(ascii),
            )?)?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// The key of the QARun that `NAME` or `NAMESPACE/NAME` means.
pub(super) async fn find(cluster: &Cluster, common: &Common, asked: &str) -> Result<Key, Failure> {
    Ok(key(&named(cluster, common, asked).await?))
}

/// The QARun of this name.
async fn named(cluster: &Cluster, common: &Common, asked: &str) -> Result<QaRun, Failure> {
    let (namespace, name) = naming::parts(asked, QARUN.0)?;
    let scope = match namespace {
        Some(namespace) => Scope::Namespaces(vec![namespace.into()]),
        None => common.scope(),
    };
    let (runs, missing) = read(cluster, &scope).await?;
    let mut keys: Vec<Key> = runs.iter().map(key).collect();
    keys.sort();
    let known: Vec<&Key> = keys.iter().collect();
    let found = naming::choose(QARUN, namespace, &known, name, &missing)?;
    let run = runs.into_iter().find(|run| key(run) == found);
    run.ok_or_else(|| ask::gone(&found))
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
