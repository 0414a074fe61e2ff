//! `tiphys template list|show`: what runs are launched from, once, for scripts and for people who type.
//! Apart from the templates of this program: a template, one of the whole cluster and a cron are objects, and named alike.

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use super::builtin;
use crate::app::origins::kind_word;
use crate::cli::Common;
use crate::cli::fail::{self, Failure, PARTIAL};
use crate::cli::output::{self, Format};
use crate::cluster::Cluster;
use crate::model::act::Kind;
use crate::model::clock;
use crate::model::origin::{Missing, Origin, Origins};

pub(super) const STATUS: &str = "\
JSON and YAML are {kind, namespace, name, uid, title, description, launchable, schedules, timezone,
suspended, lastScheduledAt, nextAt, active, createdAt, parameters [{name, value, choices,
description}]}, of `list` a list of them; what does not exist is null. `show -o yaml` is the object.

Exit status:
  0  everything was read
  1  nothing could be read, or there is none of this name
  2  the command line is wrong
  3  part of it could not be read: what is missing is on standard error";

/// Which kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Of {
    /// WorkflowTemplates
    Template,
    /// ClusterWorkflowTemplates
    Cluster,
    /// CronWorkflows
    Cron,
    /// The templates of this program, that QARuns are made into workflows with
    Builtin,
}

#[derive(Debug, Args)]
pub(super) struct Form {
    /// Only those of this kind
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<Of>,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    pub(super) output: Format,
    /// Leave out the names of the columns
    #[arg(long)]
    pub(super) no_headers: bool,
}

/// All of them.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    form: Form,
}

/// One of them.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// NAME, or NAMESPACE/NAME where several have it
    name: String,
    #[command(flatten)]
    form: Form,
}

/// One of them as JSON and YAML have it. The names and meanings of these fields stay as they are; new ones may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    kind: &'static str,
    namespace: Option<&'a str>,
    name: &'a str,
    uid: &'a str,
    title: Option<&'a str>,
    description: Option<&'a str>,
    /// A run can be started from it.
    launchable: bool,
    schedules: Option<&'a [Arc<str>]>,
    timezone: Option<&'a str>,
    suspended: Option<bool>,
    last_scheduled_at: Option<Timestamp>,
    next_at: Option<Timestamp>,
    /// How many runs of a cron are not over.
    active: Option<usize>,
    created_at: Option<Timestamp>,
    parameters: Vec<Value<'a>>,
}

#[derive(Serialize)]
struct Value<'a> {
    name: &'a str,
    value: Option<&'a str>,
    choices: &'a [Arc<str>],
    description: Option<&'a str>,
}

impl List {
    pub(super) async fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        if self.form.kind == Some(Of::Builtin) {
            return builtin::list(&self.form);
        }
        let cluster = common.connect().await?;
        let found = self.form.read(&cluster, common).await?;
        let items: Vec<&Origin> = found.items.iter().collect();
        output::print(&self.form.text(&items, Timestamp::now())?)?;
        if items.is_empty() && matches!(self.form.output, Format::Table | Format::Wide) {
            fail::warn("there is nothing to launch from");
        }
        Ok(status(&found))
    }
}

