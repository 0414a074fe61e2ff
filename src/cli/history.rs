//! `tiphys history`: how runs ended, also those that are gone from the cluster. No cluster is asked.
//! Apart from `get`, which tells what the cluster knows now.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::Common;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::output;
use crate::model::clock;
use crate::model::delta::Scope;
use crate::model::past::{Past, Record, Trouble};
use crate::runtime::past;
use crate::store::Ask;

/// Runs that are counted together where no run is listed.
const COUNTED: usize = 50_000;
/// Marks in a line of the overview.
const MARKS: usize = 12;

const HELP: &str = "\
Without a name: a line for each template, how often it passed and what made trouble. With the name of
a template or cron its runs, with that of a run this one; NAMESPACE/NAME where several have it. -n and
--context choose by namespace and context.

What is told was seen by a console that ran when the run ended, or before it was gone; it is kept in
$XDG_STATE_HOME/tiphys/history.db (default ~/.local/state). `history = false` in config.toml keeps none.

JSON without a name is a list of {context, namespace, origin, runs, passed, medianSeconds, steps [{step,
failed, flaky}]}; flaky: passed only when tried again. With a name it is a list of {context, namespace,
name, uid, origin, task, service, phase, startedAt, finishedAt, seconds, step, short, message, flaky}.

Exit status:
  0  it was read, whether or not there is something in it
  1  it cannot be read, or nothing has this name
  2  the command line is wrong

Examples:
  tiphys history -n payments
  tiphys history payments/nightly --last 20
  tiphys history nightly -o json | jq '.[] | select(.phase != \"Succeeded\") | .step'";

/// Print how runs ended, also those that are gone from the cluster
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct History {
    /// A template, a cron or a run: NAME or NAMESPACE/NAME
    name: Option<String>,
    /// Only so many runs, the newest
    #[arg(short, long, value_name = "N", default_value_t = 50)]
    last: usize,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Shape,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// Columns for people
    #[default]
    Text,
    /// JSON
    Json,
}

/// A run as JSON has it. The names and meanings of these fields stay as they are; new ones may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    context: &'a str,
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
    origin: Option<&'a str>,
    task: Option<&'a str>,
    service: Option<&'a str>,
    phase: &'static str,
    started_at: Option<Timestamp>,
    finished_at: Timestamp,
    seconds: Option<u64>,
    step: Option<&'a str>,
    short: Option<&'a str>,
    message: Option<&'a str>,
    flaky: &'a [Arc<str>],
}

/// A template as JSON has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Origin<'a> {
    context: &'a str,
    namespace: &'a str,
    origin: &'a str,
    runs: usize,
    passed: usize,
    median_seconds: Option<u64>,
    steps: &'a [Trouble],
}

type Kept = (Arc<str>, Past);

impl History {
    /// Does it.
    pub fn run(&self, common: &Common) -> ExitCode {
        fail::end(self.read(common), FAILED, 0)
    }

