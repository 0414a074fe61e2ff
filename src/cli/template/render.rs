//! `tiphys template render|check`: what is made of a QARun, and what is wrong with objects in files.
//! Apart from installing: nothing here asks a cluster.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::Value;

use super::source::{self, objects, qarun, refused};
use crate::cli::Common;
use crate::cli::fail::{FAILED, Failure};
use crate::cli::output;
use crate::library::{self, Made, Problem};

/// Print the workflow that is made of a QARun; no cluster is asked
#[derive(Debug, Args)]
pub struct Render {
    /// File with a QARun, - for standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// Name of the workflow; the name of the QARun where nothing is said
    #[arg(long)]
    name: Option<String>,
    /// Form of the workflow
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Written,
}

/// Forms of one object.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Written {
    /// For people, and for kubectl
    #[default]
    Yaml,
    /// For programs
    Json,
}

impl Written {
    /// An object in this form.
    ///
    /// # Errors
    /// Where it cannot be written so.
    pub fn text(self, value: &Value) -> Result<String, Failure> {
        match self {
            Self::Yaml => output::yaml(value),
            Self::Json => output::json(value),
        }
    }
}

impl Render {
    /// Does it.
    ///
    /// # Errors
    /// Where the file cannot be read, or there is something wrong with it.
    pub fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let run = qarun(&self.file)?;
        let name = self.name.as_deref().unwrap_or(&run.metadata.name);
        let namespace = common.namespaces.first().unwrap_or(&run.metadata.namespace);
        // Without a uid: what is printed belongs to nobody and can be created by hand.
        let made = Made {
            workflow: name,
            namespace,
            attempt: run.spec.attempt(),
            ..Made::default()
        };
        let workflow =
            library::render(&run.spec, &made).map_err(|problems| refused(&self.file, &problems))?;
        output::print(&self.output.text(&workflow)?)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Say what is wrong with QARuns, workflows and templates in files, each with its place; no cluster is asked
#[derive(Debug, Args)]
#[command(after_help = "\
Read are fields and their values, and the names by which templates, tasks and parameters call each other. What a
file only refers to (templates of the cluster, images, Secrets) is not.

JSON is a list of {file, kind, name, problems [{path, what}]}, one for each object.

Exit status:
  0  nothing is wrong
  1  something is, or a file cannot be read
  2  the command line is wrong")]
pub struct Check {
    /// Files with QARuns, workflows and templates, - for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Said,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Said {
    /// A line for each problem
    #[default]
    Text,
    /// For programs
    Json,
}

/// An object and what is wrong with it.
#[derive(Serialize)]
struct Record {
    file: String,
    kind: String,
    name: String,
    problems: Vec<Place>,
}

#[derive(Serialize)]
struct Place {
    path: String,
    what: String,
}

impl Check {
    /// Does it.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let mut records = Vec::new();
        for file in &self.files {
            records.extend(objects(file)?.iter().map(|object| record(file, object)));
        }
        output::print(&match self.output {
            Said::Json => output::json(&records)?,
            Said::Text => records.iter().map(lines).collect(),
        })?;
        let good = records.iter().all(|one| one.problems.is_empty());
        Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILED)
        })
    }
}

fn record(file: &str, object: &Value) -> Record {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let place = |Problem { path, what }| Place { path, what };
    Record {
        file: file.to_owned(),
        kind: text(&object["kind"]),
        name: match object["metadata"]["generateName"].as_str() {
            Some(lead) if object["metadata"]["name"].is_null() => format!("{lead}…"),
            _ => text(&object["metadata"]["name"]),
        },
        problems: source::wrong(object).into_iter().map(place).collect(),
    }
}

/// One object in lines.
fn lines(one: &Record) -> String {
    let Record {
        file,
        kind,
        name,
        problems,
    } = one;
    if problems.is_empty() {
        return crate::model::text::clean(&format!("{file}: {kind} {name}: nothing is wrong"))
            .into_owned()
            + "\n";
    }
    let line = |Place { path, what }: &Place| {
        crate::model::text::clean(&format!("{file}: {kind} {name}: {path}: {what}")).into_owned()
            + "\n"
    };
    problems.iter().map(line).collect()
}