impl Show {
    pub(super) async fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        if self.form.kind == Some(Of::Builtin) {
            return builtin::show(&self.name, &self.form);
        }
        let cluster = common.connect().await?;
        let found = self.form.read(&cluster, common).await?;
        let one = self.choose(&found)?;
        output::print(&match self.form.output {
            Format::Yaml => {
                let whole = cluster.whole(one.kind, &one.key).await;
                let whole = whole.map_err(|why| Failure::of(&cluster, &why))?;
                crate::cluster::yaml::render(&whole)?.to_string()
            }
            Format::Json => output::json(&record(one))?,
            Format::Table | Format::Wide => facts(one, Timestamp::now()),
            Format::Csv | Format::Name => self.form.text(&[one], Timestamp::now())?,
        })?;
        Ok(ExitCode::SUCCESS)
    }

    /// The one that is meant.
    fn choose<'a>(&self, found: &'a Origins) -> Result<&'a Origin, Failure> {
        let named = |origin: &&Origin| {
            *origin.key.name == *self.name || origin.key.to_string() == self.name
        };
        let called: Vec<&Origin> = found.items.iter().filter(named).collect();
        let told = |origin: &&Origin| format!("{} {}", kind_word(origin.kind), origin.key);
        match called[..] {
            [one] => Ok(one),
            [] => {
                let mut what = format!("there is no template or cron called {}", self.name);
                if !found.missing.is_empty() {
                    let missing: Vec<String> = found.missing.iter().map(sentence).collect();
                    what += &format!(" in what could be read ({})", missing.join("; "));
                }
                Err(Failure::new(
                    what,
                    "`tiphys template list` lists all that can be named.",
                ))
            }
            _ => Err(Failure::new(
                format!("{} are called {}", called.len(), self.name),
                format!(
                    "Say which, by NAMESPACE/NAME or --kind: {}",
                    called.iter().map(told).collect::<Vec<_>>().join(", ")
                ),
            )),
        }
    }
}

impl Form {
    /// All of the kinds that are wanted, in order.
    async fn read(&self, cluster: &Cluster, common: &Common) -> Result<Origins, Failure> {
        let kinds = match self.kind {
            None => vec![
                Kind::CronWorkflow,
                Kind::WorkflowTemplate,
                Kind::ClusterWorkflowTemplate,
            ],
            Some(Of::Template) => vec![Kind::WorkflowTemplate],
            Some(Of::Cluster) => vec![Kind::ClusterWorkflowTemplate],
            Some(Of::Cron) => vec![Kind::CronWorkflow],
            Some(Of::Builtin) => Vec::new(),
        };
        let scope = common.scope();
        let mut found = cluster.origins_of(&kinds, &scope, Timestamp::now()).await;
        let place = |kind: Kind| kinds.iter().position(|one| *one == kind);
        found
            .items
            .sort_by(|a, b| (place(a.kind), &a.key).cmp(&(place(b.kind), &b.key)));
        match found.missing.first() {
            Some(first) if found.items.is_empty() => Err(Failure::of(cluster, &first.why)),
            _ => Ok(found),
        }
    }

    fn text(&self, items: &[&Origin], now: Timestamp) -> Result<String, Failure> {
        let records: Vec<Record<'_>> = items.iter().map(|one| record(one)).collect();
        let mut head = vec![
            "KIND",
            "NAMESPACE",
            "NAME",
            "FIRES, TAKES",
            "NEXT",
            "AGE",
            "TITLE",
        ];
        let wide = self.output == Format::Wide;
        if wide {
            head.extend(["PARAMETERS", "UID"]);
        }
        let rows = |now| {
            items
                .iter()
                .map(|one| cells(one, now, wide))
                .collect::<Vec<_>>()
        };
        Ok(match self.output {
            Format::Json => output::json(&records)?,
            Format::Yaml => output::yaml(&records)?,
            Format::Name => items.iter().map(|one| format!("{}\n", one.key)).collect(),
            Format::Csv => {
                let head = [
                    "kind",
                    "namespace",
                    "name",
                    "when",
                    "next",
                    "created",
                    "title",
                ];
                output::csv((!self.no_headers).then_some(&head[..]), &rows(None))
            }
            Format::Table | Format::Wide => {
                output::table((!self.no_headers).then_some(&head[..]), &rows(Some(now)))
            }
        })
    }
}

/// What is missing goes to standard error and into the exit status.
fn status(found: &Origins) -> ExitCode {
    for one in &found.missing {
        fail::warn(&format!("partial: {}", sentence(one)));
    }
    if found.unreadable > 0 {
        fail::warn(&format!(
            "partial: {} cannot be understood",
            found.unreadable
        ));
    }
    match found.missing.is_empty() && found.unreadable == 0 {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(PARTIAL),
    }
}

