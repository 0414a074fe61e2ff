//! `tiphys artifacts RUN [NAME]`: what the steps of a run were given and left, what one of them holds, and a download.
//! Apart from the console's tab, which shows the same for the step under its cursor.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use crate::app::artifacts::Download;
use crate::app::log::is_of;
use crate::cli::Common;
use crate::cli::ask;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::naming;
use crate::cli::output::{Format, csv, json, print, table, yaml};
use crate::cluster::Cluster;
use crate::cluster::store::next;
use crate::model::artifact::{Artifact, Measure, Snag};
use crate::model::key::Key;
use crate::runtime::fetching::{self, Saved};

const HELP: &str = "\
Without NAME the artifacts of all steps are listed with their sizes. With NAME
the beginning of that one is shown: text as it is (credentials masked), a JUnit
report as a table with the failing tests first, an archive as a listing; nothing
is unpacked. With --save it is downloaded as it lies in the store, packed where
Argo packed it.

Stores: S3-compatible ones, with the keys from the Secrets that the run names
(you need `get` on these), HTTP addresses without a login, and `raw` data. GCS,
Azure, OSS, HDFS, Artifactory, git and plugins are named and not read. What a
store does not give is asked of the argo-server that ARGO_SERVER names, with
ARGO_TOKEN, as argo's own command line has them.

A download that was interrupted goes on where it stopped when it is asked for
again; what is here of it lies beside the file as FILE.*.part.

JSON and YAML are a list of {step, node, direction, name, packing, bytes,
objects, deleted, place, path, problem}; what is not known is null.

Exit status:
  0  done
  1  it could not be read, or there is no such run or artifact; standard error
     says why and what to do
  2  the command line is wrong";

/// List the artifacts of a run, look into one, or download it
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Artifacts {
    /// NAME, or NAMESPACE/NAME where several have it
    run: String,
    /// The artifact; what several steps have is told apart by --step
    name: Option<String>,
    /// Only of this step; of a fan-out or a retried step all its items and attempts
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    /// Download it to a new file that only you can read, or to standard output (-); a folder as a tar
    #[arg(long, value_name = "FILE", requires = "name", value_hint = clap::ValueHint::FilePath)]
    save: Option<PathBuf>,
    /// Form of the list
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        value_name = "FORM",
        conflicts_with = "name"
    )]
    output: Format,
    /// Leave out the names of the columns
    #[arg(long)]
    no_headers: bool,
}

/// One artifact as programs read it.
#[derive(Serialize)]
struct Record<'a> {
    step: &'a str,
    node: &'a str,
    direction: &'a str,
    name: &'a str,
    packing: &'a str,
    bytes: Option<u64>,
    objects: Option<u64>,
    deleted: bool,
    place: String,
    path: Option<&'a str>,
    problem: Option<&'a str>,
}

impl From<Snag> for Failure {
    fn from(snag: Snag) -> Self {
        Self::new(&*snag.what, &*snag.next)
    }
}

impl Artifacts {
    /// Does it.
    pub fn run(&self, common: &Common) -> ExitCode {
        ask::run(common, (FAILED, 0), async {
            let cluster = common.connect().await?;
            let key = naming::find(&cluster, common, &self.run).await?;
            let workflow = ask::workflow(&cluster, &key).await?;
            let wanted = |one: &&Artifact| {
                let step = self.step.as_deref();
                let name = self.name.as_deref();
                step.is_none_or(|step| is_of(&one.step, step))
                    && name.is_none_or(|name| *one.id.name == *name)
            };
            let found: Vec<Artifact> = workflow.artifacts.iter().filter(wanted).cloned().collect();
            match &self.name {
                None => self.list(&cluster, &key, found).await,
                Some(name) => {
                    let artifact = self.only(&key, name, found)?;
                    self.one(&cluster, &key, &artifact).await
                }
            }
        })
    }

