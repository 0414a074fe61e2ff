//! `tiphys cron list|suspend|resume|run`: what runs by itself, and whether it does.
//! Apart from runs, whose suspending means something else.

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;

use super::carry::Wish;
use super::report::Item;
use super::values::{once, pair};
use super::{Agreement, STATUS};
use crate::cli::Common;
use crate::cli::ask;
use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED, Failure, PARTIAL};
use crate::cli::naming;
use crate::cli::output::{self, Format};
use crate::model::act::{Kind, Operation, Order, Value};
use crate::model::clock;
use crate::model::origin::Origin;

/// List cron workflows, suspend and resume them, run one now
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tiphys cron list
  tiphys cron suspend payments/nightly --yes
  tiphys cron run nightly -p env=qa")]
pub struct Cron {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print them, once
    #[command(visible_alias = "ls", after_help = LIST)]
    List(List),
    /// Let no scheduled run start any more; what runs goes on
    #[command(after_help = STATUS)]
    Suspend(Turn),
    /// Let scheduled runs start again
    #[command(after_help = STATUS)]
    Resume(Turn),
    /// Start one now, besides its schedule
    #[command(after_help = STATUS)]
    Run(Now),
}

const LIST: &str = "\
JSON and YAML are a list of {namespace, name, uid, schedules, timezone, suspended, lastScheduledAt,
active}; what does not exist is null.

Exit status:
  0  everything was read
  1  nothing could be read
  2  the command line is wrong
  3  part of it could not be read: what is missing is on standard error";

#[derive(Debug, Args)]
struct List {
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Format,
    /// Leave out the names of the columns
    #[arg(long)]
    no_headers: bool,
}

#[derive(Debug, Args)]
struct Turn {
    /// Crons: NAME, or NAMESPACE/NAME where several have it
    #[arg(value_name = "CRON", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    agreement: Agreement,
}

#[derive(Debug, Args)]
struct Now {
    /// The cron: NAME, or NAMESPACE/NAME where several have it
    #[arg(value_name = "CRON")]
    name: String,
    /// A parameter of the run; can be given several times
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<Value>,
    #[command(flatten)]
    agreement: Agreement,
}

impl Cron {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        match &self.verb {
            Verb::List(list) => ask::run(common, (FAILED, 0), list.run(common)),
            Verb::Suspend(turn) => turn.run(common, look, &Operation::Suspend),
            Verb::Resume(turn) => turn.run(common, look, &Operation::Resume),
            Verb::Run(now) => now.run(common, look),
        }
    }
}

impl Turn {
    fn run(&self, common: &Common, look: &Look, operation: &Operation) -> ExitCode {
        super::run(common, look, &self.agreement, |desk| async move {
            let mut items: Vec<Item> = Vec::new();
            for name in &self.names {
                let kind = Kind::CronWorkflow;
                let key = naming::object(&desk.cluster, common, kind, name).await?;
                if items.iter().all(|item| item.order.key != key) {
                    items.push(Item::open(Order {
                        kind,
                        key,
                        operation: operation.clone(),
                    }));
                }
            }
            desk.carry_out(Wish {
                items,
                named: true,
                missing: Vec::new(),
            })
            .await
        })
    }
}

impl Now {
    fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let parameters = match once(&self.parameters) {
            Ok(parameters) => parameters,
            Err(why) => return fail::end(Err(why), FAILED, FAILED),
        };
        super::run(common, look, &self.agreement, |desk| async move {
            let kind = Kind::CronWorkflow;
            let key = naming::object(&desk.cluster, common, kind, &self.name).await?;
            let operation = Operation::Launch {
                namespace: key.namespace.clone(),
                parameters,
            };
            desk.carry_out(Wish::one(Order {
                kind,
                key,
                operation,
            }))
            .await
        })
    }
}

/// One cron as JSON and YAML have it. The names and meanings of these fields stay as they are; new ones may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
    schedules: &'a [Arc<str>],
    timezone: Option<&'a str>,
    suspended: bool,
    last_scheduled_at: Option<Timestamp>,
    /// How many runs of it are not over.
    active: usize,
}

impl List {
    async fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let cluster = common.connect().await?;
        let (mut crons, missing) = naming::everywhere(&cluster, &common.scope(), |namespace| {
            let cluster = &cluster;
            async move { cluster.list(Kind::CronWorkflow, namespace.as_ref()).await }
        })
        .await?;
        crons.sort_by(|a, b| a.key.cmp(&b.key));
        output::print(&self.text(&crons, Timestamp::now())?)?;
        if crons.is_empty() && matches!(self.output, Format::Table | Format::Wide) {
            fail::warn("there is no cron workflow");
        }
        for text in &missing {
            fail::warn(&format!("partial: {text}"));
        }
        Ok(match missing.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(PARTIAL),
        })
    }

    fn text(&self, crons: &[Origin], now: Timestamp) -> Result<String, Failure> {
        let records: Vec<Record<'_>> = crons.iter().map(record).collect();
        let head = ["NAMESPACE", "NAME", "SCHEDULE", "STATE", "LAST", "ACTIVE"];
        Ok(match self.output {
            Format::Json => output::json(&records)?,
            Format::Yaml => output::yaml(&records)?,
            Format::Name => crons.iter().map(|cron| format!("{}\n", cron.key)).collect(),
            Format::Csv => {
                let head = head.map(str::to_lowercase);
                let head: Vec<&str> = head.iter().map(String::as_str).collect();
                let rows: Vec<_> = crons.iter().map(|cron| cells(cron, None)).collect();
                output::csv((!self.no_headers).then_some(&head[..]), &rows)
            }
            Format::Table | Format::Wide => {
                let rows: Vec<_> = crons.iter().map(|cron| cells(cron, Some(now))).collect();
                output::table((!self.no_headers).then_some(&head[..]), &rows)
            }
        })
    }
}

fn record(origin: &Origin) -> Record<'_> {
    let cron = origin.cron.as_deref();
    Record {
        namespace: &origin.key.namespace,
        name: &origin.key.name,
        uid: origin.key.uid.as_str(),
        schedules: cron.map_or(&[], |cron| &cron.schedules),
        timezone: cron.and_then(|cron| cron.timezone.as_deref()),
        suspended: cron.is_some_and(|cron| cron.suspended),
        last_scheduled_at: cron.and_then(|cron| cron.last),
        active: cron.map_or(0, |cron| cron.active.len()),
    }
}

/// The columns; with a present time how long ago, else when.
fn cells(cron: &Origin, now: Option<Timestamp>) -> Vec<String> {
    let cron = record(cron);
    let mut schedule = cron.schedules.join("; ");
    if let Some(timezone) = cron.timezone {
        schedule += &format!(" ({timezone})");
    }
    let last = match (cron.last_scheduled_at, now) {
        (Some(last), Some(now)) => clock::age(clock::seconds_between(last, now)),
        (Some(last), None) => last.to_string(),
        (None, _) => String::new(),
    };
    let state = if cron.suspended { "suspended" } else { "on" };
    vec![
        cron.namespace.to_string(),
        cron.name.to_string(),
        schedule,
        state.to_string(),
        last,
        cron.active.to_string(),
    ]
}
