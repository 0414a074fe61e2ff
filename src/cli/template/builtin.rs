//! The templates of this program, listed and told of.
//! Apart from those of a cluster, because nobody has to be asked.

use std::process::ExitCode;

use serde::Serialize;

use super::origins::Form;
use crate::cli::fail::Failure;
use crate::cli::output::{self, Format};
use crate::library::{Entry, entries, entry};
use crate::model::qarun::Builtin;

/// One as JSON and YAML have it. The names and meanings of these fields stay as they are; new ones may be added.
#[derive(Serialize)]
struct Record {
    kind: &'static str,
    name: &'static str,
    description: &'static str,
    parameters: Vec<Parameter>,
}

#[derive(Serialize)]
struct Parameter {
    name: &'static str,
    value: &'static str,
    choices: &'static [&'static str],
    description: &'static str,
}

fn record(entry: &Entry) -> Record {
    let parameters = entry.parameters.iter().map(|one| Parameter {
        name: one.name,
        value: one.values.first().copied().unwrap_or_default(),
        choices: one.values,
        description: one.about,
    });
    Record {
        kind: "Builtin",
        name: entry.builtin.name(),
        description: entry.about,
        parameters: parameters.collect(),
    }
}

/// All of them.
///
/// # Errors
/// Where standard output cannot be written.
pub fn list(form: &Form) -> Result<ExitCode, Failure> {
    let records: Vec<Record> = entries().iter().map(record).collect();
    let row = |one: &Record| {
        let names: Vec<&str> = one
            .parameters
            .iter()
            .map(|parameter| parameter.name)
            .collect();
        [one.name, &names.join(","), one.description]
            .map(str::to_owned)
            .to_vec()
    };
    let rows: Vec<Vec<String>> = records.iter().map(row).collect();
    let headed = !form.no_headers;
    output::print(&match form.output {
        Format::Json => output::json(&records)?,
        Format::Yaml => output::yaml(&records)?,
        Format::Name => records
            .iter()
            .map(|one| format!("{}\n", one.name))
            .collect(),
        Format::Csv => output::csv(
            headed.then_some(&["name", "parameters", "description"][..]),
            &rows,
        ),
        Format::Table | Format::Wide => output::table(
            headed.then_some(&["NAME", "PARAMETERS", "DESCRIPTION"][..]),
            &rows,
        ),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// One of them.
///
/// # Errors
/// Where there is none of this name, or standard output cannot be written.
pub fn show(name: &str, form: &Form) -> Result<ExitCode, Failure> {
    let Some(builtin) = Builtin::parse(name) else {
        return Err(Failure::new(
            format!("there is no builtin template called {name}"),
            "`tiphys template list --kind builtin` lists all that can be named.",
        ));
    };
    let record = record(&entry(builtin));
    let mut rows = vec![
        ["name", record.name].map(str::to_owned).to_vec(),
        ["about", record.description].map(str::to_owned).to_vec(),
    ];
    for one in &record.parameters {
        let text = format!(
            "{} = {} (one of {}) · {}",
            one.name,
            one.value,
            one.choices.join(", "),
            one.description
        );
        rows.push(vec!["parameter".to_owned(), text]);
    }
    output::print(&match form.output {
        Format::Json => output::json(&record)?,
        Format::Yaml => output::yaml(&record)?,
        Format::Name => format!("{}\n", record.name),
        Format::Csv => output::csv(None, &rows),
        Format::Table | Format::Wide => output::table(None, &rows),
    })?;
    Ok(ExitCode::SUCCESS)
}