    /// The one that is meant.
    fn only(&self, key: &Key, name: &str, mut found: Vec<Artifact>) -> Result<Artifact, Failure> {
        if found.len() > 1 {
            // What a step was given is what another left, as a rule: the one who left it is meant.
            let outputs =
                |one: &Artifact| one.id.direction == crate::model::artifact::Direction::Output;
            if found.iter().any(outputs) {
                found.retain(outputs);
            }
        }
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(Failure::new(
                format!("no artifact of {key} is called {name}"),
                format!("`tiphys artifacts {key}` lists those there are."),
            )),
            many => {
                let mut steps: Vec<&str> = found.iter().map(|one| &*one.step).collect();
                steps.dedup();
                steps.truncate(20);
                Err(Failure::new(
                    format!("{many} artifacts of {key} are called {name}"),
                    format!("Name one of the steps with --step: {}.", steps.join(", ")),
                ))
            }
        }
    }

    async fn list(
        &self,
        cluster: &Cluster,
        key: &Key,
        found: Vec<Artifact>,
    ) -> Result<ExitCode, Failure> {
        let there: Vec<Artifact> = found.iter().filter(|one| !one.deleted).cloned().collect();
        let mut sizes = cluster.measures(key, there).await.into_iter();
        let mut rows: Vec<(&Artifact, Option<Result<Measure, Snag>>)> = Vec::new();
        for one in &found {
            let size = if one.deleted { None } else { sizes.next() };
            rows.push((one, size));
        }
        let records: Vec<Record<'_>> = rows
            .iter()
            .map(|(one, size)| record(one, size.as_ref()))
            .collect();
        let cells = |(one, size): &(&Artifact, Option<Result<Measure, Snag>>)| {
            let size = match size {
                None => "deleted".to_string(),
                Some(Ok(measure)) => measure.to_string(),
                Some(Err(_)) => "·".to_string(),
            };
            let mut cells = vec![
                one.step.to_string(),
                one.id.direction.word().to_string(),
                one.id.name.to_string(),
                size,
                one.packing.word().to_string(),
            ];
            if !matches!(self.output, Format::Table) {
                cells.push(one.place.to_string());
            }
            cells
        };
        let header: &[&str] = match self.output {
            Format::Table => &["STEP", "DIRECTION", "NAME", "SIZE", "PACKED"],
            _ => &["STEP", "DIRECTION", "NAME", "SIZE", "PACKED", "PLACE"],
        };
        let header = (!self.no_headers).then_some(header);
        let rows_of: Vec<Vec<String>> = rows.iter().map(cells).collect();
        let text = match self.output {
            Format::Table | Format::Wide => table(header, &rows_of),
            Format::Csv => csv(header, &rows_of),
            Format::Json => json(&records)?,
            Format::Yaml => yaml(&records)?,
            Format::Name => found
                .iter()
                .map(|one| format!("{}\n", one.id.name))
                .collect(),
        };
        print(&text)?;
        if found.is_empty() && matches!(self.output, Format::Table | Format::Wide) {
            fail::warn(&format!("no step of {key} has artifacts"));
        }
        // The same thing is in the way of many, as a rule: it is said once.
        let mut problems: Vec<String> = (rows.iter())
            .filter_map(|(_, size)| size.as_ref()?.as_ref().err())
            .map(|snag| format!("{}; {}", snag.what, snag.next))
            .collect();
        let mut ways: Vec<&str> = (rows.iter())
            .filter_map(|(_, size)| size.as_ref()?.as_ref().ok()?.through.as_deref())
            .collect();
        ways.dedup();
        for way in ways {
            fail::warn(&format!("the store was asked through {way}"));
        }
        problems.sort();
        problems.dedup();
        for problem in &problems {
            fail::warn(problem);
        }
        Ok(match problems.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(fail::PARTIAL),
        })
    }

    async fn one(
        &self,
        cluster: &Cluster,
        key: &Key,
        artifact: &Artifact,
    ) -> Result<ExitCode, Failure> {
        match &self.save {
            None => {
                let preview = cluster.preview(key, artifact).await?;
                let lines = preview.lines.iter();
                let text: String = lines.map(|line| format!("{}\n", line.text)).collect();
                print(&text)?;
            }
            Some(path) if path.as_os_str() == "-" => {
                let mut fetched = cluster.download(key, artifact, 0, None).await?;
                say_packed(fetched.files);
                while let Some(piece) = next(&mut fetched.bytes).await? {
                    std::io::stdout().lock().write_all(&piece)?;
                }
                std::io::stdout().lock().flush()?;
            }
            Some(path) => {
                let mut told = Told::new(key, artifact);
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                let mut has = |done, total| told.tell(done, total);
                let saved = fetching::into(cluster, key, artifact, &path, &mut has).await;
                told.end();
                let Saved { bytes, sum, files } = saved?;
                say_packed(files);
                print(&format!("{sum}  {}  {bytes} bytes\n", path.display()))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn record<'a>(one: &'a Artifact, size: Option<&'a Result<Measure, Snag>>) -> Record<'a> {
    let measure = size.and_then(|size| size.as_ref().ok());
    let snag = size.and_then(|size| size.as_ref().err());
    Record {
        step: &one.step,
        node: &one.id.node,
        direction: one.id.direction.word(),
        name: &one.id.name,
        packing: one.packing.word(),
        bytes: measure.and_then(|measure| measure.bytes),
        objects: measure.and_then(|measure| measure.objects),
        deleted: one.deleted,
        place: one.place.to_string(),
        path: one.path.as_deref(),
        problem: snag.map(|snag| &*snag.what),
    }
}

/// A folder is saved as something else than it is.
fn say_packed(files: Option<u64>) {
    if let Some(files) = files {
        fail::warn(&format!(
            "it is a folder of {files} files: what is saved is a tar of them"
        ));
    }
}

/// How far a download is, on standard error where a person looks.
struct Told {
    download: Download,
    shown: bool,
}

impl Told {
    fn new(key: &Key, artifact: &Artifact) -> Self {
        Self {
            download: Download {
                ticket: 0,
                run: key.clone(),
                id: artifact.id.clone(),
                done: 0,
                total: None,
            },
            shown: false,
        }
    }

    fn tell(&mut self, done: u64, total: Option<u64>) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        (self.download.done, self.download.total) = (done, total);
        self.shown = true;
        // That nobody reads it is no reason to stop.
        let _ = write!(std::io::stderr(), "\r\x1b[K{}", self.download.told());
    }

    fn end(&self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