    fn read(&self, common: &Common) -> Result<ExitCode, Failure> {
        let path = past::usual_path().ok_or_else(|| {
            Failure::new(
                "there is no home directory, and so no history",
                "Set HOME or XDG_STATE_HOME.",
            )
        })?;
        let unread = |what: String| Failure::Said { what, next: None };
        if !path.exists() {
            fail::warn(&format!(
                "nothing is kept yet: there is no {}",
                path.display()
            ));
            return Ok(ExitCode::SUCCESS);
        }
        let store = past::open(&path).map_err(unread)?;
        let ask = self.ask(common);
        let found =
            (store.ask(&ask)).map_err(|why| unread(format!("{}: {why}", path.display())))?;
        match &self.name {
            None => self.overview(&found)?,
            Some(name) if found.is_empty() => {
                return Err(Failure::new(
                    format!("no run or template named {name} is in {}", path.display()),
                    "`tiphys history` lists the templates that are.",
                ));
            }
            Some(_) => self.list(&found)?,
        }
        if found.is_empty() {
            fail::warn(&format!("nothing in {}", path.display()));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn ask(&self, common: &Common) -> Ask {
        let mut namespaces = match common.scope() {
            Scope::All => Vec::new(),
            Scope::Namespaces(names) => names.iter().map(ToString::to_string).collect(),
        };
        let name = self.name.as_deref().map(|name| match name.split_once('/') {
            Some((namespace, name)) => {
                namespaces = vec![namespace.to_string()];
                name.to_string()
            }
            None => name.to_string(),
        });
        let most = match name {
            Some(_) => self.last,
            None => COUNTED,
        };
        Ask {
            context: common.context.clone(),
            namespaces,
            name,
            most,
        }
    }

    fn list(&self, found: &[Kept]) -> Result<(), Failure> {
        output::print(&match self.output {
            Shape::Json => output::json(&found.iter().map(run).collect::<Vec<_>>())?,
            Shape::Text => {
                let header = [
                    "ENDED",
                    "PHASE",
                    "NAMESPACE",
                    "RUN",
                    "FROM",
                    "TOOK",
                    "FAILED",
                ];
                let rows: Vec<Vec<String>> = found.iter().map(|(_, past)| row(past)).collect();
                let record = Record::of(found.iter().map(|(_, past)| past));
                format!(
                    "{}\n{}\n",
                    output::table(Some(&header), &rows),
                    sum(&record)
                )
            }
        })
    }

    fn overview(&self, found: &[Kept]) -> Result<(), Failure> {
        let mut origins: BTreeMap<[&str; 3], Vec<&Past>> = BTreeMap::new();
        for (context, past) in found {
            let Some(origin) = &past.origin else { continue };
            let name = [context, &*past.key.namespace, origin];
            origins.entry(name).or_default().push(past);
        }
        let records: Vec<_> = (origins.iter())
            .map(|(name, runs)| (name, runs, Record::of(runs.iter().copied())))
            .collect();
        output::print(&match self.output {
            Shape::Json => {
                let origins = records.iter().map(|(name, _, record)| Origin {
                    context: name[0],
                    namespace: name[1],
                    origin: name[2],
                    runs: record.runs,
                    passed: record.passed,
                    median_seconds: record.median,
                    steps: &record.steps,
                });
                output::json(&origins.collect::<Vec<_>>())?
            }
            Shape::Text => {
                let header = [
                    "CONTEXT",
                    "NAMESPACE",
                    "FROM",
                    "PASSED",
                    "LAST",
                    "USUALLY",
                    "TROUBLE",
                ];
                let rows = records.iter().map(|(name, runs, record)| {
                    let mut row: Vec<String> = name.iter().map(ToString::to_string).collect();
                    row.push(format!("{} of {}", record.passed, record.runs));
                    row.push(marks(runs));
                    row.push(took(record.median));
                    row.push(record.steps.first().map(trouble).unwrap_or_default());
                    row
                });
                output::table(Some(&header), &rows.collect::<Vec<_>>())
            }
        })
    }
}

fn run((context, past): &Kept) -> Run<'_> {
    let fault = past.fault.as_ref();
    Run {
        context,
        namespace: &past.key.namespace,
        name: &past.key.name,
        uid: past.key.uid.as_str(),
        origin: past.origin.as_deref(),
        task: past.task.as_deref(),
        service: past.service.as_deref(),
        phase: past.phase.api_word(),
        started_at: past.started,
        finished_at: past.finished,
        seconds: past.seconds(),
        step: fault.and_then(|fault| fault.step.as_deref()),
        short: fault
            .map(|fault| &*fault.short)
            .filter(|short| !short.is_empty()),
        message: fault.and_then(|fault| fault.message.as_deref()),
        flaky: &past.flaky,
    }
}

fn row(past: &Past) -> Vec<String> {
    let fault = past
        .fault
        .as_ref()
        .map(|fault| match (&fault.step, &*fault.short) {
            (Some(step), short) => format!("{step}: {short}"),
            (None, _) => fault.message.as_deref().unwrap_or_default().to_string(),
        });
    vec![
        format!("{:.0}", past.finished),
        past.phase.api_word().to_string(),
        past.key.namespace.to_string(),
        past.key.name.to_string(),
        past.origin.as_deref().unwrap_or("-").to_string(),
        took(past.seconds()),
        fault.unwrap_or_default(),
    ]
}

fn took(seconds: Option<u64>) -> String {
    let told = |seconds: u64| clock::exact(i64::try_from(seconds).unwrap_or(i64::MAX));
    seconds.map_or("-".to_string(), told)
}

/// One letter for each of the last runs, the oldest first; letters, because this is read by scripts and on paper too.
fn marks(newest_first: &[&Past]) -> String {
    let last = newest_first.iter().take(MARKS).rev();
    last.map(|past| if past.passed() { '.' } else { 'F' })
        .collect()
}

fn trouble(step: &Trouble) -> String {
    match (step.failed, step.flaky) {
        (failed, 0) => format!("{} failed {failed}", step.step),
        (0, flaky) => format!("{} flaky in {flaky}", step.step),
        (failed, flaky) => format!("{} failed {failed}, flaky in {flaky}", step.step),
    }
}

/// `3 of 4 passed, usually in 2m; load flaky in 2`.
fn sum(record: &Record) -> String {
    let mut text = format!("{} of {} passed", record.passed, record.runs);
    if record.median.is_some() {
        text += &format!(", usually in {}", took(record.median));
    }
    for step in &record.steps {
        text += &format!("; {}", trouble(step));
    }
    text
}