fn sentence(one: &Missing) -> String {
    let place = one.namespace.as_ref().map(|name| format!(" of {name}"));
    let place = place.unwrap_or_default();
    format!("{}s{place}: {}", one.kind.name(), one.why)
}

fn record(origin: &Origin) -> Record<'_> {
    let cron = origin.cron.as_deref();
    let namespace = &*origin.key.namespace;
    Record {
        kind: origin.kind.name(),
        namespace: (!namespace.is_empty()).then_some(namespace),
        name: &origin.key.name,
        uid: origin.key.uid.as_str(),
        title: origin.title.as_deref(),
        description: origin.description.as_deref(),
        launchable: origin.can_start(),
        schedules: cron.map(|cron| &cron.schedules[..]),
        timezone: cron.and_then(|cron| cron.timezone.as_deref()),
        suspended: cron.map(|cron| cron.suspended),
        last_scheduled_at: cron.and_then(|cron| cron.last),
        next_at: cron.and_then(|cron| cron.next).map(|next| next.at),
        active: cron.map(|cron| cron.active.len()),
        created_at: origin.created,
        parameters: (origin.parameters.iter())
            .map(|parameter| Value {
                name: &parameter.name,
                value: parameter.value.as_deref(),
                choices: &parameter.choices,
                description: parameter.description.as_deref(),
            })
            .collect(),
    }
}

/// When a cron fires next; with a present time how soon that is.
fn next(origin: &Origin, now: Option<Timestamp>) -> String {
    let Some(cron) = &origin.cron else {
        return String::new();
    };
    match (&cron.next, now) {
        _ if cron.ended => "ended".to_string(),
        _ if cron.suspended => "suspended".to_string(),
        (None, _) => String::new(),
        (Some(next), None) => next.at.to_string(),
        (Some(next), Some(now)) => {
            let about = if next.assumed { "~" } else { "" };
            format!(
                "{about}in {}",
                clock::age(clock::seconds_between(now, next.at))
            )
        }
    }
}

/// The columns; with a present time how long ago, else when.
fn cells(origin: &Origin, now: Option<Timestamp>, wide: bool) -> Vec<String> {
    let age = match (origin.created, now) {
        (Some(created), Some(now)) => clock::age(clock::seconds_between(created, now)),
        (Some(created), None) => created.to_string(),
        (None, _) => String::new(),
    };
    let mut cells = vec![
        kind_word(origin.kind).to_string(),
        origin.key.namespace.to_string(),
        origin.key.name.to_string(),
        origin.when(),
        next(origin, now),
        age,
        origin.title.as_deref().unwrap_or_default().to_string(),
    ];
    if wide {
        let names: Vec<&str> = origin.parameters.iter().map(|one| &*one.name).collect();
        cells.extend([names.join(","), origin.key.uid.to_string()]);
    }
    cells
}

/// What is known of one, a line each.
fn facts(origin: &Origin, now: Timestamp) -> String {
    let mut rows = vec![
        ("kind", origin.kind.name().to_string()),
        ("name", origin.key.to_string()),
        ("uid", origin.key.uid.to_string()),
    ];
    let title = origin.title.as_deref().unwrap_or_default();
    let about = origin.description.as_deref().unwrap_or_default();
    rows.extend([("title", title.to_string()), ("about", about.to_string())]);
    if origin.cron.is_some() {
        rows.extend([("fires", origin.when()), ("next", next(origin, Some(now)))]);
    }
    if !origin.can_start() {
        rows.push(("launch", "no: it only holds steps for others".to_string()));
    }
    for parameter in &origin.parameters {
        let mut text = parameter.name.to_string();
        if let Some(value) = &parameter.value {
            text += &format!(" = {value}");
        }
        if !parameter.choices.is_empty() {
            text += &format!(" (one of {})", parameter.choices.join(", "));
        }
        if let Some(what) = &parameter.description {
            text += &format!(" · {what}");
        }
        rows.push(("parameter", text));
    }
    rows.retain(|(_, text)| !text.is_empty());
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(label, text)| vec![label.to_string(), text])
        .collect();
    output::table(None, &rows)
}
